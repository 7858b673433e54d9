/* SPDX-License-Identifier: MIT
 *
 * What the worker does: compiles a program's directory to program.so in it.
 *
 * The cache consists of other live programs with the same hash: while one of them has an image that
 * still matches its text and weights, the next one copies that image instead of running the
 * compiler, and reports that. It ends with the last of them.
 */
#include "device/cpu/cpu.h"

#include "device/host/affinity.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Opens an image with this program's hash, and copies its constants; -1 when there is none. The
 * file stays readable even if the program it belongs to is freed. */
static int cached_image_open(struct cpu_device *device, struct device_program *program) {
    int file = -1;
    pthread_mutex_lock(&device->worker.lock);
    for (struct device_program *other = device->programs; other && file < 0; other = other->next) {
        if (!other->base.compiled || other->base.freed || !other->image_original ||
            memcmp(other->digest, program->digest, sizeof program->digest) != 0)
            continue;
        file = openat(other->directory_fd, "program.so", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (file >= 0 && other != program && cpu_constants_copy(program, other) != 0) {
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

/* Writes everything the compiler reads. */
static enum device_status emit(
    struct cpu_device *device, struct device_program *program, struct device_error *error) {
    struct cpu_weights weights;
    if (cpu_weights_open(program, &weights) != 0)
        return write_refuse(device, error);
    unsigned char mark[CPU_MARK_BYTES];
    cpu_mark_make(program, mark);
    struct mil_emission emission;
    struct mil_error why;
    enum device_status status = DEVICE_OK;
    if (mil_emit(program->base.mil, &weights.weights, mark, "constants.bin", &emission, &why) !=
        0) {
        status = device_error_set(error, DEVICE_FAILED, "emit", "line %u, column %u: %s",
            why.place.line, why.place.column, why.text);
    } else {
        if (cpu_constants_take(program, &emission) != 0)
            status = device_memory_out(error, "emit");
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

/* The new image replaces the old one atomically; a loaded library keeps its own file. */
static enum device_status image_replace(struct cpu_device *device, struct device_program *program,
    bool original, struct device_error *error) {
    pthread_mutex_lock(&device->worker.lock);
    int code =
        renameat(program->directory_fd, "program.so.new", program->directory_fd, "program.so");
    if (code == 0) {
        program->base.compiled = true;
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
        /* As large as the weights, and by now part of the image. */
        (void)unlinkat(program->directory_fd, "constants.bin", 0);
    }
    if (status == DEVICE_OK)
        status = image_replace(device, program, program->source_original, error);
    if (status != DEVICE_OK)
        (void)unlinkat(program->directory_fd, "program.so.new", 0);
    info.elapsed_ns = clock_monotonic_ns() - start_ns;
    pthread_mutex_lock(&device->worker.lock);
    program->base.info = info;
    pthread_mutex_unlock(&device->worker.lock);
    return status;
}
