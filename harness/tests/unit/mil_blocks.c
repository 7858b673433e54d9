/* SPDX-License-Identifier: MIT
 *
 * State, cond and while_loop: evaluated and compiled, against the same in a few lines of C.
 */
#include "mil_image.h"
#include "mil_kit.h"

#define F(shape) "tensor<fp32, [" shape "]>"
#define H(shape) "tensor<fp16, [" shape "]>"
#define OPEN "state<" H("4") "> s, " H("4") " x"
#define MIL_STATE_BODY                                                                             \
    OP(H("4"), "old", "read_state(input = s)")                                                     \
    OP(H("4"), "sum", "add(x = x, y = old)") "write_state(data = sum, input = s);\n"

static struct mil_error error;

/* Runs the function by the evaluator (image NULL) or compiled; states are among `in`. */
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
    memset(arena, 0xff, (size_t)code->arena_bytes + 64);
    image_run(code, (const void *const *)in, out, arena);
    free(arena);
}

static void halves(uint16_t *out, const float *in, int n) {
    for (int i = 0; i < n; i++)
        out[i] = fp16_from_float(in[i]);
}

static void halves_are(const uint16_t *got, const float *want, int n, const char *what) {
    for (int i = 0; i < n; i++)
        cr_expect_eq((double)fp16_to_float(got[i]), (double)want[i], "%s, %d: %g, not %g", what, i,
            (double)fp16_to_float(got[i]), (double)want[i]);
}

static const struct kit_function states[] = {
    /* what is read is what was there; what is written is there next time */
    {"sums", OPEN, MIL_STATE_BODY, "old, sum"},
    /* a later read finds the new value */
    {"reads_again", OPEN,
        MIL_STATE_BODY OP(H("4"), "now", "read_state(input = s)")
            OP(H("4"), "twice", "add(x = now, y = old)"),
        "twice"},
    /* the form of packages: the update's result is the new value */
    {"updates", OPEN,
        OP(H("4"), "old", "read_state(input = s)") OP(H("4"), "new", "mul(x = x, y = x)")
            OP(H("4"), "u", "coreml_update_state(state = s, value = new)")
                OP(H("4"), "r", "sub(x = u, y = old)"),
        "r"},
    /* what is written over before it is read: a product, an input, a pooled one */
    {"writes_over", "state<" F("4") "> s, " F("4") " x",
        INTS("two", "2", "4,1") INTS("one", "1", "4") BOOL("no", "false") INTS("at", "4", "3,2,1,0")
            INT("axis", "0") BOOL("yes", "true") INTS("axes", "1", "1") OP(F("4"), "a",
                "gather(x = x, indices = at, axis = axis)") "write_state(data = a, "
                                                            "input = s);\n" OP(F("4,1"), "c",
                                                                "reshape(x = x, shape "
                                                                "= two)") OP(F("4,4"), "m",
                                                                "matmul(x = c, y = "
                                                                "c, transpose_x = "
                                                                "no, transpose_y = "
                                                                "yes)") OP(F("4"), "d",
                                                                "reduce_sum(x "
                                                                "= m, axes = "
                                                                "axes, "
                                                                "keep_dims = "
                                                                "no)") "write_"
                                                                       "state("
                                                                       "data = "
                                                                       "d, "
                                                                       "input "
                                                                       "= "
                                                                       "s);"
                                                                       "\nwrite"
                                                                       "_state("
                                                                       "data = "
                                                                       "x, "
                                                                       "input "
                                                                       "= "
                                                                       "s);"
                                                                       "\n" OP(F("4"), "r",
                                                                           "add"
                                                                           "(x "
                                                                           "= "
                                                                           "x, "
                                                                           "y "
                                                                           "= "
                                                                           "x"
                                                                           ")"),
        "r"},
    /* two states of fp32 that change places */
    {"swaps", "state<" F("4") "> s, state<" F("4") "> t, " F("4") " x",
        OP(F("4"), "a", "read_state(input = s)") OP(F("4"), "b",
            "read_state(input = t)") "write_state(data = b, input = s);\nwrite_state(data = a, "
                                     "input = t);\n" OP(F("4"), "r", "add(x = a, y = x)"),
        "r"},
};

