/* SPDX-License-Identifier: MIT
 *
 * Compilers that are missing, fail, hang, or print without end: one clear message each.
 */
#include "device_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char compiler[] = "/tmp/aneprobe-cc-XXXXXX";

/* A compiler that is this shell script. */
static void compiler_write(const char *script) {
    int fd = mkstemp(compiler);
    cr_assert(fd >= 0);
    cr_assert_eq(write(fd, "#!/bin/sh\n", 10), 10);
    cr_assert_eq(write(fd, script, strlen(script)), (ssize_t)strlen(script));
    cr_assert_eq(fchmod(fd, 0700), 0);
    close(fd);
    cr_assert_eq(setenv("ANEPROBE_CC", compiler, 1), 0);
}

static void compiler_remove(void) {
    unlink(compiler);
}

TestSuite(device_cpu_compiler, .fini = compiler_remove);

/* Compiles with that compiler; afterwards programs must compile again. */
static void compile_fails(const char *name, struct device_error *error) {
    struct device *device = open_or_fail(name);
    struct device_program *program = scale_create(device, 1);
    cr_assert_eq(device_compile(device, program, DEVICE_QOS_DEFAULT, error), DEVICE_BROKEN);
    cr_assert_str_eq(error->stage, "compile");
    cr_assert_not_null(strstr(error->text, "ANEPROBE_CC"), "no remedy in: %s", error->text);
    cr_assert_not_null(strstr(error->text, compiler), "%s", error->text);
    struct device_error second;
    cr_assert_eq(device_load(device, program, DEVICE_QOS_DEFAULT, &second), DEVICE_BROKEN);
    cr_assert_not_null(strstr(second.text, "not compiled"), "%s", second.text);
    device_program_free(device, program);
    device_close(device);
}

Test(device_cpu_compiler, a_missing_compiler_is_named) {
    struct device *device;
    struct device_error error;
    setenv("ANEPROBE_CC", "no-such-compiler", 1);
    cr_assert_eq(device_open("cpu", 1, &device, &error), DEVICE_BROKEN);
    cr_assert_null(device);
    cr_assert_not_null(strstr(error.text, "no-such-compiler"), "%s", error.text);
    cr_assert_not_null(strstr(error.text, "unset it"), "%s", error.text);
}

Test(device_cpu_compiler, no_compiler_on_path_is_reported) {
    struct device *device;
    struct device_error error;
    unsetenv("ANEPROBE_CC");
    setenv("PATH", "/nonexistent", 1);
    cr_assert_eq(device_open("cpu", 1, &device, &error), DEVICE_BROKEN);
    cr_assert_not_null(strstr(error.text, "install gcc or clang"), "%s", error.text);
}

Test(device_cpu_compiler, a_failure_is_reported_with_the_compilers_words) {
    struct device_error error;
    compiler_write("echo 'In file included from here'\n"
                   "echo 'program.c:3:1: error: the first mistake'\n"
                   "echo 'more lines'\nexit 3\n");
    compile_fails("cpu", &error);
    cr_assert_eq(error.code, 3);
    cr_assert_not_null(strstr(error.text, "exit code 3"), "%s", error.text);
    cr_assert_not_null(strstr(error.text, "the first mistake | more lines"), "%s", error.text);
    cr_assert_null(strchr(error.text, '\n'));
}

Test(device_cpu_compiler, a_full_disk_is_reported) {
    struct device_error error;
    compiler_write("echo '/usr/bin/ld: final link failed: No space left on device'\n"
                   "echo 'collect2: error: ld returned 1 exit status'\nexit 1\n");
    struct device *device = open_or_fail("cpu");
    struct device_program *program = scale_create(device, 1);
    cr_assert_eq(device_compile(device, program, DEVICE_QOS_DEFAULT, &error), DEVICE_BROKEN);
    cr_assert_not_null(strstr(error.text, "No space left on device"), "%s", error.text);
    cr_assert_not_null(strstr(error.text, "free some space or set TMPDIR"), "%s", error.text);
    cr_assert_null(strstr(error.text, "ANEPROBE_CC"), "%s", error.text);
    device_program_free(device, program);
    device_close(device);
}

Test(device_cpu_compiler, a_crash_is_reported) {
    struct device_error error;
    compiler_write("kill -SEGV $$\n");
    compile_fails("cpu", &error);
    cr_assert_not_null(strstr(error.text, "signal 11"), "%s", error.text);
}

