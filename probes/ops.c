/* SPDX-License-Identifier: MIT
 *
 * question: Which operators does the engine accept, and which of those does it get right?
 * hypothesis: Those in the published trainers' kernels are right; each one called unsafe is refused
 *     or wrong.
 * method: Each case is a program of one operator, or of a few if the claim is about a pair: 64
 *     channels at 512 positions in fp16, random weights and inputs. It is compiled, loaded and
 *     evaluated into poisoned outputs, which are compared with the reference evaluator. The outcome
 *     is right, wrong, zeros, untouched (the eval succeeded but wrote nothing) or refused.
 * arms: cases (every case once, in random order).
 * unit of replication: the process: every case once.
 * sample size: 1 trial in the quick preset, 4 in the full one.
 * margin: an output is right when its largest difference from the reference is below 2^-8 of the
 *     largest element, 2^-5 if operands are int8.
 * decision rule: A claim holds when each of its cases came out as claimed in every trial; it is
 *     contradicted when a case came out otherwise in each of its trials; trials that disagree are
 *     inconclusive. A plain convolution is compiled first and evaluated again after the last case:
 *     when it is wrong, every claim is untrusted.
 * would prove it wrong: a trainer's operator that is refused or wrong; an operator called unsafe
 *     that is right.
 * confounders: a case that spoils the process for later ones (hence the convolution at the end and
 *     the random order; `tile`, which is said to do that, is in the poison probe); an operator that
 *     is refused alone but accepted with others (matmul and concat are tried both ways).
 * sources: maderix/ANE (operators of the trainers' kernels), Orion (gelu, silu, concat, biases),
 *     slavko-at-klincov-it/ANE-Training (A17 Pro), libane (rsqrt, log), skyfallsin field guide
 *     (convolution with a run-time weight), sbryngelson/ANEForge (kernel width, rank, mask).
 */
#include "experiment/outcome.h"
#include "experiment/specimen.h"
#include "ops_about.h"

#define T MIL_F16("1, 64, 1, 512")
#define X T " x"
#define AXIS(value) MIL_INT("axis", value)
#define NO_INTERLEAVE MIL_BOOL("no", "false")
#define CONV(x, w, more)                                                                           \
    "conv(x=" x ", weight=" w more                                                                 \
    ", strides=strides, pad_type=pad_type, pad=pad, dilations=dilations, groups=groups)"
#define CONV_OF(in, out, s, w)                                                                     \
    MIL_CONV_PLAIN, MIL_WEIGHT(MIL_F16(out ", " in ", 1, " w), "w"),                               \
        MIL_OP(MIL_F16("1, " out ", 1, " s), "y", CONV("x", "w", ""))
#define UNARY(op) MIL_OP(T, "y", op "(x=x)")
#define BINARY(op) MIL_WEIGHT(MIL_F16("1, 64, 1, 1"), "w"), MIL_OP(T, "y", op "(x=x, y=w)")
#define REDUCE(op, axes, shape)                                                                    \
    MIL_INTS("axes", "1", axes), MIL_BOOL("keep", "true"),                                         \
        MIL_OP(MIL_F16(shape), "y", op "(x=x, axes=axes, keep_dims=keep)")
#define FLAGS(x, y) MIL_BOOL("tx", x), MIL_BOOL("ty", y)
#define MATMUL(x)                                                                                  \
    FLAGS("false", "true"), MIL_OP(MIL_F16("1, 64, 1, 1"), "y",                                    \
                                "matmul(x=" x ", y=" x ", transpose_x=tx, transpose_y=ty)")
#define HEADS MIL_F16("1, 4, 64, 32")

struct op_case {
    const char *name, *input;
    const char *const *body;
    const char *oldest; /* the first header whose texts have the operator; NULL = all */
    bool positive;
    double tolerance;
};

