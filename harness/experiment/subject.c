/* SPDX-License-Identifier: MIT */
#include "experiment/experiment.h"

#include "experiment/bound.h"
#include "experiment/subject_data.h"
#include "experiment/subject_padding.h"
#include "experiment/trial.h"
#include "mil/fp16.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct subject {
    struct bound bound;
    struct subject_spec spec;
    uint16_t *input;        /* dense [channels][spatial] */
    uint16_t *output;       /* the same of the output, when it was last read */
    uint16_t *expected;     /* [channels][compared positions], own weights */
    uint16_t *main_weights; /* the last result of subject_weights */
};

/* Relative to the largest expected element. The reference rounds to binary16 after each op and
 * accumulates in fp32; a device may sum in another order and with fewer bits, so that errors of a
 * few units in the last place (2^-11 each) build up, more with depth. A change of all weights by
 * 1/64 moves the largest element by 2^-6: even the widest tolerance is half of that. */
static double tolerance(const struct subject_spec *spec) {
    double layers = spec->kind == SUBJECT_CONV ? spec->depth : 1;
    double t = 0x1p-8 * sqrt(layers);
    return t < 0x1p-7 ? t : 0x1p-7;
}

static enum device_status memory_out(struct device_error *error) {
    return device_error_set(error, DEVICE_BROKEN, "parse", "out of memory for a program's data");
}

enum device_status subject_create(struct trial *t, const struct subject_spec *spec,
    struct subject **out, struct device_error *error) {
    *out = NULL;
    if (spec->channels < 1 || spec->spatial < 1 || (spec->kind == SUBJECT_CONV && spec->depth < 1))
        return device_error_set(error, DEVICE_BROKEN, "parse",
            "a subject needs at least 1 channel, 1 position and depth 1, not %d, %d, %d",
            spec->channels, spec->spatial, spec->depth);
    if (spec->fed_by && (spec->fed_by->spec.channels != spec->channels ||
                            subject_positions(&spec->fed_by->spec) != spec->spatial))
        return device_error_set(error, DEVICE_BROKEN, "parse",
            "a subject is fed by one of its own channels and positions, all compared");
    struct subject *s = calloc(1, sizeof *s);
    if (!s)
        return memory_out(error);
    s->bound.device = t->device;
    s->spec = *spec;
    size_t channels = (size_t)spec->channels;
    s->input = malloc(channels * (size_t)spec->spatial * sizeof *s->input);
    s->output = malloc(channels * (size_t)spec->spatial * sizeof *s->output);
    s->expected = malloc(channels * (size_t)subject_positions(spec) * sizeof *s->expected);
    char *text = NULL;
    struct mil_shared *weights = NULL;
    size_t text_bytes;
    struct mil_error mil_error;
    enum device_status status = DEVICE_BROKEN;
    if (!s->input || !s->output || !s->expected) {
        memory_out(error);
        goto done;
    }
    if (spec->fed_by)
        memcpy(
            s->input, spec->fed_by->expected, channels * (size_t)spec->spatial * sizeof *s->input);
    else
        subject_input_fill(spec, t->seed, s->input);
    if (subject_source_make(
            spec, t->device->mil_header, &text, &text_bytes, &weights, &mil_error) != 0 ||
        subject_reference(spec, spec->weight_seed, weights, t->device->memo, s->input, s->expected,
            &mil_error) != 0) {
        device_error_set(error, DEVICE_BROKEN, "parse", "%s", mil_error.text);
        goto done;
    }
    struct mil_blob_file files[] = {mil_blob_file_of(SUBJECT_BLOB_PATH, weights), {.path = NULL}};
    struct device_source source = {text, text_bytes, {files, 1}};
    if (spec->padding)
        files[source.weights.n_files++] =
            mil_blob_file_of(SUBJECT_PADDING_PATH, spec->padding->file);
    trial_program(t, text, text_bytes);
    status = device_program_create(t->device, &source, &s->bound.program, error);
done:
    free(text);
    mil_shared_release(weights);
    if (status != DEVICE_OK) {
        subject_free(s);
        return status;
    }
    *out = s;
    return DEVICE_OK;
}

