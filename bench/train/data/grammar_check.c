/* SPDX-License-Identifier: MIT
 *
 * Checks whether one text can be made in two ways. Follows pairs of different places that have
 * emitted the same text since they diverged: the grammar is ambiguous if they ever meet again.
 */
#include "train/data/grammar_chain.h"

#include <stdlib.h>

/* Two places reached by the same text since they diverged. */
struct pair {
    uint32_t a, b;   /* a < b */
    uint32_t parent; /* the pair before, or NO_PARENT */
};
#define NO_PARENT UINT32_MAX

struct search {
    const struct grammar *grammar;
    struct pair *pairs; /* all found so far, in order; those from `done` on are pending */
    uint32_t n_pairs, room;
    uint32_t *slots;  /* hash table of their numbers + 1; 0 is free */
    uint32_t n_slots; /* a power of 2, at least twice n_pairs */
};

static uint32_t slot_of(const struct search *s, uint32_t a, uint32_t b) {
    uint64_t key = (uint64_t)a << 32 | b;
    uint32_t slot = (uint32_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> 32) & (s->n_slots - 1);
    while (s->slots[slot] != 0) {
        const struct pair *other = &s->pairs[s->slots[slot] - 1];
        if (other->a == a && other->b == b)
            break;
        slot = (slot + 1) & (s->n_slots - 1);
    }
    return slot;
}

static int search_grow(struct search *s) {
    uint32_t room = s->room == 0 ? 1024 : 2 * s->room;
    struct pair *pairs = realloc(s->pairs, room * sizeof *pairs);
    if (pairs == NULL)
        return -1;
    s->pairs = pairs;
    s->room = room;
    free(s->slots);
    s->n_slots = 4 * room;
    s->slots = calloc(s->n_slots, sizeof *s->slots);
    if (s->slots == NULL)
        return -1;
    for (uint32_t i = 0; i < s->n_pairs; i++)
        s->slots[slot_of(s, pairs[i].a, pairs[i].b)] = i + 1;
    return 0;
}

enum found { FOUND_NOTHING, FOUND_MEETING, FOUND_NO_MEMORY };

/* Records the pair a, b, reached from `parent`. */
static enum found pair_found(struct search *s, uint32_t a, uint32_t b, uint32_t parent) {
    if (s->grammar->bytes[a] != s->grammar->bytes[b])
        return FOUND_NOTHING;
    if (a == b)
        return FOUND_MEETING;
    struct pair pair = {a < b ? a : b, a < b ? b : a, parent};
    if (s->n_pairs == s->room && search_grow(s) != 0)
        return FOUND_NO_MEMORY;
    uint32_t slot = slot_of(s, pair.a, pair.b);
    if (s->slots[slot] == 0) {
        s->pairs[s->n_pairs++] = pair;
        s->slots[slot] = s->n_pairs;
    }
    return FOUND_NOTHING;
}

/* Visits pairs of ways that leave one place; sets `*parent` to the pair after which ways met. */
static enum found search_run(struct search *s, uint32_t *parent) {
    const struct grammar *g = s->grammar;
    enum found found = FOUND_NOTHING;
    *parent = NO_PARENT;
    for (uint32_t p = 0; p < g->n_places; p++)
        for (uint32_t i = g->first_way[p]; i < g->first_way[p + 1]; i++)
            for (uint32_t j = i + 1; j < g->first_way[p + 1] && found == FOUND_NOTHING; j++)
                found = pair_found(s, g->ways[i].to, g->ways[j].to, NO_PARENT);
    for (uint32_t done = 0; found == FOUND_NOTHING && done < s->n_pairs; done++) {
        uint32_t a = s->pairs[done].a, b = s->pairs[done].b;
        *parent = done;
        for (uint32_t i = g->first_way[a]; i < g->first_way[a + 1]; i++)
            for (uint32_t j = g->first_way[b]; j < g->first_way[b + 1] && found == FOUND_NOTHING;
                 j++)
                found = pair_found(s, g->ways[i].to, g->ways[j].to, done);
    }
    return found;
}

enum device_status grammar_check(const struct grammar *grammar, struct device_error *error) {
    struct search s = {.grammar = grammar};
    uint32_t at;
    enum found found = search_run(&s, &at);
    enum device_status status = DEVICE_OK;
    if (found == FOUND_NO_MEMORY)
        status = device_error_set(error, DEVICE_BROKEN, "grammar", "out of memory");
    if (found == FOUND_MEETING) {
        /* the common text backwards from where the ways met */
        char text[64], *begin = text + sizeof text - 1;
        *begin = '\0';
        for (; at != NO_PARENT && begin > text; at = s.pairs[at].parent)
            *--begin = (char)grammar->bytes[s.pairs[at].a];
        status = device_error_set(error, DEVICE_BROKEN, "grammar",
            "ambiguous: two ways make the same text, '%s', so its entropy is unknown", begin);
    }
    free(s.pairs);
    free(s.slots);
    return status;
}
