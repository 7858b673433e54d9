/* SPDX-License-Identifier: MIT
 *
 * What is computed from a grammar's chain: how often each place is visited, its entropy, and text.
 */
#include "train/data/grammar_chain.h"

#include "measure/random.h"

#include <math.h>
#include <stdlib.h>

static double choice_entropy(const struct grammar *g, uint32_t place) {
    double nats = 0;
    for (uint32_t w = g->first_way[place]; w < g->first_way[place + 1]; w++)
        nats -= g->ways[w].probability * log(g->ways[w].probability);
    return nats;
}

/* All ways except those back to the story's start lead to higher numbers, so one pass is enough. */
static enum device_status visits_count(struct grammar *g, struct device_error *error) {
    g->visits = calloc(g->n_places, sizeof *g->visits);
    g->reach = malloc(g->n_places * sizeof *g->reach);
    if (g->visits == NULL || g->reach == NULL)
        return device_error_set(error, DEVICE_BROKEN, "grammar", "out of memory");
    g->visits[0] = 1;
    for (uint32_t p = 0; p < g->n_places; p++) {
        g->story_tokens += g->visits[p];
        g->entropy_nats += g->visits[p] * choice_entropy(g, p);
        g->reach[p] = g->story_tokens;
        for (uint32_t w = g->first_way[p]; w < g->first_way[p + 1]; w++)
            if (g->ways[w].to != 0)
                g->visits[g->ways[w].to] += g->visits[p] * g->ways[w].probability;
    }
    for (uint32_t p = 0; p < g->n_places; p++)
        g->reach[p] /= g->story_tokens;
    g->entropy_nats /= g->story_tokens;
    return DEVICE_OK;
}

static enum device_status bytes_sort(struct grammar *g, struct device_error *error) {
    /* next[b] is set to the start of b's places; filling moves it to their end, first_of_byte[b +
     * 1] */
    uint32_t *next = g->first_of_byte + 1;
    g->by_byte = malloc(g->n_places * sizeof *g->by_byte);
    if (g->by_byte == NULL)
        return device_error_set(error, DEVICE_BROKEN, "grammar", "out of memory");
    for (uint32_t p = 0; p < g->n_places; p++)
        if (g->bytes[p] + 1 < STORY_VOCAB)
            next[g->bytes[p] + 1]++;
    for (int byte = 1; byte < STORY_VOCAB; byte++)
        next[byte] += next[byte - 1];
    for (uint32_t p = 0; p < g->n_places; p++)
        g->by_byte[next[g->bytes[p]]++] = p;
    return DEVICE_OK;
}

enum device_status grammar_new(const struct grammar_rule *rules, int n_rules, struct grammar **out,
    struct device_error *error) {
    *out = NULL;
    struct grammar *g = calloc(1, sizeof *g);
    if (g == NULL)
        return device_error_set(error, DEVICE_BROKEN, "grammar", "out of memory");
    enum device_status status = grammar_compile(rules, n_rules, g, error);
    if (status == DEVICE_OK)
        status = grammar_check(g, error);
    if (status == DEVICE_OK)
        status = visits_count(g, error);
    if (status == DEVICE_OK)
        status = bytes_sort(g, error);
    if (status != DEVICE_OK) {
        grammar_free(g);
        return status;
    }
    *out = g;
    return DEVICE_OK;
}

void grammar_free(struct grammar *g) {
    if (g == NULL)
        return;
    free(g->bytes);
    free(g->ways);
    free(g->first_way);
    free(g->visits);
    free(g->reach);
    free(g->by_byte);
    free(g);
}

double grammar_entropy(const struct grammar *g) {
    return g->entropy_nats;
}

double grammar_story_tokens(const struct grammar *g) {
    return g->story_tokens;
}

void grammar_text_begin(const struct grammar *g, uint64_t seed, struct grammar_text *text) {
    (void)g;
    *text = (struct grammar_text){.random = seed, .place = 0};
}

void grammar_text_open(const struct grammar *g, uint64_t seed, struct grammar_text *text) {
    text->random = seed;
    double where = random_unit(&text->random);
    uint32_t low = 0, high = g->n_places - 1; /* the first place with reach > where */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (g->reach[middle] > where)
            high = middle;
        else
            low = middle + 1;
    }
    text->place = low;
}

uint16_t grammar_text_next(const struct grammar *g, struct grammar_text *text, double *nats) {
    uint32_t place = text->place, way = g->first_way[place], last = g->first_way[place + 1] - 1;
    if (way < last) {
        double left = random_unit(&text->random);
        while (way < last && left >= g->ways[way].probability)
            left -= g->ways[way++].probability;
    }
    text->place = g->ways[way].to;
    if (nats != NULL)
        *nats = -log(g->ways[way].probability);
    return g->bytes[place];
}
