/* SPDX-License-Identifier: MIT
 *
 * How busy and how hot the machine is now.
 */
#ifndef ANEPROBE_RUNNER_RUN_MACHINE_STATE_H
#define ANEPROBE_RUNNER_RUN_MACHINE_STATE_H

#include <stdbool.h>

/* Load averages of 1, 5 and 15 minutes, "0.31 0.20 0.11". False = unknown here. */
bool machine_state_load(char text[64]);
/* macOS: "pressure=N", 0 nominal to 4 sleeping (OSThermalNotification.h). Linux: "hottest_c=N", the
 * hottest thermal zone in degrees Celsius. False = unknown here, as in most virtual machines. */
bool machine_state_thermal(char text[64]);

#endif
