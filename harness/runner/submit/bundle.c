/* SPDX-License-Identifier: MIT */
#include "runner/submit/bundle.h"
#include "measure/digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const fixed_names[BUNDLE_FIXED] = {"machine.csv", "settings.csv",
    "experiments.csv", "schedule.csv", "jobs.csv", "summary.csv", "verdicts.csv"};

void bundle_init(struct bundle *bundle) {
    memset(bundle, 0, sizeof *bundle);
    for (; bundle->n < BUNDLE_FIXED; bundle->n++)
        snprintf(bundle->files[bundle->n].name, BUNDLE_NAME_SIZE, "%s", fixed_names[bundle->n]);
}

void bundle_free(struct bundle *bundle) {
    for (size_t i = 0; i < bundle->n; i++)
        free(bundle->files[i].bytes);
    bundle->n = 0;
}

int bundle_experiment(const char *name, char experiment[BUNDLE_NAME_SIZE]) {
    static const char folder[] = "samples/", end[] = ".csv";
    if (strncmp(name, folder, sizeof folder - 1) != 0)
        return -1;
    name += sizeof folder - 1;
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
    if (n == 0 || n + sizeof folder + sizeof end > BUNDLE_NAME_SIZE || strcmp(name + n, end) != 0)
        return -1;
    memcpy(experiment, name, n);
    experiment[n] = '\0';
    return 0;
}

int bundle_run_name_is_plain(const char *name) {
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
    return n > 0 && n < BUNDLE_NAME_SIZE && name[n] == '\0' && name[0] != '-';
}

struct bundle_file *bundle_find(struct bundle *bundle, const char *name) {
    for (size_t i = 0; i < bundle->n; i++)
        if (strcmp(bundle->files[i].name, name) == 0)
            return &bundle->files[i];
    return NULL;
}

int bundle_add(
    struct bundle *bundle, const char *name, char *bytes, size_t n_bytes, struct error *error) {
    char experiment[BUNDLE_NAME_SIZE];
    struct bundle_file *const experiments = &bundle->files[BUNDLE_EXPERIMENTS];
    if (experiments->bytes == NULL && strcmp(name, BUNDLE_EXPERIMENTS_BEFORE) == 0)
        snprintf(experiments->name, sizeof experiments->name, "%s", name);
    struct bundle_file *file = bundle_find(bundle, name);
    if (file == NULL && bundle_experiment(name, experiment) != 0) {
        error_set(error, EXIT_BROKEN, "'%.80s' is not a file of a submission", name);
    } else if (file == NULL && bundle->n == BUNDLE_MOST_FILES) {
        error_set(error, EXIT_BROKEN, "more than %d files", BUNDLE_MOST_FILES);
    } else if (file != NULL && file->bytes != NULL) {
        error_set(error, EXIT_BROKEN, "'%s' occurs twice", name);
    } else if (n_bytes > BUNDLE_MOST_BYTES - bundle->n_bytes) {
        error_set(error, EXIT_BROKEN, "more than the %d bytes of a submission", BUNDLE_MOST_BYTES);
    } else {
        if (file == NULL) {
            file = &bundle->files[bundle->n++];
            snprintf(file->name, sizeof file->name, "%s", name);
        }
        file->bytes = bytes;
        file->n_bytes = n_bytes;
        bundle->n_bytes += n_bytes;
        return 0;
    }
    free(bytes);
    return -1;
}

static int file_compare(const void *a, const void *b) {
    return strcmp(((const struct bundle_file *)a)->name, ((const struct bundle_file *)b)->name);
}

int bundle_complete(struct bundle *bundle, struct error *error) {
    for (size_t i = 0; i < BUNDLE_FIXED; i++)
        if (bundle->files[i].bytes == NULL)
            return error_set(error, EXIT_BROKEN, "%s is not in it", bundle->files[i].name);
    qsort(bundle->files + BUNDLE_FIXED, bundle->n - BUNDLE_FIXED, sizeof bundle->files[0],
        file_compare);
    return 0;
}

int bundle_sums(const struct bundle *bundle, char sums[BUNDLE_SUMS_SIZE], struct error *error) {
    struct digest digest;
    unsigned char bytes[DIGEST_BYTES];
    char hex[DIGEST_HEX_BYTES];
    sums[0] = '\0';
    for (size_t i = 0, n = 0; i < bundle->n; i++) {
        digest_start(&digest);
        digest_add(&digest, bundle->files[i].bytes, bundle->files[i].n_bytes);
        if (digest_end(&digest, bytes) != 0)
            return error_set(error, EXIT_BROKEN, "out of memory");
        digest_hex(bytes, hex);
        n += (size_t)sprintf(sums + n, "%s  %s\n", hex, bundle->files[i].name);
    }
    return 0;
}

int bundle_check_sums(const struct bundle *bundle, const char *given, struct error *error) {
    char sums[BUNDLE_SUMS_SIZE];
    if (bundle_sums(bundle, sums, error) != 0)
        return -1;
    for (char *line = sums, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        if (strstr(given, line) == NULL)
            return error_set(error, EXIT_BROKEN,
                "%s does not have the SHA-256 it was submitted with: it was damaged, edited or "
                "saved "
                "again; have it sent again",
                line + DIGEST_HEX_BYTES + 1);
        *end = '\n';
    }
    return strlen(given) == strlen(sums)
               ? 0
               : error_set(
                     error, EXIT_BROKEN, "SHA256SUMS lists missing files; have it sent again");
}
