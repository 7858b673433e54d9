/* SPDX-License-Identifier: MIT
 *
 * The calls about a device and its programs: checks and bookkeeping common to all devices, then the
 * device's own function.
 */
#include "device/device_checks.h"

#include <string.h>

const char *device_kind(const struct device *device) {
    return device->table->kind;
}

const char *device_clock(const struct device *device) {
    return device->table->clock;
}

bool device_is_virtual(const struct device *device) {
    return strcmp(device->table->clock, "virtual") == 0;
}

uint64_t device_clock_ns(struct device *device) {
    return device->table->clock_ns(device);
}

void device_disturbance_read(struct device *device, struct disturbance_reading *reading) {
    if (device->table->disturbance_read)
        device->table->disturbance_read(device, reading);
    else if (device_is_virtual(device))
        *reading = (struct disturbance_reading){.at_ns = device_clock_ns(device)};
    else
        disturbance_read(reading);
}

void device_step_tell(struct device *device, device_step_fn *step, void *context) {
    device->step = step;
    device->step_context = context;
}

void device_properties(struct device *device, device_property_fn *put, void *context) {
    device->table->properties(device, put, context);
}

enum device_status device_host_load_start(struct device *device, struct device_error *error) {
    return device->table->host_load_start ? device->table->host_load_start(device, error)
                                          : DEVICE_OK;
}

void device_host_load_stop(struct device *device) {
    if (device->table->host_load_stop)
        device->table->host_load_stop(device);
}

void device_host_pause(struct device *device, uint64_t pause_ns) {
    device->table->host_pause(device, pause_ns);
}

void device_host_thread(struct device *device) {
    if (device->table->host_thread)
        device->table->host_thread(device);
}

/* ---- programs -------------------------------------------------------------------------------- */

static enum device_status states_check(
    const struct device *device, const struct mil_program *mil, struct device_error *error) {
    for (int f = 0; f < mil->n_functions && !device->table->keeps_states; f++)
        for (int i = 0; i < mil->functions[f].n_inputs; i++)
            if (mil->functions[f].values[i].type->kind == MIL_STATE)
                return device_error_set(error, DEVICE_UNSUPPORTED, "parse",
                    "`%.100s` is a state, which only the devices cpu, coreml and sim keep",
                    mil->functions[f].values[i].name);
    return DEVICE_OK;
}

enum device_status device_program_create(struct device *device, const struct device_source *source,
    struct device_program **out, struct device_error *error) {
    *out = NULL;
    enum device_status status = device->table->program_create(device, source, out, error);
    if (status != DEVICE_OK)
        return status;
    status = states_check(device, program_base(*out)->mil, error);
    if (status != DEVICE_OK) {
        device->table->program_destroy(device, *out);
        *out = NULL;
        return status;
    }
    struct device_program_base *program = program_base(*out);
    program->n_users = 1;
    program->next = device->programs;
    device->programs = *out;
    return DEVICE_OK;
}

static void program_destroy(struct device *device, struct device_program *program) {
    struct device_program **link = &device->programs;
    while (*link != program)
        link = &program_base(*link)->next;
    *link = program_base(program)->next;
    device->table->program_destroy(device, program);
}

void device_program_release(struct device *device, struct device_program *program) {
    if (--program_base(program)->n_users == 0)
        program_destroy(device, program);
}

static void program_stop(struct device *device, struct device_program *program) {
    struct device_error ignored;
    if (program_base(program)->compiling)
        (void)device_compile_wait(device, program, &ignored);
    if (program_base(program)->loaded)
        (void)device_unload(device, program, &ignored);
}

void device_program_free(struct device *device, struct device_program *program) {
    if (!program || program_base(program)->freed)
        return;
    program_stop(device, program);
    program_base(program)->freed = true;
    device_program_release(device, program);
}

void device_close(struct device *device) {
    device_host_load_stop(device);
    while (device->programs) {
        program_stop(device, device->programs);
        program_destroy(device, device->programs);
    }
    device->table->close(device);
}

const char *device_program_hash(struct device *device, struct device_program *program) {
    (void)device;
    return program_base(program)->hash;
}

static enum device_status compile_check(
    struct device_program *program, int qos, struct device_error *error) {
    enum device_status status = device_program_check(program, "compile", error);
    return status == DEVICE_OK ? device_qos_check(qos, "compile", error) : status;
}

