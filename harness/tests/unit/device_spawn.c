/* SPDX-License-Identifier: MIT
 *
 * Running other programs: ends, output bounds, time limit, process group.
 */
#include "device/host/spawn.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct spawn_result result;

static void shell_run(const char *script, unsigned limit_ms) {
    char *const argv[] = {"sh", "-c", (char *)script, NULL};
    char *const envp[] = {"PATH=/usr/bin:/bin", NULL};
    int here = open("/", O_RDONLY | O_DIRECTORY);
    spawn_run("/bin/sh", argv, envp, here, limit_ms, 0, &result);
    close(here);
}

Test(device_spawn, exit_status_and_both_outputs) {
    shell_run("echo out; echo err >&2; pwd; cat; exit 7", 5000);
    cr_assert_eq(result.end, SPAWN_EXITED);
    cr_assert_eq(result.code, 7);
    cr_assert_str_eq(result.output, "out\nerr\n/\n");
    cr_assert_eq(result.output_bytes, 10);
}

Test(device_spawn, environment_is_what_was_given) {
    setenv("ANEPROBE_LEAK", "1", 1);
    shell_run("echo \"[$ANEPROBE_LEAK]\"", 5000);
    cr_assert_str_eq(result.output, "[]\n");
}

Test(device_spawn, signal_is_told_apart) {
    shell_run("kill -SEGV $$", 5000);
    cr_assert_eq(result.end, SPAWN_SIGNALLED);
    cr_assert_eq(result.code, SIGSEGV);
}

Test(device_spawn, ten_megabytes_are_counted_and_not_kept) {
    shell_run("head -c 10000000 /dev/zero | tr '\\0' 'x'; exit 1", 10000);
    cr_assert_eq(result.end, SPAWN_EXITED);
    cr_assert_eq(result.code, 1);
    cr_assert_eq(result.output_bytes, 10000000);
    cr_assert_eq(strlen(result.output), SPAWN_OUTPUT_KEPT);
}

/* The child's own child must go too: it would keep a core busy. */
Test(device_spawn, time_limit_kills_the_whole_group) {
    shell_run("sleep 1000 & echo $!; exec sleep 1000", 200);
    cr_assert_eq(result.end, SPAWN_TIMED_OUT);
    pid_t grandchild = (pid_t)atol(result.output);
    cr_assert(grandchild > 0);
    /* It is not our child: whoever adopted it takes its exit status, some time. */
    char path[64], state = 'Z';
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)grandchild);
    for (int i = 0; i < 200 && kill(grandchild, 0) == 0; i++) {
        FILE *file = fopen(path, "r");
        if (file == NULL || (fscanf(file, "%*d %*s %c", &state) == 1 && state == 'Z')) {
            if (file != NULL)
                fclose(file);
            return;
        }
        fclose(file);
        const struct timespec pause = {.tv_nsec = 10000000};
        nanosleep(&pause, NULL);
    }
    cr_assert_eq(kill(grandchild, 0), -1, "the grandchild lives on");
}

/* Output closed, process still there: the end of output is not the end. */
Test(device_spawn, time_limit_holds_after_output_is_closed) {
    shell_run("exec >/dev/null 2>&1; exec sleep 1000", 200);
    cr_assert_eq(result.end, SPAWN_TIMED_OUT);
}

Test(device_spawn, a_program_that_cannot_start) {
    char *const argv[] = {"x", NULL};
    char *const envp[] = {NULL};
    int here = open("/", O_RDONLY | O_DIRECTORY);
    spawn_run("/nonexistent", argv, envp, here, 1000, 0, &result);
    cr_assert_eq(result.end, SPAWN_NOT_STARTED);
    cr_assert_eq(result.code, ENOENT);
    close(here);
}

Test(device_spawn, find_on_path) {
    char path[256], tiny[4];
    setenv("PATH", "/nonexistent::/usr/bin:/bin", 1);
    cr_assert_eq(spawn_find("sh", path, sizeof path), 0);
    cr_assert(path[0] == '/');
    cr_assert_eq(spawn_find("sh", tiny, sizeof tiny), -1);
    cr_assert_eq(spawn_find("no-such-program-anywhere", path, sizeof path), -1);
    cr_assert_eq(spawn_find("/bin", path, sizeof path), -1, "a directory is not a program");
    cr_assert_eq(spawn_find("/bin/sh", path, sizeof path), 0);
    cr_assert_eq(spawn_find("", path, sizeof path), -1);
    unsetenv("PATH");
    cr_assert_eq(spawn_find("sh", path, sizeof path), -1);
}