Test(device_cpu_compiler, a_compiler_that_hangs_is_killed) {
    struct device_error error;
    compiler_write("exec sleep 1000\n");
    compile_fails("cpu:compile_limit_s=1", &error);
    cr_assert_not_null(strstr(error.text, "after 1 s"), "%s", error.text);
    cr_assert_not_null(strstr(error.text, "compile_limit_s=N"), "%s", error.text);
}

Test(device_cpu_compiler, ten_megabytes_of_messages_are_cut) {
    struct device_error error;
    compiler_write("head -c 10000000 /dev/zero | tr '\\0' 'x' >&2; exit 1\n");
    compile_fails("cpu", &error);
    cr_assert_not_null(strstr(error.text, "10000000 bytes"), "%s", error.text);
    cr_assert(strlen(error.text) < sizeof error.text);
}

Test(device_cpu_compiler, a_missing_library_is_reported) {
    struct device_error error;
    compiler_write("exit 0\n");
    compile_fails("cpu", &error);
    cr_assert_not_null(strstr(error.text, "made no library"), "%s", error.text);
}

Test(device_cpu_compiler, a_library_that_does_not_load_is_reported) {
    struct device_error error;
    compiler_write(
        "while [ $# -gt 0 ]; do [ \"$1\" = -o ] && echo rubbish > \"$2\"; shift; done\n");
    struct device *device = open_or_fail("cpu");
    struct device_program *program = scale_create(device, 1);
    OK(device_compile(device, program, DEVICE_QOS_DEFAULT, &error));
    cr_assert_eq(device_load(device, program, DEVICE_QOS_DEFAULT, &error), DEVICE_BROKEN);
    cr_assert_not_null(strstr(error.text, "cannot load the compiled program"), "%s", error.text);
    device_close(device);
}

/* The compiler's environment has only the paths of tools, and it runs in the program's own directory. */
Test(device_cpu_compiler, the_compiler_gets_a_clean_environment) {
    struct device_error error;
    setenv("ANEPROBE_LEAK", "secret", 1);
    setenv("DEVELOPER_DIR", "/tools", 1);
    compiler_write(
        "echo \"error [$ANEPROBE_LEAK] [$DEVELOPER_DIR] [$LC_ALL] [$CCACHE_DISABLE] $(ls)\" ; "
        "exit 1\n");
    compile_fails("cpu", &error);
    cr_assert_not_null(strstr(error.text, "error [] [/tools] [C] [1]"), "%s", error.text);
    cr_assert_not_null(strstr(error.text, "program.c"), "%s", error.text);
}

/* As on macOS: `cc` only finds the compiler, and xcrun tells its path and SDK. */
Test(device_cpu_compiler, found_by_xcrun_once) {
    char directory[] = "/tmp/aneprobe-xcrun-XXXXXX", path[64], script[512];
    struct device_error error;
    cr_assert_not_null(mkdtemp(directory));
    compiler_write("echo \"error: sdk $SDKROOT\"; exit 4\n");
    unsetenv("ANEPROBE_CC");
    const char *const names[] = {"cc", "xcrun"};
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        snprintf(script, sizeof script,
            "#!/bin/sh\necho x >>%s/asked\n[ \"$1\" = --find ] && echo %s\n"
            "[ \"$1\" = --show-sdk-path ] && echo %s/sdk\nexit 0\n",
            directory, compiler, directory);
        FILE *file = fopen(path, "w");
        cr_assert(file && fputs(i == 0 ? "#!/bin/sh\nexit 9\n" : script, file) >= 0);
        cr_assert_eq(fclose(file), 0);
        cr_assert_eq(chmod(path, 0700), 0);
    }
    setenv("PATH", directory, 1);
    struct device *device = open_or_fail("cpu");
    struct device_program *program = scale_create(device, 1);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(device_compile(device, program, DEVICE_QOS_DEFAULT, &error), DEVICE_BROKEN);
        cr_assert_eq(error.code, 4, "%s", error.text);
        cr_assert_not_null(strstr(error.text, "/sdk"), "%s", error.text);
    }
    device_program_free(device, program);
    device_close(device);
    snprintf(path, sizeof path, "%s/asked", directory);
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file);
    int n_lines = 0;
    for (int c; (c = fgetc(file)) != EOF;)
        n_lines += c == '\n';
    fclose(file);
    cr_assert_eq(n_lines, 2, "asked %d times for two answers", n_lines);
    const char *const files[] = {"asked", "cc", "xcrun"};
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, files[i]);
        unlink(path);
    }
    rmdir(directory);
}
