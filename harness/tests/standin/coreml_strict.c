/* SPDX-License-Identifier: MIT
 *
 * The stand-in's Core ML is strict: what the real one refuses, or gets silently wrong, is a violation or an
 * error. In each test a client does everything right, message by message, except in one place.
 */
#include "device/apple/apple_object.h"
#include "device/coreml/coreml_message.h"
#include "mil/package/package.h"
#include "standin.h"

#include <criterion/criterion.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(coreml_strict, .timeout = 60);

enum { CHANNELS = 4, WIDTH = 20, ROW_BYTES = 64 };

static const char text[] =
    "program(1.3)[buildInfo = dict<string, string>({{\"coremlc-version\", \"3505.4.1\"}})]\n"
    "{\n"
    "  func main<ios18>(tensor<fp16, [1, 4, 1, 20]> x) {\n"
    "    fp16 two = const()[name = string(\"two\"), val = fp16(2.0)];\n"
    "    tensor<fp16, [1, 4, 1, 20]> y = mul(x = x, y = two)[name = string(\"y\")];\n"
    "  } -> (y);\n"
    "}\n";

static struct client {
    struct apple_runtime runtime;
    const struct apple_entry *e;
    struct device_error error;
    struct apple_call call;
    char tmp[64], package[128];
    unsigned (*violations)(void);
    const char *(*violation)(unsigned index);
    long (*owned)(void);
    /* owned */
    void *surfaces[2], *pixels[2], *arrays[2], *features, *options;
    /* autoreleased */
    void *compiled, *model;
} c;

static void *url_of(const char *path) {
    void *string = apple_string(c.e, path), *url = coreml_url_file(&c.call, string);
    apple_release(c.e, string);
    return url;
}

static void *shape_of(int64_t channels, int64_t width) {
    const int64_t axes[] = {1, channels, 1, width};
    void *numbers[4];
    for (int i = 0; i < 4; i++)
        numbers[i] = apple_number(c.e, axes[i]);
    void *shape = apple_array(c.e, numbers, 4);
    for (int i = 0; i < 4; i++)
        apple_release(c.e, numbers[i]);
    return shape;
}

static void *named(const char *name, void *value) {
    void *key = apple_string(c.e, name);
    void *dictionary = apple_dictionary(c.e, &key, &value, 1);
    apple_release(c.e, key);
    return dictionary;
}

static void client_open_with(const char *program_text) {
    struct mil_program *program;
    struct mil_error why;
    snprintf(c.tmp, sizeof c.tmp, "/tmp/aneprobe-strict.XXXXXX");
    cr_assert_not_null(mkdtemp(c.tmp));
    setenv("TMPDIR", c.tmp, 1);
    snprintf(c.package, sizeof c.package, "%s/p.mlpackage", c.tmp);
    cr_assert_eq(mil_parse(program_text, strlen(program_text), &program, &why), 0, "%s", why.text);
    cr_assert_eq(mil_package_write(c.package, program, NULL, &why), 0, "%s", why.text);
    mil_program_free(program);
    cr_assert_eq(apple_runtime_open(&coreml_framework, 1, &c.runtime, &c.error), DEVICE_OK, "%s",
        c.error.text);
    c.e = &c.runtime.entry;
    void *library = dlopen(getenv("ANEPROBE_STANDIN"), RTLD_NOW | RTLD_NOLOAD);
    *(void **)(void *)&c.violations = dlsym(library, "aneprobe_standin_violations");
    *(void **)(void *)&c.violation = dlsym(library, "aneprobe_standin_violation");
    *(void **)(void *)&c.owned = dlsym(library, "aneprobe_standin_owned");
    c.call = apple_call_begin(&c.runtime, "test", &c.error);
}

static void client_open(void) {
    client_open_with(text);
}

