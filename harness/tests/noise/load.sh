# SPDX-License-Identifier: MIT
# Load like that of other programs, by its shape. To be sourced: the caller sets $work, and $load is the load's
# process.
#     cores    every processor busy                  bursts   every processor, 2 s in every 5 s
#     over     two more than there are               memory   one that copies large arrays
#     disk     one that writes and syncs files       suite    a second run of this suite, again and again
processors=$(getconf _NPROCESSORS_ONLN)

load_can() { command -v stress-ng >/dev/null 2>&1; }

# Each of them runs one child at a time, which ends with it.
bursts() {
    trap 'kill "$child" 2>/dev/null; exit 0' TERM
    while :; do
        stress-ng --quiet --cpu "$processors" --timeout 2 &
        child=$!
        wait "$child"
        sleep 3 &
        child=$!
        wait "$child"
    done
}

second_suite() {
    trap 'kill "$child" 2>/dev/null; wait "$child"; exit 0' TERM
    while :; do
        "$ANEPROBE" run --share --quick --device cpu --out "$work/second" dispatch overlap &
        child=$!
        wait "$child"
        rm -rf "$work/second"
    done
}

load_start() {
    case $1 in
    idle) return 0 ;;
    cores) stress-ng --quiet --cpu "$processors" & ;;
    over) stress-ng --quiet --cpu $((processors + 2)) & ;;
    bursts) bursts >/dev/null 2>&1 </dev/null & ;;
    memory) stress-ng --quiet --stream 1 & ;;
    disk) stress-ng --quiet --temp-path "$work" --hdd 1 --hdd-opts fsync & ;;
    suite) second_suite >/dev/null 2>&1 </dev/null & ;;
    *)
        echo "no load has the shape '$1'; there are cores, over, bursts, memory, disk and suite" >&2
        return 2
        ;;
    esac
    load=$!
    sleep 1
}

load_stop() {
    [ -n "$load" ] || return 0
    kill -TERM "$load" 2>/dev/null || :
    wait "$load" 2>/dev/null || :
    load=
}
