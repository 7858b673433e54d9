/* SPDX-License-Identifier: MIT */
#include "runner/submit/bundle.h"
#include "measure/digest.h"
#include "runner/run/text.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char magic[] = "aneprobe submission ";
static const char version[] = "1\n";
static const char run_word[] = "run ";
static const char table_header[] = "file,bytes,sha256\n";
enum { HEAD_MOST_BYTES = 16384 };

static const char *const fixed_names[BUNDLE_FIXED] = {"machine.csv", "settings.csv", "programs.csv",
    "plan.csv", "jobs.csv", "summary.csv", "verdicts.csv"};

const char *bundle_fixed_name(size_t i) {
    return fixed_names[i];
}

int bundle_program(const char *name, char program[BUNDLE_NAME_SIZE]) {
    static const char folder[] = "samples/", end[] = ".csv";
    if (strncmp(name, folder, sizeof folder - 1) != 0)
        return -1;
    name += sizeof folder - 1;
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
    if (n == 0 || n >= BUNDLE_NAME_SIZE || strcmp(name + n, end) != 0)
        return -1;
    memcpy(program, name, n);
    program[n] = '\0';
    return 0;
}

/* A directory's name: no path leads out of its place by it. */
static bool run_name_is_plain(const char *name) {
    return name[0] != '-' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") ==
               strlen(name);
}

static int file_digest(
    const struct bundle_file *file, char hex[DIGEST_HEX_BYTES], struct error *error) {
    struct digest digest;
    unsigned char bytes[DIGEST_BYTES];
    digest_start(&digest);
    digest_add(&digest, file->bytes, file->n_bytes);
    if (digest_end(&digest, bytes) != 0)
        return error_set(error, EXIT_BROKEN, "out of memory");
    digest_hex(bytes, hex);
    return 0;
}

int bundle_write(const struct bundle *bundle, char **out, size_t *n_bytes, struct error *error) {
    struct text text;
    char hex[DIGEST_HEX_BYTES];
    if (text_open(&text, error) != 0)
        return -1;
    fprintf(text.csv.file, "%s%s%s%s\n%s", magic, version, run_word, bundle->run, table_header);
    int failed = 0;
    for (size_t i = 0; i < bundle->n && !failed; i++) {
        failed = file_digest(&bundle->files[i], hex, error);
        csv_put_text(&text.csv, bundle->files[i].name);
        csv_put_u64(&text.csv, bundle->files[i].n_bytes);
        csv_put_text(&text.csv, hex);
        csv_end_row(&text.csv);
    }
    fputc('\n', text.csv.file);
    for (size_t i = 0; i < bundle->n; i++)
        fwrite(bundle->files[i].bytes, 1, bundle->files[i].n_bytes, text.csv.file);
    if (!failed)
        failed = text_close(&text, error);
    if (!failed && text.n_bytes > BUNDLE_MOST_BYTES)
        failed =
            error_set(error, EXIT_BROKEN, "the run has %zu bytes, more than the %d of a submission",
                text.n_bytes, BUNDLE_MOST_BYTES);
    if (failed) {
        text_free(&text);
        return -1;
    }
    *out = text.bytes;
    *n_bytes = text.n_bytes;
    return 0;
}

/* The words of a refusal, after the name. */
static int refuse(struct error *error, const char *name, const char *words) {
    return error_set(error, EXIT_BROKEN, "%s: %s", name, words);
}

/* Moves *at past `word`; false when it is not there. */
static bool take(const char **at, const char *end, const char *word) {
    size_t n = strlen(word);
    if ((size_t)(end - *at) < n || memcmp(*at, word, n) != 0)
        return false;
    *at += n;
    return true;
}

static int read_run_name(const char **at, const char *end, struct bundle *bundle) {
    const char *line = memchr(*at, '\n', (size_t)(end - *at));
    size_t n = line != NULL ? (size_t)(line - *at) : 0;
    if (n == 0 || n >= sizeof bundle->run || memchr(*at, '\0', n) != NULL)
        return -1;
    memcpy(bundle->run, *at, n);
    bundle->run[n] = '\0';
    *at = line + 1;
    return run_name_is_plain(bundle->run) ? 0 : -1;
}

