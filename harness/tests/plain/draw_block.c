/* SPDX-License-Identifier: MIT
 *
 * Functions whose statements depend on each other: lists that loops read and fill, branches, states.
 */
#include "draw.h"

/* "tensor<int32, [3]>([2, 0, 1])": `n` indices below `size`. */
static void indices(struct draw *d, FILE *out, int n, int size) {
    fprintf(out, "tensor<int32, [%d]>([", n);
    for (int i = 0; i < n; i++)
        fprintf(out, "%s%d", i ? ", " : "", draw_below(d, size));
    fprintf(out, "])");
}

/* A branch on whether the turn is below some number: it makes `to` of `from`. */
static void branch(struct draw *d, FILE *out, const char *row, const char *from, const char *to) {
    static const char *const ways[] = {"tanh", "square", "abs"};
    fprintf(out,
        "      bool below = less(x = i, y = int32(%d))[name = string(\"below\")];\n"
        "      %s %s = cond(pred = below)[name = string(\"%s\")] yes() {\n",
        draw_below(d, 4), row, to, to);
    for (int b = 0; b < 2; b++) {
        if (b == 1)
            fprintf(out, "      } -> (of_yes), no() {\n");
        if (b == 1 && draw_below(d, 3) == 0) {
            fprintf(out, "      } -> (%s);\n", from);
            return;
        }
        const char *own = b ? "of_no" : "of_yes";
        fprintf(out, "        %s %s = %s(x = %s)[name = string(\"%s\")];\n", row, own,
            ways[draw_below(d, 3)], from, own);
    }
    fprintf(out, "      } -> (of_no);\n");
}

void draw_lists(struct draw *d, int number, FILE *out) {
    const int n = draw_from(d, 1, 4), width = draw_from(d, 1, 3), turns = draw_from(d, 0, n);
    const int m = draw_from(d, 1, 4);
    const bool grows = draw_below(d, 2), at_end = grows && draw_below(d, 2);
    const int first = draw_below(d, n);
    const char *change = draw_below(d, 2) ? "add" : "sub";
    char row[32], list[48];
    snprintf(row, sizeof row, "tensor<fp32, [%d]>", width);
    snprintf(list, sizeof list, "list<%s, %s>", row, grows ? "?" : "1");
    fprintf(out,
        "  func f%d<ios18>(tensor<fp32, [%d, %d]> x) {\n"
        "    %s none = make_list(init_length = int32(%d), dynamic_length = bool(%s), elem_shape = "
        "(int32(%d)), dtype = string(\"fp32\"))[name = string(\"none\")];\n"
        "    %s rows = list_scatter(ls = none, indices = ",
        number, n, width, list, n, grows ? "true" : "false", width, list);
    indices(d, out, n, n);
    fprintf(out,
        ", value = x)[name = string(\"rows\")];\n"
        "    %s first = list_read(ls = rows, index = int32(%d))[name = string(\"first\")];\n"
        "    int32 t, %s all, %s last = while_loop(loop_vars = (int32(0), rows, first))"
        "[name = string(\"loop\")] test(int32 h, %s g, %s e) {\n"
        "      bool more = less(x = h, y = int32(%d))[name = string(\"more\")];\n"
        "    } -> (more), body(int32 i, %s l, %s v) {\n"
        "      %s r = list_read(ls = l, index = i)[name = string(\"r\")];\n"
        "      %s s = %s(x = r, y = v)[name = string(\"s\")];\n",
        row, first, list, row, list, row, turns, list, row, row, row, change);
    const bool branches = draw_below(d, 2);
    if (branches)
        branch(d, out, row, "s", "u");
    fprintf(out, "      int32 end = list_length(ls = l)[name = string(\"end\")];\n");
    fprintf(out, "      %s k = list_write(ls = l, index = %s, value = %s)[name = string(\"k\")];\n",
        list, at_end ? "end" : "i", branches && draw_below(d, 2) ? "u" : "s");
    const bool looks_back = draw_below(d, 2); /* what was written to must still be as it was */
    if (looks_back)
        fprintf(out, "      %s w = list_read(ls = l, index = i)[name = string(\"w\")];\n", row);
    fprintf(out,
        "      int32 j = add(x = i, y = int32(1))[name = string(\"j\")];\n"
        "    } -> (j, k, %s);\n"
        "    tensor<fp32, [%d, %d]> y = list_gather(ls = all, indices = ",
        looks_back ? "w"
        : branches ? "u"
                   : "s",
        m, width);
    indices(d, out, m, n);
    fprintf(out,
        ")[name = string(\"y\")];\n"
        "    int32 length = list_length(ls = all)[name = string(\"length\")];\n"
        "    fp32 z = cast(x = length, dtype = string(\"fp32\"))[name = string(\"z\")];\n"
        "    tensor<fp32, [%d, %d]> a = add(x = y, y = last)[name = string(\"a\")];\n"
        "    tensor<fp32, [%d, %d]> b = add(x = a, y = z)[name = string(\"b\")];\n"
        "  } -> (b);\n",
        m, width, m, width);
}

/* What was written to a state is read from it, as often as it is. */
void draw_states(struct draw *d, int number, FILE *out) {
    const int n = draw_from(d, 1, 5), steps = draw_from(d, 1, 6);
    fprintf(out, "  func f%d<ios18>(state<tensor<fp32, [%d]>> s, tensor<fp32, [%d]> v0) {\n",
        number, n, n);
    for (int i = 0; i < steps; i++) {
        const int from = draw_from(d, 0, i);
        fprintf(out,
            "    tensor<fp32, [%d]> r%d = read_state(input = s)[name = string(\"r%d\")];\n"
            "    tensor<fp32, [%d]> v%d = add(x = r%d, y = v%d)[name = string(\"v%d\")];\n",
            n, i, i, n, i + 1, i, from, i + 1);
        if (draw_below(d, 2))
            fprintf(out, "    write_state(input = s, data = v%d);\n", draw_from(d, 0, i + 1));
        else
            fprintf(out,
                "    tensor<fp32, [%d]> u%d = coreml_update_state(state = s, value = v%d)"
                "[name = string(\"u%d\")];\n",
                n, i, draw_from(d, 0, i + 1), i);
    }
    fprintf(out,
        "    tensor<fp32, [%d]> last = read_state(input = s)[name = string(\"last\")];\n"
        "  } -> (last);\n",
        n);
}
