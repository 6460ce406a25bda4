"""The completions, in the shells that they are for."""

import contextlib
import pathlib
import subprocess

import pytest

from fake_onit import FakeOnit
from harness import ONIT, ROOT, TIMEOUT_S

COMPLETIONS = ROOT / "completions"
SERVICES = '{"services": [\n{"name": "web", "pid": 1},\n{"name":"db-1","pid":null}\n]}\n'

STRANGE = '{"services": [\n{"name": "$(touch here)", "pid": 1},\n{"name":"x\\u001b[2J","pid":null}\n]}\n'

# Sets up the words as readline does, calls what is registered, and prints what it offers.
BASH = r"""
source "$COMPLETIONS/$PROGRAM.bash"
compopt() { :; }
read -r -a COMP_WORDS <<< "$LINE"
[[ $LINE != *' ' ]] || COMP_WORDS+=('')
# A '=' is a word of its own.
words=()
for word in "${COMP_WORDS[@]}"; do
  if [[ $word == --*=* ]]; then
    words+=("${word%%=*}" '=')
    [[ -z ${word#*=} ]] || words+=("${word#*=}")
  else words+=("$word"); fi
done
COMP_WORDS=("${words[@]}") COMP_CWORD=$((${#words[@]} - 1))
"_$PROGRAM"
printf '%s\n' "${COMPREPLY[@]}"
"""

# zsh completes only at a terminal: it has one of its own, and writes each match between two marks.
ZSH = r"""
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "PS1=; stty columns 1000; fpath=($COMPLETIONS \$fpath); autoload -Uz compinit; compinit -u -D"
zpty -w z 'zstyle ":completion:*" list-colors "no=<m>" "lc=" "rc=" "ec=</m>"; zstyle ":completion:*" verbose no'
zpty -w z 'compadd() {
  [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]] && { builtin compadd "$@"; return $? }
  typeset -a matches
  builtin compadd -A matches "$@"
  print -rl -- "<m>"${^matches}"</m>"
  builtin compadd "$@"
}'
zpty -w z 'done-listing() { print "<end>" }; bindkey "^I" complete-word; setopt no_list_beep; comppostfuncs=(done-listing)'
zpty -w z 'PS1="<rea""dy>"'  # its echo is not what is waited for
while zpty -r z line '*<ready>'; do break; done
zpty -w -n z "$LINE"$'\t'
while zpty -r z line; do
  print -r -- $line
  [[ $line == *'<end>'* ]] && break
done
"""


@pytest.fixture
def path(room):
    """A directory with onit and onitctl; another onit answers there."""
    for name in ("onit", "onitctl"):
        (room / name).symlink_to(pathlib.Path(ONIT).resolve())
    fake = FakeOnit(room / "sock", {"GET /v1/services?format=json": (200, SERVICES)})
    yield room
    fake.close()


@pytest.fixture(params=["bash", "zsh", "fish"])
def complete(request, path):
    """What the shell offers for a line up to the cursor."""

    def of(line, is_answered=True):
        program = line.split()[0]
        environment = {"PATH": f"{path}:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(path), "TERM": "dumb", "LC_ALL": "C.UTF-8",
                       "COMPLETIONS": str(COMPLETIONS), "PROGRAM": program, "LINE": line,
                       "ONIT_SOCKET": str(path / ("sock" if is_answered else "none"))}
        commands = {"bash": ["bash", "--norc", "-c", BASH], "zsh": ["zsh", "-f", "-c", ZSH],
                    "fish": ["fish", "--no-config", "-c", 'source "$COMPLETIONS/$PROGRAM.fish"; complete -C "$LINE"']}
        result = subprocess.run(commands[request.param], env=environment, cwd=path, capture_output=True, text=True,
                                timeout=TIMEOUT_S, check=False, stdin=subprocess.DEVNULL)
        assert result.stderr == ""
        if request.param == "zsh":
            return {part.split("</m>")[0] for part in result.stdout.split("<m>")[1:]}
        words = {word.split("\t")[0] for word in result.stdout.splitlines()} - {""}
        # fish completes the whole of --name=value.
        return {word.split("=", 1)[1] if word.startswith("--") and "=" in word else word for word in words}

    return of


def test_onitctl_completes_its_verbs(complete):
    assert {"status", "start", "stop", "analyze", "import"} <= complete("onitctl ")
    assert complete("onitctl sta") == {"status", "start"}
    assert complete("onitctl --socket x sta") == {"status", "start"}


def test_onitctl_completes_the_options_of_the_verb_and_no_others(complete):
    options = complete("onitctl logs --")
    assert {"--json", "--follow", "--lines", "--timeout", "--socket", "--help"} <= {word.rstrip("=") for word in options}
    assert not {"--wait", "--watch", "--exit-code"} & {word.rstrip("=") for word in options}
    assert complete("onitctl shutdown --ex") in ({"--exit-code"}, {"--exit-code="})


@pytest.mark.parametrize("line", ["status ", "restart --wait ", "signal HUP ", "wait ready ", "logs -f -n 5 ", "health ",
                                  "stop web ", "status --socket sock "])
def test_onitctl_completes_services_by_asking_onit(complete, line):
    assert {"web", "db-1"} >= complete(f"onitctl {line}") >= {"db-1"}
    assert complete(f"onitctl {line}d") == {"db-1"}


def test_a_name_that_no_service_can_have_is_neither_offered_nor_expanded(complete, path):
    with contextlib.closing(FakeOnit(path / "stranger", {"GET /v1/services?format=json": (200, STRANGE)})):
        assert not {"x", "$(touch", "here)"} & complete("onitctl restart --socket stranger ")
    assert not (path / "here").exists()


def test_onitctl_offers_no_service_and_says_nothing_if_no_onit_answers(complete):
    assert not {"web", "db-1"} & complete("onitctl restart ", is_answered=False)


def test_onitctl_completes_conditions_signals_and_ways_to_analyze(complete):
    assert complete("onitctl wait ") == {"started", "ready", "healthy", "completed", "exited", "stopped"}
    assert complete("onitctl signal US") == {"USR1", "USR2"}
    assert complete("onitctl analyze c") == {"critical-chain"}
    assert not {"web", "blame"} & complete("onitctl analyze blame ")
    assert not {"web"} & complete("onitctl wait ready web ")


def test_onitctl_completes_files_and_formats(complete, path):
    (path / "some.toml").touch()
    assert complete("onitctl check som") == {"some.toml"}
    assert complete("onitctl import --format c") == {"compose"}


def test_onit_completes_options_and_what_they_take(complete, path):
    (path / "some.toml").touch()
    options = {word.rstrip("=") for word in complete("onit --st")}
    assert options == {"--stop-signal", "--stop-grace-period"}
    assert complete("onit --on-exit l") == {"leave"}
    assert complete("onit -v --on-exit=l") == {"leave"}
    assert complete("onit -f som") == {"some.toml"}
    assert complete("onit --as dumb") == {"dumb-init"}
    assert complete("onit --stop-signal WIN") == {"WINCH"}


def test_onit_completes_commands_and_leaves_their_arguments_to_them(complete, path):
    assert "sleep" in complete("onit -v slee")
    (path / "some.toml").touch()
    assert "some.toml" in complete("onit cat som")
    assert not {"--stop-signal"} & complete("onit sleep --stop-s")
