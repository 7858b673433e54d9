/* SPDX-License-Identifier: MIT
 *
 * Compiles of the simulated engine: cold or cached, within the limit on their number or past it.
 */
#include "device/sim/sim_internal.h"

#include <stdlib.h>

/* ---- earlier compiles */

static struct mil_hash *seen_slot(const struct sim_seen *seen, struct mil_hash hash) {
    size_t i = (size_t)hash.a & (seen->n_slots - 1);
    while ((seen->slots[i].a || seen->slots[i].b) &&
           (seen->slots[i].a != hash.a || seen->slots[i].b != hash.b))
        i = (i + 1) & (seen->n_slots - 1);
    return &seen->slots[i];
}

static bool seen_has(const struct sim_seen *seen, struct mil_hash hash) {
    return seen->n_slots > 0 && seen_slot(seen, hash)->a == hash.a &&
           seen_slot(seen, hash)->b == hash.b;
}

/* Those behind it in its chain are put in anew, or they would not be found. */
static void seen_drop(struct sim_seen *seen, struct mil_hash hash) {
    if (!seen_has(seen, hash))
        return;
    size_t i = (size_t)(seen_slot(seen, hash) - seen->slots);
    seen->slots[i] = (struct mil_hash){0, 0};
    seen->n_used--;
    for (;;) {
        i = (i + 1) & (seen->n_slots - 1);
        const struct mil_hash moved = seen->slots[i];
        if (!moved.a && !moved.b)
            return;
        seen->slots[i] = (struct mil_hash){0, 0};
        *seen_slot(seen, moved) = moved;
    }
}

int sim_compile_reserve(struct sim_device *sim) {
    struct sim_seen *seen = &sim->seen;
    if (2 * (seen->n_used + 1) <= seen->n_slots)
        return 0;
    struct sim_seen more = {.n_slots = seen->n_slots ? 2 * seen->n_slots : 256};
    more.slots = calloc(more.n_slots, sizeof *more.slots);
    if (!more.slots)
        return -1;
    for (size_t i = 0; i < seen->n_slots; i++)
        if (seen->slots[i].a || seen->slots[i].b)
            *seen_slot(&more, seen->slots[i]) = seen->slots[i];
    more.n_used = seen->n_used;
    free(seen->slots);
    *seen = more;
    return 0;
}

/* ---- compiling */

double sim_compile_begin(struct sim_device *sim, struct device_program *program) {
    const struct sim_params *p = &sim->params;
    double ms;

    program->base.info =
        (struct device_compile_info){.cached = seen_has(&sim->seen, program->source_hash)};
    ms = program->base.info.cached
             ? p->cached_compile_ms
             : p->compile_ms + p->compile_per_mb_ms * program->weight_bytes / SIM_MB +
                   (program->way == DEVICE_WAY_DIRECT ? 0 : p->public_compile_ms);
    if (!sim->first_compile_over)
        ms += p->first_use_ms;
    sim->first_compile_over = true;
    return sim_noise_call_ns(&sim->noise, SIM_SIDE_HOST, ms * SIM_NS_PER_MS, program->job_begin_ns);
}

void sim_compile_end(struct sim_device *sim, struct device_program *program) {
    const struct sim_params *p = &sim->params;
    bool past_limit = false;

    program->job_status = DEVICE_OK;
    sim_image_free(program->on_load);
    program->on_load = NULL;
    program->base.compiled = false;
    program->compile_wrong = false;
    if (!program->base.info.cached) {
        sim->cold_compiles++;
        past_limit = (double)sim->cold_compiles > sim_limit(p, SIM_LIMIT_COMPILES);
    }
    if (past_limit && p->limit_failure == SIM_FAILURE_ERROR) {
        program->job_status = sim_error_refuse(&program->job_error, SIM_CODE_CREATE, "compile",
            "ANECCompile() FAILED; start a new process to compile more");
        return;
    }
    program->job_status = sim_past_compile(program, &program->job_error);
    if (program->job_status != DEVICE_OK)
        return;
    program->compile_wrong = past_limit;
    program->on_load = sim_image_share(program->source);
    program->base.compiled = true;
    if (!past_limit && !program->base.info.cached) {
        struct mil_hash *slot = seen_slot(&sim->seen, program->source_hash);
        sim->seen.n_used += !slot->a && !slot->b;
        *slot = program->source_hash;
    }
}

void sim_compile_forget(struct sim_device *sim, struct mil_hash source_hash) {
    seen_drop(&sim->seen, source_hash);
}
