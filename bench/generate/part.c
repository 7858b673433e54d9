/* SPDX-License-Identifier: MIT
 *
 * The ways to divide a model, and what goes into and out of each program.
 */
#include "generate/part.h"

#include <stdio.h>

const char *generate_format_name(enum generate_format format) {
    static const char *const names[GENERATE_FORMATS] = {"fp16", "int8", "palette-4", "fp32"};
    return names[format];
}

enum mil_dtype generate_dtype(enum generate_format format) {
    return format == GENERATE_FP32 ? MIL_FP32 : MIL_FP16;
}

static int refuse(char *why, size_t why_bytes, const char *text) {
    snprintf(why, why_bytes, "%s", text);
    return -1;
}

int generate_way_check(
    const struct train_shape *shape, const struct generate_way *way, char *why, size_t why_bytes) {
    if (way->positions < 1 || way->positions > shape->seq || way->capacity < 0 ||
        way->capacity > shape->seq || way->padding < 0)
        return refuse(why, why_bytes,
            "an eval's tokens and the cache's positions are at most the model's own");
    if (way->cache != GENERATE_CACHE_ROWS && (way->positions != 1 || way->capacity < 1))
        return refuse(why, why_bytes, "a prompt needs a cache whose new rows are outputs");
    if (way->layers < 1 || (way->cache == GENERATE_CACHE_HOST && way->layers != 1))
        return refuse(why, why_bytes,
            "a program has at least one layer, and one if the cache is on the host");
    if (way->classifier_parts < 0 || way->classifier_parts > GENERATE_CLASSIFIER_PARTS_MAX ||
        way->classifier_parts > shape->vocab)
        return refuse(why, why_bytes, "the classifier is divided into 1 to 16 parts");
    if (way->joined && (way->classifier_parts == 0 || way->layers < shape->layers ||
                           way->cache == GENERATE_CACHE_HOST))
        return refuse(why, why_bytes,
            "the classifier joins the layers only where one program holds all of them");
    return 0;
}

bool generate_way_places(const struct generate_way *way) {
    return way->cache == GENERATE_CACHE_WHOLE || way->cache == GENERATE_CACHE_STATE;
}

/* Programs with layers. */
static int layer_parts(const struct train_shape *shape, const struct generate_way *way) {
    if (way->cache == GENERATE_CACHE_HOST)
        return shape->layers + 1;
    return (shape->layers + way->layers - 1) / way->layers;
}

int generate_parts(const struct train_shape *shape, const struct generate_way *way) {
    return layer_parts(shape, way) + (way->classifier_parts > 0 && !way->joined);
}

static void slot_add(
    struct generate_slot *slots, int *n, enum generate_role role, int64_t c, int64_t h, int64_t w) {
    slots[(*n)++] = (struct generate_slot){role, mil_tensor4(MIL_FP16, 1, c, h, w)};
}

static void slots_typed(struct generate_slot *slots, int n, enum mil_dtype dtype) {
    for (int i = 0; i < n; i++)
        slots[i].type.dtype = dtype;
}

/* By size; those of one size keep their order. */
static void slots_sort(struct generate_slot *slots, int n, bool descending) {
    for (int i = 1; i < n; i++)
        for (int k = i; k > 0; k--) {
            const uint64_t before = mil_type_bytes(&slots[k - 1].type),
                           here = mil_type_bytes(&slots[k].type);
            if (descending ? here <= before : here >= before)
                break;
            const struct generate_slot swapped = slots[k];
            slots[k] = slots[k - 1];
            slots[k - 1] = swapped;
        }
}

static void logits_add(
    const struct train_shape *s, const struct generate_way *way, struct generate_part *part) {
    const int rows = (s->vocab + way->classifier_parts - 1) / way->classifier_parts;
    for (int first = 0; first < s->vocab; first += rows)
        slot_add(part->out, &part->n_out, GENERATE_LOGITS,
            s->vocab - first < rows ? s->vocab - first : rows, 1, 1);
}

static void host_cache_slots(const struct train_shape *s, struct generate_part *part) {
    const bool begins = part->first_layer<s->layers, ends = part->first_layer> 0;
    if (begins) {
        slot_add(part->in, &part->n_in, GENERATE_ROTATION, 2, train_head_dim(s) / 2, 1);
        slot_add(part->out, &part->n_out, GENERATE_ROWS, s->dim + 2 * train_kv_dim(s), 1, 1);
    }
    if (ends)
        slot_add(part->in, &part->n_in, GENERATE_ATTENDED, s->dim, 1, 1);
    slot_add(part->in, &part->n_in, GENERATE_X, s->dim, 1, 1);
    if (ends)
        slot_add(part->out, &part->n_out, GENERATE_X, s->dim, 1, 1);
}

static void layer_slots(
    const struct train_shape *s, const struct generate_way *way, struct generate_part *part) {
    const int positions = way->positions, rows = part->n_layers * 2 * train_kv_dim(s);
    const bool places = generate_way_places(way);
    slot_add(part->in, &part->n_in, GENERATE_ROTATION, 2, train_head_dim(s) / 2, positions);
    if (places)
        slot_add(part->in, &part->n_in, GENERATE_PLACE, 1, 1, way->capacity);
    slot_add(part->in, &part->n_in, GENERATE_MASK, 1, positions,
        way->capacity + (places ? 0 : positions));
    slot_add(part->in, &part->n_in, GENERATE_X, s->dim, 1, positions);
    if (way->capacity > 0)
        slot_add(part->in, &part->n_in, GENERATE_CACHE, rows, 1, way->capacity);
    if (way->cache == GENERATE_CACHE_STATE)
        part->in[part->n_in - 1].type.kind = MIL_STATE;
    if (way->cache == GENERATE_CACHE_WHOLE)
        slot_add(part->out, &part->n_out, GENERATE_CACHE, rows, 1, way->capacity);
    if (!places)
        slot_add(part->out, &part->n_out, GENERATE_ROWS, rows, 1, positions);
    if (!part->has_classifier)
        slot_add(part->out, &part->n_out, GENERATE_X, s->dim, 1, positions);
}

void generate_part_of(const struct train_shape *shape, const struct generate_way *way, int index,
    struct generate_part *out) {
    const int n = layer_parts(shape, way), first = index * way->layers;
    *out = (struct generate_part){
        .first_layer = first, .has_classifier = index == n || (way->joined && index == n - 1)};
    if (index == n) {
        slot_add(out->in, &out->n_in, GENERATE_X, shape->dim, 1, way->positions);
    } else if (way->cache == GENERATE_CACHE_HOST) {
        host_cache_slots(shape, out);
    } else {
        out->n_layers = shape->layers - first < way->layers ? shape->layers - first : way->layers;
        layer_slots(shape, way, out);
    }
    if (out->has_classifier)
        logits_add(shape, way, out);
    slots_typed(out->in, out->n_in, generate_dtype(way->format));
    slots_typed(out->out, out->n_out, generate_dtype(way->format));
    slots_sort(out->in, out->n_in, false);
    slots_sort(out->out, out->n_out, true);
}

double generate_slot_bytes(const struct train_shape *shape, const struct generate_way *way) {
    double bytes = 0;
    for (int i = 0; i < generate_parts(shape, way); i++) {
        struct generate_part part;
        generate_part_of(shape, way, i, &part);
        for (int k = 0; k < part.n_in; k++)
            bytes += (double)mil_type_bytes(&part.in[k].type);
        for (int k = 0; k < part.n_out; k++)
            bytes += (double)mil_type_bytes(&part.out[k].type);
    }
    return bytes;
}
