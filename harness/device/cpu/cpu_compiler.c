/* SPDX-License-Identifier: MIT
 *
 * The system's C compiler as a child process: $ANEPROBE_CC or `cc`, with fixed arguments and an
 * environment of its own, in the program's directory.
 */
#include "device/cpu/cpu.h"

#include "base/environment.h"
#include "base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MESSAGES_BYTES = 64 * 1024 };

/* Runs the compiler once. `output` gets all that it printed; its text is NULL when that was
 * nothing. Returns 0; or -1 and *why when it could not be run. If `cc` is ccache it must compile: a
 * cache hit would be taken for a compile time. */
static int compiler_start(const struct cpu_device *device, const char *const *argv,
    int directory_fd, const char *temporary, uint64_t limit_ms, int nice, struct spawn_sink *output,
    struct spawn_result *result, struct error *why) {
    struct environment environment;
    *output = (struct spawn_sink){.fd = -1, .limit = MESSAGES_BYTES, .drops = true};
    int failed = environment_make(&environment) != 0 ||
                 (temporary && environment_set(&environment, "TMPDIR", temporary) != 0) ||
                 (device->sdk[0] && environment_set(&environment, "SDKROOT", device->sdk) != 0) ||
                 environment_set(&environment, "CCACHE_DISABLE", "1") != 0;
    if (failed) {
        error_set(why, EXIT_BROKEN, "out of memory");
    } else {
        const struct spawn_program program = {.argv = argv,
            .environment = (const char *const *)environment.list,
            .directory_fd = directory_fd,
            .nice = nice,
            .limits = {.time_ms = limit_ms},
            .out = output,
            .err = output};
        failed = spawn_run(&program, result, why) != 0;
    }
    environment_free(&environment);
    return failed ? -1 : 0;
}

enum { QUESTION_LIMIT_MS = 10000 };

/* The first line that a program prints; false when it fails or prints nothing. */
static bool line_ask(const struct cpu_device *device, const char *const *argv, int directory_fd,
    const char *temporary, char *text, size_t bytes) {
    struct spawn_sink output;
    struct spawn_result result;
    struct error ignored;
    const bool ran = compiler_start(device, argv, directory_fd, temporary, QUESTION_LIMIT_MS, 0,
                         &output, &result, &ignored) == 0 &&
                     result.end == SPAWN_ENDED && result.exit_code == 0 && output.text;
    const size_t length = ran ? strcspn(output.text, "\n") : 0;
    if (length > 0 && length < bytes)
        snprintf(text, bytes, "%.*s", (int)length, output.text);
    free(output.text);
    return length > 0 && length < bytes;
}

/* On macOS `cc` is a shim that looks up compiler and SDK at each start, with a cache under TMPDIR,
 * which differs per program here. So look up both once. */
static void xcrun_resolve(struct cpu_device *device) {
    char xcrun[DIRECTORY_PATH_MAX], compiler[DIRECTORY_PATH_MAX], sdk[DIRECTORY_PATH_MAX];
    const char *const find[] = {xcrun, "--find", "cc", NULL};
    const char *const show[] = {xcrun, "--show-sdk-path", NULL};
    if (spawn_find("xcrun", xcrun, sizeof xcrun) != 0 ||
        !line_ask(device, find, 0, NULL, compiler, sizeof compiler) || compiler[0] != '/')
        return;
    memcpy(device->compiler, compiler, sizeof device->compiler);
    if (line_ask(device, show, 0, NULL, sdk, sizeof sdk) && sdk[0] == '/')
        memcpy(device->sdk, sdk, sizeof device->sdk);
}

enum device_status cpu_compiler_find(struct cpu_device *device, struct device_error *error) {
    const char *name = getenv("ANEPROBE_CC");
    bool chosen = name && name[0] != '\0';
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
    /* Compiles run in other directories, so the path must be absolute. */
    char *absolute = found[0] == '/' ? strdup(found) : realpath(found, NULL);
    int n = absolute ? snprintf(device->compiler, sizeof device->compiler, "%s", absolute) : -1;
    free(absolute);
    if (n < 0 || (size_t)n >= sizeof device->compiler)
        return device_error_set(error, DEVICE_BROKEN, "open",
            "cannot resolve the path of the compiler `%.200s`; give an absolute path in "
            "ANEPROBE_CC",
            found);
    if (!chosen)
        xcrun_resolve(device);
    return DEVICE_OK;
}

/* What compilers, assemblers and linkers say when the disk is full. */
static const char disk_full[] = "No space left on device";

/* The first relevant lines: from the one about a full disk, else the first with "error" in it, else
 * the start. Line ends become " | ", so that a message stays on one line. */
