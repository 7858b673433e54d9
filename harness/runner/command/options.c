/* SPDX-License-Identifier: MIT */
#include "runner/command/options.h"
#include "measure/suggest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_OPTIONS = 16 };

static int unknown_option(
    const char *option, const struct option_spec *specs, int n_specs, struct error *error) {
    const char *names[MOST_OPTIONS];
    for (int i = 0; i < n_specs; i++)
        names[i] = specs[i].name;
    error_set(error, EXIT_USAGE, "unknown option '%s'", option);
    const char *nearest = suggest_nearest(option, names, (size_t)n_specs);
    if (nearest != NULL)
        error_add(error, "; did you mean '%s'?", nearest);
    return -1;
}

static const struct option_spec *option_find(
    const char *text, size_t length, const struct option_spec *specs, int n_specs) {
    for (int i = 0; i < n_specs; i++)
        if (strlen(specs[i].name) == length && strncmp(specs[i].name, text, length) == 0)
            return &specs[i];
    return NULL;
}

int options_parse(
    int argc, char **argv, const struct option_spec *specs, int n_specs, struct error *error) {
    int n_operands = 0;
    bool only_operands = false;
    for (int i = 0; i < argc; i++) {
        char *word = argv[i];
        if (only_operands || word[0] != '-' || word[1] == '\0') {
            argv[n_operands++] = word;
            continue;
        }
        if (strcmp(word, "--") == 0) {
            only_operands = true;
            continue;
        }
        const char *equals = strchr(word, '=');
        size_t length = equals != NULL ? (size_t)(equals - word) : strlen(word);
        const struct option_spec *spec = option_find(word, length, specs, n_specs);
        if (spec == NULL)
            return unknown_option(word, specs, n_specs, error);
        if (spec->value == NULL) {
            if (equals != NULL)
                return error_set(error, EXIT_USAGE, "option '%s' takes no value", spec->name);
            *spec->is_set = true;
        } else if (equals != NULL) {
            *spec->value = equals + 1;
        } else if (i + 1 < argc) {
            *spec->value = argv[++i];
        } else {
            return error_set(error, EXIT_USAGE, "option '%s' needs a value", spec->name);
        }
    }
    return n_operands;
}

int options_u64(const char *option, const char *text, uint64_t *value, struct error *error) {
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0)
        return error_set(
            error, EXIT_USAGE, "option '%s' takes a whole number, not '%s'", option, text);
    *value = number;
    return 0;
}
