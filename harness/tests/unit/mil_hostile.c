/* SPDX-License-Identifier: MIT
 *
 * Damaged and malicious texts: whatever the input, the result is a complete program or one error.
 */
#include "mil/check/check.h"
#include "mil_texts.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Parses a copy that ends where the text ends, so that a sanitizer sees a read past it. Whatever
 * parses must print, check and parse again. Returns whether it parsed. */
static bool survive(const char *text, size_t bytes) {
    char *exact = malloc(bytes ? bytes : 1), *printed;
    struct mil_program *program, *again;
    struct mil_error error = {.text = ""};
    size_t printed_bytes;
    int result, n;
    cr_assert_not_null(exact);
    memcpy(exact, text, bytes);
    result = mil_parse(exact, bytes, &program, &error);
    free(exact);
    if (result < 0) {
        cr_assert_null(program);
        cr_assert(error.text[0] != '\0');
        cr_assert_not_null(memchr(error.text, '\0', sizeof error.text));
        for (const char *p = error.text; *p; p++)
            cr_assert((unsigned char)*p >= 0x20 && *p != 0x7f, "the message holds byte %d", *p);
        return false;
    }
    free(mil_check(program, &n));
    cr_assert(n >= 0);
    printed = mil_print(program, &printed_bytes);
    cr_assert_not_null(printed);
    result = mil_parse(printed, printed_bytes, &again, &error);
    cr_assert_eq(result, 0, "%s", error.text);
    cr_assert(mil_program_equal(program, again));
    free(printed);
    mil_program_free(program);
    mil_program_free(again);
    return true;
}

/* Small, with a little of everything. */
static const char small_text[] =
    "program(1.3)[buildInfo=dict<string,string>({{\"a\",\"b\"}})]{func "
    "f<ios18>(tensor<fp16,[1,2]>x)"
    "{fp16 c=const()[name=string(\"c\"),val=fp16(-0x1.8p-3)];tensor<fp16,[2]>w=const()[name=string("
    "\"w\"),val=tensor<fp16,[2]>(BLOBFILE(path=string(\"p\"),offset=uint64(64)))];int32 a=const()["
    "name=string(\"a\"),val=int32(1)];bool n=const()[name=string(\"n\"),val=bool(false)];"
    "tensor<fp16,[1,2]>m=mul(x=x,y=c)[name=string(\"m\")];tensor<fp16,[1,4]>y=concat(values=(m,x),"
    "axis=a,interleave=n)[name=string(\"y\")];}->(y,m);}";

Test(mil_hostile, every_truncation) {
    size_t bytes = strlen(attention_text);
    cr_assert(survive(attention_text, bytes));
    /* the last byte is a line feed, which nothing needs */
    for (size_t i = 0; i + 1 < bytes; i++)
        cr_assert_not(survive(attention_text, i), "%zu bytes of %zu parsed", i, bytes);
}

/* Bytes after the text are not read, even if they would continue it. */
Test(mil_hostile, text_ends_after_a_backslash) {
    static const char text[] =
        "program(1.3)[buildInfo=dict<string,string>({{\"abc\\\"\",\"b\"}})]{}";
    const size_t n = (size_t)(strchr(text, '\\') - text) + 1;
    struct mil_program *program;
    struct mil_error error = {.text = ""};
    cr_assert_eq(text[n], '"');
    cr_assert_eq(mil_parse(text, n, &program, &error), -1);
    cr_assert(strstr(error.text, "has a backslash before something other"), "%s", error.text);
    cr_assert_eq(error.place.line, 1);
    cr_assert_eq(error.place.column, strstr(text, "\"abc") - text + 1);
}

/* A quote may be the last byte of a skipped statement; a sanitizer sees a read past it. */
Test(mil_hostile, text_ends_with_a_quote) {
    static const char text[] = "program(1.3){func f<ios18>(tensor<fp16,[1,2]>x){fp16 c=const()[\"";
    const size_t n = strlen(text);
    char *exact = malloc(n);
    struct mil_program *program = NULL;
    struct mil_finding *findings = NULL;
    struct mil_error error = {.text = ""};
    int n_findings = 0;
    cr_assert_not_null(exact);
    memcpy(exact, text, n);
    cr_assert_eq(mil_read(exact, n, &program, &findings, &n_findings, &error), -1);
    cr_assert_neq(error.text[0], '\0');
    free(findings);
    free(exact);
}

/* A type that is kept as text would end at a NUL. */
Test(mil_hostile, control_byte_in_a_type_that_is_kept_as_text) {
    static const char text[] = "program(1.3)[a=dict<string,\0string>({})]{}";
    struct mil_program *program = NULL;
    struct mil_error error = {.text = ""};
    cr_assert_eq(mil_parse(text, sizeof text - 1, &program, &error), -1);
    cr_assert_str_eq(error.text, "control byte 0x00 here; delete it");
    cr_assert_eq(error.place.column, 28);
}

