/* SPDX-License-Identifier: MIT
 *
 * Joules a token.
 */
#include "generate_experiment.h"

#include "base/conditions.h"

static const uint64_t second_ns = 1000000000;

static void joules_put(struct trial *t, enum meter_quantity quantity,
    const struct meter_joules *joules, int tokens, const struct conditions *conditions) {
    trial_text(t, "quantity", meter_quantity_name(quantity));
    trial_text(t, "power_source", conditions->source);
    trial_text(t, "power_mode", conditions->mode);
    trial_text(t, "thermal", conditions->thermal);
    if (joules->reason) {
        trial_text(t, "energy_reason", joules->reason);
        return;
    }
    trial_u64(t, "energy_tokens", joules->n_steps * (uint64_t)tokens);
    trial_u64(t, "energy_ns", joules->elapsed_ns);
    trial_number(t, "energy_j", joules->work_j);
    trial_number(t, "idle_w", joules->idle_w);
    trial_number(t, "token_j", joules->step_j / tokens);
    trial_number(t, "net_token_j", joules->net_step_j / tokens);
}

int generate_energy_run(struct trial *t, struct meters *meters, const struct meter_work *reads,
    int tokens, void (*factors)(void *context), void *context) {
    const bool virtual = device_is_virtual(t->device);
    const uint64_t least_ns = virtual ? second_ns / 10 : second_ns * (t->quick ? 1 : 5);
    const uint64_t limit_ns = second_ns * (t->quick ? 60 : 150);
    struct conditions conditions;
    struct meter_window idle, work;
    if (meters_prove(meters, reads, virtual ? second_ns : 3 * second_ns) != 0 ||
        meters_window(meters, NULL, least_ns, limit_ns, &idle) != 0 ||
        meters_window(meters, reads, least_ns, limit_ns, &work) != 0)
        return -1;
    conditions_unknown(&conditions);
    if (!virtual)
        conditions_read(&conditions);
    for (int q = 0; q < METER_QUANTITIES; q++) {
        struct meter_joules joules;
        meter_joules_of(&idle, &work, (enum meter_quantity)q, &joules);
        if (joules.reason && q != METER_ENGINE)
            continue;
        factors(context);
        joules_put(t, (enum meter_quantity)q, &joules, tokens, &conditions);
        trial_row(t, SAMPLE_OK, "");
    }
    return 0;
}
