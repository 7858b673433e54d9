/* SPDX-License-Identifier: MIT
 *
 * Operators that move elements but are not strided copies: each element of the result is an element
 * of x or a constant.
 */
#include "mil/op/op_args.h"

#include <string.h>

/* The parameters of one operator's map. */
struct map {
    const struct mil_type *x, *out;
    struct op_ref ref;
    const int32_t *lengths; /* reverse_sequence */
    const int32_t *pad, *block, *margin;
    const char *mode;
    int n_pad, axis;
    int64_t size, stride, lower, upper;
    bool marked[MIL_RANK_MAX];
};

/* Maps an index of the result to one of x; false if the result has a constant there. */
typedef bool map_index(const struct map *m, const int64_t *out, int64_t *in);

static bool reverse(const struct map *m, const int64_t *out, int64_t *in) {
    for (int i = 0; i < m->x->rank; i++)
        in[i] = m->marked[i] ? m->x->dim[i] - 1 - out[i] : out[i];
    return true;
}

static bool reverse_sequence(const struct map *m, const int64_t *out, int64_t *in) {
    int batch_axis = op_axis(m->ref, "batch_axis", 0, m->x->rank);
    int64_t length = m->lengths[out[batch_axis]];
    memcpy(in, out, (size_t)m->x->rank * sizeof *in);
    if (out[m->axis] < length && length <= m->x->dim[m->axis])
        in[m->axis] = length - 1 - out[m->axis];
    return true;
}

static bool pad(const struct map *m, const int64_t *out, int64_t *in) {
    bool inside = true;
    for (int i = 0; i < m->x->rank; i++) {
        int pair = i - (m->x->rank - m->n_pad / 2);
        int64_t n = m->x->dim[i], at = out[i] - (pair < 0 ? 0 : m->pad[(ptrdiff_t)pair * 2]);
        if (strcmp(m->mode, "constant") == 0)
            inside = inside && at >= 0 && at < n;
        else if (strcmp(m->mode, "reflect") == 0)
            at = at < 0 ? -at : at >= n ? 2 * (n - 1) - at : at;
        else
            at = at < 0 ? 0 : at >= n ? n - 1 : at;
        in[i] = at < 0 ? 0 : at >= n ? n - 1 : at;
    }
    return inside;
}

static bool crop(const struct map *m, const int64_t *out, int64_t *in) {
    memcpy(in, out, (size_t)m->x->rank * sizeof *in);
    in[m->x->rank - 2] += op_ints(m->ref, "crop_height", NULL)[0];
    in[m->x->rank - 1] += op_ints(m->ref, "crop_width", NULL)[0];
    return true;
}

/* Channel (dy * block + dx) * depth + c of x is pixel (dy, dx) of a block of channel c. */
static bool depth_to_space(const struct map *m, const int64_t *out, int64_t *in) {
    int64_t b = m->size, depth = m->out->dim[1];
    in[0] = out[0];
    in[1] = (out[2] % b * b + out[3] % b) * depth + out[1];
    in[2] = out[2] / b;
    in[3] = out[3] / b;
    return true;
}

static bool space_to_depth(const struct map *m, const int64_t *out, int64_t *in) {
    int64_t b = m->size, depth = m->x->dim[1], pixel = out[1] / depth;
    in[0] = out[0];
    in[1] = out[1] % depth;
    in[2] = out[2] * b + pixel / b;
    in[3] = out[3] * b + pixel % b;
    return true;
}

/* Channel c * block^2 + dy * block + dx of x is pixel (dy, dx) of a block of channel c. */
static bool pixel_shuffle(const struct map *m, const int64_t *out, int64_t *in) {
    int64_t b = m->size;
    in[0] = out[0];
    in[1] = (out[1] * b + out[2] % b) * b + out[3] % b;
    in[2] = out[2] / b;
    in[3] = out[3] / b;
    return true;
}

static bool pixel_unshuffle(const struct map *m, const int64_t *out, int64_t *in) {
    int64_t b = m->size;
    in[0] = out[0];
    in[1] = out[1] / (b * b);
    in[2] = out[2] * b + out[1] / b % b;
    in[3] = out[3] * b + out[1] % b;
    return true;
}

/* Batch (dy * bw + dx) * n + i holds pixel (dy, dx) of each block of the padded image i. */
static bool space_to_batch(const struct map *m, const int64_t *out, int64_t *in) {
    int64_t pixel = out[0] / m->x->dim[0];
    bool inside = true;
    in[0] = out[0] % m->x->dim[0];
    in[1] = out[1];
    in[2] = out[2] * m->block[0] + pixel / m->block[1] - m->margin[0];
    in[3] = out[3] * m->block[1] + pixel % m->block[1] - m->margin[2];
    for (int i = 2; i < 4; i++)
        inside = inside && in[i] >= 0 && in[i] < m->x->dim[i];
    return inside;
}

