/* SPDX-License-Identifier: MIT
 *
 * Layers over time: x [time, batch, in], states [batch, hidden], weights [gates * hidden, in or hidden]. Gates stand in the
 * order input, forget, output, cell (lstm) or reset, output, update (gru).
 */
#include "plain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double activation(const char *name, double x) {
    return strcmp(name, "tanh") == 0      ? tanh(x)
           : strcmp(name, "sigmoid") == 0 ? 1 / (1 + exp(-x))
           : strcmp(name, "relu") == 0    ? fmax(x, 0)
                                          : x;
}

/* One direction. Its units stand at `first` of the states and of the results. */
struct way {
    const struct plain_call *c;
    const struct plain *x, *w_in, *w_own, *bias, *peephole;
    int64_t first, hidden;
    bool back;
    double *h, *cell; /* [batch, hidden] */
};

/* Row g * hidden + u of the weights times x or h, of one sample. */
static double from_input(const struct way *w, int64_t t, int64_t b, int64_t g, int64_t u) {
    double sum = w->bias ? w->bias->data[g * w->hidden + u] : 0;
    for (int64_t i = 0; i < w->x->dim[2]; i++)
        sum += plain_at(w->w_in, (const int64_t[]){g * w->hidden + u, i}) *
               plain_at(w->x, (const int64_t[]){t, b, i});
    return sum;
}
static double from_state(const struct way *w, const double *h, int64_t b, int64_t g, int64_t u) {
    double sum = 0;
    for (int64_t i = 0; i < w->hidden; i++)
        sum += plain_at(w->w_own, (const int64_t[]){g * w->hidden + u, i}) * h[b * w->hidden + i];
    return sum;
}

static void rnn_step(const struct way *w, int64_t t, int64_t b, const double *before) {
    const char *outer = plain_text(w->c, "activation", "tanh");
    for (int64_t u = 0; u < w->hidden; u++)
        w->h[b * w->hidden + u] =
            activation(outer, from_input(w, t, b, 0, u) + from_state(w, before, b, 0, u));
}

static void gru_step(const struct way *w, int64_t t, int64_t b, const double *before) {
    enum { RESET, OUTPUT, UPDATE };
    const char *gate = plain_text(w->c, "recurrent_activation", "sigmoid"),
               *outer = plain_text(w->c, "activation", "tanh");
    const bool after = plain_bool(w->c, "reset_after", false);
    double *reset = calloc((size_t)(w->x->dim[1] * w->hidden), sizeof *reset);
    if (!reset)
        abort();
    for (int64_t u = 0; u < w->hidden; u++)
        reset[b * w->hidden + u] =
            activation(gate, from_input(w, t, b, RESET, u) + from_state(w, before, b, RESET, u));
    for (int64_t u = 0; u < w->hidden; u++) {
        const int64_t at = b * w->hidden + u;
        const double z =
            activation(gate, from_input(w, t, b, UPDATE, u) + from_state(w, before, b, UPDATE, u));
        double kept = 0; /* of the state, after the reset */
        for (int64_t i = 0; i < w->hidden; i++)
            kept += plain_at(w->w_own, (const int64_t[]){OUTPUT * w->hidden + u, i}) *
                    before[b * w->hidden + i] * (after ? reset[at] : reset[b * w->hidden + i]);
        const double o = activation(outer, from_input(w, t, b, OUTPUT, u) + kept);
        w->h[at] = (1 - z) * o + z * before[at];
    }
    free(reset);
}

