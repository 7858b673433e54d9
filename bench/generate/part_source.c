/* SPDX-License-Identifier: MIT
 *
 * Text and weights of one program.
 */
#include "generate/part.h"

#include "mil/fp16.h"
#include "train/kernel/kernel_build.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WEIGHTS_PATH "@model_path/weights/weight.bin"

/* The part being built. */
struct builder {
    struct kernel k;
    const struct train_parameters *model;
    const struct generate_way *way;
    const struct generate_part *part;
    struct mil_blob_writer *weights;
    int layer; /* whose weights are next */
    int cache; /* what is read of it; -1 = none */
    int in[GENERATE_SLOTS_MAX];
    bool out_of_memory;
};

/* ---- weights ---------------------------------------------------------------------------------- */

static bool is_matrix(enum train_tensor tensor) {
    return tensor < TRAIN_N_MATRICES || tensor == TRAIN_EMBEDDING;
}

/* What stands for the embedding in a program is the classifier. */
static const float *tensor_of(const struct builder *b, enum train_tensor tensor) {
    return tensor == TRAIN_EMBEDDING ? train_classifier(b->model)
                                     : train_tensor_at(b->model, b->layer, tensor);
}

/* How a tensor is stored. */
struct storage {
    enum generate_format format;
    float scale; /* int8: a step; a palette: its largest value */
};

/* int8: the largest magnitude is 127 steps. */
static struct storage storage_of(enum generate_format format, const float *x, size_t n) {
    float largest = 0;
    if (format != GENERATE_INT8 && format != GENERATE_PALETTE_4)
        return (struct storage){format, 0};
    for (size_t i = 0; i < n; i++)
        largest = fmaxf(largest, fabsf(x[i]));
    if (largest <= 0)
        largest = 1;
    return (struct storage){format, fp16_round(format == GENERATE_INT8 ? largest / 127 : largest)};
}

static int8_t int8_of(float x, float step) {
    const float q = rintf(x / step);
    return (int8_t)fmaxf(-127, fminf(127, q));
}

/* Equal distances, 0 among them; the first is not used. */
enum { PALETTE = 16, PALETTE_ZERO = 8, PALETTE_STEPS = 7 };

static float palette_value(int index, float largest) {
    return fp16_round(largest * (float)(index - PALETTE_ZERO) / PALETTE_STEPS);
}

static int palette_index(float x, float largest) {
    const float steps = rintf(x / largest * PALETTE_STEPS);
    return PALETTE_ZERO + (int)fmaxf(-PALETTE_STEPS, fminf(PALETTE_STEPS, steps));
}

static void round_to(float *x, size_t n, enum generate_format format) {
    const struct storage s = storage_of(format, x, n);
    for (size_t i = 0; format == GENERATE_INT8 && i < n; i++)
        x[i] = (float)int8_of(x[i], s.scale) * s.scale;
    for (size_t i = 0; format == GENERATE_PALETTE_4 && i < n; i++)
        x[i] = palette_value(palette_index(x[i], s.scale), s.scale);
    if (format != GENERATE_FP32)
        fp16_rounds(x, n);
}

/* Of everything but matrices. */
static enum generate_format plain_format(enum generate_format format) {
    return format == GENERATE_FP32 ? GENERATE_FP32 : GENERATE_FP16;
}

void generate_round(struct train_parameters *model, enum generate_format format) {
    const int layers = model->shape.layers;
    if (model->biases)
        round_to(model->biases, (size_t)layers * train_bias_elements(&model->shape),
            plain_format(format));
    if (model->classifier)
        round_to(model->classifier, train_tensor_elements(&model->shape, TRAIN_EMBEDDING), format);
    for (int layer = 0; layer < layers; layer++)
        for (int t = 0; t < TRAIN_N_TENSORS; t++) {
            if (t >= TRAIN_LAYER_TENSORS && layer > 0)
                continue;
            round_to(train_tensor_at(model, layer, (enum train_tensor)t),
                train_tensor_elements(&model->shape, (enum train_tensor)t),
                is_matrix((enum train_tensor)t) ? format : plain_format(format));
        }
}

