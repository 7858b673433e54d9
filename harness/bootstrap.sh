#!/bin/sh
# SPDX-License-Identifier: MIT
# From a fresh checkout to a report or a test run: installs what is missing, builds, runs.
set -eu

usage() {
    cat <<'TEXT'
usage: sh harness/bootstrap.sh report [OPTION...]   build, run all probes, write PROBE_RESULTS.md
       sh harness/bootstrap.sh compare [OPTION...]  build, compare chips by what others published
       sh harness/bootstrap.sh test [OPTION...]     build, run the tests
       sh harness/bootstrap.sh tools                only install what .ci/run checks the source with

Installs missing packages first (apt-get on Debian and Ubuntu, Homebrew on macOS) after printing
their list; sudo is used only when not root. OPTIONs go to `aneprobe run`, to `aneprobe compare`
(a run directory puts that run beside what was published) and to `meson test`.
With CI set in the environment, compiler warnings are errors.
TEXT
}

# What is needed: how to see that it is there | Debian and Ubuntu package | Homebrew package.
# "-" where the system brings it along.
needs() {
    cat <<'TABLE'
command cc|gcc libc6-dev|-
command meson|meson|meson
command ninja|ninja-build|ninja
command pkg-config|pkg-config|pkg-config
library gsl|libgsl-dev|gsl
library openblas|libopenblas-dev|-
library nettle|nettle-dev|-
library libarchive|libarchive-dev|libarchive
library criterion|libcriterion-dev|criterion
compiler objective-c|gobjc|-
command gnustep-config|libgnustep-base-dev|-
command sqlite3|sqlite3|-
command gnuplot|gnuplot-nox|gnuplot
command cmark-gfm|cmark-gfm|cmark-gfm
TABLE
}

# The same for what .ci/run can do without; each of its checks is skipped where its tool is missing.
tools() {
    cat <<'TABLE'
command clang|clang|-
fuzzer clang|libclang-rt-dev|-
command clang-format|clang-format|clang-format
command clang-tidy|clang-tidy|-
command cppcheck|cppcheck|cppcheck
TABLE
}

# Homebrew keeps its libarchive out of the way of macOS's own, which comes without headers.
if [ "$(uname -s)" = Darwin ]; then
    for prefix in /opt/homebrew /usr/local; do
        PKG_CONFIG_PATH=${PKG_CONFIG_PATH:+$PKG_CONFIG_PATH:}$prefix/opt/libarchive/lib/pkgconfig
    done
    export PKG_CONFIG_PATH
fi

is_there() {
    case $1 in
    command) command -v "$2" >/dev/null 2>&1 ;;
    fuzzer) [ -e "$("$2" -print-file-name="libclang_rt.fuzzer-$(uname -m).a" 2>/dev/null)" ] ;;
    compiler) echo | cc -x "$2" -fsyntax-only - >/dev/null 2>&1 ;;
    library) command -v pkg-config >/dev/null 2>&1 && pkg-config --exists "$2" ;;
    esac
}

# missing COLUMN: the packages of that column of the job's table whose need is not met.
missing() {
    if [ "$main_job" = tools ]; then tools; else needs; fi | while IFS='|' read -r need debian brew; do
        # shellcheck disable=SC2086 # two words on purpose
        is_there $need && continue
        case $1 in debian) echo "$debian" ;; brew) echo "$brew" ;; esac
    done | grep -v '^-$' | tr '\n' ' '
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        echo "bootstrap: root is needed to install packages and there is no sudo; as root, run:" >&2
        echo "    $*" >&2
        exit 1
    fi
}

install_missing() {
    if [ "$(uname -s)" = Darwin ]; then
        if ! command -v cc >/dev/null 2>&1; then
            echo "bootstrap: no C compiler; run 'xcode-select --install', then this again" >&2
            exit 1
        fi
        packages=$(missing brew)
        [ -n "$packages" ] || return 0
        if ! command -v brew >/dev/null 2>&1; then
            echo "bootstrap: Homebrew (https://brew.sh) is needed to install: $packages" >&2
            exit 1
        fi
        echo "Installing with Homebrew: $packages"
        # shellcheck disable=SC2086
        brew install $packages
    elif command -v apt-get >/dev/null 2>&1 && [ -e /etc/debian_version ]; then
        packages=$(missing debian)
        [ -n "$packages" ] || return 0
        echo "Installing with apt-get: $packages"
        as_root apt-get update -q
        # shellcheck disable=SC2086
        as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install -q -y --no-install-recommends $packages
    else
        packages=$(missing debian)
        [ -n "$packages" ] || return 0
        echo "bootstrap: this system's package manager is not known here." >&2
        echo "Install what these Debian packages hold, then run this again: $packages" >&2
        exit 1
    fi
}

build() {
    werror=false
    [ -z "${CI:-}" ] || werror=true
    # Reconfiguring looks for libraries again: one may just have been installed.
    if [ -e build/build.ninja ]; then
        meson setup --reconfigure build -Dwerror=$werror
    else
        meson setup build -Dwerror=$werror
    fi
    ninja -C build
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

cd "$(dirname "$0")/.."
install_missing
[ "$main_job" != tools ] || exit 0
build
case $main_job in
report) exec build/harness/runner/aneprobe run "$@" ;;
compare) exec build/harness/runner/aneprobe compare --published "$@" ;;
test) exec meson test -C build --print-errorlogs "$@" ;;
esac
