/* SPDX-License-Identifier: MIT
 *
 * The table of rewrites, and the walk over a program that applies them.
 */
#include "mil/fix/fix.h"

#include "mil/check/check.h"
#include "mil/fix/fixer.h"

#include <stdlib.h>
#include <string.h>

static const struct mil_fix_kind kinds[MIL_FIX_KINDS] = {
    [FIX_BUILD_INFO] = {{"no-build-info"}, "an empty buildInfo"},
    [FIX_HEADER] = {{"header-untried", "scalar-form", "program-1.5"},
        "a version, targets and scalars that go together"},
    [FIX_NAME] = {{"no-name"}, "names for statements"},
    [FIX_UNIQUE_NAME] = {{"names-unique"}, "other names for statements"},
    [FIX_INLINE_ARGUMENT] = {{"inline-argument"}, "consts for literals among arguments"},
    [FIX_INLINE_TENSOR] = {{"inline-tensor"}, "blobs for fp16 tensors in the text"},
    [FIX_ONE_FILE] = {{"weight-files", "blob-path"}, "blobs moved to one weight file"},
    [FIX_DEFAULT] = {{"default-argument"}, "arguments stated"},
    [FIX_RSQRT] = {{"rsqrt-log", "rsqrt-after-reduce"}, "rsqrt as pow(x, -0.5)"},
    [FIX_CONV_1D] = {{"conv-1d"}, "1-D convolutions with a height of 1"},
    [FIX_ALONE] = {{"matmul-alone", "concat-alone", "move-alone"}, "a product with 1 after it"},
    [FIX_FOUR_AXES] = {{"io-rank"}, "inputs and outputs as [1,C,H,W]"},
    [FIX_PAD] = {{"slots-equal-size", "inputs-ascending", "outputs-descending", "channels-below-16",
                     "spatial-below-16", "spatial-multiple-of-16", "width-below-32", "small-64x16",
                     "surface-below-16k"},
        "inputs and outputs padded"},
    [FIX_ORDER] = {{"slots-alphabetical"}, "inputs and outputs in the order of their names"},
};

const struct mil_fix_kind *mil_fix_kind_at(int index) {
    return index >= 0 && index < MIL_FIX_KINDS ? &kinds[index] : NULL;
}

static bool kind_answers(const struct mil_fix_kind *kind, const char *rule) {
    for (int i = 0; i < MIL_FIX_RULES && kind->rules[i]; i++)
        if (strcmp(kind->rules[i], rule) == 0)
            return true;
    return false;
}

static bool rule_is_within(const char *id, const char *limits) {
    const struct mil_rule *rule;
    for (int i = 0; (rule = mil_rule_at(i)) != NULL; i++)
        if (strcmp(rule->id, id) == 0)
            return mil_rule_is_within(rule, limits);
    return false;
}

static int wanted_find(struct fixer *x, const char *limits) {
    int n;
    struct mil_complaint *complaints = mil_check(x->from, &n);
    for (int i = 0; i < n; i++)
        for (int kind = 0; kind < MIL_FIX_KINDS; kind++)
            if (mil_rule_is_within(complaints[i].rule, limits) &&
                kind_answers(&kinds[kind], complaints[i].rule->id))
                x->wanted[kind] = true;
    free(complaints);
    if (x->wanted
            [FIX_FOUR_AXES]) /* the sizes of other inputs and outputs are not complained about */
        for (int i = 0; kinds[FIX_PAD].rules[i]; i++)
            x->wanted[FIX_PAD] =
                x->wanted[FIX_PAD] || rule_is_within(kinds[FIX_PAD].rules[i], limits);
    return n < 0 ? mil_draft_no_memory(&x->draft) : 0;
}

/* program(1.0) goes with iOS 16, program(1.3) with all that came later. */
static void header_fix(struct fixer *x) {
    bool is_old = true;
    for (int i = 0; i < x->from->n_functions; i++)
        is_old = is_old && (strcmp(x->from->functions[i].target, "ios15") == 0 ||
                               strcmp(x->from->functions[i].target, "ios16") == 0);
    x->draft.version = is_old ? "1.0" : "1.3";
    x->draft.scalar_form = is_old ? MIL_SCALARS_TENSOR : MIL_SCALARS_BARE;
    x->out->counts[FIX_HEADER] = 1;
}

static const char *target_of(const struct fixer *x, const struct mil_function *f) {
    if (x->wanted[FIX_HEADER] && strcmp(x->draft.version, "1.0") == 0)
        return "ios16";
    bool is_old = strcmp(f->target, "ios15") == 0 || strcmp(f->target, "ios16") == 0;
    return x->wanted[FIX_HEADER] && is_old ? "ios17" : f->target;
}

static int name_enter(struct mil_names *names, const char *name) {
    size_t bytes = strlen(name);
    return mil_names_find(names, name, bytes) >= 0 ? 0 : mil_names_add(names, name, bytes);
}

