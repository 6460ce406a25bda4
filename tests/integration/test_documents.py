"""What is written about the options agrees with what they are."""

import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
ONIT = os.environ.get("ONIT", str(ROOT / "build" / "onit"))


def options_of_help():
    text = subprocess.run([ONIT, "--help"], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^\s+(?:-\w, )?--([a-z-]+)", text, re.MULTILINE))


def test_the_manual_page_describes_every_option_and_no_other():
    page = (ROOT / "man" / "onit.1").read_text().replace("\\-", "-")
    described = set()
    for line in page.splitlines():
        if line.startswith((".B --", ".BI --", ".BR --", ".BR -")):
            described.update(re.findall(r"--([a-z-]+)", line))
    assert described == options_of_help()


def test_the_readme_names_every_option_and_no_other():
    table = [line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("| `-")]
    named = set(re.findall(r"--([a-z][a-z-]+)", "\n".join(line.split(" | ")[0].replace("\\|", "/") for line in table)))
    assert named == options_of_help()
