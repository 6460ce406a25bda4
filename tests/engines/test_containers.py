"""onit as the first process of containers: of Docker's and of Podman's, as the command and as their --init."""

import pytest

from engines import died_of, wait_until

HARDENED = ("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--user=1000")


@pytest.mark.parametrize("code", [0, 7, 255])
def test_the_container_ends_with_the_exit_code_of_the_command(onit, code):
    assert onit.run("sh", "-c", f"exit {code}").exit_code == code


def test_a_command_that_a_signal_killed_ends_the_container_with_128_and_the_signal(onit):
    assert onit.run("sh", "-c", "kill -USR1 $$").exit_code == died_of("USR1")


@pytest.mark.parametrize("command, code, message", [
    (["nothing-there"], 127, "nothing-there"),
    (["not-executable"], 126, "not executable"),
    (["crlf"], 126, "CRLF"),
    (["/etc"], 126, "directory"),
])
def test_the_log_says_why_a_command_could_not_be_started(engine, command, code, message):
    container = engine.run("base", "onit", *command)
    assert container.exit_code == code
    assert message in container.errors
    assert container.errors.startswith("onit: ") and container.errors.count("\n") == 1
    assert message in engine.call("logs", container.name).stderr


def test_a_bad_option_ends_the_container_with_125_and_a_line_in_the_log(engine):
    container = engine.run("base", "onit", "--forwards", "child", "true")
    assert container.exit_code == 125
    assert "--forwards" in container.errors and container.errors.count("\n") == 1
    assert "--forwards" in engine.call("logs", container.name).stderr


def test_a_stop_reaches_the_command_and_ends_the_container_at_once(onit):
    container = onit.start("stopper", "3")
    container.expect("ready")
    assert container.stop() == 3
    assert container.output == "stopping\n"


def test_a_command_without_a_handler_dies_of_the_stop(onit):
    container = onit.start("sh", "-c", "echo ready; exec sleep 1000")
    container.expect("ready")
    assert container.stop() == died_of("TERM")


def test_without_onit_the_stop_would_not_reach_it(engine):
    container = engine.start("base", "sh", "-c", "echo ready; exec sleep 1000")
    container.expect("ready")
    engine.get("stop", "--time=1", container.name)
    assert container.wait() == died_of("KILL")


def test_a_kill_ends_the_container_with_137(onit):
    container = onit.start("sh", "-c", "echo ready; exec sleep 1000")
    container.expect("ready")
    container.kill("KILL")
    assert container.wait() == died_of("KILL")


@pytest.mark.parametrize("name, number", [
    ("HUP", 1), ("INT", 2), ("USR1", 10), ("USR2", 12), ("WINCH", 28), ("RTMIN+3", 37), ("RTMAX", 64)])
def test_a_signal_sent_by_the_engine_reaches_the_command(docker, name, number):
    container = docker.start("base", "onit", "listener")
    container.expect("ready")
    container.kill(name)
    container.expect(f"got {number}")
    container.kill("KILL")
    assert container.wait() == 137
    assert container.output == ""


def test_signals_sent_one_after_another_all_arrive(onit):
    container = onit.start("listener")
    container.expect("ready")
    for name, number in ("HUP", 1), ("USR1", 10), ("WINCH", 28), ("37", 37):
        container.kill(name)
        container.expect(f"got {number}")


def test_orphans_are_reaped_while_the_command_runs(onit):
    container = onit.start("sh", "-c", "orphans 40; echo done; exec sleep 1000")
    container.expect("done")
    wait_until(lambda: not container.zombies(), "all orphans are reaped")
    assert sorted(name for *_, name in container.processes())[-1] == "sleep"
    container.exec("orphans", "40")
    wait_until(lambda: not container.zombies(), "the orphans of an exec are reaped")
    assert container.stop() == died_of("TERM")


def test_without_onit_they_would_stay_zombies(engine):
    container = engine.start("base", "sh", "-c", "echo ready; exec sleep 1000")
    container.expect("ready")
    container.exec("orphans", "5")
    assert len(container.zombies()) == 5


def test_what_outlives_the_command_in_a_session_of_its_own_is_asked_to_end_first(onit):
    container = onit.run("leaver")
    assert container.exit_code == 3
    assert container.output == "left process got TERM\n"