/* The place of a blob; 0 when out of memory. */
static uint64_t blob_add(struct builder *b, enum mil_dtype dtype, const void *data, size_t bytes) {
    const uint64_t at = data ? mil_blob_writer_add(b->weights, dtype, data, bytes) : 0;
    b->out_of_memory = b->out_of_memory || at == 0;
    return at;
}

static uint64_t halves_add(struct builder *b, const float *x, size_t n) {
    uint16_t *data = malloc(n * sizeof *data + 1);
    if (data)
        fp16_from_floats(data, x, n);
    const uint64_t at = blob_add(b, MIL_FP16, data, n * sizeof *data);
    free(data);
    return at;
}

static int constant_int8(struct builder *b, const float *x, struct mil_type type, float step) {
    const size_t n = (size_t)mil_type_elements(&type);
    int8_t *data = malloc(n + 1);
    for (size_t i = 0; data && i < n; i++)
        data[i] = int8_of(x[i], step);
    const uint64_t at = blob_add(b, MIL_INT8, data, n);
    free(data);
    return mil_build_dequantized(b->k.b, kernel_name(&b->k), type, WEIGHTS_PATH, at, step, 0);
}

/* Two indices a byte, the first in its low half. */
static int constant_palette(
    struct builder *b, const float *x, struct mil_type type, float largest) {
    const size_t n = (size_t)mil_type_elements(&type);
    unsigned char *data = calloc(n / 2 + 1, 1);
    float values[PALETTE];
    for (size_t i = 0; data && i < n; i++)
        data[i / 2] |= (unsigned char)(palette_index(x[i], largest) << (i % 2 * 4));
    for (int i = 0; i < PALETTE; i++)
        values[i] = palette_value(i, largest);
    const uint64_t at = blob_add(b, MIL_UINT4, data, (n + 1) / 2);
    const uint64_t values_at = halves_add(b, values, PALETTE);
    free(data);
    return mil_build_palettized(
        b->k.b, kernel_name(&b->k), type, WEIGHTS_PATH, MIL_UINT4, at, values_at);
}

static int constant_fp16(struct builder *b, const float *x, struct mil_type type) {
    const uint64_t at = halves_add(b, x, (size_t)mil_type_elements(&type));
    type.dtype = MIL_FP16;
    return mil_build_const_blob(b->k.b, kernel_name(&b->k), type, WEIGHTS_PATH, at);
}

/* As fp16 where that is exact: half the bytes. */
static int constant_fp32(struct builder *b, const float *x, struct mil_type type) {
    const size_t n = (size_t)mil_type_elements(&type);
    size_t i = 0;
    while (i < n && fp16_round(x[i]) == x[i])
        i++;
    if (i == n) {
        const int halves = constant_fp16(b, x, type);
        return mil_build_cast(b->k.b, kernel_name(&b->k), halves, MIL_FP32);
    }
    const uint64_t at = blob_add(b, MIL_FP32, x, n * sizeof *x);
    return mil_build_const_blob(b->k.b, kernel_name(&b->k), type, WEIGHTS_PATH, at);
}

/* The elements at x as a constant of that shape. */
static int constant(
    struct builder *b, const float *x, int64_t rows, int64_t columns, struct storage s) {
    const struct mil_type type = mil_tensor4(generate_dtype(s.format), rows, columns, 1, 1);
    switch (s.format) {
    case GENERATE_INT8:
        return constant_int8(b, x, type, s.scale);
    case GENERATE_PALETTE_4:
        return constant_palette(b, x, type, s.scale);
    case GENERATE_FP32:
        return constant_fp32(b, x, type);
    default:
        return constant_fp16(b, x, type);
    }
}

static struct storage tensor_storage(const struct builder *b, enum train_tensor tensor) {
    const enum generate_format format = b->way->format;
    return is_matrix(tensor) ? storage_of(format, tensor_of(b, tensor),
                                   train_tensor_elements(&b->model->shape, tensor))
                             : (struct storage){plain_format(format), 0};
}

