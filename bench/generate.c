/* SPDX-License-Identifier: MIT
 *
 * question: How fast does a language model generate text on this device, and which way of dividing it
 *     into programs is the fastest?
 * hypothesis: One program for the whole model is faster than one a layer. Generation takes the time of
 *     streaming the weights, so that many tokens in one eval cost little more than one, and weights in
 *     int8 less than in fp16.
 * method: A Llama model drawn from a seed, on the device by MIL programs that take one token and a cache of
 *     keys and values (tg), or a prompt (pp). First every token's logits are compared with those that
 *     a plain fp32 model on the host computes from the same weights, rounded to the format as in the
 *     programs: the largest difference may be 2^-6 of the largest logit. A way that fails this is not timed.
 *     Then each token is read again and timed: all evals, and what the host does between them. As in
 *     llama-bench, tokens are random, and no sampling is timed. The rate is the tokens of a read over its
 *     time; streaming counts the bytes of the programs' weight files, once a read.
 * arms: step-layer (one program a layer and one for the classifier; the cache is an input, its new rows are
 *     an output); step-half (two programs for the layers); step-all (one program for everything);
 *     step-whole (step-all, the cache is input and output); step-host-cache (attention on the host);
 *     step-host-classifier (one program for the layers, the classifier on the host); step-split-4, step-split-16
 *     (step-all, the classifier in 4 or 16 convolutions); step-int8 (step-all, int8 weights); step-palette
 *     (step-all, one of 16 values a weight, 4 bits); step-state (step-all, the cache is a state, of devices that
 *     keep states); step-busy (step-all while the processor does other work); step-gpu-busy (step-all while another
 *     process evaluates a stack of convolutions by Core ML with the GPU, without a pause; gpu-busy is that process);
 *     stream (one matrix of as many bytes
 *     by a vector, as in stream_notch: a token that does nothing but stream); energy, energy-prompt (joules a token of
 *     step-all and of prompt-32, as in the benchmark energy, where a counter is live); step-notch, step-padded (another
 *     model, of one layer whose feed-forward matrices are 1 MiB per core of 16, as they are and padded by 32 KiB
 *     per core); prompt-16 to prompt-512 (one program for everything, so many tokens).
 * unit of replication: the process: its median read.
 * sample size: 3 trials of the arms that a claim is about in the quick preset, 6 in the full one, and 3 of the others. In the
 *     quick preset and in virtual time a model of 4 layers, 128 channels and 128 positions (512 where a prompt needs
 *     them), 16 tokens, 4 in virtual time; otherwise
 *     stories15m, 32 tokens, at depth 0 and again at depth 64. A prompt is read 5 times.
 * margin: in results/findings.csv, in percent: the smallest advantage that counts; for bytes-not-flops, how much
 *     longer than published a read of 32 tokens may take.
 * decision rule: By the 95 % t interval of the mean log ratio over processes of a block. fused: time of a token
 *     of step-layer over step-all; int8-faster: step-all over step-int8; notch: step-notch over step-padded; each
 *     reproduced above 1 plus the margin, contradicted below. bytes-not-flops: time of a read of prompt-32 over one
 *     of step-all; reproduced below the published ratio plus the margin, contradicted above. fastest: the rate of each
 *     other division of the same model (step-layer, -half, -whole, -state, -host-cache, -host-classifier, -split-4,
 *     -split-16) over step-all's, where two blocks or more have both, at 1 - 5 % / their number, so that all intervals
 *     hold together; contradicted when one lies above 1 plus the margin, reproduced when all lie below.
 *     shared-prefill: unsupported, since no device here evaluates by GPU and engine together.
 * would prove it wrong: a prompt of 32 tokens that takes 32 times as long as one.
 * confounders: a small model's weights stay in a cache that a large one's do not fit; the classifier is a larger
 *     part of a small model; int8 weights may become fp16 when the program is compiled (on cpu they do);
 *     a prompt's eval has no earlier cache and one classifier for all its tokens; a GPU that is allowed is not forced, so
 *     that the processor may do part of its work.
 * sources: maderix/ANE issue 24 (M1 Pro: stories15M in one program 0.728 ms, separate 3.039),
 *     sbryngelson/ANEForge issue 185 (M2 Pro: batches of 1 and 32, int8), eiln.github.io/posts/ane-dma (M3: a model's
 *     weights split off the slow size), jundot/omlx and ddalcu/mlx-serve issue 223 (prompts by GPU and engine).
 */