static bool batch_to_space(const struct map *m, const int64_t *out, int64_t *in) {
    int64_t y = out[2] + m->margin[0], x = out[3] + m->margin[2];
    in[0] = (y % m->block[0] * m->block[1] + x % m->block[1]) * m->out->dim[0] + out[0];
    in[1] = out[1];
    in[2] = y / m->block[0];
    in[3] = x / m->block[1];
    return true;
}

static bool sliding_windows(const struct map *m, const int64_t *out, int64_t *in) {
    for (int i = 0; i < m->x->rank; i++)
        in[i] = i < m->axis ? out[i] : i == m->axis ? out[i] * m->stride + out[i + 1] : out[i + 1];
    return true;
}

/* Keeps elements at most `lower` below and `upper` above the diagonal; negative means all. */
static bool band_part(const struct map *m, const int64_t *out, int64_t *in) {
    int64_t row = out[m->x->rank - 2], column = out[m->x->rank - 1];
    memcpy(in, out, (size_t)m->x->rank * sizeof *in);
    return (m->lower < 0 || row - column <= m->lower) && (m->upper < 0 || column - row <= m->upper);
}

static map_index *find(enum mil_opcode code) {
    switch (code) {
    case MIL_OP_REVERSE:
        return reverse;
    case MIL_OP_REVERSE_SEQUENCE:
        return reverse_sequence;
    case MIL_OP_PAD:
        return pad;
    case MIL_OP_CROP:
        return crop;
    case MIL_OP_DEPTH_TO_SPACE:
        return depth_to_space;
    case MIL_OP_SPACE_TO_DEPTH:
        return space_to_depth;
    case MIL_OP_PIXEL_SHUFFLE:
        return pixel_shuffle;
    case MIL_OP_PIXEL_UNSHUFFLE:
        return pixel_unshuffle;
    case MIL_OP_SPACE_TO_BATCH:
        return space_to_batch;
    case MIL_OP_BATCH_TO_SPACE:
        return batch_to_space;
    case MIL_OP_SLIDING_WINDOWS:
        return sliding_windows;
    case MIL_OP_BAND_PART:
        return band_part;
    default:
        return NULL;
    }
}

bool op_is_map(enum mil_opcode code) {
    return find(code) != NULL;
}

static int64_t block_setting(struct op_ref ref) {
    static const char *const names[] = {"block_size", "upscale_factor", "downscale_factor", "size"};
    for (int i = 0; i < 4; i++)
        if (op_literal(ref, names[i]))
            return op_int(ref, names[i], 1);
    return 1;
}

static void unravel(const struct mil_type *type, int64_t i, int64_t index[MIL_RANK_MAX]) {
    for (int axis = type->rank - 1; axis >= 0; axis--) {
        index[axis] = i % type->dim[axis];
        i /= type->dim[axis];
    }
}

static int32_t ravel(const struct mil_type *type, const int64_t index[MIL_RANK_MAX]) {
    int64_t i = 0;
    for (int axis = 0; axis < type->rank; axis++)
        i = i * type->dim[axis] + index[axis];
    return (int32_t)i;
}

int op_map(struct op_ref ref, const int32_t *lengths, int32_t *from, struct mil_error *error) {
    struct map m = {.x = op_type(ref, "x"),
        .out = op_result_type(ref),
        .ref = ref,
        .lengths = lengths,
        .block = op_ints(ref, "block_shape", NULL),
        .mode = op_string(ref, "mode", "constant"),
        .size = block_setting(ref),
        .stride = op_int(ref, "stride", 1),
        .lower = op_int(ref, "lower", -1),
        .upper = op_int(ref, "upper", -1)};
    map_index *map = find(ref.op->code);
    const struct mil_literal *margin =
        op_literal(ref, mil_op_arg(ref.op, "crops") ? "crops" : "paddings");
    m.pad = op_ints(ref, "pad", &m.n_pad);
    m.margin = margin ? margin->data : NULL;
    m.axis =
        op_axis(ref, ref.op->code == MIL_OP_REVERSE_SEQUENCE ? "seq_axis" : "axis", 0, m.x->rank);
    if (ref.op->code == MIL_OP_REVERSE && op_axes_mark(ref, m.x->rank, m.marked, error) != 0)
        return -1;
    if ((ref.op->code == MIL_OP_REVERSE_SEQUENCE &&
            (m.axis < 0 || op_axis(ref, "batch_axis", 0, m.x->rank) < 0)) ||
        (ref.op->code == MIL_OP_BAND_PART && m.x->rank < 2))
        return mil_fail(error, ref.op->place, "%s: an axis is outside of x", mil_op_name(ref.op));
    for (int64_t i = 0; i < mil_type_elements(m.out); i++) {
        int64_t out[MIL_RANK_MAX], in[MIL_RANK_MAX];
        unravel(m.out, i, out);
        from[i] = map(&m, out, in) ? ravel(m.x, in) : -1;
    }
    return 0;
}
