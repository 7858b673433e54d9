/* SPDX-License-Identifier: MIT
 *
 * A program of the device with surfaces for one of its functions and a request of them: what
 * subjects and specimens have in common.
 */
#ifndef ANEPROBE_EXPERIMENT_BOUND_H
#define ANEPROBE_EXPERIMENT_BOUND_H

#include "device/device.h"

enum { BOUND_SLOTS_MAX = 16 }; /* inputs, or outputs, of one function */

struct bound_slot {
    struct device_layout layout;
    struct device_surface *surface;
};

/* Zeroed but for `device`, it is empty. `program` is set by its owner and freed by bound_free. */
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
/* Frees the request. Nothing to do, and fine, when it is not loaded. */
enum device_status bound_unload(struct bound *b, struct device_error *error);

/* Surfaces for a function of n_in inputs and n_out outputs, fp16 or fp32, in place of those before;
 * the request is freed. `exact` gives them as many bytes as the tensors take, not as many as the
 * device would rather have. */
enum device_status bound_surfaces_make(
    struct bound *b, int function, int n_in, int n_out, bool exact, struct device_error *error);
void bound_surfaces_free(struct bound *b);
/* A request of the surfaces that asks for `procedure`, in place of the one before. `weights_buffer`
 * may be NULL. */
enum device_status bound_request_make(struct bound *b, int procedure,
    struct device_surface *weights_buffer, struct device_error *error);

/* Sets every byte of the outputs to 0xFF, a NaN in fp16 and fp32 that no reference has. */
enum device_status bound_poison(struct bound *b, struct device_error *error);
/* One eval and nothing else. */
enum device_status bound_eval(struct bound *b, int qos, struct device_error *error);

/* How far elements are from those expected. Zeroed, it is of none. */
struct difference {
    double largest; /* of the expected ones that are finite */
    double worst;   /* the largest difference; infinite where one of a pair alone is not finite */
    bool has_other; /* an element is not 0 */
};
void difference_add(struct difference *d, const float *expected, const float *got, size_t n);

#endif
