/* SPDX-License-Identifier: MIT */
#include "generate/model/folder.h"

#include "base/files.h"
#include "generate/model/json.h"
#include "generate/model/safetensors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHARDS_MAX = 1024, NAME_BYTES = 96 };

struct folder {
    const char *path;
    struct train_shape shape;
    double rotation_base, norm_epsilon;
    bool is_tied, has_biases;
    struct safetensors *shards[SHARDS_MAX];
    char *names[SHARDS_MAX];
    int n_shards;
};

/* ---- config.json ------------------------------------------------------------------------------- */

struct config {
    const char *path;
    json_object *root;
    struct device_error *error;
    enum device_status status; /* of the first thing that is wrong */
};

static void config_fail(struct config *c, const char *key, const char *what) {
    if (c->status == DEVICE_OK)
        c->status =
            device_error_set(c->error, DEVICE_BROKEN, "model", "%s: '%s' %s", c->path, key, what);
}

/* `absent` < 0: it must be there. */
static int32_t whole(struct config *c, const char *key, int32_t absent) {
    json_object *value = model_json_of(c->root, key);
    int64_t number = absent;
    if (value ? !model_json_whole(value, 1, INT32_MAX, &number) : absent < 0)
        config_fail(c, key, value ? "is not a whole number from 1 to 2147483647" : "is missing");
    return (int32_t)number;
}

static double decimal(struct config *c, const char *key, double absent) {
    json_object *value = model_json_of(c->root, key);
    const bool is_number =
        json_object_is_type(value, json_type_double) || json_object_is_type(value, json_type_int);
    const double number = is_number ? json_object_get_double(value) : absent;
    if (value && (!is_number || !isfinite(number) || number <= 0))
        config_fail(c, key, "is not a number above 0");
    return number;
}

static bool yes(struct config *c, const char *key) {
    json_object *value = model_json_of(c->root, key);
    if (value && !json_object_is_type(value, json_type_boolean))
        config_fail(c, key, "is neither true nor false");
    return value && json_object_get_boolean(value);
}

/* The number of the word that the key has, which must be one of two; `other` may be the same as `word`. */
static bool word_is_other(
    struct config *c, const char *key, const char *word, const char *other, const char *said) {
    const char *is = model_json_word(c->root, key);
    char what[96];
    if (strcmp(is, word) != 0 && strcmp(is, other) != 0) {
        snprintf(what, sizeof what, "must be %s; no other kind of model can be read here", said);
        config_fail(c, key, what);
    }
    return strcmp(is, word) != 0;
}

static void config_take(struct config *c, struct folder *f, int32_t positions) {
    struct train_shape *s = &f->shape;
    char why[256];
    f->has_biases = word_is_other(c, "model_type", "llama", "qwen2", "\"llama\" or \"qwen2\"");
    (void)word_is_other(c, "hidden_act", "silu", "silu", "\"silu\"");
    s->dim = whole(c, "hidden_size", -1);
    s->hidden = whole(c, "intermediate_size", -1);
    s->layers = whole(c, "num_hidden_layers", -1);
    s->heads = whole(c, "num_attention_heads", -1);
    s->kv_heads = whole(c, "num_key_value_heads", s->heads);
    s->vocab = whole(c, "vocab_size", -1);
    s->seq = whole(c, "max_position_embeddings", -1);
    s->seq = s->seq < positions ? s->seq : positions;
    f->rotation_base = decimal(c, "rope_theta", TRAIN_ROTATION_BASE);
    f->norm_epsilon = decimal(c, "rms_norm_eps", TRAIN_NORM_EPSILON);
    f->is_tied = yes(c, "tie_word_embeddings");
    if (yes(c, "attention_bias") || yes(c, "mlp_bias"))
        config_fail(c, "attention_bias or mlp_bias",
            "is true; biases other than those of qwen2 cannot be read here");
    if (yes(c, "use_sliding_window"))
        config_fail(c, "use_sliding_window", "is true; here attention reaches all positions");
    if (model_json_of(c->root, "rope_scaling"))
        config_fail(c, "rope_scaling", "is given; only the plain rotation can be read here");
    if (c->status == DEVICE_OK && train_shape_check(s, why, sizeof why) != 0)
        c->status = device_error_set(c->error, DEVICE_BROKEN, "model", "%s: %s", c->path, why);
    if (c->status == DEVICE_OK && whole(c, "head_dim", train_head_dim(s)) != train_head_dim(s))
        config_fail(
            c, "head_dim", "is not hidden_size / num_attention_heads, which is needed here");
}

