/* SPDX-License-Identifier: MIT */
#include "runner/run/run_directory.h"

#include "base/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

const char *run_path(const struct run *run, char path[RUN_PATH_SIZE], const char *format, ...) {
    int n = snprintf(path, RUN_PATH_SIZE, "%s/", run->path);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(path + n, RUN_PATH_SIZE - (size_t)n, format, arguments);
    va_end(arguments);
    return path;
}

static int run_name(struct run *run, const char *path, struct error *error) {
    *run = (struct run){.lock_fd = -1};
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    if (n == 0 || n >= sizeof run->path)
        return error_set(error, EXIT_USAGE, "'%.80s' cannot be a run directory: the name is %s",
            path, n == 0 ? "empty" : "too long");
    memcpy(run->path, path, n);
    return 0;
}

/* Leftovers of a run stopped before it had a schedule, when nothing was measured yet. Under the
 * lock its directories are removed, which only works if they are empty. */
static bool is_left_over(const struct run *run, const char *name) {
    static const char *const files[] = {"lock", "machine.csv", "settings.csv", "experiments.csv",
        "jobs.csv", "machine.csv.tmp", "settings.csv.tmp", "experiments.csv.tmp", "jobs.csv.tmp",
        "schedule.csv.tmp"};
    char path[RUN_PATH_SIZE];
    if (!file_exists(run_path(run, path, "lock")))
        return false;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (strcmp(name, files[i]) == 0)
            return true;
    return (strcmp(name, "jobs") == 0 || strcmp(name, "samples") == 0) &&
           (run->lock_fd < 0 || rmdir(run_path(run, path, "%s", name)) == 0);
}

/* Whether it contains only such leftovers. */
static int require_empty(const struct run *run, struct error *error) {
    DIR *directory = opendir(run->path);
    if (directory == NULL)
        return error_set(error, EXIT_BROKEN, "cannot read %s: %s", run->path, strerror(errno));
    int failed = 0;
    const struct dirent *entry;
    while (!failed && (entry = readdir(directory)) != NULL) {
        const char *name = entry->d_name;
        char path[RUN_PATH_SIZE];
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
            (!file_exists(run_path(run, path, "schedule.csv")) && is_left_over(run, name)))
            continue;
        failed = error_set(error, EXIT_USAGE, "%s ", run->path);
        if (file_exists(run_path(run, path, "schedule.csv")))
            error_add(error,
                "already holds a run; continue it with 'aneprobe run --resume %s', or name another "
                "directory",
                run->path);
        else
            error_add(error, "is not empty; name a new or empty directory");
    }
    closedir(directory);
    return failed;
}

int run_create(struct run *run, const char *path, struct error *error) {
    if (run_name(run, path, error) != 0 || directory_make(run->path, error) != 0 ||
        require_empty(run, error) != 0 || run_lock(run, error) != 0)
        return -1;
    if (require_empty(run, error) == 0)
        return 0;
    run_close(run);
    return -1;
}

int run_open(struct run *run, const char *path, struct error *error) {
    if (run_name(run, path, error) != 0)
        return -1;
    char schedule[RUN_PATH_SIZE];
    if (file_exists(run_path(run, schedule, "schedule.csv")))
        return 0;
    return error_set(error, EXIT_USAGE, "%s is not a run directory: it has no schedule.csv", path);
}

/* A link would make the run write elsewhere. */
static int require_own(const struct run *run, const char *name, struct error *error) {
    char path[RUN_PATH_SIZE];
    struct stat status;
    if (lstat(run_path(run, path, "%s", name), &status) != 0 || S_ISDIR(status.st_mode))
        return 0;
    return error_set(error, EXIT_BROKEN,
        "%s is not a directory; restore the run's own, links are not followed", path);
}

int run_lock(struct run *run, struct error *error) {
    char path[RUN_PATH_SIZE];
    if (require_own(run, "jobs", error) != 0 || require_own(run, "samples", error) != 0)
        return -1;
    run_path(run, path, "lock");
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0)
        return error_set(error, EXIT_BROKEN, "cannot write %s: %s", path, strerror(errno));
    if (file_lock(fd, LOCK_EX) != 0) {
        int code = errno;
        close(fd);
        return code == EWOULDBLOCK
                   ? error_set(error, EXIT_USAGE,
                         "another aneprobe is running in %s; wait for it to end", run->path)
                   : error_set(error, EXIT_BROKEN, "cannot lock %s: %s", path, strerror(code));
    }
    run->lock_fd = fd;
    return 0;
}

void run_close(struct run *run) {
    if (run->lock_fd >= 0)
        close(run->lock_fd);
    run->lock_fd = -1;
}
