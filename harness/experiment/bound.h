/* SPDX-License-Identifier: MIT
 *
 * A device's program with surfaces for one of its functions and a request on them: the common part
 * of subjects and specimens.
 */
#ifndef ANEPROBE_EXPERIMENT_BOUND_H
#define ANEPROBE_EXPERIMENT_BOUND_H

#include "device/device.h"

enum { BOUND_SLOTS_MAX = 512 }; /* inputs, or outputs, of one function */

struct bound_slot {
    struct device_layout layout;
    struct device_surface *surface;
};

/* Empty when all but `device` is zero. `program` is set by its owner and freed by bound_free. */
struct bound {
    struct device *device;
    struct device_program *program;
    bool loaded;
    struct bound_slot in[BOUND_SLOTS_MAX], out[BOUND_SLOTS_MAX];
    int n_in, n_out;
    struct device_request *request;
};

void bound_free(struct bound *b); /* request, surfaces, program */

enum device_status bound_load(struct bound *b, int qos, struct device_error *error);
/* Frees the request. Does nothing when it is not loaded. */
enum device_status bound_unload(struct bound *b, struct device_error *error);

/* Creates surfaces for a function of n_in inputs and n_out outputs, fp16 or fp32, replacing earlier
 * ones; the request is freed. With `exact` they have exactly the tensors' bytes, not the size that
 * the device prefers. */
enum device_status bound_surfaces_make(
    struct bound *b, int function, int n_in, int n_out, bool exact, struct device_error *error);
void bound_surfaces_free(struct bound *b);
/* Creates a request on the surfaces for `procedure`, replacing the earlier one. `weights_buffer`
 * may be NULL. */
enum device_status bound_request_make(struct bound *b, int procedure,
    struct device_surface *weights_buffer, struct device_error *error);

/* Sets every byte of the outputs to 0xFF, a NaN in fp16 and fp32 that no reference has. */
enum device_status bound_poison(struct bound *b, struct device_error *error);
/* Only one eval. */
enum device_status bound_eval(struct bound *b, int qos, struct device_error *error);

/* How far elements are from the expected ones. All zero: of no elements. */
struct difference {
    double largest; /* the largest of the finite expected ones */
    double worst;   /* the largest difference; infinite when only one of a pair is finite */
    bool has_other; /* an element is not 0 */
};
void difference_add(struct difference *d, const float *expected, const float *got, size_t n);

#endif
