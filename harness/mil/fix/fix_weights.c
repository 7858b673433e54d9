/* SPDX-License-Identifier: MIT
 *
 * Weights: fp16 tensors move from the text into a weight file; blobs of too many files, or of files
 * elsewhere, into one.
 */
#include "mil/fix/fixer.h"

#include <stdio.h>
#include <string.h>

/* As the rule weight-files has it. */
enum { FILES_MOST = 16 };

/* The files that the statements name, in *names. */
static int files_find(struct mil_names *names, const struct mil_op *ops, int n_ops) {
    for (int i = 0; i < n_ops; i++) {
        for (int a = 0; a < ops[i].n_attrs; a++) {
            const char *path = ops[i].attrs[a].literal.blob_path;
            if (path && mil_names_find(names, path, strlen(path)) < 0 &&
                mil_names_add(names, path, strlen(path)) < 0)
                return -1;
        }
        for (int b = 0; b < ops[i].n_blocks; b++)
            if (files_find(names, ops[i].blocks[b].ops, ops[i].blocks[b].n_ops) < 0)
                return -1;
    }
    return 0;
}

int fix_weights_begin(struct fixer *x) {
    struct mil_names names = {.n_names = 0};
    char *path = x->out->blob_path;
    int result = 0, n = 0;
    for (int i = 0; i < x->from->n_functions && result == 0; i++)
        result = files_find(&names, x->from->functions[i].ops, x->from->functions[i].n_ops);
    snprintf(path, sizeof x->out->blob_path, "@model_path/weights/fixed.bin");
    while (mil_names_find(&names, path, strlen(path)) >= 0)
        snprintf(path, sizeof x->out->blob_path, "@model_path/weights/fixed_%d.bin", ++n);
    x->collects =
        x->wanted[FIX_ONE_FILE] || (x->wanted[FIX_INLINE_TENSOR] && names.n_names >= FILES_MOST);
    mil_names_free(&names);
    return result < 0 ? mil_draft_no_memory(&x->draft) : 0;
}

static int blob_add(struct fixer *x, struct mil_literal *literal, enum mil_dtype dtype,
    const void *data, size_t n) {
    const uint64_t offset = mil_blob_writer_add(x->writer, dtype, data, n);
    if (offset == 0)
        return mil_draft_no_memory(&x->draft);
    *literal = (struct mil_literal){
        .type = literal->type, .blob_path = x->out->blob_path, .blob_offset = offset};
    x->has_blobs = true;
    return 0;
}

int fix_literal(struct fixer *x, const struct mil_op *op, struct mil_literal *literal) {
    const struct mil_type *type = literal->type;
    struct mil_blob blob;
    if (x->wanted[FIX_INLINE_TENSOR] && op->code == MIL_OP_CONST && literal->data &&
        type->kind == MIL_TENSOR && type->dtype == MIL_FP16 && type->rank > 0 &&
        mil_type_elements(type) > 1) {
        x->out->counts[FIX_INLINE_TENSOR]++;
        return blob_add(x, literal, MIL_FP16, literal->data, mil_type_bytes(type));
    }
    if (!literal->blob_path || !x->collects)
        return 0;
    if (mil_literal_blob(literal, x->weights, &blob, x->error) < 0)
        return -1;
    x->out->counts[FIX_ONE_FILE]++;
    return blob_add(x, literal, blob.dtype, blob.data, blob.bytes);
}