/* Rows of a tensor as [rows,columns,1,1]. */
static int weight_rows(struct builder *b, enum train_tensor tensor, int first, int rows) {
    const struct train_extent e = train_tensor_extent(&b->model->shape, tensor);
    const float *x = tensor_of(b, tensor);
    return constant(
        b, x + (size_t)first * (size_t)e.columns, rows, e.columns, tensor_storage(b, tensor));
}

/* The whole tensor with zeros below, or to the right. */
static int weight_padded(struct builder *b, enum train_tensor tensor, int rows, int columns) {
    const struct train_extent e = train_tensor_extent(&b->model->shape, tensor);
    const float *x = train_tensor_at(b->model, b->layer, tensor);
    float *padded = calloc((size_t)rows * (size_t)columns, sizeof *padded);
    int value = -1;
    b->out_of_memory = b->out_of_memory || !padded;
    for (int r = 0; padded && r < e.rows; r++)
        memcpy(padded + (size_t)r * (size_t)columns, x + (size_t)r * (size_t)e.columns,
            (size_t)e.columns * sizeof *x);
    if (padded)
        value = constant(b, padded, rows, columns, tensor_storage(b, tensor));
    free(padded);
    return value;
}

static int weight_of(struct kernel *k, enum train_tensor tensor) {
    struct builder *b = k->context;
    const struct train_extent e = train_tensor_extent(&b->model->shape, tensor);
    const int padding = b->way->padding;
    if (padding > 0 && (tensor == TRAIN_W1 || tensor == TRAIN_W3))
        return weight_padded(b, tensor, e.rows + padding, e.columns);
    if (padding > 0 && tensor == TRAIN_W2)
        return weight_padded(b, tensor, e.rows, e.columns + padding);
    return weight_rows(b, tensor, 0, e.rows);
}

/* ---- inputs and outputs ------------------------------------------------------------------------ */

static int input_of(const struct builder *b, enum generate_role role) {
    for (int i = 0; i < b->part->n_in; i++)
        if (b->part->in[i].role == role)
            return b->in[i];
    return -1;
}

static void inputs_declare(struct builder *b) {
    for (int i = 0; i < b->part->n_in; i++) {
        const char name[] = {(char)('a' + i), '\0'};
        b->in[i] = mil_build_input(b->k.b, name, b->part->in[i].type);
    }
    const int rotation = input_of(b, GENERATE_ROTATION);
    b->cache = input_of(b, GENERATE_CACHE);
    if (b->cache >= 0 && b->way->cache == GENERATE_CACHE_STATE)
        b->cache = mil_build_op(b->k.b, MIL_OP_READ_STATE, kernel_name(&b->k),
            (struct mil_build_arg[]){{"input", &b->cache, 1}}, 1);
    if (rotation < 0)
        return;
    b->k.cos = kernel_part(&b->k, rotation, 1, 0, 1);
    b->k.sin = kernel_part(&b->k, rotation, 1, 1, 1);
}

/* ---- attention --------------------------------------------------------------------------------- */

struct projections {
    int q, k, v; /* [1,channels,1,positions], q and k rotated */
};

/* W x, and the bias where the model has one. */
static int projected(struct builder *b, enum train_tensor tensor, int x) {
    const float *bias = train_bias_at(b->model, b->layer, tensor);
    const int y = kernel_linear(&b->k, tensor, false, x);
    if (!bias)
        return y;
    const int32_t rows = train_tensor_extent(&b->model->shape, tensor).rows;
    const struct storage plain = {plain_format(b->way->format), 0};
    return kernel_two(&b->k, MIL_OP_ADD, y, constant(b, bias, 1, rows, plain));
}

static struct projections project(struct builder *b, int x) {
    struct kernel *k = &b->k;
    const struct train_shape *s = k->shape;
    const int xn = kernel_norm(k, TRAIN_RMS_ATT, x);
    struct projections p;
    p.q = kernel_rotated(k, projected(b, TRAIN_WQ, xn), s->heads, false);
    p.k = kernel_rotated(k, projected(b, TRAIN_WK, xn), s->kv_heads, false);
    p.v = projected(b, TRAIN_WV, xn);
    p.q = kernel_flat(k, p.q, s->dim);
    p.k = kernel_flat(k, p.k, train_kv_dim(s));
    return p;
}

