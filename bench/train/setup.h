/* SPDX-License-Identifier: MIT
 *
 * Before a training: what its command line names is there, and the run's directory is its own.
 */
#ifndef ANEPROBE_TRAIN_SETUP_H
#define ANEPROBE_TRAIN_SETUP_H

#include "device/device.h"
#include "train/run/run_options.h"

/* Gives on what failed, with its stage unless it is wrong usage. Returns -1. */
int train_complain(const struct device_error *from, struct error *error);

/* Checks everything named on the command line before anything is opened or compiled. 0, or -1 and *error. */
int train_inputs_check(const struct run_options *o, struct error *error);

/* Claims the directory of a new run. 0, or -1 and *error. */
int train_directory_begin(const struct run_options *o, struct error *error);
/* If the run never started, removes the directory created for it. */
void train_directory_give_back(const struct run_options *o);

#endif
