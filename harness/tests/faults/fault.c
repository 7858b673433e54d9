/* SPDX-License-Identifier: MIT
 *
 * Makes calls of the C library fail, one at a time; to be preloaded on Linux. libfiu's preload has neither
 * execve nor dlopen and fails at random, whereas this fails exactly call n of a class.
 *
 *     FAULT_PROGRAM  in processes of this name only
 *     FAULT_CLASS    alloc, write, sync, rename, open, create, spawn, dlopen, thread, clock or ahead
 *     FAULT_AT       the call that fails, from 1; 0 = none, calls are counted only
 *     FAULT_ONWARDS  if set, all later ones fail too, as on a full disk
 *     FAULT_TRACE    if set, a file that gets a line for each fsync, "sync FILE", and for each start of a
 *                    process, "start", in their order
 *     FAULT_COUNTS   a file of three numbers of 64 bits: the calls of the class so far, in all such
 *                    processes together; the blocks that the last of them to exit had not freed; how
 *                    many did exit
 *
 * A write through stdio fails as on a full file system: during the call the stream's descriptor is that of a
 * full disk. Writes to stderr never fail, since they report what failed. Allocations of the C library for its
 * callers (strdup, fopen) count; those of OpenBLAS do not, since it does not check them.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum fault_class {
    ALLOC,
    WRITE,
    SYNC,
    RENAME,
    OPEN,
    CREATE,
    SPAWN,
    DLOPEN,
    THREAD,
    CLOCK,
    AHEAD,
    CLASSES
};
static const struct {
    const char *name;
    int error;
} classes[CLASSES] = {{"alloc", ENOMEM}, {"write", ENOSPC}, {"sync", EIO}, {"rename", EIO},
    {"open", EMFILE}, {"create", EROFS}, {"spawn", EAGAIN}, {"dlopen", 0}, {"thread", EAGAIN},
    {"clock", 0}, {"ahead", 0}};
enum { JUMP_S = 3600 }; /* how far the clock goes back, or ahead */

static struct { uint64_t calls, live, exits; } * counts;
static int at_class = -1;
static uint64_t at_call;
static bool onwards;
static int trace_fd = -1;
static int64_t live;

/* glibc's own, under names that are not interposed. */
extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t n, size_t bytes);
extern void *__libc_realloc(void *block, size_t bytes);
extern void *__libc_memalign(size_t alignment, size_t bytes);
extern void __libc_free(void *block);

__attribute__((constructor)) static void fault_open(void) {
    const char *program = getenv("FAULT_PROGRAM"), *name = getenv("FAULT_CLASS"),
               *call = getenv("FAULT_AT"), *path = getenv("FAULT_COUNTS");
    if (!program || !name || !call || !path || strcmp(program, program_invocation_short_name) != 0)
        return;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    void *shared =
        fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (shared == MAP_FAILED) {
        fprintf(stderr, "fault: %s: %s\n", path, strerror(errno));
        _exit(125);
    }
    close(fd);
    counts = shared;
    at_call = strtoull(call, NULL, 10);
    onwards = getenv("FAULT_ONWARDS") != NULL;
    if (getenv("FAULT_TRACE"))
        trace_fd = open(getenv("FAULT_TRACE"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    for (int i = 0; i < CLASSES; i++)
        if (strcmp(name, classes[i].name) == 0)
            at_class = i;
}

__attribute__((destructor)) static void fault_close(void) {
    if (!counts)
        return;
    counts->live = (uint64_t)__atomic_load_n(&live, __ATOMIC_RELAXED);
    __atomic_add_fetch(&counts->exits, 1, __ATOMIC_RELAXED);
}

/* Whether this call fails; then sets errno. */
static bool is_due(enum fault_class which) {
    if ((int)which != at_class)
        return false;
    const uint64_t call = __atomic_add_fetch(&counts->calls, 1, __ATOMIC_RELAXED);
    if (at_call == 0 || call < at_call || (call > at_call && !onwards))
        return false;
    errno = classes[which].error;
    return true;
}

/* One line of the trace; `fd`: of the file that the call is about, or -1. */
static void trace(const char *call, int fd) {
    char link[64], path[512] = "", line[600];
    if (trace_fd < 0)
        return;
    const int saved = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    if (fd >= 0 && readlink(link, path, sizeof path - 1) < 0)
        _exit(125);
    const int n = snprintf(line, sizeof line, "%s %s\n", call, path);
    if (syscall(SYS_write, trace_fd, line, (size_t)n) != n)
        _exit(125);
    errno = saved;
}

/* The next function of that name: the C library's. */
#define NEXT(name) ((__typeof__(&name))next(#name))
static void *next(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found)
        _exit(125);
    return found;
}

/* ---- allocations */

static struct { uintptr_t from, to; } blas;

static int blas_find(struct dl_phdr_info *info, size_t bytes, void *context) {
    (void)bytes, (void)context;
    if (!strstr(info->dlpi_name, "blas"))
        return 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const uintptr_t from = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
        if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_X))
            blas.from = from, blas.to = from + info->dlpi_phdr[i].p_memsz;
    }
    return 1;
}

