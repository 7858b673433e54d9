/* SPDX-License-Identifier: MIT
 *
 * question: Is there a size of weights past which an eval costs more, and is it the size that counts?
 * hypothesis: Yes, at 32 MB, on an M4 Max, an M4 Pro and an A17 Pro.
 * method: Stacks of 1x1 convolutions of 512 channels at 64 positions that differ in depth alone: 0.5 MB
 *     of weights more with each. Work and bytes grow together, so that the time of an eval is a straight
 *     line in the bytes until something runs out. Two separate lines, up to a change and past it, are
 *     fitted to the processes' medians; the change is the gap between two sizes that fits best, its
 *     interval is a bootstrap's. Stacks of 480 channels, no power of two, tell size and alignment apart:
 *     what comes of the size is at the same bytes in both. Single convolutions as wide as the published
 *     ones (3840, 4096 and 4352 channels) show whether 4096 is slow for itself. Outputs are compared at 2
 *     positions; sizes come in drawn order.
 * arms: aligned (512 channels); unaligned (480 channels); single (one convolution of 3840 to 4352
 *     channels, full preset only).
 * unit of replication: the process: its median eval of each size, relative to its mean over all sizes.
 * sample size: 2 trials an arm in the quick preset, 3 in the full one, of 32 sizes from 2 to 64 MB; of 16
 *     from 4 to 64 in virtual time; in the quick preset of 8 from 0.5 to 4 MB, there and on a cpu device.
 *     20 evals a size, but no more than fill 0.1 s, and at least 3; 3 in virtual time.
 * margin: as results/findings.csv has it: what an eval must cost more, in percent; around 32 MB, in
 *     percent; a convolution of 4096 channels above both neighbours, in percent.
 * decision rule: Slower past a change: the second line at 64 MB over the first, with its 95 % bootstrap
 *     interval; reproduced when two lines fit better than one (p below 0.05) and the interval lies above 1
 *     plus the margin, contradicted when it lies below and the sizes go up to 64 MB, else inconclusive. At 32 MB: reproduced when such
 *     a change is found and its interval lies within the margin, contradicted when outside or when there
 *     is none; unsupported on other chips. Size, not alignment: reproduced when both arms have a change
 *     and their intervals meet, contradicted when they do not or one arm alone has one. 4096 slow for
 *     itself: by the interval of the ratio of its time for a MB to the larger of its neighbours' against
 *     1 plus the margin.
 * would prove it wrong: one straight line from 2 to 64 MB.
 * confounders: caches of the host (a processor's are found as well); a curve without a break is two lines
 *     too; sizes that a device refuses (left out, in a row each); clocks that change within a process.
 * sources: dev-erik/ANE (sram_probe: M4 Pro and M4 Max, one convolution of 4096 channels), slavko-at-
 *     klincov-it (A17 Pro: 32 MB; M3 Pro: no break in 204 configurations).
 */
#include "experiment/experiment.h"
#include "sram_about.h"
#include "sram_judge.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { EVALS = 20, MIN_EVALS = 3, VIRTUAL_EVALS = 3, WARM_UP = 2, POSITIONS = 64, CHECKED = 2 };
static const double segment_ns = 1e8;

enum { ALIGNED, UNALIGNED, SINGLE, N_ARMS };
static const struct experiment_arm arms[N_ARMS] = {
    [ALIGNED] = {"aligned", "stacks of 512 channels", 2, 3, 900},
    [UNALIGNED] = {"unaligned", "stacks of 480 channels", 2, 3, 900},
    [SINGLE] = {"single", "one convolution of 3840 to 4352 channels", 0, 3, 600},
};
static const int channels[N_ARMS] = {512, 480}, single_channels[] = {3840, 4096, 4352};

/* Sizes of a preset: step, 2 * step, ... */
struct sizes {
    int n;
    double step_mb;
};
static const struct sizes sizes_few = {8, 0.5}, sizes_coarse = {16, 4}, sizes_all = {32, 2};
enum { SIZES_MAX = 32 };

static const struct experiment_column columns[] = {
    {"chip", EXPERIMENT_FACTOR}, {"channels", EXPERIMENT_FACTOR},
    {"weight_mb", EXPERIMENT_FACTOR}, /* of 2^20 bytes, fp16 */
    {"eval", EXPERIMENT_FACTOR},      /* from 1 */
    {"eval_ns", EXPERIMENT_NUMBER},
    {"compile_ns", EXPERIMENT_NUMBER}, /* on the first row of a size, when it was not cached */
};

