/* SPDX-License-Identifier: MIT
 *
 * Random valid programs: the devices `cpu` and `sim` must agree with the reference evaluator, and all three
 * with a second, independent implementation of the operators (harness/tests/plain).
 *     differential PROGRAMS [SEED [KINDS]]
 * A program's functions are chains of operators with inline and blob constants, values held near 1,
 * so that the tolerance is that of a chain of roundings. The simulated engine is the evaluator: equal to the
 * bit. So is a program that --fix rewrote. Prints TAP; a program that fails is printed in full, with the seed
 * that makes it again.
 */
#include "../plain/plain.h"
#include "on_device.h"

#include "measure/random.h"
#include "mil/build/build.h"
#include "mil/eval/eval.h"
#include "mil/fix/fix.h"
#include "mil/fp16.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOB_PATH "@model_path/weights/weight.bin"
enum { FUNCTIONS = 4, OPS_MAX = 10, ELEMENTS_MAX = 1 << 14, KINDS = 16 };
/* The first so many kinds of operators are drawn: a seed's program stays the same when kinds are added. */
static int kinds = KINDS;
/* Of the largest element, or of 1: some ten fp16 roundings, and sums in another order. */
#define TOLERANCE 0x1p-6

struct draw {
    uint64_t state;
    struct mil_builder *builder;
    struct mil_blob_writer *writer;
    int n_names;
    char name[32];
};

static int below(struct draw *d, int n) {
    return (int)random_below(&d->state, (uint64_t)n);
}

static const char *name_next(struct draw *d) {
    snprintf(d->name, sizeof d->name, "v%d", d->n_names++);
    return d->name;
}

/* Numbers of either sign, up to `scale`. */
static int constant(struct draw *d, struct mil_type type, double scale) {
    size_t n = (size_t)mil_type_elements(&type);
    uint16_t *data = malloc(n * sizeof *data);
    for (size_t i = 0; data && i < n; i++)
        data[i] = fp16_from_float((float)(scale * (2 * random_unit(&d->state) - 1)));
    int value;
    if (below(d, 2)) {
        value = mil_build_const(d->builder, name_next(d), type, data);
    } else {
        const uint64_t offset = mil_blob_writer_add(d->writer, MIL_FP16, data, n * sizeof *data);
        value = mil_build_const_blob(d->builder, name_next(d), type, BLOB_PATH, offset);
    }
    free(data);
    return value;
}

/* Of the value's shape, or 1 on some of its axes. */
static struct mil_type broadcast_type(struct draw *d, struct mil_type type) {
    for (int axis = 0; axis < type.rank; axis++)
        if (below(d, 3) == 0)
            type.dim[axis] = 1;
    return type;
}

static int reshaped(struct draw *d, int x, const struct mil_type *type) {
    int32_t shape[4] = {1, (int32_t)type->dim[1], (int32_t)type->dim[3], (int32_t)type->dim[2]};
    return mil_build_reshape(d->builder, name_next(d), x, shape, 4);
}

static int transposed(struct draw *d, int x) {
    static const int32_t perms[][4] = {{0, 1, 3, 2}, {0, 3, 2, 1}, {0, 2, 1, 3}, {0, 2, 3, 1}};
    const int32_t *perm = perms[below(d, 4)];
    return mil_build_transpose(d->builder, name_next(d), x, perm, 4);
}

static int sliced(struct draw *d, int x, const struct mil_type *type) {
    int32_t begin[4], size[4];
    for (int axis = 0; axis < 4; axis++) {
        size[axis] = 1 + below(d, (int)type->dim[axis]);
        begin[axis] = below(d, (int)type->dim[axis] - size[axis] + 1);
    }
    return mil_build_slice(d->builder, name_next(d), x, begin, size, 4);
}

