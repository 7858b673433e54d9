/* SPDX-License-Identifier: MIT */
#include "plain.h"

#include <math.h>
#include <string.h>

/* Matrices in the last two axes, the others stretched from the right. */
static void matmul(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x"), *y = plain_arg(c, "y");
    const bool turn_x = plain_bool(c, "transpose_x", false),
               turn_y = plain_bool(c, "transpose_y", false);
    const int rank = x->rank > y->rank ? x->rank : y->rank;
    const int64_t inner = x->dim[turn_x ? x->rank - 2 : x->rank - 1];
    int64_t dim[PLAIN_RANK], index[PLAIN_RANK] = {0};
    for (int i = 0; i < rank - 2; i++) {
        const int of_x = i - rank + x->rank, of_y = i - rank + y->rank;
        const int64_t a = of_x < 0 ? 1 : x->dim[of_x], b = of_y < 0 ? 1 : y->dim[of_y];
        dim[i] = a == 1 ? b : a;
    }
    dim[rank - 2] = x->dim[turn_x ? x->rank - 1 : x->rank - 2];
    dim[rank - 1] = y->dim[turn_y ? y->rank - 2 : y->rank - 1];
    c->out[0] = plain_new(rank, dim);
    do {
        double sum = 0;
        for (int64_t k = 0; k < inner; k++) {
            int64_t at_x[PLAIN_RANK], at_y[PLAIN_RANK];
            for (int i = 0; i < x->rank - 2; i++)
                at_x[i] = x->dim[i] == 1 ? 0 : index[rank - x->rank + i];
            for (int i = 0; i < y->rank - 2; i++)
                at_y[i] = y->dim[i] == 1 ? 0 : index[rank - y->rank + i];
            at_x[turn_x ? x->rank - 1 : x->rank - 2] = index[rank - 2];
            at_x[turn_x ? x->rank - 2 : x->rank - 1] = k;
            at_y[turn_y ? y->rank - 2 : y->rank - 1] = index[rank - 1];
            at_y[turn_y ? y->rank - 1 : y->rank - 2] = k;
            sum += plain_at(x, at_x) * plain_at(y, at_y);
        }
        plain_put(&c->out[0], index, sum);
    } while (plain_next(rank, dim, index));
}

/* weight [out, in]. */
static void linear(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x"), *w = plain_arg(c, "weight"),
                       *b = plain_arg(c, "bias");
    const int last = x->rank - 1;
    int64_t dim[PLAIN_RANK], index[PLAIN_RANK] = {0}, from[PLAIN_RANK];
    for (int i = 0; i < x->rank; i++)
        dim[i] = i == last ? w->dim[0] : x->dim[i];
    c->out[0] = plain_new(x->rank, dim);
    do {
        double sum = b ? b->data[index[last]] : 0;
        for (int i = 0; i < x->rank; i++)
            from[i] = index[i];
        for (int64_t k = 0; k < x->dim[last]; k++) {
            from[last] = k;
            sum += plain_at(x, from) * plain_at(w, (const int64_t[]){index[last], k});
        }
        plain_put(&c->out[0], index, sum);
    } while (plain_next(x->rank, dim, index));
}

