/* SPDX-License-Identifier: MIT
 *
 * How many evals a second the model device answers, noise on, beside bare readings of the clock in
 * the same run: without numerics, and with them on an input that does not change.
 *
 * model_calls FILE.model
 */
#include "device/model/model.h"

#include <stdio.h>
#include <time.h>

enum { CALLS = 2000000 };

static const double goal_per_s = 1e6;

static double seconds_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double clock_rate(void) {
    double start = seconds_now(), last = start;
    for (int i = 0; i < CALLS; i++)
        last = seconds_now();
    return CALLS / (last - start);
}

/* Evals a second of a program on a 1024-element surface; below 0 and *error when one fails. */
static double eval_rate(const char *options, struct device_error *error) {
    static const char text[] =
        "program(1.3)[buildInfo = dict<string, string>({{\"coremlc-version\", \"3505.4.1\"}})]{\n"
        "func main<ios18>(tensor<fp16, [1, 32, 1, 32]> x) {\n"
        "tensor<fp16, [1, 32, 1, 32]> y = sigmoid(x = x)[name = string(\"y\")];\n"
        "} -> (y);}";
    struct device_source source = {.mil_text = text, .mil_bytes = sizeof text - 1};
    struct device *device = NULL;
    struct device_program *program = NULL;
    struct device_surface *x = NULL, *y = NULL;
    struct device_request *request = NULL;
    struct device_layout layout;
    double rate = -1;

    if (model_device_open(options, 1, &device, error) != DEVICE_OK)
        return -1;
    const struct device_table *t = device->table;
    if (t->program_create(device, &source, &program, error) != DEVICE_OK ||
        t->compile(device, program, DEVICE_QOS_DEFAULT, error) != DEVICE_OK ||
        t->load(device, program, DEVICE_QOS_DEFAULT, error) != DEVICE_OK ||
        t->layout(device, program, 0, false, 0, &layout, error) != DEVICE_OK ||
        t->surface_create(device, &layout, &x, error) != DEVICE_OK ||
        t->surface_create(device, &layout, &y, error) != DEVICE_OK)
        goto done;
    struct device_request_spec spec = {
        .program = program, .inputs = &x, .n_inputs = 1, .outputs = &y, .n_outputs = 1};
    if (t->request_create(device, &spec, &request, error) != DEVICE_OK)
        goto done;
    double start = seconds_now();
    for (int i = 0; i < CALLS; i++)
        if (t->eval(device, request, DEVICE_QOS_DEFAULT, error) != DEVICE_OK)
            goto done;
    rate = CALLS / (seconds_now() - start);
done:
    t->request_free(device, request);
    t->surface_free(device, x);
    t->surface_free(device, y);
    t->program_free(device, program);
    t->close(device);
    return rate;
}

int main(int argc, char **argv) {
    static const struct {
        const char *metric, *options;
    } cases[] = {{"evals_without_numerics", ",numerics=off"}, {"evals_of_one_input", ""}};
    struct device_error error;
    char options[512];

    if (argc != 2) {
        fprintf(stderr, "usage: model_calls FILE.model\n");
        return 2;
    }
    double reference = clock_rate();
    printf("benchmark,metric,value,unit,reference,ratio,goal,met\n");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(options, sizeof options, "%s%s", argv[1], cases[i].options);
        double rate = eval_rate(options, &error);
        if (rate < 0) {
            fprintf(stderr, "model_calls: %s: %s\n", error.stage, error.text);
            return 99;
        }
        printf("model_calls,%s,%.0f,calls/s,%.0f clock_gettime calls/s,%.3f,%.0f,%d\n",
            cases[i].metric, rate, reference, rate / reference, goal_per_s, rate >= goal_per_s);
    }
    return 0;
}
