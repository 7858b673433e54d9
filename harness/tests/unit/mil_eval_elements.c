/* SPDX-License-Identifier: MIT
 *
 * Operators on single elements and along axes, against a second implementation: each is a few lines of double
 * arithmetic from the operator's definition and shares no code with the evaluator.
 */
#include "mil/eval/eval.h"
#include "mil/fp16.h"
#include "mil_kit.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

enum { N = 240 };

/* Numbers from low to high, the ends included. */
static void spread(float *x, double low, double high) {
    for (int i = 0; i < N; i++)
        x[i] = (float)(low + (high - low) * ((i * 77) % N) / (N - 1));
}

static double relu6(double x) {
    return fmin(fmax(x, 0), 6);
}
static double inverse(double x) {
    return 1 / (x + 0.001);
}
static double leaky(double x) {
    return x >= 0 ? x : 0.25 * x;
}
static double elu(double x) {
    return x >= 0 ? x : 0.5 * (exp(x) - 1);
}
static double clamped(double x) {
    return fmin(x >= 0 ? x : 0.5 * x, 2);
}
static double clip(double x) {
    return fmin(fmax(x, -1), 1.5);
}
static double linear_activation(double x) {
    return 2 * x + 0.5;
}
static double log_of(double x) {
    return log(x + 0.001);
}
static double rsqrt_of(double x) {
    return pow(x + 0.001, -0.5);
}
static double scaled_tanh(double x) {
    return 1.5 * tanh(0.5 * x);
}
static double sigmoid(double x) {
    return 0.5 + 0.5 * tanh(x / 2);
}
static double sigmoid_hard(double x) {
    return fmax(0, fmin(1, 0.25 * x + 0.5));
}
static double sign(double x) {
    return x == 0 ? 0 : copysign(1, x);
}
static double silu(double x) {
    return x * (0.5 + 0.5 * tanh(x / 2));
}
static double softplus(double x) {
    return fmax(x, 0) + log(1 + exp(-fabs(x)));
}
static double softsign(double x) {
    return x / (1 + fabs(x));
}
static double square(double x) {
    return pow(x, 2);
}
static double threshold(double x) {
    return fmax(x, 0.5);
}
static double thresholded_relu(double x) {
    return x >= 0.5 ? x : 0;
}
static double relu(double x) {
    return fmax(x, 0);
}
static double gelu(double x) {
    return x / 2 * erfc(-x / sqrt(2));
}

static const struct {
    const char *call;
    double (*second)(double);
    double low, high;
} unaries[] = {
    {"abs(x = x)", fabs, -3, 3},
    {"acos(x = x)", acos, -1, 1},
    {"asin(x = x)", asin, -1, 1},
    {"atan(x = x)", atan, -8, 8},
    {"atanh(x = x)", atanh, -0.9, 0.9},
    {"ceil(x = x)", ceil, -3, 3},
    {"clamped_relu(x = x, alpha = T(0.5), beta = T(2))", clamped, -4, 4},
    {"clip(x = x, alpha = T(-1), beta = T(1.5))", clip, -4, 4},
    {"cos(x = x)", cos, -4, 4},
    {"cosh(x = x)", cosh, -4, 4},
    {"elu(x = x, alpha = T(0.5))", elu, -4, 4},
    {"erf(x = x)", erf, -3, 3},
    {"exp(x = x)", exp, -8, 8},
    {"exp2(x = x)", exp2, -8, 8},
    {"floor(x = x)", floor, -3, 3},
    {"gelu(x = x)", gelu, -4, 4},
    {"identity(x = x)", fabs, 0, 4},
    {"inverse(x = x, epsilon = T(0x1.062p-10))", inverse, 0.5, 4},
    {"leaky_relu(x = x, alpha = T(0.25))", leaky, -4, 4},
    {"linear_activation(x = x, alpha = T(2), beta = T(0.5))", linear_activation, -4, 4},
    {"log(x = x, epsilon = T(0x1.062p-10))", log_of, 0.5, 8},
    {"relu(x = x)", relu, -4, 4},
    {"relu6(x = x)", relu6, -8, 8},
    {"round(x = x)", nearbyint, -4, 4},
    {"rsqrt(x = x, epsilon = T(0x1.062p-10))", rsqrt_of, 0.5, 8},
    {"scaled_tanh(x = x, alpha = T(1.5), beta = T(0.5))", scaled_tanh, -4, 4},
    {"sigmoid(x = x)", sigmoid, -8, 8},
    {"sigmoid_hard(x = x, alpha = T(0.25), beta = T(0.5))", sigmoid_hard, -4, 4},
    {"sign(x = x)", sign, -4, 4},
    {"silu(x = x)", silu, -8, 8},
    {"sin(x = x)", sin, -4, 4},
    {"sinh(x = x)", sinh, -4, 4},
    {"softplus(x = x)", softplus, -8, 8},
    {"softsign(x = x)", softsign, -8, 8},
    {"sqrt(x = x)", sqrt, 0, 8},
    {"square(x = x)", square, -8, 8},
    {"tan(x = x)", tan, -1, 1},
    {"tanh(x = x)", tanh, -4, 4},
    {"threshold(x = x, alpha = T(0.5))", threshold, -4, 4},
    {"thresholded_relu(x = x, alpha = T(0.5))", thresholded_relu, -4, 4},
};

