/* SPDX-License-Identifier: MIT
 *
 * The writer of packages, loaded when a coreml device is opened.
 */
#ifndef ANEPROBE_DEVICE_COREML_COREML_PACKAGE_H
#define ANEPROBE_DEVICE_COREML_COREML_PACKAGE_H

#include "mil/package/package.h"

/* mil_package_write */
typedef int coreml_package_write(const char *path, const struct mil_program *program,
    const struct mil_weights *weights, struct mil_error *error);

/* For the rest of the process. NULL and the reason when it cannot be loaded. */
coreml_package_write *coreml_package_load(char *why, size_t why_bytes);

#endif
