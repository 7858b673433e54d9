# From the prelude's files to the rows of a C table: each piece as {needs, text}.
function flush_piece() {
    if (text != "")
        printf "{%s,\n%s},\n", needs, text
    text = ""
}
BEGIN { needs = "EMIT_NEED_ALWAYS" }
/^#include "/ { next }
/^\/\* SPDX/ { in_head = 1 }
in_head { if (/\*\//) in_head = 0; next }
/^\/\* piece: / {
    flush_piece()
    needs = ""
    for (i = 3; i < NF; i++)
        needs = needs (needs == "" ? "" : " | ") "EMIT_NEED_" $i
    next
}
text == "" && /^$/ { next }
{
    gsub(/\\/, "&&")
    gsub(/"/, "\\\"")
    text = text "    \"" $0 "\\n\"\n"
}
END { flush_piece() }