void subject_free(struct subject *s) {
    if (!s)
        return;
    bound_free(&s->bound);
    free(s->input);
    free(s->output);
    free(s->expected);
    free(s->main_weights);
    free(s);
}

struct device_program *subject_program(struct subject *s) {
    return s->bound.program;
}

struct device_surface *subject_input(struct subject *s) {
    return s->bound.in[0].surface;
}

struct device_surface *subject_output(struct subject *s) {
    return s->bound.out[0].surface;
}

uint64_t subject_weight_seed(const struct subject *s) {
    return s->spec.weight_seed;
}

const char *subject_blob_path(const struct subject *s) {
    (void)s;
    return SUBJECT_BLOB_PATH;
}

uint64_t subject_blob_offset(const struct subject *s) {
    (void)s;
    return SUBJECT_BLOB_OFFSET;
}

double subject_gflop(const struct subject *s) {
    double channels = s->spec.channels, positions = s->spec.spatial;
    double macs = s->spec.kind == SUBJECT_CONV ? channels * channels * positions * s->spec.depth
                                               : channels * positions;
    double padding_bytes = s->spec.padding ? (double)s->spec.padding->bytes : 0;
    return 2 * (macs + padding_bytes / 2) / 1e9;
}

const void *subject_weights(struct subject *s, uint64_t weight_seed, size_t *bytes) {
    size_t n = subject_main_elements(&s->spec);
    if (!s->main_weights)
        s->main_weights = malloc(n * sizeof *s->main_weights);
    if (!s->main_weights)
        return NULL;
    subject_main_fill(&s->spec, weight_seed, s->main_weights);
    *bytes = n * sizeof *s->main_weights;
    return s->main_weights;
}

enum device_status subject_compile(struct subject *s, int qos, struct device_error *error) {
    return device_compile(s->bound.device, s->bound.program, qos, error);
}

enum device_status subject_load(struct subject *s, int qos, struct device_error *error) {
    struct bound *b = &s->bound;
    enum device_status status = bound_load(b, qos, error);
    if (status == DEVICE_OK && b->n_out == 0)
        status = bound_surfaces_make(b, 0, 1, 1, false, error);
    if (status == DEVICE_OK)
        status = device_surface_write(b->device, b->in[0].surface, s->input, error);
    return status == DEVICE_OK ? bound_request_make(b, 0, NULL, error) : status;
}

enum device_status subject_copy(
    struct subject *from, struct subject *to, struct device_error *error) {
    const struct bound_slot *a = &from->bound.out[0], *b = &to->bound.in[0];
    struct device *device = from->bound.device;
    const size_t row = (size_t)from->spec.spatial * sizeof(uint16_t);
    const void *source = a->surface ? device_surface_lock(device, a->surface, false) : NULL;
    void *target = source && b->surface ? device_surface_lock(device, b->surface, true) : NULL;
    if (target && a->layout.bytes == b->layout.bytes &&
        a->layout.channel_stride_bytes == b->layout.channel_stride_bytes)
        memcpy(target, source, b->layout.bytes);
    else if (target)
        for (size_t c = 0; c < (size_t)from->spec.channels; c++)
            memcpy((char *)target + c * b->layout.channel_stride_bytes,
                (const char *)source + c * a->layout.channel_stride_bytes, row);
    if (target)
        device_surface_unlock(device, b->surface, true);
    if (source)
        device_surface_unlock(device, a->surface, false);
    return target ? DEVICE_OK
                  : device_error_set(
                        error, DEVICE_BROKEN, "surface", "cannot lock a surface for copying");
}

