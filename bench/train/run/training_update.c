/* SPDX-License-Identifier: MIT
 *
 * One update of the weights, and its row.
 */
#include "train/run/training_internal.h"

#include "device/sim/sim.h"
#include "train/host/adamw.h"

#include <math.h>
#include <string.h>

/* Behind a stand-in virtual time can only pass. */
void training_host_work(struct training *t, double elapsed_ms) {
    if (!t->is_virtual || elapsed_ms <= 0)
        return;
    if (strcmp(device_kind(t->device), "sim") == 0)
        sim_host_work(t->device, elapsed_ms * 1e6);
    else
        device_host_pause(t->device, (uint64_t)llround(elapsed_ms * 1e6));
}

void training_stall_add(struct training *t, uint64_t kept_ns) {
    t->state.counters.pending_stall_ns += kept_ns;
    t->state.counters.stall_ns += kept_ns;
}

/* Rises to --lr over the first steps, then falls to the share --lr-end, half a cosine over all
 * steps. */
static double learning_rate(const struct training *t) {
    const struct run_options *o = t->options;
    const int64_t step = t->state.counters.step;
    const double left = (1 + cos(acos(-1) * (double)step / (double)o->steps)) / 2;
    const double risen = step < o->warmup ? (double)step / (double)o->warmup : 1;
    return o->learning_rate * risen * (o->learning_rate_end + (1 - o->learning_rate_end) * left);
}

/* The batch's gradients go into the weights. Returns what it took. */
uint64_t training_optimise(struct training *t, double *gradient_norm) {
    struct run_counters *c = &t->state.counters;
    struct run_state *s = &t->state;
    const uint64_t begin_ns = training_now_ns(t);
    const struct train_adamw options = {.learning_rate = (float)learning_rate(t),
        .beta1 = 0.9f,
        .beta2 = 0.95f, /* llama2.c's. With 0.999 single updates may destroy what was learned */
        .epsilon = 1e-8f,
        .weight_decay = (float)t->options->weight_decay};
    const float scale = 1.0f / (float)c->batch_steps;
    *gradient_norm =
        scale * train_adamw_update(&options, (uint64_t)c->version + 1, scale, &s->parameters,
                    &s->gradients, &s->moment1, &s->moment2, train_engine_pool(t->engine));
    training_host_work(t, t->options->host_update_ms);
    c->version++;
    c->gradients = RUN_GRADIENTS_ZERO;
    return training_now_ns(t) - begin_ns;
}

enum device_status training_update_log(struct training *t, uint64_t optimiser_ns,
    double gradient_norm, const struct train_stall *stall, uint64_t restart_ns,
    struct device_error *error) {
    struct run_counters *c = &t->state.counters;
    struct run_log_update row = {.update = c->version,
        .step = c->step,
        .tokens = c->step * t->shape.seq,
        .loss = c->batch_loss,
        .gradient_norm = gradient_norm,
        .learning_rate = learning_rate(t),
        .wall_ns = training_wall_ns(t, training_now_ns(t)),
        .batch_ns = c->batch_ns,
        .optimiser_ns = optimiser_ns,
        .checkpoint_ns = t->checkpoint_ns,
        .stall = *stall,
        .restart_ns = c->restart_ns + restart_ns,
        .version_in_use = (int64_t)train_set_version(train_updater_set(t->updater)),
        .programs_alive = train_engine_programs_alive(t->engine),
        .compiles = train_engine_compiles(t->engine),
        .restarts = c->restarts};
    int n_compiles;
    row.has_compile = train_updater_last_compile(t->updater, &row.compile, &n_compiles) &&
                      n_compiles > t->n_compiles_logged;
    t->n_compiles_logged = n_compiles;
    row.compile.begin_ns = training_wall_ns(t, row.compile.begin_ns);
    row.compile.end_ns = training_wall_ns(t, row.compile.end_ns);
    training_stall_add(t, train_stall_ns(stall) + restart_ns);
    c->restart_ns = 0;
    t->checkpoint_ns = 0;
    return run_log_put_update(t->log, &row, error);
}