#include "generate_experiment.h"
#include "generate_about.h"
#include "joules.h"

#include "generate/generate.h"
#include "generate/model/model.h"
#include "train/host/sample.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS_VIRTUAL = 4, STEPS_QUICK = 16, STEPS = 32, DEPTH = 64, READS = 5, CORES = 16 };
static const char small_model[] = "tiny,layers=4";
enum { SMALL_POSITIONS = 128 }; /* of tiny */
static const char long_small_model[] = "tiny,layers=4,seq=512";
static const char model[] = "stories15m,seq=512";
static const char notch_model[] =
    "layers=1,dim=1024,hidden=8192,heads=16,kv_heads=16,seq=64,vocab=256";
/* 32 KiB per core of w1, w3 and w2: the window's double width (probes/stream_notch.c) */
enum { NOTCH_PADDING = 256 };
static const double tolerance = 0x1p-6;

static const struct experiment_arm arms[] = {
    {"step-layer", "one program a layer", 3, 6, 300},
    {"step-half", "two programs for the layers", 0, 3, 300},
    {"step-all", "one program for everything", 3, 6, 300},
    {"step-whole", "the same, the cache in and out", 0, 3, 300},
    {"step-host-cache", "attention on the host", 0, 3, 300},
    {"step-host-classifier", "the classifier on the host", 0, 3, 300},
    {"step-split-4", "one program, the classifier in 4 parts", 0, 3, 300},
    {"step-split-16", "one program, the classifier in 16 parts", 0, 3, 300},
    {"step-int8", "one program, int8 weights", 3, 6, 300},
    {"step-palette", "one program, weights of 4 bits", 0, 3, 300},
    {"step-state", "one program, the cache a state", 0, 6, 300},
    {"step-busy", "one program, the processor busy", 0, 3, 300},
    {"step-gpu-busy", "one program, the GPU busy", 0, 3, 300},
    {GENERATE_GPU_ARM, "the process that keeps the GPU busy", 0, 0, 300},
    {"stream", "one matrix of as many bytes", 0, 3, 300},
    {"energy", "joules a token of one program", 3, 6, 600},
    {"energy-prompt", "joules a token of a prompt of 32", 0, 6, 600},
    {"step-notch", "matrices of 1 MiB a core", 3, 6, 600},
    {"step-padded", "the same, padded by 32 KiB a core", 3, 6, 600},
    {"prompt-16", "16 tokens a read", 0, 3, 300},
    {"prompt-32", "32 tokens a read", 3, 6, 300},
    {"prompt-64", "64 tokens a read", 0, 3, 300},
    {"prompt-128", "128 tokens a read", 0, 3, 300},
    {"prompt-256", "256 tokens a read", 0, 3, 300},
    {"prompt-512", "512 tokens a read", 0, 3, 300},
};
enum { ALL = 0, HALF = -1 }; /* layers of a program */
/* By arm. */
static const struct arm_way {
    int tokens, layers, parts;
    enum generate_cache cache;
    enum generate_format format;
    bool is_notch, is_busy, is_gpu_busy, is_gpu, is_stream, is_energy;
    int padding;
} ways[sizeof arms / sizeof *arms] = {
    {.tokens = 1, .layers = 1, .parts = 1},
    {.tokens = 1, .layers = HALF, .parts = 1},
    {.tokens = 1, .layers = ALL, .parts = 1},
    {.tokens = 1, .layers = ALL, .parts = 1, .cache = GENERATE_CACHE_WHOLE},
    {.tokens = 1, .layers = 1, .parts = 1, .cache = GENERATE_CACHE_HOST},
    {.tokens = 1, .layers = ALL, .parts = 0},
    {.tokens = 1, .layers = ALL, .parts = 4},
    {.tokens = 1, .layers = ALL, .parts = 16},
    {.tokens = 1, .layers = ALL, .parts = 1, .format = GENERATE_INT8},
    {.tokens = 1, .layers = ALL, .parts = 1, .format = GENERATE_PALETTE_4},
    {.tokens = 1, .layers = ALL, .parts = 1, .cache = GENERATE_CACHE_STATE},
    {.tokens = 1, .layers = ALL, .parts = 1, .is_busy = true},
    {.tokens = 1, .layers = ALL, .parts = 1, .is_gpu_busy = true},
    {.tokens = 1, .is_gpu = true},
    {.tokens = 1, .is_stream = true},
    {.tokens = 1, .layers = ALL, .parts = 1, .is_energy = true},
    {.tokens = 32, .layers = ALL, .parts = 1, .is_energy = true},
    {.tokens = 1, .layers = ALL, .parts = 1, .is_notch = true},
    {.tokens = 1, .layers = ALL, .parts = 1, .is_notch = true, .padding = NOTCH_PADDING},
    {.tokens = 16, .layers = ALL, .parts = 1},
    {.tokens = 32, .layers = ALL, .parts = 1},
    {.tokens = 64, .layers = ALL, .parts = 1},
    {.tokens = 128, .layers = ALL, .parts = 1},
    {.tokens = 256, .layers = ALL, .parts = 1},
    {.tokens = 512, .layers = ALL, .parts = 1},
};

