/* SPDX-License-Identifier: MIT
 *
 * aneprobe-train: trains a model on a device whose programs hold their weights. Started by
 * `aneprobe train`; re-executes itself when a process has no room left for programs.
 *
 * Exit: 0 done, 1 failed, 2 usage, 77 unsupported here, 99 broken, 130 interrupted.
 */
#include "base/files.h"
#include "base/options.h"
#include "base/printable.h"
#include "base/program.h"
#include "base/signals.h"
#include "base/status_line.h"
#include "train/model/llama2.h"
#include "train/host/sample.h"
#include "train/data/tokenizer.h"
#include "train/run/training.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t stop;

static void stop_on(int number) {
    (void)number;
    stop = 1;
}

/* The first signal ends after the batch, the second one immediately. */
static void signals_take(void) {
    struct sigaction action = {.sa_handler = stop_on, .sa_flags = (int)SA_RESETHAND | SA_RESTART};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    struct sigaction now;
    /* Ignored: started by nohup, so it outlives its terminal. */
    if (sigaction(SIGHUP, NULL, &now) == 0 && now.sa_handler != SIG_IGN)
        sigaction(SIGHUP, &action, NULL);
}

static int complain(const struct device_error *from, struct error *error) {
    device_error_give(from, error);
    return error->code == EXIT_USAGE ? -1 : error_prefix(error, "%s: ", from->stage);
}

static void interrupted_set(const struct run_options *o, struct error *error) {
    (void)error_set(error, EXIT_INTERRUPTED, "interrupted; continue with: %s --resume %s",
        run_options_line.name, o->out);
}

struct progress_times {
    uint64_t next_ns; /* of the training's clock */
    uint64_t said_ns;
};

/* Only now and then, since it runs between timed steps. */
static void progress_print(void *context, const struct training_progress *p) {
    enum { PAUSE_NS = 100000000 };
    struct progress_times *times = context;
    if (p->wall_ns < times->next_ns && p->step < p->steps)
        return;
    times->next_ns = p->wall_ns + PAUSE_NS;
    char floor[32] = "";
    if (isfinite(p->floor))
        snprintf(floor, sizeof floor, " (floor %.3f)", p->floor);
    char line[256];
    snprintf(line, sizeof line,
        "step %" PRId64 " of %" PRId64 ", loss %.3f%s, %.0f s, stalled %.1f s, weights %" PRId64
        " old, %s%s",
        p->step, p->steps, p->loss, floor, 1e-9 * (double)p->wall_ns, 1e-9 * (double)p->stall_ns,
        p->version - p->version_in_use, stop ? "stopping after this batch" : "Ctrl-C stops",
        p->restarts > 0 ? ", restarted" : "");
    if (status_line_is_shown(stderr))
        status_line_show(stderr, "%s", line);
    else if (status_line_is_due(&times->said_ns))
        fprintf(stderr, "%s\n", line);
}

static void summary_print(const struct run_options *o, const struct training *training) {
    struct training_progress p;
    training_progress_get(training, &p);
    const double wall_s = 1e-9 * (double)p.wall_ns, stall_s = 1e-9 * (double)p.stall_ns;
    fprintf(stderr,
        "%" PRId64 " steps, %" PRId64 " updates in %.1f s: loss %.3f nats a token, stalled %.2f s "
        "(%.1f %%), %" PRId64 " restarts; %s/steps.csv, updates.csv\n",
        p.step, p.version, wall_s, p.loss, stall_s, wall_s > 0 ? 100 * stall_s / wall_s : 0.0,
        p.restarts, o->out);
    if (isfinite(p.floor))
        fprintf(
            stderr, "no model can have a loss below %.3f on windows of these stories\n", p.floor);
}

/* Joules an update, whose and with what; or why there are none. */
static void energy_print(const struct run_options *o, const struct training *training) {
    const struct training_energy *e = training_energy(training);
    for (int q = 0; e && q < METER_QUANTITIES; q++) {
        struct meter_joules joules;
        const char *name = meter_quantity_name((enum meter_quantity)q);
        training_joules(e, (enum meter_quantity)q, &joules);
        if (!joules.reason)
            fprintf(stderr,
                "energy: %s: %.3g J an update (%.3g more than idle), %s, n = %" PRIu64 "\n", name,
                joules.step_j, joules.net_step_j, train_way_names[o->way], joules.n_steps);
        else if (q == METER_ENGINE)
            fprintf(stderr, "energy: %s%s%s\n", e->has_windows ? name : "",
                e->has_windows ? ": " : "", joules.reason);
    }
}

/* ---- using the trained model */

