/* SPDX-License-Identifier: MIT
 *
 * Lists, evaluated and compiled, against the same in a few lines of C; and what is refused.
 */
#include "mil_image.h"
#include "mil_kit.h"

#define F(shape) "tensor<fp32, [" shape "]>"
#define LIST(n) "list<" F("4") ", " n ">"
#define MAKE(name, n, length, grows)                                                               \
    LIST(n)                                                                                        \
    " " name " = make_list(init_length = int32(" length "), dynamic_length = bool(" grows          \
    "), elem_shape = (int32(4)), dtype = string(\"fp32\"))[name=string(\"" name "_op\")];\n"
#define LOOP(results, vars) results " = while_loop(loop_vars = (" vars "))[name=string(\"loop\")] "
#define LESS "bool more = less(x = i, y = three)[name=string(\"less\")];\n} -> (more), "
#define NEXT OP("int32", "kk", "add(x = k, y = one)")
#define NUMBERS INT("none", "0") INT("one", "1") INT("three", "3")

static struct mil_error error;

static void run(
    const struct image *image, const struct mil_program *program, int f, void **in, void **out) {
    void *arena = NULL;
    if (!image) {
        cr_assert_eq(
            mil_eval(program, f, NULL, (const void *const *)in, out, &error), 0, "%s", error.text);
        return;
    }
    const struct mil_image_function *code = &image->code->functions[f];
    cr_assert_eq(posix_memalign(&arena, MIL_ARENA_ALIGN, (size_t)code->arena_bytes + 64), 0);
    memset(arena, 0xff, (size_t)code->arena_bytes < 1 << 20 ? (size_t)code->arena_bytes : 1 << 20);
    image_run(code, (const void *const *)in, out, arena);
    free(arena);
}

