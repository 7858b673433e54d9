/* SPDX-License-Identifier: MIT
 *
 * What a run records about its machine: machine.csv with key,value. The device's properties come
 * from aneprobe-devices; commit, compiler, variables that reach the trials, load and temperature
 * before and after are added here.
 */
#ifndef ANEPROBE_RUNNER_RUN_MACHINE_H
#define ANEPROBE_RUNNER_RUN_MACHINE_H

#include "base/error.h"
#include "measure/csv.h"

/* Asks aneprobe-devices about one device; its error goes to the user. */
int machine_ask(const char *device, struct csv_table **machine, struct error *error);
/* "" for a missing key. Owned by the table. */
const char *machine_value(const struct csv_table *machine, const char *key);
/* Writes machine.csv, with the machine's current state as the one before the run. */
int machine_write(const struct csv_table *machine, const char *path, struct error *error);
/* Adds the machine's current state as the one after the run, replacing an older one. */
int machine_write_after(const char *path, struct error *error);

/* A short name for directories, from chip and system: "AMD EPYC 7B13 64-Core Processor" on Linux
 * gives amd-epyc-7b13-linux. Names of simulated machines begin with "sim" and have no system, which their
 * results do not depend on. */
void machine_label(const char *kind, const char *chip, const char *system, char label[64]);

#endif
