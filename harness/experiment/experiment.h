/* SPDX-License-Identifier: MIT
 *
 * Shared by all probes and benchmarks: one descriptor, one main, trials that write rows, and
 * judgement from those rows alone.
 *
 * A trial is one process doing one arm once; it is the unit of replication. An experiment run by hand
 * without --block starts itself as one child process per trial, in shuffled blocks. The runner does
 * the same with time limits. Judgement opens no device.
 */
#ifndef ANEPROBE_EXPERIMENT_EXPERIMENT_H
#define ANEPROBE_EXPERIMENT_EXPERIMENT_H

#include "device/device.h"
#include "measure/csv.h"
#include "measure/stats.h"
#include "record/sample.h"
#include "record/verdict.h"

/* ---- the descriptor ---------------------------------------------------------------------------
 */

struct experiment_arm {
    const char *name;                   /* "keep-tiny" */
    const char *text;                   /* one line */
    unsigned blocks_quick, blocks_full; /* the number of blocks with a trial of this arm */
    unsigned limit_s;                   /* time limit of one trial */
};

enum experiment_column_kind {
    EXPERIMENT_FACTOR, /* a text or number that was set */
    EXPERIMENT_NUMBER  /* a result: finite or empty */
};

/* Units in the name: eval_ns, weight_bytes, ratio. */
struct experiment_column {
    const char *name;
    enum experiment_column_kind kind;
};

struct trial;
struct judgement;

struct experiment {
    const char *name; /* like the file: "qos_sweep" */
    /* The header comment of the experiment's source, made by the build: field,value pairs. */
    const char *const (*about)[2];
    size_t n_about;
    const char *version; /* of that source and its parts, made by the build; NULL = none */
    const struct experiment_arm *arms;
    size_t n_arms;
    const struct experiment_column *columns;
    size_t n_columns;
    /* Runs one arm once. Returns 0 when the trial completed, whatever it found; -1 when it could
     * not (the reason was given by trial_break). */
    int (*run)(struct trial *);
    /* Turns samples into summary and verdict rows. Deterministic. */
    int (*judge)(struct judgement *);
};

/* An experiment's whole main. Options: --list --about --filter --seed --reps --order --device --csv
 * --tap --dry-run --verbose --quick --judge. See --help. */
int experiment_main(const struct experiment *experiment, int argc, char **argv);

/* That main, for a file that has the generated `about` and defines arms[] and columns[]. */
#define EXPERIMENT_MAIN(experiment_name, run_trial, judge_samples)                                 \
    int main(int argc, char **argv) {                                                              \
        static const struct experiment experiment = {                                              \
            .name = experiment_name,                                                               \
            .about = about,                                                                        \
            .n_about = sizeof about / sizeof *about,                                               \
            .version = about_version,                                                              \
            .arms = arms,                                                                          \
            .n_arms = sizeof arms / sizeof *arms,                                                  \
            .columns = columns,                                                                    \
            .n_columns = sizeof columns / sizeof *columns,                                         \
            .run = run_trial,                                                                      \
            .judge = judge_samples,                                                                \
        };                                                                                         \
        return experiment_main(&experiment, argc, argv);                                           \
    }

/* ---- a trial ----------------------------------------------------------------------------------
 */

struct trial {
    struct device *device;
    const struct experiment_arm *arm;
    unsigned block;
    uint64_t seed; /* of this trial: from run seed, arm and block */
    bool quick;
    uint64_t value; /* what the trial that started this one asks for (trial_apart_try); else 0 */
    struct trial_state *state;
};

/* One row of samples: set cells by column name, then end the row. Cells not set are empty; in a row
 * that is not ok, all values but factors stay empty. Flushed row by row. */
void trial_text(struct trial *t, const char *column, const char *value);
void trial_number(struct trial *t, const char *column, double value);
void trial_u64(struct trial *t, const char *column, uint64_t value);
void trial_row(struct trial *t, enum sample_status status, const char *reason);
/* A row for a device call that did not return DEVICE_OK. */
void trial_row_error(struct trial *t, const struct device_error *error);
/* Records the MIL text of a program that the trial creates, or anything else that must be equal for
 * trials' figures to be compared. Subjects and specimens do so themselves. */
