/* SPDX-License-Identifier: MIT */
#include "train/file/checkpoint.h"

#include "train/file/little_endian.h"
#include "base/files.h"
#include "base/output_file.h"

#include "measure/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static const char magic[8] = {'A', 'N', 'E', 'T', 'R', 'A', 'I', 'N'};
static const char newest[] = "checkpoint", previous[] = "checkpoint.prev",
                  damaged[] = "checkpoint.damaged";
enum { VERSION = 3, ALIGN_BYTES = 64, PATH_BYTES = 1024 };

struct header {
    char magic[8];
    uint32_t version, n_parts;
    uint64_t file_bytes;
};

struct entry {
    char name[CHECKPOINT_NAME_BYTES];
    uint64_t bytes;
};

_Static_assert(sizeof(struct header) == 24 && sizeof(struct entry) == 32, "the file's layout");

struct checkpoint {
    const char *data;
    size_t bytes;
    char path[PATH_BYTES];
};

static size_t align_up(size_t bytes) {
    return (bytes + ALIGN_BYTES - 1) / ALIGN_BYTES * ALIGN_BYTES;
}

/* Writes and adds to the digest, then zeros up to the next multiple of ALIGN_BYTES. */
static void piece_write(
    struct output_file *file, struct digest *digest, const void *data, size_t bytes) {
    static const char zeros[ALIGN_BYTES];
    size_t gap = align_up(bytes) - bytes;
    digest_add(digest, data, bytes);
    digest_add(digest, zeros, gap);
    output_file_write(file, data, bytes);
    output_file_write(file, zeros, gap);
}

static enum device_status directory_path(
    const char *directory, const char *name, char path[PATH_BYTES], struct device_error *error) {
    int n = snprintf(path, PATH_BYTES, "%s/%s", directory, name);
    if (n < 0 || n >= PATH_BYTES)
        return device_error_set(
            error, DEVICE_BROKEN, "checkpoint", "the path %.60s... is too long", directory);
    return DEVICE_OK;
}

enum device_status checkpoint_write(const char *directory, const struct checkpoint_part *parts,
    int n_parts, struct device_error *error) {
    struct {
        struct header header;
        struct entry entries[CHECKPOINT_PARTS_MAX];
    } head = {.header = {.version = VERSION, .n_parts = (uint32_t)n_parts}};
    char path[PATH_BYTES], kept_path[PATH_BYTES];
    unsigned char sum[DIGEST_BYTES];
    struct output_file file;
    struct error why;
    struct digest digest;
    if (n_parts < 0 || n_parts > CHECKPOINT_PARTS_MAX)
        return device_error_set(error, DEVICE_BROKEN, "checkpoint", "%d parts, more than %d",
            n_parts, CHECKPOINT_PARTS_MAX);
    size_t head_bytes = sizeof head.header + (size_t)n_parts * sizeof *head.entries;
    size_t bytes = align_up(head_bytes) + DIGEST_BYTES;
    memcpy(head.header.magic, magic, sizeof magic);
    for (int i = 0; i < n_parts; i++) {
        if (strlen(parts[i].name) >= CHECKPOINT_NAME_BYTES)
            return device_error_set(
                error, DEVICE_BROKEN, "checkpoint", "'%s' is too long a name", parts[i].name);
        memcpy(head.entries[i].name, parts[i].name, strlen(parts[i].name));
        head.entries[i].bytes = parts[i].bytes;
        bytes += align_up(parts[i].bytes);
    }
    head.header.file_bytes = bytes;

    enum device_status status = directory_path(directory, newest, path, error);
    if (status == DEVICE_OK)
        status = directory_path(directory, previous, kept_path, error);
    if (status != DEVICE_OK)
        return status;
    output_file_open(&file, path);
    digest_start(&digest);
    piece_write(&file, &digest, &head, head_bytes);
    for (int i = 0; i < n_parts; i++)
        piece_write(&file, &digest, parts[i].data, parts[i].bytes);
    if (digest_end(&digest, sum) != 0) {
        output_file_abandon(&file);
        return device_error_set(error, DEVICE_BROKEN, "checkpoint", "out of memory");
    }
    output_file_write(&file, sum, sizeof sum);
    return output_file_finish(&file, kept_path, &why) == 0 ? DEVICE_OK
                                                           : device_error_take(error, "file", &why);
}

