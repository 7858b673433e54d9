/* SPDX-License-Identifier: MIT
 *
 * For a device's file that sends messages, one function for each selector; nothing else casts
 * objc_msgSend. Each function first asks whether class, selector and types are as expected, then
 * sends. On failure (something absent, an error, no result) the reason is in call->error and the
 * result is false or NULL.
 *
 * Returned objects are autoreleased: they live until apple_call_end unless retained.
 */
#ifndef ANEPROBE_DEVICE_APPLE_APPLE_MESSAGE_H
#define ANEPROBE_DEVICE_APPLE_APPLE_MESSAGE_H

#include "device/apple/apple_runtime.h"

/* One call of a device: its autorelease pool, and where its errors go. */
struct apple_call {
    const struct apple_runtime *runtime;
    const char *stage;
    struct device_error *error;
    void *pool;
};

static inline struct apple_call apple_call_begin(
    const struct apple_runtime *runtime, const char *stage, struct device_error *error) {
    return (struct apple_call){runtime, stage, error, runtime->entry.objc_autoreleasePoolPush()};
}

static inline void apple_call_end(struct apple_call *call) {
    call->runtime->entry.objc_autoreleasePoolPop(call->pool);
}

/* objc_msgSend as a function of this prototype. A reference of CoreFoundation's kind (IOSurfaceRef,
 * CVPixelBufferRef) is passed like an object. */
#define APPLE_SEND(call, result, parameters)                                                       \
    ((result(*) parameters)(call)->runtime->entry.objc_msgSend)
#define APPLE_CLASS(call, which) (call)->runtime->methods[which].class
#define APPLE_SELECTOR(call, which) (call)->runtime->methods[which].selector

/* Whether the selector can be sent. */
bool apple_ready(struct apple_call *call, int which);
/* `yes`, with the reason from an NSError when it is false. */
bool apple_answer(struct apple_call *call, int which, bool yes, const void *ns_error);
/* `object`, with the reason when it is NULL: from an NSError if there is one. */
void *apple_given(struct apple_call *call, int which, void *object, const void *ns_error);
/* Sends a selector without arguments that returns an object. */
void *apple_property(struct apple_call *call, int which, void *receiver);

#endif
