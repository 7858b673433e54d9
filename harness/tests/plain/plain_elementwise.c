/* SPDX-License-Identifier: MIT */
#include "plain.h"

#include <math.h>

static double gelu(double x, const char *mode) {
    if (mode[0] == 'T') /* TANH_APPROXIMATION */
        return x / 2 * (1 + tanh(sqrt(2 / acos(-1)) * (x + 0.044715 * x * x * x)));
    if (mode[0] == 'S') /* SIGMOID_APPROXIMATION */
        return x / (1 + exp(-1.702 * x));
    return x / 2 * (1 + erf(x / sqrt(2)));
}

static bool one(const struct plain_call *c, double x, double *y) {
    const double alpha = plain_number(c, "alpha", 1), beta = plain_number(c, "beta", 1);
    switch (c->op->code) {
    case MIL_OP_ABS:
        return *y = fabs(x), true;
    case MIL_OP_ACOS:
        return *y = acos(x), true;
    case MIL_OP_ASIN:
        return *y = asin(x), true;
    case MIL_OP_ATANH:
        return *y = atanh(x), true;
    case MIL_OP_LOGICAL_NOT:
        return *y = x == 0, true;
    case MIL_OP_ATAN:
        return *y = atan(x), true;
    case MIL_OP_CEIL:
        return *y = ceil(x), true;
    case MIL_OP_CLAMPED_RELU:
        return *y = fmin(x < 0 ? alpha * x : x, beta), true;
    case MIL_OP_CLIP:
        return *y = fmin(fmax(x, alpha), beta), true;
    case MIL_OP_COS:
        return *y = cos(x), true;
    case MIL_OP_COSH:
        return *y = cosh(x), true;
    case MIL_OP_ELU:
        return *y = x < 0 ? alpha * (exp(x) - 1) : x, true;
    case MIL_OP_ERF:
        return *y = erf(x), true;
    case MIL_OP_EXP:
        return *y = exp(x), true;
    case MIL_OP_EXP2:
        return *y = pow(2, x), true;
    case MIL_OP_FLOOR:
        return *y = floor(x), true;
    case MIL_OP_GELU:
        return *y = gelu(x, plain_text(c, "mode", "EXACT")), true;
    case MIL_OP_IDENTITY:
        return *y = x, true;
    case MIL_OP_INVERSE:
        return *y = 1 / (x + plain_number(c, "epsilon", 1e-4)), true;
    case MIL_OP_LEAKY_RELU:
        return *y = x < 0 ? alpha * x : x, true;
    case MIL_OP_LINEAR_ACTIVATION:
        return *y = alpha * x + plain_number(c, "beta", 0), true;
    case MIL_OP_LOG:
        return *y = log(x + plain_number(c, "epsilon", 1e-45)), true;
    case MIL_OP_RELU:
        return *y = fmax(x, 0), true;
    case MIL_OP_RELU6:
        return *y = fmin(fmax(x, 0), 6), true;
    case MIL_OP_ROUND:
        return *y = nearbyint(x), true;
    case MIL_OP_RSQRT:
        return *y = 1 / sqrt(x + plain_number(c, "epsilon", 1e-12)), true;
    case MIL_OP_SCALED_TANH:
        return *y = alpha * tanh(beta * x), true;
    case MIL_OP_SIGMOID:
        return *y = 1 / (1 + exp(-x)), true;
    case MIL_OP_SIGMOID_HARD:
        return *y = fmin(
                   fmax(plain_number(c, "alpha", 0.2) * x + plain_number(c, "beta", 0.5), 0), 1),
               true;
    case MIL_OP_SIGN:
        return *y = x > 0 ? 1 : x < 0 ? -1 : 0, true;
    case MIL_OP_SILU:
        return *y = x / (1 + exp(-x)), true;
    case MIL_OP_SIN:
        return *y = sin(x), true;
    case MIL_OP_SINH:
        return *y = sinh(x), true;
    case MIL_OP_SOFTPLUS:
        return *y = log1p(exp(x)), true;
    case MIL_OP_SOFTSIGN:
        return *y = x / (1 + fabs(x)), true;
    case MIL_OP_SQRT:
        return *y = sqrt(x), true;
    case MIL_OP_SQUARE:
        return *y = x * x, true;
    case MIL_OP_TAN:
        return *y = tan(x), true;
    case MIL_OP_TANH:
        return *y = tanh(x), true;
    case MIL_OP_THRESHOLD:
        return *y = fmax(x, alpha), true;
    case MIL_OP_THRESHOLDED_RELU:
        return *y = x >= alpha ? x : 0, true;
    case MIL_OP_CAST:
        return *y = plain_text(c, "dtype", "")[0] == 'i' ? trunc(x) : x, true;
    default:
        return false;
    }
}

