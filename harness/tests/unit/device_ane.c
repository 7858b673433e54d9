/* SPDX-License-Identifier: MIT
 *
 * The parts of the ane device that need neither an engine nor a stand-in: whether types fit, which header goes
 * with which chip, the meaning of error codes, options.
 */
#include "device/ane/ane.h"
#include "device/ane/ane_error_words.h"
#include "device/ane/ane_framework.h"
#include "device/apple/apple_error.h"
#include "device/coreml/coreml_framework.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* With offsets, as Apple's and GNU's runtimes give them. */
static const char prepare_expected[] = "B@:@@@I^@";

Test(device_ane_types, types_that_are_passed_alike_fit) {
    cr_assert(apple_types_fit(prepare_expected, "B52@0:8@16@24@32I40^@44"));
    cr_assert(apple_types_fit("B@:", "C16@0:8"), "BOOL as unsigned char");
    cr_assert(apple_types_fit("B@:", "c16@0:8"), "BOOL as signed char");
    cr_assert(apple_types_fit("@@:^{__IOSurface=}", "@24@0:8^{__IOSurface={foo=i}q}16"));
    cr_assert(apple_types_fit("@@:@", "@24@0:8r^v16"), "an object is passed as a pointer");
    cr_assert(apple_types_fit("@@:IIQBB", "@36@0:8i16i20q24B32B33"), "signs do not matter");
    cr_assert(apple_types_fit("@@:@", "@24@0:8@?16"), "a block is an object");
}

Test(device_ane_types, types_that_are_passed_differently_do_not_fit) {
    cr_assert_not(apple_types_fit(prepare_expected, "B56@0:8@16@24@32Q40^@48"), "64-bit QoS");
    cr_assert_not(apple_types_fit(prepare_expected, "B48@0:8@16@24@32I40"), "one argument less");
    cr_assert_not(apple_types_fit("B@:", "B24@0:8@16"), "one argument more");
    cr_assert_not(apple_types_fit("B@:", "v16@0:8"), "no result");
    cr_assert_not(apple_types_fit("I@:", "Q16@0:8"), "a wider result");
    cr_assert_not(apple_types_fit("@@:^{__IOSurface=}", "@24@0:8{__IOSurface=}16"), "by value");
    cr_assert_not(apple_types_fit("@@:Q", "@24@0:8d16"), "another register");
}

/* An inconsistent table would refuse selectors that are there. */
static void rows_check(const struct apple_framework *framework) {
    for (int i = 0; i < framework->n_selectors; i++) {
        const struct apple_selector_row *row = &framework->selectors[i];
        size_t colons = 0, arguments = 0;
        for (const char *c = row->selector; *c != '\0'; c++)
            colons += *c == ':';
        const char *types = strstr(row->types, "@:");
        cr_assert_not_null(types, "%s", row->selector);
        for (types += 2; *types != '\0'; types++) {
            while (*types == '^')
                types++;
            if (*types == '{')
                types += strcspn(types, "}");
            types += types[0] == '@' && types[1] == '?';
            arguments++;
        }
        cr_assert_eq(arguments, colons, "%s: %zu for %s", row->selector, colons, row->types);
        cr_assert(row->kind == '+' || row->kind == '-');
        cr_assert(apple_types_fit(row->types, row->types));
    }
}

Test(device_ane_types, every_row_has_a_result_and_as_many_arguments_as_its_selector) {
    rows_check(&ane_framework);
    rows_check(&coreml_framework);
}

Test(device_ane_header, goes_by_chip_and_system) {
    cr_assert_eq(ane_mil_header("h16g", "macOS 26.3 (25D125)"), MIL_HEADER_IOS18);
    cr_assert_eq(ane_mil_header("h15p", "macOS 15.7.4 (24G1)"), MIL_HEADER_IOS18);
    cr_assert_eq(ane_mil_header("h14g", "macOS 14.6 (23G80)"), MIL_HEADER_IOS17);
    cr_assert_eq(ane_mil_header("h14g", "macOS 13.5 (22G74)"), MIL_HEADER_IOS16);
    cr_assert_eq(ane_mil_header("h13g", "macOS 26.3 (25D125)"), MIL_HEADER_IOS16, "M1");
    cr_assert_eq(ane_mil_header("", "Debian GNU/Linux 12"), MIL_HEADER_IOS18, "unknown");
}

