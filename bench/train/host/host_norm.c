/* SPDX-License-Identifier: MIT
 *
 * Loops run over the positions, which are contiguous.
 */
#include "train/host/host_norm.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

void host_norm_scales(const float *x, int channels, int positions, double epsilon, float *scale) {
    memset(scale, 0, (size_t)positions * sizeof *scale);
    for (int c = 0; c < channels; c++) {
        const float *row = x + (size_t)c * (size_t)positions;
        for (int s = 0; s < positions; s++)
            scale[s] += row[s] * row[s];
    }
    for (int s = 0; s < positions; s++)
        scale[s] = 1 / sqrtf(scale[s] / (float)channels + (float)epsilon);
}

void host_norm_apply(const float *x, const float *scale, const float *weight, int channels,
    int positions, float *y) {
    for (int c = 0; c < channels; c++) {
        size_t row = (size_t)c * (size_t)positions;
        for (int s = 0; s < positions; s++)
            y[row + (size_t)s] = x[row + (size_t)s] * scale[s] * weight[c];
    }
}

void host_norm_backward(const float *x, const float *scale, const float *weight, const float *dy,
    int channels, int positions, float *dots, float *dx, float *weight_gradient) {
    memset(dots, 0, (size_t)positions * sizeof *dots);
    for (int c = 0; c < channels; c++) {
        const float *x_row = x + (size_t)c * (size_t)positions;
        const float *dy_row = dy + (size_t)c * (size_t)positions;
        float sum = 0;
        for (int s = 0; s < positions; s++)
            dots[s] += weight[c] * dy_row[s] * x_row[s];
        for (int s = 0; s < positions; s++)
            sum += dy_row[s] * x_row[s] * scale[s];
        weight_gradient[c] += sum;
    }
    for (int s = 0; s < positions; s++)
        dots[s] *= scale[s] * scale[s] / (float)channels;
    for (int c = 0; c < channels; c++) {
        const float *x_row = x + (size_t)c * (size_t)positions;
        const float *dy_row = dy + (size_t)c * (size_t)positions;
        float *dx_row = dx + (size_t)c * (size_t)positions;
        for (int s = 0; s < positions; s++)
            dx_row[s] += scale[s] * (weight[c] * dy_row[s] - x_row[s] * dots[s]);
    }
}