/* The names that the claims below use. */
static const struct op_case cases[] = {
    {.name = "conv", .body = MIL_BODY(CONV_OF("64", "64", "512", "1"))},
    {.name = "matmul", .body = MIL_BODY(MIL_OP(T, "m", "mul(x=x, y=x)"), MATMUL("m"))},
    {.name = "matmul-alone", .body = MIL_BODY(MATMUL("x"))},
    {.name = "add", .body = MIL_BODY(BINARY("add"))},
    {.name = "sub", .body = MIL_BODY(BINARY("sub"))},
    {.name = "mul", .body = MIL_BODY(BINARY("mul"))},
    {.name = "pow",
        .body = MIL_BODY(MIL_CONST("fp16", "half", "-0.5"), MIL_OP(T, "y", "pow(x=x, y=half)")),
        .positive = true},
    {.name = "sigmoid", .body = MIL_BODY(UNARY("sigmoid"))},
    {.name = "softmax", .body = MIL_BODY(AXIS("-1"), MIL_OP(T, "y", "softmax(x=x, axis=axis)"))},
    {.name = "softmax-channels",
        .body = MIL_BODY(AXIS("1"), MIL_OP(T, "y", "softmax(x=x, axis=axis)"))},
    {.name = "reduce_sum", .body = MIL_BODY(REDUCE("reduce_sum", "1", "1, 1, 1, 512"))},
    {.name = "reshape",
        .body = MIL_BODY(MIL_INTS("shape", "4", "1, 4, 16, 512"),
            MIL_OP(MIL_F16("1, 4, 16, 512"), "y", "reshape(x=x, shape=shape)"))},
    {.name = "transpose",
        .body = MIL_BODY(MIL_INTS("perm", "4", "0, 1, 3, 2"),
            MIL_OP(MIL_F16("1, 64, 512, 1"), "y", "transpose(x=x, perm=perm)"))},
    {.name = "concat",
        .body = MIL_BODY(MIL_OP(T, "m", "mul(x=x, y=x)"), AXIS("1"), NO_INTERLEAVE,
            MIL_OP(MIL_F16("1, 128, 1, 512"), "y",
                "concat(values=(x, m), axis=axis, interleave=no)"))},
    {.name = "concat-alone",
        .body = MIL_BODY(AXIS("1"), NO_INTERLEAVE,
            MIL_OP(MIL_F16("1, 128, 1, 512"), "y",
                "concat(values=(x, x), axis=axis, interleave=no)"))},
    {.name = "slice_by_size",
        .body = MIL_BODY(MIL_INTS("begin", "4", "0, 32, 0, 0"),
            MIL_INTS("size", "4", "1, 32, 1, 512"),
            MIL_OP(MIL_F16("1, 32, 1, 512"), "y", "slice_by_size(x=x, begin=begin, size=size)"))},
    {.name = "cast",
        .input = MIL_F32("1, 64, 1, 512") " x",
        .body = MIL_BODY(MIL_TEXT("half", "fp16"), MIL_OP(T, "y", "cast(dtype=half, x=x)"))},
    {.name = "int8-weight",
        .body = MIL_BODY(MIL_CONV_PLAIN,
            "tensor<fp16, [64, 64, 1, 1]> w = constexpr_affine_dequantize()"
            "[name=string(\"w_op\"), axis=int32(0), "
            "quantized_data=tensor<int8, [64, 64, 1, 1]>(BLOBFILE(path="
            "string(\"@model_path/weights/w.bin\"), offset=uint64(64))), "
            "scale=fp16(0.001), zero_point=int8(0)];\n",
            MIL_OP(T, "y", CONV("x", "w", "")))},
    {.name = "quantize",
        .oldest = "ios17",
        .body = MIL_BODY(MIL_CONST("fp16", "scale", "0.01"), MIL_TEXT("int8", "int8"),
            MIL_OP("tensor<int8, [1, 64, 1, 512]>", "q",
                "quantize(input=x, output_dtype=int8, scale=scale)"),
            MIL_OP(T, "y", "dequantize(input=q, scale=scale)")),
        .tolerance = 0x1p-5},
    {.name = "relu", .body = MIL_BODY(UNARY("relu"))},
    {.name = "tanh", .body = MIL_BODY(UNARY("tanh"))},
    {.name = "exp", .body = MIL_BODY(UNARY("exp"))},
    {.name = "sqrt", .body = MIL_BODY(UNARY("sqrt")), .positive = true},
    {.name = "identity", .body = MIL_BODY(UNARY("identity"))},
    {.name = "real_div", .body = MIL_BODY(BINARY("real_div"))},
    {.name = "reduce_mean", .body = MIL_BODY(REDUCE("reduce_mean", "-1", "1, 64, 1, 1"))},
    {.name = "reduce_max", .body = MIL_BODY(REDUCE("reduce_max", "-1", "1, 64, 1, 1"))},
    {.name = "slice_by_index",
        .body = MIL_BODY(MIL_INTS("begin", "4", "0, 16, 0, 0"),
            MIL_INTS("end", "4", "1, 48, 1, 512"),
            MIL_OP(MIL_F16("1, 32, 1, 512"), "y", "slice_by_index(x=x, begin=begin, end=end)"))},
    {.name = "layer_norm",
        .body = MIL_BODY(MIL_INTS("axes", "1", "1"), MIL_CONST("fp16", "epsilon", "0.001"),
            MIL_OP(T, "y", "layer_norm(x=x, axes=axes, epsilon=epsilon)"))},
    {.name = "linear",
        .input = MIL_F16("1, 1, 512, 64") " x",
        .body = MIL_BODY(MIL_WEIGHT(MIL_F16("64, 64"), "w"),
            MIL_OP(MIL_F16("1, 1, 512, 64"), "y", "linear(x=x, weight=w)"))},
    {.name = "sdpa",
        .oldest = "ios18",
        .input = MIL_F16("1, 4, 128, 32") " x",
        .body = MIL_BODY(MIL_OP(MIL_F16("1, 4, 128, 32"), "y",
            "scaled_dot_product_attention(query=x, key=x, value=x)"))},
    {.name = "sdpa-mask",
        .oldest = "ios18",
        .input = HEADS " x",
        .body = MIL_BODY(MIL_WEIGHT(MIL_F16("1, 1, 64, 64"), "w"), MIL_CONST("fp16", "scale", "8"),
            MIL_OP(MIL_F16("1, 1, 64, 64"), "mask", "mul(x=w, y=scale)"),
            MIL_OP(HEADS, "y",
                "scaled_dot_product_attention(query=x, key=x, value=x, attn_mask=mask)"))},
    {.name = "gelu",
        .body = MIL_BODY(MIL_TEXT("mode", "EXACT"), MIL_OP(T, "y", "gelu(x=x, mode=mode)"))},
    {.name = "silu", .body = MIL_BODY(UNARY("silu"))},
    {.name = "rsqrt", .body = MIL_BODY(UNARY("rsqrt")), .positive = true},
    {.name = "log", .body = MIL_BODY(UNARY("log")), .positive = true},
    {.name = "rsqrt-after-reduce",
        .body = MIL_BODY(MIL_INTS("axes", "1", "1"), MIL_BOOL("keep", "true"),
            MIL_OP(MIL_F16("1, 1, 1, 512"), "s", "reduce_sum(x=x, axes=axes, keep_dims=keep)"),
            MIL_OP(MIL_F16("1, 1, 1, 512"), "y", "rsqrt(x=s)")),
        .positive = true},
    {.name = "conv-runtime-weight",
        .input = X ", " MIL_F16("64, 64, 1, 1") " z",
        .body = MIL_BODY(MIL_CONV_PLAIN, MIL_OP(T, "y", CONV("x", "z", "")))},
    {.name = "conv-bias",
        .body = MIL_BODY(MIL_CONV_PLAIN, MIL_WEIGHT(MIL_F16("64, 64, 1, 1"), "w"),
            MIL_WEIGHT(MIL_F16("64"), "b"), MIL_OP(T, "y", CONV("x", "w", ", bias=b")))},
    {.name = "conv-32000-inputs",
        .input = MIL_F16("1, 32000, 1, 16") " x",
        .body = MIL_BODY(CONV_OF("32000", "16", "16", "1"))},
    {.name = "conv-32000-outputs",
        .input = MIL_F16("1, 32, 1, 16") " x",
        .body = MIL_BODY(CONV_OF("32", "32000", "16", "1"))},
    {.name = "conv-kernel-17", .body = MIL_BODY(CONV_OF("64", "16", "496", "17"))},
    {.name = "rank-6",
        .body = MIL_BODY(MIL_INTS("split", "6", "1, 4, 16, 1, 16, 32"),
            MIL_INTS("perm", "6", "0, 2, 1, 3, 4, 5"), MIL_INTS("join", "4", "1, 64, 1, 512"),
            MIL_OP(MIL_F16("1, 4, 16, 1, 16, 32"), "a", "reshape(x=x, shape=split)"),
            MIL_OP(MIL_F16("1, 16, 4, 1, 16, 32"), "b", "transpose(x=a, perm=perm)"),
            MIL_OP(T, "y", "reshape(x=b, shape=join)"))},
};
enum { N_CASES = sizeof cases / sizeof *cases };

