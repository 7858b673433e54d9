/* SPDX-License-Identifier: MIT */
#include "experiment/run.h"

#include "base/files.h"
#include "base/signals.h"
#include "base/status_line.h"
#include "experiment/child.h"
#include "experiment/collect.h"
#include "experiment/judge.h"
#include "experiment/order.h"
#include "experiment/trial.h"
#include "base/place.h"
#include "measure/memory_file.h"
#include "record/claims.h"
#include "record/disturbed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *run_findings_path(const struct options *options) {
    static char *shipped; /* for the life of the process */
    if (!options->findings && !shipped)
        shipped = place_data("results/findings.csv");
    return options->findings ? options->findings : shipped ? shipped : "results/findings.csv";
}

/* Opening a simulated device is a new process of the simulated engine, so its trials need no process here. */
static bool trials_in_process(const struct options *options) {
    return strncmp(options->device, "sim:", 4) == 0;
}

static int sink(void *context, const char *bytes, size_t n) {
    return collect_add(context, bytes, n);
}

static enum exit_code trial_here(const struct experiment *e, const struct options *options,
    const struct trial_place *place, struct collect *collect, char *reason, size_t size) {
    char *bytes = NULL;
    size_t n_bytes = 0;
    FILE *out = open_memstream(&bytes, &n_bytes);
    if (!out) {
        snprintf(reason, size, "out of memory");
        return EXIT_BROKEN;
    }
    enum exit_code code = trial_run(e, options, place, out, reason, size);
    if (memory_file_close(out, &bytes) != 0 && code == EXIT_DONE) {
        snprintf(reason, size, "out of memory");
        code = EXIT_BROKEN;
    }
    if (bytes && collect_add(collect, bytes, n_bytes) != 0 && code == EXIT_DONE)
        code = EXIT_BROKEN;
    free(bytes);
    return code;
}

static void progress(
    const struct options *options, const char *name, const struct trial_place *place, size_t n) {
    if (options->verbose)
        fprintf(stderr, "%s: trial %u of %zu: %s, block %u%s\n", name, place->job, n,
            place->arm->name, place->block, place->asked_before ? ", which was disturbed" : "");
    else if (place->asked_before)
        status_line_show(stderr, "%s: a disturbed trial again", name);
    else
        status_line_show(stderr, "%s: %zu trials left", name, n - (place->job - ORDER_FIRST_JOB));
}

/* All trials of a run by hand. */
struct by_hand {
    const struct experiment *experiment;
    const struct options *options;
    struct collect *collect;
    struct order_trial *trials;
    size_t n, n_jobs, n_unsupported;
    bool *disturbed; /* each trial, when it was last asked */
};

/* Does the last row that was collected say so? */
static bool last_is_disturbed(const struct collect *collect) {
    const char *bytes = collect->bytes, *head_end = memchr(bytes, '\n', collect->n_bytes);
    if (!head_end || bytes[collect->n_bytes - 1] != '\n')
        return false;
    const size_t n_head = (size_t)(head_end - bytes) + 1;
    size_t last = collect->n_bytes - 1;
    while (last > n_head && bytes[last - 1] != '\n')
        last--;
    const size_t n_last = collect->n_bytes - last;
    char *rows = malloc(n_head + n_last);
    struct csv_table *table = NULL;
    struct error ignored;
    enum disturbed disturbed = DISTURBED_UNKNOWN;
    double others_pct;
    if (rows) {
        memcpy(rows, bytes, n_head);
        memcpy(rows + n_head, bytes + last, n_last);
        if (csv_table_parse("samples", rows, n_head + n_last, &table, &ignored) != 0 ||
            csv_rows(table) != 1 ||
            disturbed_read(table, 0, &disturbed, &others_pct, &ignored) != 0)
            disturbed = DISTURBED_UNKNOWN;
    }
    csv_table_free(table);
    free(rows);
    return disturbed == DISTURBED_YES;
}

static bool may_go_on(const struct by_hand *all) {
    return !signals_stop_asked() && !all->collect->error;
}

