/* SPDX-License-Identifier: MIT
 *
 * Writes a MIL program as one self-contained C file plus one file of constants.
 *
 * The C file includes only standard headers. It pulls the constants file into the library's
 * read-only data at compile time (assembler .incbin), so the weights are inside the compiled
 * program and nowhere else. It exports one symbol, `aneprobe_image`, of type struct mil_image.
 * Shapes are static; each function has one arena, planned by lifetimes; elementwise chains are
 * fused into one loop; matmul and 1x1 conv use the sgemm that the caller passes in. Operators on
 * constants are computed at emit time, by the evaluator.
 *
 * Inside, an element is 4 bytes: fp32 already rounded to its declared type, or int32. Only matrices of fp16 numbers that are
 * multiplied by a vector and by nothing else stay fp16, since such a product takes the time of reading them. Results equal
 * mil_eval's to the bit for operators that are exact in fp32 (add, mul, cast, relu, copies, ...),
 * and to within a unit or two in the last place of the declared type for the others, whose sums run
 * in another order.
 */
#ifndef ANEPROBE_MIL_EMIT_EMIT_H
#define ANEPROBE_MIL_EMIT_EMIT_H

#include "mil/blob.h"

enum { MIL_IMAGE_ABI = 3, MIL_ARENA_ALIGN = 64 };

/* How to compile it: these options, then the file and the output's name, then MIL_EMIT_LIBS. No
 * contraction and no fast-math, which would round differently; errno and traps are ignored, so that
 * sqrt and selections can be vectorised. gcc and clang accept them all. */
#if defined(__x86_64__)
#define MIL_EMIT_TUNING "-march=native",
#else
#define MIL_EMIT_TUNING
#endif
#define MIL_EMIT_CFLAGS                                                                            \
    "-std=c11", "-O3", MIL_EMIT_TUNING "-ffp-contract=off", "-fno-math-errno",                     \
        "-fno-trapping-math", "-fPIC", "-shared"
#define MIL_EMIT_LIBS "-lm"

/* cblas_sgemm's C prototype with its enums as ints (CBLAS: RowMajor 101, NoTrans 111, Trans 112).
 */
typedef void mil_sgemm(int order, int trans_a, int trans_b, int m, int n, int k, float alpha,
    const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc);
/* y = W x; W is fp16, by rows, and y has one element a row. A program brings its own, since it is compiled for
 * its machine. An element of y depends on its row and x alone. */
typedef void mil_half_rows(
    float *y, const uint16_t *w, const float *x, int64_t rows, int64_t columns);

/* What a compiled program calls. */
struct mil_host {
    mil_sgemm *sgemm;
    /* `product` of all rows, or of some at a time, by several threads. */
    void (*half_rows)(mil_half_rows *product, float *y, const uint16_t *w, const float *x,
        int64_t rows, int64_t columns);
};

/* Why a program stopped, one of op_fault.h; mil_fault_fail puts it into words. `op` is in the image. */
struct mil_fault {
    int32_t kind;
    const char *op;
    int64_t found, limit;
};
int mil_fault_fail(const struct mil_fault *fault, struct mil_error *error); /* returns -1 */

/* What a compiled program exports. The emitted C repeats these structs word for word. */
struct mil_image_function {
    const char *name;
    uint64_t arena_bytes; /* must be aligned to MIL_ARENA_ALIGN */
    uint32_t n_inputs, n_outputs;
    /* inputs and outputs: dense row-major arrays of the declared types, no output overlapping
     * another array. Thread-safe if each call has its own arena, whose previous content does not
     * matter; allocates nothing. Returns 0; or 1 and *fault, then no state has changed. */
    int (*run)(const struct mil_host *host, const void *const *inputs, void *const *outputs,
        void *arena, struct mil_fault *fault);
};

struct mil_image {
    uint32_t abi; /* MIL_IMAGE_ABI */
    uint32_t n_functions;
    const struct mil_image_function *functions;
    const unsigned char *constants; /* starts with the 64-byte mark */
    uint64_t constants_bytes;
};

/* One BLOBFILE blob as stored in the constants: 4 bytes per element, fp16 widened to fp32, int8 and
 * bool to int32; or fp16 as it is. Blobs that are only used in constants computed at emit time (constexpr_...,
 * transposes of weights) are not listed: changing those needs a new compile. */
struct mil_constant {
    const char *blob_path; /* owned by the program */
    uint64_t blob_offset;
    enum mil_dtype source_dtype;
    uint64_t elements;
    uint64_t constants_offset; /* in bytes, from the start of the constants */
    bool is_half;              /* stored as fp16 */
};

struct mil_emission {
    char *c_text;
    size_t c_bytes;
    /* The constants file: a mark of 64 bytes, unique to this program's text and weights, by which
     * the constants can be found inside the compiled library; then the data. */
    unsigned char *constants;
    size_t constants_bytes;
    struct mil_constant *blobs;
    int n_blobs;
};

/* `mark` is copied into the first 64 bytes of the constants; `constants_path` is the path for
 * .incbin; it is escaped and may hold any bytes but NUL. Returns 0 and an emission to release with
 * mil_emission_free, or -1 and *error: blobs that are missing or do not fit, more than 1 GiB of
 * constants or 2 GiB of arena, uint64 or string values, out of memory. */
int mil_emit(const struct mil_program *program, const struct mil_weights *weights,
    const unsigned char mark[64], const char *constants_path, struct mil_emission *out,
    struct mil_error *error);
/* Whether it emits the operator, with the types that it has most often, or as a constant. */
bool mil_emit_knows(enum mil_opcode code);
void mil_emission_free(struct mil_emission *emission);

#endif
