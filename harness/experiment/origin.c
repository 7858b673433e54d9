/* SPDX-License-Identifier: MIT */
#include "experiment/origin.h"

#include "mil/hash.h"
#include "record/sample.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void origin_add(struct origin *origin, const char *text, size_t bytes) {
    struct mil_hash hash = mil_hash_start();
    mil_hash_add(&hash, text, bytes);
    for (size_t i = 0; i < origin->n_texts && i < ORIGIN_TEXTS; i++)
        if (origin->texts[i] == hash.a)
            return;
    if (origin->n_texts < ORIGIN_TEXTS)
        origin->texts[origin->n_texts] = hash.a;
    origin->n_texts++;
}

void origin_print(const struct origin *origin, const char *version, uint64_t n_rows,
    char out[ORIGIN_REASON_SIZE]) {
    uint64_t sum = 0; /* independent of the random order */
    for (size_t i = 0; i < origin->n_texts && i < ORIGIN_TEXTS; i++)
        sum += origin->texts[i];
    int n = sample_end_print(n_rows, out, ORIGIN_REASON_SIZE);
    if (origin->n_texts > 0 && origin->n_texts <= ORIGIN_TEXTS)
        n += snprintf(out + n, ORIGIN_REASON_SIZE - (size_t)n, " programs=%016" PRIx64, sum);
    if (version)
        snprintf(out + n, ORIGIN_REASON_SIZE - (size_t)n, " version=%.16s", version);
}

void origin_word(const char *reason, const char *name, char out[ORIGIN_WORD_SIZE]) {
    const size_t n = strlen(name);
    out[0] = '\0';
    for (const char *at = reason; (at = strchr(at, ' ')) != NULL;) {
        at++;
        if (strncmp(at, name, n) == 0 && at[n] == '=') {
            const size_t length = strcspn(at + n + 1, " ");
            if (length < ORIGIN_WORD_SIZE)
                snprintf(out, ORIGIN_WORD_SIZE, "%.*s", (int)length, at + n + 1);
            return;
        }
    }
}
