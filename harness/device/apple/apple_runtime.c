/* SPDX-License-Identifier: MIT */
#include "device/apple/apple_runtime.h"

#include <stdio.h>
#include <string.h>

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

bool apple_types_fit(const char *expected, const char *found) {
    char want, have;
    do {
        want = passing_next(&expected);
        have = passing_next(&found);
    } while (want == have && want != '\0');
    return want == have;
}

static void method_find(
    const struct apple_entry *e, const struct apple_selector_row *row, struct apple_method *out) {
    out->presence = APPLE_CLASS_ABSENT;
    out->selector = e->sel_registerName(row->selector);
    out->class = e->objc_getClass(row->class);
    if (!out->class)
        return;
    out->presence = APPLE_SELECTOR_ABSENT;
    void *method = row->kind == '+' ? e->class_getClassMethod(out->class, out->selector)
                                    : e->class_getInstanceMethod(out->class, out->selector);
    if (!method)
        return;
    out->types = e->method_getTypeEncoding(method);
    out->presence =
        !out->types || apple_types_fit(row->types, out->types) ? APPLE_PRESENT : APPLE_TYPES_DIFFER;
}

enum device_status apple_runtime_open(const struct apple_framework *framework, uint64_t seed,
    struct apple_runtime *out, struct device_error *error) {
    memset(out, 0, sizeof *out);
    out->framework = framework;
    enum device_status status =
        apple_entry_open(framework->path, framework->needs, seed, &out->entry, error);
    if (status != DEVICE_OK)
        return status;
    void *pool = out->entry.objc_autoreleasePoolPush();
    for (int i = 0; i < framework->n_selectors; i++)
        method_find(&out->entry, &framework->selectors[i], &out->methods[i]);
    out->entry.objc_autoreleasePoolPop(pool);
    return DEVICE_OK;
}

enum device_status apple_runtime_need(
    const struct apple_runtime *runtime, int which, const char *stage, struct device_error *error) {
    const struct apple_selector_row *row = &runtime->framework->selectors[which];
    const struct apple_method *method = &runtime->methods[which];
    switch (method->presence) {
    case APPLE_PRESENT:
        break;
    case APPLE_CLASS_ABSENT:
        return device_error_set(
            error, DEVICE_UNSUPPORTED, stage, "class %s is absent on this OS", row->class);
    case APPLE_SELECTOR_ABSENT:
        return device_error_set(error, DEVICE_UNSUPPORTED, stage,
            "selector %c[%s %s] is absent on this OS", row->kind, row->class, row->selector);
    case APPLE_TYPES_DIFFER:
        return device_error_set(error, DEVICE_UNSUPPORTED, stage,
            "selector %c[%s %s] has types %.100s on this OS, not %s; it is not sent", row->kind,
            row->class, row->selector, method->types, row->types);
    }
    return DEVICE_OK;
}

static void put_number(device_property_fn *put, void *context, const char *key, int number) {
    char text[16];
    snprintf(text, sizeof text, "%d", number);
    put(context, key, text);
}

/* The absent by name, so that a report can say what was unavailable. */
void apple_runtime_properties(
    const struct apple_runtime *runtime, device_property_fn *put, void *context) {
    const struct apple_framework *framework = runtime->framework;
    char text[2048] = "";
    size_t n = 0;
    int n_absent = 0;
    for (int i = 0; i < framework->n_selectors; i++) {
        const struct apple_selector_row *row = &framework->selectors[i];
        if (runtime->methods[i].presence == APPLE_PRESENT)
            continue;
        n_absent++;
        if (n + 240 < sizeof text)
            n += (size_t)snprintf(text + n, sizeof text - n, "%s%c[%.60s %.160s]",
                n > 0 ? "; " : "", row->kind, row->class, row->selector);
    }
    put_number(put, context, "selectors", framework->n_selectors);
    put_number(put, context, "selectors_absent", n_absent);
    if (n > 0)
        put(context, "absent", text);
}
