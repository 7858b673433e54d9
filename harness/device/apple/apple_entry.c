/* SPDX-License-Identifier: MIT */
#include "device/apple/apple_entry.h"

#include "base/clock.h"
#include "device/host/pause.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

enum library {
#define LIBRARY(name, path) LIBRARY_##name,
    APPLE_LIBRARIES(LIBRARY)
#undef LIBRARY
        LIBRARIES
};

static const char *const paths[LIBRARIES] = {
#define LIBRARY(name, path) [LIBRARY_##name] = path,
    APPLE_LIBRARIES(LIBRARY)
#undef LIBRARY
};

/* dlsym returns a data pointer for code too; POSIX guarantees the same representation. */
typedef void code_fn(void);
_Static_assert(sizeof(code_fn *) == sizeof(void *), "code and data pointers differ");

struct symbol {
    enum library library;
    const char *name;
    void *place; /* in the table */
    bool load;   /* the variable's value rather than its address */
};

static enum device_status symbols_find(
    void *const libraries[LIBRARIES], struct apple_entry *out, struct device_error *error) {
    const struct symbol symbols[] = {
#define SYMBOL(library, result, name, parameters) {LIBRARY_##library, #name, &out->name, false},
        APPLE_FUNCTIONS(SYMBOL)
#undef SYMBOL
#define SYMBOL(library, name) {LIBRARY_##library, #name, &out->name, false},
            APPLE_ADDRESSES(SYMBOL)
#undef SYMBOL
#define SYMBOL(library, name) {LIBRARY_##library, #name, &out->name, true},
                APPLE_CONSTANTS(SYMBOL)
#undef SYMBOL
    };
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        const struct symbol *symbol = &symbols[i];
        void *address = dlsym(libraries[symbol->library], symbol->name);
        if (!address)
            return device_error_set(error, DEVICE_UNSUPPORTED, "open",
                "the symbol %s is absent from %s", symbol->name,
                out->standin ? "the stand-in" : paths[symbol->library]);
        memcpy(symbol->place, symbol->load ? address : (void *)&address, sizeof address);
    }
    return DEVICE_OK;
}

static enum device_status standin_open(
    const char *path, uint64_t seed, struct apple_entry *out, struct device_error *error) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return device_error_set(error, DEVICE_BROKEN, "open",
            "the stand-in that " APPLE_STANDIN_VARIABLE " names cannot be opened: %.400s",
            dlerror());
    struct {
#define HOOK(result, name, parameters) result(*name) parameters;
        APPLE_STANDIN_HOOKS(HOOK)
#undef HOOK
    } hooks;
#define HOOK(result, name, parameters) *(void **)(void *)&hooks.name = dlsym(library, #name);
    APPLE_STANDIN_HOOKS(HOOK)
#undef HOOK
    void *libraries[LIBRARIES];
    for (int i = 0; i < LIBRARIES; i++)
        libraries[i] = library;
    out->standin = true;
    if (hooks.aneprobe_standin_clock_ns && hooks.aneprobe_standin_pause) {
        out->virtual_time = true;
        out->clock_ns = hooks.aneprobe_standin_clock_ns;
        out->pause = hooks.aneprobe_standin_pause;
    }
    if (hooks.aneprobe_standin_open)
        hooks.aneprobe_standin_open(seed);
    return symbols_find(libraries, out, error);
}

enum device_status apple_entry_open(const char *framework, const char *needs, uint64_t seed,
    struct apple_entry *out, struct device_error *error) {
    *out = (struct apple_entry){.clock_ns = clock_monotonic_ns, .pause = host_pause};
    const char *standin = getenv(APPLE_STANDIN_VARIABLE);
    if (standin && standin[0] != '\0')
        return standin_open(standin, seed, out, error);
#ifndef __APPLE__
    (void)framework;
    return device_error_set(
        error, DEVICE_UNSUPPORTED, "open", "this is not a Mac: %s; use cpu", needs);
#else
    (void)needs;
    void *libraries[LIBRARIES];
    for (int i = 0; i < LIBRARIES; i++)
        if (!(libraries[i] = dlopen(paths[i], RTLD_NOW)))
            return device_error_set(
                error, DEVICE_UNSUPPORTED, "open", "cannot open %s: %.300s", paths[i], dlerror());
    if (!dlopen(framework, RTLD_NOW))
        return device_error_set(
            error, DEVICE_UNSUPPORTED, "open", "cannot open %s: %.300s", framework, dlerror());
    return symbols_find(libraries, out, error);
#endif
}
