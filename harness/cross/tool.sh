#!/bin/sh
# SPDX-License-Identifier: MIT
# tool.sh cc|ar|pkg-config ARG...: the tools of macos-arm64.ini, from Zig and from sdk/.
#
# Zig brings macOS's C headers and the list of what libSystem exports (of macOS 13, its newest).
# sdk/ adds what else this suite uses of macOS. For GSL, Criterion, libarchive, json-c, pcre2 and protobuf-c, this
# machine's headers are used, which are the same everywhere, with lists of what its libraries export.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tool=$1
shift
made=${XDG_CACHE_HOME:-$HOME/.cache}/aneprobe/cross

# make_stub LIBRARY HEADER...: a text file that replaces the library when linking for macOS, and only its
# headers: the rest of /usr/include would hide what macOS lacks.
make_stub() {
    library=$1
    shift
    package=$library
    case $library in archive | pcre2-8 | protobuf-c) package=lib$library ;; esac
    [ ! -e "$made/lib$library.tbd" ] && pkg-config --exists "$package" || return 0
    {
        printf '%s\n' '--- !tapi-tbd' 'tbd-version: 4' 'targets: [ arm64-macos ]' \
            "install-name: '/opt/homebrew/lib/lib$library.dylib'" 'exports:' \
            '  - targets: [ arm64-macos ]' '    symbols:'
        nm -D --defined-only "$(pkg-config --variable=libdir "$package")/lib$library.so" |
            awk '{ sub(/@.*/, "", $3); print "      - _" $3 }'
        echo '...'
    } >"$made/lib$library.tbd.$$"
    mv "$made/lib$library.tbd.$$" "$made/lib$library.tbd"
    for header in "$@"; do
        ln -sfn "$(pkg-config --variable=includedir "$package")/$header" "$made/$header"
    done
}

case $tool in
pkg-config)
    mkdir -p "$made"
    make_stub gsl gsl
    make_stub criterion criterion
    make_stub archive archive.h archive_entry.h
    make_stub json-c json-c
    make_stub pcre2-8 pcre2.h
    make_stub protobuf-c protobuf-c
    PKG_CONFIG_LIBDIR=$here/sdk/pkgconfig
    PKG_CONFIG_PATH=
    export PKG_CONFIG_LIBDIR PKG_CONFIG_PATH
    exec pkg-config "$@"
    ;;
esac

zig=$(sh "$here/zig.sh" find)
[ "$tool" != ar ] || exec "$zig" ar "$@"
# Meson asks which linker this is and recognises Apple's ld by these two answers.
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
# By default Zig turns off assertions with optimisation and turns on a sanitizer without.
exec "$zig" cc -target aarch64-macos.13.0-none -UNDEBUG -fno-sanitize=undefined "$@" \
    -I"$here/sdk/include" -isystem "$made" -F"$here/sdk/Frameworks" -L"$made"
