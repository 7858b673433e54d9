/* SPDX-License-Identifier: MIT */
#include "runner/submit/tarball.h"
#include "base/files.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char sums_name[] = "SHA256SUMS";
enum {
    MOST_MEMBERS = 1024,    /* with folders, and what the Finder adds */
    MOST_IGNORED = 1 << 20, /* bytes of a file that is skipped */
    TAR_MOST_OVERHEAD = (BUNDLE_MOST_FILES + 24) * 1024, /* heads, padding, the end */
    FEWEST_IN_BINARY = 4 /* CR LF without a bare LF: fewer may be chance */
};

static int entry_write(
    struct archive *out, const char *run, const char *name, const char *bytes, size_t n_bytes) {
    char path[2 * BUNDLE_NAME_SIZE];
    struct archive_entry *entry = archive_entry_new();
    if (entry == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/%s", run, name);
    archive_entry_set_pathname(entry, path);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)n_bytes);
    archive_entry_set_mtime(entry, 0, 0);
    bool written = archive_write_header(out, entry) == ARCHIVE_OK &&
                   archive_write_data(out, bytes, n_bytes) == (la_ssize_t)n_bytes;
    archive_entry_free(entry);
    return written ? 0 : -1;
}

static int files_write(struct archive *out, const struct bundle *bundle, const char *sums,
    char *packed, size_t room, size_t *n_packed) {
    bool written =
        archive_write_set_format_ustar(out) == ARCHIVE_OK &&
        archive_write_add_filter_gzip(out) == ARCHIVE_OK &&
        archive_write_set_options(out, "gzip:!timestamp,gzip:compression-level=9") == ARCHIVE_OK &&
        archive_write_open_memory(out, packed, room, n_packed) == ARCHIVE_OK &&
        entry_write(out, bundle->run, sums_name, sums, strlen(sums)) == 0;
    for (size_t i = 0; i < bundle->n && written; i++)
        written = entry_write(out, bundle->run, bundle->files[i].name, bundle->files[i].bytes,
                      bundle->files[i].n_bytes) == 0;
    return written && archive_write_close(out) == ARCHIVE_OK ? 0 : -1;
}

int tarball_pack(
    const struct bundle *bundle, char **packed, size_t *n_packed, struct error *error) {
    char sums[BUNDLE_SUMS_SIZE];
    size_t room = bundle->n_bytes + bundle->n_bytes / 1024 + TAR_MOST_OVERHEAD;
    struct archive *out = archive_write_new();
    *packed = malloc(room);
    int failed = bundle_sums(bundle, sums, error);
    if (!failed && (out == NULL || *packed == NULL))
        failed = error_set(error, EXIT_BROKEN, "out of memory");
    if (!failed && files_write(out, bundle, sums, *packed, room, n_packed) != 0)
        failed = error_set(error, EXIT_BROKEN, "cannot pack: %s", archive_error_string(out));
    if (!failed && *n_packed > TARBALL_MOST_PACKED)
        failed = error_set(error, EXIT_BROKEN,
            "the run packs to %zu bytes, more than the %d that are accepted", *n_packed,
            TARBALL_MOST_PACKED);
    archive_write_free(out);
    if (failed) {
        free(*packed);
        *packed = NULL;
    }
    return failed;
}

/* Undoes a transfer in text mode, which turns every LF into CR LF. Exact, since it is done only
 * when no LF stands alone and there are at least `fewest`. */
static void carriage_returns_drop(char *bytes, size_t *n_bytes, size_t fewest) {
    size_t n_translated = 0, n = 0;
    for (size_t i = 0; i < *n_bytes; i++) {
        if (bytes[i] != '\n')
            continue;
        if (i == 0 || bytes[i - 1] != '\r')
            return;
        n_translated++;
    }
    if (n_translated < fewest)
        return;
    for (size_t i = 0; i < *n_bytes; i++)
        if (bytes[i] != '\r' || i + 1 == *n_bytes || bytes[i + 1] != '\n')
            bytes[n++] = bytes[i];
    *n_bytes = n;
}

