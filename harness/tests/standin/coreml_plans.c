/* SPDX-License-Identifier: MIT
 *
 * Where the coreml device says that Core ML plans to run each operation, on the stand-in.
 */
#include "device_kit.h"

TestSuite(coreml_plans, .timeout = 60);

struct placed {
    int n, n_unit[DEVICE_UNITS];
    unsigned possible;
    double cost;
    char text[512];
};

static void placement_note(void *context, const struct device_placement *placement) {
    struct placed *placed = context;
    const size_t used = strlen(placed->text);
    placed->n++;
    placed->n_unit[placement->planned]++;
    placed->possible = placement->possible;
    placed->cost += placement->cost;
    snprintf(placed->text + used, sizeof placed->text - used, "%s %s;", placement->operation,
        placement->output);
}

static struct subject *stack_compiled(void) {
    const struct subject_spec spec = {
        .kind = SUBJECT_CONV, .channels = 8, .spatial = 16, .depth = 3, .weight_seed = 5};
    struct subject *subject;
    OK(subject_create(&kit.t, &spec, &subject, &kit.error));
    OK(subject_compile(subject, DEVICE_QOS_DEFAULT, &kit.error));
    return subject;
}

/* Operation by operation, without constants, for the units that were asked for. */
Test(coreml_plans, placement_by_unit) {
    static const struct {
        const char *device;
        enum device_unit planned;
        unsigned possible;
    } rows[] = {{"coreml:ne", DEVICE_UNIT_ENGINE, 5}, {"coreml:gpu", DEVICE_UNIT_GPU, 3},
        {"coreml:ne,model=memory", DEVICE_UNIT_ENGINE, 5}, {"coreml:cpu", DEVICE_UNIT_CPU, 1},
        {"coreml:all", DEVICE_UNIT_ENGINE, 7}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct placed placed = {0};
        kit_open_device(rows[i].device, NULL, "plan,1\n");
        struct subject *subject = stack_compiled();
        OK(device_placement(
            kit.device, subject_program(subject), 0, placement_note, &placed, &kit.error));
        cr_expect_eq(placed.n, 3, "%s: %s", rows[i].device, placed.text);
        cr_expect_eq(placed.n_unit[rows[i].planned], 3, "%s", rows[i].device);
        cr_expect_eq(placed.possible, rows[i].possible, "%s: %u", rows[i].device, placed.possible);
        cr_expect_float_eq(placed.cost, 1, 1e-9);
        cr_expect_not_null(strstr(placed.text, "conv "), "%s", placed.text);
        subject_free(subject);
        kit_close();
    }
}

static const char *last_output;
static char last_output_name[64];

static void output_note(void *context, const struct device_placement *placement) {
    (void)context;
    snprintf(last_output_name, sizeof last_output_name, "%s", placement->output);
    last_output = last_output_name;
}

/* A plan that moves one layer to the processor says so of that one. */
Test(coreml_plans, placement_of_one_layer_elsewhere) {
    char trouble[96];
    struct placed placed = {0};
    kit_open_device("coreml:ne", NULL, "plan,1\n");
    struct subject *subject = stack_compiled();
    OK(device_placement(kit.device, subject_program(subject), 0, output_note, NULL, &kit.error));
    subject_free(subject);
    kit_close();
    cr_assert_not_null(last_output);
    snprintf(trouble, sizeof trouble, "plan-cpu=%s", last_output);
    kit_open_device("coreml:ne", trouble, "plan,1\n");
    subject = stack_compiled();
    OK(device_placement(
        kit.device, subject_program(subject), 0, placement_note, &placed, &kit.error));
    cr_expect_eq(placed.n_unit[DEVICE_UNIT_CPU], 1, "%s", placed.text);
    cr_expect_eq(placed.n_unit[DEVICE_UNIT_ENGINE], 2, "%s", placed.text);
    subject_free(subject);
    kit_close();
}

Test(coreml_plans, placement_that_cannot_be_asked) {
    kit_open_device("coreml:ne", NULL, NULL);
    struct subject *subject = subject_of(1);
    struct device_program *program = subject_program(subject);
    struct placed placed = {0};
    cr_expect_eq(device_placement(kit.device, program, 0, placement_note, &placed, &kit.error),
        DEVICE_BROKEN, "not compiled");
    OK(subject_compile(subject, DEVICE_QOS_DEFAULT, &kit.error));
    UNSUPPORTED(device_placement(kit.device, program, 0, placement_note, &placed, &kit.error),
        "class MLComputePlan is absent");
    cr_expect_eq(device_placement(kit.device, program, 1, placement_note, &placed, &kit.error),
        DEVICE_FAILED, "no such function");
    subject_free(subject);
    kit_close();
    kit_open_device("ane", NULL, NULL);
    subject = subject_of(1);
    UNSUPPORTED(device_placement(
                    kit.device, subject_program(subject), 0, placement_note, &placed, &kit.error),
        "does not say where it plans");
    subject_free(subject);
    kit_close();
}
