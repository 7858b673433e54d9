/* SPDX-License-Identifier: MIT */
#include "experiment/child.h"

#include <stdlib.h>
#include <string.h>

static int discard(void *context, const char *bytes, size_t n) {
    (void)context;
    (void)bytes;
    (void)n;
    return 0;
}

/* Opening a simulated device is a new process of the simulated engine. */
static enum exit_code apart_on_model(
    const struct trial_origin *origin, const struct trial_place *place, char *reason, size_t size) {
    char *bytes = NULL;
    size_t n_bytes = 0;
    FILE *out = open_memstream(&bytes, &n_bytes);
    if (!out) {
        snprintf(reason, size, "out of memory");
        return EXIT_BROKEN;
    }
    enum exit_code code = trial_run(origin->experiment, origin->options, place, out, reason, size);
    fclose(out);
    free(bytes);
    return code;
}

int trial_apart(struct trial *t, const char *arm) {
    const struct trial_origin *origin = trial_origin(t);
    struct trial_place place = *origin->place;
    char reason[700] = "";
    place.arm = NULL;
    for (size_t i = 0; i < origin->experiment->n_arms; i++)
        if (strcmp(origin->experiment->arms[i].name, arm) == 0)
            place.arm = &origin->experiment->arms[i];
    if (!place.arm)
        return trial_break(t, "%s has no arm '%s'", origin->experiment->name, arm);
    const enum exit_code code = strncmp(origin->options->device, "sim:", 4) == 0
                                    ? apart_on_model(origin, &place, reason, sizeof reason)
                                    : child_run(origin->options->program, origin->options, &place,
                                          discard, NULL, reason, sizeof reason);
    if (code == EXIT_DONE)
        return 0;
    return trial_break(
        t, "the other process (%s) did not complete%s%s", arm, *reason ? ": " : "", reason);
}

uint64_t trial_shared_seed(struct trial *t) {
    const struct trial_origin *origin = trial_origin(t);
    return trial_seed(origin->options->seed, "", origin->place->block);
}