enum { SUMS, APPENDS, KEEPS, BRANCHES, EXCHANGES, SCALARS };
static const struct kit_function functions[] = {
    /* rows go into a list, are read one by one, and their sums go into another */
    [SUMS] = {"sums", F("3,4") " x, " F("4") " h",
        NUMBERS INTS("all", "3", "0,1,2") INTS("turned", "3", "2,0,1") MAKE(
            "a", "3", "3", "false") MAKE("b", "3", "3", "false")
            OP(LIST("3"), "rows", "list_scatter(ls = a, indices = all, value = x)") LOOP(
                "int32 n, " LIST("3") " in, " LIST("3") " sums, " F("4") " last",
                "none, "
                "rows, b, h") "test(int32 i, " LIST("3") " l0, " LIST("3") " m0, " F("4") " h0) "
                                                                                          "{\n" LESS
                                                                                          "body("
                                                                                          "int32 "
                                                                                          "k,"
                                                                                          " " LIST("3") " l, " LIST("3") " m, " F(
                                                                                              "4") " g) {\n" NEXT OP(F("4"),
                                                                                              "row",
                                                                                              "list"
                                                                                              "_rea"
                                                                                              "d("
                                                                                              "ls "
                                                                                              "= "
                                                                                              "l, "
                                                                                              "inde"
                                                                                              "x = "
                                                                                              "k)") OP(F("4"),
                                                                                              "sum",
                                                                                              "add("
                                                                                              "x = "
                                                                                              "g, "
                                                                                              "y = "
                                                                                              "row"
                                                                                              ")") OP(LIST("3"),
                                                                                              "mm",
                                                                                              "list"
                                                                                              "_wri"
                                                                                              "te("
                                                                                              "ls "
                                                                                              "= "
                                                                                              "m, "
                                                                                              "inde"
                                                                                              "x = "
                                                                                              "k, "
                                                                                              "valu"
                                                                                              "e "
                                                                                              "= "
                                                                                              "sum"
                                                                                              ")") "} -> (kk, l, mm, "
                                                                                                   "sum);\n" OP(
                                                                                                       F("3,4"),
                                                                                                       "y",
                                                                                                       "list_gather(ls = "
                                                                                                       "sums, indices = "
                                                                                                       "turned)"),
        "y, last"},
    /* as many as there are turns, each at the end */
    [APPENDS] = {"appends", F("3,4") " x, " F("4") " h",
        NUMBERS INTS("two", "2", "2,0") MAKE("a", "1", "0", "true")
            LOOP("int32 n, " LIST("?") " all, " F("4") " last", "none, a, h") "test(int32 i, " LIST(
                "?") " l0, " F("4") " h0) {\n" LESS
                                    "body(int32 k, " LIST("1") " l, " F(
                                        "4") " g) {"
                                             "\n" NEXT OP("int32", "end", "list_length(ls = l)")
                                                 OP(F("4"), "gg", "add(x = g, y = g)") OP(LIST("1"),
                                                     "ll",
                                                     "list_write(ls = l, index = end, value = "
                                                     "gg)") "} -> (kk, ll, gg);\n" OP("int32",
                                                     "length", "list_length(ls = all)") OP(F("2,4"),
                                                     "y", "list_gather(ls = all, indices = two)"),
        "y, length"},
    /* a list that was written to is another list; what was not written is zeros, also between */
    [KEEPS] = {"keeps", F("3,4") " x, " F("4") " h",
        NUMBERS MAKE("a", "?", "1", "true")
            OP(LIST("?"), "b", "list_write(ls = a, index = three, value = h)")
                OP(LIST("?"), "c", "list_write(ls = b, index = none, value = h)") OP(
                    "int32", "na", "list_length(ls = a)") OP("int32", "nb", "list_length(ls = b)")
                    OP(F("4"), "a0", "list_read(ls = a, index = none)")
                        OP(F("4"), "b0", "list_read(ls = b, index = none)")
                            OP(F("4"), "b1", "list_read(ls = b, index = one)")
                                OP(F("4"), "c0", "list_read(ls = c, index = none)"),
        "na, nb, a0, b0, b1, c0"},
    /* a branch writes to a list from outside, which stays as it was */
    [BRANCHES] = {"branches", F("4") " h, bool p",
        NUMBERS MAKE("a", "3", "3", "false")
            OP(LIST("3"), "b", "list_write(ls = a, index = one, value = h)")
                LIST("3") " c = cond(pred = p)[name=string(\"cond\")] yes() {\n" OP(
                    F("4"), "hh", "add(x = h, y = h)") OP(LIST("3"), "d",
                    "list_write(ls = b, index = one, value = hh)") "} -> (d), no() {\n} -> "
                                                                   "(b);\n" OP(F("4"), "was",
                                                                       "list_read(ls = b, index = "
                                                                       "one)") OP(F("4"), "is",
                                                                       "list_read(ls = c, index = "
                                                                       "one)"),
        "was, is"},
    /* three times, two lists of different room change places, and one of them is written to */
    [EXCHANGES] = {"exchanges", F("4") " h",
        NUMBERS MAKE("a", "3", "3", "false") MAKE("b", "1", "1", "true")
            LOOP("int32 n, " LIST("3") " p, " LIST("?") " q", "none, a, b") "test(int32 i, " LIST(
                "?") " l0, " LIST("?") " m0) {\n" LESS "body(int32 k, " LIST("?") " l, " LIST("?") " m) {\n" NEXT
                OP(LIST("?"), "ll",
                    "list_write(ls = l, index = none, value = h)") "} -> (kk, m, ll);\n" OP("int32",
                    "np", "list_length(ls = p)") OP("int32", "nq", "list_length(ls = q)")
                    OP(F("4"), "p0", "list_read(ls = p, index = none)")
                        OP(F("4"), "q0", "list_read(ls = q, index = none)"),
        "np, nq, p0, q0"},
    /* elements without axes; a length that is known only when it runs */
    [SCALARS] = {"scalars", "int32 n",
        INT("none", "0") "list<int32, ?> a = make_list(init_length = n, dynamic_length = "
                         "bool(false), elem_shape = (), dtype = string(\"int32\"))[name = "
                         "string(\"a\")];\n" OP(
                             "list<int32, ?>", "b", "list_write(ls = a, index = none, value = n)")
                             OP("int32", "length", "list_length(ls = b)")
                                 OP("int32", "first", "list_read(ls = b, index = none)"),
        "length, first"},
};

