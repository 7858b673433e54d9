/* SPDX-License-Identifier: MIT
 *
 * Text from a grammar, one byte a token, with its entropy known: what no model can beat.
 *
 * A grammar is a table of rules. A rule's text has alternatives between '|', each with an optional
 * weight in front ("3*red|green": red three times as often), and names other rules in braces. The
 * first rule is a story. A rule whose name begins with a capital letter is drawn where a story first names
 * it, and stays the same for the rest of the story. Rules must not lead back to themselves. A story
 * begins with the token STORY_START; stories follow each other for ever.
 *
 * Inside, the grammar is a Markov chain whose states each emit one byte. A grammar that can make
 * one text in two ways is refused, and so the chain's entropy is the text's:
 *
 *     sum over states of (how often it is visited) x (entropy of its choice of the next state)
 *
 * A compiled grammar does not change and may be used from several threads.
 */
#ifndef ANEPROBE_TRAIN_GRAMMAR_H
#define ANEPROBE_TRAIN_GRAMMAR_H

#include "device/device.h"

enum {
    STORY_START = 1,  /* the token that begins each text in llama2.c too */
    STORY_VOCAB = 128 /* all bytes are below: ASCII */
};

struct grammar_rule {
    const char *name, *text;
};

/* The built-in stories. */
extern const struct grammar_rule story_rules[];
extern const int n_story_rules;

struct grammar;
/* To free with grammar_free. DEVICE_BROKEN and the rule's name when the text is not as above. */
enum device_status grammar_new(const struct grammar_rule *rules, int n_rules, struct grammar **out,
    struct device_error *error);
void grammar_free(struct grammar *grammar);

/* Nats per token of endless text, for who has read it from the beginning. Exact. */
double grammar_entropy(const struct grammar *grammar);
/* Mean tokens a story, its STORY_START included. */
double grammar_story_tokens(const struct grammar *grammar);

/* An endless text from a seed, from the middle of a story: as if one had opened a book of all
 * stories at a random place. */
struct grammar_text {
    uint64_t random;
    uint32_t place; /* the state whose byte is next */
};
void grammar_text_open(const struct grammar *grammar, uint64_t seed, struct grammar_text *text);
/* From the beginning of a story instead. */
void grammar_text_begin(const struct grammar *grammar, uint64_t seed, struct grammar_text *text);
/* The next token. *nats, when not NULL, gets the surprise of the choice that follows it. */
uint16_t grammar_text_next(const struct grammar *grammar, struct grammar_text *text, double *nats);

/* The best possible reader: knows the grammar and what it has read, nothing else. */
struct grammar_reader;
/* NULL when out of memory. Use from one thread. */
struct grammar_reader *grammar_reader_new(const struct grammar *grammar);
void grammar_reader_free(struct grammar_reader *reader);
/* Opens the book at a random place, or at the beginning of a story. */
void grammar_reader_open(struct grammar_reader *reader);
void grammar_reader_begin(struct grammar_reader *reader);
/* Reads a token; returns how much it surprised, in nats: infinity when it could not come. */
double grammar_reader_next(struct grammar_reader *reader, uint16_t token);

/* The lowest mean loss that any model can have on windows of seq + 1 tokens from random places,
 * when it predicts tokens 1 .. seq, each from those before it in the window. Higher than the
 * entropy, since who opens a book in the middle must first find out where. The entropy is exact;
 * what finding out costs beyond it is the mean over `n_windows` windows (two or more) of the best reader's. */
struct grammar_floor {
    double nats;           /* per token */
    double standard_error; /* of it */
};
enum device_status grammar_floor_estimate(const struct grammar *grammar, int seq, int n_windows,
    uint64_t seed, struct grammar_floor *out, struct device_error *error);

#endif
