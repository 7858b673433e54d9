/* SPDX-License-Identifier: MIT
 *
 * What changes how much power a machine takes and how fast it is, besides its work: a figure of energy without them
 * cannot be compared (the first published 2.8 W of an engine were of low-power mode).
 */
#ifndef ANEPROBE_BASE_CONDITIONS_H
#define ANEPROBE_BASE_CONDITIONS_H

/* Each "unknown" when it cannot be read. */
struct conditions {
    char source[12];  /* "mains", "battery" */
    char mode[12];    /* "low", "normal", "high" */
    char thermal[24]; /* as conditions_thermal gives it */
};
/* macOS: asks /usr/bin/pmset, which takes some 10 ms. Linux: class/power_supply and firmware/acpi/platform_profile of
 * /sys; virtual machines have neither. */
void conditions_read(struct conditions *out);
/* All unknown: of simulated machines. */
void conditions_unknown(struct conditions *out);

/* macOS: "pressure=N", 0 nominal to 4 sleeping (OSThermalNotification.h). Linux: "hottest_c=N", the hottest thermal
 * zone in degrees Celsius. "unknown" elsewhere, as in most virtual machines. */
void conditions_thermal(char out[24]);

/* Source and mode from what `pmset -g` and `pmset -g batt` print; NULL = it said nothing. */
void conditions_of_pmset(const char *settings, const char *battery, struct conditions *out);

#endif
