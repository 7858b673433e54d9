/* SPDX-License-Identifier: MIT */
#include "device/coreml/coreml_framework.h"

static const struct apple_selector_row selectors[] = {COREML_SELECTORS(APPLE_SELECTOR_ROW)};
_Static_assert(
    (int)COREML_SELECTOR_COUNT <= (int)APPLE_SELECTORS_MAX, "APPLE_SELECTORS_MAX is too small");

/* MLModelError of Apple's documentation; loads that fail in the engine's own compiler have come as 11
 * too (Anemll/VoxCPMANE#10). */
static const struct {
    int code;
    struct apple_error_meaning meaning;
} codes[] = {
    {0, {DEVICE_FAILED, "an error without a kind of its own"}},
    {1, {DEVICE_FAILED, "an input or output has another type or shape than the model's"}},
    {3, {DEVICE_FAILED, "a file cannot be read or written"}},
    {4, {DEVICE_UNSUPPORTED, "the model has a custom layer, which needs code of its own"}},
    {5, {DEVICE_UNSUPPORTED, "the model is a custom model, which needs code of its own"}},
    {6, {DEVICE_FAILED, "an update failed"}},
    {7, {DEVICE_FAILED, "a parameter is not valid"}},
    {8, {DEVICE_UNSUPPORTED, "the key of an encrypted model cannot be fetched"}},
    {9, {DEVICE_UNSUPPORTED, "an encrypted model cannot be decrypted"}},
    {10, {DEVICE_FAILED, "a collection of models failed"}},
    {11, {DEVICE_FAILED, "it was cancelled, or the code of the unit could not be made"}},
};

static const struct apple_error_meaning *meaning_of(int code, const char *text) {
    (void)text;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i].code == code)
            return &codes[i].meaning;
    return NULL;
}

const struct apple_framework coreml_framework = {
    .path = "/System/Library/Frameworks/CoreML.framework/CoreML",
    .needs = "Core ML is a framework of macOS",
    .selectors = selectors,
    .n_selectors = COREML_SELECTOR_COUNT,
    .error_domain = "com.apple.CoreML",
    .meaning = meaning_of,
};
