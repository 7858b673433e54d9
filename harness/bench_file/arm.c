/* SPDX-License-Identifier: MIT */
#include "bench_file/arm.h"

#include "base/spawn.h"
#include "measure/csv.h"
#include "measure/stats.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OUTPUT_MAX = 256 << 20, REASON_BYTES = 512, GRACE_MS = 1000, P99_MIN = 100, P90_MIN = 10 };

/* A finished job. */
struct bench_job_result {
    struct csv_table *rows; /* all complete rows; NULL: none */
    char step[64];          /* the last step it began */
    bool done;
    char reason[REASON_BYTES]; /* if it did not finish */
    bool interrupted;
};

/* The complete rows: a killed job may have left half a row. */
static void rows_take(struct bench_job_result *r, struct spawn_sink *out, struct error *error) {
    size_t bytes = out->n_bytes;
    while (bytes > 0 && out->text[bytes - 1] != '\n')
        bytes--;
    if (bytes == 0 || csv_table_parse("a job", out->text, bytes, &r->rows, error) != 0)
        return;
    int what = csv_column(r->rows, "what"), name = csv_column(r->rows, "name"),
        text = csv_column(r->rows, "text");
    for (size_t i = 0; i < csv_rows(r->rows); i++) {
        if (strcmp(csv_text(r->rows, i, what), "step") == 0)
            snprintf(r->step, sizeof r->step, "%s", csv_text(r->rows, i, name));
        if (strcmp(csv_text(r->rows, i, what), "end") == 0) {
            r->done = strcmp(csv_text(r->rows, i, name), "done") == 0;
            snprintf(r->reason, sizeof r->reason, "%s", csv_text(r->rows, i, text));
        }
    }
}

/* Why it did not complete, if it could not report that itself. */
static void end_judge(struct bench_job_result *r, const struct spawn_result *end,
    const struct bench_settings *settings, const char *said) {
    const char *step = r->step[0] ? r->step : "start";
    if (r->reason[0] != '\0') {
        char reason[REASON_BYTES];
        snprintf(reason, sizeof reason, "%s: %.440s", step, r->reason);
        memcpy(r->reason, reason, sizeof reason);
    } else if (end->end == SPAWN_TIME_LIMIT) {
        snprintf(r->reason, sizeof r->reason, "%s: given up after %d s (--limit)", step,
            settings->limit_s);
    } else if (end->end == SPAWN_NOT_STARTED) {
        snprintf(r->reason, sizeof r->reason, "start: %s", strerror(end->start_errno));
    } else if (end->signal != 0) {
        snprintf(r->reason, sizeof r->reason, "%s: crashed with signal %d (%s)", step, end->signal,
            strsignal(end->signal));
    } else {
        snprintf(r->reason, sizeof r->reason, "%s: exit %d%s%.300s", step, end->exit_code,
            said && *said ? ": " : "", said ? said : "");
    }
}

/* Starts this program again with one job. */
static int job_run(const char *program, const struct bench_settings *settings, const char *job,
    const char *file, const char *device, const char *work, int block, struct bench_job_result *out,
    struct error *error) {
    char iterations[16], seconds[40], tolerance[40], rate[40], seed[24], number[16], in_flight[16];
    const char *argv[32 + 2 * SETS_MAX + 2 * (SIZES_MAX + 1)];
    size_t n = 0;
    snprintf(iterations, sizeof iterations, "%d", settings->iterations);
    snprintf(seconds, sizeof seconds, "%.17g", settings->seconds);
    snprintf(tolerance, sizeof tolerance, "%.17g", settings->tolerance);
    snprintf(rate, sizeof rate, "%.17g", settings->rate);
    snprintf(seed, sizeof seed, "%" PRIu64, settings->seed);
    snprintf(number, sizeof number, "%d", block);
    snprintf(in_flight, sizeof in_flight, "%d", settings->in_flight);
    const char *const fixed[] = {program, "--job", job, "--device", device, "--iterations",
        iterations, "--seconds", seconds, "--tolerance", tolerance, "--seed", seed, "--block",
        number, "--in-flight", in_flight};
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        argv[n++] = fixed[i];
    if (settings->rate > 0) {
        argv[n++] = "--rate";
        argv[n++] = rate;
    }
    if (settings->energy)
        argv[n++] = "--energy";
    if (work) {
        argv[n++] = "--work";
        argv[n++] = work;
    }
    if (settings->function) {
        argv[n++] = "--function";
        argv[n++] = settings->function;
    }
    for (int i = 0; i < settings->n_sets; i++) {
        argv[n++] = "--set";
        argv[n++] = settings->sets[i];
    }
    for (int i = 0; i < settings->n_sizes; i++) {
        argv[n++] = "--size";
        argv[n++] = settings->sizes[i];
    }
    argv[n++] = "--";
    argv[n++] = file;
    argv[n] = NULL;
    struct spawn_sink to_us = {.fd = -1, .limit = OUTPUT_MAX};
    struct spawn_sink complaints = {.fd = -1, .limit = 4096, .drops = true};
    const struct spawn_program child = {.argv = argv,
        .limits = {.time_ms = (uint64_t)settings->limit_s * 1000, .grace_ms = GRACE_MS},
        .out = &to_us,
        .err = &complaints};
    struct spawn_result end;
    *out = (struct bench_job_result){.rows = NULL};
    int result = spawn_run(&child, &end, error);
    if (result == 0) {
        rows_take(out, &to_us, error);
        out->interrupted = end.end == SPAWN_INTERRUPTED;
        if (!out->done)
            end_judge(out, &end, settings, complaints.text);
    }
    free(to_us.text);
    free(complaints.text);
    if (result == 0 && out->interrupted)
        result = error_set(error, EXIT_INTERRUPTED, "interrupted");
    return result;
}

