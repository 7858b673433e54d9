/* SPDX-License-Identifier: MIT
 *
 * Wrong texts: each gives one error with its place and what is wrong.
 */
#include "mil/mil.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Parses `before` and `text`, in which @ marks the place where the error must be. */
static void expect_error(const char *before, const char *text, const char *says) {
    struct mil_program *program;
    struct mil_error error = {.text = ""};
    size_t n_before = strlen(before), n_good = strcspn(text, "@"),
           bytes = n_before + strlen(text) - 1;
    char *whole = malloc(bytes + 1);
    unsigned line = 1, column = 1;
    cr_assert_not_null(whole);
    strcpy(whole, before);
    memcpy(whole + n_before, text, n_good);
    strcpy(whole + n_before + n_good, text + n_good + 1);
    for (size_t i = 0; i < n_before + n_good; i++) {
        column = whole[i] == '\n' ? 1 : column + 1;
        line += whole[i] == '\n';
    }
    cr_expect_eq(mil_parse(whole, bytes, &program, &error), -1, "parsed: %s", text);
    cr_expect_null(program);
    cr_expect(strstr(error.text, says), "said '%s' and not '%s' of: %s", error.text, says, text);
    cr_expect(error.place.line == line && error.place.column == column,
        "placed at %u:%u, not %u:%u: '%s' of: %s", error.place.line, error.place.column, line,
        column, error.text, text);
    free(whole);
}

Test(mil_errors, outside_functions) {
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"@", "expected 'program' at the start, but the text ends here"},
        {"\n  @programs(1.3)", "expected 'program' at the start, found 'programs'"},
        {"program @1.3", "expected '(' after program, found '1'"},
        {"program(@x)", "expected a number"},
        {"program(@-1.3)", "the version must be written like 1.3"},
        {"program(1.3){@}", "expected 'func' or '}', found '}'"},
        {"program(1.3)[info@", "expected '=' after the name"},
        {"program(1.3)[buildInfo=dict<string,@fp16>", "strings to strings"},
        {"program(1.3)[buildInfo=dict<string,string>({@x})]", "expected '{' before the pair"},
        {"program(1.3)[buildInfo=dict<string,string>({{\"a\"@}", "between key and value"},
        {"program(1.3)[buildInfo=dict<string,string>({{@\"a", "is not closed"},
        {"program(1.3)[buildInfo=dict<string,string>({{@\"a\\n\"", "backslash"},
        {"program(1.3)[buildInfo=dict<string,string>({{@\"a\n", "control byte 0x0a"},
        {"program(1.3)[buildInfo=dict<string,string>({{@\"a\x7f\"", "control byte 0x7f"},
        {"program(1.3){func f<@ios14>", "the target must be ios15, ios16, ios17, ios18 or ios26"},
        {"program(1.3){func f<@ios19>", "the target must be ios15"},
        {"program(1.3){func f<ios18>(fp16 x){}->(@);}", "expected the name of a value"},
        {"program(1.3){func f<ios18>(fp16 x){}->(@y);}", "no value 'y' before this place"},
        {"program(1.3){func f<ios18>(fp16 x){}->(x)@}", "expected ';'"},
        {"program(1.3){func f<ios18>(fp16 x){}->(x);} @x", "expected nothing more"},
        {"program(1.3){func f<ios18>(fp16 x,fp16 @x)", "the value 'x' is already defined"},
        {"program(1.3){func f<ios18>(string @x)", "an input cannot be a string"},
        {"program(1.3){func f<ios18>(fp16 x){}->(x);func @f<ios18>(",
            "the function 'f' is already defined"},
        {"program(1.3){func f<ios18>(@uint7 x)", "unknown type 'uint7'"},
        {"program(1.3){func f<ios18>(tensor<fp16,[0]> @x)", "has a dimension below 1"},
        {"program(1.3){func f<ios18>(tensor<fp16,[@1.5]> x)", "an integer of 0 to 2147483647"},
        {"program(1.3){func f<ios18>(tensor<fp16,[@2147483648]> x)", "an integer of 0 to"},
        {"program(1.3){func f<ios18>(tensor<fp16,[1,1,1,1,1,1,1,1,@1]> x)", "more than 8"},
        {"program(1.3){func f<ios18>(@tensor<fp16,[2147483647,2147483647]> x)",
            "more than 2^56 elements"},
        {"program(1.3){func f<ios18>(fp16 x){} -> (x);}@\x01", "found byte 0x01"},
        {"program(1.3){func f<ios18>(fp16 x){string "
         "@s=const()[name=string(\"s\"),val=string(\"a\")];} -> (s);}",
            "output 's' is a string; only tensors of numbers"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_error("", cases[i].text, cases[i].says);
}

