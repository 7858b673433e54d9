/* SPDX-License-Identifier: MIT */
#include "mil/emit/emit_write.h"

#include <inttypes.h>
#include <string.h>

void emit_nest_add(struct emit_nest *nest, int64_t dim, const int64_t *strides) {
    size_t bytes = (size_t)nest->n_arrays * sizeof *strides;
    if (dim == 1)
        return;
    if (nest->rank > 0) {
        int64_t *outer = nest->stride[nest->rank - 1];
        bool joins = true;
        for (int a = 0; a < nest->n_arrays; a++)
            joins = joins && outer[a] == strides[a] * dim;
        if (joins) {
            memcpy(outer, strides, bytes);
            nest->dim[nest->rank - 1] *= dim;
            return;
        }
    }
    memcpy(nest->stride[nest->rank], strides, bytes);
    nest->dim[nest->rank++] = dim;
}

void emit_write_for(
    struct code *out, const struct emit_nest *nest, char prefix, int first, int last) {
    for (int i = first; i < last; i++)
        code_add(out, "for (long %c%d = 0; %c%d < %" PRId64 "; %c%d++)\n", prefix, i, prefix, i,
            nest->dim[i], prefix, i);
}

void emit_write_index(struct code *out, const struct emit_nest *nest, char prefix, int array) {
    bool first = true;
    for (int i = 0; i < nest->rank; i++) {
        int64_t stride = nest->stride[i][array];
        if (stride == 0)
            continue;
        code_add(out, "%s%c%d", first ? "" : " + ", prefix, i);
        if (stride != 1)
            code_add(out, " * (%" PRId64 "L)", stride);
        first = false;
    }
    if (first)
        code_add(out, "0");
}