static bool two(enum mil_opcode code, double x, double y, double *z) {
    switch (code) {
    case MIL_OP_ADD:
        return *z = x + y, true;
    case MIL_OP_SUB:
        return *z = x - y, true;
    case MIL_OP_MUL:
        return *z = x * y, true;
    case MIL_OP_REAL_DIV:
        return *z = x / y, true;
    case MIL_OP_MAXIMUM:
        return *z = fmax(x, y), true;
    case MIL_OP_MINIMUM:
        return *z = fmin(x, y), true;
    case MIL_OP_FLOOR_DIV:
        return *z = floor(x / y), true;
    case MIL_OP_MOD:
        return *z = x - floor(x / y) * y, true;
    case MIL_OP_POW:
        return *z = pow(x, y), true;
    case MIL_OP_EQUAL:
        return *z = x == y, true;
    case MIL_OP_NOT_EQUAL:
        return *z = x != y, true;
    case MIL_OP_LESS:
        return *z = x < y, true;
    case MIL_OP_LESS_EQUAL:
        return *z = x <= y, true;
    case MIL_OP_GREATER:
        return *z = x > y, true;
    case MIL_OP_GREATER_EQUAL:
        return *z = x >= y, true;
    case MIL_OP_LOGICAL_AND:
        return *z = x != 0 && y != 0, true;
    case MIL_OP_LOGICAL_OR:
        return *z = x != 0 || y != 0, true;
    case MIL_OP_LOGICAL_XOR:
        return *z = (x != 0) != (y != 0), true;
    default:
        return false;
    }
}

/* From the right, an axis of 1 is as long as the other's. */
static double stretched(const struct plain *t, int rank, const int64_t *index) {
    int64_t own[PLAIN_RANK];
    for (int i = 0; i < t->rank; i++)
        own[i] = t->dim[i] == 1 ? 0 : index[rank - t->rank + i];
    return plain_at(t, own);
}

/* a where the condition holds, else b; of the longest of each axis. */
static void choose(const struct plain_call *c) {
    const struct plain *of[] = {plain_arg(c, "cond"), plain_arg(c, "a"), plain_arg(c, "b")};
    int rank = 0;
    int64_t dim[PLAIN_RANK], index[PLAIN_RANK] = {0};
    for (int k = 0; k < 3; k++)
        rank = of[k]->rank > rank ? of[k]->rank : rank;
    for (int i = 0; i < rank; i++) {
        dim[i] = 1;
        for (int k = 0; k < 3; k++)
            if (i - rank + of[k]->rank >= 0 && of[k]->dim[i - rank + of[k]->rank] != 1)
                dim[i] = of[k]->dim[i - rank + of[k]->rank];
    }
    c->out[0] = plain_new(rank, dim);
    do
        plain_put(&c->out[0], index,
            stretched(of[stretched(of[0], rank, index) != 0 ? 1 : 2], rank, index));
    while (plain_next(rank, dim, index));
}

/* With a number for each channel, which is the second axis. */
static void by_channel(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x"), *alpha = plain_arg(c, "alpha"),
                       *beta = plain_arg(c, "beta");
    int64_t index[PLAIN_RANK] = {0};
    c->out[0] = plain_new(x->rank, x->dim);
    do {
        const double at = plain_at(x, index), a = alpha->data[index[1]];
        plain_put(&c->out[0], index,
            beta     ? a * log(1 + exp(beta->data[index[1]] * at))
            : at < 0 ? a * at
                     : at);
    } while (plain_next(x->rank, x->dim, index));
}

bool plain_elementwise(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x"), *y = plain_arg(c, "y");
    double z;
    if (c->op->code == MIL_OP_SELECT)
        return choose(c), true;
    if (c->op->code == MIL_OP_PRELU || c->op->code == MIL_OP_SOFTPLUS_PARAMETRIC)
        return by_channel(c), true;
    if (!x || !(y ? two(c->op->code, 1, 1, &z) : one(c, 1, &z)))
        return false;
    if (!y) {
        c->out[0] = plain_new(x->rank, x->dim);
        for (int64_t i = 0; i < plain_count(x); i++)
            (void)one(c, x->data[i], &c->out[0].data[i]);
        return true;
    }
    const int rank = x->rank > y->rank ? x->rank : y->rank;
    int64_t dim[PLAIN_RANK], index[PLAIN_RANK] = {0};
    for (int i = 0; i < rank; i++) {
        const int of_x = i - rank + x->rank, of_y = i - rank + y->rank;
        const int64_t a = of_x < 0 ? 1 : x->dim[of_x], b = of_y < 0 ? 1 : y->dim[of_y];
        dim[i] = a == 1 ? b : a;
    }
    c->out[0] = plain_new(rank, dim);
    do {
        (void)two(c->op->code, stretched(x, rank, index), stretched(y, rank, index), &z);
        plain_put(&c->out[0], index, z);
    } while (plain_next(rank, dim, index));
    return true;
}
