/* SPDX-License-Identifier: MIT
 *
 * Reading whole files, at the size limits.
 */
#include "base/files.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int read_fn(const char *, size_t, char **, size_t *, struct error *);

Test(files, files_up_to_the_limit_are_read) {
    static read_fn *const reads[] = {file_read, file_take};
    char path[] = "/tmp/aneprobe-files-XXXXXX", *bytes = NULL;
    const int fd = mkstemp(path);
    cr_assert(fd >= 0 && write(fd, "12345", 5) == 5 && close(fd) == 0);
    for (int i = 0; i < 2; i++)
        for (size_t most = 4; most <= 6; most++) {
            struct error error = {.text = ""};
            size_t n_bytes = 0;
            const int failed = reads[i](path, most, &bytes, &n_bytes, &error);
            cr_expect_eq(failed, most < 5 ? -1 : 0, "%zu: %s", most, error.text);
            if (failed)
                cr_expect(
                    strstr(error.text, path) && strstr(error.text, "limit"), "%s", error.text);
            else
                cr_expect(n_bytes == 5 && strcmp(bytes, "12345") == 0);
            if (!failed)
                free(bytes);
        }
    unlink(path);
}
