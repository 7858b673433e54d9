/* SPDX-License-Identifier: MIT
 *
 * The reference evaluator: plain loops, the oracle for every device. Each result is rounded to its
 * declared type (fp16: IEEE binary16, round to nearest, ties to even, subnormals kept, overflow to
 * infinity); sums accumulate in fp32.
 */
#ifndef ANEPROBE_MIL_EVAL_EVAL_H
#define ANEPROBE_MIL_EVAL_EVAL_H

#include "mil/blob.h"

/* Before inputs are made: returns 0 when each is small enough to be evaluated, or -1 and *error. */
int mil_inputs_check(const struct mil_function *function, struct mil_error *error);

/* The most memory that values in use at one time may take, at 4 bytes per element. */
#define MIL_EVAL_BYTES_MAX ((uint64_t)2 << 30)
/* Runs function number `function`. inputs[i] and outputs[i] are dense row-major arrays of the
 * declared types, in declared order, owned by the caller; a state is read and then written. Returns
 * 0, or -1 and *error (a blob that is missing or does not fit, out of memory, values beyond
 * MIL_EVAL_BYTES_MAX, what op_fault.h lists); then no state has changed. */
int mil_eval(const struct mil_program *program, int function, const struct mil_weights *weights,
    const void *const *inputs, void *const *outputs, struct mil_error *error);

/* A cache of expensive results: a value with the same inputs and the same shared weights (blob.h)
 * is not computed again. Holds at most 2 MB. For one thread at a time. */
struct mil_eval_memo;
struct mil_eval_memo *mil_eval_memo_new(void); /* NULL when out of memory */
void mil_eval_memo_free(struct mil_eval_memo *memo);

/* Like mil_eval, with identical results. */
int mil_eval_with_memo(const struct mil_program *program, int function,
    const struct mil_weights *weights, struct mil_eval_memo *memo, const void *const *inputs,
    void *const *outputs, struct mil_error *error);

#endif
