/* SPDX-License-Identifier: MIT
 *
 * The options that devices of Apple's frameworks share: mil=ios16|ios17|ios18, and stand-in, which
 * only the stand-in's variable sets.
 */
#ifndef ANEPROBE_DEVICE_APPLE_APPLE_OPTIONS_H
#define ANEPROBE_DEVICE_APPLE_APPLE_OPTIONS_H

#include "device/device.h"

struct apple_options {
    int mil_header; /* enum mil_header; -1 = by the system */
    bool standin;
};

/* Takes a word that is the device's own; false when it is not. */
typedef bool apple_word_fn(void *own, const char *word, size_t length);

/* `takes` is what the device's options are, for the message. Returns 0, or -1 and a usage error. */
int apple_options_parse(const char *kind, const char *takes, const char *text, apple_word_fn *take,
    void *own, struct apple_options *out, struct device_error *error);
/* KIND:OWN,stand-in,mil=H; `own` may be "". */
void apple_options_name(const char *kind, const char *own, const struct apple_options *options,
    char *name, size_t bytes);

/* The newest header that the system takes; `os` is "macOS 15.3 (...)". ios18 texts need macOS 15. */
enum mil_header apple_mil_header(const char *os);

#endif
