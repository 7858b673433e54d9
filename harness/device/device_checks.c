/* SPDX-License-Identifier: MIT */
#include "device/device_checks.h"

enum device_status device_memory_out(struct device_error *error, const char *stage) {
    return device_error_set(
        error, DEVICE_BROKEN, stage, "out of memory; free programs, or use smaller ones");
}

enum device_status device_qos_check(int qos, const char *stage, struct device_error *error) {
    if (qos >= 0 && qos <= DEVICE_QOS_MAX)
        return DEVICE_OK;
    return device_error_set(error, DEVICE_FAILED, stage,
        "there is no quality of service %d; give 0 to %d", qos, DEVICE_QOS_MAX);
}

enum device_status device_program_check(
    struct device_program *program, const char *stage, struct device_error *error) {
    if (!program || program_base(program)->freed)
        return device_error_set(
            error, DEVICE_BROKEN, stage, "there is no such program: it was freed or never created");
    if (program_base(program)->compiling)
        return device_error_set(error, DEVICE_BROKEN, stage,
            "a background compile of this program is still running; call compile_wait first");
    return DEVICE_OK;
}

enum device_status device_unloaded_refuse(const char *stage, struct device_error *error) {
    return device_error_set(
        error, DEVICE_BROKEN, stage, "the program is not loaded; load it first");
}

enum device_status device_loaded_check(
    struct device_program *program, const char *stage, struct device_error *error) {
    enum device_status status = device_program_check(program, stage, error);
    return status == DEVICE_OK && !program_base(program)->loaded
               ? device_unloaded_refuse(stage, error)
               : status;
}

enum device_status device_compiled_check(
    struct device_program *program, const char *stage, struct device_error *error) {
    if (program_base(program)->compiled)
        return DEVICE_OK;
    return device_error_set(
        error, DEVICE_BROKEN, stage, "the program is not compiled; compile it first");
}

enum device_status device_procedure_check(
    struct device_program *program, int procedure, const char *stage, struct device_error *error) {
    const int n = program_base(program)->mil->n_functions;
    if (procedure >= 0 && procedure < n)
        return DEVICE_OK;
    return device_error_set(error, DEVICE_FAILED, stage,
        "no procedure %d; the program has %d, counted from 0", procedure, n);
}