/* A function's inputs and consts, for the statements below. */
static const char head[] =
    "program(1.3){func f<ios18>(tensor<fp16,[1,4,1,8]> x,tensor<fp32,[1,4,1,8]> w,tensor<int8,"
    "[1,4,1,8]> n,tensor<fp16,[3,8]> y){"
    "int32 one=const()[name=string(\"one\"),val=int32(1)];"
    "int32 nine=const()[name=string(\"nine\"),val=int32(9)];"
    "bool no=const()[name=string(\"no\"),val=bool(false)];"
    "bool yes=const()[name=string(\"yes\"),val=bool(true)];"
    "fp16 half=const()[name=string(\"half\"),val=fp16(0.5)];"
    "string word=const()[name=string(\"word\"),val=string(\"fp17\")];"
    "string valid=const()[name=string(\"valid\"),val=string(\"valid\")];"
    "tensor<int32,[1]> i1=const()[name=string(\"i1\"),val=tensor<int32,[1]>([1])];"
    "tensor<int32,[2]> i11=const()[name=string(\"i11\"),val=tensor<int32,[2]>([1,1])];"
    "tensor<int32,[4]> i0=const()[name=string(\"i0\"),val=tensor<int32,[4]>([0,0,0,0])];"
    "tensor<int32,[4]> i9=const()[name=string(\"i9\"),val=tensor<int32,[4]>([1,4,1,9])];"
    "tensor<int32,[4]> b=const()[name=string(\"b\"),val=tensor<int32,[4]>(BLOBFILE(path=string("
    "\"p\"),offset=uint64(64)))];"
    "tensor<fp16,[2,3,1,1]> k=const()[name=string(\"k\"),val=tensor<fp16,[2,3,1,1]>(BLOBFILE(path="
    "string(\"p\"),offset=uint64(64)))];\n";

