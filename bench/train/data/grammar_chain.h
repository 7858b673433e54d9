/* SPDX-License-Identifier: MIT
 *
 * A grammar as a Markov chain, for the files behind grammar.h.
 *
 * A place emits one byte and chooses the next place. Place 0 emits STORY_START. What was drawn once
 * for a story is part of the place: each combination has its own copy of the text that follows.
 * Places are numbered in order of writing: all ways lead to higher numbers, except those back to 0.
 */
#ifndef ANEPROBE_TRAIN_GRAMMAR_CHAIN_H
#define ANEPROBE_TRAIN_GRAMMAR_CHAIN_H

#include "train/data/grammar.h"

struct grammar_way {
    uint32_t to;
    double probability;
};

struct grammar {
    uint8_t *bytes; /* of each place */
    uint32_t n_places;
    struct grammar_way *ways; /* of place p: from first_way[p] up to first_way[p + 1] */
    uint32_t *first_way;
    double *visits;    /* to each place, per story */
    double *reach;     /* cumulative share of all visits, up to and including this place */
    uint32_t *by_byte; /* all places, sorted by the byte they emit: */
    uint32_t first_of_byte[STORY_VOCAB + 1];
    double story_tokens, entropy_nats;
};

/* Fills places and ways from the rules, ambiguous or not. */
enum device_status grammar_compile(const struct grammar_rule *rules, int n_rules,
    struct grammar *grammar, struct device_error *error);

/* DEVICE_BROKEN with an example when the chain can emit one text in two ways. */
enum device_status grammar_check(const struct grammar *grammar, struct device_error *error);

#endif