static void states_run(const struct image *image, const struct mil_program *program) {
    const float x[4] = {1, -2, 0.5f, 4};
    for (int f = 0; f < 3; f++) {
        uint16_t s[4] = {0}, half[4], out[2][4];
        float was[4] = {0};
        halves(half, x, 4);
        for (int round = 0; round < 3; round++) {
            float is[4], wanted[4];
            for (int i = 0; i < 4; i++) {
                is[i] = f == 2 ? x[i] * x[i] : was[i] + x[i];
                wanted[i] = f == 0 ? was[i] : f == 1 ? is[i] + was[i] : is[i] - was[i];
            }
            run(image, program, f, (void *[]){s, half}, (void *[]){out[0], out[1]});
            halves_are(out[0], wanted, 4, states[f].name);
            halves_are(s, is, 4, "its state");
            memcpy(was, is, sizeof was);
        }
    }
    float s[4] = {1, 2, 3, 4}, t[4] = {5, 6, 7, 8}, out[4];
    run(image, program, 3, (void *[]){s, (void *)x}, (void *[]){out});
    for (int i = 0; i < 4; i++)
        cr_expect(out[i] == 2 * x[i] && s[i] == x[i], "written over: %d", i);
    for (int i = 0; i < 4; i++)
        s[i] = (float)(i + 1);
    run(image, program, 4, (void *[]){s, t, (void *)x}, (void *[]){out});
    for (int i = 0; i < 4; i++)
        cr_expect(
            out[i] == (float)(i + 1) + x[i] && s[i] == (float)(i + 5) && t[i] == (float)(i + 1));
}

/* A state that blocks read and write: by one branch, and by every turn of a loop; and on the way out of it. */
static const struct kit_function states_in_blocks[] = {
    {"branch", "state<" H("4") "> s, " H("4") " x, bool p",
        OP(H("4"), "before", "read_state(input = s)")
            H("4") " r = cond(pred = p)[name = "
                   "string(\"c\")] yes() {\n" OP(H("4"), "old", "read_state(input = s)") OP(H("4"),
                       "sum",
                       "add(x = x, y = old)") "write_state(data = sum, input = s);\n" OP(H("4"),
                       "now", "read_state(input = s)") "} -> (now), no() {\n} -> (x);\n" OP(H("4"),
                       "after", "read_state(input = s)"),
        "before, r, after"},
    {"loop", "state<" H("4") "> s, " H("4") " x, bool p",
        INT("none", "0") INT("three", "3") INT("one", "1")
            H("4") " v, int32 n = while_loop(loop_vars = (x, none))[name = string(\"w\")] test(" H(
                "4") " a, int32 i) {\n" OP("bool", "more",
                "less(x = i, y = three)") "} -> (more), body(" H("4") " b, int32 k) {\n" OP(H("4"),
                "old", "read_state(input = s)") OP(H("4"), "sum", "add(x = b, y = old)")
                OP(H("4"), "u", "coreml_update_state(state = s, value = sum)")
                    OP("int32", "kk", "add(x = k, y = one)") "} -> (u, kk);\n" OP(
                        H("4"), "after", "read_state(input = s)") OP(H("4"), "next",
                        "add(x = after, y = x)") "write_state(data = next, input = s);\n",
        "x, v, after"},
};

static void states_in_blocks_run(const struct image *image, const struct mil_program *program) {
    const float x[4] = {1, -2, 0.5f, 4}, s0[4] = {1, 2, 3, -1};
    for (int p = 0; p < 2; p++) {
        uint16_t s[4], half[4], out[3][4];
        float sum[4];
        bool pred = p;
        halves(half, x, 4);
        halves(s, s0, 4);
        run(image, program, 0, (void *[]){s, half, &pred}, (void *[]){out[0], out[1], out[2]});
        for (int i = 0; i < 4; i++)
            sum[i] = s0[i] + x[i];
        halves_are(out[0], s0, 4, "read before");
        halves_are(out[1], p ? sum : x, 4, "the branch");
        halves_are(out[2], p ? sum : s0, 4, "read after");
        halves_are(s, p ? sum : s0, 4, "the state after the branch");
        halves(s, s0, 4);
        for (int round = 0; round < 2; round++) {
            float state[4], v[4], next[4];
            for (int i = 0; i < 4; i++) {
                state[i] = fp16_to_float(s[i]);
                v[i] = x[i];
                for (int turn = 0; turn < 3; turn++)
                    state[i] = v[i] = v[i] + state[i];
                next[i] = state[i] + x[i];
            }
            run(image, program, 1, (void *[]){s, half, &pred}, (void *[]){out[0], out[1], out[2]});
            halves_are(out[1], v, 4, "the loop's variable");
            halves_are(out[2], state, 4, "read after the loop");
            halves_are(s, next, 4, "the state after the loop");
        }
    }
}