/* A new size for an axis: up to 24, and not too many elements in all. */
static int size_draw(struct draw *d, const struct mil_type *type, int axis) {
    int64_t most = ELEMENTS_MAX / (mil_type_elements(type) / type->dim[axis]);
    return 1 + below(d, most < 24 ? (int)most : 24);
}

/* A matrix product over the last axis with a constant, held to the size of x. */
static int product(struct draw *d, int x, const struct mil_type *type) {
    int n = size_draw(d, type, 3);
    struct mil_type w = mil_tensor4(MIL_FP16, 1, 1, type->dim[3], n);
    bool turned = below(d, 2);
    if (turned)
        w = mil_tensor4(MIL_FP16, 1, 1, n, type->dim[3]);
    int weight = constant(d, w, 1.7 / sqrt((double)type->dim[3]));
    return mil_build_matmul(d->builder, name_next(d), x, weight, false, turned);
}

static int convolved(struct draw *d, int x, const struct mil_type *type) {
    int out = size_draw(d, type, 1);
    int weight = constant(
        d, mil_tensor4(MIL_FP16, out, type->dim[1], 1, 1), 1.7 / sqrt((double)type->dim[1]));
    return mil_build_conv1x1(d->builder, name_next(d), x, weight);
}

/* The arguments of an operator that has no function of its own in build.h. */
struct arguments {
    struct mil_build_arg list[8];
    int values[8], n;
};

static void given(struct arguments *a, const char *name, int value) {
    a->values[a->n] = value;
    a->list[a->n] = (struct mil_build_arg){name, &a->values[a->n], 1};
    a->n++;
}

static void given_ints(
    struct draw *d, struct arguments *a, const char *name, const int32_t *ints, int n) {
    const struct mil_type type = {.dtype = MIL_INT32, .rank = 1, .dim = {n}};
    given(a, name, mil_build_const(d->builder, name_next(d), type, ints));
}

static void given_int(struct draw *d, struct arguments *a, const char *name, int32_t value) {
    const struct mil_type type = {.dtype = MIL_INT32};
    given(a, name, mil_build_const(d->builder, name_next(d), type, &value));
}

static void given_text(struct draw *d, struct arguments *a, const char *name, const char *text) {
    given(a, name, mil_build_const_string(d->builder, name_next(d), text));
}

/* A window of up to 3 x 3: each channel by itself, all by all, or the largest or mean of it. */
static int windowed(struct draw *d, int x, const struct mil_type *type) {
    const int kind = below(d, 4), channels = (int)type->dim[1];
    int32_t kernel[2], stride[2];
    for (int i = 0; i < 2; i++) {
        kernel[i] = 1 + below(d, 3);
        stride[i] = 1 + below(d, 2);
    }
    struct arguments a = {.n = 0};
    given(&a, "x", x);
    if (kind < 2) {
        const int in = kind ? channels : 1, out = kind ? size_draw(d, type, 1) : channels;
        const struct mil_type w = mil_tensor4(MIL_FP16, out, in, kernel[0], kernel[1]);
        given(&a, "weight", constant(d, w, 1.7 / sqrt(in * kernel[0] * kernel[1])));
        given_int(d, &a, "groups", kind ? 1 : channels);
    } else {
        given_ints(d, &a, "kernel_sizes", kernel, 2);
    }
    given_ints(d, &a, "strides", stride, 2);
    given_text(d, &a, "pad_type", "same");
    return mil_build_op(d->builder,
        kind < 2    ? MIL_OP_CONV
        : kind == 2 ? MIL_OP_MAX_POOL
                    : MIL_OP_AVG_POOL,
        name_next(d), a.list, a.n);
}

/* Elements of an axis, some twice, from either end. */
static int gathered(struct draw *d, int x, const struct mil_type *type) {
    const int axis = 1 + below(d, 3), n = size_draw(d, type, axis), size = (int)type->dim[axis];
    int32_t indices[24];
    for (int i = 0; i < n; i++)
        indices[i] = below(d, 2 * size) - size;
    struct arguments a = {.n = 0};
    given(&a, "x", x);
    given_ints(d, &a, "indices", indices, n);
    given_int(d, &a, "axis", axis);
    return mil_build_op(d->builder, MIL_OP_GATHER, name_next(d), a.list, a.n);
}

