/* SPDX-License-Identifier: MIT
 *
 * A file that 'aneprobe submit' made, taken in.
 */
#include "runner/command/command.h"
#include "base/files.h"
#include "runner/submit/gzip.h"
#include "runner/command/options.h"
#include "runner/command/places.h"
#include "runner/run/report.h"
#include "runner/submit/submission.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The text of a submission; the caller frees it. */
static int unpack(const struct submission_workspace *work, const char *path, char **text,
    size_t *n_text, struct error *error) {
    char *packed;
    size_t n_packed;
    if (file_read(path, SUBMISSION_MOST_PACKED, &packed, &n_packed, error) != 0)
        return -1;
    int failed = 0;
    if (packed == NULL)
        failed = error_set(error, EXIT_USAGE, "%s: no such file", path);
    else if (n_packed < 2 || memcmp(packed, "\x1f\x8b", 2) != 0)
        failed = error_set(
            error, EXIT_BROKEN, "%s is no submission; 'aneprobe submit RUN' makes one", path);
    else
        failed =
            gzip_unpack(&work->run, path, packed, n_packed, BUNDLE_MOST_BYTES, text, n_text, error);
    free(packed);
    return failed;
}

/* Into results/MACHINE/RUN, which must be new. */
static int file_run(const struct submission_workspace *work, const char *name,
    const struct bundle *bundle, const char *results, struct run *run, struct error *error) {
    char label[64];
    if (submission_label(name, bundle, label, error) != 0)
        return -1;
    int n = snprintf(run->path, sizeof run->path, "%s/%s/%s", results, label, bundle->run);
    if (n < 0 || (size_t)n >= sizeof run->path)
        return error_set(error, EXIT_BROKEN, "the path of %.80s is too long", results);
    if (file_exists(run->path))
        return error_set(error, EXIT_USAGE, "%s: %s is there already", name, run->path);
    if (submission_judge(name, bundle, work, error) != 0)
        return -1;
    char *slash = strrchr(run->path, '/');
    *slash = '\0';
    int failed = directory_make(run->path, error);
    *slash = '/';
    if (!failed && rename(work->judged.path, run->path) != 0)
        failed = error_set(error, EXIT_BROKEN, "cannot make %s: %s", run->path, strerror(errno));
    return failed;
}

static int add(const char *path, const char *results, struct error *error) {
    struct bundle bundle = {.n = 0};
    struct submission_workspace work = {.run.path = ""};
    struct run run = {.lock_fd = -1};
    const struct submission_names nobody = {NULL, NULL, NULL};
    char *text = NULL;
    size_t n_text = 0;
    int failed = submission_open(&work, results, error);
    if (!failed)
        failed = unpack(&work, path, &text, &n_text, error);
    if (!failed)
        failed = bundle_read(path, text, n_text, &bundle, error);
    if (!failed)
        failed = submission_check(path, &bundle, &nobody, error);
    if (!failed)
        failed = file_run(&work, path, &bundle, results, &run, error);
    submission_close(&work, &bundle);
    if (!failed) {
        printf("run: %s\n", run.path);
        failed = report_write(&run, error);
    }
    free(text);
    return failed;
}

int command_add(int argc, char **argv, struct error *error) {
    int n = options_parse(argc, argv, NULL, 0, error);
    if (n >= 0 && n != 1)
        n = error_set(error, EXIT_USAGE, "'add' takes one file, which 'aneprobe submit' made");
    if (n < 0)
        return error->code;
    char *results = place_in_source("results");
    int failed = results != NULL ? add(argv[0], results, error)
                                 : error_set(error, EXIT_BROKEN, "out of memory");
    free(results);
    return failed ? (int)error->code : EXIT_DONE;
}
