/* SPDX-License-Identifier: MIT
 *
 * The identity of a program: SHA-256 over its text and weight files.
 */
#ifndef ANEPROBE_DEVICE_HOST_IDENTITY_H
#define ANEPROBE_DEVICE_HOST_IDENTITY_H

#include "device/device.h"
#include "measure/digest.h"

/* Hashes the text and each file's path and bytes, each preceded by its length, so that different
 * programs never give the same input. Returns 0, or -1 when out of memory. */
int identity_of(const struct device_source *source, unsigned char digest[DIGEST_BYTES]);

#endif
