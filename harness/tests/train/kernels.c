/* SPDX-License-Identifier: MIT
 *
 * Every program, on the reference evaluator, against the plain double-precision layer: with and
 * without groups of heads, weights baked and as input.
 */
#include "train/kernel/kernels.h"

#include "mil/check/check.h"
#include "mil/eval/eval.h"
#include "mil/fp16.h"
#include "reference.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct train_shape plain = {
    .layers = 1, .dim = 48, .hidden = 80, .heads = 4, .kv_heads = 4, .seq = 32, .vocab = 50};
static const struct train_shape grouped = {
    .layers = 1, .dim = 48, .hidden = 80, .heads = 6, .kv_heads = 2, .seq = 32, .vocab = 50};

/* A layer with random weights, as fp16 and as the same numbers in double, run forward. */
struct layer {
    const struct train_shape *shape;
    struct reference_layer reference;
    double *weights[TRAIN_LAYER_TENSORS];
    uint16_t *halves[TRAIN_LAYER_TENSORS];
};

static uint64_t random_state;

static double uniform(void) { /* -1..1 */
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (double)(random_state >> 11) * 0x1p-52 - 1;
}

/* n random numbers that fp16 holds. */
static void random_fill(double *x, size_t n, double middle, double spread) {
    for (size_t i = 0; i < n; i++)
        x[i] = (double)fp16_round((float)(middle + spread * uniform()));
}

static void layer_make(struct layer *l, const struct train_shape *shape, double x_size) {
    *l = (struct layer){.shape = shape};
    reference_layer_make(shape, &l->reference);
    random_state = 42;
    for (int t = 0; t < TRAIN_LAYER_TENSORS; t++) {
        size_t n = train_tensor_elements(shape, (enum train_tensor)t);
        bool norm = t >= TRAIN_N_MATRICES;
        l->weights[t] = malloc(n * sizeof(double));
        l->halves[t] = malloc(n * sizeof(uint16_t));
        /* norms other than 1, so that one that is left out or applied twice shows */
        random_fill(l->weights[t], n, norm ? 1.25 : 0, norm ? 0.5 : 0.25);
        for (size_t i = 0; i < n; i++)
            l->halves[t][i] = fp16_from_float((float)l->weights[t][i]);
        l->reference.weight[t] = l->weights[t];
    }
    random_fill(l->reference.x, (size_t)(shape->dim * shape->seq), 0, x_size);
    reference_attention(shape, &l->reference);
    /* the programs get fp16 inputs; x2 is one of them */
    for (int i = 0; i < shape->dim * shape->seq; i++)
        l->reference.x2[i] = (double)fp16_round((float)l->reference.x2[i]);
    reference_ffn(shape, &l->reference);
}

static void layer_free(struct layer *l) {
    for (int t = 0; t < TRAIN_LAYER_TENSORS; t++) {
        free(l->weights[t]);
        free(l->halves[t]);
    }
    reference_layer_free(&l->reference);
}

static struct mil_program *program_parse(
    const struct train_shape *shape, enum train_kind kind, enum train_weights_place place) {
    struct mil_error error = {.text = ""};
    struct mil_program *program = NULL;
    size_t bytes;
    char *text = train_kernel_text(shape, kind, place, &bytes, &error);
    cr_assert(text, "%s: %s", train_kind_name(kind), error.text);
    cr_assert_eq(mil_parse(text, bytes, &program, &error), 0, "%s: line %u: %s",
        train_kind_name(kind), error.place.line, error.text);
    free(text);
    return program;
}

static void block_write(
    uint16_t *surface, const struct mil_type *type, const struct train_block *b, const double *x) {
    for (int r = 0; r < b->rows; r++)
        for (int c = 0; c < b->columns; c++)
            surface[(b->first_row + r) * type->dim[3] + b->first_column + c] =
                fp16_from_float((float)x[r * b->columns + c]);
}

/* Weights as the input surface holds them. */
static void weights_write(
    const struct layer *l, const struct train_layout *layout, uint16_t *surface) {
    for (int i = 0; i < layout->n_weights; i++) {
        const struct train_block *b = &layout->weights[i].block;
        const uint16_t *w = l->halves[layout->weights[i].tensor];
        for (int r = 0; r < b->rows; r++)
            for (int c = 0; c < b->columns; c++)
                surface[r * layout->input.dim[3] + b->first_column + c] =
                    layout->weights[i].transposed ? w[c * b->rows + r] : w[r * b->columns + c];
    }
}

/* Runs a program on the given blocks and compares every block that comes out: each element within
 * `tolerance` of the block's largest. */
