/* SPDX-License-Identifier: MIT
 *
 * The framework's descriptions of a program's inputs, outputs and states.
 */
#include "mil/flexible.h"
#include "mil/package/spec_packer.h"
#include "mil/type.h"

#include <string.h>

static Coreml__ArrayDataType array_type(enum mil_dtype dtype) {
    switch (dtype) {
    case MIL_FP16:
        return COREML__ARRAY_DATA_TYPE__ARRAY_FLOAT16;
    case MIL_FP32:
        return COREML__ARRAY_DATA_TYPE__ARRAY_FLOAT32;
    case MIL_INT8:
        return COREML__ARRAY_DATA_TYPE__ARRAY_INT8;
    case MIL_INT32:
        return COREML__ARRAY_DATA_TYPE__ARRAY_INT32;
    default:
        return COREML__ARRAY_DATA_TYPE__ARRAY_INVALID;
    }
}

/* The shapes that the input can have; their number, 0 when they are not listed, or -1 and *error. */
static int shapes_pack(
    struct packer *p, const struct mil_value *value, Coreml__ArrayFeatureType *array) {
    int64_t dims[MIL_RANK_MAX];
    const int rank = (int)array->n_shape;
    int n = 0;
    while (mil_flexible_shape(p->function, value->name, rank, n, dims))
        n++;
    if (n == 0)
        return 0;
    Coreml__EnumeratedShapes *shapes = spec_message(p, &coreml__enumerated_shapes__descriptor);
    if (!shapes || !(shapes->shapes = spec_take(p, (size_t)n, sizeof(void *))))
        return -1;
    for (int i = 0; i < n; i++) {
        Coreml__Shape *shape = spec_message(p, &coreml__shape__descriptor);
        if (!shape || !(shape->shape = spec_take(p, array->n_shape + 1, sizeof *shape->shape)))
            return -1;
        shape->n_shape = array->n_shape;
        (void)mil_flexible_shape(p->function, value->name, rank, i, shape->shape);
        shapes->shapes[shapes->n_shapes++] = shape;
    }
    array->flexibility_case = COREML__ARRAY_FEATURE_TYPE__FLEXIBILITY_ENUMERATED_SHAPES;
    array->enumerated_shapes = shapes;
    return n;
}

static int range_pack(
    struct packer *p, Coreml__ArrayFeatureType *array, const int64_t *low, const int64_t *high) {
    Coreml__ShapeRange *range = spec_message(p, &coreml__shape_range__descriptor);
    if (!range || !(range->size_ranges = spec_take(p, array->n_shape + 1, sizeof(void *))))
        return -1;
    for (size_t i = 0; i < array->n_shape; i++) {
        Coreml__SizeRange *size = spec_message(p, &coreml__size_range__descriptor);
        if (!size)
            return -1;
        size->lower_bound = (uint64_t)(low[i] < 0 ? 0 : low[i]);
        size->upper_bound = high[i];
        range->size_ranges[range->n_size_ranges++] = size;
    }
    array->flexibility_case = COREML__ARRAY_FEATURE_TYPE__FLEXIBILITY_SHAPE_RANGE;
    array->shape_range = range;
    return 0;
}

/* Default, and list or range, of an input with open sizes. -1 and *error when the program does not say
 * them. */
static int flexible_pack(
    struct packer *p, const struct mil_value *value, Coreml__ArrayFeatureType *array) {
    const int rank = (int)array->n_shape;
    int64_t low[MIL_RANK_MAX], high[MIL_RANK_MAX];
    if (mil_flexible_default(p->function, value->name, rank, array->shape)) {
        const int n = shapes_pack(p, value, array);
        if (n != 0)
            return n < 0 ? -1 : 0;
        if (mil_flexible_range(p->function, value->name, rank, low, high))
            return range_pack(p, array, low, high);
    }
    return mil_fail(p->error, value->place,
        "'%.60s' has an open size, and the function no %s that says its default and its range or "
        "list of shapes; write it as text",
        value->name, mil_flexible_name);
}

static Coreml__ArrayFeatureType *array_pack(
    struct packer *p, const struct mil_value *value, bool is_input) {
    Coreml__ArrayFeatureType *array = spec_message(p, &coreml__array_feature_type__descriptor);
    if (!array)
        return NULL;
    array->data_type = array_type(value->type->dtype);
    array->n_shape = (size_t)value->type->rank;
    array->shape = spec_take(p, array->n_shape + 1, sizeof *array->shape);
    if (!array->shape)
        return NULL;
    memcpy(array->shape, value->type->dim, array->n_shape * sizeof *array->shape);
    if (!mil_type_is_sized(value->type)) {
        if (!is_input)
            array->n_shape = 0; /* it follows from the inputs' */
        else if (flexible_pack(p, value, array) < 0)
            return NULL;
    }
    if (array->data_type != COREML__ARRAY_DATA_TYPE__ARRAY_INVALID)
        return array;
    mil_fail(p->error, value->place,
        "'%.60s' is %s, which inputs, outputs and states of Core ML cannot be; cast it",
        value->name, mil_dtype_name(value->type->dtype));
    return NULL;
}