/* 0x12 and 0x1d are statuses; as codes they mean something else. */
Test(device_ane_error, codes_and_statuses_have_words) {
    cr_assert_not_null(strstr(ane_error_of_code(15)->words, "chaining"));
    cr_assert_not_null(strstr(ane_error_of_code(0x20004)->words, "4 GiB"));
    cr_assert_not_null(strstr(ane_error_of_status(0x20004)->words, "4 GiB"));
    cr_assert_not_null(strstr(ane_error_of_code(0x1d)->words, "virtual machine"));
    cr_assert_not_null(strstr(ane_error_of_status(0x1d)->words, "failed on the engine"));
    cr_assert_null(ane_error_of_code(0));
    cr_assert_null(ane_error_of_code(999));
    cr_assert_null(ane_error_of_status(1));
    cr_assert_null(ane_error_of_text("no such message"));
}

static int fake_code;
static const char fake_error[] = "an error", fake_domain[] = "com.apple.appleneuralengine";

static long fake_code_get(const void *error) {
    (void)error;
    return fake_code;
}

static const void *fake_domain_get(const void *error) {
    (void)error;
    return fake_domain;
}

static void *fake_description(const void *error) {
    (void)error;
    return NULL;
}

static void *fake_info(const void *error) {
    (void)error;
    return NULL;
}

static unsigned long fake_type(void) {
    return 7;
}

static unsigned long fake_type_of(const void *object) {
    return object == fake_domain ? 7 : 0;
}

static unsigned char fake_text_get(const void *string, char *text, long bytes, uint32_t encoding) {
    (void)encoding;
    snprintf(text, (size_t)bytes, "%s", (const char *)string);
    return 1;
}

/* Codes for what this process or machine may not do are unsupported; all others, unknown ones included, are
 * failures. */
Test(device_ane_error, codes_have_a_status) {
    static const int unsupported[] = {1, 2, 7, 22, 25, 27, 29};
    const struct apple_runtime runtime = {.framework = &ane_framework,
        .entry = {.CFErrorGetCode = fake_code_get,
            .CFErrorGetDomain = fake_domain_get,
            .CFErrorCopyDescription = fake_description,
            .CFErrorCopyUserInfo = fake_info,
            .CFStringGetTypeID = fake_type,
            .CFGetTypeID = fake_type_of,
            .CFStringGetCString = fake_text_get}};
    size_t next = 0;
    for (fake_code = 0; fake_code < 60; fake_code++) {
        struct device_error error;
        const bool is_next =
            next < sizeof unsupported / sizeof *unsupported && unsupported[next] == fake_code;
        next += is_next;
        cr_assert_eq(apple_error_take(&runtime, fake_error, "call", "load", &error),
            is_next ? DEVICE_UNSUPPORTED : DEVICE_FAILED, "code %d", fake_code);
        cr_assert_eq(error.code, fake_code);
        cr_assert_str_eq(error.domain, fake_domain);
    }
}

static enum device_status open_with(const char *name, struct device_error *error) {
    struct device *device;
    enum device_status status = device_open(name, 1, &device, error);
    if (status == DEVICE_OK)
        device_close(device);
    return status;
}

Test(device_ane_open, bad_options_are_bad_usage) {
    static const char *const bad[] = {"ane:fast", "ane:mil=ios19", "ane:mil=", "ane:mil=ios18,",
        "ane:,mil=ios18", "ane:stand-in"};
    unsetenv("ANEPROBE_STANDIN");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct device_error error;
        cr_assert_eq(open_with(bad[i], &error), DEVICE_BROKEN, "%s", bad[i]);
        cr_assert_str_eq(error.domain, DEVICE_USAGE_DOMAIN, "%s", bad[i]);
    }
}

#ifndef __APPLE__
Test(device_ane_open, says_why_not_here) {
    struct device_error error;
    unsetenv("ANEPROBE_STANDIN");
    cr_assert_eq(open_with("ane:mil=ios16", &error), DEVICE_UNSUPPORTED);
    cr_assert_not_null(strstr(error.text, "not a Mac"), "%s", error.text);
}
#endif

Test(device_ane_open, names_a_stand_in_that_does_not_open) {
    struct device_error error;
    setenv("ANEPROBE_STANDIN", "/nowhere/standin.so", 1);
    cr_assert_eq(open_with("ane", &error), DEVICE_BROKEN);
    cr_assert_not_null(strstr(error.text, "/nowhere/standin.so"), "%s", error.text);
}

#ifdef __linux__
/* A library that is not a stand-in: the message names the first symbol that it lacks. */
Test(device_ane_open, names_the_symbol_that_is_absent) {
    struct device_error error;
    setenv("ANEPROBE_STANDIN", "libm.so.6", 1);
    cr_assert_eq(open_with("ane", &error), DEVICE_UNSUPPORTED);
    cr_assert_not_null(strstr(error.text, "objc_msgSend"), "%s", error.text);
}
#endif
