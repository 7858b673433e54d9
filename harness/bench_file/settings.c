/* SPDX-License-Identifier: MIT */
#include "bench_file/settings.h"

#include "base/options.h"
#include "device/device.h"

#include <stdio.h>
#include <string.h>

static int set_take(
    const struct option *option, const char *value, void *values, struct error *error) {
    struct bench_settings *s = values;
    const char *equals = strchr(value, '=');
    (void)option;
    if (!equals || equals == value || !equals[1])
        return error_set(error, EXIT_USAGE, "--set %s: write NAME=FILE.npy or NAME=zeros", value);
    if (s->n_sets == SETS_MAX)
        return error_set(error, EXIT_USAGE, "--set can be given at most %d times", SETS_MAX);
    s->sets[s->n_sets++] = value;
    return 0;
}

static int size_take(
    const struct option *option, const char *value, void *values, struct error *error) {
    struct bench_settings *s = values;
    const char *equals = strchr(value, '=');
    const bool is_sweep = strcmp(option->name, "--sweep") == 0;
    if (!equals || equals == value || !equals[1])
        return error_set(error, EXIT_USAGE, "%s %s: write NAME=%s", option->name, value,
            is_sweep ? "16,32 or NAME=1x16,1x32" : "16 or NAME=1x16");
    if (is_sweep)
        s->sweep = value;
    else if (s->n_sizes == SIZES_MAX)
        return error_set(error, EXIT_USAGE, "--size: at most %d", SIZES_MAX);
    else
        s->sizes[s->n_sizes++] = value;
    return 0;
}

static const char *const jobs[] = {"all", "reference", "time", NULL};

#define F(field) OPTION_FIELD(struct bench_settings, field)
static const struct option options[] = {
    {"--device", "D,...", "auto",
        "device to run on ('aneprobe devices'); several are compared with the first", OPTION_WORD,
        F(devices)},
    {"--set", "NAME=X", NULL, "take an input from X.npy, or X = zeros; the others are random",
        OPTION_OTHER, .take = set_take},
    {"--size", "NAME=N", NULL,
        "the open sizes of an input: one number for all of them, or a shape such as 1x128; inputs "
        "without one get the same number",
        OPTION_OTHER, .take = size_take},
    {"--sweep", "NAME=LIST", NULL, "time every size of a list such as x=16,32 or x=1x16,1x32",
        OPTION_OTHER, .take = size_take},
    {"--function", "NAME", NULL, "the function of a program with several; default the first",
        OPTION_WORD, F(function)},
    {"--iterations", "N", "200", "maximum number of evals per process", OPTION_WHOLE, F(iterations),
        .least = 1, .most = 1000000},
    {"--seconds", "S", "2", "maximum seconds of evals per process", OPTION_DECIMAL, F(seconds),
        .low = 1e-6, .high = 3600},
    {"--trials", "N", "7",
        "processes per file and device; with fewer than 6 there are no intervals", OPTION_WHOLE,
        F(trials), .least = 1, .most = 1000},
    {"--rate", "R", NULL,
        "serve R requests per second that arrive at random, and time the responses", OPTION_DECIMAL,
        F(rate), .low = 1e-3, .high = 1e7},
    {"--in-flight", "N", "1",
        "then also keep N requests in flight at a time, each with its own surfaces, and compare "
        "the "
        "throughput with one",
        OPTION_WHOLE, F(in_flight), .least = 1, .most = DEVICE_LANES_MAX},
    {"--by-operator", NULL, NULL,
        "also compile each operator alone and, if the program fails, find the smallest part of it "
        "that fails",
        OPTION_SWITCH, F(by_operator)},
    {"--energy", NULL, NULL,
        "then also measure the energy of an eval, if an energy counter is seen to move "
        "('aneprobe doctor' lists them)",
        OPTION_SWITCH, F(energy)},
    {"--tolerance", "X", "0.02",
        "the largest error of a right output, relative to its largest magnitude", OPTION_DECIMAL,
        F(tolerance), .low = 0, .high = 1},
    {"--limit", "S", "300", "seconds until a process is killed", OPTION_WHOLE, F(limit_s),
        .least = 1, .most = 86400},
    {"--seed", "N", "1", "the same seed gives the same inputs and order", OPTION_WHOLE, F(seed),
        .most = UINT64_MAX},
    {"--format", "F", "text", TABLE_FORMAT_TEXT, OPTION_CHOICE, F(format),
        .words = table_format_words},
    {"--out", "DIR", NULL, "write samples.csv, table.csv and latency.svg to a new folder",
        OPTION_WORD, F(out)},
    {"--job", "J", NULL, NULL, OPTION_CHOICE, F(job), .words = jobs},
    {"--work", "DIR", NULL, NULL, OPTION_WORD, F(work)},
    {"--block", "N", NULL, NULL, OPTION_WHOLE, F(block), .most = 1 << 20},
};

static const struct command_line line = {
    .name = "aneprobe bench",
    .usage = "FILE... [OPTION...]",
    .text = "Compiles, loads, checks and times programs: .mil, .mlmodelc, .mlpackage, .mlmodel. "
            "Each trial is a separate process, in blocks shuffled by the seed. An output is right "
            "when it matches the reference evaluator's, and only right outputs are timed.",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .least_operands = 1,
    .most_operands = FILES_MAX,
    .operand = "FILE",
    .end = "Exit codes: 0 all right, 1 something wrong or failed, 2 wrong usage, 99 broken "
           "environment "
           "or data.\n",
};

int settings_read(int argc, char **argv, struct bench_settings *out, struct error *error) {
    int n_operands = 0;
    *out = (struct bench_settings){.devices = "auto",
        .iterations = 200,
        .seconds = 2,
        .trials = 7,
        .tolerance = 0.02,
        .limit_s = 300,
        .in_flight = 1,
        .seed = 1};
    switch (options_read(&line, argc, argv, out, NULL, &n_operands, error)) {
    case OPTIONS_WANT_HELP:
        options_help(&line, stdout);
        return 1;
    case OPTIONS_WRONG:
        return -1;
    default:
        break;
    }
    for (int i = 0; i < n_operands; i++)
        out->files[i] = argv[1 + i];
    out->n_files = n_operands;
    if (out->rate > 0 && out->in_flight > 1)
        return error_set(error, EXIT_USAGE,
            "--rate times requests that arrive, --in-flight as many as there can be: choose one");
    return 0;
}
