/* SPDX-License-Identifier: MIT
 *
 * Programs from texts, with the weight files that they name, made up.
 */
#ifndef ANEPROBE_TESTS_MIL_FIX_H
#define ANEPROBE_TESTS_MIL_FIX_H

#include "mil/check/check.h"
#include "mil/eval/eval.h"
#include "mil/fix/fix.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLE_FILES = 32 };

struct sample {
    struct mil_program *program;
    struct mil_blob_file files[SAMPLE_FILES];
    struct mil_weights weights;
};

/* A file with one blob of small numbers for every path. */
static inline void sample_files(struct sample *s, const struct mil_op *ops, int n_ops) {
    for (int i = 0; i < n_ops; i++)
        for (int a = 0; a < ops[i].n_attrs; a++) {
            const struct mil_literal *literal = &ops[i].attrs[a].literal;
            if (!literal->blob_path)
                continue;
            struct mil_blob_writer *writer = mil_blob_writer_new();
            const size_t n = mil_type_blob_bytes(literal->type);
            unsigned char *data = malloc(n + 1);
            for (size_t k = 0; k < n; k++)
                data[k] = (unsigned char)(k % 2 ? 0x2c + k % 13 : 7 * k);
            mil_blob_writer_add(writer, literal->type->dtype, data, n);
            free(data);
            struct mil_blob_file *file = &s->files[s->weights.n_files++];
            file->path = literal->blob_path;
            file->data = mil_blob_writer_finish(writer, &file->bytes);
        }
}

static inline void sample_read(struct sample *s, const char *text, size_t bytes) {
    struct mil_finding *findings;
    struct mil_error error = {.text = ""};
    int n;
    *s = (struct sample){.weights = {s->files, 0}};
    cr_assert_eq(mil_read(text, bytes, &s->program, &findings, &n, &error), 0, "%u:%u: %s\n%.*s",
        error.place.line, error.place.column, error.text, (int)bytes, text);
    for (int i = 0; i < n; i++)
        cr_assert_eq(
            findings[i].kind, MIL_FINDING_UNKNOWN, "%s\n%.*s", findings[i].text, (int)bytes, text);
    free(findings);
    for (int i = 0; i < s->program->n_functions; i++)
        sample_files(s, s->program->functions[i].ops, s->program->functions[i].n_ops);
}

static inline void sample_free(struct sample *s) {
    for (int i = 0; i < s->weights.n_files; i++)
        free((void *)s->files[i].data);
    mil_program_free(s->program);
}

static inline int count(const struct mil_program *program, const char *rule) {
    int n, found = 0;
    struct mil_complaint *list = mil_check(program, &n);
    for (int i = 0; i < n; i++)
        found += strcmp(list[i].rule->id, rule) == 0;
    free(list);
    return found;
}

/* A second rewrite changes nothing. */
static inline void again_is_the_same(const struct mil_fixed *fixed) {
    struct mil_fixed again;
    struct mil_error error = {.text = ""};
    cr_assert_eq(
        mil_fix(fixed->program, &fixed->weights, NULL, &again, &error), 0, "%s", error.text);
    cr_expect_str_eq(again.text, fixed->text);
    mil_fixed_free(&again);
}

#endif
