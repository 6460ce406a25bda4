# fish completion for onitctl. Written by tools/documents; `make documents` writes it anew.

# The verb and the words behind it, without options.
function __onitctl_words
    set -l words (commandline -opc)
    set -e words[1]
    while set -q words[1]
        switch $words[1]
            case -n --lines --exit-code --profile --format --timeout --socket
                set -e words[1]
            case '-*'
            case '*'
                echo $words[1]
        end
        set -e words[1]
    end
end

# Whether one of these is the verb.
function __onitctl_is
    set -l words (__onitctl_words)
    contains -- "$words[1]" $argv
end

# Whether so many words, at least and at most, are behind the verb.
function __onitctl_behind
    set -l count (count (__onitctl_words))
    test $count -gt $argv[1] -a $count -le (math $argv[2] + 1)
end

# The services of the onit that is asked; nothing if none answers.
function __onitctl_services
    set -l words (commandline -opc)
    set -l ask status --json --timeout 1s
    if set -l at (contains -i -- --socket $words)
        set -a ask --socket $words[(math $at + 1)]
    else
        set -a ask (string match -- '--socket=*' $words)
    end
    $words[1] $ask 2>/dev/null | string replace -rf '.*"name": *"([A-Za-z0-9_.-]+)".*' '$1'
end

complete -c onitctl -f
complete -c onitctl -n 'not count (__onitctl_words) >/dev/null' -l version -s V -d 'print the version and exit'
complete -c onitctl -n 'not count (__onitctl_words) >/dev/null' -a status -d 'how services are'
complete -c onitctl -n '__onitctl_is status; and __onitctl_behind 0 999' -a '(__onitctl_services)'
complete -c onitctl -n 'not count (__onitctl_words) >/dev/null' -a start -d 'start services'
complete -c onitctl -n '__onitctl_is start; and __onitctl_behind 0 999' -a '(__onitctl_services)'
complete -c onitctl -n 'not count (__onitctl_words) >/dev/null' -a stop -d 'stop services'
complete -c onitctl -n '__onitctl_is stop; and __onitctl_behind 0 999' -a '(__onitctl_services)'
complete -c onitctl -n 'not count (__onitctl_words) >/dev/null' -a restart -d 'stop services and start them again'
complete -c onitctl -n '__onitctl_is restart; and __onitctl_behind 0 999' -a '(__onitctl_services)'
complete -c onitctl -n 'not count (__onitctl_words) >/dev/null' -a signal -d 'send a signal to services'
complete -c onitctl -n '__onitctl_is signal; and __onitctl_behind 0 0' -a 'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS'
complete -c onitctl -n '__onitctl_is signal; and __onitctl_behind 1 999' -a '(__onitctl_services)'
complete -c onitctl -n 'not count (__onitctl_words) >/dev/null' -a logs -d 'what services have written'
complete -c onitctl -n '__onitctl_is logs; and __onitctl_behind 0 999' -a '(__onitctl_services)'
complete -c onitctl -n 'not count (__onitctl_words) >/dev/null' -a events -d 'what has happened to services'
complete -c onitctl -n '__onitctl_is events; and __onitctl_behind 0 999' -a '(__onitctl_services)'
complete -c onitctl -n 'not count (__onitctl_words) >/dev/null' -a health -d 'whether all is well, or one service is'
complete -c onitctl -n '__onitctl_is health; and __onitctl_behind 0 0' -a '(__onitctl_services)'
complete -c onitctl -n 'not count (__onitctl_words) >/dev/null' -a wait -d 'wait until a service is ready, or so'
complete -c onitctl -n '__onitctl_is wait; and __onitctl_behind 0 0' -a 'started ready healthy completed exited stopped'
complete -c onitctl -n '__onitctl_is wait; and __onitctl_behind 1 1' -a '(__onitctl_services)'
complete -c onitctl -n 'not count (__onitctl_words) >/dev/null' -a explain -d 'why services are as they are'
complete -c onitctl -n '__onitctl_is explain; and __onitctl_behind 0 999' -a '(__onitctl_services)'
complete -c onitctl -n 'not count (__onitctl_words) >/dev/null' -a tree -d 'the processes, and whose they are'
complete -c onitctl -n 'not count (__onitctl_words) >/dev/null' -a analyze -d 'how the start went'
complete -c onitctl -n '__onitctl_is analyze; and __onitctl_behind 0 0' -a 'blame critical-chain plot'
complete -c onitctl -n 'not count (__onitctl_words) >/dev/null' -a metrics -d 'numbers for Prometheus'
complete -c onitctl -n 'not count (__onitctl_words) >/dev/null' -a reload -d 'read the file of services again'
complete -c onitctl -n 'not count (__onitctl_words) >/dev/null' -a shutdown -d 'stop everything, and onit'
complete -c onitctl -n 'not count (__onitctl_words) >/dev/null' -a check -d 'tell what is wrong with files of services'
complete -c onitctl -n '__onitctl_is check; and __onitctl_behind 0 999' -F
complete -c onitctl -n 'not count (__onitctl_words) >/dev/null' -a schema -d 'print the JSON Schema of such a file'
complete -c onitctl -n 'not count (__onitctl_words) >/dev/null' -a import -d 'turn a file of another tool into one'
complete -c onitctl -n '__onitctl_is import; and __onitctl_behind 0 0' -F
complete -c onitctl -n '__onitctl_is status start stop restart logs events health wait explain tree analyze reload' -l json -d 'print JSON'
complete -c onitctl -n '__onitctl_is status' -l watch -d 'show them anew whenever something happens; q leaves'
complete -c onitctl -n '__onitctl_is health' -l live -d 'only whether it is not unhealthy; it may be starting'
complete -c onitctl -n '__onitctl_is start stop restart' -l wait -d 'wait until it is done, or has failed'
complete -c onitctl -n '__onitctl_is logs events' -l follow -s f -d 'and what is still to come, until Ctrl-C'
complete -c onitctl -n '__onitctl_is logs' -l lines -s n -x -d 'only the last N lines'
complete -c onitctl -n '__onitctl_is logs' -l timestamps -s t -d 'begin each line with the time'
complete -c onitctl -n '__onitctl_is shutdown' -l exit-code -x -d 'what onit exits with, 0 to 255'
complete -c onitctl -n '__onitctl_is check' -l profile -x -d 'and those services that are of this profile'
complete -c onitctl -n '__onitctl_is import' -l format -xa 'supervisord compose procfile' -d 'supervisord, compose or procfile [by its name]'
complete -c onitctl -n '__onitctl_is status start stop restart signal logs events health wait explain tree analyze metrics reload shutdown' -l timeout -x -d 'give up after that time, such as 500ms or 1m30s'
complete -c onitctl -n 'not count (__onitctl_words) >/dev/null; or __onitctl_is status start stop restart signal logs events health wait explain tree analyze metrics reload shutdown' -l socket -rF -d 'where onit listens [$ONIT_SOCKET, or /run/onit.sock]'
complete -c onitctl -n 'not count (__onitctl_words) >/dev/null; or __onitctl_is status start stop restart signal logs events health wait explain tree analyze metrics reload shutdown check schema import' -l help -s h -d 'print this and exit'
