/* SPDX-License-Identifier: MIT
 *
 * The sub-commands. Each takes the words after its name and returns the exit code; what went wrong
 * is in *error for main to print. Data goes to stdout.
 */
#ifndef ANEPROBE_RUNNER_COMMAND_COMMAND_H
#define ANEPROBE_RUNNER_COMMAND_COMMAND_H

#include "base/error.h"

int command_list(int argc, char **argv, struct error *error);
int command_run(int argc, char **argv, struct error *error);
int command_judge(int argc, char **argv, struct error *error);
int command_report(int argc, char **argv, struct error *error);
int command_submit(int argc, char **argv, struct error *error);
int command_add(int argc, char **argv, struct error *error);
/* These become another program. */
int command_devices(int argc, char **argv, struct error *error);
int command_doctor(int argc, char **argv, struct error *error);
int command_mil(int argc, char **argv, struct error *error);
int command_audit(int argc, char **argv, struct error *error);
int command_compare(int argc, char **argv, struct error *error);
int command_plan(int argc, char **argv, struct error *error);
int command_train(int argc, char **argv, struct error *error);

#endif
