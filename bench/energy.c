/* SPDX-License-Identifier: MIT
 *
 * question: How many joules does an eval take, and of what?
 * hypothesis: On an M4 the engine reaches the published work a watt at the published power, takes nothing when idle,
 *     and less with zeros as input, with pauses between evals and in int8.
 * method: A counter of energy is believed only once it moved with work and less without: a core is kept busy, which
 *     the counters of CPU, memory and package must show; then evals whose output was compared with the reference,
 *     which the engine's must show; then nothing, which all must show. Then energy is read over an idle window
 *     and, for each kind of work of the arm in drawn order, over a window of evals: at least 20 updates of the
 *     counter, from one update to another. Joules an eval are given as read, and less what an idle machine
 *     takes in that time (net), with what powers the machine, its power mode and its heat; the engine, the package, the CPU and the memory apart. Inputs and weights are
 *     random and non-zero unless the work is called zeros. GFLOP = 2 * channels^2 * positions * depth / 1e9.
 *     Outputs are compared before and after.
 * arms: small (1 convolution of 64 channels: the dispatch); middle (16 of 256); data (96 of 512, of 128 in the quick
 *     preset: random input, then zeros); pauses (the same, back to back and with 0.3 ms of nothing between evals);
 *     int8 (16 convolutions of 512 channels at 1024 positions, 8 of 128 at 64 in the quick preset, in fp16 and
 *     W8A8); sustained (that of data, at the start and after 60 s of evals, 2 s in the quick preset).
 * unit of replication: the process.
 * sample size: 3 trials an arm in the quick preset, 6 in the full one; windows of at least 1 s, 5 s in the full
 *     preset and 0.1 s in virtual time, at most 60 s and 150 s.
 * margin: in results/findings.csv for each finding.
 * decision rule: Means over processes with 95 % t intervals, of logarithms but for the idle power: reproduced when
 *     the interval lies on the claimed side of the margin, or within it around the published figure;
 *     contradicted when on the other. What no live counter counts is unsupported, with the meter's reason.
 * would prove it wrong: an interval on the other side of the margin.
 * confounders: other work on the machine (the package's counter has it; net figures less what it took idle);
 *     low-power mode, battery and temperature; a counter that the system updates only now and then; what the
 *     rest of the chip takes for the engine's sake is in the package and not in the engine.
 * sources: maderix (Substack part 2: work a watt, watts at peak and idle), sbryngelson/ANEForge (a watt of the
 *     package), 751K/Apple-Neural-Engine-Microarchitecture-Study-M6 (zeros, pauses, int8, host).
 */
#include "energy_judge.h"

#include "base/conditions.h"

#include "energy_about.h"
#include "meter/meter.h"
#include "experiment/stack.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct experiment_column columns[] = {
    {"chip", EXPERIMENT_FACTOR},
    {"work", EXPERIMENT_FACTOR},
    {"quantity", EXPERIMENT_FACTOR}, /* engine, package, cpu, memory, system */
    {"meter", EXPERIMENT_FACTOR},
    {"channels", EXPERIMENT_FACTOR}, /* as the meter names them, in its unit */
    {"unit", EXPERIMENT_FACTOR},
    {"state", EXPERIMENT_FACTOR}, /* numbers only when live */
    {"power_source", EXPERIMENT_FACTOR},
    {"power_mode", EXPERIMENT_FACTOR}, /* of the machine, after the window */
    {"thermal", EXPERIMENT_FACTOR},
    {"gflop", EXPERIMENT_FACTOR}, /* of an eval */
    {"step_j", EXPERIMENT_NUMBER},
    {"period_ns", EXPERIMENT_NUMBER},
    {"idle_ns", EXPERIMENT_NUMBER},
    {"idle_j", EXPERIMENT_NUMBER},
    {"idle_w", EXPERIMENT_NUMBER},
    {"work_ns", EXPERIMENT_NUMBER},
    {"work_j", EXPERIMENT_NUMBER},
    {"evals", EXPERIMENT_NUMBER},
    {"power_w", EXPERIMENT_NUMBER},
    {"mj_per_eval", EXPERIMENT_NUMBER},
    {"net_mj_per_eval", EXPERIMENT_NUMBER}, /* less idle_w for as long */
    {"tflops_per_w", EXPERIMENT_NUMBER},    /* of the quantity */
    {"net_tflops_per_w", EXPERIMENT_NUMBER},
};