Test(mil_hostile, every_byte_changed) {
    static const char values[] = "\0\x01\t\n \"'()[]{}<>,;=+-.0159aefinprtx_\\~\x7f\x80\xff";
    size_t bytes = strlen(small_text), n_parsed = 0;
    char text[sizeof small_text];
    cr_assert(survive(small_text, bytes));
    for (size_t i = 0; i < bytes; i++)
        for (size_t v = 0; v < sizeof values - 1; v++) {
            memcpy(text, small_text, sizeof text);
            text[i] = values[v];
            n_parsed += survive(text, bytes);
        }
    cr_assert(n_parsed > 100, "only %zu: is this test still about MIL?", n_parsed);
}

static uint32_t random_next(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

/* Pieces of texts cut, doubled, moved and overwritten, a few at a time. */
Test(mil_hostile, random_mutations) {
    static const char *const seeds[] = {small_text, conv_stack_text, ffn_backward_text,
        tensor_form_text, functions_text, int8_text};
    static const char *const words[] = {"0", "-1", "65536", "1e40", "nan", "[", "]", "tensor<",
        "fp32", "int8", "(", ")", ",", "2147483647", "x", "\"", "BLOBFILE(", "const", "0x"};
    uint64_t state = 20261123;
    size_t n_parsed = 0;
    for (int round = 0; round < 6000; round++) {
        char text[8192];
        const char *seed = seeds[random_next(&state) % (sizeof seeds / sizeof *seeds)];
        size_t bytes = strlen(seed);
        memcpy(text, seed, bytes);
        for (uint32_t n = 1 + random_next(&state) % 3; n > 0; n--) {
            size_t at = random_next(&state) % bytes, length = 1 + random_next(&state) % 40;
            const char *word = words[random_next(&state) % (sizeof words / sizeof *words)];
            length = length < bytes - at ? length : bytes - at - 1;
            switch (random_next(&state) % 4) {
            case 0: /* cut */
                memmove(text + at, text + at + length, bytes - at - length);
                bytes -= length;
                break;
            case 1: /* double */
                if (bytes + length > sizeof text)
                    break;
                memmove(text + at + length, text + at, bytes - at);
                bytes += length;
                break;
            case 2: /* a word in its place */
                length = strlen(word) < bytes - at ? strlen(word) : bytes - at;
                memcpy(text + at, word, length);
                break;
            default:
                text[at] = (char)random_next(&state);
            }
        }
        n_parsed += survive(text, bytes);
    }
    cr_assert(n_parsed > 100, "only %zu: are the mutations too wild?", n_parsed);
}

/* `n` times `piece` between the two ends. */
static bool survive_repeated(const char *before, const char *piece, size_t n, const char *after) {
    size_t piece_bytes = strlen(piece), bytes = strlen(before) + n * piece_bytes + strlen(after);
    char *text = malloc(bytes + 1), *p = text;
    bool parsed;
    cr_assert_not_null(text);
    strcpy(p, before);
    p += strlen(before);
    for (size_t i = 0; i < n; i++, p += piece_bytes)
        memcpy(p, piece, piece_bytes);
    strcpy(p, after);
    parsed = survive(text, bytes);
    free(text);
    return parsed;
}

Test(mil_hostile, deep_nesting) {
    static const char *const before[] = {"", "program(1.3){func f<ios18>(",
        "program(1.3){func f<ios18>(fp16 x){fp16 c=const()[val=tensor<fp16,[2]>(",
        "program(1.3){func f<ios18>(fp16 x){fp16 c=relu(x=",
        "program(1.3)[buildInfo=dict<string,string>("};
    static const char *const pieces[] = {
        "(", "[", "{", "tensor<", "program(1.3){", "string(\"", "BLOBFILE(path=", "func f<ios18>("};
    for (size_t i = 0; i < sizeof before / sizeof *before; i++)
        for (size_t j = 0; j < sizeof pieces / sizeof *pieces; j++)
            cr_assert_not(survive_repeated(before[i], pieces[j], 20000, ""));
}

Test(mil_hostile, long_numbers_and_names) {
    static const char head[] = "program(1.3){func f<ios18>(fp16 x){fp16 c=const()[name=string(\"";
    cr_assert(survive_repeated(head, "n", 300000, "\"),val=fp16(1)];}->(x);}"));
    cr_assert(
        survive_repeated("program(1.3){func f<ios18>(fp16 x){fp16 c=const()[name=string(\"c\"),"
                         "val=fp16(0.",
            "3", 300000, ")];}->(x);}"));
    cr_assert_not(survive_repeated("program(1.3){func f<ios18>(tensor<fp16,[", "9", 300000, "]"));
    cr_assert_not(survive_repeated("program(1.", "3", 300000, ")"));
    cr_assert(survive_repeated("program(1.3){func ", "f", 300000, "<ios18>(fp16 x){}->(x);}"));
}

Test(mil_hostile, million_elements) {
    static const char head[] =
        "program(1.3){func f<ios18>(fp16 x){tensor<int8,[1000000]>c=const()[name=string(\"c\"),val="
        "tensor<int8,[1000000]>([";
    cr_assert(survive_repeated(head, "7,", 999999, "7])];}->(x);}"));
    cr_assert_not(survive_repeated(head, "7,", 999998, "7])];}->(x);}"));
    cr_assert_not(survive_repeated(head, "7,", 1000000, "7])];}->(x);}"));
}

/* A type of 2^55 elements costs nothing: of an input, of a blob, or of a list that is too short. */
Test(mil_hostile, huge_types_cost_nothing) {
    static const char *const taken[] = {
        "program(1.3){func f<ios18>(tensor<fp16,[2147483647,16777216]>x){}->(x);}",
        "program(1.3){func f<ios18>(fp16 x){tensor<fp32,[2147483647,16777216]>c=const()[name="
        "string(\"c\"),val=tensor<fp32,[2147483647,16777216]>(BLOBFILE(path=string(\"p\"),offset="
        "uint64(18446744073709551615)))];}->(x);}"};
    static const char too_short[] =
        "program(1.3){func f<ios18>(fp16 x){tensor<uint64,[2147483647,16777216]>c=const()[name="
        "string(\"c\"),val=tensor<uint64,[2147483647,16777216]>([1,2,3])];}->(x);}";
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        cr_assert(survive(taken[i], strlen(taken[i])));
    cr_assert_not(survive(too_short, strlen(too_short)));
}

/* Results that would pass 2^56 elements are refused, whatever makes them. */
Test(mil_hostile, huge_results) {
    static const char head[] =
        "program(1.3){func f<ios18>(tensor<fp16,[2147483647,1]>a,tensor<fp16,[1,2147483647]>b,"
        "tensor<fp16,[1,1,1,2147483647]>i){bool n=const()[name=string(\"n\"),val=bool(false)];"
        "tensor<int32,[2]>r=const()[name=string(\"r\"),val=tensor<int32,[2]>([2147483647,"
        "2147483647])];tensor<int32,[4]>p=const()[name=string(\"p\"),val=tensor<int32,[4]>([0,0,"
        "2147483647,2147483647])];int32 g=const()[name=string(\"g\"),val=int32(1)];string "
        "s=const()["
        "name=string(\"s\"),val=string(\"custom\")];tensor<int32,[2]>one=const()[name=string("
        "\"one\")"
        ",val=tensor<int32,[2]>([1,1])];tensor<fp16,[1,1,1,2147483647]>k=const()[name=string(\"k\")"
        ","
        "val=tensor<fp16,[1,1,1,2147483647]>(BLOBFILE(path=string(\"p\"),offset=uint64(64)))];"
        "fp16 z=";
    static const char *const ops[] = {"add(x=a,y=b)", "matmul(x=a,y=b,transpose_x=n,transpose_y=n)",
        "tile(x=a,reps=r)", "concat(values=(a,a),axis=g,interleave=n)",
        "conv(x=i,weight=k,strides=one,dilations=r,pad=p,pad_type=s,groups=g)",
        "conv(x=i,weight=i,strides=one,dilations=one,pad=p,pad_type=s,groups=g)",
        "scaled_dot_product_attention(query=i,key=i,value=i)"};
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        char text[sizeof head + 256];
        snprintf(text, sizeof text, "%s%s[name=string(\"z\")];}->(z);}", head, ops[i]);
        cr_assert_not(survive(text, strlen(text)));
    }
}

/* A hundred thousand names of equal length take no longer each than a few. */
Test(mil_hostile, many_names) {
    size_t n = 60000, room = n * 64 + 256, used;
    char *text = malloc(room);
    cr_assert_not_null(text);
    used = (size_t)snprintf(text, room, "program(1.3){func f<ios18>(fp16 x){");
    for (size_t i = 0; i < n; i++)
        used += (size_t)snprintf(
            text + used, room - used, "fp16 v%05zu=relu(x=x)[name=string(\"v%05zu\")];", i, i);
    used += (size_t)snprintf(text + used, room - used, "}->(v%05zu);}", n - 1);
    cr_assert(survive(text, used));
    free(text);
}