static enum device_status config_read(
    struct folder *f, int32_t positions, struct device_error *error) {
    struct config c = {.path = path_join(f->path, "config.json"), .error = error};
    if (!c.path)
        return device_error_set(error, DEVICE_BROKEN, "model", "out of memory");
    c.root = model_json_read(c.path, error);
    c.status = c.root ? DEVICE_OK : DEVICE_BROKEN;
    if (c.root)
        config_take(&c, f, positions);
    json_object_put(c.root);
    free((char *)(uintptr_t)c.path);
    return c.status;
}

/* ---- shards ------------------------------------------------------------------------------------ */

static enum device_status shard_open(
    struct folder *f, const char *name, struct device_error *error) {
    for (int i = 0; i < f->n_shards; i++)
        if (!strcmp(strrchr(f->names[i], '/') + 1, name))
            return DEVICE_OK;
    if (f->n_shards == SHARDS_MAX || strchr(name, '/') || name[0] == '\0')
        return device_error_set(error, DEVICE_BROKEN, "model",
            "%s/model.safetensors.index.json: '%.80s' is not a file of this folder, or there are "
            "too many files",
            f->path, name);
    char *path = path_join(f->path, name);
    if (!path)
        return device_error_set(error, DEVICE_BROKEN, "model", "out of memory");
    f->names[f->n_shards] = path;
    return safetensors_open(path, &f->shards[f->n_shards++], error);
}

static enum device_status shards_open(struct folder *f, struct device_error *error) {
    char *path = path_join(f->path, "model.safetensors.index.json");
    json_object *root = NULL, *map;
    enum device_status status = DEVICE_OK;
    if (!path)
        return device_error_set(error, DEVICE_BROKEN, "model", "out of memory");
    if (!file_exists(path)) {
        status = shard_open(f, "model.safetensors", error);
    } else if (!(root = model_json_read(path, error))) {
        status = DEVICE_BROKEN;
    } else if (!json_object_object_get_ex(root, "weight_map", &map) ||
               !json_object_is_type(map, json_type_object)) {
        status =
            device_error_set(error, DEVICE_BROKEN, "model", "%s has no object 'weight_map'", path);
    } else {
        json_object_object_foreach(map, tensor, file) {
            (void)tensor;
            if (status == DEVICE_OK)
                status = shard_open(f, model_json_text(file), error);
        }
    }
    json_object_put(root);
    free(path);
    return status;
}

/* ---- tensors ----------------------------------------------------------------------------------- */

static void tensor_name(int layer, enum train_tensor tensor, char out[NAME_BYTES]) {
    static const char *const names[] = {[TRAIN_WQ] = "self_attn.q_proj",
        [TRAIN_WK] = "self_attn.k_proj",
        [TRAIN_WV] = "self_attn.v_proj",
        [TRAIN_WO] = "self_attn.o_proj",
        [TRAIN_W1] = "mlp.gate_proj",
        [TRAIN_W2] = "mlp.down_proj",
        [TRAIN_W3] = "mlp.up_proj",
        [TRAIN_RMS_ATT] = "input_layernorm",
        [TRAIN_RMS_FFN] = "post_attention_layernorm",
        [TRAIN_RMS_FINAL] = "model.norm",
        [TRAIN_EMBEDDING] = "model.embed_tokens"};
    if (tensor < TRAIN_LAYER_TENSORS)
        snprintf(out, NAME_BYTES, "model.layers.%d.%s.weight", layer, names[tensor]);
    else
        snprintf(out, NAME_BYTES, "%s.weight", names[tensor]);
}

static const struct safetensors_tensor *in_shards(const struct folder *f, const char *name) {
    const struct safetensors_tensor *t = NULL;
    for (int i = 0; !t && i < f->n_shards; i++)
        t = safetensors_find(f->shards[i], name);
    return t;
}

static enum device_status tensor_find(const struct folder *f, const char *name,
    struct train_extent extent, const struct safetensors_tensor **out, struct device_error *error) {
    const int rank = extent.rows == 1 ? 1 : 2;
    const struct safetensors_tensor *t = in_shards(f, name);
    *out = t;
    if (!t)
        return device_error_set(error, DEVICE_BROKEN, "model",
            "%s: none of its %d files has the tensor '%s' that config.json asks for", f->path,
            f->n_shards, name);
    if (t->rank != rank || t->shape[rank - 1] != extent.columns ||
        (rank == 2 && t->shape[0] != extent.rows))
        return device_error_set(error, DEVICE_BROKEN, "model",
            "%s: the tensor '%s' is not %d x %d as config.json has it", f->path, name,
            (int)extent.rows, (int)extent.columns);
    if (t->dtype == SAFETENSORS_OTHER)
        return device_error_set(error, DEVICE_BROKEN, "model",
            "%s: the tensor '%s' is neither F16, BF16 nor F32; convert the model", f->path, name);
    return DEVICE_OK;
}

