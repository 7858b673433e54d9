/* SPDX-License-Identifier: MIT
 *
 * The framework's errors, one by one, through the device: the text that a user reads, and whether the status is
 * unsupported or failed.
 */
#include "device_kit.h"

enum { LOAD = 6, EVAL = 8, ENTITLEMENT = 1 };

static const struct message {
    int code; /* LOAD: a load is refused, else an eval */
    const char *text;
    enum device_status status;
    const char *words; /* which stand in the device's error */
} messages[] = {
    {EVAL, "Inference failed \u2014 ANE firmware failure", DEVICE_FAILED, "restart the machine"},
    {EVAL, "Inference failed \u2014 ANE hardware failure", DEVICE_FAILED, "restart the machine"},
    {EVAL,
        "Inference failed \u2014 IOSurface smaller than the model expects (re-check "
        "inputBufferSize/outputBufferSize from the load reply)",
        DEVICE_FAILED, "a surface is smaller"},
    {EVAL, "Inference failed \u2014 ISO too old (transient; retry)", DEVICE_FAILED,
        "too old; run again"},
    {EVAL, "Inference failed \u2014 bad program image (model may be corrupt or incompatible)",
        DEVICE_FAILED, "compile it again"},
    {EVAL, "Inference failed \u2014 device not ready (transient; retry)", DEVICE_FAILED,
        "not ready; run again"},
    {EVAL, "Inference failed \u2014 device power-on failed (transient; retry)", DEVICE_FAILED,
        "did not wake up; run again"},
    {EVAL, "Inference failed \u2014 device still open (lifecycle issue)", DEVICE_FAILED,
        "end other programs"},
    {EVAL, "Inference failed \u2014 exclusive-access contention with another client", DEVICE_FAILED,
        "has the engine for itself"},
    {EVAL, "Inference failed \u2014 generic ANE error", DEVICE_FAILED, "gave no reason"},
    {EVAL, "Inference failed \u2014 invalid argument or state", DEVICE_FAILED, "too early or late"},
    {EVAL, "Inference failed \u2014 no ANE resources (transient; retry)", DEVICE_FAILED,
        "unload programs"},
    {EVAL, "Inference failed \u2014 no memory (transient; retry under lower memory pressure)",
        DEVICE_FAILED, "memory ran out"},
    {EVAL, "Inference failed \u2014 operation not permitted (check entitlements)",
        DEVICE_UNSUPPORTED, "needs an entitlement"},
    {EVAL, "Inference failed \u2014 referenced resource not found", DEVICE_FAILED,
        "load the program again"},
    {EVAL, "Inference failed \u2014 request aborted", DEVICE_FAILED, "given up; run again"},
    {EVAL, "Inference failed \u2014 shared intermediate buffer alloc/lock failure", DEVICE_FAILED,
        "what programs share"},
    {EVAL, "Inference preempted by higher-priority request (transient; retry)", DEVICE_FAILED,
        "higher priority took its place"},
    {EVAL, "Mutable weights map failed", DEVICE_FAILED, "could not be mapped"},
    {EVAL, "Mutable weights unmap failed", DEVICE_FAILED, "could not be unmapped"},
    {EVAL, "Program IOSurfaces map failed", DEVICE_FAILED, "could not map a surface"},
    {EVAL, "Program IOSurfaces unmap failed", DEVICE_FAILED, "could not unmap a surface"},
    {EVAL, "Session hint request failed", DEVICE_FAILED, "hint was not taken"},
    {LOAD, "Program load failed \u2014 ANE firmware failure", DEVICE_FAILED, "restart the machine"},
    {LOAD, "Program load failed \u2014 ANE hardware failure", DEVICE_FAILED, "restart the machine"},
    {LOAD, "Program load failed \u2014 bad program image (model may be corrupt or incompatible)",
        DEVICE_FAILED, "compile it again"},
    {LOAD, "Program load failed \u2014 device power-on failed (transient; retry)", DEVICE_FAILED,
        "did not wake up; run again"},
    {LOAD, "Program load failed \u2014 generic ANE error", DEVICE_FAILED, "gave no reason"},
    {LOAD, "Program load failed \u2014 no ANE resources (transient; retry)", DEVICE_FAILED,
        "unload programs"},
    {LOAD, "Program load failed \u2014 no memory (transient; retry under lower memory pressure)",
        DEVICE_FAILED, "memory ran out"},
    {LOAD, "Program load failed \u2014 operation not permitted (check entitlements)",
        DEVICE_UNSUPPORTED, "needs an entitlement"},
    /* a message that nobody knows: what the code means */
    {LOAD, "something else", DEVICE_FAILED, "the load failed; something else"},
    {ENTITLEMENT, "something else", DEVICE_UNSUPPORTED, "entitlement that only Apple's"},
    /* the engine's statuses, as codes and in a text */
    {-14, "no", DEVICE_FAILED, "does not take this program"},
    {138, "no", DEVICE_FAILED, "the compiler crashed (SIGBUS)"},
    {0x20004, "no", DEVICE_FAILED, "window of some 4 GiB"},
    {0x50004, "no", DEVICE_FAILED, "table of loaded programs is full"},
    {(int)0xe00002c2, "no", DEVICE_FAILED, "kIOReturnBadArgument"},
    {(int)0xe00002c7, "no", DEVICE_UNSUPPORTED, "needs an entitlement"},
    {(int)0xe00002e2, "no", DEVICE_UNSUPPORTED, "Apple's compiler did not make"},
    {EVAL, "Program Inference error (status=0x1d)", DEVICE_FAILED,
        "status 0x1d: the program failed on the engine"},
};

