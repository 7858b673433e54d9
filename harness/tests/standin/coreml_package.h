/* SPDX-License-Identifier: MIT
 *
 * Packages and compiled models on disk, read by the suite's own reader. Plain C.
 */
#ifndef ANEPROBE_TESTS_STANDIN_COREML_PACKAGE_H
#define ANEPROBE_TESTS_STANDIN_COREML_PACKAGE_H

#include <stddef.h>

struct engine_program;

/* Makes a new .mlmodelc in the temporary directory of a package: model.mil and the weights. 0, and its
 * path; or -1, and why. */
int coreml_package_compile(
    const char *package, char *out, size_t out_bytes, char *why, size_t why_bytes);
/* A compiled model as a program, or NULL, and why. */
struct engine_program *coreml_package_program(const char *compiled, char *why, size_t why_bytes);

#endif