static int upsampled(struct draw *d, int x, const struct mil_type *type) {
    struct arguments a = {.n = 0};
    if (4 * mil_type_elements(type) > ELEMENTS_MAX)
        return gathered(d, x, type);
    given(&a, "x", x);
    given_int(d, &a, "scale_factor_height", 2);
    given_int(d, &a, "scale_factor_width", 2);
    const enum mil_opcode code =
        below(d, 2) ? MIL_OP_UPSAMPLE_BILINEAR : MIL_OP_UPSAMPLE_NEAREST_NEIGHBOR;
    return mil_build_op(d->builder, code, name_next(d), a.list, a.n);
}

/* One more operator on x. */
static int step(struct draw *d, int x) {
    static const enum mil_opcode bounded[] = {
        MIL_OP_SIGMOID, MIL_OP_TANH, MIL_OP_RELU, MIL_OP_SILU};
    static const enum mil_opcode reductions[] = {MIL_OP_REDUCE_MEAN, MIL_OP_REDUCE_MAX};
    struct mil_type type = mil_build_type(d->builder, x);
    enum mil_opcode code;
    int other, axis;
    switch (below(d, kinds)) {
    case 0:
        code = bounded[below(d, 4)];
        return mil_build_unary(d->builder, code, name_next(d), x);
    case 1:
        other = constant(d, broadcast_type(d, type), 1);
        return mil_build_binary(d->builder, MIL_OP_MUL, name_next(d), x, other);
    case 2:
        other = constant(d, broadcast_type(d, type), 1);
        code = below(d, 2) ? MIL_OP_ADD : MIL_OP_SUB;
        return mil_build_binary(d->builder, code, name_next(d), x, other);
    case 3:
        code = reductions[below(d, 2)];
        axis = 1 + below(d, 3);
        return mil_build_reduce(d->builder, code, name_next(d), x, axis);
    case 4:
        axis = 1 + below(d, 3);
        return mil_build_softmax(d->builder, name_next(d), x, axis);
    case 5:
        return reshaped(d, x, &type);
    case 6:
        return transposed(d, x);
    case 7:
        return sliced(d, x, &type);
    case 8:
        other = mil_build_unary(d->builder, MIL_OP_TANH, name_next(d), x);
        if (2 * mil_type_elements(&type) > ELEMENTS_MAX)
            return other;
        axis = 1 + below(d, 3);
        return mil_build_concat(d->builder, name_next(d), (const int[]){x, other}, 2, axis);
    case 9:
        other = mil_build_cast(d->builder, name_next(d), x, MIL_FP32);
        other = mil_build_unary(d->builder, MIL_OP_TANH, name_next(d), other);
        return mil_build_cast(d->builder, name_next(d), other, MIL_FP16);
    case 10:
        return product(d, x, &type);
    case 11:
        return convolved(d, x, &type);
    case 12:
        return gathered(d, x, &type);
    case 13:
        return upsampled(d, x, &type);
    default:
        return windowed(d, x, &type);
    }
}

static void function_draw(struct draw *d, int number) {
    char name[16];
    snprintf(name, sizeof name, "f%d", number);
    mil_build_function(d->builder, name);
    int channels = 1 + below(d, 24), height = 1 + below(d, 4), width = 1 + below(d, 32);
    int x = mil_build_input(d->builder, "x", mil_tensor4(MIL_FP16, 1, channels, height, width));
    for (int i = 2 + below(d, OPS_MAX); i > 0; i--)
        x = step(d, x);
    mil_build_outputs(d->builder, &x, 1);
}

