/* SPDX-License-Identifier: MIT */
#include "runner/compare/baseline.h"

#include "base/files.h"
#include "base/place.h"
#include "runner/run/run_directory.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_MAX_BYTES = 64, FILE_MAX_BYTES = 256 << 20 };

/* A name must be usable as a folder's name and as a word of a command line. */
static bool is_name(const char *name) {
    if (!isalnum((unsigned char)name[0]) || strlen(name) > NAME_MAX_BYTES)
        return false;
    for (; *name; name++)
        if (!isalnum((unsigned char)*name) && !strchr("._-", *name))
            return false;
    return true;
}

static int name_check(const char *name, struct error *error) {
    return is_name(name) ? 0
                         : error_set(error, EXIT_USAGE,
                               "'%.80s' is not a name for a baseline: use letters, digits, '.', "
                               "'_' and '-', at most %d, a letter or digit first",
                               name, NAME_MAX_BYTES);
}

static char *path_of(const char *name) {
    char *folder = place_baselines(), *path = folder ? path_join(folder, name) : NULL;
    free(folder);
    return path;
}

char *baseline_path(const char *name) {
    struct stat at;
    char *path = is_name(name) ? path_of(name) : NULL;
    if (path && (stat(path, &at) != 0 || !S_ISDIR(at.st_mode))) {
        free(path);
        path = NULL;
    }
    return path;
}

char *baseline_or_run(const char *word) {
    char *path = file_exists(word) ? NULL : baseline_path(word);
    return path ? path : strdup(word);
}

/* ---- saving */

static int file_copy(
    const char *from, const char *to, const char *name, bool must_be_there, struct error *error) {
    char *source = path_join(from, name), *target = path_join(to, name), *bytes = NULL;
    size_t n_bytes;
    int failed = source && target ? file_read(source, FILE_MAX_BYTES, &bytes, &n_bytes, error)
                                  : error_set(error, EXIT_BROKEN, "out of memory");
    if (!failed && !bytes && must_be_there)
        failed = error_set(error, EXIT_USAGE,
            "%s is missing: the run is not complete, or was not judged ('aneprobe judge %s')",
            source, from);
    if (!failed && bytes)
        failed = file_replace(target, bytes, n_bytes, error);
    free(bytes);
    free(source);
    free(target);
    return failed ? -1 : 0;
}

static int samples_copy(const char *from, const char *to, struct error *error) {
    char *source = path_join(from, "samples"), *target = path_join(to, "samples");
    DIR *entries = source ? opendir(source) : NULL;
    int failed = !source || !target ? error_set(error, EXIT_BROKEN, "out of memory")
                 : !entries         ? path_error(error, "read", source)
                                    : directory_make(target, error);
    for (struct dirent *entry; !failed && (entry = readdir(entries)) != NULL;) {
        const char *dot = strrchr(entry->d_name, '.');
        if (entry->d_name[0] != '.' && dot && strcmp(dot, ".csv") == 0)
            failed = file_copy(source, target, entry->d_name, true, error);
    }
    if (entries)
        closedir(entries);
    free(source);
    free(target);
    return failed ? -1 : 0;
}

static int run_copy(const char *from, const char *to, struct error *error) {
    static const struct {
        const char *name;
        bool must_be_there;
    } files[] = {{"machine.csv", true}, {"settings.csv", true}, {"experiments.csv", false},
        {"programs.csv", false}, /* the same of an older run */
        {"schedule.csv", true}, {"jobs.csv", true}, {"looks.csv", false}, {"summary.csv", true},
        {"verdicts.csv", true}};
    if (directory_make(to, error) != 0)
        return -1;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (file_copy(from, to, files[i].name, files[i].must_be_there, error) != 0)
            return -1;
    return samples_copy(from, to, error);
}

