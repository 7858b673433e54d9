/* SPDX-License-Identifier: MIT */
#include "device/coreml/coreml_internal.h"

#include <stdio.h>
#include <string.h>

static const char *const units_names[] = {[COREML_UNITS_CPU] = "cpu",
    [COREML_UNITS_GPU] = "gpu",
    [COREML_UNITS_ALL] = "all",
    [COREML_UNITS_NE] = "ne"};

static bool word_take(void *own, const char *word, size_t length) {
    struct coreml_options *out = own;
    for (size_t i = 0; i < sizeof units_names / sizeof *units_names; i++)
        if (strlen(units_names[i]) == length && memcmp(units_names[i], word, length) == 0) {
            out->units = (enum coreml_units)i;
            return true;
        }
    out->copies |= length == strlen("io=copy") && memcmp(word, "io=copy", length) == 0;
    return out->copies && word[0] == 'i';
}

int coreml_options_parse(const char *text, struct coreml_options *out, struct device_error *error) {
    *out = (struct coreml_options){.units = COREML_UNITS_NE};
    return apple_options_parse("coreml",
        "ne, gpu, cpu or all, io=copy, and mil=ios16, mil=ios17 or mil=ios18", text, word_take, out,
        &out->apple, error);
}

void coreml_options_name(const struct coreml_options *options, char *name, size_t bytes) {
    char own[24];
    snprintf(
        own, sizeof own, "%s%s", units_names[options->units], options->copies ? ",io=copy" : "");
    apple_options_name("coreml", own, &options->apple, name, bytes);
}
