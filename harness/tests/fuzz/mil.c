/* SPDX-License-Identifier: MIT
 *
 * MIL text: a program that parses prints as a text that parses to the same program, can be checked and, if that
 * is little work and needs no weight file, can be evaluated and written as C.
 */
#include "device/sim/sim_work.h"
#include "fuzz.h"
#include "mil/check/check.h"
#include "mil/fix/fix.h"
#include "mil/check/summary.h"
#include "mil/emit/emit.h"
#include "mil/eval/eval.h"

#include <string.h>

enum { ELEMENTS_MAX = 1 << 18 };
#define FLOP_MAX 1e7

static int small(const struct mil_function *function) {
    double elements = 0;
    for (int i = 0; i < function->n_values; i++)
        elements += (double)mil_type_elements(function->values[i].type);
    return elements <= ELEMENTS_MAX && sim_work_flop(function) <= FLOP_MAX;
}

static void evaluate(const struct mil_program *program, int index) {
    const struct mil_function *function = &program->functions[index];
    void **inputs = calloc((size_t)function->n_inputs + 1, sizeof *inputs);
    void **outputs = calloc((size_t)function->n_outputs + 1, sizeof *outputs);
    struct mil_error error = {.text = ""};
    for (int i = 0; i < function->n_inputs; i++) {
        size_t bytes = mil_type_bytes(function->values[i].type);
        inputs[i] = malloc(bytes + 1);
        memset(inputs[i], 0x3c, bytes);
    }
    for (int i = 0; i < function->n_outputs; i++)
        outputs[i] = malloc(mil_type_bytes(function->values[function->outputs[i]].type) + 1);
    if (mil_eval(program, index, NULL, (const void *const *)inputs, outputs, &error) != 0)
        FUZZ_CHECK(error.text[0] != '\0');
    for (int i = 0; i < function->n_inputs; i++)
        free(inputs[i]);
    for (int i = 0; i < function->n_outputs; i++)
        free(outputs[i]);
    free(inputs);
    free(outputs);
}

/* The whole language: a program that is read prints as a text that reads to the same program. */
static void read_whole(const char *data, size_t size) {
    struct mil_program *program, *again;
    struct mil_finding *findings;
    struct mil_error error = {.text = ""};
    struct mil_summary summary;
    size_t bytes;
    int n;
    int status = mil_read(data, size, &program, &findings, &n, &error);
    for (int i = 0; i < n; i++)
        FUZZ_CHECK(findings[i].text[0] != '\0' && findings[i].place.line > 0);
    bool is_right = n == 0;
    free(findings);
    if (status != 0) {
        FUZZ_CHECK(error.text[0] != '\0');
        return;
    }
    free(mil_check(program, &n));
    FUZZ_CHECK(n >= 0);
    for (int i = 0; i < program->n_functions; i++)
        FUZZ_CHECK(mil_summarize(&program->functions[i], &summary) == 0);
    char *text = mil_print(program, &bytes);
    FUZZ_CHECK(text != NULL && strlen(text) == bytes);
    if (is_right) {
        static const struct mil_weights none;
        struct mil_fixed fixed;
        if (mil_fix(program, &none, NULL, &fixed, &error) == 0)
            mil_fixed_free(&fixed);
        else
            FUZZ_CHECK(error.text[0] != '\0');
        FUZZ_CHECK(mil_read(text, bytes, &again, &findings, &n, &error) == 0 && n == 0);
        FUZZ_CHECK(mil_program_equal(program, again));
        mil_program_free(again);
    }
    free(text);
    mil_program_free(program);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct mil_program *program, *again;
    struct mil_error error = {.text = ""};
    size_t bytes;
    int n;
    read_whole((const char *)data, size);
    if (mil_parse((const char *)data, size, &program, &error) != 0) {
        FUZZ_CHECK(error.text[0] != '\0' && error.place.line > 0);
        return 0;
    }
    char *text = mil_print(program, &bytes);
    FUZZ_CHECK(text != NULL && strlen(text) == bytes);
    FUZZ_CHECK(mil_parse(text, bytes, &again, &error) == 0);
    FUZZ_CHECK(mil_program_equal(program, again));
    free(mil_check(program, &n));
    FUZZ_CHECK(n >= 0);
    for (int i = 0; i < program->n_functions; i++)
        if (small(&program->functions[i]))
            evaluate(program, i);
    mil_program_free(again);
    mil_program_free(program);
    free(text);
    return 0;
}
