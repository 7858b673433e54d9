/* SPDX-License-Identifier: MIT
 *
 * A program for the runner that takes the device through all steps once and records how far it came;
 * troubles.sh checks what it records under each trouble.
 */
#include "experiment/experiment.h"
#include "mil/fp16.h"

#include <stdio.h>
#include <string.h>

enum { CHANNELS = 64, POSITIONS = 64, ELEMENTS = CHANNELS * POSITIONS, OUTPUTS = 2, STEPS = 2 };

/* Two outputs, whose names are not in the order of their places. */
static const char two_outputs[] =
    "program(1.3)[buildInfo = dict<string, string>({{\"coremlc-version\", \"3505.4.1\"}})]\n"
    "{\n"
    "  func main<ios18>(tensor<fp16, [1, 64, 1, 64]> x) {\n"
    "    fp16 two = const()[name = string(\"two\"), val = fp16(2.0)];\n"
    "    fp16 three = const()[name = string(\"three\"), val = fp16(3.0)];\n"
    "    tensor<fp16, [1, 64, 1, 64]> y = mul(x = x, y = two)[name = string(\"y\")];\n"
    "    tensor<fp16, [1, 64, 1, 64]> a = mul(x = x, y = three)[name = string(\"a\")];\n"
    "  } -> (y, a);\n"
    "}\n";
static const float factors[OUTPUTS] = {2, 3};

static const char one_output[] =
    "program(1.3)[buildInfo = dict<string, string>({{\"coremlc-version\", \"3505.4.1\"}})]\n"
    "{\n"
    "  func main<ios18>(tensor<fp16, [1, 64, 1, 64]> x) {\n"
    "    fp16 two = const()[name = string(\"two\"), val = fp16(2.0)];\n"
    "    tensor<fp16, [1, 64, 1, 64]> y = mul(x = x, y = two)[name = string(\"y\")];\n"
    "  } -> (y);\n"
    "}\n";

struct path {
    struct device *d;
    struct device_program *program;
    struct device_surface *input, *outputs[OUTPUTS];
    struct device_request *request;
    struct device_chain *chain;
    int n_outputs;
};

static float input(int i) {
    return (float)(i % 11 + 1) / 8;
}

static enum device_status surface_make(struct path *p, bool output, int index,
    struct device_surface **surface, struct device_error *error) {
    struct device_layout layout;
    enum device_status status = device_layout(p->d, p->program, 0, output, index, &layout, error);
    if (status == DEVICE_OK)
        status = device_surface_create(p->d, &layout, surface, error);
    if (status != DEVICE_OK)
        return status;
    uint16_t *data = device_surface_lock(p->d, *surface, true);
    for (int i = 0; i < ELEMENTS; i++)
        data[i] = output ? 0x5555 : fp16_from_float(input(i));
    device_surface_unlock(p->d, *surface, true);
    return DEVICE_OK;
}

static enum device_status path_load(struct path *p, const char *text, struct device_error *error) {
    const struct device_source source = {.mil_text = text, .mil_bytes = strlen(text)};
    enum device_status status = device_program_create(p->d, &source, &p->program, error);
    if (status == DEVICE_OK)
        status = device_compile(p->d, p->program, DEVICE_QOS_DEFAULT, error);
    if (status == DEVICE_OK)
        status = device_load(p->d, p->program, DEVICE_QOS_DEFAULT, error);
    if (status == DEVICE_OK)
        status = surface_make(p, false, 0, &p->input, error);
    for (int i = 0; i < p->n_outputs && status == DEVICE_OK; i++)
        status = surface_make(p, true, i, &p->outputs[i], error);
    return status;
}

