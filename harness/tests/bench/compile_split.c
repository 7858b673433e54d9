/* SPDX-License-Identifier: MIT
 *
 * Where a compile's time goes on the cpu device: emitting C and constants, the compiler, loading.
 * New weights each time. The ratio is the part's share of compile plus load in the same run.
 */
#include "bench.h"

#include "base/clock.h"

#include <stdio.h>

enum { ROUNDS = 9 };

static const double goal_emit_ms = 5;

static enum device_status measure(struct device *device, const struct bench_conv *conv,
    const char *name, struct device_error *error) {
    double emit[ROUNDS], compiler[ROUNDS], load[ROUNDS], all[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        struct bench_program p;
        struct device_compile_info info;
        enum device_status status;
        uint64_t start_ns = 0;
        if ((status = bench_program_create(device, conv, (uint64_t)round + 1, &p, error)) ==
                DEVICE_OK &&
            (status = device_compile(device, p.program, DEVICE_QOS_DEFAULT, error)) == DEVICE_OK) {
            start_ns = clock_monotonic_ns();
            status = device_load(device, p.program, DEVICE_QOS_DEFAULT, error);
        }
        uint64_t end_ns = clock_monotonic_ns();
        if (status == DEVICE_OK)
            device_compile_info(device, p.program, &info);
        bench_program_free(device, &p);
        if (status != DEVICE_OK)
            return status;
        emit[round] = 1e-6 * (double)info.emit_ns;
        compiler[round] = 1e-6 * (double)info.compiler_ns;
        load[round] = 1e-6 * (double)(end_ns - start_ns);
        all[round] = 1e-6 * (double)info.elapsed_ns + load[round];
    }
    double all_ms = bench_median(all, ROUNDS), emit_ms = bench_median(emit, ROUNDS),
           compiler_ms = bench_median(compiler, ROUNDS), load_ms = bench_median(load, ROUNDS);
    printf("compile_split,%s_emit,%.3f,ms,%.3f ms compile and load,%.3f,%.0f,%s\n", name, emit_ms,
        all_ms, emit_ms / all_ms, goal_emit_ms, emit_ms < goal_emit_ms ? "yes" : "no");
    printf("compile_split,%s_compiler,%.3f,ms,%.3f ms compile and load,%.3f,,\n", name, compiler_ms,
        all_ms, compiler_ms / all_ms);
    printf("compile_split,%s_load,%.3f,ms,%.3f ms compile and load,%.3f,,\n", name, load_ms, all_ms,
        load_ms / all_ms);
    return DEVICE_OK;
}

int main(void) {
    static const struct {
        const char *name;
        struct bench_conv conv;
    } cases[] = {{"identity", {1, 1, 16, 0}}, {"conv_512ch_sp64", {512, 512, 64, 1}},
        {"conv_768x2048_sp256", {768, 2048, 256, 1}}};
    struct device *device;
    struct device_error error;
    int code = 99;
    if (device_open("cpu:cores=1,cache=off", 0, &device, &error) != DEVICE_OK) {
        fprintf(stderr, "compile_split: %s: %s\n", error.stage, error.text);
        return code;
    }
    fputs(bench_header, stdout);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (measure(device, &cases[i].conv, cases[i].name, &error) != DEVICE_OK) {
            fprintf(stderr, "compile_split: %s: %s\n", error.stage, error.text);
            goto done;
        }
    code = 0;
done:
    device_close(device);
    return code;
}
