/* SPDX-License-Identifier: MIT
 *
 * Changes weights on disk: in the source's weight file, or in the compiled library. Neither affects
 * a loaded program; the next load reads program.so again, but never the source.
 */
#include "device/cpu/cpu.h"

#include "mil/eval/eval_ops.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum device_status cpu_source_rewrite(struct device *device, struct device_program *program,
    const char *blob_path, uint64_t blob_offset, const void *data, size_t bytes,
    struct device_error *error) {
    (void)device;
    program->source_original = false; /* so that the next compile does not use the cache */
    return source_rewrite(
        &program->names, program->directory_fd, blob_path, blob_offset, data, bytes, error);
}

/* The offset of the constants in the library; SIZE_MAX unless the mark occurs exactly once. */
static size_t mark_find(
    const unsigned char *library, size_t bytes, const unsigned char mark[CPU_MARK_BYTES]) {
    size_t found = SIZE_MAX;
    for (size_t at = 0; at + CPU_MARK_BYTES <= bytes;) {
        const unsigned char *next = memchr(library + at, mark[0], bytes - CPU_MARK_BYTES + 1 - at);
        if (!next)
            break;
        at = (size_t)(next - library);
        if (memcmp(next, mark, CPU_MARK_BYTES) == 0) {
            if (found != SIZE_MAX)
                return SIZE_MAX;
            found = at;
        }
        at++;
    }
    return found;
}

static enum device_status library_patch(const struct device_program *program,
    const struct cpu_constant *constant, unsigned char *library, size_t library_bytes,
    const void *data, struct device_error *error) {
    unsigned char mark[CPU_MARK_BYTES];
    cpu_mark_make(program, mark);
    size_t start = mark_find(library, library_bytes, mark);
    /* in memory as the emitter had them */
    const struct mil_type type = {
        .dtype = constant->source_dtype, .rank = 1, .dim = {(int64_t)constant->elements}};
    const struct mil_literal literal = {.type = &type, .data = data};
    struct mil_error ignored; /* of files */
    size_t bytes = (size_t)constant->elements *
                   (constant->is_half ? sizeof(uint16_t) : sizeof(union mil_cell));
    if (start == SIZE_MAX || constant->constants_offset > library_bytes - start ||
        bytes > library_bytes - start - constant->constants_offset)
        return device_error_set(error, DEVICE_BROKEN, "rewrite",
            "cannot find the constants in program.so; compile the program again");
    unsigned char *place = library + start + constant->constants_offset;
    if (constant->is_half)
        memcpy(place, data, bytes);
    else
        (void)eval_literal((union mil_cell *)(void *)place, &literal, NULL, &ignored);
    return DEVICE_OK;
}

/* MH_MAGIC_64 of <mach-o/loader.h>: the linker has signed it. */
static bool is_mach_o(const void *library, size_t bytes) {
    const uint32_t magic = 0xfeedfacf;
    return bytes > sizeof magic && memcmp(library, &magic, sizeof magic) == 0;
}

enum device_status cpu_compiled_rewrite(struct device *device, struct device_program *program,
    const char *blob_path, uint64_t blob_offset, const void *data, size_t bytes,
    struct device_error *error) {
    struct cpu_device *cpu = cpu_of(device);
    const struct cpu_constant *constant = NULL;
    for (int i = 0; i < program->n_constants && !constant; i++)
        if (strcmp(program->constants[i].blob_path, blob_path) == 0 &&
            program->constants[i].blob_offset == blob_offset)
            constant = &program->constants[i];
    if (!constant)
        return device_error_set(error, DEVICE_BROKEN, "rewrite",
            "the compiled program has no blob of `%.200s` at %llu", blob_path,
            (unsigned long long)blob_offset);
    if (bytes != constant->elements * mil_dtype_bytes(constant->source_dtype))
        return device_error_set(error, DEVICE_BROKEN, "rewrite",
            "the blob at %llu of `%.150s` has %llu elements of %s, which are not %zu bytes",
            (unsigned long long)blob_offset, blob_path, (unsigned long long)constant->elements,
            mil_dtype_name(constant->source_dtype), bytes);
    void *library;
    size_t library_bytes;
    if (file_read_at(program->directory_fd, "program.so", &library, &library_bytes) != 0)
        return source_refuse("program.so", error);
    enum device_status status =
        library_patch(program, constant, library, library_bytes, data, error);
    /* Replaces the old file with a new one: the pages of a loaded library stay unchanged. */
    if (status == DEVICE_OK &&
        file_write_at(program->directory_fd, "program.so.new", library, library_bytes) != 0)
        status = source_refuse("program.so", error);
    if (status == DEVICE_OK && is_mach_o(library, library_bytes))
        status = cpu_image_sign(cpu, program, "program.so.new", error);
    free(library);
    if (status != DEVICE_OK) {
        (void)unlinkat(program->directory_fd, "program.so.new", 0);
        return status;
    }
    pthread_mutex_lock(&cpu->worker.lock);
    int code =
        renameat(program->directory_fd, "program.so.new", program->directory_fd, "program.so");
    if (code == 0)
        program->image_original = false;
    pthread_mutex_unlock(&cpu->worker.lock);
    return code == 0 ? DEVICE_OK : source_refuse("program.so", error);
}
