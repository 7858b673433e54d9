/* SPDX-License-Identifier: MIT */
#ifndef ANEPROBE_BASE_SUITE_H
#define ANEPROBE_BASE_SUITE_H

/* "0.1.0" */
const char *suite_version(void);
/* The commit that this build is of: 12 digits, with "-dirty" where it had changes; "unknown". */
const char *suite_commit(void);

#endif
