"""What a full-screen editor does with a terminal: raw mode, keys one by one, the modes restored around a suspension
(key z) and at the end (key q). Key x dies with the terminal as it is."""

import os
import signal
import sys
import termios
import tty

keyboard = os.open("/dev/tty", os.O_RDWR) if "--dev-tty" in sys.argv else 0
saved = termios.tcgetattr(keyboard)
tty.setraw(keyboard)
os.write(keyboard, b"editing\r\n")
while True:
    key = os.read(keyboard, 1)
    if key == b"z":
        termios.tcsetattr(keyboard, termios.TCSADRAIN, saved)
        os.kill(0, signal.SIGTSTP)
        tty.setraw(keyboard)
        os.write(keyboard, b"editing again\r\n")
    elif key == b"q" or key == b"":
        break
    elif key == b"x":
        os.kill(os.getpid(), signal.SIGKILL)
    else:
        os.write(keyboard, b"key " + key + b"\r\n")
termios.tcsetattr(keyboard, termios.TCSADRAIN, saved)
