/* SPDX-License-Identifier: MIT */
#include "base/sysfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void sysfs_path(const char *path, char *out, size_t size) {
    const char *root = getenv("ANEPROBE_SYSFS");
    snprintf(out, size, "%s/%s", root && root[0] ? root : "/sys", path);
}

int sysfs_read(const char *path, char *out, size_t size) {
    char full[512];
    sysfs_path(path, full, sizeof full);
    const int fd = open(full, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    const ssize_t n = read(fd, out, size - 1);
    const int failed = n < 0 ? errno : 0;
    close(fd);
    if (failed)
        return failed;
    out[n] = '\0';
    out[strcspn(out, "\n")] = '\0';
    return 0;
}
