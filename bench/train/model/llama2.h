/* SPDX-License-Identifier: MIT
 *
 * Model files of llama2.c (karpathy/llama2.c, its first format, without magic or version). Little
 * endian: seven int32 (dim, hidden, layers, heads, kv heads, vocabulary, positions), then fp32:
 * embedding, all rms_att, all wq, wk, wv, wo, all rms_ffn, all w1, w2, w3, rms_final, and two
 * tables of rotation (cosines, then sines; positions x head dim / 2 each) which old versions of
 * run.c use and new ones skip. A negative vocabulary means that a separate classifier follows.
 */
#ifndef ANEPROBE_TRAIN_LLAMA2_H
#define ANEPROBE_TRAIN_LLAMA2_H

#include "device/device.h"
#include "train/model/parameters.h"

enum llama2_use {
    LLAMA2_TRAIN,   /* the classifier must be the embedding, as the trainer ties them */
    LLAMA2_GENERATE /* it may be another */
};
/* Reads a model: shape and parameters, to be released with train_parameters_free. DEVICE_BROKEN and
 * the reason when the file is missing, too short or too long for its header, not a model, or not for this use. */
enum device_status llama2_read(const char *path, enum llama2_use use, struct train_parameters *out,
    struct device_error *error);

/* Writes a model that an unmodified run.c runs; biases have no place there, nor have another base or epsilon.
 * Replaces `path` atomically. */
enum device_status llama2_write(
    const char *path, const struct train_parameters *parameters, struct device_error *error);

#endif
