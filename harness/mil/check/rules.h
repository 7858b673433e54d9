/* SPDX-License-Identifier: MIT
 *
 * What a rule sees. The table is in rules.c. The rules are in rules_op.c (operators), rules_io.c
 * (header, inputs and outputs, blobs) and rules_number.c (fp16 arithmetic), rules_text.c (how the
 * text is written).
 */
#ifndef ANEPROBE_MIL_CHECK_RULES_H
#define ANEPROBE_MIL_CHECK_RULES_H

#include "mil/arena.h"
#include "mil/check/check.h"
#include "mil/op/op_args.h"

struct mil_checker {
    const struct mil_program *program;
    const struct mil_function *function;
    const struct mil_op **ops; /* all of the function, those in blocks after their operator */
    int n_ops;
    const struct mil_op **makers; /* by value: the operator that makes it; NULL: an input */
    /* for each value of the function: does it depend on an input? */
    const bool *is_runtime;
    bool is_sized;               /* all inputs and outputs are tensors with known sizes */
    const struct mil_rule *rule; /* the current rule */
    struct mil_complaint *complaints;
    int n_complaints, room;
    struct mil_arena details; /* of the complaints */
    bool failed;              /* out of memory */
};

/* Adds a complaint of the current rule; the text says what it is about. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
void mil_complain(struct mil_checker *c, struct mil_place place, const char *format, ...);

/* The op's name, or the operator's when it has none. */
const char *mil_rule_name(const struct mil_op *op);

/* The op that makes a value; NULL for an input. */
const struct mil_op *mil_rule_maker(const struct mil_checker *c, int value);

/* A rule has one of these functions; it is called for every object of that kind. */
typedef void mil_function_rule(struct mil_checker *c);
typedef void mil_op_rule(struct mil_checker *c, const struct mil_op *op);
/* For each input, and each output. */
typedef void mil_io_rule(struct mil_checker *c, const struct mil_value *value, bool is_input);

/* A rule and its one check function. */
struct mil_rule_entry {
    struct mil_rule rule;
    mil_function_rule *on_function;
    mil_op_rule *on_op;
    mil_io_rule *on_io;
    bool needs_sizes; /* of all inputs and outputs */
};

/* Row number i of the table; NULL past the last. */
const struct mil_rule_entry *mil_rule_entry_at(int index);

mil_function_rule mil_rule_program_15, mil_rule_header_untried, mil_rule_scalar_form,
    mil_rule_runtime_weights_target, mil_rule_several_inputs, mil_rule_several_outputs,
    mil_rule_slots_alphabetical, mil_rule_slots_equal_size, mil_rule_inputs_ascending,
    mil_rule_outputs_descending, mil_rule_surface_slots, mil_rule_convs_over_256,
    mil_rule_convs_512, mil_rule_matmul_alone, mil_rule_concat_alone, mil_rule_matmul_range,
    mil_rule_slice_range, mil_rule_no_build_info, mil_rule_names_unique, mil_rule_weight_files,
    mil_rule_layers, mil_rule_weights_window, mil_rule_fp32_compute, mil_rule_move_alone;

mil_op_rule mil_rule_blob_path, mil_rule_blob_offset, mil_rule_rank_over_5, mil_rule_axis_16384,
    mil_rule_axis_65536, mil_rule_conv_bias, mil_rule_conv_runtime_weight,
    mil_rule_conv_input_channels, mil_rule_conv_kernel_width, mil_rule_conv_1d, mil_rule_tile,
    mil_rule_rsqrt_log, mil_rule_rsqrt_after_reduce, mil_rule_gelu, mil_rule_silu, mil_rule_concat,
    mil_rule_attn_mask, mil_rule_not_finite, mil_rule_subnormal, mil_rule_small_epsilon,
    mil_rule_long_sum, mil_rule_sum_of_squares, mil_rule_mask_lowest, mil_rule_no_name,
    mil_rule_inline_argument, mil_rule_default_argument, mil_rule_inline_tensor, mil_rule_rank_5,
    mil_rule_element_type, mil_rule_cast_to_int32, mil_rule_batch_stretch,
    mil_rule_softmax_channels, mil_rule_int8_weights, mil_rule_op_refused, mil_rule_control_flow;

mil_io_rule mil_rule_io_type, mil_rule_io_bool, mil_rule_io_fp32, mil_rule_io_rank,
    mil_rule_channels_16, mil_rule_channels_64, mil_rule_spatial_16, mil_rule_spatial_multiple,
    mil_rule_width_32, mil_rule_small_64x16, mil_rule_surface_16k, mil_rule_surface_48k,
    mil_rule_surface_128, mil_rule_row_64;

#endif
