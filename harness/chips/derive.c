/* SPDX-License-Identifier: MIT */
#include "chips/derive.h"

#include "chips/fit.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const derive_chips[] = {"M1", "M1 Pro", "M1 Max", "M1 Ultra", "M2", "M2 Pro", "M2 Max",
    "M2 Ultra", "M3", "M3 Pro", "M3 Max", "M3 Ultra", "M4", "M4 Pro", "M4 Max", "M5", "M5 Pro",
    "M5 Max", "M6"};
const int derive_n_chips = sizeof derive_chips / sizeof *derive_chips;

struct derived *derive_key(struct derived_chip *chip, const char *key, const char *unit) {
    assert(chip->n_keys < DERIVED_MAX);
    struct derived *derived = &chip->keys[chip->n_keys++];
    *derived = (struct derived){.key = key, .unit = unit};
    evidence_open(&derived->evidence, chip->published);
    return derived;
}

void derive_set(struct derived *key, enum derive_basis basis, double number) {
    if (!isfinite(number))
        return;
    key->basis = basis;
    key->number = fit_round3(number);
}

void derive_set_word(struct derived *key, enum derive_basis basis, const char *word) {
    key->basis = basis;
    key->word = word;
}

void derive_note(struct derived *key, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(key->note, sizeof key->note, format, args);
    va_end(args);
}

int derive_chip(const struct published *published, const char *chip, struct derived_chip *out) {
    *out = (struct derived_chip){.published = published, .chip = chip};
    derive_compile(out);
    derive_engine(out);
    derive_limits(out);
    derive_effects(out);
    derive_host(out);
    for (int i = 0; i < out->n_keys; i++)
        if (out->keys[i].evidence.no_memory)
            return -1;
    return 0;
}

void derive_close(struct derived_chip *chip) {
    for (int i = 0; i < chip->n_keys; i++)
        evidence_close(&chip->keys[i].evidence);
    chip->n_keys = 0;
}

bool derive_is_enough(const struct derived_chip *chip) {
    static const char *const of_time[] = {"compile_ms", "compile_per_mb_ms", "dispatch_us",
        "tflops", "host_static_step_ms", "host_dynamic_step_ms"};
    for (int i = 0; i < chip->n_keys; i++)
        for (size_t k = 0; k < sizeof of_time / sizeof *of_time; k++)
            if (chip->keys[i].basis != DERIVE_UNKNOWN && strcmp(chip->keys[i].key, of_time[k]) == 0)
                return true;
    return false;
}
