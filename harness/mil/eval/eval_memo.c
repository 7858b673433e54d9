/* SPDX-License-Identifier: MIT */
#include "mil/eval/eval_memo.h"

#include <stdlib.h>
#include <string.h>

/* Less work is as quickly done as looked up; larger results are not worth their memory. */
#define WORK_MIN 0x1p18
enum { SLOTS = 32, BYTES_MAX = 1 << 16 };

struct slot {
    struct mil_hash hash;
    union mil_cell *cells; /* NULL = unused */
    size_t bytes;
    uint64_t used_at;
};

struct mil_eval_memo {
    struct slot slots[SLOTS];
    uint64_t now;
};

struct mil_eval_memo *mil_eval_memo_new(void) {
    return calloc(1, sizeof(struct mil_eval_memo));
}

void mil_eval_memo_free(struct mil_eval_memo *memo) {
    for (int i = 0; memo && i < SLOTS; i++)
        free(memo->slots[i].cells);
    free(memo);
}

static bool worth_keeping(const struct eval_origin *origin, size_t bytes) {
    return origin->known && origin->work >= WORK_MIN && bytes <= BYTES_MAX;
}

const union mil_cell *eval_memo_find(
    struct mil_eval_memo *memo, const struct eval_origin *origin, size_t bytes) {
    for (int i = 0; worth_keeping(origin, bytes) && i < SLOTS; i++) {
        struct slot *slot = &memo->slots[i];
        if (!slot->cells || slot->bytes != bytes || !mil_hash_equal(slot->hash, origin->hash))
            continue;
        slot->used_at = ++memo->now;
        return slot->cells;
    }
    return NULL;
}

void eval_memo_keep(struct mil_eval_memo *memo, const struct eval_origin *origin,
    const union mil_cell *cells, size_t bytes) {
    struct slot *oldest = &memo->slots[0];
    if (!worth_keeping(origin, bytes))
        return;
    for (int i = 1; i < SLOTS; i++)
        if (memo->slots[i].used_at < oldest->used_at)
            oldest = &memo->slots[i];
    free(oldest->cells);
    *oldest = (struct slot){.hash = origin->hash, .bytes = bytes, .cells = malloc(bytes)};
    if (!oldest->cells)
        return;
    memcpy(oldest->cells, cells, bytes);
    oldest->used_at = ++memo->now;
}

/* ---- origins */

static void hash_text(struct mil_hash *hash, const char *text) {
    mil_hash_add(hash, text, strlen(text));
}

static void hash_type(struct mil_hash *hash, const struct mil_type *type) {
    mil_hash_add(hash, &type->dtype, sizeof type->dtype);
    mil_hash_add(hash, type->dim, (size_t)type->rank * sizeof *type->dim);
}

/* false when no hash of its bytes is available. */
static bool hash_literal(
    struct mil_hash *hash, const struct mil_literal *literal, const struct mil_weights *weights) {
    hash_type(hash, literal->type);
    if (literal->data)
        mil_hash_add(hash, literal->data, mil_type_bytes(literal->type));
    if (literal->string)
        hash_text(hash, literal->string);
    if (!literal->blob_path)
        return true;
    for (int i = 0; weights && i < weights->n_files; i++) {
        const struct mil_blob_file *file = &weights->files[i];
        if (strcmp(file->path, literal->blob_path) != 0)
            continue;
        if (!file->shared)
            return false;
        struct mil_hash contents = mil_shared_hash(file->shared);
        mil_hash_add(hash, &contents, sizeof contents);
        mil_hash_add(hash, &literal->blob_offset, sizeof literal->blob_offset);
        return true;
    }
    return false;
}

static struct eval_origin op_origin(const struct mil_function *function, const struct mil_op *op,
    const struct mil_weights *weights, const struct eval_origin *origins) {
    const struct mil_type *type = function->values[op->result].type;
    struct eval_origin origin = {
        .known = true, .hash = mil_hash_start(), .work = (double)mil_type_elements(type)};
    mil_hash_add(&origin.hash, &op->code, sizeof op->code);
    hash_type(&origin.hash, type);
    for (int a = 0; a < op->n_args; a++) {
        hash_text(&origin.hash, op->args[a].name);
        for (int i = 0; i < op->args[a].n_values; i++) {
            const struct eval_origin *from = &origins[op->args[a].values[i]];
            mil_hash_add(&origin.hash, &from->hash, sizeof from->hash);
            origin.known &= from->known;
            origin.work += from->work;
        }
    }
    for (int a = 0; a < op->n_attrs; a++) {
        hash_text(&origin.hash, op->attrs[a].name);
        origin.known &= hash_literal(&origin.hash, &op->attrs[a].literal, weights);
    }
    return origin;
}

void eval_origins(const struct mil_function *function, const struct mil_weights *weights,
    const void *const *inputs, struct eval_origin *origins) {
    for (int i = 0; i < function->n_inputs; i++) {
        const struct mil_type *type = function->values[i].type;
        origins[i] = (struct eval_origin){.known = true, .hash = mil_hash_start()};
        hash_type(&origins[i].hash, type);
        mil_hash_add(&origins[i].hash, inputs[i], mil_type_bytes(type));
    }
    for (int i = 0; i < function->n_ops; i++) {
        const struct mil_op *op = &function->ops[i];
        struct eval_origin origin = {.known = false};
        if (op->n_results == 1 && op->n_blocks == 0)
            origin = op_origin(function, op, weights, origins);
        if (op->code == MIL_OP_READ_STATE || op->code == MIL_OP_COREML_UPDATE_STATE)
            origin.known = false; /* a state's content does not follow from its origin */
        if (op->n_results > 0 && function->values[op->result].type->kind == MIL_LIST)
            origin.known = false; /* of lists, all of their room would be kept */
        for (int r = 0; r < op->n_results; r++)
            origins[op->result + r] = origin;
    }
}
