/* SPDX-License-Identifier: MIT */
#include "device/host/directory.h"
#include "fuzz.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static void folder_remove(void) {
    tree_remove(AT_FDCWD, folder);
}

const char *fuzz_folder(void) {
    static bool made;
    if (!made) {
        /* in memory if possible: a target writes thousands of files a second */
        snprintf(folder, sizeof folder, "/dev/shm/aneprobe-fuzz-XXXXXX");
        if (!mkdtemp(folder)) {
            snprintf(folder, sizeof folder, "/tmp/aneprobe-fuzz-XXXXXX");
            FUZZ_CHECK(mkdtemp(folder) != NULL);
        }
        atexit(folder_remove);
        made = true;
    }
    return folder;
}

const char *fuzz_file(const char *name, const uint8_t *data, size_t size) {
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", fuzz_folder(), name);
    for (char *slash = path + strlen(folder) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    FILE *file = fopen(path, "w");
    FUZZ_CHECK(file != NULL);
    FUZZ_CHECK(fwrite(data, 1, size, file) == size);
    FUZZ_CHECK(fclose(file) == 0);
    return path;
}

int fuzz_main(int (*program)(int argc, char **argv), char *const *argv, const char *path) {
    int argc = 0;
    while (argv[argc])
        argc++;
    fflush(stdout);
    const int kept = dup(STDOUT_FILENO), file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    FUZZ_CHECK(kept >= 0 && file >= 0 && dup2(file, STDOUT_FILENO) >= 0);
    const int code = program(argc, (char **)argv);
    FUZZ_CHECK(fflush(stdout) == 0 && dup2(kept, STDOUT_FILENO) >= 0);
    close(file);
    close(kept);
    return code;
}