static const struct header *header_of(const struct checkpoint *c) {
    return (const void *)c->data;
}

static const struct entry *entries_of(const struct checkpoint *c) {
    return (const void *)(c->data + sizeof(struct header));
}

/* Checks everything that is read later: sizes, names, digest. */
static enum device_status contents_check(const struct checkpoint *c, struct device_error *error) {
    const struct header *header = header_of(c);
    const char *path = c->path;
    unsigned char sum[DIGEST_BYTES];
    struct digest digest;
    if (c->bytes < sizeof *header + DIGEST_BYTES || memcmp(header->magic, magic, sizeof magic) != 0)
        return device_error_set(
            error, DEVICE_BROKEN, "checkpoint", "%s is not a checkpoint of this trainer", path);
    if (header->version != VERSION)
        return device_error_set(error, DEVICE_BROKEN, "checkpoint",
            "%s has format version %u, this program reads %d; use the program that wrote it", path,
            header->version, VERSION);
    if (header->file_bytes != c->bytes)
        return device_error_set(error, DEVICE_BROKEN, "checkpoint",
            "%s has %zu bytes, but was written with %ju: it was cut off or added to", path,
            c->bytes, (uintmax_t)header->file_bytes);
    digest_start(&digest);
    digest_add(&digest, c->data, c->bytes - DIGEST_BYTES);
    if (digest_end(&digest, sum) != 0)
        return device_error_set(error, DEVICE_BROKEN, "checkpoint", "out of memory");
    size_t left = c->bytes - DIGEST_BYTES, head_bytes = sizeof *header;
    bool is_damaged = memcmp(sum, c->data + left, DIGEST_BYTES) != 0;
    /* With a correct digest, only on purpose. */
    is_damaged = is_damaged || header->n_parts > CHECKPOINT_PARTS_MAX;
    if (!is_damaged) {
        head_bytes = align_up(head_bytes + header->n_parts * sizeof(struct entry));
        is_damaged = head_bytes > left;
        left -= is_damaged ? 0 : head_bytes;
    }
    for (uint32_t i = 0; !is_damaged && i < header->n_parts; i++) {
        const struct entry *entry = &entries_of(c)[i];
        is_damaged = memchr(entry->name, '\0', sizeof entry->name) == NULL || entry->bytes > left ||
                     align_up(entry->bytes) > left;
        left -= is_damaged ? 0 : align_up(entry->bytes);
    }
    if (is_damaged)
        return device_error_set(error, DEVICE_BROKEN, "checkpoint",
            "%s is damaged: its contents do not have the SHA-256 they were written with", path);
    return DEVICE_OK;
}

static enum device_status file_open(
    const char *directory, const char *name, struct checkpoint **out, struct device_error *error) {
    const void *data;
    struct error why;
    *out = NULL;
    struct checkpoint *c = calloc(1, sizeof *c);
    if (c == NULL)
        return device_error_set(error, DEVICE_BROKEN, "checkpoint", "out of memory");
    enum device_status status = directory_path(directory, name, c->path, error);
    if (status == DEVICE_OK) {
        if (file_map(c->path, &data, &c->bytes, &why) != 0)
            status = device_error_take(error, "file", &why);
        c->data = data;
    }
    if (status == DEVICE_OK)
        status = contents_check(c, error);
    if (status == DEVICE_OK)
        *out = c;
    else
        checkpoint_close(c);
    return status;
}

bool checkpoint_exists(const char *directory) {
    char path[PATH_BYTES];
    struct device_error error;
    return (directory_path(directory, newest, path, &error) == DEVICE_OK &&
               access(path, F_OK) == 0) ||
           (directory_path(directory, previous, path, &error) == DEVICE_OK &&
               access(path, F_OK) == 0);
}

