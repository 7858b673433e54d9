/* SPDX-License-Identifier: MIT
 *
 * Core ML, as a table.
 */
#ifndef ANEPROBE_DEVICE_COREML_COREML_FRAMEWORK_H
#define ANEPROBE_DEVICE_COREML_COREML_FRAMEWORK_H

#include "device/apple/apple_runtime.h"
#include "device/coreml/coreml_selectors.h"

enum coreml_selector {
#define COREML_NAME(name, ...) COREML_##name,
    COREML_SELECTORS(COREML_NAME)
#undef COREML_NAME
        COREML_SELECTOR_COUNT
};

extern const struct apple_framework coreml_framework;

#endif
