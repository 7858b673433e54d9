/* SPDX-License-Identifier: MIT
 *
 * Every division of a model, on a simulated engine, which computes real numbers: the logits after each token
 * against those of the plain model on the host.
 */
#include "generate/generate.h"
#include "mil/fp16.h"
#include "train/host/sample.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Three layers, which two do not divide; a vocabulary that 4 parts do not divide. */
static const struct train_shape plain = {
    .layers = 3, .dim = 32, .hidden = 48, .heads = 4, .kv_heads = 4, .seq = 16, .vocab = 50};
static const struct train_shape grouped = {
    .layers = 3, .dim = 48, .hidden = 64, .heads = 6, .kv_heads = 2, .seq = 16, .vocab = 50};

enum { TOKENS = 8 };
static const int32_t tokens[TOKENS] = {7, 49, 0, 3, 3, 21, 48, 1};

/* Models with their own classifier and biases. Their logits are smaller, so errors are larger relative to them. */
static bool is_extended;
static const char *device_name = "sim:" SIMS "/plain.sim";

static double tolerance_of(enum generate_format format) {
    return format == GENERATE_FP32                       ? 1e-5
           : is_extended || format == GENERATE_PALETTE_4 ? 0x1p-6
                                                         : 0x1p-7;
}

struct world {
    struct device *device;
    struct train_parameters model;
    struct sampler *sampler;
    enum generate_format format;
    float logits[50];
    float beyond[16]; /* stays 0 */
};

static void world_open(
    struct world *w, const struct train_shape *shape, enum generate_format format) {
    struct device_error error;
    memset(w, 0, sizeof *w);
    w->format = format;
    cr_assert(device_open(device_name, 1, &w->device, &error) == DEVICE_OK, "%s", error.text);
    cr_assert(train_parameters_create(shape, &w->model) == 0);
    cr_assert(train_parameters_extend(&w->model, is_extended, is_extended) == 0);
    cr_assert(train_parameters_initialise(&w->model, 0.2, 5) == 0);
    /* norms other than 1, so that one that is left out or applied twice shows */
    for (int layer = 0; layer < shape->layers; layer++)
        for (int t = TRAIN_RMS_ATT; t <= TRAIN_RMS_FFN; t++)
            for (int c = 0; c < shape->dim; c++)
                train_tensor_at(&w->model, layer, (enum train_tensor)t)[c] +=
                    0.01f * (float)(c - layer);
    for (int c = 0; c < shape->dim; c++)
        train_tensor_at(&w->model, 0, TRAIN_RMS_FINAL)[c] -= 0.01f * (float)c;
    generate_round(&w->model, format);
    cr_assert(sampler_new(&w->model, &w->sampler, &error) == DEVICE_OK);
}

static void world_close(struct world *w) {
    sampler_free(w->sampler);
    train_parameters_free(&w->model);
    device_close(w->device);
}

static struct generate *opened(struct world *w, const struct generate_way *way) {
    struct device_error error;
    struct generate *g;
    cr_assert(generate_open(w->device, &w->model, way, NULL, NULL, &g, &error) == DEVICE_OK, "%s",
        error.text);
    return g;
}

static void logits_are(const struct world *w, const float *expected, const char *what, int token) {
    double worst = 0, largest = 0;
    for (int i = 0; i < w->model.shape.vocab; i++) {
        worst = fmax(worst, fabs((double)w->logits[i] - (double)expected[i]));
        largest = fmax(largest, fabs((double)expected[i]));
    }
    cr_expect(worst <= tolerance_of(w->format) * largest, "%s: token %d is off by %g of %g", what,
        token, worst, largest);
}

/* Tokens from `first` on, one by one or as many at once as this way reads. */
static void tokens_read(
    struct world *w, struct generate *g, int positions, int first, const char *what) {
    struct device_error error;
    sampler_reset(w->sampler);
    const float *expected = sampler_read(w->sampler, tokens, TOKENS);
    for (int i = first; i + positions <= TOKENS; i += positions) {
        memset(w->logits, 0xff, sizeof w->logits);
        cr_assert(generate_read(g, tokens + i, w->logits, &error) == DEVICE_OK, "%s", error.text);
        logits_are(w, expected + (i + positions - 1) * w->model.shape.vocab, what, i);
        for (int k = 0; k < 16; k++)
            cr_assert(w->beyond[k] == 0, "%s: more logits than words", what);
    }
}

