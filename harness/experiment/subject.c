/* SPDX-License-Identifier: MIT */
#include "experiment/experiment.h"

#include "experiment/subject_data.h"
#include "experiment/subject_padding.h"
#include "experiment/trial.h"
#include "mil/fp16.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct subject {
    struct device *device;
    struct subject_spec spec;
    uint16_t *input;        /* dense [channels][spatial] */
    uint16_t *expected;     /* [channels][compared positions], own weights */
    uint16_t *main_weights; /* what subject_weights last gave */
    struct device_program *program;
    struct device_layout in_layout, out_layout;
    struct device_surface *in, *out;
    struct device_request *request;
    bool loaded;
};

/* Relative to the largest expected element. The reference rounds to binary16 after each op and
 * accumulates in fp32; a device may sum in another order and keep fewer bits while it does, so that
 * a few units of the last place (2^-11 each) build up, more with depth. A change of all weights by
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
            "a subject needs at least 1 channel, 1 position and depth 1; it was asked for %d, %d, "
            "%d",
            spec->channels, spec->spatial, spec->depth);
    if (spec->fed_by && (spec->fed_by->spec.channels != spec->channels ||
                            subject_positions(&spec->fed_by->spec) != spec->spatial))
        return device_error_set(error, DEVICE_BROKEN, "parse",
            "a subject is fed by one of its own channels and positions, all compared");
    struct subject *s = calloc(1, sizeof *s);
    if (!s)
        return memory_out(error);
    s->device = t->device;
    s->spec = *spec;
    size_t channels = (size_t)spec->channels;
    s->input = malloc(channels * (size_t)spec->spatial * sizeof *s->input);
    s->expected = malloc(channels * (size_t)subject_positions(spec) * sizeof *s->expected);
    char *text = NULL;
    void *blob = NULL;
    size_t text_bytes, blob_bytes;
    struct mil_error mil_error;
    enum device_status status = DEVICE_BROKEN;
    if (!s->input || !s->expected) {
        memory_out(error);
        goto done;
    }
    if (spec->fed_by)
        memcpy(
            s->input, spec->fed_by->expected, channels * (size_t)spec->spatial * sizeof *s->input);
    else
        subject_input_fill(spec, t->seed, s->input);
    if (subject_source_make(
            spec, s->device->mil_header, &text, &text_bytes, &blob, &blob_bytes, &mil_error) != 0 ||
        subject_reference(spec, spec->weight_seed, s->input, s->expected, &mil_error) != 0) {
        device_error_set(error, DEVICE_BROKEN, "parse", "%s", mil_error.text);
        goto done;
    }
    struct mil_blob_file files[] = {
        {.path = SUBJECT_BLOB_PATH, .data = blob, .bytes = blob_bytes}, {.path = NULL}};
    struct device_source source = {text, text_bytes, {files, 1}};
    if (spec->padding)
        files[source.weights.n_files++] =
            mil_blob_file_of(SUBJECT_PADDING_PATH, spec->padding->file);
    trial_program(t, text, text_bytes);
    status = device_program_create(s->device, &source, &s->program, error);
done:
    free(text);
    free(blob);
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
    if (s->request)
        device_request_free(s->device, s->request);
    if (s->in)
        device_surface_free(s->device, s->in);
    if (s->out)
        device_surface_free(s->device, s->out);
    if (s->program)
        device_program_free(s->device, s->program);
    free(s->input);
    free(s->expected);
    free(s->main_weights);
    free(s);
}

struct device_program *subject_program(struct subject *s) {
    return s->program;
}

struct device_surface *subject_input(struct subject *s) {
    return s->in;
}

struct device_surface *subject_output(struct subject *s) {
    return s->out;
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
    return device_compile(s->device, s->program, qos, error);
}

static uint16_t *element(void *memory, const struct device_layout *layout, size_t c, size_t p) {
    return (uint16_t *)((char *)memory + c * layout->channel_stride_bytes) + p;
}

static enum device_status surface_make(struct subject *s, bool output, struct device_layout *layout,
    struct device_surface **surface, struct device_error *error) {
    enum device_status status = device_layout(s->device, s->program, 0, output, 0, layout, error);
    if (status != DEVICE_OK)
        return status;
    if (layout->type.dtype != MIL_FP16)
        return device_error_set(error, DEVICE_BROKEN, "surface",
            "the device lays an fp16 tensor out as %s", mil_dtype_name(layout->type.dtype));
    return device_surface_create(s->device, layout, surface, error);
}

static enum device_status input_write(struct subject *s, struct device_error *error) {
    void *memory = device_surface_lock(s->device, s->in, true);
    if (!memory)
        return device_error_set(
            error, DEVICE_BROKEN, "surface", "the input surface could not be locked");
    size_t spatial = (size_t)s->spec.spatial;
    for (size_t c = 0; c < (size_t)s->spec.channels; c++)
        memcpy(element(memory, &s->in_layout, c, 0), s->input + c * spatial, spatial * 2);
    device_surface_unlock(s->device, s->in, true);
    return DEVICE_OK;
}

enum device_status subject_load(struct subject *s, int qos, struct device_error *error) {
    enum device_status status = device_load(s->device, s->program, qos, error);
    if (status != DEVICE_OK)
        return status;
    s->loaded = true;
    if (!s->in && (status = surface_make(s, false, &s->in_layout, &s->in, error)) != DEVICE_OK)
        return status;
    if (!s->out && (status = surface_make(s, true, &s->out_layout, &s->out, error)) != DEVICE_OK)
        return status;
    if ((status = input_write(s, error)) != DEVICE_OK)
        return status;
    struct device_request_spec spec = {
        .program = s->program, .inputs = &s->in, .n_inputs = 1, .outputs = &s->out, .n_outputs = 1};
    return device_request_create(s->device, &spec, &s->request, error);
}

enum device_status subject_copy(
    struct subject *from, struct subject *to, struct device_error *error) {
    const struct device_layout *a = &from->out_layout, *b = &to->in_layout;
    const void *source = from->out ? device_surface_lock(from->device, from->out, false) : NULL;
    void *target = source && to->in ? device_surface_lock(to->device, to->in, true) : NULL;
    const size_t row = (size_t)from->spec.spatial * sizeof(uint16_t);
    if (target && a->bytes == b->bytes && a->channel_stride_bytes == b->channel_stride_bytes)
        memcpy(target, source, b->bytes);
    else if (target)
        for (size_t c = 0; c < (size_t)from->spec.channels; c++)
            memcpy((char *)target + c * b->channel_stride_bytes,
                (const char *)source + c * a->channel_stride_bytes, row);
    if (target)
        device_surface_unlock(to->device, to->in, true);
    if (source)
        device_surface_unlock(from->device, from->out, false);
    return target ? DEVICE_OK
                  : device_error_set(
                        error, DEVICE_BROKEN, "surface", "a surface could not be locked to copy");
}

void subject_negate(struct subject *s, bool output) {
    struct device_surface *surface = output ? s->out : s->in;
    const struct device_layout *layout = output ? &s->out_layout : &s->in_layout;
    void *memory = surface ? device_surface_lock(s->device, surface, true) : NULL;
    if (!memory)
        return;
    for (size_t c = 0; c < (size_t)s->spec.channels; c++)
        for (size_t p = 0; p < (size_t)s->spec.spatial; p++)
            *element(memory, layout, c, p) ^= 0x8000;
    device_surface_unlock(s->device, surface, true);
}

enum device_status subject_unload(struct subject *s, struct device_error *error) {
    if (s->request)
        device_request_free(s->device, s->request);
    s->request = NULL;
    if (!s->loaded)
        return DEVICE_OK;
    s->loaded = false;
    return device_unload(s->device, s->program, error);
}

enum device_status subject_eval(struct subject *s, int qos, struct device_error *error) {
    if (!s->request)
        return device_error_set(
            error, DEVICE_BROKEN, "eval", "the program is not loaded; load it first");
    return device_eval(s->device, s->request, qos, error);
}

void subject_poison(struct subject *s) {
    void *memory = s->out ? device_surface_lock(s->device, s->out, true) : NULL;
    if (!memory)
        return;
    memset(memory, 0xFF, s->out_layout.bytes); /* 0xFFFF is a NaN: no result is one */
    device_surface_unlock(s->device, s->out, true);
}

