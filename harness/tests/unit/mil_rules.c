/* SPDX-License-Identifier: MIT
 *
 * Every rule complains about one text and accepts a similar one.
 */
#include "mil/check/check.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAIN(params, body, outputs)                                                                \
    "program(1.3){func main<ios18>(" params "){" body "}->(" outputs ");}"
#define STATEMENT(type, name, op, attrs)                                                           \
    type " " name "=" op "[name=string(\"" name "\")" attrs "];"
#define OP(type, name, op) STATEMENT(type, name, op, "")
#define CONST(type, name, literal) STATEMENT(type, name, "const()", ",val=" type "(" literal ")")
#define BLOB(type, name, path, offset)                                                             \
    CONST(type, name, "BLOBFILE(path=string(\"" path "\"),offset=uint64(" offset "))")
#define WEIGHT(type, name) BLOB(type, name, "@model_path/weights/w.bin", "64")

#define CHUNK "tensor<fp16,[1,64,1,64]>"
#define IO(type) MAIN(type "x", OP(type, "y", "relu(x=x)"), "y")
/* An op on the usual chunk, with whatever consts come first. */
#define ON_CHUNK(before, op) MAIN(CHUNK "x", before OP(CHUNK, "y", op), "y")

#define SQUARE "tensor<fp16,[1,1,64,64]>"
#define ON_SQUARE(before, op) MAIN(SQUARE "x", before OP(SQUARE, "y", op), "y")

#define CONV_CONSTS                                                                                \
    CONST("string", "pt", "\"valid\"")                                                             \
    CONST("tensor<int32,[2]>", "st", "[1,1]")                                                      \
    CONST("tensor<int32,[4]>", "pd", "[0,0,0,0]") CONST("int32", "gr", "1")
#define CONV "conv(x=x,strides=st,dilations=st,pad=pd,pad_type=pt,groups=gr,weight=w"
#define NO_TRANSPOSE CONST("bool", "no", "false")
#define MATMUL(x, y) "matmul(x=" x ",y=" y ",transpose_x=no,transpose_y=no)"
#define SQUARES(c)                                                                                 \
    CONST("tensor<int32,[1]>", "ax", "[1]")                                                        \
    CONST("bool", "kd", "true") OP("tensor<fp16,[1," c ",1,64]>", "sq", "mul(x=x,y=x)")
#define CONCAT_CONSTS CONST("int32", "ax", "1") CONST("bool", "il", "false")

