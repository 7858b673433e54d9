/* SPDX-License-Identifier: MIT
 *
 * The best possible reader: keeps all places where the text may be, with their probabilities.
 */
#include "train/data/grammar_chain.h"

#include "measure/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct candidate {
    uint32_t place;
    double weight;
};

struct grammar_reader {
    const struct grammar *grammar;
    struct candidate *now, *next;
    uint32_t n_now;
    bool is_anywhere; /* nothing read yet: `now` is all places */
    uint32_t *slot;   /* of a place in next, plus 1; all 0 between calls */
};

struct grammar_reader *grammar_reader_new(const struct grammar *grammar) {
    struct grammar_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        return NULL;
    reader->grammar = grammar;
    reader->now = malloc(grammar->n_places * sizeof *reader->now);
    reader->next = malloc(grammar->n_places * sizeof *reader->next);
    reader->slot = calloc(grammar->n_places, sizeof *reader->slot);
    if (reader->now == NULL || reader->next == NULL || reader->slot == NULL) {
        grammar_reader_free(reader);
        return NULL;
    }
    grammar_reader_begin(reader);
    return reader;
}

void grammar_reader_free(struct grammar_reader *reader) {
    if (reader == NULL)
        return;
    free(reader->now);
    free(reader->next);
    free(reader->slot);
    free(reader);
}

void grammar_reader_open(struct grammar_reader *reader) {
    reader->is_anywhere = true;
}

void grammar_reader_begin(struct grammar_reader *reader) {
    reader->is_anywhere = false;
    reader->n_now = 1;
    reader->now[0] = (struct candidate){0, 1};
}

/* Only the places that emit the token: going through all places would take most of the time. */
static double anywhere_fitting(struct grammar_reader *reader, uint16_t token) {
    const struct grammar *g = reader->grammar;
    double fitting = 0;
    reader->n_now = 0;
    if (token >= STORY_VOCAB)
        return 0;
    for (uint32_t i = g->first_of_byte[token]; i < g->first_of_byte[token + 1]; i++) {
        double weight = g->visits[g->by_byte[i]] / g->story_tokens;
        reader->now[reader->n_now++] = (struct candidate){g->by_byte[i], weight};
        fitting += weight;
    }
    return fitting;
}

/* Keeps the candidates that emit the token; returns their share of the total. */
static double now_fitting(struct grammar_reader *reader, uint16_t token) {
    double all = 0, fitting = 0;
    uint32_t n = 0;
    for (uint32_t i = 0; i < reader->n_now; i++) {
        struct candidate candidate = reader->now[i];
        all += candidate.weight;
        if (reader->grammar->bytes[candidate.place] != token)
            continue;
        fitting += candidate.weight;
        reader->now[n++] = candidate;
    }
    reader->n_now = n;
    return fitting / all;
}

double grammar_reader_next(struct grammar_reader *reader, uint16_t token) {
    const struct grammar *g = reader->grammar;
    double fitting =
        reader->is_anywhere ? anywhere_fitting(reader, token) : now_fitting(reader, token);
    uint32_t n_next = 0;
    reader->is_anywhere = false;
    for (uint32_t i = 0; i < reader->n_now; i++) {
        struct candidate from = reader->now[i];
        for (uint32_t w = g->first_way[from.place]; w < g->first_way[from.place + 1]; w++) {
            uint32_t *slot = &reader->slot[g->ways[w].to];
            if (*slot == 0) {
                reader->next[n_next] = (struct candidate){g->ways[w].to, 0};
                *slot = ++n_next;
            }
            reader->next[*slot - 1].weight += from.weight * g->ways[w].probability / fitting;
        }
    }
    for (uint32_t i = 0; i < n_next; i++)
        reader->slot[reader->next[i].place] = 0;
    struct candidate *swap = reader->now;
    reader->now = reader->next;
    reader->next = swap;
    reader->n_now = n_next;
    return fitting > 0 ? -log(fitting) : INFINITY;
}

/* The reader's surprise is compared with that of the text's own choices, whose mean is the entropy:
 * both see the same draws, so their difference has little variance. */
enum device_status grammar_floor_estimate(const struct grammar *grammar, int seq, int n_windows,
    uint64_t seed, struct grammar_floor *out, struct device_error *error) {
    struct grammar_reader *reader = grammar_reader_new(grammar);
    double sum = 0, sum_of_squares = 0, n = n_windows;
    if (reader == NULL)
        return device_error_set(error, DEVICE_BROKEN, "grammar", "out of memory");
    for (int i = 0; i < n_windows; i++) {
        struct grammar_text text;
        double more = 0, chosen;
        grammar_text_open(grammar, random_next(&seed), &text);
        grammar_reader_open(reader);
        for (int t = 0; t <= seq; t++) {
            double surprise =
                grammar_reader_next(reader, grammar_text_next(grammar, &text, &chosen));
            if (t > 0)
                more += surprise;
            if (t < seq) /* the choice after token t makes token t + 1 */
                more -= chosen;
        }
        more /= seq;
        sum += more;
        sum_of_squares += more * more;
    }
    grammar_reader_free(reader);
    out->nats = grammar->entropy_nats + sum / n;
    out->standard_error = sqrt(fmax(sum_of_squares - sum * sum / n, 0) / (n - 1) / n);
    return DEVICE_OK;
}