Test(mil_blocks, states_in_blocks) {
    struct mil_program *program = kit_program(states_in_blocks, 2);
    struct image image;
    image_open(&image, program, (struct mil_weights){0});
    states_in_blocks_run(NULL, program);
    states_in_blocks_run(&image, program);
    image_close(&image);
    mil_program_free(program);
}

Test(mil_blocks, states) {
    struct mil_program *program = kit_program(states, sizeof states / sizeof *states);
    struct image image;
    image_open(&image, program, (struct mil_weights){0});
    states_run(NULL, program);
    states_run(&image, program);
    image_close(&image);
    mil_program_free(program);
}

#define COND                                                                                       \
    F("4")                                                                                         \
    " r, " F("4") " q = cond(pred = p)[name = string(\"c\")] yes() {\n" OP(                        \
        F("4"), "a", "mul(x = x, y = two)")                                                        \
        OP(F("4"), "b", "add(x = a, y = x)") "} -> (b, a), no() {\n" OP(                           \
            F("4"), "d", "sub(x = x, y = two)") "} -> (d, x);\n"

static const struct kit_function blocks[] = {
    {"branches", F("4") " x, bool p",
        CONST("fp32", "two", "2") COND OP(F("4"), "z", "add(x = r, y = q)"), "z, r"},
    /* x doubles until its largest element passes 100; how often */
    {"loops", F("4") " x, bool p",
        CONST("fp32", "hundred", "100") CONST("int32", "none", "0") CONST("int32", "one", "1")
            INTS("axes", "1", "0") BOOL("keep", "false") F(
                "4") " y, int32 n = while_loop(loop_vars = (x, none))[name = string(\"w\")] "
                     "test(" F("4") " v, int32 i) {\n" OP(
                         "fp32", "most", "reduce_max(x = v, axes = axes, keep_dims = keep)")
                         OP("bool", "small", "less(x = most, y = hundred)") "} -> (small), body(" F(
                             "4") " w, int32 k) {\n" OP(F("4"), "ww", "add(x = w, y = w)")
                             OP("int32", "kk", "add(x = k, y = one)") "} -> (ww, kk);\n",
        "y, n"},
    /* variables that change places, a value from outside, and a branch within the loop */
    {"swaps", F("4") " x, bool p",
        CONST("fp32", "two", "2") CONST("int32", "none", "0") CONST("int32", "three", "3")
            CONST("int32", "one", "1") OP(F("4"), "x2", "mul(x = x, y = two)") F("4") " y, " F(
                "4") " z, int32 n = while_loop(loop_vars = (x, x2, none))"
                     "[name = string(\"w\")] test(" F("4") " a, " F("4") " b, int32 i) {\n" OP(
                         "bool",
                         "more", "less(x = i, y = three)") "} -> (more), body(" F("4") " c, " F("4") " d, int32 k) {\n" OP("int32",
                         "kk", "add(x = k, y = one)")
                         F("4") " e = cond(pred = p)[name = string(\"in\")] yes() {\n" OP(
                             F("4"), "g", "add(x = c, y = x2)") "} -> (g), no() {\n} -> (c);\n} -> "
                                                                "(d, e, kk);\n",
        "y, z, n"},
    /* three times, each becomes the other */
    {"exchanges", F("4") " x, bool p",
        CONST("fp32", "two", "2") CONST("int32", "none", "0") CONST("int32", "three", "3")
            CONST("int32", "one", "1") OP(F("4"), "x2", "mul(x = x, y = two)") F("4") " y, " F(
                "4") " z, int32 n = while_loop(loop_vars = (x, x2, none))"
                     "[name = string(\"w\")] test(" F("4") " a, " F("4") " b, int32 i) {\n" OP(
                         "bool", "more",
                         "less(x = i, y = three)") "} -> (more), body(" F("4") " c, " F("4") " d, "
                                                                                             "int32"
                                                                                             " k) "
                                                                                             "{"
                                                                                             "\n" OP(
                                                                                                 "i"
                                                                                                 "n"
                                                                                                 "t"
                                                                                                 "3"
                                                                                                 "2",
                                                                                                 "k"
                                                                                                 "k",
                                                                                                 "a"
                                                                                                 "d"
                                                                                                 "d"
                                                                                                 "("
                                                                                                 "x"
                                                                                                 " "
                                                                                                 "="
                                                                                                 " "
                                                                                                 "k"
                                                                                                 ","
                                                                                                 " "
                                                                                                 "y"
                                                                                                 " "
                                                                                                 "="
                                                                                                 " "
                                                                                                 "o"
                                                                                                 "n"
                                                                                                 "e"
                                                                                                 ")") "} -> (d, c, kk);\n",
        "y, z"},
};