static const struct {
    const char *rule, *trigger, *near_miss;
} cases[] = {
    {"no-build-info", IO(CHUNK),
        "program(1.3)[buildInfo=dict<string,string>({})]{func main<ios18>(" CHUNK "x){}->(x);}"},
    {"names-unique",
        MAIN(CHUNK "x",
            CHUNK "a=relu(x=x)[name=string(\"n\")];" CHUNK "y=relu(x=a)[name=string(\"n\")];", "y"),
        MAIN(CHUNK "x", OP(CHUNK, "a", "relu(x=x)") OP(CHUNK, "y", "relu(x=a)"), "y")},
    {"no-name", MAIN(CHUNK "x", CHUNK "y=relu(x=x);", "y"), IO(CHUNK)},
    {"inline-argument", ON_CHUNK("", "softmax(x=x,axis=int32(1))"),
        ON_CHUNK(CONST("int32", "a", "1"), "softmax(x=x,axis=a)")},
    {"default-argument", ON_CHUNK("", "softmax(x=x)"),
        ON_CHUNK(CONST("int32", "a", "1"), "softmax(x=x,axis=a)")},
    {"inline-tensor", ON_CHUNK(CONST("tensor<fp16,[2]>", "c", "[1,2]"), "relu(x=x)"),
        ON_CHUNK(CONST("tensor<fp16,[1]>", "c", "[1]"), "relu(x=x)")},
    {"weights-4-gib", ON_CHUNK(WEIGHT("tensor<fp16,[32769,65536]>", "w"), "relu(x=x)"),
        ON_CHUNK(WEIGHT("tensor<fp16,[32768,65536]>", "w"), "relu(x=x)")},
    {"io-bool",
        MAIN(
            "tensor<bool,[1,64,1,64]>x", OP("tensor<bool,[1,64,1,64]>", "y", "identity(x=x)"), "y"),
        IO(CHUNK)},
    {"rank-5",
        MAIN("tensor<fp16,[1,1,64,1,64]>x",
            OP("tensor<fp16,[1,1,64,64,1]>", "y",
                "transpose(x=x,perm=tensor<int32,[5]>([0,1,2,4,3]))"),
            "y"),
        MAIN("tensor<fp16,[1,1,64,1,64]>x", OP("tensor<fp16,[1,1,64,1,64]>", "y", "relu(x=x)"),
            "y")},
    {"fp32-compute", IO("tensor<fp32,[1,64,1,64]>"), IO(CHUNK)},
    {"element-type",
        MAIN(CHUNK "x", OP("tensor<uint8,[1,64,1,64]>", "y", "cast(x=x,dtype=string(\"uint8\"))"),
            "y"),
        MAIN(CHUNK "x", OP("tensor<int8,[1,64,1,64]>", "y", "cast(x=x,dtype=string(\"int8\"))"),
            "y")},
    {"cast-to-int32",
        MAIN(CHUNK "x", OP("tensor<int32,[1,64,1,64]>", "y", "cast(x=x,dtype=string(\"int32\"))"),
            "y"),
        MAIN("tensor<fp32,[1,64,1,64]>x",
            OP("tensor<int32,[1,64,1,64]>", "y", "cast(x=x,dtype=string(\"int32\"))"), "y")},
    {"move-alone", ON_CHUNK("", "reshape(x=x,shape=tensor<int32,[4]>([1,64,1,64]))"),
        ON_CHUNK(OP(CHUNK, "r", "relu(x=x)"), "reshape(x=r,shape=tensor<int32,[4]>([1,64,1,64]))")},
    {"batch-stretch",
        MAIN(CHUNK "x,tensor<fp16,[2,64,1,64]>z",
            OP("tensor<fp16,[2,64,1,64]>", "y", "mul(x=x,y=z)"), "y"),
        MAIN(CHUNK "x,tensor<fp16,[1,64,1,1]>z", OP(CHUNK, "y", "mul(x=x,y=z)"), "y")},
    {"softmax-channels",
        MAIN("tensor<fp16,[1,48,1,64]>x",
            OP("tensor<fp16,[1,48,1,64]>", "y", "softmax(x=x,axis=int32(1))"), "y"),
        MAIN("tensor<fp16,[1,48,1,64]>x",
            OP("tensor<fp16,[1,48,1,64]>", "y", "softmax(x=x,axis=int32(3))"), "y")},
    {"int8-weights",
        ON_CHUNK("tensor<fp16,[1,64,1,1]>w=constexpr_affine_dequantize()[name=string(\"w\"),axis="
                 "int32(0),quantized_data=tensor<int8,[1,64,1,1]>(BLOBFILE(path=string(\"p\"),"
                 "offset=uint64(64))),scale=fp16(1),zero_point=int8(0)];",
            "add(x=x,y=w)"),
        ON_CHUNK(WEIGHT("tensor<fp16,[1,64,1,1]>", "w"), "add(x=x,y=w)")},
    {"op-refused", ON_CHUNK("", "sin(x=x)"), ON_CHUNK("", "erf(x=x)")},
    {"control-flow",
        MAIN("bool p," CHUNK "x",
            CHUNK "y=cond(pred=p)[name=string(\"y\")]a(){" OP(
                CHUNK, "u", "relu(x=x)") "}->(u)b(){" OP(CHUNK, "v", "tanh(x=x)") "}->(v);",
            "y"),
        IO(CHUNK)},
    {"program-1.5",
        "program(1.5){func main<ios18>(" SQUARE
        "x){" NO_TRANSPOSE OP(SQUARE, "y", MATMUL("x", "x")) "}->(y);}",
        "program(1.5){func main<ios18>(" SQUARE "x){" NO_TRANSPOSE WEIGHT(SQUARE, "w")
            OP(SQUARE, "y", MATMUL("x", "w")) "}->(y);}"},
    {"header-untried", "program(1.0){func main<ios18>(" CHUNK "x){}->(x);}",
        "program(1.3){func main<ios17>(" CHUNK "x){}->(x);}"},
    {"scalar-form", "program(1.0){func main<ios16>(fp16 x){}->(x);}",
        "program(1.0){func main<ios16>(tensor<fp16,[]> x){}->(x);}"},
    {"runtime-weights-target", ON_SQUARE(NO_TRANSPOSE, MATMUL("x", "x")),
        "program(1.3){func main<ios17>(" SQUARE
        "x){" NO_TRANSPOSE OP(SQUARE, "y", MATMUL("x", "x")) "}->(y);}"},
    {"blob-path", ON_CHUNK(BLOB(CHUNK, "w", "weights/w.bin", "64"), "add(x=x,y=w)"),
        ON_CHUNK(BLOB(CHUNK, "w", "@model_path/weights/w.bin", "64"), "add(x=x,y=w)")},
    {"blob-offset", ON_CHUNK(BLOB(CHUNK, "w", "@model_path/weights/w.bin", "0"), "add(x=x,y=w)"),
        ON_CHUNK(BLOB(CHUNK, "w", "@model_path/weights/w.bin", "128"), "add(x=x,y=w)")},
    {"io-type",
        MAIN("tensor<int32,[1,64,1,64]>x", OP("tensor<int32,[1,64,1,64]>", "y", "identity(x=x)"),
            "y"),
        IO(CHUNK)},
    {"io-fp32", IO("tensor<fp32,[1,64,1,64]>"), IO(CHUNK)},
    {"io-rank", IO("tensor<fp16,[2,64,1,64]>"), IO("tensor<fp16,[1,64,2,64]>")},
    {"several-inputs", MAIN(CHUNK "a," CHUNK "b", OP(CHUNK, "y", "add(x=a,y=b)"), "y"), IO(CHUNK)},
    {"several-outputs", MAIN(CHUNK "x", OP(CHUNK, "y", "relu(x=x)"), "x,y"), IO(CHUNK)},
    {"slots-alphabetical", MAIN(CHUNK "b," CHUNK "a", "", "a"),
        MAIN(CHUNK "a," CHUNK "b", "", "a")},
    {"slots-equal-size", MAIN(CHUNK "a,tensor<fp16,[1,64,1,128]>b", "", "b"),
        MAIN(CHUNK "a," CHUNK "b", "", "a")},
    {"inputs-ascending", MAIN("tensor<fp16,[1,64,1,128]>a," CHUNK "b", "", "b"),
        MAIN(CHUNK "a,tensor<fp16,[1,64,1,128]>b", "", "b")},
    {"outputs-descending", MAIN(CHUNK "a,tensor<fp16,[1,64,1,128]>b", "", "a,b"),
        MAIN(CHUNK "a,tensor<fp16,[1,64,1,128]>b", "", "b,a")},
    {"channels-below-16", IO("tensor<fp16,[1,15,1,64]>"), IO("tensor<fp16,[1,16,1,64]>")},
    {"channels-below-64", IO("tensor<fp16,[1,63,1,64]>"), IO("tensor<fp16,[1,64,1,64]>")},
    {"spatial-below-16", IO("tensor<fp16,[1,64,1,15]>"), IO("tensor<fp16,[1,64,2,8]>")},
    {"spatial-multiple-of-16", IO("tensor<fp16,[1,64,1,72]>"), IO("tensor<fp16,[1,64,2,72]>")},
    {"width-below-32", IO("tensor<fp16,[1,64,64,31]>"), IO("tensor<fp16,[1,64,1,32]>")},
    {"small-64x16", IO("tensor<fp16,[1,64,1,16]>"), IO("tensor<fp16,[1,128,1,16]>")},
    {"surface-below-16k", IO("tensor<fp16,[1,64,1,96]>"), IO("tensor<fp16,[1,64,1,128]>")},
    {"surface-below-48k", IO("tensor<fp16,[1,64,1,368]>"), IO("tensor<fp16,[1,64,1,384]>")},
    {"surface-128-bytes", IO("tensor<fp16,[1,65,1,32]>"), IO("tensor<fp16,[1,66,1,32]>")},
    {"row-64-bytes", IO("tensor<fp16,[1,64,1,80]>"), IO("tensor<fp16,[1,64,1,96]>")},
    {"rank-over-5",
        MAIN(CHUNK "x",
            CONST("tensor<int32,[6]>", "s", "[1,1,1,64,1,64]")
                OP("tensor<fp16,[1,1,1,64,1,64]>", "y", "reshape(x=x,shape=s)"),
            "y"),
        MAIN(CHUNK "x",
            CONST("tensor<int32,[5]>", "s", "[1,1,64,1,64]")
                OP("tensor<fp16,[1,1,64,1,64]>", "y", "reshape(x=x,shape=s)"),
            "y")},
    {"axis-over-16384", IO("tensor<fp16,[1,16385,1,16]>"), IO("tensor<fp16,[1,16384,1,16]>")},
    {"axis-over-65536", IO("tensor<fp16,[1,65537,1,16]>"), IO("tensor<fp16,[1,65536,1,16]>")},
    {"conv-bias",
        ON_CHUNK(CONV_CONSTS WEIGHT("tensor<fp16,[64,64,1,1]>", "w")
                     WEIGHT("tensor<fp16,[64]>", "b"),
            CONV ",bias=b)"),
        ON_CHUNK(CONV_CONSTS WEIGHT("tensor<fp16,[64,64,1,1]>", "w"), CONV ")")},
    {"conv-runtime-weight",
        ON_CHUNK(CONV_CONSTS CONST("tensor<int32,[4]>", "sh", "[64,64,1,1]")
                     OP("tensor<fp16,[64,64,1,1]>", "w", "reshape(x=x,shape=sh)"),
            CONV ")"),
        ON_CHUNK(CONV_CONSTS WEIGHT(CHUNK, "c") CONST("tensor<int32,[4]>", "sh", "[64,64,1,1]")
                     OP("tensor<fp16,[64,64,1,1]>", "w", "reshape(x=c,shape=sh)"),
            CONV ")")},
    {"conv-input-channels",
        MAIN("tensor<fp16,[1,32000,1,64]>x",
            CONV_CONSTS WEIGHT("tensor<fp16,[64,32000,1,1]>", "w") OP(CHUNK, "y", CONV ")"), "y"),
        MAIN(CHUNK "x",
            CONV_CONSTS WEIGHT("tensor<fp16,[32000,64,1,1]>", "w")
                OP("tensor<fp16,[1,32000,1,64]>", "y", CONV ")"),
            "y")},
    {"conv-kernel-width",
        MAIN(CHUNK "x",
            CONV_CONSTS WEIGHT("tensor<fp16,[64,64,1,16]>", "w")
                OP("tensor<fp16,[1,64,1,49]>", "y", CONV ")"),
            "y"),
        MAIN(CHUNK "x",
            CONV_CONSTS WEIGHT("tensor<fp16,[64,64,1,15]>", "w")
                OP("tensor<fp16,[1,64,1,50]>", "y", CONV ")"),
            "y")},
    {"conv-1d",
        MAIN("tensor<fp16,[1,64,512]> x",
            WEIGHT("tensor<fp16,[64,64,1]>", "w")
                OP("tensor<fp16,[1,64,512]>", "y", "conv(x=x,weight=w)"),
            "y"),
        ON_CHUNK(WEIGHT("tensor<fp16,[64,64,1,1]>", "w"), "conv(x=x,weight=w)")},
    {"tile-poisons-process",
        MAIN(CHUNK "x",
            CONST("tensor<int32,[4]>", "r", "[1,2,1,1]")
                OP("tensor<fp16,[1,128,1,64]>", "y", "tile(x=x,reps=r)"),
            "y"),
        MAIN(CHUNK "x",
            CONCAT_CONSTS OP(
                "tensor<fp16,[1,128,1,64]>", "y", "concat(values=(x,x),axis=ax,interleave=il)"),
            "y")},
    {"rsqrt-log", ON_CHUNK("", "log(x=x)"), ON_CHUNK("", "sqrt(x=x)")},
    {"rsqrt-after-reduce",
        MAIN(CHUNK "x",
            SQUARES("64")
                OP("tensor<fp16,[1,1,1,64]>", "s", "reduce_sum(x=sq,axes=ax,keep_dims=kd)")
                    OP("tensor<fp16,[1,1,1,64]>", "y", "rsqrt(x=s)"),
            "y"),
        MAIN(CHUNK "x",
            SQUARES("64") OP("tensor<fp16,[1,1,1,64]>", "s",
                "reduce_sum(x=sq,axes=ax,keep_dims=kd)") OP("tensor<fp16,[1,1,1,64]>", "t",
                "add(x=s,y=s)") OP("tensor<fp16,[1,1,1,64]>", "y", "rsqrt(x=t)"),
            "y")},
    {"gelu", ON_CHUNK("", "gelu(x=x)"), ON_CHUNK("", "silu(x=x)")},
    {"silu", ON_CHUNK("", "silu(x=x)"), ON_CHUNK("", "sigmoid(x=x)")},
    {"matmul-alone", ON_SQUARE(NO_TRANSPOSE WEIGHT(SQUARE, "w"), MATMUL("x", "w")),
        ON_SQUARE(NO_TRANSPOSE OP(SQUARE, "a", "relu(x=x)"), MATMUL("x", "a"))},
    {"concat-alone",
        MAIN(CHUNK "x",
            CONCAT_CONSTS OP(
                "tensor<fp16,[1,128,1,64]>", "y", "concat(values=(x,x),axis=ax,interleave=il)"),
            "y"),
        MAIN(CHUNK "x",
            CONCAT_CONSTS OP(CHUNK, "a", "relu(x=x)")
                OP("tensor<fp16,[1,128,1,64]>", "y", "concat(values=(x,a),axis=ax,interleave=il)"),
            "y")},
    {"concat",
        MAIN(CHUNK "x",
            CONCAT_CONSTS OP(CHUNK, "a", "relu(x=x)")
                OP("tensor<fp16,[1,128,1,64]>", "y", "concat(values=(x,a),axis=ax,interleave=il)"),
            "y"),
        ON_CHUNK("", "add(x=x,y=x)")},
    {"attn-mask-ignored",
        ON_CHUNK(WEIGHT("tensor<fp16,[1,64,1,1]>", "m"),
            "scaled_dot_product_attention(query=x,key=x,value=x,attn_mask=m)"),
        ON_CHUNK("", "scaled_dot_product_attention(query=x,key=x,value=x)")},
    {"fp16-not-finite", ON_CHUNK(CONST("fp16", "c", "-inf"), "add(x=x,y=c)"),
        ON_CHUNK(CONST("fp16", "c", "-65504"), "add(x=x,y=c)")},
    {"fp16-subnormal", ON_CHUNK(CONST("tensor<fp16,[1,1,1,2]>", "d", "[1,6.0e-5]"), "add(x=x,y=x)"),
        ON_CHUNK(CONST("tensor<fp16,[1,1,1,2]>", "d", "[0,6.2e-5]"), "add(x=x,y=x)")},
    {"epsilon-too-small", ON_CHUNK(CONST("fp32", "e", "7.5e-6"), "rsqrt(x=x,epsilon=e)"),
        ON_CHUNK(CONST("fp32", "e", "7.7e-6"), "rsqrt(x=x,epsilon=e)")},
    {"reduce-sum-over-2048",
        MAIN("tensor<fp16,[1,2049,1,64]>x",
            SQUARES("2049")
                OP("tensor<fp16,[1,1,1,64]>", "y", "reduce_sum(x=x,axes=ax,keep_dims=kd)"),
            "y"),
        MAIN("tensor<fp16,[1,2048,1,64]>x",
            SQUARES("2048")
                OP("tensor<fp16,[1,1,1,64]>", "y", "reduce_sum(x=x,axes=ax,keep_dims=kd)"),
            "y")},
    {"sum-of-squares",
        MAIN(CHUNK "x",
            SQUARES("64")
                OP("tensor<fp16,[1,1,1,64]>", "y", "reduce_sum(x=sq,axes=ax,keep_dims=kd)"),
            "y"),
        MAIN(CHUNK "x",
            SQUARES("64")
                OP("tensor<fp16,[1,1,1,64]>", "y", "reduce_max(x=sq,axes=ax,keep_dims=kd)"),
            "y")},
    {"mask-lowest", ON_CHUNK(CONST("fp16", "c", "-65504"), "add(x=x,y=c)"),
        ON_CHUNK(CONST("fp16", "c", "65504"), "add(x=x,y=c)")},
    {"matmul-range", ON_SQUARE(NO_TRANSPOSE, MATMUL("x", "x")),
        MAIN("tensor<fp32,[1,1,64,64]>x",
            NO_TRANSPOSE OP("tensor<fp32,[1,1,64,64]>", "y", MATMUL("x", "x")), "y")},
    {"slice-range",
        ON_CHUNK(CONST("tensor<int32,[4]>", "b", "[0,0,0,0]")
                     CONST("tensor<int32,[4]>", "e", "[1,64,1,64]"),
            "slice_by_size(x=x,begin=b,size=e)"),
        ON_CHUNK("", "identity(x=x)")},
};

