#!/bin/sh
# SPDX-License-Identifier: MIT
# From a fresh checkout to a report or a test run: installs what is missing, builds, runs.
set -eu

usage() {
    cat <<'TEXT'
usage: sh harness/bootstrap.sh report [OPTION...]
       sh harness/bootstrap.sh compare [OPTION...]
       sh harness/bootstrap.sh test [OPTION...]
       sh harness/bootstrap.sh tools

report builds, runs all experiments and writes a report; compare compares chips
by what others published; test builds and runs the tests; tools only installs
what .ci/run checks the source with.

Checks the OPTIONs, then installs the packages that this job lacks (apt-get on
Debian and Ubuntu, Homebrew on macOS) after printing their list; sudo is used
only when not root. OPTIONs go to `aneprobe run`, to `aneprobe compare` (a run
directory puts that run beside what was published) and to `meson test`.
`report --quick` is a first look. With CI set in the environment, compiler
warnings are errors.
TEXT
}

# Requirements: jobs | how to check that it is there | Debian and Ubuntu package | Homebrew package; "-" where
# the system provides it. .ci/run works without the tools: it skips a check whose tool is missing.
needs() {
    cat <<'TABLE'
report test|compiler c|gcc libc6-dev|-
report test|command meson|meson|meson
report test|command ninja|ninja-build|ninja
report test|command pkg-config|pkg-config|pkg-config
report test|library gsl|libgsl-dev|gsl
report test|library openblas|libopenblas-dev|-
report test|library nettle|nettle-dev|-
report test|library libarchive|libarchive-dev|libarchive
report test|library json-c|libjson-c-dev|json-c
report test|library libpcre2-8|libpcre2-dev|pcre2
report test|library libprotobuf-c|libprotobuf-c-dev|protobuf-c
report test|command protoc-c|protobuf-c-compiler|-
test|library criterion|libcriterion-dev|criterion
test|compiler objective-c|gobjc|-
test|command gnustep-config|libgnustep-base-dev|-
report compare test|command sqlite3|sqlite3|-
report compare test|command gnuplot|gnuplot-nox|gnuplot
report compare test|command cmark-gfm|cmark-gfm|cmark-gfm
tools|command clang|clang|-
tools|fuzzer clang|libclang-rt-dev|-
tools|command clang-format|clang-format|clang-format
tools|command clang-tidy|clang-tidy|-
tools|command clang-query|clang-tools|-
tools|command cppcheck|cppcheck|cppcheck
tools|command protoc|protobuf-compiler|protobuf
tools|command chromium|chromium|-
tools|command stress-ng|stress-ng|stress-ng
tools|command dpkg-buildpackage|dpkg-dev|-
tools|command dh|debhelper|-
tools|command debootstrap|debootstrap|-
tools|command mmdebstrap|mmdebstrap|-
tools|command original-awk|original-awk|-
tools|command zsh|zsh|-
tools|command fish|fish|fish
tools|daemon sshd|openssh-server|-
TABLE
}
# Processor seconds to build, a rough estimate; tests are half of it.
report_cpu_s=110 test_cpu_s=240

# fail CODE MESSAGE [LINE...]
fail() {
    code=$1
    printf 'bootstrap: %s\n' "$2" >&2
    shift 2
    [ $# -eq 0 ] || printf '%s\n' "$@" >&2
    exit "$code"
}

# Any of these works, for the build and for the cpu device.
if [ -z "${CC:-}" ] && ! command -v cc >/dev/null 2>&1; then
    for compiler in gcc clang; do
        if command -v $compiler >/dev/null 2>&1; then
            CC=$compiler ANEPROBE_CC=${ANEPROBE_CC:-$compiler}
            export CC ANEPROBE_CC
            break
        fi
    done
fi
# Homebrew keeps its libarchive apart from macOS's own, which has no headers.
if [ "$(uname -s)" = Darwin ]; then
    for prefix in /opt/homebrew /usr/local; do
        PKG_CONFIG_PATH=${PKG_CONFIG_PATH:+$PKG_CONFIG_PATH:}$prefix/opt/libarchive/lib/pkgconfig
    done
    export PKG_CONFIG_PATH
fi

is_there() {
    case $1 in
    command) command -v "$2" >/dev/null 2>&1 ;;
    # not missed where its package would start a service, which nobody asked for
    daemon) [ -d /run/systemd/system ] || [ -x "/usr/sbin/$2" ] ;;
    fuzzer) [ -e "$("$2" -print-file-name="libclang_rt.fuzzer-$(uname -m).a" 2>/dev/null)" ] ;;
    # shellcheck disable=SC2086 # CC may be several words
    compiler) echo '#include <stdio.h>' | ${CC:-cc} -x "$2" -fsyntax-only - >/dev/null 2>&1 ;;
    library) command -v pkg-config >/dev/null 2>&1 && pkg-config --exists "$2" ;;
    esac
}

