/* SPDX-License-Identifier: MIT */
#include "train/output.h"

#include "base/printable.h"
#include "base/status_line.h"
#include "train/data/tokenizer.h"
#include "train/host/sample.h"
#include "train/model/llama2.h"
#include "train/setup.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void train_progress_print(void *context, const struct training_progress *p) {
    enum { PAUSE_NS = 100000000 };
    struct train_progress_times *times = context;
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
        p->version - p->version_in_use, *times->stop ? "stopping after this batch" : "Ctrl-C stops",
        p->restarts > 0 ? ", restarted" : "");
    if (status_line_is_shown(stderr))
        status_line_show(stderr, "%s", line);
    else if (status_line_is_due(&times->said_ns))
        fprintf(stderr, "%s\n", line);
}

void train_summary_print(const struct run_options *o, const struct training *training) {
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

void train_energy_print(const struct run_options *o, const struct training *training) {
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
    return status == DEVICE_OK ? 0 : train_complain(&error, reason);
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

int train_results_give(
    const struct run_options *o, const struct training *training, struct error *reason) {
    const struct train_parameters *parameters = training_parameters(training);
    struct device_error error;
    if (o->export_to[0] && model_export(o, parameters, &error) != DEVICE_OK)
        return train_complain(&error, reason);
    return o->n_samples > 0 ? samples_print(o, parameters, reason) : 0;
}
