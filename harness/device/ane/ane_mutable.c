/* SPDX-License-Identifier: MIT
 *
 * Weights of a loaded program as memory, by what AppleNeuralEngine has for it since macOS 27. Nobody has
 * published a call of it; the framework names an entitlement for the access, so that a refusal is likely.
 * That the procedure is an NSNumber is a reading of its type, an object, and of what requests want.
 */
#include "device/ane/ane_internal.h"

/* What every call here is sent with. */
struct target {
    struct apple_call call;
    void *client, *model, *procedure;
};

static bool target_begin(struct device *device, struct device_program *program, int procedure,
    struct device_error *error, struct target *t) {
    struct ane_device *ane = ane_of(device);
    *t = (struct target){.call = apple_call_begin(&ane->runtime, "map", error)};
    t->client = ane_client(ane, &t->call);
    t->model = t->client ? ane_model_model(&t->call, program->model) : NULL;
    if (!t->model)
        return false;
    t->procedure = apple_number(&ane->runtime.entry, procedure);
    if (!t->procedure)
        device_memory_out(error, "map");
    return t->procedure != NULL;
}

static void target_end(struct target *t) {
    apple_release(&t->call.runtime->entry, t->procedure);
    apple_call_end(&t->call);
}

enum device_status ane_weights_map(struct device *device, struct device_program *program,
    int procedure, void **weights, size_t *bytes, struct device_error *error) {
    static const enum ane_selector needed[] = {
        ANE_CLIENT_WEIGHTS_MAP, ANE_CLIENT_WEIGHTS_SYNC, ANE_CLIENT_WEIGHTS_UNMAP};
    struct target t;
    uint64_t size = 0;
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (apple_runtime_need(&ane_of(device)->runtime, needed[i], "map", error) != DEVICE_OK)
            return error->status;
    bool done = target_begin(device, program, procedure, error, &t) &&
                ane_client_weights_map(&t.call, t.client, t.model, t.procedure, weights, &size);
    if (done && (!*weights || size == 0)) {
        device_error_set(error, DEVICE_FAILED, "map",
            "mapMutableWeightsForModel succeeded but gave %s", *weights ? "0 bytes" : "no memory");
        done = false;
    }
    *bytes = (size_t)size;
    target_end(&t);
    return done ? DEVICE_OK : error->status;
}

enum device_status ane_weights_sync(struct device *device, struct device_program *program,
    int procedure, size_t offset, size_t bytes, struct device_error *error) {
    struct target t;
    const bool done =
        target_begin(device, program, procedure, error, &t) &&
        ane_client_weights_sync(&t.call, t.client, t.model, t.procedure, offset, bytes);
    target_end(&t);
    return done ? DEVICE_OK : error->status;
}

enum device_status ane_weights_unmap(struct device *device, struct device_program *program,
    int procedure, struct device_error *error) {
    struct target t;
    const bool done = target_begin(device, program, procedure, error, &t) &&
                      ane_client_weights_unmap(&t.call, t.client, t.model, t.procedure);
    target_end(&t);
    return done ? DEVICE_OK : error->status;
}
