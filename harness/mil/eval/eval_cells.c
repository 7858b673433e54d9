/* SPDX-License-Identifier: MIT
 *
 * Elements in memory, in literals and in blobs, and the cells of the evaluator.
 */
#include "mil/eval/eval_ops.h"

#include "mil/fp16.h"
#include "mil/type.h"

#include <string.h>

void eval_widen(union mil_cell *out, enum mil_dtype dtype, const void *in, int64_t n) {
    if (dtype == MIL_FP16) {
        fp16_to_floats(&out->f, in, (size_t)n);
        return;
    }
    for (int64_t i = 0; i < n; i++)
        switch (dtype) {
        case MIL_INT4:
        case MIL_INT8:
            out[i].i = ((const int8_t *)in)[i]; /* NOLINT(bugprone-signed-char-misuse): a number */
            break;
        case MIL_BOOL:
            out[i].i = ((const uint8_t *)in)[i] != 0;
            break;
        case MIL_UINT1:
        case MIL_UINT2:
        case MIL_UINT3:
        case MIL_UINT4:
        case MIL_UINT6:
        case MIL_UINT8:
            out[i].i = ((const uint8_t *)in)[i];
            break;
        case MIL_INT16:
            out[i].i = ((const int16_t *)in)[i];
            break;
        case MIL_UINT16:
            out[i].i = ((const uint16_t *)in)[i];
            break;
        default:
            memcpy(out, in, (size_t)n * sizeof *out);
            return;
        }
}

void eval_narrow(void *out, enum mil_dtype dtype, const union mil_cell *in, int64_t n) {
    if (dtype == MIL_FP16) {
        fp16_from_floats(out, &in->f, (size_t)n);
        return;
    }
    for (int64_t i = 0; i < n; i++)
        switch (mil_dtype_bytes(dtype)) {
        case 1:
            ((int8_t *)out)[i] = (int8_t)in[i].i;
            break;
        case 2:
            ((int16_t *)out)[i] = (int16_t)in[i].i;
            break;
        default:
            memcpy(out, in, (size_t)n * sizeof *in);
            return;
        }
}

/* Elements of less than 8 bits, packed from the lowest bit up: eight of them are as many bytes as each has bits. */
static void unpack(union mil_cell *out, enum mil_dtype dtype, const unsigned char *in, int64_t n) {
    enum { AT_ONCE = 8 };
    const int bits = mil_dtype_bits(dtype), mask = (1 << bits) - 1;
    const int32_t most = dtype == MIL_INT4 ? 7 : mask;
    for (int64_t i = 0; i < n; i += AT_ONCE, in += bits) {
        const int some = n - i < AT_ONCE ? (int)(n - i) : AT_ONCE;
        uint64_t word = 0;
        for (int b = 0; b < (some * bits + 7) / 8; b++)
            word |= (uint64_t)in[b] << 8 * b;
        for (int k = 0; k < some; k++, word >>= bits) {
            const int32_t value = (int32_t)word & mask;
            out[i + k].i = value > most ? value - mask - 1 : value;
        }
    }
}

int eval_literal(union mil_cell *out, const struct mil_literal *literal,
    const struct mil_weights *weights, struct mil_error *error) {
    struct mil_blob blob = {.data = literal->data};
    int64_t n = mil_type_elements(literal->type);
    if (literal->blob_path && mil_literal_blob(literal, weights, &blob, error) != 0)
        return -1;
    if (literal->blob_path && mil_dtype_bits(literal->type->dtype) < 8)
        unpack(out, literal->type->dtype, blob.data, n);
    else
        eval_widen(out, literal->type->dtype, blob.data, n);
    return 0;
}
