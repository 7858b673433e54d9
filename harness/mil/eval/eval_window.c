/* SPDX-License-Identifier: MIT
 *
 * Sliding windows over one to three axes: convolutions and pooling. Sums in fp32, in index order,
 * rounded once at the end.
 */
#include "mil/eval/eval_ops.h"
#include "mil/type.h"

#include <math.h>
#include <string.h>

static void split(int64_t i, const int64_t size[3], int64_t at[3]) {
    for (int a = 2; a >= 0; a--) {
        at[a] = i % size[a];
        i /= size[a];
    }
}

/* The input position under element `k` of the kernel at output `o`; -1 outside. */
static int64_t input_at(const struct op_window *w, const int64_t o[3], const int64_t k[3]) {
    int64_t at = 0;
    for (int a = 0; a < 3; a++) {
        int64_t i = o[a] * w->stride[a] - w->before[a] + k[a] * w->dilation[a];
        if (i < 0 || i >= w->in[a])
            return -1;
        at = at * w->in[a] + i;
    }
    return at;
}

static float conv_at(const struct op_window *w, const union mil_cell *x,
    const union mil_cell *weight, const int64_t o[3]) {
    int64_t plane = op_window_product(w->in), taps = op_window_product(w->kernel), k[3];
    float sum = 0;
    for (int64_t c = 0; c < w->in_channels / w->groups; c++)
        for (int64_t t = 0; t < taps; t++) {
            split(t, w->kernel, k);
            int64_t at = input_at(w, o, k);
            if (at >= 0)
                sum += weight[c * taps + t].f * x[c * plane + at].f;
        }
    return sum;
}

bool eval_streams(struct op_ref ref, const struct mil_arg *arg) {
    const struct mil_literal *literal =
        ref.op->code == MIL_OP_CONV && strcmp(arg->name, "weight") == 0
            ? mil_value_literal(ref.function, arg->values[0])
            : NULL;
    if (!literal || !literal->blob_path || literal->type->dtype != MIL_FP16)
        return false;
    const struct op_window w = op_window(ref);
    return op_window_is_matmul(&w);
}

/* weight[out_channels,in_channels] in[in_channels,plane] */
static int conv_product(const struct eval_step *step, const struct op_window *w,
    const union mil_cell *weight, const union mil_cell *in, float *out) {
    const int64_t plane = op_window_product(w->in);
    const struct eval_matrix b = {in, plane, 1};
    if (weight) {
        eval_gemm(w->out_channels, plane, w->in_channels,
            (struct eval_matrix){weight, w->in_channels, 1}, b, out);
        return 0;
    }
    struct mil_blob blob;
    const struct mil_arg *arg = mil_op_arg(step->ref.op, "weight");
    if (mil_literal_blob(mil_value_literal(step->ref.function, arg->values[0]), step->weights,
            &blob, step->error) != 0)
        return -1;
    return eval_gemm_halves(w->out_channels, plane, w->in_channels, blob.data, b, out) == 0
               ? 0
               : mil_fail(step->error, step->ref.op->place, "out of memory");
}

int eval_conv(const struct eval_step *step) {
    enum mil_dtype dtype = op_result_type(step->ref)->dtype;
    const union mil_cell *x = eval_operand(step, "x"), *weight = eval_operand(step, "weight");
    const union mil_cell *bias = eval_operand(step, "bias");
    struct op_window w = op_window(step->ref);
    int64_t plane = op_window_product(w.in), out_plane = op_window_product(w.out), o[3];
    int64_t group_in = w.in_channels / w.groups, filter = group_in * op_window_product(w.kernel);
    for (int64_t b = 0; b < w.batch; b++) {
        union mil_cell *out = step->out + b * w.out_channels * out_plane;
        const union mil_cell *in = x + b * w.in_channels * plane;
        if (op_window_is_matmul(&w) && conv_product(step, &w, weight, in, &out->f) != 0)
            return -1;
        for (int64_t c = 0; c < w.out_channels; c++) {
            int64_t group = c / (w.out_channels / w.groups);
            for (int64_t s = 0; s < out_plane; s++) {
                float *y = &out[c * out_plane + s].f;
                split(s, w.out, o);
                if (!op_window_is_matmul(&w))
                    *y = conv_at(&w, in + group * group_in * plane, weight + c * filter, o);
                *y = eval_round(dtype, *y + (bias ? bias[c].f : 0));
            }
        }
    }
    return 0;
}

