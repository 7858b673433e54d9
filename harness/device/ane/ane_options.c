/* SPDX-License-Identifier: MIT */
#include "device/ane/ane_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum mil_header ane_mil_header(const char *architecture, const char *os) {
    int version = 0;
    if (strncmp(architecture, "h13", 3) == 0)
        return MIL_HEADER_IOS16;
    if (sscanf(os, "macOS %4d", &version) != 1 || version >= 15)
        return MIL_HEADER_IOS18;
    return version == 14 ? MIL_HEADER_IOS17 : MIL_HEADER_IOS16;
}

/* Whether the word of this length is KEY=VALUE with this key; *value is then the rest. */
static bool word_is(const char *word, size_t length, const char *key, char value[16]) {
    size_t n = strlen(key);
    if (length <= n || length - n >= 16 || strncmp(word, key, n) != 0)
        return false;
    memcpy(value, word + n, length - n);
    value[length - n] = '\0';
    return true;
}

static int unknown(const char *word, size_t length, struct device_error *error) {
    char text[200];
    snprintf(text, sizeof text,
        "ane has no option `%.*s`; it takes mil=ios16, mil=ios17 or mil=ios18",
        length < 40 ? (int)length : 40, word);
    (void)device_error_usage(error, text);
    return -1;
}

int ane_options_parse(const char *text, struct ane_options *out, struct device_error *error) {
    *out = (struct ane_options){.mil_header = -1};
    const char *standin = getenv(ANE_STANDIN_VARIABLE);
    out->standin = standin && standin[0] != '\0';
    for (const char *word = text; *word != '\0';) {
        size_t length = strcspn(word, ",");
        char value[16];
        bool understood = false;
        if (length == strlen("stand-in") && strncmp(word, "stand-in", length) == 0) {
            if (!out->standin) {
                (void)device_error_usage(
                    error, "ane:stand-in needs the stand-in's library in " ANE_STANDIN_VARIABLE);
                return -1;
            }
            understood = true;
        } else if (word_is(word, length, "mil=", value)) {
            out->mil_header = mil_header_find(value);
            understood = out->mil_header >= 0;
        }
        if (!understood)
            return unknown(word, length, error);
        word += length;
        if (*word == ',' && *++word == '\0')
            return unknown("", 0, error);
    }
    return 0;
}

void ane_options_name(const struct ane_options *options, char *name, size_t bytes) {
    char separator = ':';
    int n = snprintf(name, bytes, "ane");
    if (options->standin) {
        n += snprintf(name + n, bytes - (size_t)n, "%cstand-in", separator);
        separator = ',';
    }
    if (options->mil_header >= 0)
        snprintf(name + n, bytes - (size_t)n, "%cmil=%s", separator,
            mil_header_name((enum mil_header)options->mil_header));
}
