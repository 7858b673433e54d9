/* SPDX-License-Identifier: MIT
 *
 * rnn, gru and lstm: x [time, batch, in], in fp32, states rounded after each step.
 */
#include "mil/eval/eval_ops.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double activate(const char *name, double x) {
    if (strcmp(name, "relu") == 0)
        return x < 0 ? 0 : x;
    if (strcmp(name, "sigmoid") == 0)
        return 1 / (1 + exp(-x));
    if (strcmp(name, "sigmoid_hard") == 0)
        return x < -2.5 ? 0 : x > 2.5 ? 1 : 0.2 * x + 0.5;
    if (strcmp(name, "linear") == 0)
        return x;
    return tanh(x);
}

/* One direction over all time steps. */
struct layer {
    const struct eval_step *step;
    enum mil_opcode code;
    enum mil_dtype dtype;
    const union mil_cell *w_x, *w_h, *bias, *input_bias, *peephole;
    const char *gate, *inner, *outer; /* activations */
    double clip;
    int64_t time, batch, in, hidden, gates;
    bool reset_after;
};

static double dot(const union mil_cell *w, const union mil_cell *x, int64_t n) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (double)w[i].f * (double)x[i].f;
    return sum;
}

static double held(double x, double most) {
    return x > most ? most : x < -most ? -most : x;
}

/* Gate g of unit u before its activation: from x and from h. */
static void gate_inputs(const struct layer *l, const union mil_cell *x, const union mil_cell *h,
    int64_t g, int64_t u, double *from_x, double *from_h) {
    int64_t row = g * l->hidden + u;
    *from_x = dot(l->w_x + row * l->in, x, l->in);
    *from_h = dot(l->w_h + row * l->hidden, h, l->hidden) + (l->bias ? (double)l->bias[row].f : 0);
    if (l->input_bias)
        *from_x += (double)l->input_bias[row].f;
}

static double gate(
    const struct layer *l, const union mil_cell *x, const union mil_cell *h, int64_t g, int64_t u) {
    double from_x, from_h;
    gate_inputs(l, x, h, g, u, &from_x, &from_h);
    return from_x + from_h;
}

/* Gates input, forget, output, cell. */
static void lstm_unit(const struct layer *l, const union mil_cell *x, const union mil_cell *h,
    const union mil_cell *c, int64_t u, union mil_cell *new_h, union mil_cell *new_c) {
    const union mil_cell *p = l->peephole;
    double old = (double)c[u].f, i = gate(l, x, h, 0, u), f = gate(l, x, h, 1, u);
    double o = gate(l, x, h, 2, u), z = held(gate(l, x, h, 3, u), l->clip), cell;
    if (p) {
        i += (double)p[u].f * old;
        f += (double)p[l->hidden + u].f * old;
    }
    cell = activate(l->gate, held(f, l->clip)) * old +
           activate(l->gate, held(i, l->clip)) * activate(l->inner, z);
    if (p)
        o += (double)p[2 * l->hidden + u].f * cell;
    eval_set(&new_c[u], l->dtype, cell);
    eval_set(&new_h[u], l->dtype, activate(l->gate, held(o, l->clip)) * activate(l->outer, cell));
}

/* Gates reset, new state and update, in coremltools' order; reset applies before or after the product with h. */
static void gru_unit(const struct layer *l, const union mil_cell *x, const union mil_cell *h,
    const union mil_cell *reset_h, int64_t u, union mil_cell *new_h) {
    double z = activate(l->gate, gate(l, x, h, 2, u)), from_x, from_h, r;
    gate_inputs(l, x, l->reset_after ? h : reset_h, 1, u, &from_x, &from_h);
    r = activate(l->gate, gate(l, x, h, 0, u));
    eval_set(&new_h[u], l->dtype,
        (1 - z) * activate(l->outer, from_x + (l->reset_after ? r * from_h : from_h)) +
            z * (double)h[u].f);
}

static void unit_states(const struct layer *l, const union mil_cell *x, const union mil_cell *h,
    const union mil_cell *c, union mil_cell *new_h, union mil_cell *new_c,
    union mil_cell *reset_h) {
    for (int64_t u = 0; l->code == MIL_OP_GRU && u < l->hidden; u++)
        reset_h[u].f = (float)(activate(l->gate, gate(l, x, h, 0, u)) * (double)h[u].f);
    for (int64_t u = 0; u < l->hidden; u++) {
        if (l->code == MIL_OP_LSTM)
            lstm_unit(l, x, h, c, u, new_h, new_c);
        else if (l->code == MIL_OP_GRU)
            gru_unit(l, x, h, reset_h, u, new_h);
        else
            eval_set(&new_h[u], l->dtype, activate(l->outer, gate(l, x, h, 0, u)));
    }
}

