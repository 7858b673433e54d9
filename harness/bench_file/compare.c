/* SPDX-License-Identifier: MIT */
#include "bench_file/compare.h"

#include "mil/fp16.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static double element(enum mil_dtype dtype, const void *elements, size_t i) {
    switch (dtype) {
    case MIL_FP16:
        return (double)fp16_to_float(((const uint16_t *)elements)[i]);
    case MIL_FP32:
        return (double)((const float *)elements)[i];
    case MIL_INT4:
    case MIL_INT8:
        return ((const int8_t *)elements)[i];
    case MIL_INT16:
        return ((const int16_t *)elements)[i];
    case MIL_UINT16:
        return ((const uint16_t *)elements)[i];
    case MIL_INT32:
        return ((const int32_t *)elements)[i];
    default:
        return ((const uint8_t *)elements)[i];
    }
}

static bool element_right(double wanted, double found, double most) {
    if (isnan(wanted))
        return isnan(found);
    if (isinf(wanted))
        return found == wanted;
    return fabs(found - wanted) <= most;
}

void compare(const struct mil_type *type, const void *expected, const void *found, double tolerance,
    struct comparison *out) {
    size_t n = (size_t)mil_type_elements(type);
    bool is_float = type->dtype == MIL_FP16 || type->dtype == MIL_FP32;
    double scale = 0, sum = 0;
    *out = (struct comparison){.right = true};
    for (size_t i = 0; i < n; i++) {
        double wanted = element(type->dtype, expected, i);
        if (isfinite(wanted))
            scale = fmax(scale, fabs(wanted));
    }
    for (size_t i = 0; i < n; i++) {
        double wanted = element(type->dtype, expected, i), got = element(type->dtype, found, i);
        double error = fabs(got - wanted);
        if (isfinite(wanted)) {
            /* an element that should be finite but is not is infinitely wrong */
            error = isfinite(error) ? error : INFINITY;
            out->largest = fmax(out->largest, error);
            sum += error * error;
        }
        if (out->right && !element_right(wanted, got, is_float ? tolerance * scale : 0)) {
            out->right = false;
            out->wrong_at = i;
            out->wanted = wanted;
            out->found = got;
        }
    }
    out->rms = sqrt(sum / (double)(n ? n : 1));
    if (scale > 0) {
        out->largest /= scale;
        out->rms /= scale;
    }
}

void index_format(const struct mil_type *type, size_t i, char *text, size_t bytes) {
    int64_t index[MIL_RANK_MAX] = {0};
    size_t used = 0;
    for (int axis = type->rank - 1; axis >= 0; axis--) {
        index[axis] = (int64_t)(i % (size_t)type->dim[axis]);
        i /= (size_t)type->dim[axis];
    }
    if (bytes > 0)
        text[0] = '\0';
    for (int axis = 0; axis < type->rank && used + 1 < bytes; axis++)
        used += (size_t)snprintf(
            text + used, bytes - used, "%s%" PRId64, axis ? ", " : "[", index[axis]);
    if (used + 1 < bytes)
        snprintf(text + used, bytes - used, "%s", type->rank ? "]" : "[]");
}
