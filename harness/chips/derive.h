/* SPDX-License-Identifier: MIT
 *
 * From published rows to the parameters of the simulated engine, one chip at a time. Every rule is
 * in derive*.c next to its key; keys that no rule covers stay unknown.
 */
#ifndef ANEPROBE_CHIPS_DERIVE_H
#define ANEPROBE_CHIPS_DERIVE_H

#include "chips/evidence.h"

enum derive_basis { DERIVE_UNKNOWN, DERIVE_FITTED, DERIVE_PUBLISHED };

/* One parameter: a number, or a word of the sim file. */
struct derived {
    const char *key, *unit;
    enum derive_basis basis;
    double number;
    const char *word; /* instead of the number, or NULL */
    struct evidence evidence;
    char note[320];
};

enum { DERIVED_MAX = 128 };

struct derived_chip {
    const struct published *published;
    const char *chip;
    struct derived keys[DERIVED_MAX];
    int n_keys;
};

/* The M-series, oldest first. */
extern const char *const derive_chips[];
extern const int derive_n_chips;

/* All keys of a chip; call derive_close in any case. -1: out of memory. */
int derive_chip(const struct published *published, const char *chip, struct derived_chip *out);
void derive_close(struct derived_chip *chip);

/* Whether anything about time is known; only such chips are worth simulating. */
bool derive_is_enough(const struct derived_chip *chip);

/* Weights of the 60 programs with weights in Stories110M's trainer: 12 layers of five, in MB of
 * 2^20 bytes (maderix/ANE training/stories_mil.h). */
#define DERIVE_SET_MB (12 * 2.0 * 14288384 / 1048576)
enum { DERIVE_SET_PROGRAMS = 60 };

/* ---- for derive_*.c */

/* Adds a key, still unknown; at most DERIVED_MAX. */
struct derived *derive_key(struct derived_chip *chip, const char *key, const char *unit);
/* Sets the value, to three digits, from the evidence in it. Not finite: stays unknown. */
void derive_set(struct derived *key, enum derive_basis basis, double number);
void derive_set_word(struct derived *key, enum derive_basis basis, const char *word);
void derive_note(struct derived *key, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void derive_compile(struct derived_chip *chip);
void derive_engine(struct derived_chip *chip);
void derive_limits(struct derived_chip *chip);
void derive_effects(struct derived_chip *chip);
void derive_host(struct derived_chip *chip);

#endif