/* The files of a copy. */
static int tree_remove(const char *path, struct error *error) {
    DIR *entries = opendir(path);
    if (!entries)
        return errno == ENOENT ? 0 : path_error(error, "remove", path);
    int failed = 0;
    for (struct dirent *entry; !failed && (entry = readdir(entries)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char *inner = path_join(path, entry->d_name);
        struct stat at;
        if (!inner)
            failed = error_set(error, EXIT_BROKEN, "out of memory");
        else if (lstat(inner, &at) == 0 && S_ISDIR(at.st_mode))
            failed = tree_remove(inner, error);
        else if (unlink(inner) != 0)
            failed = path_error(error, "remove", inner);
        free(inner);
    }
    closedir(entries);
    if (!failed && rmdir(path) != 0)
        failed = path_error(error, "remove", path);
    return failed ? -1 : 0;
}

/* Renames `made` to `path`, then removes what was there before. */
static int put_in_place(const char *made, const char *path, const char *old, struct error *error) {
    const bool had = file_exists(path);
    if (had && rename(path, old) != 0)
        return path_error(error, "replace", path);
    if (rename(made, path) != 0) {
        path_error(error, "make", path);
        if (had)
            (void)rename(old, path);
        return -1;
    }
    return had ? tree_remove(old, error) : 0;
}

int baseline_save(const char *name, const char *run_path, int replaces, struct error *error) {
    struct run run = {.lock_fd = -1};
    char *path = NULL, made[32], old[32], *made_path = NULL, *old_path = NULL;
    if (name_check(name, error) != 0 || run_open(&run, run_path, error) != 0)
        return -1;
    /* no names of baselines */
    snprintf(made, sizeof made, ".new-%ld", (long)getpid());
    snprintf(old, sizeof old, ".old-%ld", (long)getpid());
    path = path_of(name);
    made_path = path_of(made);
    old_path = path_of(old);
    int failed = path && made_path && old_path ? 0 : error_set(error, EXIT_BROKEN, "out of memory");
    if (!failed && !replaces && file_exists(path))
        failed = error_set(
            error, EXIT_USAGE, "baseline '%s' exists; give --replace to replace it", name);
    if (!failed)
        failed = run_copy(run.path, made_path, error);
    if (!failed)
        failed = put_in_place(made_path, path, old_path, error);
    if (failed && made_path) {
        struct error ignored;
        (void)tree_remove(made_path, &ignored);
    }
    free(path);
    free(made_path);
    free(old_path);
    run_close(&run);
    return failed ? -1 : 0;
}

int baseline_remove(const char *name, struct error *error) {
    char *path = baseline_path(name);
    if (!path)
        return error_set(
            error, EXIT_USAGE, "no baseline '%.80s'; 'aneprobe baseline list' lists them", name);
    const int failed = tree_remove(path, error);
    free(path);
    return failed;
}

/* ---- all of them */

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int name_add(char ***names, size_t *n, const char *name, struct error *error) {
    char **more = realloc(*names, (*n + 1) * sizeof *more);
    if (more)
        *names = more;
    char *copy = more ? strdup(name) : NULL;
    if (!copy)
        return error_set(error, EXIT_BROKEN, "out of memory");
    (*names)[(*n)++] = copy;
    return 0;
}

int baseline_names(char ***names, size_t *n, struct error *error) {
    char *folder = place_baselines();
    *names = NULL;
    *n = 0;
    if (!folder)
        return error_set(error, EXIT_BROKEN, "out of memory");
    DIR *entries = opendir(folder);
    int failed = !entries && errno != ENOENT ? path_error(error, "read", folder) : 0;
    for (struct dirent *entry; !failed && entries && (entry = readdir(entries)) != NULL;)
        if (is_name(entry->d_name))
            failed = name_add(names, n, entry->d_name, error);
    if (entries)
        closedir(entries);
    free(folder);
    if (*n > 1)
        qsort(*names, *n, sizeof **names, by_name);
    return failed ? -1 : 0;
}