/* A drawn program with its weights; all to be freed. NULL and *error when it cannot be made. */
struct sample {
    struct mil_program *program;
    char *text;
    size_t text_bytes;
    void *blob;
    size_t blob_bytes;
};

static int sample_draw(uint64_t seed, struct sample *s, struct mil_error *error) {
    struct draw d = {.state = seed,
        .builder = mil_builder_new(MIL_HEADER_IOS18),
        .writer = mil_blob_writer_new()};
    for (int f = 0; f < FUNCTIONS; f++)
        function_draw(&d, f);
    s->program = mil_builder_finish(d.builder, error);
    s->blob = mil_blob_writer_finish(d.writer, &s->blob_bytes);
    s->text = s->program ? mil_print(s->program, &s->text_bytes) : NULL;
    return s->text && s->blob ? 0 : -1;
}

static void sample_free(struct sample *s) {
    mil_program_free(s->program);
    free(s->text);
    free(s->blob);
}

static const struct mil_type *input_type(const struct sample *s, int f) {
    return s->program->functions[f].values[0].type;
}

static const struct mil_type *output_type(const struct sample *s, int f) {
    return s->program->functions[f].values[s->program->functions[f].outputs[0]].type;
}

/* The largest difference, as a share of the largest element or of 1. */
static double difference(const uint16_t *want, const uint16_t *got, size_t n) {
    double largest = 1, worst = 0;
    for (size_t i = 0; i < n; i++) {
        double a = (double)fp16_to_float(want[i]), b = (double)fp16_to_float(got[i]);
        largest = fmax(largest, fabs(a));
        worst = fabs(a - b) <= worst ? worst : isnan(a - b) ? (double)INFINITY : fabs(a - b);
    }
    return worst / largest;
}

static double difference_from(const struct plain *want, const uint16_t *got) {
    double largest = 1, worst = 0;
    for (int64_t i = 0; i < plain_count(want); i++) {
        const double off = fabs(want->data[i] - (double)fp16_to_float(got[i]));
        largest = fmax(largest, fabs(want->data[i]));
        worst = off <= worst ? worst : isnan(off) ? (double)INFINITY : off;
    }
    return worst / largest;
}

/* The second implementation's output, to be freed; without data when it lacks one of the operators. */
static struct plain second(
    const struct sample *s, const struct mil_weights *weights, int f, const uint16_t *in) {
    static double numbers[ELEMENTS_MAX];
    const double *const inputs[] = {numbers};
    struct plain out = {0};
    const char *name = "";
    for (int64_t i = 0; i < mil_type_elements(input_type(s, f)); i++)
        numbers[i] = (double)fp16_to_float(in[i]);
    if (plain_run(s->program, f, weights, inputs, &out, &name) != 0)
        printf("# f%d: the second implementation stops at %s\n", f, name);
    return out;
}