#define ENERGY_ARM_ROW(id, name, text, seconds, ...) {name, text, 3, 6, seconds},
static const struct experiment_arm arms[] = {ENERGY_ARM_LIST(ENERGY_ARM_ROW)};

enum { CHANNELS_QUICK = 128 };
static const struct stack_shape shapes[ENERGY_ARMS] = {{1, 64, ENERGY_POSITIONS},
    {16, 256, ENERGY_POSITIONS}, {ENERGY_DEPTH, ENERGY_CHANNELS, ENERGY_POSITIONS},
    {ENERGY_DEPTH, ENERGY_CHANNELS, ENERGY_POSITIONS}, {16, 512, 1024},
    {ENERGY_DEPTH, ENERGY_CHANNELS, ENERGY_POSITIONS}};
static const struct stack_shape int8_quick = {8, 128, 64};
static const uint64_t pause_ns = 300000, prove_ns = 3000000000, prove_virtual_ns = 1000000000;

/* ---- collection ------------------------------------------------------------------------------ */

struct energy_trial {
    struct trial *t;
    struct meters *meters;
    enum energy_arm arm;
    struct stack_shape shape;
    struct subject *subject; /* of all arms but int8 */
    struct specimen *stacks[STACK_TYPES];
    unsigned char *random, *output; /* the subject's own input; room for its output */
    size_t bytes;
    uint64_t pause_ns;
    int work;
    struct device_error error;
    struct meter_window idle;
    struct conditions conditions;
    char chip[TRIAL_CHIP_SIZE];
};

/* One eval, and the pause after it. */
static int eval_step(void *context) {
    struct energy_trial *e = context;
    const enum device_status status = e->arm == ENERGY_INT8
                                          ? specimen_run(e->stacks[e->work], &e->error)
                                          : subject_eval(e->subject, DEVICE_QOS_DEFAULT, &e->error);
    if (status != DEVICE_OK)
        return -1;
    if (e->pause_ns > 0)
        meter_rest(e->t->device, e->pause_ns);
    return 0;
}

static double gflop_of(const struct stack_shape *s) {
    return 2e-9 * s->channels * s->channels * s->positions * s->depth;
}

static void factors_put(struct energy_trial *e, enum meter_quantity quantity) {
    const char *name;
    const struct meter_counter *counter = meters_best(e->meters, quantity, &name);
    trial_text(e->t, "chip", e->chip);
    trial_text(e->t, "work", energy_works[e->arm][e->work]);
    trial_text(e->t, "quantity", meter_quantity_name(quantity));
    trial_text(e->t, "meter", name);
    trial_text(e->t, "channels", counter ? counter->channels : "");
    trial_text(e->t, "unit", counter ? counter->unit : "");
    trial_text(e->t, "state", meter_state_name(counter ? counter->verdict.state : METER_ABSENT));
    trial_text(e->t, "power_source", e->conditions.source);
    trial_text(e->t, "power_mode", e->conditions.mode);
    trial_text(e->t, "thermal", e->conditions.thermal);
    trial_number(e->t, "gflop", gflop_of(&e->shape));
}