# missing COLUMN: the packages of that column that this job needs and that are not there.
missing() {
    needs | while IFS='|' read -r jobs need debian brew; do
        case " $jobs " in *" $main_job "*) ;; *) continue ;; esac
        # shellcheck disable=SC2086 # two words on purpose
        is_there $need && continue
        case $1 in debian) echo "$debian" ;; brew) echo "$brew" ;; esac
    done | grep -v '^-$' | tr '\n' ' ' | sed 's/ $//'
}

# install_debian PACKAGES
install_debian() {
    sudo=
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null 2>&1 || fail 1 'root is needed to install packages, and there is no sudo; as root, run' \
            "    apt-get update && apt-get install --no-install-recommends $1" 'then run this again'
        sudo=sudo
    fi
    $sudo apt-get update -q
    # shellcheck disable=SC2086 # several words
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $1
}

install_missing() {
    if [ "$(uname -s)" = Darwin ]; then
        case $main_job in
        report | test) is_there compiler c || fail 1 "no C compiler; run 'xcode-select --install', then this again" ;;
        esac
        packages=$(missing brew)
        [ -n "$packages" ] || return 0
        command -v brew >/dev/null 2>&1 || fail 1 "Homebrew (https://brew.sh) is needed to install: $packages"
        echo "Installing with Homebrew: $packages"
        # shellcheck disable=SC2086
        brew install $packages
        return
    fi
    packages=$(missing debian)
    [ -n "$packages" ] || return 0
    command -v apt-get >/dev/null 2>&1 && [ -e /etc/debian_version ] || fail 1 \
        "this system's package manager is not known here; install what these Debian packages hold, then run this again:" \
        "    $packages"
    echo "Installing with apt-get, a minute or two: $packages"
    install_debian "$packages"
}

# minutes SECONDS: SECONDS of processor time in words, for this machine.
minutes() {
    cores=$(getconf _NPROCESSORS_ONLN 2>/dev/null) || cores=1
    echo "$((($1 / cores + 59) / 60)) minute(s) on $cores core(s)"
}

# build TARGET SECONDS
build() {
    werror=false
    [ -z "${CI:-}" ] || werror=true
    # Reconfiguring looks for libraries again: one may just have been installed.
    reconfigure=
    [ ! -e "$top/build/build.ninja" ] || reconfigure=--reconfigure
    meson setup $reconfigure "$top/build" "$top" -Dwerror=$werror
    echo "Building, at most $(minutes "$2") if nothing is built yet"
    ninja -C "$top/build" "$1"
}

# check_options FILE WORD...: FILE is the source that reads the options. Names of experiments are checked, too,
# as far as they cannot be an option's value.
check_options() {
    file=$1 before=
    shift
    for word in "$@"; do
        case $word in
        --) return ;;
        -h | --help)
            usage
            exit 0
            ;;
        -*) grep -qe "[ \"]${word%%=*}[\" )]" "$top/$file" ||
            fail 2 "'$word' is not an option of '$main_job'; nothing was installed or built" ;;
        *)
            case $main_job/$before in
            report/-*) ;;
            report/*) [ -e "$top/probes/$word.c" ] || [ -e "$top/bench/$word.c" ] ||
                fail 2 "'$word' is not a probe or benchmark; nothing was installed or built" ;;
            esac
            ;;
        esac
        before=$word
    done
}

main_job=${1:-}
case $main_job in
report | compare | test | tools) shift ;;
-h | --help)
    usage
    exit 0
    ;;
*)
    usage >&2
    exit 2
    ;;
esac

unset CDPATH
top=$(cd -- "$(dirname -- "$0")/.." && pwd)
case $main_job in
report) check_options harness/runner/command/command_run.c "$@" ;;
compare) check_options plots/compare.sh "$@" ;;
esac
install_missing
case $main_job in
report)
    build suite $report_cpu_s
    exec "$top/build/harness/runner/aneprobe" run "$@"
    ;;
compare) exec sh "$top/plots/compare.sh" --published "$@" ;;
test)
    build all $test_cpu_s
    exec meson test -C "$top/build" --print-errorlogs "$@"
    ;;
esac
