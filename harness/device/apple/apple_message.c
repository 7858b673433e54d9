/* SPDX-License-Identifier: MIT */
#include "device/apple/apple_message.h"

#include "device/apple/apple_error.h"

static const struct apple_selector_row *row_of(const struct apple_call *call, int which) {
    return &call->runtime->framework->selectors[which];
}

bool apple_ready(struct apple_call *call, int which) {
    return apple_runtime_need(call->runtime, which, call->stage, call->error) == DEVICE_OK;
}

bool apple_answer(struct apple_call *call, int which, bool yes, const void *ns_error) {
    if (!yes)
        (void)apple_error_take(
            call->runtime, ns_error, row_of(call, which)->selector, call->stage, call->error);
    return yes;
}

void *apple_given(struct apple_call *call, int which, void *object, const void *ns_error) {
    const struct apple_selector_row *row = row_of(call, which);
    if (!object && ns_error)
        (void)apple_error_take(call->runtime, ns_error, row->selector, call->stage, call->error);
    else if (!object)
        device_error_set(call->error, DEVICE_FAILED, call->stage, "%c[%s %s] returned nothing",
            row->kind, row->class, row->selector);
    return object;
}

void *apple_property(struct apple_call *call, int which, void *receiver) {
    if (!apple_ready(call, which))
        return NULL;
    return apple_given(call, which,
        APPLE_SEND(call, void *, (void *, void *))(receiver, APPLE_SELECTOR(call, which)), NULL);
}
