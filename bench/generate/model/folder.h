/* SPDX-License-Identifier: MIT
 *
 * A model as Hugging Face keeps it: a folder with config.json and model.safetensors, or several such files
 * ("shards") that model.safetensors.index.json lists. Llama's layers (model_type "llama", or "qwen2", which has biases
 * of queries, keys and values): grouped heads, own or tied classifier, base of the rotation, epsilon; weights in
 * fp16, bf16 or fp32.
 */
#ifndef ANEPROBE_GENERATE_FOLDER_H
#define ANEPROBE_GENERATE_FOLDER_H

#include "device/device.h"
#include "train/model/parameters.h"

/* The model in fp32, to be released with train_parameters_free: its queries and keys in the order of
 * llama2.c, where a rotated pair are neighbours, and with shape.seq at most `positions`. DEVICE_BROKEN and the reason,
 * with file and tensor or key, when a file is missing or damaged, when config.json asks for something that
 * is not supported here, and when it and the tensors contradict each other; nothing is allocated for weights
 * before all tensors were found. */
enum device_status folder_read(
    const char *path, int32_t positions, struct train_parameters *out, struct device_error *error);

#endif
