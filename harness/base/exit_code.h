/* SPDX-License-Identifier: MIT
 *
 * The exit codes of every program of the suite.
 */
#ifndef ANEPROBE_BASE_EXIT_CODE_H
#define ANEPROBE_BASE_EXIT_CODE_H

enum exit_code {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,       /* it ran, and the answer is no */
    EXIT_USAGE = 2,        /* the command line */
    EXIT_UNSUPPORTED = 77, /* not on this machine or device */
    EXIT_BROKEN = 99,      /* environment or data */
    EXIT_INTERRUPTED = 130
};

#endif
