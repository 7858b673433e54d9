/* SPDX-License-Identifier: MIT
 *
 * Virtual time. The clock moves in whole nanoseconds, one call at a time. The running compile keeps
 * the time it would still need alone; what a call takes off it is computed from the whole
 * nanoseconds that passed, so that rounding does not add up over many calls.
 */
#include "device/sim/sim_internal.h"

#include <math.h>

/* The clock stops after 146 years rather than overflow. */
#define CLOCK_NS_MAX ((uint64_t)1 << 62)

double sim_busy_ns(struct device *device) {
    struct sim_device *sim = (struct sim_device *)device;
    return sim_periods_total_ns(&sim->noise.busy, sim->now_ns);
}

/* `draw` is that of this time; what others draw meanwhile is added here. */
static void clock_add(struct sim_device *device, uint64_t elapsed_ns, struct sim_draw draw) {
    if (device->host_loaded || device->job_head)
        draw.cpu_share = 1;
    sim_energy_pass(&device->energy, &device->params, device->now_ns, elapsed_ns, draw);
    device->now_ns += elapsed_ns;
    if (device->now_ns > CLOCK_NS_MAX)
        device->now_ns = CLOCK_NS_MAX;
}

static void job_begin(struct sim_device *device, struct device_program *program, double at_ns) {
    program->job = SIM_JOB_RUNNING;
    program->job_begin_ns = (uint64_t)llround(at_ns);
    program->job_left_ns = sim_compile_begin(device, program);
}

static void job_end(struct sim_device *device, double at_ns) {
    struct device_program *program = device->job_head;

    program->job = SIM_JOB_OVER;
    program->job_left_ns = 0;
    program->base.info.elapsed_ns = (uint64_t)llround(at_ns) - program->job_begin_ns;
    sim_compile_end(device, program);
    device->job_head = program->job_next;
    program->job_next = NULL;
    if (device->job_head)
        job_begin(device, device->job_head, at_ns);
    else
        device->job_tail = NULL;
}

void sim_job_add(struct sim_device *device, struct device_program *program) {
    program->job = SIM_JOB_QUEUED;
    if (device->job_tail)
        device->job_tail->job_next = program;
    else
        device->job_head = program;
    device->job_tail = program;
    if (device->job_head == program)
        job_begin(device, program, (double)device->now_ns);
}

/* Only the worker uses the time. */
static void time_pass(struct sim_device *device, uint64_t elapsed_ns, double cpu_share) {
    double left = (double)elapsed_ns;

    while (device->job_head && device->job_head->job_left_ns <= left) {
        left -= device->job_head->job_left_ns;
        job_end(device, (double)device->now_ns + (double)elapsed_ns - left);
    }
    if (device->job_head)
        device->job_head->job_left_ns -= left;
    clock_add(device, elapsed_ns, (struct sim_draw){.cpu_share = cpu_share});
}

void sim_pass_call(struct sim_device *device, double nominal_ns) {
    time_pass(device,
        (uint64_t)llround(
            sim_noise_call_ns(&device->noise, SIM_SIDE_HOST, nominal_ns, device->now_ns)),
        1);
}

void sim_pass_poll(struct sim_device *device) {
    time_pass(device, SIM_POLL_NS, 1);
}

void sim_host_work(struct device *device, double elapsed_ns) {
    time_pass((struct sim_device *)device, (uint64_t)llround(fmin(elapsed_ns, SIM_CALL_NS_MAX)), 1);
}

void sim_idle(struct sim_device *device, uint64_t elapsed_ns) {
    time_pass(device, elapsed_ns, 0);
}

void sim_pass_until_over(struct sim_device *device, struct device_program *program) {
    double passed = 0;

    while (program->job == SIM_JOB_QUEUED || program->job == SIM_JOB_RUNNING) {
        passed += device->job_head->job_left_ns;
        job_end(device, (double)device->now_ns + passed);
    }
    clock_add(device, (uint64_t)llround(passed), (struct sim_draw){.cpu_share = 1});
}

static bool clock_has_fallen(const struct sim_device *device) {
    const double idle_ns = (double)(device->now_ns - device->idle_since_ns);
    return device->was_used && device->params.slow_after_us > 0 &&
           idle_ns >= device->params.slow_after_us * SIM_NS_PER_US;
}

/* What it takes an engine that has been idle. */
static double idle_nominal_ns(const struct sim_device *device, double nominal_ns) {
    const struct sim_params *p = &device->params;
    const double idle_ns = (double)(device->now_ns - device->idle_since_ns);
    if (!device->was_used)
        return nominal_ns;
    if (clock_has_fallen(device))
        nominal_ns *= 1 + p->slow_pct / 100;
    if (p->sleep_after_ms > 0 && idle_ns >= p->sleep_after_ms * SIM_NS_PER_MS)
        return nominal_ns + p->sleep_wake_ms * SIM_NS_PER_MS;
    if (p->nap_after_ms > 0 && idle_ns >= p->nap_after_ms * SIM_NS_PER_MS)
        return nominal_ns + p->nap_wake_ms * SIM_NS_PER_MS;
    return nominal_ns;
}

void sim_pass_engine(struct sim_device *device, double nominal_ns, struct sim_draw draw) {
    if (clock_has_fallen(device))
        draw.engine_w *= device->params.slow_power_pct / 100;
    nominal_ns = idle_nominal_ns(device, nominal_ns);
    double work =
        round(sim_noise_call_ns(&device->noise, SIM_SIDE_ENGINE, nominal_ns, device->now_ns));
    const double alone = work;
    double passed = 0;

    while (work > 0 && device->job_head) {
        struct device_program *job = device->job_head;
        double until_eval = work * device->eval_stretch;
        double until_job = job->job_left_ns * device->compile_stretch;
        if (until_eval < until_job) {
            double whole = round(passed + until_eval);
            job->job_left_ns -= (whole - passed) / device->compile_stretch;
            passed = whole;
            work = 0;
            if (job->job_left_ns <= 0)
                job_end(device, (double)device->now_ns + passed);
        } else {
            passed += until_job;
            work -= until_job / device->eval_stretch;
            job_end(device, (double)device->now_ns + passed);
        }
    }
    if (work > 0)
        passed += work;
    /* Beside a compile the same work is spread over more time. */
    draw.engine_w *= passed > 0 ? alone / passed : 1;
    draw.cpu_share *= passed > 0 ? alone / passed : 1;
    clock_add(device, (uint64_t)llround(passed), draw);
    device->idle_since_ns = device->now_ns;
    device->was_used = true;
}
