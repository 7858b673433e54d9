# SPDX-License-Identifier: MIT
# A page that needs nothing beside it, from HTML of cmark-gfm, which is to be named twice: read first for
# its headings, then for all. Environment: page (the directory of this file), figures (where NAME.svg of
# each `![NAME](NAME.svg)` is).
# It adds what Markdown has no words for: an outline, figures in place of links to them, tables that
# scroll by themselves, folded parts, a colour for each verdict. It makes no HTML of words: cmark-gfm has
# escaped them.

# put FILE: as it is, but for the title.
function put(file,    line) {
    while ((getline line <file) > 0) {
        if (line == "<title></title>") line = "<title>" title "</title>"
        print line
    }
    close(file)
}

# Figures on one page must not share ids; gnuplot names the same ones in each. Its titles would show as tips.
function put_figure(name, says,    line, file, inside) {
    file = ENVIRON["figures"] "/" name ".svg"
    print "<figure>"
    while ((getline line <file) > 0) {
        if (!inside && line !~ /^<svg/) continue
        if (!inside++) line = "<svg role=\"img\" aria-label=\"" says "\" " substr(line, 5)
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
function id_of(heading,    stem, id, n) {
    stem = tolower(words(heading))
    gsub(/[^a-z0-9_]+/, "-", stem)
    gsub(/^-|-$/, "", stem)
    id = stem
    for (n = 2; id in seen; n++) id = stem "-" n
    seen[id] = 1
    return id
}

# Parts "N|CLASS|WORDS" as one bar.
function put_strip(parts,    n, part, i, word) {
    n = split(parts, part, ";")
    print "<p class=\"strip\">"
    for (i = 1; i <= n; i++) {
        split(part[i], word, "|")
        printf "<span class=\"%s\" style=\"flex-grow:%d\"><b>%d</b> %s</span>\n", word[2], word[1], word[1], word[3]
    }
    print "</p>"
}

NR == FNR {
    if (/^<h1>/ && title == "") title = words($0)
    if (/^<p>:::id /) ids[n_headings] = substr($0, 10, length($0) - 13)
    if (/^<h2>/) {
        n_headings++
        ids[n_headings] = id_of($0)
        names[n_headings] = words($0)
    }
    next
}
FNR == 1 {
    put(ENVIRON["page"] "/head.html")
    put(ENVIRON["page"] "/style.css")
    print "</style>\n</head>\n<body>\n<main>"
}
/^<p>:::id / { next }
/^<p>:::(fold|more|part) / {
    tags[++depth] = "</details>"
    print "<details><summary>" substr($0, 12, length($0) - 15) "</summary>"
    next
}
/^<p>:::(box|page)/ {
    tags[++depth] = "</div>"
    print "<div class=\"" substr($0, index($0, ":::") + 7 + (substr($0, 7, 1) == "p"), length($0) - 14 - (substr($0, 7, 1) == "p")) "\">"
    next
}
/^<p>:::end<\/p>$/ { if (depth) print tags[depth--]; next }
/^<p>:::strip / { put_strip(substr($0, 13, length($0) - 16)); next }
/^<h2>/ {
    if (!n_put) {
        print "<nav aria-label=\"Contents\">"
        for (i = 1; i <= n_headings; i++) print "<a href=\"#" ids[i] "\">" names[i] "</a>"
        print "</nav>"
    }
    sub(/<h2>/, "<h2 id=\"" ids[++n_put] "\">")
}
/^<h3>/ { sub(/<h3>/, "<h3 id=\"" id_of($0) "\">") }
/^<p><img src="[a-z0-9_]+\.svg" alt="[^"]*" \/><\/p>$/ {
    split($0, part, "\"")
    put_figure(substr(part[2], 1, length(part[2]) - 4), part[4])
    next
}
{
    gsub(/<table>/, "<div class=\"table\" tabindex=\"0\"><table>")
    gsub(/<\/table>/, "</table></div>")
    gsub(/<th>/, "<th scope=\"col\">")
    gsub(/<th style/, "<th scope=\"col\" style")
    # A claim's row, where it stands first, is where its links lead.
    if (match($0, /^<(td|li)><code>[a-z0-9.-]+<\/code>/)) {
        id = words(substr($0, 1, RLENGTH))
        gsub(/\./, "-", id)
        if (index(id, "-") && !("claim-" id in seen)) {
            seen["claim-" id] = 1
            sub(/^<(td|li)/, "& id=\"claim-" id "\"")
        }
    }
    # Links of the overview: by the verdict that their title names.
    if (/href="#claim-/) $0 = with_classes($0)
    if (match($0, /<(strong|td)>(reproduced|contradicted|inconclusive|untrusted|unsupported|holds here|does not hold here|undecided)/)) {
        tag = substr($0, RSTART, index(substr($0, RSTART), ">") - 1)
        verdict = class_of(substr($0, RSTART + length(tag) + 1, RLENGTH - length(tag) - 1))
        $0 = substr($0, 1, RSTART - 1) tag " class=\"" verdict "\"" substr($0, RSTART + length(tag))
    }
    print
}
END {
    while (depth) print tags[depth--]
    printf "</main>\n<script>"
    put(ENVIRON["page"] "/page.js")
    print "</script>\n</body>\n</html>"
}

function class_of(shown) {
    return shown == "holds here" ? "reproduced" : shown == "does not hold here" ? "contradicted" : shown == "undecided" ? "inconclusive" : shown == "cannot be tried here" ? "unsupported" : shown
}

function with_classes(line,    out, link, title) {
    out = ""
    while (match(line, /<a href="#claim-[a-z0-9-]*" title="[^"]*">/)) {
        link = substr(line, RSTART, RLENGTH)
        title = link
        sub(/.* title="/, "", title)
        sub(/">$/, "", title)
        sub(/^<a /, "<a class=\"" class_of(shown_in(title)) "\" aria-label=\"" title "\" ", link)
        out = out substr(line, 1, RSTART - 1) link
        line = substr(line, RSTART + RLENGTH)
    }
    return out line
}

# "FINDING, VERDICT (mark): CLAIM"
function shown_in(title) {
    sub(/^[^,]*, /, "", title)
    sub(/( \([a-z-]*\))?:.*/, "", title)
    return title
}
