# bash completion for onit. Written by tools/documents; `make documents` writes it anew.

_onit_takes=' -f --file --service --profile --forward --rewrite --stop-signal --stop-grace-period --on-exit --kill-after --drain --exit-code --map-exit --pdeathsig --user --group-add --chdir --umask --nice --oom-score-adj --ulimit --env --env-file --log-format --as --link '

# Prints what is to be completed: the word at the cursor, without what stands in front of a '='.
_onit_word() {
  local word=${COMP_WORDS[COMP_CWORD]}
  [[ $word == = ]] && word=
  printf '%s' "$word"
}

# Prints the option whose value that is, if it is one.
_onit_option() {
  local i=$((COMP_CWORD - 1))
  [[ ${COMP_WORDS[COMP_CWORD]} == = || ${COMP_WORDS[i]} != = ]] || ((i--))
  [[ $_onit_takes == *" ${COMP_WORDS[i]} "* ]] && printf '%s' "${COMP_WORDS[i]}"
}

# Sets `at` to the first word from there on that belongs to no option.
_onit_skip() {
  for ((at = $1; at < COMP_CWORD; at++)); do
    case ${COMP_WORDS[at]} in
      --) ((at++)); return ;;
      -?*)
        [[ $_onit_takes == *" ${COMP_WORDS[at]} "* ]] || continue
        ((at++))
        [[ ${COMP_WORDS[at]} != = ]] || ((at++)) ;;
      *) return ;;
    esac
  done
}

_onit_files() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen "$1" -- "$2")
}

_onit_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2"); }

_onit() {
  local word option at
  word=$(_onit_word)
  option=$(_onit_option)
  COMPREPLY=()
  case $option in
    -f|--file) _onit_files -f "$word"; return ;;
    --forward) _onit_words 'child group all' "$word"; return ;;
    --stop-signal) _onit_words 'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS' "$word"; return ;;
    --on-exit) _onit_words 'stop wait leave' "$word"; return ;;
    --exit-code) _onit_words 'main first max' "$word"; return ;;
    --pdeathsig) _onit_words 'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS' "$word"; return ;;
    --chdir) _onit_files -d "$word"; return ;;
    --env-file) _onit_files -f "$word"; return ;;
    --log-format) _onit_words 'text json' "$word"; return ;;
    --as) _onit_words 'tini tini-static docker-init dumb-init catatonit podman-init run run-multi onitctl' "$word"; return ;;
    --link) _onit_files -d "$word"; return ;;
    ?*) return ;;
  esac
  _onit_skip 1
  if ((at < COMP_CWORD)); then
    # What follows COMMAND is for it.
    if declare -F _command_offset >/dev/null; then _command_offset "$at"; else _onit_files -f "$word"; fi
  elif [[ $word == -* ]]; then
    _onit_words '--file --service --profile --forward --rewrite --stop-signal --stop-grace-period --on-exit --kill-after --drain --exit-code --map-exit --pdeathsig --user --group-add --chdir --umask --nice --oom-score-adj --ulimit --no-new-privs --env --env-file --clear-env --secrets --verbose --quiet --log-format --dry-run --as --link --help --version' "$word"
  else
    _onit_files -c "$word"
  fi
}
complete -F _onit onit
