/* SPDX-License-Identifier: MIT
 *
 * Runs another program to its end: argument list, no shell, own process group, bounded output,
 * time limit.
 */
#ifndef ANEPROBE_DEVICE_HOST_SPAWN_H
#define ANEPROBE_DEVICE_HOST_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SPAWN_OUTPUT_KEPT = 64 * 1024 };

enum spawn_end {
    SPAWN_EXITED,      /* `code` is the exit status */
    SPAWN_SIGNALLED,   /* `code` is the signal */
    SPAWN_TIMED_OUT,   /* killed with its whole group at the time limit */
    SPAWN_NOT_STARTED, /* `code` is the errno */
};

struct spawn_result {
    enum spawn_end end;
    int code;
    uint64_t elapsed_ns;
    uint64_t output_bytes; /* all that was written, of which `output` keeps the start */
    char output[SPAWN_OUTPUT_KEPT + 1];
};

/* `path` is the program's file, argv and envp end with NULL, `directory_fd` is where it runs.
 * Standard input is empty; output and errors come through one pipe. `nice` is added to the child's
 * nice value (0 = leave). The caller's CPU affinity is inherited. */
void spawn_run(const char *path, char *const argv[], char *const envp[], int directory_fd,
    unsigned limit_ms, int nice, struct spawn_result *result);

/* The file that a program name stands for: itself when it has a slash, else the first executable
 * file on PATH. Returns 0, or -1 when there is none or `bytes` is too few. */
int spawn_find(const char *name, char *path, size_t bytes);

#endif
