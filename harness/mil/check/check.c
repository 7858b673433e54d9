/* SPDX-License-Identifier: MIT
 *
 * The table of rules, and the walk over a program that applies them.
 */
#include "mil/arena.h"
#include "mil/check/rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A rule and its one check function. */
struct entry {
    struct mil_rule rule;
    mil_function_rule *on_function;
    mil_op_rule *on_op;
    mil_io_rule *on_io;
    bool needs_sizes; /* of all inputs and outputs */
};

#define FUNCTION(f) (f), NULL, NULL, false
#define SIZES(f) (f), NULL, NULL, true
#define OP(f) NULL, (f), NULL, false
#define IO(f) NULL, NULL, (f), false

/* Sources: maderix = maderix/ANE and its pull requests and issues; fg = skyfallsin's field guide;
 * forge = sbryngelson/ANEForge; orion = mechramc/Orion; libane = AmiraniLabs/libane; rustane =
 * ncdrone/rustane; slavko = slavko-at-klincov-it/ANE-Training; coremltools = apple/coremltools;
 * ironmill = jafreck/ironmill, docs/design/ane/ane-op-support-matrix.md. */
static const struct entry entries[] = {
    /* header and blobs */
    {{"program-1.5", MIL_REFUSED,
         "program(1.5) is rejected when weights are inputs; write program(1.3)", "maderix PR 35",
         "M5", NULL},
        FUNCTION(mil_rule_program_15)},
    {{"header-untried", MIL_WARNING,
         "no engine is known to accept this version with this target; use program(1.3) with ios18 "
         "or ios17, or program(1.0) with ios16",
         "maderix, fg", "M1-M5, macOS 15 and 26", NULL},
        FUNCTION(mil_rule_header_untried)},
    {{"scalar-form", MIL_WARNING,
         "the header forms known to work write scalars bare under program(1.3), and as tensor<T, "
         "[]> under program(1.0)",
         "maderix, fg", "M3 Max macOS 26.3.1", NULL},
        FUNCTION(mil_rule_scalar_form)},
    {{"runtime-weights-target", MIL_NOTE,
         "if an operand of this matmul is weights that come in at run time, the target must be "
         "ios17",
         "maderix PR 35", "M5", NULL},
        FUNCTION(mil_rule_runtime_weights_target)},
    {{"blob-path", MIL_NOTE,
         "most published programs keep their weights under @model_path/weights/NAME.bin", "maderix",
         "M1-M5, macOS 15 and 26", "orion and others use other folders, which worked"},
        OP(mil_rule_blob_path)},
    {{"blob-offset", MIL_REFUSED,
         "offset must name a blob's 64-byte metadata: a multiple of 64, and 64 for the first blob",
         "coremltools StorageFormat.hpp", "every chip; macOS 15 checks it", NULL},
        OP(mil_rule_blob_offset)},
    {{"no-build-info", MIL_WARNING,
         "buildInfo is missing; two sources say that it is required: add one, which may be empty",
         "fg, libane", "M3 Max, M3 Pro", "others leave it out"},
        FUNCTION(mil_rule_no_build_info)},
    {{"names-unique", MIL_REFUSED, "two statements have the same name; each must be unique",
         "coremltools", "every chip", NULL},
        FUNCTION(mil_rule_names_unique)},
    {{"no-name", MIL_NOTE, "the statement has no [name = string(...)]; compiled models have one",
         "coremltools", "every chip", NULL},
        OP(mil_rule_no_name)},
    {{"inline-argument", MIL_NOTE,
         "a literal as an argument; one source saw an inline `true` refused: make it a const",
         "ironmill", "chip not stated", "compiled Core ML models have them"},
        OP(mil_rule_inline_argument)},
    {{"default-argument", MIL_NOTE,
         "Core ML fills in omitted arguments; a text for the engine should state them",
         "coremltools", "every chip", NULL},
        OP(mil_rule_default_argument)},
    {{"inline-tensor", MIL_WARNING,
         "one source says that fp16 tensors written in the text are refused; put it into a weight "
         "file",
         "mlx-omarchy", "macOS 26.6.2", "maderix's programs have small ones"},
        OP(mil_rule_inline_tensor)},
    {{"weight-files", MIL_REFUSED, "17 weight files fail, 16 work; put several blobs in one file",
         "published limit", "M4 macOS 27.0", NULL},
        FUNCTION(mil_rule_weight_files)},
    {{"layers-386", MIL_WARNING,
         "one source gives a limit of about 386 layers per program; split the function",
         "published limit", "M6", NULL},
        FUNCTION(mil_rule_layers)},
    {{"weights-4-gib", MIL_WARNING, "loaded programs share a window of about 4 GiB (code 0x20004)",
         "published limit", "M4 macOS 27.0", NULL},
        FUNCTION(mil_rule_weights_window)},
    /* inputs and outputs */
    {{"io-type", MIL_WARNING,
         "one source says that integer inputs and outputs are refused; cast inside the program",
         "maderix, ironmill", "M1-M5", NULL},
        IO(mil_rule_io_type)},
    {{"io-bool", MIL_NOTE, "programs with bool inputs are published, but most use only fp16",
         "ironmill", "chip not stated", NULL},
        IO(mil_rule_io_bool)},
    {{"io-fp32", MIL_WARNING,
         "casts of inputs and outputs cause trouble; declare fp16, which also evaluates about 37% "
         "faster",
         "maderix", "M1, M2; the speed M4", NULL},
        IO(mil_rule_io_fp32)},
    {{"io-rank", MIL_WARNING,
         "surfaces are only known to work as [1,C,H,W]; reshape inside the program", "maderix",
         "M1-M5", NULL},
        IO(mil_rule_io_rank)},
    {{"several-inputs", MIL_WARNING,
         "several inputs gave status 0x1d; concatenate them into one and slice inside", "maderix",
         "M4", "works elsewhere (fg, maderix PR 22 and 35)"},
        FUNCTION(mil_rule_several_inputs)},
    {{"several-outputs", MIL_NOTE,
         "several outputs work only with some orders and sizes; one concatenated output is safe",
         "orion, maderix issue 47", "M1, M4 Max", NULL},
        FUNCTION(mil_rule_several_outputs)},
    {{"slots-alphabetical", MIL_WARNING,
         "slots are taken in alphabetical order of the names; name them in the order declared",
         "orion", "M4 Max", NULL},
        FUNCTION(mil_rule_slots_alphabetical)},
    {{"slots-equal-size", MIL_WARNING,
         "with several surfaces, all must have the same size; pad the smaller ones", "orion",
         "M4 Max", NULL},
        SIZES(mil_rule_slots_equal_size)},
    {{"inputs-ascending", MIL_REFUSED,
         "inputs whose sizes do not ascend by slot silently read as zeros; reorder them",
         "maderix issue 47", "M1", NULL},
        SIZES(mil_rule_inputs_ascending)},
    {{"outputs-descending", MIL_REFUSED,
         "outputs whose sizes do not descend by slot are silently zero; reorder them",
         "maderix issue 47", "M1", NULL},
        SIZES(mil_rule_outputs_descending)},
    {{"surface-slots", MIL_REFUSED, "a request maps 128 surfaces at most; concatenate some",
         "dev-erik/ANE, slavko", "M3 Pro, M4 Max", NULL},
        FUNCTION(mil_rule_surface_slots)},
    {{"channels-below-16", MIL_WARNING, "fewer than 16 channels; pad to 32 or more",
         "rustane, libane", "M3 Pro macOS 26.3.1", NULL},
        IO(mil_rule_channels_16)},
    {{"channels-below-64", MIL_NOTE, "fewer than 64 channels, the minimum in tools that work",
         "maderix PR 2", "M5", NULL},
        IO(mil_rule_channels_64)},
    {{"spatial-below-16", MIL_WARNING, "fewer than 16 positions; pad to 64 or more",
         "rustane, libane", "M3 Pro macOS 26.3.1", NULL},
        IO(mil_rule_spatial_16)},
    {{"spatial-multiple-of-16", MIL_WARNING, "positions are not a multiple of 16; pad them",
         "rustane, libane", "M3 Pro macOS 26.3.1", NULL},
        IO(mil_rule_spatial_multiple)},
    {{"width-below-32", MIL_WARNING, "the last axis is below 32; pad it to 64", "fg", "M3 Max",
         NULL},
        IO(mil_rule_width_32)},
    {{"small-64x16", MIL_WARNING,
         "64 channels by 16 positions gave status 0x1d; 128 channels were fine", "slavko", "M3 Pro",
         NULL},
        IO(mil_rule_small_64x16)},
    {{"surface-below-16k", MIL_WARNING,
         "surfaces below 16384 bytes make eval fail without an error; make it larger", "slavko",
         "A17 Pro", NULL},
        IO(mil_rule_surface_16k)},
    {{"surface-below-48k", MIL_NOTE,
         "surfaces below 49152 bytes were refused; round their allocation up to 65536", "orion",
         "M4 Max", NULL},
        IO(mil_rule_surface_48k)},
    {{"surface-128-bytes", MIL_NOTE, "the surface is not a multiple of 128 bytes; pad it",
         "maderix PR 35", "M5", NULL},
        IO(mil_rule_surface_128)},
    {{"row-64-bytes", MIL_NOTE,
         "rows of the last axis are padded to 64 bytes; pad it, or read the strides from the "
         "model's attributes",
         "slavko", "M3 Pro", NULL},
        IO(mil_rule_row_64)},
    /* operators */
    {{"rank-over-5", MIL_REFUSED, "at most 5 dimensions work; reshape", "forge", "M5 Pro", NULL},
        OP(mil_rule_rank_over_5)},
    {{"axis-over-16384", MIL_WARNING, "an axis above 16384 is refused up to M3; split it",
         "forge, maderix PR 26", "M1, M2, M3", NULL},
        OP(mil_rule_axis_16384)},
    {{"axis-over-65536", MIL_REFUSED, "no axis above 65536; split it", "forge, maderix PR 26",
         "M4, M5", NULL},
        OP(mil_rule_axis_65536)},
    {{"rank-5", MIL_WARNING, "transpose and matmul take at most 4 dimensions; reshape first",
         "forge", "M5 Pro", NULL},
        OP(mil_rule_rank_5)},
    {{"fp32-compute", MIL_WARNING, "computing in fp32 is refused; cast to fp16 first", "forge",
         "M1-M5", NULL},
        FUNCTION(mil_rule_fp32_compute)},
    {{"element-type", MIL_WARNING,
         "no engine is known to compute with this element type; cast to fp16", "maderix, ironmill",
         "M1-M5", NULL},
        OP(mil_rule_element_type)},
    {{"cast-to-int32", MIL_WARNING, "a cast of fp16 to int32 is refused; keep fp16", "ironmill",
         "chip not stated", NULL},
        OP(mil_rule_cast_to_int32)},
    {{"move-alone", MIL_WARNING,
         "reshape, slice_by_index or tile is refused as the only operator; add another", "ironmill",
         "chip not stated", NULL},
        FUNCTION(mil_rule_move_alone)},
    {{"batch-stretch", MIL_WARNING,
         "mul that broadcasts the batch axis is unreliable; tile first, or loop", "fg", "M3 Max",
         NULL},
        OP(mil_rule_batch_stretch)},
    {{"softmax-channels", MIL_WARNING,
         "softmax over a channel count that is not a power of two fails with InvalidMILProgram; "
         "pad the channels",
         "Espresso messages", "chip not stated", NULL},
        OP(mil_rule_softmax_channels)},
    {{"int8-weights", MIL_NOTE,
         "two sources say that int8 constexpr_affine_dequantize fails with InvalidMILProgram",
         "two accounts", "M3 Max macOS 26.3.1", "others use it"},
        OP(mil_rule_int8_weights)},
    {{"op-refused", MIL_WARNING, "one source says that this operator is refused", "ironmill",
         "chip not stated", NULL},
        OP(mil_rule_op_refused)},
    {{"control-flow", MIL_WARNING, "the engine does not run control flow, lists or random numbers",
         "coremltools", "every chip", NULL},
        OP(mil_rule_control_flow)},
    {{"conv-bias", MIL_WARNING,
         "one source says that conv with bias is refused; if so, add the bias with `add`", "orion",
         "M4 Max macOS 15", "compiled Core ML models have such convs"},
        OP(mil_rule_conv_bias)},
    {{"conv-runtime-weight", MIL_REFUSED,
         "conv compiles with a weight that depends on an input, but ignores it and gives wrong "
         "results; use matmul, or mul and reduce_sum",
         "fg", "M3 Max", NULL},
        OP(mil_rule_conv_runtime_weight)},
    {{"conv-input-channels", MIL_REFUSED,
         "conv with 32000 input channels is rejected (as output channels they are fine); use "
         "matmul",
         "maderix PR 19", "M4", NULL},
        OP(mil_rule_conv_input_channels)},
    {{"conv-kernel-width", MIL_REFUSED, "conv kernels are at most 15 wide; split the kernel",
         "forge", "M5 Pro", NULL},
        OP(mil_rule_conv_kernel_width)},
    {{"conv-1d", MIL_NOTE,
         "published texts for the engine have [1,C,1,S] and 2-D kernels; give the convolution a "
         "height of 1",
         "maderix", "M1-M5, macOS 15 and 26", "compiled Core ML models have 1-D convolutions"},
        OP(mil_rule_conv_1d)},
    {{"convs-over-256", MIL_WARNING, "stay at or below 256 stacked convs; split the function",
         "slavko", "M3 Pro", NULL},
        FUNCTION(mil_rule_convs_over_256)},
    {{"convs-512", MIL_REFUSED,
         "512 stacked convs caused the compiler service to be killed; split the function", "slavko",
         "M3 Pro", NULL},
        FUNCTION(mil_rule_convs_512)},
    {{"tile-poisons-process", MIL_WARNING,
         "one source says that after a program with tile every eval of the process gives 0x1d; "
         "tile on the CPU",
         "fg", "M3 Max", "another source ran tile without this"},
        OP(mil_rule_tile)},
    {{"rsqrt-log", MIL_WARNING,
         "rsqrt and log need an epsilon, of at least 1e-4 in fp16; state it, or use pow(x, -0.5)",
         "ironmill, libane, slavko", "A17 Pro, M3 Pro", "runs without one on M3 Pro (slavko)"},
        OP(mil_rule_rsqrt_log)},
    {{"rsqrt-after-reduce", MIL_REFUSED,
         "rsqrt or log right after a reduction fails; use pow(x, -0.5), or sqrt and real_div",
         "rustane", "chip not stated", NULL},
        OP(mil_rule_rsqrt_after_reduce)},
    {{"gelu", MIL_REFUSED, "gelu fails; use sigmoid and mul", "slavko, orion",
         "A17 Pro, M4 Max macOS 15", NULL},
        OP(mil_rule_gelu)},
    {{"silu", MIL_WARNING, "silu fails for some; use sigmoid and mul", "orion", "M4 Max macOS 15",
         "works for slavko and fg"},
        OP(mil_rule_silu)},
    {{"matmul-alone", MIL_WARNING,
         "a program of one matmul alone fails; the trainers use matmul among other ops", "slavko",
         "A17 Pro", NULL},
        FUNCTION(mil_rule_matmul_alone)},
    {{"concat-alone", MIL_WARNING,
         "a program of one concat alone fails; the trainers use concat among other ops", "slavko",
         "A17 Pro", NULL},
        FUNCTION(mil_rule_concat_alone)},
    {{"concat", MIL_NOTE, "concat is listed as rejected by one source; the trainers use it",
         "orion", "M4 Max macOS 15", "maderix's trainers use it"},
        OP(mil_rule_concat)},
    {{"attn-mask-ignored", MIL_WARNING,
         "one source says that attn_mask is ignored; add a mask of 0 and -65504 to the scores "
         "instead",
         "maderix", "M4", "works for forge"},
        OP(mil_rule_attn_mask)},
    /* numbers */
    {{"fp16-not-finite", MIL_WARNING,
         "an fp16 const is infinite or NaN; 65504 is the largest finite value", "arithmetic; forge",
         "every chip", NULL},
        OP(mil_rule_not_finite)},
    {{"fp16-subnormal", MIL_WARNING,
         "an fp16 const is below 6.1e-5, so subnormal, and may be flushed to zero; scale it up",
         "libane", "M3 Pro", NULL},
        OP(mil_rule_subnormal)},
    {{"epsilon-too-small", MIL_WARNING,
         "rsqrt and log give inf below about 7.6e-6; use an epsilon of 1e-4 or more in fp16",
         "libane", "M3 Pro", NULL},
        OP(mil_rule_small_epsilon)},
    {{"reduce-sum-over-2048", MIL_WARNING,
         "an fp16 sum of ones is exact only up to 2048 elements; sum in parts, or as a matmul",
         "forge", "every chip", NULL},
        OP(mil_rule_long_sum)},
    {{"sum-of-squares", MIL_NOTE,
         "an fp16 sum of squares overflows for large inputs; scale them before squaring",
         "arithmetic", "every chip", NULL},
        OP(mil_rule_sum_of_squares)},
    {{"mask-lowest", MIL_NOTE,
         "-65504 plus a negative score is -inf, and softmax of a row of them is NaN; leave one "
         "place of every row unmasked",
         "arithmetic", "every chip", NULL},
        OP(mil_rule_mask_lowest)},
    {{"matmul-range", MIL_NOTE,
         "fp16 matmul results above about 32752 come out as inf; scale an operand down", "forge",
         "M1-M5", NULL},
        FUNCTION(mil_rule_matmul_range)},
    {{"slice-range", MIL_NOTE,
         "fp16 slices clamp values at 4094 up to M2; scale, or cut on the CPU", "forge",
         "M1, M2; not M4, M5", NULL},
        FUNCTION(mil_rule_slice_range)},
};
enum { N_RULES = sizeof entries / sizeof *entries };

