/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "memory.h"

#include "record.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static struct memory *all;
static struct sigaction before; /* the handler that was there before */

static void access_fault(int signal, siginfo_t *info, void *context) {
    (void)context;
    const unsigned char *at = info->si_addr;
    for (struct memory *m = all; m; m = m->next)
        if (at >= m->client && at < m->client + m->mapped_bytes) {
            record_violation(m->read_locks > 0 ? "a surface is written under a read-only lock"
                                               : "a surface is touched without a lock");
            mprotect(m->client, m->mapped_bytes, PROT_READ | PROT_WRITE);
            return;
        }
    sigaction(signal, &before, NULL); /* not ours: repeated, and handled as without us */
    if (info->si_code <= 0)
        raise(signal); /* sent by a program, which does not repeat it */
}

static void handler_install(void) {
    static bool installed;
    struct sigaction action = {.sa_sigaction = access_fault, .sa_flags = SA_SIGINFO};
    if (!installed)
        sigaction(SIGSEGV, &action, &before);
    installed = true;
}

struct memory *memory_new(size_t bytes) {
    struct memory *m = calloc(1, sizeof *m);
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    int fd = memfd_create("stand-in surface", MFD_CLOEXEC);
    handler_install();
    if (!m || fd < 0)
        goto fail;
    m->bytes = bytes;
    m->mapped_bytes = (bytes / page + 1) * page;
    if (ftruncate(fd, (off_t)m->mapped_bytes) != 0)
        goto fail;
    m->client = mmap(NULL, m->mapped_bytes, PROT_NONE, MAP_SHARED, fd, 0);
    m->engine = mmap(NULL, m->mapped_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (m->client == MAP_FAILED || m->engine == MAP_FAILED)
        goto fail;
    close(fd);
    static uint64_t n_made;
    m->version = 1 + (++n_made << 32); /* the next memory at this address has others */
    m->next = all;
    all = m;
    return m;
fail:
    if (fd >= 0)
        close(fd);
    free(m);
    return NULL;
}

void memory_free(struct memory *memory) {
    if (!memory)
        return;
    struct memory **at = &all;
    while (*at != memory)
        at = &(*at)->next;
    *at = memory->next;
    munmap(memory->client, memory->mapped_bytes);
    munmap(memory->engine, memory->mapped_bytes);
    free(memory);
}

/* Each change costs more than an eval: after this many in a process, surfaces that were locked once stay open.
 * A surface that was never locked is always guarded. */
enum { CHANGES_MAX = 512 };

static void protect(struct memory *memory) {
    static int n_changes;
    int protection = memory->write_locks > 0  ? PROT_READ | PROT_WRITE
                     : memory->read_locks > 0 ? PROT_READ
                                              : PROT_NONE;
    if (memory->is_open)
        return;
    memory->is_open = ++n_changes > CHANGES_MAX;
    mprotect(memory->client, memory->mapped_bytes,
        memory->is_open ? PROT_READ | PROT_WRITE : protection);
}

void memory_lock(struct memory *memory, bool write) {
    *(write ? &memory->write_locks : &memory->read_locks) += 1;
    protect(memory);
}

void memory_unlock(struct memory *memory, bool write) {
    int *locks = write ? &memory->write_locks : &memory->read_locks;
    if (*locks == 0) {
        record_violation("a surface is unlocked %s without such a lock",
            write ? "after writing" : "after reading");
        return;
    }
    --*locks;
    memory->version += write;
    if (write)
        memory->writer = 0;
    protect(memory);
}