/* How often the rule complains about the text; its place must be in the text. */
static int complaints(const char *rule, const char *text) {
    struct mil_program *program;
    struct mil_error error = {.text = ""};
    struct mil_complaint *list;
    int n, found = 0;
    struct mil_finding *findings;
    int n_findings;
    if (mil_read(text, strlen(text), &program, &findings, &n_findings, &error) < 0) {
        cr_expect_fail("%s: %u:%u: %s", rule, error.place.line, error.place.column, error.text);
        return -1;
    }
    list = mil_check(program, &n);
    cr_assert(n >= 0);
    for (int i = 0; i < n; i++) {
        found += strcmp(list[i].rule->id, rule) == 0;
        cr_expect(list[i].place.line >= 1 && list[i].place.column <= strlen(text));
        cr_expect(list[i].detail[0] != '\0');
        if (i > 0) {
            struct mil_place a = list[i - 1].place, b = list[i].place;
            cr_expect(a.line < b.line || (a.line == b.line && a.column <= b.column));
        }
    }
    free(list);
    free(findings);
    mil_program_free(program);
    return found;
}

Test(mil_rules, triggers_and_near_misses) {
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_expect(complaints(cases[i].rule, cases[i].trigger) > 0, "%s does not see: %s",
            cases[i].rule, cases[i].trigger);
        cr_expect_eq(complaints(cases[i].rule, cases[i].near_miss), 0, "%s is wrong about: %s",
            cases[i].rule, cases[i].near_miss);
    }
}