@pytest.mark.parametrize("how", ["stop", "end by itself"])
def test_a_process_put_in_by_exec_is_neither_signalled_nor_waited_for(onit, room, how):
    # What is left of the command holds the end up until the exec has answered; by then a TERM would have come to it.
    (room / "left").write_text("ask() { read -r pid </room/pid; kill -37 $pid\n"
                               "until [ -e /room/answer ]; do usleep 5000; done; }\n"
                               "sleep 1000 & trap 'ask; exit' TERM\n"
                               "echo >/tmp/up; wait")
    (room / "put-in").write_text("trap 'echo >/room/got-TERM' TERM; trap 'echo >/room/answer' 37\n"
                                 "echo $$ >/room/pid; echo >/room/in; while :; do sleep 1000 & wait; done")
    container = onit.with_options(f"--volume={room}:/room").start(
        "sh", "-c", "mkfifo /tmp/end /tmp/up; setsid sh /room/left & read -r _ </tmp/up; echo ready;"
                    "read -r _ </tmp/end; exit 4")
    container.expect("ready")
    container.engine.get("exec", "--detach", container.name, "sh", "/room/put-in")
    wait_until((room / "in").exists, "the exec runs")
    assert any(parent == 0 and pid != 1 for pid, parent, *_ in container.processes())
    if how == "stop":
        assert container.stop(grace_s=50) == died_of("TERM")
    else:
        container.exec("sh", "-c", "echo >/tmp/end")
        assert container.wait() == 4
    assert (room / "answer").exists() and not (room / "got-TERM").exists()


def test_a_signal_for_all_does_not_reach_what_exec_put_in(engine, room):
    container = engine.start("base", "onit", "--forward", "all", "listener", options=[f"--volume={room}:/room"])
    container.expect("ready")
    engine.get("exec", "--detach", container.name, "sh", "-c",
               "trap 'echo >/room/got' USR1; trap 'echo >/room/answer' USR2; echo $$ >/room/pid; echo >/room/in;"
               "while :; do sleep 1000 & wait; done")
    wait_until((room / "in").exists, "the exec runs")
    container.kill("USR1")
    container.expect("got 10")
    container.exec("kill", "-USR2", (room / "pid").read_text().strip())
    wait_until((room / "answer").exists, "the exec answers")
    assert not (room / "got").exists()


def test_with_nothing_but_a_user_it_passes_signals_reaps_and_stops(onit):
    hardened = onit.with_options(*HARDENED)
    container = hardened.start("sh", "-c", "grep -E '^(Uid|CapPrm|CapBnd|NoNewPrivs):' /proc/self/status; echo >/x;"
                                           "orphans 10; echo orphans; exec listener")
    container.expect("Uid:\t1000\t1000\t1000\t1000", "CapPrm:\t0000000000000000", "CapBnd:\t0000000000000000",
                     "NoNewPrivs:\t1", "orphans", "ready")
    wait_until(lambda: not container.zombies(), "all orphans are reaped")
    container.kill("HUP")
    container.expect("got 1")
    container.kill("USR1")
    container.expect("got 10")
    container.engine.get("stop", "--time=3", container.name)
    container.expect("got 15")
    assert container.wait() == died_of("KILL"), "the listener does not end of TERM"
    assert "onit" not in container.errors and "Read-only file system" in container.errors


def test_with_nothing_but_a_user_the_exit_code_and_the_stop_are_the_commands(onit):
    hardened = onit.with_options(*HARDENED)
    assert hardened.run("sh", "-c", "exit 9").exit_code == 9
    container = hardened.start("sh", "-c", "echo ready; exec sleep 1000")
    container.expect("ready")
    assert container.stop() == died_of("TERM")
    assert container.errors == ""


def test_what_outlives_the_command_is_found_with_nothing_but_a_user(onit):
    hardened = onit.with_options(*HARDENED, "--tmpfs=/tmp:mode=1777")
    container = hardened.run("leaver")
    assert (container.exit_code, container.output) == (3, "left process got TERM\n")


def test_no_line_of_the_last_breath_is_lost(onit):
    container = onit.run("seq", "1", "20000")
    assert container.exit_code == 0
    assert container.output.split() == [str(n) for n in range(1, 20001)]


def test_a_restart_stops_the_command_and_starts_it_again(docker):
    container = docker.start("base", "onit", "stopper", "0", options=["--detach"])
    name = container.line()
    wait_until(lambda: docker.get("logs", name) == "ready", "it runs")
    docker.get("restart", name)
    wait_until(lambda: docker.get("logs", name).split() == ["ready", "stopping", "ready"], "it was stopped and started")


def test_a_paused_container_goes_on_where_it_was(docker):
    container = docker.start("base", "onit", "listener")
    container.expect("ready")
    docker.get("pause", container.name)
    docker.get("unpause", container.name)
    container.kill("USR1")
    container.expect("got 10")


