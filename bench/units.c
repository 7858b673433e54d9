/* SPDX-License-Identifier: MIT
 *
 * question: Which unit is fastest for which shape: the engine, the GPU or the processor?
 * hypothesis: As published, the GPU is ahead on an M2 Pro and an M5 Pro, the engine on an M3 Max; the processor is far
 *     behind but for the smallest programs.
 * method: As public_path, with Core ML's computing units in place of ways: the same stacks of 1x1 convolutions on one
 *     unit a process, in shuffled blocks of a process for each unit. Shapes differ in matrix size, depth, bytes of
 *     weights and positions (the batch). Where they cross is seen in the figure. Where a meter of energy is live, the
 *     energy of the whole chip is read over a window of evals of two shapes, less nothing; the engine's
 *     beside it.
 * arms: ne (the engine allowed), gpu (the GPU allowed), cpu (the processor alone).
 * unit of replication: the process: the median over its segments, each the median of its evals.
 * sample size: 6 trials an arm of 4 shapes in the quick preset, 12 of 9 in the full one; segments of 60 ms, at
 *     least 10 evals, 20 in virtual time; windows of energy of at least 1 s.
 * margin: in results/findings.csv for each finding.
 * decision rule: The ratio of the geometric means of two arms' processes, with Welch's 95 % interval of the
 *     logarithms: reproduced when the interval lies on the claimed side of the margin, contradicted when it lies
 *     on the other. Each claim is about one chip, and unsupported on others, where what was measured stands beside
 *     it all the same. What no live counter counts is unsupported, with the meter's reason.
 * would prove it wrong: an interval on the other side of the margin, on that chip.
 * confounders: a unit is allowed, not forced: Core ML may choose the processor for all or part of a program; a plan
 *     is no proof (see placement). GPU and processor have other clocks when hot. Energy of the chip has what other
 *     work takes.
 * sources: sbryngelson/ANEForge#185 (M2 Pro, all three units, and tokens a joule), jundot/omlx#2779 (M5 Pro),
 *     jundot/omlx#2781 (M3 Max), ddalcu/mlx-serve#223 (M5 Max).
 */
#include "meter/meter.h"
#include "units_about.h"
#include "ways.h"

#include <string.h>

static const struct way_shape shapes[] = {
    {"tiny", 64, 32, 1},
    {"vector", 2048, 1, 2},
    {"batch-32", 2048, 32, 2},
    {"wide", 512, 1024, 2},
    {"matrix-256", 256, 64, 4},
    {"matrix-512", 512, 64, 4},
    {"matrix-1024", 1024, 64, 4},
    {"deep", 128, 64, 64},
    {"heavy", 2048, 64, 8},
};
enum { N_SHAPES = sizeof shapes / sizeof *shapes, N_QUICK = 4 };

static const struct experiment_arm arms[] = {
    {"ne", "Core ML with the engine", 6, 12, 900},
    {"gpu", "Core ML with the GPU", 6, 12, 900},
    {"cpu", "Core ML on the processor", 6, 12, 900},
};
enum { N_ARMS = sizeof arms / sizeof *arms };
static const enum device_way ways[N_ARMS] = {DEVICE_WAY_NE, DEVICE_WAY_GPU, DEVICE_WAY_CPU};
static const char *const arm_names[N_ARMS] = {"ne", "gpu", "cpu"};

static const struct experiment_column columns[] = {WAY_COLUMNS,
    {"meter", EXPERIMENT_FACTOR}, /* of the chip's energy */
    {"chip_mj_per_eval", EXPERIMENT_NUMBER}, {"engine_mj_per_eval", EXPERIMENT_NUMBER}};

/* ---- energy ---------------------------------------------------------------------------------- */

struct evals {
    struct subject *subject;
    struct device_error error;
};

static int eval_step(void *context) {
    struct evals *e = context;
    return subject_eval(e->subject, DEVICE_QOS_DEFAULT, &e->error) == DEVICE_OK ? 0 : -1;
}

static double mj_per_eval(const struct meter_energy *energy) {
    return 1e3 * energy->joules / (double)energy->n_steps;
}

