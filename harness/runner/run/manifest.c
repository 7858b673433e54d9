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
static char *program_path(const char *list, const char *path) {
    const char *slash = strrchr(list, '/');
    if (path[0] == '/' || slash == NULL)
        return strdup(path);
    char *folder = strndup(list, (size_t)(slash - list));
    char *whole = folder != NULL ? path_join(folder, path) : NULL;
    free(folder);
    return whole;
}

static int manifest_fill(struct manifest *m, const char *path, struct error *error) {
    int name = csv_column(m->table, "program"), kind = csv_column(m->table, "kind");
    int file = csv_column(m->table, "path");
    if (name < 0 || kind < 0 || file < 0)
        return error_set(
            error, EXIT_BROKEN, "%s: needs the columns program,kind,path; build again", path);
    size_t n = csv_rows(m->table);
    m->programs = calloc(n + 1, sizeof *m->programs);
    if (m->programs == NULL)
        return error_set(error, EXIT_BROKEN, "out of memory");
    for (size_t i = 0; i < n; i++) {
        struct manifest_program program = {
            .name = csv_text(m->table, i, name), .kind = csv_text(m->table, i, kind)};
        if (!name_is_plain(program.name) || manifest_find(m, program.name) != NULL)
            return error_set(error, EXIT_BROKEN,
                "%s:%zu: '%s' is listed twice or is not a program's name; build again", path,
                csv_line(m->table, i), program.name);
        program.path = program_path(path, csv_text(m->table, i, file));
        if (program.path == NULL)
            return error_set(error, EXIT_BROKEN, "out of memory");
        m->programs[m->n++] = program;
    }
    if (m->n == 0)
        return error_set(error, EXIT_BROKEN, "%s lists no program; build again", path);
    return 0;
}

int manifest_read(struct manifest *manifest, struct error *error) {
    *manifest = (struct manifest){0};
    char *path = place_manifest();
    if (path == NULL)
        return error_set(error, EXIT_BROKEN, "out of memory");
    int failed;
    if (csv_table_read(path, &manifest->table, error) != 0)
        failed = error_prefix(error, "the list of programs: ");
    else
        failed = manifest_fill(manifest, path, error);
    if (failed)
        manifest_free(manifest);
    free(path);
    return failed;
}

void manifest_free(struct manifest *manifest) {
    for (size_t i = 0; i < manifest->n; i++)
        free(manifest->programs[i].path);
    free(manifest->programs);
    csv_table_free(manifest->table);
    *manifest = (struct manifest){0};
}

const struct manifest_program *manifest_find(const struct manifest *manifest, const char *name) {
    for (size_t i = 0; i < manifest->n; i++)
        if (strcmp(manifest->programs[i].name, name) == 0)
            return &manifest->programs[i];
    return NULL;
}

int manifest_unknown(const struct manifest *manifest, const char *name, struct error *error) {
    error_set(error, EXIT_USAGE, "unknown probe or benchmark '%s'", name);
    const char **names = calloc(manifest->n + 1, sizeof *names);
    if (names != NULL) {
        for (size_t i = 0; i < manifest->n; i++)
            names[i] = manifest->programs[i].name;
        const char *nearest = suggest_nearest(name, names, manifest->n);
        if (nearest != NULL)
            error_add(error, "; did you mean '%s'?", nearest);
        free(names);
    }
    return error_add(error, " ('aneprobe list' shows all)");
}
