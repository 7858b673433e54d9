/* SPDX-License-Identifier: MIT */
#include "base/environment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int environment_set(struct environment *environment, const char *name, const char *value) {
    const size_t n_name = strlen(name), n_bytes = n_name + strlen(value) + 2;
    char *text = malloc(n_bytes);
    int at = 0;
    while (at < environment->n && (strncmp(environment->list[at], name, n_name) != 0 ||
                                      environment->list[at][n_name] != '='))
        at++;
    if (!text || at == ENVIRONMENT_MAX) {
        free(text);
        return -1;
    }
    snprintf(text, n_bytes, "%s=%s", name, value);
    free(environment->list[at]);
    environment->list[at] = text;
    environment->n += at == environment->n;
    return 0;
}

int environment_make(struct environment *environment) {
    static const char *const kept[] = {"PATH", "TMPDIR", "DEVELOPER_DIR", "SDKROOT"};
    *environment = (struct environment){.n = 0};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        const char *value = getenv(kept[i]);
        if (value && environment_set(environment, kept[i], value) != 0)
            return -1;
    }
    return environment_set(environment, "LC_ALL", "C");
}

void environment_free(struct environment *environment) {
    for (int i = 0; i < environment->n; i++)
        free(environment->list[i]);
    *environment = (struct environment){.n = 0};
}
