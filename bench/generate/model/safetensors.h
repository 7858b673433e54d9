/* SPDX-License-Identifier: MIT
 *
 * A safetensors file (huggingface/safetensors, README): eight bytes, little endian, with the length of a JSON
 * header; the header, an object that gives each tensor's dtype, shape and place in the data; the data.
 * Other names than "__metadata__" are tensors. The file is mapped, and nothing of the data is read
 * before it is asked for.
 */
#ifndef ANEPROBE_GENERATE_SAFETENSORS_H
#define ANEPROBE_GENERATE_SAFETENSORS_H

#include "device/device.h"

struct safetensors;

enum safetensors_dtype { SAFETENSORS_F32, SAFETENSORS_F16, SAFETENSORS_BF16, SAFETENSORS_OTHER };
enum { SAFETENSORS_RANK_MAX = 8 };

struct safetensors_tensor {
    const char *name;
    enum safetensors_dtype dtype;
    int rank;
    int64_t shape[SAFETENSORS_RANK_MAX];
    const void *data;
    size_t bytes;
};

/* DEVICE_BROKEN and the reason, with the tensor's name, when the file is missing or cut off, its header is not
 * what the format says, or tensors lie outside the data or over one another. */
enum device_status safetensors_open(
    const char *path, struct safetensors **out, struct device_error *error);
void safetensors_close(struct safetensors *file); /* NULL is allowed */

/* All of them; *n is their number. */
const struct safetensors_tensor *safetensors_tensors(const struct safetensors *file, size_t *n);
/* NULL when there is none with that name. */
const struct safetensors_tensor *safetensors_find(const struct safetensors *file, const char *name);
/* n elements from `first` on as floats; not of SAFETENSORS_OTHER. */
void safetensors_floats(
    const struct safetensors_tensor *tensor, size_t first, size_t n, float *out);

#endif
