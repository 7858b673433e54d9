/* SPDX-License-Identifier: MIT
 *
 * What a run prints before its first trial: what it will do, where, and for how long.
 */
#ifndef ANEPROBE_RUNNER_RUN_HEAD_H
#define ANEPROBE_RUNNER_RUN_HEAD_H

#include "runner/run/expect.h"

void head_put(FILE *out, const struct session *session, const struct expectation *expectation);
/* "0:07", "5:14", "1:02:03" */
const char *head_duration(uint64_t ms, char text[32]);

#endif
