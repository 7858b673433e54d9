/* SPDX-License-Identifier: MIT */
#include "train/plan/program.h"

#include "device/sim/sim_work.h"
#include "mil/package/package.h"
#include "train/plan/timeline.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double level = 0.9;

/* ---- what published programs take beyond the simulated --------------------------------------- */

/* What an eval rests on; NULL when the chip has all of it, else the first that it has not. */
static const char *engine_lacks(const struct sim_chip *chip) {
    static const char *const keys[] = {"dispatch_us", "tflops", "bandwidth_gbs"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(chip->basis[sim_params_key(keys[i])], "default") == 0)
            return keys[i];
    return NULL;
}

int program_passes_find(
    const struct host *host, struct program_passes *out, struct device_error *error) {
    const int room = sizeof out->of / sizeof *out->of;
    struct train_shape stories;
    char why[200], device[64];
    *out = (struct program_passes){.n = 0};
    (void)train_shape_parse("stories110m", &stories, why, sizeof why);
    for (size_t row = 0; row < csv_rows(host->chips) && out->n < room; row++) {
        const char *name = csv_text(host->chips, row, host->chip);
        struct host_work own;
        struct sim_chip chip;
        if (strcmp(csv_text(host->chips, row, host->key), "host_forward_engine_ms") != 0 ||
            host_own(host, name, "host_forward_engine_ms", &own) != 0)
            continue;
        if (sim_chip_read(name, &chip, error) != DEVICE_OK)
            return -1;
        if (engine_lacks(&chip))
            continue;
        snprintf(device, sizeof device, "sim:%s", chip.name);
        if (plan_engine_ms(device, &stories, TRAIN_WEIGHTS_BAKED, true,
                &out->of[out->n].simulated_ms, error) != 0)
            return -1;
        out->of[out->n].published_ms = own.ms;
        snprintf(out->of[out->n].chip, sizeof out->of[out->n].chip, "%s", name);
        snprintf(out->of[out->n].from, sizeof out->of[out->n].from, "%s", own.from);
        out->n++;
    }
    return 0;
}

void program_scale(const struct host *host, const struct program_passes *passes,
    const char *without, bool is_plain, double simulated_ms, struct host_work *out) {
    double sum = 0, squares = 0, errors[HOST_ERRORS_MAX];
    int n = 0;
    for (int i = 0; i < passes->n; i++) {
        if (without && strcmp(passes->of[i].chip, without) == 0)
            continue;
        const double factor = log(passes->of[i].published_ms / passes->of[i].simulated_ms);
        sum += factor;
        squares += factor * factor;
        n++;
    }
    *out = (struct host_work){.ms = NAN, .low_ms = NAN, .high_ms = NAN};
    snprintf(out->from, sizeof out->from, "forward passes of %d chips", n);
    if (n < 2)
        return;
    const double mean = sum / n;
    double about_mean = fmax(squares - n * mean * mean, 0), freedom = n - 1;
    const size_t n_errors = host ? host_errors(host, without ? without : "",
                                       "host_forward_engine_ms", errors, HOST_ERRORS_MAX)
                                 : 0;
    for (size_t i = 0; i < n_errors; i++)
        about_mean += 2 * errors[i] * errors[i]; /* as between neighbours, host.h's distance of 1 */
    freedom += (double)n_errors;
    const double wide = gsl_cdf_tdist_Pinv((1 + level) / 2, freedom) * sqrt(about_mean / freedom) *
                        sqrt(1 + 1.0 / n);
    out->ms = simulated_ms * exp(mean);
    out->low_ms = simulated_ms * exp(mean - wide);
    if (is_plain)
        out->low_ms = fmin(simulated_ms, out->low_ms);
    out->high_ms = simulated_ms * exp(mean + wide);
}

/* ---- one program ----------------------------------------------------------------------------- */

