/* SPDX-License-Identifier: MIT
 *
 * Text from a grammar, one byte per token, with known entropy, which no model can beat.
 *
 * A grammar is a table of rules. A rule's text has alternatives separated by '|', each with an
 * optional weight in front ("3*red|green": red three times as often), and names other rules in
 * braces. The first rule is a story. A rule whose name begins with a capital letter is drawn when a
 * story first names it, and stays the same for the rest of the story. Rules must not be recursive.
 * A story begins with the token STORY_START; stories follow each other endlessly.
 *
 * Inside, the grammar is a Markov chain whose states each emit one byte. A grammar that can produce
 * the same text in two ways is refused, so the chain's entropy is the text's:
 *
 *     sum over states of (share of visits) x (entropy of the choice of the next state)
 *
 * A compiled grammar does not change and may be used from several threads.
 */
#ifndef ANEPROBE_TRAIN_GRAMMAR_H
#define ANEPROBE_TRAIN_GRAMMAR_H

#include "device/device.h"

enum {
    STORY_START = 1,  /* the token that begins each text in llama2.c too */
    STORY_VOCAB = 128 /* all bytes are below this: ASCII */
};

struct grammar_rule {
    const char *name, *text;
};

/* The built-in stories. */
extern const struct grammar_rule story_rules[];
extern const int n_story_rules;

struct grammar;
/* Free with grammar_free. DEVICE_BROKEN and the rule's name when the text is not as above. */
enum device_status grammar_new(const struct grammar_rule *rules, int n_rules, struct grammar **out,
    struct device_error *error);
void grammar_free(struct grammar *grammar);

/* Nats per token of endless text, given all text from the beginning. Exact. */
double grammar_entropy(const struct grammar *grammar);
/* Mean tokens per story, including its STORY_START. */
double grammar_story_tokens(const struct grammar *grammar);

/* An endless text from a seed, starting in the middle of a story, as if a book of all stories were
 * opened at a random place. */
struct grammar_text {
    uint64_t random;
    uint32_t place; /* the state that emits the next byte */
};
void grammar_text_open(const struct grammar *grammar, uint64_t seed, struct grammar_text *text);
/* The same from the beginning of a story. */
void grammar_text_begin(const struct grammar *grammar, uint64_t seed, struct grammar_text *text);
/* The next token. *nats, if not NULL, gets the surprise of the choice after it. */
uint16_t grammar_text_next(const struct grammar *grammar, struct grammar_text *text, double *nats);

/* The best possible reader: it knows only the grammar and what it has read. */
struct grammar_reader;
/* NULL when out of memory. Use from one thread. */
struct grammar_reader *grammar_reader_new(const struct grammar *grammar);
void grammar_reader_free(struct grammar_reader *reader);
/* Opens the book at a random place, or at the beginning of a story. */
void grammar_reader_open(struct grammar_reader *reader);
void grammar_reader_begin(struct grammar_reader *reader);
/* Reads a token; returns its surprise in nats: infinity when it was impossible. */
double grammar_reader_next(struct grammar_reader *reader, uint16_t token);

/* The lowest mean loss that any model can have on windows of seq + 1 tokens from random places,
 * when it predicts tokens 1 .. seq, each from those before it in the window. It is higher than the
 * entropy, since a reader that starts in the middle must first find out where it is. The entropy is
 * exact; the excess is the best reader's mean over `n_windows` windows (two or more). */
struct grammar_floor {
    double nats;           /* per token */
    double standard_error; /* of it */
};
enum device_status grammar_floor_estimate(const struct grammar *grammar, int seq, int n_windows,
    uint64_t seed, struct grammar_floor *out, struct device_error *error);

#endif
