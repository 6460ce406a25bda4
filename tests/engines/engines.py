"""Docker and Podman as the tests use them: each in a namespace of its own, and what can be done with a container in it.

An engine lives in new mount, pid and network namespaces. Whatever it starts or mounts, daemons and containers included,
is gone when the namespaces are, and those are gone when this process is, however it ends: nothing of the machine's own
data is seen or touched, and nothing is left.
"""

import contextlib
import os
import pathlib
import select
import shutil
import signal
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ONIT = pathlib.Path(os.environ.get("ONIT", ROOT / "build" / "onit")).resolve()

# For anything to happen; far above what it takes, for machines that are busy with others.
LIMIT_S = 60

# A stop that took longer was not one that onit has passed on: the engines send KILL after 10 s.
PROMPT_S = 9

DOCKER = "/usr/bin/docker"  # an older client may come first on PATH


# --- A namespace for an engine ----------------------------------------------------------------------------

# Outside: runs the namespace, then removes what no process has any more, the directories that containers had in the
# control groups included. Pods that Podman plays from a manifest have theirs elsewhere, under their ids.
KEEPER = """
unshare --mount --propagation private --pid --net --fork --kill-child --mount-proc sh -c "$INSIDE" inside "$@"
sweep() { find /sys/fs/cgroup -depth -type d -path "$1" -exec rmdir {} + 2>/dev/null; }
sweep "*/$GROUP/*"
sweep "*/$GROUP"
if [ -e "$DIRECTORY/played" ]; then
  while read -r pod; do sweep "*/libpod_parent/$pod*"; done <"$DIRECTORY/played"
  sweep "*/libpod_parent/conmon"
  sweep "*/libpod_parent"
fi
rm -rf "$DIRECTORY"
"""

# Inside: $@ is the daemon, for which the shell reaps. The end of the input is the end of all. The directories are those
# that engines write to wherever they are told to keep their data. There is no network but loopback.
INSIDE = """
set -e
exec 3<&0
busybox ifconfig lo up
for directory in /run /dev/shm /var/lib /var/cache /etc/cni/net.d; do
  if [ -d $directory ]; then mount -t tmpfs tmpfs $directory; fi
done
"$@" >"$DIRECTORY/log" 2>&1 3<&- &
daemon=$!
(read -r _ || true; kill -TERM $daemon) <&3 >/dev/null 2>&1 &
echo up
exec >&- 3<&-
wait $daemon || true
"""