static const struct experiment_column columns[] = {
    {"chip", EXPERIMENT_FACTOR}, {"model", EXPERIMENT_FACTOR},
    {"type", EXPERIMENT_FACTOR},       /* of the weights: fp16, int8, palette-4 */
    {"cache", EXPERIMENT_FACTOR},      /* rows, whole, state, host */
    {"programs", EXPERIMENT_FACTOR},   /* of the model */
    {"classifier", EXPERIMENT_FACTOR}, /* its parts on the device; 0: on the host */
    {"weight_mb", EXPERIMENT_FACTOR},  /* of the programs, 2^20 bytes */
    /* llama-bench's: tokens of a prompt; tokens generated; positions there before those */
    {"n_prompt", EXPERIMENT_FACTOR}, {"n_gen", EXPERIMENT_FACTOR}, {"n_depth", EXPERIMENT_FACTOR},
    {"n_tokens", EXPERIMENT_FACTOR}, /* of a read */
    {"read", EXPERIMENT_FACTOR},
    {"eval_ns", EXPERIMENT_NUMBER}, /* of a read: its evals, and the host's work between them */
    /* on the first row of a trial */
    {"compile_ns", EXPERIMENT_NUMBER}, {"load_ns", EXPERIMENT_NUMBER},
    {"first_token_cold_ns",
        EXPERIMENT_NUMBER}, /* from nothing to the first logits; not if a compile was cached */
    {"first_token_warm_ns", EXPERIMENT_NUMBER}, /* of the first read of all programs loaded */
    {"logits_off", EXPERIMENT_NUMBER},          /* largest difference, of the largest logit */
    {"gpu_evals", EXPERIMENT_NUMBER},           /* step-gpu-busy: the GPU's, meanwhile */
    {"gpu_clock_ns", EXPERIMENT_NUMBER},        /* of the process that keeps it busy */
    JOULES_COLUMNS("token"), {"power_source", EXPERIMENT_FACTOR}, {"power_mode", EXPERIMENT_FACTOR},
    {"thermal", EXPERIMENT_FACTOR}, /* of the machine, with joules */
};

/* ---- one arm ----------------------------------------------------------------------------------- */

struct generate_trial {
    struct trial *t;
    const struct arm_way *arm;
    const char *model_name;
    char chip[TRIAL_CHIP_SIZE];
    struct train_parameters model;
    struct generate_way way;
    struct generate *generate;
    struct sampler *sampler;
    struct meters *meters; /* of arms that need them */
    int n_read;            /* since the last reset, of those */
    struct device_error error;
    int32_t *tokens; /* as many as the model has positions */
    float *logits;
    int n_steps, n_depth, n_rows;
    double off;
    uint64_t cold_ns, warm_ns;
};

