# SPDX-License-Identifier: MIT
# A page that needs nothing beside it, from HTML of cmark-gfm, which is to be named twice: read first for
# its headings, then for all. Environment: page (the directory of this file), figures (where NAME.svg of
# each `![NAME](NAME.svg)` is).
# It adds what Markdown has no words for: an outline, figures in place of links to them, tables that
# scroll by themselves, a colour for each verdict. It makes no HTML of words: cmark-gfm has escaped them.

# put FILE: as it is, but for the title.
function put(file,    line) {
    while ((getline line <file) > 0) {
        if (line == "<title></title>") line = "<title>" title "</title>"
        print line
    }
    close(file)
}

# Figures on one page must not share ids; gnuplot names the same ones in each. Its titles would show as tips.
function put_figure(name,    line, file, inside) {
    file = ENVIRON["figures"] "/" name ".svg"
    print "<figure>"
    while ((getline line <file) > 0) {
        if (!inside && line !~ /^<svg/) continue
        if (!inside++) line = "<svg role=\"img\" aria-label=\"" name "\""
        gsub(/<title>[^<]*<\/title>|<desc>[^<]*<\/desc>| id="gnuplot_[a-z0-9_]*"/, "", line)
        gsub(/ id='|href='#|url\(#/, "&" name "-", line)
        print line
    }
    close(file)
    print "</figure>"
}

function words(html) {
    gsub(/<[^>]*>/, "", html)
    return html
}

# An id made of a heading's letters, another one each time.
function id_of(heading,    id) {
    id = tolower(words(heading))
    gsub(/[^a-z0-9_]+/, "-", id)
    return id (seen[id]++ ? "-" seen[id] : "")
}

NR == FNR {
    if (/^<h1>/ && title == "") title = words($0)
    if (/^<h2>/) {
        ids[++n_headings] = id_of($0)
        outline = outline "<a href=\"#" ids[n_headings] "\">" words($0) "</a>\n"
    }
    next
}
FNR == 1 {
    put(ENVIRON["page"] "/head.html")
    put(ENVIRON["page"] "/style.css")
    print "</style>\n</head>\n<body>"
}
/^<h2>/ {
    if (!n_put) printf "<nav aria-label=\"Contents\">\n%s</nav>\n", outline
    sub(/<h2>/, "<h2 id=\"" ids[++n_put] "\">")
}
/^<p><img src="[a-z0-9_]+\.svg" alt="[a-z0-9_]+" \/><\/p>$/ {
    split($0, part, "\"")
    put_figure(substr(part[2], 1, length(part[2]) - 4))
    next
}
{
    gsub(/<table>/, "<div class=\"table\"><table>")
    gsub(/<\/table>/, "</table></div>")
    if (match($0, /<(strong|td)>(reproduced|contradicted|inconclusive|untrusted|unsupported)</)) {
        tag = substr($0, RSTART, index(substr($0, RSTART), ">") - 1)
        verdict = substr($0, RSTART + length(tag) + 1, RLENGTH - length(tag) - 2)
        $0 = substr($0, 1, RSTART - 1) tag " class=\"" verdict "\"" substr($0, RSTART + length(tag))
    }
    print
}
END {
    printf "<script>"
    put(ENVIRON["page"] "/sort.js")
    print "</script>\n</body>\n</html>"
}