/* All functions of the program on one device. */
static int device_try(struct device *d, const struct sample *s, uint64_t seed, double tolerance) {
    struct mil_blob_file file = {.path = BLOB_PATH, .data = s->blob, .bytes = s->blob_bytes};
    struct device_source source = {s->text, s->text_bytes, {&file, 1}};
    struct device_program *program = NULL;
    struct device_error error = {.text = ""};
    struct mil_error mil_error = {.text = ""};
    static uint16_t in[ELEMENTS_MAX], want[ELEMENTS_MAX], got[ELEMENTS_MAX];
    int result = -1;
    if (device_program_create(d, &source, &program, &error) != DEVICE_OK ||
        device_compile(d, program, DEVICE_QOS_DEFAULT, &error) != DEVICE_OK ||
        device_load(d, program, DEVICE_QOS_DEFAULT, &error) != DEVICE_OK) {
        printf("# %s: %s: %s\n", d->name, error.stage, error.text);
        goto done;
    }
    for (int f = 0; f < FUNCTIONS; f++) {
        uint64_t state = seed + (uint64_t)f;
        for (int64_t i = 0; i < mil_type_elements(input_type(s, f)); i++)
            in[i] = fp16_from_float((float)(2 * random_unit(&state) - 1));
        const void *const inputs[] = {in};
        void *const outputs[] = {want}, *const taken[] = {got};
        if (mil_eval(s->program, f, &source.weights, inputs, outputs, &mil_error) != 0 ||
            on_device_run(d, program, f, &s->program->functions[f], inputs, taken, &error) !=
                DEVICE_OK) {
            printf("# %s, f%d: %s%s\n", d->name, f, mil_error.text, error.text);
            goto done;
        }
        double off = difference(want, got, (size_t)mil_type_elements(output_type(s, f)));
        if (!(off <= tolerance)) {
            printf("# %s, f%d: off by %g, %g is allowed\n", d->name, f, off, tolerance);
            goto done;
        }
        struct plain other = second(s, &source.weights, f, in);
        off = other.data ? difference_from(&other, got) : (double)INFINITY;
        free(other.data);
        if (!(off <= TOLERANCE)) {
            printf("# %s, f%d: off by %g from the second implementation, %g is allowed\n", d->name,
                f, off, TOLERANCE);
            goto done;
        }
    }
    result = 0;
done:
    device_program_free(d, program);
    return result;
}

/* Rewritten for the rules of an engine, the program gives the same bits. */
static int rewritten_try(const struct sample *s, uint64_t seed) {
    const struct mil_blob_file file = {.path = BLOB_PATH, .data = s->blob, .bytes = s->blob_bytes};
    const struct mil_weights weights = {&file, 1};
    struct mil_fixed fixed;
    struct mil_error error = {.text = ""};
    if (mil_fix(s->program, &weights, NULL, &fixed, &error) != 0) {
        printf("# cannot be rewritten: %s\n", error.text);
        return -1;
    }
    int result = mil_fixed_check(s->program, &weights, &fixed, seed, &error);
    if (result != 0)
        printf("# rewritten: %s\n%s", error.text, fixed.text);
    mil_fixed_free(&fixed);
    return result;
}

static int program_try(struct device *cpu, struct device *sim, uint64_t seed) {
    struct sample s = {0};
    struct mil_error error = {.text = ""};
    int result = sample_draw(seed, &s, &error);
    if (result != 0)
        printf("# not a program: %s\n", error.text);
    else if ((result = rewritten_try(&s, seed)) == 0 &&
             (result = device_try(sim, &s, seed, 0)) == 0)
        result = device_try(cpu, &s, seed, TOLERANCE);
    if (result != 0)
        printf("# again: differential 1 %" PRIu64 " %d\n%s", seed, kinds, s.text ? s.text : "");
    sample_free(&s);
    return result;
}

int main(int argc, char **argv) {
    struct device *cpu = NULL, *sim = NULL;
    struct device_error error = {.text = ""};
    uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : 0, seed = 1, failed = 0;
    if (argc > 2)
        seed = strtoull(argv[2], NULL, 10);
    if (argc > 3)
        kinds = (int)strtoull(argv[3], NULL, 10);
    if (kinds < 1 || kinds > KINDS)
        n = 0;
    if (n == 0) {
        fprintf(stderr, "usage: differential PROGRAMS [SEED [KINDS]]\n");
        return 2;
    }
    if (device_open("sim:" SIM, 1, &sim, &error) != DEVICE_OK ||
        device_open("cpu", 1, &cpu, &error) != DEVICE_OK) {
        printf("1..0 # SKIP %s\n", error.text);
        if (sim)
            device_close(sim);
        return 0;
    }
    printf("1..1\n");
    for (uint64_t i = 0; i < n; i++, random_next(&seed))
        failed += program_try(cpu, sim, seed) != 0;
    printf(
        "%s 1 - %" PRIu64 " of %" PRIu64 " programs differ\n", failed ? "not ok" : "ok", failed, n);
    device_close(sim);
    device_close(cpu);
    return failed != 0;
}