static void all_run(const struct image *image, const struct mil_program *program) {
    float x[3][4], h[4] = {1, -2, 3, 0.5f}, y[3][4], last[4], sum[3][4];
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 4; j++) {
            x[i][j] = (float)(10 * i + j);
            sum[i][j] = (i ? sum[i - 1][j] : h[j]) + x[i][j];
        }
    run(image, program, SUMS, (void *[]){x, h}, (void *[]){y, last});
    for (int j = 0; j < 4; j++)
        cr_expect(y[0][j] == sum[2][j] && y[1][j] == sum[0][j] && y[2][j] == sum[1][j] &&
                      last[j] == sum[2][j],
            "sums %d", j);
    int32_t n[2];
    run(image, program, APPENDS, (void *[]){x, h}, (void *[]){y, &n[0]});
    cr_expect_eq(n[0], 3);
    for (int j = 0; j < 4; j++)
        cr_expect(y[0][j] == 8 * h[j] && y[1][j] == 2 * h[j], "appends %d", j);
    float a0[4], b0[4], b1[4], c0[4];
    run(image, program, KEEPS, (void *[]){x, h}, (void *[]){&n[0], &n[1], a0, b0, b1, c0});
    cr_expect(n[0] == 1 && n[1] == 4, "lengths %d %d", n[0], n[1]);
    for (int j = 0; j < 4; j++)
        cr_expect(a0[j] == 0 && b0[j] == 0 && b1[j] == 0 && c0[j] == h[j], "keeps %d", j);
    for (int p = 0; p < 2; p++) {
        bool yes = p;
        run(image, program, BRANCHES, (void *[]){h, &yes}, (void *[]){a0, b0});
        for (int j = 0; j < 4; j++)
            cr_expect(a0[j] == h[j] && b0[j] == (p ? 2 : 1) * h[j], "branch %d: %d", p, j);
    }
    run(image, program, EXCHANGES, (void *[]){h}, (void *[]){&n[0], &n[1], a0, b0});
    cr_expect(n[0] == 1 && n[1] == 3, "lengths %d %d", n[0], n[1]);
    for (int j = 0; j < 4; j++)
        cr_expect(a0[j] == h[j] && b0[j] == h[j], "exchanges %d", j);
    int32_t five = 5, first;
    run(image, program, SCALARS, (void *[]){&five}, (void *[]){&n[0], &first});
    cr_expect(n[0] == 5 && first == 5);
}

Test(mil_lists, evaluated_and_compiled) {
    struct mil_program *program = kit_program(functions, sizeof functions / sizeof *functions);
    struct image image;
    image_open(&image, program, (struct mil_weights){0});
    all_run(NULL, program);
    all_run(&image, program);
    image_close(&image);
    mil_program_free(program);
}

/* A list that a loop fills is changed where it is: every turn copies none. */
Test(mil_lists, in_place) {
    static const unsigned char mark[64] = {1};
    struct mil_emission emission;
    for (int f = SUMS; f <= APPENDS; f++) {
        struct mil_program *program = kit_program(&functions[f], 1);
        cr_assert_eq(mil_emit(program, NULL, mark, "k", &emission, &error), 0, "%s", error.text);
        const char *loop = strstr(emission.c_text, "for (long turn");
        cr_assert(loop);
        cr_expect_null(strstr(loop, "list_copy("), "%s copies a list", functions[f].name);
        mil_emission_free(&emission);
        mil_program_free(program);
    }
}

