/* SPDX-License-Identifier: MIT
 *
 * The place of each weight in a compiled program, so that it can be found there and changed.
 */
#include "device/cpu/cpu.h"

#include "base/files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
    if (!out->files)
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

void cpu_mark_make(const struct device_program *program, unsigned char mark[CPU_MARK_BYTES]) {
    for (int i = 0; i < DIGEST_BYTES; i++) {
        mark[i] = program->digest[i];
        mark[DIGEST_BYTES + i] = (unsigned char)~program->digest[i];
    }
}

static int constants_set(struct device_program *program, const struct cpu_constant *from, int n) {
    cpu_constants_free(program);
    program->constants = calloc((size_t)n + 1, sizeof *program->constants);
    if (!program->constants)
        return -1;
    for (int i = 0; i < n; i++) {
        program->constants[i] = from[i];
        program->constants[i].blob_path = strdup(from[i].blob_path);
        if (!program->constants[i].blob_path)
            return -1;
        program->n_constants++;
    }
    return 0;
}

int cpu_constants_copy(struct device_program *program, const struct device_program *from) {
    return constants_set(program, from->constants, from->n_constants);
}

int cpu_constants_take(struct device_program *program, const struct mil_emission *emission) {
    struct cpu_constant *from = calloc((size_t)emission->n_blobs + 1, sizeof *from);
    if (!from)
        return -1;
    for (int i = 0; i < emission->n_blobs; i++) {
        const struct mil_constant *blob = &emission->blobs[i];
        from[i] = (struct cpu_constant){.blob_path = (char *)blob->blob_path,
            .blob_offset = blob->blob_offset,
            .elements = blob->elements,
            .constants_offset = blob->constants_offset,
            .source_dtype = blob->source_dtype,
            .is_half = blob->is_half};
    }
    int code = constants_set(program, from, emission->n_blobs);
    free(from);
    return code;
}
