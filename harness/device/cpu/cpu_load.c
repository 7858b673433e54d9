/* SPDX-License-Identifier: MIT
 *
 * Loading is dlopen, with the weights moved to huge pages; unloading is dlclose. Every program has
 * its own file, so dlopen never returns a library that another program has loaded.
 */
#include "device/cpu/cpu.h"
#include "device/host/large.h"

#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

static bool image_fits(const struct mil_image *image, const struct mil_program *mil) {
    if (image->abi != MIL_IMAGE_ABI || image->n_functions != (uint32_t)mil->n_functions)
        return false;
    for (int i = 0; i < mil->n_functions; i++)
        if (image->functions[i].n_inputs != (uint32_t)mil->functions[i].n_inputs ||
            image->functions[i].n_outputs != (uint32_t)mil->functions[i].n_outputs)
            return false;
    return true;
}

/* One arena serves all programs, since evals on a device are serial. It is as large as the largest
 * program loaded so far needs; its pages are touched here, so that no eval takes the page faults.
 * Returns 0, or -1 when out of memory. */
static int arena_grow(struct cpu_device *cpu, const struct mil_image *image) {
    uint64_t bytes = MIL_ARENA_ALIGN;
    for (uint32_t i = 0; i < image->n_functions; i++)
        if (image->functions[i].arena_bytes > bytes)
            bytes = image->functions[i].arena_bytes;
    if (bytes <= cpu->arena_bytes)
        return 0;
    void *arena = bytes > SIZE_MAX ? NULL : large_alloc((size_t)bytes);
    if (!arena)
        return -1;
    free(cpu->arena);
    cpu->arena = arena;
    cpu->arena_bytes = (size_t)bytes;
    return 0;
}

enum device_status cpu_load(
    struct device *device, struct device_program *program, int qos, struct device_error *error) {
    struct cpu_device *cpu = cpu_of(device);
    cpu_thread_prepare(cpu, qos);
    char path[PROGRAM_PATH_MAX];
    cpu_program_path(cpu, program, "program.so", path);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return device_error_set(error, DEVICE_BROKEN, "load",
            "cannot load the compiled program: %.300s; if TMPDIR is mounted noexec, set it to "
            "another place",
            dlerror());
    const struct mil_image *image = dlsym(library, "aneprobe_image");
    if (!image || !image_fits(image, program->base.mil)) {
        dlclose(library);
        return device_error_set(error, DEVICE_BROKEN, "load",
            "the compiled program is not an image of this text; compile it again");
    }
    if (arena_grow(cpu, image) != 0) {
        dlclose(library);
        return device_error_set(
            error, DEVICE_BROKEN, "load", "out of memory: no room for intermediate values");
    }
    large_replace((void *)(uintptr_t)image->constants, (size_t)image->constants_bytes);
    program->library = library;
    program->image = image;
    return DEVICE_OK;
}

enum device_status cpu_unload(
    struct device *device, struct device_program *program, struct device_error *error) {
    (void)device;
    int code = dlclose(program->library);
    program->library = NULL;
    program->image = NULL;
    return code == 0 ? DEVICE_OK
                     : device_error_set(error, DEVICE_BROKEN, "unload",
                           "cannot unload the compiled program: %s", dlerror());
}