/* [1,kv_dim,1,W] as [1,heads,head_dim,W]. */
static int kv_heads(struct builder *b, int x) {
    struct kernel *k = &b->k;
    const struct train_shape *s = k->shape;
    const int w = (int)mil_build_type(k->b, x).dim[3];
    return kernel_repeated(k, kernel_shaped(k, x, s->kv_heads, train_head_dim(s), w));
}

/* Attention over one or two stretches of positions, each with its keys and values. */
static int attend(struct builder *b, int q, const int *keys, const int *values, int n) {
    struct kernel *k = &b->k;
    const struct train_shape *s = k->shape;
    const int heads = kernel_scaled(k, kernel_heads(k, q, s->heads));
    int scores[2], mixed = -1;
    for (int i = 0; i < n; i++)
        scores[i] = kernel_matmul(k, heads, kv_heads(b, keys[i]), true, false);
    int all = n == 1 ? scores[0] : mil_build_concat(k->b, kernel_name(k), scores, n, 3);
    all = kernel_two(k, MIL_OP_ADD, all, input_of(b, GENERATE_MASK));
    const int p = mil_build_softmax(k->b, kernel_name(k), all, -1);
    for (int i = 0, first = 0; i < n; i++) {
        const int w = (int)mil_build_type(k->b, keys[i]).dim[3];
        const int part = n == 1 ? p : kernel_part(k, p, 3, first, w);
        const int one = kernel_matmul(k, kv_heads(b, values[i]), part, false, true);
        mixed = i == 0 ? one : kernel_two(k, MIL_OP_ADD, mixed, one);
        first += w;
    }
    return kernel_flat(k, mixed, s->dim);
}

/* The cache with one position replaced. */
static int placed(struct builder *b, int cache, int row) {
    struct kernel *k = &b->k;
    const int place = input_of(b, GENERATE_PLACE);
    const int others = kernel_two(k, MIL_OP_SUB, kernel_scalar(k, 1), place);
    const int kept = kernel_two(k, MIL_OP_MUL, cache, others);
    return kernel_two(k, MIL_OP_ADD, kept, kernel_two(k, MIL_OP_MUL, row, place));
}

/* ---- parts ------------------------------------------------------------------------------------- */

static int feed_forward(struct builder *b, int x) {
    return kernel_two(&b->k, MIL_OP_ADD, x, kernel_ffn_forward(&b->k, x).y);
}

/* One layer; its new keys and values, or all of them, go to kept[0] and kept[1]. */
static int layer(struct builder *b, int x, int index, int kept[2]) {
    struct kernel *k = &b->k;
    const int kv_dim = train_kv_dim(k->shape), cache = b->cache;
    int keys[2], values[2], n = 0;
    b->layer = b->part->first_layer + index;
    const struct projections p = project(b, x);
    if (cache >= 0) {
        keys[0] = kernel_part(k, cache, 1, 2 * index * kv_dim, kv_dim);
        values[0] = kernel_part(k, cache, 1, (2 * index + 1) * kv_dim, kv_dim);
        n = 1;
    }
    if (generate_way_places(b->way)) {
        kept[0] = keys[0] = placed(b, keys[0], p.k);
        kept[1] = values[0] = placed(b, values[0], p.v);
    } else {
        kept[0] = keys[n] = p.k;
        kept[1] = values[n++] = p.v;
    }
    const int attended = attend(b, p.q, keys, values, n);
    x = kernel_two(k, MIL_OP_ADD, x, kernel_linear(k, TRAIN_WO, false, attended));
    return feed_forward(b, x);
}

static int layers(struct builder *b, int x, int *kept) {
    int *each = calloc(2 * (size_t)b->part->n_layers, sizeof *each);
    b->out_of_memory = b->out_of_memory || !each;
    for (int i = 0; each && i < b->part->n_layers; i++)
        x = layer(b, x, i, each + 2 * i);
    if (each)
        *kept = mil_build_concat(b->k.b, kernel_name(&b->k), each, 2 * b->part->n_layers, 1);
    if (each && b->way->cache == GENERATE_CACHE_STATE) {
        const int state = input_of(b, GENERATE_CACHE);
        (void)mil_build_op(b->k.b, MIL_OP_COREML_UPDATE_STATE, kernel_name(&b->k),
            (struct mil_build_arg[]){{"state", &state, 1}, {"value", kept, 1}}, 2);
    }
    free(each);
    return x;
}