static int window_put(struct trial *t, struct trial *machine, struct meters *meters,
    struct evals *evals, const struct way_shape *shape) {
    const struct meter_work work = {eval_step, evals};
    struct meter_window window;
    char reason[700];
    const char *name;
    ways_shape_put(t, shape);
    if (!meters_any(meters, reason, sizeof reason)) {
        trial_row(t, SAMPLE_UNSUPPORTED, reason);
        return 0;
    }
    const uint64_t second_ns = device_is_virtual(machine->device) ? 100000000 : 1000000000;
    if (meters_prove(meters, &work, 3 * second_ns) != 0 ||
        meters_window(meters, &work, second_ns, 60 * second_ns, &window) != 0)
        return trial_break_error(t, &evals->error);
    const struct meter_energy *chip = &window.of[METER_PACKAGE], *engine = &window.of[METER_ENGINE];
    (void)meters_best(meters, METER_PACKAGE, &name);
    trial_text(t, "meter", name);
    if (chip->there)
        trial_number(t, "chip_mj_per_eval", mj_per_eval(chip));
    if (engine->there)
        trial_number(t, "engine_mj_per_eval", mj_per_eval(engine));
    trial_row(t, chip->there ? SAMPLE_OK : SAMPLE_UNSUPPORTED, chip->reason);
    return 0;
}

static int energy_read(struct trial *t, struct trial *machine, struct subject *subject,
    const struct way_shape *shape) {
    if (strcmp(shape->name, "vector") != 0 && strcmp(shape->name, "wide") != 0)
        return 0;
    struct evals evals = {.subject = subject};
    struct meters *meters = meters_open(machine->device);
    const int result = meters ? window_put(t, machine, meters, &evals, shape)
                              : trial_break(t, "out of memory; free some and run again");
    meters_close(meters);
    return result;
}

static int run(struct trial *t) {
    return ways_run(t, ways[t->arm - arms], shapes, t->quick ? N_QUICK : N_SHAPES, energy_read);
}

/* ---- judgement ------------------------------------------------------------------------------- */

static const struct way_claim claims[] = {
    {.finding = "units.gpu-vector",
        .chip = "M2 Pro",
        .over = "gpu",
        .under = "ne",
        .shape = "vector",
        .column = "eval_ns",
        .side = WAY_LESS,
        .what = "weights times a vector on the GPU, to the engine"},
    {.finding = "units.gpu-batch",
        .chip = "M2 Pro",
        .over = "gpu",
        .under = "ne",
        .shape = "batch-32",
        .column = "eval_ns",
        .side = WAY_LESS,
        .what = "weights times 32 vectors on the GPU, to the engine"},
    {.finding = "units.gpu-wide",
        .chip = "M5 Pro",
        .over = "gpu",
        .under = "ne",
        .shape = "wide",
        .column = "eval_ns",
        .side = WAY_LESS,
        .what = "weights times 1,024 vectors on the GPU, to the engine"},
    {.finding = "units.engine-wide",
        .chip = "M3 Max",
        .over = "ne",
        .under = "gpu",
        .shape = "wide",
        .column = "eval_ns",
        .side = WAY_LESS,
        .what = "weights times 1,024 vectors on the engine, to the GPU"},
    {.finding = "units.processor-vector",
        .chip = "M2 Pro",
        .over = "cpu",
        .under = "ne",
        .shape = "vector",
        .column = "eval_ns",
        .side = WAY_MORE,
        .what = "weights times a vector on the processor, to the engine"},
    {.finding = "units.energy-vector",
        .chip = "M2 Pro",
        .over = "ne",
        .under = "gpu",
        .shape = "vector",
        .column = "chip_mj_per_eval",
        .side = WAY_NOT_MORE,
        .what = "the chip's energy of weights times a vector on the engine, to the GPU"},
};

static void energy_summarise(struct judgement *j) {
    static const struct {
        const char *shape, *column, *metric;
    } metrics[] = {{"vector", "chip_mj_per_eval", "vector_chip_energy_per_eval"},
        {"vector", "engine_mj_per_eval", "vector_engine_energy_per_eval"},
        {"wide", "chip_mj_per_eval", "wide_chip_energy_per_eval"},
        {"wide", "engine_mj_per_eval", "wide_engine_energy_per_eval"}};
    for (size_t arm = 0; arm < N_ARMS; arm++)
        for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++) {
            const double *x;
            const size_t n =
                ways_values(j, arm_names[arm], metrics[i].shape, metrics[i].column, &x);
            if (n > 0)
                judgement_summary(j, arm_names[arm], metrics[i].metric, "mJ", "processes", x, n);
        }
}

static int judge(struct judgement *j) {
    ways_summarise(j, arm_names, N_ARMS, shapes, N_SHAPES);
    energy_summarise(j);
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++)
        ways_claim_judge(j, &claims[i]);
    return 0;
}

EXPERIMENT_MAIN("units", run, judge)