/* The rules that count things; their texts are made here. */
static const char *const counting[] = {
    "convs-over-256", "convs-512", "surface-slots", "layers-386", "weight-files"};

static char *convs_text(int n) {
    size_t room = 4096 + (size_t)n * 256, used;
    char *text = malloc(room);
    cr_assert_not_null(text);
    used = (size_t)snprintf(text, room,
        "program(1.3){func main<ios18>(" CHUNK
        "c0){" CONV_CONSTS WEIGHT("tensor<fp16,[64,64,1,1]>", "w"));
    for (int i = 1; i <= n; i++)
        used += (size_t)snprintf(text + used, room - used,
            CHUNK "c%d=conv(x=c%d,strides=st,dilations=st,pad=pd,pad_type=pt,groups=gr,weight=w)"
                  "[name=string(\"c%d\")];",
            i, i - 1, i);
    snprintf(text + used, room - used, "}->(c%d);}", n);
    return text;
}

static char *inputs_text(int n) {
    size_t room = 256 + (size_t)n * 64, used;
    char *text = malloc(room);
    cr_assert_not_null(text);
    used = (size_t)snprintf(text, room, "program(1.3){func main<ios18>(");
    for (int i = 0; i < n; i++)
        used += (size_t)snprintf(text + used, room - used, "%s" CHUNK "x%03d", i ? "," : "", i);
    snprintf(text + used, room - used, "){}->(x000);}");
    return text;
}

