#!/bin/sh
# SPDX-License-Identifier: MIT
# tool.sh cc|ar|pkg-config ARG...: the tools of macos-arm64.ini, from Zig and from sdk/.
#
# Zig brings macOS's C headers and the list of what libSystem exports (of macOS 13, its newest).
# sdk/ adds what else this suite uses of macOS. GSL and Criterion are met by this machine's headers,
# which are the same everywhere, and by lists of what its libraries export.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tool=$1
shift
made=${XDG_CACHE_HOME:-$HOME/.cache}/aneprobe/cross

# make_stub LIBRARY: a text file that stands for the library when linking for macOS.
make_stub() {
    file=$(pkg-config --variable=libdir "$1")/lib$1.so
    {
        printf '%s\n' '--- !tapi-tbd' 'tbd-version: 4' 'targets: [ arm64-macos ]' \
            "install-name: '/opt/homebrew/lib/lib$1.dylib'" 'exports:' \
            '  - targets: [ arm64-macos ]' '    symbols:'
        nm -D --defined-only "$file" | awk '{ sub(/@.*/, "", $3); print "      - _" $3 }'
        echo '...'
    } >"$made/lib$1.tbd.$$"
    mv "$made/lib$1.tbd.$$" "$made/lib$1.tbd"
    # Only this folder of /usr/include: the rest would hide what macOS does not have.
    ln -sfn "$(pkg-config --variable=includedir "$1")/$1" "$made/$1"
}

case $tool in
pkg-config)
    mkdir -p "$made"
    for library in gsl criterion; do
        [ -e "$made/lib$library.tbd" ] || ! pkg-config --exists "$library" || make_stub "$library"
    done
    PKG_CONFIG_LIBDIR=$here/sdk/pkgconfig
    PKG_CONFIG_PATH=
    export PKG_CONFIG_LIBDIR PKG_CONFIG_PATH
    exec pkg-config "$@"
    ;;
esac

zig=$(sh "$here/zig.sh" find)
[ "$tool" != ar ] || exec "$zig" ar "$@"
# Meson asks which linker this is, and knows Apple's ld by these two answers.
for argument in "$@"; do
    case $argument in
    -Wl,--version)
        echo 'ld: unknown option: --version' >&2
        exit 1
        ;;
    -Wl,-v)
        echo '@(#)PROGRAM:ld  PROJECT:ld64-820.1' >&2
        exit 0
        ;;
    esac
done
# By itself Zig turns assertions off where there is optimisation and a sanitizer on where there is none.
exec "$zig" cc -target aarch64-macos.13.0-none -UNDEBUG -fno-sanitize=undefined "$@" \
    -I"$here/sdk/include" -isystem "$made" -F"$here/sdk/Frameworks" -L"$made"
