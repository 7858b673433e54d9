# SPDX-License-Identifier: MIT
# A figure of gnuplot's (SVG on standard input) as a picture of letters, one for a square of `cell` pixels, and
# below it its texts. What was drawn last is on top. Letters are hues (r, o, g, b, p; capitals where dark), '#'
# dark and '+' light grey, 't' text; a pale fill is '-'. Grid lines are left out. With check=1, prints in place of
# that what texts overlap or leave the figure. Widths of texts are estimated, so that no font matters.

function attribute(text, name,    at) { # NAME="...", NAME='...' or NAME = '...'
    at = match(text, name "[ ]*=[ ]*[\"'][^\"']*")
    if (!at) return ""
    text = substr(text, RSTART, RLENGTH)
    sub(/^[^"']*["']/, "", text)
    return text
}

# The letter of "rgb(R,G,B)" or "#RRGGBB"; "" for white and for the grid.
function letter_of(colour,    part, red, green, blue, most, least, hue, dark) {
    gsub(/ /, "", colour)
    if (colour == "black") return "#"
    if (colour ~ /^rgb/) {
        split(substr(colour, 5), part, ",")
        red = part[1] + 0; green = part[2] + 0; blue = part[3] + 0
    } else if (colour ~ /^#/) {
        red = hex(substr(colour, 2, 2)); green = hex(substr(colour, 4, 2)); blue = hex(substr(colour, 6, 2))
    } else return ""
    most = red > green ? red : green; most = blue > most ? blue : most
    least = red < green ? red : green; least = blue < least ? blue : least
    if (least >= 250) return ""
    if (most - least < 24) return least > 220 ? (least < 232 ? "" : "-") : least > 120 ? "+" : "#"
    if (least > 190) return "-"
    if (most == red) hue = green > blue ? (green - blue) / (most - least) : 0
    else if (most == green) hue = 2 + (blue - red) / (most - least)
    else hue = 4 + (red - green) / (most - least)
    return hue < 0.3 ? "r" : hue < 1.2 ? "o" : hue < 3 ? "g" : hue < 4.3 ? "b" : "p"
}
function hex(two) { return 16 * (index("0123456789abcdef", tolower(substr(two, 1, 1))) - 1) + index("0123456789abcdef", tolower(substr(two, 2, 1))) - 1 }

function put(x, y, letter) {
    if (letter != "" && x >= 0 && y >= 0 && x < width && y < height) grid[int(x / cell), int(y / cell)] = letter
}

function put_line(x, y, to_x, to_y, letter,    n, i) {
    n = int(((to_x > x ? to_x - x : x - to_x) + (to_y > y ? to_y - y : y - to_y)) / cell * 2) + 1
    for (i = 0; i <= n; i++) put(x + (to_x - x) * i / n, y + (to_y - y) * i / n, letter)
}

# Points "X,Y" with M, L and Z between them, as far as gnuplot writes paths.
function put_path(points, letter,    n, part, i, at, x, y, from_x, from_y, is_move) {
    gsub(/[\t\n]/, " ", points)
    gsub(/M/, "M ", points)
    gsub(/L/, " ", points)
    gsub(/[Zz]/, " Z", points)
    n = split(points, part, " ")
    for (i = 1; i <= n; i++) {
        if (part[i] == "M") { is_move = 1; continue }
        if (part[i] == "Z") { put_line(x, y, from_x, from_y, letter); continue }
        split(part[i], at, ",")
        if (is_move) { from_x = at[1]; from_y = at[2] } else put_line(x, y, at[1], at[2], letter)
        x = at[1]; y = at[2]
        is_move = 0
    }
}

# gnuplot's polygons are boxes, but for the bands of filledcurves, whose box serves as well.
function put_box(points, letter,    n, part, i, at, x0, x1, y0, y1, x, y) {
    n = split(points, part, " ")
    for (i = 1; i <= n; i++) {
        split(part[i], at, ",")
        if (i == 1 || at[1] + 0 < x0) x0 = at[1] + 0
        if (i == 1 || at[1] + 0 > x1) x1 = at[1] + 0
        if (i == 1 || at[2] + 0 < y0) y0 = at[2] + 0
        if (i == 1 || at[2] + 0 > y1) y1 = at[2] + 0
    }
    for (x = x0; x <= x1; x += cell / 2) for (y = y0; y <= y1; y += cell / 2) put(x, y, letter)
}

function put_text(words,    wide, x, i) {
    gsub(/&lt;|&gt;|&amp;|&apos;|&quot;/, "x", words)
    gsub(/^ +| +$/, "", words)
    if (words == "") return
    wide = 0.5 * size * length(words)
    x = anchor == "end" ? text_x - wide : anchor == "middle" ? text_x - wide / 2 : text_x
    n_texts++
    said[n_texts] = words
    turned[n_texts] = angle
    left[n_texts] = x; right[n_texts] = x + wide
    top[n_texts] = text_y - 0.72 * size; bottom[n_texts] = text_y + 0.1 * size
    if (angle != 0) put(text_x, text_y, "t")
    else for (i = x; i <= x + wide; i += cell / 2) put(i, text_y - 0.35 * size, "t")
}

BEGIN { if (!cell) cell = 10 }
/viewBox=/ { split(attribute($0, "viewBox"), box, " "); width = box[3]; height = box[4] }
/<defs>/ { in_defs = 1 }
/<\/defs>/ { in_defs = 0; next }
in_defs { next }
/<g / && /transform=/ {
    place = attribute($0, "transform")
    angle = 0
    if (match(place, /rotate\([-0-9.]*/)) angle = substr(place, RSTART + 7, RLENGTH - 7) + 0
    sub(/^translate\(/, "", place)
    split(place, at, ",")
    text_x = at[1] + 0; text_y = at[2] + 0
    size = attribute($0, "font-size") + 0
    anchor = attribute($0, "text-anchor")
}
/<text/ {
    words = $0
    gsub(/<[^>]*>|\t/, "", words)
    put_text(words)
    next
}
/<polygon/ { put_box(attribute($0, "points"), letter_of(attribute($0, "fill"))) }
/<use / {
    split($0, mark, "<use ")
    for (i = 2; i in mark; i++) {
        place = attribute(mark[i], "transform")
        sub(/^translate\(/, "", place)
        split(place, at, ",")
        put(at[1], at[2] + 0, letter_of(attribute(mark[i], "color")))
    }
    split("", mark)
}
# A path may go on over several lines.
path != "" {
    path = path " " $0
    if ($0 ~ /'/) path_end()
    next
}
# A line may have several; only the last one may go on.
/<path/ {
    n_paths = split($0, drawn, "<path ")
    for (k = 2; k <= n_paths; k++) {
        stroke = drawn[k] ~ /class="gridline"/ ? "" : letter_of(attribute(drawn[k], "stroke"))
        path = drawn[k]
        sub(/.* d='/, "", path)
        if (path ~ /'/) path_end()
    }
}
function path_end() {
    sub(/'.*/, "", path)
    put_path(path, stroke)
    path = ""
}
END {
    for (i = 1; i <= n_texts && check; i++) {
        if (turned[i] != 0) continue
        if (left[i] < -2 || right[i] > width + 2 || top[i] < -2 || bottom[i] > height + 2) print "outside: " said[i]
        for (k = 1; k < i; k++)
            if (turned[k] == 0 && left[i] + 2 < right[k] && left[k] + 2 < right[i] && top[i] + 2 < bottom[k] && top[k] + 2 < bottom[i])
                print "overlap: " said[k] " | " said[i]
    }
    for (y = 0; y < height / cell && !check; y++) {
        line = ""
        for (x = 0; x < width / cell; x++) line = line ((x, y) in grid ? grid[x, y] : " ")
        sub(/ +$/, "", line)
        print line
    }
}
