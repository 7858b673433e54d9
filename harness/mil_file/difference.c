/* SPDX-License-Identifier: MIT */
#include "base/files.h"
#include "base/spawn.h"
#include "mil_file/mil_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LIMIT_MS = 600000, PATH_BYTES = 4096 };

/* A file for diff, which reads files; the caller removes it. */
static int text_keep(const char *text, char path[PATH_BYTES], struct error *error) {
    const char *in = getenv("TMPDIR");
    snprintf(path, PATH_BYTES, "%.4000s/aneprobe-mil-XXXXXX", in && *in ? in : "/tmp");
    int fd = mkstemp(path);
    if (fd < 0)
        return path_error(error, "create", path);
    int failed = file_write_all(fd, text, strlen(text)) == 0 ? 0 : path_error(error, "write", path);
    close(fd);
    if (failed)
        unlink(path);
    return failed;
}

static int diff_run(const char *before, const char *after, struct error *error) {
    char diff[PATH_BYTES];
    const char *const argv[] = {diff, "-u", "-L", "before", "-L", "after", before, after, NULL};
    struct spawn_sink out = {.fd = STDOUT_FILENO, .limit = SIZE_MAX};
    const struct spawn_program program = {
        .argv = argv, .limits = {.time_ms = LIMIT_MS, .grace_ms = 1000}, .out = &out};
    struct spawn_result result;
    if (spawn_find("diff", diff, sizeof diff) != 0)
        return error_set(error, EXIT_BROKEN, "the difference cannot be shown: install diff");
    fflush(stdout);
    if (spawn_run(&program, &result, error) != 0)
        return -1;
    /* 1: they differ */
    return result.end == SPAWN_ENDED && (result.exit_code == 0 || result.exit_code == 1)
               ? 0
               : error_set(error, EXIT_BROKEN, "the difference cannot be shown: diff failed");
}

int difference_print(const char *before, const char *after, struct error *error) {
    char old_path[PATH_BYTES], new_path[PATH_BYTES];
    if (text_keep(before, old_path, error) < 0)
        return -1;
    int failed = text_keep(after, new_path, error);
    if (!failed) {
        failed = diff_run(old_path, new_path, error);
        unlink(new_path);
    }
    unlink(old_path);
    return failed;
}
