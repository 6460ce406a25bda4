"""Lays out what each supervisor needs to run services, and says how it is started and stopped.

A `run` of s6 and runit is the service's program itself, the fastest that it can be. Their loggers need arguments, so
their `run` is a shell script of one line, as in their manuals.
"""
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

FILE_BYTES, FILES = 10_000_000, 5  # every log is rotated at this size, and so many are kept


@dataclass
class Plan:
    """What is to run."""
    directory: Path  # for the tree; empty, and not on a disk
    programs: Path  # where service, failing and lines are
    count: int = 1
    program: str = "service"
    command: str = ""  # one more, which gets the signals to the supervisor; onit alone has such a thing
    has_failing: bool = False  # one more, the first of all, that fails at once
    log: str = ""  # how the lines are to look, in the words of the supervisor
    to_pipe: bool = False  # the lines go to the supervisor's own stdout; else each service has files, onit's if it writes

    def services(self):
        """(name, program) of each."""
        if self.has_failing:
            yield "a-failing", self.programs / "failing"
        for number in range(self.count):
            yield f"s{number:04}", self.programs / self.program


def write_script(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


class Supervisor:
    name: str
    tool: str
    exit_codes = (0,)  # after a stop

    def path(self):
        """The program that is started; None if it is not installed."""
        found = [Path(d) / self.tool for d in ("/usr/bin", "/usr/sbin", "/bin", "/sbin")]
        return next((str(path) for path in found if path.exists()), None)

    def make(self, plan):
        """Writes the tree. Returns the command that starts it."""
        raise NotImplementedError

    def stop(self, plan, pid):
        """Begins to stop all of it; `pid` is that of the supervisor."""
        os.kill(pid, 15)


class S6(Supervisor):
    name = "s6"
    tool = "s6-svscan"

    def make(self, plan):
        for name, program in plan.services():
            service = plan.directory / "tree" / name
            (service / "log").mkdir(parents=True)
            (service / "run").symlink_to(program)
            to = "1" if plan.to_pipe else f"n{FILES} s{FILE_BYTES} {plan.directory}/logs/{name}"
            write_script(service / "log" / "run", f"exec s6-log {plan.log} {to}")
        (plan.directory / "logs").mkdir()
        return [self.path(), "-c", str(2 * plan.count + 10), str(plan.directory / "tree")]


class Runit(Supervisor):
    name = "runit"
    tool = "runsvdir"
    exit_codes = (111,)

    def make(self, plan):
        for name, program in plan.services():
            service, log = plan.directory / "tree" / name, plan.directory / "logs" / name
            (service / "log").mkdir(parents=True)
            log.mkdir(parents=True)
            (service / "run").symlink_to(program)
            (log / "config").write_text(f"s{FILE_BYTES}\nn{FILES}\n")
            write_script(service / "log" / "run", f"exec svlogd {plan.log} {log}")
        # runsvdir waits for a second if its directory has changed in this one.
        os.utime(plan.directory / "tree", (1, 1))
        return [self.path(), "-P", str(plan.directory / "tree")]

    def stop(self, plan, pid):
        """runsvdir itself stops nothing and waits for nobody; this is what Debian's /etc/runit/3 does."""
        services = sorted(str(path) for path in (plan.directory / "tree").iterdir())
        for verb in ("force-stop", "shutdown"):
            subprocess.run(["sv", "-w60", verb, *services], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.kill(pid, 1)


class Supervisord(Supervisor):
    name = "supervisor"
    tool = "supervisord"

    def make(self, plan):
        config = plan.directory / "supervisord.conf"
        logs = plan.directory / "logs"
        logs.mkdir(parents=True)
        text = (f"[supervisord]\nnodaemon=true\nsilent=true\nuser=root\nlogfile=/dev/null\nlogfile_maxbytes=0\n"
                f"pidfile={plan.directory}/pid\nchildlogdir={logs}\nminfds={4 * plan.count + 200}\n"
                f"[unix_http_server]\nfile={plan.directory}/control\n"
                "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n")
        for name, program in plan.services():
            to = "/dev/stdout" if plan.to_pipe else logs / name
            size = 0 if plan.to_pipe else FILE_BYTES
            text += (f"[program:{name}]\ncommand={program}\nautorestart=true\nstartretries=1000000\nredirect_stderr=true\n"
                     f"stdout_logfile={to}\nstdout_logfile_maxbytes={size}\nstdout_logfile_backups={FILES - 1}\n")
        config.write_text(text)
        return [self.path(), "-c", str(config)]


class Onit(Supervisor):
    tool = "onit"

    def __init__(self, binary, name="onit", has_back_off=True):
        self.binary = binary
        self.name = name
        self.has_back_off = has_back_off

    def path(self):
        return str(self.binary)

    def make(self, plan):
        (plan.directory / "logs").mkdir(parents=True)
        restart = 'restart = "always"\nmax_restarts = 0\n'
        if not self.has_back_off:
            restart += 'restart_delay = "1ms"\nrestart_max_delay = "1ms"\n'
        text = f'version = 1\n\n[init]\ncontrol = "{self.socket(plan)}"\nstop_grace_period = "60s"\n'
        for name, program in plan.services():
            keys = [plan.log] if plan.log else []
            if not plan.to_pipe and plan.program == "lines":
                keys += [f'file = "{plan.directory}/logs/{name}"', "stdout = false", f'max_size = "{FILE_BYTES}"',
                         f"max_files = {FILES}"]
            text += f'\n[services.{name}]\ncommand = ["{program}"]\n{restart}'
            text += f'log = {{ {", ".join(keys)} }}\n' if keys else ""
        file = plan.directory / "onit.toml"
        file.write_text(text)
        return [self.path(), "-f", str(file), *(["--", str(plan.programs / plan.command)] if plan.command else [])]

    @staticmethod
    def socket(plan):
        return plan.directory / "control"


class Copy(Supervisor):
    """No supervisor: one program that writes and one that copies its output. The limit for any logger."""

    name = "a plain pipe copy"
    tool = "sh"

    def make(self, plan):
        return ["/bin/sh", "-c", f"{plan.programs}/{plan.program} | exec {plan.programs}/copy"]
