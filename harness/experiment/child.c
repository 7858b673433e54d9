/* SPDX-License-Identifier: MIT */
#include "experiment/child.h"

#include "record/start.h"

#include <string.h>

int child_words_make(const struct options *options, const struct trial_place *place,
    struct child_words *out, char *reason, size_t size) {
    const struct start start = {.experiment = out->path,
        .device = options->device,
        .arm = place->arm->name,
        .csv = "-",
        .block = place->block,
        .job = place->job,
        .asked_before = place->asked_before,
        .value = place->value,
        .seed = options->seed,
        .quick = options->quick};
    if (spawn_find(options->program, out->path, sizeof out->path) != 0) {
        snprintf(reason, size, "%s cannot start itself: its file is gone", options->program);
        return -1;
    }
    start_words_make(&start, &out->words);
    return 0;
}

int child_start(const char *program, const struct options *options, const struct trial_place *place,
    unsigned limit_s, child_sink *sink, void *context, struct spawn_result *result, char *reason,
    size_t size) {
    struct child_words words = {.path = ""};
    struct spawn_sink out = {.limit = SIZE_MAX, .take = sink, .context = context};
    const struct spawn_program child = {.argv = words.words.argv,
        .limits = {.time_ms = (uint64_t)limit_s * 1000, .grace_ms = CHILD_GRACE_MS},
        .out = &out};
    struct error error;
    reason[0] = '\0';
    if (child_words_make(options, place, &words, reason, size) != 0)
        return -1;
    if (spawn_run(&child, result, &error) != 0) {
        snprintf(reason, size, "%s", error.text);
        return -1;
    }
    if (result->end == SPAWN_NOT_STARTED) {
        snprintf(
            reason, size, "%s cannot start itself: %s", program, strerror(result->start_errno));
        return -1;
    }
    if (result->end == SPAWN_TIME_LIMIT)
        snprintf(reason, size, "it exceeded its limit of %u s and was killed", limit_s);
    else if (result->end == SPAWN_ENDED && result->signal != 0)
        snprintf(reason, size, "it was killed by signal %d (%s)", result->signal,
            strsignal(result->signal));
    return 0;
}

enum exit_code child_run(const char *program, const struct options *options,
    const struct trial_place *place, child_sink *sink, void *context, char *reason, size_t size) {
    struct spawn_result result;
    if (child_start(program, options, place, place->arm->limit_s, sink, context, &result, reason,
            size) != 0)
        return EXIT_BROKEN;
    if (result.end == SPAWN_INTERRUPTED)
        return EXIT_INTERRUPTED;
    return result.end == SPAWN_ENDED && result.signal == 0 ? (enum exit_code)result.exit_code
                                                           : EXIT_BROKEN;
}