static void array_make(int i, int64_t channels, int64_t width) {
    void *shape = shape_of(channels, width);
    c.surfaces[i] =
        apple_io_surface(c.e, (size_t)channels, ROW_BYTES, (size_t)width, 2, APPLE_PIXEL_HALF);
    cr_assert_eq(c.e->CVPixelBufferCreateWithIOSurface(NULL, c.surfaces[i], NULL, &c.pixels[i]), 0);
    c.arrays[i] = coreml_array_of_pixels(&c.call, c.pixels[i], shape);
    apple_release(c.e, shape);
    cr_assert_not_null(c.arrays[i], "%s", c.error.text);
}

static void *configuration_of(enum coreml_units units) {
    void *configuration = coreml_configuration_new(&c.call);
    cr_assert(coreml_configuration_units(&c.call, configuration, units));
    return configuration;
}

static void model_load(void) {
    c.compiled = coreml_model_compile(&c.call, url_of(c.package));
    cr_assert_not_null(c.compiled, "%s", c.error.text);
    void *configuration = configuration_of(COREML_UNITS_NE);
    c.model = coreml_model_load(&c.call, c.compiled, configuration);
    c.e->objc_release(configuration);
    cr_assert_not_null(c.model, "%s", c.error.text);
}

static void features_make(const char *name) {
    void *values = named(name, coreml_value_of_array(&c.call, c.arrays[0]));
    c.features = coreml_features_new(&c.call, values);
    apple_release(c.e, values);
}

static void options_make(const char *name) {
    c.options = coreml_options_new(&c.call);
    void *backings = named(name, c.arrays[1]);
    cr_assert(coreml_options_backings(&c.call, c.options, backings));
    apple_release(c.e, backings);
}

static void client_ready(void) {
    client_open();
    model_load();
    for (int i = 0; i < 2; i++)
        array_make(i, CHANNELS, WIDTH);
}

static void *predict(void) {
    return coreml_model_predict(&c.call, c.model, c.features, c.options);
}

static void client_close(void) {
    void *const objects[] = {c.arrays[0], c.arrays[1], c.features, c.options};
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++)
        if (objects[i])
            c.e->objc_release(objects[i]);
    for (int i = 0; i < 2; i++) {
        apple_release(c.e, c.pixels[i]);
        apple_release(c.e, c.surfaces[i]);
    }
    apple_call_end(&c.call);
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", c.tmp);
    cr_expect_eq(system(command), 0);
}

static void violated(const char *words) {
    bool found = false;
    for (unsigned i = 0; i < c.violations(); i++)
        found |= strstr(c.violation(i), words) != NULL;
    cr_expect(found, "no violation says `%s`; the last of %u: %s", words, c.violations(),
        c.violations() ? c.violation(c.violations() - 1) : "none");
}

Test(coreml_strict, an_honest_client_violates_nothing) {
    client_ready();
    features_make("x");
    options_make("y");
    uint16_t *in = NULL;
    cr_assert_eq(c.e->IOSurfaceLock(c.surfaces[0], 0, NULL), 0);
    in = c.e->IOSurfaceGetBaseAddress(c.surfaces[0]);
    in[ROW_BYTES / 2 * 3 + 5] = 0x3c00; /* 1.0 in channel 3 */
    (void)c.e->IOSurfaceUnlock(c.surfaces[0], 0, NULL);
    cr_assert_not_null(predict(), "%s", c.error.text);
    cr_assert_eq(c.e->IOSurfaceLock(c.surfaces[1], APPLE_LOCK_READ_ONLY, NULL), 0);
    const uint16_t *out = c.e->IOSurfaceGetBaseAddress(c.surfaces[1]);
    cr_expect_eq(out[ROW_BYTES / 2 * 3 + 5], 0x4000, "2.0 where the backing has channel 3");
    (void)c.e->IOSurfaceUnlock(c.surfaces[1], APPLE_LOCK_READ_ONLY, NULL);
    client_close();
    cr_expect_eq(c.violations(), 0, "%s", c.violations() ? c.violation(0) : "");
    cr_expect_eq(c.owned(), 0, "references are left");
}

