/* SPDX-License-Identifier: MIT
 *
 * Layers over time: rnn, gru and lstm are calls of a function of prelude_recurrent.c, one a direction.
 */
#include "mil/emit/emit_write.h"

#include <inttypes.h>
#include <string.h>

static struct op_matmul recurrent_sizes(struct op_ref ref) {
    const struct mil_type *x = op_type(ref, "x"), *w = op_type(ref, "weight_hh");
    return (struct op_matmul){.m = x->dim[0] * x->dim[1], .n = w->dim[0], .k = w->dim[1]};
}

/* What the evaluator takes: matrices that fit, and both directions of lstm alone. */
bool emit_recurrent_fits(struct op_ref ref) {
    const struct mil_type *x = op_type(ref, "x"), *h = op_type(ref, "initial_h");
    const bool both = strcmp(op_string(ref, "direction", "forward"), "bidirectional") == 0;
    const int64_t gates = ref.op->code == MIL_OP_LSTM ? 4 : ref.op->code == MIL_OP_GRU ? 3 : 1;
    const int64_t hidden = h->dim[1] / (both ? 2 : 1);
    for (int back = 0; back < 1 + both; back++) {
        const struct mil_type *w = op_type(ref, back ? "weight_ih_back" : "weight_ih");
        const struct mil_type *v = op_type(ref, back ? "weight_hh_back" : "weight_hh");
        if (!w || !v || w->rank != 2 || v->rank != 2 || w->dim[0] != gates * hidden ||
            w->dim[1] != x->dim[2] || v->dim[0] != w->dim[0] || v->dim[1] != hidden)
            return false;
    }
    return !both || ref.op->code == MIL_OP_LSTM;
}

static int activation(struct op_ref ref, const char *name, const char *absent) {
    static const char *const names[] = {"tanh", "sigmoid", "relu", "sigmoid_hard", "linear"};
    const char *found = op_string(ref, name, absent);
    for (int i = 0; i < 5; i++)
        if (strcmp(found, names[i]) == 0)
            return i;
    return 0;
}

/* The step's operator, being written. */
struct layer {
    struct code *out;
    const struct emit_lowering *lowering;
    const struct emit_step *step;
    struct op_ref ref;
};

static void write_direction(const struct layer *c, bool is_second, bool is_back, int64_t hidden) {
    static const char *const names[][2] = {{"x", "x"}, {"initial_h", "initial_h"},
        {"initial_c", "initial_c"}, {"weight_ih", "weight_ih_back"},
        {"weight_hh", "weight_hh_back"}, {"bias", "bias_back"}, {"input_bias", "input_bias"},
        {"peephole", "peephole_back"}};
    const struct mil_type *x = op_type(c->ref, "x");
    const int first = c->ref.op->result;
    code_add(c->out, "recurrent(host->sgemm");
    for (int r = 0; r < 3; r++)
        emit_write_argument(c->out, c->lowering, r < c->ref.op->n_results ? first + r : -1);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        emit_write_argument(c->out, c->lowering, op_operand(c->ref, names[i][is_second]));
    code_add(c->out,
        ", &(const struct recurrent){%" PRId64 ", %" PRId64 ", %" PRId64 ", %" PRId64 ", %" PRId64
        ", %" PRId64 ", %" PRId64 ", %d, %d, %d, %d, %d, %d, %d, ",
        x->dim[0], x->dim[1], x->dim[2], hidden, is_second ? hidden : 0,
        op_type(c->ref, "initial_h")->dim[1], recurrent_sizes(c->ref).n / hidden,
        activation(c->ref, "recurrent_activation", "sigmoid"),
        activation(c->ref, "cell_activation", "tanh"), activation(c->ref, "activation", "tanh"),
        is_back, op_bool(c->ref, "output_sequence", false), op_bool(c->ref, "reset_after", false),
        op_result_type(c->ref)->dtype == MIL_FP16);
    if (op_literal(c->ref, "clip"))
        code_add(c->out, "%af}", (double)op_float(c->ref, "clip", 0));
    else
        code_add(c->out, "__builtin_inff()}");
    emit_write_argument(c->out, c->lowering, c->step->scratch);
}

int emit_recurrent_rooms(struct emit_lowering *lowering, struct op_ref ref) {
    const struct op_matmul p = recurrent_sizes(ref);
    const int64_t batch = op_type(ref, "x")->dim[1];
    return emit_scratch_add(lowering, (p.m + batch) * p.n + 4 * batch * p.k);
}

void emit_write_recurrent(
    struct code *out, const struct emit_lowering *lowering, const struct emit_step *step) {
    const struct layer c = {out, lowering, step, {lowering->function, step->op}};
    const char *direction = op_string(c.ref, "direction", "forward");
    const int64_t hidden = recurrent_sizes(c.ref).k;
    write_direction(&c, false, strcmp(direction, "reverse") == 0, hidden);
    if (strcmp(direction, "bidirectional") != 0)
        return;
    code_add(out, ");\n");
    write_direction(&c, true, true, hidden);
}