static void output_excerpt(const char *output, char *text, size_t bytes) {
    const char *from = strstr(output, disk_full);
    if (!from)
        from = strstr(output, "error");
    if (!from)
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

static enum device_status failure_report(struct cpu_device *device,
    const struct spawn_result *result, const struct spawn_sink *output,
    struct device_error *error) {
    const char *said = output->text ? output->text : "";
    char excerpt[280], size[64] = "";
    output_excerpt(said, excerpt, sizeof excerpt);
    if (output->total_bytes > output->n_bytes)
        snprintf(size, sizeof size, " (%llu bytes of messages)",
            (unsigned long long)output->total_bytes);
    switch (result->end) {
    case SPAWN_NOT_STARTED:
        device_error_set(error, DEVICE_BROKEN, "compile",
            "cannot run the compiler %.100s: %s; name another in ANEPROBE_CC", device->compiler,
            strerror(result->start_errno));
        error->code = result->start_errno;
        break;
    case SPAWN_ENDED:
        device_error_set(error, DEVICE_BROKEN, "compile", "the compiler %.80s %s %d%s: %s; %s",
            device->compiler, result->signal ? "was killed by signal" : "failed with exit code",
            result->signal ? result->signal : result->exit_code, size,
            excerpt[0] != '\0' ? excerpt : "it gave no reason",
            strstr(said, disk_full) ? "free some space or set TMPDIR elsewhere"
                                    : "name a working C compiler in ANEPROBE_CC");
        error->code = result->signal ? result->signal : result->exit_code;
        break;
    default:
        device_error_set(error, DEVICE_BROKEN, "compile",
            "the compiler %.100s was killed after %u s; allow more with cpu:compile_limit_s=N or "
            "name another in ANEPROBE_CC",
            device->compiler, device->options.compile_limit_s);
    }
    snprintf(error->domain, sizeof error->domain, "compiler");
    return DEVICE_BROKEN;
}

enum device_status cpu_compiler_run(struct cpu_device *device, struct device_program *program,
    const char *output, int nice, uint64_t *elapsed_ns, struct device_error *error) {
    const char *const arguments[] = {
        device->compiler, "-pipe", MIL_EMIT_CFLAGS, "-o", output, "program.c", MIL_EMIT_LIBS, NULL};
    struct spawn_sink messages;
    struct spawn_result result = {.elapsed_ns = 0};
    struct error why;
    char directory[PROGRAM_PATH_MAX];
    cpu_program_path(device, program, ".", directory);
    struct stat info;
    enum device_status status = DEVICE_OK;
    if (compiler_start(device, arguments, program->directory_fd, directory,
            (uint64_t)device->options.compile_limit_s * 1000, nice, &messages, &result, &why) != 0)
        status = device_error_set(error, DEVICE_BROKEN, "compile", "%.400s", why.text);
    else if (result.end != SPAWN_ENDED || result.exit_code != 0)
        status = failure_report(device, &result, &messages, error);
    else if (fstatat(program->directory_fd, output, &info, AT_SYMLINK_NOFOLLOW) != 0 ||
             !S_ISREG(info.st_mode) || info.st_size == 0)
        status = device_error_set(error, DEVICE_BROKEN, "compile",
            "the compiler %.100s reported success but made no library; name a working C compiler "
            "in ANEPROBE_CC",
            device->compiler);
    *elapsed_ns = result.elapsed_ns;
    free(messages.text);
    return status;
}

void cpu_compiler_version(const struct cpu_device *device, char *text, size_t bytes) {
    const char *const arguments[] = {device->compiler, "--version", NULL};
    if (!line_ask(device, arguments, device->run.fd, device->run.path, text, bytes))
        snprintf(text, bytes, "unknown");
}

enum device_status cpu_image_sign(const struct cpu_device *device,
    const struct device_program *program, const char *image, struct device_error *error) {
    char codesign[DIRECTORY_PATH_MAX], directory[PROGRAM_PATH_MAX];
    const char *const arguments[] = {codesign, "-f", "-s", "-", image, NULL};
    struct spawn_sink messages = {.text = NULL};
    struct spawn_result result = {.exit_code = -1};
    struct error why;
    cpu_program_path(device, program, ".", directory);
    const bool is_signed = spawn_find("codesign", codesign, sizeof codesign) == 0 &&
                           compiler_start(device, arguments, program->directory_fd, directory,
                               QUESTION_LIMIT_MS, 0, &messages, &result, &why) == 0 &&
                           result.end == SPAWN_ENDED && result.exit_code == 0;
    free(messages.text);
    return is_signed ? DEVICE_OK
                     : device_error_set(error, DEVICE_UNSUPPORTED, "rewrite",
                           "cannot sign the changed program again, and macOS kills processes that "
                           "load one with a wrong signature; install the command line tools "
                           "(xcode-select --install)");
}