/* One trial, with what went wrong in it on stderr. The worst code goes to *error: broken, failed. */
static void trial_ask(struct by_hand *all, size_t i, unsigned asked_before, struct error *error) {
    const struct experiment *e = all->experiment;
    const struct options *options = all->options;
    struct collect *collect = all->collect;
    struct trial_place place = {.arm = &e->arms[all->trials[i].arm],
        .block = all->trials[i].block,
        .job = ORDER_FIRST_JOB + (unsigned)all->n_jobs++,
        .asked_before = asked_before};
    char reason[700];
    progress(options, e->name, &place, all->n);
    collect_begin(collect);
    const enum exit_code code =
        trials_in_process(options)
            ? trial_here(e, options, &place, collect, reason, sizeof reason)
            : child_run(options->program, options, &place, sink, collect, reason, sizeof reason);
    collect_end(collect);
    if (code != EXIT_DONE && reason[0])
        fprintf(stderr, "%s: %s: %s\n", e->name, place.arm->name, reason);
    all->disturbed[i] = code == EXIT_DONE && last_is_disturbed(collect);
    all->n_unsupported += code == EXIT_UNSUPPORTED;
    if (code == EXIT_BROKEN || code == EXIT_USAGE)
        error->code = EXIT_BROKEN;
    else if (code == EXIT_FAILED && error->code == EXIT_DONE)
        error->code = EXIT_FAILED;
}

/* Disturbed trials again, unless nothing rests on their time or the machine does not get quiet. */
static void disturbed_ask(struct by_hand *all, struct error *error) {
    unsigned in_vain = 0;
    for (unsigned asked = 1; asked <= DISTURBED_ASKS_AGAIN; asked++)
        for (size_t i = 0; i < all->n && in_vain < DISTURBED_IN_VAIN && may_go_on(all); i++) {
            if (!all->disturbed[i])
                continue;
            trial_ask(all, i, asked, error);
            in_vain = all->disturbed[i] ? in_vain + 1 : 0;
        }
}

/* The claims tell whether any rests on time; where they cannot be read judgement will say so. */
static bool rests_on_time(const struct experiment *e, const struct options *options) {
    struct csv_table *claims = NULL;
    struct error ignored;
    const bool on_time = csv_table_read(run_findings_path(options), &claims, &ignored) == 0 &&
                         claims_any_on_time(claims, e->name);
    csv_table_free(claims);
    return on_time;
}

/* Judges what was collected, as the last of these looks. */
static int collected_judge(const struct experiment *e, const struct options *options,
    const struct collect *collect, const struct looks *looks, struct judge_result *result,
    struct error *error) {
    struct csv_table *samples = NULL;
    const char *name = options->csv ? options->csv : "samples";
    int failed = csv_table_parse(name, collect->bytes, collect->n_bytes, &samples, error);
    if (!failed)
        failed = judge_samples(e, samples, name, run_findings_path(options), looks, result, error);
    csv_table_free(samples);
    return failed;
}

/* Is there nothing left to find out? A look that cannot be made, as at no samples at all, stops nothing:
 * what is wrong is said at the end. */
static bool look_decides(const struct experiment *e, const struct options *options,
    const struct collect *collect, const struct looks *looks) {
    struct judge_result result = {0};
    struct error ignored;
    const bool stops = collected_judge(e, options, collect, looks, &result, &ignored) == 0 &&
                       look_stops(&result.look);
    judge_result_free(&result);
    return stops;
}

static unsigned blocks_planned(const struct experiment *e, const struct options *options) {
    unsigned most = 0;
    for (size_t i = 0; i < e->n_arms; i++)
        if (options_arm_chosen(options, &e->arms[i]) &&
            options_arm_blocks(options, &e->arms[i]) > most)
            most = options_arm_blocks(options, &e->arms[i]);
    return most;
}

static void stop_say(const char *name, const struct looks *looks, size_t n_done, size_t n) {
    char words[LOOKS_WORDS_SIZE];
    fprintf(stderr,
        "%s: every claim is decided after %zu of %zu trials (--fixed runs all); samples are judged "
        "again with --looks %s\n",
        name, n_done, n, looks_print(looks, words));
}

/* Runs all trials; prints errors on stderr. The worst code goes to *error: broken, failed,
 * unsupported (if all are), done. Stops at a planned look when nothing is left to find out; a
 * number of blocks that was asked for is done whole. *looks are those that were made, the last one
 * with all samples. */
