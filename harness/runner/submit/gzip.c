/* SPDX-License-Identifier: MIT */
#include "runner/submit/gzip.h"
#include "base/files.h"
#include "base/spawn.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct spawn_limits limits = {.time_ms = 300000, .grace_ms = 1000};
enum { MESSAGES_BYTES = 4096 };

/* gzip on `path`, what it gives in *out. *too_much = it was stopped at `most` bytes. */
static int run_gzip(const char *options, const char *path, size_t most, char **out, size_t *n_out,
    bool *too_much, struct error *error) {
    const char *argv[] = {"/usr/bin/env", "gzip", options, "--", path, NULL};
    struct spawn_sink into = {.fd = -1, .limit = most};
    struct spawn_sink err = {.fd = -1, .limit = MESSAGES_BYTES};
    struct spawn_result result;
    int failed = spawn_run(argv, NULL, &limits, &into, &err, &result, error);
    *too_much = !failed && result.end == SPAWN_SIZE_LIMIT;
    if (!failed && result.end == SPAWN_INTERRUPTED) {
        failed = error_set(error, EXIT_INTERRUPTED, "interrupted");
    } else if (!failed && !*too_much && (result.end != SPAWN_ENDED || result.exit_code != 0)) {
        /* "gzip: PATH: WORDS", maybe after an empty line; the path is one of ours. */
        const char *words = err.text != NULL ? strstr(err.text, path) : NULL;
        if (words != NULL)
            words += strlen(path);
        failed = error_set(error, EXIT_BROKEN, "gzip failed%.200s", words != NULL ? words : "");
        error->text[strcspn(error->text, "\n")] = '\0';
    }
    free(err.text);
    if (failed || *too_much) {
        free(into.text);
        return failed;
    }
    *out = into.text != NULL ? into.text : calloc(1, 1);
    *n_out = into.n_bytes;
    return *out != NULL ? 0 : error_set(error, EXIT_BROKEN, "out of memory");
}

static int through(const struct run *work, const char *file, const char *options, const char *bytes,
    size_t n_bytes, size_t most, char **out, size_t *n_out, bool *too_much, struct error *error) {
    char path[RUN_PATH_SIZE];
    run_path(work, path, "%s", file);
    int failed = file_replace(path, bytes, n_bytes, error);
    if (!failed)
        failed = run_gzip(options, path, most, out, n_out, too_much, error);
    unlink(path);
    return failed;
}

int gzip_pack(const struct run *work, const char *bytes, size_t n_bytes, char **out, size_t *n_out,
    struct error *error) {
    bool too_much;
    int failed = through(
        work, "packed", "-9nc", bytes, n_bytes, n_bytes + 65536, out, n_out, &too_much, error);
    return !failed && too_much ? error_set(error, EXIT_BROKEN, "gzip gives more than it takes")
                               : failed;
}

int gzip_unpack(const struct run *work, const char *name, const char *bytes, size_t n_bytes,
    size_t most, char **out, size_t *n_out, struct error *error) {
    bool too_much;
    struct error why = {EXIT_DONE, ""};
    if (through(work, "packed.gz", "-dc", bytes, n_bytes, most, out, n_out, &too_much, &why) != 0)
        return error_set(error, why.code, "%s: %s; have it sent again", name, why.text);
    if (!too_much)
        return 0;
    return error_set(
        error, EXIT_BROKEN, "%s: unpacks to more than %zu bytes: no submission does", name, most);
}
