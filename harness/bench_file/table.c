/* SPDX-License-Identifier: MIT */
#include "bench_file/table.h"

#include "base/array.h"
#include "measure/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEVEL 0.95

static const char *const outcomes[] = {"failed", "right", "unchecked", "wrong", "failed"};

static void row_add(struct bench_table *table, const struct bench_arm *arm, struct bench_row row) {
    struct bench_row *rows = array_room(table->rows, table->n, &table->room, sizeof *rows);
    if (!rows) {
        table->failed = true;
        return;
    }
    table->rows = rows;
    row.file = arm->file;
    row.size = arm->size;
    row.operator_name = arm->operator_name;
    row.device = arm->device;
    row.chip = arm->chip;
    row.os = arm->os;
    row.clock = arm->clock;
    row.power_source = arm->power_source;
    row.power_mode = arm->power_mode;
    row.thermal = arm->thermal;
    row.outcome = outcomes[arm->outcome];
    if (!row.provenance)
        row.provenance = strcmp(arm->clock, "virtual") == 0 ? "simulated" : "measured";
    table->rows[table->n++] = row;
}

/* The median over processes, each value times `scale`. */
static void values_row(struct bench_table *table, const struct bench_arm *arm,
    const struct series *series, const char *name, const char *unit, double scale) {
    if (series->n == 0)
        return;
    struct stats_interval i = stats_median_interval(series->values, series->n, LEVEL);
    row_add(table, arm,
        (struct bench_row){.metric = name,
            .unit = unit,
            .value = i.estimate * scale,
            .low = i.low * scale,
            .high = i.high * scale,
            .n = series->n,
            .n_unit = "processes"});
}

static void series_row(struct bench_table *table, const struct bench_arm *arm, enum metric metric,
    const char *name, const char *unit, double scale) {
    values_row(table, arm, &arm->series[metric], name, unit, scale);
}

/* amount / value: the interval's ends swap. */
static void quotient_row(struct bench_table *table, const struct bench_arm *arm,
    const struct series *series, const char *name, const char *unit, double amount) {
    if (series->n == 0)
        return;
    struct stats_interval i = stats_median_interval(series->values, series->n, LEVEL);
    if (!(i.estimate > 0) || !(amount > 0))
        return;
    row_add(table, arm,
        (struct bench_row){.metric = name,
            .unit = unit,
            .value = amount / i.estimate,
            .low = isfinite(i.high) ? amount / i.high : NAN,
            .high = i.low > 0 ? amount / i.low : NAN,
            .n = series->n,
            .n_unit = "processes"});
}

static void rate_row(struct bench_table *table, const struct bench_arm *arm, const char *name,
    const char *unit, double amount) {
    quotient_row(table, arm, &arm->series[METRIC_MEAN], name, unit, amount);
}

/* Of every quantity that has any; the name of a row says of which. */
static const char *const energy_rows[METER_QUANTITIES][ENERGY_METRICS + 1] = {
#define ENERGY_ROWS(q)                                                                             \
    {                                                                                              \
        "idle_" q "_power", q "_power", q "_energy_per_eval", "net_" q "_energy_per_eval",         \
            "tflops_per_" q "_watt"                                                                \
    }
    [METER_ENGINE] = ENERGY_ROWS("engine"),
    [METER_PACKAGE] = ENERGY_ROWS("package"),
    [METER_CPU] = ENERGY_ROWS("cpu"),
    [METER_MEMORY] = ENERGY_ROWS("memory"),
    [METER_SYSTEM] = ENERGY_ROWS("system")};
#undef ENERGY_ROWS

static void energy_add(struct bench_table *table, const struct bench_arm *arm) {
    for (int q = 0; q < METER_QUANTITIES; q++) {
        const struct series *energy = arm->energy[q];
        for (int metric = 0; metric < ENERGY_METRICS; metric++) {
            const bool is_power = metric == ENERGY_POWER || metric == ENERGY_IDLE_POWER;
            values_row(table, arm, &energy[metric], energy_rows[q][metric], is_power ? "W" : "mJ",
                is_power ? 1 : 1e3);
        }
        quotient_row(table, arm, &energy[ENERGY_PER_EVAL], energy_rows[q][ENERGY_METRICS],
            "TFLOPS/W", arm->flop * 1e-12);
        if (arm->no_energy[q][0])
            row_add(table, arm,
                (struct bench_row){.metric = energy_rows[q][ENERGY_PER_EVAL],
                    .unit = "mJ",
                    .value = NAN,
                    .low = NAN,
                    .high = NAN,
                    .reason = arm->no_energy[q]});
    }
}

