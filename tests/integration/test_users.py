"""Another user: who it is, what it is told, and that there is no way back."""

import pathlib
import re
import subprocess

import pytest

from harness import MODES, ONIT, TIMEOUT_S, helper

PASSWD = """\
root:x:0:0:root:/root:/bin/sh
web:x:2001:2002:Web:/srv/web:/bin/sh
42:x:2042:2043::/forty-two:/bin/sh
"""
GROUP = """\
root:x:0:
web:x:2002:
extra:x:2003:web,other
logs:x:2004:other,web
lonely:x:2005:
"""


def run(room, *arguments, passwd=PASSWD, group=GROUP, mode="root", **options):
    """Runs onit where /etc/passwd and /etc/group are what the test says."""
    for name, text in (("passwd", passwd), ("group", group)):
        (room / name).write_text(text)
    script = f'mount --bind {room}/passwd /etc/passwd && mount --bind {room}/group /etc/group && exec "$@"'
    return subprocess.run(["unshare", "--mount", "sh", "-c", script, "sh", *MODES[mode], ONIT, *map(str, arguments)],
                          capture_output=True, text=True, timeout=TIMEOUT_S, check=False, stdin=subprocess.DEVNULL,
                          **options)


@pytest.mark.parametrize("mode", ["root", "root-pid1"])
@pytest.mark.parametrize("who, uid, gid, groups", [
    (["--user", "web"], 2001, 2002, [2002, 2003, 2004]),
    (["--user", "2001"], 2001, 2002, [2002, 2003, 2004]),
    (["--user", "web:lonely"], 2001, 2005, [2005]),
    (["--user", "web:77"], 2001, 77, [77]),
    (["--user", "5000"], 5000, 5000, [5000]),
    (["--user", "5000:6000"], 5000, 6000, [6000]),
    (["--user", "5000:web"], 5000, 2002, [2002]),
    (["--user", "42"], 2042, 2043, [2043]),
    (["--user", "web", "--group-add", "lonely", "--group-add", "88"], 2001, 2002, [88, 2002, 2003, 2004, 2005]),
    (["--user", "4294967294:4294967294"], 4294967294, 4294967294, [4294967294]),
], ids=str)
def test_the_command_is_who_it_shall_be_and_can_regain_nothing(room, mode, who, uid, gid, groups):
    result = run(room, *who, helper("regain"), mode=mode)
    assert result.returncode == 0, result
    lines = result.stdout.splitlines()
    assert lines[0] == f"uid {uid} {uid} {uid}"
    assert lines[1] == f"gid {gid} {gid} {gid}"
    assert sorted(map(int, lines[2].split()[1:])) == groups
    capabilities = dict(line.split() for line in lines[3:])
    for name in ("CapInh:", "CapPrm:", "CapEff:", "CapAmb:"):
        assert int(capabilities[name], 16) == 0


def test_the_helper_finds_what_can_be_regained():
    result = subprocess.run([helper("regain")], capture_output=True, text=True, check=False, timeout=TIMEOUT_S)
    assert result.returncode == 1
    assert "regained: setuid" in result.stdout


def test_inheritable_and_ambient_capabilities_do_not_survive_the_switch(room):
    result = subprocess.run(
        ["setpriv", "--inh-caps", "+setuid,+kill,+net_raw", "--ambient-caps", "+setuid,+kill,+net_raw", ONIT, "--user",
         "5000", helper("regain")], capture_output=True, text=True, check=False, timeout=TIMEOUT_S)
    assert result.returncode == 0, result
    assert not re.search(r"Cap(Inh|Prm|Eff|Amb):\t(?!0{16}$)", result.stdout, re.M), result.stdout


def test_root_may_be_asked_for_and_stays_root(room):
    lines = run(room, "--user", "root", helper("regain")).stdout.splitlines()
    assert lines[:2] == ["uid 0 0 0", "gid 0 0 0"]
    assert set(lines[2].split()) <= {"groups", "0"}


