/* SPDX-License-Identifier: MIT */
#include "experiment/options.h"

#include "measure/suggest.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum option_id {
    OPTION_HELP,
    OPTION_LIST,
    OPTION_ABOUT,
    OPTION_DRY_RUN,
    OPTION_JUDGE,
    OPTION_DEVICE,
    OPTION_FILTER,
    OPTION_SEED,
    OPTION_REPS,
    OPTION_ORDER,
    OPTION_QUICK,
    OPTION_CSV,
    OPTION_TAP,
    OPTION_VERBOSE,
    OPTION_BLOCK,
    OPTION_JOB,
    OPTION_FINDINGS,
    OPTION_SUMMARY,
    OPTION_VERDICTS
};

static const struct {
    const char *name, *value, *text;
    enum option_id id;
} table[] = {
    {"--help", NULL, "this text", OPTION_HELP},
    {"--list", NULL, "the arms with their blocks and time limits, as CSV", OPTION_LIST},
    {"--about", NULL, "question, method and decision rule, as CSV", OPTION_ABOUT},
    {"--dry-run", NULL, "the trials in the order they would run, as CSV", OPTION_DRY_RUN},
    {"--device", "D", "auto, cpu:cores=1, sim:FILE, ... (default auto)", OPTION_DEVICE},
    {"--filter", "ARM", "only arms of that name; a shell pattern works", OPTION_FILTER},
    {"--quick", NULL, "the small preset", OPTION_QUICK},
    {"--reps", "N", "N blocks instead of the preset's", OPTION_REPS},
    {"--seed", "S", "seed of orders, weights and inputs (default 1)", OPTION_SEED},
    {"--order", "HOW", "of arms in a block: shuffled (default) or listed", OPTION_ORDER},
    {"--csv", "FILE", "every sample, row by row; - is stdout", OPTION_CSV},
    {"--tap", NULL, "one TAP line a finding on stdout", OPTION_TAP},
    {"--verbose", NULL, "say which trial runs", OPTION_VERBOSE},
    {"--block", "B", "run the one trial of --filter's arm in block B, in this process",
        OPTION_BLOCK},
    {"--job", "J", "with --block: the job's number; --order is then the trial's place", OPTION_JOB},
    {"--judge", "CSV", "no device: verdicts from the samples in CSV", OPTION_JUDGE},
    {"--findings", "CSV", "the claims (default: the suite's results/findings.csv)",
        OPTION_FINDINGS},
    {"--summary", "CSV", "with --judge: where the summary goes", OPTION_SUMMARY},
    {"--verdicts", "CSV", "with --judge: where the verdicts go (default stdout)", OPTION_VERDICTS},
};
enum { N_OPTIONS = sizeof table / sizeof *table };

static int refuse(char *error, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static int refuse(char *error, size_t size, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error, size, format, arguments);
    va_end(arguments);
    return -1;
}

/* Digits only: strtoull would take signs and spaces. */
static int number_parse(const char *text, uint64_t max, uint64_t *value) {
    if (!*text || strspn(text, "0123456789") != strlen(text))
        return -1;
    errno = 0;
    *value = strtoull(text, NULL, 10);
    return errno || *value > max ? -1 : 0;
}

static int option_find(const char *word, size_t length) {
    for (int i = 0; i < N_OPTIONS; i++)
        if (strlen(table[i].name) == length && strncmp(table[i].name, word, length) == 0)
            return i;
    return -1;
}

static int option_unknown(const char *word, char *error, size_t size) {
    const char *names[N_OPTIONS];
    for (int i = 0; i < N_OPTIONS; i++)
        names[i] = table[i].name;
    const char *nearest = suggest_nearest(word, names, N_OPTIONS);
    return nearest ? refuse(error, size, "unknown option '%s'; did you mean %s?", word, nearest)
                   : refuse(error, size, "unknown option '%s'; --help lists them", word);
}

static int number_option(
    const char *name, const char *value, uint64_t max, uint64_t *out, char *error, size_t size) {
    if (number_parse(value, max, out) == 0)
        return 0;
    return refuse(error, size, "%s wants a whole number from 0 to %llu, not '%s'", name,
        (unsigned long long)max, value);
}

static int filter_check(
    const struct options *options, const struct experiment *experiment, char *error, size_t size) {
    unsigned chosen = 0;
    for (size_t i = 0; i < experiment->n_arms; i++)
        chosen += options_arm_chosen(options, &experiment->arms[i]);
    if (options->mode == OPTIONS_TRIAL && chosen != 1)
        return refuse(error, size,
            "--block runs one trial: name its arm with --filter ARM; --list has the arms");
    if (chosen > 0)
        return 0;
    const char *names[64];
    size_t n = 0;
    for (; n < experiment->n_arms && n < sizeof names / sizeof *names; n++)
        names[n] = experiment->arms[n].name;
    const char *nearest = suggest_nearest(options->filter, names, n);
    return refuse(error, size, "no arm matches '%s'; %s%s%s", options->filter,
        nearest ? "did you mean " : "--list has the arms", nearest ? nearest : "",
        nearest ? "?" : "");
}

