/* SPDX-License-Identifier: MIT
 *
 * Packs a run into one file, after every check of 'aneprobe add'.
 */
#include "runner/command/command.h"
#include "measure/digest.h"
#include "base/files.h"
#include "runner/run/journal.h"
#include "runner/run/samples.h"
#include "runner/submit/submission.h"
#include "runner/submit/tarball.h"

#include <ctype.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct names {
    char host[256], user[256], home[1024];
};

/* Words that identify nobody. */
static void forget(char *word) {
    if (strlen(word) < 3 || strcmp(word, "root") == 0 || strcmp(word, "/root") == 0 ||
        strcmp(word, "localhost") == 0)
        word[0] = '\0';
}

static void names_find(struct names *names) {
    *names = (struct names){.host = ""};
    if (gethostname(names->host, sizeof names->host - 1) != 0)
        names->host[0] = '\0';
    names->host[strcspn(names->host, ".")] = '\0';
    const struct passwd *user = getpwuid(getuid());
    const char *home = getenv("HOME");
    snprintf(names->user, sizeof names->user, "%s", user != NULL ? user->pw_name : "");
    snprintf(names->home, sizeof names->home, "%s", home != NULL ? home : "");
    forget(names->host);
    forget(names->user);
    forget(names->home);
}

static int take_file(
    const struct run *run, const char *name, struct bundle *bundle, struct error *error) {
    char path[RUN_PATH_SIZE], *bytes;
    size_t n_bytes;
    if (file_read(run_path(run, path, "%s", name), BUNDLE_MOST_BYTES, &bytes, &n_bytes, error) != 0)
        return -1;
    if (bytes == NULL)
        return error_set(error, EXIT_BROKEN,
            "%s is missing: the run is not complete, or was not judged ('aneprobe judge %s')", path,
            run->path);
    return bundle_add(bundle, name, bytes, n_bytes, error);
}

/* The samples of every experiment of the schedule that has some, as in jobs/. */
static int take_samples(const struct run *run, const struct schedule *schedule,
    const struct journal *journal, struct bundle *bundle, struct error *error) {
    int failed = 0;
    for (size_t i = 0; i < schedule->n && !failed; i++) {
        const char *experiment = schedule->jobs[i].experiment;
        char path[RUN_PATH_SIZE], name[BUNDLE_NAME_SIZE];
        snprintf(name, sizeof name, "samples/%.60s.csv", experiment);
        if (bundle_find(bundle, name) != NULL || !file_exists(run_path(run, path, "%s", name)))
            continue;
        failed = take_file(run, name, bundle, error);
        const struct bundle_file *file = &bundle->files[bundle->n - 1];
        if (!failed)
            failed = samples_check(
                run, schedule, journal, experiment, path, file->bytes, file->n_bytes, error);
    }
    return failed;
}

/* 20261123T103227Z-66f12cd45181 */
static bool is_stamp(const char *name) {
    static const char form[] = "ddddddddTddddddZ-";
    size_t i = 0;
    for (; form[i] != '\0'; i++)
        if (form[i] == 'd' ? !isdigit((unsigned char)name[i]) : name[i] != form[i])
            return false;
    size_t n = strspn(name + i, "0123456789abcdefghijklmnopqrstuvwxyz-");
    return n > 0 && n < 40 && name[i + n] == '\0';
}

/* The run's own name if it is a time and a commit, else one made from its contents. */
static int name_run(const struct run *run, struct bundle *bundle, struct error *error) {
    const char *slash = strrchr(run->path, '/'), *name = slash != NULL ? slash + 1 : run->path;
    if (is_stamp(name)) {
        snprintf(bundle->run, sizeof bundle->run, "%.80s", name);
        return 0;
    }
    char sums[BUNDLE_SUMS_SIZE], hex[DIGEST_HEX_BYTES];
    unsigned char bytes[DIGEST_BYTES];
    struct digest digest;
    if (bundle_sums(bundle, sums, error) != 0)
        return -1;
    digest_start(&digest);
    digest_add(&digest, sums, strlen(sums));
    if (digest_end(&digest, bytes) != 0)
        return error_set(error, EXIT_BROKEN, "out of memory");
    digest_hex(bytes, hex);
    snprintf(bundle->run, sizeof bundle->run, "run-%.12s", hex);
    return 0;
}

