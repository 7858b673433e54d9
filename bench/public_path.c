/* SPDX-License-Identifier: MIT
 *
 * question: What does Core ML, the public way to the engine, cost beside the private framework?
 * hypothesis: An eval takes longer by Core ML, most of all a small one; copied inputs and outputs add little.
 * method: The same stacks of 1x1 convolutions by one way a process, in shuffled blocks of a process for each
 *     way. The device that is asked says which machine; the trial opens the way on it: of ane and coreml these are
 *     ane, coreml:ne and coreml:ne,io=copy, of a simulated engine the option way=. Each shape, in random order, is
 *     compiled with random weights of its own, so that no way finds what another has compiled; loaded; its output
 *     compared with the reference; then timed in 5 segments of evals; and compared again. Compile, load and first
 *     eval are timed once.
 * arms: direct (the private framework); public (Core ML on shared surfaces, with output backings); copied (Core ML
 *     with inputs and outputs copied).
 * unit of replication: the process: the median over its segments, each the median of its evals.
 * sample size: 6 trials an arm of 3 shapes in the quick preset, 12 of 5 in the full one; segments of 60 ms, at
 *     least 10 evals, 20 in virtual time.
 * margin: in results/findings.csv for each finding.
 * decision rule: The ratio of the geometric means of two arms' processes, with Welch's 95 % interval of the
 *     logarithms: reproduced when the interval lies on the claimed side of the margin, contradicted when it lies
 *     on the other. What a way cannot do is unsupported, with its reason.
 * would prove it wrong: an interval on the other side of the margin.
 * confounders: Core ML decides where a program runs, and may choose the processor; a plan for the engine is no
 *     proof (see placement). Caches of the system; other work on the machine.
 * sources: christopherkarani/Espresso (faster by the private framework, and the same), maderix/ANE#40 (slower; and
 *     copies).
 */
#include "public_path_about.h"
#include "ways.h"

static const struct way_shape shapes[] = {
    {"small", 64, 32, 1}, {"published", 768, 256, 1}, /* maderix/ANE#40's */
    {"deep", 128, 64, 32}, {"middle", 256, 256, 8},
    {"surfaces", 512, 2048, 1}, /* 2 MB in, 2 MB out */
};
enum { N_SHAPES = sizeof shapes / sizeof *shapes, N_QUICK = 3 };

static const struct experiment_arm arms[] = {
    {"direct", "by the private framework", 6, 12, 600},
    {"public", "by Core ML, on shared surfaces", 6, 12, 600},
    {"copied", "by Core ML, inputs and outputs copied", 6, 12, 600},
};
enum { N_ARMS = sizeof arms / sizeof *arms };
static const enum device_way ways[N_ARMS] = {DEVICE_WAY_DIRECT, DEVICE_WAY_NE, DEVICE_WAY_NE_COPY};
static const char *const arm_names[N_ARMS] = {"direct", "public", "copied"};

static const struct experiment_column columns[] = {WAY_COLUMNS};

static int run(struct trial *t) {
    return ways_run(t, ways[t->arm - arms], shapes, t->quick ? N_QUICK : N_SHAPES, NULL);
}

static const struct way_claim claims[] = {
    {.finding = "public-path.small-slower",
        .over = "public",
        .under = "direct",
        .shape = "small",
        .column = "eval_ns",
        .side = WAY_MORE,
        .what = "a small eval by Core ML, to one by the private framework"},
    {.finding = "public-path.deep-slower",
        .over = "public",
        .under = "direct",
        .shape = "deep",
        .column = "eval_ns",
        .side = WAY_MORE,
        .what = "an eval of 32 layers by Core ML, to one by the private framework"},
    {.finding = "public-path.copy",
        .over = "copied",
        .under = "public",
        .shape = "published",
        .column = "eval_ns",
        .side = WAY_NOT_MORE,
        .what = "an eval by Core ML with inputs and outputs copied, to one on shared surfaces"},
};

static int judge(struct judgement *j) {
    ways_summarise(j, arm_names, N_ARMS, shapes, N_SHAPES);
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++)
        ways_claim_judge(j, &claims[i]);
    return 0;
}

EXPERIMENT_MAIN("public_path", run, judge)
