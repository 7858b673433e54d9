/* SPDX-License-Identifier: MIT */
#include "mil/op/ops.h"
#include "mil/package/spec_speller.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct mil_place nowhere;

int spec_fail(struct spec_speller *s, const char *format, ...) {
    char what[160], where[96] = "";
    va_list list;
    va_start(list, format);
    vsnprintf(what, sizeof what, format, list);
    va_end(list);
    if (s->operation)
        snprintf(where, sizeof where, "%.24s: %.24s '%.32s': ", s->function ? s->function : "?",
            s->operator_type, s->operation);
    else if (s->function)
        snprintf(where, sizeof where, "function '%.60s': ", s->function);
    return mil_fail(s->error, nowhere, "%s%s", where, what);
}

int spec_memory_fail(struct spec_speller *s) {
    return spec_fail(s, "out of memory");
}

/* Statements */

static int attribute_list_put(struct spec_speller *s, const Coreml__Operation *operation) {
    code_add(&s->out, ")[name = ");
    if (spec_put_string(s, s->operation) < 0)
        return -1;
    for (size_t i = 0; i < operation->n_attributes; i++) {
        const Coreml__ValueEntry *entry = operation->attributes[i];
        if (strcmp(entry->key, "name") == 0)
            continue;
        if (!spec_is_word(entry->key))
            return spec_fail(s, "the attribute name '%.40s' is not valid in MIL", entry->key);
        code_add(&s->out, ", %s = ", entry->key);
        if (spec_put_value(s, entry->value) < 0)
            return -1;
    }
    code_add(&s->out, "]");
    return 0;
}

/* An immediate value in place of a name: compilers accept it best as a separate const. */
static const char *binding_word(
    struct spec_speller *s, const char *argument, const Coreml__Binding *binding) {
    const char *word;
    char name[128];
    switch (binding->binding_case) {
    case COREML__BINDING__BINDING_NAME:
        word = spec_word_of(s, binding->name);
        if (!word)
            spec_fail(s, "its argument '%.40s' names the value '%.40s', which does not exist",
                argument, binding->name);
        return word;
    case COREML__BINDING__BINDING_VALUE:
        break;
    default:
        spec_fail(s, "its argument '%.40s' has no value", argument);
        return NULL;
    }
    snprintf(name, sizeof name, "%.60s_%.60s", s->operation, argument);
    word = spec_word_make(s, name);
    if (!word) {
        spec_memory_fail(s);
        return NULL;
    }
    code_add(&s->out, "        ");
    if (spec_put_type(s, binding->value->type) < 0)
        return NULL;
    code_add(&s->out, " %s = const()[name = ", word);
    if (spec_put_string(s, word) < 0)
        return NULL;
    code_add(&s->out, ", val = ");
    if (spec_put_value(s, binding->value) < 0)
        return NULL;
    code_add(&s->out, "];\n");
    return word;
}

/* Whether the operator takes a tuple there, even of one value or none. */
static bool takes_tuple(const Coreml__Operation *operation, const char *argument) {
    int code = mil_opcode_find(operation->type, strlen(operation->type));
    if (code < 0)
        return false;
    const struct mil_arg_spec *spec =
        mil_arg_spec_find(mil_op_spec((enum mil_opcode)code)->args, argument, strlen(argument));
    return spec && mil_arg_is_tuple(spec->kind);
}

/* Writes the identifiers of all arguments; the consts they need come before the statement. */
static const char **arguments_word(struct spec_speller *s, const Coreml__Operation *operation) {
    size_t n = 0, at = 0;
    for (size_t i = 0; i < operation->n_inputs; i++) {
        const Coreml__ArgumentEntry *entry = operation->inputs[i];
        if (!entry->value || !spec_is_word(entry->key) ||
            (entry->value->n_arguments == 0 && !takes_tuple(operation, entry->key))) {
            spec_fail(
                s, "its argument '%.40s' is empty or its name is not valid in MIL", entry->key);
            return NULL;
        }
        n += entry->value->n_arguments;
    }
    const char **words = mil_arena_take(&s->arena, (n + 1) * sizeof *words);
    if (!words) {
        spec_memory_fail(s);
        return NULL;
    }
    for (size_t i = 0; i < operation->n_inputs; i++)
        for (size_t j = 0; j < operation->inputs[i]->value->n_arguments; j++) {
            words[at] = binding_word(
                s, operation->inputs[i]->key, operation->inputs[i]->value->arguments[j]);
            if (!words[at++])
                return NULL;
        }
    return words;
}

