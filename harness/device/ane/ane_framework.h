/* SPDX-License-Identifier: MIT
 *
 * Apple's private framework, as a table.
 */
#ifndef ANEPROBE_DEVICE_ANE_ANE_FRAMEWORK_H
#define ANEPROBE_DEVICE_ANE_ANE_FRAMEWORK_H

#include "device/ane/ane_selectors.h"
#include "device/apple/apple_runtime.h"

enum ane_selector {
#define ANE_NAME(name, ...) ANE_##name,
    ANE_SELECTORS(ANE_NAME)
#undef ANE_NAME
        ANE_SELECTOR_COUNT
};

extern const struct apple_framework ane_framework;

#endif