static int samples_print(
    const struct run_options *o, const struct train_parameters *parameters, struct error *reason) {
    struct device_error error;
    struct tokenizer *tokenizer = NULL;
    struct sampler *sampler = NULL;
    uint16_t *text = calloc((size_t)parameters->shape.seq, sizeof *text);
    enum device_status status =
        text ? tokenizer_open(o->tokenizer[0] ? o->tokenizer : NULL, parameters->shape.vocab,
                   &tokenizer, &error)
             : device_error_set(&error, DEVICE_BROKEN, "sample", "out of memory");
    if (status == DEVICE_OK)
        status = sampler_new(parameters, &sampler, &error);
    for (int i = 0; i < o->n_samples && status == DEVICE_OK; i++) {
        const struct sample_options options = {
            .temperature = 0.8, .top_p = 0.95, .seed = o->seed + (uint64_t)i};
        const int n = sampler_write(sampler, &options, text);
        uint16_t previous = 1;
        for (int k = 0; k < n; k++) {
            size_t bytes;
            const char *piece = tokenizer_text(tokenizer, previous, text[k], &bytes);
            printable_put(stdout, piece, bytes);
            previous = text[k];
        }
        putchar('\n');
    }
    sampler_free(sampler);
    tokenizer_close(tokenizer);
    free(text);
    return status == DEVICE_OK ? 0 : complain(&error, reason);
}

/* llama2.c needs a tokenizer beside a model: for bytes, FILE.tokenizer. */
static enum device_status model_export(const struct run_options *o,
    const struct train_parameters *parameters, struct device_error *error) {
    char path[1100];
    const enum device_status status = llama2_write(o->export_to, parameters, error);
    if (status != DEVICE_OK || o->data[0])
        return status;
    snprintf(path, sizeof path, "%s.tokenizer", o->export_to);
    return tokenizer_write_bytes(path, parameters->shape.vocab, error);
}

static int results_give(
    const struct run_options *o, const struct training *training, struct error *reason) {
    const struct train_parameters *parameters = training_parameters(training);
    struct device_error error;
    if (o->export_to[0] && model_export(o, parameters, &error) != DEVICE_OK)
        return complain(&error, reason);
    return o->n_samples > 0 ? samples_print(o, parameters, reason) : 0;
}

/* ---- processes */

/* How a process was left for the next. */
struct left {
    uint64_t clock_ns;
    bool has_energy; /* it was measured; once is enough */
};

/* Re-executes this program on the checkpoint; returns only on failure. */
static int start_afresh(
    char **argv, const struct run_options *o, const struct left *was, struct error *error) {
    char left[24], samples[16];
    const char *words[16] = {argv[0], "--resume", o->out, "--restarted-at", left};
    int n = 5;
    snprintf(left, sizeof left, "%" PRIu64, was->clock_ns > 0 ? was->clock_ns : 1);
    if (o->n_samples > 0) {
        snprintf(samples, sizeof samples, "%d", o->n_samples);
        words[n++] = "--sample";
        words[n++] = samples;
    }
    if (o->export_to[0]) {
        words[n++] = "--export";
        words[n++] = o->export_to;
    }
    if (o->tokenizer[0]) {
        words[n++] = "--tokenizer";
        words[n++] = o->tokenizer;
    }
    if (o->energy && !was->has_energy)
        words[n++] = "--energy";
    char *again[16];
    memcpy(again, words, sizeof again); /* execvp does not modify them */
    signals_restore();
    execvp(argv[0], again);
    return error_set(error, EXIT_BROKEN, "cannot restart %s: %s; continue with --resume %s",
        argv[0], strerror(errno), o->out);
}

static int train(struct device *device, const struct run_options *o, struct left *left,
    enum training_end *end, struct error *reason) {
    struct training *training;
    struct device_error error;
    char notice[600];
    *end = TRAINING_FAILED;
    if (training_open(device, o, &training, notice, sizeof notice, &error) != DEVICE_OK) {
        training_close(training);
        return complain(&error, reason);
    }
    if (notice[0] && o->restarted_at_ns == 0)
        fprintf(stderr, "%s: %s\n", run_options_line.name, notice);
    struct progress_times times = {.next_ns = 0};
    *end = training_run(training, &stop, progress_print, &times, &error);
    status_line_clear(stderr);
    const struct training_energy *energy = training_energy(training);
    *left = (struct left){training_left_ns(training), energy && training_joules_any(energy)};
    if (*end == TRAINING_RESTART && error.text[0])
        fprintf(stderr, "%s: %s: %s; continuing in a new process\n", run_options_line.name,
            error.stage, error.text);
    int failed = 0;
    if (*end == TRAINING_FAILED)
        failed = complain(&error, reason);
    else if (*end != TRAINING_RESTART)
        summary_print(o, training);
    if (*end != TRAINING_FAILED && (*end != TRAINING_RESTART || left->has_energy))
        energy_print(o, training);
    if (*end == TRAINING_STOPPED)
        interrupted_set(o, reason);
    else if (*end == TRAINING_DONE)
        failed = results_give(o, training, reason);
    training_close(training);
    return failed;
}

