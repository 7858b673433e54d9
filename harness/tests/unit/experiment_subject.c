/* SPDX-License-Identifier: MIT
 *
 * The check of a subject must notice weights that differ by 1/64, and must accept the differences in rounding
 * between devices.
 */
#include "sim_kit.h"

#include "experiment/experiment.h"
#include "experiment/subject_data.h"

#include <math.h>

static const struct subject_spec specs[] = {
    {.kind = SUBJECT_CONV, .channels = 64, .spatial = 32, .depth = 1, .weight_seed = 5},
    {.kind = SUBJECT_CONV, .channels = 64, .spatial = 32, .depth = 8, .weight_seed = 5},
    {.kind = SUBJECT_SCALE, .channels = 64, .spatial = 32, .weight_seed = 5},
    {.kind = SUBJECT_SCALE, .channels = 64, .spatial = 32, .weight_seed = 5},
    {.kind = SUBJECT_CONV,
        .channels = 64,
        .spatial = 32,
        .depth = 2,
        .weight_seed = 5,
        .check_positions = 5},
};
enum { N_SPECS = sizeof specs / sizeof *specs };
/* More than one blob, and less. */
static const size_t padding_bytes[N_SPECS] = {0, 0, 0, 2500000, 5000};

/* One of the specs, with its padding in *padding. */
static struct subject *make(struct trial *t, size_t i, struct subject_padding **padding) {
    struct subject_spec spec = specs[i];
    struct subject *subject;
    struct device_error error = {.text = ""};
    *padding = NULL;
    if (padding_bytes[i] > 0)
        cr_assert(subject_padding_create(t, &spec, padding_bytes[i], padding, &error) == DEVICE_OK,
            "%s", error.text);
    spec.padding = *padding;
    cr_assert(subject_create(t, &spec, &subject, &error) == DEVICE_OK, "%s", error.text);
    cr_assert(subject_compile(subject, 21, &error) == DEVICE_OK, "%s", error.text);
    cr_assert(subject_load(subject, 21, &error) == DEVICE_OK, "%s", error.text);
    return subject;
}

static void unmake(struct subject *subject, struct subject_padding *padding) {
    subject_free(subject);
    subject_padding_free(padding);
}

static bool verified(struct subject *subject) {
    struct device_error error = {.text = ""};
    double worst;
    bool right;
    cr_assert(subject_verify(subject, 21, &right, &worst, &error) == DEVICE_OK, "%s", error.text);
    return right;
}

/* Multiplies the output in place by 1 + change. */
static void output_scale(struct trial *t, struct subject *subject, size_t n, double change) {
    uint16_t *y = device_surface_lock(t->device, subject_output(subject), true);
    for (size_t i = 0; i < n; i++)
        y[i] = fp16_from_float((float)(fp16_to_float(y[i]) * (1 + change)));
    device_surface_unlock(t->device, subject_output(subject), true);
}

Test(subject, notices_a_difference_of_a_sixty_fourth) {
    struct trial t = {.device = kit_open(""), .seed = 9};
    for (size_t i = 0; i < N_SPECS; i++) {
        struct subject_padding *padding;
        struct subject *s = make(&t, i, &padding);
        double worst;
        cr_assert(verified(s), "spec %zu", i);
        for (int sign = -1; sign <= 1; sign += 2) {
            verified(s);
            output_scale(&t, s, 64 * 32, sign * 0x1p-10);
            cr_assert(subject_output_is(s, 5, &worst), "spec %zu refuses a rounding: %g", i, worst);
            verified(s);
            output_scale(&t, s, 64 * 32, sign * 0x1p-6);
            cr_assert(!subject_output_is(s, 5, &worst), "spec %zu: 1/64 passes: %g", i, worst);
        }
        unmake(s, padding);
    }
    device_close(t.device);
}

