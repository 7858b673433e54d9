/* SPDX-License-Identifier: MIT
 *
 * The emitter's frame: lowers every function, lays out the constants, writes the file.
 */
#include "mil/emit/emit.h"

#include "mil/arena.h"
#include "mil/emit/emit_write.h"
#include "mil/fp16.h"
#include "mil/op/op_fault.h"
#include "mil/type.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { MARK_BYTES = 64 };

/* A constant to be written: a literal, or elements that the emitter computed. */
struct constant {
    const struct mil_literal *literal;
    const union mil_cell *cells;
    struct mil_place place;
    int64_t elements;
    uint64_t offset;
    bool is_half;
};

struct emitter {
    const struct mil_program *program;
    const struct mil_weights *weights;
    struct mil_error *error;
    struct emit_lowering *lowerings;
    struct constant *constants;
    int n_constants, constants_room;
    uint64_t bytes;
    struct emit_writer writer;
};

static int out_of_memory(struct emitter *emitter) {
    return mil_fail(emitter->error, (struct mil_place){0}, "out of memory");
}

static uint64_t constant_bytes(const struct constant *constant) {
    return (uint64_t)constant->elements *
           (constant->is_half ? sizeof(uint16_t) : sizeof(union mil_cell));
}

/* Blobs that several functions use in one form are stored once. */
static const struct constant *constant_find(
    const struct emitter *emitter, const struct mil_literal *literal, bool is_half) {
    if (!literal || !literal->blob_path)
        return NULL;
    for (int i = 0; i < emitter->n_constants; i++) {
        const struct mil_literal *other = emitter->constants[i].literal;
        if (other && other->blob_path && other->blob_offset == literal->blob_offset &&
            other->type->dtype == literal->type->dtype &&
            emitter->constants[i].is_half == is_half &&
            emitter->constants[i].elements == mil_type_elements(literal->type) &&
            strcmp(other->blob_path, literal->blob_path) == 0)
            return &emitter->constants[i];
    }
    return NULL;
}

static int constant_add(struct emitter *emitter, struct emit_lowering *lowering, int value) {
    const struct mil_literal *literal =
        lowering->values[value].table ? NULL : mil_value_literal(lowering->function, value);
    const struct constant *same = constant_find(emitter, literal, lowering->values[value].is_half);
    if (same) {
        lowering->values[value].offset = same->offset;
        return 0;
    }
    struct constant *grown =
        mil_grow(emitter->constants, emitter->n_constants, &emitter->constants_room, sizeof *grown);
    if (!grown)
        return out_of_memory(emitter);
    emitter->constants = grown;
    struct constant *constant = &emitter->constants[emitter->n_constants++];
    *constant = (struct constant){.literal = literal,
        .cells =
            lowering->values[value].table ? lowering->values[value].table : lowering->folded[value],
        .place = lowering->values[value].table ? lowering->function->place
                                               : lowering->function->values[value].place,
        .elements = mil_type_elements(&lowering->values[value].type),
        .offset = emitter->bytes,
        .is_half = lowering->values[value].is_half};
    lowering->values[value].offset = emitter->bytes;
    emitter->bytes += constant_bytes(constant);
    emitter->bytes = (emitter->bytes + MIL_ARENA_ALIGN - 1) / MIL_ARENA_ALIGN * MIL_ARENA_ALIGN;
    if (emitter->bytes > EMIT_CONSTANTS_BYTES_MAX)
        return mil_fail(
            emitter->error, constant->place, "the weights take more than 1 GiB: split the program");
    return 0;
}

static int lower_all(struct emitter *emitter) {
    for (int i = 0; i < emitter->program->n_functions; i++) {
        struct emit_lowering *lowering = &emitter->lowerings[i];
        if (emit_lower(
                lowering, &emitter->program->functions[i], emitter->weights, emitter->error) != 0 ||
            emit_lowering_arena(lowering) != 0)
            return -1;
        for (int v = 0; v < lowering->n_values; v++)
            if (lowering->values[v].root == v && lowering->values[v].place == EMIT_CONSTANT &&
                constant_add(emitter, lowering, v) != 0)
                return -1;
    }
    return 0;
}

