/* SPDX-License-Identifier: MIT
 *
 * Failures of the simulated engine, with the engine's own codes.
 */
#include "device/sim/sim_internal.h"

#include <stdio.h>

enum device_status sim_error_refuse(
    struct device_error *error, int code, const char *stage, const char *text) {
    device_error_set(error, DEVICE_FAILED, stage, "%s", text);
    error->code = code;
    snprintf(error->domain, sizeof error->domain, "%s", SIM_DOMAIN);
    return DEVICE_FAILED;
}

enum device_status sim_qos_check(
    const struct sim_device *sim, int qos, const char *stage, struct device_error *error) {
    return qos != sim->qos_refused ? DEVICE_OK
                                   : sim_error_refuse(error, SIM_CODE_ARGUMENT, stage,
                                         "this quality of service is refused; give another");
}