/* Directly in the run's directory, which may not exist yet. */
static bool is_in_run(const struct run_options *o, const char *path) {
    const size_t n = strlen(o->out);
    return n > 0 && strncmp(path, o->out, n) == 0 && path[n] == '/' && !strchr(path + n + 1, '/');
}

/* A run that goes on may have written it before. */
static int export_check(const struct run_options *o, struct error *error) {
    const bool may_replace = o->resume[0] != '\0';
    char tokenizer[1100];
    snprintf(tokenizer, sizeof tokenizer, "%s.tokenizer", o->export_to);
    if (!o->export_to[0] || is_in_run(o, o->export_to))
        return 0;
    if (output_check(o->export_to, "--export", may_replace, error) != 0)
        return -1;
    return o->data[0] ? 0 : output_check(tokenizer, "--export", may_replace, error);
}

/* Checks everything named on the command line before anything is opened or compiled. */
static int inputs_check(const struct run_options *o, struct error *error) {
    struct device_error device_error;
    struct tokenizer *tokenizer = NULL;
    if ((o->data[0] && path_check(o->data, error) != 0) ||
        (o->init_from[0] && path_check(o->init_from, error) != 0) ||
        (o->tokenizer[0] && path_check(o->tokenizer, error) != 0) || export_check(o, error) != 0)
        return -1;
    /* with --init-from the shape, and so the vocabulary, is the model's */
    if (o->tokenizer[0] && !o->init_from[0] &&
        tokenizer_open(o->tokenizer, o->shape.vocab, &tokenizer, &device_error) != DEVICE_OK)
        return complain(&device_error, error);
    tokenizer_close(tokenizer);
    return 0;
}

/* Files that an attempt stopped before it became a run may leave. */
static const char *const own[] = {"lock", "steps.csv", "updates.csv", "energy.csv", "checkpoint",
    "checkpoint.tmp", "settings.csv.tmp", NULL};

static int directory_begin(const struct run_options *o, struct error *error) {
    char path[1100];
    snprintf(path, sizeof path, "%s/settings.csv", o->out);
    if (file_exists(path))
        return error_set(error, EXIT_USAGE,
            "%s already holds a run; continue it with --resume, or give --out another directory",
            o->out);
    return directory_claim(o->out, "--out", own, error);
}

/* If the run never started, removes the directory created for it. */
static void directory_give_back(const struct run_options *o) {
    char path[1100];
    snprintf(path, sizeof path, "%s/settings.csv", o->out);
    if (file_exists(path))
        return;
    for (int i = 0; own[i]; i++) {
        snprintf(path, sizeof path, "%s/%s", o->out, own[i]);
        (void)unlink(path);
    }
    (void)rmdir(o->out); /* fails, as it should, if there is anything else in it */
}

static int train_run(char **argv, const struct run_options *o, struct error *error) {
    struct device_error device_error;
    struct device *device;
    signals_take();
    const bool is_new = o->resume[0] == '\0' && !file_exists(o->out);
    if (inputs_check(o, error) != 0 || (o->resume[0] == '\0' && directory_begin(o, error) != 0))
        return -1;
    if (device_open(o->device, o->seed, &device, &device_error) != DEVICE_OK) {
        if (is_new)
            directory_give_back(o);
        return complain(&device_error, error);
    }
    enum training_end end;
    struct left left = {0, false};
    int failed = train(device, o, &left, &end, error);
    device_close(device);
    if (failed && is_new)
        directory_give_back(o);
    if (end != TRAINING_RESTART)
        return failed;
    if (!stop)
        return start_afresh(argv, o, &left, error);
    interrupted_set(o, error);
    return 0;
}

int main(int argc, char **argv) {
    struct run_options options;
    struct error error;
    if (program_begin(&error) == 0)
        switch (run_options_read(argc, argv, &options, &error)) {
        case OPTIONS_WANT_HELP:
            options_help(&run_options_line, stdout);
            break;
        case OPTIONS_WRONG:
            break;
        case OPTIONS_READ:
            (void)train_run(argv, &options, &error);
        }
    return program_end(run_options_line.name, &error);
}
