/* SPDX-License-Identifier: MIT */
#include "networks_parts.h"

#include "measure/memory_file.h"
#include "measure/random.h"
#include "mil/fp16.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char blob_path[] = "@model_path/weights/weight.bin";

/* Random weights of that deviation, as fp16 has them. Returns the tensor's number. */
static int weights_make(struct network *n, size_t elements, double deviation, double middle) {
    struct tensor *t = &n->tensors[n->n_tensors];
    uint16_t *half = malloc(elements * sizeof *half);
    t->data = malloc(elements * sizeof *t->data);
    for (size_t i = 0; half && t->data && i < elements; i++) {
        double value = middle + deviation * sqrt(3) * (2 * random_unit(&n->seed) - 1);
        half[i] = fp16_from_float((float)value);
        t->data[i] = fp16_to_float(half[i]);
    }
    t->offset = half && t->data ? mil_blob_writer_add(n->writer, MIL_FP16, half, 2 * elements) : 0;
    n->failed = n->failed || t->offset == 0;
    free(half);
    return n->n_tensors++;
}

static void const_put(struct network *n, const char *name, const char *shape, int tensor) {
    fprintf(n->out,
        "        tensor<fp16, %s> %s = const()[name = string(\"%s\"), val = tensor<fp16, "
        "%s>(BLOBFILE(path = string(\"%s\"), offset = uint64(%llu)))];\n",
        shape, name, name, shape, blob_path, (unsigned long long)n->tensors[tensor].offset);
}

static void ints_put(struct network *n, const char *name, const char *values, int count) {
    fprintf(n->out,
        "        tensor<int32, [%d]> %s = const()[name = string(\"%s\"), val = tensor<int32, "
        "[%d]>([%s])];\n",
        count, name, name, count, values);
}

/* MobileNet: what each convolution is. */
int mobilenet_convolutions(struct convolution *out) {
    static const int stages[][2] = {{64, 1}, {128, 2}, {128, 1}, {256, 2}, {256, 1}, {512, 2},
        {512, 1}, {512, 1}, {512, 1}, {512, 1}, {512, 1}, {1024, 2}, {1024, 1}};
    int n = 0, in = 32, side = SIDE / 2;
    out[n++] = (struct convolution){3, 32, 3, 2, SIDE, false};
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
        const int channels = in;
        out[n++] = (struct convolution){channels, channels, 3, stages[i][1], side, true};
        side /= stages[i][1];
        in = stages[i][0];
        out[n++] = (struct convolution){channels, in, 1, 1, side, false};
    }
    return n;
}

static void mobilenet_write(struct network *n) {
    struct convolution layers[64];
    int n_layers = mobilenet_convolutions(layers);
    char name[32], shape[64];
    fprintf(n->out, "    func main<ios18>(tensor<fp16, [1, 3, %d, %d]> x) {\n", SIDE, SIDE);
    fputs("        string custom = const()[name = string(\"custom\"), val = string(\"custom\")];\n",
        n->out);
    ints_put(n, "s1", "1, 1", 2);
    ints_put(n, "s2", "2, 2", 2);
    ints_put(n, "p0", "0, 0, 0, 0", 4);
    ints_put(n, "p1", "1, 1, 1, 1", 4);
    for (int i = 0; i < n_layers; i++) {
        const struct convolution *c = &layers[i];
        int per_group = c->depthwise ? 1 : c->in, side = c->side / c->stride;
        size_t fan_in = (size_t)(per_group * c->kernel * c->kernel);
        snprintf(name, sizeof name, "w%d", i);
        snprintf(shape, sizeof shape, "[%d, %d, %d, %d]", c->out, per_group, c->kernel, c->kernel);
        const_put(n, name, shape,
            weights_make(n, (size_t)c->out * fan_in, sqrt(2.0 / (double)fan_in), 0));
        snprintf(name, sizeof name, "b%d", i);
        snprintf(shape, sizeof shape, "[%d]", c->out);
        const_put(n, name, shape, weights_make(n, (size_t)c->out, 0.05, 0));
        char x[16] = "x";
        if (i > 0)
            snprintf(x, sizeof x, "r%d", i - 1);
        fprintf(n->out,
            "        int32 g%d = const()[name = string(\"g%d\"), val = int32(%d)];\n"
            "        tensor<fp16, [1, %d, %d, %d]> c%d = conv(x = %s, weight = w%d, bias = b%d, "
            "strides = s%d, pad_type = custom, pad = p%d, dilations = s1, groups = g%d)"
            "[name = string(\"c%d\")];\n"
            "        tensor<fp16, [1, %d, %d, %d]> r%d = relu(x = c%d)[name = string(\"r%d\")];\n",
            i, i, c->depthwise ? c->in : 1, c->out, side, side, i, x, i, i, c->stride,
            c->kernel / 2, i, i, c->out, side, side, i, i, i);
    }
    ints_put(n, "axes", "2, 3", 2);
    fprintf(n->out,
        "        bool keep = const()[name = string(\"keep\"), val = bool(false)];\n"
        "        tensor<fp16, [1, 1024]> m = reduce_mean(x = r%d, axes = axes, keep_dims = "
        "keep)[name "
        "= string(\"m\")];\n",
        n_layers - 1);
    const_put(n, "wf", "[1000, 1024]", weights_make(n, 1000 * 1024, 1 / 32.0, 0));
    const_put(n, "bf", "[1000]", weights_make(n, 1000, 0.05, 0));
    fputs("        tensor<fp16, [1, 1000]> y = linear(x = m, weight = wf, bias = bf)[name = "
          "string(\"y\")];\n    } -> (y);\n",
        n->out);
}