static void arguments_put(
    struct spec_speller *s, const Coreml__Operation *operation, const char *const *words) {
    for (size_t i = 0; i < operation->n_inputs; i++) {
        const Coreml__ArgumentEntry *entry = operation->inputs[i];
        size_t n = entry->value->n_arguments;
        bool is_tuple = n > 1 || takes_tuple(operation, entry->key);
        code_add(&s->out, "%s%s = %s", i ? ", " : "", entry->key, is_tuple ? "(" : "");
        for (size_t j = 0; j < n; j++)
            code_add(&s->out, "%s%s", j ? ", " : "", *words++);
        code_add(&s->out, "%s", is_tuple ? ")" : "");
    }
}

/* The attribute `name`, or else the first result's name. */
static const char *operation_name(const Coreml__Operation *operation) {
    for (size_t i = 0; i < operation->n_attributes; i++) {
        const Coreml__ValueEntry *entry = operation->attributes[i];
        const Coreml__Value *value = entry->value;
        if (strcmp(entry->key, "name") == 0 && value &&
            value->value_case == COREML__VALUE__VALUE_IMMEDIATE_VALUE &&
            value->immediate_value->value_case == COREML__IMMEDIATE_VALUE__VALUE_TENSOR &&
            value->immediate_value->tensor->value_case == COREML__TENSOR_VALUE__VALUE_STRINGS &&
            value->immediate_value->tensor->strings->n_values == 1)
            return value->immediate_value->tensor->strings->values[0];
    }
    return operation->n_outputs > 0 ? operation->outputs[0]->name : "";
}

static int inputs_put(
    struct spec_speller *s, Coreml__NamedValueType *const *inputs, size_t n_inputs);
static int body_put(struct spec_speller *s, const Coreml__Block *block);

static int operation_put(struct spec_speller *s, const Coreml__Operation *operation) {
    s->operation = operation_name(operation);
    s->operator_type = operation->type;
    if (!spec_is_word(operation->type))
        return spec_fail(s, "not the name of an operator");
    const char **words = arguments_word(s, operation);
    if (!words)
        return -1;
    code_add(&s->out, "        ");
    for (size_t i = 0; i < operation->n_outputs; i++) {
        code_add(&s->out, "%s", i ? ", " : "");
        if (spec_put_type(s, operation->outputs[i]->type) < 0)
            return -1;
        code_add(&s->out, " %s", spec_word_of(s, operation->outputs[i]->name));
    }
    code_add(&s->out, "%s%s(", operation->n_outputs ? " = " : "", operation->type);
    arguments_put(s, operation, words);
    if (attribute_list_put(s, operation) < 0)
        return -1;
    for (size_t i = 0; i < operation->n_blocks; i++) {
        code_add(&s->out, "%s block%zu(", i ? "," : "", i);
        if (inputs_put(s, operation->blocks[i]->inputs, operation->blocks[i]->n_inputs) < 0 ||
            body_put(s, operation->blocks[i]) < 0)
            return -1;
    }
    code_add(&s->out, ";\n");
    return 0;
}

/* "TYPE NAME, TYPE NAME)" */
static int inputs_put(
    struct spec_speller *s, Coreml__NamedValueType *const *inputs, size_t n_inputs) {
    for (size_t i = 0; i < n_inputs; i++) {
        code_add(&s->out, "%s", i ? ", " : "");
        if (spec_put_type(s, inputs[i]->type) < 0)
            return -1;
        code_add(&s->out, " %s", spec_word_of(s, inputs[i]->name));
    }
    code_add(&s->out, ")");
    return 0;
}