static int take_run(const struct run *run, struct bundle *bundle, struct error *error) {
    struct schedule schedule = {0};
    struct journal journal = {0};
    char path[RUN_PATH_SIZE];
    int failed = 0;
    bundle_init(bundle);
    const struct bundle_file *files = bundle->files;
    const bool is_older = !file_exists(run_path(run, path, "%s", files[BUNDLE_EXPERIMENTS].name)) &&
                          file_exists(run_path(run, path, BUNDLE_EXPERIMENTS_BEFORE));
    for (size_t i = 0; i < BUNDLE_FIXED && !failed; i++)
        failed = take_file(run,
            is_older && i == BUNDLE_EXPERIMENTS ? BUNDLE_EXPERIMENTS_BEFORE : files[i].name, bundle,
            error);
    if (!failed && !file_exists(run_path(run, path, "jobs")))
        failed = error_set(error, EXIT_BROKEN,
            "%s is missing: submit the run where it was made, with the output of its trials", path);
    if (!failed)
        failed = schedule_parse(run_path(run, path, "schedule.csv"), files[BUNDLE_SCHEDULE].bytes,
            files[BUNDLE_SCHEDULE].n_bytes, &schedule, error);
    if (!failed)
        failed = journal_parse(run_path(run, path, "jobs.csv"), files[BUNDLE_JOBS].bytes,
            files[BUNDLE_JOBS].n_bytes, &schedule, &journal, error);
    if (!failed)
        failed = take_samples(run, &schedule, &journal, bundle, error);
    if (!failed)
        failed = bundle_complete(bundle, error);
    journal_free(&journal);
    schedule_free(&schedule);
    return failed ? -1 : name_run(run, bundle, error);
}

/* Packs what has been checked. */
static int save(const struct bundle *bundle, const char *path, struct error *error) {
    char *packed;
    size_t n_packed;
    if (tarball_pack(bundle, &packed, &n_packed, error) != 0)
        return -1;
    int failed = file_replace(path, packed, n_packed, error);
    if (!failed)
        printf("%s\n%zu files, %zu bytes, packed to %zu\n"
               "checked: complete, samples as its trials wrote them, verdicts follow from them, no "
               "host, user or home directory named\n",
            path, bundle->n, bundle->n_bytes, n_packed);
    free(packed);
    return failed;
}

static int submit(const struct run *run, const char *out, struct error *error) {
    struct bundle bundle = {.n = 0};
    struct run judged = {.path = ""};
    struct names found;
    char label[64], path[BUNDLE_NAME_SIZE + 96];
    names_find(&found);
    const struct submission_names names = {found.host, found.user, found.home};
    const char *parent = getenv("TMPDIR");
    int failed = out != NULL ? output_check(out, "--out", false, error) : 0;
    if (!failed)
        failed = take_run(run, &bundle, error);
    if (!failed)
        failed = submission_check(run->path, &bundle, &names, error);
    if (!failed)
        failed = submission_label(run->path, &bundle, label, error);
    if (!failed) {
        snprintf(path, sizeof path, "%s-%s.tar.gz", label, bundle.run);
        failed = out != NULL ? 0 : output_check(path, "--out", false, error);
    }
    if (!failed)
        failed = submission_judge(run->path, &bundle,
            parent != NULL && parent[0] != '\0' ? parent : "/tmp", &judged, error);
    if (!failed)
        failed = save(&bundle, out != NULL ? out : path, error);
    submission_remove(&bundle, &judged);
    bundle_free(&bundle);
    return failed;
}

struct submit_options {
    const char *out;
};

static const struct option submit_options[] = {
    {"--out", "FILE", "MACHINE-RUN.tar.gz in this directory", "write the submission to this file",
        OPTION_WORD, OPTION_FIELD(struct submit_options, out)},
};

static const struct command_line submit_line = {.name = "aneprobe submit",
    .usage = "RUN [--out FILE]",
    .text = "Checks that the run is complete, that its samples are what its trials wrote, that its "
            "verdicts follow from them, and that no host, user or home directory is named; then "
            "packs it.",
    .options = submit_options,
    .n_options = sizeof submit_options / sizeof *submit_options,
    .least_operands = 1,
    .most_operands = 1,
    .operand = "RUN"};

static int submit_main(int argc, char **argv, struct error *error) {
    struct submit_options o = {NULL};
    struct run run = {.lock_fd = -1};
    int failed = options_read(&submit_line, argc, argv, &o, NULL, NULL, error) != OPTIONS_READ ||
                 run_open(&run, argv[1], error) != 0 || run_lock(&run, error) != 0 ||
                 submit(&run, o.out, error) != 0;
    run_close(&run);
    return failed ? (int)error->code : EXIT_DONE;
}

const struct command command_submit = {
    "submit",
    "check a run and pack it into one file",
    submit_main,
    &submit_line,
    NULL,
};
