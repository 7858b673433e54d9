/* SPDX-License-Identifier: MIT
 *
 * Private directories: $TMPDIR/aneprobe-UID/PID-XXXXXX/, one a run, gone when the run is.
 *
 * The outer directory is ours alone (0700, our user, no symbolic link) or it is refused. A run
 * holds a lock on the file `lock` of its own; a run directory whose lock can be taken is left over
 * from a run that was killed, and the next run removes it. All steps name files relative to
 * directories that are held open, and none follows a symbolic link.
 */
#ifndef ANEPROBE_DEVICE_HOST_DIRECTORY_H
#define ANEPROBE_DEVICE_HOST_DIRECTORY_H

#include <stddef.h>

enum { DIRECTORY_PATH_MAX = 1024 };

struct run_directory {
    int fd;      /* of the run's directory */
    int base_fd; /* of the directory around it */
    int lock_fd;
    char path[DIRECTORY_PATH_MAX]; /* absolute */
    const char *name;              /* last part of path */
};

/* Makes this run's directory and removes those of dead runs. Returns 0; or -1 and a sentence that
 * says what to do in `reason`. */
int run_directory_open(struct run_directory *run, char *reason, size_t reason_bytes);
/* Removes the directory with all that is in it. */
void run_directory_close(struct run_directory *run);

/* A directory that has to be elsewhere: makes `path` (absolute; its parent is there), 0700, and
 * notes it in the run first, so that if this run is killed the next one removes it. Returns it
 * open; or -1 with errno set, EEXIST when something is there already. */
int run_directory_outside_make(struct run_directory *run, const char *path);
/* Removes it with all that is in it. */
void run_directory_outside_remove(struct run_directory *run, const char *path);

/* Removes file or directory `name` in the directory `fd`, with its contents; what is not there is
 * fine. */
void tree_remove(int fd, const char *name);

/* Whole files, relative to an open directory. Return 0, or -1 with errno set. */
int file_write_at(int fd, const char *name, const void *data, size_t bytes);
/* *data is to be freed. */
int file_read_at(int fd, const char *name, void **data, size_t *bytes);
/* Read-only and without a copy, for files that nobody shortens meanwhile. */
int file_map_at(int fd, const char *name, const void **data, size_t *bytes);
int file_copy(int from_file, int to_fd, const char *to_name);
/* Overwrites bytes of a file that is there, from `at`. */
int file_patch(int fd, const char *name, const void *data, size_t bytes, size_t at);

#endif
