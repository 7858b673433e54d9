/* SPDX-License-Identifier: MIT */
#include "device/device_checks.h"

enum device_status device_placement(struct device *device, struct device_program *program,
    int procedure, device_placement_fn *put, void *context, struct device_error *error) {
    enum device_status status = device_program_check(program, "placement", error);
    if (status == DEVICE_OK && !device->table->placement)
        return device_error_set(error, DEVICE_UNSUPPORTED, "placement",
            "this device does not say where it plans to run a program; coreml does");
    if (status == DEVICE_OK)
        status = device_compiled_check(program, "placement", error);
    if (status == DEVICE_OK)
        status = device_procedure_check(program, procedure, "placement", error);
    return status == DEVICE_OK
               ? device->table->placement(device, program, procedure, put, context, error)
               : status;
}

const char *device_unit_name(int unit) {
    static const char *const names[DEVICE_UNITS] = {[DEVICE_UNIT_CPU] = "processor",
        [DEVICE_UNIT_GPU] = "gpu",
        [DEVICE_UNIT_ENGINE] = "engine"};
    return unit >= 0 && unit < DEVICE_UNITS ? names[unit] : "";
}
