/* SPDX-License-Identifier: MIT */
#include "base/parent.h"

#include "base/number.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int ends[2] = {-1, -1}; /* the second is held until this process ends */

static void ends_make(void) {
    if (pipe(ends) != 0) {
        ends[0] = ends[1] = -1;
        return;
    }
    (void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    (void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
}

int parent_end(void) {
    (void)pthread_once(&once, ends_make);
    return ends[0];
}

static void *wait_for_the_end(void *context) {
    struct pollfd end = {.fd = (int)(intptr_t)context, .events = POLLIN};
    while (poll(&end, 1, -1) < 0 && errno == EINTR)
        continue;
    kill(getpgrp() == getpid() ? 0 : getpid(), SIGKILL);
    return NULL;
}

void parent_watch(void) {
    const char *text = getenv(PARENT_VARIABLE);
    uint64_t fd;
    struct stat status;
    pthread_t thread;
    sigset_t all, ours;
    if (!text || !number_whole(text, 3, 1 << 20, &fd) || fstat((int)fd, &status) != 0 ||
        !S_ISFIFO(status.st_mode))
        return;
    /* It is not for the programs that this one starts. */
    unsetenv(PARENT_VARIABLE);
    (void)fcntl((int)fd, F_SETFD, FD_CLOEXEC);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &ours);
    if (pthread_create(&thread, NULL, wait_for_the_end, (void *)(intptr_t)fd) == 0)
        pthread_detach(thread);
    pthread_sigmask(SIG_SETMASK, &ours, NULL);
}
