/* SPDX-License-Identifier: MIT
 *
 * Numbers about a function that follow from its text.
 */
#ifndef ANEPROBE_MIL_CHECK_SUMMARY_H
#define ANEPROBE_MIL_CHECK_SUMMARY_H

#include "mil/mil.h"

struct mil_summary {
    int n_ops;                        /* without consts; including those in blocks */
    int n_consts;                     /* without constexpr operators */
    int by_code[MIL_OP_COUNT];        /* operators of each kind */
    int64_t weights[MIL_DTYPE_COUNT]; /* elements of consts and of weights, by element type */
    double weight_bytes;              /* as stored */
    double io_bytes;                  /* of inputs and outputs */
    double flop; /* two per multiply-add of products and convolutions; all blocks, each once */
    double moved_bytes;  /* operands and results of every operator, without fusion */
    double peak_bytes;   /* values in use at one time, with inputs, without weights */
    bool is_whole;       /* false: some sizes are open, so the numbers are a lower bound */
    int n_unknown;       /* operators in no table */
    int n_not_evaluated; /* known, but not evaluated here */
};

/* 0, or -1 when out of memory. */
int mil_summarize(const struct mil_function *function, struct mil_summary *out);

#endif
