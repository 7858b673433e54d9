/* SPDX-License-Identifier: MIT */
#include "device/ane/ane_framework.h"

#include "device/ane/ane_error_words.h"
#include "device/apple/apple_object.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct apple_selector_row selectors[] = {ANE_SELECTORS(APPLE_SELECTOR_ROW)};
_Static_assert(
    (int)ANE_SELECTOR_COUNT <= (int)APPLE_SELECTORS_MAX, "APPLE_SELECTORS_MAX is too small");

/* What the message says, else the code. */
static const struct apple_error_meaning *meaning_of(int code, const char *text) {
    const struct apple_error_meaning *meaning = ane_error_of_text(text);
    return meaning ? meaning : ane_error_of_code(code);
}

/* The engine's status: of its own key since macOS 27, before that in the text. */
static bool status_get(
    const struct apple_entry *e, const void *info, const char *text, int64_t *status) {
    const char *named = strstr(text, "status=");
    if (apple_number_get(e, apple_dictionary_at(e, info, "_ANEErrorUnderlyingStatus"), status))
        return true;
    return named && sscanf(named, "status=0x%" SCNx64, status) == 1;
}

/* Adds at which stage a load failed, and the engine's own status in words. */
static void details_add(const struct apple_entry *e, const void *ns_error, const char *text,
    struct device_error *error) {
    void *info = e->CFErrorCopyUserInfo(ns_error);
    int64_t stage, status;
    size_t n = strlen(error->text);
    if (apple_number_get(e, apple_dictionary_at(e, info, "_ANEErrorLoadStage"), &stage))
        n += (size_t)snprintf(
            error->text + n, sizeof error->text - n, "; load stage %" PRId64, stage);
    if (status_get(e, info, text, &status)) {
        const struct apple_error_meaning *meaning = ane_error_of_status((int)status);
        snprintf(error->text + n, sizeof error->text - n, "; status 0x%" PRIx32 "%s%s",
            (uint32_t)status, meaning ? ": " : "", meaning ? meaning->words : "");
    }
    apple_release(e, info);
}

const struct apple_framework ane_framework = {
    .path = "/System/Library/PrivateFrameworks/AppleNeuralEngine.framework/AppleNeuralEngine",
    .needs = "the Neural Engine is reached through a framework of macOS",
    .selectors = selectors,
    .n_selectors = ANE_SELECTOR_COUNT,
    .error_domain = "com.apple.appleneuralengine",
    .meaning = meaning_of,
    .details = details_add,
};