Test(coreml_strict, an_object_that_is_not_released_is_counted) {
    client_open();
    void *left = coreml_options_new(&c.call);
    client_close();
    cr_expect_eq(c.owned(), 1);
    cr_expect_not_null(left);
}

Test(coreml_strict, an_object_that_is_released_twice) {
    client_open();
    void *options = coreml_options_new(&c.call);
    c.e->objc_release(options);
    c.e->objc_release(options);
    violated("is released");
    client_close();
}

Test(coreml_strict, wrong_classes) {
    client_ready();
    features_make("x");
    options_make("y");
    cr_expect_null(coreml_model_compile(&c.call, c.options));
    violated("the URL is MLPredictionOptions, not NSURL");
    cr_expect_null(coreml_model_load(&c.call, c.compiled, c.options));
    violated("the configuration is MLPredictionOptions");
    cr_expect_null(coreml_value_of_array(&c.call, c.pixels[0]));
    violated("the array is CVPixelBuffer");
    cr_expect_null(coreml_array_of_pixels(&c.call, c.surfaces[0], c.arrays[0]));
    violated("the buffer is IOSurface");
    cr_expect_null(coreml_model_predict(&c.call, c.model, c.options, c.features));
    violated("the features is MLPredictionOptions, not MLDictionaryFeatureProvider");
    client_close();
}

/* An argument for the other step: a package where a compiled model is wanted, and the reverse. */
Test(coreml_strict, calls_in_the_wrong_order) {
    client_open();
    void *configuration = configuration_of(COREML_UNITS_NE);
    cr_expect_null(coreml_model_load(&c.call, url_of(c.package), configuration));
    violated("is no file URL of a .mlmodelc");
    model_load();
    cr_expect_null(coreml_model_compile(&c.call, c.compiled));
    violated("is no file URL of a .mlpackage");
    c.e->objc_release(configuration);
    client_close();
}

Test(coreml_strict, a_feature_is_missing) {
    client_ready();
    features_make("z");
    options_make("y");
    cr_expect_null(predict());
    cr_expect_eq(c.error.code, 1);
    cr_expect_not_null(
        strstr(c.error.text, "Feature x is required but not specified"), "%s", c.error.text);
    violated("feature `x` is missing");
    client_close();
}

Test(coreml_strict, a_backing_of_no_output) {
    client_ready();
    features_make("x");
    options_make("z");
    cr_expect_null(predict());
    violated("a backing is of no output");
    client_close();
}

Test(coreml_strict, an_input_of_another_shape) {
    client_open();
    model_load();
    array_make(0, CHANNELS + 1, WIDTH);
    array_make(1, CHANNELS, WIDTH);
    features_make("x");
    options_make("y");
    cr_expect_null(predict());
    cr_expect_eq(c.error.code, 1);
    violated("the array of `x` has another shape, type or rows");
    client_close();
}

Test(coreml_strict, a_shape_that_is_not_the_buffers) {
    client_ready();
    void *shape = shape_of(CHANNELS, WIDTH + 1);
    cr_expect_null(coreml_array_of_pixels(&c.call, c.pixels[0], shape));
    violated("is not the shape's last axis");
    apple_release(c.e, shape);
    client_close();
}

/* Rows that a pixel buffer cannot have. */
Test(coreml_strict, strides_that_are_not_aligned) {
    client_open();
    void *pixels;
    c.surfaces[0] = apple_io_surface(c.e, CHANNELS, WIDTH * 2, WIDTH, 2, APPLE_PIXEL_HALF);
    cr_expect_neq(c.e->CVPixelBufferCreateWithIOSurface(NULL, c.surfaces[0], NULL, &pixels), 0);
    violated("in rows of 40 bytes is no buffer of halves");
    c.surfaces[1] = apple_io_surface(c.e, 1, ROW_BYTES, ROW_BYTES, 1, 0);
    cr_expect_neq(c.e->CVPixelBufferCreateWithIOSurface(NULL, c.surfaces[1], NULL, &pixels), 0);
    violated("of format 0x0");
    client_close();
}