static char *files_text(int n) {
    size_t room = 256 + (size_t)n * 256, used;
    char *text = malloc(room);
    cr_assert_not_null(text);
    used = (size_t)snprintf(text, room, "program(1.3){func main<ios18>(" CHUNK "x){");
    for (int i = 0; i < n; i++)
        used += (size_t)snprintf(text + used, room - used,
            CHUNK "w%d=const()[name=string(\"w%d\"),val=" CHUNK
                  "(BLOBFILE(path=string(\"@model_path/weights/w%d.bin\"),offset=uint64(64)))];",
            i, i, i);
    snprintf(text + used, room - used, "}->(x);}");
    return text;
}

Test(mil_rules, limits_filter) {
    static const struct mil_rule rule = {
        "id", MIL_NOTE, "text", "source", "M1-M4, macOS 26.3", NULL};
    static const struct mil_rule max = {"id", MIL_NOTE, "text", "source", "M4 Max macOS 15", NULL};
    static const struct mil_rule all = {"id", MIL_NOTE, "text", "source", "every chip", NULL};
    cr_expect(mil_rule_is_about(&rule, "m1", 2) && mil_rule_is_about(&rule, "m3", 2));
    cr_expect(!mil_rule_is_about(&rule, "m5", 2));
    cr_expect(mil_rule_is_about(&rule, "macos26", 7) && !mil_rule_is_about(&rule, "macos2", 6));
    cr_expect(mil_rule_is_about(&max, "m4max", 5) && mil_rule_is_about(&max, "m4", 2));
    cr_expect(!mil_rule_is_about(&max, "macos26", 7));
    cr_expect(mil_rule_is_about(&all, "m9", 2));
}

