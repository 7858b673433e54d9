/* SPDX-License-Identifier: MIT */
#include "device/apple/apple_options.h"

#include "device/apple/apple_entry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum mil_header apple_mil_header(const char *os) {
    int version = 0;
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

static int unknown(const char *kind, const char *word, size_t length, const char *takes,
    struct device_error *error) {
    char text[300];
    snprintf(text, sizeof text, "%s has no option '%.*s'; it takes %s", kind,
        length < 40 ? (int)length : 40, word, takes);
    (void)device_error_usage(error, text);
    return -1;
}

static int standin_absent(const char *kind, struct device_error *error) {
    char text[120];
    snprintf(text, sizeof text,
        "%s:stand-in needs the stand-in's library in " APPLE_STANDIN_VARIABLE, kind);
    (void)device_error_usage(error, text);
    return -1;
}

int apple_options_parse(const char *kind, const char *takes, const char *text, apple_word_fn *take,
    void *own, struct apple_options *out, struct device_error *error) {
    const char *standin = getenv(APPLE_STANDIN_VARIABLE);
    *out = (struct apple_options){.mil_header = -1, .standin = standin && standin[0] != '\0'};
    for (const char *word = text; *word != '\0';) {
        size_t length = strcspn(word, ",");
        char value[16];
        bool understood;
        if (length == strlen("stand-in") && strncmp(word, "stand-in", length) == 0) {
            if (!out->standin)
                return standin_absent(kind, error);
            understood = true;
        } else if (word_is(word, length, "mil=", value)) {
            out->mil_header = mil_header_find(value);
            understood = out->mil_header >= 0;
        } else {
            understood = take && take(own, word, length);
        }
        if (!understood)
            return unknown(kind, word, length, takes, error);
        word += length;
        if (*word == ',' && *++word == '\0')
            return unknown(kind, "", 0, takes, error);
    }
    return 0;
}

void apple_options_name(const char *kind, const char *own, const struct apple_options *options,
    char *name, size_t bytes) {
    const char *words[3] = {own, options->standin ? "stand-in" : "", ""};
    char mil[16];
    if (options->mil_header >= 0) {
        snprintf(mil, sizeof mil, "mil=%s", mil_header_name((enum mil_header)options->mil_header));
        words[2] = mil;
    }
    int n = snprintf(name, bytes, "%s", kind);
    char separator = ':';
    for (int i = 0; i < 3; i++)
        if (words[i][0] != '\0') {
            n += snprintf(name + n, bytes - (size_t)n, "%c%s", separator, words[i]);
            separator = ',';
        }
}