/* The name of row `row`: the one that belongs there, or samples after those before it. */
static int read_name(
    const struct csv_table *table, size_t row, struct bundle *bundle, struct error *reason) {
    struct bundle_file *file = &bundle->files[row];
    const char *name = csv_text(table, row, 0);
    char program[BUNDLE_NAME_SIZE];
    if (row < BUNDLE_FIXED) {
        if (strcmp(name, fixed_names[row]) != 0)
            return csv_fail(table, row, 0, reason, "%s belongs here", fixed_names[row]);
    } else if (strlen(name) >= sizeof file->name || bundle_program(name, program) != 0) {
        return csv_fail(table, row, 0, reason, "'%.80s' is no file of a run", name);
    } else if (row > BUNDLE_FIXED && strcmp(name, bundle->files[row - 1].name) <= 0) {
        return csv_fail(table, row, 0, reason, "'%s' is there twice or out of order", name);
    }
    snprintf(file->name, sizeof file->name, "%s", name);
    return 0;
}

/* Names, sizes and digests of the table; the contents from *at to `end`, which they must fill. */
static int read_files(const struct csv_table *table, const char *at, const char *end,
    struct bundle *bundle, struct error *reason) {
    char hex[DIGEST_HEX_BYTES];
    struct error error;
    size_t n = csv_rows(table);
    if (n < BUNDLE_FIXED || n > BUNDLE_MOST_FILES)
        return csv_fail(table, CSV_HEADER, -1, reason, "%zu files are listed; a run has %d to %d",
            n, BUNDLE_FIXED, BUNDLE_MOST_FILES);
    for (; bundle->n < n; bundle->n++) {
        struct bundle_file *file = &bundle->files[bundle->n];
        double size = -1;
        if (read_name(table, bundle->n, bundle, reason) != 0 ||
            csv_number(table, bundle->n, 1, &size, reason) < 0)
            return -1;
        if (size < 0 || size > BUNDLE_MOST_BYTES || size != (double)(size_t)size)
            return csv_fail(
                table, bundle->n, 1, reason, "must be a whole number up to %d", BUNDLE_MOST_BYTES);
        if ((size_t)size > (size_t)(end - at))
            return csv_fail(table, bundle->n, 1, reason,
                "%s: %zu of its %.0f bytes are there: it was cut off; have it sent again",
                file->name, (size_t)(end - at), size);
        file->bytes = at;
        file->n_bytes = (size_t)size;
        at += file->n_bytes;
        if (file_digest(file, hex, &error) != 0)
            return csv_fail(table, bundle->n, -1, reason, "%s", error.text);
        if (strcmp(hex, csv_text(table, bundle->n, 2)) != 0)
            return csv_fail(table, bundle->n, 2, reason,
                "%s has another SHA-256: it was damaged or changed; have it sent again",
                file->name);
    }
    return at == end ? 0
                     : csv_fail(table, CSV_HEADER, -1, reason, "%zu bytes follow the last file",
                           (size_t)(end - at));
}

int bundle_read(const char *name, const char *text, size_t n_bytes, struct bundle *bundle,
    struct error *error) {
    const char *at = text, *end = text + n_bytes;
    struct csv_table *table = NULL;
    memset(bundle, 0, sizeof *bundle);
    if (n_bytes > BUNDLE_MOST_BYTES)
        return refuse(error, name, "is larger than a submission can be");
    if (!take(&at, end, magic))
        return refuse(error, name, "is no submission; 'aneprobe submit RUN' makes one");
    if (!take(&at, end, version))
        return refuse(error, name,
            "is a submission of another version; take the suite of the version that made it");
    if (!take(&at, end, run_word) || read_run_name(&at, end, bundle) != 0)
        return refuse(error, name, "line 2 is not 'run' and a directory's name");
    /* The table ends in an empty line, which no row of it holds. */
    const char *table_end = at;
    while (table_end + 1 < end && !(table_end[0] == '\n' && table_end[1] == '\n') &&
           table_end - at < HEAD_MOST_BYTES)
        table_end++;
    if (table_end + 1 >= end || table_end[0] != '\n' || table_end[1] != '\n')
        return refuse(error, name, "the list of files has no end: it was cut off or damaged");
    table_end++;
    if (!take(&at, end, table_header))
        return refuse(error, name, "line 3 is not 'file,bytes,sha256'");
    at -= strlen(table_header);
    char place[128];
    snprintf(place, sizeof place, "%.90s (list of files)", name);
    if (csv_table_parse(place, at, (size_t)(table_end - at), &table, error) != 0 ||
        read_files(table, table_end + 1, end, bundle, error) != 0) {
        csv_table_free(table);
        memset(bundle, 0, sizeof *bundle);
        return -1;
    }
    csv_table_free(table);
    return 0;
}