/* State while reading a submission. */
struct reading {
    struct archive *archive;
    struct bundle *bundle;
    char *sums;          /* NUL-terminated; NULL until read */
    size_t parent_bytes; /* of an unpacked folder's path, before its name */
    bool is_folder;      /* unpacked */
};

/* The name below the run's folder; NULL and an error if there is none. */
static const char *member_name(struct reading *r, const char *path, struct error *error) {
    char *run = r->bundle->run;
    path += r->parent_bytes;
    while (strncmp(path, "./", 2) == 0)
        path += 2;
    size_t n = strcspn(path, "/");
    if (path[n] == '/' && run[0] == '\0' && n < BUNDLE_NAME_SIZE)
        snprintf(run, BUNDLE_NAME_SIZE, "%.*s", (int)n, path);
    if (path[n] == '/' && strlen(run) == n && strncmp(path, run, n) == 0 &&
        bundle_run_name_is_plain(run))
        return path + n + 1;
    error_set(error, EXIT_BROKEN,
        "'%.80s' is not in one folder with a run's name (letters, digits, '-' and '_')", path);
    return NULL;
}

/* The contents of the entry, NUL-terminated; the caller frees *bytes. */
static int member_read(struct reading *r, struct archive_entry *entry, char **bytes,
    size_t *n_bytes, struct error *error) {
    la_int64_t size = archive_entry_size(entry);
    if (size < 0 || size > BUNDLE_MOST_BYTES)
        return error_set(
            error, EXIT_BROKEN, "more than the %d bytes of a submission", BUNDLE_MOST_BYTES);
    *bytes = malloc((size_t)size + 1);
    if (*bytes == NULL)
        return error_set(error, EXIT_BROKEN, "out of memory");
    la_ssize_t n = archive_read_data(r->archive, *bytes, (size_t)size);
    if (n != size) {
        free(*bytes);
        return error_set(error, EXIT_BROKEN, "cut off or damaged (%s); have it sent again",
            n < 0 ? archive_error_string(r->archive) : "it ends early");
    }
    *n_bytes = (size_t)n;
    if (r->is_folder)
        carriage_returns_drop(*bytes, n_bytes, 1);
    (*bytes)[*n_bytes] = '\0';
    return 0;
}

static int member_take(struct reading *r, struct archive_entry *entry, struct error *error) {
    const char *path = archive_entry_pathname(entry);
    if (path == NULL || strpbrk(path, "\n\r\t\033\177") != NULL)
        return error_set(error, EXIT_BROKEN, "a file's name contains control characters");
    bool is_directory = archive_entry_filetype(entry) == AE_IFDIR;
    if (is_directory && r->is_folder && archive_read_disk_descend(r->archive) != ARCHIVE_OK)
        return error_set(error, EXIT_BROKEN, "%s", archive_error_string(r->archive));
    const char *slash = strrchr(path, '/'), *base = slash != NULL ? slash + 1 : path;
    if (is_directory || (base[0] == '.' && archive_entry_size(entry) < MOST_IGNORED))
        return 0; /* .DS_Store, ._machine.csv: the Finder's */
    const char *name = member_name(r, path, error);
    if (name == NULL)
        return -1;
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) != NULL)
        return error_set(error, EXIT_BROKEN, "'%.80s' is not a regular file", name);
    char *bytes = NULL;
    size_t n_bytes;
    if (member_read(r, entry, &bytes, &n_bytes, error) != 0)
        return -1;
    if (strcmp(name, sums_name) != 0 || r->sums != NULL)
        return bundle_add(r->bundle, name, bytes, n_bytes, error);
    r->sums = bytes;
    return 0;
}

