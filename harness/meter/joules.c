/* SPDX-License-Identifier: MIT */
#include "meter/meter.h"

void meter_joules_of(const struct meter_window *idle, const struct meter_window *work,
    enum meter_quantity quantity, struct meter_joules *out) {
    const struct meter_energy *rest = &idle->of[quantity], *busy = &work->of[quantity];
    *out = (struct meter_joules){.reason = !busy->there   ? busy->reason
                                           : !rest->there ? rest->reason
                                           : busy->n_steps == 0
                                               ? "the window holds no whole piece of work"
                                               : NULL};
    if (out->reason)
        return;
    const double seconds = 1e-9 * (double)busy->elapsed_ns;
    out->n_steps = busy->n_steps;
    out->elapsed_ns = busy->elapsed_ns;
    out->work_j = busy->joules;
    out->power_w = busy->joules / seconds;
    out->idle_w = rest->joules / (1e-9 * (double)rest->elapsed_ns);
    out->net_j = busy->joules - out->idle_w * seconds;
    out->step_j = busy->joules / (double)busy->n_steps;
    out->net_step_j = out->net_j / (double)busy->n_steps;
}