/* Each input element adds its product with the kernel to the result; here per element of the
 * result. */
static float transposed_at(const struct op_window *w, const union mil_cell *x,
    const union mil_cell *weight, int64_t group, int64_t channel, const int64_t o[3]) {
    int64_t plane = op_window_product(w->in), taps = op_window_product(w->kernel), k[3];
    int64_t group_in = w->in_channels / w->groups, group_out = w->out_channels / w->groups;
    float sum = 0;
    for (int64_t c = 0; c < group_in; c++)
        for (int64_t t = 0; t < taps; t++) {
            int64_t at = 0;
            bool inside = true;
            split(t, w->kernel, k);
            for (int a = 0; a < 3; a++) {
                int64_t i = o[a] + w->before[a] - k[a] * w->dilation[a];
                inside = inside && i >= 0 && i % w->stride[a] == 0 && i / w->stride[a] < w->in[a];
                at = at * w->in[a] + i / w->stride[a];
            }
            if (inside)
                sum += weight[((group * group_in + c) * group_out + channel) * taps + t].f *
                       x[(group * group_in + c) * plane + at].f;
        }
    return sum;
}

int eval_conv_transpose(const struct eval_step *step) {
    enum mil_dtype dtype = op_result_type(step->ref)->dtype;
    const union mil_cell *x = eval_operand(step, "x"), *weight = eval_operand(step, "weight");
    const union mil_cell *bias = eval_operand(step, "bias");
    struct op_window w = op_window(step->ref);
    int64_t plane = op_window_product(w.in), out_plane = op_window_product(w.out), o[3];
    int64_t group_out = w.out_channels / w.groups;
    for (int64_t i = 0; i < w.batch * w.out_channels * out_plane; i++) {
        int64_t channel = i / out_plane % w.out_channels, b = i / out_plane / w.out_channels;
        split(i % out_plane, w.out, o);
        float sum = transposed_at(
            &w, x + b * w.in_channels * plane, weight, channel / group_out, channel % group_out, o);
        step->out[i].f = eval_round(dtype, sum + (bias ? bias[channel].f : 0));
    }
    return 0;
}

/* The kernel elements that lie within the input and its padding. */
static int64_t taps_padded(const struct op_window *w, const int64_t o[3]) {
    int64_t n = 1;
    for (int a = 0; a < 3; a++) {
        int64_t from = o[a] * w->stride[a], most = w->before[a] + w->in[a] + w->after[a] - from;
        n *= w->kernel[a] < most ? w->kernel[a] : most;
    }
    return n;
}

int eval_pool(const struct eval_step *step) {
    enum mil_dtype dtype = op_result_type(step->ref)->dtype;
    const union mil_cell *x = eval_operand(step, "x");
    enum mil_opcode code = step->ref.op->code;
    bool inside_only = op_bool(step->ref, "exclude_padding_from_average", false);
    struct op_window w = op_window(step->ref);
    int64_t plane = op_window_product(w.in), out_plane = op_window_product(w.out),
            taps = op_window_product(w.kernel);
    int64_t o[3], k[3];
    for (int64_t i = 0; i < w.batch * w.in_channels * out_plane; i++) {
        const union mil_cell *in = x + i / out_plane * plane;
        float sum = 0, max = -INFINITY;
        int64_t n = 0;
        split(i % out_plane, w.out, o);
        for (int64_t t = 0; t < taps; t++) {
            split(t, w.kernel, k);
            int64_t at = input_at(&w, o, k);
            if (at < 0)
                continue;
            n++;
            sum += code == MIL_OP_L2_POOL ? in[at].f * in[at].f : in[at].f;
            max = in[at].f > max || isnan(in[at].f) ? in[at].f : max;
        }
        if (code == MIL_OP_AVG_POOL)
            sum /= (float)(inside_only ? n : taps_padded(&w, o));
        step->out[i].f = eval_round(dtype, code == MIL_OP_MAX_POOL  ? max
                                           : code == MIL_OP_L2_POOL ? sqrtf(sum)
                                                                    : sum);
    }
    return 0;
}