int options_parse(struct options *options, const struct experiment *experiment, int argc,
    char **argv, char *error, size_t size) {
    *options =
        (struct options){.mode = OPTIONS_RUN, .program = argv[0], .device = "auto", .seed = 1};
    const char *order = NULL;
    bool given[N_OPTIONS] = {false};
    uint64_t number = 0;

    for (int i = 1; i < argc; i++) {
        const char *word = argv[i], *value = NULL;
        const char *equals = strncmp(word, "--", 2) == 0 ? strchr(word, '=') : NULL;
        int found = option_find(word, equals ? (size_t)(equals - word) : strlen(word));
        if (found < 0)
            return option_unknown(word, error, size);
        const char *name = table[found].name;
        if (table[found].value) {
            value = equals ? equals + 1 : i + 1 < argc ? argv[++i] : NULL;
            if (!value || !*value)
                return refuse(error, size, "%s wants a value: %s", name, table[found].text);
        } else if (equals) {
            return refuse(error, size, "%s takes no value", name);
        }
        given[table[found].id] = true;

        switch (table[found].id) {
        case OPTION_HELP:
            options->mode = OPTIONS_HELP;
            return 0;
        case OPTION_LIST:
            options->mode = OPTIONS_LIST;
            break;
        case OPTION_ABOUT:
            options->mode = OPTIONS_ABOUT;
            break;
        case OPTION_DRY_RUN:
            options->mode = OPTIONS_DRY_RUN;
            break;
        case OPTION_JUDGE:
            options->mode = OPTIONS_JUDGE;
            options->judge = value;
            break;
        case OPTION_BLOCK:
            if (number_option(name, value, UINT32_MAX, &number, error, size) != 0)
                return -1;
            options->mode = OPTIONS_TRIAL;
            options->block = (unsigned)number;
            break;
        case OPTION_DEVICE:
            options->device = value;
            break;
        case OPTION_FILTER:
            options->filter = value;
            break;
        case OPTION_SEED:
            if (number_option(name, value, UINT64_MAX, &options->seed, error, size) != 0)
                return -1;
            break;
        case OPTION_REPS:
            if (number_option(name, value, 100000, &number, error, size) != 0)
                return -1;
            if (number == 0)
                return refuse(error, size, "--reps 0 would run nothing; use --dry-run for that");
            options->reps = (unsigned)number;
            break;
        case OPTION_JOB:
            if (number_option(name, value, UINT32_MAX, &number, error, size) != 0)
                return -1;
            options->job = (unsigned)number;
            break;
        case OPTION_ORDER:
            order = value;
            break;
        case OPTION_QUICK:
            options->quick = true;
            break;
        case OPTION_TAP:
            options->tap = true;
            break;
        case OPTION_VERBOSE:
            options->verbose = true;
            break;
        case OPTION_CSV:
            options->csv = value;
            break;
        case OPTION_FINDINGS:
            options->findings = value;
            break;
        case OPTION_SUMMARY:
            options->summary = value;
            break;
        case OPTION_VERDICTS:
            options->verdicts = value;
            break;
        }
    }

    if (given[OPTION_BLOCK] && given[OPTION_JUDGE])
        return refuse(error, size, "--block runs a trial, --judge runs none: give one of them");
    if (options->mode != OPTIONS_TRIAL && given[OPTION_JOB])
        return refuse(error, size, "--job needs --block");
    if (options->mode == OPTIONS_RUN && options->tap && options->csv &&
        strcmp(options->csv, "-") == 0)
        return refuse(error, size, "--tap and --csv - both want stdout; give --csv a file");
    if (options->mode != OPTIONS_JUDGE && (given[OPTION_SUMMARY] || given[OPTION_VERDICTS]))
        return refuse(error, size, "--summary and --verdicts need --judge");
    if (order && options->mode == OPTIONS_TRIAL) {
        if (number_option("--order with --block", order, UINT32_MAX, &number, error, size) != 0)
            return -1;
        options->order = (unsigned)number;
    } else if (order) {
        options->listed_order = strcmp(order, "listed") == 0;
        if (!options->listed_order && strcmp(order, "shuffled") != 0)
            return refuse(error, size, "--order is shuffled or listed, not '%s'", order);
    }
    if (options->mode == OPTIONS_TRIAL || options->filter)
        return filter_check(options, experiment, error, size);
    return 0;
}

bool options_arm_chosen(const struct options *options, const struct experiment_arm *arm) {
    return !options->filter || fnmatch(options->filter, arm->name, 0) == 0;
}

unsigned options_arm_blocks(const struct options *options, const struct experiment_arm *arm) {
    const unsigned blocks = options->quick ? arm->blocks_quick : arm->blocks_full;
    return options->reps && blocks ? options->reps : blocks;
}

void options_help(const struct experiment *experiment, FILE *out) {
    const char *question = "";
    for (size_t i = 0; i < experiment->n_about; i++)
        if (strcmp(experiment->about[i][0], "question") == 0)
            question = experiment->about[i][1];
    fprintf(out, "usage: %s [OPTION...]\n\n%s\n\narms:\n", experiment->name, question);
    for (size_t i = 0; i < experiment->n_arms; i++)
        fprintf(out, "  %-22s %s\n", experiment->arms[i].name, experiment->arms[i].text);
    fprintf(out, "\noptions:\n");
    for (int i = 0; i < N_OPTIONS; i++) {
        char head[64];
        snprintf(head, sizeof head, "%s%s%s", table[i].name, table[i].value ? " " : "",
            table[i].value ? table[i].value : "");
        fprintf(out, "  %-22s %s\n", head, table[i].text);
    }
    fprintf(
        out, "\nkinds of device:\n  %-22s %s\n", "auto", "the engine where it opens, else the CPU");
    int n_kinds;
    const struct device_kind *kinds = device_kinds(&n_kinds);
    for (int i = 0; i < n_kinds; i++)
        fprintf(out, "  %-22s %s\n", kinds[i].name, kinds[i].text);
    fprintf(out, "\nexit status: 0 done, 1 failed, 2 usage, 77 unsupported, 99 broken, 130 "
                 "interrupted\n");
}
