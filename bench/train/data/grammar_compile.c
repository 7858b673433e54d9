/* SPDX-License-Identifier: MIT
 *
 * From rules to places: rules are expanded where they are named, once for each combination of what
 * the story has drawn so far.
 */
#include "train/data/grammar_chain.h"

#include "base/array.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 16, BOUND_MAX = 4, PLACES_MAX = 1 << 22, WAYS_MAX = 1 << 24 };

struct from_to {
    uint32_t from, to;
    double probability;
};

/* A place without a successor yet, with the probability of getting from there to here. */
struct end {
    uint32_t place;
    uint32_t drawn; /* 8 bits per bound rule: its alternative in this story + 1, 0 = not drawn */
    double probability;
};

struct ends {
    struct end *at;
    size_t n, room;
};

struct compiler {
    const struct grammar_rule *rules;
    int n_rules;
    struct grammar *grammar;
    size_t places_room;
    struct from_to *ways;
    size_t n_ways, ways_room;
    int bound[BOUND_MAX]; /* rules drawn once per story */
    int n_bound;
    struct device_error *error;
};

static int refuse(struct compiler *c, int rule, const char *what) {
    device_error_set(
        c->error, DEVICE_BROKEN, "grammar", "rule '%s': %s", c->rules[rule].name, what);
    return -1;
}

static int no_memory(struct compiler *c) {
    device_error_set(c->error, DEVICE_BROKEN, "grammar", "out of memory");
    return -1;
}

static int ends_add(struct compiler *c, struct ends *ends, struct end end) {
    struct end *at = array_room(ends->at, ends->n, &ends->room, sizeof *at);
    if (!at)
        return no_memory(c);
    ends->at = at;
    ends->at[ends->n++] = end;
    return 0;
}

static int way_add(struct compiler *c, uint32_t from, uint32_t to, double probability) {
    if (c->n_ways == WAYS_MAX)
        return refuse(c, 0, "the grammar has more than 16 million ways");
    struct from_to *ways = array_room(c->ways, c->n_ways, &c->ways_room, sizeof *ways);
    if (!ways)
        return no_memory(c);
    c->ways = ways;
    c->ways[c->n_ways++] = (struct from_to){from, to, probability};
    return 0;
}

static int place_add(struct compiler *c, uint8_t byte, uint32_t *place) {
    if (c->grammar->n_places == PLACES_MAX)
        return refuse(c, 0, "the grammar has more than 4 million places");
    uint8_t *bytes = array_room(c->grammar->bytes, c->grammar->n_places, &c->places_room, 1);
    if (!bytes)
        return no_memory(c);
    c->grammar->bytes = bytes;
    *place = c->grammar->n_places++;
    c->grammar->bytes[*place] = byte;
    return 0;
}

/* Adds a place after all ends with equal draws; the new places are then the only ends. */
static int byte_write(struct compiler *c, uint8_t byte, struct ends *ends) {
    size_t n = 0; /* new ends, kept at the front: no more than old ones so far */
    for (size_t i = 0; i < ends->n; i++) {
        struct end from = ends->at[i];
        size_t same = 0;
        while (same < n && ends->at[same].drawn != from.drawn)
            same++;
        if (same == n) {
            struct end new = {.drawn = from.drawn, .probability = 1};
            if (place_add(c, byte, &new.place) != 0)
                return -1;
            ends->at[n++] = new;
        }
        if (way_add(c, from.place, ends->at[same].place, from.probability) != 0)
            return -1;
    }
    ends->n = n;
    return 0;
}

/* One alternative of a rule. */
struct choice {
    const char *text;
    size_t bytes;
    double weight;
};

/* The alternative at *cursor, which moves on; false after the last. */
static bool choice_next(const char **cursor, struct choice *choice) {
    const char *at = *cursor;
    if (at == NULL)
        return false;
    size_t digits = strspn(at, "0123456789");
    choice->weight = 1;
    if (digits > 0 && at[digits] == '*') {
        choice->weight = strtod(at, NULL);
        at += digits + 1;
    }
    choice->text = at;
    choice->bytes = strcspn(at, "|");
    *cursor = at[choice->bytes] == '|' ? at + choice->bytes + 1 : NULL;
    return true;
}

static double weights_sum(const char *text) {
    double sum = 0;
    struct choice choice;
    for (const char *cursor = text; choice_next(&cursor, &choice);)
        sum += choice.weight;
    return sum;
}

static int rule_find(struct compiler *c, int rule, const char *name, size_t n) {
    for (int i = 0; i < c->n_rules; i++)
        if (strlen(c->rules[i].name) == n && memcmp(c->rules[i].name, name, n) == 0)
            return i;
    device_error_set(c->error, DEVICE_BROKEN, "grammar", "rule '%s': no rule '%.*s'",
        c->rules[rule].name, (int)n, name);
    return -1;
}

/* Reads the rule's name in braces at the front of the text. Its index, or -1. */
static int name_take(struct compiler *c, int rule, struct choice *rest) {
    const char *close = memchr(rest->text, '}', rest->bytes);
    if (close == NULL)
        return refuse(c, rule, "'{' without '}'");
    size_t n = (size_t)(close - rest->text - 1);
    int named = rule_find(c, rule, rest->text + 1, n);
    rest->text += n + 2;
    rest->bytes -= n + 2;
    return named;
}

