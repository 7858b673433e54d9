/* SPDX-License-Identifier: MIT */
#include "bench_file/inputs.h"

#include "base/files.h"
#include "bench_file/npy.h"
#include "measure/random.h"
#include "mil/eval/eval.h"
#include "mil/fp16.h"
#include "mil/op/op_args.h"

#include <stdlib.h>
#include <string.h>

static bool set_is_for(const char *set, const char *name) {
    size_t bytes = strcspn(set, "=");
    return strlen(name) == bytes && strncmp(set, name, bytes) == 0;
}

static const char *set_find(const struct bench_settings *settings, const char *name) {
    for (int i = 0; i < settings->n_sets; i++)
        if (set_is_for(settings->sets[i], name))
            return strchr(settings->sets[i], '=') + 1;
    return NULL;
}

enum { INTEGERS = 100 }; /* 0 to 99 */

/* The shortest axis or list that the operator's indices are of. */
static int64_t indexed_size(struct op_ref ref) {
    const struct mil_type *all = op_type(ref, "x"), *indices = op_type(ref, "indices");
    const enum mil_opcode code = ref.op->code;
    all = all ? all : op_type(ref, "data");
    if (op_type(ref, "ls"))
        return op_type(ref, "ls")->length > 0 ? op_type(ref, "ls")->length : INTEGERS;
    if (code != MIL_OP_GATHER_ND && code != MIL_OP_SCATTER_ND) {
        const int axis = op_axis(ref, "axis", 0, all->rank);
        return axis < 0 ? INTEGERS : all->dim[axis];
    }
    const int first = (int)op_int(ref, "batch_dims", 0);
    int64_t size = INTEGERS;
    for (int64_t i = 0; i < indices->dim[indices->rank - 1]; i++)
        size = all->dim[first + i] < size ? all->dim[first + i] : size;
    return size;
}

static bool reads(const struct mil_op *op, const char *name, int value) {
    const struct mil_arg *arg = mil_op_arg(op, name);
    return arg && arg->n_values == 1 && arg->values[0] == value;
}

/* Integers below this are inside every axis that the value is, as it stands or in another shape, an index
 * of. */
static int64_t integers_below(
    const struct mil_function *f, const struct mil_op *ops, int n_ops, int value) {
    int64_t below = INTEGERS;
    for (int i = 0; i < n_ops; i++) {
        const struct op_ref ref = {f, &ops[i]};
        int64_t size = INTEGERS;
        for (int b = 0; b < ops[i].n_blocks; b++) {
            size = integers_below(f, ops[i].blocks[b].ops, ops[i].blocks[b].n_ops, value);
            below = size < below ? size : below;
        }
        if (reads(&ops[i], "indices", value) || reads(&ops[i], "index", value))
            size = indexed_size(ref);
        else if (reads(&ops[i], "x", value) &&
                 (op_is_alias(ops[i].code) || ops[i].code == MIL_OP_CAST))
            size = integers_below(f, ops + i + 1, n_ops - i - 1, ops[i].result);
        below = size < below ? size : below;
    }
    return below;
}

static void random_fill(const struct mil_type *type, uint64_t seed, int64_t below, void *out) {
    const uint64_t n_integers = (uint64_t)below;
    size_t n = (size_t)mil_type_elements(type);
    for (size_t i = 0; i < n; i++) {
        uint64_t bits = random_next(&seed);
        float value = (float)((bits >> 40) + 1) * 0x1p-24f;
        if (bits & 1)
            value = -value;
        switch (type->dtype) {
        case MIL_FP16:
            ((uint16_t *)out)[i] = fp16_from_float(value);
            break;
        case MIL_FP32:
            ((float *)out)[i] = value;
            break;
        case MIL_INT8:
            ((int8_t *)out)[i] = (int8_t)((bits >> 40) % n_integers);
            break;
        case MIL_INT16:
        case MIL_UINT16:
            ((int16_t *)out)[i] = (int16_t)((bits >> 40) % n_integers);
            break;
        case MIL_INT32:
            ((int32_t *)out)[i] = (int32_t)((bits >> 40) % n_integers);
            break;
        case MIL_BOOL:
            ((bool *)out)[i] = bits >> 40 & 1;
            break;
        default: /* one byte each, with that many bits */
            ((uint8_t *)out)[i] =
                (uint8_t)((bits >> 40) % (mil_dtype_bits(type->dtype) < 7 ? 2 : n_integers));
            break;
        }
    }
}

void *input_make(const struct bench_settings *settings, const struct mil_function *function,
    int index, struct error *error) {
    const struct mil_value *value = &function->values[index];
    const char *set = set_find(settings, value->name);
    if (value->type->kind == MIL_OTHER || value->type->kind == MIL_LIST ||
        !mil_type_is_sized(value->type) || !mil_dtype_is_computed(value->type->dtype)) {
        error_set(error, EXIT_UNSUPPORTED,
            "the input '%s' has an open size, or a type that is not supported", value->name);
        return NULL;
    }
    void *out = calloc(1, mil_type_bytes(value->type) + 1);
    if (!out) {
        error_set(error, EXIT_BROKEN, "out of memory for the input '%s'", value->name);
        return NULL;
    }
    if (!set && value->type->kind == MIL_TENSOR)
        random_fill(value->type, settings->seed + (uint64_t)index * RANDOM_STEP * 7,
            integers_below(function, function->ops, function->n_ops, index), out);
    else if (set && strcmp(set, "zeros") != 0 && npy_read(set, value->type, out, error) < 0) {
        free(out);
        return NULL;
    }
    return out;
}

int inputs_check(const struct bench_settings *settings, const struct mil_function *function,
    struct error *error) {
    struct mil_error why;
    if (mil_inputs_check(function, &why) < 0)
        return error_set(error, EXIT_UNSUPPORTED, "%s", why.text);
    for (int i = 0; i < settings->n_sets; i++) {
        bool is_there = false;
        for (int j = 0; j < function->n_inputs; j++)
            is_there = is_there || set_is_for(settings->sets[i], function->values[j].name);
        if (!is_there) {
            error_set(
                error, EXIT_USAGE, "--set %s: no such input; the program has", settings->sets[i]);
            for (int j = 0; j < function->n_inputs; j++)
                error_add(error, " %s", function->values[j].name);
            return -1;
        }
        const char *source = strchr(settings->sets[i], '=') + 1;
        if (strcmp(source, "zeros") != 0 && path_check(source, error) != 0)
            return -1;
    }
    return 0;
}