class Sandbox:
    """New namespaces with a daemon in them, the directory of all that it stores, and its control group."""

    def __init__(self, daemon, directory, group):
        self.log = directory / "log"
        self.process = subprocess.Popen(
            ["sh", "-c", KEEPER, "keeper", *map(str, daemon)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd="/",
            env=os.environ | {"INSIDE": INSIDE, "DIRECTORY": str(directory), "GROUP": group}, start_new_session=True)
        first = self.process.stdout.readline()
        assert first == "up\n", f"no namespace for {daemon[0]}: {first}{self.process.stdout.read()}"
        (self.unshare,) = children(self.process.pid)
        (self.leader,) = children(self.unshare)

    def inside(self):
        """The words before a command that is to run in it."""
        return ["nsenter", "--target", str(self.leader), "--mount", "--pid", "--net", "--wdns=/", "--"]

    def is_up(self):
        return self.process.poll() is None

    def end(self):
        self.process.stdin.close()
        try:
            self.process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            os.kill(self.unshare, signal.SIGKILL)  # and with it, by --kill-child, everybody in the namespace
            self.process.wait()
            raise
        finally:
            self.process.stdout.close()


def children(pid):
    return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def own_directory(name):
    """Short, for a socket's path may not be longer than 107 bytes; and a container's user may see it."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix=f"onit-{name}-"))
    directory.chmod(0o755)
    return directory


# --- Engines ------------------------------------------------------------------------------------------------


class Engine:
    """What Docker and Podman have in common."""

    name: str
    argv: list
    environment: dict
    run_options: tuple = ()
    remove_options: tuple = ()  # at once: what is removed is not asked to end

    def __init__(self):
        self.containers = []
        self.count = 0

    def call(self, *arguments, **options):
        """A client command to its end."""
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True,
                   "errors": "replace", "check": False, "env": self.environment} | options
        return subprocess.run([*self.argv, *map(str, arguments)], timeout=LIMIT_S, **options)

    def get(self, *arguments, **options):
        """The output of a client command that must work."""
        done = self.call(*arguments, **options)
        assert done.returncode == 0, f"{self.name} {arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout.strip()

    def import_image(self, name, directory, *changes):
        """Makes an image of a directory."""
        with subprocess.Popen(["tar", "-C", directory, "-c", "."], stdout=subprocess.PIPE) as tar:
            self.get("import", *(f"--change={change}" for change in changes), "-", name, stdin=tar.stdout)
        assert tar.returncode == 0

    def build(self, name, directory, *options):
        self.get("build", "--network=none", "--tag", name, *options, directory)

    def argv_to_run(self, image, command, options):
        self.count += 1
        name = f"t{os.getpid()}-{self.count}"
        own = ["run", "--name", name, *self.run_options]
        return name, [*self.argv, *own, *map(str, options), image, *map(str, command)]

    def start(self, image, *command, options=()):
        """Runs a container in the foreground of its client, and does not wait for it."""
        name, argv = self.argv_to_run(image, command, ("--sig-proxy=false", *options))
        self.containers.append(Container(self, name, argv))
        return self.containers[-1]

    def run(self, image, *command, options=()):
        """Runs a container to its end."""
        container = self.start(image, *command, options=options)
        container.wait()
        return container

    def remove_containers(self):
        if not self.containers:
            return
        self.call("rm", "--force", "--volumes", *self.remove_options, *(each.name for each in self.containers))
        for each in self.containers:
            each.close()
        self.containers.clear()


class Docker(Engine):
    name = "docker"

    def __init__(self, init):
        super().__init__()
        self.directory = own_directory("docker")
        self.group = f"onit-tests-docker-{os.getpid()}"
        self.run_options = ("--network=none",)
        address = f"unix://{self.directory}/socket"
        self.argv = [DOCKER, "--config", str(self.directory / "client"), "-H", address]
        self.environment = os.environ | {"DOCKER_BUILDKIT": "0", "DOCKER_CONTEXT": "", "DOCKER_HOST": ""}
        (self.directory / "daemon.json").write_text("{}")
        open_files = subprocess.check_output(["sh", "-c", "ulimit -Hn"], text=True).strip()
        open_files = 20000 if open_files == "unlimited" else min(20000, int(open_files))
        self.sandbox = Sandbox(
            ["sh", "-c", f'ulimit -n {open_files}; exec "$@"', "sh", "dockerd", "--bridge=none", "--iptables=false",
             "--ip6tables=false", f"--data-root={self.directory}/data", f"--exec-root={self.directory}/exec",
             f"--pidfile={self.directory}/pid", f"--host={address}", f"--init-path={init}",
             f"--default-ulimit=nofile={open_files}:{open_files}", f"--cgroup-parent=/{self.group}",
             "--exec-opt=native.cgroupdriver=cgroupfs", f"--config-file={self.directory}/daemon.json"],
            self.directory, self.group)
        try:
            wait_until(self.answers, "dockerd answers")
        except BaseException:
            self.end()
            raise

    def answers(self):
        assert self.sandbox.is_up(), f"dockerd ended:\n{self.sandbox.log.read_text()[-3000:]}"
        return (self.directory / "socket").exists() and self.call("version").returncode == 0

    def end(self):
        self.remove_containers()
        self.sandbox.end()


class Podman(Engine):
    name = "podman"
    remove_options = ("--time=0",)

    def __init__(self, init, helpers):
        """`helpers`: a directory in which Podman finds the `catatonit` that is to be the pause process of pods."""
        super().__init__()
        self.pods = []
        self.directory = own_directory("podman")
        self.group = f"onit-tests-podman-{os.getpid()}"
        self.run_options = (f"--cgroup-parent=/{self.group}",)
        (self.directory / "containers.conf").write_text(f"""
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
init_path = "{init}"
netns = "none"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
helper_binaries_dir = ["{helpers}", "/usr/libexec/podman", "/usr/lib/podman"]
[engine.runtimes]
runc = ["{shutil.which("runc", path="/usr/sbin:/usr/bin")}"]
""")
        (self.directory / "storage.conf").write_text(f"""
[storage]
driver = "overlay"
graphroot = "{self.directory}/data"
runroot = "{self.directory}/run"
""")
        self.environment = os.environ | {
            "CONTAINERS_CONF": str(self.directory / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(self.directory / "storage.conf"),
            "DISABLE_HC_SYSTEMD": "true"}  # there is none to run health checks: `healthcheck run` does
        self.sandbox = Sandbox(["sleep", "infinity"], self.directory, self.group)
        self.argv = [*self.sandbox.inside(), "podman", "--tmpdir", str(self.directory / "tmp")]

    def create_pod(self, *options):
        self.pods.append(self.get("pod", "create", f"--cgroup-parent=/{self.group}", *options))
        return self.pods[-1]

    def play(self, manifest):
        """`kube play` of a manifest with one pod: its id."""
        played = self.get("kube", "play", "--network=none", manifest).split()
        self.pods.append(played[played.index("Pod:") + 1])
        with (self.directory / "played").open("a") as ids:
            print(self.pods[-1], file=ids)
        return self.pods[-1]

    def remove_pods(self):
        if self.pods:
            self.call("pod", "rm", "--force", "--ignore", "--time=0", *self.pods)
        self.pods.clear()

    def end(self):
        self.remove_containers()
        self.remove_pods()
        self.sandbox.end()


# --- Containers ----------------------------------------------------------------------------------------------


class Container:
    """One container and the client that runs it. What it writes to stdout is read line by line."""

    def __init__(self, engine, name, argv):
        self.engine = engine
        self.name = name
        self.client = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                       env=engine.environment)
        self.unread = {self.client.stdout: b"", self.client.stderr: b""}

    def _read_more(self, limit):
        """Reads what comes, of both outputs so that neither fills up. Returns false at their end."""
        streams = [stream for stream in self.unread if not stream.closed]
        if not streams:
            return False
        ready = select.select(streams, [], [], max(0, limit - time.monotonic()))[0]
        assert ready, f"nothing more came of {self.name} in {LIMIT_S} s; so far: {self.texts()}"
        for stream in ready:
            got = os.read(stream.fileno(), 65536)
            self.unread[stream] += got
            if not got:
                stream.close()
        return True

    def texts(self):
        return tuple(text.decode(errors="replace") for text in self.unread.values())

    def line(self, stream=None):
        """The next line on stdout."""
        stream = stream or self.client.stdout
        limit = time.monotonic() + LIMIT_S
        while b"\n" not in self.unread[stream]:
            assert self._read_more(limit), f"{self.name} wrote no line; so far: {self.texts()}"
        line, _, self.unread[stream] = self.unread[stream].partition(b"\n")
        return line.decode(errors="replace")

    def expect(self, *lines):
        for line in lines:
            got = self.line()
            assert got == line, f"expected {line!r}, got {got!r}; then: {self.texts()}"

    def expect_error(self, part):
        """Reads stderr up to a line that contains `part`."""
        while part not in (line := self.line(self.client.stderr)):
            pass
        return line

    def wait(self):
        """The exit code, after the end."""
        limit = time.monotonic() + LIMIT_S
        while self._read_more(limit):
            pass
        self.exit_code = self.client.wait(LIMIT_S)
        return self.exit_code

    @property
    def output(self):
        """All of stdout that was not read, after the end."""
        return self.texts()[0]

    @property
    def errors(self):
        return self.texts()[1]

    def stop(self, grace_s=None):
        """`docker stop`: the exit code. Fails if it took long, or a KILL of the engine."""
        with promptly(lambda: f"the stop, exit code {self.wait()}; {self.texts()}"):
            self.engine.get("stop", *(() if grace_s is None else ("--time", grace_s)), self.name)
        return self.wait()

    def kill(self, name):
        self.engine.get("kill", "--signal", name, self.name)

    def exec(self, *command):
        return self.engine.get("exec", self.name, *command)

    def wait_running(self):
        """For those that write nothing when they are."""
        def is_running():
            return self.engine.call("inspect", "--format={{.State.Running}}", self.name).stdout.strip() == "true"

        wait_until(lambda: is_running() or self.client.poll() is not None, f"{self.name} runs")

    def processes(self):
        """(pid, parent, state, name) of each, as the container itself sees them; without those who look."""
        return processes_of(self.exec("ps", "-o", "pid,ppid,stat,comm"))

    def zombies(self):
        return [each for each in self.processes() if each[2].startswith("Z")]

    def close(self):
        if self.client.poll() is None:
            try:
                self.client.wait(LIMIT_S)
            except subprocess.TimeoutExpired:
                self.client.kill()
                self.client.wait()
        for stream in self.unread:
            stream.close()


def processes_of(text):
    rows = [line.split(None, 3) for line in text.splitlines()[1:]]
    return [(int(row[0]), int(row[1]), row[2], row[3]) for row in rows if row[3] != "ps"]


def wait_until(holds, what):
    """Waits for something that announces itself in no other way; returns the first true value of `holds()`."""
    limit = time.monotonic() + LIMIT_S
    while not (value := holds()):
        assert time.monotonic() < limit, f"it never came true that {what}"
        time.sleep(0.02)
    return value


@contextlib.contextmanager
def promptly(what):
    """Fails if it took so long that an engine has lost patience."""
    start = time.monotonic()
    yield
    took_s = time.monotonic() - start
    assert took_s < PROMPT_S, f"it took {took_s:.1f} s: {what()}"


def missing(*programs):
    """The first of the programs that this machine has not."""
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    return next((name for name in programs if not shutil.which(name, path=path)), None)


def died_of(signal_name):
    return 128 + getattr(signal, f"SIG{signal_name}")
