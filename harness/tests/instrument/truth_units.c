/* SPDX-License-Identifier: MIT */
#include "truth_by.h"

#include <math.h>
#include <string.h>

/* Of a way other than the direct one. */
struct cost {
    double dispatch_us, flop_us, bytes_us;
};

static struct cost way_cost(const struct sim_params *p, enum device_way way, double channels,
    double positions, double depth) {
    const double weights = 2 * channels * channels * depth, io = 2 * 2 * channels * positions;
    const bool gpu = way == DEVICE_WAY_GPU, cpu = way == DEVICE_WAY_CPU;
    const double tflops = gpu ? p->gpu_tflops : cpu ? p->cpu_tflops : p->tflops;
    const double gbs = gpu ? p->gpu_bandwidth_gbs : cpu ? p->cpu_bandwidth_gbs : p->bandwidth_gbs;
    const bool spills = !gpu && !cpu && weights > p->sram_mb * 1048576;
    const double times = spills ? p->spill_slowdown : 1;
    return (struct cost){.dispatch_us = p->public_us + (gpu      ? p->gpu_dispatch_us
                                                           : cpu ? p->cpu_dispatch_us
                                                                 : p->dispatch_us),
        .flop_us = weights * positions / tflops / 1e6 * times,
        .bytes_us = (weights + io) / gbs / 1e3 * times};
}

double truth_way_eval_us(const struct sim_params *p, enum device_way way, double channels,
    double positions, double depth) {
    const struct cost c = way_cost(p, way, channels, positions, depth);
    return c.dispatch_us + fmax(c.flop_us, c.bytes_us);
}

double truth_way_chip_uj(const struct sim_params *p, enum device_way way, double channels,
    double positions, double depth) {
    const struct cost c = way_cost(p, way, channels, positions, depth);
    const double work_us = fmax(c.flop_us, c.bytes_us);
    const double engine_w = c.bytes_us > c.flop_us ? p->engine_stream_w : p->engine_compute_w;
    const double always_w = p->engine_idle_w + p->cpu_idle_w + p->package_rest_w;
    const double dispatch_w = p->cpu_busy_w + (way == DEVICE_WAY_NE ? p->engine_dispatch_w : 0);
    const double work_w = way == DEVICE_WAY_GPU   ? p->gpu_w
                          : way == DEVICE_WAY_CPU ? p->cpu_busy_w
                                                  : engine_w;
    return (always_w + dispatch_w) * c.dispatch_us + (always_w + work_w) * work_us;
}

static const struct truth another_chip = {"another chip", TRUTH_EXACT, UNSUPPORTED, NULL};

/* The first way's eval to the second's. */
static struct truth units_time(const struct sim_params *p, const char *chip, enum device_way over,
    enum device_way under, const double shape[3], double threshold) {
    if (strcmp(p->chip, chip) != 0)
        return another_chip;
    return truth_by_ratio(truth_way_eval_us(p, over, shape[0], shape[1], shape[2]) /
                              truth_way_eval_us(p, under, shape[0], shape[1], shape[2]),
        threshold, threshold > 1);
}

static struct truth units_energy(const struct sim_params *p) {
    if (strcmp(p->chip, "M2 Pro") != 0)
        return another_chip;
    if (p->meter == SIM_METER_NONE || p->meter == SIM_METER_FROZEN ||
        p->meter == SIM_METER_FORBIDDEN)
        return (struct truth){"no counter of the chip", TRUTH_EXACT, UNSUPPORTED, NULL};
    return truth_by_ratio(truth_way_chip_uj(p, DEVICE_WAY_NE, 2048, 1, 2) /
                              truth_way_chip_uj(p, DEVICE_WAY_GPU, 2048, 1, 2),
        1.15, false);
}

struct truth truth_units(const char *finding, const struct sim_params *p) {
    static const double vector[] = {2048, 1, 2}, batch[] = {2048, 32, 2}, wide[] = {512, 1024, 2};
    if (!strcmp(finding, "units.gpu-vector"))
        return units_time(p, "M2 Pro", DEVICE_WAY_GPU, DEVICE_WAY_NE, vector, 0.9);
    if (!strcmp(finding, "units.gpu-batch"))
        return units_time(p, "M2 Pro", DEVICE_WAY_GPU, DEVICE_WAY_NE, batch, 0.9);
    if (!strcmp(finding, "units.gpu-wide"))
        return units_time(p, "M5 Pro", DEVICE_WAY_GPU, DEVICE_WAY_NE, wide, 0.9);
    if (!strcmp(finding, "units.engine-wide"))
        return units_time(p, "M3 Max", DEVICE_WAY_NE, DEVICE_WAY_GPU, wide, 0.9);
    if (!strcmp(finding, "units.processor-vector"))
        return units_time(p, "M2 Pro", DEVICE_WAY_CPU, DEVICE_WAY_NE, vector, 1.1);
    return units_energy(p);
}
