/* SPDX-License-Identifier: MIT
 *
 * Operators with several results, and with tuples of settings: split, topk, reshape_like.
 */
#include "draw.h"

static void tensor(FILE *out, int rank, const int *dim) {
    fprintf(out, "tensor<fp32, [");
    for (int i = 0; i < rank; i++)
        fprintf(out, "%s%d", i ? ", " : "", dim[i]);
    fprintf(out, "]>");
}

/* The parts, put together again in another order. */
static void split(struct draw *d, int rank, int *dim, int axis, FILE *out) {
    const bool even = draw_below(d, 2);
    int sizes[3], whole[4];
    const int first = draw_from(d, 1, 3);
    dim[axis] = 0;
    for (int i = 0; i < 3; i++) {
        sizes[i] = even ? first : draw_from(d, 1, 3);
        dim[axis] += sizes[i];
    }
    for (int i = 0; i < rank; i++)
        whole[i] = dim[i];
    tensor(out, rank, whole);
    fprintf(out, " x) {\n    ");
    for (int i = 0; i < 3; i++) {
        dim[axis] = sizes[i];
        fprintf(out, "%s", i ? ", " : "");
        tensor(out, rank, dim);
        fprintf(out, " part%d", i);
    }
    fprintf(out, " = split(x = x, axis = int32(%d), ", axis - (draw_below(d, 2) ? rank : 0));
    if (even)
        fprintf(out, "num_splits = int32(3)");
    else
        fprintf(
            out, "split_sizes = tensor<int32, [3]>([%d, %d, %d])", sizes[0], sizes[1], sizes[2]);
    fprintf(out, ")[name = string(\"part\")];\n    ");
    tensor(out, rank, whole);
    fprintf(out,
        " y = concat(values = (part2, part0, part1), axis = int32(%d), interleave = "
        "bool(false))[name = string(\"y\")];\n",
        axis);
}

/* The numbers, and their places added to them. */
static void topk(struct draw *d, int rank, int *dim, int axis, FILE *out) {
    tensor(out, rank, dim);
    const int k = draw_from(d, 1, dim[axis]), named = axis - (draw_below(d, 2) ? rank : 0);
    const char *ascending = draw_below(d, 2) ? "true" : "false";
    fprintf(out, " x) {\n    ");
    dim[axis] = k;
    tensor(out, rank, dim);
    fprintf(out, " v, tensor<int32, [");
    for (int i = 0; i < rank; i++)
        fprintf(out, "%s%d", i ? ", " : "", dim[i]);
    fprintf(out,
        "]> at = topk(x = x, k = int32(%d), axis = int32(%d), ascending = bool(%s))"
        "[name = string(\"v\")];\n    ",
        k, named, ascending);
    tensor(out, rank, dim);
    fprintf(out, " n = cast(x = at, dtype = string(\"fp32\"))[name = string(\"n\")];\n    ");
    tensor(out, rank, dim);
    fprintf(out, " y = add(x = v, y = n)[name = string(\"y\")];\n");
}

/* The first axes of one tensor, and the last one of another. */
static void reshape_like(struct draw *d, int rank, int *dim, FILE *out) {
    int like[4] = {dim[rank - 1]}, n = 1;
    tensor(out, rank, dim);
    fprintf(out, " x) {\n    ");
    for (int i = rank - 1; i-- > 0;)
        like[n++] = dim[i];
    const int cut = draw_from(d, 0, rank - 1); /* axes of the first; the others of the second */
    tensor(out, rank, like);
    fprintf(out, " like = fill(shape = tensor<int32, [%d]>([", rank);
    for (int i = 0; i < rank; i++)
        fprintf(out, "%s%d", i ? ", " : "", like[i]);
    fprintf(out, "]), value = fp32(0))[name = string(\"like\")];\n    ");
    tensor(out, rank, like);
    fprintf(out,
        " y = reshape_like(x = x, ref_tensors = (like, like), begins = (int32(0), int32(%d)), ends "
        "= (int32(%d), int32(%d)), end_masks = (bool(false), bool(%s)))[name = string(\"y\")];\n",
        cut, cut, rank, draw_below(d, 2) ? "true" : "false");
}

void draw_several(struct draw *d, int number, FILE *out) {
    const int rank = draw_from(d, 2, 4), axis = draw_below(d, rank), which = draw_below(d, 3);
    int dim[4];
    for (int i = 0; i < rank; i++)
        dim[i] = draw_from(d, 1, 4);
    fprintf(out, "  func f%d<ios18>(", number);
    if (which == 0)
        split(d, rank, dim, axis, out);
    else if (which == 1)
        topk(d, rank, dim, axis, out);
    else
        reshape_like(d, rank, dim, out);
    fprintf(out, "  } -> (y);\n");
}
