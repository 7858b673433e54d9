/* SPDX-License-Identifier: MIT
 *
 * Names of devices, good and bad.
 */
#include "device_fixture.h"

#include <unistd.h>

Test(device_open, names_in_full) {
    static const char *const names[][2] = {{"cpu", "cpu:cores=1"}, {"auto", "cpu:cores=1"},
        {"cpu:cores=1", "cpu:cores=1"}, {"cpu:cache=off", "cpu:cores=1,cache=off"},
        {"cpu:cache=on", "cpu:cores=1"},
        {"cpu:compile_limit_s=5,cache=off", "cpu:cores=1,cache=off,compile_limit_s=5"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct device *device = open_or_fail(names[i][0]);
        cr_assert_str_eq(device->name, names[i][1]);
        cr_assert_str_eq(device_kind(device), "cpu");
        cr_assert_str_eq(device_clock(device), "measured");
        device_close(device);
    }
}

Test(device_open, bad_names_say_what_is_known) {
    static const char *const names[] = {"gpu", "", "cpux", "CPU", "cpu ", "auto:x", "cpu:cores=0",
        "cpu:cores=x", "cpu:cores=", "cpu:cores=1x", "cpu:cores=-1", "cpu:cores=99999999999999999",
        "cpu:cores", "cpu:foo=1", "cpu:cache=maybe", "cpu:compile_limit_s=0", "cpu:=1",
        "cpu:,cores=1", "coreml:io=cop", "coreml:io", "coreml:io=copyx", "coreml:n", "coreml:nex"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct device *device;
        struct device_error error;
        cr_assert_neq(device_open(names[i], 1, &device, &error), DEVICE_OK, "%s", names[i]);
        cr_assert_null(device);
        cr_assert_eq(error.status, DEVICE_BROKEN);
        cr_assert_str_eq(error.domain, DEVICE_USAGE_DOMAIN, "%s: %s", names[i], error.text);
        cr_assert_str_eq(error.stage, "open");
        cr_assert(strlen(error.text) > 10);
    }
    struct device *device;
    struct device_error error;
    device_open("gpu", 1, &device, &error);
    cr_assert_not_null(strstr(error.text, "auto, ane, coreml, cpu, sim"), "%s", error.text);
    device_open("cpu:foo=1", 1, &device, &error);
    cr_assert_not_null(strstr(error.text, "'foo'"), "%s", error.text);
}

Test(device_open, ane_is_unsupported_with_a_reason) {
    struct device *device;
    struct device_error error;
    cr_assert_eq(device_open("ane", 1, &device, &error), DEVICE_UNSUPPORTED);
    cr_assert_null(device);
    cr_assert_not_null(strstr(error.text, "use cpu"), "%s", error.text);
}

static void property_count(void *context, const char *key, const char *value) {
    static const char *const wanted[] = {"device", "clock", "chip", "os", "cores", "memory_bytes",
        "compiler", "blas", "clock_source", "clock_step_ns", "core_isolation"};
    char host[256] = "";
    cr_assert(value[0] != '\0', "%s is empty", key);
    cr_assert_null(strchr(value, '\n'));
    cr_assert_eq(gethostname(host, sizeof host - 1), 0);
    cr_assert(host[0] == '\0' || strlen(host) < 4 || strstr(value, host) == NULL,
        "%s gives the host's name", key);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        *(int *)context += strcmp(key, wanted[i]) == 0;
}

Test(device_open, properties) {
    struct device *device = open_or_fail("cpu");
    int n = 0;
    device_properties(device, property_count, &n);
    cr_assert_eq(n, 11);
    device_close(device);
}

Test(device_open, long_reasons_are_cut) {
    struct device_error error;
    cr_assert_eq(
        device_error_set(&error, DEVICE_FAILED, "a-stage-far-too-long-to-fit", "%01000d", 7),
        DEVICE_FAILED);
    cr_assert_eq(strlen(error.text), sizeof error.text - 1);
    cr_assert_eq(strlen(error.stage), sizeof error.stage - 1);
    cr_assert_eq(error.code, 0);
    cr_assert_str_eq(error.domain, "");
}