static const char control[] = "control";
static const struct outcome_claim claims[] = {
    {"ops.trainer-kernels",
        "conv matmul add sub mul pow sigmoid softmax softmax-channels reduce_sum reshape "
        "transpose concat slice_by_size cast",
        "right", control},
    {"ops.others",
        "relu tanh exp sqrt identity real_div reduce_mean reduce_max slice_by_index layer_norm "
        "linear sdpa",
        "right", control},
    {"ops.int8", "int8-weight quantize", "right", control},
    {"ops.matmul-concat-alone", "matmul-alone concat-alone", "refused", control},
    {"ops.gelu", "gelu", "refused", control},
    {"ops.silu", "silu", "refused", control},
    {"ops.rsqrt-log", "rsqrt log", "refused wrong zeros untouched", control},
    {"ops.rsqrt-after-reduce", "rsqrt-after-reduce", "refused wrong zeros untouched", control},
    {"ops.conv-runtime-weight", "conv-runtime-weight", "wrong zeros", control},
    {"ops.conv-bias", "conv-bias", "refused", control},
    {"ops.conv-32000-inputs", "conv-32000-inputs", "refused", control},
    {"ops.conv-32000-outputs", "conv-32000-outputs", "right", control},
    {"ops.conv-kernel-over-15", "conv-kernel-17", "refused", control},
    {"ops.rank-over-5", "rank-6", "refused", control},
    {"ops.attention-mask", "sdpa-mask", "wrong zeros", control},
};

