/* SPDX-License-Identifier: MIT
 *
 * Outputs of the simulated engine: those of the reference evaluator for the weights in effect.
 */
#include "device/sim/sim_internal.h"
#include "mil/eval/eval.h"

#include <stdlib.h>
#include <string.h>

static const struct mil_function *result_function(const struct sim_result *result) {
    return &result->program->base.mil->functions[result->function];
}

static size_t input_bytes(const struct mil_function *function, int i) {
    return mil_type_bytes(function->values[i].type);
}

static size_t output_bytes(const struct mil_function *function, int i) {
    return mil_type_bytes(function->values[function->outputs[i]].type);
}

int sim_result_init(struct sim_result *result, struct device_program *program, int function,
    int steps, int n_outputs) {
    *result = (struct sim_result){
        .program = program, .function = function, .steps = steps, .n_outputs = n_outputs};
    if (!program->device->numerics)
        return 0;
    const struct mil_function *f = result_function(result);
    /* one more, to avoid an allocation of size 0 for a function without inputs */
    size_t n_in = (size_t)f->n_inputs + 1, n_out = (size_t)f->n_outputs + 1;
    result->inputs = calloc(n_in, sizeof *result->inputs);
    result->step_inputs = calloc(n_in, sizeof *result->step_inputs);
    result->input_versions = calloc(n_in, sizeof *result->input_versions);
    result->outputs = calloc(n_out, sizeof *result->outputs);
    result->step_outputs = calloc(n_out, sizeof *result->step_outputs);
    result->output_versions = calloc(n_out, sizeof *result->output_versions);
    if (!result->inputs || !result->step_inputs || !result->input_versions || !result->outputs ||
        !result->step_outputs || !result->output_versions)
        return -1;
    for (int i = 0; i < f->n_inputs; i++)
        if (!(result->inputs[i] = malloc(input_bytes(f, i) + 1)))
            return -1;
    for (int i = 0; i < f->n_outputs; i++)
        if (!(result->outputs[i] = malloc(output_bytes(f, i) + 1)))
            return -1;
    if (steps > 1 && !(result->loop = malloc(input_bytes(f, 0) + 1)))
        return -1;
    return 0;
}

void sim_result_clear(struct sim_result *result) {
    if (result->inputs)
        for (int i = 0; i < result_function(result)->n_inputs; i++)
            free(result->inputs[i]);
    if (result->outputs)
        for (int i = 0; i < result_function(result)->n_outputs; i++)
            free(result->outputs[i]);
    sim_image_free(result->buffer_image);
    free(result->loop);
    free(result->inputs);
    free(result->step_inputs);
    free(result->input_versions);
    free(result->outputs);
    free(result->step_outputs);
    free(result->output_versions);
    *result = (struct sim_result){.program = result->program};
}

static bool is_state(const struct mil_function *function, int i) {
    return function->values[i].type->kind == MIL_STATE;
}

/* Whether each eval finds what the one before left. */
static bool has_states(const struct mil_function *function) {
    for (int i = 0; i < function->n_inputs; i++)
        if (is_state(function, i))
            return true;
    return false;
}

/* Whether the inputs have changed since the outputs were computed. Keeps the current ones. */
static bool inputs_take(struct sim_result *result, struct device_surface *const *inputs) {
    const struct mil_function *f = result_function(result);
    bool changed = !result->valid || has_states(f);

    for (int i = 0; i < f->n_inputs; i++) {
        size_t bytes = input_bytes(f, i);
        const unsigned char *data = inputs[i]->data;
        if (inputs[i]->host_data && sim_surface_is_shared(inputs[i], result->program))
            data = inputs[i]->host_data;
        if (result->valid && result->input_versions[i] == inputs[i]->version)
            continue;
        result->input_versions[i] = inputs[i]->version;
        if (result->valid && memcmp(result->inputs[i], data, bytes) == 0)
            continue;
        memcpy(result->inputs[i], data, bytes);
        changed = true;
    }
    return changed;
}

