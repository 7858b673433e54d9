/* SPDX-License-Identifier: MIT */
#include "runner/run/manifest.h"
#include "base/suggest.h"
#include "base/files.h"
#include "base/place.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Names become file names and command-line words. */
static bool name_is_plain(const char *name) {
    return name[0] != '\0' && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name);
}

/* A path of the list is relative to the list's folder. */
static char *experiment_path(const char *list, const char *path) {
    const char *slash = strrchr(list, '/');
    if (path[0] == '/' || slash == NULL)
        return strdup(path);
    char *folder = strndup(list, (size_t)(slash - list));
    char *whole = folder != NULL ? path_join(folder, path) : NULL;
    free(folder);
    return whole;
}

static int manifest_fill(struct manifest *m, const char *path, struct error *error) {
    int name = csv_column(m->table, "experiment"), kind = csv_column(m->table, "kind");
    int file = csv_column(m->table, "path");
    if (name < 0 || kind < 0 || file < 0)
        return error_set(
            error, EXIT_BROKEN, "%s: needs the columns experiment,kind,path; build again", path);
    size_t n = csv_rows(m->table);
    m->experiments = calloc(n + 1, sizeof *m->experiments);
    if (m->experiments == NULL)
        return error_set(error, EXIT_BROKEN, "out of memory");
    for (size_t i = 0; i < n; i++) {
        struct manifest_experiment experiment = {
            .name = csv_text(m->table, i, name), .kind = csv_text(m->table, i, kind)};
        if (!name_is_plain(experiment.name) || manifest_find(m, experiment.name) != NULL)
            return error_set(error, EXIT_BROKEN,
                "%s:%zu: '%s' is listed twice or is not an experiment's name; build again", path,
                csv_line(m->table, i), experiment.name);
        experiment.path = experiment_path(path, csv_text(m->table, i, file));
        if (experiment.path == NULL)
            return error_set(error, EXIT_BROKEN, "out of memory");
        m->experiments[m->n++] = experiment;
    }
    if (m->n == 0)
        return error_set(error, EXIT_BROKEN, "%s lists no experiment; build again", path);
    return 0;
}

int manifest_read(struct manifest *manifest, struct error *error) {
    *manifest = (struct manifest){0};
    char *path = place_manifest();
    if (path == NULL)
        return error_set(error, EXIT_BROKEN, "out of memory");
    int failed;
    if (csv_table_read(path, &manifest->table, error) != 0)
        failed = error_prefix(error, "the list of experiments: ");
    else
        failed = manifest_fill(manifest, path, error);
    if (failed)
        manifest_free(manifest);
    free(path);
    return failed;
}

void manifest_free(struct manifest *manifest) {
    for (size_t i = 0; i < manifest->n; i++)
        free(manifest->experiments[i].path);
    free(manifest->experiments);
    csv_table_free(manifest->table);
    *manifest = (struct manifest){0};
}

const struct manifest_experiment *manifest_find(const struct manifest *manifest, const char *name) {
    for (size_t i = 0; i < manifest->n; i++)
        if (strcmp(manifest->experiments[i].name, name) == 0)
            return &manifest->experiments[i];
    return NULL;
}

int manifest_unknown(const struct manifest *manifest, const char *name, struct error *error) {
    error_set(error, EXIT_USAGE, "unknown probe or benchmark '%s'", name);
    const char **names = calloc(manifest->n + 1, sizeof *names);
    if (names != NULL) {
        for (size_t i = 0; i < manifest->n; i++)
            names[i] = manifest->experiments[i].name;
        const char *nearest = suggest_nearest(name, names, manifest->n);
        if (nearest != NULL)
            error_add(error, "; did you mean '%s'?", nearest);
        free(names);
    }
    return error_add(error, " ('aneprobe list' shows all)");
}
