/* SPDX-License-Identifier: MIT
 *
 * The classes and selectors of this system, looked up once when the device opens. A message is sent
 * only if class, selector and types are as expected (ane_message.h).
 */
#ifndef ANEPROBE_DEVICE_ANE_ANE_RUNTIME_H
#define ANEPROBE_DEVICE_ANE_ANE_RUNTIME_H

#include "device/ane/ane_entry.h"
#include "device/ane/ane_selectors.h"

enum ane_selector {
#define ANE_NAME(name, ...) ANE_##name,
    ANE_SELECTORS(ANE_NAME)
#undef ANE_NAME
        ANE_SELECTOR_COUNT
};

/* One row of ANE_SELECTORS. */
struct ane_selector_row {
    char kind; /* '+' or '-' */
    const char *class, *selector, *types, *basis, *source, *verified;
};
extern const struct ane_selector_row ane_selector_rows[ANE_SELECTOR_COUNT];

enum ane_presence {
    ANE_PRESENT,
    ANE_CLASS_ABSENT,
    ANE_SELECTOR_ABSENT,
    ANE_TYPES_DIFFER /* arguments or result would be passed differently: not sent */
};

struct ane_method {
    void *class, *selector;
    const char *types; /* from the runtime, with offsets; NULL when unknown */
    enum ane_presence presence;
};

struct ane_runtime {
    struct ane_entry entry;
    struct ane_method methods[ANE_SELECTOR_COUNT];
};

/* Opens the libraries and looks up every class and selector. Absent ones are not an error. */
enum device_status ane_runtime_open(
    uint64_t seed, struct ane_runtime *out, struct device_error *error);

/* DEVICE_OK, or DEVICE_UNSUPPORTED naming what is absent. */
enum device_status ane_runtime_need(const struct ane_runtime *runtime, enum ane_selector which,
    const char *stage, struct device_error *error);

/* Whether a method of type `found` can be called with arguments passed as `expected`. All objects
 * and pointers are passed alike, and so are integers of the same size. */
bool ane_types_fit(const char *expected, const char *found);

#endif
