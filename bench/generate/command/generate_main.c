/* SPDX-License-Identifier: MIT
 *
 * aneprobe-generate: how fast a device reads a prompt and generates with a model of the user's. Started by
 * `aneprobe generate`.
 */
#include "generate/command/rate.h"
#include "generate/model/bpe.h"
#include "generate/model/model.h"

#include "base/files.h"
#include "base/printable.h"
#include "base/program.h"
#include "measure/random.h"
#include "table/table.h"
#include "train/host/sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct settings {
    const char *device, *text, *tokenizer;
    unsigned n_prompt, n_gen, n_depth, reps, layers, classifier;
    uint64_t seed;
    enum generate_cache cache;
    enum generate_format type;
    enum table_format format;
};

static const char *const caches[] = {"rows", "whole", "state", "host", NULL};
static const char *const types[] = {"fp16", "int8", "palette-4", "fp32", NULL};
enum { LENGTH_MAX = 1 << 20 };

#define F(field) OPTION_FIELD(struct settings, field)
static const struct option options[] = {
    {"--device", "D", "auto", "device to run on ('aneprobe devices')", OPTION_WORD, F(device)},
    {"--prompt", "N", "128", "tokens of the prompt, which are read at once; 0 = no prompt",
        OPTION_WHOLE, F(n_prompt), .most = LENGTH_MAX},
    {"--gen", "N", "128", "tokens to generate, one after the other; 0 = none", OPTION_WHOLE,
        F(n_gen), .most = LENGTH_MAX},
    {"--depth", "N", "0", "tokens read before those that are generated", OPTION_WHOLE, F(n_depth),
        .most = LENGTH_MAX},
    {"--reps", "N", "5", "timed repetitions", OPTION_WHOLE, F(reps), .least = 2, .most = 10000},
    {"--layers", "N", "all", "layers per program", OPTION_WHOLE, F(layers), .least = 1,
        .most = LENGTH_MAX},
    {"--classifier", "N", "1", "parts of the classifier on the device; 0 = on the host",
        OPTION_WHOLE, F(classifier), .most = GENERATE_CLASSIFIER_PARTS_MAX},
    {"--cache", "WAY", "rows",
        "where keys and values are kept: rows (an input; new ones are an output), whole (input and "
        "output), state (of devices that keep states) or host (attention on the host)",
        OPTION_CHOICE, F(cache), .words = caches},
    {"--type", "T", "fp16",
        "type of the weights: fp16, int8, palette-4 (4 bits), or fp32, with all other numbers in "
        "fp32 "
        "too",
        OPTION_CHOICE, F(type), .words = types},
    {"--text", "TEXT", NULL,
        "use this prompt instead of --prompt random tokens, and print its most likely "
        "continuation of --gen tokens on standard error",
        OPTION_WORD, F(text)},
    {"--tokenizer", "FILE", "MODEL/tokenizer.json", "with --text: the tokenizer.json to use",
        OPTION_WORD, F(tokenizer)},
    {"--seed", "N", "1", "seed of random tokens, and of the weights of a named model", OPTION_WHOLE,
        F(seed), .most = UINT64_MAX},
    {"--format", "F", "text", TABLE_FORMAT_TEXT, OPTION_CHOICE, F(format),
        .words = table_format_words},
};

static const struct command_line line = {
    .name = "aneprobe generate",
    .usage = "MODEL [OPTION...]",
    .text =
        "Times a language model as llama-bench does: reading a prompt of random tokens, and "
        "generating tokens one after the other. MODEL is a folder with config.json and safetensors "
        "files, a llama2.c file, or a model with random weights: stories15m, stories110m, "
        "tinyllama-1.1b or qwen2.5-0.5b, optionally with other sizes (stories15m,layers=4). Only "
        "logits that agree with a plain fp32 model on the host are timed.",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .least_operands = 1,
    .most_operands = 1,
    .operand = "MODEL",
    .end = "Exit codes: 0 all right, 1 something wrong or failed, 2 wrong usage, 99 broken "
           "environment or data.\n",
};

struct world {
    const struct settings *settings;
    const char *name;
    unsigned n_prompt, n_depth; /* the settings', or the text's */
    int32_t n_positions;
    struct bpe *bpe;
    struct device *device;
    struct train_parameters model;
    struct sampler *reference;
    int32_t *tokens;
    char chip[64], os[64], time[32];
    struct table *table;
    bool is_wrong;
};

static void property_take(void *context, const char *key, const char *value) {
    struct world *w = context;
    if (strcmp(key, "chip") == 0)
        snprintf(w->chip, sizeof w->chip, "%s", value);
    else if (strcmp(key, "os") == 0)
        snprintf(w->os, sizeof w->os, "%s", value);
}

/* ---- one test ---------------------------------------------------------------------------------- */

