/* SPDX-License-Identifier: MIT
 *
 * Everything lives in an arena until it is packed. A function that returns NULL or -1 has filled
 * *error. Strings belong to the program: protobuf-c takes them without const, but only reads them.
 */
#include "mil/package/spec_packer.h"
#include "mil/type.h"

#include <stdlib.h>
#include <string.h>

static const struct mil_place nowhere;

void *spec_take(struct packer *p, size_t count, size_t size) {
    void *memory = count > SIZE_MAX / size ? NULL : mil_arena_take(&p->arena, count * size);
    if (memory)
        memset(memory, 0, count * size);
    else
        mil_fail(p->error, nowhere, "out of memory");
    return memory;
}

void *spec_message(struct packer *p, const ProtobufCMessageDescriptor *descriptor) {
    ProtobufCMessage *made = spec_take(p, 1, descriptor->sizeof_message);
    if (made)
        protobuf_c_message_init(descriptor, made);
    return made;
}

/* Types */

static Coreml__ValueType *type_pack(struct packer *p, const struct mil_type *type);

static Coreml__ValueType *state_pack(
    struct packer *p, const struct mil_type *type, Coreml__ValueType *out) {
    struct mil_type wrapped = *type;
    Coreml__StateType *state = spec_message(p, &coreml__state_type__descriptor);
    wrapped.kind = MIL_TENSOR;
    if (!state || !(state->wrapped_type = type_pack(p, &wrapped)))
        return NULL;
    out->type_case = COREML__VALUE_TYPE__TYPE_STATE_TYPE;
    out->state_type = state;
    return out;
}

static Coreml__Dimension *dimension_pack(struct packer *p, int64_t dim) {
    Coreml__Dimension *out = spec_message(p, &coreml__dimension__descriptor);
    Coreml__ConstantDimension *size = spec_message(p, &coreml__constant_dimension__descriptor);
    Coreml__UnknownDimension *open = spec_message(p, &coreml__unknown_dimension__descriptor);
    if (!out || !size || !open)
        return NULL;
    if (dim == MIL_DIM_OPEN) {
        out->dimension_case = COREML__DIMENSION__DIMENSION_UNKNOWN;
        out->unknown = open;
    } else {
        size->size = (uint64_t)dim;
        out->dimension_case = COREML__DIMENSION__DIMENSION_CONSTANT;
        out->constant = size;
    }
    return out;
}

static Coreml__ValueType *list_pack(
    struct packer *p, const struct mil_type *type, Coreml__ValueType *out) {
    struct mil_type element = *type;
    Coreml__ListType *list = spec_message(p, &coreml__list_type__descriptor);
    element.kind = MIL_TENSOR;
    if (!list || !(list->type = type_pack(p, &element)) ||
        !(list->length = dimension_pack(p, type->length)))
        return NULL;
    out->type_case = COREML__VALUE_TYPE__TYPE_LIST_TYPE;
    out->list_type = list;
    return out;
}

static Coreml__ValueType *type_pack(struct packer *p, const struct mil_type *type) {
    Coreml__ValueType *out = spec_message(p, &coreml__value_type__descriptor);
    Coreml__TensorType *tensor = spec_message(p, &coreml__tensor_type__descriptor);
    if (!out || !tensor)
        return NULL;
    if (type->kind == MIL_OTHER) {
        mil_fail(p->error, nowhere,
            "%.100s: dictionaries, tuples and lists of anything but tensors cannot be written to "
            "packages",
            type->spelling);
        return NULL;
    }
    if (type->kind == MIL_LIST)
        return list_pack(p, type, out);
    if (type->kind == MIL_STATE)
        return state_pack(p, type, out);
    out->type_case = COREML__VALUE_TYPE__TYPE_TENSOR_TYPE;
    out->tensor_type = tensor;
    tensor->data_type = spec_dtype_of(mil_dtype_name(type->dtype));
    tensor->rank = type->rank;
    tensor->n_dimensions = (size_t)type->rank;
    tensor->dimensions = spec_take(p, (size_t)type->rank + 1, sizeof(void *));
    for (int i = 0; i < type->rank && tensor->dimensions; i++)
        if (!(tensor->dimensions[i] = dimension_pack(p, type->dim[i])))
            return NULL;
    return tensor->dimensions ? out : NULL;
}

