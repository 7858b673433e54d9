#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: bootstrap.sh BOOTSTRAP
# What the bootstrap installs, on systems made of fakes: every tool that it calls writes its arguments to one
# log, which also holds the script's own output. TAP.
set -u
LC_ALL=C
export LC_ALL
unset CC
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-bootstrap.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
log=$work/log
export log work
mkdir -p "$work/base" "$work/source/harness"
cp "$1" "$work/source/harness/bootstrap.sh"
mkdir -p "$work/source/harness/runner/command" "$work/source/plots" "$work/source/probes" "$work/source/bench"
cp "$(dirname "$1")/runner/command/command_run.c" "$work/source/harness/runner/command/"
{ cat "$(dirname "$1")/../plots/compare.sh" | sed -n 's/^    \(--[a-z]*)\) .*/: <<X\n    \1\nX/p' && echo 'echo "compare $*" >>"$log"'; } >"$work/source/plots/compare.sh"
: >"$work/source/probes/overlap.c"
for tool in sh cat dirname env grep ln mkdir sed tr; do
    ln -s "$(command -v "$tool")" "$work/base/$tool"
done

# fake DIRECTORY NAME: a program that runs the script on stdin.
fake() {
    { echo '#!/bin/sh' && cat; } >"$1/$2"
    chmod +x "$1/$2"
}
fake "$work/base" uname <<'SH'
echo "$SYSTEM"
SH
fake "$work/base" id <<'SH'
echo "$USER_ID"
SH
mkdir "$work/debian" "$work/brew" "$work/sudo"
fake "$work/sudo" sudo <<'SH'
echo "sudo $*" >>"$log"
"$@"
SH
# A package provides the command or library of the same name, or of the name that it is known by.
cat >"$work/unpack" <<'SH'
for package in "$@"; do
    case $package in
    gcc) name=cc ;;
    ninja-build) name=ninja ;;
    gnuplot-nox) name=gnuplot ;;
    libgnustep-base-dev) name=gnustep-config ;;
    libgsl-dev) name=gsl ;;
    libopenblas-dev) name=openblas ;;
    nettle-dev) name=nettle ;;
    libarchive-dev) name=libarchive ;;
    libjson-c-dev) name=json-c ;;
    libpcre2-dev | pcre2) name=libpcre2-8 ;;
    libprotobuf-c-dev) name=libprotobuf-c ;;
    protobuf-c-compiler) name=protoc-c ;;
    protobuf-c) : >"$work/system/libraries/libprotobuf-c" name=protoc-c ;;
    libcriterion-dev) name=criterion ;;
    *) name=$package ;;
    esac
    case $name in
    gsl | openblas | nettle | libarchive | json-c | libpcre2-8 | libprotobuf-c | criterion) : >"$work/system/libraries/$name" ;;
    -* | install | libc6-dev) ;;
    *) [ -e "$work/system/$name" ] || ln -s "$work/tool" "$work/system/$name" ;;
    esac
done
SH
for manager in debian/apt-get brew/brew; do
    fake "$work/${manager%/*}" "${manager#*/}" <<'SH'
echo "${0##*/} $*" >>"$log"
[ -z "${NO_NETWORK:-}" ] || exit 100
case $* in *install*) sh "$work/unpack" "$@" ;; esac
SH
done
fake "$work" tool <<'SH'
name=${0##*/}
case $name in
pkg-config) [ -e "$work/system/libraries/$2" ] && exit 0 || exit 1 ;;
meson)
    echo "meson $*" >>"$log"
    [ -z "${CC:-}" ] || echo "meson with CC=$CC" >>"$log"
    case $* in
    setup*) mkdir -p "$work/source/build/harness/runner" && : >"$work/source/build/build.ninja" ;;
    esac
    ;;
ninja)
    echo "ninja $*" >>"$log"
    [ -z "${NO_BUILD:-}" ] || exit 1
    ln -sf "$work/tool" "$2/harness/runner/aneprobe"
    ;;
aneprobe) echo "aneprobe $*" >>"$log" ;;
cc) case $* in *objective-c*) [ -e "$work/system/gobjc" ] ;; esac ;;
esac
SH

