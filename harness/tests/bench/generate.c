/* SPDX-License-Identifier: MIT
 *
 * Tokens a second on the cpu device, with two cores, beside another program on the same model: llama2.c's
 * `run`, if its path is given, built by the user with two threads in mind (-Ofast -march=native -fopenmp); else
 * the plain model of this suite, one token at a time. The model is written to a file that both
 * read. Both programs compute the text that the most likely tokens make. It must be the same in fp32, in which the other
 * computes, too; in fp16 it may differ where two logits are closer than fp16 holds.
 *
 * generate [MODEL [RUN TOKENIZER]]     a shape, a file of llama2.c or a folder (generate/model/model.h)
 */
#include "bench.h"

#include "base/spawn.h"
#include "device/host/directory.h"
#include "generate/generate.h"
#include "generate/model/model.h"
#include "train/data/tokenizer.h"
#include "train/host/sample.h"
#include "train/model/llama2.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 96, PROMPT = 128, PROMPT_READS = 9, POSITIONS = 256, BEGIN = 1, TEXT_BYTES = 16384 };
static const double goal_tg = 1.5, goal_pp = 10;

/* What one type of numbers comes to. The matrices hold fp16 numbers, and are stored as such in either. */
struct steps {
    enum generate_format format;
    int32_t tokens[STEPS + 1]; /* the most likely ones, after BEGIN */
    double tg;                 /* tokens a second */
    int same;                  /* as the other program's, from the first on */
};

struct world {
    struct device *device;
    struct train_parameters model;
    char path[DIRECTORY_PATH_MAX + 16];
    float *logits;
    struct steps fp16, fp32;
    double pp; /* tokens a second */
};

static int32_t likeliest(const float *logits, int n) {
    int best = 0;
    for (int i = 1; i < n; i++)
        if (logits[i] > logits[best])
            best = i;
    return best;
}

/* ---- here -------------------------------------------------------------------------------------- */

static enum device_status steps_time(
    struct world *w, struct steps *steps, struct device_error *error) {
    const struct generate_way way = {.positions = 1,
        .capacity = STEPS,
        .layers = w->model.shape.layers,
        .joined = true,
        .classifier_parts = 1,
        .format = steps->format};
    struct generate *g;
    enum device_status status = generate_open(w->device, &w->model, &way, NULL, NULL, &g, error);
    uint64_t begin_ns = 0;
    steps->tokens[0] = BEGIN;
    /* the first turn warms up */
    for (int turn = 0; status == DEVICE_OK && turn < 2; turn++) {
        generate_reset(g);
        for (int i = 0; status == DEVICE_OK && i < STEPS; i++) {
            if (i == 1) /* llama2.c starts its clock after the first token */
                begin_ns = device_clock_ns(w->device);
            status = generate_read(g, steps->tokens + i, w->logits, error);
            steps->tokens[i + 1] = likeliest(w->logits, w->model.shape.vocab);
        }
    }
    steps->tg = 1e9 * (STEPS - 1) / (double)(device_clock_ns(w->device) - begin_ns);
    generate_close(g);
    return status;
}

static enum device_status prompt_time(struct world *w, struct device_error *error) {
    const struct generate_way way = {.positions = PROMPT,
        .layers = w->model.shape.layers,
        .joined = true,
        .classifier_parts = 1};
    struct generate *g;
    int32_t tokens[PROMPT];
    double ns[PROMPT_READS];
    enum device_status status = generate_open(w->device, &w->model, &way, NULL, NULL, &g, error);
    for (int i = 0; i < PROMPT; i++)
        tokens[i] = i * 37 % w->model.shape.vocab;
    for (int i = -1; status == DEVICE_OK && i < PROMPT_READS; i++) {
        const uint64_t begin_ns = device_clock_ns(w->device);
        status = generate_read(g, tokens, w->logits, error);
        if (i >= 0)
            ns[i] = (double)(device_clock_ns(w->device) - begin_ns);
    }
    if (status == DEVICE_OK)
        w->pp = 1e9 * PROMPT / bench_median(ns, PROMPT_READS);
    generate_close(g);
    return status;
}