static Coreml__FeatureDescription *feature_pack(
    struct packer *p, const struct mil_value *value, bool is_input) {
    bool is_state = value->type->kind == MIL_STATE;
    if (value->type->kind == MIL_OTHER || value->type->kind == MIL_LIST ||
        (is_state && !mil_type_is_sized(value->type))) {
        mil_fail(p->error, value->place,
            "'%.60s' is not a tensor, or is a state with an open size, which packages written "
            "here cannot have; write it as text",
            value->name);
        return NULL;
    }
    Coreml__FeatureDescription *out = spec_message(p, &coreml__feature_description__descriptor);
    Coreml__FeatureType *type = spec_message(p, &coreml__feature_type__descriptor);
    Coreml__StateFeatureType *state =
        is_state ? spec_message(p, &coreml__state_feature_type__descriptor) : NULL;
    Coreml__ArrayFeatureType *array = array_pack(p, value, is_input);
    if (!out || !type || (is_state && !state) || !array)
        return NULL;
    out->name = (char *)value->name;
    out->type = type;
    if (is_state) {
        type->type_case = COREML__FEATURE_TYPE__TYPE_STATE_TYPE;
        type->state_type = state;
        state->array_type = array;
    } else {
        type->type_case = COREML__FEATURE_TYPE__TYPE_MULTI_ARRAY_TYPE;
        type->multi_array_type = array;
    }
    return out;
}

/* Arrays of messages. */
struct features {
    Coreml__FeatureDescription **inputs, **outputs, **states;
    size_t n_inputs, n_outputs, n_states;
};

/* The function's inputs, outputs and states, which are inputs of the program's own kind. */
static int features_pack(struct packer *p, struct features *out) {
    const struct mil_function *f = p->function;
    *out = (struct features){0};
    out->inputs = spec_take(p, (size_t)f->n_inputs + 1, sizeof(void *));
    out->outputs = spec_take(p, (size_t)f->n_outputs + 1, sizeof(void *));
    out->states = spec_take(p, (size_t)f->n_inputs + 1, sizeof(void *));
    if (!out->inputs || !out->outputs || !out->states)
        return -1;
    for (int i = 0; i < f->n_inputs; i++) {
        Coreml__FeatureDescription *feature = feature_pack(p, &f->values[i], true);
        if (!feature)
            return -1;
        if (f->values[i].type->kind == MIL_STATE)
            out->states[out->n_states++] = feature;
        else
            out->inputs[out->n_inputs++] = feature;
    }
    for (int i = 0; i < f->n_outputs; i++)
        if (!(out->outputs[out->n_outputs++] = feature_pack(p, &f->values[f->outputs[i]], false)))
            return -1;
    return 0;
}

static Coreml__FunctionDescription *function_describe(struct packer *p) {
    Coreml__FunctionDescription *out = spec_message(p, &coreml__function_description__descriptor);
    struct features features;
    if (!out || features_pack(p, &features) < 0)
        return NULL;
    out->name = (char *)p->function->name;
    out->input = features.inputs;
    out->n_input = features.n_inputs;
    out->output = features.outputs;
    out->n_output = features.n_outputs;
    out->state = features.states;
    out->n_state = features.n_states;
    return out;
}

/* A single function is the model itself; several, from iOS 18 on, are described one by one. */
Coreml__ModelDescription *spec_describe(struct packer *p, const struct mil_program *program) {
    Coreml__ModelDescription *out = spec_message(p, &coreml__model_description__descriptor);
    if (!out)
        return NULL;
    if (program->n_functions == 1) {
        struct features features;
        p->function = &program->functions[0];
        if (features_pack(p, &features) < 0)
            return NULL;
        out->input = features.inputs;
        out->n_input = features.n_inputs;
        out->output = features.outputs;
        out->n_output = features.n_outputs;
        out->state = features.states;
        out->n_state = features.n_states;
        return out;
    }
    out->default_function_name = (char *)program->functions[0].name;
    out->functions = spec_take(p, (size_t)program->n_functions, sizeof(void *));
    if (!out->functions)
        return NULL;
    for (int i = 0; i < program->n_functions; i++) {
        p->function = &program->functions[i];
        if (!(out->functions[out->n_functions++] = function_describe(p)))
            return NULL;
    }
    return out;
}