Test(mil_rules, counts) {
    static const struct {
        const char *rule;
        char *(*make)(int n);
        int n, expected;
    } counts[] = {
        {"convs-over-256", convs_text, 256, 0},
        {"convs-over-256", convs_text, 257, 1},
        {"convs-over-256", convs_text, 512, 0},
        {"convs-512", convs_text, 511, 0},
        {"convs-512", convs_text, 512, 1},
        {"surface-slots", inputs_text, 127, 0},
        {"surface-slots", inputs_text, 128, 1},
        {"layers-386", convs_text, 386, 0},
        {"layers-386", convs_text, 387, 1},
        {"weight-files", files_text, 16, 0},
        {"weight-files", files_text, 17, 1},
    };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        char *text = counts[i].make(counts[i].n);
        cr_expect_eq(complaints(counts[i].rule, text), counts[i].expected, "%s with %d",
            counts[i].rule, counts[i].n);
        free(text);
    }
}

/* The line of the rule's only complaint; 0: none. */
static unsigned line_of(const struct mil_program *program, const char *rule) {
    int n;
    unsigned line = 0;
    struct mil_complaint *list = mil_check(program, &n);
    for (int i = 0; i < n; i++)
        if (strcmp(list[i].rule->id, rule) == 0) {
            cr_expect_eq(line, 0, "%s twice", rule);
            line = list[i].place.line;
        }
    free(list);
    return line;
}

