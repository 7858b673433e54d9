/* SPDX-License-Identifier: MIT
 *
 * The outcomes of a specimen must be distinguished: right, slightly wrong, zeros, and never written. The device
 * is a fake that evaluates correctly and then changes the output.
 */
#include "sim_kit.h"

#include "device/device_table.h"
#include "experiment/specimen.h"
#include "experiment/specimen_data.h"
#include "experiment/stretch.h"

#define T MIL_F16("1, 3, 2, 5")

static const struct specimen_function two_outputs = {"main", T " x, " T " y",
    MIL_BODY(MIL_WEIGHT(MIL_F16("1, 3, 1, 1"), "w"), MIL_OP(T, "s", "sub(x=x, y=y)"),
        MIL_OP(T, "p", "mul(x=s, y=w)")),
    "p, s"};

static struct device_table harmful;
static enum device_status (*honest_eval)(
    struct device *, struct device_request *, int, struct device_error *);

enum harm { NONE, SKIP, ZERO, ONE_ELEMENT, FIRST_OUTPUT };
static enum harm harm;
static int n_reads;

static enum device_status eval_skipped(
    struct device *device, struct device_request *request, int qos, struct device_error *error) {
    return harm == SKIP ? DEVICE_OK : honest_eval(device, request, qos, error);
}

/* Reading begins with a lock, which changes the output first. */
static void *(*honest_lock)(struct device *, struct device_surface *, bool);
static void *lock_harmed(struct device *device, struct device_surface *surface, bool write) {
    uint16_t *memory = honest_lock(device, surface, write);
    if (!write && harm == ZERO)
        memset(memory, 0, 60);
    if (!write && harm == ONE_ELEMENT)
        memory[29] = fp16_from_float(fp16_to_float(memory[29]) + 0.25f);
    if (!write && harm == FIRST_OUTPUT && n_reads++ == 0)
        memory[0] = fp16_from_float(fp16_to_float(memory[0]) + 0.25f);
    return memory;
}

static struct device *harmful_open(void) {
    struct device *device = kit_open("");
    harmful = *device->table;
    honest_eval = harmful.eval;
    honest_lock = harmful.surface_lock;
    harmful.eval = eval_skipped;
    harmful.surface_lock = lock_harmed;
    device->table = &harmful;
    return device;
}

static enum specimen_outcome outcome_with(enum harm kind) {
    struct trial t = {.device = harmful_open(), .seed = 5};
    const struct specimen_spec spec = {
        .functions = &two_outputs, .n_functions = 1, .weight_seed = 7};
    struct device_error error = {.text = ""};
    enum specimen_outcome outcome = SPECIMEN_RIGHT;
    harm = kind;
    n_reads = 0;
    cr_assert(specimen_try(&t, &spec, &outcome, &error) == DEVICE_OK, "%s", error.text);
    device_close(t.device);
    return outcome;
}

Test(specimen, outcomes_are_distinguished) {
    cr_assert_eq(outcome_with(NONE), SPECIMEN_RIGHT);
    cr_assert_eq(outcome_with(SKIP), SPECIMEN_UNTOUCHED);
    cr_assert_eq(outcome_with(ZERO), SPECIMEN_ZEROS);
    cr_assert_eq(outcome_with(ONE_ELEMENT), SPECIMEN_WRONG);
    cr_assert_eq(outcome_with(FIRST_OUTPUT), SPECIMEN_WRONG, "whatever the last output holds");
}

Test(specimen, values_that_are_not_finite_must_be_the_same) {
    const struct specimen_function overflow = {"main", T " x",
        MIL_BODY(MIL_OP(T, "s", "add(x=x, y=x)"), MIL_OP(T, "n", "sub(x=s, y=s)")), "s, n"};
    static const float large = 60000;
    const struct specimen_spec spec = {
        .functions = &overflow, .n_functions = 1, .pattern = &large, .n_pattern = 1};
    struct trial t = {.device = kit_open(""), .seed = 5};
    struct device_error error = {.text = ""};
    enum specimen_outcome outcome = SPECIMEN_WRONG;
    struct specimen *s;
    size_t n;
    cr_assert(specimen_create(&t, &spec, &s, &error) == DEVICE_OK, "%s", error.text);
    cr_assert_eq(specimen_compile(s, &error), DEVICE_OK);
    cr_assert_eq(specimen_load(s, &error), DEVICE_OK);
    cr_assert_eq(specimen_eval(s, &outcome, &error), DEVICE_OK);
    cr_assert_eq(outcome, SPECIMEN_RIGHT);
    const float *sum = specimen_output(s, 0, &n);
    cr_assert_eq(n, 30);
    cr_assert(sum[29] > 65504 && specimen_expected(s, 0)[29] > 65504);
    const float *difference = specimen_output(s, 1, &n);
    cr_assert(difference[0] != difference[0]);
    specimen_free(s);
    device_close(t.device);
}