static void compare(const struct layer *l, enum train_kind kind, enum train_weights_place place,
    const double *const *in, const double *const *out, double tolerance) {
    struct mil_program *program = program_parse(l->shape, kind, place);
    struct train_layer_weights weights;
    struct train_kernel_files files;
    struct train_layout layout;
    struct mil_error error = {.text = ""};
    for (int t = 0; t < TRAIN_LAYER_TENSORS; t++)
        weights.tensor[t] = l->halves[t];
    cr_assert_eq(train_kernel_files_make(l->shape, kind, place, &weights, &files), 0);
    train_layout_make(l->shape, kind, place, &layout);
    uint16_t *x = malloc(mil_type_bytes(&layout.input)),
             *y = malloc(mil_type_bytes(&layout.output));
    memset(x, 0xff, mil_type_bytes(&layout.input)); /* elements that are not written stay NaN */
    memset(y, 0xff, mil_type_bytes(&layout.output));
    for (int i = 0; i < layout.n_in; i++)
        block_write(x, &layout.input, &layout.in[i], in[i]);
    if (place == TRAIN_WEIGHTS_INPUT)
        weights_write(l, &layout, x);
    const void *inputs[] = {x};
    void *outputs[] = {y};
    const struct mil_weights all = {files.files, files.n_files};
    cr_assert_eq(mil_eval(program, 0, &all, inputs, outputs, &error), 0, "%s", error.text);
    for (int i = 0; i < layout.n_out; i++) {
        const struct train_block *b = &layout.out[i];
        double largest = 0, worst = 0;
        for (int e = 0; e < b->rows * b->columns; e++) {
            double got = (double)fp16_to_float(y[b->first_row * b->columns + e]);
            largest = fmax(largest, fabs(out[i][e]));
            worst = isnan(got) ? INFINITY : fmax(worst, fabs(got - out[i][e]));
        }
        cr_assert(largest > 0, "%s: block %d is all zero", train_kind_name(kind), i);
        cr_assert(worst <= tolerance * largest, "%s, %s: block %d is off by %g of %g",
            train_kind_name(kind), place == TRAIN_WEIGHTS_BAKED ? "baked" : "input", i, worst,
            largest);
    }
    free(x);
    free(y);
    train_kernel_files_free(&files);
    mil_program_free(program);
}

/* fp16 keeps 11 bits, 4.9e-4; a handful of roundings and a sum of 48 to 80 products follow each
 * other, and softmax and its backward subtract. */
static const double tolerance = 4e-3;

static void forward_compare(
    const struct layer *l, enum train_weights_place place, double tolerance_here) {
    const struct reference_layer *r = &l->reference;
    compare(l, TRAIN_FWD_ATTN, place, (const double *[]){r->x},
        (const double *[]){r->o, r->q, r->k, r->v, r->att, r->xn}, tolerance_here);
    compare(l, TRAIN_FWD_FFN, place, (const double *[]){r->x2},
        (const double *[]){r->y, r->h1, r->h3, r->gate, r->xn2}, tolerance_here);
    compare(l, TRAIN_FWD_LAYER, place, (const double *[]){r->x},
        (const double *[]){
            r->o, r->q, r->k, r->v, r->att, r->xn, r->y, r->h1, r->h3, r->gate, r->xn2},
        2 * tolerance_here);
}

struct gradients {
    double *d, *dxn, *dh1, *dh3, *dv, *dp, *dq, *dk;
};

static void backward_compare(const struct layer *l, enum train_weights_place place, double d_size) {
    const struct train_shape *s = l->shape;
    const struct reference_layer *r = &l->reference;
    size_t dim = (size_t)(s->dim * s->seq), hidden = (size_t)(s->hidden * s->seq);
    size_t scores = (size_t)(s->heads * s->seq * s->seq);
    struct gradients g = {calloc(dim, 8), calloc(dim, 8), calloc(hidden, 8), calloc(hidden, 8),
        calloc(dim, 8), calloc(scores, 8), calloc(dim, 8), calloc(dim, 8)};
    random_fill(g.d, dim, 0, d_size);

    reference_ffn_backward(s, r, g.d, g.dxn, g.dh1, g.dh3);
    compare(l, TRAIN_FFN_BWD, place, (const double *[]){g.d, r->h1, r->h3},
        (const double *[]){g.dxn, g.dh1, g.dh3}, tolerance);

    reference_attention_backward(s, r, g.d, g.dv, g.dp, g.dq, g.dk);
    reference_projections_backward(s, r, g.dq, g.dk, g.dv, g.dxn);
    compare(l, TRAIN_SDPA_BWD1, place, (const double *[]){r->q, r->k, r->v, g.d},
        (const double *[]){g.dv, r->p, g.dp}, tolerance);
    compare(l, TRAIN_SDPA_BWD2, place, (const double *[]){r->p, g.dp, r->q, r->k},
        (const double *[]){g.dq, g.dk}, tolerance);
    compare(l, TRAIN_QKV_BWD, place, (const double *[]){g.dq, g.dk, g.dv},
        (const double *[]){g.dxn}, tolerance);
    compare(l, TRAIN_ATTN_BWD, place, (const double *[]){r->q, r->k, r->v, g.d},
        (const double *[]){g.dq, g.dk, g.dv, g.dxn}, 2 * tolerance);
    double *all[] = {g.d, g.dxn, g.dh1, g.dh3, g.dv, g.dp, g.dq, g.dk};
    for (int i = 0; i < 8; i++)
        free(all[i]);
}

