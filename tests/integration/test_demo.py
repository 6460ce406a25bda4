"""The demonstration shows what it promises, on a screen of 80 columns."""

import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIMIT_S = 60  # of a machine that is busy with others; it takes seven


def test_the_demonstration_shows_what_it_promises_on_80_columns():
    done = subprocess.run([ROOT / "demo" / "run"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=LIMIT_S, check=False, env=os.environ | {"NO_COLOR": "1"})
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert max(map(len, done.stdout.splitlines())) <= 80
