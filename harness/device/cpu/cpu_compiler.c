/* SPDX-License-Identifier: MIT
 *
 * The system's C compiler as a child process: $ANEPROBE_CC or `cc`, with fixed arguments and an
 * environment of its own, in the program's directory.
 */
#include "device/cpu/cpu.h"

#include "device/host/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum device_status cpu_compiler_find(struct cpu_device *device, struct device_error *error) {
    const char *name = getenv("ANEPROBE_CC");
    bool chosen = name != NULL && name[0] != '\0';
    char found[DIRECTORY_PATH_MAX];
    if (spawn_find(chosen ? name : "cc", found, sizeof found) != 0)
        return chosen ? device_error_set(error, DEVICE_BROKEN, "open",
                            "the compiler `%.200s` that ANEPROBE_CC names is not an executable "
                            "file; correct it, or unset it to use `cc`",
                            name)
                      : device_error_set(error, DEVICE_BROKEN, "open",
                            "there is no C compiler: `cc` is not on PATH; install gcc or clang "
                            "(apt-get install gcc; xcode-select --install), or name one in "
                            "ANEPROBE_CC");
    /* Compiles run in other directories: a relative path must not change its meaning. */
    char *absolute = found[0] == '/' ? strdup(found) : realpath(found, NULL);
    int n =
        absolute != NULL ? snprintf(device->compiler, sizeof device->compiler, "%s", absolute) : -1;
    free(absolute);
    if (n < 0 || (size_t)n >= sizeof device->compiler)
        return device_error_set(error, DEVICE_BROKEN, "open",
            "the path of the compiler `%.200s` cannot be resolved; give an absolute path in "
            "ANEPROBE_CC",
            found);
    return DEVICE_OK;
}

/* The environment a compiler needs: where its own programs are, where it may put temporary files,
 * English messages; on macOS which developer tools and SDK are in use. A `cc` that is ccache must
 * compile: an answer from its cache would be taken for a compile time. */
enum { VARIABLES_MAX = 6 };

struct compiler_environment {
    char text[VARIABLES_MAX][4096 + 64];
    char *list[VARIABLES_MAX + 1];
    int n;
};

static void variable_add(
    struct compiler_environment *environment, const char *name, const char *value) {
    char *text = environment->text[environment->n];
    int n = value == NULL ? -1 : snprintf(text, sizeof environment->text[0], "%s=%s", name, value);
    if (n < 0 || (size_t)n >= sizeof environment->text[0])
        return;
    environment->list[environment->n++] = text;
}

static void environment_make(
    struct compiler_environment *environment, const char *temporary_directory) {
    environment->n = 0;
    variable_add(environment, "PATH", getenv("PATH"));
    variable_add(environment, "DEVELOPER_DIR", getenv("DEVELOPER_DIR"));
    variable_add(environment, "SDKROOT", getenv("SDKROOT"));
    variable_add(environment, "TMPDIR", temporary_directory);
    variable_add(environment, "LC_ALL", "C");
    variable_add(environment, "CCACHE_DISABLE", "1");
    environment->list[environment->n] = NULL;
}

/* What compilers, assemblers and linkers say of a full disk. */
static const char disk_full[] = "No space left on device";

/* The first lines that matter: from the one about a full disk, from the first one with "error" in it,
 * or from the start. Line ends become " | ", so that a message stays one line. */
static void output_excerpt(const char *output, char *text, size_t bytes) {
    const char *from = strstr(output, disk_full);
    if (from == NULL)
        from = strstr(output, "error");
    if (from == NULL)
        from = output;
    while (from > output && from[-1] != '\n')
        from--;
    size_t n = 0;
    for (; *from != '\0' && n + 4 < bytes; from++) {
        if (*from == '\n') {
            if (from[1] != '\0' && from[1] != '\n') {
                memcpy(text + n, " | ", 3);
                n += 3;
            }
        } else {
            text[n++] = (unsigned char)*from < ' ' ? ' ' : *from;
        }
    }
    text[n] = '\0';
}

