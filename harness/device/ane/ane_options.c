/* SPDX-License-Identifier: MIT */
#include "device/ane/ane_internal.h"

#include <string.h>

enum mil_header ane_mil_header(const char *architecture, const char *os) {
    return strncmp(architecture, "h13", 3) == 0 ? MIL_HEADER_IOS16 : apple_mil_header(os);
}

int ane_options_parse(const char *text, struct apple_options *out, struct device_error *error) {
    return apple_options_parse(
        "ane", "mil=ios16, mil=ios17 or mil=ios18", text, NULL, NULL, out, error);
}
