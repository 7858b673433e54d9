/* SPDX-License-Identifier: MIT */
#include "runner/run/page.h"

#include "base/signals.h"
#include "base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __APPLE__
static const char opener[] = "open";
#else
static const char opener[] = "xdg-open";
#endif

int page_check(struct error *error) {
    char path[4096];
    return spawn_find(opener, path, sizeof path) == 0
               ? 0
               : error_set(error, EXIT_USAGE,
                     "'--open' needs %s, which is not on PATH; omit the option and open the page "
                     "yourself",
                     opener);
}

/* In its own session, inheriting only our environment: it may become the browser. */
static void become_opener(const char *program, const char *path) {
    signals_restore();
    int null = open("/dev/null", O_RDWR);
    if (null >= 0)
        for (int fd = 0; fd <= 2; fd++)
            dup2(null, fd);
    setsid();
    execl(program, program, path, (char *)NULL);
    _exit(127);
}

int page_open(const char *path, struct error *error) {
    enum { TURNS = 50 };
    const struct timespec turn = {.tv_nsec = 100 * 1000 * 1000};
    char program[4096];
    int status = 0;
    if (spawn_find(opener, program, sizeof program) != 0)
        return page_check(error);
    pid_t pid = fork();
    if (pid < 0)
        return error_set(error, EXIT_BROKEN, "cannot start %s: %s", opener, strerror(errno));
    if (pid == 0)
        become_opener(program, path);
    /* If it is still running after a while, it is showing the page. */
    for (int i = 0; i < TURNS; i++) {
        pid_t ended = waitpid(pid, &status, WNOHANG);
        if (ended == pid)
            return WIFEXITED(status) && WEXITSTATUS(status) == 0
                       ? 0
                       : error_set(error, EXIT_FAILED, "%s did not open %s; open it yourself",
                             opener, path);
        if (ended < 0 && errno != EINTR)
            break;
        nanosleep(&turn, NULL);
    }
    return 0;
}
