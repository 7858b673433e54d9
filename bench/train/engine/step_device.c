/* SPDX-License-Identifier: MIT
 *
 * The device's part of a step: surfaces and evals.
 */
#include "train/engine/step.h"

void step_mark(struct step *step, uint64_t *part_ns) {
    uint64_t now_ns = device_clock_ns(step->engine->device);
    *part_ns += now_ns - step->mark_ns;
    step->mark_ns = now_ns;
}

static enum device_status lock_failed(struct step *step, enum train_kind kind, int layer) {
    return device_error_set(step->error, DEVICE_BROKEN, "surface",
        "cannot lock a surface of layer %d's %s", layer, train_kind_name(kind));
}

static enum device_status block_copy(struct step *step, const struct train_view *to,
    const struct train_block *block, int layer, const struct step_input *input) {
    const struct train_layout *from = &step->engine->layouts[input->from_kind];
    struct train_view view;
    enum device_status status = step_read(step, input->from_kind, layer, &view);
    if (status == DEVICE_OK)
        train_view_copy(to, block, &view, &from->out[input->from_block]);
    step_read_end(step, input->from_kind, layer);
    return status;
}

enum device_status step_write(struct step *step, enum train_kind kind, int layer,
    const struct step_input *inputs, float scale) {
    struct train_engine *e = step->engine;
    const struct train_layout *layout = &e->layouts[kind];
    const struct train_surface *surface = &e->inputs[kind][layer];
    struct train_view view = train_view_open(e->device, surface, true);
    enum device_status status = view.memory ? DEVICE_OK : lock_failed(step, kind, layer);
    for (int i = 0; status == DEVICE_OK && i < layout->n_in; i++) {
        if (inputs[i].x)
            train_view_put(&view, &layout->in[i], inputs[i].x, scale, e->row);
        else
            status = block_copy(step, &view, &layout->in[i], layer, &inputs[i]);
    }
    train_view_close(e->device, surface, true);
    step_mark(step, &step->timing->io_ns);
    return status;
}

static struct device_request *request_of(const struct step *step, enum train_kind kind, int layer) {
    const struct train_program *shared = &step->engine->shared[kind];
    if (shared->handle)
        return shared->requests[shared->n_requests > 1 ? layer : 0];
    for (int i = 0; i < step->set->n_programs; i++)
        if (step->set->programs[i].kind == kind && step->set->programs[i].layer == layer)
            return step->set->programs[i].requests[0];
    return NULL;
}

/* Past a limit a device may report success and do nothing. */
static enum device_status step_idle(struct step *step, enum train_kind kind, int layer) {
    return device_error_set(step->error, DEVICE_FAILED, "eval",
        "layer %d %s: the eval succeeded but its output is all zero or unchanged; if this process "
        "has compiled or loaded more programs than the device can take, give --limit",
        layer, train_kind_name(kind));
}

/* Fills the output with a NaN that no eval computes, over what the previous step left there. */
enum { UNTOUCHED = 0x7fff };

static uint16_t *first_element(const struct train_view *view) {
    return (uint16_t *)(void *)view->memory;
}

static enum device_status output_mark(struct step *step, enum train_kind kind, int layer) {
    struct train_engine *e = step->engine;
    const struct train_surface *surface = &e->outputs[kind][layer];
    const struct train_view view = train_view_open(e->device, surface, true);
    if (!view.memory)
        return lock_failed(step, kind, layer);
    *first_element(&view) = UNTOUCHED;
    train_view_close(e->device, surface, true);
    step_mark(step, &step->timing->io_ns);
    return DEVICE_OK;
}

enum device_status step_eval(struct step *step, enum train_kind kind, int layer, bool *finite) {
    struct train_engine *e = step->engine;
    const struct mil_type *type = &e->layouts[kind].output;
    struct train_view view;
    enum device_status status = output_mark(step, kind, layer);
    if (status != DEVICE_OK)
        return status;
    status = device_eval(e->device, request_of(step, kind, layer), e->options.qos, step->error);
    step->timing->evals++;
    step_mark(step, &step->timing->device_ns);
    if (e->options.between_evals) {
        e->options.between_evals(e->options.context);
        step_mark(step, &step->timing->host_ns);
    }
    if (status == DEVICE_OK)
        status = step_read(step, kind, layer, &view);
    if (status != DEVICE_OK)
        return status;
    const int largest = train_view_largest(&view, type->dim[1], type->dim[3]);
    const bool is_untouched = *first_element(&view) == UNTOUCHED;
    step_read_end(step, kind, layer);
    step_mark(step, &step->timing->io_ns);
    *finite = largest < TRAIN_FP16_INFINITY;
    /* The scores of one token, or of saturated attention, have gradients of zero. */
    const bool may_be_zero = kind == TRAIN_SDPA_BWD2;
    return is_untouched || (largest == 0 && !may_be_zero) ? step_idle(step, kind, layer)
                                                          : DEVICE_OK;
}

enum device_status step_read(
    struct step *step, enum train_kind kind, int layer, struct train_view *view) {
    struct train_engine *e = step->engine;
    *view = train_view_open(e->device, &e->outputs[kind][layer], false);
    return view->memory ? DEVICE_OK : lock_failed(step, kind, layer);
}

void step_read_end(struct step *step, enum train_kind kind, int layer) {
    struct train_engine *e = step->engine;
    train_view_close(e->device, &e->outputs[kind][layer], false);
}

enum device_status step_diverged(struct step *step, enum train_kind kind, int layer) {
    return device_error_set(step->error, DEVICE_FAILED, "eval",
        "layer %d %s: the output is not finite; the weights have diverged, so go back to a "
        "checkpoint with a lower learning rate",
        layer, train_kind_name(kind));
}
