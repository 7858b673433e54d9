/* SPDX-License-Identifier: MIT
 *
 * What `aneprobe doctor` finds out, as rows check,item,status,detail,remedy. The looking is done by
 * child processes, this program started afresh or a tool, so that whatever a strange system does to
 * them, the rest of the account is still given; and by a deadline for all of them.
 */
#ifndef ANEPROBE_DOCTOR_DOCTOR_H
#define ANEPROBE_DOCTOR_DOCTOR_H

#include "doctor/account.h"

/* One row to stdout, marked as such. A status is "ok", "absent", "differs" (an argument's or the
 * output's), "low", "busy", "failed", "unsupported", "crashed" or "timeout". `remedy` is what to do
 * about it, "" where it is ok or nothing can be done. */
void doctor_row(const char *check, const char *item, const char *status, const char *remedy,
    const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The children's mains. 0 = they came to their end, whatever they found. */

/* Libraries, classes and selectors of the ane device, properties. Sends no message but to
 * _ANEDeviceInfo. */
int doctor_look(void);
/* A 64-channel conv compiled, loaded, evaluated and compared with the reference, on the device of
 * that name; rows of `check`. */
int doctor_conv(const char *check, const char *device);
/* The suite, the system, room on disk, and for one second what others do to the machine. */
int doctor_machine(void);

/* In the parent: the programs that the suite starts, each asked for its version. */
void doctor_tools(struct account *account);

/* The account in words, for a terminal; `code` is what the program will end with. */
void doctor_words(const struct csv_table *table, enum exit_code code);

#endif
