/* SPDX-License-Identifier: MIT
 *
 * A framework's classes and selectors on this system, looked up once when its device opens. A
 * message is sent only if class, selector and types are as expected (apple_message.h).
 */
#ifndef ANEPROBE_DEVICE_APPLE_APPLE_RUNTIME_H
#define ANEPROBE_DEVICE_APPLE_APPLE_RUNTIME_H

#include "device/apple/apple_entry.h"

/* A selector that a device sends; each device has a table of them. */
struct apple_selector_row {
    char kind; /* '+' for a class's own method, '-' for an object's */
    const char *class, *selector;
    /* as method_getTypeEncoding gives them, without offsets: result, receiver, selector, arguments.
     * @ object, : selector, B BOOL, I 32 bits, Q and q 64 bits, d double, ^ pointer, @? block */
    const char *types;
    const char *basis;    /* where the types come from */
    const char *source;   /* who published a use of it */
    const char *verified; /* chip and OS of a stored run of this suite that used it, or "no" */
};
/* One row of such a table, and its number. */
#define APPLE_SELECTOR_ROW(name, kind, class, selector, types, basis, source, verified)            \
    {#kind[0], class, selector, types, basis, source, verified},

/* What an error means, in words that say what to do. */
struct apple_error_meaning {
    enum device_status
        status; /* DEVICE_UNSUPPORTED: this process or machine may not do it; or DEVICE_FAILED */
    const char *words;
};

/* A framework, and what a device takes from it. */
struct apple_framework {
    const char *path;
    const char *needs; /* where there are no frameworks: a sentence without a full stop */
    const struct apple_selector_row *selectors;
    int n_selectors;
    const char *error_domain;
    /* of an error of that domain; NULL when unknown */
    const struct apple_error_meaning *(*meaning)(int code, const char *text);
    /* adds to error->text what else an NSError tells; NULL: nothing */
    void (*details)(const struct apple_entry *e, const void *ns_error, const char *text,
        struct device_error *error);
};
enum { APPLE_SELECTORS_MAX = 64 };

enum apple_presence {
    APPLE_PRESENT,
    APPLE_CLASS_ABSENT,
    APPLE_SELECTOR_ABSENT,
    APPLE_TYPES_DIFFER /* arguments or result would be passed differently: not sent */
};

struct apple_method {
    void *class, *selector;
    const char *types; /* from the runtime, with offsets; NULL when unknown */
    enum apple_presence presence;
};

struct apple_runtime {
    struct apple_entry entry;
    const struct apple_framework *framework;
    struct apple_method methods[APPLE_SELECTORS_MAX];
};

/* Opens the libraries and looks up every class and selector. Absent ones are not an error. */
enum device_status apple_runtime_open(const struct apple_framework *framework, uint64_t seed,
    struct apple_runtime *out, struct device_error *error);

/* DEVICE_OK, or DEVICE_UNSUPPORTED naming what is absent. `which` is a row of the table. */
enum device_status apple_runtime_need(
    const struct apple_runtime *runtime, int which, const char *stage, struct device_error *error);
/* Gives `put` the number of selectors, of those that are not as expected, and their names. */
void apple_runtime_properties(
    const struct apple_runtime *runtime, device_property_fn *put, void *context);

/* Whether a method of type `found` can be called with arguments passed as `expected`. All objects
 * and pointers are passed alike, and so are integers of the same size. */
bool apple_types_fit(const char *expected, const char *found);

#endif