static void refused_with(
    struct subject *subject, const struct message *m, long status, long stage) {
    enum device_status got;
    kit.aneprobe_standin_refuse_next(m->code, m->text, status, stage);
    if (m->code == LOAD) {
        OK(subject_unload(subject, &kit.error));
        got = subject_load(subject, DEVICE_QOS_DEFAULT, &kit.error);
    } else {
        got = subject_eval(subject, DEVICE_QOS_DEFAULT, &kit.error);
    }
    cr_expect_eq(got, m->status, "%s: %d", m->text, got);
    cr_expect_eq(kit.error.code, m->code, "%s: code %d", m->text, kit.error.code);
    cr_expect_not_null(strstr(kit.error.text, m->words), "%s: %s", m->text, kit.error.text);
    cr_expect_not_null(strstr(kit.error.text, m->text), "its own text: %s", kit.error.text);
    if (m->code == LOAD)
        OK(subject_load(subject, DEVICE_QOS_DEFAULT, &kit.error));
}

Test(device_errors, every_message_and_code, .timeout = 60) {
    kit_open();
    struct subject *subject = loaded_subject(1);
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++)
        refused_with(subject, &messages[i], 0, 0);
    OK(subject_eval(subject, DEVICE_QOS_DEFAULT, &kit.error));
    subject_free(subject);
    kit_close();
}

/* What stands under macOS 27's keys is said too. */
Test(device_errors, stage_and_status, .timeout = 60) {
    static const struct message
        load = {LOAD, "no", DEVICE_FAILED,
            "; load stage 3; status 0x20004: the loaded programs fill the engine's window"},
        eval = {EVAL, "no", DEVICE_FAILED, "; status 0xe00002e2: a program that Apple's compiler"},
        unknown = {EVAL, "no", DEVICE_FAILED, "; status 0xbeef"};
    kit_open();
    struct subject *subject = loaded_subject(1);
    refused_with(subject, &load, 0x20004, 3);
    refused_with(subject, &eval, (long)0xe00002e2, 0);
    refused_with(subject, &unknown, 0xbeef, 0);
    cr_expect_str_eq(strstr(kit.error.text, "; status"), "; status 0xbeef", "%s", kit.error.text);
    subject_free(subject);
    kit_close();
}
