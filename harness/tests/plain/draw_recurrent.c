/* SPDX-License-Identifier: MIT
 *
 * Layers over time have several results, which the builder does not make: as text.
 */
#include "draw.h"

#include "measure/random.h"

#include <stdarg.h>
#include <stdio.h>

static void arg(struct draw *d, FILE *out, const char *name, int64_t rows, int64_t columns) {
    fprintf(out, ", %s = tensor<fp32, [%lld", name, (long long)rows);
    if (columns > 0)
        fprintf(out, ", %lld", (long long)columns);
    fprintf(out, "]>([");
    for (int64_t i = 0; i < rows * (columns > 0 ? columns : 1); i++)
        fprintf(out, "%s%.6f", i ? ", " : "", 2 * random_unit(&d->state) - 1);
    fprintf(out, "])");
}

static void word(struct draw *d, FILE *out, const char *name, const char *const *words, int n) {
    if (draw_below(d, 2))
        fprintf(out, ", %s = string(\"%s\")", name, words[draw_below(d, n)]);
}

/* The weights of one direction; whether it has a bias. */
static bool weights(
    struct draw *d, FILE *out, int64_t gates, int64_t in, int64_t hidden, bool back) {
    static const char *const names[2][4] = {{"weight_ih", "weight_hh", "bias", "peephole"},
        {"weight_ih_back", "weight_hh_back", "bias_back", "peephole_back"}};
    const char *const *name = names[back];
    arg(d, out, name[0], gates * hidden, in);
    arg(d, out, name[1], gates * hidden, hidden);
    const bool has_bias = draw_below(d, 2);
    if (has_bias)
        arg(d, out, name[2], gates * hidden, 0);
    if (gates == 4 && draw_below(d, 2))
        arg(d, out, name[3], 3 * hidden, 0);
    return has_bias;
}

void draw_layer(struct draw *d, enum mil_opcode code, FILE *out) {
    static const char *const directions[] = {"forward", "reverse", "bidirectional"},
                             *const activations[] = {"tanh", "sigmoid", "relu", "linear"};
    const int gates = code == MIL_OP_LSTM ? 4 : code == MIL_OP_GRU ? 3 : 1;
    const int time = draw_from(d, 1, 4), batch = draw_from(d, 1, 3), in = draw_from(d, 1, 3),
              hidden = draw_from(d, 1, 3), direction = draw_below(d, gates == 4 ? 3 : 2);
    const bool both = direction == 2, all = draw_below(d, 2);
    char state[48];
    snprintf(state, sizeof state, "tensor<fp32, [%d, %d]>", batch, (both ? 2 : 1) * hidden);
    fprintf(out, "program(1.3)\n{\n  func f<ios17>(tensor<fp32, [%d, %d, %d]> x, %s h", time, batch,
        in, state);
    fprintf(out, gates == 4 ? ", %s c) {\n" : ") {\n", state);
    fprintf(out, "    tensor<fp32, [%d, %d, %d]> y, %s last", all ? time : 1, batch,
        (both ? 2 : 1) * hidden, state);
    fprintf(out, gates == 4 ? ", %s cell = " : " = ", state);
    fprintf(out, "%s(x = x, initial_h = h", mil_opcode_name(code));
    if (gates == 4)
        fprintf(out, ", initial_c = c");
    bool has_bias = false;
    for (int way = 0; way <= both; way++)
        has_bias = weights(d, out, gates, in, hidden, way == 1);
    fprintf(out, ", direction = string(\"%s\"), output_sequence = bool(%s)", directions[direction],
        all ? "true" : "false");
    word(d, out, "activation", activations, 4);
    if (gates > 1)
        word(d, out, "recurrent_activation", activations, 2);
    if (gates == 4)
        word(d, out, "cell_activation", activations, 4);
    if (gates == 3 && !has_bias) /* what a bias is added to then is not documented */
        fprintf(out, ", reset_after = bool(%s)", draw_below(d, 2) ? "true" : "false");
    fprintf(out, ")[name = string(\"y\")];\n  } -> (y, last%s);\n}\n", gates == 4 ? ", cell" : "");
}
