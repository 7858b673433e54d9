/* SPDX-License-Identifier: MIT
 *
 * If Apple removes something, the rest still works: each selector, class and symbol that the device uses is absent
 * in turn. Every call then works, or is unsupported and names what is absent. And each method that returns an object
 * returns none in turn, each key is in no dictionary, and an error has no parts: every call then works, or fails with
 * a reason.
 */
#include "device_kit.h"

#include "device/ane/ane_framework.h"
#include "device/coreml/coreml_framework.h"

TestSuite(device_absent, .timeout = 300);

static const char *absent;
static bool is_silent; /* it is there, but gives nothing: any failure with a reason will do */
static int n_refused;

/* The call worked, or was refused for what is absent; false then. */
static bool done(enum device_status status, const char *what) {
    if (status == DEVICE_OK)
        return true;
    n_refused++;
    if (is_silent) {
        cr_expect(kit.error.text[0] && kit.error.stage[0], "%s, %s gives nothing", what, absent);
        return false;
    }
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

static void device_with(
    const char *device, const char *trouble, const char *name, void (*try)(void)) {
    char text[256];
    bool is_named = false;
    kit_device = device;
    absent = name;
    n_refused = 0;
    is_silent = strcmp(trouble, "absent") != 0;
    snprintf(text, sizeof text, "%s=%s", trouble, name);
    kit_open_with(text, "eval_stats,works\nchain,works\nplan,1\n");
    device_properties(kit.device, absent_note, &is_named);
    cr_expect(
        is_silent || is_named, "%s is not among what the machine's properties call absent", name);
    try();
    kit_close();
}

static void device_without(const char *device, const char *name, void (*try)(void)) {
    device_with(device, "absent", name, try);
}

static void without(const char *name) {
    device_without("ane", name, all_try);
}

/* On both ways of inputs and outputs. */
static void coreml_without(const char *name) {
    device_without("coreml:ne", name, coreml_try);
    device_without("coreml:ne,io=copy", name, coreml_try);
    device_without("coreml:ne,model=memory", name, coreml_try);
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

/* ---- there, but without what it should have */

static const char *const coreml_devices[] = {
    "coreml:ne", "coreml:ne,io=copy", "coreml:ne,model=memory"};
enum { COREML_DEVICES = sizeof coreml_devices / sizeof *coreml_devices };

static bool gives_object(const struct apple_selector_row *row) {
    return row->types[0] == '@' || row->types[0] == '^';
}

/* But for the path of what Core ML has compiled, without which it stays in the temporary directory. */
Test(device_absent, each_method_of_core_ml_may_give_nothing) {
    for (int i = 0; i < COREML_SELECTOR_COUNT; i++)
        for (int k = 0; gives_object(&coreml_framework.selectors[i]) && i != COREML_URL_PATH &&
                        k < COREML_DEVICES;
             k++)
            device_with(
                coreml_devices[k], "nil", coreml_framework.selectors[i].selector, coreml_try);
}

Test(device_absent, each_method_may_give_nothing) {
    for (int i = 0; i < ANE_SELECTOR_COUNT; i++)
        if (gives_object(&ane_framework.selectors[i]))
            device_with("ane", "nil", ane_framework.selectors[i].selector, all_try);
}

/* Of what a compiled program is said to be (ane_layout.c). */
Test(device_absent, each_key_may_be_in_no_dictionary) {
    static const char *const keys[] = {"ANEFModelDescription", "ANEFModelProcedures",
        "ANEFModelProcedureID", "ANEFModelInputSymbolIndexArray", "ANEFModelOutputSymbolIndexArray",
        "kANEFModelInputSymbolsArrayKey", "kANEFModelOutputSymbolsArrayKey",
        "kANEFModelProcedureNameToIDMapKey", "NetworkStatusList", "LiveInputList", "LiveOutputList",
        "Name", "RowStride", "PlaneStride", "BatchStride"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        device_with("ane", "keyless", keys[i], all_try);
}

/* The function's name is a key of the plan. */
Test(device_absent, a_plan_may_not_have_the_function) {
    for (int k = 0; k < COREML_DEVICES; k++) {
        device_with(coreml_devices[k], "keyless", "main", coreml_try);
        cr_expect_eq(n_refused, 1, "%s: only the plan", coreml_devices[k]);
    }
}

/* Of a load that is refused: its parts are missing in turn, and together. */
static void error_without(const char *parts) {
    char trouble[160];
    snprintf(trouble, sizeof trouble, "load-11,%s", parts);
    kit_device = "coreml:ne";
    kit_open_with(trouble, NULL);
    struct subject *subject = subject_of(1);
    cr_expect_eq(subject_compile(subject, DEVICE_QOS_DEFAULT, &kit.error), DEVICE_FAILED);
    cr_expect_eq(kit.error.code, 11, "%s", parts);
    cr_expect_not_null(
        strstr(kit.error.text, "configuration:error: failed"), "%s: %s", parts, kit.error.text);
    subject_free(subject);
    kit_close();
    kit_device = "ane";
    snprintf(trouble, sizeof trouble, "eval-0x1d,%s", parts);
    kit_open_with(trouble, NULL);
    subject = loaded_subject(1);
    cr_expect_eq(subject_eval(subject, DEVICE_QOS_DEFAULT, &kit.error), DEVICE_FAILED);
    cr_expect_eq(kit.error.code, 8, "%s", parts);
    cr_expect(kit.error.text[0] != '\0', "%s", parts);
    subject_free(subject);
    kit_close();
}

Test(device_absent, an_error_may_lack_its_parts) {
    static const char *const parts[] = {"nil=CFErrorGetDomain", "nil=CFErrorCopyDescription",
        "nil=CFErrorCopyUserInfo", "keyless=_ANEErrorUnderlyingStatus",
        "keyless=_ANEErrorLoadStage",
        "nil=CFErrorGetDomain,nil=CFErrorCopyDescription,nil=CFErrorCopyUserInfo"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        error_without(parts[i]);
}

/* ---- symbols: dlsym, as the device calls it, finds all but one */

void *__real_dlsym(void *library, const char *name);
void *__wrap_dlsym(void *library, const char *name);
static const char *symbol_absent;

void *__wrap_dlsym(void *library, const char *name) {
    return symbol_absent && strcmp(name, symbol_absent) == 0 ? NULL : __real_dlsym(library, name);
}

Test(device_absent, each_symbol_may_be_absent) {
    static const char *const symbols[] = {
#define SYMBOL_NAME(library, result, name, parameters) #name,
        APPLE_FUNCTIONS(SYMBOL_NAME)
#undef SYMBOL_NAME
#define SYMBOL_NAME(library, name) #name,
            APPLE_ADDRESSES(SYMBOL_NAME) APPLE_CONSTANTS(SYMBOL_NAME)
#undef SYMBOL_NAME
    };
    static const char *const devices[] = {"ane", "coreml:ne"};
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++)
        for (size_t k = 0; k < sizeof devices / sizeof *devices; k++) {
            struct device *device = NULL;
            struct device_error error = {.text = ""};
            symbol_absent = symbols[i];
            cr_expect_eq(
                device_open(devices[k], 1, &device, &error), DEVICE_UNSUPPORTED, "%s", symbols[i]);
            symbol_absent = NULL;
            cr_expect_null(device);
            cr_expect_not_null(strstr(error.text, symbols[i]), "%s: %s", symbols[i], error.text);
        }
}