static enum device_status failure_report(
    struct cpu_device *device, const struct spawn_result *result, struct device_error *error) {
    char excerpt[280], size[64] = "";
    output_excerpt(result->output, excerpt, sizeof excerpt);
    if (result->output_bytes > SPAWN_OUTPUT_KEPT)
        snprintf(size, sizeof size, " (%llu bytes of messages)",
            (unsigned long long)result->output_bytes);
    switch (result->end) {
    case SPAWN_NOT_STARTED:
        device_error_set(error, DEVICE_BROKEN, "compile",
            "cannot run the compiler %.100s: %s; name another in ANEPROBE_CC", device->compiler,
            strerror(result->code));
        break;
    case SPAWN_TIMED_OUT:
        device_error_set(error, DEVICE_BROKEN, "compile",
            "the compiler %.100s was not done after %u s and was killed; allow more with "
            "cpu:compile_limit_s=N or name another in ANEPROBE_CC",
            device->compiler, device->options.compile_limit_s);
        break;
    default:
        device_error_set(error, DEVICE_BROKEN, "compile", "the compiler %.80s %s %d%s: %s; %s",
            device->compiler,
            result->end == SPAWN_SIGNALLED ? "was ended by signal" : "failed with exit code",
            result->code, size, excerpt[0] != '\0' ? excerpt : "it gave no reason",
            strstr(result->output, disk_full) ? "free some space or set TMPDIR elsewhere"
                                              : "name a working C compiler in ANEPROBE_CC");
    }
    error->code = result->code;
    snprintf(error->domain, sizeof error->domain, "compiler");
    return DEVICE_BROKEN;
}

enum device_status cpu_compiler_run(struct cpu_device *device, struct device_program *program,
    const char *output, int nice, uint64_t *elapsed_ns, struct device_error *error) {
    const char *const arguments[] = {
        device->compiler, "-pipe", MIL_EMIT_CFLAGS, "-o", output, "program.c", MIL_EMIT_LIBS, NULL};
    struct {
        struct compiler_environment environment;
        struct spawn_result result;
    } *work = malloc(sizeof *work);
    if (work == NULL)
        return device_error_set(error, DEVICE_BROKEN, "compile", "out of memory");
    char directory[PROGRAM_PATH_MAX];
    cpu_program_path(device, program, ".", directory);
    environment_make(&work->environment, directory);
    spawn_run(device->compiler, (char *const *)arguments, work->environment.list,
        program->directory_fd, device->options.compile_limit_s * 1000, nice, &work->result);
    *elapsed_ns = work->result.elapsed_ns;
    struct stat info;
    enum device_status status = DEVICE_OK;
    if (work->result.end != SPAWN_EXITED || work->result.code != 0)
        status = failure_report(device, &work->result, error);
    else if (fstatat(program->directory_fd, output, &info, AT_SYMLINK_NOFOLLOW) != 0 ||
             !S_ISREG(info.st_mode) || info.st_size == 0)
        status = device_error_set(error, DEVICE_BROKEN, "compile",
            "the compiler %.100s says that it worked but made no library; name a working C "
            "compiler in ANEPROBE_CC",
            device->compiler);
    free(work);
    return status;
}

void cpu_compiler_version(const struct cpu_device *device, char *text, size_t bytes) {
    char *const arguments[] = {(char *)device->compiler, "--version", NULL};
    enum { VERSION_LIMIT_MS = 10000 };
    snprintf(text, bytes, "unknown");
    struct {
        struct compiler_environment environment;
        struct spawn_result result;
    } *work = malloc(sizeof *work);
    if (work == NULL)
        return;
    environment_make(&work->environment, device->run.path);
    spawn_run(device->compiler, arguments, work->environment.list, device->run.fd, VERSION_LIMIT_MS,
        0, &work->result);
    size_t length = strcspn(work->result.output, "\n");
    if (work->result.end == SPAWN_EXITED && work->result.code == 0 && length > 0)
        snprintf(text, bytes, "%.*s", (int)length, work->result.output);
    free(work);
}
