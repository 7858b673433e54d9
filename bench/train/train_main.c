/* SPDX-License-Identifier: MIT
 *
 * aneprobe-train: trains a model on a device whose programs hold their weights. Started by
 * `aneprobe train`; starts itself afresh when a process has no room left for programs.
 *
 * Exit: 0 done, 1 failed, 2 usage, 77 unsupported here, 99 broken, 130 interrupted.
 */
#include "base/exit_code.h"
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
#include <sys/stat.h>
#include <unistd.h>

static volatile sig_atomic_t stop;

static void stop_on(int number) {
    (void)number;
    stop = 1;
}

/* The first one ends the batch, the second one the program. */
static void signals_take(void) {
    struct sigaction action = {.sa_handler = stop_on, .sa_flags = (int)SA_RESETHAND | SA_RESTART};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    struct sigaction now;
    /* Ignored: started by nohup, to outlive its terminal. */
    if (sigaction(SIGHUP, NULL, &now) == 0 && now.sa_handler != SIG_IGN)
        sigaction(SIGHUP, &action, NULL);
    signal(SIGXFSZ, SIG_IGN); /* a limit on file sizes is an error like a full disk */
}

static int complain(const struct device_error *error) {
    fprintf(stderr, "aneprobe-train: %s: %s\n", error->stage, error->text);
    if (strcmp(error->domain, DEVICE_USAGE_DOMAIN) == 0)
        return EXIT_USAGE;
    return error->status == DEVICE_UNSUPPORTED ? EXIT_UNSUPPORTED
           : error->status == DEVICE_FAILED    ? EXIT_FAILED
                                               : EXIT_BROKEN;
}

/* Now and then: it is between steps that are timed. */
static void progress_print(void *context, const struct training_progress *p) {
    enum { PAUSE_NS = 100000000 };
    uint64_t *next_ns = context;
    if (p->wall_ns < *next_ns && p->step < p->steps)
        return;
    *next_ns = p->wall_ns + PAUSE_NS;
    char floor[32] = "";
    if (isfinite(p->floor))
        snprintf(floor, sizeof floor, " (floor %.3f)", p->floor);
    fprintf(stderr,
        "\rstep %" PRId64 " of %" PRId64 ", loss %.3f%s, %.0f s, stalled %.1f s, weights %" PRId64
        " old, %s%s\033[K",
        p->step, p->steps, p->loss, floor, 1e-9 * (double)p->wall_ns, 1e-9 * (double)p->stall_ns,
        p->version - p->version_in_use, stop ? "stopping after this batch" : "Ctrl-C stops",
        p->restarts > 0 ? ", restarted" : "");
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

/* ---- what a trained model is for */

static int samples_print(const struct run_options *o, const struct train_parameters *parameters) {
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
            fwrite(piece, 1, bytes, stdout);
            previous = text[k];
        }
        putchar('\n');
    }
    sampler_free(sampler);
    tokenizer_close(tokenizer);
    free(text);
    return status == DEVICE_OK ? EXIT_DONE : complain(&error);
}

/* llama2.c wants a tokenizer beside a model: of bytes, it is FILE.tokenizer. */
static enum device_status model_export(const struct run_options *o,
    const struct train_parameters *parameters, struct device_error *error) {
    char path[1100];
    const enum device_status status = llama2_write(o->export_to, parameters, error);
    if (status != DEVICE_OK || o->data[0])
        return status;
    snprintf(path, sizeof path, "%s.tokenizer", o->export_to);
    return tokenizer_write_bytes(path, parameters->shape.vocab, error);
}

static int results_give(const struct run_options *o, const struct training *training) {
    const struct train_parameters *parameters = training_parameters(training);
    struct device_error error;
    if (o->export_to[0] && model_export(o, parameters, &error) != DEVICE_OK)
        return complain(&error);
    return o->n_samples > 0 ? samples_print(o, parameters) : EXIT_DONE;
}

/* ---- processes */

/* This program again, on the checkpoint; returns only when that does not work. */
static int start_afresh(char **argv, const struct run_options *o, uint64_t left_ns) {
    char left[24], samples[16];
    const char *words[16] = {argv[0], "--resume", o->out, "--restarted-at", left};
    int n = 5;
    snprintf(left, sizeof left, "%" PRIu64, left_ns > 0 ? left_ns : 1);
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
    char *again[16];
    memcpy(again, words, sizeof again); /* execvp does not write to them */
    execvp(argv[0], again);
    fprintf(stderr, "aneprobe-train: %s could not start itself afresh: %s; go on with --resume\n",
        argv[0], strerror(errno));
    return EXIT_BROKEN;
}

static int train(
    struct device *device, const struct run_options *o, uint64_t *left_ns, enum training_end *end) {
    struct training *training;
    struct device_error error;
    char notice[600];
    int code = EXIT_DONE;
    *end = TRAINING_FAILED;
    if (training_open(device, o, &training, notice, sizeof notice, &error) != DEVICE_OK) {
        code = complain(&error);
        training_close(training);
        return code;
    }
    if (notice[0] && o->restarted_at_ns == 0)
        fprintf(stderr, "aneprobe-train: %s\n", notice);
    uint64_t next_ns = 0;
    const bool has_terminal = isatty(STDERR_FILENO);
    *end = training_run(training, &stop, has_terminal ? progress_print : NULL, &next_ns, &error);
    if (has_terminal)
        fprintf(stderr, "\r\033[K");
    *left_ns = training_left_ns(training);
    if (*end == TRAINING_RESTART && error.text[0])
        fprintf(stderr, "aneprobe-train: %s: %s; going on in a fresh process\n", error.stage,
            error.text);
    if (*end == TRAINING_FAILED) {
        code = complain(&error);
    } else if (*end != TRAINING_RESTART) {
        summary_print(o, training);
        code = *end == TRAINING_STOPPED ? EXIT_INTERRUPTED : results_give(o, training);
    }
    training_close(training);
    return code;
}

static int directory_make(const char *path) {
    if (mkdir(path, 0777) == 0 || errno == EEXIST)
        return 0;
    fprintf(stderr, "aneprobe-train: %s: %s; give --out a place that can be written\n", path,
        strerror(errno));
    return -1;
}

int main(int argc, char **argv) {
    struct run_options options;
    struct device_error error;
    struct device *device;
    char why[600];
    if (run_options_parse(argc, argv, &options, why, sizeof why) != 0) {
        fprintf(stderr, "aneprobe-train: %s ('aneprobe train --help' shows all)\n", why);
        return EXIT_USAGE;
    }
    if (options.wants_help) {
        run_options_help(stdout);
        return fflush(stdout) == 0 ? EXIT_DONE : EXIT_BROKEN;
    }
    signals_take();
    if (!options.is_resumed && directory_make(options.out) != 0)
        return EXIT_BROKEN;
    if (device_open(options.device, options.seed, &device, &error) != DEVICE_OK)
        return complain(&error);
    enum training_end end;
    uint64_t left_ns = 0;
    int code = train(device, &options, &left_ns, &end);
    device_close(device);
    if (end == TRAINING_RESTART)
        code = stop ? EXIT_INTERRUPTED : start_afresh(argv, &options, left_ns);
    if (fflush(stdout) != 0 && code == EXIT_DONE)
        code = EXIT_BROKEN;
    return code;
}