static void text_note(void *context, const char *text, size_t bytes) {
    trial_program(context, text, bytes);
}

static int model_make(struct generate_trial *s) {
    struct device_error error;
    struct train_shape shape;
    char why[256];
    if (train_shape_parse(s->model_name, &shape, why, sizeof why) != 0)
        return trial_break(s->t, "%s", why);
    if (model_open(s->model_name, shape.seq, trial_shared_seed(s->t), &s->model, &error) !=
        DEVICE_OK)
        return trial_break_error(s->t, &error);
    s->tokens = calloc((size_t)shape.seq, sizeof *s->tokens);
    s->logits = calloc((size_t)shape.vocab, sizeof *s->logits);
    if (!s->tokens || !s->logits)
        return trial_break(s->t, "out of memory for the model %s", s->model_name);
    generate_round(&s->model, s->arm->format);
    for (int i = 0; i < shape.seq; i++)
        s->tokens[i] = (int32_t)(trial_random(s->t) % (uint64_t)shape.vocab);
    return 0;
}

static void way_make(struct generate_trial *s) {
    const struct arm_way *arm = s->arm;
    const struct train_shape *shape = &s->model.shape;
    s->way = (struct generate_way){.positions = arm->tokens,
        .capacity = arm->tokens > 1 ? 0 : shape->seq / 2,
        .cache = arm->cache,
        .layers = arm->layers == ALL    ? shape->layers
                  : arm->layers == HALF ? (shape->layers + 1) / 2
                                        : arm->layers,
        .joined = arm->layers == ALL && arm->parts > 0,
        .classifier_parts = arm->parts,
        .format = arm->format,
        .padding = arm->padding};
}

static void factors_put(struct generate_trial *s) {
    static const char *const caches[] = {"rows", "whole", "state", "host"};
    const struct generate_costs costs = generate_costs(s->generate);
    struct trial *t = s->t;
    trial_text(t, "chip", s->chip);
    trial_text(t, "model", s->model_name);
    trial_text(t, "type", generate_format_name(s->way.format));
    trial_text(t, "cache", caches[s->way.cache]);
    trial_u64(t, "programs", (uint64_t)costs.programs);
    trial_u64(t, "classifier", (uint64_t)s->way.classifier_parts);
    trial_number(t, "weight_mb", costs.weight_bytes / (1 << 20));
}

static void test_put(void *context) {
    struct generate_trial *s = context;
    const struct generate_costs costs = generate_costs(s->generate);
    const bool is_prompt = s->way.positions > 1;
    struct trial *t = s->t;
    factors_put(s);
    trial_u64(t, "n_prompt", is_prompt ? (uint64_t)s->way.positions : 0);
    trial_u64(t, "n_gen", is_prompt ? 0 : (uint64_t)s->n_steps);
    trial_u64(t, "n_depth", (uint64_t)s->n_depth);
    trial_u64(t, "n_tokens", (uint64_t)s->way.positions);
    if (s->n_rows++ == 0) {
        if (!costs.cached) {
            trial_u64(t, "compile_ns", costs.compile_ns);
            trial_u64(t, "first_token_cold_ns", s->cold_ns);
        }
        trial_u64(t, "load_ns", costs.load_ns);
        trial_u64(t, "first_token_warm_ns", s->warm_ns);
        trial_number(t, "logits_off", s->off);
    }
}

static void row_put(struct generate_trial *s, int read, uint64_t elapsed_ns) {
    test_put(s);
    trial_u64(s->t, "read", (uint64_t)read + 1);
    trial_u64(s->t, "eval_ns", elapsed_ns);
    trial_row(s->t, SAMPLE_OK, "");
}

