/* SPDX-License-Identifier: MIT
 *
 * What the device_*() functions share: what stands first in each object, and the checks that come
 * before the device's own function. Checks return DEVICE_OK, or fill *error with `stage`.
 */
#ifndef ANEPROBE_DEVICE_DEVICE_CHECKS_H
#define ANEPROBE_DEVICE_DEVICE_CHECKS_H

#include "device/device_table.h"

static inline struct device_program_base *program_base(struct device_program *program) {
    return (struct device_program_base *)program;
}

static inline struct device_surface_base *surface_base(struct device_surface *surface) {
    return (struct device_surface_base *)surface;
}

static inline struct device_request_base *request_base(struct device_request *request) {
    return (struct device_request_base *)request;
}

static inline struct device_chain_base *chain_base(struct device_chain *chain) {
    return (struct device_chain_base *)chain;
}

enum device_status device_qos_check(int qos, const char *stage, struct device_error *error);
/* Not NULL, not freed, and no background compile is running. */
enum device_status device_program_check(
    struct device_program *program, const char *stage, struct device_error *error);
/* The above, and it is loaded. */
enum device_status device_loaded_check(
    struct device_program *program, const char *stage, struct device_error *error);
enum device_status device_unloaded_refuse(const char *stage, struct device_error *error);
enum device_status device_compiled_check(
    struct device_program *program, const char *stage, struct device_error *error);
enum device_status device_procedure_check(
    struct device_program *program, int procedure, const char *stage, struct device_error *error);
/* Whether the surface fits that input or output. */
enum device_status device_surface_check(struct device *device, struct device_program *program,
    int procedure, bool output, int index, struct device_surface *surface, const char *stage,
    struct device_error *error);

/* One user less; the last one destroys it. A surface may be NULL. */
void device_program_release(struct device *device, struct device_program *program);
void device_surface_release(struct device *device, struct device_surface *surface);

#endif
