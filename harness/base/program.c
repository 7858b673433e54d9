/* SPDX-License-Identifier: MIT */
#include "base/program.h"

#include "base/parent.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A BLAS reads them when it is loaded: OpenBLAS, then Accelerate, whose BLASSetThreading of macOS 15 is for one thread
 * only. An OpenBLAS that this program is linked with is loaded already. The suite divides products itself, results must
 * not depend on who started a program, and OpenBLAS's threads wait awake for their first product. */
static void blas_threads_one(void) {
    (void)setenv("OPENBLAS_NUM_THREADS", "1", 1);
    (void)setenv("VECLIB_MAXIMUM_THREADS", "1", 1);
    void *here = dlopen(NULL, RTLD_NOW);
    void (*openblas_set_num_threads)(int threads) = NULL;
    if (here)
        *(void **)&openblas_set_num_threads = dlsym(here, "openblas_set_num_threads");
    if (openblas_set_num_threads)
        openblas_set_num_threads(1);
    if (here)
        (void)dlclose(here);
}

int program_begin(struct error *error) {
    int fd;
    *error = (struct error){.code = EXIT_DONE};
    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd < 0)
        return error_set(error, EXIT_BROKEN, "cannot open /dev/null: %s", strerror(errno));
    close(fd);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    blas_threads_one();
    parent_watch();
    return 0;
}

static bool has_no_reader(int fd) {
    struct pollfd state = {fd, POLLOUT, 0};
    return poll(&state, 1, 0) > 0 && (state.revents & POLLERR);
}

int program_end(const char *name, const struct error *error) {
    if (error->text[0] != '\0')
        fprintf(stderr, "%s: %s\n", name, error->text);
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return error->code;
    const int number = errno;
    if (has_no_reader(STDOUT_FILENO)) {
        signal(SIGPIPE, SIG_DFL);
        raise(SIGPIPE);
    }
    fprintf(stderr, "%s: cannot write to standard output%s%s; make room for it\n", name,
        number ? ": " : "", number ? strerror(number) : "");
    return EXIT_BROKEN;
}

int program_run(const struct command_line *line, int argc, char **argv, void *values,
    void (*work)(char **operands, int n_operands, void *values, struct error *error)) {
    struct error error;
    int n_operands;
    if (program_begin(&error) == 0)
        switch (options_read(line, argc, argv, values, NULL, &n_operands, &error)) {
        case OPTIONS_WANT_HELP:
            options_help(line, stdout);
            break;
        case OPTIONS_WRONG:
            break;
        case OPTIONS_READ:
            work(argv + 1, n_operands, values, &error);
        }
    return program_end(line->name, &error);
}
