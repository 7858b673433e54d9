/* SPDX-License-Identifier: MIT */
#include "device/ane/ane_error.h"

#include "device/ane/ane_object.h"

#include <stdio.h>
#include <string.h>

static const char engine_domain[] = "com.apple.appleneuralengine";

static const struct {
    int code;
    enum device_status status;
    const char *words;
} codes[] = {
    {1, DEVICE_UNSUPPORTED, "this needs an entitlement that only Apple's programs have"},
    {2, DEVICE_UNSUPPORTED, "real-time priority needs an entitlement"},
    {3, DEVICE_FAILED, "it took too long"},
    {4, DEVICE_FAILED, "could not create the program (compile or load)"},
    {5, DEVICE_FAILED, "too many evals at once"},
    {6, DEVICE_FAILED, "the load failed"},
    {7, DEVICE_UNSUPPORTED, "a code signature is missing"},
    {8, DEVICE_FAILED, "the eval failed on the engine"},
    {9, DEVICE_FAILED, "no access to a file"},
    {10, DEVICE_FAILED, "the model is not valid"},
    {11, DEVICE_FAILED, "the key is not valid"},
    {12, DEVICE_FAILED, "purging is not allowed"},
    {13, DEVICE_FAILED, "could not map a surface"},
    {14, DEVICE_FAILED, "could not unmap a surface"},
    {15, DEVICE_FAILED, "could not prepare chaining"},
    {16, DEVICE_FAILED, "a file was not found"},
    {17, DEVICE_FAILED, "the model's id was not found"},
    {18, DEVICE_FAILED, "could not create a new instance"},
    {19, DEVICE_FAILED, "could not create a new instance"},
    {20, DEVICE_FAILED, "the instance is not valid"},
    {21, DEVICE_FAILED, "could not create a new instance"},
    {22, DEVICE_UNSUPPORTED, "the host is too old"},
    {23, DEVICE_FAILED, "the program was not found"},
    {24, DEVICE_FAILED, "the data was not found"},
    {25, DEVICE_UNSUPPORTED, "not supported here"},
    {26, DEVICE_FAILED, "an argument is bad"},
    {27, DEVICE_UNSUPPORTED, "there is no engine in a virtual machine"},
    {29, DEVICE_UNSUPPORTED, "there is no engine in a virtual machine"},
    {53, DEVICE_FAILED, "the load ran out of memory"},
    {0x20004, DEVICE_FAILED, "the loaded programs fill the engine's window of some 4 GiB"},
    {(int)0xe00002c2, DEVICE_FAILED, "an argument is bad (kIOReturnBadArgument)"},
    {(int)0xe00002c7, DEVICE_UNSUPPORTED,
        "it needs an entitlement that only Apple's programs have"},
    {(int)0xe00002e2, DEVICE_UNSUPPORTED,
        "a program that Apple's compiler did not make is rejected"},
};

const char *ane_error_words(int code) {
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i].code == code)
            return codes[i].words;
    return NULL;
}

static enum device_status code_status(int code) {
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i].code == code)
            return codes[i].status;
    return DEVICE_FAILED;
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
    bool known = strcmp(domain, engine_domain) == 0 && ane_error_words(code) != NULL;
    device_error_set(error, known ? code_status(code) : DEVICE_FAILED, stage,
        "%s failed: %s%s%.200s", selector, known ? ane_error_words(code) : "",
        known && text[0] != '\0' ? "; " : "", text[0] != '\0' || known ? text : "no text");
    error->code = code;
    memcpy(error->domain, domain, sizeof domain);
    return error->status;
}
