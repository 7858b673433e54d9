/* SPDX-License-Identifier: MIT
 *
 * question: Is there a size of weights beyond which an eval costs more, and does the size matter?
 * hypothesis: Yes, at 32 MB, on an M4 Max, an M4 Pro and an A17 Pro.
 * method: Stacks of 1x1 convolutions of 512 channels at 64 positions differ only in depth: each
 *     layer adds 0.5 MB of weights. Work and bytes grow together, so that the time of an eval is
 *     linear in the bytes until something runs out. Two separate lines, before and after a change,
 *     are fitted to the processes' medians; the change is the gap between two sizes that fits best,
 *     with a bootstrap interval. Stacks of 480 channels, not a power of two, separate size from
 *     alignment: an effect of the size is at the same bytes in both. A layer of a stack is at most
 *     32 KiB per core, so that effects of the bytes per core (see stream_notch) cannot show there.
 *     Single convolutions as wide as the published ones (3840, 4096 and 4352 channels) show whether
 *     4096 in itself is slow: it has 32 MB in total and, with 16 cores, 2 MiB per core. These two
 *     explanations are separated by the same 32 MB in two convolutions, neither a whole number of
 *     MiB per core, and by a matrix of half the bytes, 1 MiB per core, whole and in two. Outputs of
 *     stacks are compared at 2 positions; sizes come in random order.
 * arms: aligned (512 channels); unaligned (480 channels); single (one convolution of 3840 to 4352
 *     channels, and those that separate total bytes from bytes per core).
 * unit of replication: the process: its median eval of each size, relative to its mean over all sizes.
 * sample size: 2 trials per arm in the quick preset, 3 in the full one, of 32 sizes from 2 to 64
 *     MB; of 16 from 4 to 64 in virtual time, of 8 from 8 to 64 on a cpu device, in the quick preset of both
 *     of 8 from 0.5 to 4 MB. In virtual time convolutions have 4 positions; on a cpu device single ones
 *     run only in the full preset. 20 evals per size, but at most 0.1 s of them, and at
 *     least 3; 3 in virtual time.
 * margin: in results/findings.csv, in percent: the extra cost of an eval; around 32 MB; a
 *     convolution of 4096 channels above both neighbours; one above the same in two.
 * decision rule: Slower after a change: the ratio of the second line to the first at 64 MB, with
 *     its 95 % bootstrap interval; reproduced when two lines fit better than one (p below 0.05) and
 *     the interval lies above 1 plus the margin, contradicted when it lies below and the sizes go
 *     up to 64 MB, else inconclusive. At 32 MB: reproduced when such a change is found and its
 *     interval lies within the margin, contradicted when outside or when there is none; unsupported
 *     on other chips. Size, not alignment: reproduced when both arms have a change and their
 *     intervals overlap, contradicted when they do not or only one arm has one. 4096 slow in
 *     itself: by the interval of the ratio of its time per MB to the larger of its neighbours',
 *     compared with 1 plus the margin. Bytes per core, not the size: only if 4096 is slow in
 *     itself; reproduced when both the 32 MB and the 16 MB take longer whole than in two by the
 *     margin, contradicted when either does not.
 * would prove it wrong: one straight line from 2 to 64 MB.
 * confounders: caches of the host (a processor's show, too); a smooth curve also fits two lines;
 *     sizes that a device refuses (left out, with a row each); clocks that change within a process.
 * sources: dev-erik/ANE (sram_probe: M4 Pro and M4 Max, one convolution of 4096 channels),
 *     slavko-at- klincov-it (A17 Pro: 32 MB; M3 Pro: no break in 204 configurations),
 *     eiln.github.io/posts/ane-dma (M3: slow at whole MiB per core).
 */
#include "experiment/experiment.h"
#include "experiment/stream.h"
#include "sram_about.h"
#include "sram_judge.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { EVALS = 20, MIN_EVALS = 3, VIRTUAL_EVALS = 3, WARM_UP = 2 };
enum { POSITIONS = 64, VIRTUAL_POSITIONS = 4, CHECKED = 2 };
static const double segment_ns = 1e8;

