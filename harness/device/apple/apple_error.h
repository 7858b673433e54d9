/* SPDX-License-Identifier: MIT
 *
 * A framework's errors as the device's.
 */
#ifndef ANEPROBE_DEVICE_APPLE_APPLE_ERROR_H
#define ANEPROBE_DEVICE_APPLE_APPLE_ERROR_H

#include "device/apple/apple_runtime.h"

/* Fills *error from an NSError (NULL: the call failed without one): domain, code, what it means, its
 * own text, and what else the framework tells. The status is that of the meaning, DEVICE_FAILED where
 * there is none. */
enum device_status apple_error_take(const struct apple_runtime *runtime, const void *ns_error,
    const char *selector, const char *stage, struct device_error *error);

#endif
