/* SPDX-License-Identifier: MIT
 *
 * Files a run that 'aneprobe submit' packed under results/.
 */
#include "runner/command/command.h"
#include "base/files.h"
#include "base/place.h"
#include "runner/run/report.h"
#include "runner/submit/submission.h"
#include "runner/submit/tarball.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The path of results/MACHINE/RUN, which must be new. */
static int place_find(const char *name, const struct bundle *bundle, const char *results,
    struct run *run, struct error *error) {
    char label[64];
    if (submission_label(name, bundle, label, error) != 0)
        return -1;
    int n = snprintf(run->path, sizeof run->path, "%s/%s/%s", results, label, bundle->run);
    if (n < 0 || (size_t)n >= sizeof run->path)
        return error_set(error, EXIT_BROKEN, "the path of %.80s is too long", results);
    return file_exists(run->path)
               ? error_set(error, EXIT_USAGE, "%s: %s already exists", name, run->path)
               : 0;
}

/* Moves the judged run to its place. */
static int run_file(const struct run *judged, const struct run *run, struct error *error) {
    char folder[sizeof run->path];
    snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(run->path, '/') - run->path), run->path);
    if (directory_make(folder, error) != 0)
        return -1;
    return rename(judged->path, run->path) == 0
               ? 0
               : error_set(error, EXIT_BROKEN, "cannot make %s: %s", run->path, strerror(errno));
}

static int add(const char *path, const char *results, struct error *error) {
    struct bundle bundle = {.n = 0};
    struct run judged = {.path = ""}, run = {.lock_fd = -1};
    const struct submission_names nobody = {NULL, NULL, NULL};
    int failed = tarball_open(path, &bundle, error);
    if (!failed)
        failed = submission_check(path, &bundle, &nobody, error);
    if (!failed)
        failed = place_find(path, &bundle, results, &run, error);
    if (!failed)
        failed = directory_make(results, error);
    if (!failed)
        failed = submission_judge(path, &bundle, results, &judged, error);
    if (!failed)
        failed = run_file(&judged, &run, error);
    submission_remove(&bundle, &judged);
    bundle_free(&bundle);
    if (!failed) {
        printf("run: %s\n", run.path);
        failed = report_write(&run, error);
    }
    return failed;
}

static const struct command_line add_line = {.name = "aneprobe add",
    .usage = "FILE",
    .text =
        "Creates results/MACHINE/RUN from a file made by 'submit', judged again from its samples, "
        "with a report. A file that is damaged, or whose verdicts do not follow from its samples, "
        "is refused. FILE may also be what a browser made of it: the .tar, or the unpacked folder.",
    .least_operands = 1,
    .most_operands = 1,
    .operand = "FILE"};

static int add_main(int argc, char **argv, struct error *error) {
    if (options_read(&add_line, argc, argv, NULL, NULL, NULL, error) != OPTIONS_READ)
        return error->code;
    char *results = place_results();
    int failed = results != NULL ? add(argv[1], results, error)
                                 : error_set(error, EXIT_BROKEN, "out of memory");
    free(results);
    return failed ? (int)error->code : EXIT_DONE;
}

const struct command command_add = {
    "add",
    "check a file made by 'submit' and put its run under results/",
    add_main,
    &add_line,
    NULL,
};
