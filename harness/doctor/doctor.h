/* SPDX-License-Identifier: MIT
 *
 * The findings of `aneprobe doctor`, as rows check,item,status,detail,remedy. Child processes do
 * the checks, this program started again or a tool, so that whatever an odd system does to them,
 * the rest of the account is still given, and within one deadline for all.
 */
#ifndef ANEPROBE_DOCTOR_DOCTOR_H
#define ANEPROBE_DOCTOR_DOCTOR_H

#include "doctor/account.h"

/* Prints one marked row to stdout. A status is "ok", "absent", "differs" (an argument's or the
 * output's), "low", "busy", "failed", "unsupported", "crashed", "timeout", or of a meter its state. `remedy` is what to do
 * about it, "" if it is ok or nothing can be done. */
void doctor_row(const char *check, const char *item, const char *status, const char *remedy,
    const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The children's mains. 0 = they completed, whatever they found. */

/* Libraries, classes and selectors of the ane device, properties. Sends messages only to
 * _ANEDeviceInfo. */
int doctor_look(void);
/* Core ML's symbols, classes and selectors; rows of "coreml". Sends nothing. */
int doctor_look_coreml(void);
/* A 64-channel conv compiled, loaded, evaluated and compared with the reference on the named
 * device; rows of `check`. */
int doctor_conv(const char *check, const char *device);
/* What reads energy here, and whether it is to be believed: a core is kept busy for half a second. */
int doctor_meters(void);
/* The rows of meters that were tried. */
struct meters;
void doctor_meters_rows(const struct meters *meters);
/* The suite, the system, room on disk, and for one second the load from others. */
int doctor_machine(void);

/* What the system's version means, what the engine's compiler keeps on disk, and whether a compile failed
 * shortly before. `os` is as machine_os returns it; "-" is this system. */
int doctor_services(const char *os);

/* In the parent: asks each program that the suite starts for its version. */
void doctor_tools(struct account *account);

/* The account as text, for a terminal; `code` is the program's exit code. */
void doctor_words(const struct csv_table *table, enum exit_code code);

#endif
