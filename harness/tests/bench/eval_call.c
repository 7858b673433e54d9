/* SPDX-License-Identifier: MIT
 *
 * What one eval costs through the device table, over calling the compiled function directly: an
 * identity program on a surface of 16 elements, both ways in turns.
 */
#include "bench.h"

#include "device/cpu/cpu.h"
#include "device/cpu/cpu_team.h"

#include <stdio.h>

enum { ROUNDS = 201, CALLS = 20000 };

static const double goal_ns = 200;

int main(void) {
    const struct bench_conv identity = {.in = 1, .out = 1, .spatial = 16, .depth = 0};
    struct device *device;
    struct device_error error;
    struct mil_fault fault;
    struct bench_program p = {0};
    if (device_open("cpu:cores=1", 0, &device, &error) != DEVICE_OK) {
        fprintf(stderr, "eval_call: %s: %s\n", error.stage, error.text);
        return 99;
    }
    static double through[ROUNDS], direct[ROUNDS], over[ROUNDS];
    if (bench_program_create(device, &identity, 1, &p, &error) != DEVICE_OK ||
        device_compile(device, p.program, DEVICE_QOS_DEFAULT, &error) != DEVICE_OK ||
        device_load(device, p.program, DEVICE_QOS_DEFAULT, &error) != DEVICE_OK ||
        bench_program_prepare(device, &p, &error) != DEVICE_OK)
        goto fail;
    const void *in = device_surface_lock(device, p.x, false);
    void *out = device_surface_lock(device, p.y, true);
    struct cpu_device *cpu = (struct cpu_device *)device;
    const struct mil_host *host = cpu_team_enter(cpu->team);
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t start_ns = clock_monotonic_ns();
        for (int i = 0; i < CALLS; i++)
            if (device_eval(device, p.request, DEVICE_QOS_DEFAULT, &error) != DEVICE_OK)
                goto fail;
        uint64_t middle_ns = clock_monotonic_ns();
        for (int i = 0; i < CALLS; i++)
            (void)p.program->image->functions[0].run(host, &in, &out, cpu->arena, &fault);
        uint64_t end_ns = clock_monotonic_ns();
        through[round] = (double)(middle_ns - start_ns) / CALLS;
        direct[round] = (double)(end_ns - middle_ns) / CALLS;
        over[round] = through[round] - direct[round];
    }
    double through_ns = bench_median(through, ROUNDS), direct_ns = bench_median(direct, ROUNDS),
           over_ns = bench_median(over, ROUNDS);
    fputs(bench_header, stdout);
    printf("eval_call,overhead,%.1f,ns,%.1f ns direct call,%.3f,%.0f,%s\n", over_ns, direct_ns,
        through_ns / direct_ns, goal_ns, over_ns <= goal_ns ? "yes" : "no");
    bench_program_free(device, &p);
    device_close(device);
    return 0;

fail:
    fprintf(stderr, "eval_call: %s: %s\n", error.stage, error.text);
    device_close(device);
    return 99;
}
