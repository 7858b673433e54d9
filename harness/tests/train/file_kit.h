/* SPDX-License-Identifier: MIT
 *
 * A separate directory for each test of the trainer's files, and functions to write and read whole files in it.
 */
#ifndef ANEPROBE_TEST_TRAIN_FILE_KIT_H
#define ANEPROBE_TEST_TRAIN_FILE_KIT_H

#include "device/host/directory.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char kit_directory[] = "/tmp/aneprobe-train-XXXXXX";

static void kit_open(void) {
    cr_assert_not_null(mkdtemp(kit_directory));
}

static void kit_close(void) {
    tree_remove(AT_FDCWD, kit_directory);
}

/* The path of a file in the test's directory; one of four places, used in turn. */
static inline const char *kit_path(const char *name) {
    static char paths[4][256];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", kit_directory, name);
    return path;
}

static inline const char *kit_file(const char *name, const void *data, size_t bytes) {
    const char *path = kit_path(name);
    cr_assert_eq(file_write_at(AT_FDCWD, path, data, bytes), 0);
    return path;
}

/* To free(). */
static inline void *kit_read(const char *path, size_t *bytes) {
    void *data;
    cr_assert_eq(file_read_at(AT_FDCWD, path, &data, bytes), 0, "%s cannot be read", path);
    return data;
}

static inline int kit_count(void) {
    int n = 0;
    DIR *entries = opendir(kit_directory);
    cr_assert_not_null(entries);
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;)
        n += entry->d_name[0] != '.';
    closedir(entries);
    return n;
}

#endif
