# SPDX-License-Identifier: MIT
# Completion for bash. What there is, is asked of aneprobe itself.
_aneprobe_runs() {
    local results=${XDG_DATA_HOME:-$HOME/.local/share}/aneprobe/results jobs
    [ "$(uname -s)" != Darwin ] || results="$HOME/Library/Application Support/aneprobe/results"
    for jobs in results/*/*/jobs.csv "$results"/*/*/jobs.csv; do
        [ ! -e "$jobs" ] || printf '%s\n' "${jobs%/jobs.csv}"
    done
}

_aneprobe() {
    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]} words= word
    local IFS=$'\n'
    if [ "$COMP_CWORD" -eq 1 ]; then
        words=$(aneprobe help 2>/dev/null | sed -n 's/^  \([a-z-][a-z-]*\) .*/\1/p')
    elif [ "$command" = help ]; then
        words=$(aneprobe help 2>/dev/null | sed -n 's/^  \([a-z]*\)  .*/\1/p')
    elif [ "$before" = --device ]; then
        words=$(aneprobe devices 2>/dev/null | sed -n 's/^\([a-z:0-9-]*\).*/\1/p')
    elif [ "$before" = --out ] || [ "$before" = --dir ]; then
        :
    else
        case $current in
        -*) words=$(aneprobe help "$command" 2>/dev/null | grep -oe '--[a-z][a-z-]*' | sort -u) ;;
        *)
            case $command/$before in
            run/--resume) words=$(_aneprobe_runs) ;;
            run/*) words=$(aneprobe list 2>/dev/null | sed '1d;s/ .*//') ;;
            judge/* | report/* | submit/* | compare/* | audit/*) words=$(_aneprobe_runs) ;;
            esac
            ;;
        esac
    fi
    COMPREPLY=()
    for word in $words; do
        case $word in "$current"*) COMPREPLY+=("$word") ;; esac
    done
    [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))
}
complete -o filenames -F _aneprobe aneprobe