def test_the_init_of_the_engine_is_the_onit_that_was_named(engine):
    path = {"docker": "/sbin/docker-init", "podman": "/run/podman-init"}[engine.name]
    tell = f"cmp {path} /bin/onit && readlink /proc/1/exe && tr '\\0' ' ' </proc/1/cmdline"
    container = engine.run("base", "sh", "-c", tell, options=["--init"])
    exe, _, words = container.output.partition("\n")
    assert (container.exit_code, exe, words.split()[:2]) == (0, path, [path, "--"])


# --- Options that are made for containers -----------------------------------------------------------------------


def test_the_signal_of_the_image_reaches_the_command(docker, tmp_path):
    (tmp_path / "Dockerfile").write_text('FROM base\nSTOPSIGNAL RTMIN+3\nENTRYPOINT ["/bin/onit"]\nCMD ["listener"]\n')
    docker.build("stopsignal", tmp_path)
    container = docker.start("stopsignal")
    container.expect("ready")
    docker.get("stop", "--time=3", container.name)
    container.expect("got 37")
    container.wait()
    assert container.output == ""


def test_a_rewritten_stop_signal_ends_the_command_its_own_way(engine):
    container = engine.start("base", "onit", "--rewrite", "TERM:QUIT", "stopper", "0", "QUIT")
    container.expect("ready")
    assert container.stop() == 0
    assert container.output == "stopping\n"


def test_a_command_that_ignores_the_stop_is_killed_when_kill_after_says(engine):
    container = engine.start("base", "onit", "--kill-after", "300ms", "sh", "-c",
                             "trap '' TERM; echo ready; while :; do sleep 1000 & wait; done")
    container.expect("ready")
    assert container.stop(grace_s=50) == died_of("KILL")
    assert "SIGKILL" in container.errors


def test_what_does_not_end_in_its_grace_period_is_killed_and_named(engine):
    container = engine.run("base", "onit", "--stop-grace-period", "300ms", "sh", "-c",
                           "mkfifo /tmp/up; setsid sh -c 'trap \"\" TERM; echo >/tmp/up; sleep 1000' &"
                           "read -r _ </tmp/up; exit 3")
    assert container.exit_code == 3
    assert "which outlived the command" in container.errors


def test_a_drain_holds_the_stop_back(engine):
    container = engine.start("base", "onit", "--drain", "1h", "-v", "stopper", "0")
    container.expect("ready")
    container.kill("TERM")
    container.expect_error("holding")
    container.kill("USR2")  # of which `sh` dies: it is there still, and only the TERM was held back
    assert container.wait() == died_of("USR2")
    assert container.output == ""


def test_a_drained_stop_comes_before_the_engine_loses_patience(engine):
    container = engine.start("base", "onit", "--drain", "1s", "stopper", "0")
    container.expect("ready")
    assert container.stop() == 0
    assert container.output == "stopping\n"


def test_a_second_term_skips_the_drain(engine):
    container = engine.start("base", "onit", "--drain", "1h", "-v", "sh", "-c", "echo ready; exec sleep 1000")
    container.expect("ready")
    container.kill("TERM")
    container.expect_error("holding")
    assert container.stop(grace_s=50) == died_of("TERM")


def test_user_takes_a_name_of_the_image(engine):
    container = engine.run("base", "onit", "--user", "app", "sh", "-c",
                           "id; echo $HOME $USER $LOGNAME; grep ^Cap /proc/self/status")
    who, names, *capabilities = container.output.splitlines()
    assert (container.exit_code, who) == (0, "uid=1234(app) gid=2345(app) groups=2345(app),3456(extra)")
    assert names == "/home/app app app"
    assert {line.split()[1] for line in capabilities if not line.startswith("CapBnd")} == {"0000000000000000"}


def test_a_command_of_another_user_is_stopped_and_reaped(engine):
    container = engine.start("base", "onit", "--user", "app", "sh", "-c", "orphans 5; echo ready; exec sleep 1000")
    container.expect("ready")
    wait_until(lambda: not container.zombies(), "all orphans are reaped")
    assert container.stop() == died_of("TERM")
    assert container.errors == ""


def test_an_unknown_user_is_named(engine):
    container = engine.run("base", "onit", "--user", "nobody-here", "id")
    assert container.exit_code == 125
    assert "nobody-here" in container.errors and "--user" in container.errors


