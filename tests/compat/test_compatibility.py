"""Every case, at the real programs and at onit in their place, side by side.

With ONIT_UPDATE_DOCUMENT=1 the table of docs/compatibility.md is written anew from what was seen. A test compares it
with what is expected.
"""

import os

import pytest

import cases_catatonit  # noqa: F401  pylint: disable=unused-import
import cases_dumb_init  # noqa: F401  pylint: disable=unused-import
import cases_tini  # noqa: F401  pylint: disable=unused-import
import cases_shared  # noqa: F401  pylint: disable=unused-import
import cases_faults  # noqa: F401  pylint: disable=unused-import
from cases import BEGIN, DOCUMENT, END, EXPECTED, NAMES, PID_1, REAL, TOOLS, Init, links, with_table
from harness import ONIT, Runner, end_strays

UPDATE = os.environ.get("ONIT_UPDATE_DOCUMENT") == "1"
SEEN = {}


def everything():
    for tool in TOOLS:
        for case in tool.cases:
            for program in [*(REAL[tool.name] if case.expected["real"] is not None else []), str(links() / tool.name)]:
                for mode in case.modes:
                    who = program if program in REAL[tool.name] else "onit"
                    place = ", as PID 1" if mode == PID_1 else ""
                    yield pytest.param(case, program, mode, id=f"{tool.name}: {case.name} [{who}{place}]")


@pytest.fixture
def runner():
    """Unlike onit, the real programs leave something behind."""
    runner = Runner()
    yield runner
    runner.end()
    end_strays()


@pytest.mark.parametrize("case, program, mode", everything())
def test_case(runner, case, program, mode):
    init = Init(runner, case.tool, program, mode)
    which = "real" if init.is_real else "onit"
    seen = SEEN.setdefault(case, {})[which] = case.look(init)
    assert seen == case.expected[which]


def test_a_difference_has_a_reason_and_nothing_else_has_one():
    assert {tool.name: {case.name for case in tool.cases} for tool in TOOLS} == {
        name: set(cases) for name, cases in EXPECTED.items()}
    for cases in EXPECTED.values():
        for name, case in cases.items():
            assert ("why" in case) == (case["real"] != case["onit"]), name


@pytest.mark.parametrize("tool, name", [(tool, name) for tool, names in NAMES.items() for name in names])
def test_onit_is_the_tool_by_each_of_its_names_and_by_as(runner, tool, name):
    arguments = ["-V"] if tool != "tini" else ["--version"]
    by_link = Init(runner, tool, str(links() / name), "root").run(*arguments)
    by_option = Init(runner, tool, ONIT, "root").run("--as", name, *arguments)
    assert by_link == by_option
    assert by_link.returncode == 0
    assert {"tini": "tini version 0.19.0", "dumb-init": "dumb-init v1.2.5", "catatonit": "_catatonit"}[tool] in (
        by_link.stdout + by_link.stderr)


def test_the_table_in_the_document_is_that_of_the_cases():
    if UPDATE:
        text = DOCUMENT.read_text() if DOCUMENT.exists() else f"# Compatibility\n\n{BEGIN}\n{END}\n"
        DOCUMENT.write_text(with_table(text, SEEN))
    assert DOCUMENT.read_text() == with_table(DOCUMENT.read_text())