static void blocks_run(const struct image *image, const struct mil_program *program) {
    const float x[4] = {1, 3, -2, 0.5f};
    for (int p = 0; p < 2; p++) {
        float out[2][4], a[4], b[4];
        bool pred = p;
        int32_t n;
        void *in[] = {(void *)x, &pred};
        run(image, program, 0, in, (void *[]){out[0], out[1]});
        for (int i = 0; i < 4; i++) {
            const float r = p ? 3 * x[i] : x[i] - 2, q = p ? 2 * x[i] : x[i];
            cr_expect(out[0][i] == r + q && out[1][i] == r, "branch %d: %g %g", p,
                (double)out[0][i], (double)out[1][i]);
        }
        run(image, program, 1, in, (void *[]){out[0], &n});
        cr_expect_eq(n, 6); /* 3 * 2^6 = 192 */
        for (int i = 0; i < 4; i++)
            cr_expect_eq(out[0][i], 64 * x[i]);
        for (int i = 0; i < 4; i++)
            a[i] = x[i], b[i] = 2 * x[i];
        for (int k = 0; k < 3; k++)
            for (int i = 0; i < 4; i++) {
                const float made = p ? a[i] + 2 * x[i] : a[i];
                a[i] = b[i];
                b[i] = made;
            }
        run(image, program, 2, in, (void *[]){out[0], out[1], &n});
        cr_expect_eq(n, 3);
        for (int i = 0; i < 4; i++)
            cr_expect(out[0][i] == a[i] && out[1][i] == b[i], "swaps %d: %g %g", p,
                (double)out[0][i], (double)out[1][i]);
        run(image, program, 3, in, (void *[]){out[0], out[1]});
        for (int i = 0; i < 4; i++)
            cr_expect(out[0][i] == 2 * x[i] && out[1][i] == x[i], "exchanges: %g %g",
                (double)out[0][i], (double)out[1][i]);
    }
}

Test(mil_blocks, branches_and_loops) {
    struct mil_program *program = kit_program(blocks, sizeof blocks / sizeof *blocks);
    struct image image;
    image_open(&image, program, (struct mil_weights){0});
    blocks_run(NULL, program);
    blocks_run(&image, program);
    image_close(&image);
    mil_program_free(program);
}