static double add(double x, double y) {
    return x + y;
}
static double sub(double x, double y) {
    return x - y;
}
static double mul(double x, double y) {
    return x * y;
}
static double divided(double x, double y) {
    return x / y;
}
static double floor_div(double x, double y) {
    return floor(x / y);
}
static double mod(double x, double y) {
    return x - y * floor(x / y);
}
static double equal(double x, double y) {
    return !(x < y) && !(x > y);
}
static double not_equal(double x, double y) {
    return x < y || x > y;
}
static double less(double x, double y) {
    return y - x > 0;
}
static double less_equal(double x, double y) {
    return y - x >= 0;
}
static double greater(double x, double y) {
    return x - y > 0;
}
static double greater_equal(double x, double y) {
    return x - y >= 0;
}
static double both(double x, double y) {
    return x * y != 0;
}
static double either(double x, double y) {
    return fabs(x) + fabs(y) != 0;
}
static double one_of(double x, double y) {
    return (x == 0) + (y == 0) == 1;
}

/* `type`: of the result; 'b' operands are cast to bool first. */
static const struct {
    const char *name;
    double (*second)(double, double);
    char type;
    bool is_int;
} binaries[] = {
    {"add", add, 'f', true},
    {"sub", sub, 'f', true},
    {"mul", mul, 'f', true},
    {"real_div", divided, 'f', false},
    {"pow", pow, 'f', false},
    {"maximum", fmax, 'f', true},
    {"minimum", fmin, 'f', true},
    {"floor_div", floor_div, 'f', true},
    {"mod", mod, 'f', true},
    {"equal", equal, 'c', true},
    {"not_equal", not_equal, 'c', true},
    {"less", less, 'c', true},
    {"less_equal", less_equal, 'c', true},
    {"greater", greater, 'c', true},
    {"greater_equal", greater_equal, 'c', true},
    {"logical_and", both, 'b', false},
    {"logical_or", either, 'b', false},
    {"logical_xor", one_of, 'b', false},
};

static void run(const char *body, const char *parameters, const void *const *in, float *out) {
    const struct kit_function f = {"f", parameters, body, "r"};
    struct mil_program *program = kit_program(&f, 1);
    struct mil_error error = {.text = ""};
    void *const outputs[] = {out};
    cr_assert_eq(mil_eval(program, 0, NULL, in, outputs, &error), 0, "%s: %s", body, error.text);
    mil_program_free(program);
}

/* With T replaced by the element type. */
static void typed(char *out, size_t room, const char *call, const char *dtype) {
    size_t n = 0;
    for (const char *p = call; *p && n + 8 < room; p++) {
        if (*p == 'T')
            n += (size_t)snprintf(out + n, room - n, "%s", dtype);
        else
            out[n++] = *p;
    }
    out[n] = '\0';
}

