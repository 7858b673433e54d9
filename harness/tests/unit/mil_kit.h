/* SPDX-License-Identifier: MIT
 *
 * For tests of what runs MIL: programs from a few lines of text.
 */
#ifndef ANEPROBE_TESTS_MIL_KIT_H
#define ANEPROBE_TESTS_MIL_KIT_H

#include "mil/mil.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* A const statement; each name once a function. */
#define CONST(type, name, value)                                                                   \
    type " " name " = const()[name=string(\"" name "\"), val=" type "(" value ")];\n"
#define INT(name, value) CONST("int32", name, value)
#define BOOL(name, value) CONST("bool", name, value)
#define TEXT(name, value) CONST("string", name, "\"" value "\"")
#define INTS(name, n, values) CONST("tensor<int32, [" n "]>", name, "[" values "]")
#define BOOLS(name, n, values) CONST("tensor<bool, [" n "]>", name, "[" values "]")
/* "TYPE r = OP(ARGS)" with the attribute that every statement has. */
#define OP(type, name, call) type " " name " = " call "[name=string(\"" name "_op\")];\n"

/* One function as text: its parameters, its statements, its outputs. */
struct kit_function {
    const char *name, *parameters, *body, *outputs;
};

static inline struct mil_program *kit_program(const struct kit_function *functions, int n) {
    static const char start[] =
        "program(1.3)[buildInfo = dict<string, string>({{\"kit\", \"1\"}})] {\n";
    size_t room = sizeof start + 8, used;
    for (int i = 0; i < n; i++)
        room += strlen(functions[i].name) + strlen(functions[i].parameters) +
                strlen(functions[i].body) + strlen(functions[i].outputs) + 64;
    char *text = malloc(room);
    struct mil_program *program = NULL;
    struct mil_error error = {0};
    cr_assert(text);
    used = (size_t)snprintf(text, room, "%s", start);
    for (int i = 0; i < n; i++)
        used += (size_t)snprintf(text + used, room - used, "func %s<ios18>(%s) {\n%s} -> (%s);\n",
            functions[i].name, functions[i].parameters, functions[i].body, functions[i].outputs);
    used += (size_t)snprintf(text + used, room - used, "}\n");
    cr_assert_eq(mil_parse(text, used, &program, &error), 0, "%u:%u %s\n%s", error.place.line,
        error.place.column, error.text, text);
    free(text);
    return program;
}

#endif
