/* SPDX-License-Identifier: MIT */
#include "experiment/options.h"

#include "base/suggest.h"
#include "record/disturbed.h"
#include "record/order.h"

#include <fnmatch.h>
#include <string.h>

#define FIELD(field) OPTION_FIELD(struct options, field)
static const struct option table[] = {
    {"--list", NULL, NULL, "print the arms with their blocks and time limits, as CSV",
        OPTION_SWITCH, FIELD(list)},
    {"--about", NULL, NULL, "print question, method and decision rule, as CSV", OPTION_SWITCH,
        FIELD(about)},
    {"--dry-run", NULL, NULL, "print the trials in the order they would run, as CSV", OPTION_SWITCH,
        FIELD(dry_run)},
    {"--device", "D", "auto", "auto, cpu:cores=1, sim:FILE, ...", OPTION_WORD, FIELD(device)},
    {"--filter", "ARM", NULL, "only arms that match this shell pattern", OPTION_WORD,
        FIELD(filter)},
    {"--quick", NULL, NULL, "use the small preset", OPTION_SWITCH, FIELD(quick)},
    {"--reps", "N", "the preset's", "blocks of each arm", OPTION_WHOLE, FIELD(reps), .least = 1,
        .most = 100000},
    {"--seed", "S", "1", "seed of orders, weights and inputs", OPTION_WHOLE, FIELD(seed)},
    {"--order", "HOW", "shuffled", "order of arms in a block: shuffled or listed", OPTION_WORD,
        FIELD(order_text)},
    {"--csv", "FILE", NULL, "write every sample, row by row; - is standard output", OPTION_WORD,
        FIELD(csv)},
    {"--tap", NULL, NULL, "print one TAP line per finding on standard output", OPTION_SWITCH,
        FIELD(tap)},
    {"--verbose", NULL, NULL, "print each trial as it starts", OPTION_SWITCH, FIELD(verbose)},
    {"--block", "B", NULL, "run the one trial of --filter's arm in block B, in this process",
        OPTION_WHOLE, FIELD(block)},
    {"--job", "J", "1", "with --block: the job's number", OPTION_WHOLE, FIELD(job)},
    {"--asked-before", "N", "0",
        "with --block: how often this trial has been run and was disturbed", OPTION_WHOLE,
        FIELD(asked_before), .most = DISTURBED_ASKS_AGAIN},
    {"--value", "N", "0", "with --block: a number from the trial that starts this one",
        OPTION_WHOLE, FIELD(value)},
    {"--judge", "CSV", NULL, "without a device: print summary and verdicts from the samples in CSV",
        OPTION_WORD, FIELD(judge)},
    {"--values", NULL, NULL, "with --judge: print the values of each metric instead", OPTION_SWITCH,
        FIELD(values)},
    {"--looks", "BLOCKS", "the only one",
        "with --judge: the looks at these samples up to this one, as 3,7/12; its result follows "
        "the verdicts",
        OPTION_WORD, FIELD(looks_text)},
    {"--fixed", NULL, NULL, "run all trials, even if all claims are already decided", OPTION_SWITCH,
        FIELD(fixed)},
    {"--findings", "CSV", "the suite's results/findings.csv", "the file of claims", OPTION_WORD,
        FIELD(findings)},
};
#undef FIELD
enum { N_OPTIONS = sizeof table / sizeof *table };

static struct command_line line_of(const struct experiment *experiment) {
    return (struct command_line){
        .name = experiment->name, .usage = "[OPTION...]", .options = table, .n_options = N_OPTIONS};
}

static int filter_check(
    const struct options *options, const struct experiment *experiment, struct error *error) {
    unsigned chosen = 0;
    for (size_t i = 0; i < experiment->n_arms; i++)
        chosen += options_arm_chosen(options, &experiment->arms[i]);
    if (options->mode == OPTIONS_TRIAL && chosen != 1)
        return error_set(error, EXIT_USAGE,
            "--block runs one trial: name its arm with --filter ARM; --list prints the arms");
    if (chosen > 0)
        return 0;
    const char *names[64];
    size_t n = 0;
    for (; n < experiment->n_arms && n < sizeof names / sizeof *names; n++)
        names[n] = experiment->arms[n].name;
    const char *nearest = suggest_nearest(options->filter, names, n);
    return error_set(error, EXIT_USAGE, "no arm matches '%s'; %s%s%s", options->filter,
        nearest ? "did you mean " : "--list prints the arms", nearest ? nearest : "",
        nearest ? "?" : "");
}