/* What does not fit is one error, with its place. */
Test(mil_blocks, refused) {
    static const struct {
        const char *body, *says;
    } cases[] = {
        {F("4") " r = cond(pred = p)[name = string(\"c\")] yes() {\n} -> (x);\n", "two blocks"},
        {F("4") " r = cond(pred = p)[name = string(\"c\")] yes() {\n} -> (x, x), no() {\n} -> (x, "
                "x);\n",
            "1 results are declared, its blocks make 2"},
        {F("4") " r = cond(pred = x)[name = string(\"c\")] yes() {\n} -> (x), no() {\n} -> (x);\n",
            "must be bool"},
        {F("4") " r = cond(pred = p)[name = string(\"c\")] yes() {\n} -> (x), no() {\n} -> (p);\n",
            "number 1 of the second block's outputs"},
        {F("4") " r = while_loop(loop_vars = (x))[name = string(\"c\")] t(" F(
             "4") " a) {\n} -> (a), b(" F("4") " a) {\n} -> (a);\n",
            "must be bool"},
        {F("4") " r = while_loop(loop_vars = (x))[name = string(\"c\")] t(bool a) {\n} -> (a), "
                "b(" F("4") " a) {\n} -> (a);\n",
            "number 1 of the first block's inputs"},
        {F("4") " r = while_loop(loop_vars = (x))[name = string(\"c\")] t(" F(
             "4") " a) {\n} -> (p), b(" F("4") " a) {\n} -> (a, a);\n",
            "1 values are needed as the second block's outputs, found 2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[1024];
        struct mil_program *program = NULL;
        snprintf(text, sizeof text,
            "program(1.3) {\nfunc main<ios18>(%s x, bool p) {\n%s} -> (r);\n}", F("4"),
            cases[i].body);
        cr_expect_eq(mil_parse(text, strlen(text), &program, &error), -1, "%s", text);
        cr_expect(strstr(error.text, cases[i].says), "'%s', not '%s'", error.text, cases[i].says);
        cr_expect_eq(error.place.line, 3);
    }
}

/* What can go wrong while a program runs is the same error of the evaluator and of the compiled program, and
 * leaves states alone. */
static const struct kit_function faults[] = {
    {"endless", "bool x, " H("4") " y, " H("4") " z",
        BOOL("yes", "true") "bool r = while_loop(loop_vars = (x))[name = string(\"w\")] t(bool "
                            "a) {\n} -> (yes), b(bool c) {\n} -> (c);\n",
        "r"},
    {"gathers", "state<" H("4") "> s, " H("3,4") " x, tensor<int32, [2]> at",
        INT("axis", "1") OP(H("4"), "old", "read_state(input = s)") OP(H("4"), "twice",
            "add(x = old, y = old)") "write_state(data = twice, input = s);\n" OP(H("3,2"), "r",
            "gather(x = x, indices = at, axis = axis)"),
        "r"},
    {"scatters", H("3,4") " x, " H("2,4") " u, tensor<int32, [2]> at",
        INT("axis", "0") TEXT("mode", "update") OP(H("3,4"), "r",
            "scatter(data = x, indices = at, updates = u, axis = axis, mode = mode)"),
        "r"},
    {"gathers_along", H("3,4") " x, " H("2,4") " u, tensor<int32, [3, 1]> at",
        INT("axis", "1") OP(H("3,1"), "r", "gather_along_axis(x = x, indices = at, axis = axis)"),
        "r"},
    {"gathers_nd", H("3,4") " x, " H("2,4") " u, tensor<int32, [2, 2]> at",
        OP(H("2"), "r", "gather_nd(x = x, indices = at)"), "r"},
};

Test(mil_blocks, what_goes_wrong_while_it_runs) {
    static const struct {
        int function, at[4];
        const char *says; /* NULL: all is well */
    } cases[] = {
        {1, {0, 4}, "gather: index 4 is outside an axis of 4"},
        {1, {-5, 0}, "gather: index -5 is outside an axis of 4"},
        {1, {-4, 3}, NULL},
        {2, {0, 3}, "scatter: index 3 is outside an axis of 3"},
        {2, {-3, 2}, NULL},
        {3, {0, 1, 7}, "gather_along_axis: index 7 is outside an axis of 4"},
        {3, {0, 1, 3}, NULL},
        {4, {0, 3, 3, 3}, "gather_nd: index 3 is outside an axis of 3"},
        {4, {0, 3, 2, 4}, "gather_nd: index 4 is outside an axis of 4"},
        {4, {-3, 3, 2, -4}, NULL},
        {0, {1}, "while_loop: it has not ended after 1048576 iterations"},
    };
    struct mil_program *program = kit_program(faults, sizeof faults / sizeof *faults);
    struct image image;
    image_open(&image, program, (struct mil_weights){0});
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint16_t x[12] = {0}, u[12] = {0}, s[4] = {0x3c00, 0, 0, 0}, out[12];
        const int f = cases[i].function;
        const bool yes = true;
        const void *in[] = {f == 0   ? (const void *)&yes
                            : f == 1 ? s
                                     : x,
            f == 1 ? x : u, cases[i].at};
        void *outputs[] = {out}, *arena;
        const struct mil_image_function *code = &image.code->functions[f];
        struct mil_fault fault;
        cr_assert_eq(posix_memalign(&arena, MIL_ARENA_ALIGN, (size_t)code->arena_bytes + 64), 0);
        for (int compiled = 0; compiled < 2; compiled++) {
            int status = compiled ? code->run(&image_host, in, outputs, arena, &fault)
                                  : mil_eval(program, f, NULL, in, outputs, &error);
            cr_expect_eq(status != 0, cases[i].says != NULL, "%s", code->name);
            if (compiled && status != 0)
                mil_fault_fail(&fault, &error);
            if (status != 0)
                cr_expect_str_eq(error.text, cases[i].says);
            if (f == 1)
                cr_expect_eq(s[0], status != 0 ? 0x3c00 : 0x4000, "its state");
            s[0] = 0x3c00;
        }
        free(arena);
    }
    image_close(&image);
    mil_program_free(program);
}
