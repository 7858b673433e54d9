/* SPDX-License-Identifier: MIT
 *
 * States on the simulated engine: each eval reads and writes their surfaces.
 */
#include "sim_kit.h"

TestSuite(sim_states, .timeout = 60);

enum { ELEMENTS = 8 };
#define ARRAY "tensor<fp16, [1, 1, 1, 8]>"
/* y = s + x, which becomes s; t becomes what s was. */
static const char text[] =
    "program(1.3)\n{\n"
    "  func main<ios18>(state<" ARRAY "> s, state<" ARRAY "> t, " ARRAY " x) {\n"
    "    " ARRAY " old = read_state(input = s)[name = string(\"old\")];\n"
    "    " ARRAY " y = add(x = x, y = old)[name = string(\"y\")];\n"
    "    write_state(data = old, input = t)[name = string(\"wt\")];\n"
    "    write_state(data = y, input = s)[name = string(\"ws\")];\n"
    "  } -> (y);\n"
    "}\n";

static struct rig {
    struct device *device;
    struct device_error error;
    struct device_program *program;
    struct device_surface *in[3], *y;
} rig;

#define OK(call) cr_assert_eq((call), DEVICE_OK, "%s: %s", rig.error.stage, rig.error.text)

static struct device_surface *surface_of(bool output, int index) {
    struct device_layout layout;
    struct device_surface *surface;
    OK(device_layout(rig.device, rig.program, 0, output, index, &layout, &rig.error));
    OK(device_surface_create(rig.device, &layout, &surface, &rig.error));
    return surface;
}

static void fill(struct device_surface *surface, float value) {
    uint16_t elements[ELEMENTS];
    for (int i = 0; i < ELEMENTS; i++)
        elements[i] = fp16_from_float(value);
    OK(device_surface_write(rig.device, surface, elements, &rig.error));
}

static float value_of(struct device_surface *surface) {
    uint16_t elements[ELEMENTS];
    OK(device_surface_read(rig.device, surface, elements, &rig.error));
    return fp16_to_float(elements[ELEMENTS - 1]);
}

static void rig_open(void) {
    const struct device_source source = {.mil_text = text, .mil_bytes = strlen(text)};
    rig.device = kit_open("");
    OK(device_program_create(rig.device, &source, &rig.program, &rig.error));
    OK(device_compile(rig.device, rig.program, DEVICE_QOS_DEFAULT, &rig.error));
    OK(device_load(rig.device, rig.program, DEVICE_QOS_DEFAULT, &rig.error));
    for (int i = 0; i < 3; i++)
        rig.in[i] = surface_of(false, i);
    rig.y = surface_of(true, 0);
    fill(rig.in[2], 2);
}

static enum device_status request_make(
    struct device_surface *const *inputs, struct device_request **out) {
    const struct device_request_spec spec = {
        .program = rig.program, .inputs = inputs, .n_inputs = 3, .outputs = &rig.y, .n_outputs = 1};
    return device_request_create(rig.device, &spec, out, &rig.error);
}

static void rig_close(void) {
    for (int i = 0; i < 3; i++)
        device_surface_free(rig.device, rig.in[i]);
    device_surface_free(rig.device, rig.y);
    device_close(rig.device);
}

Test(sim_states, each_eval_reads_and_writes_them) {
    struct device_request *request;
    rig_open();
    OK(request_make(rig.in, &request));
    for (int i = 1; i <= 5; i++) {
        OK(device_eval(rig.device, request, DEVICE_QOS_DEFAULT, &rig.error));
        cr_expect_eq(value_of(rig.in[0]), 2 * (float)i, "s after %d evals", i);
        cr_expect_eq(value_of(rig.in[1]), 2 * (float)(i - 1), "t after %d evals", i);
        cr_expect_eq(value_of(rig.y), 2 * (float)i, "y after %d evals", i);
    }
    fill(rig.in[0], 100);
    OK(device_eval(rig.device, request, DEVICE_QOS_DEFAULT, &rig.error));
    cr_expect_eq(value_of(rig.y), 102, "begun again by the host");
    device_request_free(rig.device, request);
    rig_close();
}

/* As many evals side by side as one after the other leave the same. */
Test(sim_states, lanes_write_them_too) {
    enum { EVALS = 4 };
    struct device_request *request;
    uint64_t ends[EVALS];
    rig_open();
    OK(request_make(rig.in, &request));
    const struct device_lane lane = {request, ends};
    OK(device_eval_lanes(rig.device, &lane, 1, EVALS, DEVICE_QOS_DEFAULT, &rig.error));
    cr_expect_eq(value_of(rig.in[0]), 2 * EVALS);
    device_request_free(rig.device, request);
    rig_close();
}

Test(sim_states, two_of_them_have_two_surfaces) {
    struct device_request *request;
    rig_open();
    struct device_surface *const shared[] = {rig.in[0], rig.in[0], rig.in[2]};
    cr_expect_eq(request_make(shared, &request), DEVICE_UNSUPPORTED);
    cr_expect_not_null(strstr(rig.error.text, "shares its surface"), "%s", rig.error.text);
    rig_close();
}