/* y = linear(x), `in` to `out`, of layer `layer`. */
static void linear_write(
    struct network *n, int layer, const char *y, const char *x, int in, int out) {
    char name[48], shape[48];
    snprintf(name, sizeof name, "w_%s%d", y, layer);
    snprintf(shape, sizeof shape, "[%d, %d]", out, in);
    const_put(n, name, shape, weights_make(n, (size_t)in * (size_t)out, 1 / sqrt(in), 0));
    snprintf(name, sizeof name, "b_%s%d", y, layer);
    snprintf(shape, sizeof shape, "[%d]", out);
    const_put(n, name, shape, weights_make(n, (size_t)out, 0.02, 0));
    fprintf(n->out,
        "        tensor<fp16, [1, %d, %d]> %s%d = linear(x = %s, weight = w_%s%d, bias = "
        "b_%s%d)[name = "
        "string(\"%s%d\")];\n",
        SEQUENCE, out, y, layer, x, y, layer, y, layer, y, layer);
}

/* The heads apart: [1, HEADS, SEQUENCE, HEAD]. */
static void heads_write(struct network *n, int layer, const char *x) {
    fprintf(n->out,
        "        tensor<fp16, [1, %d, %d, %d]> %sr%d = reshape(x = %s%d, shape = apart)[name = "
        "string(\"%sr%d\")];\n"
        "        tensor<fp16, [1, %d, %d, %d]> %sh%d = transpose(x = %sr%d, perm = swap)[name = "
        "string(\"%sh%d\")];\n",
        SEQUENCE, HEADS, HEAD, x, layer, x, layer, x, layer, HEADS, SEQUENCE, HEAD, x, layer, x,
        layer, x, layer);
}

static void norm_write(struct network *n, int layer, const char *y, const char *x) {
    char name[48], shape[16];
    snprintf(shape, sizeof shape, "[%d]", WIDTH);
    snprintf(name, sizeof name, "g_%s%d", y, layer);
    const_put(n, name, shape, weights_make(n, WIDTH, 0.05, 1));
    snprintf(name, sizeof name, "e_%s%d", y, layer);
    const_put(n, name, shape, weights_make(n, WIDTH, 0.05, 0));
    fprintf(n->out,
        "        tensor<fp16, [1, %d, %d]> %s%d = layer_norm(x = %s%d, axes = last, gamma = "
        "g_%s%d, beta = "
        "e_%s%d, epsilon = epsilon)[name = string(\"%s%d\")];\n",
        SEQUENCE, WIDTH, y, layer, x, layer, y, layer, y, layer, y, layer);
}