TAP_SHOWS="$log $work/err"
. "$(dirname "$0")/../tap.sh"
exits() { [ "$status" -eq "$1" ]; }
says() { grep -q -e "$1" "$work/err"; }
logs() { grep -q -e "$1" "$log"; }
logs_not() { ! grep -q -e "$1" "$log"; }
# The first line with $1 stands before the first with $2.
before() { awk -v a="$1" -v b="$2" 'index($0, a) && !x { x = NR } index($0, b) && !y { y = NR } END { exit !(x && y && x < y) }' "$log"; }

# has PACKAGE...: a new system that has these; nothing is built on it.
has() {
    rm -rf "$work/system" "$work/source/build"
    mkdir -p "$work/system/libraries"
    sh "$work/unpack" "$@"
}
# boot SYSTEM USER_ID MANAGERS OPERAND...: leaves $status, $log and $work/err. With one more variable, where
# $setting is NAME=VALUE.
setting=
boot() {
    SYSTEM=$1 USER_ID=$2 managers=
    for manager in $3; do managers=$managers:$work/$manager; done
    shift 3
    : >"$log"
    status=0
    # Appends, as the fakes do, so that lines keep their order.
    (cd / && unset CI && CI= PATH="$work/system:$work/base$managers" SYSTEM=$SYSTEM USER_ID=$USER_ID \
        env ${setting:+"$setting"} sh "$work/source/harness/bootstrap.sh" "$@" >>"$log" 2>"$work/err" </dev/null) || status=$?
}
to_report='gcc libc6-dev meson ninja-build pkg-config libgsl-dev libopenblas-dev nettle-dev libarchive-dev libjson-c-dev libpcre2-dev libprotobuf-c-dev protobuf-c-compiler'
to_test='libcriterion-dev gobjc libgnustep-base-dev'
to_draw='sqlite3 gnuplot-nox cmark-gfm'
everything="$to_report $to_test $to_draw"

has
boot Linux 0 debian
check 'no job: exit 2' exits 2
check 'no job: usage' says '^usage: sh harness/bootstrap.sh report'
boot Linux 0 debian reprot
check 'an unknown job: exit 2' exits 2
check 'an unknown job: nothing was done' logs_not .
boot Linux 0 debian --help
check '--help: exit 0' exits 0
check '--help: nothing is installed' logs_not ^apt-get
boot Linux 0 debian report --help
check 'report --help: exit 0' exits 0
check 'report --help: nothing is installed' logs_not ^apt-get
for words in 'report --quik' 'report --quick=1 --sede 1' 'report overlp' 'compare --publish'; do
    # shellcheck disable=SC2086 # several words
    boot Linux 0 debian $words
    check "$words: exit 2" exits 2
    check "$words: said" says "is not an option of\\|is not a probe or benchmark"
    check "$words: nothing is installed" logs_not .
done

