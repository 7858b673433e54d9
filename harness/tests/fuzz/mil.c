/* SPDX-License-Identifier: MIT
 *
 * MIL text: what parses prints as a text that parses to the same, can be checked, and, where that
 * is little work and needs no weight file, be evaluated and written as C.
 */
#include "device/sim/sim_work.h"
#include "fuzz.h"
#include "mil/check/check.h"
#include "mil/emit/emit.h"
#include "mil/eval/eval.h"

#include <string.h>

enum { ELEMENTS_MAX = 1 << 18 };
#define FLOP_MAX 1e7

static int small(const struct mil_function *function) {
    double elements = 0;
    for (int i = 0; i < function->n_values; i++)
        elements += (double)mil_type_elements(&function->values[i].type);
    return elements <= ELEMENTS_MAX && sim_work_flop(function) <= FLOP_MAX;
}

static void evaluate(const struct mil_program *program, int index) {
    const struct mil_function *function = &program->functions[index];
    void **inputs = calloc((size_t)function->n_inputs + 1, sizeof *inputs);
    void **outputs = calloc((size_t)function->n_outputs + 1, sizeof *outputs);
    struct mil_error error = {.text = ""};
    for (int i = 0; i < function->n_inputs; i++) {
        size_t bytes = mil_type_bytes(&function->values[i].type);
        inputs[i] = malloc(bytes + 1);
        memset(inputs[i], 0x3c, bytes);
    }
    for (int i = 0; i < function->n_outputs; i++)
        outputs[i] = malloc(mil_type_bytes(&function->values[function->outputs[i]].type) + 1);
    if (mil_eval(program, index, NULL, (const void *const *)inputs, outputs, &error) != 0)
        FUZZ_CHECK(error.text[0] != '\0');
    for (int i = 0; i < function->n_inputs; i++)
        free(inputs[i]);
    for (int i = 0; i < function->n_outputs; i++)
        free(outputs[i]);
    free(inputs);
    free(outputs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct mil_program *program, *again;
    struct mil_error error = {.text = ""};
    size_t bytes;
    int n;
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