void subject_negate(struct subject *s, bool output) {
    struct device_error ignored;
    const size_t n = (size_t)s->spec.channels * (size_t)s->spec.spatial;
    struct device_surface *surface = (output ? s->bound.out : s->bound.in)[0].surface;
    if (device_surface_read(s->bound.device, surface, s->output, &ignored) != DEVICE_OK)
        return;
    for (size_t i = 0; i < n; i++)
        s->output[i] ^= 0x8000;
    (void)device_surface_write(s->bound.device, surface, s->output, &ignored);
}

enum device_status subject_unload(struct subject *s, struct device_error *error) {
    return bound_unload(&s->bound, error);
}

enum device_status subject_eval(struct subject *s, int qos, struct device_error *error) {
    return bound_eval(&s->bound, qos, error);
}

void subject_poison(struct subject *s) {
    struct device_error ignored;
    (void)bound_poison(&s->bound, &ignored);
}

/* At the positions that are compared. */
static struct difference output_compare(const struct subject *s, const uint16_t *expected) {
    enum { AT_ONCE = 64 };
    const size_t positions = (size_t)subject_positions(&s->spec);
    const size_t spatial = (size_t)s->spec.spatial, n = (size_t)s->spec.channels * positions;
    struct difference d = {.largest = 0};
    float want[AT_ONCE], got[AT_ONCE];
    for (size_t i = 0; i < n; i += AT_ONCE) {
        const size_t some = n - i < AT_ONCE ? n - i : AT_ONCE;
        const uint16_t *have = s->output + i;
        uint16_t compared[AT_ONCE];
        for (size_t k = 0; k < some && positions != spatial; k++)
            compared[k] = s->output[(i + k) / positions * spatial +
                                    (size_t)subject_position(&s->spec, (int)((i + k) % positions))];
        fp16_to_floats(want, expected + i, some);
        fp16_to_floats(got, positions == spatial ? have : compared, some);
        difference_add(&d, want, got, some);
    }
    return d;
}

bool subject_output_is(struct subject *s, uint64_t weight_seed, double *worst) {
    size_t channels = (size_t)s->spec.channels, positions = (size_t)subject_positions(&s->spec);
    struct device_surface *surface = s->bound.out[0].surface;
    uint16_t *other = NULL;
    struct mil_error mil_error;
    struct device_error ignored;
    double unused = INFINITY;
    worst = worst ? worst : &unused;
    *worst = INFINITY;
    if (device_surface_read(s->bound.device, surface, s->output, &ignored) != DEVICE_OK)
        return false;
    if (weight_seed != s->spec.weight_seed) {
        other = malloc(channels * positions * sizeof *other);
        if (!other || subject_reference(&s->spec, weight_seed, NULL, s->bound.device->memo,
                          s->input, other, &mil_error) != 0) {
            free(other);
            return false;
        }
    }
    const struct difference d = output_compare(s, other ? other : s->expected);
    free(other);
    *worst = d.worst / d.largest;
    return *worst <= tolerance(&s->spec);
}

enum device_status subject_verify(
    struct subject *s, int qos, bool *right, double *worst, struct device_error *error) {
    *right = false;
    if (worst)
        *worst = INFINITY;
    subject_poison(s);
    enum device_status status = subject_eval(s, qos, error);
    if (status == DEVICE_OK)
        *right = subject_output_is(s, s->spec.weight_seed, worst);
    return status;
}

enum device_status subject_start(struct subject *s, bool *right, struct device_error *error) {
    *right = false;
    enum device_status status = subject_compile(s, DEVICE_QOS_DEFAULT, error);
    if (status == DEVICE_OK)
        status = subject_load(s, DEVICE_QOS_DEFAULT, error);
    return status == DEVICE_OK ? subject_verify(s, DEVICE_QOS_DEFAULT, right, NULL, error) : status;
}

enum device_status subject_open(struct trial *t, const struct subject_spec *spec,
    struct subject **out, bool *right, struct device_error *error) {
    *right = false;
    enum device_status status = subject_create(t, spec, out, error);
    return status == DEVICE_OK ? subject_start(*out, right, error) : status;
}
