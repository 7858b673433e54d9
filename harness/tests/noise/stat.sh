# SPDX-License-Identifier: MIT
# A machine whose counters of processor time are others. To be sourced.

# apart FILE COMMAND...: runs it in a namespace of its own in which /proc/stat is FILE.
apart() {
    stat=$1
    shift
    if [ "$(id -u)" -eq 0 ]; then as=-m; else as=-rm; fi
    unshare $as sh -c 'mount --bind "$1" /proc/stat && shift && exec "$@"' sh "$stat" "$@"
}
