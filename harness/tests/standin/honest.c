/* SPDX-License-Identifier: MIT */
#include "honest.h"

#include "mil/blob.h"
#include "mil/fp16.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CODE_BROKEN = 99, ROW_ELEMENTS = 32 /* of 64 bytes */ };
#define PATH "@model_path/weights/w.bin"

void honest_must(const struct honest *h, bool right, const char *what) {
    if (right)
        return;
    fprintf(stderr, "honest: %s: %s\n", what, h->error.text);
    exit(CODE_BROKEN);
}

/* ---- a program and its weights */

static void text_make(struct honest *h) {
    snprintf(h->mil, sizeof h->mil,
        "program(1.3)[buildInfo = dict<string, string>({{\"coremlc-version\", \"3505.4.1\"}})]\n"
        "{\n"
        "  func main<ios18>(tensor<fp16, [1, 8, 1, 16]> x) {\n"
        "    tensor<fp16, [1, 8, 1, 1]> w = const()[name = string(\"w\"), val = tensor<fp16, "
        "[1, 8, 1, 1]>(BLOBFILE(path = string(\"" PATH "\"), offset = uint64(%d)))];\n"
        "    tensor<fp16, [1, 8, 1, 16]> y = mul(x = x, y = w)[name = string(\"y\")];\n"
        "  } -> (y);\n"
        "}\n",
        h->blob_offset);
}

static float weight(int channel) {
    return (float)(channel + 1) / 2;
}

static float input(int element) {
    return (float)(element % 13 + 1) / 4;
}

static unsigned char *weight_file(const struct honest *h, size_t *bytes) {
    uint16_t w[HONEST_CHANNELS];
    for (int c = 0; c < HONEST_CHANNELS; c++)
        w[c] = fp16_from_float(weight(c));
    struct mil_blob_writer *writer = mil_blob_writer_new();
    mil_blob_writer_add(writer, MIL_FP16, w, sizeof w);
    unsigned char *file = mil_blob_writer_finish(writer, bytes);
    honest_must(h, file != NULL, "memory");
    if (h->corrupt_with >= 0)
        file[h->corrupt_at] = (unsigned char)h->corrupt_with;
    return file;
}

static void *weights_make(const struct honest *h) {
    size_t bytes;
    unsigned char *file = weight_file(h, &bytes);
    void *keys[] = {apple_string(h->e, "offset"), apple_string(h->e, "data")};
    void *values[] = {apple_number(h->e, 0), apple_data(h->e, file, bytes)};
    void *entry = apple_dictionary(h->e, keys, values, 2);
    void *path = apple_string(h->e, PATH);
    void *weights = apple_dictionary(h->e, &path, &entry, 1);
    void *const parts[] = {keys[0], keys[1], values[0], values[1], entry, path};
    for (int i = 0; i < 6; i++)
        apple_release(h->e, parts[i]);
    free(file);
    return weights;
}

/* ---- surfaces */

void *honest_surface(const struct honest *h, size_t bytes) {
    const void *const names[] = {h->e->kIOSurfaceWidth, h->e->kIOSurfaceHeight,
        h->e->kIOSurfaceBytesPerElement, h->e->kIOSurfaceBytesPerRow, h->e->kIOSurfaceAllocSize,
        h->e->kIOSurfacePixelFormat};
    const int64_t numbers[] = {(int64_t)bytes, 1, 1, (int64_t)bytes, (int64_t)bytes, 0};
    void *keys[6], *values[6];
    for (int i = 0; i < 6; i++) {
        keys[i] = (void *)(uintptr_t)names[i];
        values[i] = apple_number(h->e, numbers[i]);
    }
    void *properties = apple_dictionary(h->e, keys, values, 6);
    void *surface = h->e->IOSurfaceCreate(properties);
    apple_release(h->e, properties);
    for (int i = 0; i < 6; i++)
        apple_release(h->e, values[i]);
    return surface;
}

void *honest_array(const struct honest *h, void *only) {
    return apple_array(h->e, &only, 1);
}

void honest_write_input(struct honest *h) {
    h->e->IOSurfaceLock(h->surfaces[0], 0, NULL);
    uint16_t *x = h->e->IOSurfaceGetBaseAddress(h->surfaces[0]);
    for (int i = 0; i < HONEST_CHANNELS * HONEST_POSITIONS; i++)
        x[i / HONEST_POSITIONS * ROW_ELEMENTS + i % HONEST_POSITIONS] = fp16_from_float(input(i));
    h->e->IOSurfaceUnlock(h->surfaces[0], 0, NULL);
}

