/* SPDX-License-Identifier: MIT
 *
 * What devices of Apple's frameworks say of the machine. Nothing that identifies it or its user.
 */
#ifndef ANEPROBE_DEVICE_APPLE_APPLE_PROPERTIES_H
#define ANEPROBE_DEVICE_APPLE_APPLE_PROPERTIES_H

#include "device/apple/apple_runtime.h"

void apple_properties(const struct apple_runtime *runtime, const struct device *device,
    bool is_standin, device_property_fn *put, void *context);

#endif
