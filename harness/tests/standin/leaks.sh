#!/bin/sh
# SPDX-License-Identifier: MIT
# standin_leaks with a temporary directory of its own: ten thousand programs are as many directories.
#     leaks.sh STANDIN_LEAKS MODEL
. "$(dirname "$0")/lib.sh"
run_on "$2" "$1"
cat "$work/out"
cat "$work/err" >&2
exit "$status"
