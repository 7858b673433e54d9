#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs standin_leaks with its own temporary directory: ten thousand programs are as many directories.
#     leaks.sh STANDIN_LEAKS SIM_FILE
. "$(dirname "$0")/lib.sh"
run_on "$2" "$1"
cat "$work/out"
cat "$work/err" >&2
exit "$status"