static int trials_run(const struct experiment *e, const struct options *options,
    struct collect *collect, struct looks *looks, struct error *error) {
    struct by_hand all = {.experiment = e, .options = options, .collect = collect};
    bool stopped = false;
    const bool may_stop = !options->fixed && options->reps == 0;
    *looks = (struct looks){.planned = blocks_planned(e, options)};
    all.trials = order_by_hand(e, options, &all.n);
    all.disturbed = calloc(all.n + 1, sizeof *all.disturbed);
    if (!all.trials || !all.disturbed) {
        free(all.trials);
        free(all.disturbed);
        return error_set(error, EXIT_BROKEN, "out of memory");
    }
    for (size_t i = 0; i < all.n && may_go_on(&all); i++) {
        const unsigned done = all.trials[i].block;
        if (may_stop && i > 0 && all.trials[i - 1].block < done &&
            looks_after(done, looks->planned)) {
            looks_add(looks, done);
            stopped = look_decides(e, options, collect, looks);
            if (stopped)
                break;
        }
        trial_ask(&all, i, 0, error);
    }
    if (!stopped && rests_on_time(e, options))
        disturbed_ask(&all, error);
    if (!options->verbose)
        status_line_clear(stderr);
    if (stopped)
        stop_say(e->name, looks, all.n_jobs, all.n);
    else
        looks_add_end(looks);
    free(all.trials);
    free(all.disturbed);
    if (signals_stop_asked())
        error->code = EXIT_INTERRUPTED;
    else if (collect->error == EPIPE && collect->out == stdout) {
        error->code = EXIT_BROKEN; /* program_end ends without a word then */
        return -1;
    } else if (collect->error)
        return error_set(error, EXIT_BROKEN,
            "cannot write the samples: %s; free some space or give --csv another path",
            strerror(collect->error));
    else if (error->code == EXIT_DONE && all.n_jobs > 0 && all.n_unsupported == all.n_jobs)
        error->code = EXIT_UNSUPPORTED;
    return 0;
}

static void tap_print(const struct judge_result *result) {
    printf("1..%zu\n", result->n_list);
    for (size_t i = 0; i < result->n_list; i++)
        tap_verdict(stdout, i + 1, result->list[i].finding, verdict_name(result->list[i].verdict),
            result->list[i].reason);
}

/* Judges the collected samples and prints the result: TAP or CSV on stdout, or lines on stderr when
 * stdout has the samples. */
static int verdicts_say(const struct experiment *e, const struct options *options,
    const struct collect *collect, const struct looks *looks, struct error *error) {
    struct judge_result result = {0};
    if (collected_judge(e, options, collect, looks, &result, error) != 0)
        return -1;
    if (options->tap)
        tap_print(&result);
    else if (options->csv && strcmp(options->csv, "-") == 0)
        for (size_t i = 0; i < result.n_list; i++)
            fprintf(stderr, "%s: %s: %s: %s\n", e->name, result.list[i].finding,
                verdict_name(result.list[i].verdict), result.list[i].reason);
    else if (result.n_list > 0)
        fwrite(result.verdicts, 1, result.verdicts_bytes, stdout);
    else
        fwrite(result.summary, 1, result.summary_bytes, stdout);
    judge_result_free(&result);
    return 0;
}

/* Checks once that the device opens, before anything is written. With TAP a missing device is a
 * plan of no tests. */
static int device_ask(
    const struct experiment *e, const struct options *options, struct error *error) {
    struct device *device;
    struct device_error why;
    if (device_open(options->device, options->seed, &device, &why) == DEVICE_OK) {
        device_close(device);
        return 0;
    }
    if (!options->tap || why.status != DEVICE_UNSUPPORTED)
        return device_error_give(&why, error);
    printf("1..0 # SKIP %s\n", why.text);
    fprintf(stderr, "%s: %s\n", e->name, why.text);
    return -1;
}

int run_all(const struct experiment *e, const struct options *options, struct error *error) {
    if (device_ask(e, options, error) != 0 || signals_open(error) != 0)
        return -1;
    struct collect collect = {0};
    bool to_file = options->csv && strcmp(options->csv, "-") != 0;
    if (options->csv)
        collect.out = to_file ? output_open(options->csv, "--csv", error) : stdout;
    if (options->csv && !collect.out)
        return -1;
    struct looks looks;
    int failed = trials_run(e, options, &collect, &looks, error);
    if (to_file && fclose(collect.out) != 0 && !failed)
        failed = error_set(error, EXIT_BROKEN, "%s: %s", options->csv, strerror(errno));
    if (error->code != EXIT_INTERRUPTED && collect.error != EPIPE && collect.n_bytes > 0) {
        struct error judging = {.code = EXIT_DONE};
        if (verdicts_say(e, options, &collect, &looks, &judging) != 0)
            failed = error_set(error, judging.code, "%s", judging.text);
        /* with TAP the lines say everything; a harness would take another exit code for a breakdown
         */
        else if (options->tap && error->code != EXIT_BROKEN)
            error->code = EXIT_DONE;
    }
    collect_free(&collect);
    return failed;
}
