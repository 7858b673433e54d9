/* SPDX-License-Identifier: MIT
 *
 * The type of each operator's result: the right declared type is accepted, and one that differs in a single
 * dimension is refused.
 */
#include "mil/op/op_args.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define INTS(n, name, list)                                                                        \
    "tensor<int32,[" #n "]> " name "=const()[name=string(\"" name "\"),val=tensor<int32,[" #n      \
    "]>([" list "])];"
#define BOOLS(name, list)                                                                          \
    "tensor<bool,[4]> " name "=const()[name=string(\"" name "\"),val=tensor<bool,[4]>([" list "])" \
    "];"
#define SCALAR(type, name, value)                                                                  \
    type " " name "=const()[name=string(\"" name "\"),val=" type "(" value ")];"
#define WEIGHT(type, name)                                                                         \
    type " " name "=const()[name=string(\"" name "\"),val=" type "(BLOBFILE(path=string(\"p\"),"   \
         "offset=uint64(64)))];"

static const char head[] =
    "program(1.3){func f<ios18>(tensor<fp16,[1,8,6,10]> x,tensor<fp16,[1,8,1,10]> r,fp16 s,"
    "tensor<fp16,[2,1,10,4]> m,tensor<fp16,[3,6]> v,tensor<int8,[1,8,6,10]> q,tensor<fp32,[5]> "
    "w){" SCALAR("bool", "no", "false") SCALAR("bool", "yes", "true") SCALAR("int32", "i1", "1")
        SCALAR("int32", "im1", "-1") SCALAR("int32", "i2", "2") SCALAR(
            "string", "valid", "\"valid\"") SCALAR("string", "custom", "\"custom\"")
            SCALAR("string", "same", "\"same\"") SCALAR("string", "bool_", "\"bool\"") SCALAR(
                "string", "int8_", "\"int8\"") SCALAR("fp16", "scale", "0.5") INTS(2, "s11", "1,1")
                INTS(2, "s23", "2,3") INTS(4, "p0", "0,0,0,0") INTS(4, "p1234", "1,2,3,4") INTS(4,
                    "perm", "0,-1,1,2") INTS(4, "begin", "0,2,-3,-1") INTS(4, "end", "1,-1,6,-20")
                    INTS(4, "stride", "1,2,1,-3") INTS(4, "size", "1,-1,2,10") INTS(
                        4, "from", "0,3,4,0") INTS(4, "reps", "3,1,2,1") INTS(3, "shape", "4,-1,30")
                        INTS(2, "axes", "-1,1") INTS(4, "zero", "0,0,0,0") INTS(4, "one", "1,1,1,1")
                            INTS(1, "c1", "1") BOOLS("none", "false,false,false,false")
                                BOOLS("last", "false,false,false,true")
                                    BOOLS("second", "false,true,false,false")
                                        WEIGHT("tensor<fp16,[12,8,3,3]>", "k")
                                            WEIGHT("tensor<fp16,[12,4,1,2]>", "k2")
                                                WEIGHT("tensor<fp16,[7,10]>", "lw")
                                                    WEIGHT("tensor<fp16,[7]>", "lb")
                                                        WEIGHT("tensor<fp16,[8]>", "channel")
                                                            WEIGHT("tensor<fp16,[8,10]>", "gamma");

#define CONV "conv(x=x,groups=i1,dilations=s11,weight=k,"

