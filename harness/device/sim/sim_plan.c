/* SPDX-License-Identifier: MIT
 *
 * Where a simulated engine's host plans to run a program. The plan is said and has no effect.
 */
#include "device/sim/sim_internal.h"

#include <string.h>

static bool is_constant(const struct mil_op *op) {
    return strcmp(mil_op_name(op), "const") == 0 || strncmp(mil_op_name(op), "constexpr_", 10) == 0;
}

/* Whether one of its arguments is made from weights of fewer bits. */
static bool has_few_bits(const struct mil_function *f, const struct mil_op *op) {
    for (int a = 0; a < op->n_args; a++)
        for (int i = 0; i < op->args[a].n_values; i++) {
            const int made_by = f->values[op->args[a].values[i]].op;
            if (made_by >= 0 && strncmp(mil_op_name(&f->ops[made_by]), "constexpr_", 10) == 0)
                return true;
        }
    return false;
}

static bool is_wide(const struct mil_function *f, const struct mil_op *op, double width_max) {
    if (width_max <= 0 || op->n_results == 0)
        return false;
    const struct mil_type *type = &f->values[op->result].type;
    return type->rank > 0 && (double)type->dim[type->rank - 1] > width_max;
}

enum device_status sim_placement(struct device *device, struct device_program *program,
    int procedure, device_placement_fn *put, void *context, struct device_error *error) {
    const struct sim_params *p = &((const struct sim_device *)device)->params;
    const struct mil_function *f = &program->base.mil->functions[procedure];
    int n = 0;
    if (!p->plan)
        return device_error_set(error, DEVICE_UNSUPPORTED, "placement",
            "this simulated engine has no plan; set its key plan to 1");
    for (int i = 0; i < f->n_ops; i++)
        n += !is_constant(&f->ops[i]);
    const bool leaves = n < p->plan_ops_min || (p->plan_ops_max > 0 && n > p->plan_ops_max);
    for (int i = 0; i < f->n_ops; i++) {
        const struct mil_op *op = &f->ops[i];
        if (is_constant(op))
            continue;
        const bool on_host = leaves || is_wide(f, op, p->plan_width_max) ||
                             (p->plan_few_bits && has_few_bits(f, op));
        const struct device_placement placement = {.operation = mil_op_name(op),
            .output = op->n_results > 0 ? f->values[op->result].name : "",
            .planned = on_host ? DEVICE_UNIT_CPU : DEVICE_UNIT_ENGINE,
            .possible = 1U << DEVICE_UNIT_CPU | 1U << DEVICE_UNIT_GPU | 1U << DEVICE_UNIT_ENGINE,
            .cost = 1.0 / n};
        put(context, &placement);
    }
    return DEVICE_OK;
}
