/* SPDX-License-Identifier: MIT
 *
 * A tree of files in place of /sys.
 */
#ifndef ANEPROBE_TESTS_SYSFS_TREE_H
#define ANEPROBE_TESTS_SYSFS_TREE_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char tree_root[64];

static inline void tree_open(void) {
    strcpy(tree_root, "/tmp/aneprobe-sysfs-XXXXXX");
    cr_assert(mkdtemp(tree_root));
    setenv("ANEPROBE_SYSFS", tree_root, 1);
}

static inline void tree_close(void) {
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", tree_root);
    cr_assert_eq(system(command), 0);
}

static inline void tree_path(const char *path, char out[256]) {
    snprintf(out, 256, "%s/%s", tree_root, path);
}

/* With the folders above it, open to all. */
static inline void tree_file(const char *path, const char *text) {
    char full[256];
    tree_path(path, full);
    for (char *slash = full + strlen(tree_root); (slash = strchr(slash + 1, '/'));) {
        *slash = '\0';
        (void)mkdir(full, 0755);
        *slash = '/';
    }
    FILE *out = fopen(full, "w");
    cr_assert(out);
    fputs(text, out);
    cr_assert_eq(fclose(out), 0);
}

static inline void tree_remove(const char *path) {
    char full[256];
    tree_path(path, full);
    cr_assert_eq(unlink(full), 0);
}

#endif
