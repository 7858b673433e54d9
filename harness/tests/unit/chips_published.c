/* SPDX-License-Identifier: MIT
 *
 * results/published.csv can be read as its users need, and its latencies and throughputs of convolutions agree.
 * results/chips.csv has all keys of a sim file.
 */
#include "chips/published.h"
#include "device/sim/sim.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct published published;

static void set_up(void) {
    struct error error;
    cr_assert_eq(published_read(PUBLISHED, &published, &error), 0, "%s", error.text);
}

static void tear_down(void) {
    published_close(&published);
}

TestSuite(chips_published, .init = set_up, .fini = tear_down);

Test(chips_published, required_columns_are_there) {
    static const char header[] = "source,date,chip,os,experiment,config,metric,value,unit,note";
    char names[256] = "";
    for (int i = 0; i < csv_columns(published.table); i++)
        sprintf(names + strlen(names), "%s%s", i ? "," : "", csv_column_name(published.table, i));
    cr_assert_str_eq(names, header);
    cr_assert(published_rows(&published) > 1900);
}

Test(chips_published, every_row_has_its_source_and_metric) {
    static const enum published_column needed[] = {PUBLISHED_SOURCE, PUBLISHED_DATE, PUBLISHED_CHIP,
        PUBLISHED_EXPERIMENT, PUBLISHED_CONFIG, PUBLISHED_METRIC, PUBLISHED_UNIT};
    for (size_t row = 0; row < published_rows(&published); row++) {
        for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
            cr_assert(*published_text(&published, row, needed[i]), "line %zu",
                csv_line(published.table, row));
        cr_assert(isfinite(published_value(&published, row)) ||
                      *published_text(&published, row, PUBLISHED_NOTE),
            "line %zu: no value and no reason", csv_line(published.table, row));
    }
}

Test(chips_published, convolutions_are_read) {
    struct published_conv conv;
    cr_assert(published_conv_parse("128x conv 512ch sp64", &conv));
    cr_assert(conv.depth == 128 && conv.in == 512 && conv.out == 512 && conv.positions == 64);
    cr_assert(published_conv_flop(&conv) == 4294967296.0);
    cr_assert(published_conv_weight_bytes(&conv) == 67108864.0);
    cr_assert(published_conv_bytes(&conv) == 67108864.0 + 262144);
    cr_assert(published_conv_parse("qos=9; 1x conv 2048to768 sp256 fp32 I/O", &conv));
    cr_assert(conv.depth == 1 && conv.in == 2048 && conv.out == 768 && conv.positions == 256);
    cr_assert(!published_conv_parse("1x conv 4096ch", &conv));
    static const char *const nothing[] = {"0x conv 64ch sp64", "1x conv 0ch sp64",
        "1x conv 64ch sp0", "1x conv 64to0 sp64", "1x conv 0to64 sp64"};
    for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++)
        cr_assert(!published_conv_parse(nothing[i], &conv), "%s", nothing[i]);
    cr_assert(!published_conv_parse("estimate", &conv));
    cr_assert(!published_conv_parse("", &conv));
}

/* Half of the last digit that was published. */
static double rounding(const char *number) {
    const char *point = strchr(number, '.');
    return 0.5 * pow(10, point ? -(double)strlen(point + 1) : 0);
}

static bool same_eval(size_t a, size_t b) {
    static const enum published_column of[] = {
        PUBLISHED_SOURCE, PUBLISHED_CHIP, PUBLISHED_EXPERIMENT, PUBLISHED_CONFIG, PUBLISHED_NOTE};
    for (size_t i = 0; i < sizeof of / sizeof *of; i++)
        if (!published_is(&published, a, of[i], published_text(&published, b, of[i])))
            return false;
    return true;
}

Test(chips_published, throughput_agrees_with_latency) {
    int n_pairs = 0;
    for (size_t a = 0; a < published_rows(&published); a++) {
        struct published_conv conv;
        const char *config = published_text(&published, a, PUBLISHED_CONFIG);
        double ms = published_value(&published, a);
        if (!published_is(&published, a, PUBLISHED_METRIC, "eval_latency") || !isfinite(ms) ||
            strstr(config, ";") || !published_conv_parse(config, &conv))
            continue;
        for (size_t b = 0; b < published_rows(&published); b++) {
            double tflops = published_value(&published, b);
            if (!published_is(&published, b, PUBLISHED_METRIC, "throughput") || !isfinite(tflops) ||
                !same_eval(a, b))
                continue;
            double flop = published_conv_flop(&conv);
            double latency_slack = rounding(published_text(&published, a, PUBLISHED_VALUE));
            double slack = rounding(published_text(&published, b, PUBLISHED_VALUE)) * 1.001;
            double low = flop / ((ms + latency_slack) * 1e9),
                   high = flop / ((ms - latency_slack) * 1e9);
            cr_assert(tflops >= low - slack && tflops <= high + slack,
                "lines %zu and %zu: %g TFLOPS, from the latency %g to %g",
                csv_line(published.table, a), csv_line(published.table, b), tflops, low, high);
            n_pairs++;
        }
    }
    cr_assert(n_pairs > 200, "%d pairs", n_pairs);
}

/* ---- results/chips.csv */

static void key_count(void *context, const char *key, const char *value) {
    int *n = context;
    (void)value;
    if (strncmp(key, "sim_", 4) == 0)
        n[sim_params_key(key + 4)]++;
}

Test(chips_published, chips_have_every_key_of_the_sim_and_reasons) {
    struct csv_table *chips;
    struct error error;
    static const char *const labels[] = {"chip", "os"};
    cr_assert_eq(csv_table_read(CHIPS, &chips, &error), 0, "%s", error.text);
    int chip = csv_column(chips, "chip"), key = csv_column(chips, "key"),
        value = csv_column(chips, "value"), basis = csv_column(chips, "basis"),
        rows = csv_column(chips, "rows");
    cr_assert(chip >= 0 && key >= 0 && value >= 0 && basis >= 0 && rows >= 0);
    int n[SIM_KEYS] = {0}, wanted[SIM_KEYS] = {0};
    struct sim_params defaults;
    sim_params_default(&defaults);
    sim_params_list(&defaults, key_count, wanted);
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
        wanted[sim_params_key(labels[i])] = 0;
    for (size_t row = 0; row < csv_rows(chips); row++) {
        bool is_last = row + 1 == csv_rows(chips) ||
                       strcmp(csv_text(chips, row, chip), csv_text(chips, row + 1, chip)) != 0;
        bool is_known = strcmp(csv_text(chips, row, basis), "unknown") != 0;
        cr_assert(
            (csv_text(chips, row, value)[0] != '\0') == is_known, "line %zu", csv_line(chips, row));
        cr_assert(!is_known || csv_text(chips, row, rows)[0], "line %zu: from nothing",
            csv_line(chips, row));
        if (strncmp(csv_text(chips, row, key), "host_", 5) != 0) {
            int k = sim_params_key(csv_text(chips, row, key));
            cr_assert(k >= 0, "line %zu", csv_line(chips, row));
            n[k]++;
        }
        for (int k = 0; is_last && k < SIM_KEYS; k++) {
            cr_assert(n[k] == wanted[k], "%s: key %d", csv_text(chips, row, chip), k);
            n[k] = 0;
        }
    }
    csv_table_free(chips);
}
