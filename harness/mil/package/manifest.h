/* SPDX-License-Identifier: MIT
 *
 * Manifest.json of a model package: which of its items is the model (apple/coremltools,
 * modelpackage/src/ModelPackage.cpp).
 */
#ifndef ANEPROBE_MIL_PACKAGE_MANIFEST_H
#define ANEPROBE_MIL_PACKAGE_MANIFEST_H

#include "mil/hash.h"
#include "mil/mil.h"

#include <stddef.h>

enum { MANIFEST_MAX_BYTES = 1 << 20 };

/* The model's path below Data/, as it is written there, to free(); NULL and *error. */
char *manifest_model_path(const char *json, size_t bytes, struct mil_error *error);

/* A manifest for a model at com.apple.CoreML/model.mlmodel, and weights beside it. The identifiers
 * follow from `content`, so that the same model makes the same bytes. NULL when memory is out. */
char *manifest_write(bool has_weights, struct mil_hash content);

#endif