enum { HUGE_BYTES_LOG2 = 21, HUGE_BYTES = 1 << HUGE_BYTES_LOG2 };

/* Weights are megabytes, written once: huge pages, where the system offers them, save a page fault
 * per 4 KB. Release with free(). */
static void *constants_alloc(size_t bytes) {
#ifdef MADV_HUGEPAGE
    void *memory;
    if (bytes < HUGE_BYTES)
        return malloc(bytes);
    if (posix_memalign(&memory, HUGE_BYTES, bytes) != 0)
        return NULL;
    (void)madvise(memory, bytes, MADV_HUGEPAGE);
    return memory;
#else
    return malloc(bytes);
#endif
}

/* The elements of one constant, as they are stored. */
static int constant_fill(
    struct emitter *emitter, const struct constant *constant, unsigned char *to) {
    const struct mil_literal *literal = constant->literal;
    const size_t bytes = (size_t)constant_bytes(constant);
    if (constant->cells && constant->is_half) {
        fp16_from_floats((uint16_t *)(void *)to, (const float *)(const void *)constant->cells,
            (size_t)constant->elements);
    } else if (constant->cells) {
        memcpy(to, constant->cells, bytes);
    } else if (constant->is_half) {
        struct mil_blob blob = {.data = literal->data};
        if (literal->blob_path &&
            mil_literal_blob(literal, emitter->weights, &blob, emitter->error) != 0)
            return -1;
        memcpy(to, blob.data, bytes);
    } else {
        return eval_literal(
            (union mil_cell *)(void *)to, literal, emitter->weights, emitter->error);
    }
    return 0;
}

static int fill_constants(
    struct emitter *emitter, const unsigned char *mark, struct mil_emission *out) {
    out->constants_bytes = (size_t)emitter->bytes;
    out->constants = constants_alloc(out->constants_bytes);
    out->blobs = calloc((size_t)emitter->n_constants + 1, sizeof *out->blobs);
    if (!out->constants || !out->blobs)
        return out_of_memory(emitter);
    memcpy(out->constants, mark, MARK_BYTES);
    for (int i = 0; i < emitter->n_constants; i++) {
        const struct constant *constant = &emitter->constants[i];
        unsigned char *to = out->constants + constant->offset;
        uint64_t end =
            i + 1 < emitter->n_constants ? emitter->constants[i + 1].offset : emitter->bytes;
        size_t bytes = (size_t)constant_bytes(constant);
        memset(to + bytes, 0, (size_t)(end - constant->offset) - bytes);
        if (constant_fill(emitter, constant, to) != 0)
            return -1;
        if (constant->literal && constant->literal->blob_path)
            out->blobs[out->n_blobs++] = (struct mil_constant){constant->literal->blob_path,
                constant->literal->blob_offset, constant->literal->type->dtype,
                (uint64_t)constant->elements, constant->offset, constant->is_half};
    }
    return 0;
}

static const char contract_text[] =
    "typedef void mil_half_rows(\n"
    "    float *y, const uint16_t *w, const float *x, int64_t rows, int64_t columns);\n"
    "struct mil_host {\n"
    "    mil_sgemm *sgemm;\n"
    "    void (*half_rows)(mil_half_rows *product, float *y, const uint16_t *w, const float *x,\n"
    "        int64_t rows, int64_t columns);\n"
    "};\n"
    "struct mil_image_function {\n"
    "    const char *name;\n"
    "    uint64_t arena_bytes;\n"
    "    uint32_t n_inputs, n_outputs;\n"
    "    int (*run)(const struct mil_host *host, const void *const *inputs, void *const "
    "*outputs,\n"
    "        void *arena, struct fault *fault);\n"
    "};\n"
    "struct mil_image {\n"
    "    uint32_t abi;\n"
    "    uint32_t n_functions;\n"
    "    const struct mil_image_function *functions;\n"
    "    const unsigned char *constants;\n"
    "    uint64_t constants_bytes;\n"
    "};\n";

/* Mach-O and ELF differ in the names of sections and symbols. On ELF, constants that fill a huge
 * page are aligned to one, so that a loader can map them with such pages. */
