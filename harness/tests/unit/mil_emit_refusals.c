/* SPDX-License-Identifier: MIT
 *
 * Programs that evaluator and emitter must refuse, and names that try to inject code.
 */
#include "mil_image.h"
#include "mil_kit.h"

#define F(shape) "tensor<fp32, [" shape "]>"

static const unsigned char mark[64] = {1};

/* Both must fail with a sentence that has `hint` in it. */
static void refused(
    struct kit_function function, const char *hint, bool by_emitter, bool by_evaluator) {
    struct mil_program *program = kit_program(&function, 1);
    const struct mil_weights none = {0};
    struct mil_emission emission;
    struct mil_error error = {0};
    static const float in[64];
    static float out[64];
    const void *inputs[] = {in, in};
    void *outputs[] = {out, out};
    if (by_emitter) {
        cr_assert_eq(
            mil_emit(program, &none, mark, "k", &emission, &error), -1, "%s", function.name);
        cr_assert(strstr(error.text, hint), "%s: %s", function.name, error.text);
        cr_assert(!emission.c_text && !emission.constants && !emission.blobs);
        cr_assert_eq(mil_emit(program, &none, mark, "k", &emission, NULL), -1);
    }
    if (by_evaluator) {
        error = (struct mil_error){0};
        cr_assert_eq(mil_eval(program, 0, &none, inputs, outputs, &error), -1, "%s", function.name);
        cr_assert(strstr(error.text, hint), "%s: %s", function.name, error.text);
        cr_assert_eq(mil_eval(program, 0, &none, inputs, outputs, NULL), -1);
    }
    mil_program_free(program);
}

#define BLOB(type)                                                                                 \
    type " w = const()[name=string(\"w\"), val=" type "(BLOBFILE(path=string("                     \
         "\"@model_path/weights/w.bin\"), offset=uint64(64)))];\n"

Test(mil_emit_refusals, missing_blob) {
    refused((struct kit_function){"main", F("4") " x",
                BLOB(F("4")) OP(F("4"), "r", "add(x=x, y=w)"), "r"},
        "w.bin", true, true);
}

Test(mil_emit_refusals, too_many_constants) {
    refused((struct kit_function){"main", F("1, 1") " x",
                BLOB(F("16384, 20000")) OP(F("16384, 20000"), "r", "add(x=x, y=w)"), "r"},
        "1 GiB", true, false);
}

Test(mil_emit_refusals, value_too_large) {
    refused(
        (struct kit_function){"main", F("1, 1") " x",
            INTS("t", "2", "65536, 65536") OP(F("65536, 65536"), "r", "tile(x=x, reps=t)"), "r"},
        "2^30", true, true);
}

Test(mil_emit_refusals, values_in_use_too_large) {
    refused((struct kit_function){"main", F("1, 1") " x",
                INTS("t", "2", "16384, 32768") OP(F("16384, 32768"), "a", "tile(x=x, reps=t)")
                    INTS("s", "2", "32768, 16384") OP(F("32768, 16384"), "b", "tile(x=x, reps=s)"),
                "a, b"},
        "smaller", true, true);
}

Test(mil_emit_refusals, scores_too_large) {
    refused((struct kit_function){"main", F("1, 1, 1") " x",
                INTS("t", "3", "1, 65536, 1") OP(F("1, 65536, 1"), "q", "tile(x=x, reps=t)") OP(
                    F("1, 65536, 1"), "r", "scaled_dot_product_attention(query=q, key=q, value=q)"),
                "r"},
        "smaller", true, true);
}

Test(mil_emit_refusals, folded_too_large) {
    refused((struct kit_function){"main", F("1, 1") " x",
                CONST(F("1, 1"), "c", "[1]") INTS("t", "2", "16384, 32768") OP(F("16384, 32768"),
                    "w", "tile(x=c, reps=t)") OP(F("16384, 32768"), "r", "add(x=x, y=w)"),
                "r"},
        "1 GiB", true, false);
}

/* 2^30 multiply-adds on constants stay in the compiled program, 2^15 do not. */
Test(mil_emit_refusals, large_products_of_constants_are_left_alone) {
    struct kit_function functions[] = {
        {"large", F("1") " x",
            CONST(F("1, 1"), "c", "[1]") INTS("t", "2", "1024, 1024") BOOL("n", "false")
                OP(F("1024, 1024"), "w", "tile(x=c, reps=t)")
                    OP(F("1024, 1024"), "y", "matmul(x=w, y=w, transpose_x=n, transpose_y=n)"),
            "y"},
        {"small", F("1") " x",
            CONST(F("1, 1"), "c", "[1]") INTS("t", "2", "32, 32") BOOL("n", "false")
                OP(F("32, 32"), "w", "tile(x=c, reps=t)")
                    OP(F("32, 32"), "y", "matmul(x=w, y=w, transpose_x=n, transpose_y=n)"),
            "y"}};
    const struct mil_weights none = {0};
    for (int i = 0; i < 2; i++) {
        struct mil_program *program = kit_program(&functions[i], 1);
        struct mil_emission emission;
        cr_assert_eq(mil_emit(program, &none, mark, "k", &emission, NULL), 0);
        cr_assert_eq(strstr(emission.c_text, "sgemm(101") != NULL, i == 0, "%s", functions[i].name);
        mil_emission_free(&emission);
        mil_program_free(program);
    }
}

Test(mil_emit_refusals, uint64_value) {
    refused((struct kit_function){"main", F("1") " x",
                CONST("uint64", "u", "5") OP("uint64", "r", "identity(x=u)"), "r"},
        "uint64", true, true);
}

Test(mil_emit_refusals, no_such_function) {
    struct kit_function function = {"main", F("1") " x", OP(F("1"), "r", "relu(x=x)"), "r"};
    struct mil_program *program = kit_program(&function, 1);
    const struct mil_weights none = {0};
    struct mil_error error = {0};
    cr_assert_eq(mil_eval(program, 1, &none, NULL, NULL, &error), -1);
    cr_assert(strstr(error.text, "function"));
    cr_assert_eq(mil_eval(program, -1, &none, NULL, NULL, NULL), -1);
    mil_program_free(program);
}

/* A function's name and the path of the constants stay names, whatever they contain. The parser accepts
 * identifiers only; the emitter does not rely on that. */
Test(mil_emit_refusals, names_stay_names) {
    static const char evil[] = "a\"};\n#error\n*/ \?\?/ \\\" %s \t\x01\xff";
    struct kit_function function = {"main", F("3") " int",
        CONST(F("3"), "while", "[1, 2, 3]") OP(F("3"), "memcpy", "add(x=int, y=while)"), "memcpy"};
    struct mil_program *program = kit_program(&function, 1), copy = *program;
    struct mil_function renamed = program->functions[0];
    const struct mil_weights none = {0};
    struct image image;
    renamed.name = evil;
    copy.functions = &renamed;
    image_open_named(&image, &copy, none, "\"\n.byte 1 \\ 'k'%d;?\xc3\xbc\\n\\042.bin");
    cr_assert_str_eq(image.code->functions[0].name, evil);
    image_compare(&image, 0, 1, 0);
    image_close(&image);
    mil_program_free(program);
}