if [ -e /etc/debian_version ]; then
    boot Linux 0 debian report --quick --seed 7 overlap --device sim:m4
    check 'bare Debian: exit 0' exits 0
    check 'bare Debian: the list is printed before' before "Installing with apt-get, a minute or two: $to_report $to_draw" 'apt-get update'
    check 'bare Debian: what a report needs is installed' logs "^apt-get install .*--no-install-recommends $to_report $to_draw *\$"
    check 'bare Debian: as root, without sudo' logs_not sudo
    check 'bare Debian: configured, built and run, in this order' before 'meson setup' 'ninja -C'
    check 'bare Debian: how long the build takes is said before' before 'Building, at most' 'ninja -C'
    check 'bare Debian: what a report needs is built, not the tests' logs "^ninja -C $work/source/build suite\$"
    check 'bare Debian: options go on' logs '^aneprobe run --quick --seed 7 overlap --device sim:m4$'
    boot Linux 0 debian report
    check 'a second run: exit 0' exits 0
    check 'a second run: installs nothing' logs_not apt-get
    check 'a second run: looks for libraries again' logs '^meson setup --reconfigure'
    check 'a second run: runs' logs '^aneprobe run$'
    boot Linux 0 debian test
    check 'test: needs more' logs "apt-get install .*recommends $to_test *\$"
    has
    boot Linux 0 debian compare there
    check 'compare: beside what was published' logs '^compare --published there$'
    check 'compare: what it needs alone' logs "apt-get install .*recommends $to_draw *\$"
    check 'compare: nothing is built' logs_not '^meson'

    # shellcheck disable=SC2086 # several words
    has $everything
    rm "$work/system/gnuplot" "$work/system/libraries/gsl"
    boot Linux 1000 'debian sudo' test --suite unit
    check 'two are missing: they alone are installed' logs 'apt-get install .*recommends libgsl-dev gnuplot-nox *$'
    check 'not root: sudo' before 'libgsl-dev gnuplot-nox' 'sudo apt-get update'
    check 'test: with its options' logs "^meson test -C $work/source/build --print-errorlogs --suite unit\$"
    check 'test: no probe is run' logs_not '^aneprobe'
    boot Linux 0 debian tools
    check 'tools: those of the checks alone' logs 'apt-get install .*recommends clang libclang-rt-dev clang-format clang-tidy clang-tools cppcheck protobuf-compiler chromium stress-ng dpkg-dev debhelper debootstrap mmdebstrap original-awk zsh fish\( openssh-server\)\{0,1\} *$'
    check 'tools: nothing is built' logs_not '^meson'
    rm "$work/system/gnuplot" "$work/system/meson"
    boot Linux 1000 debian report
    check 'not root and no sudo: exit 1' exits 1
    check 'not root and no sudo: the whole line' says '^    apt-get update && apt-get install --no-install-recommends meson gnuplot-nox$'
    check 'not root and no sudo: nothing is built' logs_not '^meson'
    setting=NO_NETWORK=1
    boot Linux 0 debian report
    setting=
    check 'the package manager fails: not 0' test "$status" -ne 0
    check 'the package manager fails: nothing is built' logs_not '^meson'
else
    echo "# no Debian here: apt-get is not asked"
fi

has
boot Plan9 0 '' report
check 'an unknown system: exit 1' exits 1
check 'an unknown system: what to install' says "^    $to_report $to_draw\$"
check 'an unknown system: nothing is built' logs_not '^meson'
# shellcheck disable=SC2086
has ${everything#gcc }
boot Plan9 0 '' report
check 'no compiler: it is missing' says '^    gcc libc6-dev$'
for compiler in clang gcc-12; do
    # shellcheck disable=SC2086
    has $compiler ${everything#gcc }
    mv "$work/system/$compiler" "$work/system/${compiler%-12}" 2>/dev/null
    boot Plan9 0 '' report
    check "${compiler%-12} in place of cc: exit 0" exits 0
    check "${compiler%-12} in place of cc: builds with it" logs "^meson with CC=${compiler%-12}\$"
done
# shellcheck disable=SC2086
has $everything
boot Plan9 0 '' test
check 'an unknown system that has it all: exit 0' exits 0
check 'an unknown system that has it all: tests' logs '^meson test'
check 'an unknown system that has it all: all is built' logs '^ninja .* all$'
check 'warnings are no errors' logs 'Dwerror=false'
setting=CI=true
boot Plan9 0 '' test
check 'in CI warnings are errors' logs 'Dwerror=true'
setting=NO_BUILD=1
boot Plan9 0 '' report
setting=
check 'a build that fails: not 0' test "$status" -ne 0
check 'a build that fails: nothing runs' logs_not '^aneprobe'

has gcc sqlite3
boot Darwin 501 'brew sudo' report
check 'macOS: the list is printed before' before 'Installing with Homebrew: meson ninja pkg-config gsl libarchive json-c pcre2 protobuf-c gnuplot cmark-gfm' 'brew install'
check 'macOS: never with sudo' logs_not sudo
check 'macOS: runs' logs '^aneprobe run$'
boot Darwin 501 'brew sudo' report
check 'macOS: a second run installs nothing' logs_not brew
has gcc sqlite3
boot Darwin 501 '' report
check 'macOS without Homebrew: exit 1' exits 1
check 'macOS without Homebrew: what to do' says 'Homebrew (https://brew.sh) is needed to install: meson'
has
boot Darwin 501 brew report
check 'macOS without a compiler: exit 1' exits 1
check 'macOS without a compiler: what to do' says 'xcode-select --install'
end_checks
