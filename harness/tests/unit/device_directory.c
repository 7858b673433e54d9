/* SPDX-License-Identifier: MIT
 *
 * Private directories: made, removed, and refused when they cannot be trusted.
 */
#include "base/files.h"
#include "device/host/directory.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char tmp[] = "/tmp/aneprobe-test-XXXXXX";
static char base[64];

static void tmp_make(void) {
    cr_assert_not_null(mkdtemp(tmp));
    cr_assert_eq(setenv("TMPDIR", tmp, 1), 0);
    snprintf(base, sizeof base, "%s/aneprobe-%ld", tmp, (long)geteuid());
}

static void tmp_remove(void) {
    tree_remove(AT_FDCWD, tmp);
    cr_assert_eq(access(tmp, F_OK), -1);
}

TestSuite(device_directory, .init = tmp_make, .fini = tmp_remove);

/* Run directories in the base directory: everything but its lock. */
static int runs_count(void) {
    int n = 0;
    DIR *entries = opendir(base);
    cr_assert_not_null(entries);
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;)
        n += entry->d_name[0] >= '0' && entry->d_name[0] <= '9';
    closedir(entries);
    return n;
}

static mode_t mode_of(const char *path) {
    struct stat info;
    cr_assert_eq(lstat(path, &info), 0, "%s is missing", path);
    return info.st_mode & 07777;
}

Test(device_directory, is_private_and_removed_with_its_contents) {
    struct run_directory run;
    char reason[512], outside[128];
    umask(0);
    cr_assert_eq(run_directory_open(&run, reason, sizeof reason), 0, "%s", reason);
    cr_assert_eq(mode_of(base), 0700);
    cr_assert_eq(mode_of(run.path), 0700);
    cr_assert_eq(strncmp(run.path, base, strlen(base)), 0);
    cr_assert_eq(mkdirat(run.fd, "program", 0700), 0);
    int fd = openat(run.fd, "program", O_RDONLY | O_DIRECTORY);
    cr_assert_eq(file_write_at(fd, "file", "contents", 8), 0);
    /* Of a link inside, only the link must be removed, never its target. */
    snprintf(outside, sizeof outside, "%s/outside", tmp);
    cr_assert_eq(mkdir(outside, 0700), 0);
    int outside_fd = open(outside, O_RDONLY | O_DIRECTORY);
    cr_assert_eq(file_write_at(outside_fd, "kept", "1", 1), 0);
    cr_assert_eq(symlinkat(outside, fd, "link"), 0);
    close(fd);
    run_directory_close(&run);
    cr_assert_eq(access(run.path, F_OK), -1);
    cr_assert_eq(faccessat(outside_fd, "kept", F_OK, 0), 0);
    close(outside_fd);
    cr_assert_eq(runs_count(), 0);
}

Test(device_directory, two_runs_live_side_by_side) {
    struct run_directory first, second;
    char reason[512];
    cr_assert_eq(run_directory_open(&first, reason, sizeof reason), 0, "%s", reason);
    cr_assert_eq(run_directory_open(&second, reason, sizeof reason), 0, "%s", reason);
    cr_assert_eq(runs_count(), 2, "the second start removed a living run");
    run_directory_close(&first);
    cr_assert_eq(access(second.path, F_OK), 0);
    run_directory_close(&second);
}

