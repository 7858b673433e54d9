/* SPDX-License-Identifier: MIT
 *
 * Normalisations other than layer_norm. In fp32, rounded at the end.
 */
#include "mil/eval/eval_ops.h"

#include <math.h>

static int64_t inner_elements(const struct mil_type *type, int from) {
    int64_t n = 1;
    for (int i = from; i < type->rank; i++)
        n *= type->dim[i];
    return n;
}

/* batch_norm uses the given statistics, instance_norm those of each channel. */
int eval_channel_norm(const struct eval_step *step) {
    const struct mil_type *type = op_result_type(step->ref);
    const union mil_cell *x = eval_operand(step, "x");
    const union mil_cell *means = eval_operand(step, "mean"),
                         *variances = eval_operand(step, "variance");
    const union mil_cell *gamma = eval_operand(step, "gamma"), *beta = eval_operand(step, "beta");
    float epsilon = op_float(step->ref, "epsilon", 1e-5f);
    int64_t n = inner_elements(type, 2);
    for (int64_t row = 0; row < type->dim[0] * type->dim[1]; row++) {
        int64_t channel = row % type->dim[1];
        float mean = 0, variance = 0;
        if (means) {
            mean = means[channel].f;
            variance = variances[channel].f;
        } else {
            for (int64_t i = 0; i < n; i++)
                mean += x[row * n + i].f;
            mean /= (float)n;
            for (int64_t i = 0; i < n; i++)
                variance += (x[row * n + i].f - mean) * (x[row * n + i].f - mean);
            variance /= (float)n;
        }
        float scale = 1 / sqrtf(variance + epsilon);
        for (int64_t i = 0; i < n; i++) {
            float value = (x[row * n + i].f - mean) * scale;
            if (gamma)
                value *= gamma[channel].f;
            if (beta)
                value += beta[channel].f;
            step->out[row * n + i].f = eval_round(type->dtype, value);
        }
    }
    return 0;
}

/* Over the last three axes together. */
int eval_l2_norm(const struct eval_step *step) {
    const struct mil_type *type = op_result_type(step->ref);
    const union mil_cell *x = eval_operand(step, "x");
    float epsilon = op_float(step->ref, "epsilon", 1e-6f);
    if (type->rank < 3)
        return mil_fail(step->error, step->ref.op->place, "l2_norm: x must have at least 3 axes");
    int64_t n = inner_elements(type, type->rank - 3);
    for (int64_t row = 0; row < mil_type_elements(type); row += n) {
        float squares = 0;
        for (int64_t i = 0; i < n; i++)
            squares += x[row + i].f * x[row + i].f;
        for (int64_t i = 0; i < n; i++)
            step->out[row + i].f = eval_round(type->dtype, x[row + i].f / sqrtf(squares + epsilon));
    }
    return 0;
}

/* By the squares of `size` neighbouring channels. */
int eval_local_response_norm(const struct eval_step *step) {
    const struct mil_type *type = op_result_type(step->ref);
    const union mil_cell *x = eval_operand(step, "x");
    int64_t size = op_int(step->ref, "size", 1), channels = type->rank > 1 ? type->dim[1] : 1;
    double alpha = op_number(step->ref, "alpha", 1e-4), beta = op_number(step->ref, "beta", 0.75);
    double k = op_number(step->ref, "k", 1);
    int64_t plane = inner_elements(type, 2);
    if (size < 1)
        return mil_fail(step->error, step->ref.op->place,
            "local_response_norm: size is %d; it must be at least 1", (int)size);
    for (int64_t i = 0; i < mil_type_elements(type); i++) {
        int64_t channel = i / plane % channels, first = channel - size / 2;
        double squares = 0;
        for (int64_t c = first < 0 ? 0 : first; c < first + size && c < channels; c++) {
            double here = (double)x[i + (c - channel) * plane].f;
            squares += here * here;
        }
        step->out[i].f = eval_round(
            type->dtype, (float)((double)x[i].f / pow(k + alpha / (double)size * squares, beta)));
    }
    return 0;
}
