/* SPDX-License-Identifier: MIT
 *
 * The writer of packages, loaded when a coreml device is opened.
 */
#ifndef ANEPROBE_DEVICE_COREML_COREML_PACKAGE_H
#define ANEPROBE_DEVICE_COREML_COREML_PACKAGE_H

#include "mil/package/package.h"

struct coreml_package_writer {
    int (*write)(const char *path, const struct mil_program *program,
        const struct mil_weights *weights, struct mil_error *error); /* mil_package_write */
    void *(*model)(const struct mil_program *program, const struct mil_weights *weights,
        size_t *bytes, struct mil_error *error); /* mil_package_model */
};

/* For the rest of the process. NULL and the reason when it cannot be loaded. */
const struct coreml_package_writer *coreml_package_load(char *why, size_t why_bytes);

#endif