struct difference {
    double largest, worst; /* of the expected elements, and of what is off */
};

/* Where every position is compared, both rows are without gaps: many at a time. */
enum { COMPARED_AT_ONCE = 64 };

static void row_compare(
    struct subject *s, void *memory, size_t c, const uint16_t *expected, struct difference *d) {
    size_t positions = (size_t)subject_positions(&s->spec);
    bool every = subject_positions(&s->spec) == s->spec.spatial;
    float want[COMPARED_AT_ONCE], got[COMPARED_AT_ONCE];
    for (size_t p = 0; p < positions; p += COMPARED_AT_ONCE) {
        size_t n = positions - p < COMPARED_AT_ONCE ? positions - p : COMPARED_AT_ONCE;
        fp16_to_floats(want, expected + p, n);
        if (every)
            fp16_to_floats(got, element(memory, &s->out_layout, c, p), n);
        for (size_t i = 0; i < n; i++) {
            if (!every)
                got[i] = fp16_to_float(*element(
                    memory, &s->out_layout, c, (size_t)subject_position(&s->spec, (int)(p + i))));
            double size = fabs((double)want[i]), off = fabs((double)got[i] - (double)want[i]);
            d->largest = size > d->largest ? size : d->largest;
            /* not a number and infinity are as wrong as can be */
            d->worst = off <= d->worst ? d->worst : isfinite(off) ? off : (double)INFINITY;
        }
    }
}