/* ---- collection ------------------------------------------------------------------------------ */

struct stack {
    int channels, depth;
    double weight_mb;
    const char *chip;
};

static void stack_row(struct trial *t, const struct stack *stack) {
    trial_text(t, "chip", stack->chip);
    trial_u64(t, "channels", (uint64_t)stack->channels);
    trial_number(t, "weight_mb", stack->weight_mb);
}

static int evals_run(struct trial *t, struct subject *subject, const struct stack *stack) {
    struct device_compile_info info;
    struct device_error error;
    const bool virtual = device_is_virtual(t->device);
    uint64_t begin_ns = 0;
    device_compile_info(t->device, subject_program(subject), &info);
    for (int i = -WARM_UP; i < (virtual ? VIRTUAL_EVALS : EVALS); i++) {
        const uint64_t start_ns = trial_clock_ns(t);
        if (i == 0)
            begin_ns = start_ns;
        if (i >= MIN_EVALS && (double)(start_ns - begin_ns) > segment_ns)
            break;
        if (subject_eval(subject, DEVICE_QOS_DEFAULT, &error) != DEVICE_OK)
            return trial_break_error(t, &error);
        const uint64_t eval_ns = trial_clock_ns(t) - start_ns;
        if (i < 0)
            continue;
        stack_row(t, stack);
        trial_u64(t, "eval", (uint64_t)i + 1);
        trial_u64(t, "eval_ns", eval_ns);
        if (i == 0 && !info.cached)
            trial_u64(t, "compile_ns", info.elapsed_ns);
        trial_row(t, SAMPLE_OK, "");
    }
    return 0;
}

static int stack_run(struct trial *t, const struct stack *stack) {
    const struct subject_spec spec = {.kind = SUBJECT_CONV,
        .channels = stack->channels,
        .spatial = POSITIONS,
        .depth = stack->depth,
        .weight_seed = trial_random(t),
        .check_positions = CHECKED};
    struct subject *subject = NULL;
    struct device_error error;
    bool right;
    int result = 0;
    const enum device_status status = subject_open(t, &spec, &subject, &right, &error);
    if (status == DEVICE_BROKEN) {
        result = trial_break_error(t, &error);
    } else if (status != DEVICE_OK) { /* too large for this device: the other sizes stay */
        stack_row(t, stack);
        trial_row_error(t, &error);
    } else if (!right) {
        stack_row(t, stack);
        trial_row(t, SAMPLE_UNTRUSTED, "the output is not the reference's");
    } else {
        result = evals_run(t, subject, stack);
    }
    subject_free(subject);
    return result;
}

static double layers_mb(int n_channels, int depth) {
    return 2.0 * n_channels * n_channels * depth / (1 << 20);
}

static int run(struct trial *t) {
    const int arm = (int)(t->arm - arms);
    /* without an engine every output is a processor's work */
    const bool virtual = device_is_virtual(t->device);
    const bool slow = virtual || !strcmp(device_kind(t->device), "cpu");
    const struct sizes *sizes = t->quick && slow ? &sizes_few
                                : virtual        ? &sizes_coarse
                                                 : &sizes_all;
    const unsigned n =
        arm == SINGLE ? sizeof single_channels / sizeof *single_channels : (unsigned)sizes->n;
    unsigned order[SIZES_MAX];
    char chip[TRIAL_CHIP_SIZE];
    int result = 0;
    trial_chip(t, chip);
    trial_shuffle(t, order, n);
    for (unsigned i = 0; i < n && result == 0; i++) {
        struct stack stack = {.channels = channels[arm], .depth = 1, .chip = chip};
        if (arm == SINGLE)
            stack.channels = single_channels[order[i]];
        else
            stack.depth =
                (int)lround(sizes->step_mb * (order[i] + 1) / layers_mb(stack.channels, 1));
        stack.weight_mb = layers_mb(stack.channels, stack.depth);
        result = stack_run(t, &stack);
    }
    return result;
}

EXPERIMENT_MAIN("sram", run, sram_judge)