/* Returns the number of operators that compute. */
static int statements_enter(struct fixer *x, const struct mil_op *ops, int n_ops, bool *failed) {
    int n = 0;
    for (int i = 0; i < n_ops; i++) {
        *failed = *failed || (ops[i].name && name_enter(&x->op_names, ops[i].name) < 0);
        for (int b = 0; b < ops[i].n_blocks; b++)
            n += statements_enter(x, ops[i].blocks[b].ops, ops[i].blocks[b].n_ops, failed);
        n += ops[i].code != MIL_OP_CONST;
    }
    return n;
}

static int function_begin(struct fixer *x, const struct mil_function *f) {
    const size_t n = (size_t)f->n_values + 1;
    bool failed = false;
    x->function = f;
    x->map = malloc(n * sizeof *x->map);
    x->shaped = malloc(n * sizeof *x->shaped);
    x->ids_new = calloc(n, sizeof *x->ids_new);
    if (!x->map || !x->shaped || !x->ids_new)
        return mil_draft_no_memory(&x->draft);
    for (int i = 0; i < f->n_values; i++) {
        x->map[i] = x->shaped[i] = -1;
        failed = failed || name_enter(&x->ids, f->values[i].name) < 0;
    }
    x->is_alone = statements_enter(x, f->ops, f->n_ops, &failed) == 1;
    if (failed)
        return mil_draft_no_memory(&x->draft);
    const char *target = target_of(x, f);
    return mil_draft_function(&x->draft, (struct mil_span){f->name, strlen(f->name)},
        (struct mil_span){target, strlen(target)}, (struct mil_place){0});
}

static void function_end(struct fixer *x) {
    mil_names_free(&x->ids);
    mil_names_free(&x->op_names);
    mil_names_free(&x->op_names_out);
    free(x->map);
    free(x->shaped);
    free(x->ids_new);
    x->map = x->shaped = NULL;
    x->ids_new = NULL;
}

static int ops_fix(struct fixer *x, const struct mil_op *ops, int n_ops);

static int block_fix(struct fixer *x, const struct mil_block *block, struct mil_block *out) {
    struct mil_draft_outer outer;
    int n_inputs = 0, result = 0;
    int *outputs =
        mil_arena_copy(&x->draft.arena, block->outputs, (size_t)block->n_outputs, sizeof *outputs);
    if (!outputs)
        return mil_draft_no_memory(&x->draft);
    mil_draft_block_open(&x->draft, &outer);
    for (int i = 0; i < block->n_inputs && result >= 0; i++) {
        const struct mil_value *value = &x->function->values[block->first_input + i];
        const struct mil_draft_result input = {
            {value->name, strlen(value->name)}, {0}, *value->type};
        result = mil_draft_block_input(&x->draft, &input, &n_inputs);
        x->map[block->first_input + i] = result;
    }
    if (result >= 0)
        result = ops_fix(x, block->ops, block->n_ops);
    for (int i = 0; i < block->n_outputs && result >= 0; i++)
        result = outputs[i] = fix_value(x, block->outputs[i]);
    if (result >= 0)
        return mil_draft_block_close(&x->draft, &outer,
            (struct mil_span){block->name, strlen(block->name)}, n_inputs, outputs,
            block->n_outputs, out);
    mil_draft_block_drop(&x->draft, &outer);
    return -1;
}

/* Makes every value that is not made yet, so that it is not made within a block. */
static int values_settle(struct fixer *x) {
    for (int i = 0; i < x->function->n_values; i++)
        if (x->shaped[i] >= 0 && !x->function->values[i].literal && fix_value(x, i) < 0)
            return -1;
    return 0;
}

static int inline_fix(struct fixer *x, const struct mil_op *op) {
    const struct mil_literal *literal = &op->attrs[0].literal;
    if (x->wanted[FIX_INLINE_ARGUMENT])
        return fix_copy(x, op, NULL, 0);
    x->map[op->result] = mil_draft_inline(&x->draft, literal, (struct mil_place){0});
    return x->map[op->result];
}

static int op_fix(struct fixer *x, const struct mil_op *op) {
    static const struct {
        enum fix_kind kind;
        fix_rewrite *rewrite;
    } rewrites[] = {{FIX_RSQRT, fix_rsqrt}, {FIX_CONV_1D, fix_conv_1d}, {FIX_ALONE, fix_alone}};
    if (op->is_inline)
        return inline_fix(x, op);
    for (size_t i = 0; i < sizeof rewrites / sizeof *rewrites; i++) {
        int status = x->wanted[rewrites[i].kind] ? rewrites[i].rewrite(x, op) : 0;
        if (status != 0)
            return status < 0 ? -1 : 0;
    }
    struct mil_op copy = *op;
    struct mil_block *blocks =
        mil_arena_copy(&x->draft.arena, op->blocks, (size_t)op->n_blocks, sizeof *blocks);
    if (!blocks)
        return mil_draft_no_memory(&x->draft);
    if (op->n_blocks > 0 && x->draft.depth == 0 && values_settle(x) < 0)
        return -1;
    struct mil_arg *args = fix_args(x, op);
    int n_args = op->n_args;
    if (args && x->wanted[FIX_DEFAULT])
        n_args = fix_defaults(x, op, args, n_args);
    for (int i = 0; args && i < op->n_blocks; i++)
        if (block_fix(x, &op->blocks[i], &blocks[i]) < 0)
            return -1;
    copy.blocks = blocks;
    return !args || n_args < 0 ? -1 : fix_copy(x, &copy, args, n_args);
}

