/* SPDX-License-Identifier: MIT
 *
 * What `aneprobe doctor` finds out, as rows check,item,status,detail. The looking is done by child
 * processes, this program started afresh, so that whatever a strange system does to them, the rest
 * of the account is still given.
 */
#ifndef ANEPROBE_DOCTOR_DOCTOR_H
#define ANEPROBE_DOCTOR_DOCTOR_H

#include "measure/csv.h"

/* One row to stdout, marked as such. A status is "ok", "absent", "differs" (an argument's or the
 * output's), "failed", "unsupported", "crashed" or "timeout". */
void doctor_row(const char *check, const char *item, const char *status, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* What rows start with, to tell them from what the system prints. */
enum { DOCTOR_ROW_MARK = '@' };

/* The children's mains. 0 = they came to their end, whatever they found. */

/* Libraries, classes and selectors, properties. Sends no message but to _ANEDeviceInfo. */
int doctor_look(void);
/* A 64-channel conv compiled, loaded, evaluated and compared with the reference, on the device of
 * that name. */
int doctor_conv(const char *device);

#endif