static int bound_index(const struct compiler *c, int rule) {
    for (int i = 0; i < c->n_bound; i++)
        if (c->bound[i] == rule)
            return i;
    return -1;
}

static int rule_write(struct compiler *c, int rule, int depth, struct ends *ends);

static int choice_write(
    struct compiler *c, int rule, struct choice choice, int depth, struct ends *ends) {
    while (choice.bytes > 0) {
        if (*choice.text == '{') {
            int named = name_take(c, rule, &choice);
            if (named < 0 || rule_write(c, named, depth + 1, ends) != 0)
                return -1;
            continue;
        }
        uint8_t byte = (uint8_t)*choice.text++;
        choice.bytes--;
        if (byte_write(c, byte, ends) != 0)
            return -1;
    }
    return 0;
}

/* The ends that take alternative number `index` of a rule: all of them, with its share of their
 * probability; for a bound rule, those that have drawn it before, and a share of those that draw it
 * now. */
static int ends_choose(struct compiler *c, const struct ends *ends, int bound, uint32_t index,
    double share, struct ends *chosen) {
    chosen->n = 0;
    for (size_t i = 0; i < ends->n; i++) {
        struct end end = ends->at[i];
        uint32_t drawn = bound >= 0 ? end.drawn >> 8 * bound & 255 : 0;
        if (drawn != 0 && drawn != index + 1)
            continue;
        if (drawn == 0)
            end.probability *= share;
        if (bound >= 0)
            end.drawn |= (index + 1) << 8 * bound;
        if (ends_add(c, chosen, end) != 0)
            return -1;
    }
    return 0;
}

static int rule_write(struct compiler *c, int rule, int depth, struct ends *ends) {
    int bound = bound_index(c, rule), result = 0;
    struct ends all = {0}, some = {0};
    struct choice choice;
    if (depth > DEPTH_MAX)
        return refuse(c, rule, "leads back to itself, or is more than 16 rules deep");
    double sum = weights_sum(c->rules[rule].text);
    const char *cursor = c->rules[rule].text;
    for (uint32_t i = 0; result == 0 && choice_next(&cursor, &choice); i++) {
        result = ends_choose(c, ends, bound, i, choice.weight / sum, &some);
        if (result == 0)
            result = choice_write(c, rule, choice, depth, &some);
        for (size_t j = 0; result == 0 && j < some.n; j++)
            result = ends_add(c, &all, some.at[j]);
    }
    free(some.at);
    free(ends->at);
    *ends = all;
    return result;
}

static int rules_check(struct compiler *c) {
    for (int i = 0; i < c->n_rules; i++) {
        const char *text = c->rules[i].text, *name = c->rules[i].name;
        for (const char *at = text; *at; at++)
            if ((*at < ' ' && *at != '\n') || *at > '~')
                return refuse(c, i, "only printable ASCII and line ends are allowed");
        struct choice choice;
        int n_choices = 0;
        for (const char *cursor = text; choice_next(&cursor, &choice); n_choices++)
            if (choice.weight < 1)
                return refuse(c, i, "a weight of 0");
        if (*name < 'A' || *name > 'Z')
            continue;
        if (c->n_bound == BOUND_MAX || n_choices > 254)
            return refuse(
                c, i, "at most four rules of 254 alternatives can be drawn once per story");
        c->bound[c->n_bound++] = i;
    }
    return 0;
}

static int stories_write(struct compiler *c) {
    struct ends ends = {0};
    struct end begin = {.probability = 1};
    int result = place_add(c, STORY_START, &begin.place);
    if (result == 0)
        result = ends_add(c, &ends, begin);
    if (result == 0)
        result = rule_write(c, 0, 0, &ends);
    for (size_t i = 0; result == 0 && i < ends.n; i++)
        result = way_add(c, ends.at[i].place, begin.place, ends.at[i].probability);
    free(ends.at);
    return result;
}

/* Sorts the ways by the places they come from. */
static int ways_sort(struct compiler *c) {
    struct grammar *g = c->grammar;
    g->first_way = calloc((size_t)g->n_places + 1, sizeof *g->first_way);
    g->ways = malloc((c->n_ways + 1) * sizeof *g->ways);
    if (g->first_way == NULL || g->ways == NULL)
        return no_memory(c);
    for (size_t i = 0; i < c->n_ways; i++)
        g->first_way[c->ways[i].from]++;
    uint32_t sum = 0;
    for (uint32_t p = 0; p <= g->n_places; p++)
        g->first_way[p] = sum += g->first_way[p];
    /* each count is now the end of its place's ways; filling from the back turns it into their
     * start */
    for (size_t i = c->n_ways; i-- > 0;)
        g->ways[--g->first_way[c->ways[i].from]] =
            (struct grammar_way){c->ways[i].to, c->ways[i].probability};
    return 0;
}

enum device_status grammar_compile(const struct grammar_rule *rules, int n_rules,
    struct grammar *grammar, struct device_error *error) {
    struct compiler c = {.rules = rules, .n_rules = n_rules, .grammar = grammar, .error = error};
    int result = rules_check(&c);
    if (result == 0)
        result = stories_write(&c);
    if (result == 0)
        result = ways_sort(&c);
    free(c.ways);
    return result == 0 ? DEVICE_OK : DEVICE_BROKEN;
}