/* ---- the other --------------------------------------------------------------------------------- */

struct other {
    const char *name;
    double rate; /* of tokens a second, one at a time: it reads prompts so too */
};

static enum device_status plain_run(
    struct world *w, struct other *other, struct device_error *error) {
    struct sampler *sampler;
    int32_t token = BEGIN;
    uint64_t begin_ns = 0;
    enum device_status status = sampler_new(&w->model, &sampler, error);
    if (status != DEVICE_OK)
        return status;
    *other = (struct other){.name = "plain model"};
    for (int i = 0; i < STEPS; i++) {
        if (i == 1)
            begin_ns = device_clock_ns(w->device);
        token = likeliest(sampler_read(sampler, &token, 1), w->model.shape.vocab);
        w->fp16.same += w->fp16.same == i && token == w->fp16.tokens[i + 1];
        w->fp32.same += w->fp32.same == i && token == w->fp32.tokens[i + 1];
    }
    other->rate = 1e9 * (STEPS - 1) / (double)(device_clock_ns(w->device) - begin_ns);
    sampler_free(sampler);
    return DEVICE_OK;
}

/* The number of our tokens whose text is at the start of `text`. */
static int text_match(struct tokenizer *tokenizer, const int32_t *tokens, const char *text) {
    size_t at = 0, bytes;
    int n = 0;
    for (; n < STEPS; n++) {
        const char *piece =
            tokenizer_text(tokenizer, (uint16_t)tokens[n], (uint16_t)tokens[n + 1], &bytes);
        if (strncmp(text + at, piece, bytes) != 0)
            break;
        at += bytes;
    }
    return n;
}

static enum device_status texts_match(
    struct world *w, const char *tokenizer_path, const char *text, struct device_error *error) {
    struct tokenizer *tokenizer;
    const enum device_status status =
        tokenizer_open(tokenizer_path, w->model.shape.vocab, &tokenizer, error);
    if (status != DEVICE_OK)
        return status;
    w->fp16.same = text_match(tokenizer, w->fp16.tokens, text);
    w->fp32.same = text_match(tokenizer, w->fp32.tokens, text);
    tokenizer_close(tokenizer);
    return DEVICE_OK;
}

static enum device_status run_run(struct world *w, const char *run, const char *tokenizer,
    struct other *other, struct device_error *error) {
    static const char mark[] = "achieved tok/s: ";
    char steps[16];
    snprintf(steps, sizeof steps, "%d", STEPS);
    const char *const argv[] = {run, w->path, "-t", "0", "-n", steps, "-z", tokenizer, NULL};
    struct spawn_sink out = {.fd = -1, .limit = TEXT_BYTES, .drops = true},
                      complaints = {.fd = -1, .limit = 4096, .drops = true};
    const struct spawn_program program = {.argv = argv, .out = &out, .err = &complaints};
    struct spawn_result result;
    struct error why;
    enum device_status status = DEVICE_OK;
    *other = (struct other){.name = "llama2.c"};
    if (spawn_run(&program, &result, &why) != 0)
        return device_error_take(error, "open", &why);
    const char *rate = complaints.text ? strstr(complaints.text, mark) : NULL;
    if (result.end != SPAWN_ENDED || result.exit_code != 0 || !rate)
        status = device_error_set(error, DEVICE_BROKEN, "open",
            "%s did not say how fast it was; is it llama2.c's run?", run);
    else
        other->rate = strtod(rate + strlen(mark), NULL);
    if (status == DEVICE_OK)
        status = texts_match(w, tokenizer, out.text ? out.text : "", error);
    free(out.text);
    free(complaints.text);
    return status;
}

/* With weights as they are drawn the embedding, which is the classifier too, outweighs the layers, and
 * every token's likeliest successor is itself. */
static void embedding_weaken(struct train_parameters *model) {
    const size_t n = train_tensor_elements(&model->shape, TRAIN_EMBEDDING);
    float *x = train_tensor_at(model, 0, TRAIN_EMBEDDING);
    for (size_t i = 0; i < n; i++)
        x[i] *= 0.05f;
}

