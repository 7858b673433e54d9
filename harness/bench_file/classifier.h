/* SPDX-License-Identifier: MIT
 *
 * Core ML's classifiers end in `classify`, which makes a label and a dictionary of text. No device here makes
 * text: the numbers that it is made from are the output instead.
 */
#ifndef ANEPROBE_BENCH_FILE_CLASSIFIER_H
#define ANEPROBE_BENCH_FILE_CLASSIFIER_H

#include "mil/mil.h"

bool function_classifies(const struct mil_function *function);

/* The function without its `classify`; *ops and *outputs, to free() after use, are what it then points to. False
 * when out of memory. */
bool classifier_cut(struct mil_function *function, struct mil_op **ops, int **outputs);

/* "label and label_probs are text, made by classify, and left out; the output is probs": what classifier_cut does,
 * NULL when it does nothing. */
const char *classifier_describe(const struct mil_function *function, char *text, size_t bytes);

#endif
