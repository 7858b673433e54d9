/* SPDX-License-Identifier: MIT */
#include "device/ane/ane_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct ane_directory *directory_find(struct ane_device *device, const char *path) {
    struct ane_directory *directory = device->directories;
    while (directory && strcmp(directory->path, path) != 0)
        directory = directory->next;
    return directory;
}

/* Never reads or removes files that are not ours, or those of another live run. */
static enum device_status make_refuse(const char *path, struct device_error *error) {
    if (errno == EEXIST)
        return device_error_set(error, DEVICE_BROKEN, "parse",
            "%.300s already exists: another process has this program open, or one left it behind; "
            "wait for that process, or remove the directory",
            path);
    return device_error_set(error, DEVICE_BROKEN, "parse",
        "cannot make the program's directory %.300s: %s; free some space or set TMPDIR elsewhere",
        path, strerror(errno));
}

struct ane_directory *ane_directory_open(struct ane_device *device, const char *path,
    const struct device_source *source, struct device_error *error) {
    struct ane_directory *directory = directory_find(device, path);
    if (directory) {
        directory->n_users++;
        return directory;
    }
    directory = calloc(1, sizeof *directory);
    if (!directory) {
        device_memory_out(error, "parse");
        return NULL;
    }
    snprintf(directory->path, sizeof directory->path, "%s", path);
    directory->n_users = 1;
    directory->fd = run_directory_outside_make(&device->run, path);
    if (directory->fd < 0) {
        (void)make_refuse(path, error);
        free(directory);
        return NULL;
    }
    directory->next = device->directories;
    device->directories = directory;
    if (source_write(source, directory->fd) == 0)
        return directory;
    device_error_set(error, DEVICE_BROKEN, "parse", "cannot write the program to %.300s: %s; %s",
        path, strerror(errno),
        errno == EEXIST ? "two weight files have the same name"
                        : "free some space or set TMPDIR elsewhere");
    ane_directory_close(device, directory);
    return NULL;
}

void ane_directory_close(struct ane_device *device, struct ane_directory *directory) {
    if (--directory->n_users > 0)
        return;
    struct ane_directory **link = &device->directories;
    while (*link != directory)
        link = &(*link)->next;
    *link = directory->next;
    close(directory->fd);
    run_directory_outside_remove(&device->run, directory->path);
    free(directory);
}
