/* SPDX-License-Identifier: MIT
 *
 * A program that does not outlive the one that started it, on systems that do not see to that
 * themselves (macOS): the starter holds one end of a pipe and never writes; the program has the
 * other end, and a thread of it waits for the end of the pipe, which comes however the starter ends.
 */
#ifndef ANEPROBE_BASE_PARENT_H
#define ANEPROBE_BASE_PARENT_H

/* In the environment: the number of the program's end. */
#define PARENT_VARIABLE "ANEPROBE_PARENT_FD"

/* In the starter: the end to pass to programs, made at the first call; -1 if there can be none. Any thread. */
int parent_end(void);
/* In the program, once, before it has threads: from now on the process, with its group where it leads one,
 * is killed when the starter ends. Without that variable, or where it names no pipe, nothing. */
void parent_watch(void);

#endif