/* The loaded weights with the buffer's bytes in place of those of each blob. */
static enum device_status buffer_take(
    struct sim_result *result, const struct device_surface *buffer, struct device_error *error) {
    sim_image_free(result->buffer_image);
    result->buffer_image = sim_image_share(result->program->loaded);
    return sim_blobs_write(&result->buffer_image, result_function(result), buffer->data,
        buffer->bytes, 0, SIZE_MAX, "eval", error);
}

static enum device_status outputs_work_out(
    struct sim_result *result, struct sim_image *weights, struct device_error *error) {
    const struct mil_function *f = result_function(result);
    struct mil_error reason = {.place = {0, 0}};

    const bool keeps = !has_states(f);
    if (keeps && sim_answers_find(&result->program->answers, weights, result))
        return DEVICE_OK;

    for (int i = 0; i < f->n_inputs; i++)
        result->step_inputs[i] = result->inputs[i];
    for (int i = 0; i < f->n_outputs; i++)
        result->step_outputs[i] = result->outputs[i];
    for (int step = 0; step < result->steps; step++) {
        if (step > 0) {
            memcpy(result->loop, result->outputs[0], output_bytes(f, 0));
            result->step_inputs[0] = result->loop;
        }
        if (mil_eval_with_memo(result->program->base.mil, result->function, &weights->weights,
                result->program->device->base.memo, result->step_inputs, result->step_outputs,
                &reason) != 0)
            return device_error_set(error, DEVICE_BROKEN, "eval", "%s", reason.text);
    }
    if (keeps)
        sim_answers_keep(&result->program->answers, weights, result);
    return DEVICE_OK;
}

static void surface_write(struct device_surface *surface, const void *data, size_t bytes) {
    if (data)
        memcpy(surface->data, data, bytes);
    else
        memset(surface->data, 0, bytes);
    surface->version++;
}

/* What the evaluator left in its copies of states goes back to their surfaces. */
static void states_write(const struct sim_result *result, struct device_surface *const *inputs) {
    const struct mil_function *f = result_function(result);
    for (int i = 0; i < f->n_inputs; i++) {
        if (!is_state(f, i))
            continue;
        surface_write(inputs[i], result->inputs[i], input_bytes(f, i));
        inputs[i]->writer = result->program->serial;
    }
}

enum device_status sim_result_update(struct sim_result *result, int qos,
    struct device_surface *const *inputs, struct device_surface *const *outputs,
    struct device_surface *buffer, struct device_error *error) {
    struct device_program *program = result->program;
    const struct mil_function *f = result_function(result);
    enum device_status status;
    bool changed;

    if (!program->device->numerics)
        return DEVICE_OK;
    if (program->compile_wrong || program->load_wrong || qos == program->device->qos_wrong) {
        for (int i = 0; i < result->n_outputs; i++)
            surface_write(outputs[i], NULL, output_bytes(f, i));
        return DEVICE_OK;
    }
    changed = inputs_take(result, inputs) || result->load_serial != program->load_serial;
    if (!program->device->params.weights_buffer)
        buffer = NULL;
    if (buffer && (changed || result->buffer_version != buffer->version)) {
        result->valid = false;
        if ((status = buffer_take(result, buffer, error)) != DEVICE_OK)
            return status;
        result->buffer_version = buffer->version;
        changed = true;
    }
    if (changed) {
        result->valid = false;
        status = outputs_work_out(result, buffer ? result->buffer_image : program->loaded, error);
        if (status != DEVICE_OK)
            return status;
        result->load_serial = program->load_serial;
        result->valid = true;
        states_write(result, inputs);
    }
    for (int i = 0; i < result->n_outputs; i++) {
        if (!changed && result->output_versions[i] == outputs[i]->version)
            continue;
        surface_write(outputs[i], result->outputs[i], output_bytes(f, i));
        result->output_versions[i] = outputs[i]->version;
    }
    return DEVICE_OK;
}