static void lstm_step(const struct way *w, int64_t t, int64_t b, const double *before) {
    enum { INPUT, FORGET, OUTPUT, CELL };
    const char *gate = plain_text(w->c, "recurrent_activation", "sigmoid"),
               *inner = plain_text(w->c, "cell_activation", "tanh"),
               *outer = plain_text(w->c, "activation", "tanh");
    for (int64_t u = 0; u < w->hidden; u++) {
        const int64_t at = b * w->hidden + u;
        double sum[4], peep[3] = {0};
        for (int g = 0; g < 4; g++)
            sum[g] = from_input(w, t, b, g, u) + from_state(w, before, b, g, u);
        for (int g = 0; w->peephole && g < 3; g++)
            peep[g] = w->peephole->data[g * w->hidden + u];
        const double i = activation(gate, sum[INPUT] + peep[INPUT] * w->cell[at]),
                     f = activation(gate, sum[FORGET] + peep[FORGET] * w->cell[at]);
        w->cell[at] = f * w->cell[at] + i * activation(inner, sum[CELL]);
        w->h[at] = activation(gate, sum[OUTPUT] + peep[OUTPUT] * w->cell[at]) *
                   activation(outer, w->cell[at]);
    }
}

static void way_run(struct way *w) {
    const struct plain_call *c = w->c;
    const struct plain *h = plain_arg(c, "initial_h"), *cell = plain_arg(c, "initial_c");
    const int64_t time = w->x->dim[0], batch = w->x->dim[1], n = batch * w->hidden;
    double *before = calloc((size_t)n, sizeof *before);
    w->h = calloc((size_t)n, sizeof *w->h);
    w->cell = calloc((size_t)n, sizeof *w->cell);
    if (!before || !w->h || !w->cell)
        abort();
    for (int64_t i = 0; i < n; i++) {
        const int64_t at[] = {i / w->hidden, w->first + i % w->hidden};
        w->h[i] = plain_at(h, at);
        w->cell[i] = cell ? plain_at(cell, at) : 0;
    }
    for (int64_t step = 0; step < time; step++) {
        const int64_t t = w->back ? time - 1 - step : step;
        memcpy(before, w->h, (size_t)n * sizeof *before);
        for (int64_t b = 0; b < batch; b++)
            c->op->code == MIL_OP_LSTM  ? lstm_step(w, t, b, before)
            : c->op->code == MIL_OP_GRU ? gru_step(w, t, b, before)
                                        : rnn_step(w, t, b, before);
        for (int64_t i = 0; i < n; i++) {
            const int64_t u = w->first + i % w->hidden;
            const bool all = c->out[0].dim[0] == time;
            if (all || step == time - 1)
                plain_put(&c->out[0], (const int64_t[]){all ? t : 0, i / w->hidden, u}, w->h[i]);
            plain_put(&c->out[1], (const int64_t[]){i / w->hidden, u}, w->h[i]);
            if (c->op->code == MIL_OP_LSTM)
                plain_put(&c->out[2], (const int64_t[]){i / w->hidden, u}, w->cell[i]);
        }
    }
    free(before);
    free(w->h);
    free(w->cell);
}

bool plain_recurrent(const struct plain_call *c) {
    if (c->op->code != MIL_OP_RNN && c->op->code != MIL_OP_GRU && c->op->code != MIL_OP_LSTM)
        return false;
    const char *direction = plain_text(c, "direction", "forward");
    const bool both = strcmp(direction, "bidirectional") == 0;
    struct way w = {.c = c,
        .x = plain_arg(c, "x"),
        .w_in = plain_arg(c, "weight_ih"),
        .w_own = plain_arg(c, "weight_hh"),
        .bias = plain_arg(c, "bias"),
        .peephole = plain_arg(c, "peephole"),
        .back = strcmp(direction, "reverse") == 0};
    w.hidden = w.w_own->dim[1];
    const int64_t all = (both ? 2 : 1) * w.hidden;
    c->out[0] =
        plain_new(3, (const int64_t[]){plain_bool(c, "output_sequence", false) ? w.x->dim[0] : 1,
                         w.x->dim[1], all});
    for (int r = 1; r < c->op->n_results; r++)
        c->out[r] = plain_new(2, (const int64_t[]){w.x->dim[1], all});
    way_run(&w);
    if (both) {
        w.first = w.hidden;
        w.back = true;
        w.w_in = plain_arg(c, "weight_ih_back");
        w.w_own = plain_arg(c, "weight_hh_back");
        w.bias = plain_arg(c, "bias_back");
        w.peephole = plain_arg(c, "peephole_back");
        way_run(&w);
    }
    return true;
}
