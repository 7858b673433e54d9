/* SPDX-License-Identifier: MIT
 *
 * Convolutions, before bias and rounding: products of matrices, or channel by channel.
 */
#include "mil/emit/emit_write.h"

#include <inttypes.h>

/* Those of prelude_window.c, for the longest vectors. */
enum { EACH_TAPS_MAX = 64, EACH_STEP = 64 };
/* Columns at a time: enough for sgemm to be quick, few enough to stay in cache. */
enum { ROOM_CELLS = 1 << 20, STRIP_MIN = 64 };

static bool is_each(const struct op_window *w) {
    return w->in_channels == w->groups && w->in[0] == 1 && w->kernel[0] == 1 && w->out[0] == 1 &&
           op_window_product(w->kernel) <= EACH_TAPS_MAX;
}

static int64_t each_room(const struct op_window *w) {
    int64_t rows = w->out[1] + (w->kernel[1] - 1) * w->dilation[1] / w->stride[1];
    int64_t width = w->out[2] + (w->kernel[2] - 1) * w->dilation[2] / w->stride[2];
    return w->stride[1] * w->stride[2] * rows * width + width + EACH_STEP + w->out[1] * width +
           EACH_STEP;
}

/* The rows of a strip, and how wide one is. */
static int64_t strip_rows(struct op_ref ref, const struct op_window *w) {
    return op_window_product(w->kernel) *
           (ref.op->code == MIL_OP_CONV ? w->in_channels : w->out_channels) / w->groups;
}

static int64_t strip_of(struct op_ref ref, const struct op_window *w) {
    int64_t n = op_window_product(ref.op->code == MIL_OP_CONV ? w->out : w->in);
    int64_t strip = ROOM_CELLS / strip_rows(ref, w) / STRIP_MIN * STRIP_MIN;
    return strip < STRIP_MIN ? (n < STRIP_MIN ? n : STRIP_MIN) : strip < n ? strip : n;
}

int64_t emit_conv_room(struct op_ref ref) {
    struct op_window w = op_window(ref);
    if (ref.op->code == MIL_OP_CONV && op_window_is_matmul(&w))
        return 0;
    return ref.op->code == MIL_OP_CONV && is_each(&w) ? each_room(&w)
                                                      : strip_rows(ref, &w) * strip_of(ref, &w);
}

void emit_write_window(struct code *out, struct op_ref ref) {
    struct op_window w = op_window(ref);
    const int64_t *const axes[] = {w.in, w.out, w.kernel, w.stride, w.dilation, w.before, w.after};
    code_add(out, ", &(const struct window){%" PRId64 ", %" PRId64 ", %" PRId64 ", %" PRId64,
        w.batch, w.groups, w.in_channels, w.out_channels);
    for (size_t i = 0; i < sizeof axes / sizeof *axes; i++)
        code_add(
            out, ", {%" PRId64 ", %" PRId64 ", %" PRId64 "}", axes[i][0], axes[i][1], axes[i][2]);
    code_add(out, "}");
}

void emit_write_conv(struct emit_writer *writer, const struct emit_lowering *lowering, int step) {
    const struct emit_step *s = &lowering->steps[step];
    struct op_ref ref = {lowering->function, s->op};
    struct op_window w = op_window(ref);
    int x = op_operand(ref, "x"), weight = op_operand(ref, "weight");
    struct code *out = &writer->functions;
    bool transposed = s->op->code == MIL_OP_CONV_TRANSPOSE, each = !transposed && is_each(&w);
    if (!transposed && op_window_is_matmul(&w)) {
        emit_write_product(writer, lowering, step);
        return;
    }
    writer->needs |= transposed ? EMIT_NEED_TRANSPOSED
                     : each     ? EMIT_NEED_EACH | EMIT_NEED_VECTORS
                                : EMIT_NEED_COLUMNS;
    code_add(out, transposed ? "conv_transposed(host->sgemm, "
                  : each     ? "conv_each("
                             : "conv(host->sgemm, ");
    emit_write_pointer(out, lowering, s->result);
    code_add(out, ", ");
    emit_write_pointer(out, lowering, x);
    code_add(out, ", ");
    emit_write_pointer(out, lowering, weight);
    emit_write_window(out, ref);
    code_add(out, ", ");
    emit_write_pointer(out, lowering, s->scratch);
    code_add(out, ", %" PRId64 ");\n", each ? each_room(&w) : strip_of(ref, &w));
}
