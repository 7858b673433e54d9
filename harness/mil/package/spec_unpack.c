/* SPDX-License-Identifier: MIT */
#include "mil/package/spec.h"
#include "mil/type.h"

#include <inttypes.h>

/* Deeper than any value in a model, shallow enough for any stack: protobuf-c recurses. */
enum { DEPTH_MAX = 64 };
static const struct mil_place nowhere;

struct wire {
    const uint8_t *start, *at;
    uint32_t other_kind; /* the field of another kind of model; 0 = none seen */
    struct mil_error *error;
};

static int wire_fail(struct wire *wire, const char *why) {
    return mil_fail(
        wire->error, nowhere, "the model's protobuf, byte %td: %s", wire->at - wire->start, why);
}

static bool varint_read(struct wire *wire, const uint8_t *end, uint64_t *out) {
    *out = 0;
    for (unsigned shift = 0; shift < 70 && wire->at < end; shift += 7) {
        uint8_t byte = *wire->at++;
        if (shift < 64)
            *out |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

static int message_check(
    struct wire *wire, const ProtobufCMessageDescriptor *type, const uint8_t *end, int depth);

static int field_check(
    struct wire *wire, const ProtobufCMessageDescriptor *type, const uint8_t *end, int depth) {
    uint64_t tag, bytes = 0;
    if (!varint_read(wire, end, &tag) || tag >> 3 == 0 || tag >> 3 > UINT32_MAX >> 3)
        return wire_fail(wire, "no field starts here; the file is damaged or not a Core ML model");
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field(type, (unsigned)(tag >> 3));
    if (depth == 0 && !field && tag >> 3 >= 200)
        wire->other_kind = (uint32_t)(tag >> 3);
    switch (tag & 7) {
    case 0:
        return varint_read(wire, end, &bytes) ? 0 : wire_fail(wire, "the number is cut off");
    case 1:
        bytes = 8;
        break;
    case 2:
        if (!varint_read(wire, end, &bytes))
            return wire_fail(wire, "the length is cut off");
        break;
    case 5:
        bytes = 4;
        break;
    default:
        return wire_fail(wire, "a field type that Core ML does not use");
    }
    if (bytes > (uint64_t)(end - wire->at))
        return wire_fail(wire, "the field is longer than its message; is the file cut off?");
    if ((tag & 7) == 2 && field && field->type == PROTOBUF_C_TYPE_MESSAGE)
        return message_check(wire, field->descriptor, wire->at + bytes, depth + 1);
    wire->at += bytes;
    return 0;
}

static int message_check(
    struct wire *wire, const ProtobufCMessageDescriptor *type, const uint8_t *end, int depth) {
    if (depth > DEPTH_MAX)
        return wire_fail(wire, "nested more than 64 deep, which no model needs");
    while (wire->at < end)
        if (field_check(wire, type, end, depth) < 0)
            return -1;
    return 0;
}

static void *arena_alloc(void *arena, size_t bytes) {
    return mil_arena_take(arena, bytes);
}

/* The arena is freed as a whole. */
static void arena_release(void *arena, void *memory) {
    (void)arena;
    (void)memory;
}

/* Other kinds of models, by their field in Model.proto. */
static const char *kind_name(uint32_t field) {
    switch (field) {
    case 303:
    case 403:
    case 500:
        return "a neural network from before iOS 15: convert it again, to an ML Program";
    default:
        return "not an ML Program: convert it again, for iOS 15 or later";
    }
}

/* The model itself, or the one of a pipeline that is an ML Program. */
static const Coreml__Model *pipeline_choose(
    const Coreml__Model *model, int *n_left_out, struct mil_error *error) {
    const Coreml__PipelineOf *of =
        model->pipeline_classifier ? model->pipeline_classifier : model->pipeline_regressor;
    const Coreml__Pipeline *pipeline = of ? of->pipeline : model->pipeline;
    const Coreml__Model *chosen = NULL;
    int n_programs = 0;
    *n_left_out = 0;
    if (model->ml_program || !pipeline)
        return model;
    for (size_t i = 0; i < pipeline->n_models; i++)
        if (pipeline->models[i]->ml_program) {
            chosen = pipeline->models[i];
            n_programs++;
        }
    *n_left_out = (int)pipeline->n_models - 1;
    if (n_programs == 1)
        return chosen;
    if (n_programs == 0)
        mil_fail(error, nowhere,
            "a pipeline of %zu models, none an ML Program: convert it again, for iOS 15 or later",
            pipeline->n_models);
    else
        mil_fail(error, nowhere,
            "a pipeline of %d ML Programs: save the one that you mean as a model of its own",
            n_programs);
    return NULL;
}

const Coreml__Model *spec_unpack(struct mil_arena *arena, const void *data, size_t bytes,
    int *n_left_out, struct mil_error *error) {
    struct wire wire = {.start = data, .at = data, .error = error};
    ProtobufCAllocator allocator = {arena_alloc, arena_release, arena};
    if (bytes == 0) {
        mil_fail(error, nowhere, "the model's protobuf is empty");
        return NULL;
    }
    if (message_check(&wire, &coreml__model__descriptor, wire.start + bytes, 0) < 0)
        return NULL;
    /* An empty message of two bytes becomes a struct of 48 and protobuf-c's notes about it. */
    arena->limit_bytes = (1 << 20) + 128 * bytes;
    const Coreml__Model *model = coreml__model__unpack(&allocator, bytes, data);
    if (!model) {
        mil_fail(error, nowhere,
            "cannot unpack the model's protobuf: an invalid string, or out of memory");
        return NULL;
    }
    model = pipeline_choose(model, n_left_out, error);
    if (!model)
        return NULL;
    if (!model->ml_program && wire.other_kind)
        mil_fail(error, nowhere, "the model (field %" PRIu32 " of the protobuf) is %s",
            wire.other_kind, kind_name(wire.other_kind));
    else if (!model->ml_program)
        mil_fail(error, nowhere, "the protobuf contains no ML Program (field 502)");
    else
        return model;
    return NULL;
}