static enum device_status path_eval(
    struct path *p, enum device_eval_path way, struct device_error *error) {
    p->n_outputs = OUTPUTS;
    enum device_status status = path_load(p, two_outputs, error);
    const struct device_request_spec spec = {.program = p->program,
        .inputs = &p->input,
        .n_inputs = 1,
        .outputs = p->outputs,
        .n_outputs = OUTPUTS,
        .path = way};
    if (status == DEVICE_OK)
        status = device_request_create(p->d, &spec, &p->request, error);
    return status == DEVICE_OK ? device_eval(p->d, p->request, DEVICE_QOS_DEFAULT, error) : status;
}

static enum device_status path_chain(struct path *p, struct device_error *error) {
    p->n_outputs = 1;
    enum device_status status = path_load(p, one_output, error);
    const struct device_chain_spec spec = {
        .program = p->program, .input = p->input, .output = p->outputs[0], .steps = STEPS};
    if (status == DEVICE_OK)
        status = device_chain_prepare(p->d, &spec, DEVICE_QOS_DEFAULT, &p->chain, error);
    if (status == DEVICE_OK)
        status = device_chain_ready(p->d, p->chain, DEVICE_QOS_DEFAULT, error);
    if (status == DEVICE_OK)
        status = device_chain_enqueue(p->d, p->chain, DEVICE_QOS_DEFAULT, error);
    return status;
}

static bool output_is(struct path *p, int index, float factor) {
    const uint16_t *data = device_surface_lock(p->d, p->outputs[index], false);
    bool right = true;
    for (int i = 0; i < ELEMENTS; i++)
        right &= fp16_to_float(data[i]) == factor * input(i);
    device_surface_unlock(p->d, p->outputs[index], false);
    return right;
}

static void path_free(struct path *p) {
    if (p->chain)
        device_chain_free(p->d, p->chain);
    if (p->request)
        device_request_free(p->d, p->request);
    device_program_free(p->d, p->program);
    for (int i = 0; i < p->n_outputs; i++)
        device_surface_free(p->d, p->outputs[i]);
    device_surface_free(p->d, p->input);
}

static int run(struct trial *t) {
    struct path p = {.d = t->device};
    struct device_error error;
    bool chained = strcmp(t->arm->name, "chain") == 0;
    bool by_client = strcmp(t->arm->name, "client") == 0;
    enum device_status status =
        chained ? path_chain(&p, &error)
                : path_eval(&p, by_client ? DEVICE_PATH_CLIENT : DEVICE_PATH_MODEL, &error);
    int result = 0;
    if (status == DEVICE_OK) {
        bool right = chained ? output_is(&p, 0, 1 << STEPS)
                             : output_is(&p, 0, factors[0]) && output_is(&p, 1, factors[1]);
        trial_text(t, "output", right ? "right" : "wrong");
        trial_row(t, SAMPLE_OK, NULL);
    } else if (status == DEVICE_BROKEN) {
        result = trial_break_error(t, &error);
    } else {
        char code[16];
        snprintf(code, sizeof code, "%d", error.code);
        trial_text(t, "stage", error.stage);
        trial_text(t, "code", code);
        trial_row_error(t, &error);
    }
    path_free(&p);
    return result;
}

static int judge(struct judgement *j) {
    (void)j;
    return 0;
}

int main(int argc, char **argv) {
    static const char *const about[][2] = {{"question", "What does the device say in trouble?"}};
    static const struct experiment_arm arms[] = {{"eval", "one eval", 1, 1, 60},
        {"chain", "one chain", 1, 1, 60},
        {"client", "one eval, with a limit that a hang reaches soon", 1, 1, 2}};
    static const struct experiment_column columns[] = {
        {"output", EXPERIMENT_FACTOR}, {"stage", EXPERIMENT_FACTOR}, {"code", EXPERIMENT_FACTOR}};
    static const struct experiment experiment = {.name = "troubled",
        .about = about,
        .n_about = 1,
        .arms = arms,
        .n_arms = 3,
        .columns = columns,
        .n_columns = 3,
        .run = run,
        .judge = judge};
    return experiment_main(&experiment, argc, argv);
}