static struct generate_way way_of(const struct world *w, int positions) {
    const struct settings *s = w->settings;
    const int layers = w->model.shape.layers;
    const bool is_prompt = positions > 1, is_host = !is_prompt && s->cache == GENERATE_CACHE_HOST;
    struct generate_way way = {.positions = positions,
        .capacity = is_prompt ? 0 : (int)(w->n_depth + s->n_gen),
        .cache = is_prompt ? GENERATE_CACHE_ROWS : s->cache,
        .layers = is_host                                    ? 1
                  : s->layers > 0 && (int)s->layers < layers ? (int)s->layers
                                                             : layers,
        .classifier_parts = (int)s->classifier,
        .format = s->type};
    way.joined = way.layers == layers && way.classifier_parts > 0 && !is_host;
    return way;
}

static void row_put(struct world *w, const struct generate_way *way, const struct rate *rate,
    const struct device_error *why) {
    const bool is_prompt = way->positions > 1;
    const struct table_origin origin = {
        .device = w->device->name, .chip = w->chip, .os = w->os, .clock = device_clock(w->device)};
    char test[48];
    rate_test_name(w->n_prompt, w->settings->n_gen, w->n_depth, is_prompt, test, sizeof test);
    table_put_text(w->table, w->name);
    table_put_number(w->table, (double)train_parameter_count(&w->model.shape));
    table_put_text(w->table, generate_format_name(way->format));
    table_put_count(w->table, (uint64_t)generate_parts(&w->model.shape, way));
    table_put_text(w->table, is_prompt ? NULL : caches[way->cache]);
    table_put_count(w->table, (uint64_t)way->classifier_parts);
    table_put_text(w->table, test);
    table_put_count(w->table, is_prompt ? w->n_prompt : 0);
    table_put_count(w->table, is_prompt ? 0 : w->settings->n_gen);
    table_put_count(w->table, is_prompt ? 0 : w->n_depth);
    table_put_text(w->table, w->time);
    table_put_number(w->table, rate->avg_ts);
    table_put_number(w->table, rate->stddev_ts);
    table_put_count(w->table, (uint64_t)rate->n);
    table_put_number(w->table, rate->stream_gbs);
    table_put_number(w->table, rate->first_token_cold_ms);
    table_put_number(w->table, rate->first_token_warm_ms);
    table_put_number(w->table, rate->logits_off);
    table_put_text(w->table, rate->outcome == RATE_RIGHT   ? "right"
                             : rate->outcome == RATE_WRONG ? "wrong"
                                                           : "failed");
    table_put_text(w->table, rate->outcome == RATE_RIGHT ? NULL : why->text);
    table_end_row(w->table, &origin);
    w->is_wrong = w->is_wrong || rate->outcome != RATE_RIGHT;
}

static enum device_status test_run(struct world *w, int positions, struct device_error *error) {
    const struct settings *s = w->settings;
    const struct generate_way way = way_of(w, positions);
    const struct rate_test test = {.device = w->device,
        .model = &w->model,
        .reference = w->reference,
        .way = &way,
        .tokens = w->tokens,
        .n_depth = positions > 1 ? 0 : (int)w->n_depth,
        .n_reads = positions > 1 ? 1 : (int)s->n_gen,
        .reps = (int)s->reps};
    struct rate rate;
    const enum device_status status = rate_measure(&test, &rate, error);
    if (status != DEVICE_BROKEN)
        row_put(w, &way, &rate, error);
    return status;
}

/* ---- all of it --------------------------------------------------------------------------------- */

