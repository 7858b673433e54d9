/* SPDX-License-Identifier: MIT
 *
 * A program as an asset in memory: the bytes of its model and of its weights, without a file.
 */
#include "device/coreml/coreml_internal.h"

#include <stdlib.h>
#include <string.h>

/* Core ML finds a weight file by the part of its name behind this. */
static const char model_path[] = "@model_path/";

static enum device_status model_read(
    struct device_program *program, const struct device_source *source, struct apple_call *call) {
    struct mil_error why;
    size_t bytes;
    void *model =
        program->device->package->model(program->base.mil, &source->weights, &bytes, &why);
    if (!model)
        return device_error_set(call->error, DEVICE_FAILED, "parse",
            "cannot write it as a Core ML model: %s", why.text);
    program->asset.model = apple_data(&call->runtime->entry, model, bytes);
    free(model);
    return program->asset.model ? DEVICE_OK : device_memory_out(call->error, "parse");
}

/* An NSDictionary, owned; NULL and *call->error. */
static void *weights_read(const struct mil_weights *weights, struct apple_call *call) {
    const struct apple_entry *e = &call->runtime->entry;
    const size_t n = (size_t)weights->n_files;
    void **urls = calloc(n + 1, sizeof *urls), **data = calloc(n + 1, sizeof *data);
    bool done = urls && data;
    for (size_t i = 0; done && i < n; i++) {
        const struct mil_blob_file *file = &weights->files[i];
        void *path = apple_string(e, file->path + strlen(model_path));
        urls[i] = path ? coreml_url_relative(call, path) : NULL;
        data[i] = urls[i] ? apple_data(e, file->data, file->bytes) : NULL;
        apple_release(e, path);
        if (!path || (urls[i] && !data[i]))
            device_memory_out(call->error, call->stage);
        done = data[i] != NULL;
    }
    if (!urls || !data)
        device_memory_out(call->error, call->stage);
    void *dictionary = done ? apple_dictionary(e, urls, data, weights->n_files) : NULL;
    if (done && !dictionary)
        device_memory_out(call->error, call->stage);
    for (size_t i = 0; data && i < n; i++)
        apple_release(e, data[i]);
    free(urls);
    free(data);
    return dictionary;
}

enum device_status coreml_asset_read(struct device_program *program,
    const struct device_source *source, struct device_error *error) {
    struct apple_call call = apple_call_begin(&program->device->runtime, "parse", error);
    enum device_status status = model_read(program, source, &call);
    if (status == DEVICE_OK && source->weights.n_files > 0 &&
        !(program->asset.weights = weights_read(&source->weights, &call)))
        status = error->status;
    apple_call_end(&call);
    return status;
}

enum device_status coreml_asset_make(struct device_program *program, struct apple_call *call) {
    const struct apple_entry *e = &call->runtime->entry;
    struct coreml_asset *asset = &program->asset;
    void *made = coreml_asset_of(call, asset->model, asset->weights);
    if (!made)
        return call->error->status;
    if (asset->object)
        e->objc_release(asset->object);
    asset->object = e->objc_retain(made);
    return DEVICE_OK;
}

void coreml_asset_release(struct device_program *program) {
    const struct apple_entry *e = &program->device->runtime.entry;
    void *pool = e->objc_autoreleasePoolPush();
    if (program->asset.object)
        e->objc_release(program->asset.object);
    apple_release(e, program->asset.model);
    apple_release(e, program->asset.weights);
    e->objc_autoreleasePoolPop(pool);
}
