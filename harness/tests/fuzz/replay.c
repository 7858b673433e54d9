/* SPDX-License-Identifier: MIT
 *
 * In place of libFuzzer: runs the target on each named file and on those in named folders.
 *     TARGET [-LIBFUZZER_OPTION]... FILE_OR_FOLDER...
 */
/* A probe's main has another name here; this main keeps its name. */
#undef main

#include "fuzz.h"

#include <dirent.h>
#include <sys/stat.h>

static int file_replay(const char *path) {
    FILE *file = fopen(path, "r");
    uint8_t *data = NULL;
    size_t size = 0, room = 0, got;
    if (!file) {
        perror(path);
        return -1;
    }
    do {
        if (size == room) {
            room = room ? 2 * room : 1 << 16;
            data = realloc(data, room);
            FUZZ_CHECK(data != NULL);
        }
        got = fread(data + size, 1, room - size, file);
        size += got;
    } while (got > 0);
    fclose(file);
    /* of exactly this length, so that a sanitizer sees a read past its end */
    uint8_t *exact = realloc(data, size ? size : 1);
    LLVMFuzzerTestOneInput(exact ? exact : data, size);
    free(exact ? exact : data);
    return 0;
}

static int folder_replay(const char *path, int *n_files) {
    DIR *folder = opendir(path);
    int result = 0;
    if (!folder) {
        perror(path);
        return -1;
    }
    for (struct dirent *entry; result == 0 && (entry = readdir(folder)) != NULL;) {
        char name[1024];
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] == '.')
            continue;
        result = file_replay(name);
        ++*n_files;
    }
    closedir(folder);
    return result;
}

int main(int argc, char **argv) {
    int result = 0, n_files = 0;
    for (int i = 1; i < argc && result == 0; i++) {
        struct stat st;
        if (argv[i][0] == '-')
            continue;
        if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode)) {
            result = folder_replay(argv[i], &n_files);
        } else {
            result = file_replay(argv[i]);
            n_files++;
        }
    }
    fprintf(stderr, "%d files\n", n_files);
    return result == 0 && n_files > 0 ? 0 : 1;
}