static void near(double found, double expected, double tolerance, const char *what, int i) {
    bool same = (isnan(found) && isnan(expected)) || found == expected;
    cr_expect(same || fabs(found - expected) <= tolerance * fmax(1, fabs(expected)),
        "%s: element %d is %.9g, not %.9g", what, i, found, expected);
}

Test(mil_eval_elements, unary) {
    for (size_t k = 0; k < sizeof unaries / sizeof *unaries; k++) {
        char call[200], body[1000];
        float x[N], out[N];
        const void *const in[] = {x};
        spread(x, unaries[k].low, unaries[k].high);
        typed(call, sizeof call, unaries[k].call, "fp32");
        snprintf(body, sizeof body, "tensor<fp32, [240]> r = %s[name = string(\"r\")];", call);
        run(body, "tensor<fp32, [240]> x", in, out);
        for (int i = 0; i < N; i++)
            near((double)out[i], unaries[k].second((double)x[i]), 4e-6, unaries[k].call, i);
        typed(call, sizeof call, unaries[k].call, "fp16");
        for (int i = 0; i < N; i++)
            x[i] = fp16_round(x[i]);
        for (char *p = call; (p = strstr(p, "x = x")) != NULL; p += 5)
            p[4] = 'h';
        snprintf(body, sizeof body,
            "tensor<fp16, [240]> h = cast(x = x, dtype = string(\"fp16\"));\n"
            "tensor<fp16, [240]> y = %s;\n"
            "tensor<fp32, [240]> r = cast(x = y, dtype = string(\"fp32\"));\n",
            call);
        run(body, "tensor<fp32, [240]> x", in, out);
        for (int i = 0; i < N; i++)
            near((double)out[i], unaries[k].second((double)x[i]), 0x1p-10, unaries[k].call, i);
    }
}

/* Both shapes stretch: [15, 1, 16] and [4, 16]. */
static void binary_at(int i, int *x, int *y) {
    *x = i / 64 * 16 + i % 16;
    *y = i % 64;
}

Test(mil_eval_elements, binary_across_ranks) {
    enum { OUT = 15 * 4 * 16 };
    for (size_t k = 0; k < sizeof binaries / sizeof *binaries; k++) {
        for (int as_int = 0; as_int <= binaries[k].is_int; as_int++) {
            float x[N], y[64], out[OUT];
            const void *const in[] = {x, y};
            const char *to = binaries[k].type == 'b' ? "bool" : as_int ? "int32" : "fp32";
            const char *result = binaries[k].type == 'f' ? to : "bool";
            char body[800];
            for (int i = 0; i < N; i++)
                x[i] = (float)((i * 37) % 23 - 11) + (as_int ? 0 : 0.25f);
            for (int i = 0; i < 64; i++)
                y[i] = (float)((i * 29) % 17 + 1) / (as_int ? 1 : 2);
            if (binaries[k].type == 'b')
                for (int i = 0; i < N; i++)
                    x[i] = (float)(i % 2), y[i % 64] = (float)(i % 64 / 2 % 2);
            for (int i = 0; binaries[k].second == pow && i < N; i++)
                x[i] = fabsf(x[i]) / 4;
            snprintf(body, sizeof body,
                "tensor<%s, [15, 1, 16]> a = cast(x = x, dtype = string(\"%s\"));\n"
                "tensor<%s, [4, 16]> b = cast(x = y, dtype = string(\"%s\"));\n"
                "tensor<%s, [15, 4, 16]> c = %s(x = a, y = b);\n"
                "tensor<fp32, [15, 4, 16]> r = cast(x = c, dtype = string(\"fp32\"));\n",
                to, to, to, to, result, binaries[k].name);
            run(body, "tensor<fp32, [15, 1, 16]> x, tensor<fp32, [4, 16]> y", in, out);
            for (int i = 0; i < OUT; i++) {
                int a, b;
                binary_at(i, &a, &b);
                near((double)out[i], binaries[k].second((double)x[a], (double)y[b]), 4e-6,
                    binaries[k].name, i);
            }
        }
    }
}