void trial_program(struct trial *t, const char *text, size_t bytes);
/* Gives the reason why the whole trial could not run; returns -1. */
int trial_break(struct trial *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
int trial_break_error(struct trial *t, const struct device_error *error);

/* Runs another arm of this experiment, with this trial's device and block, as a trial in a separate
 * process, and waits for its end. Its output is discarded. Returns 0, or -1 with the reason given.
 * Arms of 0 blocks run only this way. */
int trial_apart(struct trial *t, const char *arm);
/* The same, where the other process may crash or hang: how it ended is the result, and its rows are there as far
 * as it came. It is asked for `value`, and has `limit_s`: what is right on a simulated engine is not late because
 * this machine is slow, so there a limit that passes is no result. -1 with the reason given only then, when it
 * says itself that it is broken, or when nothing could be started. Free the rows. */
enum trial_apart_end { TRIAL_APART_DONE, TRIAL_APART_CRASHED, TRIAL_APART_TIMEOUT };
struct trial_apart {
    enum trial_apart_end end;
    char reason[700];       /* for a crash or a timeout */
    struct csv_table *rows; /* NULL: it wrote none */
};
int trial_apart_try(
    struct trial *t, const char *arm, uint64_t value, unsigned limit_s, struct trial_apart *out);
/* Another process beside this trial, with an arm's own limit, that is asked for `value` and not waited for.
 * _ready waits until it has written its first row, or is over. _end waits for its end, frees it, and gives all rows
 * that it wrote, to be freed. -1 with the reason given when it could not be started or did not complete. */
struct trial_beside;
int trial_beside_start(struct trial *t, const char *arm, uint64_t value, struct trial_beside **out);
void trial_beside_ready(struct trial_beside *beside);
int trial_beside_end(struct trial *t, struct trial_beside *beside, struct csv_table **rows);
/* The same for all arms of a block, in any process. */
uint64_t trial_shared_seed(struct trial *t);

/* The trial's machine by a way (device_way_open), before anything is made on its own device: *machine is the
 * trial on it, for subjects and specimens. Rows are written to `t`. Once a trial. */
enum device_status trial_way_open(
    struct trial *t, enum device_way way, struct trial *machine, struct device_error *error);
void trial_way_close(struct trial *t, struct trial *machine); /* after a failed open, too */

uint64_t trial_random(struct trial *t); /* seeded stream */
/* 0..n-1 in random order. */
void trial_shuffle(struct trial *t, unsigned *order, unsigned n);
uint64_t trial_clock_ns(struct trial *t); /* the device's clock */

/* The device's chip as named by its properties, for the column `chip`; " (processor)" is added on a
 * cpu device, since a claim about a chip is about its engine. Empty when the device does not name
 * it. */
enum { TRIAL_CHIP_SIZE = 64 };
void trial_chip(struct trial *t, char out[TRIAL_CHIP_SIZE]);

/* ---- a program under test, with its truth ------------------------------------------------------
 */

/* A program with its weights, surfaces and request, its input filled with bounded non-zero data,
 * and its output from the reference evaluator. One input, one output. */
struct subject;
struct subject_padding;

/* Shapes the probes use. Weights are random, non-zero, from `weight_seed`: two seeds, two hashes.
 */
enum subject_kind {
    SUBJECT_CONV, /* depth 1x1 convs channels -> channels at spatial positions, fp16 in and out */
    SUBJECT_SCALE /* y = w * x, w one fp16 per channel: compiles fast, output linear in w */
};
struct subject_spec {
    enum subject_kind kind;
    int channels, spatial, depth;
    uint64_t weight_seed;
    const struct subject_padding *padding; /* see subject_padding_create; NULL = none */
    /* 0 = the whole output is compared with the reference; else only this many spatial positions,
     * evenly spread. Exact for those, since no op here mixes positions: a cheap reference for deep
     * stacks.
     */
    int check_positions;
    /* Its input is this one's expected output, as in a chain of both: with the same channels and
     * positions, and check_positions 0. NULL = its own input. */
    const struct subject *fed_by;
};

/* Additional weights, many megabytes, for programs to hold besides their own (limit probes): the
 * same for every program, and so created once. Only channels, spatial and check_positions of `spec`
 * count, and must match the programs. Free it after them. */
enum device_status subject_padding_create(struct trial *t, const struct subject_spec *spec,
    size_t bytes, struct subject_padding **out, struct device_error *error);
void subject_padding_free(struct subject_padding *padding); /* NULL is allowed */

/* Builds text, weights, input and expected output, and makes the device's program. */
enum device_status subject_create(struct trial *t, const struct subject_spec *spec,
    struct subject **out, struct device_error *error);
void subject_free(struct subject *subject); /* unloads, frees; NULL is allowed */
struct device_program *subject_program(struct subject *subject);

enum device_status subject_compile(struct subject *, int qos, struct device_error *);
/* Loads, creates the surfaces (the first time) and the request. */
enum device_status subject_load(struct subject *, int qos, struct device_error *);
/* Does nothing when it is not loaded. */
enum device_status subject_unload(struct subject *, struct device_error *);
/* Fills the output with wrong values, so that an eval that does nothing cannot pass. */
void subject_poison(struct subject *subject);
/* Only one eval. */
enum device_status subject_eval(struct subject *, int qos, struct device_error *);
/* Whether the output matches the reference for these weights. `tolerance` is relative to the
 * largest expected element; *worst, where it is wanted, is the largest difference found. */
bool subject_output_is(struct subject *subject, uint64_t weight_seed, double *worst);
/* The subject's own surfaces, after a load, for requests that a probe creates itself. */
struct device_surface *subject_input(struct subject *subject);
struct device_surface *subject_output(struct subject *subject);
/* Copies the output of `from` to the input of `to`, on the host. */
enum device_status subject_copy(struct subject *from, struct subject *to, struct device_error *);
/* Inverts the sign of all elements of its output, or its input. */
void subject_negate(struct subject *subject, bool output);
/* Compile, load, verify: *right tells whether the output matches the reference. */
enum device_status subject_start(struct subject *, bool *right, struct device_error *);
/* Create, then the same: *out is a loaded subject, and *right tells whether its output
 * matches the reference. Unless it returns DEVICE_OK, *out is what must be freed, or NULL. */
enum device_status subject_open(struct trial *t, const struct subject_spec *spec,
    struct subject **out, bool *right, struct device_error *error);
/* poison, eval, compare with the subject's own weights. */
enum device_status subject_verify(
    struct subject *, int qos, bool *right, double *worst, struct device_error *);
/* The blob with the weights that another seed would give, for rewriting. */
const void *subject_weights(struct subject *subject, uint64_t weight_seed, size_t *bytes);
uint64_t subject_weight_seed(const struct subject *subject); /* its own */
const char *subject_blob_path(const struct subject *subject);
uint64_t subject_blob_offset(const struct subject *subject);
double subject_gflop(const struct subject *subject); /* 2 * multiply-adds / 1e9 */

/* ---- judgement --------------------------------------------------------------------------------
 */

/* Decides by an interval: all of it on the claim's side, all of it on the other, or neither (also
 * for NaN). */
enum verdict verdict_within(struct stats_interval v, double low, double high);
enum verdict verdict_above(struct stats_interval v, double threshold);
enum verdict verdict_below(struct stats_interval v, double threshold);

enum { INTERVAL_WORDS_BYTES = 64 };
/* Text for a reason: "interval 0.9 to 1.1 ms" for the unit " ms", or that there are too few
 * samples. Returns out. */
const char *interval_words(
    struct stats_interval v, const char *unit, char out[INTERVAL_WORDS_BYTES]);

/* The samples of one experiment. Only rows of completed trials. */
struct judgement {
    const struct csv_table *samples;
    const char *device; /* "cpu", "sim", "ane", as in the samples */
    bool virtual_clock;
    struct judgement_state *state;
};

/* The level to take for an interval, or 1 - p, that is to hold with `level`: higher where these samples are
 * not looked at for the only time (stats_looks_level). Every verdict and interval takes its level from
 * here. */
double judgement_level(struct judgement *j, double level);

/* Selects rows with arm = `arm` (NULL = all) and status = `status` (NULL = all): returns their
 * number, and row numbers in an array owned by the judgement. */
size_t judgement_rows(
    struct judgement *j, const char *arm, const char *status, const size_t **rows);
double judgement_cell(struct judgement *j, size_t row, const char *column); /* NaN = empty */
const char *judgement_text(struct judgement *j, size_t row, const char *column);
/* What a row says; NaN: nothing. */
typedef double judgement_number_fn(struct judgement *j, size_t row, const void *of);
/* For each trial the median of what its ok rows of the arm (NULL = all) say; NaN where they say nothing. Owned by
 * the judgement; NULL when out of memory. */
double *judgement_by_trial(
    struct judgement *j, const char *arm, judgement_number_fn *number, const void *of);
/* The same of a column, in the rows whose other cells are these: a text or, where it is NULL, a number. */
struct judgement_pick {
    const char *column;
    struct {
        const char *column, *text;
        double number;
    } where[3];
};
double *judgement_picked(struct judgement *j, const char *arm, const struct judgement_pick *pick);
/* Keeps, at the front, only the finite ones of a number for each trial, and returns how many. NULL has none. */
size_t judgement_compact(struct judgement *j, double *by_trial);
/* One number per trial: the median of `column` over the trial's ok rows. Owned by the judgement. */
size_t judgement_trial_medians(
    struct judgement *j, const char *arm, const char *column, const double **medians);

/* The trial of a row, 0 .. judgement_trials() - 1, in the order in which they ran: that of their
 * job numbers, which a file of samples must follow. */
size_t judgement_trials(struct judgement *j);
size_t judgement_trial(struct judgement *j, size_t row);
/* Zeroed, freed with the judgement. NULL when out of memory: then just return. */
void *judgement_memory(struct judgement *j, size_t n, size_t size);

/* Mean ratio of n trials (all > 0): geometric mean with Student's t interval of the logarithms.
 * Bounds need n >= 2; otherwise -inf and inf. */
struct stats_interval judgement_mean_ratio(
    struct judgement *j, const double *ratios, size_t n, double level);

/* The ratio of two arms, whose processes are not paired: of geometric means, all > 0, with Welch's interval of
 * the logarithms at judgement_level of 95 %. NaN when an arm has none. */
struct stats_interval judgement_arms_ratio(
    struct judgement *j, const double *over, size_t n_over, const double *under, size_t n_under);

/* A row of summary.csv: median with its 95 % order-statistic interval, range and outliers. */
void judgement_summary(struct judgement *j, const char *arm, const char *metric, const char *unit,
    const char *n_unit, const double *x, size_t n);
/* The same over processes, of a number for each trial, which it compacts; no row without any. */
void judgement_processes_summary(
    struct judgement *j, const char *arm, const char *metric, const char *unit, double *by_trial);

/* The column `chip` of the samples, without "Apple ": "M4" and "Apple M4" are the same chip. ""
 * when there are none. */
const char *judgement_chip(struct judgement *j);
/* Whether it is one of the chips that a claim is about. If not, *reason says so. True without
 * samples. */
bool judgement_chip_is(
    struct judgement *j, const char *const *chips, size_t n, char *reason, size_t reason_size);

/* The finding's margin from results/findings.csv. */
double judgement_margin(struct judgement *j, const char *finding);
/* The published figure from the same file: "7.5" or "119-132", in the unit of its column
 * published_unit. NaN, with an error recorded, when that is neither a number nor a range. */
struct published_range {
    double low, high; /* equal for one number */
} judgement_published(struct judgement *j, const char *finding);
/* The same, widened on either side by the finding's margin in percent of the figure. */
struct published_range judgement_published_within_pct(struct judgement *j, const char *finding);

struct verdict_row {
    const char *finding; /* "qos.no-latency-effect" */
    enum verdict verdict;
    /* A number as text, or words such as "none up to 256". Values that are not numbers ("nan", "inf") are left
     * out; the verdict is then at best inconclusive, and the reason says why. */
    const char *measured;
    const char *unit;
    struct stats_interval interval; /* NaN bounds = empty */
    size_t n;
    const char *n_unit;
    const char *reason; /* one sentence from the rule that decided */
    /* Inconclusive, and no further trial would change that: trials already disagree where all must
     * agree, or the preset leaves out what would decide. */
    bool undecidable;
};
void judgement_verdict(struct judgement *j, const struct verdict_row *row);
/* An inconclusive one over processes, without an interval so far. */
struct verdict_row verdict_begin(
    const char *finding, const char *unit, size_t n, const char *measured, const char *reason);

/* A claim that a ratio lies above, or below, a threshold. */
struct ratio_claim {
    const char *finding;
    const char *chip; /* the one that it is about; NULL: any */
    bool above;
    double threshold;
    struct stats_interval ratio; /* of n processes */
    size_t n;
    const char *what; /* what the ratio is: "throughput of A relative to B" */
    /* For n = 0: the verdict and the reason. */
    enum verdict without;
    const char *missing;
};
void judgement_ratio_verdict(struct judgement *j, const struct ratio_claim *claim);

#endif
