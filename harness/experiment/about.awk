# SPDX-License-Identifier: MIT
#
# Makes NAME_about.h from the header comment of an experiment's source: the array `about` of field,text
# pairs. A field is a line " * field: text" of the first comment, its text ends at the next field or an empty
# line. Fails when a field named in `required` (comma-separated) is missing. `about_version` is a hash of the
# whole source and of the other files given, which are parts of the experiment. `disturbs` is for programs that may
# leave an engine unusable for others: the runner runs them last there, and only on request.
#
#   awk -v required="question,method" -f about.awk probes/NAME.c [PART.c...] > NAME_about.h

BEGIN {
    known = "question,hypothesis,method,arms,unit of replication,sample size,margin,decision rule," \
        "would prove it wrong,confounders,disturbs,sources"
    n_known = split(known, name, ",")
    for (i = 1; i <= n_known; i++)
        is_field[name[i]] = 1
    field = ""
    for (i = 1; i < 128; i++)
        code[sprintf("%c", i)] = i
}

{
    for (i = 1; i <= length($0); i++)
        hash = (hash * 31 + code[substr($0, i, 1)]) % 4294967291
    hash = (hash * 31 + 10) % 4294967291
}

/\*\// { over = 1 }
over { next }

{
    line = $0
    sub(/^[ ]*\/?\*+[ ]?/, "", line)
    sub(/[ \t\r]+$/, "", line)
    if (line == "") {
        field = ""
        next
    }
    colon = index(line, ":")
    if (colon > 1 && (substr(line, 1, colon - 1) in is_field)) {
        field = substr(line, 1, colon - 1)
        if (field in text)
            fail("names '" field "' twice")
        order[++n_fields] = field
        line = substr(line, colon + 1)
        text[field] = ""
    }
    if (field == "")
        next
    sub(/^[ ]+/, "", line)
    if (line != "")
        text[field] = text[field] (text[field] == "" ? "" : " ") line
}

function fail(what) {
    printf "%s: the header comment %s\n", FILENAME, what | "cat 1>&2"
    failed = 1
    exit 1
}

function quoted(s,    out, i, c) {
    out = ""
    for (i = 1; i <= length(s); i++) {
        c = substr(s, i, 1)
        if (c == "\\" || c == "\"")
            out = out "\\"
        out = out c
    }
    return "\"" out "\""
}

END {
    if (failed)
        exit 1
    n_required = split(required, need, ",")
    for (i = 1; i <= n_required; i++)
        if (text[need[i]] == "") {
            printf "%s: the header comment has no field '%s'; add a line ' * %s: ...'\n", FILENAME,
                need[i], need[i] | "cat 1>&2"
            exit 1
        }
    print "static const char *const about[][2] = {"
    for (i = 1; i <= n_fields; i++)
        printf "    {%s, %s},\n", quoted(order[i]), quoted(text[order[i]])
    print "};"
    printf "static const char about_version[] = \"%04x%04x\";\n", int(hash / 65536), hash % 65536
}