Test(coreml_strict, a_surface_that_is_locked) {
    client_ready();
    features_make("x");
    options_make("y");
    cr_assert_eq(c.e->IOSurfaceLock(c.surfaces[1], 0, NULL), 0);
    cr_expect_null(predict());
    violated("the surface of `y` is locked");
    (void)c.e->IOSurfaceUnlock(c.surfaces[1], 0, NULL);
    client_close();
}

Test(coreml_strict, the_pointer_of_a_shared_array) {
    client_ready();
    (void)coreml_array_pointer(&c.call, c.arrays[0]);
    violated("lock its surface instead");
    client_close();
}

Test(coreml_strict, unknown_units_and_functions) {
    client_ready();
    void *configuration = configuration_of((enum coreml_units)4);
    violated("there are no units 4");
    void *name = apple_string(c.e, "other");
    cr_assert(coreml_configuration_function(&c.call, configuration, name));
    cr_expect_null(coreml_model_load(&c.call, c.compiled, configuration));
    violated("no function other");
    apple_release(c.e, name);
    c.e->objc_release(configuration);
    client_close();
}

Test(coreml_strict, calls_without_a_pool) {
    client_open();
    apple_call_end(&c.call);
    void *options = coreml_options_new(&c.call);
    violated("with no autorelease pool in place");
    c.e->objc_release(options);
    c.call = apple_call_begin(&c.runtime, "test", &c.error);
    client_close();
}

/* ---- MLState */

static const char stateful_text[] =
    "program(1.3)[buildInfo = dict<string, string>({{\"coremlc-version\", \"3505.4.1\"}})]\n"
    "{\n"
    "  func main<ios18>(state<tensor<fp16, [1, 4, 1, 20]>> s, tensor<fp16, [1, 4, 1, 20]> x) {\n"
    "    tensor<fp16, [1, 4, 1, 20]> old = read_state(input = s)[name = string(\"old\")];\n"
    "    tensor<fp16, [1, 4, 1, 20]> y = add(x = x, y = old)[name = string(\"y\")];\n"
    "    write_state(data = y, input = s)[name = string(\"w\")];\n"
    "  } -> (y);\n"
    "}\n";

static void stateful_ready(void) {
    client_open_with(stateful_text);
    model_load();
    for (int i = 0; i < 2; i++)
        array_make(i, CHANNELS, WIDTH);
    features_make("x");
    options_make("y");
}

static void *predict_with(void *state) {
    return coreml_model_predict_state(&c.call, c.model, c.features, state, c.options);
}

struct seen {
    uint16_t *memory, last;
};

static void array_look(void *context, void *array) {
    struct seen *seen = context;
    seen->memory = coreml_array_pointer(&c.call, array);
    seen->last = seen->memory[ROW_BYTES / 2 * (CHANNELS - 1) + WIDTH - 1];
    seen->memory[ROW_BYTES / 2 * (CHANNELS - 1) + WIDTH - 1] = 0x3c00; /* 1.0 */
}

static bool state_look(void *state, const char *name, struct seen *seen) {
    struct apple_visitor visitor;
    void *string = apple_string(c.e, name);
    apple_visitor_open(c.e, array_look, seen, &visitor);
    const bool found = coreml_state_array(&c.call, state, string, &visitor);
    apple_release(c.e, string);
    return found;
}

Test(coreml_strict, an_honest_client_with_a_state_violates_nothing) {
    struct seen seen = {NULL, 1};
    stateful_ready();
    void *state = coreml_model_state_new(&c.call, c.model);
    cr_assert(state && state_look(state, "s", &seen), "%s", c.error.text);
    cr_expect_eq(seen.last, 0, "a state begins as zeros");
    cr_assert_not_null(predict_with(state), "%s", c.error.text);
    cr_assert_not_null(predict_with(state), "%s", c.error.text);
    cr_assert(state_look(state, "s", &seen));
    cr_expect_eq(seen.last, 0x3c00, "what was written, to which zeros were added");
    c.e->objc_release(state);
    client_close();
    cr_expect_eq(c.violations(), 0, "%s", c.violations() ? c.violation(0) : "");
    cr_expect_eq(c.owned(), 0, "references are left");
}

