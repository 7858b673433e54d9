/* SPDX-License-Identifier: MIT
 *
 * Compile requests to the simulated engine: one worker handles them in order.
 */
#include "device/sim/sim_internal.h"

static struct sim_device *sim_of(struct device *device) {
    return (struct sim_device *)device;
}

enum device_status sim_compile_start(
    struct device *device, struct device_program *program, int qos, struct device_error *error) {
    struct sim_device *sim = sim_of(device);

    enum device_status status = sim_qos_check(sim, qos, "compile", error);
    if (status != DEVICE_OK)
        return status;
    if (program->loaded)
        return device_error_set(
            error, DEVICE_BROKEN, "compile", "the program is loaded; unload it first");
    if (sim_compile_reserve(sim) != 0)
        return device_memory_out(error, "compile");
    sim_job_add(sim, program);
    return DEVICE_OK;
}

bool sim_compile_is_over(const struct device_program *program) {
    return program->job == SIM_JOB_NONE || program->job == SIM_JOB_OVER;
}

bool sim_compile_poll(struct device *device, struct device_program *program) {
    sim_pass_poll(sim_of(device));
    return sim_compile_is_over(program);
}

enum device_status sim_compile_wait(
    struct device *device, struct device_program *program, struct device_error *error) {
    sim_pass_until_over(sim_of(device), program);
    program->job = SIM_JOB_NONE;
    if (program->job_status != DEVICE_OK)
        *error = program->job_error;
    return program->job_status;
}

enum device_status sim_compile(
    struct device *device, struct device_program *program, int qos, struct device_error *error) {
    enum device_status status = sim_compile_start(device, program, qos, error);
    return status == DEVICE_OK ? sim_compile_wait(device, program, error) : status;
}
