"""`onit --link`: how onit gets the names of other tools."""

import os
import shutil

import pytest

from harness import ONIT
from personalities import LINKS


@pytest.fixture
def installed(room):
    """onit alone in a directory."""
    (room / "bin").mkdir()
    (room / "bin").chmod(0o777)
    shutil.copy(ONIT, room / "bin" / "onit")
    return room / "bin" / "onit"


def links_in(directory):
    return {path.name: os.readlink(path) for path in directory.iterdir() if path.is_symlink()}


@pytest.mark.parametrize("mode", ["root", "user"])
@pytest.mark.parametrize("where", ["path", "slash", "dot", "link"])
def test_links_beside_onit_are_relative(onit, room, installed, mode, where):
    directory = installed.parent
    (room / "other").symlink_to(directory)
    argument = {"path": directory, "slash": f"{directory}/", "dot": ".", "link": room / "other"}[where]
    result = onit.run("--link", argument, program=installed, mode=mode, cwd=directory)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert links_in(directory) == {name: "onit" for name in LINKS}
    assert sorted(os.listdir(directory)) == sorted(["onit", *LINKS])
    directory.rename(room / "moved")
    assert onit.run("-V", program=room / "moved" / "catatonit").stdout == "tini version 0.2.1_catatonit\n"


@pytest.mark.parametrize("mode", ["root", "user"])
def test_links_elsewhere_are_absolute(onit, room, installed, mode):
    (room / "usr").mkdir()
    (room / "usr").chmod(0o777)
    result = onit.run("--link", "usr", program=installed, mode=mode, cwd=room)
    assert (result.returncode, result.stderr) == (0, "")
    assert links_in(room / "usr") == {name: os.path.realpath(installed) for name in LINKS}
    assert onit.run("--version", program=room / "usr" / "docker-init").stdout.startswith("tini version")


def test_links_are_to_the_binary_and_not_to_another_link(onit, room, installed):
    (room / "name").symlink_to(installed)
    (room / "usr").mkdir()
    assert onit.run("--link", room / "usr", "tini", program=room / "name").returncode == 0
    assert links_in(room / "usr") == {"tini": os.path.realpath(installed)}


def test_only_those_links_are_laid_that_are_named(onit, installed):
    assert onit.run("--link", installed.parent, "tini", "run", program=installed).returncode == 0
    assert links_in(installed.parent) == {"tini": "onit", "run": "onit"}


def test_to_lay_links_twice_is_to_lay_them_once(onit, installed):
    for names in ([], [], ["tini"], ["tini", "tini"], []):
        result = onit.run("--link", installed.parent, *names, program=installed)
        assert (result.returncode, result.stderr) == (0, "")
    assert links_in(installed.parent) == {name: "onit" for name in LINKS}
    assert sorted(os.listdir(installed.parent)) == sorted(["onit", *LINKS])


def test_the_binary_itself_is_not_replaced_by_a_link_to_it(onit, installed):
    binary = installed.rename(installed.parent / "tini")
    (installed.parent / "onit").symlink_to("tini")
    result = onit.run("--link", installed.parent, "tini", "dumb-init", program=installed.parent / "onit")
    assert (result.returncode, result.stderr) == (0, "")
    assert not binary.is_symlink()
    assert links_in(installed.parent) == {"onit": "tini", "dumb-init": "tini"}


@pytest.mark.parametrize("there", ["file", "link", "dangling link"])
def test_what_is_there_already_is_replaced_only_if_it_is_named(onit, room, installed, there):
    taken = installed.parent / "tini"
    if there == "file":
        taken.write_text("precious")
    else:
        (room / "precious").write_text("precious")
        taken.symlink_to(room / "precious" if there == "link" else "/no/such/thing")
    before = links_in(installed.parent)
    result = onit.run("--link", installed.parent, program=installed)
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (125, "", 1)
    assert result.stderr.startswith("onit: --link: ") and "tini" in result.stderr
    assert "tini-static" not in result.stderr  # those that were free are there now
    assert links_in(installed.parent) == before | {name: "onit" for name in LINKS if name != "tini"}
    assert there == "dangling link" or taken.read_text() == "precious"

    assert onit.run("--link", installed.parent, "tini", program=installed).returncode == 0
    assert links_in(installed.parent) == {name: "onit" for name in LINKS}
    assert sorted(os.listdir(installed.parent)) == sorted(["onit", *LINKS])
    assert there != "link" or (room / "precious").read_text() == "precious"


def test_a_directory_is_not_replaced_even_if_it_is_named(onit, installed):
    (installed.parent / "run").mkdir()
    result = onit.run("--link", installed.parent, "run", program=installed)
    assert result.returncode == 125
    assert f"{installed.parent}/run" in result.stderr
    assert sorted(os.listdir(installed.parent)) == ["onit", "run"]


@pytest.mark.parametrize("name", ["nginx", "onit", "", "../tini", "/tmp/tini", "."])
def test_an_unknown_name_lays_no_link_at_all(onit, room, installed, name):
    result = onit.run("--link", installed.parent, "tini", name, program=installed)
    assert (result.returncode, result.stderr.count("\n")) == (125, 1)
    assert result.stderr.startswith("onit: --link: ") and f"'{name}'" in result.stderr
    assert os.listdir(installed.parent) == ["onit"]
    assert os.listdir(room) == ["bin"]


@pytest.mark.parametrize("names", [[], ["tini"]])
def test_a_directory_that_cannot_be_written_is_named(onit, room, installed, names):
    (room / "closed").mkdir(mode=0o755)
    for mode, directory, reason in (("user", room / "closed", "Permission denied"),
                                    ("root", room / "missing", "No such file"),
                                    ("root", installed, "Not a directory")):
        result = onit.run("--link", directory, *names, program=installed, mode=mode)
        assert (result.returncode, result.stderr.count("\n")) == (125, 1), result
        assert result.stderr.startswith(f"onit: --link: {directory}/tini") and reason in result.stderr, result.stderr
    assert os.listdir(room / "closed") == []
