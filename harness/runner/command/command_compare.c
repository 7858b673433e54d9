/* SPDX-License-Identifier: MIT
 *
 * Compares runs: side by side, which a script does, or two of one machine with a gate.
 */
#include "runner/command/command.h"
#include "runner/compare/baseline.h"
#include "runner/compare/gate.h"
#include "runner/run/stopping.h"
#include "runner/run/origin.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct compare_options {
    double margin_pct;
    enum table_format format;
};

static const struct option options[] = {
    {"--gate", "PERCENT", NULL, "exit 1 when a metric of NEW is worse by more than this",
        OPTION_DECIMAL, OPTION_FIELD(struct compare_options, margin_pct), .low = 0, .high = 99},
    {"--format", "F", "text", TABLE_FORMAT_TEXT, OPTION_CHOICE,
        OPTION_FIELD(struct compare_options, format), .words = table_format_words},
};

static const struct command_line gate_line = {.name = "aneprobe compare",
    .usage = "BASE NEW --gate PERCENT [--format F]",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .least_operands = 2,
    .most_operands = 2,
    .operand = "BASE or NEW"};

/* Both runs and their origins. */
struct pair {
    struct run runs[SIDES];
    struct run_origin origins[SIDES];
    struct metrics metrics;
};

static int pair_read(struct pair *pair, char **words, struct error *error) {
    struct manifest manifest = {.n = 0};
    int failed = manifest_read(&manifest, error);
    for (int side = 0; !failed && side < SIDES; side++) {
        char *path = baseline_or_run(words[side]);
        if (!path)
            failed = error_set(error, EXIT_BROKEN, "out of memory");
        else if (access(path, F_OK) != 0)
            failed = error_set(error, EXIT_USAGE,
                "%s is neither a run directory nor a baseline; 'aneprobe baseline list' lists them",
                path);
        else
            failed = run_open(&pair->runs[side], path, error);
        free(path);
        if (!failed)
            failed = run_origin_read(&pair->runs[side], &pair->origins[side], error);
        if (!failed)
            failed = metrics_add(
                &pair->metrics, (enum run_side)side, &pair->runs[side], &manifest, error);
    }
    manifest_free(&manifest);
    return failed;
}

static void pair_free(struct pair *pair) {
    metrics_free(&pair->metrics);
    for (int side = 0; side < SIDES; side++) {
        run_origin_free(&pair->origins[side]);
        run_close(&pair->runs[side]);
    }
}

/* Two runs of one machine, or of two simulated engines. */
static int machines_check(const struct pair *pair, struct error *error) {
    const struct table_origin *base = &pair->origins[SIDE_BASE].of,
                              *new = &pair->origins[SIDE_NEW].of;
    if (strcmp(base->clock, new->clock) != 0)
        return error_set(error, EXIT_USAGE,
            "times of the base are %s, those of the new run %s: they are not comparable",
            base->clock, new->clock);
    if (strcmp(base->chip, new->chip) != 0)
        return error_set(error, EXIT_USAGE,
            "a gate compares two runs of one machine: the base is from %s, the new run from %s",
            base->chip, new->chip);
    return 0;
}

/* Trials were dropped where the figures were clear, so the remaining ones are a biased sample. */
static int trials_check(const struct pair *pair, struct error *error) {
    for (int side = 0; side < SIDES; side++)
        if (!stopping_is_fixed(pair->origins[side].settings))
            return error_set(error, EXIT_USAGE,
                "%s: its trials ended when its claims were decided, so their number depends on "
                "what "
                "was measured; for a gate make runs with --fixed",
                pair->runs[side].path);
    return 0;
}

static void row_put(struct table *table, const struct gate_result *r, const struct run_gate *gate,
    const struct pair *pair) {
    const struct run_metric *m = r->metric;
    const struct metric_side *base = &m->sides[SIDE_BASE], *new = &m->sides[SIDE_NEW];
    table_put_text(table, m->experiment);
    table_put_text(table, m->arm);
    table_put_text(table, m->name);
    table_put_text(table, new->is_there ? new->unit : base->unit);
    table_put_text(table, r->better);
    table_put_number(table, r->base);
    table_put_number(table, r->new);
    table_put_number(table, r->ratio.estimate);
    table_put_number(table, r->ratio.low);
    table_put_number(table, r->ratio.high);
    table_put_number(table, gate->level);
    table_put_count(table, base->n);
    table_put_count(table, new->n);
    table_put_text(table, gate_outcome_name(r->outcome));
    table_put_text(table, r->reason);
    table_put_text(table, pair->origins[SIDE_BASE].of.suite_commit);
    table_put_text(table, pair->origins[SIDE_BASE].of.device);
    table_put_text(table, pair->origins[SIDE_BASE].started);
    table_put_text(table, pair->origins[SIDE_NEW].started);
    table_end_row(table, &pair->origins[SIDE_NEW].of);
}

