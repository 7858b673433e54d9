/* SPDX-License-Identifier: MIT
 *
 * Arrays in NumPy's .npy files, versions 1 to 3 (numpy.lib.format).
 */
#ifndef ANEPROBE_BENCH_FILE_NPY_H
#define ANEPROBE_BENCH_FILE_NPY_H

#include "base/error.h"
#include "mil/mil.h"

/* Reads the array into `elements`, dense memory of `type`. Its shape must be the type's; floats of
 * 16, 32 or 64 bits are rounded to the type, integers must fit it. Returns 0, or -1 and *error. */
int npy_read(const char *path, const struct mil_type *type, void *elements, struct error *error);

#endif