Test(coreml_strict, a_prediction_without_the_state) {
    stateful_ready();
    cr_expect_null(predict());
    violated("the model has states, and none are given");
    cr_expect_null(predict_with(c.options));
    violated("the state is MLPredictionOptions, not MLState");
    client_close();
}

Test(coreml_strict, a_state_of_another_model) {
    stateful_ready();
    void *state = coreml_model_state_new(&c.call, c.model);
    model_load();
    cr_expect_null(predict_with(state));
    violated("the state was made by another model");
    c.e->objc_release(state);
    client_close();
}

Test(coreml_strict, a_state_by_a_wrong_name) {
    struct seen seen;
    stateful_ready();
    void *state = coreml_model_state_new(&c.call, c.model);
    cr_expect_not(state_look(state, "t", &seen));
    violated("no state has that name");
    c.e->objc_release(state);
    client_close();
}

/* Its memory is the client's only while the handler runs. */
Test(coreml_strict, a_state_that_is_touched_later) {
    struct seen seen;
    stateful_ready();
    void *state = coreml_model_state_new(&c.call, c.model);
    cr_assert(state_look(state, "s", &seen));
    *(volatile uint16_t *)seen.memory = 0;
    violated("is touched without a lock");
    c.e->objc_release(state);
    client_close();
}

static void array_predict(void *context, void *array) {
    (void)array;
    cr_expect_null(predict_with(context));
}

Test(coreml_strict, a_prediction_while_its_state_is_shown) {
    struct apple_visitor visitor;
    stateful_ready();
    void *state = coreml_model_state_new(&c.call, c.model), *name = apple_string(c.e, "s");
    apple_visitor_open(c.e, array_predict, state, &visitor);
    cr_expect(coreml_state_array(&c.call, state, name, &visitor));
    violated("is being shown to the client");
    apple_release(c.e, name);
    c.e->objc_release(state);
    client_close();
}

Test(coreml_strict, a_state_that_is_not_released_is_counted) {
    stateful_ready();
    cr_expect_not_null(coreml_model_state_new(&c.call, c.model));
    client_close();
    cr_expect_eq(c.owned(), 1);
}

/* ---- MLModelAsset */

static void *asset_of(const char *program_text) {
    struct mil_program *program;
    struct mil_error why;
    static const struct mil_weights none;
    size_t bytes;
    cr_assert_eq(mil_parse(program_text, strlen(program_text), &program, &why), 0);
    void *model = mil_package_model(program, &none, &bytes, &why);
    cr_assert_not_null(model, "%s", why.text);
    void *data = apple_data(c.e, model, bytes);
    void *asset = coreml_asset_of(&c.call, data, NULL);
    apple_release(c.e, data);
    free(model);
    mil_program_free(program);
    return asset;
}

Test(coreml_strict, an_honest_client_with_an_asset_violates_nothing) {
    client_open();
    void *configuration = configuration_of(COREML_UNITS_NE);
    void *model = coreml_load_wait(&c.call, COREML_LOADING_MODEL, asset_of(text), configuration);
    cr_expect_not_null(model, "%s", c.error.text);
    c.e->objc_release(model);
    c.e->objc_release(configuration);
    client_close();
    cr_expect_eq(c.violations(), 0, "%s", c.violations() ? c.violation(0) : "");
    cr_expect_eq(c.owned(), 0, "references are left");
}

