/* SPDX-License-Identifier: MIT */
#include "train/setup.h"

#include "base/files.h"
#include "train/data/tokenizer.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

int train_complain(const struct device_error *from, struct error *error) {
    device_error_give(from, error);
    return error->code == EXIT_USAGE ? -1 : error_prefix(error, "%s: ", from->stage);
}

/* Directly in the run's directory, which may not exist yet. */
static bool is_in_run(const struct run_options *o, const char *path) {
    const size_t n = strlen(o->out);
    return n > 0 && strncmp(path, o->out, n) == 0 && path[n] == '/' && !strchr(path + n + 1, '/');
}

/* A run that goes on may have written it before. */
static int export_check(const struct run_options *o, struct error *error) {
    const bool may_replace = o->resume[0] != '\0';
    char tokenizer[1100];
    snprintf(tokenizer, sizeof tokenizer, "%s.tokenizer", o->export_to);
    if (!o->export_to[0] || is_in_run(o, o->export_to))
        return 0;
    if (output_check(o->export_to, "--export", may_replace, error) != 0)
        return -1;
    return o->data[0] ? 0 : output_check(tokenizer, "--export", may_replace, error);
}

int train_inputs_check(const struct run_options *o, struct error *error) {
    struct device_error device_error;
    struct tokenizer *tokenizer = NULL;
    if ((o->data[0] && path_check(o->data, error) != 0) ||
        (o->init_from[0] && path_check(o->init_from, error) != 0) ||
        (o->tokenizer[0] && path_check(o->tokenizer, error) != 0) || export_check(o, error) != 0)
        return -1;
    /* with --init-from the shape, and so the vocabulary, is the model's */
    if (o->tokenizer[0] && !o->init_from[0] &&
        tokenizer_open(o->tokenizer, o->shape.vocab, &tokenizer, &device_error) != DEVICE_OK)
        return train_complain(&device_error, error);
    tokenizer_close(tokenizer);
    return 0;
}

/* Files that an attempt stopped before it became a run may leave. */
static const char *const own[] = {"lock", "steps.csv", "updates.csv", "energy.csv", "checkpoint",
    "checkpoint.tmp", "settings.csv.tmp", NULL};

int train_directory_begin(const struct run_options *o, struct error *error) {
    char path[1100];
    snprintf(path, sizeof path, "%s/settings.csv", o->out);
    if (file_exists(path))
        return error_set(error, EXIT_USAGE,
            "%s already holds a run; continue it with --resume, or give --out another directory",
            o->out);
    return directory_claim(o->out, "--out", own, error);
}

void train_directory_give_back(const struct run_options *o) {
    char path[1100];
    snprintf(path, sizeof path, "%s/settings.csv", o->out);
    if (file_exists(path))
        return;
    for (int i = 0; own[i]; i++) {
        snprintf(path, sizeof path, "%s/%s", o->out, own[i]);
        (void)unlink(path);
    }
    (void)rmdir(o->out); /* fails, as it should, if there is anything else in it */
}
