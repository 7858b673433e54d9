/* SPDX-License-Identifier: MIT */
#include "device/coreml/coreml_internal.h"

#include <stdio.h>
#include <string.h>

static const char *const units_names[] = {[COREML_UNITS_CPU] = "cpu",
    [COREML_UNITS_GPU] = "gpu",
    [COREML_UNITS_ALL] = "all",
    [COREML_UNITS_NE] = "ne"};

static bool word_is(const char *word, size_t length, const char *option) {
    return strlen(option) == length && memcmp(option, word, length) == 0;
}

static bool word_take(void *own, const char *word, size_t length) {
    struct coreml_options *out = own;
    for (size_t i = 0; i < sizeof units_names / sizeof *units_names; i++)
        if (word_is(word, length, units_names[i])) {
            out->units = (enum coreml_units)i;
            return true;
        }
    if (word_is(word, length, "io=copy"))
        return out->copies = true;
    return word_is(word, length, "model=memory") && (out->in_memory = true);
}

int coreml_options_parse(const char *text, struct coreml_options *out, struct device_error *error) {
    *out = (struct coreml_options){.units = COREML_UNITS_NE};
    return apple_options_parse("coreml",
        "ne, gpu, cpu or all, io=copy, model=memory, and mil=ios16, mil=ios17 or mil=ios18", text,
        word_take, out, &out->apple, error);
}

void coreml_options_name(const struct coreml_options *options, char *name, size_t bytes) {
    char own[40];
    snprintf(own, sizeof own, "%s%s%s", units_names[options->units],
        options->copies ? ",io=copy" : "", options->in_memory ? ",model=memory" : "");
    apple_options_name("coreml", own, &options->apple, name, bytes);
}
