#!/bin/sh
# SPDX-License-Identifier: MIT
# The files of a folder use each other one way: the symbols that a library's object files define and need form
# no circle.
#     circles.sh NM LIBRARY FOLDER...
set -u
. "$(dirname "$0")/tap.sh"
nm=$1 library=$2
shift 2
symbols=$("$nm" -A -g "$library") || exit 99

# Object files of FOLDER that need each other, as "USER NEEDED"; meson's objects are FOLDER_FILE.c.o.
needs() {
    echo "$symbols" | awk -v folder="$1_" '
        { object = $1; sub(/:[0-9a-f]*$/, "", object); sub(/.*[\/:]/, "", object)
          kind = $(NF - 1); symbol = $NF
          if (index(object, folder) != 1) next
          if (kind == "U") { n++; user[n] = object; needed[n] = symbol } else home[symbol] = object }
        END { for (i = 1; i <= n; i++) if (needed[i] in home && home[needed[i]] != user[i])
                  print user[i], home[needed[i]] }'
}
one_way() {
    pairs=$(needs "$1")
    [ -n "$pairs" ] || { echo "# no files of $1 use each other: is $library the library?"; return 1; }
    circle=$(echo "$pairs" | tsort 2>&1 >/dev/null)
    [ -z "$circle" ] || { echo "$circle" | sed 's/^/# /'; return 1; }
}
for folder; do
    check "the files of $folder use each other one way" one_way "$folder"
done
end_checks
