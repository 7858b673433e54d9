/* SPDX-License-Identifier: MIT */
#include "runner/run/report.h"
#include "base/place.h"
#include "base/spawn.h"

#include <stdlib.h>

int report_write(const struct run *run, struct error *error) {
    char *script = place_data("plots/report.sh");
    if (script == NULL)
        return error_set(error, EXIT_BROKEN, "out of memory");
    const char *argv[] = {"/bin/sh", script, run->path, NULL};
    char *text = NULL;
    size_t n_bytes;
    int failed = spawn_capture(argv, &text, &n_bytes, error);
    free(text);
    free(script);
    return failed;
}
