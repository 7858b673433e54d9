/* SPDX-License-Identifier: MIT
 *
 * The protobuf of a model (coreml.proto): bytes to MIL text, and a program to bytes.
 */
#ifndef ANEPROBE_MIL_PACKAGE_SPEC_H
#define ANEPROBE_MIL_PACKAGE_SPEC_H

#include "mil/arena.h"
#include "mil/mil.h"
#include "mil/package/coreml.pb-c.h"

/* The longest protobuf accepted; weights are in separate files. */
enum { SPEC_MAX_BYTES = 1 << 30 };

/* Unpacks an ML Program, or the only one of a pipeline, into the arena and sets its limit: nesting and memory are
 * bounded by the length of the bytes. *n_left_out gets the number of the pipeline's other models. NULL and *error when
 * it is neither. */
const Coreml__Model *spec_unpack(struct mil_arena *arena, const void *data, size_t bytes,
    int *n_left_out, struct mil_error *error);

/* The model's functions, the default one first, as MIL text to free(). Names that are not MIL
 * identifiers are changed, immediate values become consts. On failure NULL and *error, which names
 * the operation. */
char *spec_text(const Coreml__Model *model, size_t *bytes, struct mil_error *error);

/* The program as a packed model, to free(). NULL and *error when Core ML cannot represent it. */
void *spec_pack(const struct mil_program *program, size_t *bytes, struct mil_error *error);

/* The two spellings of a target and of an element type. */
const char *spec_target_of_opset(const char *opset); /* "CoreML6" to "ios16"; NULL: unknown */
const char *spec_opset_of_target(const char *target, int *specification_version);
const char *spec_dtype_name(Coreml__DataType type); /* NULL: unknown */
Coreml__DataType spec_dtype_of(const char *name);   /* UNUSED_TYPE: unknown */

#endif