static void way_try(
    const struct train_shape *shape, struct generate_way way, int programs, const char *what) {
    struct world w;
    world_open(&w, shape, way.format);
    struct generate *g = opened(&w, &way);
    cr_expect(generate_costs(g).programs == programs, "%s: %d programs", what,
        generate_costs(g).programs);
    tokens_read(&w, g, way.positions, 0, what);
    generate_reset(g); /* what is left in the cache must not show */
    tokens_read(&w, g, way.positions, 0, what);
    generate_close(g);
    world_close(&w);
}

static void ways_try(const struct train_shape *shape, enum generate_format format) {
    const struct generate_way one = {
        .positions = 1, .capacity = TOKENS, .layers = 1, .classifier_parts = 1, .format = format};
    struct generate_way way = one;
    way_try(shape, way, 4, "a program a layer");
    way.layers = 2;
    way_try(shape, way, 3, "two layers a program, the last with one");
    way.layers = 3;
    way.classifier_parts = 0;
    way_try(shape, way, 1, "the classifier on the host");
    way.joined = true;
    way.classifier_parts = 1;
    way_try(shape, way, 1, "one program");
    way.classifier_parts = 4;
    way_try(shape, way, 1, "the classifier in 4 parts");
    way.classifier_parts = 16;
    way_try(shape, way, 1, "the classifier in 16 parts");
    way.cache = GENERATE_CACHE_WHOLE;
    way_try(shape, way, 1, "the cache in and out");
    way.cache = GENERATE_CACHE_ROWS;
    way.format = GENERATE_INT8;
    way_try(shape, way, 1, "int8");
    way.format = GENERATE_PALETTE_4;
    way_try(shape, way, 1, "a palette");
    way.format = format;
    way.padding = 16;
    way_try(shape, way, 1, "padded");
    way.padding = 0;
    way.positions = 4;
    way_try(shape, way, 1, "four at a time, after a cache");
    way.joined = false;
    way.classifier_parts = 0;
    way_try(shape, way, 1, "four at a time, the classifier on the host");
    way = one;
    way.cache = GENERATE_CACHE_WHOLE;
    way_try(shape, way, 4, "a program a layer, the cache in and out");
    way = one;
    way.cache = GENERATE_CACHE_HOST;
    way_try(shape, way, 5, "the cache on the host");
}

Test(generate, each_way_is_right) {
    ways_try(&plain, GENERATE_FP16);
}

Test(generate, each_way_with_biases_and_a_classifier) {
    is_extended = true;
    ways_try(&grouped, GENERATE_FP16);
}

Test(generate, each_way_is_right_with_groups_of_heads) {
    ways_try(&grouped, GENERATE_FP16);
}

Test(generate, each_way_in_fp32) {
    ways_try(&grouped, GENERATE_FP32);
}

/* Weights that fp16 cannot hold. */
Test(generate, fp32_weights_are_exact) {
    const struct generate_way way = {.positions = 1,
        .capacity = TOKENS,
        .layers = 3,
        .classifier_parts = 1,
        .joined = true,
        .format = GENERATE_FP32};
    struct world w;
    world_open(&w, &plain, GENERATE_FP32);
    float *x = train_tensor_at(&w.model, 1, TRAIN_W2);
    cr_expect(fp16_round(x[5]) != x[5], "nothing is rounded");
    struct generate *g = opened(&w, &way);
    cr_expect(generate_costs(g).weight_bytes > 4.0 * (double)w.model.n);
    tokens_read(&w, g, 1, 0, "fp32");
    generate_close(g);
    generate_round(&w.model, GENERATE_FP16);
    g = opened(&w, &way);
    cr_expect(generate_costs(g).weight_bytes < 3.0 * (double)w.model.n, "stored as fp16");
    tokens_read(&w, g, 1, 0, "fp32 of fp16 weights");
    generate_close(g);
    world_close(&w);
}

/* On both devices that keep states. */
Test(generate, a_state_as_cache) {
    struct generate_way way = {.positions = 1,
        .capacity = TOKENS,
        .cache = GENERATE_CACHE_STATE,
        .layers = 2,
        .classifier_parts = 0};
    way_try(&grouped, way, 2, "a state");
    device_name = "cpu";
    way_try(&grouped, way, 2, "a state on cpu");
    way.layers = 3;
    way.classifier_parts = 1;
    way.joined = true;
    way.format = GENERATE_FP32;
    way_try(&grouped, way, 1, "a state in fp32");
}