/* ---- side by side ------------------------------------------------------------------------------ */

static void row_print(
    const char *metric, double value, double reference, const char *of, double goal) {
    const double ratio = value / reference;
    printf("generate,%s,%.4g,t/s,%.4g %s,%.3f,%.2f,%s\n", metric, value, reference, of, ratio, goal,
        ratio >= goal ? "yes" : "no");
}

static enum device_status compare(
    struct world *w, int argc, char **argv, struct device_error *error) {
    struct other other = {0};
    char metric[32];
    w->fp16.format = GENERATE_FP16;
    w->fp32.format = GENERATE_FP32;
    enum device_status status = argc > 3 ? llama2_write(w->path, &w->model, error) : DEVICE_OK;
    if (status == DEVICE_OK)
        status = steps_time(w, &w->fp16, error);
    if (status == DEVICE_OK)
        status = steps_time(w, &w->fp32, error);
    if (status == DEVICE_OK)
        status = prompt_time(w, error);
    if (status == DEVICE_OK)
        status =
            argc > 3 ? run_run(w, argv[2], argv[3], &other, error) : plain_run(w, &other, error);
    if (status != DEVICE_OK)
        return status;
    fputs(bench_header, stdout);
    snprintf(metric, sizeof metric, "tg%d", STEPS);
    row_print(metric, w->fp16.tg, other.rate, other.name, goal_tg);
    snprintf(metric, sizeof metric, "tg%d fp32", STEPS);
    row_print(metric, w->fp32.tg, other.rate, other.name, goal_tg);
    snprintf(metric, sizeof metric, "pp%d", PROMPT);
    row_print(metric, w->pp, other.rate, other.name, goal_pp);
    printf("generate,same tokens,%d,tokens,%d %s,%.3f,1.00,%s\n", w->fp32.same, STEPS, other.name,
        (double)w->fp32.same / STEPS, w->fp32.same == STEPS ? "yes" : "no");
    printf("generate,same tokens fp16,%d,tokens,%d %s,%.3f,,\n", w->fp16.same, STEPS, other.name,
        (double)w->fp16.same / STEPS);
    return DEVICE_OK;
}

static enum device_status measure(
    struct world *w, int argc, char **argv, struct device_error *error) {
    const char *model = argc > 1 ? argv[1] : "stories15m";
    enum device_status status = model_open(model, POSITIONS, 1, &w->model, error);
    if (status == DEVICE_OK)
        status = model_positions_set(&w->model, model, POSITIONS, error);
    if (status == DEVICE_OK && train_shape_named(model))
        embedding_weaken(&w->model);
    if (status == DEVICE_OK)
        status = device_open("cpu:cores=2", 1, &w->device, error);
    if (status != DEVICE_OK)
        return status;
    generate_round(&w->model, GENERATE_FP16);
    w->logits = calloc((size_t)w->model.shape.vocab, sizeof *w->logits);
    if (!w->logits)
        return device_error_set(error, DEVICE_BROKEN, "open", "out of memory");
    return compare(w, argc, argv, error);
}

int main(int argc, char **argv) {
    struct world w = {.device = NULL};
    struct run_directory place;
    struct device_error error = {.text = ""};
    char why[700];
    if (argc > 4 || argc == 3) {
        fprintf(stderr, "usage: generate [MODEL [RUN TOKENIZER]]\n");
        return 2;
    }
    if (run_directory_open(&place, why, sizeof why) != 0) {
        fprintf(stderr, "generate: %s\n", why);
        return 99;
    }
    snprintf(w.path, sizeof w.path, "%s/model.bin", place.path);
    const enum device_status status = measure(&w, argc, argv, &error);
    if (status != DEVICE_OK)
        fprintf(stderr, "generate: %s: %s\n", error.stage, error.text);
    train_parameters_free(&w.model);
    if (w.device)
        device_close(w.device);
    free(w.logits);
    run_directory_close(&place);
    return status == DEVICE_OK ? 0 : 99;
}
