/* SPDX-License-Identifier: MIT
 *
 * aneprobe-train: trains a model on a device whose programs hold their weights. Started by
 * `aneprobe train`; re-executes itself when a process has no room left for programs.
 *
 * Exit: 0 done, 1 failed, 2 usage, 77 unsupported here, 99 broken, 130 interrupted.
 */
#include "base/files.h"
#include "base/options.h"
#include "base/program.h"
#include "base/signals.h"
#include "base/status_line.h"
#include "train/output.h"
#include "train/run/training.h"
#include "train/setup.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
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

static void interrupted_set(const struct run_options *o, struct error *error) {
    (void)error_set(error, EXIT_INTERRUPTED, "interrupted; continue with: %s --resume %s",
        run_options_line.name, o->out);
}

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
        return train_complain(&error, reason);
    }
    if (notice[0] && o->restarted_at_ns == 0)
        fprintf(stderr, "%s: %s\n", run_options_line.name, notice);
    struct train_progress_times times = {.stop = &stop};
    *end = training_run(training, &stop, train_progress_print, &times, &error);
    status_line_clear(stderr);
    const struct training_energy *energy = training_energy(training);
    *left = (struct left){training_left_ns(training), energy && training_joules_any(energy)};
    if (*end == TRAINING_RESTART && error.text[0])
        fprintf(stderr, "%s: %s: %s; continuing in a new process\n", run_options_line.name,
            error.stage, error.text);
    int failed = 0;
    if (*end == TRAINING_FAILED)
        failed = train_complain(&error, reason);
    else if (*end != TRAINING_RESTART)
        train_summary_print(o, training);
    if (*end != TRAINING_FAILED && (*end != TRAINING_RESTART || left->has_energy))
        train_energy_print(o, training);
    if (*end == TRAINING_STOPPED)
        interrupted_set(o, reason);
    else if (*end == TRAINING_DONE)
        failed = train_results_give(o, training, reason);
    training_close(training);
    return failed;
}

static int train_run(char **argv, const struct run_options *o, struct error *error) {
    struct device_error device_error;
    struct device *device;
    signals_take();
    const bool is_new = o->resume[0] == '\0' && !file_exists(o->out);
    if (train_inputs_check(o, error) != 0 ||
        (o->resume[0] == '\0' && train_directory_begin(o, error) != 0))
        return -1;
    if (device_open(o->device, o->seed, &device, &device_error) != DEVICE_OK) {
        if (is_new)
            train_directory_give_back(o);
        return train_complain(&device_error, error);
    }
    enum training_end end;
    struct left left = {0, false};
    int failed = train(device, o, &left, &end, error);
    device_close(device);
    if (failed && is_new)
        train_directory_give_back(o);
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
