/* SPDX-License-Identifier: MIT
 *
 * Weights of a loaded program as memory: its constants, which lie in the library's read-only data, become
 * writable. Evals read them where they are, so that nothing is left to synchronise, and the next load
 * reads the file again.
 */
#define _GNU_SOURCE /* dl_iterate_phdr */
#include "device/cpu/cpu.h"

#ifdef __linux__
#include <errno.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* How the library has its pages at an address. */
struct pages {
    uintptr_t address;
    int protection; /* 0 = not found */
};

static int pages_note(struct dl_phdr_info *info, size_t bytes, void *context) {
    struct pages *pages = context;
    (void)bytes;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        const uintptr_t start = info->dlpi_addr + segment->p_vaddr;
        if (segment->p_type != PT_LOAD || pages->address < start ||
            pages->address >= start + segment->p_memsz)
            continue;
        pages->protection = PROT_READ | (segment->p_flags & PF_X ? PROT_EXEC : 0);
        return 1;
    }
    return 0;
}

/* The edges of the constants may share pages with others: those keep what they have. */
static enum device_status constants_protect(
    const struct device_program *program, bool writable, struct device_error *error) {
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t start = (uintptr_t)program->image->constants;
    const uintptr_t end = start + (uintptr_t)program->image->constants_bytes;
    const uintptr_t first = start / page * page, last = (end + page - 1) / page * page;
    struct pages pages = {start, 0};
    (void)dl_iterate_phdr(pages_note, &pages);
    if (pages.protection == 0)
        return device_error_set(error, DEVICE_BROKEN, "map",
            "the constants of the loaded program are in none of its segments");
    if (mprotect((void *)first, last - first, pages.protection | (writable ? PROT_WRITE : 0)) != 0)
        return device_error_set(error, DEVICE_UNSUPPORTED, "map",
            "this system does not let a program's constants be written: %s", strerror(errno));
    return DEVICE_OK;
}
#else
static enum device_status constants_protect(
    const struct device_program *program, bool writable, struct device_error *error) {
    (void)program, (void)writable;
    return device_error_set(error, DEVICE_UNSUPPORTED, "map",
        "constants of a signed library are not written on this system; on Linux they are");
}
#endif

enum device_status cpu_weights_map(struct device *device, struct device_program *program,
    int procedure, void **weights, size_t *bytes, struct device_error *error) {
    (void)device, (void)procedure; /* all procedures have their constants in one place */
    enum device_status status = constants_protect(program, true, error);
    if (status != DEVICE_OK)
        return status;
    *weights = (void *)(uintptr_t)(program->image->constants + CPU_MARK_BYTES);
    *bytes = (size_t)program->image->constants_bytes - CPU_MARK_BYTES;
    return DEVICE_OK;
}

enum device_status cpu_weights_sync(struct device *device, struct device_program *program,
    int procedure, size_t offset, size_t bytes, struct device_error *error) {
    (void)device, (void)program, (void)procedure, (void)offset, (void)bytes, (void)error;
    return DEVICE_OK;
}

enum device_status cpu_weights_unmap(struct device *device, struct device_program *program,
    int procedure, struct device_error *error) {
    (void)device, (void)procedure;
    return constants_protect(program, false, error);
}