static int body_put(struct spec_speller *s, const Coreml__Block *block) {
    code_add(&s->out, " {\n");
    for (size_t i = 0; i < block->n_operations; i++)
        if (operation_put(s, block->operations[i]) < 0)
            return -1;
    s->operation = NULL;
    code_add(&s->out, "    } -> (");
    for (size_t i = 0; i < block->n_outputs; i++) {
        const char *word = spec_word_of(s, block->outputs[i]);
        if (!word)
            return spec_fail(s, "its output '%.60s' is not one of its values", block->outputs[i]);
        code_add(&s->out, "%s%s", i ? ", " : "", word);
    }
    code_add(&s->out, ")");
    return 0;
}

/* Functions */

/* The block for the function's own opset. */
static const Coreml__Block *block_of(struct spec_speller *s, const Coreml__Function *function) {
    for (size_t i = 0; i < function->n_block_specializations; i++) {
        const Coreml__BlockEntry *entry = function->block_specializations[i];
        if (strcmp(entry->key, function->opset) == 0 && entry->value)
            return entry->value;
    }
    spec_fail(s, "it has no block for its opset '%.40s'", function->opset);
    return NULL;
}

static int function_put(struct spec_speller *s, const Coreml__FunctionEntry *entry) {
    const Coreml__Function *function = entry->value;
    s->function = entry->key;
    s->operation = NULL;
    if (!function || !spec_is_word(entry->key))
        return spec_fail(s, "it is empty, or its name is not valid in MIL");
    const char *target = spec_target_of_opset(function->opset);
    if (!target)
        return spec_fail(
            s, "its opset '%.40s' is not supported; CoreML5 to CoreML9 are", function->opset);
    const Coreml__Block *block = block_of(s, function);
    if (!block || spec_words_enter(s, function, block) < 0)
        return -1;
    code_add(&s->out, "    func %s<%s>(", entry->key, target);
    int result = inputs_put(s, function->inputs, function->n_inputs);
    if (result == 0) {
        spec_put_flexible(s, entry->key);
        result = body_put(s, block);
    }
    code_add(&s->out, ";\n");
    mil_names_free(&s->taken);
    mil_names_free(&s->originals);
    return result;
}

static bool is_default(const Coreml__Model *model, const char *name) {
    const char *chosen = model->description ? model->description->default_function_name : "";
    return strcmp(name, *chosen ? chosen : "main") == 0;
}

static int functions_put(struct spec_speller *s, const Coreml__Model *model) {
    const Coreml__Program *program = model->ml_program;
    if (program->n_functions == 0)
        return spec_fail(s, "the program has no functions");
    for (int first = 1; first >= 0; first--)
        for (size_t i = 0; i < program->n_functions; i++)
            if (is_default(model, program->functions[i]->key) == first &&
                function_put(s, program->functions[i]) < 0)
                return -1;
    return 0;
}

char *spec_text(const Coreml__Model *model, size_t *bytes, struct mil_error *error) {
    const Coreml__Program *program = model->ml_program;
    const Coreml__Function *first = program->n_functions ? program->functions[0]->value : NULL;
    const char *target = first ? spec_target_of_opset(first->opset) : NULL;
    struct spec_speller s = {
        .arena = {.limit_bytes = SIZE_MAX},
        .description = model->description,
        .tensor_scalars = target && strcmp(target, "ios17") < 0,
        .error = error,
    };
    code_add(&s.out, "program(%s)\n{\n", s.tensor_scalars ? "1.0" : "1.3");
    int result = functions_put(&s, model);
    code_add(&s.out, "}\n");
    if (result == 0 && s.out.failed)
        result = spec_memory_fail(&s);
    mil_names_free(&s.taken);
    mil_names_free(&s.originals);
    free(s.ids);
    mil_arena_free(s.arena.chunks);
    if (result < 0) {
        code_free(&s.out);
        return NULL;
    }
    *bytes = s.out.n;
    return s.out.bytes;
}