__attribute__((constructor)) static void blas_open(void) {
    dl_iterate_phdr(blas_find, NULL);
}

static bool is_alloc_due(void *caller) {
    const uintptr_t from = (uintptr_t)caller;
    return !(from >= blas.from && from < blas.to) && is_due(ALLOC);
}

static void *counted(void *block) {
    if (block)
        __atomic_add_fetch(&live, 1, __ATOMIC_RELAXED);
    return block;
}

void *malloc(size_t bytes) {
    return is_alloc_due(__builtin_return_address(0)) ? NULL : counted(__libc_malloc(bytes));
}

void *calloc(size_t n, size_t bytes) {
    return is_alloc_due(__builtin_return_address(0)) ? NULL : counted(__libc_calloc(n, bytes));
}

void *realloc(void *block, size_t bytes) {
    if (is_alloc_due(__builtin_return_address(0)))
        return NULL;
    void *moved = __libc_realloc(block, bytes);
    if (!block)
        counted(moved);
    else if (!moved && bytes == 0)
        __atomic_sub_fetch(&live, 1, __ATOMIC_RELAXED);
    return moved;
}

void *reallocarray(void *block, size_t n, size_t bytes) {
    if (bytes > 0 && n > SIZE_MAX / bytes) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(block, n * bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes) {
    return is_alloc_due(__builtin_return_address(0)) ? NULL
                                                     : counted(__libc_memalign(alignment, bytes));
}

int posix_memalign(void **block, size_t alignment, size_t bytes) {
    const int saved = errno;
    void *found = is_alloc_due(__builtin_return_address(0))
                      ? NULL
                      : counted(__libc_memalign(alignment, bytes));
    errno = saved;
    if (!found)
        return ENOMEM;
    *block = found;
    return 0;
}

void free(void *block) {
    if (block)
        __atomic_sub_fetch(&live, 1, __ATOMIC_RELAXED);
    __libc_free(block);
}

/* An address space that is full: of memory or of a file. */
void *mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset) {
    return is_alloc_due(__builtin_return_address(0))
               ? MAP_FAILED
               : NEXT(mmap)(at, bytes, protection, flags, fd, offset);
}

void *mmap64(void *at, size_t bytes, int protection, int flags, int fd, off64_t offset)
    __attribute__((alias("mmap")));

/* ---- writing: to files; a pipe has no disk that can be full */

static bool is_write_due(int fd) {
    const int saved = errno;
    struct stat about;
    const bool is_file = fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
    errno = saved;
    return is_file && is_due(WRITE);
}

ssize_t write(int fd, const void *bytes, size_t n) {
    return is_write_due(fd) ? -1 : NEXT(write)(fd, bytes, n);
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at) {
    return is_write_due(fd) ? -1 : NEXT(pwrite)(fd, bytes, n, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at) __attribute__((alias("pwrite")));

int ftruncate(int fd, off_t bytes) {
    return is_write_due(fd) ? -1 : NEXT(ftruncate)(fd, bytes);
}

int ftruncate64(int fd, off64_t bytes) __attribute__((alias("ftruncate")));

int vdprintf(int fd, const char *format, va_list arguments) {
    return is_write_due(fd) ? -1 : NEXT(vdprintf)(fd, format, arguments);
}

int dprintf(int fd, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int n = vdprintf(fd, format, arguments);
    va_end(arguments);
    return n;
}

int __dprintf_chk(int fd, int flag, const char *format, ...) __attribute__((format(printf, 3, 4)));
int __dprintf_chk(int fd, int flag, const char *format, ...) {
    (void)flag;
    va_list arguments;
    va_start(arguments, format);
    int n = vdprintf(fd, format, arguments);
    va_end(arguments);
    return n;
}

/* Puts a full disk behind the stream if this call is due; what was there, to be put back, or -1. */
static int disk_fill(FILE *file) {
    const int fd = file && file != stderr && __fwritable(file) ? fileno(file) : -1;
    if (fd < 0 || !is_write_due(fd))
        return -1;
    const int saved = fcntl(fd, F_DUPFD_CLOEXEC, 3), full = NEXT(open)("/dev/full", O_WRONLY);
    if (saved < 0 || full < 0)
        _exit(125);
    dup3(full, fd, O_CLOEXEC);
    close(full);
    return saved;
}

static void disk_empty(FILE *file, int saved) {
    const int error = errno;
    dup2(saved, fileno(file));
    close(saved);
    errno = error;
}

size_t fwrite(const void *bytes, size_t size, size_t n, FILE *file) {
    const int saved = disk_fill(file);
    const size_t written = NEXT(fwrite)(bytes, size, n, file);
    if (saved < 0)
        return written;
    const bool is_whole = NEXT(fflush)(file) == 0;
    disk_empty(file, saved);
    return is_whole ? written : 0;
}

int fflush(FILE *file) {
    const int saved = disk_fill(file);
    const int code = NEXT(fflush)(file);
    if (saved >= 0)
        disk_empty(file, saved);
    return code;
}

int fclose(FILE *file) {
    const int saved = disk_fill(file);
    if (saved < 0)
        return NEXT(fclose)(file);
    /* Closed with the stream: the full disk. */
    const int code = NEXT(fclose)(file), error = errno;
    close(saved);
    errno = error;
    return code;
}

int fsync(int fd) {
    trace("sync", fd);
    return is_due(SYNC) ? -1 : NEXT(fsync)(fd);
}

int rename(const char *from, const char *to) {
    return is_due(RENAME) ? -1 : NEXT(rename)(from, to);
}

int renameat(int from_fd, const char *from, int to_fd, const char *to) {
    return is_due(RENAME) ? -1 : NEXT(renameat)(from_fd, from, to_fd, to);
}

/* ---- opening: every handle (open), and what changes a directory or a file (create) */

static bool is_open_due(int flags) {
    return is_due(OPEN) || ((flags & (O_CREAT | O_ACCMODE)) != 0 && is_due(CREATE));
}

int open(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const int mode = flags & O_CREAT ? va_arg(arguments, int) : 0;
    va_end(arguments);
    return is_open_due(flags) ? -1 : NEXT(open)(path, flags, mode);
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));

