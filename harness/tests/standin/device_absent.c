/* SPDX-License-Identifier: MIT
 *
 * If Apple removes something, the rest still works: each selector and class that the device uses is absent in
 * turn. Every call then works, or is unsupported and names what is absent.
 */
#include "device_kit.h"

#include "device/ane/ane_framework.h"
#include "device/coreml/coreml_framework.h"

TestSuite(device_absent, .timeout = 300);

static const char *absent;
static int n_refused;

/* The call worked, or was refused for what is absent; false then. */
static bool done(enum device_status status, const char *what) {
    if (status == DEVICE_OK)
        return true;
    n_refused++;
    cr_expect_eq(status, DEVICE_UNSUPPORTED, "%s without %s: %s", what, absent, kit.error.text);
    cr_expect_not_null(
        strstr(kit.error.text, absent), "%s without %s: %s", what, absent, kit.error.text);
    return false;
}

static void path_try(struct subject *subject, enum device_eval_path path, bool has_stats) {
    struct device_surface *in = subject_input(subject), *out = subject_output(subject);
    const struct device_request_spec spec = {.program = subject_program(subject),
        .inputs = &in,
        .n_inputs = 1,
        .outputs = &out,
        .n_outputs = 1,
        .path = path};
    struct device_request *request;
    struct device_eval_stats stats;
    if (!done(device_request_create(kit.device, &spec, &request, &kit.error), "a request"))
        return;
    if (done(device_eval(kit.device, request, DEVICE_QOS_DEFAULT, &kit.error), "an eval") &&
        has_stats)
        (void)done(device_stats_read(kit.device, request, &stats, &kit.error), "statistics");
    device_request_free(kit.device, request);
}

static void chain_try(struct subject *subject) {
    const struct device_chain_spec spec = {.program = subject_program(subject),
        .input = subject_input(subject),
        .output = subject_output(subject),
        .steps = 1};
    struct device_chain *chain;
    if (!done(device_chain_prepare(kit.device, &spec, DEVICE_QOS_DEFAULT, &chain, &kit.error),
            "prepare"))
        return;
    if (done(device_chain_ready(kit.device, chain, DEVICE_QOS_DEFAULT, &kit.error), "ready"))
        (void)done(
            device_chain_enqueue(kit.device, chain, DEVICE_QOS_DEFAULT, &kit.error), "enqueue");
    device_chain_free(kit.device, chain);
}

/* Makes every call of the device, as far as they work. */
static void all_try(void) {
    const struct subject_spec spec = {
        .kind = SUBJECT_SCALE, .channels = 8, .spatial = 16, .depth = 1, .weight_seed = 1};
    struct subject *subject;
    if (!done(subject_create(&kit.t, &spec, &subject, &kit.error), "a program"))
        return;
    const bool has_stats =
        done(device_stats_ask(kit.device, subject_program(subject), 0xf, &kit.error), "a mask");
    if (done(subject_compile(subject, DEVICE_QOS_DEFAULT, &kit.error), "a compile") &&
        done(subject_load(subject, DEVICE_QOS_DEFAULT, &kit.error), "a load")) {
        for (int path = DEVICE_PATH_MODEL; path < DEVICE_PATHS; path++)
            path_try(subject, (enum device_eval_path)path, has_stats);
        chain_try(subject);
        (void)done(subject_unload(subject, &kit.error), "an unload");
    }
    subject_free(subject);
}

static void operation_ignore(void *context, const struct device_placement *placement) {
    (void)context, (void)placement;
}

/* The same of Core ML, which has one path and plans. */
static void coreml_try(void) {
    const struct subject_spec spec = {
        .kind = SUBJECT_SCALE, .channels = 8, .spatial = 16, .depth = 1, .weight_seed = 1};
    struct subject *subject;
    if (!done(subject_create(&kit.t, &spec, &subject, &kit.error), "a program"))
        return;
    struct device_program *program = subject_program(subject);
    if (done(subject_compile(subject, DEVICE_QOS_DEFAULT, &kit.error), "a compile")) {
        (void)done(
            device_placement(kit.device, program, 0, operation_ignore, NULL, &kit.error), "a plan");
        if (done(subject_load(subject, DEVICE_QOS_DEFAULT, &kit.error), "a load")) {
            path_try(subject, DEVICE_PATH_MODEL, false);
            (void)done(subject_unload(subject, &kit.error), "an unload");
        }
    }
    subject_free(subject);
}

static void absent_note(void *context, const char *key, const char *value) {
    bool *is_named = context;
    *is_named |= strcmp(key, "absent") == 0 && strstr(value, absent) != NULL;
}

static void device_without(const char *device, const char *name, void (*try)(void)) {
    char trouble[256];
    bool is_named = false;
    kit_device = device;
    absent = name;
    n_refused = 0;
    snprintf(trouble, sizeof trouble, "absent=%s", name);
    kit_open_with(trouble, "eval_stats,works\nchain,works\nplan,1\n");
    device_properties(kit.device, absent_note, &is_named);
    cr_expect(is_named, "%s is not among what the machine's properties call absent", name);
    try();
    kit_close();
}

static void without(const char *name) {
    device_without("ane", name, all_try);
}

/* On both ways of inputs and outputs. */
static void coreml_without(const char *name) {
    device_without("coreml:ne", name, coreml_try);
    device_without("coreml:ne,io=copy", name, coreml_try);
}

Test(device_absent, each_selector_may_be_absent) {
    /* Without an unload a program stays loaded until the process ends, which the stand-in records. */
    for (int i = 0; i < ANE_SELECTOR_COUNT; i++)
        if (i != ANE_MODEL_UNLOAD)
            without(ane_framework.selectors[i].selector);
}

static void any_class(const struct apple_framework *framework, void (*without_it)(const char *)) {
    for (int i = 0; i < framework->n_selectors; i++) {
        bool is_first = true;
        for (int k = 0; k < i; k++)
            is_first &= strcmp(framework->selectors[i].class, framework->selectors[k].class) != 0;
        if (is_first)
            without_it(framework->selectors[i].class);
    }
}

Test(device_absent, each_class_may_be_absent) {
    any_class(&ane_framework, without);
}

Test(device_absent, each_selector_of_core_ml_may_be_absent) {
    for (int i = 0; i < COREML_SELECTOR_COUNT; i++)
        coreml_without(coreml_framework.selectors[i].selector);
}

Test(device_absent, each_class_of_core_ml_may_be_absent) {
    any_class(&coreml_framework, coreml_without);
}

/* What an eval needs. */
Test(device_absent, absent_parts_that_an_eval_needs_are_unsupported) {
    static const char *const needed[] = {"inMemoryModelWithDescriptor:",
        "compileWithQoS:options:error:", "loadWithQoS:options:error:", "objectWithIOSurface:"};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        without(needed[i]);
        cr_expect_gt(n_refused, 0, "%s is absent and nothing was refused", needed[i]);
    }
}
