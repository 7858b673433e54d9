/* SPDX-License-Identifier: MIT
 *
 * Hashes of the texts of all programs: they must be the same with every compiler, so that trainings on two
 * machines can be compared. A text that differs between compilers was built by parts of a call whose order C
 * leaves open; .ci/order.sh finds those. If texts change, the test prints the new hashes.
 */
#include "train/plan/kernels.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>

/* FNV-1a. */
static uint64_t text_hash(uint64_t hash, const char *text) {
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
    return hash;
}
#define HASH_BEGIN 0xcbf29ce484222325

static const char *const shapes[] = {
    "stories110m", "tiny", "layers=1,dim=48,hidden=80,heads=6,kv_heads=2,seq=32,vocab=50"};

typedef char *text_fn(
    const struct train_shape *shape, int place, int kernel, size_t *bytes, struct mil_error *error);

static char *trainer_text(const struct train_shape *shape, int place, int kernel, size_t *bytes,
    struct mil_error *error) {
    return train_kernel_text(
        shape, (enum train_kind)kernel, (enum train_weights_place)place, bytes, error);
}

static char *plan_text(const struct train_shape *shape, int place, int kernel, size_t *bytes,
    struct mil_error *error) {
    return plan_kernel_text(shape, (enum train_weights_place)place, kernel, bytes, error);
}

/* Of all shapes' texts in a row. */
static uint64_t shapes_hash(text_fn *text_of, int place, int kernel) {
    uint64_t hash = HASH_BEGIN;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        struct train_shape shape;
        struct mil_error error = {.text = ""};
        char why[200];
        size_t bytes;
        cr_assert_eq(train_shape_parse(shapes[i], &shape, why, sizeof why), 0, "%s", why);
        char *text = text_of(&shape, place, kernel, &bytes, &error);
        cr_assert(text, "%s", error.text);
        hash = text_hash(hash, text);
        free(text);
    }
    return hash;
}

static void all_equal(const uint64_t *wanted, int n, text_fn *text_of, int place) {
    for (int kernel = 0; kernel < n; kernel++) {
        const uint64_t hash = shapes_hash(text_of, place, kernel);
        cr_expect(hash == wanted[kernel], "kernel %d, weights %s: 0x%016" PRIx64, kernel,
            place == TRAIN_WEIGHTS_BAKED ? "as constants" : "as inputs", hash);
    }
}

Test(texts, the_trainers_with_weights_as_constants) {
    static const uint64_t wanted[TRAIN_N_KINDS] = {0x4e73d232d95ee129, 0xe7127435db922a90,
        0x72b89f82959a839c, 0x0ba70ec638ac508c, 0x60da6ce01d69e4e6, 0x56f3830612e395c5,
        0x9612783bc7d30bbc, 0x13ca92b53d99ceda};
    all_equal(wanted, TRAIN_N_KINDS, trainer_text, TRAIN_WEIGHTS_BAKED);
}

Test(texts, the_trainers_with_weights_as_inputs) {
    static const uint64_t wanted[TRAIN_N_KINDS] = {0x24532520a62652f4, 0x30be4be1a28469d1,
        0x412c1770dffd0a21, 0x9dcbb09525cc2ecc, 0x60da6ce01d69e4e6, 0xcc737d570a1bdc1c,
        0xe5c78293c84d13dc, 0xe200a757eac37c8a};
    all_equal(wanted, TRAIN_N_KINDS, trainer_text, TRAIN_WEIGHTS_INPUT);
}

Test(texts, the_ten_that_a_plan_models) {
    static const uint64_t wanted[PLAN_DYNAMIC_KERNELS] = {0xe6fb1a4a0ce571dc, 0x6fbb150078ba9a1a,
        0xa2d24b7a0fe8f747, 0xd088d51883533a07, 0x265ff3d221db38b8, 0x6fbb150078ba9a1a,
        0xa2caf1cc85eed6f9, 0x9aacbcc686fa1f50, 0x6fbb150078ba9a1a, 0x4a8432cab7f130e8};
    all_equal(wanted, PLAN_DYNAMIC_KERNELS, plan_text, TRAIN_WEIGHTS_INPUT);
}
