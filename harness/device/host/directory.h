/* SPDX-License-Identifier: MIT
 *
 * Private directories: $TMPDIR/aneprobe-UID/PID-XXXXXX/, one per run, removed when it ends.
 *
 * The outer directory must be ours alone (0700, our user, no symbolic link). A run holds a lock on
 * its file `lock`; a run directory whose lock can be taken was left by a killed run, and the next
 * run removes it. All file names are relative to open directories, and symbolic links are never
 * followed.
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
    const char *name;              /* last component of path */
};

/* Creates this run's directory and removes those of dead runs. Returns 0; or -1 and in `reason` a
 * sentence that says what to do. */
int run_directory_open(struct run_directory *run, char *reason, size_t reason_bytes);
/* Removes the directory and its contents. */
void run_directory_close(struct run_directory *run);

/* Notes in the directory around it that a compile failed now; a note that cannot be written is none. And how
 * long ago the last one was noted, by any process of this user; -1: never. */
void run_directory_failure_note(const struct run_directory *run);
double run_directory_failure_age_s(void);

/* Creates a directory elsewhere: `path` (absolute; its parent exists), mode 0700. It is first
 * recorded in the run, so that if this run is killed the next one removes it. Returns it open; or
 * -1 with errno set, EEXIST if the path exists. */
int run_directory_outside_make(struct run_directory *run, const char *path);
/* Removes it and its contents. */
void run_directory_outside_remove(struct run_directory *run, const char *path);

/* Removes file or directory `name` in the directory `fd`, with its contents; it need not exist. */
void tree_remove(int fd, const char *name);

/* Whole files, relative to an open directory. Return 0, or -1 with errno set. */
int file_write_at(int fd, const char *name, const void *data, size_t bytes);
/* *data must be freed. */
int file_read_at(int fd, const char *name, void **data, size_t *bytes);
/* Read-only and without a copy, for files that nobody truncates meanwhile. */
int file_map_at(int fd, const char *name, const void **data, size_t *bytes);
int file_copy(int from_file, int to_fd, const char *to_name);
/* Overwrites bytes of an existing file, from `at`. */
int file_patch(int fd, const char *name, const void *data, size_t bytes, size_t at);

#endif