Test(subject, poison_cannot_pass) {
    struct trial t = {.device = kit_open(""), .seed = 9};
    struct subject_padding *padding;
    struct subject *s = make(&t, 0, &padding);
    double worst;
    cr_assert(verified(s));
    subject_poison(s);
    cr_assert(!subject_output_is(s, 5, &worst));
    cr_assert(isinf(worst));
    unmake(s, padding);
    device_close(t.device);
}

Test(subject, other_weights_other_output) {
    struct trial t = {.device = kit_open(""), .seed = 9};
    for (size_t i = 0; i < N_SPECS; i++) {
        struct subject_padding *padding;
        struct subject *s = make(&t, i, &padding);
        double worst;
        cr_assert(verified(s));
        cr_assert(!subject_output_is(s, 6, &worst), "spec %zu", i);
        cr_assert_eq(subject_weight_seed(s), 5);
        unmake(s, padding);
    }
    device_close(t.device);
}

/* Where a reload takes effect, rewriting the first blob gives what the reference says it must. */
Test(subject, rewritten_weights_are_known) {
    struct trial t = {.device = kit_open("reload_source,1"), .seed = 9};
    for (size_t i = 0; i < N_SPECS; i++) {
        struct subject_padding *padding;
        struct subject *s = make(&t, i, &padding);
        struct device_error error = {.text = ""};
        double worst;
        size_t bytes;
        const void *weights = subject_weights(s, 6, &bytes);
        cr_assert(device_source_rewrite(t.device, subject_program(s), subject_blob_path(s),
                      subject_blob_offset(s), weights, bytes, &error) == DEVICE_OK,
            "%s", error.text);
        cr_assert(
            subject_unload(s, &error) == DEVICE_OK && subject_load(s, 21, &error) == DEVICE_OK,
            "%s", error.text);
        cr_assert(!verified(s), "spec %zu still has its old weights", i);
        cr_assert(subject_output_is(s, 6, &worst), "spec %zu: %g", i, worst);
        unmake(s, padding);
    }
    device_close(t.device);
}

Test(subject, activations_keep_their_size) {
    struct subject_spec spec = {
        .kind = SUBJECT_CONV, .channels = 64, .spatial = 8, .depth = 96, .weight_seed = 5};
    static uint16_t x[64 * 8], y[64 * 8];
    struct mil_error error;
    subject_input_fill(&spec, 1, x);
    cr_assert_eq(subject_reference(&spec, 5, NULL, NULL, x, y, &error), 0, "%s", error.text);
    double squares = 0;
    for (int i = 0; i < 64 * 8; i++)
        squares += (double)fp16_to_float(y[i]) * fp16_to_float(y[i]);
    double rms = sqrt(squares / (64 * 8));
    cr_assert(rms > 0.01 && rms < 100, "rms %g", rms);
}

Test(subject, unload_is_harmless_twice) {
    struct trial t = {.device = kit_open(""), .seed = 9};
    struct subject_padding *padding;
    struct subject *s = make(&t, 0, &padding);
    struct device_error error = {.text = ""};
    cr_assert(subject_unload(s, &error) == DEVICE_OK);
    cr_assert(subject_unload(s, &error) == DEVICE_OK);
    cr_assert(subject_eval(s, 21, &error) == DEVICE_BROKEN);
    unmake(s, padding);
    device_close(t.device);
}

/* On an engine on which a program past its limit loads, and is wrong. */
Test(subject, opened_and_found_right_or_wrong) {
    struct trial t = {
        .device = kit_open("limit_kind,loaded\nlimit_value,1\nlimit_failure,silent"), .seed = 9};
    struct subject *s[2];
    struct device_error error = {.text = ""};
    for (int i = 0; i < 2; i++) {
        bool right = i > 0;
        cr_assert(
            subject_open(&t, &specs[0], &s[i], &right, &error) == DEVICE_OK, "%s", error.text);
        cr_expect_eq(right, i == 0, "program %d", i);
    }
    subject_free(s[1]);
    subject_free(s[0]);
    device_close(t.device);
}