/* Why metrics are not compared: each reason with its first metrics. */
static void reasons_put(const struct run_gate *gate) {
    enum { SHOWN = 3 };
    for (size_t i = 0; i < gate->n; i++) {
        const char *reason = gate->results[i].reason;
        size_t n = 0, first = gate->n;
        for (size_t j = 0; j < gate->n; j++)
            if (strcmp(gate->results[j].reason, reason) == 0 && n++ == 0)
                first = j;
        if (reason[0] == '\0' || first != i)
            continue;
        printf("%zu not compared, %s:", n, reason);
        for (size_t j = i, shown = 0; j < gate->n && shown < SHOWN; j++)
            if (strcmp(gate->results[j].reason, reason) == 0)
                printf("%s %s %s %s", shown++ ? "," : "", gate->results[j].metric->experiment,
                    gate->results[j].metric->arm, gate->results[j].metric->name);
        printf("%s\n", n > SHOWN ? ", ... (--format csv has all)" : "");
    }
}

static void words_put(const struct run_gate *gate, double margin_pct) {
    const size_t n = gate->n - gate->of[GATE_NOT_COMPARED];
    if (n > 0)
        printf("\n");
    reasons_put(gate);
    printf("%zu of %zu metrics compared: %zu worse by more than %g %%, %zu better by more, %zu "
           "within, %zu not decided.\n",
        n, gate->n, gate->of[GATE_WORSE], margin_pct, gate->of[GATE_BETTER], gate->of[GATE_WITHIN],
        gate->of[GATE_NOT_DECIDED]);
    if (n > 0)
        printf("Ratios are new to base, with %.5g %% intervals over processes. Of 100 comparisons "
               "of two equal devices at most %g finds something worse.\n",
            100 * gate->level, 100 * GATE_FALSE_ALARMS);
}

/* Sets the exit code. */
static int gate_end(const struct run_gate *gate, double margin_pct, struct error *error) {
    if (gate->of[GATE_WORSE] > 0)
        return error_set(error, EXIT_FAILED, "%zu metrics are worse by more than %g %%",
            gate->of[GATE_WORSE], margin_pct);
    if (gate->of[GATE_NOT_COMPARED] < gate->n)
        return 0;
    if (gate->n_too_few > 0)
        return error_set(error, EXIT_BROKEN,
            "too few processes: %zu metrics need about %zu in each run; make both runs "
            "without --quick",
            gate->n_too_few, gate->n_needed);
    return error_set(
        error, EXIT_BROKEN, "nothing can be compared: the table says why, metric by metric");
}

static int gate_print(const struct run_gate *gate, const struct pair *pair,
    const struct compare_options *o, struct error *error) {
    struct table *table = table_new(&table_form_gate);
    if (!table)
        return error_set(error, EXIT_BROKEN, "out of memory");
    /* For people, a few lines below tell what is not compared. */
    const bool as_text = o->format == TABLE_AS_TEXT;
    for (size_t i = 0; i < gate->n; i++)
        if (!as_text || gate->results[i].outcome != GATE_NOT_COMPARED)
            row_put(table, &gate->results[i], gate, pair);
    const bool has_rows = gate->of[GATE_NOT_COMPARED] < gate->n || !as_text;
    const int failed = has_rows ? table_print(table, o->format, stdout, error) : 0;
    if (!failed && as_text)
        words_put(gate, o->margin_pct);
    table_free(table);
    return failed;
}

static int gate_run(int argc, char **argv, struct error *error) {
    struct compare_options o = {.format = TABLE_AS_TEXT};
    struct pair pair = {.runs = {{.lock_fd = -1}, {.lock_fd = -1}}};
    struct run_gate gate = {.n = 0};
    if (options_read(&gate_line, argc, argv, &o, NULL, NULL, error) != OPTIONS_READ)
        return error->code;
    int failed = pair_read(&pair, argv + 1, error);
    if (!failed)
        failed = machines_check(&pair, error);
    if (!failed)
        failed = trials_check(&pair, error);
    if (!failed)
        failed = gate_decide(&pair.metrics, o.margin_pct, &gate, error);
    if (!failed)
        failed = gate_print(&gate, &pair, &o, error);
    if (!failed)
        failed = gate_end(&gate, o.margin_pct, error);
    gate_free(&gate);
    pair_free(&pair);
    return failed ? (int)error->code : EXIT_DONE;
}

static bool is_gate(int argc, char **argv) {
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--gate") == 0 || strncmp(argv[i], "--gate=", 7) == 0)
            return true;
    return false;
}

/* The script knows directories only. */
static int side_by_side(int argc, char **argv, struct error *error) {
    char **words = calloc((size_t)argc + 1, sizeof *words);
    if (!words)
        return error_set(error, EXIT_BROKEN, "out of memory");
    for (int i = 1; i < argc; i++)
        words[i - 1] = argv[i][0] == '-' ? strdup(argv[i]) : baseline_or_run(argv[i]);
    const int code = command_become("plots/compare.sh", argc - 1, words, error);
    for (int i = 1; i < argc; i++)
        free(words[i - 1]);
    free(words);
    return code;
}

static int compare(int argc, char **argv, struct error *error) {
    return is_gate(argc, argv) ? gate_run(argc, argv, error) : side_by_side(argc, argv, error);
}

const struct command command_compare = {
    "compare",
    "show runs next to published figures, or check whether a run is worse",
    compare,
    NULL,
    "plots/compare.sh",
};
