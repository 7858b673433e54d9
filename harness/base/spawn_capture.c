/* SPDX-License-Identifier: MIT */
#include "base/spawn.h"
#include "base/signals.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Programs that answer the runner (--list, --about, --judge) do not measure anything: generous
 * limits. */
enum { CAPTURE_MS = 300000, CAPTURE_BYTES = 16 << 20 };

int spawn_capture(const char *const *argv, char **text, size_t *n_bytes, struct error *error) {
    struct spawn_sink out = {.fd = -1, .limit = CAPTURE_BYTES};
    struct spawn_sink err = {.fd = STDERR_FILENO, .limit = CAPTURE_BYTES};
    const struct spawn_program program = {.argv = argv,
        .limits = {.time_ms = CAPTURE_MS, .grace_ms = 2000},
        .out = &out,
        .err = &err};
    struct spawn_result result;
    char name[16];
    int failed = -1;
    if (spawn_run(&program, &result, error) != 0)
        goto done;
    switch (result.end) {
    case SPAWN_NOT_STARTED:
        error_set(error, EXIT_BROKEN, "cannot start %s: %s; build the suite first", argv[0],
            strerror(result.start_errno));
        goto done;
    case SPAWN_TIME_LIMIT:
    case SPAWN_IDLE_LIMIT:
        error_set(error, EXIT_BROKEN, "%s %s did not end within %d s", argv[0], argv[1],
            CAPTURE_MS / 1000);
        goto done;
    case SPAWN_SIZE_LIMIT:
        error_set(error, EXIT_BROKEN, "%s %s printed more than %d MiB", argv[0], argv[1],
            CAPTURE_BYTES >> 20);
        goto done;
    case SPAWN_INTERRUPTED:
        error_set(error, EXIT_INTERRUPTED, "interrupted");
        goto done;
    case SPAWN_REFUSED: /* these sinks never stop a program */
    case SPAWN_ENDED:
        break;
    }
    if (result.signal != 0)
        error_set(error, EXIT_BROKEN, "%s %s crashed (%s)", argv[0], argv[1],
            signal_name(result.signal, name));
    else if (result.exit_code != 0)
        error_set(error, (enum exit_code)result.exit_code, "%s %s failed with exit code %d",
            argv[0], argv[1], result.exit_code);
    else
        failed = 0;
done:
    if (failed || !out.text) {
        free(out.text);
        out.text = failed ? NULL : calloc(1, 1);
        out.n_bytes = 0;
        if (!failed && !out.text)
            failed = error_set(error, EXIT_BROKEN, "out of memory");
    }
    *text = out.text;
    *n_bytes = out.n_bytes;
    return failed;
}