/* `offset` and `width`: this direction's part of the states and of the result's last axis. */
static int layer_run(const struct layer *l, bool backward, int64_t offset, int64_t width) {
    const struct eval_step *step = l->step;
    const union mil_cell *x = eval_operand(step, "x"), *h0 = eval_operand(step, "initial_h");
    const union mil_cell *c0 = eval_operand(step, "initial_c");
    union mil_cell *last_h = step->cells[step->ref.op->result + 1];
    union mil_cell *last_c = c0 ? step->cells[step->ref.op->result + 2] : NULL;
    bool sequence = op_bool(step->ref, "output_sequence", false);
    size_t bytes = (size_t)l->hidden * sizeof *x;
    union mil_cell *room = malloc(5 * bytes);
    if (!room)
        return mil_fail(step->error, step->ref.op->place, "out of memory");
    union mil_cell *h = room, *c = room + l->hidden, *new_h = c + l->hidden;
    union mil_cell *new_c = new_h + l->hidden, *reset_h = new_c + l->hidden;
    for (int64_t b = 0; b < l->batch; b++) {
        memcpy(h, h0 + b * width + offset, bytes);
        if (c0)
            memcpy(c, c0 + b * width + offset, bytes);
        for (int64_t t = 0; t < l->time; t++) {
            int64_t at = backward ? l->time - 1 - t : t;
            unit_states(l, x + (at * l->batch + b) * l->in, h, c, new_h, new_c, reset_h);
            memcpy(h, new_h, bytes);
            if (c0)
                memcpy(c, new_c, bytes);
            if (sequence || t == l->time - 1)
                memcpy(step->out + ((sequence ? at : 0) * l->batch + b) * width + offset, h, bytes);
        }
        memcpy(last_h + b * width + offset, h, bytes);
        if (last_c)
            memcpy(last_c + b * width + offset, c, bytes);
    }
    free(room);
    return 0;
}

/* weight_ih [gates * hidden, in], weight_hh [gates * hidden, hidden]. */
static int layer_check(const struct layer *l, const char *ih, const char *hh) {
    const struct mil_type *w = op_type(l->step->ref, ih), *v = op_type(l->step->ref, hh);
    if (w && v && w->rank == 2 && v->rank == 2 && w->dim[0] == l->gates * l->hidden &&
        w->dim[1] == l->in && v->dim[0] == w->dim[0] && v->dim[1] == l->hidden)
        return 0;
    return mil_fail(l->step->error, l->step->ref.op->place,
        "%s: the sizes of '%s' and '%s' do not match x and initial_h", mil_op_name(l->step->ref.op),
        ih, hh);
}

int eval_recurrent(const struct eval_step *step) {
    const struct mil_type *x = op_type(step->ref, "x"), *h = op_type(step->ref, "initial_h");
    enum mil_opcode code = step->ref.op->code;
    const char *direction = op_string(step->ref, "direction", "forward");
    bool both = strcmp(direction, "bidirectional") == 0;
    struct layer l = {.step = step,
        .code = code,
        .dtype = x->dtype,
        .w_x = eval_operand(step, "weight_ih"),
        .w_h = eval_operand(step, "weight_hh"),
        .bias = eval_operand(step, "bias"),
        .input_bias = eval_operand(step, "input_bias"),
        .peephole = eval_operand(step, "peephole"),
        .gate = op_string(step->ref, "recurrent_activation", "sigmoid"),
        .inner = op_string(step->ref, "cell_activation", "tanh"),
        .outer = op_string(step->ref, "activation", "tanh"),
        .clip = op_number(step->ref, "clip", (double)INFINITY),
        .time = x->dim[0],
        .batch = x->dim[1],
        .in = x->dim[2],
        .hidden = h->dim[1] / (both ? 2 : 1),
        .gates = code == MIL_OP_LSTM  ? 4
                 : code == MIL_OP_GRU ? 3
                                      : 1,
        .reset_after = op_bool(step->ref, "reset_after", false)};
    if (both && code != MIL_OP_LSTM)
        return mil_fail(step->error, step->ref.op->place, "%s: 'direction' is not evaluated here",
            mil_op_name(step->ref.op));
    if (layer_check(&l, "weight_ih", "weight_hh") != 0 ||
        layer_run(&l, strcmp(direction, "reverse") == 0, 0, h->dim[1]) != 0)
        return -1;
    if (!both)
        return 0;
    l.w_x = eval_operand(step, "weight_ih_back");
    l.w_h = eval_operand(step, "weight_hh_back");
    l.bias = eval_operand(step, "bias_back");
    l.peephole = eval_operand(step, "peephole_back");
    if (layer_check(&l, "weight_ih_back", "weight_hh_back") != 0)
        return -1;
    return layer_run(&l, true, l.hidden, h->dim[1]);
}
