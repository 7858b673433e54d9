/* SPDX-License-Identifier: MIT
 *
 * What the devices of a Mac take from the frameworks they give back: evals and whole lives of programs
 * leave no object, no memory, no descriptor and no file behind.
 */
#include "device_kit.h"

#include <malloc.h>

/* Few hashes: the simulated engine remembers each that it has compiled. The stand-in's own caches have reached
 * their size by the end of the warm-up, a tenth of the evals. */
enum { EVALS = 1000000, CYCLES = 10000, WARM_UP = 1000, HASHES = 4 };
/* Allowed growth of tables that never shrink; a reference kept by each call would be far more. */
enum { SLACK_BYTES = 65536 };

struct holdings {
    long live, owned;
    size_t heap_bytes;
    int descriptors;
};

static struct holdings holdings_now(void) {
    return (struct holdings){kit.aneprobe_standin_live(NULL), kit.aneprobe_standin_owned(),
        mallinfo2().uordblks, entry_count("/proc/self/fd")};
}

static void holdings_compare(const struct holdings *before, const struct holdings *after) {
    cr_expect_eq(after->live, before->live, "objects: %ld, then %ld", before->live, after->live);
    cr_expect_eq(after->owned, before->owned, "owned: %ld, then %ld", before->owned, after->owned);
    cr_expect_eq(after->descriptors, before->descriptors, "descriptors");
    cr_expect(after->heap_bytes <= before->heap_bytes + SLACK_BYTES, "heap: %zu, then %zu bytes",
        before->heap_bytes, after->heap_bytes);
}

TestSuite(device_leaks, .timeout = 600);

static void evals_leave_nothing(const char *device, int n_evals) {
    kit_device = device;
    kit_open();
    struct subject *subject = loaded_subject(1);
    struct holdings before, after;
    bool right;
    double worst;
    for (int i = 0; i < n_evals / 10; i++)
        OK(subject_eval(subject, DEVICE_QOS_DEFAULT, &kit.error));
    before = holdings_now();
    for (int i = 0; i < n_evals; i++)
        OK(subject_eval(subject, DEVICE_QOS_DEFAULT, &kit.error));
    after = holdings_now();
    holdings_compare(&before, &after);
    OK(subject_verify(subject, DEVICE_QOS_DEFAULT, &right, &worst, &kit.error));
    cr_expect(right, "largest difference %g", worst);
    subject_free(subject);
    kit_close();
}

Test(device_leaks, a_million_evals_leave_nothing) {
    evals_leave_nothing("ane", EVALS);
}

Test(device_leaks, a_million_predictions_leave_nothing) {
    evals_leave_nothing("coreml:ne", EVALS);
}

/* Each makes arrays for its outputs. */
Test(device_leaks, copied_predictions_leave_nothing) {
    evals_leave_nothing("coreml:ne,io=copy", EVALS / 10);
}

static void cycle(uint64_t weight_seed) {
    struct subject *subject = loaded_subject(weight_seed);
    OK(subject_eval(subject, DEVICE_QOS_DEFAULT, &kit.error));
    OK(subject_unload(subject, &kit.error));
    subject_free(subject);
}

static void lives_leave_nothing(const char *device, uint64_t n_lives) {
    kit_device = device;
    kit_open();
    for (uint64_t i = 0; i < WARM_UP; i++)
        cycle(i % HASHES);
    struct holdings before = holdings_now();
    for (uint64_t i = 0; i < n_lives; i++)
        cycle(i % HASHES);
    struct holdings after = holdings_now();
    holdings_compare(&before, &after);
    kit_close();
}

Test(device_leaks, ten_thousand_lives_of_a_program_leave_nothing) {
    lives_leave_nothing("ane", CYCLES);
}

/* Each is a package written, compiled and loaded twice. */
Test(device_leaks, a_thousand_lives_by_core_ml_leave_nothing) {
    lives_leave_nothing("coreml:ne", CYCLES / 10);
}
