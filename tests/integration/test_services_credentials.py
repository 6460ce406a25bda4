"""Who a service is and what it may: user, groups, capabilities, limits, environment; and what is said if it cannot be."""

import os
import pwd
import resource

import pytest

from service_files import AS_ANYBODY, IDLE, note, python, script, services  # noqa: F401

NET_BIND_SERVICE = 10
CHOWN = 0


def of(services, mode="root", command=None, **settings):
    """What a service with these settings writes, line by line."""
    result = services.run({"web": {"command": command or ["cat", "/proc/self/status"], **settings}}, mode=mode)
    assert (result.returncode, result.stderr) == (0, ""), result
    return result.stdout.splitlines()


def status_of(services, mode="root", **settings):
    lines = of(services, mode, **settings)
    return {name: value.split() for name, _, value in (line.partition(":") for line in lines)}


def bits(*numbers):
    return f"{sum(1 << number for number in numbers):016x}"


# --- Who it is ------------------------------------------------------------------------------------------------------


def test_a_service_runs_as_the_user_of_a_number_with_that_group_alone(services):
    found = status_of(services, user="1234:1235")
    assert (found["Uid"], found["Gid"], found["Groups"]) == (["1234"] * 4, ["1235"] * 4, ["1235"])


def test_a_service_runs_as_the_user_of_a_name_with_its_groups_and_home(services):
    nobody = pwd.getpwnam("nobody")
    found = status_of(services, user="nobody")
    assert (found["Uid"], found["Gid"]) == ([str(nobody.pw_uid)] * 4, [str(nobody.pw_gid)] * 4)
    assert of(services, user="nobody", command=["sh", "-c", 'echo "$$HOME $$USER $$LOGNAME"']) == \
        [f"{nobody.pw_dir} nobody nobody"]


def test_a_user_who_is_not_root_has_no_capabilities(services):
    found = status_of(services, user="1234")
    assert [found[name] for name in ("CapPrm", "CapEff", "CapAmb")] == [[bits()]] * 3


def test_further_groups_are_added_by_name_or_number(services):
    assert status_of(services, user="1234:1235", group_add=["7777", "daemon"])["Groups"] == ["1", "1235", "7777"]


@pytest.mark.parametrize("mode", ["user", "user-pid1"])
def test_a_service_can_be_told_to_be_who_onit_is_already(services, mode):
    who = "1000" if mode == "user" else "0"
    assert status_of(services, mode=mode, user=f"{who}:{who}")["Uid"] == [who] * 4


# --- What it may ----------------------------------------------------------------------------------------------------


def test_root_keeps_the_capabilities_that_are_named_and_no_others(services):
    found = status_of(services, capabilities=["NET_BIND_SERVICE", "CAP_CHOWN"])
    kept = [bits(NET_BIND_SERVICE, CHOWN)]
    assert [found[name] for name in ("CapBnd", "CapPrm", "CapEff")] == [kept] * 3


def test_another_user_keeps_the_capabilities_that_are_named_through_exec(services):
    found = status_of(services, user="1234", capabilities=["NET_BIND_SERVICE"])
    kept = [bits(NET_BIND_SERVICE)]
    assert [found[name] for name in ("CapBnd", "CapPrm", "CapEff", "CapAmb", "CapInh")] == [kept] * 5
    assert found["Uid"] == ["1234"] * 4


def test_root_of_a_user_namespace_keeps_the_capabilities_that_are_named(services):
    found = status_of(services, mode="user-pid1", capabilities=["NET_BIND_SERVICE"])
    assert [found[name] for name in ("CapBnd", "CapPrm", "CapEff")] == [[bits(NET_BIND_SERVICE)]] * 3


def test_a_user_without_privileges_can_be_left_with_none(services):
    found = status_of(services, mode="user", capabilities=[], no_new_privs=True)
    assert found["CapEff"] == found["CapPrm"] == [bits()]


def test_a_service_can_be_left_without_capabilities(services):
    found = status_of(services, capabilities=[])
    assert [found[name] for name in ("CapBnd", "CapPrm", "CapEff")] == [[bits()]] * 3


def test_a_service_whose_capabilities_are_not_named_has_onit_s(services):
    own = {line.split(":")[0]: line.split() for line in open("/proc/self/status").read().splitlines() if "Cap" in line}
    found = status_of(services)
    assert found["CapBnd"] == own["CapBnd"][1:] and found["CapEff"] == own["CapEff"][1:]