/* `opened`: libarchive's result of opening it, which reads the first bytes. */
static int members_take(struct reading *r, int opened, struct error *error) {
    struct archive_entry *entry = NULL;
    int n = 0, result = opened;
    while (result == ARCHIVE_OK || result == ARCHIVE_WARN) {
        if (entry != NULL && member_take(r, entry, error) != 0)
            return -1;
        if (n++ == MOST_MEMBERS)
            return error_set(error, EXIT_BROKEN, "more than %d files and folders", MOST_MEMBERS);
        result = archive_read_next_header(r->archive, &entry);
    }
    if (result != ARCHIVE_EOF)
        return error_set(error, EXIT_BROKEN, "%s damaged (%s); %s",
            n > 1 ? "cut off or" : "not a submission, or", archive_error_string(r->archive),
            n > 1 ? "have it sent again" : "'aneprobe submit RUN' makes one");
    if (r->sums == NULL)
        return error_set(error, EXIT_BROKEN,
            "%s is not in it: not a submission, or cut off; 'aneprobe submit RUN' makes one",
            sums_name);
    return bundle_complete(r->bundle, error) == 0 ? bundle_check_sums(r->bundle, r->sums, error)
                                                  : -1;
}

/* Takes the members of r->archive, which it frees. */
static int reading_finish(struct reading *r, const char *name, int opened, struct error *error) {
    struct error why;
    bundle_init(r->bundle);
    int failed = r->archive != NULL ? members_take(r, opened, &why)
                                    : error_set(&why, EXIT_BROKEN, "out of memory");
    archive_read_free(r->archive);
    free(r->sums);
    if (!failed)
        return 0;
    bundle_free(r->bundle);
    return error_set(error, why.code, "%s: %s", name, why.text);
}

int tarball_unpack(
    const char *name, char *bytes, size_t n_bytes, struct bundle *bundle, struct error *error) {
    struct reading r = {.archive = archive_read_new(), .bundle = bundle};
    int opened = ARCHIVE_FATAL;
    carriage_returns_drop(bytes, &n_bytes, FEWEST_IN_BINARY);
    if (r.archive != NULL && archive_read_support_filter_gzip(r.archive) >= ARCHIVE_WARN &&
        archive_read_support_format_tar(r.archive) == ARCHIVE_OK)
        opened = archive_read_open_memory(r.archive, bytes, n_bytes);
    return reading_finish(&r, name, opened, error);
}

/* An unpacked folder. */
static int folder_open(const char *path, struct bundle *bundle, struct error *error) {
    char *whole = realpath(path, NULL), *sums = whole != NULL ? path_join(whole, sums_name) : NULL;
    int failed;
    if (sums == NULL || !file_exists(sums)) {
        failed = error_set(error, EXIT_BROKEN,
            "%s: this folder is not an unpacked submission: it has no %s; 'aneprobe submit "
            "RUN' packs a run",
            path, sums_name);
    } else {
        struct reading r = {
            .archive = archive_read_disk_new(), .bundle = bundle, .is_folder = true};
        r.parent_bytes = (size_t)(strrchr(whole, '/') + 1 - whole);
        int opened = r.archive != NULL ? archive_read_disk_open(r.archive, whole) : ARCHIVE_FATAL;
        failed = reading_finish(&r, path, opened, error);
    }
    free(whole);
    free(sums);
    return failed;
}

int tarball_open(const char *path, struct bundle *bundle, struct error *error) {
    struct stat status;
    char *bytes;
    size_t n_bytes;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return folder_open(path, bundle, error);
    if (file_read(path, BUNDLE_MOST_BYTES + TAR_MOST_OVERHEAD, &bytes, &n_bytes, error) != 0)
        return -1;
    if (bytes == NULL)
        return error_set(error, EXIT_USAGE, "%s: no such file", path);
    int failed = tarball_unpack(path, bytes, n_bytes, bundle, error);
    free(bytes);
    return failed;
}
