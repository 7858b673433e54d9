/* SPDX-License-Identifier: MIT
 *
 * Threads that share a compiled program's matrix products: each product is divided into strips, and
 * the calling thread and the team compute a strip at a time with single-threaded CBLAS. OpenBLAS's
 * own threads pack one operand together and wait for each other meanwhile: at the sizes of a layer
 * (288 to 2048 rows, 256 columns) two of them came to 1.5 times one's rate, two strips to 1.9
 * times.
 *
 * A matrix by a vector goes to sgemv, or, if the program has it as fp16, to the program's own function; both read the
 * matrix once and pack nothing. It is worth dividing when it is much smaller, since reading the matrix is the work.
 *
 * How a product is divided, and so the result, depends only on its sizes and the number of threads. Rows of fp16 do not
 * depend on it at all: of a large matrix there are more strips, so that a thread whose core others use takes fewer.
 */
#ifndef ANEPROBE_DEVICE_CPU_CPU_TEAM_H
#define ANEPROBE_DEVICE_CPU_CPU_TEAM_H

#include "device/cpu/blas.h"

struct cpu_team;

/* `threads` includes the caller: 1 starts none. `blas` must be single-threaded and callable from
 * several threads. NULL when out of memory or threads. */
struct cpu_team *cpu_team_open(int threads, const struct blas *blas);
void cpu_team_close(struct cpu_team *team); /* NULL is allowed */

/* What compiled programs on this thread call, until the next call. Only one thread at a time may use a team. */
const struct mil_host *cpu_team_enter(struct cpu_team *team);

#endif