Test(mil_errors, statements) {
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"@blob z=", "unknown type 'blob'"},
        {"fp16 z @relu", "expected '=' after the name of the result, found 'relu'"},
        {"fp16 z=@conv2d(a=x);} -> (z);}", "unknown operator 'conv2d'"},
        {"fp16 z=relu(@y=x)", "relu has no argument 'y'; it has: x"},
        {"fp16 z=relu(x=x,@x=x)", "the argument 'x' is given twice"},
        {"fp16 z=relu(x=@1)", "a literal without its type; write it as int32(1)"},
        {"fp16 z=relu(x=fp16(@x))", "expected a number here, found 'x'"},
        {"fp16 z=relu(x=@z)", "no value 'z' before this place"},
        {"fp16 z=relu(@x=(x))", "'x' takes one value, not a tuple"},
        {"fp16 z=relu(x=x)[name=string(\"z\")]@", "expected a block or ';'"},
        {"fp16 z=@relu()[name=string(\"z\")];", "relu: argument 'x' is missing"},
        {"fp16 z=relu(x=x)[@x=fp16(1)]", "'x' of relu is an argument, not an attribute"},
        {"fp16 z=relu(x=x)[name=string(\"a\"),@name=string(\"b\")]", "'name' is given twice"},
        {"fp16 z=relu(x=x)[@name=fp16(1)]", "'name' must be a string"},
        {"fp16 @z=relu(x=x)[name=string(\"z\")];", "'z' is declared fp16, but relu makes tensor"},
        {"fp16 @x=relu(x=half)[name=string(\"z\")];", "the value 'x' is already defined"},
        {"fp16 z=@const()[name=string(\"z\")];", "const: attribute 'val' is missing"},
        {"fp32 @z=const()[name=string(\"z\"),val=fp16(1)];", "'z' is declared fp32, but const"},
        {"fp16 z=const()[val=tensor<fp16,[1]>(@1)]", "expected '[' before the elements"},
        {"fp16 z=const()[val=tensor<fp16,[2]>([[@1],[2]])]", "deeper than the 1 axes"},
        {"fp16 z=const()[val=tensor<fp16,[2,1]>([[1],[2],[@3]])]", "more elements than the 2"},
        {"fp16 z=const()[val=tensor<fp16,[2]>([1,2,@3])]", "more elements than the 2"},
        {"fp16 z=const()[val=@tensor<fp16,[2]>([1])]", "1 elements, but the declared type has 2"},
        {"fp16 z=const()[val=@tensor<fp16,[2]>([])]", "0 elements, but the declared type has 2"},
        {"fp16 z=const()[val=fp16(@1e6)]", "beyond the largest fp16, 65504"},
        {"fp16 z=const()[val=fp32(@4e38)]", "beyond the largest fp32"},
        {"fp16 z=const()[val=int8(@128)]", "expected an integer in the range of int8"},
        {"fp16 z=const()[val=int32(@1.5)]", "expected an integer in the range of int32"},
        {"fp16 z=const()[val=uint64(@-1)]", "expected an integer in the range of uint64"},
        {"fp16 z=const()[val=bool(@1)]", "expected 'false' or 'true', found '1'"},
        {"fp16 z=const()[val=fp16(@1x)]", "not a number"},
        {"fp16 z=const()[val=fp16(@1.2.3)]", "not a number"},
        {"fp16 z=const()[val=fp16(@\"1\")]", "expected a number here, found '\"'"},
        {"fp16 z=const()[val=string(@1)]", "expected a \"string\" here, found '1'"},
        {"fp16 z=const()[val=tensor<string,[2]>(@[\"a\"", "has no ')' to end it"},
        {"fp16 z=const()[val=@bool(BLOBFILE(", "a blob file cannot hold bool"},
        {"fp16 z=const()[val=fp16(BLOBFILE(@file=", "expected 'path' in BLOBFILE"},
        {"fp16 z=const()[val=fp16(BLOBFILE(path=@fp16(1)", "BLOBFILE's path must be a string"},
        {"fp16 z=const()[val=fp16(BLOBFILE(path=string(\"p\"),offset=@int32(1)",
            "BLOBFILE's offset must be a uint64"},
        {"fp16 z=softmax(axis=@nine,x=x)[name=string(\"z\")];", "axis 9 is outside"},
        {"fp16 z=softmax(axis=@half,x=x)[name=string(\"z\")];", "'axis' must be int32, found fp16"},
        {"fp16 z=softmax(axis=@x,x=x)[name=string(\"z\")];", "must be a const with its elements"},
        {"fp16 z=relu (x=@n)[name=string(\"z\")];", "'x' must be fp16 or fp32, found tensor<int8"},
        {"fp16 z=add(x=x,y=@w)[name=string(\"z\")];", "must have the same element type"},
        {"fp16 @z=add(x=x,y=y)[name=string(\"z\")];",
            "'z' is declared fp16, but add makes tensor<fp16, [1, 4, 3, 8]>"},
        {"fp16 z=add(x=x,y=@k)[name=string(\"z\")];",
            "each axis, counted from the last, equal or of size 1"},
        {"fp16 z=matmul(transpose_x=no,transpose_y=no,y=@y,x=x)[name=string(\"z\")];",
            "the inner sizes differ"},
        {"fp16 z=reshape(x=x,shape=@i9)[name=string(\"z\")];", "has another number"},
        {"fp16 z=reshape(x=x,shape=@b)[name=string(\"z\")];} -> (z);}",
            "must be a const with its elements"},
        {"fp16 z=reshape(x=x,shape=@i0)[name=string(\"z\")];", "'shape' must be positive"},
        {"fp16 z=transpose(x=x,perm=@i0)[name=string(\"z\")];", "each of the 4 axes once"},
        {"fp16 z=transpose(x=x,perm=@i1)[name=string(\"z\")];", "must have 4 elements"},
        {"fp16 z=concat(@values=(x,w),axis=one,interleave=no)[name=string(\"z\")];",
            "which differs from the first"},
        {"fp16 z=concat(values=(x,x),axis=one,interleave=@one)[name=string(\"z\")];",
            "'interleave' must be bool, found int32"},
        {"fp16 z=slice_by_size(x=x,begin=i0,size=@i9)[name=string(\"z\")];", "do not lie within"},
        {"fp16 z=slice_by_index(x=x,begin=i0,end=@i0)[name=string(\"z\")];", "select nothing"},
        {"fp16 z=reduce_sum(axes=@i11,keep_dims=no,x=x)[name=string(\"z\")];", "listed twice"},
        {"fp16 z=cast(dtype=@word,x=x)[name=string(\"z\")];", "found 'fp17'"},
        {"fp16 z=linear(x=x,weight=@k)[name=string(\"z\")];", "weight must be [out, in]"},
        {"fp16 z=relu(x=@word)[name=string(\"z\")];", "'x' must be fp16 or fp32, found string"},
        {"fp16 "
         "z=conv(x=x,strides=i11,dilations=i11,pad=i0,pad_type=valid,groups=one,weight=@k)[name="
         "string(\"z\")];",
            "input channels times groups"},
        {"fp16 "
         "z=conv(pad=@i1,x=x,strides=i11,dilations=i11,pad_type=valid,groups=one,weight=k)[name="
         "string(\"z\")];",
            "'pad' must have 4 elements, found 1"},
        {"fp16 "
         "z=conv(pad_type=@word,pad=i0,x=x,strides=i11,dilations=i11,groups=one,weight=k)[name="
         "string(\"z\")];",
            "'pad_type' must be valid, custom, same or same_lower"},
        {"fp16 z=@tile(x=x,reps=i0)[name=string(\"z\")];", "its result has a dimension below 1"},
        {"fp16 "
         "z=constexpr_affine_dequantize()[@quantized_data=fp16(1),scale=fp16(1),zero_point=int8(0),"
         "axis=int32(0),name=string(\"z\")];",
            "'quantized_data' must be a tensor of int8 or uint8"},
        {"fp16 z=quantize(input=x,scale=half,output_dtype=@word)[name=string(\"z\")];",
            "'output_dtype' must be int8, uint8, int4 or uint4, found 'fp17'"},
        {"fp16 z=dequantize(input=@x,scale=half)[name=string(\"z\")];", "'input' must be int8"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_error(head, cases[i].text, cases[i].says);
}

