/* SPDX-License-Identifier: MIT
 *
 * Reading whole files, at the size limits; locks that another holds for a moment, or for longer.
 */
#include "base/files.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* The system's call, here one that another process has the lock for so many calls. */
static int n_held, n_calls;

int flock(int fd, int operation) {
    (void)fd;
    n_calls++;
    cr_assert_eq(operation & LOCK_NB, LOCK_NB);
    if (n_held == 0)
        return 0;
    n_held--;
    errno = EWOULDBLOCK;
    return -1;
}

Test(files, a_lock_that_is_held_for_a_moment_is_waited_for) {
    n_held = 3;
    cr_assert_eq(file_lock(0, LOCK_EX), 0);
    cr_assert_eq(n_calls, 4);
}

Test(files, a_lock_that_is_held_for_longer_is_refused) {
    n_held = 1000;
    cr_assert_eq(file_lock(0, LOCK_SH), -1);
    cr_assert_eq(errno, EWOULDBLOCK);
    cr_assert_gt(n_held, 0);
}

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