static void write_constants(struct code *out, const char *constants_path, uint64_t bytes) {
    code_add(out,
        "extern const unsigned char aneprobe_constants[] __attribute__((visibility(\"hidden\")));\n"
        "#ifdef __APPLE__\n"
        "__asm__(\".section __TEXT,__const\\n.private_extern _aneprobe_constants\\n\"\n"
        "    \".p2align 6\\n_aneprobe_constants:\\n\"\n"
        "#else\n"
        "__asm__(\".section .rodata\\n.globl aneprobe_constants\\n.hidden aneprobe_constants\\n\"\n"
        "    \".p2align %d\\naneprobe_constants:\\n\"\n"
        "#endif\n"
        "    \".incbin \\\"",
        bytes >= HUGE_BYTES ? HUGE_BYTES_LOG2 : 6);
    code_add_escaped(out, constants_path, true);
    code_add(out, "\\\"\\n.text\\n\");\n");
}

static int write_file(
    struct emitter *emitter, const char *constants_path, struct mil_emission *out) {
    const struct mil_program *program = emitter->program;
    struct emit_writer *writer = &emitter->writer;
    struct code file = {0};
    for (int i = 0; i < program->n_functions; i++)
        emit_write_function(writer, &emitter->lowerings[i], i);
    emit_write_prelude(&file, writer->needs | EMIT_NEED_ALWAYS);
    code_add(&file, "%s", contract_text);
    write_constants(&file, constants_path, emitter->bytes);
    if (!writer->failed && !writer->kernels.failed && !writer->functions.failed)
        code_add(&file, "%s%s", writer->kernels.bytes ? writer->kernels.bytes : "",
            writer->functions.bytes);
    else
        file.failed = true;
    code_add(&file, "static const struct mil_image_function functions[] = {\n");
    for (int i = 0; i < program->n_functions; i++) {
        const struct mil_function *f = &program->functions[i];
        code_add(&file, "{\"");
        code_add_escaped(&file, f->name, false);
        code_add(&file, "\", %" PRIu64 ", %d, %d, f%d},\n", emitter->lowerings[i].arena_bytes,
            f->n_inputs, f->n_outputs, i);
    }
    code_add(&file,
        "};\n"
        "extern const struct mil_image aneprobe_image;\n"
        "__attribute__((visibility(\"default\"))) const struct mil_image aneprobe_image = {\n"
        "%d, %d, functions, aneprobe_constants, %" PRIu64 "};\n",
        MIL_IMAGE_ABI, program->n_functions, emitter->bytes);
    if (file.failed) {
        code_free(&file);
        return out_of_memory(emitter);
    }
    out->c_text = file.bytes;
    out->c_bytes = file.n;
    return 0;
}

int mil_emit(const struct mil_program *program, const struct mil_weights *weights,
    const unsigned char mark[64], const char *constants_path, struct mil_emission *out,
    struct mil_error *error) {
    struct emitter emitter = {
        .program = program, .weights = weights, .error = error, .bytes = MARK_BYTES};
    int status = -1;
    *out = (struct mil_emission){0};
    if (program->n_functions < 1)
        return mil_fail(error, (struct mil_place){0}, "the program has no functions");
    emitter.lowerings = calloc((size_t)program->n_functions, sizeof *emitter.lowerings);
    if (!emitter.lowerings) {
        out_of_memory(&emitter);
        goto done;
    }
    if (lower_all(&emitter) != 0 || write_file(&emitter, constants_path, out) != 0 ||
        fill_constants(&emitter, mark, out) != 0)
        goto done;
    status = 0;
done:
    for (int i = 0; emitter.lowerings && i < program->n_functions; i++)
        emit_lowering_free(&emitter.lowerings[i]);
    free(emitter.lowerings);
    free(emitter.constants);
    free(emitter.writer.kernel);
    code_free(&emitter.writer.kernels);
    code_free(&emitter.writer.functions);
    if (status != 0)
        mil_emission_free(out);
    return status;
}

int mil_fault_fail(const struct mil_fault *fault, struct mil_error *error) {
    return op_fault_fail(error, (struct mil_place){0}, (enum op_fault)fault->kind, fault->op,
        fault->found, fault->limit);
}

void mil_emission_free(struct mil_emission *emission) {
    free(emission->c_text);
    free(emission->constants);
    free(emission->blobs);
    *emission = (struct mil_emission){0};
}
