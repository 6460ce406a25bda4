"""Ignores Ctrl-Z, but has a child that does not: a cat."""

import os
import signal

signal.signal(signal.SIGTSTP, signal.SIG_IGN)
child = os.fork()
if child == 0:
    signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    os.execvp("cat", ["cat"])
os.waitpid(child, 0)
