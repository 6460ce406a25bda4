"""For the tests of what services write: services that write much, and all of it at the other end."""

import os
import pty
import termios

import pytest

from service_files import python


def numbered(count, width=0):
    """A command that writes that many lines, each with its number."""
    return ["/usr/bin/seq", "-f", f"%0{width}.0f" if width else "%.0f", "1", str(count)]


def numbers(count):
    return [str(number) for number in range(1, count + 1)]


def read_all(descriptor):
    found = b""
    while True:
        try:
            got = os.read(descriptor, 65536)
        except OSError:  # a terminal that nobody holds any more
            return found
        if not got:
            return found
        found += got


def flood(letter, count, length, burst):
    """Writes lines that say who and which they are, in bursts of so many bytes."""
    return python(f'''
lines = "".join(f"{letter}{{i:06}} " + "{letter}" * {length} + "\\n" for i in range({count})).encode()
for at in range(0, len(lines), {burst}): os.write(1, lines[at:at + {burst}])''')


def whole_lines_of(text, letter, count, length):
    """Checks that each line is there, once, whole and in order."""
    lines = [line for line in text.splitlines() if line.startswith(letter)]
    assert lines == [f"{letter}{i:06} " + letter * length for i in range(count)]


@pytest.fixture
def terminal():
    ours, theirs = pty.openpty()
    attributes = termios.tcgetattr(theirs)
    attributes[1] &= ~termios.OPOST
    termios.tcsetattr(theirs, termios.TCSANOW, attributes)
    yield ours, theirs
    os.close(ours)