int openat(int fd, const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const int mode = flags & O_CREAT ? va_arg(arguments, int) : 0;
    va_end(arguments);
    return is_open_due(flags) ? -1 : NEXT(openat)(fd, path, flags, mode);
}

int openat64(int fd, const char *path, int flags, ...) __attribute__((alias("openat")));

FILE *fopen(const char *path, const char *mode) {
    return is_open_due(strpbrk(mode, "wa+") ? O_RDWR : O_RDONLY) ? NULL : NEXT(fopen)(path, mode);
}

FILE *fopen64(const char *path, const char *mode) __attribute__((alias("fopen")));

DIR *opendir(const char *path) {
    return is_due(OPEN) ? NULL : NEXT(opendir)(path);
}

int pipe(int ends[2]) {
    return is_due(OPEN) ? -1 : NEXT(pipe)(ends);
}

int pipe2(int ends[2], int flags) {
    return is_due(OPEN) ? -1 : NEXT(pipe2)(ends, flags);
}

int mkdir(const char *path, mode_t mode) {
    return is_due(CREATE) ? -1 : NEXT(mkdir)(path, mode);
}

int mkdirat(int fd, const char *path, mode_t mode) {
    return is_due(CREATE) ? -1 : NEXT(mkdirat)(fd, path, mode);
}

char *mkdtemp(char *path) {
    return is_due(CREATE) ? NULL : NEXT(mkdtemp)(path);
}

int symlinkat(const char *to, int fd, const char *path) {
    return is_due(CREATE) ? -1 : NEXT(symlinkat)(to, fd, path);
}

int unlink(const char *path) {
    return is_due(CREATE) ? -1 : NEXT(unlink)(path);
}

/* ---- starting */

pid_t fork(void) {
    return is_due(SPAWN) ? -1 : NEXT(fork)();
}

/* vfork returns twice through its caller's frame, so nothing of this function may be on the stack then. */
#ifdef __clang__
pid_t vfork(void) {
#else
__attribute__((optimize("O2"))) pid_t vfork(void) {
#endif
    pid_t (*c_library)(void) = NEXT(vfork);
    trace("start", -1);
    if (is_due(SPAWN))
        return -1;
    return c_library();
}

int execve(const char *path, char *const argv[], char *const envp[]) {
    return is_due(SPAWN) ? -1 : NEXT(execve)(path, argv, envp);
}

int execv(const char *path, char *const argv[]) {
    return is_due(SPAWN) ? -1 : NEXT(execv)(path, argv);
}

int execvp(const char *path, char *const argv[]) {
    return is_due(SPAWN) ? -1 : NEXT(execvp)(path, argv);
}

int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
    const posix_spawnattr_t *attributes, char *const argv[], char *const envp[]) {
    return is_due(SPAWN) ? EAGAIN : NEXT(posix_spawn)(pid, path, actions, attributes, argv, envp);
}

int posix_spawnp(pid_t *pid, const char *name, const posix_spawn_file_actions_t *actions,
    const posix_spawnattr_t *attributes, char *const argv[], char *const envp[]) {
    return is_due(SPAWN) ? EAGAIN : NEXT(posix_spawnp)(pid, name, actions, attributes, argv, envp);
}

void *dlopen(const char *path, int flags) {
    return NEXT(dlopen)(is_due(DLOPEN) ? "/dev/null/no-such-library" : path, flags);
}

int pthread_create(
    pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *context) {
    return is_due(THREAD) ? EAGAIN : NEXT(pthread_create)(thread, attributes, start, context);
}

/* From the chosen call on, the clocks are an hour back, or ahead. */
int clock_gettime(clockid_t clock, struct timespec *now) {
    const int code = NEXT(clock_gettime)(clock, now);
    if (code == 0 && is_due(CLOCK))
        now->tv_sec -= JUMP_S;
    if (code == 0 && is_due(AHEAD))
        now->tv_sec += JUMP_S;
    return code;
}
