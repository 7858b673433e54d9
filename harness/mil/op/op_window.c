/* SPDX-License-Identifier: MIT
 *
 * Windows that slide over one to three axes: convolutions and pooling.
 */
#include "mil/op/op_args.h"

#include <string.h>

static int64_t setting_at(struct op_ref ref, const char *name, int i, int64_t absent) {
    const int32_t *ints = op_ints(ref, name, NULL);
    return ints ? ints[i] : absent;
}

/* The padding of an axis: as given, or shared between both ends, the odd element after (same) or
 * before (same_lower). */
static void pad(struct op_ref ref, struct op_window *w, int axis, int from) {
    const char *pad_type = op_string(ref, "pad_type", "valid");
    bool transposed = ref.op->code == MIL_OP_CONV_TRANSPOSE;
    int64_t in = transposed ? w->out[axis] : w->in[axis];
    int64_t steps = transposed ? w->in[axis] : (in + w->stride[axis] - 1) / w->stride[axis];
    int64_t total =
        (steps - 1) * w->stride[axis] + (w->kernel[axis] - 1) * w->dilation[axis] + 1 - in;
    if (strcmp(pad_type, "custom") == 0) {
        w->before[axis] = setting_at(ref, "pad", from * 2, 0);
        w->after[axis] = setting_at(ref, "pad", from * 2 + 1, 0);
    } else if (strncmp(pad_type, "same", 4) == 0 && total > 0) {
        w->before[axis] = strcmp(pad_type, "same_lower") == 0 ? (total + 1) / 2 : total / 2;
        w->after[axis] = total - w->before[axis];
    }
}

struct op_window op_window(struct op_ref ref) {
    const struct mil_type *x = op_type(ref, "x"), *y = op_result_type(ref);
    const struct mil_type *weight = op_type(ref, "weight");
    struct op_window w = {.batch = x->dim[0],
        .groups = op_int(ref, "groups", 1),
        .in_channels = x->dim[1],
        .out_channels = y->dim[1]};
    for (int a = 0; a < OP_WINDOW_AXES; a++) {
        int from = a - (OP_WINDOW_AXES - (x->rank - 2));
        w.in[a] = w.out[a] = w.kernel[a] = w.stride[a] = w.dilation[a] = 1;
        if (from < 0)
            continue;
        w.in[a] = x->dim[2 + from];
        w.out[a] = y->dim[2 + from];
        w.kernel[a] = weight ? weight->dim[2 + from] : setting_at(ref, "kernel_sizes", from, 1);
        w.stride[a] = setting_at(ref, "strides", from, 1);
        w.dilation[a] = setting_at(ref, "dilations", from, 1);
        pad(ref, &w, a, from);
    }
    return w;
}

int64_t op_window_product(const int64_t size[OP_WINDOW_AXES]) {
    return size[0] * size[1] * size[2];
}

bool op_window_is_matmul(const struct op_window *w) {
    return w->groups == 1 && op_window_product(w->kernel) == 1 &&
           op_window_product(w->stride) == 1 &&
           op_window_product(w->out) == op_window_product(w->in); /* so nothing is padded */
}
