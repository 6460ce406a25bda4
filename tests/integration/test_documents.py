"""What is written about the options, the verbs and the file of services agrees with what they are."""

import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
ONIT = os.environ.get("ONIT", str(ROOT / "build" / "onit"))

GENERATOR = pathlib.Path(os.environ.get("ONIT_HELPERS", ROOT / "build" / "plain" / "helpers")).parent / "documents"

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "examples").glob("*/README.md"))]
MANUAL = sorted((ROOT / "man").iterdir())
GUIDES = [ROOT / "docs" / name for name in ("services.md", "orchestrators.md", "from-supervisord.md", "from-s6-overlay.md")]
EXAMPLES = sorted((ROOT / "examples").glob("*/onit.toml"))


def onitctl(*words):
    return subprocess.run(["onitctl", *words], executable=ONIT, capture_output=True, text=True, check=False)


def toml_blocks(page):
    return re.findall(r"^```toml\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)


def name_of_page(path):
    return str(path.relative_to(ROOT))


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


def test_the_documents_that_are_generated_are_what_the_tables_say(tmp_path):
    subprocess.run([GENERATOR, tmp_path], check=True)
    written = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()}
    assert pathlib.Path("docs/services-reference.md") in written
    for path in sorted(written):
        assert (ROOT / path).read_text() == (tmp_path / path).read_text(), f"{path}: run make documents"
    committed = {path.relative_to(ROOT) for path in (ROOT / "completions").iterdir()}
    assert committed <= written


@pytest.mark.parametrize("page", MANUAL, ids=name_of_page)
def test_a_manual_page_is_formatted_without_a_warning(page):
    for command in (["man", "--warnings", "-l"], ["groff", "-ww", "-man", "-Tutf8"], ["mandoc", "-T", "lint", "-W", "warning"]):
        result = subprocess.run([*command, page], capture_output=True, text=True, check=False,
                                env={**os.environ, "MANROFFSEQ": "", "MANWIDTH": "80"})
        told = result.stderr if command[0] != "mandoc" else result.stdout + result.stderr
        assert (result.returncode, told) == (0, "")


@pytest.mark.parametrize("page", GUIDES, ids=name_of_page)
def test_each_file_of_services_on_a_page_is_a_good_one(page, tmp_path):
    blocks = toml_blocks(page)
    assert blocks
    for number, block in enumerate(blocks):
        file = tmp_path / f"{number}.toml"
        file.write_text(block)
        checked = onitctl("check", str(file))
        assert checked.returncode == 0, f"{checked.stderr}\n{block}"


@pytest.mark.parametrize("file", EXAMPLES, ids=name_of_page)
def test_the_file_of_an_example_is_a_good_one(file):
    checked = onitctl("check", str(file))
    assert checked.returncode == 0, checked.stderr


def test_no_page_names_a_verb_of_onitctl_that_does_not_exist():
    verbs = set(re.findall(r"^  ([a-z]+) ", onitctl("--help").stdout, re.MULTILINE))
    assert verbs
    named = {verb for page in PAGES for verb in re.findall(r"\bonitctl ([a-z]+)", page.read_text())}
    assert named <= verbs