#define COLUMN "tensor<fp16,[1,1,1,64]>"
Test(mil_rules, within_blocks) {
    static const char text[] = "program(1.3){func main<ios18>(" CHUNK "x,bool p){\n" CONST(
        "tensor<int32,[1]>", "ax", "[1]") CONST("bool", "kd", "true") CONST("bool", "no", "false")
        WEIGHT("tensor<fp16,[1,1,64,64]>",
            "w") "\n" CHUNK "y=cond(pred=p)[name=string(\"c\")]yes(){\n" OP(CHUNK, "g",
            "gelu(x=x)") "\n" CHUNK "n=relu(x=g)[name=string(\"twice\")];" CHUNK
                         "m=relu(x=n)[name=string(\"twice\")];\n"
                         "}->(m),no(){\n" OP(
                             COLUMN, "s", "reduce_sum(x=x,axes=ax,keep_dims=kd)") "\n" OP(COLUMN,
                             "r", "rsqrt(x=s)") "\n" OP(CHUNK, "t",
                             "mul(x=x,y=r)") "\n}->(t);\n" CHUNK "z=while_loop(loop_vars=(y))[name="
                                             "string(\"l\")]test(" CHUNK "a){\n}->(p),body(" CHUNK
                                             "b){\n" OP("tensor<fp32,[1,64,1,64]>", "f",
                                                 "cast(x=b,dtype=string(\"fp32\")"
                                                 ")") "\n" OP("tensor<fp32,[1,64,"
                                                              "1,64]>",
                                                 "e", "exp(x=f)") "\n" OP(CHUNK, "h",
                                                 "cast(x=e,dtype=string(\"fp16\")"
                                                 ")") "\n}->(h);\n}->(z);}";
    struct mil_program *program;
    struct mil_error error;
    cr_assert_eq(mil_parse(text, strlen(text), &program, &error), 0, "%u:%u: %s", error.place.line,
        error.place.column, error.text);
    cr_expect_eq(line_of(program, "gelu"), 4);
    cr_expect_eq(line_of(program, "names-unique"), 5);
    cr_expect_eq(line_of(program, "rsqrt-after-reduce"), 8, "what makes a value in a block");
    cr_expect_eq(line_of(program, "fp32-compute"), 14, "a loop's variable depends on inputs");
    cr_expect_eq(line_of(program, "gelu"), 4);
    mil_program_free(program);
}

