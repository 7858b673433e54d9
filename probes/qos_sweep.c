/* SPDX-License-Identifier: MIT
 *
 * Published sweeps go up from level 0, visit each level once and compare it with nothing: warm-up
 * and drift then look like an effect of the level, and noise hides one. Here the order is random,
 * each batch has a level-21 batch on either side, and three controls show what the instrument can
 * detect. Power and thermal effects of a level over minutes are not measured.
 *
 * question: Does the quality-of-service (QoS) level change how long an eval takes, and are all
 *     levels from 0 to 63 accepted?
 * hypothesis: All 64 levels compile, load and evaluate with right output
 *     (qos.all-accepted), and eval latency at every level is that of level 21 within the margin
 *     (qos.no-latency-effect).
 * method: In each process one program is unloaded and loaded at a level, warmed by 3 evals and
 *     evaluated 33 times at that level, each eval timed. The batch's latency is the number of evals
 *     times their median, over 33. Before and after each such batch the same is done at level 21;
 *     the batch's ratio is its latency over the mean of those two, so that drift cancels. All
 *     levels come once per round in random order. Ratios of means, which are sensitive to long
 *     tails, are summarised but not judged. The output is filled with NaN before each batch and
 *     compared with the reference after it; every return code is checked. The first compile, load
 *     and eval of the process are recorded separately and belong to no level.
 * arms: accept (a program with its own weights compiled, loaded and evaluated at each of 64 levels);
 *     sweep (64 levels, and among them, in the same random order, two more series of level 21, the
 *     A/A pair, and one of level 21 with 34 evals accounted as 33, a known +3.03 %).
 * unit of replication: the process. A level's number in one process is the median of its ratios
 *     over the rounds.
 * sample size: accept 1 process quick, 3 full; sweep 7 processes of 3 rounds quick, 36 of 5 rounds
 *     full. The number of rounds is odd, so that their median is one of them and a burst of other
 *     load in one round does not enter it.
 * margin: 3 %, from results/findings.csv: ratios from 0.97 to 1.03.
 * decision rule: qos.all-accepted is reproduced when every level was accepted in every process;
 *     contradicted when a level was refused, or gave wrong output, each time it was tried, and a
 *     new program at level 21 right after it was accepted; untrusted when processes disagree;
 *     inconclusive when level 21 failed as well. qos.no-latency-effect: the mean ratio of each
 *     level over processes has a 95 % Student's t interval on the log scale. Untrusted when the A/A
 *     pair differs (its 99 % interval leaves out 1) and is not equivalent. Contradicted when for
 *     some level the one-sided test that its ratio lies outside the margin has p < 0.05 after
 *     Holm's correction over 63 levels: a single level is enough, so the tests are corrected for
 *     their number. Reproduced when all 63 intervals and that of the A/A pair lie within the margin
 *     and the +3.03 % series lies above 1 and is not equivalent; all must hold, so no correction is
 *     needed (intersection-union). Else inconclusive. Reported are the largest deviation of a level
 *     and the hull of all 63 intervals, both in percent of level 21.
 * would prove it wrong: One level whose evals are slower or faster than level 21's by more than the
 *     margin, or one level that is refused while level 21 continues to work.
 * confounders: Warm-up and first use (random order, first use recorded separately, 3 evals after
 *     each load). Clock ramps, heat and other processes on the machine (batches adjacent in time,
 *     processes as replicates). A level that acts at load and not at eval (both get it). A limit on
 *     programs that looks like a refused level (level 21 is tried right after). A failed eval is a
 *     fast eval (codes and outputs are checked). A cached answer (weights differ per compile, hits
 *     are marked). The calling thread's own priority is not changed: that is another question.
 * sources: maderix/ANE training/m5result.md (M5, macOS 26.3: no effect, 8 of 64 levels shown);
 *     slavko-at-klincov-it/ANE-Training (M3 Pro: background 42 % faster; M4: no effect).
 */
#include "experiment/experiment.h"

#include "qos_sweep_about.h"
#include "qos_sweep_judge.h"

#include <string.h>

enum { BATCH = 33, BATCH_MAX = BATCH + 1, WARM_UP = 3, CHECKED_POSITIONS = 4 };

/* About 0.05 ms on a CPU core: long compared with a call, short compared with a burst of other
 * load. */
static struct subject_spec program_spec(struct trial *t) {
    bool timed = strcmp(t->arm->name, "sweep") == 0;
    return (struct subject_spec){.kind = SUBJECT_CONV,
        .channels = timed ? 128 : 64,
        .spatial = 64,
        .depth = 1,
        .weight_seed = trial_random(t),
        .check_positions = CHECKED_POSITIONS};
}