static void now_utc(char *text, size_t bytes) {
    const time_t now = time(NULL);
    struct tm utc;
    if (!gmtime_r(&now, &utc) || strftime(text, bytes, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        text[0] = '\0';
}

/* Random tokens, from the model's vocabulary. */
static void tokens_draw(struct world *w, int n) {
    uint64_t random = w->settings->seed;
    for (int i = 0; i < n; i++)
        w->tokens[i] = (int32_t)random_below(&random, (uint64_t)w->model.shape.vocab);
}

/* After the n tokens of a text those that the reference finds most likely. */
static void text_continue(struct world *w, int n) {
    const int vocab = w->model.shape.vocab, end = n + (int)w->settings->n_gen;
    const float *logits =
        sampler_read(w->reference, w->tokens, n) + (size_t)(n - 1) * (size_t)vocab;
    for (int i = n; i < end; i++) {
        size_t bytes;
        int32_t best = 0;
        for (int32_t v = 1; v < vocab; v++)
            if (logits[v] > logits[best])
                best = v;
        w->tokens[i] = best;
        const char *piece = bpe_text(w->bpe, best, &bytes);
        printable_put(stderr, piece, bytes);
        if (i + 1 < end)
            logits = sampler_read(w->reference, &best, 1);
    }
    fputc('\n', stderr);
}

static enum device_status bpe_take(struct world *w, struct device_error *error) {
    const char *named = w->settings->tokenizer;
    char *path = path_join(w->name, "tokenizer.json");
    const enum device_status status =
        path ? bpe_open(named ? named : path, w->model.shape.vocab, &w->bpe, error)
             : device_error_set(error, DEVICE_BROKEN, "tokenizer", "out of memory");
    free(path);
    return status;
}

/* Lengths, and with --text its tokens. A text has no more tokens than bytes, but for those around it. */
static enum device_status lengths_take(
    struct world *w, int32_t **text, size_t *n, struct device_error *error) {
    const struct settings *s = w->settings;
    enum { AROUND_MAX = 16 };
    const size_t most = s->text ? strlen(s->text) + AROUND_MAX : 0,
                 steps = s->n_gen > 0 ? s->n_depth + s->n_gen : 0,
                 positions = s->text               ? most + s->n_gen
                             : s->n_prompt > steps ? s->n_prompt
                                                   : steps;
    enum device_status status = positions > LENGTH_MAX ? device_error_set(error, DEVICE_BROKEN,
                                                             "text", "the text is too long")
                                : s->text              ? DEVICE_OK
                                          : model_drawn_check(w->name, (int32_t)positions, error);
    if (status == DEVICE_OK)
        status = model_open(w->name, (int32_t)positions, s->seed, &w->model, error);
    w->n_prompt = s->n_prompt;
    w->n_depth = s->n_depth;
    w->n_positions = (int32_t)positions;
    if (status != DEVICE_OK || !s->text)
        return status;
    status = bpe_take(w, error);
    if (status == DEVICE_OK)
        status = bpe_encode(w->bpe, s->text, text, n, error);
    if (status == DEVICE_OK && *n < 2)
        status = device_error_set(
            error, DEVICE_BROKEN, "text", "the text is a single token; give a longer one");
    w->n_prompt = w->n_depth = (unsigned)*n;
    w->n_positions = (int32_t)(*n + s->n_gen);
    return status;
}

/* Of both tests, before either compiles anything. */
static enum device_status ways_check(const struct world *w, struct device_error *error) {
    const int positions[] = {(int)w->n_prompt, w->settings->n_gen > 0 ? 1 : 0};
    enum device_status status = DEVICE_OK;
    for (int i = 0; i < 2 && status == DEVICE_OK; i++) {
        const struct generate_way way = way_of(w, positions[i]);
        if (positions[i] > 0)
            status = generate_check(&w->model.shape, &way, error);
    }
    return status;
}

static enum device_status world_open(struct world *w, struct device_error *error) {
    const struct settings *s = w->settings;
    int32_t *text = NULL;
    size_t n = 0;
    enum device_status status = lengths_take(w, &text, &n, error);
    if (status == DEVICE_OK)
        status = model_positions_set(&w->model, w->name, w->n_positions, error);
    if (status == DEVICE_OK)
        status = ways_check(w, error);
    if (status == DEVICE_OK)
        status = device_open(s->device, s->seed, &w->device, error);
    if (status == DEVICE_OK) {
        device_properties(w->device, property_take, w);
        now_utc(w->time, sizeof w->time);
        generate_round(&w->model, s->type);
        w->tokens = calloc((size_t)w->n_positions, sizeof *w->tokens);
        w->table = table_new(&table_form_generate);
        status = w->tokens && w->table
                     ? sampler_new(&w->model, &w->reference, error)
                     : device_error_set(error, DEVICE_BROKEN, "open", "out of memory");
    }
    if (status == DEVICE_OK)
        tokens_draw(w, w->n_positions);
    if (status == DEVICE_OK && text) {
        memcpy(w->tokens, text, n * sizeof *text);
        text_continue(w, (int)n);
    }
    free(text);
    return status;
}

static void world_close(struct world *w) {
    sampler_free(w->reference);
    bpe_close(w->bpe);
    table_free(w->table);
    train_parameters_free(&w->model);
    if (w->device)
        device_close(w->device);
    free(w->tokens);
}

static void work(char **operands, int n_operands, void *values, struct error *error) {
    const struct settings *s = values;
    struct world w = {.settings = s, .name = operands[0]};
    struct device_error why = {.text = ""};
    (void)n_operands;
    if (!s->text && (s->n_prompt == 1 || (s->n_prompt == 0 && s->n_gen == 0))) {
        error_set(error, EXIT_USAGE,
            s->n_prompt == 1 ? "--prompt 1 is not a prompt; for one token give --prompt 0 --gen 1"
                             : "--prompt 0 --gen 0 leaves nothing to time");
        return;
    }
    if (strchr(w.name, '/') && path_check(w.name, error) != 0)
        return;
    enum device_status status = world_open(&w, &why);
    if (status == DEVICE_OK && w.n_prompt > 0)
        status = test_run(&w, (int)w.n_prompt, &why);
    if (status != DEVICE_BROKEN && w.table && w.reference && s->n_gen > 0)
        status = test_run(&w, 1, &why);
    if (status == DEVICE_BROKEN || !w.reference) {
        device_error_give(&why, error);
        if (error->code != EXIT_USAGE)
            (void)error_prefix(error, "%s: ", why.stage);
    } else if (table_print(w.table, s->format, stdout, error) == 0 && w.is_wrong) {
        error->code = EXIT_FAILED;
    }
    world_close(&w);
}

int main(int argc, char **argv) {
    struct settings settings = {
        .device = "auto", .n_prompt = 128, .n_gen = 128, .reps = 5, .classifier = 1, .seed = 1};
    return program_run(&line, argc, argv, &settings, work);
}
