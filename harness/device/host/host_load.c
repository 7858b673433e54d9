/* SPDX-License-Identifier: MIT
 *
 * Not a compiler's instruction mix, only its kind of load: chains of dependent loads with
 * data-dependent branches over a working set of a compiler's size, and a steady allocation and
 * release of fresh pages.
 */
#include "device/host/host_load.h"

#include "device/host/affinity.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Compiling one conv of the suite, gcc 12 (x86-64, Linux 6.18; time -v): 8500 page faults in 0.1 s
 * of CPU time, a third of it in the kernel, 33 MB at most. These sizes give about the same faults
 * per CPU second and the same share of kernel time. Where pages have 16 KiB, both take a quarter of the
 * faults: what costs is clearing the bytes. */
enum { HOT_BYTES = 4 << 20, FRESH_BYTES = 8 << 20, HOT_STEPS = 1 << 17 };

/* Walks the hot set; each value read determines the next address. */
static uint64_t hot_walk(uint64_t *hot, uint64_t state) {
    const uint64_t mask = HOT_BYTES / sizeof *hot - 1;
    for (int step = 0; step < HOT_STEPS; step++) {
        uint64_t value = hot[state & mask];
        state = state * UINT64_C(6364136223846793005) + (value | 1);
        if ((value ^ state) & 4)
            hot[(state >> 32) & mask] = state;
        state ^= state >> 29;
    }
    return state;
}

/* A compiler's memory is fresh: the kernel clears each page and later takes it back. */
static void fresh_touch(void) {
    void *fresh = mmap(NULL, FRESH_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
    if (fresh == MAP_FAILED)
        return;
    memset(fresh, 0x55, FRESH_BYTES);
    munmap(fresh, FRESH_BYTES);
}

struct load_start {
    struct host_load *load;
    uint64_t *hot;
};

static void *host_load_run(void *context) {
    struct load_start start = *(struct load_start *)context;
    free(context);
    if (start.load->off_eval_core)
        (void)affinity_pin_rest();
    uint64_t state = 1;
    while (!start.load->stop) {
        state = hot_walk(start.hot, state);
        fresh_touch();
    }
    start.hot[0] = state; /* use the result, so that the walk cannot be optimised away */
    free(start.hot);
    return NULL;
}

enum device_status host_load_start(
    struct host_load *load, bool off_eval_core, struct device_error *error) {
    if (load->running)
        return device_error_set(error, DEVICE_BROKEN, "host-load",
            "the host load is already running; call host_load_stop first");
    struct load_start *start = malloc(sizeof *start);
    uint64_t *hot = calloc(1, HOT_BYTES);
    if (!start || !hot)
        goto fail;
    *start = (struct load_start){.load = load, .hot = hot};
    load->off_eval_core = off_eval_core;
    load->stop = false;
    if (pthread_create(&load->thread, NULL, host_load_run, start) != 0)
        goto fail;
    load->running = true;
    return DEVICE_OK;

fail:
    free(start);
    free(hot);
    return device_error_set(
        error, DEVICE_BROKEN, "host-load", "out of memory or threads; close other programs");
}

void host_load_stop(struct host_load *load) {
    if (!load->running)
        return;
    load->stop = true;
    pthread_join(load->thread, NULL);
    load->running = false;
}