def test_without_the_right_to_switch_the_user_is_not_switched_in_silence(engine):
    container = engine.run("base", "onit", "--user", "app", "id", options=["--cap-drop=ALL"])
    assert (container.exit_code, container.output) == (125, "")
    assert "Operation not permitted" in container.errors


def test_without_the_right_to_signal_another_user_it_says_so_and_lives(engine):
    container = engine.start("base", "onit", "--user", "app", "sh", "-c", "echo ready; exec sleep 1000",
                             options=["--cap-drop=ALL", "--cap-add=SETUID", "--cap-add=SETGID"])
    container.expect("ready")
    container.kill("TERM")
    assert "KILL" in container.expect_error("not permitted")
    container.exec("orphans", "3")
    wait_until(lambda: not container.zombies(), "it reaps still")
    container.kill("KILL")
    assert container.wait() == 137


def test_a_mounted_secret_becomes_a_variable(engine, room):
    (room / "password").write_text("s3cret with blanks\n\n")
    container = engine.run("base", "onit", "--secrets", "sh", "-c", 'echo "[$DB_PASSWORD]"',
                           options=[f"--volume={room}:/run/secrets:ro", "--env=DB_PASSWORD_FILE=/run/secrets/password"])
    assert (container.exit_code, container.output) == (0, "[s3cret with blanks\n]\n")


def test_a_secret_that_is_not_there_is_named(engine):
    container = engine.run("base", "onit", "--secrets", "true",
                           options=["--env=DB_PASSWORD_FILE=/run/secrets/password"])
    assert container.exit_code == 125
    assert "/run/secrets/password" in container.errors and "DB_PASSWORD_FILE" in container.errors


def test_an_env_file_of_the_image_is_read(docker, tmp_path):
    (tmp_path / "Dockerfile").write_text('FROM base\nENTRYPOINT ["/bin/onit", "--env-file", "/etc/app.env"]\n')
    docker.build("envfile", tmp_path)
    tell = ("sh", "-c", "echo $GREETING, $TO")
    assert docker.run("envfile", *tell).output == "good morning, world\n"
    assert docker.run("envfile", *tell, options=["--env=WHO=you"]).output == "good morning, you\n"


# --- Kernels and profiles that say no ----------------------------------------------------------------------------


@pytest.mark.parametrize("profile", ["EPERM", "ENOSYS"])
def test_new_system_calls_are_not_needed(engine, room, profile):
    calls = ["clone3", "close_range", "pidfd_open", "pidfd_send_signal"]
    number = {"EPERM": 1, "ENOSYS": 38}[profile]
    (room / "profile.json").write_text(
        '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["' + '","'.join(calls) +
        f'"], "action": "SCMP_ACT_ERRNO", "errnoRet": {number}}}]}}')
    options = [f"--security-opt=seccomp={room}/profile.json", "--volume=/usr:/usr:ro"]

    # python3 of this machine tells whether the profile is in force.
    probe = engine.run("base", "/usr/bin/python3", "-c",
                       "import os\ntry: os.pidfd_open(1)\nexcept OSError as e: print(e.errno)",
                       options=[*options, "--volume=/lib:/lib:ro", "--volume=/lib64:/lib64:ro"])
    assert probe.output == f"{number}\n", probe.errors

    container = engine.run("base", "onit", "leaver", options=options)
    assert (container.exit_code, container.output, container.errors) == (3, "left process got TERM\n", "")

    container = engine.start("base", "onit", "--forward", "all", "sh", "-c", "orphans 10; echo done; exec listener",
                             options=options)
    container.expect("done", "ready")
    container.kill("HUP")
    container.expect("got 1")
    wait_until(lambda: not container.zombies(), "all orphans are reaped")
    container.kill("KILL")
    container.wait()
    assert container.errors == ""


def test_onit_survives_when_the_kernel_kills_its_command_for_want_of_memory(engine):
    container = engine.run("base", "onit", "-v", "dd", "if=/dev/zero", "of=/dev/null", "bs=200M", "count=1",
                           options=["--memory=32m"])
    assert container.exit_code == died_of("KILL")
    assert "was killed by" in container.errors and "KILL" in container.errors, container.errors


def test_a_stop_is_prompt_with_many_processes(engine):
    many = "n=0; while [ $n -lt 100 ]; do setsid sleep 1000 & n=$((n + 1)); done; echo ready; wait"
    container = engine.start("base", "onit", "sh", "-c", many, options=["--pids-limit=-1"])
    container.expect("ready")
    assert container.stop() == died_of("TERM")
    assert container.errors == ""