/* One row of numbers to one number. */
static double sum(const double *x, int n) {
    double total = 0;
    while (n-- > 0)
        total += x[n];
    return total;
}
static double mean(const double *x, int n) {
    return sum(x, n) / n;
}
static double greatest(const double *x, int n) {
    return n == 1 ? x[0] : fmax(x[n - 1], greatest(x, n - 1));
}
static double least(const double *x, int n) {
    return n == 1 ? x[0] : fmin(x[n - 1], least(x, n - 1));
}
static double prod(const double *x, int n) {
    return n == 0 ? 1 : x[n - 1] * prod(x, n - 1);
}
static double l1(const double *x, int n) {
    return n == 0 ? 0 : fabs(x[n - 1]) + l1(x, n - 1);
}
static double sum_square(const double *x, int n) {
    return n == 0 ? 0 : x[n - 1] * x[n - 1] + sum_square(x, n - 1);
}
static double l2(const double *x, int n) {
    return sqrt(sum_square(x, n));
}
static double log_sum(const double *x, int n) {
    return log(sum(x, n));
}
static double log_sum_exp(const double *x, int n) {
    double total = 0;
    for (int i = 0; i < n; i++)
        total += exp(x[i]);
    return log(total);
}
static double argmax(const double *x, int n) {
    int best = 0;
    for (int i = n - 1; i >= 0; i--)
        best = x[i] >= x[best] ? i : best;
    return best;
}
static double argmin(const double *x, int n) {
    int best = 0;
    for (int i = n - 1; i >= 0; i--)
        best = x[i] <= x[best] ? i : best;
    return best;
}

Test(mil_eval_elements, reductions) {
    static const struct {
        const char *name;
        double (*second)(const double *x, int n);
        bool is_arg;
    } reductions[] = {{"reduce_sum", sum, false}, {"reduce_mean", mean, false},
        {"reduce_max", greatest, false}, {"reduce_min", least, false}, {"reduce_prod", prod, false},
        {"reduce_l1_norm", l1, false}, {"reduce_l2_norm", l2, false},
        {"reduce_sum_square", sum_square, false}, {"reduce_log_sum", log_sum, false},
        {"reduce_log_sum_exp", log_sum_exp, false}, {"reduce_argmax", argmax, true},
        {"reduce_argmin", argmin, true}};
    float x[N], out[N];
    const void *const in[] = {x};
    for (int i = 0; i < N; i++)
        x[i] = (float)((i * 53) % 61) / 20 + 0.1f; /* [6, 8, 5] */
    for (size_t k = 0; k < sizeof reductions / sizeof *reductions; k++) {
        char body[400];
        snprintf(body, sizeof body,
            reductions[k].is_arg
                ? "tensor<int32, [6, 5]> i = %s(x = x, axis = int32(-2));\n"
                  "tensor<fp32, [6, 5]> r = cast(x = i, dtype = string(\"fp32\"));"
                : "tensor<fp32, [6, 1, 5]> r = %s(x = x, axes = tensor<int32, [1]>([1]), "
                  "keep_dims = bool(true));",
            reductions[k].name);
        run(body, "tensor<fp32, [6, 8, 5]> x", in, out);
        for (int i = 0; i < 30; i++) {
            double row[8];
            for (int j = 0; j < 8; j++)
                row[j] = (double)x[i / 5 * 40 + j * 5 + i % 5];
            near((double)out[i], reductions[k].second(row, 8), 4e-6, reductions[k].name, i);
        }
        if (reductions[k].is_arg)
            continue;
        snprintf(body, sizeof body, "fp32 r = %s(x = x);", reductions[k].name); /* all axes */
        run(body, "tensor<fp32, [6, 8, 5]> x", in, out);
        double all[N];
        for (int i = 0; i < N; i++)
            all[i] = (double)x[i];
        near((double)out[0], fmin(reductions[k].second(all, N), (double)FLT_MAX * 2), 1e-5,
            reductions[k].name, 0);
    }
}