bool honest_output_is_right(struct honest *h) {
    bool right = true;
    h->e->IOSurfaceLock(h->surfaces[1], APPLE_LOCK_READ_ONLY, NULL);
    const uint16_t *y = h->e->IOSurfaceGetBaseAddress(h->surfaces[1]);
    for (int i = 0; i < HONEST_CHANNELS * HONEST_POSITIONS; i++)
        right &= fp16_to_float(y[i / HONEST_POSITIONS * ROW_ELEMENTS + i % HONEST_POSITIONS]) ==
                 input(i) * weight(i / HONEST_POSITIONS);
    h->e->IOSurfaceUnlock(h->surfaces[1], APPLE_LOCK_READ_ONLY, NULL);
    return right;
}

/* ---- the steps */

void honest_open(struct honest *h) {
    *h = (struct honest){.blob_offset = 64, .corrupt_with = -1};
    honest_must(
        h, apple_runtime_open(&ane_framework, 1, &h->runtime, &h->error) == DEVICE_OK, "open");
    h->e = &h->runtime.entry;
    void *library = dlopen(getenv(APPLE_STANDIN_VARIABLE), RTLD_NOW | RTLD_NOLOAD);
#define HONEST_QUERY(result, name, parameters)                                                     \
    *(void **)(void *)&h->name = dlsym(library, #name);                                            \
    honest_must(h, h->name != NULL, #name);
    STANDIN_QUERIES(HONEST_QUERY)
#undef HONEST_QUERY
    h->call = apple_call_begin(&h->runtime, "test", &h->error);
    h->options = apple_dictionary(h->e, NULL, NULL, 0);
}

static void model_make(struct honest *h) {
    text_make(h);
    h->text = apple_data(h->e, h->mil, strlen(h->mil));
    h->weights = weights_make(h);
    h->descriptor = ane_descriptor_create(&h->call, h->text, h->weights);
    honest_must(h, h->descriptor != NULL, "descriptor");
    h->model = ane_model_create(&h->call, h->descriptor);
    honest_must(h, h->model != NULL, "model");
    void *path = ane_model_path(&h->call, h->model);
    honest_must(h, apple_string_get(h->e, path, h->directory, sizeof h->directory), "path");
}

static const char *path_of(const struct honest *h, const char *name) {
    static char path[sizeof h->directory + 32];
    snprintf(path, sizeof path, "%s/%s", h->directory, name);
    return path;
}

static void file_write(const struct honest *h, const char *name, const void *data, size_t bytes) {
    FILE *file = fopen(path_of(h, name), "wb");
    honest_must(h, file && fwrite(data, 1, bytes, file) == bytes && fclose(file) == 0, name);
}

static void files_write(struct honest *h) {
    size_t bytes;
    unsigned char *file = weight_file(h, &bytes);
    mkdir(h->directory, 0700);
    mkdir(path_of(h, "weights"), 0700);
    file_write(h, "weights/w.bin", file, bytes);
    file_write(h, "model.mil", h->mil, strlen(h->mil));
    free(file);
}

static void files_remove(struct honest *h) {
    static const char *const names[] = {
        "weights/w.bin", "weights", "model.mil", "net.plist", "data"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        remove(path_of(h, names[i]));
    rmdir(h->directory);
}

static void request_make(struct honest *h) {
    for (int i = 0; i < 2; i++) {
        h->surfaces[i] = honest_surface(h, HONEST_SURFACE_BYTES);
        h->wrapped[i] = ane_surface_wrap(&h->call, h->surfaces[i]);
        honest_must(h, h->wrapped[i] != NULL, "surface");
    }
    void *inputs = honest_array(h, h->wrapped[0]), *outputs = honest_array(h, h->wrapped[1]);
    void *zero = apple_number(h->e, 0), *indices = honest_array(h, zero);
    h->request =
        ane_request_create_object(&h->call, inputs, indices, outputs, indices, NULL, NULL, zero);
    void *const parts[] = {inputs, outputs, zero, indices};
    for (int i = 0; i < 4; i++)
        apple_release(h->e, parts[i]);
    honest_must(h, h->request != NULL, "request");
}

void honest_go(struct honest *h, enum honest_step step) {
    while (h->step < step) {
        switch (++h->step) {
        case HONEST_OPEN:
            break;
        case HONEST_MODEL:
            model_make(h);
            break;
        case HONEST_FILES:
            files_write(h);
            break;
        case HONEST_COMPILED:
            honest_must(h, ane_model_compile(&h->call, h->model, 21, h->options), "compile");
            break;
        case HONEST_LOADED:
            honest_must(h, ane_model_load(&h->call, h->model, 21, h->options), "load");
            break;
        case HONEST_REQUEST:
            request_make(h);
            break;
        }
    }
}

void honest_close(struct honest *h) {
    if (h->step >= HONEST_LOADED)
        honest_must(h, ane_model_unload(&h->call, h->model, 21), "unload");
    if (h->step >= HONEST_FILES)
        files_remove(h);
    void *const owned[] = {h->options, h->text, h->weights, h->surfaces[0], h->surfaces[1]};
    for (int i = 0; i < 5; i++)
        apple_release(h->e, owned[i]);
    apple_call_end(&h->call);
}
