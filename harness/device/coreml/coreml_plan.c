/* SPDX-License-Identifier: MIT
 *
 * Where Core ML plans to run a program, operation by operation: MLComputePlan of the compiled model.
 */
#include "device/coreml/coreml_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The unit of an object that the system calls a compute device; -1 for nothing, or none of these. */
static int unit_of(const struct apple_entry *e, const void *compute_device) {
    static const char *const classes[DEVICE_UNITS] = {[DEVICE_UNIT_CPU] = "MLCPUComputeDevice",
        [DEVICE_UNIT_GPU] = "MLGPUComputeDevice",
        [DEVICE_UNIT_ENGINE] = "MLNeuralEngineComputeDevice"};
    void *object = (void *)(uintptr_t)compute_device;
    const char *class = object ? e->object_getClassName(object) : "";
    for (int i = 0; i < DEVICE_UNITS; i++)
        if (strcmp(class, classes[i]) == 0)
            return i;
    return -1;
}

static unsigned units_of(const struct apple_entry *e, const void *compute_devices) {
    unsigned units = 0;
    const long n = apple_array_count(e, compute_devices);
    for (long i = 0; i < n; i++) {
        const int unit = unit_of(e, apple_array_at(e, compute_devices, i));
        units |= unit >= 0 ? 1U << unit : 0;
    }
    return units;
}

/* "ios18.conv" is the operator conv. */
static void operator_name(const struct apple_entry *e, const void *string, char *text, size_t n) {
    if (!apple_string_get(e, string, text, (size_t)n))
        text[0] = '\0';
    const char *dot = strchr(text, '.');
    if (dot)
        memmove(text, dot + 1, strlen(dot));
}

static bool is_constant(const char *name) {
    return strcmp(name, "const") == 0 || strncmp(name, "constexpr_", 10) == 0;
}

/* What the plan says nothing of stays empty. */
static void operation_put(
    struct apple_call *call, void *plan, void *operation, device_placement_fn *put, void *context) {
    const struct apple_entry *e = &call->runtime->entry;
    char name[64], output[256] = "";
    operator_name(e, coreml_operation_name(call, operation), name, sizeof name);
    if (is_constant(name))
        return;
    void *named =
        (void *)(uintptr_t)apple_array_at(e, coreml_operation_outputs(call, operation), 0);
    if (named && !apple_string_get(e, coreml_named_name(call, named), output, sizeof output))
        output[0] = '\0';
    struct device_placement placement = {
        .operation = name, .output = output, .planned = -1, .cost = NAN};
    void *usage = coreml_plan_usage(call, plan, operation);
    if (usage) {
        placement.planned = unit_of(e, coreml_usage_preferred(call, usage));
        placement.possible = units_of(e, coreml_usage_supported(call, usage));
    }
    void *cost = coreml_plan_cost(call, plan, operation);
    if (cost)
        (void)coreml_cost_weight(call, cost, &placement.cost);
    put(context, &placement);
}

/* The operations of a function of the plan: an NSArray, or NULL and *call->error. */
static void *operations_of(struct apple_call *call, void *plan, const char *function) {
    const struct apple_entry *e = &call->runtime->entry;
    void *structure = coreml_plan_structure(call, plan);
    void *program = structure ? coreml_structure_program(call, structure) : NULL;
    void *functions = program ? coreml_program_functions(call, program) : NULL;
    if (!functions)
        return NULL;
    void *found = (void *)(uintptr_t)apple_dictionary_at(e, functions, function);
    if (!found) {
        device_error_set(
            call->error, DEVICE_FAILED, call->stage, "the plan has no function `%.100s`", function);
        return NULL;
    }
    void *block = coreml_function_block(call, found);
    return block ? coreml_block_operations(call, block) : NULL;
}

enum device_status coreml_placement(struct device *device, struct device_program *program,
    int procedure, device_placement_fn *put, void *context, struct device_error *error) {
    struct coreml_device *coreml = coreml_of(device);
    const struct apple_entry *e = &coreml->runtime.entry;
    struct apple_call call = apple_call_begin(&coreml->runtime, "placement", error);
    const bool in_memory = coreml->options.in_memory;
    void *source = in_memory ? program->asset.object
                             : coreml_program_url(&call, program, COREML_COMPILED_NAME);
    void *configuration = source ? coreml_configuration(&call, program, procedure) : NULL;
    void *plan = configuration ? coreml_load_wait(&call,
                                     in_memory ? COREML_LOADING_PLAN_ASSET : COREML_LOADING_PLAN,
                                     source, configuration)
                               : NULL;
    void *operations =
        plan ? operations_of(&call, plan, program->base.mil->functions[procedure].name) : NULL;
    const enum device_status status = operations ? DEVICE_OK : error->status;
    const long n = apple_array_count(e, operations);
    for (long i = 0; i < n; i++)
        operation_put(
            &call, plan, (void *)(uintptr_t)apple_array_at(e, operations, i), put, context);
    if (plan)
        e->objc_release(plan);
    if (configuration)
        e->objc_release(configuration);
    apple_call_end(&call);
    return status;
}