static int ops_fix(struct fixer *x, const struct mil_op *ops, int n_ops) {
    for (int i = 0; i < n_ops; i++)
        if (op_fix(x, &ops[i]) < 0)
            return -1;
    return 0;
}

static int function_fix(struct fixer *x, const struct mil_function *f) {
    int result = -1;
    if (function_begin(x, f) == 0 && fix_inputs(x) == 0 && ops_fix(x, f->ops, f->n_ops) == 0)
        result = fix_outputs(x);
    x->draft.function.attrs = f->attrs;
    x->draft.function.n_attrs = f->n_attrs;
    if (result == 0)
        result = mil_draft_outputs(&x->draft, x->outputs, f->n_outputs);
    function_end(x);
    return result;
}

static int program_fix(struct fixer *x) {
    const struct mil_program *from = x->from;
    x->draft.version = from->version;
    x->draft.scalar_form = from->scalar_form;
    x->draft.attrs = from->attrs;
    x->draft.n_attrs = from->n_attrs;
    x->draft.has_build_info = from->has_build_info || x->wanted[FIX_BUILD_INFO];
    x->out->counts[FIX_BUILD_INFO] = x->wanted[FIX_BUILD_INFO];
    if (x->wanted[FIX_HEADER])
        header_fix(x);
    for (int i = 0; i < from->n_build_info; i++)
        if (mil_draft_pair(&x->draft,
                (struct mil_span){from->build_info[i].key, strlen(from->build_info[i].key)},
                (struct mil_span){from->build_info[i].value, strlen(from->build_info[i].value)}) <
            0)
            return -1;
    for (int i = 0; i < from->n_functions; i++)
        if (function_fix(x, &from->functions[i]) < 0)
            return -1;
    struct mil_program *program = mil_draft_program(&x->draft);
    if (!program)
        return -1;
    x->out->text = mil_print(program, &x->out->text_bytes);
    mil_program_free(program);
    return x->out->text ? 0 : mil_draft_no_memory(&x->draft);
}

/* Reads the text that was written, which owns all of itself and has places. */
static int text_read(struct mil_fixed *out, struct mil_error *error) {
    struct mil_finding *findings;
    int n, result = mil_read(out->text, out->text_bytes, &out->program, &findings, &n, error);
    for (int i = 0; i < n && result == 0; i++)
        if (findings[i].kind == MIL_FINDING_ERROR)
            result = mil_fail(error, findings[i].place, "%.200s", findings[i].text);
    free(findings);
    return result;
}

/* The files of before, unless all blobs were moved, and the new one. */
static int weights_list(struct fixer *x) {
    struct mil_fixed *out = x->out;
    const int n = x->collects ? 0 : x->weights->n_files;
    size_t bytes;
    out->blob = mil_blob_writer_finish(x->writer, &bytes);
    x->writer = NULL;
    out->files = malloc(((size_t)n + 1) * sizeof *out->files);
    if (!out->blob || !out->files)
        return mil_draft_no_memory(&x->draft);
    if (n > 0)
        memcpy(out->files, x->weights->files, (size_t)n * sizeof *out->files);
    out->files[n] =
        (struct mil_blob_file){.path = out->blob_path, .data = out->blob, .bytes = bytes};
    out->weights = (struct mil_weights){out->files, n + x->has_blobs};
    return 0;
}

int mil_fix(const struct mil_program *program, const struct mil_weights *weights,
    const char *limits, struct mil_fixed *out, struct mil_error *error) {
    struct fixer x = {.from = program, .weights = weights, .out = out, .error = error};
    *out = (struct mil_fixed){.text = NULL};
    x.draft.error = error;
    x.draft.arena.limit_bytes = SIZE_MAX;
    x.writer = mil_blob_writer_new();
    out->slots = calloc((size_t)program->n_functions + 1, sizeof *out->slots);
    out->n_functions = program->n_functions;
    int result = x.writer && out->slots ? wanted_find(&x, limits) : mil_draft_no_memory(&x.draft);
    if (result == 0)
        result = fix_weights_begin(&x);
    if (result == 0)
        result = program_fix(&x);
    if (result == 0)
        result = weights_list(&x);
    if (result == 0)
        result = text_read(out, error);
    mil_draft_free(&x.draft);
    if (x.writer)
        free(mil_blob_writer_finish(x.writer, &(size_t){0}));
    if (result < 0)
        mil_fixed_free(out);
    return result;
}

void mil_fixed_free(struct mil_fixed *fixed) {
    for (int i = 0; fixed->slots && i < fixed->n_functions; i++)
        free(fixed->slots[i]);
    free(fixed->slots);
    free(fixed->text);
    free(fixed->files);
    free(fixed->blob);
    mil_program_free(fixed->program);
    *fixed = (struct mil_fixed){.text = NULL};
}
