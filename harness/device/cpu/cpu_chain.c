/* SPDX-License-Identifier: MIT
 *
 * Loopback of one program, output 0 to input 0, without leaving the device: the steps run back to
 * back in one call, through two alternating buffers.
 */
#include "device/cpu/cpu.h"
#include "device/host/large.h"

#include <stdlib.h>

struct device_chain {
    struct device_chain_base base;
    int procedure, steps;
    void *buffers[2]; /* between steps; one block at [0] */
};

void cpu_chain_destroy(struct device *device, struct device_chain *chain) {
    (void)device;
    free(chain->buffers[0]);
    free(chain);
}

enum device_status cpu_chain_prepare(struct device *device, const struct device_chain_spec *spec,
    int qos, struct device_chain **out, struct device_error *error) {
    (void)device, (void)qos;
    struct device_chain *chain = calloc(1, sizeof *chain);
    if (!chain)
        return device_memory_out(error, "prepare");
    size_t bytes = (spec->input->base.layout.bytes + 63) / 64 * 64;
    if (!(chain->buffers[0] = large_alloc(2 * bytes))) {
        free(chain);
        return device_memory_out(error, "prepare");
    }
    chain->buffers[1] = (char *)chain->buffers[0] + bytes;
    chain->procedure = spec->procedure;
    chain->steps = spec->steps;
    *out = chain;
    return DEVICE_OK;
}

enum device_status cpu_chain_enqueue(
    struct device *device, struct device_chain *chain, int qos, struct device_error *error) {
    struct cpu_device *cpu = cpu_of(device);
    struct mil_fault fault;
    cpu_thread_prepare(cpu, qos);
    const struct mil_image_function *function =
        &chain->base.program->image->functions[chain->procedure];
    const struct mil_host *host = cpu_team_enter(cpu->team);
    const void *from = chain->base.input->memory;
    for (int step = 0; step < chain->steps; step++) {
        void *to = step == chain->steps - 1 ? chain->base.output->memory : chain->buffers[step & 1];
        if (function->run(host, &from, &to, cpu->arena, &fault) != 0)
            return cpu_fault_refuse(&fault, error);
        from = to;
    }
    return DEVICE_OK;
}
