/* SPDX-License-Identifier: MIT
 *
 * Submitted runs. The first byte says which: the text as it stands; or its files, ended by a byte of
 * value 30, sealed with the right digests, which changed bytes alone would never have.
 */
#include "fuzz.h"
#include "runner/submit/submission.h"

#include <string.h>

enum { FILE_END = 30 };

static void bundle_try(const struct bundle *bundle) {
    const struct submission_names names = {"some-host", "someone", "/export/someone"};
    struct error error = {EXIT_DONE, ""};
    char label[64];
    if (submission_check("fuzz", bundle, &names, &error) != 0)
        FUZZ_CHECK(error.code != EXIT_DONE && strncmp(error.text, "fuzz", 4) == 0);
    if (submission_label("fuzz", bundle, label, &error) == 0)
        FUZZ_CHECK(strchr(label, '/') == NULL && label[0] != '.' && label[0] != '\0');
}

static void text_try(const char *text, size_t size) {
    struct bundle bundle;
    struct error error = {EXIT_DONE, ""};
    if (bundle_read("fuzz", text, size, &bundle, &error) != 0) {
        FUZZ_CHECK(error.code != EXIT_DONE && error.text[0] != '\0' && bundle.n == 0);
        return;
    }
    FUZZ_CHECK(bundle.n >= BUNDLE_FIXED && strpbrk(bundle.run, "/.") == NULL);
    for (size_t i = 0; i < bundle.n; i++) {
        const struct bundle_file *file = &bundle.files[i];
        FUZZ_CHECK(file->name[0] != '/' && strstr(file->name, "..") == NULL);
        FUZZ_CHECK(file->bytes >= text && file->bytes + file->n_bytes <= text + size);
    }
    bundle_try(&bundle);
}

static void sealed_try(const char *data, size_t size) {
    static const char *const samples[] = {"samples/fragile.csv", "samples/steady.csv"};
    struct bundle bundle = {.run = "20260102T030405Z-0123456789ab"}, again;
    struct error error = {EXIT_DONE, ""};
    char *text = NULL;
    size_t n_text = 0;
    for (; bundle.n < BUNDLE_FIXED || (bundle.n < BUNDLE_FIXED + 2 && size > 0); bundle.n++) {
        struct bundle_file *file = &bundle.files[bundle.n];
        const char *end = size > 0 ? memchr(data, FILE_END, size) : NULL;
        snprintf(file->name, sizeof file->name, "%s",
            bundle.n < BUNDLE_FIXED ? bundle_fixed_name(bundle.n)
                                    : samples[bundle.n - BUNDLE_FIXED]);
        file->bytes = data;
        file->n_bytes = end != NULL ? (size_t)(end - data) : size;
        size -= file->n_bytes + (end != NULL);
        data += file->n_bytes + (end != NULL);
    }
    FUZZ_CHECK(bundle_write(&bundle, &text, &n_text, &error) == 0);
    FUZZ_CHECK(bundle_read("fuzz", text, n_text, &again, &error) == 0 && again.n == bundle.n);
    for (size_t i = 0; i < again.n; i++)
        FUZZ_CHECK(
            again.files[i].n_bytes == bundle.files[i].n_bytes &&
            memcmp(again.files[i].bytes, bundle.files[i].bytes, again.files[i].n_bytes) == 0);
    bundle_try(&again);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    if (data[0] % 2 == 0)
        text_try((const char *)data + 1, size - 1);
    else
        sealed_try((const char *)data + 1, size - 1);
    return 0;
}