/* Reads the n tokens that follow and compares the logits of each read. 1: a row says that they are wrong. */
static int reads_check(struct generate_trial *s, int first, int n) {
    struct device_error error;
    const int positions = s->way.positions, vocab = s->model.shape.vocab;
    const float *expected = sampler_read(s->sampler, s->tokens + first, n);
    for (int i = 0; i < n; i += positions) {
        if (generate_read(s->generate, s->tokens + first + i, s->logits, &error) != DEVICE_OK)
            return trial_break_error(s->t, &error);
        const double off = generate_logits_off(
            s->logits, expected + (size_t)(i + positions - 1) * (size_t)vocab, vocab);
        s->off = fmax(s->off, off);
        if (off > tolerance) {
            char why[160];
            snprintf(why, sizeof why,
                "the logits after token %d are off by %.3g of the largest; %.3g is allowed",
                first + i + positions, off, tolerance);
            factors_put(s);
            trial_row(s->t, SAMPLE_UNTRUSTED, why);
            return 1;
        }
    }
    return 0;
}

static int read_time(struct generate_trial *s, int first, int number) {
    struct device_error error;
    const uint64_t begin_ns = trial_clock_ns(s->t);
    if (generate_read(s->generate, s->tokens + first, s->logits, &error) != DEVICE_OK)
        return trial_break_error(s->t, &error);
    row_put(s, number, trial_clock_ns(s->t) - begin_ns);
    return 0;
}

/* Untimed up to the depth, then so many steps. */
static int steps_time(struct generate_trial *s, int depth) {
    struct device_error error;
    int result = 0;
    generate_reset(s->generate);
    s->n_depth = depth;
    for (int i = 0; i < depth; i++)
        if (generate_read(s->generate, s->tokens + i, s->logits, &error) != DEVICE_OK)
            return trial_break_error(s->t, &error);
    for (int i = 0; result == 0 && i < s->n_steps; i++)
        result = read_time(s, depth + i, i);
    return result;
}

/* With the processor busy, if the arm says so. */
static int all_steps_time(struct generate_trial *s, int deep) {
    struct device_error error;
    if (s->arm->is_busy && device_host_load_start(s->t->device, &error) != DEVICE_OK)
        return trial_break_error(s->t, &error);
    int result = steps_time(s, 0);
    if (result == 0 && deep > 0)
        result = steps_time(s, deep);
    device_host_load_stop(s->t->device);
    return result;
}

/* Timed first and written afterwards: what the GPU did meanwhile is known at the end. */
struct steps {
    struct generate_trial *trial;
    uint64_t elapsed_ns[STEPS];
};

static int steps_work(void *context) {
    struct steps *steps = context;
    struct generate_trial *s = steps->trial;
    struct device_error error;
    generate_reset(s->generate);
    for (int i = 0; i < s->n_steps; i++) {
        const uint64_t begin_ns = trial_clock_ns(s->t);
        if (generate_read(s->generate, s->tokens + i, s->logits, &error) != DEVICE_OK)
            return trial_break_error(s->t, &error);
        steps->elapsed_ns[i] = trial_clock_ns(s->t) - begin_ns;
    }
    return 0;
}

static int gpu_steps_time(struct generate_trial *s) {
    struct steps steps = {.trial = s};
    double gpu_evals;
    const int result = generate_gpu_beside(
        s->t, s->chip, (uint64_t)s->n_steps * s->warm_ns, steps_work, &steps, &gpu_evals);
    for (int i = 0; result == 0 && i < s->n_steps; i++) {
        if (i == 0)
            trial_number(s->t, "gpu_evals", gpu_evals);
        row_put(s, i, steps.elapsed_ns[i]);
    }
    return result;
}

/* The reads that the other arms time, again and again. */
static int energy_step(void *context) {
    struct generate_trial *s = context;
    if (s->n_read == (s->way.positions > 1 ? 1 : s->n_steps)) {
        generate_reset(s->generate);
        s->n_read = 0;
    }
    return generate_read(s->generate, s->tokens + s->n_read++, s->logits, &s->error) == DEVICE_OK
               ? 0
               : -1;
}

static int energy_run(struct generate_trial *s) {
    const struct meter_work reads = {energy_step, s};
    generate_reset(s->generate);
    return generate_energy_run(s->t, s->meters, &reads, s->way.positions, test_put, s) == 0
               ? 0
               : trial_break_error(s->t, &s->error);
}

