# fish completion for onit. Written by tools/documents; `make documents` writes it anew.

# Whether COMMAND is still to come: from there on the words are its own.
function __onit_has_no_command
    set -l words (commandline -opc)
    set -e words[1]
    while set -q words[1]
        switch $words[1]
            case --
                return 1
            case -f --file --service --profile --forward --rewrite --stop-signal --stop-grace-period --on-exit --kill-after --drain --exit-code --map-exit --pdeathsig --user --group-add --chdir --umask --nice --oom-score-adj --ulimit --env --env-file --log-format --as --link
                set -e words[1]
            case '-*'
            case '*'
                return 1
        end
        set -e words[1]
    end
end

complete -c onit -n 'not __onit_has_no_command' -xa '(__fish_complete_subcommand -- -f --file --service --profile --forward --rewrite --stop-signal --stop-grace-period --on-exit --kill-after --drain --exit-code --map-exit --pdeathsig --user --group-add --chdir --umask --nice --oom-score-adj --ulimit --env --env-file --log-format --as --link)'
complete -c onit -n __onit_has_no_command -xa '(__fish_complete_command)'
complete -c onit -n __onit_has_no_command -l file -s f -rF -d 'run the services of a file [/etc/onit.toml]'
complete -c onit -n __onit_has_no_command -l service -x -d 'one more service; COMMAND is split into words'
complete -c onit -n __onit_has_no_command -l profile -x -d 'and those services that are of this profile'
complete -c onit -n __onit_has_no_command -l forward -xa 'child group all' -d 'who gets signals [group]'
complete -c onit -n __onit_has_no_command -l rewrite -x -d 'pass on TO in place of a signal; none drops it'
complete -c onit -n __onit_has_no_command -l stop-signal -xa 'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS' -d 'for what remains after COMMAND ended [TERM]'
complete -c onit -n __onit_has_no_command -l stop-grace-period -x -d 'until KILL follows; 0: KILL at once [5s]'
complete -c onit -n __onit_has_no_command -l on-exit -xa 'stop wait leave' -d 'what to do with what remains [stop]'
complete -c onit -n __onit_has_no_command -l kill-after -x -d 'KILL everything D after a TERM was passed on'
complete -c onit -n __onit_has_no_command -l drain -x -d 'hold a TERM back for D; a second one skips it'
complete -c onit -n __onit_has_no_command -l exit-code -xa 'main first max' -d 'whose: COMMAND'\''s, first not 0, highest [main]'
complete -c onit -n __onit_has_no_command -l map-exit -x -d 'exit with M in place of N'
complete -c onit -n __onit_has_no_command -l pdeathsig -xa 'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS' -d 'what onit gets when its parent dies'
complete -c onit -n __onit_has_no_command -l user -x -d 'run COMMAND as this user and group'
complete -c onit -n __onit_has_no_command -l group-add -x -d 'a further group for COMMAND'
complete -c onit -n __onit_has_no_command -l chdir -xa '(__fish_complete_directories)' -d 'its working directory'
complete -c onit -n __onit_has_no_command -l umask -x -d 'its umask, in octal'
complete -c onit -n __onit_has_no_command -l nice -x -d 'its nice value, -20..19'
complete -c onit -n __onit_has_no_command -l oom-score-adj -x -d 'its OOM score adjustment, -1000..1000'
complete -c onit -n __onit_has_no_command -l ulimit -x -d 'a limit, such as nofile=1024:4096'
complete -c onit -n __onit_has_no_command -l no-new-privs -d 'it cannot gain privileges by exec'
complete -c onit -n __onit_has_no_command -l env -x -d 'set a variable; K alone keeps onit'\''s'
complete -c onit -n __onit_has_no_command -l env-file -rF -d 'set variables from a file as Compose reads it'
complete -c onit -n __onit_has_no_command -l clear-env -d 'start from an empty environment'
complete -c onit -n __onit_has_no_command -l secrets -d 'set K to what is in the file that K_FILE names'
complete -c onit -n __onit_has_no_command -l verbose -s v -d 'tell on stderr what onit does'
complete -c onit -n __onit_has_no_command -l quiet -s q -d 'no warnings'
complete -c onit -n __onit_has_no_command -l log-format -xa 'text json' -d 'of onit'\''s own messages [text]'
complete -c onit -n __onit_has_no_command -l dry-run -d 'print the plan as JSON and exit'
complete -c onit -n __onit_has_no_command -l as -xa 'tini tini-static docker-init dumb-init catatonit podman-init run run-multi onitctl' -d 'be that tool; its command line follows'
complete -c onit -n __onit_has_no_command -l link -xa '(__fish_complete_directories)' -d 'lay links to onit under those tools'\'' names'
complete -c onit -n __onit_has_no_command -l help -s h -d 'print this and exit'
complete -c onit -n __onit_has_no_command -l version -s V -d 'print the version and exit'