static Coreml__NamedValueType *named_type_pack(
    struct packer *p, const char *name, const struct mil_type *type) {
    Coreml__NamedValueType *out = spec_message(p, &coreml__named_value_type__descriptor);
    if (!out)
        return NULL;
    out->name = (char *)name;
    out->type = type_pack(p, type);
    return out->type ? out : NULL;
}

/* Values. Which field holds which type: coremltools, converters/mil/backend/mil/helper.py. */

static int strings_pack(struct packer *p, const char *string, Coreml__TensorValue *out) {
    out->strings = spec_message(p, &coreml__strings__descriptor);
    char **values = spec_take(p, 1, sizeof *values);
    if (!out->strings || !values)
        return -1;
    values[0] = (char *)string;
    out->value_case = COREML__TENSOR_VALUE__VALUE_STRINGS;
    out->strings->n_values = 1;
    out->strings->values = values;
    return 0;
}

/* Elements as in memory, those of less than a byte packed as in a blob file; both are little
 * endian. */
static int bytes_pack(
    struct packer *p, const struct mil_literal *literal, Coreml__TensorValue *out) {
    size_t n = (size_t)mil_type_elements(literal->type);
    unsigned bits = (unsigned)mil_dtype_bits(literal->type->dtype);
    const uint8_t *from = literal->data;
    out->value_case = COREML__TENSOR_VALUE__VALUE_BYTES;
    if (!(out->bytes = spec_message(p, &coreml__bytes__descriptor)))
        return -1;
    out->bytes->values.len = (n * bits + 7) / 8;
    out->bytes->values.data = (uint8_t *)literal->data;
    if (bits >= 8)
        return 0;
    if (!(out->bytes->values.data = spec_take(p, out->bytes->values.len + 1, 1)))
        return -1;
    for (size_t i = 0; i < n * bits; i++)
        out->bytes->values.data[i / 8] |= (uint8_t)((from[i / bits] >> i % bits & 1) << i % 8);
    return 0;
}

static int ints_pack(
    struct packer *p, const struct mil_literal *literal, Coreml__TensorValue *out) {
    size_t n = (size_t)mil_type_elements(literal->type);
    out->value_case = COREML__TENSOR_VALUE__VALUE_INTS;
    if (!(out->ints = spec_message(p, &coreml__ints__descriptor)) ||
        !(out->ints->values = spec_take(p, n + 1, sizeof *out->ints->values)))
        return -1;
    out->ints->n_values = n;
    for (size_t i = 0; i < n; i++)
        switch (literal->type->dtype) {
        case MIL_INT16:
            out->ints->values[i] = ((const int16_t *)literal->data)[i];
            break;
        case MIL_UINT16:
            out->ints->values[i] = ((const uint16_t *)literal->data)[i];
            break;
        default: /* uint32: the bits */
            out->ints->values[i] = ((const int32_t *)literal->data)[i];
            break;
        }
    return 0;
}

