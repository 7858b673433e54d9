/* SPDX-License-Identifier: MIT */
#include "base/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int wake_pipe[2] = {-1, -1};
static volatile sig_atomic_t stop_asked;

static const int stopping[] = {SIGINT, SIGTERM, SIGHUP};
static const int ignored[] = {SIGPIPE, SIGXFSZ};

static void on_signal(int signal) {
    int saved = errno;
    if (signal != SIGCHLD)
        stop_asked = 1;
    /* A full pipe wakes the reader anyway. */
    ssize_t n = write(wake_pipe[1], "", 1);
    (void)n;
    errno = saved;
}

static int handle(int signal, void (*handler)(int)) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    return sigaction(signal, &action, NULL);
}

int signals_open(struct error *error) {
    if (pipe(wake_pipe) != 0)
        return error_set(error, EXIT_BROKEN, "cannot make a pipe: %s", strerror(errno));
    for (int i = 0; i < 2; i++)
        if (fcntl(wake_pipe[i], F_SETFD, FD_CLOEXEC) != 0 ||
            fcntl(wake_pipe[i], F_SETFL, O_NONBLOCK) != 0)
            return error_set(error, EXIT_BROKEN, "cannot set up a pipe: %s", strerror(errno));
    int failed = handle(SIGCHLD, on_signal);
    for (size_t i = 0; i < sizeof stopping / sizeof *stopping; i++) {
        struct sigaction now;
        bool nohup = stopping[i] == SIGHUP && sigaction(SIGHUP, NULL, &now) == 0 &&
                     now.sa_handler == SIG_IGN;
        failed |= nohup ? 0 : handle(stopping[i], on_signal);
    }
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        failed |= handle(ignored[i], SIG_IGN);
    if (failed)
        return error_set(error, EXIT_BROKEN, "cannot handle signals: %s", strerror(errno));
    /* The parent may have left them blocked. */
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    return 0;
}

int signals_fd(void) {
    return wake_pipe[0];
}

void signals_drain(void) {
    char bytes[64];
    while (read(wake_pipe[0], bytes, sizeof bytes) > 0)
        continue;
}

bool signals_stop_asked(void) {
    return stop_asked != 0;
}

void signals_clear(void) {
    stop_asked = 0;
}

void signals_restore(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    /* KILL, STOP and those reserved by the C library are unchanged */
    for (int number = 1; number < NSIG; number++)
        (void)sigaction(number, &action, NULL);
    sigprocmask(SIG_SETMASK, &action.sa_mask, NULL);
}

const char *signal_name(int signal, char buffer[16]) {
    static const struct {
        int number;
        const char *name;
    } names[] = {{SIGABRT, "SIGABRT"}, {SIGALRM, "SIGALRM"}, {SIGBUS, "SIGBUS"}, {SIGFPE, "SIGFPE"},
        {SIGHUP, "SIGHUP"}, {SIGILL, "SIGILL"}, {SIGINT, "SIGINT"}, {SIGKILL, "SIGKILL"},
        {SIGPIPE, "SIGPIPE"}, {SIGQUIT, "SIGQUIT"}, {SIGSEGV, "SIGSEGV"}, {SIGSYS, "SIGSYS"},
        {SIGTERM, "SIGTERM"}, {SIGTRAP, "SIGTRAP"}, {SIGXCPU, "SIGXCPU"}, {SIGXFSZ, "SIGXFSZ"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].number == signal)
            return names[i].name;
    snprintf(buffer, 16, "%d", signal);
    return buffer;
}