static void ratio_row(struct bench_table *table, const struct bench_arm *arm,
    const struct bench_arm *first, const struct bench_settings *settings) {
    const struct series *a = &arm->series[METRIC_P50], *b = &first->series[METRIC_P50];
    if (a->n == 0 || b->n == 0 || stats_median(b->values, b->n) <= 0)
        return;
    struct stats_interval i =
        stats_ratio_of_medians(a->values, a->n, b->values, b->n, LEVEL, settings->seed);
    row_add(table, arm,
        (struct bench_row){.metric = "latency_p50_ratio",
            .unit = "of the first",
            .value = i.estimate,
            .low = i.low,
            .high = i.high,
            .n = a->n,
            .n_unit = "processes"});
}

static void errors_add(struct bench_table *table, const struct bench_arm *arm) {
    if (arm->outcome != OUTCOME_RIGHT && arm->outcome != OUTCOME_WRONG)
        return;
    row_add(table, arm,
        (struct bench_row){.metric = "error_largest",
            .unit = "of the largest magnitude",
            .value = arm->largest,
            .low = NAN,
            .high = NAN});
    row_add(table, arm,
        (struct bench_row){.metric = "error_rms",
            .unit = "of the largest magnitude",
            .value = arm->rms,
            .low = NAN,
            .high = NAN});
}

void bench_table_add_arm(struct bench_table *table, const struct bench_arm *arm,
    const struct bench_arm *first, const struct bench_settings *settings) {
    bool serves = settings->rate > 0;
    row_add(table, arm,
        (struct bench_row){.metric = "outcome",
            .value = NAN,
            .low = NAN,
            .high = NAN,
            .n = arm->n_samples,
            .n_unit = "evals",
            .reason = arm->reason[0] ? arm->reason : NULL});
    errors_add(table, arm);
    series_row(table, arm, METRIC_COMPILE_COLD, "compile_cold", "ms", 1e-6);
    series_row(table, arm, METRIC_COMPILE_CACHED, "compile_cached", "ms", 1e-6);
    series_row(table, arm, METRIC_COMPILE_AGAIN, "compile_again", "ms", 1e-6);
    series_row(table, arm, METRIC_LOAD, "load", "ms", 1e-6);
    if (arm->outcome != OUTCOME_RIGHT && arm->outcome != OUTCOME_UNCHECKED)
        return;
    series_row(table, arm, METRIC_FIRST_EVAL, "first_eval", "us", 1e-3);
    series_row(table, arm, METRIC_P50, serves ? "response_p50" : "latency_p50", "us", 1e-3);
    series_row(table, arm, METRIC_P90, serves ? "response_p90" : "latency_p90", "us", 1e-3);
    series_row(table, arm, METRIC_P99, serves ? "response_p99" : "latency_p99", "us", 1e-3);
    series_row(table, arm, METRIC_MEMORY, "memory", "MB", 1e-6);
    if (!table->failed && table->n > 0 && arm->series[METRIC_MEMORY].n > 0)
        table->rows[table->n - 1].provenance = "measured"; /* the host's, on any device */
    energy_add(table, arm);
    if (arm->outcome != OUTCOME_RIGHT || serves)
        return;
    rate_row(table, arm, "throughput", "evals/s", 1e9);
    series_row(table, arm, METRIC_IN_FLIGHT, "throughput_in_flight", "evals/s", 1);
    series_row(table, arm, METRIC_IN_FLIGHT_GAIN, "in_flight_gain", "times one", 1);
    rate_row(table, arm, "arithmetic", "TFLOPS", arm->flop * 1e-3);
    rate_row(table, arm, "weights", "GB/s", arm->weight_bytes);
    if (first && first != arm && first->outcome == OUTCOME_RIGHT)
        ratio_row(table, arm, first, settings);
}

void bench_table_keep_arm(struct bench_table *table, struct bench_arm *arm) {
    struct bench_arm **kept = realloc(table->kept, ((size_t)table->n_kept + 1) * sizeof *kept);
    if (!kept) {
        table->failed = true; /* and the arm stays where the rows point to it */
        return;
    }
    table->kept = kept;
    kept[table->n_kept++] = arm;
}

void bench_table_free(struct bench_table *table) {
    for (int i = 0; i < table->n_kept; i++) {
        free((void *)table->kept[i]->operator_name);
        free((void *)table->kept[i]->work);
        arm_free(table->kept[i]);
        free(table->kept[i]);
    }
    free(table->kept);
    free(table->rows);
    *table = (struct bench_table){0};
}