/* False: a row says that nothing here can be read. */
static bool energy_is_there(struct generate_trial *s, int *result) {
    char reason[700];
    s->meters = meters_open(s->t->device);
    *result = s->meters ? 0 : trial_break(s->t, "out of memory");
    if (!s->meters || meters_any(s->meters, reason, sizeof reason))
        return s->meters != NULL;
    trial_text(s->t, "chip", s->chip);
    trial_row(s->t, SAMPLE_UNSUPPORTED, reason);
    return false;
}

/* ---- all of it --------------------------------------------------------------------------------- */

static int arm_run(struct generate_trial *s) {
    struct device_error error;
    const bool is_short = s->t->quick || device_is_virtual(s->t->device) || s->arm->is_notch;
    const int positions = s->way.positions;
    const int deep = is_short ? 0 : DEPTH;
    int result = 0;
    s->n_steps = device_is_virtual(s->t->device) ? STEPS_VIRTUAL : is_short ? STEPS_QUICK : STEPS;
    uint64_t begin_ns = trial_clock_ns(s->t);
    enum device_status status =
        generate_open(s->t->device, &s->model, &s->way, text_note, s->t, &s->generate, &error);
    if (status == DEVICE_UNSUPPORTED || status == DEVICE_FAILED) {
        trial_text(s->t, "chip", s->chip);
        trial_row_error(s->t, &error);
        return 0;
    }
    if (status != DEVICE_OK || sampler_new(&s->model, &s->sampler, &error) != DEVICE_OK)
        return trial_break_error(s->t, &error);
    if (generate_read(s->generate, s->tokens, s->logits, &error) != DEVICE_OK)
        return trial_break_error(s->t, &error);
    s->cold_ns = trial_clock_ns(s->t) - begin_ns;
    generate_reset(s->generate);
    begin_ns = trial_clock_ns(s->t);
    if (generate_read(s->generate, s->tokens, s->logits, &error) != DEVICE_OK)
        return trial_break_error(s->t, &error);
    s->warm_ns = trial_clock_ns(s->t) - begin_ns;
    generate_reset(s->generate);
    result = reads_check(s, 0, positions > 1 ? positions : deep + s->n_steps);
    if (result == 0 && s->arm->is_energy)
        return energy_run(s);
    for (int i = 0; result == 0 && positions > 1 && i < READS; i++)
        result = read_time(s, 0, i);
    if (result == 0 && s->arm->is_gpu_busy)
        return gpu_steps_time(s) < 0 ? -1 : 0;
    if (result == 0 && positions == 1)
        result = all_steps_time(s, deep);
    return result < 0 ? -1 : 0;
}

static int run(struct trial *t) {
    const bool is_small = t->quick || device_is_virtual(t->device);
    struct generate_trial s = {.t = t, .arm = &ways[t->arm - arms]};
    s.model_name = s.arm->is_notch                    ? notch_model
                   : !is_small                        ? model
                   : s.arm->tokens <= SMALL_POSITIONS ? small_model
                                                      : long_small_model;
    trial_chip(t, s.chip);
    if (t->quick && s.arm->is_notch && !strcmp(device_kind(t->device), "cpu")) {
        trial_row(
            t, SAMPLE_UNSUPPORTED, "the quick preset omits it on a cpu device; run the full one");
        return 0;
    }
    if (s.arm->is_gpu)
        return generate_gpu_run(t, s.chip);
    if (s.arm->is_gpu_busy && generate_gpu_absent(t, s.chip) != 0)
        return 0;
    int result = 0;
    if (s.arm->is_energy && !energy_is_there(&s, &result)) {
        meters_close(s.meters);
        return result;
    }
    result = model_make(&s);
    if (result == 0 && s.arm->is_stream) {
        result = generate_stream_run(t, s.chip, &s.model.shape);
    } else if (result == 0) {
        way_make(&s);
        result = arm_run(&s);
    }
    meters_close(s.meters);
    generate_close(s.generate);
    sampler_free(s.sampler);
    train_parameters_free(&s.model);
    free(s.tokens);
    free(s.logits);
    return result;
}

EXPERIMENT_MAIN("generate", run, generate_judge)
