/* SPDX-License-Identifier: MIT
 *
 * From a program's directory to program.so in it: what the worker does.
 *
 * The cache is what other living programs of the same hash have compiled: while one of them holds
 * an image that is still what its text and weights compile to, the next one copies that image
 * instead of running the compiler, and says so. It goes with the last of them.
 */
#include "device/cpu/cpu.h"

#include "base/files.h"
#include "device/host/affinity.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MARK_BYTES = 64 };

void cpu_constants_free(struct device_program *program) {
    for (int i = 0; i < program->n_constants; i++)
        free(program->constants[i].blob_path);
    free(program->constants);
    program->constants = NULL;
    program->n_constants = 0;
}

void cpu_weights_free(struct cpu_weights *weights) {
    for (int i = 0; i < weights->weights.n_files; i++)
        file_unmap(weights->files[i].data, weights->files[i].bytes);
    free(weights->files);
}

int cpu_weights_open(const struct device_program *program, struct cpu_weights *out) {
    size_t n = (size_t)program->names.n;
    *out = (struct cpu_weights){.files = calloc(n + 1, sizeof *out->files)};
    out->weights.files = out->files;
    if (out->files == NULL)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct mil_blob_file *file = &out->files[i];
        file->path = program->names.paths[i];
        if (file_map_at(program->directory_fd, source_weights_file(file->path), &file->data,
                &file->bytes) != 0) {
            int saved = errno;
            cpu_weights_free(out);
            errno = saved;
            return -1;
        }
        out->weights.n_files++;
    }
    return 0;
}

void cpu_mark_make(const struct device_program *program, unsigned char mark[64]) {
    for (int i = 0; i < DIGEST_BYTES; i++) {
        mark[i] = program->digest[i];
        mark[DIGEST_BYTES + i] = (unsigned char)~program->digest[i];
    }
}

static int constants_set(struct device_program *program, const struct cpu_constant *from, int n) {
    cpu_constants_free(program);
    program->constants = calloc((size_t)n + 1, sizeof *program->constants);
    if (program->constants == NULL)
        return -1;
    for (int i = 0; i < n; i++) {
        program->constants[i] = from[i];
        program->constants[i].blob_path = strdup(from[i].blob_path);
        if (program->constants[i].blob_path == NULL)
            return -1;
        program->n_constants++;
    }
    return 0;
}

static int constants_take(struct device_program *program, const struct mil_emission *emission) {
    struct cpu_constant *from = calloc((size_t)emission->n_blobs + 1, sizeof *from);
    if (from == NULL)
        return -1;
    for (int i = 0; i < emission->n_blobs; i++) {
        const struct mil_constant *blob = &emission->blobs[i];
        from[i] = (struct cpu_constant){.blob_path = (char *)blob->blob_path,
            .blob_offset = blob->blob_offset,
            .elements = blob->elements,
            .constants_offset = blob->constants_offset,
            .source_dtype = blob->source_dtype};
    }
    int code = constants_set(program, from, emission->n_blobs);
    free(from);
    return code;
}

/* An open file with an image of this program's hash, and its constants copied; -1 when there is
 * none. The file stays readable whatever becomes of the program that it belongs to. */
static int cached_image_open(struct cpu_device *device, struct device_program *program) {
    int file = -1;
    pthread_mutex_lock(&device->worker.lock);
    for (struct device_program *other = device->programs; other != NULL && file < 0;
         other = other->next) {
        if (!other->compiled || !other->image_original ||
            memcmp(other->digest, program->digest, sizeof program->digest) != 0)
            continue;
        file = openat(other->directory_fd, "program.so", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (file >= 0 && other != program &&
            constants_set(program, other->constants, other->n_constants) != 0) {
            close(file);
            file = -1;
        }
    }
    pthread_mutex_unlock(&device->worker.lock);
    return file;
}

static enum device_status write_refuse(
    const struct cpu_device *device, struct device_error *error) {
    return device_error_set(error, DEVICE_BROKEN, "compile",
        "cannot read or write files in %s: %s; free some space or set TMPDIR elsewhere",
        device->run.path, strerror(errno));
}

/* Everything the compiler reads. */
static enum device_status emit(
    struct cpu_device *device, struct device_program *program, struct device_error *error) {
    struct cpu_weights weights;
    if (cpu_weights_open(program, &weights) != 0)
        return write_refuse(device, error);
    unsigned char mark[MARK_BYTES];
    cpu_mark_make(program, mark);
    struct mil_emission emission;
    struct mil_error why;
    enum device_status status = DEVICE_OK;
    if (mil_emit(program->mil, &weights.weights, mark, "constants.bin", &emission, &why) != 0) {
        status = device_error_set(error, DEVICE_FAILED, "emit", "line %u, column %u: %s",
            why.place.line, why.place.column, why.text);
    } else {
        if (constants_take(program, &emission) != 0)
            status = device_error_set(error, DEVICE_BROKEN, "emit", "out of memory");
        else if (file_write_at(
                     program->directory_fd, "program.c", emission.c_text, emission.c_bytes) != 0 ||
                 file_write_at(program->directory_fd, "constants.bin", emission.constants,
                     emission.constants_bytes) != 0)
            status = write_refuse(device, error);
        mil_emission_free(&emission);
    }
    cpu_weights_free(&weights);
    return status;
}

/* The new image takes the old one's place in one step; a library that is loaded keeps its own. */
static enum device_status image_replace(struct cpu_device *device, struct device_program *program,
    bool original, struct device_error *error) {
    pthread_mutex_lock(&device->worker.lock);
    int code =
        renameat(program->directory_fd, "program.so.new", program->directory_fd, "program.so");
    if (code == 0) {
        program->compiled = true;
        program->image_original = original;
    }
    pthread_mutex_unlock(&device->worker.lock);
    return code == 0 ? DEVICE_OK : write_refuse(device, error);
}

enum device_status cpu_compile_run(struct cpu_device *device, struct device_program *program,
    int qos, struct device_error *error) {
    uint64_t start_ns = clock_monotonic_ns();
    struct device_compile_info info = {0};
    enum device_status status = DEVICE_OK;
    int cached =
        device->options.cache && program->source_original ? cached_image_open(device, program) : -1;
    if (cached >= 0) {
        info.cached = true;
        if (file_copy(cached, program->directory_fd, "program.so.new") != 0)
            status = write_refuse(device, error);
        close(cached);
    } else {
        status = emit(device, program, error);
        info.emit_ns = clock_monotonic_ns() - start_ns;
        if (status == DEVICE_OK)
            status = cpu_compiler_run(
                device, program, "program.so.new", priority_nice_of(qos), &info.compiler_ns, error);
        /* As large as the weights, and inside the image by now. */
        (void)unlinkat(program->directory_fd, "constants.bin", 0);
    }
    if (status == DEVICE_OK)
        status = image_replace(device, program, program->source_original, error);
    if (status != DEVICE_OK)
        (void)unlinkat(program->directory_fd, "program.so.new", 0);
    info.elapsed_ns = clock_monotonic_ns() - start_ns;
    pthread_mutex_lock(&device->worker.lock);
    program->info = info;
    pthread_mutex_unlock(&device->worker.lock);
    return status;
}
