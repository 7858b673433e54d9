/* SPDX-License-Identifier: MIT
 *
 * A function of a loaded program, once on a device.
 */
#ifndef ANEPROBE_TESTS_ON_DEVICE_H
#define ANEPROBE_TESTS_ON_DEVICE_H

#include "device/device.h"
#include "mil/mil.h"

enum { ON_DEVICE_SURFACES = 16 };

/* From and to arrays as mil_eval takes them; states are inputs, and are not read back. A surface that is not written
 * to is all ones. */
enum device_status on_device_run(struct device *d, struct device_program *program, int number,
    const struct mil_function *f, const void *const *inputs, void *const *outputs,
    struct device_error *error);

#endif