static const struct kit_function faults[] = {
    {"reads", "int32 i, " F("4") " h",
        MAKE("a", "2", "2", "false") OP(F("4"), "y", "list_read(ls = a, index = i)"), "y"},
    {"writes", "int32 i, " F("4") " h",
        INT("none", "0") MAKE("a", "2", "2", "false")
            OP(LIST("2"), "b", "list_write(ls = a, index = i, value = h)")
                OP(F("4"), "y", "list_read(ls = b, index = none)"),
        "y"},
    {"grows", "int32 i, " F("4") " h",
        INT("none", "0") MAKE("a", "?", "2", "true")
            OP(LIST("?"), "b", "list_write(ls = a, index = i, value = h)")
                OP(F("4"), "y", "list_read(ls = b, index = none)"),
        "y"},
    {"makes", "int32 i, " F("4") " h",
        LIST("?") " a = make_list(init_length = i, elem_shape = "
                  "(int32(4)))[name=string(\"a\")];\n" OP("int32", "y", "list_length(ls = a)"),
        "y"},
};

Test(mil_lists, what_goes_wrong_while_it_runs) {
    static const struct {
        int function;
        int32_t index;
        const char *says; /* NULL: all is well */
    } cases[] = {
        {0, 1, NULL},
        {0, 2, "list_read: index 2 is outside a list of 2"},
        {0, -1, "list_read: index -1 is outside a list of 2"},
        {1, 1, NULL},
        {1, 2, "list_write: index 2 is outside a list of 2"},
        {1, -1, "list_write: index -1 is outside a list of 2"},
        {2, 1048575, NULL},
        {2, 1048576,
            "list_write: a list grows to 1048577 elements; at most 1048576 of this size are held "
            "here"},
        {2, -1, "list_write: index -1 is outside a list of 2"},
        {3, 0, NULL},
        {3, -2,
            "make_list: a list grows to -2 elements; at most 1048576 of this size are held here"},
    };
    struct mil_program *program = kit_program(faults, sizeof faults / sizeof *faults);
    struct image image;
    image_open(&image, program, (struct mil_weights){0});
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int f = cases[i].function;
        float h[4] = {1, 2, 3, 4}, y[4];
        const void *in[] = {&cases[i].index, h};
        void *out[] = {y}, *arena;
        const struct mil_image_function *code = &image.code->functions[f];
        struct mil_fault fault;
        cr_assert_eq(posix_memalign(&arena, MIL_ARENA_ALIGN, (size_t)code->arena_bytes + 64), 0);
        for (int compiled = 0; compiled < 2; compiled++) {
            const int status = compiled ? code->run(&image_host, in, out, arena, &fault)
                                        : mil_eval(program, f, NULL, in, out, &error);
            cr_expect_eq(status != 0, cases[i].says != NULL, "%s %d", code->name, cases[i].index);
            if (compiled && status != 0)
                mil_fault_fail(&fault, &error);
            if (status != 0)
                cr_expect_str_eq(error.text, cases[i].says);
        }
        free(arena);
    }
    image_close(&image);
    mil_program_free(program);
}

