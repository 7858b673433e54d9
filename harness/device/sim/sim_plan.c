/* SPDX-License-Identifier: MIT
 *
 * Where a simulated engine's host plans to run a program, and what the engine then moves. The plan has no other
 * effect.
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
    const struct mil_type *type = f->values[op->result].type;
    return type->rank > 0 && (double)type->dim[type->rank - 1] > width_max;
}

/* Planned for the processor, among a program's n operations that are not constants. */
static bool is_on_host(
    const struct sim_params *p, const struct mil_function *f, const struct mil_op *op, int n) {
    return n < p->plan_ops_min || (p->plan_ops_max > 0 && n > p->plan_ops_max) ||
           is_wide(f, op, p->plan_width_max) || (p->plan_few_bits && has_few_bits(f, op));
}

static int operations_count(const struct mil_function *f) {
    int n = 0;
    for (int i = 0; i < f->n_ops; i++)
        n += !is_constant(&f->ops[i]);
    return n;
}

double sim_engine_share(const struct device_program *program, int function) {
    const struct sim_params *p = &program->device->params;
    const struct mil_function *f = &program->base.mil->functions[function];
    const int n = operations_count(f);
    int n_on_engine = 0;
    if (program->way == DEVICE_WAY_DIRECT)
        return 1;
    if (program->way == DEVICE_WAY_GPU || program->way == DEVICE_WAY_CPU || p->plan_declined)
        return 0;
    for (int i = 0; p->plan && i < f->n_ops; i++)
        n_on_engine += !is_constant(&f->ops[i]) && !is_on_host(p, f, &f->ops[i], n);
    return p->plan && n > 0 ? (double)n_on_engine / n : 1;
}

bool sim_traffic_bytes(const struct device *device, uint64_t *bytes) {
    const struct sim_device *sim = (const struct sim_device *)device;
    *bytes = sim->params.traffic == SIM_TRAFFIC_WORKS          ? (uint64_t)sim->moved_bytes
             : sim->params.traffic == SIM_TRAFFIC_FREE_RUNNING ? sim->now_ns * 24 / 1000
                                                               : 0;
    return sim->params.traffic != SIM_TRAFFIC_NONE;
}

enum device_status sim_placement(struct device *device, struct device_program *program,
    int procedure, device_placement_fn *put, void *context, struct device_error *error) {
    const struct sim_params *p = &((const struct sim_device *)device)->params;
    const struct mil_function *f = &program->base.mil->functions[procedure];
    const int n = operations_count(f);
    if (!p->plan)
        return device_error_set(error, DEVICE_UNSUPPORTED, "placement",
            "this simulated engine has no plan; set its key plan to 1");
    for (int i = 0; i < f->n_ops; i++) {
        const struct mil_op *op = &f->ops[i];
        if (is_constant(op))
            continue;
        const bool on_host = is_on_host(p, f, op, n);
        const struct device_placement placement = {.operation = mil_op_name(op),
            .output = op->n_results > 0 ? f->values[op->result].name : "",
            .planned = on_host ? DEVICE_UNIT_CPU : DEVICE_UNIT_ENGINE,
            .possible = 1U << DEVICE_UNIT_CPU | 1U << DEVICE_UNIT_GPU | 1U << DEVICE_UNIT_ENGINE,
            .cost = 1.0 / n};
        put(context, &placement);
    }
    return DEVICE_OK;
}