Test(specimen, each_function_has_its_own_weights_and_reference) {
    const struct specimen_function functions[] = {
        {"main", T " x",
            MIL_BODY(MIL_WEIGHT(MIL_F16("1, 3, 1, 1"), "a"), MIL_OP(T, "y", "mul(x=x, y=a)")), "y"},
        {"other", T " x",
            MIL_BODY(MIL_WEIGHT(MIL_F16("1, 3, 1, 1"), "b"), MIL_OP(T, "y", "mul(x=x, y=b)")),
            "y"}};
    const struct specimen_spec spec = {
        .functions = functions, .n_functions = 2, .weight_seed = 7, .exact_surfaces = true};
    struct trial t = {.device = kit_open(""), .seed = 5};
    struct device_error error = {.text = ""};
    enum specimen_outcome outcome;
    struct specimen *s;
    cr_assert(specimen_create(&t, &spec, &s, &error) == DEVICE_OK, "%s", error.text);
    cr_assert_eq(specimen_eval(s, &outcome, &error), DEVICE_BROKEN, "it is not loaded");
    cr_assert_eq(specimen_compile(s, &error), DEVICE_OK);
    cr_assert_eq(specimen_load(s, &error), DEVICE_OK);
    for (int function = 0; function < 2; function++)
        for (int procedure = 0; procedure < 2; procedure++) {
            cr_assert_eq(specimen_bind(s, function, procedure, NULL, &error), DEVICE_OK);
            cr_assert_eq(specimen_eval(s, &outcome, &error), DEVICE_OK);
            cr_assert_eq(outcome, function == procedure ? SPECIMEN_RIGHT : SPECIMEN_WRONG);
        }
    cr_assert_eq(specimen_bind(s, 0, 9, NULL, &error), DEVICE_FAILED);
    cr_assert_eq(specimen_eval(s, &outcome, &error), DEVICE_BROKEN, "no request is left");
    specimen_free(s);
    device_close(t.device);
}

/* Of 4096 random bytes about 16 have the same value. */
Test(specimen, every_byte_of_integer_weights_is_drawn) {
    enum { N = 4096, DATA_BEGINS = 128 };
    const struct specimen_function function = {"main", "tensor<fp16, [4096]> x",
        MIL_BODY(MIL_WEIGHT("tensor<uint8, [4096]>", "w"),
            MIL_OP("tensor<fp16, [4096]>", "f", "cast(x=w, dtype=string(\"fp16\"))"),
            MIL_OP("tensor<fp16, [4096]>", "y", "mul(x=x, y=f)")),
        "y"};
    const struct specimen_spec spec = {.functions = &function, .n_functions = 1, .weight_seed = 7};
    struct specimen_data data;
    struct mil_error error = {.text = ""};
    cr_assert_eq(specimen_data_make(&data, &spec, MIL_HEADER_IOS18, &error), 0, "%s", error.text);
    cr_assert(data.n_files == 1 && data.files[0].bytes >= DATA_BEGINS + N);
    const unsigned char *bytes = (const unsigned char *)data.files[0].data + DATA_BEGINS;
    int n_same[256] = {0};
    for (int i = 0; i < N; i++)
        n_same[bytes[i]]++;
    for (int value = 0; value < 256; value++)
        cr_expect_lt(n_same[value], 64, "%d", value);
    specimen_data_free(&data);
}

Test(specimen, large_weights_repeat_a_stretch_and_no_row) {
    enum { ROWS = 2100, COLUMNS = 1000, N = ROWS * COLUMNS, DATA_BEGINS = 128 };
    const struct specimen_function function = {"main", "tensor<fp16, [2100, 1000]> x",
        MIL_BODY(MIL_WEIGHT("tensor<fp16, [2100, 1000]>", "w"),
            MIL_OP("tensor<fp16, [2100, 1000]>", "y", "mul(x=x, y=w)")),
        "y"};
    const struct specimen_spec spec = {.functions = &function, .n_functions = 1, .weight_seed = 7};
    struct specimen_data data;
    struct mil_error error = {.text = ""};
    cr_assert_eq(specimen_data_make(&data, &spec, MIL_HEADER_IOS18, &error), 0, "%s", error.text);
    cr_assert(data.n_files == 1 && data.files[0].bytes >= DATA_BEGINS + N * sizeof(uint16_t));
    const uint16_t *weights =
        (const void *)((const unsigned char *)data.files[0].data + DATA_BEGINS);
    for (int i = STRETCH_ELEMENTS; i < N; i++)
        cr_assert_eq(weights[i], weights[i % STRETCH_ELEMENTS], "element %d", i);
    for (int row = 1; row < ROWS; row++)
        cr_assert(memcmp(weights, weights + (size_t)row * COLUMNS, COLUMNS * sizeof *weights) != 0,
            "row %d", row);
    specimen_data_free(&data);
}

Test(specimen, a_wrong_text_is_an_error_with_its_place) {
    const struct specimen_function wrong = {
        "main", T " x", MIL_BODY(MIL_OP(T, "y", "mull(x=x, y=x)")), "y"};
    const struct specimen_spec spec = {.functions = &wrong, .n_functions = 1};
    struct trial t = {.device = kit_open(""), .seed = 5};
    struct device_error error = {.text = ""};
    struct specimen *s;
    cr_assert_eq(specimen_create(&t, &spec, &s, &error), DEVICE_BROKEN);
    cr_assert(!s && strstr(error.text, "line 5") && strstr(error.text, "mull"), "%s", error.text);
    device_close(t.device);
}