/* An eval of the first function, in virtual time without noise. */
static enum device_status eval_time(struct device *d, const struct mil_package *package,
    double *eval_ms, struct device_error *error) {
    enum { SURFACES_MAX = 256 };
    const struct device_source source = {package->text, package->text_bytes, package->weights};
    const struct mil_function *function = &package->program->functions[0];
    const int n_inputs = function->n_inputs, n = n_inputs + function->n_outputs;
    struct device_surface *surfaces[SURFACES_MAX] = {NULL};
    struct device_program *program = NULL;
    struct device_request *request = NULL;
    struct device_layout layout;
    if (n > SURFACES_MAX)
        return device_error_set(error, DEVICE_UNSUPPORTED, "request",
            "the program has %d inputs and outputs; at most %d are planned", n, SURFACES_MAX);
    enum device_status status = device_program_create(d, &source, &program, error);
    if (status == DEVICE_OK)
        status = device_compile(d, program, DEVICE_QOS_DEFAULT, error);
    if (status == DEVICE_OK)
        status = device_load(d, program, DEVICE_QOS_DEFAULT, error);
    for (int i = 0; i < n && status == DEVICE_OK; i++) {
        const bool output = i >= n_inputs;
        status = device_layout(d, program, 0, output, output ? i - n_inputs : i, &layout, error);
        if (status == DEVICE_OK)
            status = device_surface_create(d, &layout, &surfaces[i], error);
    }
    const struct device_request_spec spec = {.program = program,
        .inputs = surfaces,
        .n_inputs = n_inputs,
        .outputs = surfaces + n_inputs,
        .n_outputs = function->n_outputs};
    if (status == DEVICE_OK)
        status = device_request_create(d, &spec, &request, error);
    const uint64_t start_ns = device_clock_ns(d);
    if (status == DEVICE_OK)
        status = device_eval(d, request, DEVICE_QOS_DEFAULT, error);
    *eval_ms = (double)(device_clock_ns(d) - start_ns) / 1e6;
    device_request_free(d, request);
    for (int i = 0; i < n; i++)
        device_surface_free(d, surfaces[i]);
    device_program_free(d, program);
    return status;
}

/* An interval is known to two digits at most. */
static double round2(double value) {
    char text[64];
    snprintf(text, sizeof text, "%.2g", value);
    return strtod(text, NULL);
}

struct parts {
    double flop, weight_bytes, io_bytes;
    double dispatch_ms, compute_ms, move_ms, notch_x;
};

static struct parts parts_of(const struct mil_program *program, const struct sim_params *params) {
    struct parts p = {.flop = sim_work_flop(&program->functions[0]),
        .weight_bytes = sim_work_weight_bytes(program, 0, 1),
        .io_bytes = sim_work_io_bytes(&program->functions[0])};
    const double streamed = sim_work_stream_bytes(program, 0, params);
    p.dispatch_ms = params->dispatch_us / 1e3;
    p.compute_ms = p.flop / params->tflops / 1e9;
    p.move_ms = (streamed + p.io_bytes) / params->bandwidth_gbs / 1e6;
    p.notch_x = p.weight_bytes > 0 ? streamed / p.weight_bytes : 1;
    return p;
}

/* Published rates of streaming weights are not what the figures were fitted to. */
static int stream_widen(const struct host *host, const char *chip, const struct parts *parts,
    struct host_work *eval, struct device_error *error) {
    struct host_work stream;
    if (host_figure(host, chip, "host_stream_gb_ms", false, &stream, error) != 0)
        return -1;
    eval->high_ms = fmax(eval->high_ms,
        parts->dispatch_ms + parts->notch_x * parts->weight_bytes / 1e9 * stream.high_ms);
    return 0;
}