@AS_ANYBODY
@pytest.mark.parametrize("on", [True, False])
def test_no_new_privs_is_set_if_it_is_asked_for(services, mode, on):
    found = status_of(services, mode=mode, no_new_privs=on)["NoNewPrivs"]
    # The mode without privileges begins with it.
    assert found == ["1" if on or mode == "user-pid1" else "0"]


@AS_ANYBODY
def test_the_umask_is_set(services, mode):
    assert status_of(services, mode=mode, umask="027")["Umask"] == ["0027"]


@AS_ANYBODY
def test_limits_are_set(services, mode):
    lines = of(services, mode, ulimits={"nofile": "100:200", "core": 0, "nproc": {"soft": 50, "hard": 60}},
               command=["cat", "/proc/self/limits"])
    found = {line[:26].strip(): line[26:].split()[:2] for line in lines}
    assert found["Max open files"] == ["100", "200"]
    assert found["Max core file size"] == ["0", "0"]
    assert found["Max processes"] == ["50", "60"]


def test_the_limit_of_descriptors_that_onit_raises_for_itself_is_not_passed_on(services):
    result = services.run({"web": {"command": script("ulimit -Sn; ulimit -Hn")}},
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (256, 512)))
    assert result.stdout.split() == ["256", "512"]


@AS_ANYBODY
def test_the_nice_value_is_set(services, mode):
    assert of(services, mode, nice=7, command=["nice"]) == ["7"]


@AS_ANYBODY
def test_the_oom_score_is_set(services, mode):
    assert of(services, mode, oom_score_adj=500, command=["cat", "/proc/self/oom_score_adj"]) == ["500"]


@AS_ANYBODY
def test_the_working_directory_is_set_and_relative_commands_are_found_there(services, mode):
    assert of(services, mode, working_dir="/usr/bin", command=["./pwd"]) == ["/usr/bin"]


# --- Its environment ------------------------------------------------------------------------------------------------


def test_variables_come_from_onit_then_from_files_then_from_the_definition(services, room):
    (room / "a.env").write_text("A=file\nB=file\nC='file $X'\n")
    lines = services.run({"web": {"command": script('echo "$A|$B|$C|$D"'), "env_file": [str(room / "a.env")],
                                  "environment": {"B": "defined", "D": "1 ${OWN}"}}},
                         env=os.environ | {"A": "own", "OWN": "onit's"}).stdout.splitlines()
    assert lines == ["file|defined|file $X|1 onit's"]


def test_an_environment_can_begin_empty(services):
    lines = of(services, clear_env=True, environment={"A": "1"}, command=["/usr/bin/env"])
    assert [line for line in lines if not line.startswith("ONIT_MARK=")] == ["A=1"]


def test_secrets_come_out_of_files(services, room):
    (room / "password").write_text("open sesame\n")
    lines = of(services, secrets=True, clear_env=True, environment={"DB_PASSWORD_FILE": str(room / "password")},
               command=script('echo "<$DB_PASSWORD>"'))
    assert lines == ["<open sesame>"]


def test_a_file_of_variables_is_read_anew_at_each_start(services, room):
    (room / "a.env").write_text("A=first\n")
    command = script(note("$A") + '[ "$A" = second ] || { echo A=second > "$ROOM/a.env"; exit 1; }')
    services.run({"web": {"command": command, "env_file": str(room / "a.env"), "restart": "on-failure",
                          "restart_delay": "1ms"}})
    assert services.journal == ["first", "second"]


# --- What is given to it --------------------------------------------------------------------------------------------


@AS_ANYBODY
def test_a_service_has_no_descriptors_but_the_three(services, mode):
    with open("/dev/null", "rb") as inherited:
        result = services.run({"web": {"command": ["ls", "/proc/self/fd"]}, "other": {"command": ["true"]}}, mode=mode,
                              pass_fds=[inherited.fileno()])
    # The last is the directory itself.
    assert result.stdout.split() == ["0", "1", "2", "3"]


def test_its_stdin_is_empty(services):
    services.start({"web": {"command": script('readlink /proc/self/fd/0; cat')}})
    assert services.rest() == ["/dev/null"]
    services.wait()


def test_one_service_can_have_onit_s_stdin(services):
    services.start({"web": {"command": ["cat"], "stdin": "inherit"}})
    services.running.process.stdin.write(b"hello\n")
    services.running.end_input()
    assert services.rest() == ["hello"]
    assert services.wait() == 0


def test_each_service_leads_a_session_of_its_own(services):
    command = python("print(os.getpid() == os.getsid(0) == os.getpgid(0))")
    result = services.run({"web": {"command": command}, "other": {"command": command}})
    assert result.stdout.splitlines() == ["True", "True"]


