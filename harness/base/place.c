/* SPDX-License-Identifier: MIT */
#include "base/place.h"
#include "base/files.h"

#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

/* From the build: PLACE_SOURCE_ROOT, PLACE_BUILD_ROOT, and the installed folders of programs, data
 * and the command, absolute or relative to the prefix. */
static const char manifest[] = "experiments.csv", libexec[] = PLACE_LIBEXEC "/aneprobe";

static const char *environment(const char *name) {
    const char *value = getenv(name);
    return value && value[0] != '\0' ? value : NULL;
}

static bool holds(const char *directory, const char *name) {
    char *path = path_join(directory, name);
    bool is_there = path && file_exists(path);
    free(path);
    return is_there;
}

/* Removes the last component; false if there is none. */
static bool go_up(char *path) {
    char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return false;
    *slash = '\0';
    return true;
}

/* Removes `/end`; false, without a change, if the path does not end like that. */
static bool end_cut(char *path, const char *end) {
    size_t n = strlen(path), n_end = strlen(end);
    if (n <= n_end || strcmp(path + n - n_end, end) != 0 || path[n - n_end - 1] != '/')
        return false;
    path[n - n_end - 1] = '\0';
    return true;
}

char *place_self(void) {
    enum { PATH_BYTES = 4096 };
    char path[PATH_BYTES];
#ifdef __APPLE__
    uint32_t bytes = sizeof path;
    if (_NSGetExecutablePath(path, &bytes) != 0)
        return NULL;
#else
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n < 0)
        return NULL;
    path[n] = '\0';
#endif
    return realpath(path, NULL);
}

/* The folder that mirrors the build folder and holds experiments.csv. */
static char *program_root(void) {
    char *own = place_self();
    if (!own || !go_up(own)) {
        free(own);
        return strdup(PLACE_BUILD_ROOT);
    }
    char *prefix = strdup(own);
    if (prefix && end_cut(prefix, PLACE_BIN)) {
        char *installed = libexec[0] == '/' ? strdup(libexec) : path_join(prefix, libexec);
        if (installed && holds(installed, manifest)) {
            free(prefix);
            free(own);
            return installed;
        }
        free(installed);
    }
    free(prefix);
    do
        if (holds(own, manifest))
            return own;
    while (go_up(own));
    free(own);
    return strdup(PLACE_BUILD_ROOT);
}

/* The folder of data installed with the programs of `root`; NULL if they are not installed. */
static char *installed_data(const char *root) {
    static const char share[] = PLACE_DATA "/aneprobe";
    if (share[0] == '/' && strcmp(root, libexec) == 0)
        return strdup(share);
    char *prefix = strdup(root), *data = NULL;
    if (prefix && end_cut(prefix, libexec))
        data = path_join(prefix, share);
    free(prefix);
    return data;
}

/* *installed tells whether the suite is installed. */
static char *data_root(bool *installed) {
    *installed = false;
    if (environment("ANEPROBE_SOURCE"))
        return strdup(environment("ANEPROBE_SOURCE"));
    char *root = program_root(), *data = root ? installed_data(root) : NULL;
    *installed = data != NULL;
    while (!data && root && go_up(root))
        if (holds(root, "plots/report.sh"))
            data = strdup(root);
    free(root);
    return data ? data : strdup(PLACE_SOURCE_ROOT);
}

/* Frees `root`. */
static char *below(char *root, const char *name) {
    char *path = root ? path_join(root, name) : NULL;
    free(root);
    return path;
}

char *place_data(const char *name) {
    bool ignored;
    return below(data_root(&ignored), name);
}

char *place_program(const char *path) {
    const char *tools = environment("ANEPROBE_TOOLS"), *slash = strrchr(path, '/');
    return tools ? path_join(tools, slash != NULL ? slash + 1 : path) : below(program_root(), path);
}

char *place_manifest(void) {
    const char *named = environment("ANEPROBE_EXPERIMENTS");
    return named ? strdup(named) : below(program_root(), manifest);
}

/* `name` in the folder of this user's data. */
static char *user_data(const char *name) {
    const char *home = environment("HOME");
    const struct passwd *user;
    if (!home && (user = getpwuid(getuid())) != NULL)
        home = user->pw_dir;
#ifdef __APPLE__
    static const char folder[] = "Library/Application Support";
#else
    static const char folder[] = ".local/share";
    if (environment("XDG_DATA_HOME"))
        return path_join(environment("XDG_DATA_HOME"), name);
#endif
    return below(path_join(home ? home : ".", folder), name);
}

char *place_results(void) {
    bool installed;
    char *root = data_root(&installed);
    if (!installed || !root)
        return below(root, "results");
    free(root);
    return user_data("aneprobe/results");
}

char *place_baselines(void) {
    return user_data("aneprobe/baselines");
}
