/* SPDX-License-Identifier: MIT
 *
 * A second implementation of MIL's operators, to compare the evaluator and compiled programs with: in double,
 * element by element, written from the operators' definitions (coremltools' documentation of the opsets). It
 * reads parsed programs and shares no other code with what it checks: neither shapes nor values. Intermediate
 * results are not rounded. An operator that it lacks is reported and does not count as a difference.
 */
#ifndef ANEPROBE_TESTS_PLAIN_H
#define ANEPROBE_TESTS_PLAIN_H

#include "mil/blob.h"

enum { PLAIN_RANK = 8, PLAIN_RESULTS = 4 };

/* Row-major; `data` is owned. */
struct plain {
    int rank;
    int64_t dim[PLAIN_RANK];
    double *data;
};

/* The arguments of an operator. `values`: those of the function; `data` is NULL where there is none yet. */
struct plain_call {
    const struct mil_function *function;
    const struct mil_op *op;
    const struct plain *values;
    struct plain *out; /* of its results, empty */
};

/* Runs function `number` on `inputs`, arrays in the order of its inputs. `outputs`, as many as it has, are to be
 * freed. 0; 1 and *missing when it lacks an operator; -1 and *missing (an operator's name) when the shapes it
 * computes are not the declared ones. */
int plain_run(const struct mil_program *program, int number, const struct mil_weights *weights,
    const double *const *inputs, struct plain *outputs, const char **missing);

/* ---- for its parts ---------------------------------------------------------------------------- */

int64_t plain_count(const struct plain *t);
/* A tensor of zeros; its rank and sizes are taken from `like`, or given. */
struct plain plain_new(int rank, const int64_t *dim);
/* The next index in row-major order; false after the last. */
bool plain_next(int rank, const int64_t *dim, int64_t *index);
double plain_at(const struct plain *t, const int64_t *index);
void plain_put(struct plain *t, const int64_t *index, double value);

/* Arguments: NULL, `absent` or 0 where there is none. */
const struct plain *plain_arg(const struct plain_call *c, const char *name);
/* A copy of an argument, or of an attribute that stands for it, to be freed. */
struct plain plain_part(const struct plain_call *c, const char *name);
double plain_number(const struct plain_call *c, const char *name, double absent);
bool plain_bool(const struct plain_call *c, const char *name, bool absent);
const char *plain_text(const struct plain_call *c, const char *name, const char *absent);
/* Element i of a list. */
int64_t plain_int(const struct plain_call *c, const char *name, int i, int64_t absent);
int plain_length(const struct plain_call *c, const char *name);
/* An axis from the front. */
int plain_axis(const struct plain_call *c, const char *name, int absent, int rank);

/* Each is for one operator or a family; false for any other operator. */
typedef bool plain_family(const struct plain_call *c);
plain_family plain_list, plain_elementwise, plain_product, plain_window, plain_reduce, plain_norm,
    plain_move, plain_index, plain_image, plain_quantize, plain_constexpr, plain_rest,
    plain_recurrent;

/* A function while it runs: its values, owned, without data where there is none yet. */
struct plain_run {
    const struct mil_function *function;
    struct plain *values;
    const char **missing;
};
/* Statements, in order; as plain_run returns. */
int plain_ops_run(const struct plain_run *run, const struct mil_op *ops, int n_ops);
/* In place of what the value was, which is freed. */
void plain_value_set(const struct plain_run *run, int value, struct plain t);
/* cond and while_loop: *out, of its results, is owned even after a failure. */
int plain_block_run(const struct plain_run *run, const struct mil_op *op, struct plain *out);

#endif
