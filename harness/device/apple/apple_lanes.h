/* SPDX-License-Identifier: MIT
 *
 * Evals side by side: a thread for each lane, which sends the same messages as a single eval. That the
 * private framework takes them from several threads is what its users do (751K's M6 study,
 * ane-guide); of Core ML it is documented.
 */
#ifndef ANEPROBE_DEVICE_APPLE_APPLE_LANES_H
#define ANEPROBE_DEVICE_APPLE_APPLE_LANES_H

#include "device/device.h"

/* For a device's table. */
enum device_status apple_eval_lanes(struct device *device, const struct device_lane *lanes,
    int n_lanes, int n_evals, int qos, struct device_error *error);

#endif
