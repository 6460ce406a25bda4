"""Blocks all signals and writes each one that comes to the file of its first argument, in the order of arrival; a
SIGWINCH with the size of the terminal. Says `ready`, and with `--aloud` says `got SIGNAL` too. Ends at TERM."""

import contextlib
import os
import signal
import sys

WATCHED = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}


def say(text):
    with contextlib.suppress(OSError):  # the terminal may have been hung up
        os.write(1, f"{text}\n".encode())


signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
with open(sys.argv[1], "a", buffering=1) as log:
    say("ready")
    while True:
        number = signal.sigwaitinfo(WATCHED).si_signo
        name = signal.Signals(number).name
        if number == signal.SIGWINCH:
            name += " {0.lines}x{0.columns}".format(os.get_terminal_size(0))
        print(name, file=log)
        if "--aloud" in sys.argv:
            say(f"got {name}")
        if number == signal.SIGTERM:
            break
