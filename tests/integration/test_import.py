"""onitctl import: files of other tools become files of services that are good, and nothing of them is lost silently."""

import json
import os
import pathlib
import random
import re
import subprocess

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ROOT / "tests" / "import"
SOURCES = sorted(path for path in HERE.iterdir() if path.suffix != ".toml")
ONIT = os.environ.get("ONIT", str(ROOT / "build" / "onit"))
DECODER = pathlib.Path(os.environ.get("ONIT_HELPERS", str(ROOT / "build" / "plain" / "helpers"))).parent / "yaml_decoder"

# What these files want of the environment.
ENVIRONMENT = {"PATH": os.environ["PATH"], "DB_PASSWORD": "secret", "PORT": "8000"}

# Words of other tools that become something with another name. All others are in the result as they are.
OURS = {
    "test": "exec", "condition": "depends_on", "service_started": "started", "soft": "nofile", "hard": "nofile",
    "entrypoint": "command", "cap_add": "capabilities", "cap_drop": "capabilities", "security_opt": "no_new_privs",
    "path": "env_file", "cpus": "cpu_max", "memory": "memory_max", "pids": "pids_max", "resources": "cgroup",
    "limits": "cgroup", "delay": "restart_delay", "max_attempts": "max_restarts", "window": "restart_window",
    "restart_policy": "restart", "directory": "working_dir", "stopsignal": "stop_signal",
    "stopwaitsecs": "stop_grace_period", "autorestart": "restart", "exitcodes": "success_exit_codes",
    "startretries": "max_restarts", "stdout_logfile": "log", "stdout_logfile_maxbytes": "max_size",
    "stdout_logfile_backups": "max_files", "stderr_logfile": "log", "process_name": "numprocs",
    "numprocs_start": "numprocs",
}


def onitctl(*words, **how):
    return subprocess.run(["onitctl", *map(str, words)], executable=ONIT, capture_output=True, text=True, check=False,
                          env=ENVIRONMENT, timeout=30, **how)


def name_of(path):
    return path.name


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_the_result_is_what_an_expert_would_write(source):
    result = onitctl("import", source)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == (HERE / f"{source.name}.toml").read_text()


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_the_result_is_a_good_file_of_services(source, room):
    file = room / "onit.toml"
    file.write_text(onitctl("import", source).stdout)
    checked = onitctl("check", file)
    assert checked.returncode == 0
    # Whether limits can be applied is a matter of this machine.
    assert [line for line in checked.stderr.splitlines() if "cgroup limits cannot be applied here" not in line] == []


def keys_of(value):
    """All keys of a Compose file but those below what is shown as one value, or belongs to the container."""
    if isinstance(value, list):
        return set().union(*map(keys_of, value))
    if not isinstance(value, dict):
        return set()
    whole = {"build", "labels", "volumes", "networks", "secrets", "configs", "reservations"}
    return set(value) | set().union(*(keys_of(item) for key, item in value.items()
                                      if key not in whole and not key.startswith("x-")), set())


def words_of(source):
    text = source.read_text()
    if source.suffix == ".yaml":
        return keys_of(yaml.safe_load(text)) - {"services"}
    pattern = r"^([a-z_.]+) *=" if source.suffix == ".conf" else r"^(\w+):"
    return {word.lower() for word in re.findall(pattern, text, re.MULTILINE)}


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_no_word_of_the_other_tool_is_lost_silently(source):
    words = words_of(source)
    assert words
    text = onitctl("import", source).stdout
    lost = {word for word in words if word not in text and OURS.get(word, word) not in text}
    assert not lost


