/* SPDX-License-Identifier: MIT */
#include "mil/check/fix.h"

#include "mil/arena.h"
#include "mil/text/lex.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Replaces `removed` bytes at `at` with `head`, `middle` (of the old text) and `tail`. */
struct edit {
    size_t at, removed;
    char head[160];
    const char *middle;
    size_t middle_bytes;
    char tail[8];
    int order; /* of edits at one place */
};

struct fixer {
    const struct mil_program *program;
    const char *text;
    size_t bytes;
    const char **lines; /* where each starts */
    int n_lines;
    struct edit *edits;
    int n_edits, edits_room, n_names, n_fixes;
    bool failed; /* out of memory, or the text is not where the program says */
};

static const char *at_place(const struct fixer *fixer, struct mil_place place) {
    if (place.line < 1 || (int)place.line > fixer->n_lines)
        return NULL;
    return fixer->lines[place.line - 1] + place.column - 1;
}

static struct edit *edit_add(struct fixer *fixer, const char *at, size_t removed) {
    struct edit *edits = mil_grow(fixer->edits, fixer->n_edits, &fixer->edits_room, sizeof *edits);
    if (!edits) {
        fixer->failed = true;
        return NULL;
    }
    fixer->edits = edits;
    edits[fixer->n_edits] = (struct edit){
        .at = (size_t)(at - fixer->text), .removed = removed, .order = fixer->n_edits};
    return &edits[fixer->n_edits++];
}

/* Skips the brackets that open next: returns the byte after the closing one, or NULL. */
static const char *past_brackets(
    const struct fixer *fixer, const char *from, char open, char close) {
    struct mil_error ignored;
    struct mil_lex lex = {from, fixer->text + fixer->bytes, from, 1, &ignored};
    struct mil_span inside;
    while (lex.at < lex.end && *lex.at != open)
        lex.at++;
    if (lex.at == lex.end)
        return NULL;
    lex.at++;
    return mil_lex_raw(&lex, close, &inside) < 0 ? NULL : lex.at;
}

/* An unused name: one that occurs nowhere in the text. */
static void name_next(struct fixer *fixer, char name[32]) {
    do
        snprintf(name, 32, "stated_%d", fixer->n_names++);
    while (strstr(fixer->text, name));
}

static const char *string_type(const struct fixer *fixer) {
    return fixer->program->scalar_form == MIL_SCALARS_BARE ? "string" : "tensor<string, []>";
}

/* Moves the literal to a const on the line before. */
static void literal_fix(struct fixer *fixer, const struct mil_op *op) {
    const char *start = at_place(fixer, op->place), *end, *open;
    struct edit *edit;
    char name[32];
    end = start ? past_brackets(fixer, start, '(', ')') : NULL;
    if (!end) {
        fixer->failed = true;
        return;
    }
    open = memchr(start, '(', (size_t)(end - start));
    name_next(fixer, name);
    edit = edit_add(fixer, fixer->lines[op->place.line - 1], 0);
    if (!edit)
        return;
    snprintf(edit->head, sizeof edit->head, "        %.*s %s = const()[name = %s(\"%s\"), val = ",
        (int)(open - start < 60 ? open - start : 60), start, name, string_type(fixer), name);
    edit->middle = start;
    edit->middle_bytes = (size_t)(end - start);
    snprintf(edit->tail, sizeof edit->tail, "];\n");
    edit = edit_add(fixer, start, (size_t)(end - start));
    if (edit)
        snprintf(edit->head, sizeof edit->head, "%s", name);
    fixer->n_fixes++;
}

/* Adds the first result's name after the arguments, or before the other attributes. */
static void name_fix(struct fixer *fixer, const struct mil_function *f, const struct mil_op *op) {
    const char *start = at_place(fixer, op->place);
    const char *end = start ? past_brackets(fixer, start, '(', ')') : NULL;
    const char *name = op->n_results > 0 ? f->values[op->result].name : mil_op_name(op), *p = end;
    char made[32];
    struct edit *edit;
    if (!end) {
        fixer->failed = true;
        return;
    }
    if (op->n_results == 0) {
        name_next(fixer, made);
        name = made;
    }
    while (p < fixer->text + fixer->bytes && (*p == ' ' || *p == '\n' || *p == '\t'))
        p++;
    edit = edit_add(fixer, op->n_attrs > 0 && *p == '[' ? p + 1 : end, 0);
    if (!edit)
        return;
    snprintf(edit->head, sizeof edit->head,
        op->n_attrs > 0 ? "name = %s(\"%.60s\"), " : "[name = %s(\"%.60s\")]", string_type(fixer),
        name);
    fixer->n_fixes++;
}

