/* SPDX-License-Identifier: MIT
 *
 * What the framework's codes, statuses and messages mean, in words that say what to do.
 */
#ifndef ANEPROBE_DEVICE_ANE_ANE_ERROR_WORDS_H
#define ANEPROBE_DEVICE_ANE_ANE_ERROR_WORDS_H

#include "device/apple/apple_runtime.h"

/* A code of the domain com.apple.appleneuralengine, or a status of the engine in its place; NULL when
 * unknown. */
const struct apple_error_meaning *ane_error_of_code(int code);
/* A status of the engine beneath a code, as macOS 27's errors have it; NULL when unknown. */
const struct apple_error_meaning *ane_error_of_status(int status);
/* A message of macOS 27, wherever it stands in the text; NULL when there is none. */
const struct apple_error_meaning *ane_error_of_text(const char *text);

#endif