static int series_add(struct series *series, double value) {
    double *values = realloc(series->values, (series->n + 1) * sizeof *values);
    if (!values)
        return -1;
    series->values = values;
    values[series->n++] = value;
    return 0;
}

static const struct {
    const char *fact;
    enum metric metric;
} facts[] = {{"compile_cold_ns", METRIC_COMPILE_COLD}, {"compile_cached_ns", METRIC_COMPILE_CACHED},
    {"compile_again_ns", METRIC_COMPILE_AGAIN}, {"load_ns", METRIC_LOAD},
    {"first_eval_ns", METRIC_FIRST_EVAL}, {"memory_bytes", METRIC_MEMORY},
    {"in_flight_per_s", METRIC_IN_FLIGHT}, {"in_flight_gain", METRIC_IN_FLIGHT_GAIN}};

static int fact_take(struct bench_arm *arm, const char *name, double value) {
    if (strcmp(name, "flop") == 0)
        arm->flop = value;
    if (strcmp(name, "weight_bytes") == 0)
        arm->weight_bytes = value;
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        if (strcmp(name, facts[i].fact) == 0)
            return series_add(&arm->series[facts[i].metric], value);
    return 0;
}

/* A number of a quantity, or why there is none. */
static int energy_take(struct bench_arm *arm, const char *name, double value, const char *text) {
    for (int q = 0; q < METER_QUANTITIES; q++) {
        const char *quantity = meter_quantity_name((enum meter_quantity)q);
        const size_t length = strlen(quantity);
        if (*name && strncmp(name, quantity, length) != 0)
            continue;
        if (!*name || name[length] == '\0') {
            snprintf(arm->no_energy[q], sizeof arm->no_energy[q], "%s", text);
            return 0;
        }
        for (int metric = 0; metric < ENERGY_METRICS; metric++)
            if (strcmp(name + length + 1, energy_metric_names[metric]) == 0)
                return series_add(&arm->energy[q][metric], value);
    }
    return 0;
}

/* Keeps the worst outcome, with its first reason. */
static void outcome_take(struct bench_arm *arm, enum outcome outcome, const char *reason) {
    if (outcome <= arm->outcome)
        return;
    arm->outcome = outcome;
    snprintf(arm->reason, sizeof arm->reason, "%s", reason);
}

static void output_take(struct bench_arm *arm, const char *what, const char *name, double value,
    const char *text, bool *wrong) {
    double *worst = strcmp(what, "largest") == 0 ? &arm->largest : &arm->rms;
    char reason[REASON_BYTES];
    *worst = fmax(*worst, value);
    if (strcmp(what, "largest") == 0 && *text) {
        snprintf(reason, sizeof reason, "output %.60s is wrong: %.300s", name, text);
        outcome_take(arm, OUTCOME_WRONG, reason);
        *wrong = true;
    }
}

static int latencies_take(struct bench_arm *arm, const double *times, size_t n) {
    double *samples = realloc(arm->samples, (arm->n_samples + n + 1) * sizeof *samples);
    if (samples)
        arm->samples = samples;
    size_t *process = realloc(arm->process, (arm->n_samples + n + 1) * sizeof *process);
    if (process)
        arm->process = process;
    if (!samples || !process)
        return -1;
    for (size_t i = 0; i < n; i++) {
        samples[arm->n_samples] = times[i];
        process[arm->n_samples++] = arm->n_processes;
    }
    arm->n_processes++;
    if (series_add(&arm->series[METRIC_P50], stats_quantile(times, n, 0.5)) < 0 ||
        series_add(&arm->series[METRIC_MEAN], stats_mean(times, n)) < 0)
        return -1;
    /* a quantile beyond the process's samples counts as none */
    if (n >= P90_MIN && series_add(&arm->series[METRIC_P90], stats_quantile(times, n, 0.9)) < 0)
        return -1;
    return n >= P99_MIN ? series_add(&arm->series[METRIC_P99], stats_quantile(times, n, 0.99)) : 0;
}