enum device_status checkpoint_open(const char *directory, struct checkpoint **out, char *notice,
    size_t notice_bytes, struct device_error *error) {
    struct device_error other;
    notice[0] = '\0';
    enum device_status status = file_open(directory, newest, out, error);
    if (status != DEVICE_OK && file_open(directory, previous, out, &other) == DEVICE_OK) {
        snprintf(notice, notice_bytes, "%s; continuing from %s", error->text, (*out)->path);
        status = DEVICE_OK;
    }
    if (status != DEVICE_OK) {
        size_t n = strlen(error->text);
        snprintf(error->text + n, sizeof error->text - n,
            "; and there is no intact older one in %s: start again, without --resume", directory);
    }
    return status;
}

enum device_status checkpoint_set_aside(const char *directory, struct device_error *error) {
    char path[PATH_BYTES], aside_path[PATH_BYTES];
    enum device_status status = directory_path(directory, newest, path, error);
    if (status == DEVICE_OK)
        status = directory_path(directory, damaged, aside_path, error);
    if (status == DEVICE_OK && rename(path, aside_path) != 0 && errno != ENOENT)
        status = device_error_set(error, DEVICE_BROKEN, "checkpoint",
            "cannot rename %.300s to %s: %s", path, damaged, strerror(errno));
    return status;
}

void checkpoint_close(struct checkpoint *c) {
    if (c == NULL)
        return;
    file_unmap(c->data, c->bytes);
    free(c);
}

const void *checkpoint_part(const struct checkpoint *c, const char *name, size_t *bytes) {
    const struct header *header = header_of(c);
    size_t at = align_up(sizeof *header + header->n_parts * sizeof(struct entry));
    for (uint32_t i = 0; i < header->n_parts; i++) {
        const struct entry *entry = &entries_of(c)[i];
        if (strcmp(entry->name, name) == 0) {
            *bytes = (size_t)entry->bytes;
            return c->data + at;
        }
        at += align_up((size_t)entry->bytes);
    }
    *bytes = 0;
    return NULL;
}

enum device_status checkpoint_copy(const struct checkpoint *c, const char *name, void *data,
    size_t bytes, struct device_error *error) {
    size_t there;
    const void *part = checkpoint_part(c, name, &there);
    if (part == NULL)
        return device_error_set(
            error, DEVICE_BROKEN, "checkpoint", "%s has no part '%s'", c->path, name);
    if (there != bytes)
        return device_error_set(error, DEVICE_BROKEN, "checkpoint",
            "%s: '%s' has %zu bytes but this run needs %zu: it was written for a model of another "
            "size; resume it with the sizes it was started with",
            c->path, name, there, bytes);
    memcpy(data, part, bytes);
    return DEVICE_OK;
}

enum device_status checkpoint_lock(const char *directory, int *fd, struct device_error *error) {
    char path[PATH_BYTES], pid[24] = "";
    enum device_status status = directory_path(directory, "lock", path, error);
    *fd = -1;
    if (status != DEVICE_OK)
        return status;
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (*fd < 0)
        return device_error_set(
            error, DEVICE_BROKEN, "checkpoint", "cannot write %s: %s", path, strerror(errno));
    if (file_lock(*fd, LOCK_EX) == 0) {
        /* Only for messages, so a full disk does not matter. */
        int n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
        bool is_told = ftruncate(*fd, 0) == 0 && pwrite(*fd, pid, (size_t)n, 0) == n;
        (void)is_told;
        return DEVICE_OK;
    }
    int code = errno;
    if (code == EWOULDBLOCK) {
        ssize_t n = pread(*fd, pid, sizeof pid - 1, 0);
        pid[n > 0 ? strspn(pid, "0123456789") : 0] = '\0';
        status = device_error_set(error, DEVICE_BROKEN, "checkpoint",
            "%s is in use by another run (process %s); wait for it, or choose another directory",
            directory, pid[0] != '\0' ? pid : "unknown");
    } else {
        status = device_error_set(
            error, DEVICE_BROKEN, "checkpoint", "cannot lock %s: %s", path, strerror(code));
    }
    close(*fd);
    *fd = -1;
    return status;
}