static void row_put(struct table *table, const char *file, const struct sim_chip *chip,
    const struct parts *parts, const struct host_work *eval, const char *reason) {
    char device[64];
    const double most = fmax(parts->compute_ms, parts->move_ms);
    const double numbers[] = {round2(eval->ms), round2(eval->low_ms), round2(eval->high_ms),
        round2(parts->dispatch_ms), round2(parts->compute_ms), round2(parts->move_ms)};
    snprintf(device, sizeof device, "sim:%s", chip->name);
    table_put_text(table, "simulated");
    table_put_text(table, file);
    table_put_text(table, chip->params.chip);
    table_put_text(table, reason[0] ? "no" : "yes");
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        table_put_number(table, reason[0] ? (double)NAN : numbers[i]);
    table_put_text(table, reason[0]                   ? ""
                          : parts->dispatch_ms > most ? "dispatch"
                          : parts->compute_ms == most ? "arithmetic"
                                                      : "bytes");
    table_put_number(table, reason[0] ? (double)NAN : parts->flop);
    table_put_number(table, reason[0] ? (double)NAN : parts->weight_bytes + parts->io_bytes);
    table_put_number(table, reason[0] ? (double)NAN : round2(parts->notch_x));
    table_put_text(table, reason[0] ? "" : eval->from);
    table_put_text(table, reason);
    table_end_row(table, &(const struct table_origin){
                             .device = device, .chip = chip->params.chip, .clock = "virtual"});
}

static int chip_put(const struct host *host, const char *file, const struct mil_package *package,
    const char *name, const struct program_passes *passes, struct table *table,
    struct device_error *error) {
    struct sim_chip chip;
    struct device *device = NULL;
    struct host_work eval = {.ms = NAN, .from = ""};
    struct parts parts = {0};
    char open[80], reason[600] = "";
    double simulated_ms = NAN;
    if (sim_chip_read(name, &chip, error) != DEVICE_OK)
        return -1;
    const char *lacks = engine_lacks(&chip);
    if (lacks) {
        snprintf(
            reason, sizeof reason, "no figure of %s is published for %s", lacks, chip.params.chip);
    } else {
        snprintf(open, sizeof open, "sim:%s,numerics=off", chip.name);
        if (device_open(open, 1, &device, error) != DEVICE_OK)
            return -1;
        sim_noise_stop(device);
        enum device_status status = eval_time(device, package, &simulated_ms, error);
        device_close(device);
        if (status == DEVICE_BROKEN)
            return -1;
        if (status != DEVICE_OK)
            snprintf(reason, sizeof reason, "%s: %.500s", error->stage, error->text);
        parts = parts_of(package->program, &chip.params);
        program_scale(host, passes, NULL, sim_work_products(&package->program->functions[0]) < 2,
            simulated_ms, &eval);
        if (status == DEVICE_OK && stream_widen(host, chip.params.chip, &parts, &eval, error) != 0)
            return -1;
    }
    row_put(table, file, &chip, &parts, &eval, reason);
    return 0;
}

int program_table(const struct host *host, const char *file, const char *chip, struct table *table,
    struct error *error) {
    struct mil_package *package;
    struct mil_error why;
    struct program_passes passes;
    struct device_error device_error = {.text = ""};
    if (mil_package_open(file, &package, &why) != 0)
        return why.place.line > 0
                   ? error_set(error, EXIT_USAGE, "%s:%d: %s", file, why.place.line, why.text)
                   : error_set(error, EXIT_USAGE, "%s: %s", file, why.text);
    int failed = program_passes_find(host, &passes, &device_error);
    const char *before = "";
    for (size_t row = 0; row < csv_rows(host->chips) && !failed; row++) {
        const char *name = csv_text(host->chips, row, host->chip);
        if (chip || strcmp(name, before) == 0)
            continue; /* rows of a chip follow each other */
        before = name;
        failed = chip_put(host, file, package, name, &passes, table, &device_error);
    }
    if (chip && !failed)
        failed = chip_put(host, file, package, chip, &passes, table, &device_error);
    mil_package_close(package);
    return failed ? device_error_give(&device_error, error) : 0;
}