/* Rejects options that cannot be combined. */
static int together_check(const struct options *options, const struct command_line *line,
    const bool *given, struct error *error) {
    if (options->judge && option_was_given(line, given, "--block"))
        return error_set(
            error, EXIT_USAGE, "--block runs a trial, --judge does not: give only one of them");
    if (options->values && !options->judge)
        return error_set(error, EXIT_USAGE, "--values needs --judge");
    static const char *const of_trial[] = {"--job", "--asked-before", "--value"};
    for (int i = 0; i < 3; i++)
        if (options->mode != OPTIONS_TRIAL && option_was_given(line, given, of_trial[i]))
            return error_set(error, EXIT_USAGE, "%s needs --block", of_trial[i]);
    if (!options->judge && options->looks_text)
        return error_set(error, EXIT_USAGE, "--looks needs --judge");
    if (options->mode == OPTIONS_RUN && options->tap && options->csv &&
        strcmp(options->csv, "-") == 0)
        return error_set(
            error, EXIT_USAGE, "--tap and --csv - both use standard output; give --csv a file");
    return 0;
}

/* The order of the arms in a block. */
static int order_take(struct options *options, struct error *error) {
    const char *order = options->order_text;
    if (!order)
        return 0;
    options->listed_order = strcmp(order, "listed") == 0;
    return options->listed_order || strcmp(order, "shuffled") == 0
               ? 0
               : error_set(error, EXIT_USAGE,
                     "option '--order' takes shuffled or listed, not '%.40s'", order);
}

int options_parse(struct options *options, const struct experiment *experiment, int argc,
    char **argv, struct error *error) {
    const struct command_line line = line_of(experiment);
    bool given[N_OPTIONS] = {false};
    *options =
        (struct options){.program = argv[0], .device = "auto", .seed = 1, .job = ORDER_FIRST_JOB};
    switch (options_read(&line, argc, argv, options, given, NULL, error)) {
    case OPTIONS_WANT_HELP:
        options->mode = OPTIONS_HELP;
        return 0;
    case OPTIONS_WRONG:
        return -1;
    case OPTIONS_READ:
        break;
    }
    options->mode = option_was_given(&line, given, "--block") ? OPTIONS_TRIAL
                    : options->judge                          ? OPTIONS_JUDGE
                    : options->dry_run                        ? OPTIONS_DRY_RUN
                    : options->about                          ? OPTIONS_ABOUT
                    : options->list                           ? OPTIONS_LIST
                                                              : OPTIONS_RUN;
    if (together_check(options, &line, given, error) != 0 || order_take(options, error) != 0 ||
        (options->looks_text && looks_parse(options->looks_text, &options->looks, error) != 0))
        return -1;
    return options->mode == OPTIONS_TRIAL || options->filter
               ? filter_check(options, experiment, error)
               : 0;
}

bool options_arm_chosen(const struct options *options, const struct experiment_arm *arm) {
    return !options->filter || fnmatch(options->filter, arm->name, 0) == 0;
}

unsigned options_arm_blocks(const struct options *options, const struct experiment_arm *arm) {
    const unsigned blocks = options->quick ? arm->blocks_quick : arm->blocks_full;
    return options->reps && blocks ? options->reps : blocks;
}

/* The arms and the kinds of device, laid out like the options: name and description. */
static void put_named(const char *name, const char *text, FILE *out) {
    fprintf(out, "  %-22s %s\n", name, text);
}

void options_put_help(const struct experiment *experiment, FILE *out) {
    struct command_line line = line_of(experiment);
    for (size_t i = 0; i < experiment->n_about; i++)
        if (strcmp(experiment->about[i][0], "question") == 0)
            line.text = experiment->about[i][1];
    options_help(&line, out);
    fprintf(out, "\narms:\n");
    for (size_t i = 0; i < experiment->n_arms; i++)
        put_named(experiment->arms[i].name, experiment->arms[i].text, out);
    fprintf(out, "\nkinds of device:\n");
    put_named("auto", "the engine if it opens, else the CPU", out);
    int n_kinds;
    const struct device_kind *kinds = device_kinds(&n_kinds);
    for (int i = 0; i < n_kinds; i++)
        put_named(kinds[i].name, kinds[i].text, out);
    fprintf(out, "\nexit codes: 0 done, 1 failed, 2 usage, 77 unsupported, 99 broken, 130 "
                 "interrupted\n");
}
