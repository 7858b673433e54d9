/* SPDX-License-Identifier: MIT
 *
 * A program given as MIL statements, with its expected output: for probes about operators, several
 * inputs and outputs, several functions, or values at the limits of fp16. Weights follow from the
 * text: each BLOBFILE is a separate file with random data of the declared type (of many elements: stretch.h).
 *
 * A subject has one shape and exchangeable weights; a specimen has any shape.
 */
#ifndef ANEPROBE_EXPERIMENT_SPECIMEN_H
#define ANEPROBE_EXPERIMENT_SPECIMEN_H

#include "experiment/experiment.h"

/* ---- the body of a function: statements; names are unique in a function ------------------------------------- */

#define MIL_BODY(...)                                                                              \
    (const char *const[]) {                                                                        \
        __VA_ARGS__, NULL                                                                          \
    }
#define MIL_F16(shape) "tensor<fp16, [" shape "]>"
#define MIL_F32(shape) "tensor<fp32, [" shape "]>"
#define MIL_CONST(type, name, value)                                                               \
    type " " name " = const()[name=string(\"" name "\"), val=" type "(" value ")];\n"
#define MIL_INT(name, value) MIL_CONST("int32", name, value)
#define MIL_BOOL(name, value) MIL_CONST("bool", name, value)
#define MIL_TEXT(name, value) MIL_CONST("string", name, "\"" value "\"")
#define MIL_INTS(name, n, values) MIL_CONST("tensor<int32, [" n "]>", name, "[" values "]")
/* Weights of their own file. */
#define MIL_WEIGHT(type, name)                                                                     \
    MIL_CONST(type, name,                                                                          \
        "BLOBFILE(path=string(\"@model_path/weights/" name ".bin\"), offset=uint64(64))")
/* A convolution's arguments strides, pad_type, pad, dilations and groups when it does nothing special. */
#define MIL_CONV_PLAIN                                                                             \
    MIL_INTS("strides", "2", "1, 1")                                                               \
    MIL_TEXT("pad_type", "valid")                                                                  \
    MIL_INTS("pad", "4", "0, 0, 0, 0") MIL_INTS("dilations", "2", "1, 1") MIL_INT("groups", "1")
#define MIL_OP(type, name, call) type " " name " = " call "[name=string(\"" name "_op\")];\n"

/* ---- the specimen ---------------------------------------------------------------------------- */

struct specimen;

struct specimen_function {
    const char *name;        /* "main" */
    const char *inputs;      /* "tensor<..> x" */
    const char *const *body; /* MIL_BODY(...) */
    const char *outputs;     /* "y, z" */
};

struct specimen_spec {
    const struct specimen_function *functions;
    int n_functions;
    uint64_t weight_seed;
    /* The content of inputs: `pattern` repeated; without one, magnitudes in [0.25, 1), of both
     * signs or one. */
    const float *pattern;
    size_t n_pattern;
    bool positive;
    /* Weights of fp16 that are known: of the k-th weight file, counted from 0, row r along the first axis
     * holds row_values[(k * n_row_values + r % n_row_values)] throughout. NULL = random. */
    const float *row_values;
    size_t n_row_values;
    /* Surfaces have exactly the tensors' bytes, not the size that the device prefers. */
    bool exact_surfaces;
    double tolerance; /* relative to the largest finite expected element; 0 = 2^-8 */
};

/* The result of an eval in its outputs. */
enum specimen_outcome {
    SPECIMEN_RIGHT,     /* equal to the reference, including elements that are not finite */
    SPECIMEN_WRONG,     /* something else */
    SPECIMEN_ZEROS,     /* only zeros, unlike the reference */
    SPECIMEN_UNTOUCHED, /* an output did not change */
};
const char *specimen_outcome_name(enum specimen_outcome outcome);

/* Parses the text and creates the device's program, without compiling it. Text that the suite
 * itself does not accept is DEVICE_BROKEN. */
enum device_status specimen_create(struct trial *t, const struct specimen_spec *spec,
    struct specimen **out, struct device_error *error);
void specimen_free(struct specimen *specimen); /* NULL is allowed */
struct device_program *specimen_program(struct specimen *specimen);

enum device_status specimen_compile(struct specimen *, struct device_error *);
/* Creates, compiles and loads. On anything but DEVICE_OK, too, *out is to be freed, or NULL. */
enum device_status specimen_start(struct trial *t, const struct specimen_spec *spec,
    struct specimen **out, struct device_error *error);
/* Loads, and binds the first function. */
enum device_status specimen_load(struct specimen *, struct device_error *);
enum device_status specimen_unload(struct specimen *, struct device_error *);

/* Creates surfaces for function `function` with its inputs filled, and a request on them for
 * procedure `procedure`, replacing earlier ones. `weights_buffer` may be NULL. */
enum device_status specimen_bind(struct specimen *, int function, int procedure,
    struct device_surface *weights_buffer, struct device_error *);
/* Only one eval. */
enum device_status specimen_run(struct specimen *, struct device_error *);
/* Poisons the outputs, evaluates, and compares with the reference of the bound function. */
enum device_status specimen_eval(
    struct specimen *, enum specimen_outcome *outcome, struct device_error *);
/* Output `index` from the last eval, and from the reference: dense, row-major, owned by the
 * specimen. */
const float *specimen_output(const struct specimen *, int index, size_t *n);
const float *specimen_expected(const struct specimen *, int index);

/* Create, compile, load, eval: the outcome when all calls succeed. */
enum device_status specimen_try(struct trial *t, const struct specimen_spec *spec,
    enum specimen_outcome *outcome, struct device_error *error);

#endif