/* A prompt of 4 tokens by one program, the rest by another way. */
static void continue_try(const struct train_shape *shape, enum generate_format format,
    enum generate_cache cache, int layers, int prompt_layers) {
    const struct generate_way prompt_way = {
        .positions = 4, .layers = prompt_layers, .classifier_parts = 1, .format = format};
    const struct generate_way way = {.positions = 1,
        .capacity = TOKENS,
        .cache = cache,
        .layers = layers,
        .classifier_parts = 1,
        .format = format};
    struct device_error error;
    struct world w;
    world_open(&w, shape, format);
    struct generate *prompt = opened(&w, &prompt_way), *g = opened(&w, &way);
    for (int turn = 0; turn < 2; turn++) {
        sampler_reset(w.sampler);
        const float *expected = sampler_read(w.sampler, tokens, TOKENS);
        cr_assert(generate_read(prompt, tokens, w.logits, &error) == DEVICE_OK, "%s", error.text);
        logits_are(&w, expected + 3 * shape->vocab, "the prompt", 3);
        cr_assert(generate_continue(g, prompt, &error) == DEVICE_OK, "%s", error.text);
        tokens_read(&w, g, 1, 4, "after the prompt");
        /* an odd number of reads, after which a cache that is input and output uses the other surface; and
         * another token at position 0, which must not stay there */
        generate_reset(g);
        cr_assert(generate_read(g, tokens + 1, w.logits, &error) == DEVICE_OK);
    }
    generate_close(g);
    generate_close(prompt);
    world_close(&w);
}

Test(generate, continues_a_prompt) {
    continue_try(&grouped, GENERATE_FP16, GENERATE_CACHE_ROWS, 1, 3);
    continue_try(&grouped, GENERATE_FP16, GENERATE_CACHE_ROWS, 3, 1);
    continue_try(&grouped, GENERATE_FP16, GENERATE_CACHE_WHOLE, 2, 2);
    continue_try(&grouped, GENERATE_FP16, GENERATE_CACHE_HOST, 1, 2);
    continue_try(&grouped, GENERATE_FP32, GENERATE_CACHE_ROWS, 2, 3);
    continue_try(&grouped, GENERATE_FP32, GENERATE_CACHE_HOST, 1, 2);
    device_name = "cpu";
    continue_try(&grouped, GENERATE_FP16, GENERATE_CACHE_STATE, 2, 2);
}

Test(generate, a_full_cache_is_an_error) {
    const struct generate_way way = {
        .positions = 1, .capacity = 2, .layers = 3, .classifier_parts = 1};
    struct device_error error;
    struct world w;
    world_open(&w, &plain, GENERATE_FP16);
    struct generate *g = opened(&w, &way);
    cr_assert(generate_read(g, tokens, w.logits, &error) == DEVICE_OK);
    cr_assert(generate_read(g, tokens, w.logits, &error) == DEVICE_OK);
    cr_expect(generate_read(g, tokens, w.logits, &error) == DEVICE_FAILED);
    cr_expect(strstr(error.text, "cache of 2 positions is full") != NULL, "%s", error.text);
    generate_reset(g);
    cr_expect(generate_read(g, tokens, w.logits, &error) == DEVICE_OK);
    const struct generate_way prompt_way = {.positions = 4, .layers = 3, .classifier_parts = 1};
    struct generate *prompt = opened(&w, &prompt_way);
    cr_assert(generate_read(prompt, tokens, w.logits, &error) == DEVICE_OK);
    cr_expect(generate_continue(g, prompt, &error) == DEVICE_FAILED);
    cr_expect(strstr(error.text, "too small for a prompt of 4") != NULL, "%s", error.text);
    const struct generate_way after_way = {
        .positions = 1, .capacity = 4, .layers = 3, .classifier_parts = 1};
    struct generate *after = opened(&w, &after_way);
    cr_expect(
        generate_continue(after, prompt, &error) == DEVICE_OK, "as many as there is room for");
    generate_close(after);
    generate_close(prompt);
    generate_close(g);
    world_close(&w);
}

Test(generate, ways_that_do_not_fit_a_model_are_refused) {
    const struct generate_way wrong[] = {
        {.positions = 0, .layers = 1},
        {.positions = 17, .layers = 1},
        {.positions = 1, .capacity = 17, .layers = 1},
        {.positions = 1, .capacity = 8, .layers = 0},
        {.positions = 4, .capacity = 8, .layers = 1, .cache = GENERATE_CACHE_WHOLE},
        {.positions = 4, .capacity = 8, .layers = 1, .cache = GENERATE_CACHE_STATE},
        {.positions = 1, .capacity = 0, .layers = 1, .cache = GENERATE_CACHE_HOST},
        {.positions = 1, .capacity = 8, .layers = 2, .cache = GENERATE_CACHE_HOST},
        {.positions = 1, .capacity = 8, .layers = 1, .classifier_parts = 17},
        {.positions = 1, .capacity = 8, .layers = 2, .classifier_parts = 1, .joined = true},
        {.positions = 1, .capacity = 8, .layers = 3, .classifier_parts = 0, .joined = true},
        {.positions = 1, .capacity = 8, .layers = 3, .padding = -1},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char why[256] = "";
        cr_expect(generate_way_check(&plain, &wrong[i], why, sizeof why) == -1, "way %zu", i);
        cr_expect(why[0] != '\0', "way %zu", i);
    }
    /* at the limits */
    struct train_shape small = plain;
    small.vocab = GENERATE_CLASSIFIER_PARTS_MAX;
    const struct generate_way right = {.positions = 16,
        .capacity = 16,
        .layers = 3,
        .classifier_parts = GENERATE_CLASSIFIER_PARTS_MAX,
        .joined = true};
    char why[256] = "";
    cr_expect_eq(generate_way_check(&small, &right, why, sizeof why), 0, "%s", why);
}