static int elements_pack(
    struct packer *p, const struct mil_literal *literal, Coreml__TensorValue *out) {
    size_t n = (size_t)mil_type_elements(literal->type);
    switch (literal->type->dtype) {
    case MIL_FP32:
        out->value_case = COREML__TENSOR_VALUE__VALUE_FLOATS;
        if (!(out->floats = spec_message(p, &coreml__floats__descriptor)))
            return -1;
        out->floats->n_values = n;
        out->floats->values = (float *)literal->data;
        return 0;
    case MIL_FP64:
        out->value_case = COREML__TENSOR_VALUE__VALUE_DOUBLES;
        if (!(out->doubles = spec_message(p, &coreml__doubles__descriptor)))
            return -1;
        out->doubles->n_values = n;
        out->doubles->values = (double *)literal->data;
        return 0;
    case MIL_INT16:
    case MIL_UINT16:
    case MIL_INT32:
    case MIL_UINT32:
        return ints_pack(p, literal, out);
    case MIL_INT64:
    case MIL_UINT64:
        out->value_case = COREML__TENSOR_VALUE__VALUE_LONG_INTS;
        if (!(out->long_ints = spec_message(p, &coreml__long_ints__descriptor)))
            return -1;
        out->long_ints->n_values = n;
        out->long_ints->values = (int64_t *)literal->data;
        return 0;
    case MIL_BOOL:
        out->value_case = COREML__TENSOR_VALUE__VALUE_BOOLS;
        if (!(out->bools = spec_message(p, &coreml__bools__descriptor)) ||
            !(out->bools->values = spec_take(p, n + 1, sizeof *out->bools->values)))
            return -1;
        out->bools->n_values = n;
        for (size_t i = 0; i < n; i++)
            out->bools->values[i] = ((const bool *)literal->data)[i];
        return 0;
    default:
        return bytes_pack(p, literal, out);
    }
}

static Coreml__Value *blob_pack(
    struct packer *p, const struct mil_literal *literal, Coreml__Value *out) {
    Coreml__BlobFileValue *blob = spec_message(p, &coreml__blob_file_value__descriptor);
    if (!blob)
        return NULL;
    blob->file_name = (char *)literal->blob_path;
    blob->offset = literal->blob_offset;
    out->value_case = COREML__VALUE__VALUE_BLOB_FILE_VALUE;
    out->blob_file_value = blob;
    return out;
}

static Coreml__Value *value_pack(struct packer *p, const struct mil_literal *literal) {
    Coreml__Value *out = spec_message(p, &coreml__value__descriptor);
    if (literal->type->kind == MIL_LIST) {
        mil_fail(p->error, nowhere, "constant lists cannot be written to packages");
        return NULL;
    }
    if (!out || !(out->type = type_pack(p, literal->type)))
        return NULL;
    if (literal->blob_path)
        return blob_pack(p, literal, out);
    Coreml__ImmediateValue *immediate = spec_message(p, &coreml__immediate_value__descriptor);
    Coreml__TensorValue *tensor = spec_message(p, &coreml__tensor_value__descriptor);
    if (!immediate || !tensor)
        return NULL;
    out->value_case = COREML__VALUE__VALUE_IMMEDIATE_VALUE;
    out->immediate_value = immediate;
    immediate->value_case = COREML__IMMEDIATE_VALUE__VALUE_TENSOR;
    immediate->tensor = tensor;
    int result = literal->string ? strings_pack(p, literal->string, tensor)
                                 : elements_pack(p, literal, tensor);
    return result < 0 ? NULL : out;
}

static Coreml__ValueEntry *value_entry(
    struct packer *p, const char *key, const struct mil_literal *literal) {
    Coreml__ValueEntry *out = spec_message(p, &coreml__value_entry__descriptor);
    if (!out)
        return NULL;
    out->key = (char *)key;
    out->value = value_pack(p, literal);
    return out->value ? out : NULL;
}

/* Operations */

static Coreml__ArgumentEntry *argument_pack(struct packer *p, const struct mil_arg *arg) {
    Coreml__ArgumentEntry *out = spec_message(p, &coreml__argument_entry__descriptor);
    Coreml__Argument *argument = spec_message(p, &coreml__argument__descriptor);
    if (!out || !argument)
        return NULL;
    out->key = (char *)arg->name;
    out->value = argument;
    argument->n_arguments = (size_t)arg->n_values;
    argument->arguments = spec_take(p, (size_t)arg->n_values + 1, sizeof(void *));
    for (int i = 0; i < arg->n_values; i++) {
        Coreml__Binding *binding = spec_message(p, &coreml__binding__descriptor);
        if (!argument->arguments || !binding)
            return NULL;
        const struct mil_value *value = &p->function->values[arg->values[i]];
        if (value->literal && (value->op < 0 || p->function->ops[value->op].is_inline)) {
            binding->binding_case = COREML__BINDING__BINDING_VALUE;
            if (!(binding->value = value_pack(p, value->literal)))
                return NULL;
        } else {
            binding->binding_case = COREML__BINDING__BINDING_NAME;
            binding->name = (char *)value->name;
        }
        argument->arguments[i] = binding;
    }
    return argument->arguments ? out : NULL;
}