def test_the_example_of_the_manual_is_what_is_printed():
    page = (ROOT / "docs" / "import.md").read_text()
    before, after = (re.search(f"^```{kind}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)[1] for kind in ("ini", "toml"))
    assert onitctl("import", "-", input=before).stdout == after


def test_a_file_can_come_from_stdin_and_its_format_be_said():
    result = onitctl("import", "--format", "procfile", "-", input="a: b c\n")
    assert result.returncode == 0 and 'command = ["b", "c"]' in result.stdout
    result = onitctl("import", "-", input="[program:x]\ncommand=a ; b\n")
    assert result.returncode == 0 and 'command = ["a"]' in result.stdout


def test_of_several_replicas_there_is_one_and_that_is_told(room):
    (room / "compose.yaml").write_text("services:\n  a: {image: x, command: a, scale: 2}\n"
                                       "  b: {image: x, command: b, deploy: {replicas: 3}}\n"
                                       "  c: {image: x, command: c, deploy: {replicas: 1}}\n")
    told = [line for line in onitctl("import", room / "compose.yaml").stdout.splitlines() if "runs once" in line]
    assert [line.split(":")[0] for line in told] == ["# scale = 2", "# deploy.replicas = 3"]


def test_who_tries_a_tree_of_s6_overlay_is_told_where_it_is_explained(room):
    result = onitctl("import", room)
    assert (result.returncode, result.stdout) == (125, "")
    assert "Is a directory" in result.stderr and "docs/from-s6-overlay.md" in result.stderr


def test_what_nobody_calls_a_procfile_is_not_taken_for_one(room):
    for words in (["/etc/passwd"], ["-"]):
        result = onitctl("import", *words, input="web: a\n")
        assert (result.returncode, result.stdout) == (125, "")
        assert len(result.stderr.splitlines()) == 1 and "--format" in result.stderr
    (room / "Procfile.toml").write_text("[services.a]\ncommand = 'x'\n")
    assert onitctl("check", room / "Procfile.toml").returncode == 0


def test_problems_are_told_with_their_places(room):
    (room / "s.conf").write_text("[program:a]\nuser=x\n[program:b]\ncommand='\n")
    result = onitctl("import", room / "s.conf")
    assert (result.returncode, result.stdout) == (125, "")
    places = [line.removeprefix(f"{room}/s.conf:").split(" ")[0] for line in result.stderr.splitlines()]
    assert places == ["1:1:", "4:1:"]
    for words in (["import"], ["import", "a", "b"], ["import", "--format", "x", "a"], ["import", "/nowhere"]):
        result = onitctl(*words)
        assert result.returncode == 125 and len(result.stderr.splitlines()) == 1


# --- The YAML reader against PyYAML ------------------------------------------------------------------------------


class Texts(yaml.SafeLoader):
    """Leaves scalars as they are written, and resolves merge keys only."""

    def scalar(self, node):
        is_null = node.style is None and node.value in ("", "~", "null", "Null", "NULL")
        return None if is_null else node.value

    def mapping(self, node):
        if any(not isinstance(key, yaml.ScalarNode) for key, _ in node.value):
            raise yaml.YAMLError("a key is no scalar")
        if len(node.value) != len({key.value for key, _ in node.value}):
            raise yaml.YAMLError("a key is there twice")
        self.flatten_mapping(node)
        return {key.value: self.construct_object(value, deep=True) for key, value in node.value}


Texts.yaml_implicit_resolvers = {"<": [("tag:yaml.org,2002:merge", re.compile("^<<$"))]}
Texts.add_constructor("tag:yaml.org,2002:str", Texts.scalar)
Texts.add_constructor("tag:yaml.org,2002:map", Texts.mapping)

SEEDS = [
    "a: b\nc:\n  - d\n  - e: f\n    g: h\n", "x: &a\n  k: v\ny:\n  <<: *a\n  z: [1, 'two', \"th\\tree\"]\n",
    "s: |\n  one\n   two\n\n  three\nt: >-\n  a\n  b\n\n  c\n", "- - a\n  - b\n-\n  - c\n",
    "{a: b, c: [d, {e: f}], g}\n", "k: this is\n  folded text\n\n  more\nl: 'it''s\n  q'\n",
    "a:\n- b\n- c\nd: # note\n  e\n", "--- \na: >+2\n   x\n  y\n\n...\n", "a: \"x\\\n  y\"\nb: >\n\n  t\n    u\n  v\n",
]
PIECES = [" ", "  ", "\n", "\n  ", "\n", "- ", ": ", ":", "#", " #", "a", "b", "'", '"', "[", "]", "{", "}", ",", "|",
          "|-\n", ">", "&b ", "*a", "<<: ", "!", "%", "\\", "\\n", "---\n", "...", "~", "-", "+", "2", "\t", "x: y\n",
          "\n\n"]


def mutated(chance):
    text = chance.choice(SEEDS) + (chance.choice(SEEDS) if chance.random() < 0.3 else "")
    for _ in range(chance.randint(1, 4)):
        begin = chance.randint(0, len(text))
        end = begin + chance.choice([0, 0, 0, 1, 1, 2, 5])
        text = text[:begin] + chance.choice(PIECES) + text[end:]
    return text


def decoded(texts):
    """What our reader makes of each: a value, or the problem."""
    run = subprocess.run([DECODER], input="\0".join(texts).encode(), capture_output=True, check=True, timeout=60)
    return run.stdout.decode().split("\n")[:-1]


def documents():
    """Each YAML document of the repository."""
    sources = [*HERE.glob("*.yaml"), *(ROOT / "examples").glob("*/*.y*ml")]
    return [part for path in sources for part in re.split(r"^---\n", path.read_text(), flags=re.MULTILINE) if part]


def test_real_documents_are_read_as_others_read_them():
    texts = documents()
    assert len(texts) >= 2
    for text, line in zip(texts, decoded(texts)):
        assert not line.startswith("!"), line
        assert json.loads(line) == yaml.load(text, Texts)


@pytest.mark.parametrize("seed", range(4))
def test_broken_documents_are_refused_or_read_as_others_read_them(seed):
    chance = random.Random(seed)
    texts = [mutated(chance) for _ in range(2000)]
    read = 0
    for text, line in zip(texts, decoded(texts)):
        if line.startswith("!"):
            continue
        read += 1
        try:
            theirs = yaml.load(text, Texts)
        except (yaml.YAMLError, ValueError) as error:
            # A later anchor of the same name, and a text that looks like a merge key, are nothing bad in YAML 1.2.
            assert "duplicate anchor" in str(error) or "'tag:yaml.org,2002:merge'" in str(error), text
            continue
        assert json.loads(line) == theirs, text
    assert read > 200
