/* SPDX-License-Identifier: MIT */
#include "record/start.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void start_words_make(const struct start *start, struct start_words *out) {
    snprintf(out->block, sizeof out->block, "%u", start->block);
    snprintf(out->job, sizeof out->job, "%u", start->job);
    snprintf(out->asked_before, sizeof out->asked_before, "%u", start->asked_before);
    snprintf(out->value, sizeof out->value, "%" PRIu64, start->value);
    snprintf(out->seed, sizeof out->seed, "%" PRIu64, start->seed);
    const char *const words[] = {start->experiment, "--device", start->device, "--filter",
        start->arm, "--block", out->block, "--job", out->job, "--seed", out->seed, "--csv",
        start->csv, start->quick ? "--quick" : NULL};
    enum { N_MORE = 5 }; /* two options, and NULL */
    _Static_assert(sizeof words / sizeof *words + N_MORE <= sizeof out->argv / sizeof *out->argv,
        "room for all words");
    size_t n = sizeof words / sizeof *words - !start->quick;
    memset(out->argv, 0, sizeof out->argv);
    memcpy(out->argv, words, n * sizeof *words);
    if (start->asked_before > 0) {
        out->argv[n++] = "--asked-before";
        out->argv[n++] = out->asked_before;
    }
    if (start->value > 0) {
        out->argv[n++] = "--value";
        out->argv[n++] = out->value;
    }
}
