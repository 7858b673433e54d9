/* SPDX-License-Identifier: MIT */
#include "device/apple/apple_error.h"

#include "device/apple/apple_object.h"

#include <string.h>

enum device_status apple_error_take(const struct apple_runtime *runtime, const void *ns_error,
    const char *selector, const char *stage, struct device_error *error) {
    const struct apple_entry *e = &runtime->entry;
    if (!ns_error)
        return device_error_set(
            error, DEVICE_FAILED, stage, "%s failed and gave no reason", selector);
    char domain[sizeof error->domain] = "", text[256] = "";
    (void)apple_string_get(e, e->CFErrorGetDomain(ns_error), domain, sizeof domain);
    const int code = (int)e->CFErrorGetCode(ns_error);
    void *description = e->CFErrorCopyDescription(ns_error);
    (void)apple_string_get(e, description, text, sizeof text);
    apple_release(e, description);
    const struct apple_framework *framework = runtime->framework;
    const struct apple_error_meaning *meaning =
        strcmp(domain, framework->error_domain) == 0 ? framework->meaning(code, text) : NULL;
    device_error_set(error, meaning ? meaning->status : DEVICE_FAILED, stage,
        "%s failed: %s%s%.200s", selector, meaning ? meaning->words : "",
        meaning && text[0] != '\0' ? "; " : "", text[0] != '\0' || meaning ? text : "no text");
    if (framework->details)
        framework->details(e, ns_error, text, error);
    error->code = code;
    memcpy(error->domain, domain, sizeof domain);
    return error->status;
}