/* Also of biases, as rows of one column. Of a head, the first half of the rows are the pairs' first channels and the second half their second;
 * llama2.c has them in turn. */
static void rows_put(const struct safetensors_tensor *t, const struct train_extent e,
    int32_t head_dim, bool pairs, float *out) {
    const size_t columns = (size_t)e.columns;
    for (int32_t r = 0; r < e.rows; r++) {
        const int32_t in_head = pairs ? r % head_dim : 0;
        const int32_t from = pairs ? r - in_head + in_head % 2 * (head_dim / 2) + in_head / 2 : r;
        safetensors_floats(t, (size_t)from * columns, columns, out + (size_t)r * columns);
    }
}

static enum device_status finite_check(const struct folder *f, const char *name, const float *x,
    size_t n, struct device_error *error) {
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return device_error_set(error, DEVICE_BROKEN, "model",
                "%s: element %zu of '%s' is not a finite number", f->path, i, name);
    return DEVICE_OK;
}

/* One tensor: with `out` NULL it is only found and checked. */
static enum device_status tensor_take(const struct folder *f, const char *name,
    enum train_tensor tensor, float *out, struct device_error *error) {
    const struct train_extent e = train_tensor_extent(&f->shape, tensor);
    const struct safetensors_tensor *t;
    const enum device_status status = tensor_find(f, name, e, &t, error);
    if (status != DEVICE_OK || !out)
        return status;
    rows_put(t, e, train_head_dim(&f->shape), tensor == TRAIN_WQ || tensor == TRAIN_WK, out);
    return finite_check(f, name, out, (size_t)e.rows * (size_t)e.columns, error);
}

static void bias_name(int layer, enum train_tensor tensor, char out[NAME_BYTES]) {
    snprintf(
        out, NAME_BYTES, "model.layers.%d.self_attn.%c_proj.bias", layer, "qkv"[tensor - TRAIN_WQ]);
}

/* q's, k's and v's of a layer. */
static enum device_status biases_take(const struct folder *f, const struct train_parameters *out,
    int layer, struct device_error *error) {
    enum device_status status = DEVICE_OK;
    char name[NAME_BYTES];
    for (int t = TRAIN_WQ; t <= TRAIN_WV && status == DEVICE_OK; t++) {
        const int32_t rows = train_tensor_extent(&f->shape, (enum train_tensor)t).rows;
        const struct safetensors_tensor *tensor;
        float *to = (float *)(uintptr_t)train_bias_at(out, layer, (enum train_tensor)t);
        bias_name(layer, (enum train_tensor)t, name);
        status = tensor_find(f, name, (struct train_extent){1, rows}, &tensor, error);
        if (status != DEVICE_OK || !to)
            continue;
        rows_put(
            tensor, (struct train_extent){rows, 1}, train_head_dim(&f->shape), t != TRAIN_WV, to);
        status = finite_check(f, name, to, (size_t)rows, error);
    }
    return status;
}

static const char classifier_name[] = "lm_head.weight";

/* Of two names of one tensor a file has either: some tools write a tied embedding as the classifier. */
static bool embedding_is_classifier(const struct folder *f, const char *embedding) {
    return f->is_tied && !in_shards(f, embedding) && in_shards(f, classifier_name);
}

/* All of them, into `out` if its data is there. */
static enum device_status tensors_take(
    const struct folder *f, const struct train_parameters *out, struct device_error *error) {
    enum device_status status = DEVICE_OK;
    char name[NAME_BYTES];
    for (int layer = 0; layer < f->shape.layers; layer++)
        for (int t = 0; t < TRAIN_N_TENSORS && status == DEVICE_OK; t++) {
            if (t >= TRAIN_LAYER_TENSORS && layer > 0)
                continue;
            tensor_name(layer, (enum train_tensor)t, name);
            if (t == TRAIN_EMBEDDING && embedding_is_classifier(f, name))
                snprintf(name, sizeof name, "%s", classifier_name);
            status = tensor_take(f, name, (enum train_tensor)t,
                out->data ? train_tensor_at(out, layer, (enum train_tensor)t) : NULL, error);
        }
    for (int layer = 0; f->has_biases && layer < f->shape.layers && status == DEVICE_OK; layer++)
        status = biases_take(f, out, layer, error);
    if (status == DEVICE_OK && !f->is_tied)
        status = tensor_take(f, classifier_name, TRAIN_EMBEDDING, out->classifier, error);
    return status;
}