static void energy_put(
    struct energy_trial *e, enum meter_quantity quantity, const struct meter_joules *joules) {
    const struct meter_energy *idle = &e->idle.of[quantity];
    const char *name;
    const struct meter_counter *counter = meters_best(e->meters, quantity, &name);
    const double tflop = gflop_of(&e->shape) * (double)joules->n_steps / 1e3;
    trial_number(e->t, "step_j", counter->step_j);
    trial_u64(e->t, "period_ns", counter->period_ns);
    trial_u64(e->t, "idle_ns", idle->elapsed_ns);
    trial_number(e->t, "idle_j", idle->joules);
    trial_number(e->t, "idle_w", joules->idle_w);
    trial_u64(e->t, "work_ns", joules->elapsed_ns);
    trial_number(e->t, "work_j", joules->work_j);
    trial_u64(e->t, "evals", joules->n_steps);
    trial_number(e->t, "power_w", joules->power_w);
    trial_number(e->t, "mj_per_eval", 1e3 * joules->step_j);
    trial_number(e->t, "net_mj_per_eval", 1e3 * joules->net_step_j);
    trial_number(e->t, "tflops_per_w", tflop / joules->work_j);
    if (joules->net_j > 0)
        trial_number(e->t, "net_tflops_per_w", tflop / joules->net_j);
}

/* A row a quantity that has a counter, and one of the engine in any case. */
static void window_put(struct energy_trial *e, const struct meter_window *work) {
    if (!device_is_virtual(e->t->device))
        conditions_read(&e->conditions);
    for (int q = 0; q < METER_QUANTITIES; q++) {
        const char *name;
        struct meter_joules joules;
        if (!meters_best(e->meters, (enum meter_quantity)q, &name) && q != METER_ENGINE)
            continue;
        meter_joules_of(&e->idle, work, (enum meter_quantity)q, &joules);
        factors_put(e, (enum meter_quantity)q);
        if (!joules.reason) {
            energy_put(e, (enum meter_quantity)q, &joules);
            trial_row(e->t, SAMPLE_OK, "");
        } else {
            trial_row(e->t, SAMPLE_UNSUPPORTED, joules.reason);
        }
    }
}

/* Of zeros a stack of convolutions makes zeros. */
static int zeros_check(struct energy_trial *e) {
    struct device *d = e->t->device;
    subject_poison(e->subject);
    if (subject_eval(e->subject, DEVICE_QOS_DEFAULT, &e->error) != DEVICE_OK ||
        device_surface_read(d, subject_output(e->subject), e->output, &e->error) != DEVICE_OK)
        return trial_break_error(e->t, &e->error);
    for (size_t i = 0; i < e->bytes / sizeof(uint16_t); i++)
        if (((const uint16_t *)(const void *)e->output)[i] & 0x7fff)
            return trial_break(e->t, "of zeros the stack of convolutions makes no zeros");
    return 0;
}

static int output_check(struct energy_trial *e) {
    enum specimen_outcome outcome = SPECIMEN_RIGHT;
    bool right = true;
    if (e->arm == ENERGY_DATA && e->work == 1)
        return zeros_check(e);
    const enum device_status status =
        e->arm == ENERGY_INT8
            ? specimen_eval(e->stacks[e->work], &outcome, &e->error)
            : subject_verify(e->subject, DEVICE_QOS_DEFAULT, &right, NULL, &e->error);
    if (status != DEVICE_OK)
        return trial_break_error(e->t, &e->error);
    if (!right || outcome != SPECIMEN_RIGHT)
        return trial_break(e->t, "the output is not the reference's; its energy says nothing");
    return 0;
}

/* Sets up the kind of work. */
static int work_begin(struct energy_trial *e) {
    e->pause_ns = e->arm == ENERGY_PAUSES && e->work == 1 ? pause_ns : 0;
    if (e->arm != ENERGY_DATA)
        return 0;
    memset(e->output, 0, e->bytes);
    if (device_surface_write(e->t->device, subject_input(e->subject),
            e->work == 1 ? e->output : e->random, &e->error) != DEVICE_OK)
        return trial_break_error(e->t, &e->error);
    return 0;
}

/* Nothing but evals until the later window. */
static int sustain(struct energy_trial *e) {
    const uint64_t until_ns = trial_clock_ns(e->t) + UINT64_C(1000000000) * (e->t->quick ? 2 : 60);
    while (trial_clock_ns(e->t) < until_ns)
        if (eval_step(e) != 0)
            return trial_break_error(e->t, &e->error);
    return 0;
}

