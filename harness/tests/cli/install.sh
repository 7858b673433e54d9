#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: install.sh BUILD SOURCE
# Installs the suite into a tree with `meson install` and moves the tree, and moves a build folder with its
# source: both still run an experiment and report it.
set -u
LC_ALL=C
export LC_ALL
build=$1 source=$2
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe install.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
TAP_SHOWS="$work/out $work/err"
. "$(dirname "$0")/../tap.sh"
try() {
    "$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
}
exits() { [ "$status" -eq "$1" ]; }
prints() { grep -q -e "$1" "$work/out"; }
unset ANEPROBE_SOURCE ANEPROBE_TOOLS ANEPROBE_EXPERIMENTS ANEPROBE_RESULTS ANEPROBE
HOME=$work/home XDG_DATA_HOME="$work/the user's data"
export HOME XDG_DATA_HOME
mkdir "$HOME"
command -v meson >/dev/null || {
    echo '1..0 # SKIP meson is not here'
    exit 0
}

# works ANEPROBE: what must work wherever it is, in a folder that is not the suite's.
works() {
    aneprobe=$1
    cd "$HOME" || exit 99
    try "$aneprobe" list
    check "$2: list" prints '^overlap '
    try "$aneprobe" devices
    check "$2: devices: cpu is there, with its BLAS" prints '^    blas  *[A-Z]'
    try "$aneprobe" mil --help
    check "$2: help of a program of its own" prints '^usage: aneprobe mil'
    try "$aneprobe" run overlap --quick --seed 1 --device sim:m4
    check "$2: run: exit 0" exits 0
    run=$(sed -n 's/^run: //p' "$work/out")
    if command -v sqlite3 >/dev/null; then
        check "$2: a report" test -s "$run/PROBE_RESULTS.md"
        try "$aneprobe" audit "$run"
        check "$2: audit" exits 0
        rm -f "$work/run.tar.gz"
        try "$aneprobe" submit "$run" --out "$work/run.tar.gz"
        check "$2: submit" exits 0
    fi
}

try meson install -C "$build" --no-rebuild --destdir "$work/first"
check 'meson install: exit 0' exits 0
prefix=$(dirname "$(dirname "$(find "$work/first" -path '*/bin/aneprobe')")")
check 'installed: a command' test -x "$prefix/bin/aneprobe"
mv "$prefix" "$work/moved"
works "$work/moved/bin/aneprobe" installed
check 'installed: runs are in the data folder of the user' test "${run#"$XDG_DATA_HOME/aneprobe/results/"}" != "$run"
if [ "$(uname -s)" = Darwin ]; then skip 'installed: the data folder of the user' 'of its own on macOS'; fi
check 'installed: no file names the build or the source' eval '! grep -rlI -e "$build" -e "$source/" "$work/moved" | grep .'
if [ -e "$work/moved/share/man/man1/aneprobe.1" ]; then
    for command in $("$work/moved/bin/aneprobe" help | sed -n 's/^  \([a-z]*\)  .*/\1/p'); do
        check "installed: a page for $command" grep -q "^aneprobe.*-$command .*- ." "$work/moved/share/man/man1/aneprobe-$command.1"
    done
    if command -v man >/dev/null; then
        check 'installed: man formats them without a warning' eval 'for page in "$work"/moved/share/man/man1/*; do
            man --warnings=w -l "$page" 2>&1 >/dev/null | grep . && exit 1; done; true'
    fi
fi
if command -v bash >/dev/null; then
    cat >"$work/complete" <<'SH'
PATH=$2:$PATH
. "$1/share/bash-completion/completions/aneprobe"
shift 2
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_aneprobe
printf '%s\n' "${COMPREPLY[@]}"
SH
    # complete WORDS...: of which the last is incomplete
    completed() { try bash "$work/complete" "$work/moved" "$work/moved/bin" aneprobe "$@"; }
    completed ju
    check 'completion: commands' test "$(cat "$work/out")" = judge
    completed run overl
    check 'completion: experiments' prints '^overlap$'
    completed run --qu
    check 'completion: options' test "$(cat "$work/out")" = --quick
    completed run --device cp
    check 'completion: devices' prints '^cpu'
    completed report "$XDG_DATA_HOME/"
    check 'completion: run directories' prints "^$run\$"
fi
if command -v fish >/dev/null; then
    # complete LINE, of which the last word is incomplete
    completed() {
        try env PATH="$work/moved/bin:$PATH" XDG_CONFIG_HOME="$work/fish" fish -c 'source $argv[1]; complete -C $argv[2]' \
            "$work/moved/share/fish/vendor_completions.d/aneprobe.fish" "$1"
    }
    completed 'aneprobe ju'
    check 'completion, fish: commands' prints '^judge'
    completed 'aneprobe run overl'
    check 'completion, fish: experiments' prints '^overlap$'
    completed 'aneprobe run --qu'
    check 'completion, fish: options' prints '^--quick$'
    completed 'aneprobe run --device cp'
    check 'completion, fish: devices' prints '^cpu$'
    completed 'aneprobe report '
    check 'completion, fish: run directories' prints "^$(echo "$run" | sed 's/[ '\'']/./g')\$"
else
    skip 'completion, fish' 'fish is not here'
fi
if command -v zsh >/dev/null; then
    # The functions that a completion calls print what they are given; zsh itself selects what fits.
    cat >"$work/complete.zsh" <<'SH'
compadd() { shift ${@[(i)--]}; print -l -- "$@" }
_describe() { print -l -- ${(P)2} }
_files() { print files }
PATH=$2:$PATH
of() {
    local -a words=("${@[2,-1]}")
    local CURRENT=$#words
    source "$1/zsh/site-functions/_aneprobe"
}
of "$1" "${@[3,-1]}"
SH
    completed() { try zsh -f "$work/complete.zsh" "$work/moved/share" "$work/moved/bin" aneprobe "$@"; }
    completed ju
    check 'completion, zsh: commands' prints '^judge:judge a run'
    completed run overl
    check 'completion, zsh: experiments' prints '^overlap$'
    completed run --qu
    check 'completion, zsh: options' prints '^--quick$'
    completed run --device cp
    check 'completion, zsh: devices' prints '^cpu$'
    completed report ''
    check 'completion, zsh: run directories' prints "^$run\$"
else
    skip 'completion, zsh' 'zsh is not here'
fi

# A build folder and its source, moved: what a run needs of both.
mkdir -p "$work/elsewhere/build/harness" "$work/elsewhere/results"
cp -R "$source/plots" "$work/elsewhere/"
cp "$source"/results/*.csv "$work/elsewhere/results/"
for folder in harness/runner harness/device harness/mil_file harness/table probes; do
    mkdir -p "$work/elsewhere/build/$folder"
    find "$build/$folder" -maxdepth 1 -type f ! -name '*.a' ! -name '*.h' -exec cp {} "$work/elsewhere/build/$folder/" \;
done
{ head -n 1 "$build/experiments.csv" && grep '^overlap,' "$build/experiments.csv"; } >"$work/elsewhere/build/experiments.csv"
works "$work/elsewhere/build/harness/runner/aneprobe" 'a build that was moved'
check 'a build that was moved: runs are beside its source' test "${run#"$work/elsewhere/results/"}" != "$run"
end_checks
