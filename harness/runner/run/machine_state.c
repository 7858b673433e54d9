/* SPDX-License-Identifier: MIT */
#include "runner/run/machine_state.h"

#include <stdio.h>
#include <stdlib.h>

bool machine_state_load(char text[64]) {
    double load[3];
    if (getloadavg(load, 3) != 3)
        return false;
    snprintf(text, 64, "%.2f %.2f %.2f", load[0], load[1], load[2]);
    return true;
}