const struct mil_rule *mil_rule_at(int index) {
    return index >= 0 && index < N_RULES ? &entries[index].rule : NULL;
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Whether `text` contains the word with no digit after it, ignoring blanks and case. */
static bool names(const char *text, const char *word, size_t bytes) {
    for (; *text; text++) {
        const char *p = text;
        size_t i = 0;
        while (i < bytes && *p) {
            if (*p == ' ') {
                p++;
                continue;
            }
            if (lower(*p) != lower(word[i]))
                break;
            i++, p++;
        }
        if (i == bytes && !is_digit(*p))
            return true;
    }
    return false;
}

/* "M1-M5" also names the chips between. */
static bool ranges(const char *text, const char *word, size_t bytes) {
    if (bytes != 2 || lower(word[0]) != 'm' || !is_digit(word[1]))
        return false;
    for (const char *p = text; (p = strchr(p, '-')) != NULL; p++)
        if (p - text >= 2 && p[-2] == 'M' && p[1] == 'M' && is_digit(p[-1]) && is_digit(p[2]) &&
            word[1] >= p[-1] && word[1] <= p[2])
            return true;
    return false;
}

static bool is_named(const struct mil_rule *rule, const char *word, size_t bytes) {
    return names(rule->seen_on, word, bytes) || ranges(rule->seen_on, word, bytes);
}

bool mil_rule_is_about(const struct mil_rule *rule, const char *word, size_t bytes) {
    return strstr(rule->seen_on, "every chip") || strstr(rule->seen_on, "not stated") ||
           is_named(rule, word, bytes);
}

const char *mil_limits_unknown(const char *limits, size_t *bytes) {
    for (; limits && *limits; limits += *bytes + (limits[*bytes] == ',')) {
        const struct mil_rule *rule;
        int i = 0;
        *bytes = strcspn(limits, ",");
        while ((rule = mil_rule_at(i)) != NULL && !is_named(rule, limits, *bytes))
            i++;
        if (!rule)
            return limits;
    }
    return NULL;
}

bool mil_rule_is_within(const struct mil_rule *rule, const char *limits) {
    while (limits && *limits) {
        size_t bytes = strcspn(limits, ",");
        if (bytes > 0 && !mil_rule_is_about(rule, limits, bytes))
            return false;
        limits += bytes + (limits[bytes] == ',');
    }
    return true;
}

const char *mil_severity_name(enum mil_severity severity) {
    static const char *const names[] = {
        [MIL_NOTE] = "note", [MIL_WARNING] = "warning", [MIL_REFUSED] = "refused"};
    return names[severity];
}

void mil_complain(struct mil_checker *c, struct mil_place place, const char *format, ...) {
    struct mil_complaint *complaint;
    va_list list;
    if (c->failed)
        return;
    complaint = mil_grow(c->complaints, c->n_complaints, &c->room, sizeof *complaint);
    if (!complaint) {
        c->failed = true;
        return;
    }
    c->complaints = complaint;
    complaint = &c->complaints[c->n_complaints++];
    complaint->rule = c->rule;
    complaint->place = place;
    va_start(list, format);
    vsnprintf(complaint->detail, sizeof complaint->detail, format, list);
    va_end(list);
}

const char *mil_rule_name(const struct mil_op *op) {
    return op->name ? op->name : mil_op_name(op);
}

const struct mil_op *mil_rule_maker(const struct mil_checker *c, int value) {
    return c->makers[value];
}

/* Lists the operators in the order of the text, and what makes each value. */
static void ops_list(struct mil_checker *c, const struct mil_op *ops, int n_ops) {
    for (int i = 0; i < n_ops; i++) {
        c->ops[c->n_ops++] = &ops[i];
        for (int r = 0; r < ops[i].n_results; r++)
            c->makers[ops[i].result + r] = &ops[i];
        for (int b = 0; b < ops[i].n_blocks; b++)
            ops_list(c, ops[i].blocks[b].ops, ops[i].blocks[b].n_ops);
    }
}

static int ops_count(const struct mil_op *ops, int n_ops) {
    int n = n_ops;
    for (int i = 0; i < n_ops; i++)
        for (int b = 0; b < ops[i].n_blocks; b++)
            n += ops_count(ops[i].blocks[b].ops, ops[i].blocks[b].n_ops);
    return n;
}

static bool set(bool *flag, bool value) {
    const bool changes = value && !*flag;
    *flag |= value;
    return changes;
}

/* Whether anything was marked. What a loop's body makes is a variable of its next iteration. */
static bool runtime_mark(
    const struct mil_function *f, const struct mil_op *ops, int n_ops, bool *is_runtime) {
    bool changed = false;
    for (int i = 0; i < n_ops; i++) {
        const struct mil_op *op = &ops[i];
        const struct mil_arg *vars =
            op->code == MIL_OP_WHILE_LOOP ? mil_op_arg(op, "loop_vars") : NULL;
        for (int b = 0; b < op->n_blocks; b++) {
            const struct mil_block *block = &op->blocks[b];
            for (int v = 0; vars && v < block->n_inputs && v < vars->n_values; v++)
                changed |= set(&is_runtime[block->first_input + v],
                    is_runtime[vars->values[v]] ||
                        (v < op->n_results && is_runtime[op->result + v]));
            changed |= runtime_mark(f, block->ops, block->n_ops, is_runtime);
            for (int r = 0; r < op->n_results && r < block->n_outputs; r++)
                changed |= set(&is_runtime[op->result + r], is_runtime[block->outputs[r]]);
        }
        for (int j = 0; j < op->n_args; j++)
            for (int k = 0; k < op->args[j].n_values; k++)
                for (int r = 0; r < op->n_results; r++)
                    changed |= set(&is_runtime[op->result + r], is_runtime[op->args[j].values[k]]);
    }
    return changed;
}

/* Types whose size the rules can check. */
static bool is_surface(const struct mil_type *type) {
    return type->kind == MIL_TENSOR && mil_type_is_sized(type);
}

static void function_check(struct mil_checker *c) {
    const struct mil_function *f = c->function;
    for (int r = 0; r < N_RULES; r++) {
        const struct entry *entry = &entries[r];
        c->rule = &entry->rule;
        if (entry->on_function && (c->is_sized || !entry->needs_sizes))
            entry->on_function(c);
        for (int i = 0; entry->on_op && i < c->n_ops; i++)
            entry->on_op(c, c->ops[i]);
        for (int i = 0; entry->on_io && i < f->n_inputs; i++)
            if (is_surface(&f->values[i].type))
                entry->on_io(c, &f->values[i], true);
        for (int i = 0; entry->on_io && i < f->n_outputs; i++)
            if (is_surface(&f->values[f->outputs[i]].type))
                entry->on_io(c, &f->values[f->outputs[i]], false);
    }
}

/* By place, then by rule: pointers into one array, so the order is the table's. */
static int complaint_compare(const void *left, const void *right) {
    const struct mil_complaint *a = left, *b = right;
    if (a->place.line != b->place.line)
        return a->place.line < b->place.line ? -1 : 1;
    if (a->place.column != b->place.column)
        return a->place.column < b->place.column ? -1 : 1;
    if (a->rule != b->rule)
        return a->rule < b->rule ? -1 : 1;
    return strcmp(a->detail, b->detail);
}

static void function_begin(struct mil_checker *c, bool *is_runtime) {
    const struct mil_function *f = c->function;
    c->is_sized = true;
    for (int v = 0; v < f->n_inputs; v++)
        c->is_sized = c->is_sized && is_surface(&f->values[v].type);
    for (int v = 0; v < f->n_outputs; v++)
        c->is_sized = c->is_sized && is_surface(&f->values[f->outputs[v]].type);
    c->n_ops = 0;
    ops_list(c, f->ops, f->n_ops);
    for (int i = 0; i < f->n_inputs; i++)
        is_runtime[i] = true;
    while (runtime_mark(f, f->ops, f->n_ops, is_runtime) && c->n_ops > f->n_ops)
        ; /* without blocks, one pass is enough */
}

struct mil_complaint *mil_check(const struct mil_program *program, int *n) {
    struct mil_checker c = {.program = program};
    for (int i = 0; i < program->n_functions && !c.failed; i++) {
        const struct mil_function *f = &program->functions[i];
        const size_t n_values = (size_t)f->n_values + 1;
        bool *is_runtime = calloc(n_values, sizeof *is_runtime);
        c.function = f;
        c.is_runtime = is_runtime;
        c.makers = calloc(n_values, sizeof *c.makers);
        c.ops = malloc(((size_t)ops_count(f->ops, f->n_ops) + 1) * sizeof *c.ops);
        c.failed |= !is_runtime || !c.makers || !c.ops;
        if (!c.failed) {
            function_begin(&c, is_runtime);
            function_check(&c);
        }
        free(is_runtime);
        free(c.makers);
        free(c.ops);
    }
    *n = c.failed ? -1 : c.n_complaints;
    if (c.failed || c.n_complaints == 0) {
        free(c.complaints);
        return NULL;
    }
    qsort(c.complaints, (size_t)c.n_complaints, sizeof *c.complaints, complaint_compare);
    return c.complaints;
}
