/* SPDX-License-Identifier: MIT
 *
 * Submitted runs. The first byte says which: an archive as it is; the names, kinds and contents of members,
 * from which an archive is made, since a tar's checksums would reject changed bytes; or the contents of a run's
 * files, with the right digests added.
 */
#include "fuzz.h"
#include "runner/submit/submission.h"
#include "runner/submit/tarball.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

enum { PART_END = 30 };

static void bundle_try(const struct bundle *bundle) {
    const struct submission_names names = {"some-host", "someone", "/export/someone"};
    struct error error = {EXIT_DONE, ""};
    char label[64];
    if (submission_check("fuzz", bundle, &names, &error) != 0)
        FUZZ_CHECK(error.code != EXIT_DONE && strncmp(error.text, "fuzz", 4) == 0);
    if (submission_label("fuzz", bundle, label, &error) == 0)
        FUZZ_CHECK(strchr(label, '/') == NULL && label[0] != '.' && label[0] != '\0');
}

/* Takes ownership of `bytes`. Returns whether it was a submission. */
static int archive_try(char *bytes, size_t size, struct bundle *bundle) {
    char experiment[BUNDLE_NAME_SIZE];
    struct error error = {EXIT_DONE, ""};
    int failed = tarball_unpack("fuzz", bytes, size, bundle, &error);
    free(bytes);
    if (failed) {
        FUZZ_CHECK(error.code != EXIT_DONE && strncmp(error.text, "fuzz: ", 6) == 0);
        FUZZ_CHECK(bundle->n == 0 && strchr(error.text, '\n') == NULL);
        return 0;
    }
    FUZZ_CHECK(bundle->n >= BUNDLE_FIXED && strpbrk(bundle->run, "/.") == NULL);
    for (size_t i = 0; i < bundle->n; i++) {
        const struct bundle_file *file = &bundle->files[i];
        FUZZ_CHECK(i < BUNDLE_FIXED ? strchr(file->name, '/') == NULL
                                    : bundle_experiment(file->name, experiment) == 0);
        FUZZ_CHECK(file->bytes != NULL);
    }
    bundle_try(bundle);
    return 1;
}

static char *copy(const char *data, size_t size) {
    char *bytes = malloc(size + 1);
    FUZZ_CHECK(bytes != NULL);
    memcpy(bytes, data, size);
    return bytes;
}

/* Up to the next PART_END, which is passed over. */
static const char *part(const char **data, size_t *size, size_t *n) {
    const char *start = *data, *end = *size > 0 ? memchr(*data, PART_END, *size) : NULL;
    *n = end != NULL ? (size_t)(end - start) : *size;
    *data += *n + (end != NULL);
    *size -= *n + (end != NULL);
    return start;
}

/* Members: a byte for the kind with the name, then the contents. */
static void members_try(const char *data, size_t size) {
    static const unsigned kinds[] = {AE_IFREG, AE_IFDIR, AE_IFLNK, AE_IFIFO};
    size_t room = 20000 + 4 * size + 2048 * size, used = 0;
    char *packed = malloc(room), name[512];
    struct archive *out = archive_write_new();
    struct bundle bundle;
    FUZZ_CHECK(packed != NULL && out != NULL && archive_write_set_format_pax_restricted(out) == 0);
    FUZZ_CHECK(archive_write_open_memory(out, packed, room, &used) == ARCHIVE_OK);
    while (size > 0) {
        size_t n_name, n_bytes;
        const char *kind = part(&data, &size, &n_name), *bytes = part(&data, &size, &n_bytes);
        struct archive_entry *entry = archive_entry_new();
        FUZZ_CHECK(entry != NULL);
        unsigned type = n_name > 0 ? kinds[(unsigned char)kind[0] % 4] : AE_IFREG;
        snprintf(name, sizeof name, "%.*s", n_name > 0 ? (int)n_name - 1 : 0, kind + (n_name > 0));
        archive_entry_set_pathname(entry, name);
        archive_entry_set_filetype(entry, type);
        if (type == AE_IFLNK)
            archive_entry_set_symlink(entry, "elsewhere");
        archive_entry_set_size(entry, type == AE_IFREG ? (la_int64_t)n_bytes : 0);
        if (archive_write_header(out, entry) >= ARCHIVE_WARN && type == AE_IFREG)
            archive_write_data(out, bytes, n_bytes);
        archive_entry_free(entry);
    }
    archive_write_free(out);
    if (archive_try(packed, used, &bundle))
        bundle_free(&bundle);
}

static void sealed_try(const char *data, size_t size) {
    static const char *const samples[] = {"samples/fragile.csv", "samples/steady.csv"};
    struct bundle bundle, again;
    struct error error = {EXIT_DONE, ""};
    char *packed;
    size_t n_packed, n;
    bundle_init(&bundle);
    snprintf(bundle.run, sizeof bundle.run, "20260102T030405Z-0123456789ab");
    for (size_t i = 0; i < BUNDLE_FIXED + 2 && (i < BUNDLE_FIXED || size > 0); i++) {
        const char *bytes = part(&data, &size, &n);
        FUZZ_CHECK(
            bundle_add(&bundle, i < BUNDLE_FIXED ? bundle.files[i].name : samples[i - BUNDLE_FIXED],
                copy(bytes, n), n, &error) == 0);
    }
    FUZZ_CHECK(bundle_complete(&bundle, &error) == 0);
    FUZZ_CHECK(tarball_pack(&bundle, &packed, &n_packed, &error) == 0);
    FUZZ_CHECK(archive_try(packed, n_packed, &again) && again.n == bundle.n);
    for (size_t i = 0; i < again.n; i++)
        FUZZ_CHECK(
            again.files[i].n_bytes == bundle.files[i].n_bytes &&
            memcmp(again.files[i].bytes, bundle.files[i].bytes, again.files[i].n_bytes) == 0);
    bundle_free(&again);
    bundle_free(&bundle);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct bundle bundle;
    if (size == 0)
        return 0;
    const char *rest = (const char *)data + 1;
    if (data[0] % 3 == 0 && archive_try(copy(rest, size - 1), size - 1, &bundle))
        bundle_free(&bundle);
    if (data[0] % 3 == 1)
        sealed_try(rest, size - 1);
    if (data[0] % 3 == 2)
        members_try(rest, size - 1);
    return 0;
}