static void both(const struct train_shape *shape, enum train_weights_place place) {
    struct layer l;
    layer_make(&l, shape, 2);
    forward_compare(&l, place, tolerance);
    backward_compare(&l, place, 1);
    layer_free(&l);
}

Test(train_kernels, baked) {
    both(&plain, TRAIN_WEIGHTS_BAKED);
}

Test(train_kernels, baked_with_groups) {
    both(&grouped, TRAIN_WEIGHTS_BAKED);
}

Test(train_kernels, weights_as_input) {
    both(&plain, TRAIN_WEIGHTS_INPUT);
}

Test(train_kernels, weights_as_input_with_groups) {
    both(&grouped, TRAIN_WEIGHTS_INPUT);
}

/* Sums of squares past fp16's range (rms 9.2 at 768 channels), and squares below its smallest
 * normal number, as a new model's embedding has them. */
Test(train_kernels, norms_take_large_and_small_inputs) {
    struct train_shape wide = plain;
    wide.dim = 768, wide.heads = 12, wide.kv_heads = 12, wide.hidden = 64;
    const double sizes[] = {4000, 300, 0.02, 0.003};
    for (int i = 0; i < 4; i++) {
        struct layer l;
        layer_make(&l, &wide, sizes[i]);
        const struct reference_layer *r = &l.reference;
        memcpy(r->x2, r->x, (size_t)(wide.dim * wide.seq) * sizeof(double));
        reference_ffn(&wide, &l.reference);
        compare(&l, TRAIN_FWD_FFN, TRAIN_WEIGHTS_BAKED, (const double *[]){r->x2},
            (const double *[]){r->y, r->h1, r->h3, r->gate, r->xn2}, 2 * tolerance);
        layer_free(&l);
    }
}

/* A position of zeros normalises to zeros. */
Test(train_kernels, norm_of_zero) {
    struct layer l;
    layer_make(&l, &plain, 1);
    const struct reference_layer *r = &l.reference;
    for (int c = 0; c < plain.dim; c++)
        r->x2[c * plain.seq + 5] = 0;
    reference_ffn(&plain, &l.reference);
    cr_assert_eq(r->xn2[5], 0);
    compare(&l, TRAIN_FWD_FFN, TRAIN_WEIGHTS_BAKED, (const double *[]){r->x2},
        (const double *[]){r->y, r->h1, r->h3, r->gate, r->xn2}, tolerance);
    layer_free(&l);
}

/* No program contains anything that the suite's rules refuse or warn about. */
static void rules_hold(const struct train_shape *shape, enum train_weights_place place) {
    for (int kind = 0; kind < TRAIN_N_KINDS; kind++) {
        struct mil_program *program = program_parse(shape, (enum train_kind)kind, place);
        int n;
        struct mil_complaint *complaints = mil_check(program, &n);
        cr_assert_geq(n, 0);
        for (int i = 0; i < n; i++)
            cr_assert(complaints[i].rule->severity == MIL_NOTE, "%s: %s: %s: %s",
                train_kind_name((enum train_kind)kind), complaints[i].rule->id,
                complaints[i].rule->text, complaints[i].detail);
        free(complaints);
        mil_program_free(program);
    }
}

Test(train_kernels, programs_pass_all_rules) {
    struct train_shape shape;
    char why[256];
    for (const struct train_named_shape *s = train_named_shapes; s->name; s++) {
        if (s->has_classifier || s->has_biases) /* not for training */
            continue;
        rules_hold(&s->shape, TRAIN_WEIGHTS_BAKED);
        rules_hold(&s->shape, TRAIN_WEIGHTS_INPUT);
    }
    cr_assert_eq(train_shape_parse("stories15m,kv_heads=2", &shape, why, sizeof why), 0, "%s", why);
    rules_hold(&shape, TRAIN_WEIGHTS_BAKED);
}