static const struct {
    const char *dims; /* of an fp16 tensor, or a whole type */
    const char *op;
} cases[] = {
    {"1,8,6,10", "add(x=x,y=r)"},
    {"1,8,6,10", "sub(x=r,y=x)"},
    {"1,8,6,10", "mul(x=s,y=x)"},
    {"1,8,1,10", "pow(x=r,y=scale)"},
    {"1,12,4,8", CONV "strides=s11,pad=p0,pad_type=valid)"},
    {"1,12,4,8", CONV "strides=s11,pad=p1234,pad_type=valid)"},
    {"1,12,2,3", CONV "strides=s23,pad=p0,pad_type=valid)"},
    {"1,12,7,15", CONV "strides=s11,pad=p1234,pad_type=custom)"},
    {"1,12,3,4", CONV "strides=s23,pad=p0,pad_type=same)"},
    {"1,12,6,7", "conv(x=x,groups=i2,dilations=s23,strides=s11,weight=k2,pad=p0,pad_type=valid)"},
    {"2,8,6,4", "matmul(x=x,y=m,transpose_x=no,transpose_y=no)"},
    {"1,8,10,10", "matmul(x=x,y=x,transpose_x=yes,transpose_y=no)"},
    {"1,8,6,6", "matmul(x=x,y=x,transpose_x=no,transpose_y=yes)"},
    {"1,8,3,10", "matmul(x=v,y=x,transpose_x=no,transpose_y=no)"},
    {"1,8,6,10", "softmax(x=x,axis=im1)"},
    {"1,1,6,1", "reduce_sum(x=x,axes=axes,keep_dims=yes)"},
    {"1,6", "reduce_mean(x=x,axes=axes,keep_dims=no)"},
    {"4,4,30", "reshape(x=x,shape=shape)"},
    {"1,10,8,6", "transpose(x=x,perm=perm)"},
    {"1,8,6,20", "concat(values=(x,x),axis=im1,interleave=no)"},
    {"1,17,1,10", "concat(values=(r,r,t),axis=i1,interleave=no)"},
    {"1,5,2,10", "slice_by_size(x=x,begin=from,size=size)"},
    {"1,3,3,4", "slice_by_index(x=x,begin=begin,end=end,stride=stride)"},
    {"1,3,3,4", "slice_by_index(x=x,begin=begin,end=end,stride=stride,end_mask=last)"},
    {"1,3,3,4", "slice_by_index(x=x,begin=begin,end=end,stride=stride,begin_mask=none)"},
    {"1,4,3,4", "slice_by_index(x=x,begin=begin,end=end,stride=stride,begin_mask=second)"},
    {"1,3,4", "slice_by_index(x=x,begin=begin,end=end,stride=stride,squeeze_mask=second)"},
    {"1,1,1,1", "slice_by_index(x=x,begin=zero,end=one)"},
    {"3,8,12,10", "tile(x=x,reps=reps)"},
    {"1,8,6,7", "linear(x=x,weight=lw,bias=lb)"},
    {"1,8,6,10", "layer_norm(x=x,axes=axes,gamma=gamma,beta=gamma)"},
    {"1,8,6,10", "scaled_dot_product_attention(query=x,key=x,value=x)"},
    {"1,8,1,10", "scaled_dot_product_attention(query=r,key=x,value=x)"},
    {"1,8,6,10", "dequantize(input=q,scale=scale)"},
    {"1,8,6,10", "dequantize(input=q,scale=channel,axis=i1)"},
    {"tensor<int8,[1,8,6,10]>", "quantize(input=x,scale=channel,output_dtype=int8_,axis=i1)"},
    {"tensor<bool,[5]>", "cast(x=w,dtype=bool_)"},
    {"fp16", "identity(x=s)"},
    {"tensor<fp32,[5]>", "exp(x=w)"},
};

static bool parses(const char *type, const char *op, struct mil_error *error) {
    char text[sizeof head + 512];
    struct mil_program *program;
    snprintf(text, sizeof text,
        "%stensor<fp16,[1,1,1,10]> t=reduce_max(x=r,axes=c1,keep_dims=yes)[name=string(\"t\")];"
        "%s z=%s[name=string(\"z\")];}->(z);}",
        head, type, op);
    if (mil_parse(text, strlen(text), &program, error) < 0)
        return false;
    mil_program_free(program);
    return true;
}

Test(mil_infer, declared_types) {
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool is_dims = cases[i].dims[0] >= '0' && cases[i].dims[0] <= '9';
        char type[64], other[64];
        struct mil_error error = {.text = ""};
        snprintf(type, sizeof type, is_dims ? "tensor<fp16,[%s]>" : "%s", cases[i].dims);
        snprintf(other, sizeof other, is_dims ? "tensor<fp16,[%s0]>" : "tensor<%s,[3]>",
            is_dims ? cases[i].dims : "fp16");
        cr_expect(parses(type, cases[i].op, &error), "%s: %s", cases[i].op, error.text);
        cr_expect_not(parses(other, cases[i].op, &error), "%s as %s", cases[i].op, other);
        cr_expect(strstr(error.text, "is declared"), "%s: %s", cases[i].op, error.text);
    }
}

Test(mil_infer, slices_resolved) {
    static const char text[] = "program(1.3){func f<ios18>(tensor<fp16,[1,8,6,10]> x){" INTS(
        4, "begin", "0,2,-3,-1") INTS(4, "end", "1,-1,6,-20") INTS(4, "stride",
        "1,2,1,-3") "tensor<fp16,[1,3,3,4]> z=slice_by_index(x=x,begin=begin,end=end,stride=stride)"
                    "[name=string(\"z\")];}->(z);}";
    static const int64_t begin[] = {0, 2, 3, 9}, step[] = {1, 2, 1, -3}, size[] = {1, 3, 3, 4};
    struct mil_program *program;
    struct mil_error error = {.text = ""};
    struct op_slice slice;
    cr_assert_eq(mil_parse(text, strlen(text), &program, &error), 0, "%s", error.text);
    cr_assert_eq(
        op_slice_resolve(
            (struct op_ref){&program->functions[0], &program->functions[0].ops[3]}, &slice, &error),
        0);
    for (int i = 0; i < 4; i++) {
        cr_expect_eq(slice.begin[i], begin[i]);
        cr_expect_eq(slice.step[i], step[i]);
        cr_expect_eq(slice.size[i], size[i]);
        cr_expect_not(slice.squeeze[i]);
    }
    mil_program_free(program);
}