static void bert_layer_write(struct network *n, int i) {
    char x[16] = "x";
    if (i > 0)
        snprintf(x, sizeof x, "n2_%d", i - 1);
    linear_write(n, i, "q", x, WIDTH, WIDTH);
    linear_write(n, i, "k", x, WIDTH, WIDTH);
    linear_write(n, i, "v", x, WIDTH, WIDTH);
    heads_write(n, i, "q");
    heads_write(n, i, "k");
    heads_write(n, i, "v");
    fprintf(n->out,
        "        tensor<fp16, [1, %d, %d, %d]> s%d = matmul(x = qh%d, y = kh%d, transpose_x = no, "
        "transpose_y = yes)[name = string(\"s%d\")];\n"
        "        tensor<fp16, [1, %d, %d, %d]> t%d = mul(x = s%d, y = scale)[name = "
        "string(\"t%d\")];\n"
        "        tensor<fp16, [1, %d, %d, %d]> p%d = softmax(x = t%d, axis = end)[name = "
        "string(\"p%d\")];\n"
        "        tensor<fp16, [1, %d, %d, %d]> m%d = matmul(x = p%d, y = vh%d, transpose_x = no, "
        "transpose_y = no)[name = string(\"m%d\")];\n"
        "        tensor<fp16, [1, %d, %d, %d]> mt%d = transpose(x = m%d, perm = swap)[name = "
        "string(\"mt%d\")];\n"
        "        tensor<fp16, [1, %d, %d]> o%d = reshape(x = mt%d, shape = joined)[name = "
        "string(\"o%d\")];\n",
        HEADS, SEQUENCE, SEQUENCE, i, i, i, i, HEADS, SEQUENCE, SEQUENCE, i, i, i, HEADS, SEQUENCE,
        SEQUENCE, i, i, i, HEADS, SEQUENCE, HEAD, i, i, i, i, SEQUENCE, HEADS, HEAD, i, i, i,
        SEQUENCE, WIDTH, i, i, i);
    char o[16], n1[16], u[16];
    snprintf(o, sizeof o, "o%d", i);
    linear_write(n, i, "a", o, WIDTH, WIDTH);
    fprintf(n->out,
        "        tensor<fp16, [1, %d, %d]> r1_%d = add(x = a%d, y = %s)[name = "
        "string(\"r1_%d\")];\n",
        SEQUENCE, WIDTH, i, i, x, i);
    norm_write(n, i, "n1_", "r1_");
    snprintf(n1, sizeof n1, "n1_%d", i);
    linear_write(n, i, "f", n1, WIDTH, INNER);
    fprintf(n->out,
        "        tensor<fp16, [1, %d, %d]> u%d = gelu(x = f%d, mode = exact)[name = "
        "string(\"u%d\")];\n",
        SEQUENCE, INNER, i, i, i);
    snprintf(u, sizeof u, "u%d", i);
    linear_write(n, i, "h", u, INNER, WIDTH);
    fprintf(n->out,
        "        tensor<fp16, [1, %d, %d]> r2_%d = add(x = h%d, y = n1_%d)[name = "
        "string(\"r2_%d\")];\n",
        SEQUENCE, WIDTH, i, i, i, i);
    norm_write(n, i, "n2_", "r2_");
}

static void bert_write(struct network *n) {
    char numbers[64];
    fprintf(n->out, "    func main<ios18>(tensor<fp16, [1, %d, %d]> x) {\n", SEQUENCE, WIDTH);
    snprintf(numbers, sizeof numbers, "1, %d, %d, %d", SEQUENCE, HEADS, HEAD);
    ints_put(n, "apart", numbers, 4);
    snprintf(numbers, sizeof numbers, "1, %d, %d", SEQUENCE, WIDTH);
    ints_put(n, "joined", numbers, 3);
    ints_put(n, "swap", "0, 2, 1, 3", 4);
    ints_put(n, "last", "-1", 1);
    fputs("        int32 end = const()[name = string(\"end\"), val = int32(-1)];\n"
          "        bool no = const()[name = string(\"no\"), val = bool(false)];\n"
          "        bool yes = const()[name = string(\"yes\"), val = bool(true)];\n"
          "        fp16 scale = const()[name = string(\"scale\"), val = fp16(0.125)];\n"
          "        fp16 epsilon = const()[name = string(\"epsilon\"), val = fp16(0x1p-16)];\n"
          "        string exact = const()[name = string(\"exact\"), val = string(\"EXACT\")];\n",
        n->out);
    for (int i = 0; i < LAYERS; i++)
        bert_layer_write(n, i);
    fprintf(n->out, "    } -> (n2_%d);\n", LAYERS - 1);
}

