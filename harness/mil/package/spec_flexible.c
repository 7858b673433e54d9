/* SPDX-License-Identifier: MIT
 *
 * Default shapes, ranges and lists of shapes of inputs with open sizes, as an attribute of the function.
 */
#include "mil/flexible.h"
#include "mil/package/spec_speller.h"

#include <inttypes.h>
#include <string.h>

/* The model's descriptions of the function's inputs. */
static Coreml__FeatureDescription *const *features_of(
    const Coreml__ModelDescription *description, const char *function, size_t *n) {
    *n = description ? description->n_input : 0;
    for (size_t i = 0; description && i < description->n_functions; i++)
        if (strcmp(description->functions[i]->name, function) == 0) {
            *n = description->functions[i]->n_input;
            return description->functions[i]->input;
        }
    return description ? description->input : NULL;
}

/* The array of an input whose sizes are flexible, else NULL. */
static const Coreml__ArrayFeatureType *flexible_array(const Coreml__FeatureDescription *feature) {
    const Coreml__FeatureType *type = feature->type;
    const Coreml__ArrayFeatureType *array =
        type && type->type_case == COREML__FEATURE_TYPE__TYPE_MULTI_ARRAY_TYPE
            ? type->multi_array_type
            : NULL;
    return array && array->flexibility_case != COREML__ARRAY_FEATURE_TYPE__FLEXIBILITY__NOT_SET
               ? array
               : NULL;
}

static bool is_enumerated(const Coreml__ArrayFeatureType *array) {
    return array->flexibility_case == COREML__ARRAY_FEATURE_TYPE__FLEXIBILITY_ENUMERATED_SHAPES;
}

static void shape_put(struct spec_speller *s, const int64_t *shape, size_t rank) {
    code_add(&s->out, "[");
    for (size_t axis = 0; axis < rank; axis++)
        code_add(&s->out, "%s%" PRId64, axis ? ", " : "", shape[axis]);
    code_add(&s->out, "]");
}

/* An axis without a range has its default size. */
static void ranges_put(struct spec_speller *s, const Coreml__ArrayFeatureType *array) {
    code_add(&s->out, "[");
    for (size_t axis = 0; axis < array->n_shape; axis++) {
        code_add(&s->out, "%s", axis ? ", " : "");
        if (axis < array->shape_range->n_size_ranges) {
            const Coreml__SizeRange *range = array->shape_range->size_ranges[axis];
            code_add(&s->out, "[%" PRIu64 ", %" PRId64 "]", range->lower_bound, range->upper_bound);
        } else {
            code_add(&s->out, "[%" PRId64 ", %" PRId64 "]", array->shape[axis], array->shape[axis]);
        }
    }
    code_add(&s->out, "]");
}

/* The sections of the attribute: what each says of an input, in the order of the text. */
enum section { DEFAULTS, RANGES, SHAPES };

static bool section_has(enum section section, const Coreml__ArrayFeatureType *array, size_t set) {
    return section == DEFAULTS ||
           (section == SHAPES ? is_enumerated(array) && set < array->enumerated_shapes->n_shapes
                              : array->flexibility_case ==
                                    COREML__ARRAY_FEATURE_TYPE__FLEXIBILITY_SHAPE_RANGE);
}

/* The entries of the section, of SHAPES those of set number `set`; returns how many. */
static int entries_put(struct spec_speller *s, enum section section,
    Coreml__FeatureDescription *const *features, size_t n, size_t set) {
    int n_put = 0;
    for (size_t i = 0; i < n; i++) {
        const Coreml__ArrayFeatureType *array = flexible_array(features[i]);
        const char *word = array ? spec_word_of(s, features[i]->name) : NULL;
        if (!word || !section_has(section, array, set))
            continue;
        code_add(&s->out, "%s{\"%s\", ", n_put++ ? ", " : "", word);
        if (section == RANGES)
            ranges_put(s, array);
        else if (section == SHAPES)
            shape_put(s, array->enumerated_shapes->shapes[set]->shape,
                array->enumerated_shapes->shapes[set]->n_shape);
        else
            shape_put(s, array->shape, array->n_shape);
        code_add(&s->out, "}");
    }
    return n_put;
}

/* The most shapes that an input can have; 0 when none has a list of them. */
static size_t sets_count(Coreml__FeatureDescription *const *features, size_t n, bool *has_ranges) {
    size_t n_sets = 0;
    *has_ranges = false;
    for (size_t i = 0; i < n; i++) {
        const Coreml__ArrayFeatureType *array = flexible_array(features[i]);
        if (!array)
            continue;
        if (!is_enumerated(array))
            *has_ranges = true;
        else if (array->enumerated_shapes->n_shapes > n_sets)
            n_sets = array->enumerated_shapes->n_shapes;
    }
    return n_sets;
}

void spec_put_flexible(struct spec_speller *s, const char *function) {
    const char *string = s->tensor_scalars ? "tensor<string, []>" : "string";
    size_t n;
    bool has_ranges;
    Coreml__FeatureDescription *const *features = features_of(s->description, function, &n);
    const size_t n_sets = sets_count(features, n, &has_ranges);
    if (n_sets == 0 && !has_ranges)
        return;
    code_add(&s->out, " [%s = tuple<tuple<%s, dict<%s, tensor<int32, [?]>>>", mil_flexible_name,
        string, string);
    if (has_ranges)
        code_add(&s->out, ", tuple<%s, dict<%s, list<tensor<int32, [2]>, ?>>>", string, string);
    if (n_sets > 0)
        code_add(
            &s->out, ", tuple<%s, dict<%s, dict<%s, tensor<int32, [?]>>>>", string, string, string);
    code_add(&s->out, ">(((\"DefaultShapes\", {");
    entries_put(s, DEFAULTS, features, n, 0);
    code_add(&s->out, "})");
    if (has_ranges) {
        code_add(&s->out, ", (\"RangeDims\", {");
        entries_put(s, RANGES, features, n, 0);
        code_add(&s->out, "})");
    }
    for (size_t set = 0; set < n_sets; set++) {
        code_add(&s->out, "%s{\"%zu\", {", set ? ", " : ", (\"EnumeratedShapes\", {", set);
        entries_put(s, SHAPES, features, n, set);
        code_add(&s->out, "}}");
    }
    code_add(&s->out, "%s))]", n_sets > 0 ? "})" : "");
}
