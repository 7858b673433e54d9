/* SPDX-License-Identifier: MIT
 *
 * RMSNorm on the host, in fp32, of [channels][positions].
 */
#ifndef ANEPROBE_TRAIN_HOST_NORM_H
#define ANEPROBE_TRAIN_HOST_NORM_H

/* scale[s] = 1 / sqrt(mean over c of x[c][s]^2 + epsilon). */
void host_norm_scales(const float *x, int channels, int positions, double epsilon, float *scale);

/* y = x * scale * weight */
void host_norm_apply(
    const float *x, const float *scale, const float *weight, int channels, int positions, float *y);

/* Backward from dy, the gradient of y: adds to dx, and to the weights' gradient. With r = scale:
 * dx = r (w dy - x r^2 / channels * sum over c of (w dy x)); dw = sum over s of (dy x r).
 * `dots` is room for `positions` floats. */
void host_norm_backward(const float *x, const float *scale, const float *weight, const float *dy,
    int channels, int positions, float *dots, float *dx, float *weight_gradient);

#endif
