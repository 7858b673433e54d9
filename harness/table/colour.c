/* SPDX-License-Identifier: MIT */
#include "table/colour.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GREEN "\033[32m"
#define RED "\033[31m"
#define YELLOW "\033[33m"
#define FAINT "\033[2m"
#define BOLD "\033[1m"
#define PLAIN "\033[0m"

/* NULL: none. */
static const char *colour_of(const char *word) {
    static const struct {
        const char *word, *colour;
    } colours[] = {
        {COLOUR_HEAD, BOLD},
        {"reproduced", GREEN},
        {"ok", GREEN},
        {"yes", GREEN},
        {"right", GREEN},
        {"opens here", GREEN},
        {"better", GREEN},
        {"adds up", GREEN},
        {"contradicted", RED},
        {"failed", RED},
        {"crashed", RED},
        {"wrong", RED},
        {"worse", RED},
        {"does not add up", RED},
        {"refused", RED},
        {"error", RED},
        {"inconclusive", YELLOW},
        {"untrusted", YELLOW},
        {"warning", YELLOW},
        {"differs", YELLOW},
        {"absent", YELLOW},
        {"does not open", YELLOW},
        {"timeout", YELLOW},
        {"not decided", YELLOW},
        {"not compared", YELLOW},
        {"not known here", YELLOW},
        {"cannot be checked", YELLOW},
        {"unsupported", FAINT},
        {"no", FAINT},
        {"note", FAINT},
    };
    for (size_t i = 0; i < sizeof colours / sizeof *colours; i++)
        if (strcmp(colours[i].word, word) == 0)
            return colours[i].colour;
    return NULL;
}

static bool is_wanted(FILE *out) {
    const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");
    return isatty(fileno(out)) && !(no_colour && *no_colour) &&
           !(terminal && strcmp(terminal, "dumb") == 0);
}

void colour_begin(FILE *out, const char *word) {
    if (colour_of(word) && is_wanted(out))
        fputs(colour_of(word), out);
}

void colour_end(FILE *out, const char *word) {
    if (colour_of(word) && is_wanted(out))
        fputs(PLAIN, out);
}

void colour_put(FILE *out, const char *word) {
    colour_begin(out, word);
    fputs(word, out);
    colour_end(out, word);
}