static void build_info_fix(struct fixer *fixer) {
    const char *end = past_brackets(fixer, fixer->text, '(', ')');
    struct edit *edit = end ? edit_add(fixer, end, 0) : NULL;
    if (!edit || fixer->program->n_attrs > 0)
        return;
    snprintf(edit->head, sizeof edit->head, "\n[buildInfo = dict<%s, %s>({})]", string_type(fixer),
        string_type(fixer));
    fixer->n_fixes++;
}

static int edit_compare(const void *left, const void *right) {
    const struct edit *a = left, *b = right;
    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

/* The text with the edits applied; they do not overlap. */
static char *edits_apply(struct fixer *fixer, size_t *bytes_out) {
    size_t room = fixer->bytes + 1, used = 0, from = 0;
    char *out;
    for (int i = 0; i < fixer->n_edits; i++)
        room +=
            sizeof fixer->edits->head + sizeof fixer->edits->tail + fixer->edits[i].middle_bytes;
    out = malloc(room);
    if (!out)
        return NULL;
    if (fixer->n_edits > 0)
        qsort(fixer->edits, (size_t)fixer->n_edits, sizeof *fixer->edits, edit_compare);
    for (int i = 0; i < fixer->n_edits; i++) {
        const struct edit *edit = &fixer->edits[i];
        memcpy(out + used, fixer->text + from, edit->at - from);
        used += edit->at - from;
        from = edit->at + edit->removed;
        memcpy(out + used, edit->head, strlen(edit->head));
        used += strlen(edit->head);
        if (edit->middle)
            memcpy(out + used, edit->middle, edit->middle_bytes);
        used += edit->middle_bytes;
        memcpy(out + used, edit->tail, strlen(edit->tail));
        used += strlen(edit->tail);
    }
    memcpy(out + used, fixer->text + from, fixer->bytes - from);
    *bytes_out = used + fixer->bytes - from;
    out[*bytes_out] = '\0';
    return out;
}

static bool lines_find(struct fixer *fixer) {
    int room = 0;
    for (const char *p = fixer->text; p;
         p = memchr(p, '\n', (size_t)(fixer->text + fixer->bytes - p))) {
        const char **lines;
        p += fixer->n_lines > 0;
        lines = mil_grow((void *)fixer->lines, fixer->n_lines, &room, sizeof *lines);
        if (!lines)
            return false;
        fixer->lines = lines;
        lines[fixer->n_lines++] = p;
    }
    return true;
}

char *mil_fix(const struct mil_program *program, const char *text, size_t bytes, size_t *bytes_out,
    int *n_fixes) {
    struct fixer fixer = {.program = program, .bytes = bytes};
    char *copy = malloc(bytes + 1), *out = NULL;
    if (!copy)
        return NULL;
    memcpy(copy, text, bytes);
    copy[bytes] = '\0';
    fixer.text = copy;
    fixer.failed = !lines_find(&fixer);
    if (!fixer.failed && !program->has_build_info)
        build_info_fix(&fixer);
    for (int i = 0; i < program->n_functions; i++) {
        const struct mil_function *f = &program->functions[i];
        for (int k = 0; k < f->n_ops && !fixer.failed; k++) {
            if (f->ops[k].is_inline)
                literal_fix(&fixer, &f->ops[k]);
            else if (!f->ops[k].name && f->ops[k].code != MIL_OP_UNKNOWN)
                name_fix(&fixer, f, &f->ops[k]);
        }
    }
    if (!fixer.failed)
        out = edits_apply(&fixer, bytes_out);
    *n_fixes = fixer.n_fixes;
    free(copy);
    free((void *)fixer.lines);
    free(fixer.edits);
    return out;
}
