/* SPDX-License-Identifier: MIT
 *
 * States on the coreml device: what an eval leaves is there for the next one and for the host, whatever comes
 * between, and what the host writes counts.
 */
#include "device_kit.h"

#include "mil/fp16.h"

TestSuite(coreml_states, .timeout = 60);

enum { CHANNELS = 4, WIDTH = 20, ELEMENTS = CHANNELS * WIDTH };
#define ARRAY "tensor<fp16, [1, 4, 1, 20]>"
/* y = s + x, which becomes s; with a factor, y = factor * (s + x). */
#define FUNCTION(name, last)                                                                       \
    "  func " name "<ios18>(state<" ARRAY "> s, " ARRAY " x) {\n"                                  \
    "    " ARRAY " old = read_state(input = s)[name = string(\"old\")];\n"                         \
    "    " ARRAY " sum = add(x = x, y = old)[name = string(\"sum\")];\n"                           \
    "    write_state(data = sum, input = s)[name = string(\"w\")];\n"                              \
    "    " ARRAY " y = " last "(x = sum, y = sum)[name = string(\"y\")];\n"                        \
    "  } -> (y);\n"
#define PROGRAM(functions)                                                                         \
    "program(1.3)[buildInfo = dict<string, string>({{\"coremlc-version\", "                        \
    "\"3505.4.1\"}})]\n{\n" functions "}\n"
static const char one_text[] = PROGRAM(FUNCTION("main", "add"));
static const char two_text[] = PROGRAM(FUNCTION("main", "add") FUNCTION("square", "mul"));

static struct rig {
    struct device_program *program;
    struct device_surface *state, *x, *y;
} rig;

static void program_open(const char *text) {
    const struct device_source source = {.mil_text = text, .mil_bytes = strlen(text)};
    OK(device_program_create(kit.device, &source, &rig.program, &kit.error));
    OK(device_compile(kit.device, rig.program, DEVICE_QOS_DEFAULT, &kit.error));
    OK(device_load(kit.device, rig.program, DEVICE_QOS_DEFAULT, &kit.error));
}

static struct device_surface *surface_of(bool output, int index) {
    struct device_layout layout;
    struct device_surface *surface;
    OK(device_layout(kit.device, rig.program, 0, output, index, &layout, &kit.error));
    OK(device_surface_create(kit.device, &layout, &surface, &kit.error));
    return surface;
}

static void fill(struct device_surface *surface, float value) {
    uint16_t elements[ELEMENTS];
    for (int i = 0; i < ELEMENTS; i++)
        elements[i] = fp16_from_float(value + (float)(i % 7));
    OK(device_surface_write(kit.device, surface, elements, &kit.error));
}

/* Each element is `base` plus so many times what `fill` adds along the elements. */
static bool holds(struct device_surface *surface, float base, float times) {
    uint16_t elements[ELEMENTS];
    bool right = true;
    OK(device_surface_read(kit.device, surface, elements, &kit.error));
    for (int i = 0; i < ELEMENTS; i++)
        right &= fp16_to_float(elements[i]) == base + times * (float)(i % 7);
    return right;
}

static void rig_open(const char *device, const char *text) {
    kit_device = device;
    kit_open();
    program_open(text);
    rig.state = surface_of(false, 0);
    rig.x = surface_of(false, 1);
    rig.y = surface_of(true, 0);
    fill(rig.x, 1);
}

static struct device_request_spec spec_of(int procedure) {
    static struct device_surface *inputs[2], *outputs[1];
    inputs[0] = rig.state;
    inputs[1] = rig.x;
    outputs[0] = rig.y;
    return (struct device_request_spec){.program = rig.program,
        .procedure = procedure,
        .inputs = inputs,
        .n_inputs = 2,
        .outputs = outputs,
        .n_outputs = 1};
}

static struct device_request *request_of(int procedure) {
    const struct device_request_spec spec = spec_of(procedure);
    struct device_request *request;
    OK(device_request_create(kit.device, &spec, &request, &kit.error));
    return request;
}

static void eval(struct device_request *request) {
    OK(device_eval(kit.device, request, DEVICE_QOS_DEFAULT, &kit.error));
}

static void rig_close(void) {
    device_surface_free(kit.device, rig.state);
    device_surface_free(kit.device, rig.x);
    device_surface_free(kit.device, rig.y);
    device_program_free(kit.device, rig.program);
    kit_close();
}

/* With and without copies: sums of x, read after each eval, after many, and begun again
 * by the host. */