Test(device_directory, leftovers_of_a_killed_run_go_at_the_next_start) {
    int ready[2];
    cr_assert_eq(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        alarm(20); /* a test that fails must not leave it behind */
        struct run_directory run;
        char reason[512];
        char said = run_directory_open(&run, reason, sizeof reason) == 0 &&
                            file_write_at(run.fd, "large", "x", 1) == 0
                        ? 'y'
                        : 'n';
        if (write(ready[1], &said, 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    char said = 0;
    cr_assert_eq(read(ready[0], &said, 1), 1);
    cr_assert_eq(said, 'y');
    cr_assert_eq(kill(child, SIGKILL), 0);
    cr_assert_eq(waitpid(child, NULL, 0), child);
    cr_assert_eq(runs_count(), 1, "the killed run should have left its directory");
    struct run_directory run;
    char reason[512];
    cr_assert_eq(run_directory_open(&run, reason, sizeof reason), 0, "%s", reason);
    cr_assert_eq(runs_count(), 1, "the leftover is still there");
    run_directory_close(&run);
    cr_assert_eq(runs_count(), 0);
}

Test(device_directory, other_names_are_left_alone) {
    char path[128], reason[512];
    struct run_directory run;
    cr_assert_eq(mkdir(base, 0700), 0);
    snprintf(path, sizeof path, "%s/12-notes-of-mine", base);
    cr_assert_eq(mkdir(path, 0700), 0);
    cr_assert_eq(run_directory_open(&run, reason, sizeof reason), 0, "%s", reason);
    run_directory_close(&run);
    cr_assert_eq(access(path, F_OK), 0);
}

Test(device_directory, a_symbolic_link_in_its_place_is_refused) {
    char target[128], reason[512];
    struct run_directory run;
    snprintf(target, sizeof target, "%s/elsewhere", tmp);
    cr_assert_eq(mkdir(target, 0700), 0);
    cr_assert_eq(symlink(target, base), 0);
    cr_assert_eq(run_directory_open(&run, reason, sizeof reason), -1);
    cr_assert_not_null(strstr(reason, "trusted"), "%s", reason);
    DIR *entries = opendir(target);
    int n = 0;
    while (readdir(entries) != NULL)
        n++;
    closedir(entries);
    cr_assert_eq(n, 2, "something was written through the link");
}

Test(device_directory, a_directory_open_to_others_is_refused) {
    char reason[512];
    struct run_directory run;
    cr_assert_eq(mkdir(base, 0700), 0);
    cr_assert_eq(chmod(base, 0755), 0);
    cr_assert_eq(run_directory_open(&run, reason, sizeof reason), -1);
    cr_assert_not_null(strstr(reason, "accessible to other users"), "%s", reason);
}

Test(device_directory, a_directory_of_another_user_is_refused) {
    if (geteuid() != 0)
        cr_skip("giving a directory away needs root");
    char reason[512];
    struct run_directory run;
    cr_assert_eq(mkdir(base, 0700), 0);
    cr_assert_eq(chown(base, 65534, 65534), 0);
    cr_assert_eq(run_directory_open(&run, reason, sizeof reason), -1);
    cr_assert_not_null(strstr(reason, "another user"), "%s", reason);
}

Test(device_directory, a_missing_tmpdir_says_what_to_do) {
    char reason[512];
    struct run_directory run;
    cr_assert_eq(setenv("TMPDIR", "/nonexistent/place", 1), 0);
    cr_assert_eq(run_directory_open(&run, reason, sizeof reason), -1);
    cr_assert_not_null(strstr(reason, "/nonexistent/place"), "%s", reason);
    cr_assert_not_null(strstr(reason, "set TMPDIR"), "%s", reason);
}

Test(device_directory, files_can_be_read_and_copied) {
    struct run_directory run;
    char reason[512];
    cr_assert_eq(run_directory_open(&run, reason, sizeof reason), 0, "%s", reason);
    size_t bytes = 3000000, read_bytes;
    unsigned char *data = malloc(bytes);
    for (size_t i = 0; i < bytes; i++)
        data[i] = (unsigned char)(i * 2654435761u >> 24);
    void *back;
    cr_assert_eq(file_write_at(run.fd, "a", "old contents", 12), 0);
    cr_assert_eq(file_write_at(run.fd, "a", data, bytes), 0);
    int fd = openat(run.fd, "a", O_RDONLY);
    cr_assert_eq(file_copy(fd, run.fd, "b"), 0);
    close(fd);
    cr_assert_eq(file_read_at(run.fd, "b", &back, &read_bytes), 0);
    cr_assert_eq(read_bytes, bytes);
    cr_assert_eq(memcmp(back, data, bytes), 0);
    free(back);
    const void *mapped;
    cr_assert_eq(file_map_at(run.fd, "b", &mapped, &read_bytes), 0);
    cr_assert_eq(read_bytes, bytes);
    cr_assert_eq(memcmp(mapped, data, bytes), 0);
    file_unmap(mapped, read_bytes);
    cr_assert_eq(file_write_at(run.fd, "empty", "", 0), 0);
    cr_assert_eq(file_map_at(run.fd, "empty", &mapped, &read_bytes), 0);
    cr_assert_eq(read_bytes, 0);
    file_unmap(mapped, read_bytes);
    free(data);
    cr_assert_eq(file_read_at(run.fd, "missing", &back, &read_bytes), -1);
    cr_assert_null(back);
    run_directory_close(&run);
}
