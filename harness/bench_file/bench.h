/* SPDX-License-Identifier: MIT
 *
 * All files on all devices.
 */
#ifndef ANEPROBE_BENCH_FILE_BENCH_H
#define ANEPROBE_BENCH_FILE_BENCH_H

#include "bench_file/settings.h"

/* `program` is the path of this program, which runs the jobs. Prints the table; *error is filled if
 * it is incomplete. EXIT_DONE when everything is right. */
enum exit_code bench_run(
    const struct bench_settings *settings, const char *program, struct error *error);

#endif
