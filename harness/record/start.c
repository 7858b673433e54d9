/* SPDX-License-Identifier: MIT */
#include "record/start.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void start_words_make(const struct start *start, struct start_words *out) {
    snprintf(out->block, sizeof out->block, "%u", start->block);
    snprintf(out->job, sizeof out->job, "%u", start->job);
    snprintf(out->asked_before, sizeof out->asked_before, "%u", start->asked_before);
    snprintf(out->seed, sizeof out->seed, "%" PRIu64, start->seed);
    const char *const words[] = {start->experiment, "--device", start->device, "--filter",
        start->arm, "--block", out->block, "--job", out->job, "--seed", out->seed, "--csv",
        start->csv, start->quick ? "--quick" : NULL, NULL, NULL, NULL};
    _Static_assert(sizeof words <= sizeof out->argv, "room for all words");
    memcpy(out->argv, words, sizeof words);
    if (start->asked_before == 0)
        return;
    size_t n = 0;
    while (out->argv[n])
        n++;
    out->argv[n] = "--asked-before";
    out->argv[n + 1] = out->asked_before;
}
