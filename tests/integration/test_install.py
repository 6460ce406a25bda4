"""`make install`, into a directory of its own."""

import os
import subprocess

import pytest

from harness import ONIT, ROOT, TIMEOUT_S

TOOLS = ["catatonit", "docker-init", "dumb-init", "podman-init", "run", "run-multi", "tini", "tini-static"]


@pytest.fixture
def install(room):
    """Installs with these variables; returns the directory of programs."""
    if ONIT != str(ROOT / "build" / "onit"):
        pytest.fail("make installs build/onit and no other")

    def run(**variables):
        settings = [f"{name}={value}" for name, value in ({"DESTDIR": room} | variables).items()]
        subprocess.run(["make", "--silent", "-C", ROOT, "install", *settings], check=True, timeout=TIMEOUT_S,
                       stdin=subprocess.DEVNULL)
        return room / str(variables.get("PREFIX", "/usr/local")).lstrip("/") / "bin"

    return run


def version(program):
    return subprocess.run([program, "--version"], capture_output=True, text=True, check=True, timeout=TIMEOUT_S)


def test_the_binary_its_manual_pages_and_the_completions_are_installed(install, room):
    programs = install(PREFIX="/opt/onit")
    assert sorted(os.listdir(programs)) == ["onit", "onitctl"]
    assert os.readlink(programs / "onitctl") == "onit"
    assert version(programs / "onit").stdout.startswith("onit ")
    share = room / "opt/onit/share"
    assert (share / "man/man1/onit.1").read_text().startswith(".TH ONIT 1")
    assert "\n.TH ONITCTL 1" in (share / "man/man1/onitctl.1").read_text()
    assert "\n.TH ONIT.TOML 5" in (share / "man/man5/onit.toml.5").read_text()
    assert "complete -F _onit onit" in (share / "bash-completion/completions/onit").read_text()
    assert "complete -F _onitctl onitctl" in (share / "bash-completion/completions/onitctl").read_text()
    for name in ("onit", "onitctl"):
        assert (share / f"zsh/site-functions/_{name}").read_text().startswith(f"#compdef {name}\n")
        assert f"complete -c {name} " in (share / f"fish/vendor_completions.d/{name}.fish").read_text()


def test_links_are_laid_if_that_is_asked_for(install):
    programs = install(LINKS="tini dumb-init")
    assert sorted(os.listdir(programs)) == ["dumb-init", "onit", "onitctl", "tini"]
    assert version(programs / "tini").stdout.startswith("tini version 0.19.0")
    assert version(programs / "dumb-init").stderr.startswith("dumb-init v1.2.5")


def test_all_links_can_be_laid_again_and_again_and_moved_with_the_binary(install, room):
    for _ in range(2):
        programs = install(LINKS="all")
        assert sorted(os.listdir(programs)) == sorted([*TOOLS, "onit", "onitctl"])
    moved = programs.rename(room / "moved")
    assert version(moved / "docker-init").stdout.startswith("tini version 0.19.0")
