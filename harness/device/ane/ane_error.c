/* SPDX-License-Identifier: MIT */
#include "device/ane/ane_error.h"

#include "device/ane/ane_error_words.h"
#include "device/ane/ane_object.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char engine_domain[] = "com.apple.appleneuralengine";

/* The engine's status: of its own key since macOS 27, before that in the text. */
static bool status_get(
    const struct ane_entry *e, const void *info, const char *text, int64_t *status) {
    const char *named = strstr(text, "status=");
    if (ane_number_get(e, ane_dictionary_at(e, info, "_ANEErrorUnderlyingStatus"), status))
        return true;
    return named && sscanf(named, "status=0x%" SCNx64, status) == 1;
}

/* Adds at which stage a load failed, and the engine's own status in words. */
static void details_add(
    const struct ane_entry *e, const void *ns_error, const char *text, struct device_error *error) {
    void *info = e->CFErrorCopyUserInfo(ns_error);
    int64_t stage, status;
    size_t n = strlen(error->text);
    if (ane_number_get(e, ane_dictionary_at(e, info, "_ANEErrorLoadStage"), &stage))
        n += (size_t)snprintf(
            error->text + n, sizeof error->text - n, "; load stage %" PRId64, stage);
    if (status_get(e, info, text, &status)) {
        const struct ane_error_meaning *meaning = ane_error_of_status((int)status);
        snprintf(error->text + n, sizeof error->text - n, "; status 0x%" PRIx32 "%s%s",
            (uint32_t)status, meaning ? ": " : "", meaning ? meaning->words : "");
    }
    ane_release(e, info);
}

enum device_status ane_error_take(const struct ane_entry *e, const void *ns_error,
    const char *selector, const char *stage, struct device_error *error) {
    if (!ns_error)
        return device_error_set(
            error, DEVICE_FAILED, stage, "%s failed and gave no reason", selector);
    char domain[sizeof error->domain] = "", text[256] = "";
    (void)ane_string_get(e, e->CFErrorGetDomain(ns_error), domain, sizeof domain);
    int code = (int)e->CFErrorGetCode(ns_error);
    void *description = e->CFErrorCopyDescription(ns_error);
    (void)ane_string_get(e, description, text, sizeof text);
    ane_release(e, description);
    const struct ane_error_meaning *meaning = NULL;
    if (strcmp(domain, engine_domain) == 0) {
        meaning = ane_error_of_text(text);
        if (!meaning)
            meaning = ane_error_of_code(code);
    }
    device_error_set(error, meaning ? meaning->status : DEVICE_FAILED, stage,
        "%s failed: %s%s%.200s", selector, meaning ? meaning->words : "",
        meaning && text[0] != '\0' ? "; " : "", text[0] != '\0' || meaning ? text : "no text");
    details_add(e, ns_error, text, error);
    error->code = code;
    memcpy(error->domain, domain, sizeof domain);
    return error->status;
}
