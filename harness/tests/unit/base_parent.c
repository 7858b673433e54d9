/* SPDX-License-Identifier: MIT */
#include "base/parent.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(parent, .timeout = 60);

static int held[2];

/* A program that watches fd `number`. With `stays` it would run for ever; otherwise it ends with code 7. */
static pid_t watcher(const char *number, bool stays) {
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    close(held[1]);
    setsid();
    setenv(PARENT_VARIABLE, number, 1);
    parent_watch();
    while (stays)
        pause();
    _exit(7);
}

Test(parent, its_end_is_the_programs) {
    char number[16];
    int status;
    cr_assert_eq(pipe(held), 0);
    snprintf(number, sizeof number, "%d", held[0]);
    pid_t pid = watcher(number, true);
    usleep(20000);
    cr_assert_eq(waitpid(pid, &status, WNOHANG), 0, "it ended while its parent went on");
    close(held[1]);
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

Test(parent, without_one_nothing_is_watched) {
    static const char *const numbers[] = {"", "x", "-1", "2", "900", "99999999999999999999"};
    cr_assert_eq(pipe(held), 0);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        int status;
        pid_t pid = watcher(numbers[i], false);
        cr_assert_eq(waitpid(pid, &status, 0), pid);
        cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 7, "'%s'", numbers[i]);
    }
}

/* The receiver of the end sees a pipe that nobody writes to. */
Test(parent, the_end_is_one_and_stays) {
    const int end = parent_end();
    cr_assert_geq(end, 3);
    cr_assert_eq(parent_end(), end);
}