enum { ALIGNED, UNALIGNED, SINGLE, N_ARMS };
static const struct experiment_arm arms[N_ARMS] = {
    [ALIGNED] = {"aligned", "stacks of 512 channels", 2, 3, 900},
    [UNALIGNED] = {"unaligned", "stacks of 480 channels", 2, 3, 900},
    [SINGLE] = {"single", "one convolution of 3840 to 4352 channels, whole and in two", 2, 3, 900},
};
static const int channels[N_ARMS] = {512, 480};

/* 0.5 MiB per core: the first part, if there are two. */
static const struct single {
    int outputs, inputs, parts;
} singles[] = {{3840, 3840, 1}, {4096, 4096, 1}, {4352, 4352, 1}, {4096, 4096, 2}, {4096, 2048, 1},
    {4096, 2048, 2}};

/* Sizes of a preset: step, 2 * step, ... */
struct sizes {
    int n;
    double step_mb;
};
static const struct sizes sizes_few = {8, 0.5}, sizes_cpu = {8, 8}, sizes_virtual = {16, 4},
                          sizes_all = {32, 2};
enum { SIZES_MAX = 32 };

static const struct experiment_column columns[] = {
    {"chip", EXPERIMENT_FACTOR}, {"channels", EXPERIMENT_FACTOR}, /* that come out */
    {"inputs", EXPERIMENT_FACTOR},                                /* channels that go in */
    {"parts", EXPERIMENT_FACTOR},                                 /* convolutions of a layer */
    {"core_kb", EXPERIMENT_FACTOR},   /* a core's share of a whole layer's weights; of 2^10 bytes */
    {"weight_mb", EXPERIMENT_FACTOR}, /* of 2^20 bytes, fp16 */
    {"eval", EXPERIMENT_FACTOR},      /* from 1 */
    {"eval_ns", EXPERIMENT_NUMBER},
    {"compile_ns", EXPERIMENT_NUMBER}, /* on the first row of a size, when it was not cached */
};

/* ---- collection ------------------------------------------------------------------------------ */

/* A program of this benchmark: a stack, or a single convolution whole or in two. */
struct timed {
    int channels, inputs, parts;
    double weight_mb;
    int cores;
    const char *chip;
    struct subject *stack; /* one of the two */
    struct specimen *single;
};

static void timed_row(struct trial *t, const struct timed *p) {
    const struct stream_spec layer = {.outputs = p->channels, .inputs = p->inputs};
    trial_text(t, "chip", p->chip);
    trial_u64(t, "channels", (uint64_t)p->channels);
    trial_u64(t, "inputs", (uint64_t)p->inputs);
    trial_u64(t, "parts", (uint64_t)p->parts);
    trial_number(t, "core_kb", stream_core_bytes(&layer, p->channels, p->cores) / 1024);
    trial_number(t, "weight_mb", p->weight_mb);
}

static enum device_status timed_eval(const struct timed *p, struct device_error *error) {
    return p->stack ? subject_eval(p->stack, DEVICE_QOS_DEFAULT, error)
                    : specimen_run(p->single, error);
}

static int evals_run(struct trial *t, const struct timed *p) {
    struct device_compile_info info;
    struct device_error error;
    const bool virtual = device_is_virtual(t->device);
    uint64_t begin_ns = 0;
    device_compile_info(
        t->device, p->stack ? subject_program(p->stack) : specimen_program(p->single), &info);
    for (int i = -WARM_UP; i < (virtual ? VIRTUAL_EVALS : EVALS); i++) {
        const uint64_t start_ns = trial_clock_ns(t);
        if (i == 0)
            begin_ns = start_ns;
        if (i >= MIN_EVALS && (double)(start_ns - begin_ns) > segment_ns)
            break;
        if (timed_eval(p, &error) != DEVICE_OK)
            return trial_break_error(t, &error);
        const uint64_t eval_ns = trial_clock_ns(t) - start_ns;
        if (i < 0)
            continue;
        timed_row(t, p);
        trial_u64(t, "eval", (uint64_t)i + 1);
        trial_u64(t, "eval_ns", eval_ns);
        if (i == 0 && !info.cached)
            trial_u64(t, "compile_ns", info.elapsed_ns);
        trial_row(t, SAMPLE_OK, "");
    }
    return 0;
}

