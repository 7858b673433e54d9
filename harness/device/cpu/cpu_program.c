/* SPDX-License-Identifier: MIT
 *
 * A program and its directory. Each program has its own directory, named after the hash of its text
 * and weights (further ones with the same hash get ".2", ".3", ...). It holds model.mil and
 * weights/NAME.bin from the start; program.c and program.so after a compile.
 */
#include "device/cpu/cpu.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int directory_make(struct cpu_device *device, struct device_program *program) {
    snprintf(program->directory, sizeof program->directory, "%s", program->hash);
    while (mkdirat(device->run.fd, program->directory, 0700) != 0) {
        if (errno != EEXIST)
            return -1;
        snprintf(program->directory, sizeof program->directory, "%s.%llu", program->hash,
            (unsigned long long)++device->n_directories + 1);
    }
    program->directory_fd =
        openat(device->run.fd, program->directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return program->directory_fd < 0 ? -1 : 0;
}

static void program_empty(struct cpu_device *device, struct device_program *program) {
    if (program->directory_fd >= 0)
        close(program->directory_fd);
    program->directory_fd = -1;
    if (program->directory[0] != '\0')
        tree_remove(device->run.fd, program->directory);
    cpu_constants_free(program);
    source_names_free(&program->names);
    mil_program_free(program->base.mil);
}

void cpu_program_path(const struct cpu_device *device, const struct device_program *program,
    const char *file, char path[PROGRAM_PATH_MAX]) {
    (void)snprintf(path, PROGRAM_PATH_MAX, "%s/%s/%s", device->run.path, program->directory, file);
}

enum device_status cpu_program_create(struct device *device, const struct device_source *source,
    struct device_program **out, struct device_error *error) {
    struct cpu_device *cpu = cpu_of(device);
    struct device_program *program = calloc(1, sizeof *program);
    if (!program)
        return device_memory_out(error, "parse");
    program->directory_fd = -1;
    program->source_original = true;
    enum device_status status = source_parse(source, &program->base.mil, error);
    if (status != DEVICE_OK)
        goto fail;
    if (identity_of(source, program->digest) != 0 ||
        source_names_copy(&source->weights, &program->names) != 0) {
        status = device_memory_out(error, "parse");
        goto fail;
    }
    digest_hex(program->digest, program->hash);
    program->base.hash = program->hash;
    if (directory_make(cpu, program) != 0 || source_write(source, program->directory_fd) != 0) {
        status = device_error_set(error, DEVICE_BROKEN, "parse",
            "cannot write the program to %s: %s; %s", cpu->run.path, strerror(errno),
            errno == EEXIST ? "two weight files have the same name"
                            : "free some space or set TMPDIR elsewhere");
        goto fail;
    }
    pthread_mutex_lock(&cpu->worker.lock);
    program->next = cpu->programs;
    cpu->programs = program;
    pthread_mutex_unlock(&cpu->worker.lock);
    *out = program;
    return DEVICE_OK;

fail:
    program_empty(cpu, program);
    free(program);
    return status;
}

void cpu_program_destroy(struct device *device, struct device_program *program) {
    struct cpu_device *cpu = cpu_of(device);
    pthread_mutex_lock(&cpu->worker.lock);
    struct device_program **link = &cpu->programs;
    while (*link != program)
        link = &(*link)->next;
    *link = program->next;
    pthread_mutex_unlock(&cpu->worker.lock);
    program_empty(cpu, program);
    free(program);
}