/* ---- tensors that are not asked for ------------------------------------------------------------ */

/* A table of the rotation is computed here. */
static bool is_asked(const struct folder *f, const char *name) {
    static const char layers[] = "model.layers.", table[] = ".rotary_emb.inv_freq";
    char asked[NAME_BYTES];
    const bool in_layer = strncmp(name, layers, sizeof layers - 1) == 0;
    const long layer = in_layer ? strtol(name + sizeof layers - 1, NULL, 10) : 0;
    const size_t n = strlen(name), n_table = sizeof table - 1;
    if (layer < 0 || layer >= f->shape.layers)
        return false;
    for (int t = 0; t < TRAIN_N_TENSORS; t++) {
        tensor_name((int)layer, (enum train_tensor)t, asked);
        if (strcmp(name, asked) == 0)
            return true;
    }
    for (int t = TRAIN_WQ; f->has_biases && t <= TRAIN_WV; t++) {
        bias_name((int)layer, (enum train_tensor)t, asked);
        if (strcmp(name, asked) == 0)
            return true;
    }
    return strcmp(name, classifier_name) == 0 ||
           (n >= n_table && strcmp(name + n - n_table, table) == 0);
}

/* Without them the model would be another one than that of the file. */
static enum device_status others_check(const struct folder *f, struct device_error *error) {
    char name[NAME_BYTES];
    for (int i = 0; i < f->n_shards; i++) {
        size_t n;
        const struct safetensors_tensor *tensors = safetensors_tensors(f->shards[i], &n);
        for (size_t k = 0; k < n; k++)
            if (!is_asked(f, tensors[k].name))
                return device_error_set(error, DEVICE_BROKEN, "model",
                    "%s: the tensor '%.80s' is none of the model that config.json describes",
                    f->path, tensors[k].name);
    }
    tensor_name(0, TRAIN_EMBEDDING, name);
    const struct safetensors_tensor *embedding = in_shards(f, name),
                                    *classifier = in_shards(f, classifier_name);
    if (f->is_tied && embedding && classifier &&
        (embedding->bytes != classifier->bytes ||
            memcmp(embedding->data, classifier->data, embedding->bytes) != 0))
        return device_error_set(error, DEVICE_BROKEN, "model",
            "%s: 'tie_word_embeddings' is true in config.json, but '%s' is not '%s'", f->path,
            classifier_name, name);
    return DEVICE_OK;
}

static enum device_status memory_make(
    const struct folder *f, struct train_parameters *out, struct device_error *error) {
    const int code = train_parameters_create(&f->shape, out) == 0
                         ? train_parameters_extend(out, !f->is_tied, f->has_biases)
                         : -1;
    out->rotation_base = f->rotation_base;
    out->norm_epsilon = f->norm_epsilon;
    return code == 0 ? DEVICE_OK
                     : device_error_set(error, DEVICE_BROKEN, "model",
                           "out of memory for the %zu parameters of %s",
                           train_parameter_count(&f->shape), f->path);
}

enum device_status folder_read(
    const char *path, int32_t positions, struct train_parameters *out, struct device_error *error) {
    struct folder *f = calloc(1, sizeof *f);
    *out = (struct train_parameters){0};
    if (!f)
        return device_error_set(error, DEVICE_BROKEN, "model", "out of memory");
    f->path = path;
    enum device_status status = config_read(f, positions, error);
    if (status == DEVICE_OK)
        status = shards_open(f, error);
    if (status == DEVICE_OK)
        status = tensors_take(f, out, error);
    if (status == DEVICE_OK)
        status = others_check(f, error);
    if (status == DEVICE_OK)
        status = memory_make(f, out, error);
    if (status == DEVICE_OK)
        status = tensors_take(f, out, error);
    if (status != DEVICE_OK)
        train_parameters_free(out);
    for (int i = 0; i < f->n_shards; i++) {
        safetensors_close(f->shards[i]);
        free(f->names[i]);
    }
    free(f);
    return status;
}
