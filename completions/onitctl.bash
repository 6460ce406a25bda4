# bash completion for onitctl. Written by tools/documents; `make documents` writes it anew.

_onitctl_takes=' -n --lines --exit-code --profile --format --timeout --socket '

# Prints what is to be completed: the word at the cursor, without what stands in front of a '='.
_onitctl_word() {
  local word=${COMP_WORDS[COMP_CWORD]}
  [[ $word == = ]] && word=
  printf '%s' "$word"
}

# Prints the option whose value that is, if it is one.
_onitctl_option() {
  local i=$((COMP_CWORD - 1))
  [[ ${COMP_WORDS[COMP_CWORD]} == = || ${COMP_WORDS[i]} != = ]] || ((i--))
  [[ $_onitctl_takes == *" ${COMP_WORDS[i]} "* ]] && printf '%s' "${COMP_WORDS[i]}"
}

# Sets `at` to the first word from there on that belongs to no option.
_onitctl_skip() {
  for ((at = $1; at < COMP_CWORD; at++)); do
    case ${COMP_WORDS[at]} in
      --) ((at++)); return ;;
      -?*)
        [[ $_onitctl_takes == *" ${COMP_WORDS[at]} "* ]] || continue
        ((at++))
        [[ ${COMP_WORDS[at]} != = ]] || ((at++)) ;;
      *) return ;;
    esac
  done
}

_onitctl_files() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen "$1" -- "$2")
}

_onitctl_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2"); }

# The services of the onit that is asked; nothing if none answers.
_onitctl_services() {
  local line i ask=(status --json --timeout 1s)
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ ${COMP_WORDS[i]} == --socket ]] || continue
    [[ ${COMP_WORDS[i + 1]} == = ]] && ((i++))
    ask+=(--socket "${COMP_WORDS[i + 1]}")
  done
  while IFS= read -r line; do
    # Nothing else is a name: bash expands what it is offered.
    if [[ $line =~ \"name\":\ *\"([A-Za-z0-9_.-]+)\" ]]; then printf '%s\n' "${BASH_REMATCH[1]}"; fi
  done < <("${COMP_WORDS[0]}" "${ask[@]}" 2>/dev/null)
}

_onitctl() {
  local word option at verb number=0
  word=$(_onitctl_word)
  option=$(_onitctl_option)
  COMPREPLY=()
  case $option in
    --format) _onitctl_words 'supervisord compose procfile' "$word"; return ;;
    --socket) _onitctl_files -f "$word"; return ;;
    ?*) return ;;
  esac
  _onitctl_skip 1
  if ((at >= COMP_CWORD)); then
    if [[ $word == -* ]]; then _onitctl_words '--socket --help --version' "$word"
    else _onitctl_words 'status start stop restart signal logs events health wait explain tree analyze metrics reload shutdown check schema import' "$word"; fi
    return
  fi
  verb=${COMP_WORDS[at]}
  # How many words there are behind it.
  while _onitctl_skip $((at + 1)); ((at < COMP_CWORD)); do ((number++)); done
  case $verb,$word in
    status,-*) _onitctl_words '--json --watch --timeout --socket --help' "$word"; return ;;
    start,-*) _onitctl_words '--json --wait --timeout --socket --help' "$word"; return ;;
    stop,-*) _onitctl_words '--json --wait --timeout --socket --help' "$word"; return ;;
    restart,-*) _onitctl_words '--json --wait --timeout --socket --help' "$word"; return ;;
    signal,-*) _onitctl_words '--timeout --socket --help' "$word"; return ;;
    logs,-*) _onitctl_words '--json --follow --lines --timestamps --timeout --socket --help' "$word"; return ;;
    events,-*) _onitctl_words '--json --follow --timeout --socket --help' "$word"; return ;;
    health,-*) _onitctl_words '--json --live --timeout --socket --help' "$word"; return ;;
    wait,-*) _onitctl_words '--json --timeout --socket --help' "$word"; return ;;
    explain,-*) _onitctl_words '--json --timeout --socket --help' "$word"; return ;;
    tree,-*) _onitctl_words '--json --timeout --socket --help' "$word"; return ;;
    analyze,-*) _onitctl_words '--json --timeout --socket --help' "$word"; return ;;
    metrics,-*) _onitctl_words '--timeout --socket --help' "$word"; return ;;
    reload,-*) _onitctl_words '--json --timeout --socket --help' "$word"; return ;;
    shutdown,-*) _onitctl_words '--exit-code --timeout --socket --help' "$word"; return ;;
    check,-*) _onitctl_words '--profile --help' "$word"; return ;;
    schema,-*) _onitctl_words '--help' "$word"; return ;;
    import,-*) _onitctl_words '--format --help' "$word"; return ;;
  esac
  case $verb,$number in
    status,*) _onitctl_words "$(_onitctl_services)" "$word"; return ;;
    start,*) _onitctl_words "$(_onitctl_services)" "$word"; return ;;
    stop,*) _onitctl_words "$(_onitctl_services)" "$word"; return ;;
    restart,*) _onitctl_words "$(_onitctl_services)" "$word"; return ;;
    signal,0) _onitctl_words 'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS' "$word"; return ;;
    signal,*) _onitctl_words "$(_onitctl_services)" "$word"; return ;;
    logs,*) _onitctl_words "$(_onitctl_services)" "$word"; return ;;
    events,*) _onitctl_words "$(_onitctl_services)" "$word"; return ;;
    health,0) _onitctl_words "$(_onitctl_services)" "$word"; return ;;
    wait,0) _onitctl_words 'started ready healthy completed exited stopped' "$word"; return ;;
    wait,1) _onitctl_words "$(_onitctl_services)" "$word"; return ;;
    explain,*) _onitctl_words "$(_onitctl_services)" "$word"; return ;;
    analyze,0) _onitctl_words 'blame critical-chain plot' "$word"; return ;;
    check,*) _onitctl_files -f "$word"; return ;;
    import,0) _onitctl_files -f "$word"; return ;;
  esac
}
complete -F _onitctl onitctl