static const struct experiment_arm arms[] = {
    {"cases", "every operator once, in random order", 1, 4, 240},
};
static const struct experiment_column columns[] = {OUTCOME_COLUMNS};

static int case_run(struct trial *t, const struct op_case *c) {
    struct device_error error;
    enum specimen_outcome outcome = SPECIMEN_RIGHT;
    const struct specimen_function function = {"main", c->input ? c->input : X, c->body, "y"};
    const struct specimen_spec spec = {.functions = &function,
        .n_functions = 1,
        .weight_seed = trial_random(t),
        .positive = c->positive,
        .tolerance = c->tolerance};
    /* headers are listed from the newest to the oldest */
    if (c->oldest && (int)t->device->mil_header > mil_header_find(c->oldest)) {
        device_error_set(&error, DEVICE_UNSUPPORTED, "compile",
            "the operator needs %s texts, but this device takes %s ones", c->oldest,
            mil_header_name(t->device->mil_header));
        return outcome_row(t, c->name, "", DEVICE_UNSUPPORTED, &error);
    }
    const enum device_status status = specimen_try(t, &spec, &outcome, &error);
    return outcome_row(t, c->name, specimen_outcome_name(outcome), status, &error);
}

static int run(struct trial *t) {
    const struct subject_spec plain = {.kind = SUBJECT_CONV,
        .channels = 64,
        .spatial = 512,
        .depth = 1,
        .weight_seed = trial_random(t)};
    struct subject *subject = NULL;
    struct device_error error;
    unsigned order[N_CASES];
    bool right;
    int result = 0;
    enum device_status status = subject_open(t, &plain, &subject, &right, &error);
    if (status != DEVICE_OK)
        result = trial_break_error(t, &error);
    else if (!right)
        result = trial_break(t, "a plain convolution was wrong before any case was tried");
    trial_shuffle(t, order, N_CASES);
    for (int i = 0; i < N_CASES && result == 0; i++)
        result = case_run(t, &cases[order[i]]);
    if (result == 0) {
        status = subject_verify(subject, DEVICE_QOS_DEFAULT, &right, NULL, &error);
        result = outcome_row(t, control, right ? "right" : "wrong", status, &error);
    }
    subject_free(subject);
    return result;
}

static int judge(struct judgement *j) {
    outcome_judge(j, claims, sizeof claims / sizeof *claims);
    return 0;
}

EXPERIMENT_MAIN("ops", run, judge)