static Coreml__Block *block_pack(struct packer *p, const struct mil_value *inputs, int n_inputs,
    const struct mil_op *ops, int n_ops, const int *outputs, int n_outputs);

static int results_pack(struct packer *p, const struct mil_op *op, Coreml__Operation *out) {
    for (int i = 0; i < op->n_results; i++) {
        const struct mil_value *result = &p->function->values[op->result + i];
        if (!(out->outputs[out->n_outputs++] = named_type_pack(p, result->name, result->type)))
            return -1;
    }
    return 0;
}

static int attributes_pack(struct packer *p, const struct mil_op *op, Coreml__Operation *out) {
    const char *spelt = op->name        ? op->name
                        : op->n_results ? p->function->values[op->result].name
                                        : NULL;
    const struct mil_type type = {.dtype = MIL_STRING};
    const struct mil_literal name = {.type = &type, .string = spelt};
    if (spelt && !(out->attributes[out->n_attributes++] = value_entry(p, "name", &name)))
        return -1;
    for (int i = 0; i < op->n_attrs; i++)
        if (!(out->attributes[out->n_attributes++] =
                    value_entry(p, op->attrs[i].name, &op->attrs[i].literal)))
            return -1;
    return 0;
}

static Coreml__Operation *operation_pack(struct packer *p, const struct mil_op *op) {
    Coreml__Operation *out = spec_message(p, &coreml__operation__descriptor);
    if (!out)
        return NULL;
    out->type = (char *)mil_op_name(op);
    out->inputs = spec_take(p, (size_t)op->n_args + 1, sizeof(void *));
    out->outputs = spec_take(p, (size_t)op->n_results + 1, sizeof(void *));
    out->attributes = spec_take(p, (size_t)op->n_attrs + 1, sizeof(void *));
    out->blocks = spec_take(p, (size_t)op->n_blocks + 1, sizeof(void *));
    if (!out->inputs || !out->outputs || !out->attributes || !out->blocks)
        return NULL;
    for (int i = 0; i < op->n_args; i++)
        if (!(out->inputs[out->n_inputs++] = argument_pack(p, &op->args[i])))
            return NULL;
    if (results_pack(p, op, out) < 0 || attributes_pack(p, op, out) < 0)
        return NULL;
    for (int i = 0; i < op->n_blocks; i++) {
        const struct mil_block *b = &op->blocks[i];
        if (!(out->blocks[out->n_blocks++] = block_pack(p, &p->function->values[b->first_input],
                  b->n_inputs, b->ops, b->n_ops, b->outputs, b->n_outputs)))
            return NULL;
    }
    return out;
}

/* Functions */

static Coreml__NamedValueType **inputs_pack(
    struct packer *p, const struct mil_value *inputs, int n_inputs) {
    Coreml__NamedValueType **out = spec_take(p, (size_t)n_inputs + 1, sizeof(void *));
    for (int i = 0; out && i < n_inputs; i++)
        if (!(out[i] = named_type_pack(p, inputs[i].name, inputs[i].type)))
            return NULL;
    return out;
}

