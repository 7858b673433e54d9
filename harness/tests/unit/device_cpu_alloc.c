/* SPDX-License-Identifier: MIT
 *
 * An eval allocates nothing. The counter replaces the C library's allocator, which works with glibc, but not
 * together with a sanitizer that does the same.
 */
#include "device_fixture.h"

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t n, size_t bytes);
void *__libc_realloc(void *old, size_t bytes);

/* volatile: the compiler knows that malloc changes no variable. */
static _Thread_local volatile unsigned long n_allocations;

void *malloc(size_t bytes) {
    n_allocations = n_allocations + 1;
    return __libc_malloc(bytes);
}

void *calloc(size_t n, size_t bytes) {
    n_allocations = n_allocations + 1;
    return __libc_calloc(n, bytes);
}

void *realloc(void *old, size_t bytes) {
    n_allocations = n_allocations + 1;
    return __libc_realloc(old, bytes);
}

static unsigned long allocations_count(void) {
    return n_allocations;
}
#define CAN_COUNT 1
#else
static unsigned long allocations_count(void) {
    return 0;
}
#define CAN_COUNT 0
#endif

Test(device_cpu_alloc, eval_and_enqueue_allocate_nothing) {
    if (!CAN_COUNT)
        cr_skip("allocations cannot be counted in this build");
    struct device *device = open_or_fail("cpu");
    struct device_error error;
    struct fixture_run run;
    struct device_program *program = scale_create(device, 1);
    OK(device_compile(device, program, DEVICE_QOS_DEFAULT, &error));
    OK(device_load(device, program, DEVICE_QOS_DEFAULT, &error));
    run_make(device, program, &run);
    const struct device_chain_spec spec = {
        .program = program, .input = run.in, .output = run.out, .steps = 5};
    struct device_chain *chain;
    OK(device_chain_prepare(device, &spec, DEVICE_QOS_DEFAULT, &chain, &error));
    OK(device_chain_ready(device, chain, DEVICE_QOS_DEFAULT, &error));
    unsigned long before = allocations_count();
    void *volatile counted = malloc(1);
    free(counted);
    cr_assert_eq(allocations_count(), before + 1, "the counter does not count");
    before = allocations_count();
    enum device_status status = DEVICE_OK;
    for (int i = 0; i < 100 && status == DEVICE_OK; i++) {
        status = device_eval(device, run.request, i % 64, &error);
        if (status == DEVICE_OK)
            status = device_chain_enqueue(device, chain, i % 64, &error);
    }
    unsigned long after = allocations_count();
    cr_assert_eq(status, DEVICE_OK);
    cr_assert_eq(after, before);
    device_chain_free(device, chain);
    run_free(device, &run);
    device_close(device);
}