Test(coreml_strict, wrong_classes_for_an_asset) {
    client_open();
    void *configuration = configuration_of(COREML_UNITS_NE);
    cr_expect_null(coreml_asset_of(&c.call, configuration, NULL));
    violated("the specification is MLModelConfiguration");
    void *blobs = named("weights/weight.bin", configuration);
    void *data = apple_data(c.e, text, sizeof text);
    cr_expect_null(coreml_asset_of(&c.call, data, blobs));
    violated("not NSURL");
    void *asset = coreml_asset_of(&c.call, data, NULL);
    cr_expect_null(coreml_load_wait(&c.call, COREML_LOADING_MODEL, asset, configuration));
    cr_expect_not_null(strstr(c.error.text, "failed"), "no protobuf: %s", c.error.text);
    cr_expect_null(coreml_load_wait(&c.call, COREML_LOADING_MODEL, data, configuration));
    violated("not MLModelAsset");
    apple_release(c.e, data);
    apple_release(c.e, blobs);
    c.e->objc_release(configuration);
    client_close();
}

/* A blob by an absolute path is none of the model's. */
Test(coreml_strict, a_blob_of_another_folder) {
    client_open();
    void *data = apple_data(c.e, text, sizeof text), *url = url_of("/tmp/weight.bin");
    void *blobs = apple_dictionary(c.e, &url, &data, 1);
    cr_expect_null(coreml_asset_of(&c.call, data, blobs));
    violated("no file URL that is relative to the model's folder");
    apple_release(c.e, data);
    apple_release(c.e, blobs);
    client_close();
}

/* ---- MLComputePlan, which a machine has only where its sim file has the key plan */

static void *plan_of(void *url, void *configuration) {
    return coreml_load_wait(&c.call, COREML_LOADING_PLAN, url, configuration);
}

static void planner_open(void) {
    static char sim[] = "/tmp/aneprobe-strict-plan.XXXXXX";
    const int fd = mkstemp(sim);
    cr_assert(fd >= 0 && write(fd, "plan,1\n", 7) == 7 && close(fd) == 0);
    setenv("ANEPROBE_STANDIN_SIM", sim, 1);
    client_open();
    model_load();
    cr_assert_eq(unlink(sim), 0);
}

Test(coreml_strict, an_honest_planner_violates_nothing) {
    planner_open();
    void *configuration = configuration_of(COREML_UNITS_NE);
    void *plan = plan_of(c.compiled, configuration);
    cr_assert_not_null(plan);
    cr_expect_not_null(coreml_plan_structure(&c.call, plan));
    c.e->objc_release(plan);
    c.e->objc_release(configuration);
    client_close();
    cr_expect_eq(c.violations(), 0, "%s", c.violations() ? c.violation(0) : "");
    cr_expect_eq(c.owned(), 0, "references are left");
}

Test(coreml_strict, a_plan_that_is_not_released_is_counted) {
    planner_open();
    void *configuration = configuration_of(COREML_UNITS_NE);
    cr_expect_not_null(plan_of(c.compiled, configuration));
    c.e->objc_release(configuration);
    client_close();
    cr_expect_eq(c.owned(), 1);
}

/* Before the compile, of the package: the real one raises a C++ exception. */
Test(coreml_strict, a_plan_before_the_compile) {
    planner_open();
    void *configuration = configuration_of(COREML_UNITS_NE);
    cr_expect_null(plan_of(url_of(c.package), configuration));
    violated("of anything but a compiled model it raises a C++ exception");
    c.e->objc_release(configuration);
    client_close();
}

Test(coreml_strict, wrong_classes_for_a_plan) {
    planner_open();
    void *configuration = configuration_of(COREML_UNITS_NE);
    cr_expect_null(plan_of(c.compiled, c.compiled));
    violated("the configuration is NSURL, not MLModelConfiguration");
    void *plan = plan_of(c.compiled, configuration);
    cr_assert_not_null(plan);
    cr_expect_null(coreml_plan_usage(&c.call, plan, configuration));
    violated("computeDeviceUsageForMLProgramOperation:: the operation is MLModelConfiguration");
    cr_expect_null(coreml_plan_cost(&c.call, plan, c.compiled));
    violated("estimatedCostOfMLProgramOperation:: the operation is NSURL");
    c.e->objc_release(plan);
    c.e->objc_release(configuration);
    client_close();
}
