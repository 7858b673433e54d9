#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: man.sh ANEPROBE COMMAND|-
# The manual page of a command, or of aneprobe itself, on stdout: its help text, which is the one source.
set -eu
aneprobe=$1 command=$2
# roff TEXT: without what troff would take for requests.
roff() { sed -e 's/\\/\\e/g' -e 's/-/\\-/g' -e "s/^\\([.']\\)/\\\\\\&\\1/"; }
version=$("$aneprobe" --version | sed 's/ (.*//')
if [ "$command" = - ]; then
    name=aneprobe brief='benchmarks and probes of the Apple Neural Engine'
    text=$("$aneprobe" help)
else
    name=aneprobe-$command
    brief=$("$aneprobe" help | sed -n "s/^  $command  *//p")
    text=$("$aneprobe" help "$command")
fi
[ -n "$brief" ] && [ -n "$text" ] || {
    echo "man.sh: aneprobe has no help for '$command'" >&2
    exit 1
}
printf '.TH "%s" 1 "" "%s" "aneprobe"\n.SH NAME\n%s \\- %s\n' "$(echo "$name" | tr a-z A-Z)" "$version" \
    "$(echo "$name" | roff)" "$(echo "$brief" | roff)"
printf '.SH SYNOPSIS\n.nf\n'
echo "$text" | awk '/^$/ { exit } { sub(/^usage: /, ""); sub(/^       /, ""); print }' | roff
printf '.fi\n.SH DESCRIPTION\n.nf\n'
echo "$text" | awk 'found { print } /^$/ { found = 1 }' | roff
printf '.fi\n'
if [ "$command" = - ]; then
    printf '.SH FILES\n%s\n' 'Runs are kept in results/ of the source, or, where the suite is installed, in'
    printf '%s\n' '$XDG_DATA_HOME/aneprobe/results (~/.local/share by default; on macOS' '~/Library/Application Support).' | roff
    printf '.SH SEE ALSO\n'
    "$aneprobe" help | sed -n 's/^  \([a-z]*\)  .*/.BR aneprobe\\-\1 (1)/p' | grep -v 'help '
else
    printf '.SH SEE ALSO\n.BR aneprobe (1)\n'
fi