/* Literal arguments are written where they are used, not as operations. */
static Coreml__Block *block_pack(struct packer *p, const struct mil_value *inputs, int n_inputs,
    const struct mil_op *ops, int n_ops, const int *outputs, int n_outputs) {
    Coreml__Block *out = spec_message(p, &coreml__block__descriptor);
    if (!out)
        return NULL;
    out->inputs = inputs_pack(p, inputs, n_inputs);
    out->n_inputs = (size_t)n_inputs;
    out->operations = spec_take(p, (size_t)n_ops + 1, sizeof(void *));
    out->outputs = spec_take(p, (size_t)n_outputs + 1, sizeof(char *));
    if (!out->inputs || !out->operations || !out->outputs)
        return NULL;
    for (int i = 0; i < n_ops; i++)
        if (!ops[i].is_inline &&
            !(out->operations[out->n_operations++] = operation_pack(p, &ops[i])))
            return NULL;
    for (int i = 0; i < n_outputs; i++)
        out->outputs[out->n_outputs++] = (char *)p->function->values[outputs[i]].name;
    return out;
}

static Coreml__FunctionEntry *function_pack(struct packer *p) {
    const struct mil_function *f = p->function;
    int version;
    Coreml__FunctionEntry *out = spec_message(p, &coreml__function_entry__descriptor);
    Coreml__Function *function = spec_message(p, &coreml__function__descriptor);
    Coreml__BlockEntry *block = spec_message(p, &coreml__block_entry__descriptor);
    if (!out || !function || !block)
        return NULL;
    out->key = (char *)f->name;
    out->value = function;
    block->key = function->opset = (char *)spec_opset_of_target(f->target, &version);
    block->value = block_pack(p, NULL, 0, f->ops, f->n_ops, f->outputs, f->n_outputs);
    function->inputs = inputs_pack(p, f->values, f->n_inputs);
    function->n_inputs = (size_t)f->n_inputs;
    function->block_specializations = spec_take(p, 1, sizeof(void *));
    if (!block->value || !function->inputs || !function->block_specializations)
        return NULL;
    function->block_specializations[function->n_block_specializations++] = block;
    return out;
}

/* The specification version that all functions need; -1 and *error on failure. */
static int version_of(struct packer *p, const struct mil_program *program) {
    enum { SEVERAL_FUNCTIONS = 9 };
    int version = 0;
    for (int i = 0; i < program->n_functions; i++) {
        const struct mil_function *f = &program->functions[i];
        int own;
        if (!spec_opset_of_target(f->target, &own))
            return mil_fail(p->error, f->place, "the target %.20s has no Core ML opset", f->target);
        version = own > version ? own : version;
    }
    if (program->n_functions > 1 && version < SEVERAL_FUNCTIONS)
        return mil_fail(p->error, nowhere,
            "%d functions: a Core ML model can have several only from target ios18 on",
            program->n_functions);
    if (program->n_functions == 1 && strcmp(program->functions[0].name, "main") != 0)
        return mil_fail(p->error, program->functions[0].place,
            "the only function of a Core ML model must be called main, not '%.60s'",
            program->functions[0].name);
    return version;
}

static Coreml__Model *model_make(struct packer *p, const struct mil_program *program) {
    Coreml__Model *model = spec_message(p, &coreml__model__descriptor);
    Coreml__Program *packed = spec_message(p, &coreml__program__descriptor);
    int version = version_of(p, program);
    if (!model || !packed || version < 0)
        return NULL;
    model->specification_version = version;
    model->ml_program = packed;
    packed->version = 1;
    packed->functions = spec_take(p, (size_t)program->n_functions, sizeof(void *));
    if (!packed->functions || !(model->description = spec_describe(p, program)))
        return NULL;
    for (int i = 0; i < program->n_functions; i++) {
        p->function = &program->functions[i];
        if (!(packed->functions[packed->n_functions++] = function_pack(p)))
            return NULL;
    }
    return model;
}

void *spec_pack(const struct mil_program *program, size_t *bytes, struct mil_error *error) {
    struct packer p = {.arena = {.limit_bytes = SIZE_MAX}, .error = error};
    Coreml__Model *model = model_make(&p, program);
    void *out = NULL;
    if (model) {
        *bytes = coreml__model__get_packed_size(model);
        out = malloc(*bytes);
        if (out)
            coreml__model__pack(model, out);
        else
            mil_fail(error, nowhere, "out of memory for %zu bytes of model", *bytes);
    }
    mil_arena_free(p.arena.chunks);
    return out;
}
