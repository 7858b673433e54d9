# SPDX-License-Identifier: MIT
# Completion for fish. What there is, is asked of aneprobe itself.
function __aneprobe_runs
    set -l results ~/.local/share/aneprobe/results
    set -q XDG_DATA_HOME; and set results $XDG_DATA_HOME/aneprobe/results
    test (uname -s) = Darwin; and set results ~/"Library/Application Support/aneprobe/results"
    for jobs in results/*/*/jobs.csv $results/*/*/jobs.csv
        string replace -r '/jobs.csv$' '' -- $jobs
    end
end
function __aneprobe_options
    aneprobe help (commandline -opc)[2] 2>/dev/null | string match -ra -- '--[a-z][a-z-]*' | sort -u
end
complete -c aneprobe -n __fish_use_subcommand -f -a "(aneprobe help 2>/dev/null | string replace -rf '^  ([a-z]+) +(.*)' '\$1\t\$2')"
complete -c aneprobe -n 'not __fish_use_subcommand; and string match -q -- "-*" (commandline -ct)' -f -a '(__aneprobe_options)'
complete -c aneprobe -n '__fish_seen_subcommand_from run' -f -a "(aneprobe list 2>/dev/null | tail -n +2 | string replace -r ' .*' '')"
complete -c aneprobe -n '__fish_seen_subcommand_from judge report submit compare audit' -a '(__aneprobe_runs)'
complete -c aneprobe -n 'string match -q -- --device (commandline -opc)[-1]' -f -a "(aneprobe devices 2>/dev/null | string replace -rf '^([a-z:0-9-]+).*' '\$1')"