static int treatment_qos(unsigned treatment) {
    return treatment < QOS_LEVELS ? (int)treatment : QOS_REFERENCE;
}

struct timing {
    uint64_t compile_ns, load_ns, eval_ns; /* of one try */
    double batch_ns, mean_ns; /* of a batch: evals times their median, over BATCH; plain mean */
    bool cached, right;
};

/* Takes a new program once through all calls at one level. */
static enum device_status program_try(struct trial *t, int qos, struct timing *timing,
    struct subject **subject, struct device_error *error) {
    struct subject_spec spec = program_spec(t);
    *timing = (struct timing){0};
    enum device_status status = subject_create(t, &spec, subject, error);
    if (status != DEVICE_OK)
        return status;
    uint64_t start = trial_clock_ns(t);
    status = subject_compile(*subject, qos, error);
    uint64_t compiled = trial_clock_ns(t);
    if (status == DEVICE_OK)
        status = subject_load(*subject, qos, error);
    uint64_t loaded = trial_clock_ns(t);
    if (status == DEVICE_OK) {
        subject_poison(*subject);
        uint64_t before = trial_clock_ns(t);
        status = subject_eval(*subject, qos, error);
        timing->eval_ns = trial_clock_ns(t) - before;
    }
    if (status != DEVICE_OK)
        return status;
    struct device_compile_info info;
    device_compile_info(t->device, subject_program(*subject), &info);
    timing->cached = info.cached;
    timing->compile_ns = compiled - start;
    timing->load_ns = loaded - compiled;
    timing->right = subject_output_is(*subject, spec.weight_seed, NULL);
    return DEVICE_OK;
}

static void row_begin(
    struct trial *t, const char *phase, const char *treatment, int qos, unsigned round) {
    trial_text(t, "phase", phase);
    trial_text(t, "treatment", treatment);
    trial_u64(t, "qos", (uint64_t)qos);
    trial_u64(t, "round", round);
}

/* Writes the row of a try; *accepted says whether everything worked at that level. */
static int try_and_tell(struct trial *t, const char *phase, int qos, unsigned position,
    struct subject **subject, bool *accepted) {
    struct device_error error;
    struct timing timing;
    enum device_status status = program_try(t, qos, &timing, subject, &error);
    *accepted = status == DEVICE_OK && timing.right;
    if (status == DEVICE_BROKEN)
        return trial_break_error(t, &error);
    row_begin(t, phase, "level", qos, 0);
    trial_u64(t, "position", position);
    if (status != DEVICE_OK) {
        trial_row_error(t, &error);
    } else if (timing.cached) {
        trial_row(t, SAMPLE_UNTRUSTED, "the compile was served from a cache");
    } else if (!timing.right) {
        trial_row(t, SAMPLE_FAILED, "eval: the output differs from the reference");
    } else {
        trial_u64(t, "compile_ns", timing.compile_ns);
        trial_u64(t, "load_ns", timing.load_ns);
        trial_u64(t, "eval_ns", timing.eval_ns);
        trial_row(t, SAMPLE_OK, NULL);
    }
    return 0;
}

static int accept_run(struct trial *t) {
    unsigned order[QOS_LEVELS];
    struct subject *subject;
    bool accepted;
    int result = try_and_tell(t, "first", QOS_REFERENCE, 0, &subject, &accepted);
    subject_free(subject);
    trial_shuffle(t, order, QOS_LEVELS);
    for (unsigned i = 0; result == 0 && i < QOS_LEVELS; i++) {
        result = try_and_tell(t, "accept", (int)order[i], i, &subject, &accepted);
        subject_free(subject);
        if (result != 0 || accepted)
            continue;
        /* Checks whether it is the level or a limit of the process. */
        result = try_and_tell(t, "control", QOS_REFERENCE, i, &subject, &accepted);
        subject_free(subject);
        if (!accepted)
            break;
    }
    return result;
}