/* The result of opening it; if it is too large for this device, the other sizes remain. */
static int opened_run(struct trial *t, const struct timed *p, enum device_status status, bool right,
    const struct device_error *error) {
    if (status == DEVICE_BROKEN)
        return trial_break_error(t, error);
    if (status == DEVICE_OK && right)
        return evals_run(t, p);
    timed_row(t, p);
    if (status != DEVICE_OK)
        trial_row_error(t, error);
    else
        trial_row(t, SAMPLE_UNTRUSTED, "the output differs from the reference");
    return 0;
}

/* Either way the weights take longer to read than to compute with. */
static int positions_of(const struct trial *t) {
    return device_is_virtual(t->device) ? VIRTUAL_POSITIONS : POSITIONS;
}

static int stack_run(struct trial *t, struct timed *p, int depth) {
    const struct subject_spec spec = {.kind = SUBJECT_CONV,
        .channels = p->channels,
        .spatial = positions_of(t),
        .depth = depth,
        .weight_seed = trial_random(t),
        .check_positions = CHECKED};
    struct device_error error;
    bool right;
    const enum device_status status = subject_open(t, &spec, &p->stack, &right, &error);
    const int result = opened_run(t, p, status, right, &error);
    subject_free(p->stack);
    return result;
}

static int single_run(struct trial *t, struct timed *p) {
    enum { FIRST_KB = 512 };
    struct stream_spec spec = {
        .outputs = p->channels, .inputs = p->inputs, .positions = positions_of(t)};
    struct device_error error;
    bool right;
    if (p->parts > 1)
        spec.first_rows = FIRST_KB * 1024 / 2 / p->inputs * p->cores;
    const enum device_status status = stream_open(t, &spec, &p->single, &right, &error);
    const int result = opened_run(t, p, status, right, &error);
    specimen_free(p->single);
    return result;
}

static double weights_mb(int outputs, int inputs) {
    return 2.0 * outputs * inputs / (1 << 20);
}

static int singles_run(struct trial *t, struct timed any) {
    enum { N = sizeof singles / sizeof *singles };
    unsigned order[N];
    int result = 0;
    trial_shuffle(t, order, N);
    for (int i = 0; i < N && result == 0; i++) {
        const struct single *single = &singles[order[i]];
        any.channels = single->outputs;
        any.inputs = single->inputs;
        any.parts = single->parts;
        any.weight_mb = weights_mb(any.channels, any.inputs);
        result = single_run(t, &any);
    }
    return result;
}

static int stacks_run(struct trial *t, struct timed any, const struct sizes *sizes) {
    unsigned order[SIZES_MAX];
    int result = 0;
    trial_shuffle(t, order, (unsigned)sizes->n);
    for (int i = 0; i < sizes->n && result == 0; i++) {
        const double layer_mb = weights_mb(any.channels, any.channels);
        const int depth = (int)lround(sizes->step_mb * (order[i] + 1) / layer_mb);
        any.weight_mb = depth * layer_mb;
        result = stack_run(t, &any, depth);
    }
    return result;
}

static int run(struct trial *t) {
    const int arm = (int)(t->arm - arms);
    /* without an engine the processor computes every output */
    const bool virtual = device_is_virtual(t->device), cpu = !strcmp(device_kind(t->device), "cpu");
    const struct sizes *sizes = !virtual && !cpu ? &sizes_all
                                : t->quick       ? &sizes_few
                                : cpu            ? &sizes_cpu
                                                 : &sizes_virtual;
    char chip[TRIAL_CHIP_SIZE];
    trial_chip(t, chip);
    const struct timed any = {.channels = channels[arm],
        .inputs = channels[arm],
        .parts = 1,
        .cores = stream_cores(t),
        .chip = chip};
    if (arm != SINGLE)
        return stacks_run(t, any, sizes);
    if (!t->quick || !cpu)
        return singles_run(t, any);
    trial_row(t, SAMPLE_UNSUPPORTED, "the quick preset omits it on a cpu device; run the full one");
    return 0;
}

EXPERIMENT_MAIN("sram", run, sram_judge)