/* Elements whose sizes have names: they are those of what is written, be it later, in a loop or in a branch. */
static const char named[] =
    "program(1.3) {\n"
    "func main<ios18>(tensor<fp32, [3, ?]> x, tensor<fp32, [?]> h, bool p) {\n"
    "tensor<int32, [3]> all = const()[name = string(\"all\"), val = tensor<int32, [3]>([0, 1, "
    "2])];\n"
    "list<tensor<fp32, [?]>, ?> a = make_list(init_length = int32(3), dynamic_length = "
    "bool(false),\n"
    "    elem_shape = (string(\"is0\")), dtype = string(\"fp32\"))[name = string(\"a\")];\n"
    "list<tensor<fp32, [?]>, ?> b = make_list(init_length = int32(3), dynamic_length = "
    "bool(false),\n"
    "    elem_shape = (string(\"is1\")), dtype = string(\"fp32\"))[name = string(\"b\")];\n"
    "list<tensor<fp32, [?]>, ?> e = make_list(init_length = int32(1), dynamic_length = "
    "bool(false),\n"
    "    elem_shape = (string(\"is2\")), dtype = string(\"fp32\"))[name = string(\"e\")];\n"
    "list<tensor<fp32, [?]>, ?> rows = list_scatter(ls = a, indices = all, value = x)[name = "
    "string(\"rows\")];\n"
    "int32 n, list<tensor<fp32, [?]>, ?> in, list<tensor<fp32, [?]>, ?> sums, tensor<fp32, [?]> "
    "last =\n"
    "    while_loop(loop_vars = (int32(0), rows, b, h))[name = string(\"loop\")]\n"
    "test(int32 i, list<tensor<fp32, [?]>, ?> l0, list<tensor<fp32, [?]>, ?> m0, tensor<fp32, [?]> "
    "h0) {\n"
    "    bool more = less(x = i, y = int32(3))[name = string(\"more\")];\n"
    "} -> (more),\n"
    "body(int32 k, list<tensor<fp32, [?]>, ?> l, list<tensor<fp32, [?]>, ?> m, tensor<fp32, [?]> "
    "g) {\n"
    "    int32 kk = add(x = k, y = int32(1))[name = string(\"kk\")];\n"
    "    tensor<fp32, [?]> row = list_read(ls = l, index = k)[name = string(\"row\")];\n"
    "    tensor<fp32, [?]> sum = add(x = g, y = row)[name = string(\"sum\")];\n"
    "    list<tensor<fp32, [?]>, ?> mm = list_write(ls = m, index = k, value = sum)[name = "
    "string(\"mm\")];\n"
    "} -> (kk, l, mm, sum);\n"
    "list<tensor<fp32, [?]>, ?> c = cond(pred = p)[name = string(\"c\")] yes() {\n"
    "    list<tensor<fp32, [?]>, ?> d = list_write(ls = e, index = int32(0), value = last)[name = "
    "string(\"d\")];\n"
    "} -> (d), no() {\n"
    "} -> (e);\n"
    "tensor<fp32, [3, ?]> y = list_gather(ls = sums, indices = all)[name = string(\"y\")];\n"
    "tensor<fp32, [?]> z = list_read(ls = c, index = int32(0))[name = string(\"z\")];\n"
    "} -> (y, last, z);\n"
    "}\n";

static int sized(const char *text, int size, struct mil_program **out) {
    struct mil_program *program;
    struct mil_finding *findings;
    int n;
    cr_assert_eq(
        mil_read(text, strlen(text), &program, &findings, &n, &error), 0, "%s", error.text);
    cr_assert_eq(n, 0, "%s", n ? findings[0].text : "");
    struct mil_type types[MIL_RANK_MAX];
    const struct mil_function *f = &program->functions[0];
    for (int i = 0; i < f->n_inputs; i++) {
        types[i] = *f->values[i].type;
        for (int axis = 0; axis < types[i].rank; axis++)
            if (types[i].dim[axis] < 0)
                types[i].dim[axis] = size;
    }
    const int status = mil_program_resize(program, 0, types, out, &error);
    mil_program_free(program);
    return status;
}

static void sums_check(const struct image *image, const struct mil_program *program, int size) {
    float x[3 * 5], h[5], y[3 * 5], last[5], z[5];
    for (int i = 0; i < 3 * size; i++)
        x[i] = (float)(i * i);
    for (int p = 0; p < 2; p++) {
        bool yes = p;
        for (int j = 0; j < size; j++)
            h[j] = (float)-j;
        run(image, program, 0, (void *[]){x, h, &yes}, (void *[]){y, last, z});
        for (int j = 0; j < size; j++) {
            float sum = h[j];
            for (int i = 0; i < 3; i++) {
                sum += x[i * size + j];
                cr_expect_eq(y[i * size + j], sum, "%d of %d, row %d", j, size, i);
            }
            cr_expect(last[j] == sum && z[j] == (p ? sum : 0), "%d of %d", j, size);
        }
    }
}

Test(mil_lists, sizes_with_names) {
    for (int size = 2; size <= 5; size += 3) {
        struct mil_program *program, *again;
        struct image image;
        size_t bytes;
        cr_assert_eq(sized(named, size, &program), 0, "%s", error.text);
        char *text = mil_print(program, &bytes);
        mil_program_free(program);
        cr_assert_eq(mil_parse(text, bytes, &again, &error), 0, "%s\n%s", error.text, text);
        free(text);
        image_open(&image, again, (struct mil_weights){0});
        sums_check(NULL, again, size);
        sums_check(&image, again, size);
        image_close(&image);
        mil_program_free(again);
    }
}

