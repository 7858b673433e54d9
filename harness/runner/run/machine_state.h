/* SPDX-License-Identifier: MIT
 *
 * How busy the machine is now; base/conditions.h has how hot it is and what powers it.
 */
#ifndef ANEPROBE_RUNNER_RUN_MACHINE_STATE_H
#define ANEPROBE_RUNNER_RUN_MACHINE_STATE_H

#include <stdbool.h>

/* Load averages of 1, 5 and 15 minutes, "0.31 0.20 0.11". False = unknown here. */
bool machine_state_load(char text[64]);

#endif