/* The second half of a layer, then the first half of the next. */
static int half_layers(struct builder *b, int x, int *rows) {
    struct kernel *k = &b->k;
    if (b->part->first_layer > 0) {
        b->layer = b->part->first_layer - 1;
        const int o = kernel_linear(k, TRAIN_WO, false, input_of(b, GENERATE_ATTENDED));
        x = feed_forward(b, kernel_two(k, MIL_OP_ADD, x, o));
    }
    if (b->part->first_layer < k->shape->layers) {
        b->layer = b->part->first_layer;
        const struct projections p = project(b, x);
        const int all[] = {p.q, p.k, p.v};
        *rows = mil_build_concat(k->b, kernel_name(k), all, 3, 1);
    }
    return x;
}

/* Values of the outputs with logits, in order. */
static void classify(struct builder *b, int x, int *outputs) {
    struct kernel *k = &b->k;
    if (b->way->positions > 1)
        x = kernel_part(k, x, 3, b->way->positions - 1, 1);
    x = kernel_norm(k, TRAIN_RMS_FINAL, x);
    for (int i = 0, first = 0; i < b->part->n_out; i++) {
        if (b->part->out[i].role != GENERATE_LOGITS)
            continue;
        const int rows = (int)b->part->out[i].type.dim[1];
        const int weights = weight_rows(b, TRAIN_EMBEDDING, first, rows);
        outputs[i] = mil_build_conv1x1(k->b, kernel_name(k), x, weights);
        first += rows;
    }
}

static void part_build(struct builder *b) {
    int outputs[GENERATE_SLOTS_MAX], kept = -1;
    mil_build_function(b->k.b, "main");
    inputs_declare(b);
    int x = input_of(b, GENERATE_X);
    if (b->way->cache == GENERATE_CACHE_HOST && !b->part->has_classifier)
        x = half_layers(b, x, &kept);
    else if (b->part->n_layers > 0)
        x = layers(b, x, &kept);
    for (int i = 0; i < b->part->n_out; i++)
        outputs[i] = b->part->out[i].role == GENERATE_X ? x : kept;
    if (b->part->has_classifier)
        classify(b, x, outputs);
    mil_build_outputs(b->k.b, outputs, b->part->n_out);
}

int generate_source_make(const struct train_parameters *model, const struct generate_way *way,
    const struct generate_part *part, enum mil_header header, struct generate_source *out,
    struct mil_error *error) {
    struct train_shape shape = model->shape;
    shape.seq = way->positions;
    struct builder b = {.k = {.b = mil_builder_new(header),
                            .shape = &shape,
                            .dtype = generate_dtype(way->format),
                            .epsilon = model->norm_epsilon,
                            .cos = -1,
                            .sin = -1,
                            .weight = weight_of},
        .model = model,
        .way = way,
        .part = part,
        .weights = mil_blob_writer_new()};
    b.k.context = &b;
    *out = (struct generate_source){0};
    part_build(&b);
    struct mil_program *program = mil_builder_finish(b.k.b, error);
    out->weights.data = mil_blob_writer_finish(b.weights, &out->weights.bytes);
    out->weights.path = WEIGHTS_PATH;
    if (program)
        out->text = mil_print(program, &out->text_bytes);
    mil_program_free(program);
    if (program && (b.out_of_memory || !out->text || !out->weights.data))
        *error = (struct mil_error){.text = "out of memory"};
    if (program && !b.out_of_memory && out->text && out->weights.data)
        return 0;
    generate_source_free(out);
    return -1;
}

void generate_source_free(struct generate_source *source) {
    free(source->text);
    free((void *)(uintptr_t)source->weights.data);
    *source = (struct generate_source){0};
}