/* Adds a value that is new to "a, b". */
static void value_add(char *values, size_t size, const char *value) {
    const size_t n = strlen(values);
    if (!*value)
        return;
    for (const char *at = values; (at = strstr(at, value)); at++)
        if ((at == values || at[-1] == ' ') && strchr(",", at[strlen(value)]))
            return;
    snprintf(values + n, size - n, "%s%s", n > 0 ? ", " : "", value);
}

static void note_take(struct bench_arm *arm, const char *name, const char *text) {
    const struct {
        const char *name;
        char *field;
        size_t size;
    } fields[] = {{"device", arm->device, sizeof arm->device},
        {"clock", arm->clock, sizeof arm->clock}, {"chip", arm->chip, sizeof arm->chip},
        {"os", arm->os, sizeof arm->os}},
      several[] = {{"power_source", arm->power_source, sizeof arm->power_source},
          {"power_mode", arm->power_mode, sizeof arm->power_mode},
          {"thermal", arm->thermal, sizeof arm->thermal}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (strcmp(name, fields[i].name) == 0)
            snprintf(fields[i].field, fields[i].size, "%s", text);
    for (size_t i = 0; i < sizeof several / sizeof *several; i++)
        if (strcmp(name, several[i].name) == 0)
            value_add(several[i].field, several[i].size, text);
    if (strcmp(name, "drifted") == 0)
        outcome_take(arm, OUTCOME_WRONG, text);
}

static int rows_read(struct bench_arm *arm, struct bench_job_result *r) {
    const struct csv_table *t = r->rows;
    int what = csv_column(t, "what"), name = csv_column(t, "name"), at = csv_column(t, "value"),
        text = csv_column(t, "text"), result = 0;
    double *times = malloc((csv_rows(t) + 1) * sizeof *times), value;
    size_t n = 0;
    bool wrong = false, checked = false;
    struct error ignored;
    if (!times)
        return -1;
    for (size_t i = 0; i < csv_rows(t) && result == 0; i++) {
        const char *row = csv_text(t, i, what), *key = csv_text(t, i, name);
        if (csv_number(t, i, at, &value, &ignored) != 1)
            value = NAN;
        if (strcmp(row, "fact") == 0 && !isnan(value))
            result = fact_take(arm, key, value);
        else if (strcmp(row, "energy") == 0)
            result = energy_take(arm, key, value, csv_text(t, i, text));
        else if (strcmp(row, "latency") == 0 || strcmp(row, "response") == 0)
            times[n++] = value;
        else if (strcmp(row, "note") == 0)
            note_take(arm, key, csv_text(t, i, text));
        else if (strcmp(row, "largest") == 0 || strcmp(row, "rms") == 0) {
            /* an infinite error has no number */
            output_take(
                arm, row, key, isnan(value) ? INFINITY : value, csv_text(t, i, text), &wrong);
            checked = true;
        }
    }
    if (result == 0 && r->done && !wrong)
        outcome_take(arm, checked ? OUTCOME_RIGHT : OUTCOME_UNCHECKED, "");
    if (result == 0 && n > 0)
        result = latencies_take(arm, times, n);
    free(times);
    return result;
}

struct bench_settings settings_sized(const struct bench_settings *settings, const char *size) {
    struct bench_settings sized = *settings;
    if (size)
        sized.sizes[sized.n_sizes++] = size;
    return sized;
}

int arm_trial(struct bench_arm *arm, const char *program, const struct bench_settings *settings,
    int block, struct error *error) {
    const struct bench_settings sized = settings_sized(settings, arm->size);
    struct bench_job_result r;
    int result =
        job_run(program, &sized, "time", arm->file, arm->name, arm->work, block, &r, error);
    if (result == 0 && !r.done)
        outcome_take(arm, OUTCOME_FAILED, r.reason);
    if (result == 0 && r.rows && rows_read(arm, &r) < 0)
        result = error_set(error, EXIT_BROKEN, "out of memory for the samples");
    csv_table_free(r.rows);
    return result;
}

int reference_make(const char *file, const char *size, const char *work, const char *program,
    const struct bench_settings *settings, struct error *error) {
    const struct bench_settings sized = settings_sized(settings, size);
    struct bench_job_result r;
    int result = job_run(program, &sized, "reference", file, "none", work, 0, &r, error);
    if (result == 0 && !r.done)
        result = error_set(error, EXIT_UNSUPPORTED, "%s", r.reason);
    csv_table_free(r.rows);
    return result;
}

void arm_free(struct bench_arm *arm) {
    for (int i = 0; i < METRICS; i++)
        free(arm->series[i].values);
    for (int q = 0; q < METER_QUANTITIES; q++)
        for (int i = 0; i < ENERGY_METRICS; i++)
            free(arm->energy[q][i].values);
    free(arm->samples);
    free(arm->process);
}
