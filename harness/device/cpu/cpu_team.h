/* SPDX-License-Identifier: MIT
 *
 * Threads that share a compiled program's matrix products: each product is cut into strips, and the
 * calling thread and the team's compute a strip at a time with one-threaded CBLAS. OpenBLAS's own
 * threads pack one operand together and wait for each other meanwhile: at the sizes of a layer
 * (288 to 2048 rows, 256 columns) two of them came to 1.5 times one's rate, two strips to 1.9 times.
 *
 * How a product is cut depends on its sizes and the number of threads only, so results do too.
 */
#ifndef ANEPROBE_DEVICE_CPU_CPU_TEAM_H
#define ANEPROBE_DEVICE_CPU_CPU_TEAM_H

#include "mil/emit/emit.h"

struct cpu_team;

/* `threads` counts the caller's: 1 starts none. `sgemm` must be one-threaded and callable from
 * several threads. NULL when memory or threads are out. */
struct cpu_team *cpu_team_open(int threads, mil_sgemm *sgemm);
void cpu_team_close(struct cpu_team *team); /* NULL is fine */

/* What a compiled program is given on this thread until the next call: cpu_team_sgemm with threads to
 * share with, CBLAS itself without. One thread at a time uses a team. */
mil_sgemm *cpu_team_enter(struct cpu_team *team);

#endif