static int works_run(struct energy_trial *e) {
    const bool virtual = device_is_virtual(e->t->device);
    const uint64_t least_ns = virtual ? 100000000 : UINT64_C(1000000000) * (e->t->quick ? 1 : 5);
    const uint64_t limit_ns = UINT64_C(1000000000) * (e->t->quick ? 60 : 150);
    const struct meter_work evals = {eval_step, e};
    const unsigned n = energy_works[e->arm][1] ? 2 : 1;
    unsigned order[ENERGY_WORKS] = {0, 1};
    if (meters_prove(e->meters, &evals, virtual ? prove_virtual_ns : prove_ns) != 0)
        return trial_break_error(e->t, &e->error);
    (void)meters_window(e->meters, NULL, least_ns, limit_ns, &e->idle);
    if (e->arm != ENERGY_SUSTAINED)
        trial_shuffle(e->t, order, n);
    for (unsigned i = 0; i < n; i++) {
        struct meter_window work;
        e->work = (int)order[i];
        if (work_begin(e) != 0 || output_check(e) != 0 ||
            (e->arm == ENERGY_SUSTAINED && i == 1 && sustain(e) != 0))
            return -1;
        if (meters_window(e->meters, &evals, least_ns, limit_ns, &work) != 0)
            return trial_break_error(e->t, &e->error);
        if (output_check(e) != 0)
            return -1;
        window_put(e, &work);
    }
    return 0;
}

static enum device_status work_open(struct energy_trial *e) {
    const struct subject_spec spec = {.kind = SUBJECT_CONV,
        .channels = e->shape.channels,
        .spatial = e->shape.positions,
        .depth = e->shape.depth,
        .weight_seed = trial_random(e->t),
        .check_positions = 4};
    enum device_status status = DEVICE_OK;
    if (e->arm == ENERGY_INT8) {
        for (int type = 0; type < STACK_TYPES && status == DEVICE_OK; type++)
            status = stack_open(
                e->t, &e->shape, (enum stack_type)type, false, &e->stacks[type], &e->error);
        return status;
    }
    bool right;
    status = subject_open(e->t, &spec, &e->subject, &right, &e->error);
    if (status != DEVICE_OK)
        return status;
    e->bytes = sizeof(uint16_t) * (size_t)e->shape.channels * (size_t)e->shape.positions;
    e->random = malloc(e->bytes);
    e->output = malloc(e->bytes);
    if (!e->random || !e->output)
        return device_error_set(&e->error, DEVICE_BROKEN, "surface", "out of memory");
    return device_surface_read(e->t->device, subject_input(e->subject), e->random, &e->error);
}

static int work_run(struct energy_trial *e) {
    char reason[700];
    trial_chip(e->t, e->chip);
    if (!meters_any(e->meters, reason, sizeof reason)) {
        factors_put(e, METER_ENGINE);
        trial_row(e->t, SAMPLE_UNSUPPORTED, reason);
        return 0;
    }
    if (work_open(e) == DEVICE_OK)
        return works_run(e);
    if (e->error.status == DEVICE_BROKEN)
        return trial_break_error(e->t, &e->error);
    factors_put(e, METER_ENGINE);
    trial_row_error(e->t, &e->error);
    return 0;
}

static int run(struct trial *t) {
    struct energy_trial e = {.t = t, .arm = (enum energy_arm)(t->arm - arms)};
    e.shape = shapes[e.arm];
    if (t->quick && e.arm == ENERGY_INT8)
        e.shape = int8_quick;
    else if (t->quick && e.shape.depth == ENERGY_DEPTH)
        e.shape.channels = CHANNELS_QUICK;
    conditions_unknown(&e.conditions);
    e.meters = meters_open(t->device);
    const int result = e.meters ? work_run(&e) : trial_break(t, "out of memory");
    meters_close(e.meters);
    for (int type = 0; type < STACK_TYPES; type++)
        specimen_free(e.stacks[type]);
    subject_free(e.subject);
    free(e.random);
    free(e.output);
    return result;
}

EXPERIMENT_MAIN("energy", run, energy_judge)
