/* SPDX-License-Identifier: MIT
 *
 * The framework's errors as the device's.
 */
#ifndef ANEPROBE_DEVICE_ANE_ANE_ERROR_H
#define ANEPROBE_DEVICE_ANE_ANE_ERROR_H

#include "device/ane/ane_entry.h"

/* Fills *error from an NSError (NULL: the call failed without one): domain, code, what its message or else its
 * code means, the error's own text, and macOS 27's load stage and status. Its status is that of the
 * meaning (ane_error_words.h), DEVICE_FAILED where there is none. */
enum device_status ane_error_take(const struct ane_entry *e, const void *ns_error,
    const char *selector, const char *stage, struct device_error *error);

#endif
