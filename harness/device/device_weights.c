/* SPDX-License-Identifier: MIT
 *
 * New weights for a program that is there.
 */
#include "device/device_checks.h"

enum device_status device_source_rewrite(struct device *device, struct device_program *program,
    const char *blob_path, uint64_t blob_offset, const void *data, size_t bytes,
    struct device_error *error) {
    enum device_status status = device_program_check(program, "rewrite", error);
    return status == DEVICE_OK ? device->table->source_rewrite(
                                     device, program, blob_path, blob_offset, data, bytes, error)
                               : status;
}

enum device_status device_compiled_rewrite(struct device *device, struct device_program *program,
    const char *blob_path, uint64_t blob_offset, const void *data, size_t bytes,
    struct device_error *error) {
    enum device_status status = device_program_check(program, "rewrite", error);
    if (status == DEVICE_OK)
        status = device_compiled_check(program, "rewrite", error);
    return status == DEVICE_OK ? device->table->compiled_rewrite(
                                     device, program, blob_path, blob_offset, data, bytes, error)
                               : status;
}

enum device_status device_weights_map(struct device *device, struct device_program *program,
    int procedure, void **weights, size_t *bytes, struct device_error *error) {
    *weights = NULL;
    *bytes = 0;
    enum device_status status = device_loaded_check(program, "map", error);
    if (status == DEVICE_OK)
        status = device_procedure_check(program, procedure, "map", error);
    if (status != DEVICE_OK)
        return status;
    struct device_program_base *base = program_base(program);
    if (base->mapped)
        return device_error_set(error, DEVICE_BROKEN, "map",
            "the weights of procedure %d are mapped; unmap them first", base->mapped_procedure);
    if (!device->table->weights_map)
        return device_error_set(
            error, DEVICE_UNSUPPORTED, "map", "this device does not map the weights of a program");
    status = device->table->weights_map(device, program, procedure, weights, bytes, error);
    base->mapped = status == DEVICE_OK;
    base->mapped_procedure = procedure;
    base->mapped_bytes = *bytes;
    return status;
}

static enum device_status mapped_check(struct device_program *program, struct device_error *error) {
    enum device_status status = device_loaded_check(program, "map", error);
    if (status == DEVICE_OK && !program_base(program)->mapped)
        return device_error_set(
            error, DEVICE_BROKEN, "map", "the program's weights are not mapped; map them first");
    return status;
}

enum device_status device_weights_sync(struct device *device, struct device_program *program,
    size_t offset, size_t bytes, struct device_error *error) {
    enum device_status status = mapped_check(program, error);
    if (status != DEVICE_OK)
        return status;
    const struct device_program_base *base = program_base(program);
    if (offset > base->mapped_bytes || bytes > base->mapped_bytes - offset)
        return device_error_set(error, DEVICE_BROKEN, "map",
            "%zu bytes from %zu are not within the %zu that are mapped", bytes, offset,
            base->mapped_bytes);
    return device->table->weights_sync(
        device, program, base->mapped_procedure, offset, bytes, error);
}

enum device_status device_weights_unmap(
    struct device *device, struct device_program *program, struct device_error *error) {
    enum device_status status = mapped_check(program, error);
    if (status != DEVICE_OK)
        return status;
    struct device_program_base *base = program_base(program);
    base->mapped = false;
    return device->table->weights_unmap(device, program, base->mapped_procedure, error);
}
