/* SPDX-License-Identifier: MIT
 *
 * Manifest.json of a model package: it says which item is the model (apple/coremltools,
 * modelpackage/src/ModelPackage.cpp).
 */
#ifndef ANEPROBE_MIL_PACKAGE_MANIFEST_H
#define ANEPROBE_MIL_PACKAGE_MANIFEST_H

#include "mil/hash.h"
#include "mil/mil.h"

#include <stddef.h>

enum { MANIFEST_MAX_BYTES = 1 << 20 };

/* The model's path below Data/, as written, to free(); NULL and *error on failure. */
char *manifest_model_path(const char *json, size_t bytes, struct mil_error *error);

/* A manifest for a model at com.apple.CoreML/model.mlmodel with weights beside it. The identifiers
 * are derived from `content`, so that the same model makes the same bytes. NULL when out of memory.
 */
char *manifest_write(bool has_weights, struct mil_hash content);

#endif