/* Inputs by size, those of one size in their order: the rotation, a mask of as many bytes, and the tokens. */
/* 2 TB of keys and values in fp16: no machine of these tests has them, and nothing is made before that is known. */
Test(generate, a_cache_larger_than_the_memory) {
    const struct train_shape wide = {.layers = 1024,
        .dim = 1 << 14,
        .hidden = 64,
        .heads = 1 << 7,
        .kv_heads = 1 << 7,
        .seq = 1 << 15,
        .vocab = 64};
    struct generate_way way = {
        .positions = 1, .capacity = 1 << 15, .layers = 1, .classifier_parts = 1};
    struct device_error error;
    cr_expect_eq(generate_check(&wide, &way, &error), DEVICE_BROKEN);
    cr_expect(strstr(error.text, "a cache of 32768 positions") != NULL, "%s", error.text);
    way.capacity = 8;
    cr_expect_eq(generate_check(&wide, &way, &error), DEVICE_OK);
    way.layers = 0;
    cr_expect_eq(generate_check(&wide, &way, &error), DEVICE_BROKEN);
}

Test(generate, slots_of_one_size) {
    struct generate_part part;
    const struct generate_way way = {
        .positions = 1, .capacity = 7, .layers = 3, .classifier_parts = 1, .joined = true};
    generate_part_of(&plain, &way, 0, &part);
    cr_assert_eq(mil_type_bytes(&part.in[0].type), mil_type_bytes(&part.in[1].type));
    cr_expect_eq(part.in[0].role, GENERATE_ROTATION);
    cr_expect_eq(part.in[1].role, GENERATE_MASK);
}

/* What goes in and out of all programs, by hand: the token, a sine and a cosine of each pair of a head, a mask over
 * cache and token, and keys and values of 3 layers go in; the token's keys and values and its logits come out. With
 * a cache that goes through, that comes out as well. */
Test(generate, bytes_of_slots) {
    struct generate_way way = {
        .positions = 1, .capacity = 7, .layers = 3, .classifier_parts = 1, .joined = true};
    const double x = 32, rotation = 8, rows = 3 * 2 * 32, logits = 50;
    cr_expect_eq(generate_slot_bytes(&plain, &way),
        2 * (x + rotation + (7 + 1) + 7 * rows + rows + logits), "%g",
        generate_slot_bytes(&plain, &way));
    /* in three programs and one for both parts of the classifier: x goes from each to the next */
    way.layers = 1;
    way.joined = false;
    way.classifier_parts = 2;
    cr_expect_eq(generate_slot_bytes(&plain, &way),
        2 * (3 * (x + rotation + (7 + 1) + x) + 7 * rows + rows + x + logits), "%g",
        generate_slot_bytes(&plain, &way));
}

/* The texts contain none of the model's numbers: other weights, same text. */
Test(generate, texts_do_not_depend_on_weights) {
    struct world w;
    struct generate_part part;
    struct generate_source source;
    struct mil_error error;
    const struct generate_way way = {
        .positions = 1, .capacity = 8, .layers = 3, .classifier_parts = 4, .joined = true};
    world_open(&w, &plain, GENERATE_FP16);
    generate_part_of(&plain, &way, 0, &part);
    cr_assert(generate_source_make(&w.model, &way, &part, MIL_HEADER_IOS18, &source, &error) == 0,
        "%s", error.text);
    cr_expect(source.weights.bytes > 2 * w.model.n);
    for (int i = 1; i < part.n_in; i++)
        cr_expect(mil_type_bytes(&part.in[i - 1].type) <= mil_type_bytes(&part.in[i].type));
    for (int i = 1; i < part.n_out; i++)
        cr_expect(mil_type_bytes(&part.out[i - 1].type) >= mil_type_bytes(&part.out[i].type));
    generate_source_free(&source);
    world_close(&w);
}