@AS_ANYBODY
def test_signals_are_as_onit_was_given_them(services, mode):
    with open("/proc/self/status", encoding="ascii") as own:
        expected = {line.split(":")[0]: line.split()[1:] for line in own if line.startswith("Sig") or line.startswith("Shd")}
    found = status_of(services, mode=mode)
    assert found["SigBlk"] == expected["SigBlk"] == [bits()]
    assert found["SigCgt"] == [bits()] and found["SigIgn"] == [bits()]


# --- What cannot be -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("settings, code, words", [
    ({"user": "nobody-knows"}, 125, ["user", "nobody-knows"]),
    ({"user": "1234:no-group"}, 125, ["user", "no-group"]),
    ({"group_add": ["no-group"]}, 125, ["group_add", "no-group"]),
    ({"working_dir": "/no/such/place"}, 125, ["working_dir", "/no/such/place", "No such file"]),
    ({"env_file": "/no/such.env"}, 125, ["env_file", "/no/such.env", "No such file"]),
    ({"secrets": True, "clear_env": True, "environment": {"A_FILE": "/no/such/secret"}}, 125, ["secrets", "/no/such/secret"]),
    ({"command": ["/no/such/program"]}, 127, ["/no/such/program"]),
    ({"command": ["no-such-program"]}, 127, ["no-such-program", "PATH"]),
    ({"command": ["/etc/passwd"]}, 126, ["/etc/passwd"]),
    ({"command": ["/usr"]}, 126, ["/usr", "directory"]),
], ids=str)
def test_what_cannot_be_is_a_failed_start_that_names_the_service_and_the_key(services, settings, code, words):
    services.fails({"web": {"command": ["true"]} | settings}, code, *words)


@pytest.mark.parametrize("settings, words", [
    ({"user": "1234"}, ["user", "Operation not permitted", "SETUID"]),
    ({"group_add": ["1234"]}, ["groups", "Operation not permitted"]),
    ({"capabilities": ["SYS_ADMIN"]}, ["capabilities"]),
    ({"nice": -5}, ["nice -5", "SYS_NICE"]),
    ({"oom_score_adj": -500}, ["oom_score_adj -500", "SYS_RESOURCE"]),
], ids=str)
def test_what_a_user_may_not_do_is_a_failed_start_that_names_the_key_and_the_remedy(services, settings, words):
    services.fails({"web": {"command": ["true"]} | settings}, 125, *words, mode="user")


def test_a_hard_limit_that_cannot_be_raised_is_a_failed_start(services):
    services.fails({"web": {"command": ["true"], "ulimits": {"nofile": "100:100000000"}}}, 125, "ulimits.nofile", mode="user")


def test_a_descriptor_beyond_the_limit_of_open_files_is_a_failed_start_that_names_it(services):
    services.fails({"web": {"command": ["true"], "ready": {"fd": 100}}}, 125, "descriptor 100", "nofile",
                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)))


def test_a_command_before_the_end_that_cannot_be_executed_is_told_and_the_end_goes_on(services):
    services.start({"web": {"command": IDLE, "pre_stop": ["/no/such/drain"]}})
    services.until_told("service 'web' has started")
    assert services.stop() == 0
    assert "service 'web': pre_stop: exec '/no/such/drain': no such file" in services.messages


def test_a_failed_start_can_be_tried_again(services):
    command = ["true"]
    services.start({"web": {"command": command, "env_file": str(services.room / "late.env"), "restart": "on-failure",
                            "restart_delay": "10ms", "max_restarts": 0}})
    services.until_told("late.env", 2)
    (services.room / "late.env").write_text("A=1\n")
    assert services.wait() == 0


def test_a_failed_start_does_not_hold_up_others(services):
    services.start({"web": {"command": ["true"], "user": "nobody-knows"}, "other": {"command": script(note("runs"))}})
    assert services.wait() == 125
    assert services.journal == ["runs"]


# --- Control groups -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["user", "user-pid1"])
def test_limits_of_a_control_group_that_onit_cannot_make_are_a_warning_and_the_service_runs(services, mode):
    services.start({"web": {"command": script(note("runs") + '[ "$(wc -l < "$JOURNAL")" = 2 ]'), "restart": "on-failure",
                            "restart_delay": "1ms", "cgroup": {"memory_max": "64MB", "pids_max": 50}}}, mode=mode)
    assert services.wait() == 0
    assert services.journal == ["runs", "runs"]
    assert services.messages.count("warning: service 'web': cgroup limits are not applied: ") == 1
