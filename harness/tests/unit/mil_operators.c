/* SPDX-License-Identifier: MIT
 *
 * docs/limits.md says how many operators are read, evaluated and compiled, and which are not: it must be so.
 */
#include "mil/emit/emit.h"
#include "mil/eval/eval_ops.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The file in one line, so that its line breaks do not count. */
static char *text_of(const char *path) {
    FILE *file = fopen(path, "r");
    char *text = calloc(1, 1 << 20);
    cr_assert(file && text && fread(text, 1, (1 << 20) - 1, file) > 0, "%s", path);
    fclose(file);
    char *to = text;
    for (char *from = text; *from; from++)
        if (*from != '\n' && (*from != ' ' || (to > text && to[-1] != ' ')))
            *to++ = *from;
        else if (*from == '\n')
            *to++ = ' ';
    *to = '\0';
    return text;
}

Test(mil_operators, docs_say_what_is_so) {
    char *text = text_of(LIMITS), wanted[256], names[2048] = "";
    int n_evaluated = 0, n_compiled = 0;
    for (int code = 0; code < MIL_OP_UNKNOWN; code++) {
        const bool evaluated = eval_op_is_known(code);
        n_evaluated += evaluated;
        n_compiled += mil_emit_knows(code);
        cr_expect(evaluated || !mil_emit_knows(code), "%s", mil_opcode_name(code));
        cr_expect(!evaluated || mil_emit_knows(code), "%s is evaluated, not compiled",
            mil_opcode_name(code));
        if (!evaluated)
            snprintf(names + strlen(names), sizeof names - strlen(names), "%s`%s`",
                *names ? ", " : "", mil_opcode_name(code));
    }
    snprintf(wanted, sizeof wanted,
        "Of the %d operators that are read, %d are evaluated and %d compiled on `cpu`.",
        MIL_OP_UNKNOWN, n_evaluated, n_compiled);
    cr_expect(strstr(text, wanted), "it does not say: %s", wanted);
    cr_expect(strstr(text, names), "it does not say: %s", names);
    free(text);
}