enum device_status device_program_pin(
    struct device *device, struct device_program *program, int engine, struct device_error *error) {
    enum device_status status = device_program_check(program, "compile", error);
    if (status != DEVICE_OK)
        return status;
    if (engine < 1 || engine > DEVICE_ENGINES_MAX)
        return device_error_set(error, DEVICE_BROKEN, "compile",
            "engine %d; they are numbered from 1 to %d", engine, DEVICE_ENGINES_MAX);
    if (program_base(program)->compiled)
        return device_error_set(
            error, DEVICE_BROKEN, "compile", "the program is compiled; name its engine before");
    if (!device->table->program_pin)
        return device_error_set(error, DEVICE_UNSUPPORTED, "compile",
            "this device knows no wish for one of several engines");
    status = device->table->program_pin(device, program, engine, error);
    if (status == DEVICE_OK)
        program_base(program)->engine = engine;
    return status;
}

const char *device_option_name(enum device_option option) {
    static const char *const names[DEVICE_OPTIONS] = {"variant", "unbonded"};
    return names[option];
}

enum device_status device_program_option(struct device *device, struct device_program *program,
    enum device_option option, struct device_error *error) {
    enum device_status status = device_program_check(program, "compile", error);
    if (status != DEVICE_OK)
        return status;
    if (program_base(program)->compiled)
        return device_error_set(
            error, DEVICE_BROKEN, "compile", "the program is compiled; give its options before");
    if (!device->table->program_option)
        return device_error_set(
            error, DEVICE_UNSUPPORTED, "compile", "this device knows no options of macOS 27");
    status = device->table->program_option(device, program, option, error);
    if (status == DEVICE_OK)
        program_base(program)->options |= 1u << option;
    return status;
}

enum device_status device_compile(
    struct device *device, struct device_program *program, int qos, struct device_error *error) {
    enum device_status status = compile_check(program, qos, error);
    return status == DEVICE_OK ? device->table->compile(device, program, qos, error) : status;
}

enum device_status device_compile_start(
    struct device *device, struct device_program *program, int qos, struct device_error *error) {
    enum device_status status = compile_check(program, qos, error);
    if (status == DEVICE_OK)
        status = device->table->compile_start(device, program, qos, error);
    if (status == DEVICE_OK)
        program_base(program)->compiling = true;
    return status;
}

bool device_compile_poll(struct device *device, struct device_program *program) {
    return device->table->compile_poll(device, program);
}

enum device_status device_compile_wait(
    struct device *device, struct device_program *program, struct device_error *error) {
    if (!program || !program_base(program)->compiling)
        return device_error_set(error, DEVICE_BROKEN, "compile",
            "no compile of this program was started; call compile_start first, once per wait");
    enum device_status status = device->table->compile_wait(device, program, error);
    program_base(program)->compiling = false;
    return status;
}

void device_compile_info(
    struct device *device, struct device_program *program, struct device_compile_info *out) {
    (void)device;
    /* Until compile_wait, the compiler's thread writes the program's fields. */
    if (program_base(program)->compiling)
        *out = (struct device_compile_info){0};
    else
        *out = program_base(program)->info;
}

enum device_status device_load(
    struct device *device, struct device_program *program, int qos, struct device_error *error) {
    enum device_status status = device_program_check(program, "load", error);
    if (status == DEVICE_OK)
        status = device_qos_check(qos, "load", error);
    if (status != DEVICE_OK)
        return status;
    if (program_base(program)->loaded)
        return device_error_set(
            error, DEVICE_BROKEN, "load", "the program is already loaded; unload it first");
    if (!device->table->is_known || !device->table->is_known(device, program))
        status = device_compiled_check(program, "load", error);
    if (status == DEVICE_OK)
        status = device->table->load(device, program, qos, error);
    program_base(program)->loaded = status == DEVICE_OK;
    return status;
}

enum device_status device_unload(
    struct device *device, struct device_program *program, struct device_error *error) {
    enum device_status status = device_loaded_check(program, "unload", error);
    if (status != DEVICE_OK)
        return status;
    if (program_base(program)->mapped) {
        struct device_error ignored;
        (void)device_weights_unmap(device, program, &ignored);
    }
    program_base(program)->loaded = false;
    return device->table->unload(device, program, error);
}

enum device_status device_purge(
    struct device *device, struct device_program *program, struct device_error *error) {
    const struct device_program_base *base = program_base(program);
    if (base->loaded || base->compiling)
        return device_error_set(error, DEVICE_BROKEN, "purge", "the program is %s; %s first",
            base->loaded ? "loaded" : "being compiled", base->loaded ? "unload it" : "wait for it");
    if (!device->table->purge)
        return device_error_set(error, DEVICE_UNSUPPORTED, "purge",
            "the %s device keeps nothing that a purge would drop", device_kind(device));
    const enum device_status status = device->table->purge(device, program, error);
    if (status == DEVICE_OK)
        program_base(program)->compiled = false;
    return status;
}