/* 500 convolutions, each with its relu. */
static void large_write(struct network *n) {
    char name[32];
    fprintf(n->out, "    func main<ios18>(tensor<fp16, [1, %d, 1, 64]> x) {\n", LARGE_CHANNELS);
    fputs("        string valid = const()[name = string(\"valid\"), val = string(\"valid\")];\n"
          "        int32 one = const()[name = string(\"one\"), val = int32(1)];\n",
        n->out);
    ints_put(n, "s1", "1, 1", 2);
    ints_put(n, "p0", "0, 0, 0, 0", 4);
    for (int i = 0; i < LARGE_LAYERS; i++) {
        char x[16] = "x";
        if (i > 0)
            snprintf(x, sizeof x, "r%d", i - 1);
        snprintf(name, sizeof name, "w%d", i);
        const_put(n, name, "[320, 320, 1, 1]",
            weights_make(
                n, (size_t)LARGE_CHANNELS * LARGE_CHANNELS, sqrt(2.0 / LARGE_CHANNELS), 0));
        fprintf(n->out,
            "        tensor<fp16, [1, 320, 1, 64]> c%d = conv(x = %s, weight = w%d, strides = s1, "
            "pad_type "
            "= valid, pad = p0, dilations = s1, groups = one)[name = string(\"c%d\")];\n"
            "        tensor<fp16, [1, 320, 1, 64]> r%d = relu(x = c%d)[name = string(\"r%d\")];\n",
            i, x, i, i, i, i, i);
    }
    fprintf(n->out, "    } -> (r%d);\n", LARGE_LAYERS - 1);
}

struct network *network_new(enum network_kind kind) {
    struct network *n = calloc(1, sizeof *n);
    enum { ACTIVATIONS = 64 * 112 * 112, COLUMNS = 27 * 112 * 112 };
    if (!n)
        return NULL;
    n->kind = kind;
    n->seed = 7;
    n->writer = mil_blob_writer_new();
    n->out = open_memstream(&n->text, &n->text_bytes);
    n->a = malloc(ACTIVATIONS * sizeof(float));
    n->b = malloc(ACTIVATIONS * sizeof(float));
    n->c = malloc(ACTIVATIONS * sizeof(float));
    n->d = malloc(ACTIVATIONS * sizeof(float));
    n->scratch = malloc(COLUMNS * sizeof(float));
    if (!n->writer || !n->out || !n->a || !n->b || !n->c || !n->d || !n->scratch) {
        if (n->writer)
            free(mil_blob_writer_finish(n->writer, &n->file.bytes));
        n->writer = NULL;
        network_free(n);
        return NULL;
    }
    fputs("program(1.3)\n{\n", n->out);
    if (kind == NETWORK_MOBILENET)
        mobilenet_write(n);
    else if (kind == NETWORK_BERT)
        bert_write(n);
    else
        large_write(n);
    fputs("}\n", n->out);
    n->blobs = mil_blob_writer_finish(n->writer, &n->file.bytes);
    n->file.path = blob_path;
    n->file.data = n->blobs;
    bool written = memory_file_close(n->out, &n->text) == 0;
    n->out = NULL;
    if (written && n->blobs && !n->failed)
        return n;
    network_free(n);
    return NULL;
}

void network_free(struct network *n) {
    if (!n)
        return;
    if (n->out)
        fclose(n->out);
    for (int i = 0; i < n->n_tensors; i++)
        free(n->tensors[i].data);
    free(n->text);
    free(n->blobs);
    free(n->a);
    free(n->b);
    free(n->c);
    free(n->d);
    free(n->scratch);
    free(n);
}

const char *network_text(const struct network *n, size_t *bytes) {
    *bytes = n->text_bytes;
    return n->text;
}

struct mil_weights network_weights(const struct network *n) {
    return (struct mil_weights){&n->file, 1};
}

size_t network_inputs(const struct network *n) {
    static const size_t elements[] = {3 * SIDE * SIDE, SEQUENCE * WIDTH, LARGE_CHANNELS * 64};
    return elements[n->kind];
}

size_t network_outputs(const struct network *n) {
    static const size_t elements[] = {1000, SEQUENCE * WIDTH, LARGE_CHANNELS * 64};
    return elements[n->kind];
}