/* softmax(query keyT * scale + mask) value. A mask of bools keeps where it is true. */
static void attention(const struct plain_call *c) {
    const struct plain *q = plain_arg(c, "query"), *k = plain_arg(c, "key"),
                       *v = plain_arg(c, "value");
    const struct plain *mask = plain_arg(c, "attn_mask");
    const int rank = q->rank;
    const double scale = plain_number(c, "scale", 1 / sqrt((double)q->dim[rank - 1]));
    bool is_bool = false;
    for (int i = 0; i < c->op->n_args; i++)
        if (mask == &c->values[c->op->args[i].values[0]])
            is_bool = c->function->values[c->op->args[i].values[0]].type->dtype == MIL_BOOL;
    int64_t dim[PLAIN_RANK], index[PLAIN_RANK] = {0};
    for (int i = 0; i < rank; i++)
        dim[i] = i == rank - 1 ? v->dim[rank - 1] : q->dim[i];
    c->out[0] = plain_new(rank, dim);
    do {
        double most = -INFINITY, total = 0, sum = 0;
        for (int pass = 0; pass < 2; pass++)
            for (int64_t s = 0; s < k->dim[rank - 2]; s++) {
                int64_t at[PLAIN_RANK], of_k[PLAIN_RANK], of_mask[PLAIN_RANK];
                double score = 0;
                for (int i = 0; i < rank; i++)
                    at[i] = of_k[i] = of_mask[i] = index[i];
                of_k[rank - 2] = of_mask[rank - 1] = s;
                for (int64_t e = 0; e < q->dim[rank - 1]; e++) {
                    at[rank - 1] = of_k[rank - 1] = e;
                    score += plain_at(q, at) * plain_at(k, of_k);
                }
                score *= scale;
                for (int i = 0; mask && i < rank; i++)
                    of_mask[i] = mask->dim[i] == 1 ? 0 : of_mask[i];
                if (mask && is_bool)
                    score = plain_at(mask, of_mask) != 0 ? score : (double)-INFINITY;
                else if (mask)
                    score += plain_at(mask, of_mask);
                if (pass == 0) {
                    most = fmax(most, score);
                    continue;
                }
                of_k[rank - 1] = index[rank - 1];
                total += exp(score - most);
                sum += exp(score - most) * plain_at(v, of_k);
            }
        plain_put(&c->out[0], index, sum / total);
    } while (plain_next(rank, dim, index));
}

/* "ab,bc->ac": over all letters, products are added where the letters behind the arrow are the same. */
static void einsum(const struct plain_call *c) {
    const struct plain *of[8];
    const char *equation = plain_text(c, "equation", ""), *arrow = strstr(equation, "->");
    char letters[PLAIN_RANK * 2] = "";
    int64_t size[PLAIN_RANK * 2], at[PLAIN_RANK * 2] = {0}, dim[PLAIN_RANK];
    const char *terms[8] = {equation};
    int n = 0, n_letters = 0;
    for (int i = 0; i < c->op->n_args; i++)
        for (int k = 0; strcmp(c->op->args[i].name, "values") == 0 && k < c->op->args[i].n_values;
             k++)
            of[n++] = &c->values[c->op->args[i].values[k]];
    for (int k = 0; k < n; k++) {
        if (k > 0)
            terms[k] = strchr(terms[k - 1], ',') + 1;
        for (int i = 0; i < of[k]->rank; i++)
            if (!strchr(letters, terms[k][i])) {
                letters[n_letters] = terms[k][i];
                size[n_letters++] = of[k]->dim[i];
            }
    }
    const char *result = arrow + 2;
    const int rank = (int)strlen(result);
    for (int i = 0; i < rank; i++)
        dim[i] = size[strchr(letters, result[i]) - letters];
    c->out[0] = plain_new(rank, dim);
    do {
        int64_t index[PLAIN_RANK];
        double product = 1;
        for (int k = 0; k < n; k++) {
            for (int i = 0; i < of[k]->rank; i++)
                index[i] = at[strchr(letters, terms[k][i]) - letters];
            product *= plain_at(of[k], index);
        }
        for (int i = 0; i < rank; i++)
            index[i] = at[strchr(letters, result[i]) - letters];
        plain_put(&c->out[0], index, plain_at(&c->out[0], index) + product);
    } while (plain_next(n_letters, size, at));
}

bool plain_product(const struct plain_call *c) {
    if (c->op->code == MIL_OP_MATMUL)
        matmul(c);
    else if (c->op->code == MIL_OP_LINEAR)
        linear(c);
    else if (c->op->code == MIL_OP_SDPA)
        attention(c);
    else if (c->op->code == MIL_OP_EINSUM)
        einsum(c);
    else
        return false;
    return true;
}