Test(coreml_states, evals_find_what_the_last_one_left) {
    static const char *const devices[] = {
        "coreml:ne", "coreml:gpu", "coreml:cpu", "coreml:all", "coreml:ne,io=copy"};
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++) {
        rig_open(devices[i], one_text);
        struct device_request *request = request_of(0);
        eval(request);
        cr_expect(holds(rig.state, 1, 1), "%s: one eval", devices[i]);
        cr_expect(holds(rig.y, 2, 2), "%s: its output", devices[i]);
        for (int n = 0; n < 4; n++)
            eval(request);
        cr_expect(holds(rig.state, 5, 5), "%s: five evals", devices[i]);
        cr_expect(holds(rig.state, 5, 5), "%s: read twice", devices[i]);
        fill(rig.state, 10);
        eval(request);
        cr_expect(holds(rig.state, 11, 2), "%s: begun again", devices[i]);
        eval(request);
        fill(rig.state, 20);
        eval(request);
        cr_expect(holds(rig.state, 21, 2), "%s: begun again, what was there unread", devices[i]);
        device_request_free(kit.device, request);
        cr_expect(holds(rig.state, 21, 2), "%s: without its request", devices[i]);
        rig_close();
    }
}

/* What the host wrote before the request was made counts, and so does what an eval left when it is freed. */
Test(coreml_states, a_state_outlives_requests_and_loads) {
    rig_open("coreml:ne", one_text);
    fill(rig.state, 3);
    struct device_request *request = request_of(0);
    eval(request);
    device_request_free(kit.device, request);
    request = request_of(0);
    eval(request);
    OK(device_unload(kit.device, rig.program, &kit.error));
    cr_expect(holds(rig.state, 5, 3), "read while it is unloaded");
    OK(device_load(kit.device, rig.program, DEVICE_QOS_DEFAULT, &kit.error));
    eval(request);
    cr_expect(holds(rig.state, 6, 4), "an eval of the program loaded again");
    device_request_free(kit.device, request);
    rig_close();
}

/* Two functions with one state, by turns. */
Test(coreml_states, functions_share_a_state) {
    rig_open("coreml:ne", two_text);
    struct device_request *sum = request_of(0), *square = request_of(1);
    eval(sum);
    eval(square);
    uint16_t y[ELEMENTS];
    OK(device_surface_read(kit.device, rig.y, y, &kit.error));
    cr_expect_eq(
        fp16_to_float(y[2]), 36, "(2 * (1 + 2)) squared, not %g", (double)fp16_to_float(y[2]));
    eval(sum);
    cr_expect(holds(rig.state, 3, 3), "three evals");
    device_request_free(kit.device, square);
    eval(sum);
    cr_expect(holds(rig.y, 8, 8), "four evals");
    device_request_free(kit.device, sum);
    rig_close();
}

Test(coreml_states, the_private_way_has_none) {
    kit_device = "ane";
    kit_open();
    const struct device_source source = {.mil_text = one_text, .mil_bytes = strlen(one_text)};
    cr_expect_eq(
        device_program_create(kit.device, &source, &rig.program, &kit.error), DEVICE_UNSUPPORTED);
    cr_expect_not_null(
        strstr(kit.error.text, "`s` is a state, which only the devices cpu, coreml and sim"), "%s",
        kit.error.text);
    kit_close();
}

/* Before macOS 15 Core ML has no states: programs without them go on as before. */
Test(coreml_states, each_part_may_be_absent) {
    static const char *const absent[] = {"newState",
        "predictionFromFeatures:usingState:options:error:", "getMultiArrayForStateNamed:handler:",
        "MLState"};
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) {
        char trouble[96];
        struct device_request *request;
        snprintf(trouble, sizeof trouble, "absent=%s", absent[i]);
        kit_device = "coreml:ne";
        kit_open_with(trouble, NULL);
        program_open(one_text);
        rig.state = surface_of(false, 0);
        rig.x = surface_of(false, 1);
        rig.y = surface_of(true, 0);
        const struct device_request_spec spec = spec_of(0);
        cr_expect_eq(device_request_create(kit.device, &spec, &request, &kit.error),
            DEVICE_UNSUPPORTED, "%s", absent[i]);
        cr_expect_not_null(strstr(kit.error.text, absent[i]), "%s", kit.error.text);
        struct subject *subject = loaded_subject(1);
        OK(subject_eval(subject, DEVICE_QOS_DEFAULT, &kit.error));
        subject_free(subject);
        rig_close();
    }
}

/* Lives of programs with states leave nothing. */
Test(coreml_states, many_lives_leave_nothing) {
    enum { LIVES = 30, FIRST = 3, EVALS = 10 };
    long live = 0, owned = 0;
    kit_device = "coreml:ne";
    kit_open();
    for (int life = 0; life < LIVES; life++) {
        program_open(one_text);
        rig.state = surface_of(false, 0);
        rig.x = surface_of(false, 1);
        rig.y = surface_of(true, 0);
        struct device_request *request = request_of(0);
        for (int i = 0; i < EVALS; i++)
            eval(request);
        device_request_free(kit.device, request);
        device_surface_free(kit.device, rig.state);
        device_surface_free(kit.device, rig.x);
        device_surface_free(kit.device, rig.y);
        device_program_free(kit.device, rig.program);
        if (life == FIRST) {
            live = kit.aneprobe_standin_live(NULL);
            owned = kit.aneprobe_standin_owned();
        }
    }
    cr_expect_eq(kit.aneprobe_standin_live(NULL), live, "objects");
    cr_expect_eq(kit.aneprobe_standin_owned(), owned, "references");
    kit_close();
}
