/* SPDX-License-Identifier: MIT
 *
 * The framework's errors in words.
 */
#ifndef ANEPROBE_DEVICE_ANE_ANE_ERROR_H
#define ANEPROBE_DEVICE_ANE_ANE_ERROR_H

#include "device/ane/ane_entry.h"

/* What a code of the domain com.apple.appleneuralengine means; NULL when unknown. Codes as
 * published by dev-erik/ANE, slavko-at-klincov-it/ANE-Training and sbryngelson/ANEForge. */
const char *ane_error_words(int code);

/* Fills *error from an NSError (NULL: the call failed without one): domain, code, what the code
 * means and the error's own text. DEVICE_UNSUPPORTED when the code says that this process or
 * machine may not do this (entitlements, virtual machines, an old system), else DEVICE_FAILED. */
enum device_status ane_error_take(const struct ane_entry *e, const void *ns_error,
    const char *selector, const char *stage, struct device_error *error);

#endif