bool subject_output_is(struct subject *s, uint64_t weight_seed, double *worst) {
    size_t channels = (size_t)s->spec.channels, positions = (size_t)subject_positions(&s->spec);
    uint16_t *other = NULL;
    const uint16_t *expected = s->expected;
    *worst = INFINITY;
    if (!s->out)
        return false;
    if (weight_seed != s->spec.weight_seed) {
        struct mil_error mil_error;
        other = malloc(channels * positions * sizeof *other);
        if (!other || subject_reference(&s->spec, weight_seed, s->input, other, &mil_error) != 0) {
            free(other);
            return false;
        }
        expected = other;
    }
    void *memory = device_surface_lock(s->device, s->out, false);
    if (!memory) {
        free(other);
        return false;
    }
    struct difference d = {0, 0};
    for (size_t c = 0; c < channels; c++)
        row_compare(s, memory, c, expected + c * positions, &d);
    device_surface_unlock(s->device, s->out, false);
    free(other);
    *worst = d.worst / d.largest;
    return *worst <= tolerance(&s->spec);
}

enum device_status subject_verify(
    struct subject *s, int qos, bool *right, double *worst, struct device_error *error) {
    *right = false;
    *worst = INFINITY;
    subject_poison(s);
    enum device_status status = subject_eval(s, qos, error);
    if (status == DEVICE_OK)
        *right = subject_output_is(s, s->spec.weight_seed, worst);
    return status;
}

enum device_status subject_open(struct trial *t, const struct subject_spec *spec,
    struct subject **out, bool *right, struct device_error *error) {
    double worst;
    *right = false;
    enum device_status status = subject_create(t, spec, out, error);
    if (status == DEVICE_OK)
        status = subject_compile(*out, DEVICE_QOS_DEFAULT, error);
    if (status == DEVICE_OK)
        status = subject_load(*out, DEVICE_QOS_DEFAULT, error);
    return status == DEVICE_OK ? subject_verify(*out, DEVICE_QOS_DEFAULT, right, &worst, error)
                               : status;
}