/* Sizes that are one too large to fit together, and sizes that just fit. */
Test(mil_errors, sizes_one_past_what_fits_are_refused) {
    static const struct {
        const char *inputs, *good, *bad;
    } cases[] = {
        {"tensor<fp32,[2,3]> x,tensor<fp32,[1,3]> y,tensor<fp32,[2,2]> z",
            "tensor<fp32,[2,3]> r=add(x=x,y=y)", "tensor<fp32,[2,3]> r=add(x=x,y=z)"},
        {"tensor<fp32,[1,4,6]> x,tensor<fp32,[4,2,1]> y,tensor<fp32,[3,2,1]> z",
            "tensor<fp32,[1,4,6]> r=conv(x=x,weight=y,groups=int32(2))",
            "tensor<fp32,[1,3,6]> r=conv(x=x,weight=z,groups=int32(2))"},
        {"tensor<fp32,[5]> x",
            "tensor<fp32,[3]> "
            "r=slice_by_size(x=x,begin=tensor<int32,[1]>([2]),size=tensor<int32,[1]>([3]))",
            "tensor<fp32,[4]> "
            "r=slice_by_size(x=x,begin=tensor<int32,[1]>([2]),size=tensor<int32,[1]>([4]))"},
        {"tensor<fp32,[3]> x",
            "tensor<fp32,[3]> r,tensor<int32,[3]> i=topk(x=x,k=int32(3),axis=int32(0))",
            "tensor<fp32,[4]> r,tensor<int32,[4]> i=topk(x=x,k=int32(4),axis=int32(0))"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int is_bad = 0; is_bad < 2; is_bad++) {
            char text[700];
            struct mil_program *program = NULL;
            struct mil_error error = {.text = ""};
            const int n = snprintf(text, sizeof text,
                "program(1.3){func f<ios18>(%s){%s[name=string(\"r\")];}->(r);}", cases[i].inputs,
                is_bad ? cases[i].bad : cases[i].good);
            cr_expect_eq(mil_parse(text, (size_t)n, &program, &error), is_bad ? -1 : 0, "%s: %s",
                text, error.text);
            mil_program_free(program);
        }
}

/* 2^56 elements, and as many again. */
Test(mil_errors, the_largest_number_of_elements) {
    for (int last = 256; last <= 257; last++) {
        char text[200];
        struct mil_program *program = NULL;
        struct mil_error error = {.text = ""};
        const int n = snprintf(text, sizeof text,
            "program(1.3){func f<ios18>(tensor<fp16,[16777216,16777216,%d]> x){}->(x);}", last);
        cr_expect_eq(mil_parse(text, (size_t)n, &program, &error), last == 256 ? 0 : -1, "%d: %s",
            last, error.text);
        mil_program_free(program);
    }
}