Test(mil_rules, every_rule_is_complete_and_tested) {
    const struct mil_rule *rule;
    int n = 0;
    for (; (rule = mil_rule_at(n)) != NULL; n++) {
        bool tested = false;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
            tested |= strcmp(cases[i].rule, rule->id) == 0;
        for (size_t i = 0; i < sizeof counting / sizeof *counting; i++)
            tested |= strcmp(counting[i], rule->id) == 0;
        cr_expect(tested, "%s has no test", rule->id);
        cr_expect(strlen(rule->text) > 20 && !strchr(rule->text, '"'), "%s", rule->id);
        cr_expect(rule->source[0] && rule->seen_on[0], "%s", rule->id);
        for (int i = 0; i < n; i++)
            cr_expect_str_neq(mil_rule_at(i)->id, rule->id);
    }
    cr_assert(n > 40);
    cr_assert_null(mil_rule_at(-1));
}

/* Programs like those of the published trainers, which every Mac accepts, are not refused: one input, one
 * output, fp16. */
Test(mil_rules, a_plain_program_is_fine) {
    static const char text[] = "program(1.3)[buildInfo=dict<string,string>({{\"a\",\"b\"}})]{func "
                               "main<ios18>(tensor<fp16,[1,256,1,256]>x){" CONV_CONSTS WEIGHT(
                                   "tensor<fp16,[256,256,1,1]>", "w")
                                   OP("tensor<fp16,[1,256,1,256]>", "y", CONV ")") "}->(y);}";
    struct mil_program *program;
    struct mil_error error;
    int n;
    cr_assert_eq(mil_parse(text, strlen(text), &program, &error), 0);
    cr_assert_null(mil_check(program, &n));
    cr_assert_eq(n, 0);
    mil_program_free(program);
}