/* Unload, load at the level, warm up, time each eval of a batch, check the output. */
static enum device_status batch_run(struct trial *t, struct subject *subject, int qos,
    unsigned evals, struct timing *timing, struct device_error *error) {
    double latency_ns[BATCH_MAX];
    *timing = (struct timing){0};
    enum device_status status = subject_unload(subject, error);
    uint64_t start = trial_clock_ns(t);
    if (status == DEVICE_OK)
        status = subject_load(subject, qos, error);
    timing->load_ns = trial_clock_ns(t) - start;
    for (int i = 0; status == DEVICE_OK && i < WARM_UP; i++)
        status = subject_eval(subject, qos, error);
    if (status != DEVICE_OK)
        return status;
    subject_poison(subject);
    start = trial_clock_ns(t);
    for (unsigned i = 0; i < evals; i++) {
        if ((status = subject_eval(subject, qos, error)) != DEVICE_OK)
            return status;
        uint64_t end = trial_clock_ns(t);
        latency_ns[i] = (double)(end - start);
        start = end;
    }
    timing->batch_ns = stats_median(latency_ns, evals) * evals / BATCH;
    timing->mean_ns = stats_mean(latency_ns, evals);
    timing->right = subject_output_is(subject, subject_weight_seed(subject), NULL);
    return DEVICE_OK;
}

/* Unless level 21 works, there is nothing to compare with. */
static int reference_run(struct trial *t, struct subject *subject, struct timing *timing) {
    struct device_error error;
    if (batch_run(t, subject, QOS_REFERENCE, BATCH, timing, &error) != DEVICE_OK)
        return trial_break_error(t, &error);
    return timing->right ? 0 : trial_break(t, "the output at level 21 differs from the reference");
}

static int round_run(struct trial *t, struct subject *subject, unsigned round) {
    unsigned order[QOS_TREATMENTS];
    struct timing before, after, timing;
    trial_shuffle(t, order, QOS_TREATMENTS);
    if (reference_run(t, subject, &before) != 0)
        return -1;
    for (unsigned i = 0; i < QOS_TREATMENTS; i++) {
        struct device_error error;
        int qos = treatment_qos(order[i]);
        unsigned evals = order[i] == QOS_PLUS_3 ? BATCH + 1 : BATCH;
        enum device_status status = batch_run(t, subject, qos, evals, &timing, &error);
        if (status == DEVICE_BROKEN)
            return trial_break_error(t, &error);
        if (reference_run(t, subject, &after) != 0)
            return -1;
        row_begin(t, "batch", qos_treatment_name(order[i]), qos, round);
        trial_u64(t, "position", i);
        trial_u64(t, "evals", evals);
        if (status != DEVICE_OK) {
            trial_row_error(t, &error);
        } else if (!timing.right) {
            trial_row(t, SAMPLE_UNTRUSTED, "the output after the batch differs from the reference");
        } else {
            double reference_ns = (before.batch_ns + after.batch_ns) / 2;
            trial_u64(t, "load_ns", timing.load_ns);
            trial_number(t, "eval_ns", timing.batch_ns);
            trial_number(t, "mean_ns", timing.mean_ns);
            trial_number(t, "reference_ns", reference_ns);
            trial_number(t, "ratio", timing.batch_ns / reference_ns);
            trial_number(t, "mean_ratio", 2 * timing.mean_ns / (before.mean_ns + after.mean_ns));
            trial_row(t, SAMPLE_OK, NULL);
        }
        before = after;
    }
    return 0;
}

static int sweep_run(struct trial *t) {
    unsigned rounds = t->quick ? 3 : 5;
    struct subject *subject;
    bool accepted;
    struct timing warm;
    int result = try_and_tell(t, "first", QOS_REFERENCE, 0, &subject, &accepted);
    if (result == 0 && accepted)
        result = reference_run(t, subject, &warm);
    for (unsigned round = 0; result == 0 && accepted && round < rounds; round++)
        result = round_run(t, subject, round);
    subject_free(subject);
    return result;
}

static int run(struct trial *t) {
    return strcmp(t->arm->name, "accept") == 0 ? accept_run(t) : sweep_run(t);
}

static const struct experiment_arm arms[] = {
    {"accept", "compile, load and evaluate a program at each of 64 levels", 1, 3, 300},
    {"sweep", "batches at each level between batches at level 21", 7, 36, 300},
};

static const struct experiment_column columns[] = {
    {"phase", EXPERIMENT_FACTOR},
    {"treatment", EXPERIMENT_FACTOR},
    {"qos", EXPERIMENT_FACTOR},
    {"round", EXPERIMENT_FACTOR},
    {"position", EXPERIMENT_FACTOR},
    {"evals", EXPERIMENT_FACTOR},
    {"compile_ns", EXPERIMENT_NUMBER},
    {"load_ns", EXPERIMENT_NUMBER},
    {"eval_ns", EXPERIMENT_NUMBER},
    {"reference_ns", EXPERIMENT_NUMBER},
    {"ratio", EXPERIMENT_NUMBER},
    {"mean_ns", EXPERIMENT_NUMBER},
    {"mean_ratio", EXPERIMENT_NUMBER},
};

EXPERIMENT_MAIN("qos_sweep", run, qos_sweep_judge)
