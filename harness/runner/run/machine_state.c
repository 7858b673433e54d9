/* SPDX-License-Identifier: MIT */
#include "runner/run/machine_state.h"

#ifdef __APPLE__
#include "base/disturbance.h"
#endif

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

bool machine_state_load(char text[64]) {
    double load[3];
    if (getloadavg(load, 3) != 3)
        return false;
    snprintf(text, 64, "%.2f %.2f %.2f", load[0], load[1], load[2]);
    return true;
}

#ifdef __APPLE__
bool machine_state_thermal(char text[64]) {
    struct disturbance_reading now;
    disturbance_read(&now);
    if (now.has_thermal_pressure)
        snprintf(text, 64, "pressure=%" PRIu64, now.thermal_pressure);
    return now.has_thermal_pressure;
}
#else
bool machine_state_thermal(char text[64]) {
    long hottest_mc = -1;
    for (int zone = 0; zone < 64; zone++) {
        char path[64];
        snprintf(path, sizeof path, "/sys/class/thermal/thermal_zone%d/temp", zone);
        FILE *file = fopen(path, "r");
        if (file == NULL)
            break;
        long mc;
        if (fscanf(file, "%ld", &mc) == 1 && mc > hottest_mc)
            hottest_mc = mc;
        fclose(file);
    }
    if (hottest_mc < 0)
        return false;
    snprintf(text, 64, "hottest_c=%.1f", (double)hottest_mc / 1000);
    return true;
}
#endif