@pytest.mark.parametrize("who, variables", [
    ("web", {"HOME": "/srv/web", "USER": "web", "LOGNAME": "web"}),
    ("web:lonely", {"HOME": "/srv/web", "USER": "web", "LOGNAME": "web"}),
    ("2001", {"HOME": "/old", "USER": "old"}),
    ("5000", {"HOME": "/old", "USER": "old"}),
])
def test_a_user_by_name_gets_the_variables_of_a_login_and_one_by_number_does_not(room, who, variables):
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/old", "USER": "old", "KEEP": "1"}
    result = run(room, "--user", who, "env", env=environment)
    got = dict(line.split("=", 1) for line in result.stdout.splitlines())
    assert {name: got[name] for name in variables} == variables
    assert got["KEEP"] == "1"
    assert ("LOGNAME" in got) == ("LOGNAME" in variables)


def test_what_the_user_asks_for_stands_above_the_variables_of_a_login(room):
    assert run(room, "--user", "web", "--env", "HOME=/mine", "sh", "-c", "echo $HOME").stdout == "/mine\n"


@pytest.mark.parametrize("options, words", [
    (["--user", "nosuch"], ["--user", "'nosuch'", "/etc/passwd"]),
    (["--user", "web:nosuch"], ["--user", "'nosuch'", "/etc/group"]),
    (["--group-add", "nosuch"], ["--group-add", "'nosuch'", "/etc/group"]),
    (["--user", "99999999999"], ["--user", "'99999999999'", "too high"]),
])
def test_an_unknown_user_or_group_is_125_and_named(room, options, words):
    result = run(room, *options, "true")
    assert result.returncode == 125
    assert result.stderr.count("\n") == 1
    for word in words:
        assert word in result.stderr


def test_without_the_files_numbers_work_and_names_do_not(room):
    script = 'mount -t tmpfs none /etc && exec "$@"'
    command = ["unshare", "--mount", "sh", "-c", script, "sh", ONIT]
    result = subprocess.run([*command, "--user", "5000:6000", helper("regain")], capture_output=True, text=True,
                            timeout=TIMEOUT_S, check=False)
    assert (result.returncode, result.stdout.splitlines()[0]) == (0, "uid 5000 5000 5000"), result
    assert subprocess.run([*command, "--user", "web", "true"], capture_output=True, timeout=TIMEOUT_S,
                          check=False).returncode == 125


def test_a_passwd_that_cannot_be_read_is_not_taken_for_an_empty_one(room):
    script = 'mount -t tmpfs none /etc && mkdir /etc/passwd && exec "$@"'
    result = subprocess.run(["unshare", "--mount", "sh", "-c", script, "sh", ONIT, "--user", "5000", "true"],
                            capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    assert result.returncode == 125
    assert "/etc/passwd" in result.stderr


def test_group_add_alone_keeps_the_user_and_the_groups(onit):
    result = subprocess.run(["setpriv", "--groups", "7,8", ONIT, "--group-add", "9", "id", "-G"], capture_output=True,
                            text=True, timeout=TIMEOUT_S, check=False)
    assert set(map(int, result.stdout.split())) == {0, 7, 8, 9}


@pytest.mark.parametrize("mode", ["user", "user-pid1"])
def test_whoever_is_that_user_already_needs_no_privilege(onit, mode):
    who = "1000:1000" if mode == "user" else "0:0"
    result = onit.run("--user", who, "id", "-u", mode=mode)
    assert (result.returncode, result.stdout) == (0, who.split(":")[0] + "\n"), result


def test_another_users_files_are_opened_as_that_user(room):
    (room / "secret").write_text("x")
    (room / "secret").chmod(0o600)
    result = run(room, "--user", "web", "cat", room / "secret")
    assert result.returncode == 1 and "denied" in result.stderr
    pathlib.Path(room / "home").mkdir(mode=0o700)
    result = run(room, "--user", "web", "--chdir", room / "home", "true")
    assert result.returncode == 125
    assert "--chdir" in result.stderr and "denied" in result.stderr
