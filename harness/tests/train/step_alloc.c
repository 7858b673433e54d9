/* SPDX-License-Identifier: MIT
 *
 * A step allocates nothing on any thread, nor do the snapshot of the weights and AdamW in an update. The
 * counter replaces the C library's allocator, which works with glibc, but not together with a sanitizer that
 * does the same.
 */
#include "train/host/adamw.h"
#include "train_kit.h"

#include <stdatomic.h>

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t n, size_t bytes);
void *__libc_realloc(void *old, size_t bytes);
void *__libc_memalign(size_t align, size_t bytes);

static _Atomic unsigned long n_allocations;

void *malloc(size_t bytes) {
    n_allocations++;
    return __libc_malloc(bytes);
}

void *calloc(size_t n, size_t bytes) {
    n_allocations++;
    return __libc_calloc(n, bytes);
}

void *realloc(void *old, size_t bytes) {
    n_allocations++;
    return __libc_realloc(old, bytes);
}

int posix_memalign(void **out, size_t align, size_t bytes) {
    n_allocations++;
    *out = __libc_memalign(align, bytes);
    return *out ? 0 : 12;
}
#define CAN_COUNT 1
#else
static unsigned long n_allocations;
#define CAN_COUNT 0
#endif

static void steps_count(enum train_cut cut, enum train_weights_place place) {
    static const struct train_shape shape = {
        .layers = 2, .dim = 32, .hidden = 64, .heads = 4, .kv_heads = 2, .seq = 32, .vocab = 64};
    static const struct train_adamw options = {1e-3f, 0.9f, 0.95f, 1e-8f, 0.1f};
    struct kit k;
    struct train_parameters moment1, moment2;
    struct device_error error;
    enum device_status status = DEVICE_OK;
    uint16_t tokens[64];
    double loss;
    kit_open(&k, "cpu", &shape, cut, place, 2);
    cr_assert_eq(train_parameters_create(&shape, &moment1), 0);
    cr_assert_eq(train_parameters_create(&shape, &moment2), 0);
    cr_assert_eq(train_parameters_initialise(&k.parameters, TRAIN_INIT_DEVIATION, 1), 0);
    kit_update(&k, 1);
    kit_tokens(&shape, 1, tokens);
    (void)kit_step(&k, tokens); /* CBLAS takes its buffers at its first call */
    unsigned long before = n_allocations;
    void *volatile counted = malloc(1);
    free(counted);
    cr_assert_eq(n_allocations, before + 1, "the counter does not count");
    before = n_allocations;
    for (int i = 0; i < 10 && status == DEVICE_OK; i++) {
        status = train_step(k.engine, k.set, tokens, &k.gradients, &loss, &k.timing, &error);
        train_adamw_update(&options, (uint64_t)i + 1, 1, &k.parameters, &k.gradients, &moment1,
            &moment2, train_engine_pool(k.engine));
        if (place == TRAIN_WEIGHTS_INPUT && status == DEVICE_OK) {
            train_set_snapshot(k.set, &k.parameters, (uint64_t)i + 2);
            status = train_set_write_weights(k.set, &error);
        }
    }
    unsigned long after = n_allocations;
    cr_assert_eq(status, DEVICE_OK);
    cr_assert_eq(after, before, "%lu allocations in 10 steps", after - before);
    train_parameters_free(&moment1);
    train_parameters_free(&moment2);
    kit_close(&k);
}

Test(train_step_alloc, steps_allocate_nothing) {
    if (!CAN_COUNT)
        cr_skip("allocations cannot be counted in this build");
    steps_count(TRAIN_CUT_THREE, TRAIN_WEIGHTS_BAKED);
    steps_count(TRAIN_CUT_SIX, TRAIN_WEIGHTS_INPUT);
}
