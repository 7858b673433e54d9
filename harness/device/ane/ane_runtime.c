/* SPDX-License-Identifier: MIT */
#include "device/ane/ane_runtime.h"

#include <string.h>

const struct ane_selector_row ane_selector_rows[ANE_SELECTOR_COUNT] = {
#define ROW(name, kind, class, selector, types, basis, source, verified)                           \
    {#kind[0], class, selector, types, basis, source, verified},
    ANE_SELECTORS(ROW)
#undef ROW
};

/* How a type is passed: 'p' for all pointers, '1', '4', '8' for integers of that many bytes, the
 * letter itself for the rest. Moves *types past it and the offset that follows. */
static char passing_next(const char **types) {
    const char *t = *types;
    t += strspn(t, "rnNoORVA"); /* const, in, out, ...: irrelevant to how it is passed */
    char letter = *t;
    if (letter == '\0')
        return '\0';
    t++;
    char passing = letter;
    switch (letter) {
    case '@':
        t += *t == '?'; /* a block */
        passing = 'p';
        break;
    case '#':
    case ':':
    case '*':
        passing = 'p';
        break;
    case '^': /* the pointee does not matter */
        (void)passing_next(&t);
        passing = 'p';
        break;
    case '{':
    case '(': {
        int depth = 1;
        for (; depth > 0 && *t != '\0'; t++)
            depth += (*t == '{' || *t == '(') - (*t == '}' || *t == ')');
        break;
    }
    case 'B':
    case 'c':
    case 'C':
        passing = '1';
        break;
    case 'i':
    case 'I':
        passing = '4';
        break;
    case 'q':
    case 'Q':
    case 'l':
    case 'L':
        passing = '8';
        break;
    default:
        break;
    }
    t += strspn(t, "+-0123456789");
    *types = t;
    return passing;
}

bool ane_types_fit(const char *expected, const char *found) {
    char want, have;
    do {
        want = passing_next(&expected);
        have = passing_next(&found);
    } while (want == have && want != '\0');
    return want == have;
}

static void method_find(
    const struct ane_entry *e, const struct ane_selector_row *row, struct ane_method *out) {
    out->presence = ANE_CLASS_ABSENT;
    out->selector = e->sel_registerName(row->selector);
    out->class = e->objc_getClass(row->class);
    if (!out->class)
        return;
    out->presence = ANE_SELECTOR_ABSENT;
    void *method = row->kind == '+' ? e->class_getClassMethod(out->class, out->selector)
                                    : e->class_getInstanceMethod(out->class, out->selector);
    if (!method)
        return;
    out->types = e->method_getTypeEncoding(method);
    out->presence =
        !out->types || ane_types_fit(row->types, out->types) ? ANE_PRESENT : ANE_TYPES_DIFFER;
}

enum device_status ane_runtime_open(
    uint64_t seed, struct ane_runtime *out, struct device_error *error) {
    memset(out, 0, sizeof *out);
    enum device_status status = ane_entry_open(seed, &out->entry, error);
    if (status != DEVICE_OK)
        return status;
    void *pool = out->entry.objc_autoreleasePoolPush();
    for (int i = 0; i < ANE_SELECTOR_COUNT; i++)
        method_find(&out->entry, &ane_selector_rows[i], &out->methods[i]);
    out->entry.objc_autoreleasePoolPop(pool);
    return DEVICE_OK;
}

enum device_status ane_runtime_need(const struct ane_runtime *runtime, enum ane_selector which,
    const char *stage, struct device_error *error) {
    const struct ane_selector_row *row = &ane_selector_rows[which];
    const struct ane_method *method = &runtime->methods[which];
    switch (method->presence) {
    case ANE_PRESENT:
        break;
    case ANE_CLASS_ABSENT:
        return device_error_set(
            error, DEVICE_UNSUPPORTED, stage, "class %s is absent on this OS", row->class);
    case ANE_SELECTOR_ABSENT:
        return device_error_set(error, DEVICE_UNSUPPORTED, stage,
            "selector %c[%s %s] is absent on this OS", row->kind, row->class, row->selector);
    case ANE_TYPES_DIFFER:
        return device_error_set(error, DEVICE_UNSUPPORTED, stage,
            "selector %c[%s %s] has types %.100s on this OS, not %s; it is not sent", row->kind,
            row->class, row->selector, method->types, row->types);
    }
    return DEVICE_OK;
}