Test(mil_lists, sizes_with_names_that_nothing_says) {
    struct mil_program *program;
    cr_expect_eq(
        sized("program(1.3) {\nfunc main<ios18>(tensor<fp32, [?]> x) {\n"
              "list<tensor<fp32, [?]>, ?> a = make_list(elem_shape = (string(\"is0\")), dtype = "
              "string(\"fp32\"))[name = string(\"a\")];\n"
              "int32 y = list_length(ls = a)[name = string(\"y\")];\n} -> (y);\n}",
            2, &program),
        -1);
    cr_expect_str_eq(error.text, "the declared sizes of 'a' do not follow from the given ones");
}

Test(mil_lists, refused) {
    static const struct {
        const char *body, *says;
    } cases[] = {
        {OP(F("4"), "r", "list_read(ls = x, index = zero)"), "'ls' must be a list, found tensor"},
        {MAKE("a", "2", "2", "false") OP(F("4"), "r", "relu(x = a)"),
            "'x' must not be a list, found list<tensor<fp32, [4]>, 2>"},
        {MAKE("a", "2", "2", "false") OP(F("4"), "r", "concat(values = (x, a), axis = zero)"),
            "'values' must not be a list"},
        {MAKE("a", "2", "2", "false") OP(F("5"), "r", "list_read(ls = a, index = zero)"),
            "'r' is declared tensor<fp32, [5]>, but list_read makes tensor<fp32, [4]>"},
        {MAKE("a", "2", "2", "false")
                OP(LIST("2"), "r", "list_write(ls = a, index = zero, value = zero)"),
            "'value' must be tensor<fp32, [4]>, found int32"},
        {MAKE("a", "2", "2", "false") OP(F("4"), "r", "list_read(ls = a, index = x)"),
            "'index' must be int32, found tensor"},
        {MAKE("a", "2", "-2", "false") OP(F("4"), "r", "list_read(ls = a, index = zero)"),
            "a list of -2 elements"},
        {MAKE("a", "2", "2", "false")
                OP(LIST("2"), "r", "list_write(ls = a, index = zero, value = x)"),
            "output 'r' is a list"},
        {LIST("2") " a = const()[name = string(\"a\"), val = " LIST("2") "(([1, 2, 3, 4]))];\n" OP(
             F("4"), "r", "list_read(ls = a, index = zero)"),
            "a const list is known but not evaluated here"},
        {"list<" F("?") ", 2> a = make_list(init_length = int32(2), elem_shape = "
                        "(string(\"is0\")))[name = string(\"a\")];\n" OP(
                            F("?"), "r", "list_read(ls = a, index = zero)"),
            "'a' has unknown sizes"},
        {"list<" F(
             "2,5") ", 2> a = make_list(init_length = int32(2), elem_shape = (string(\"is0\"), "
                    "int32(4)))[name = string(\"a\")];\n" OP(
                        F("2,5"), "r", "list_read(ls = a, index = zero)"),
            "'a' is declared list<tensor<fp32, [2, 5]>, 2>, but make_list makes "
            "list<tensor<fp32, [?, 4]>, ?>"},
        {"list<" F("1000000") ", 2> a = make_list(init_length = int32(1000000), elem_shape = "
                              "(string(\"is0\")))[name = string(\"a\")];\n" OP(
                                  F("1000000"), "r", "list_read(ls = a, index = zero)"),
            "has more than 2^30 numbers"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[1024];
        struct mil_program *program = NULL;
        snprintf(text, sizeof text,
            "program(1.3) {\nfunc main<ios18>(%s x, int32 zero) {\n%s} -> (r);\n}", F("4"),
            cases[i].body);
        cr_expect_eq(mil_parse(text, strlen(text), &program, &error), -1, "%s", text);
        cr_expect(strstr(error.text, cases[i].says), "'%s', not '%s'", error.text, cases[i].says);
    }
}
