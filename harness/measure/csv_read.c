/* SPDX-License-Identifier: MIT
 *
 * Reads a CSV file into one buffer.
 */
#include "measure/csv_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const size_t max_bytes = UINT32_MAX - 1; /* offsets are 32 bits */

static struct csv_table *table_new(const char *name) {
    struct csv_table *table = calloc(1, sizeof *table);
    if (!table)
        return NULL;
    table->name = strdup(name);
    if (!table->name) {
        free(table);
        return NULL;
    }
    return table;
}

void csv_table_free(struct csv_table *table) {
    if (!table)
        return;
    free(table->name);
    free(table->bytes);
    free(table->cell);
    free(table->line);
    free(table);
}

static int fail_memory(const char *name, struct error *error) {
    error_set(error, EXIT_BROKEN,
        "%.200s:1: out of memory reading the file; free some or split the file", name);
    errno = ENOMEM;
    return -1;
}

static int fail_size(const char *name, struct error *error) {
    return error_set(
        error, EXIT_BROKEN, "%.200s:1: the file is 4 GiB or larger; split it by job", name);
}

static int fail_io(const char *name, const char *what, struct error *error) {
    return error_set(error, EXIT_BROKEN,
        "%.200s:1: cannot %s it: %.80s; check the path and its permissions", name, what,
        strerror(errno));
}

/* Reads all of `file` into *bytes, followed by a NUL byte. Pipes have no size, so the buffer grows.
 */
static int read_all(FILE *file, const char *path, size_t expected, char **bytes, size_t *n_bytes,
    struct error *error) {
    size_t size = expected + 2, n = 0; /* one to see the end of file, one for the NUL */
    char *buffer = malloc(size);
    if (!buffer)
        return fail_memory(path, error);
    for (;;) {
        n += fread(buffer + n, 1, size - 1 - n, file);
        if (n < size - 1)
            break;
        if (n > max_bytes) {
            free(buffer);
            return fail_size(path, error);
        }
        size = size < 65536 ? 131072 : size * 2;
        char *larger = realloc(buffer, size);
        if (!larger) {
            free(buffer);
            return fail_memory(path, error);
        }
        buffer = larger;
    }
    if (ferror(file)) {
        free(buffer);
        return fail_io(path, "read", error);
    }
    if (n > max_bytes) {
        free(buffer);
        return fail_size(path, error);
    }
    buffer[n] = '\0';
    *bytes = buffer;
    *n_bytes = n;
    return 0;
}

static int read_file(const char *path, char **bytes, size_t *n_bytes, struct error *error) {
    FILE *file = fopen(path, "rb");
    if (!file)
        return fail_io(path, "open", error);
    struct stat status;
    int result;
    if (fstat(fileno(file), &status) != 0)
        result = fail_io(path, "read", error);
    else if (S_ISREG(status.st_mode) && (uint64_t)status.st_size > max_bytes)
        result = fail_size(path, error);
    else
        result = read_all(file, path, S_ISREG(status.st_mode) ? (size_t)status.st_size : 0, bytes,
            n_bytes, error);
    fclose(file); /* read only: nothing to lose */
    return result;
}

static int read_table(
    const char *path, uint64_t *whole_bytes, struct csv_table **out, struct error *error) {
    *out = NULL;
    struct csv_table *table = table_new(path);
    size_t n_bytes = 0;
    if (!table)
        return fail_memory(path, error);
    if (read_file(path, &table->bytes, &n_bytes, error) != 0)
        goto fail;
    /* A power cut can leave a file that has its new length but not yet its new bytes. */
    while (whole_bytes && n_bytes > 0 && table->bytes[n_bytes - 1] == '\0')
        n_bytes--;
    if (csv_table_index(table, n_bytes, whole_bytes, error) != 0)
        goto fail;
    *out = table;
    return 0;
fail:
    csv_table_free(table);
    return -1;
}

int csv_table_read(const char *path, struct csv_table **out, struct error *error) {
    return read_table(path, NULL, out, error);
}

int csv_table_recover(
    const char *path, struct csv_table **out, uint64_t *whole_bytes, struct error *error) {
    return read_table(path, whole_bytes, out, error);
}

int csv_table_parse(const char *name, const char *bytes, size_t n_bytes, struct csv_table **out,
    struct error *error) {
    *out = NULL;
    if (n_bytes > max_bytes)
        return fail_size(name, error);
    struct csv_table *table = table_new(name);
    if (!table)
        return fail_memory(name, error);
    table->bytes = malloc(n_bytes + 1);
    if (!table->bytes) {
        fail_memory(name, error);
        goto fail;
    }
    if (n_bytes > 0)
        memcpy(table->bytes, bytes, n_bytes);
    table->bytes[n_bytes] = '\0';
    if (csv_table_index(table, n_bytes, NULL, error) != 0)
        goto fail;
    *out = table;
    return 0;
fail:
    csv_table_free(table);
    return -1;
}
