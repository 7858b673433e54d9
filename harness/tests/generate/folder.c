/* SPDX-License-Identifier: MIT
 *
 * Models in safetensors folders: valid ones are read, and each fault gives one clear error.
 */
#include "generate/model/folder.h"
#include "mil/fp16.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    LAYERS = 2,
    DIM = 8,
    HIDDEN = 12,
    HEADS = 2,
    KV_HEADS = 1,
    VOCAB = 10,
    HEAD_DIM = 4,
    MOST_POSITIONS = 64
};

static char folder[] = "/tmp/aneprobe-folder-XXXXXX";
static const char *const files[] = {"config.json", "model.safetensors",
    "model.safetensors.index.json", "a.safetensors", "b.safetensors"};

static void folder_make(void) {
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
    cr_assert(mkdtemp(folder) != NULL);
}

static void folder_remove(void) {
    char path[128];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        (void)unlink(path);
    }
    (void)rmdir(folder);
}

static void file_put(const char *name, const void *bytes, size_t n) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    cr_assert(file && fwrite(bytes, 1, n, file) == n && fclose(file) == 0);
}

static void text_put(const char *name, const char *text) {
    file_put(name, text, strlen(text));
}

/* config.json with `more` in place of the last key. */
static void config_put(const char *more) {
    char text[1024];
    snprintf(text, sizeof text,
        "{\"model_type\":\"llama\",\"hidden_act\":\"silu\",\"hidden_size\":%d,\"intermediate_"
        "size\":%d,"
        "\"num_hidden_layers\":%d,\"num_attention_heads\":%d,\"num_key_value_heads\":%d,\"vocab_"
        "size\":%d,"
        "\"max_position_embeddings\":64,\"rms_norm_eps\":1e-6,\"rope_theta\":50000.0%s}",
        DIM, HIDDEN, LAYERS, HEADS, KV_HEADS, VOCAB, more);
    text_put("config.json", text);
}

/* ---- a safetensors file in the making ---------------------------------------------------------- */

struct maker {
    char header[16384];
    unsigned char data[65536];
    size_t n_header, n_data;
    const char *dtype;
};

/* Element i of a tensor is `base` + i / 16: exact in all three dtypes for small numbers. */
static float element(int base, size_t i) {
    return (float)base + (float)(i % 8) / 8;
}

static void tensor_put(struct maker *m, const char *name, int rows, int columns, int base) {
    const size_t n = (size_t)(rows * columns), begin = m->n_data;
    char shape[48];
    for (size_t i = 0; i < n; i++) {
        const float x = element(base, i);
        uint32_t bits;
        memcpy(&bits, &x, sizeof bits);
        const uint16_t half =
            !strcmp(m->dtype, "F16") ? fp16_from_float(x) : (uint16_t)(bits >> 16);
        const size_t bytes = !strcmp(m->dtype, "F32") ? 4 : 2;
        memcpy(m->data + m->n_data, bytes == 4 ? (const void *)&x : (const void *)&half, bytes);
        m->n_data += bytes;
    }
    snprintf(
        shape, sizeof shape, rows > 1 ? "[%d,%d]" : "[%d]", rows > 1 ? rows : columns, columns);
    m->n_header += (size_t)snprintf(m->header + m->n_header, sizeof m->header - m->n_header,
        "%s\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%zu,%zu]}",
        m->n_header > 1 ? "," : "", name, m->dtype, shape, begin, m->n_data);
}

static void maker_begin(struct maker *m, const char *dtype) {
    *m = (struct maker){.n_header = 1, .dtype = dtype};
    m->header[0] = '{';
}

static void maker_put(struct maker *m, const char *name) {
    static unsigned char file[sizeof m->header + sizeof m->data + 8];
    m->header[m->n_header++] = '}';
    for (int i = 0; i < 8; i++)
        file[i] = (unsigned char)((uint64_t)m->n_header >> (8 * i));
    memcpy(file + 8, m->header, m->n_header);
    memcpy(file + 8 + m->n_header, m->data, m->n_data);
    file_put(name, file, 8 + m->n_header + m->n_data);
}

static void layer_tensors_put(struct maker *m, int layer) {
    static const struct {
        const char *name;
        int rows, columns;
    } list[] = {{"self_attn.q_proj", DIM, DIM}, {"self_attn.k_proj", KV_HEADS * HEAD_DIM, DIM},
        {"self_attn.v_proj", KV_HEADS * HEAD_DIM, DIM}, {"self_attn.o_proj", DIM, DIM},
        {"mlp.gate_proj", HIDDEN, DIM}, {"mlp.down_proj", DIM, HIDDEN},
        {"mlp.up_proj", HIDDEN, DIM}, {"input_layernorm", 1, DIM},
        {"post_attention_layernorm", 1, DIM}};
    char name[96];
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        snprintf(name, sizeof name, "model.layers.%d.%s.weight", layer, list[i].name);
        tensor_put(m, name, list[i].rows, list[i].columns, (int)i + 10 * layer);
    }
}

static void outer_tensors_put(struct maker *m, bool classifier) {
    tensor_put(m, "model.norm.weight", 1, DIM, 30);
    tensor_put(m, "model.embed_tokens.weight", VOCAB, DIM, 31);
    if (classifier)
        tensor_put(m, "lm_head.weight", VOCAB, DIM, 32);
}

static void whole_put(const char *dtype, bool classifier) {
    static struct maker m;
    maker_begin(&m, dtype);
    layer_tensors_put(&m, 0);
    layer_tensors_put(&m, 1);
    outer_tensors_put(&m, classifier);
    maker_put(&m, "model.safetensors");
}

/* ---- what is read ------------------------------------------------------------------------------ */

static void model_is_right(const struct train_parameters *p) {
    const float *q = train_tensor_at(p, 1, TRAIN_WQ), *o = train_tensor_at(p, 1, TRAIN_WO);
    cr_expect(p->shape.layers == LAYERS && p->shape.kv_heads == KV_HEADS && p->shape.seq == 32);
    cr_expect(fabs(p->rotation_base - 50000) < 1e-9 && fabs(p->norm_epsilon - 1e-6) < 1e-15);
    /* rows 0 1 2 3 of a head come from 0 2 1 3; a row of 8 starts at the element of that number */
    for (int head = 0; head < HEADS; head++)
        for (int r = 0; r < HEAD_DIM; r++)
            for (int c = 0; c < DIM; c++) {
                static const int from[] = {0, 2, 1, 3};
                const size_t at = (size_t)((head * HEAD_DIM + from[r]) * DIM + c);
                cr_expect(fabsf(q[(head * HEAD_DIM + r) * DIM + c] - element(10, at)) < 1e-6f);
            }
    for (size_t i = 0; i < DIM * DIM; i++)
        cr_expect(fabsf(o[i] - element(13, i)) < 1e-6f);
    cr_expect(fabsf(train_tensor_at(p, 0, TRAIN_RMS_FINAL)[3] - element(30, 3)) < 1e-6f);
}

Test(folder, every_dtype_is_read, .init = folder_make, .fini = folder_remove) {
    static const char *const dtypes[] = {"F32", "F16", "BF16"};
    for (size_t i = 0; i < 3; i++) {
        struct train_parameters p;
        struct device_error error;
        config_put("");
        whole_put(dtypes[i], true);
        cr_assert(folder_read(folder, 32, &p, &error) == DEVICE_OK, "%s", error.text);
        model_is_right(&p);
        cr_expect(p.classifier && fabsf(train_classifier(&p)[4] - element(32, 4)) < 1e-6f);
        train_parameters_free(&p);
    }
}

/* As many positions as are asked for, but no more than the model was made for (max_position_embeddings). */
Test(folder, no_more_positions_than_the_model_has, .init = folder_make, .fini = folder_remove) {
    static const int asked[][2] = {{MOST_POSITIONS - 1, MOST_POSITIONS - 1},
        {MOST_POSITIONS, MOST_POSITIONS}, {MOST_POSITIONS + 1, MOST_POSITIONS}};
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        struct train_parameters p;
        struct device_error error;
        config_put("");
        whole_put("F32", true);
        cr_assert(folder_read(folder, asked[i][0], &p, &error) == DEVICE_OK, "%s", error.text);
        cr_expect_eq(p.shape.seq, asked[i][1], "%d", p.shape.seq);
        train_parameters_free(&p);
    }
}

/* Safetensors keeps one of the names of a shared tensor, whichever. */
Test(folder, a_tied_embedding_may_be_named_as_the_classifier, .init = folder_make,
    .fini = folder_remove) {
    static struct maker m;
    struct train_parameters p;
    struct device_error error;
    for (int tied = 1; tied >= 0; tied--) {
        config_put(tied ? ",\"tie_word_embeddings\":true" : "");
        maker_begin(&m, "F32");
        layer_tensors_put(&m, 0);
        layer_tensors_put(&m, 1);
        tensor_put(&m, "model.norm.weight", 1, DIM, 30);
        tensor_put(&m, "lm_head.weight", VOCAB, DIM, 32);
        maker_put(&m, "model.safetensors");
        const enum device_status status = folder_read(folder, 32, &p, &error);
        if (!tied) {
            cr_expect(status == DEVICE_BROKEN && strstr(error.text, "'model.embed_tokens.weight'"),
                "%s", error.text);
            continue;
        }
        cr_assert(status == DEVICE_OK, "%s", error.text);
        cr_expect(p.classifier == NULL);
        cr_expect(fabsf(train_tensor_at(&p, 0, TRAIN_EMBEDDING)[4] - element(32, 4)) < 1e-6f);
        train_parameters_free(&p);
    }
}

/* Rows differ, so that a wrong order of them shows: element() repeats after 8, as a row does. */
Test(folder, pairs_of_a_head_become_neighbours, .init = folder_make, .fini = folder_remove) {
    static struct maker m;
    struct train_parameters p;
    struct device_error error;
    config_put(",\"tie_word_embeddings\":true");
    maker_begin(&m, "F32");
    layer_tensors_put(&m, 0);
    layer_tensors_put(&m, 1);
    outer_tensors_put(&m, false);
    /* the first tensor is layer 0's q: number its rows */
    for (int r = 0; r < DIM; r++)
        for (int c = 0; c < DIM; c++) {
            const float x = (float)r;
            memcpy(m.data + sizeof x * (size_t)(r * DIM + c), &x, sizeof x);
        }
    maker_put(&m, "model.safetensors");
    cr_assert(folder_read(folder, 32, &p, &error) == DEVICE_OK, "%s", error.text);
    static const int from[DIM] = {0, 2, 1, 3, 4, 6, 5, 7};
    for (int r = 0; r < DIM; r++)
        cr_expect(
            fabsf(train_tensor_at(&p, 0, TRAIN_WQ)[r * DIM] - (float)from[r]) < 1e-6f, "row %d", r);
    cr_expect(
        p.classifier == NULL && train_classifier(&p) == train_tensor_at(&p, 0, TRAIN_EMBEDDING));
    train_parameters_free(&p);
}

/* Rows of a bias are in the order of its matrix's rows. */
Test(folder, biases_of_qwen2_are_read, .init = folder_make, .fini = folder_remove) {
    static struct maker m;
    struct train_parameters p;
    struct device_error error;
    config_put(
        ",\"tie_word_embeddings\":true,\"model_type\":\"qwen2\",\"use_sliding_window\":false");
    maker_begin(&m, "F16");
    for (int layer = 0; layer < LAYERS; layer++) {
        char name[96];
        layer_tensors_put(&m, layer);
        for (int i = 0; i < 3; i++) {
            snprintf(name, sizeof name, "model.layers.%d.self_attn.%c_proj.bias", layer, "qkv"[i]);
            tensor_put(&m, name, 1, i == 0 ? DIM : KV_HEADS * HEAD_DIM, 40 + i + 10 * layer);
        }
    }
    outer_tensors_put(&m, false);
    maker_put(&m, "model.safetensors");
    cr_assert(folder_read(folder, 32, &p, &error) == DEVICE_OK, "%s", error.text);
    static const size_t from[DIM] = {0, 2, 1, 3, 4, 6, 5, 7};
    for (int layer = 0; layer < LAYERS; layer++)
        for (size_t r = 0; r < DIM; r++) {
            cr_expect(fabsf(train_bias_at(&p, layer, TRAIN_WQ)[r] -
                            element(40 + 10 * layer, from[r])) < 1e-6f);
            if (r < HEAD_DIM) {
                cr_expect(fabsf(train_bias_at(&p, layer, TRAIN_WK)[r] -
                                element(41 + 10 * layer, from[r])) < 1e-6f);
                cr_expect(fabsf(train_bias_at(&p, layer, TRAIN_WV)[r] -
                                element(42 + 10 * layer, r)) < 1e-6f);
            }
        }
    cr_expect(train_bias_at(&p, 0, TRAIN_WO) == NULL);
    train_parameters_free(&p);
}

static void shards_put(const char *of_second) {
    static struct maker m;
    char text[512];
    maker_begin(&m, "F16");
    layer_tensors_put(&m, 0);
    maker_put(&m, "a.safetensors");
    maker_begin(&m, "BF16");
    layer_tensors_put(&m, 1);
    outer_tensors_put(&m, true);
    maker_put(&m, "b.safetensors");
    snprintf(text, sizeof text,
        "{\"metadata\":{},\"weight_map\":{\"x\":\"a.safetensors\",\"y\":\"%s\",\"z\":\"a."
        "safetensors\"}}",
        of_second);
    text_put("model.safetensors.index.json", text);
}

Test(folder, shards_are_read_as_one_model, .init = folder_make, .fini = folder_remove) {
    struct train_parameters p;
    struct device_error error;
    config_put("");
    shards_put("b.safetensors");
    cr_assert(folder_read(folder, 32, &p, &error) == DEVICE_OK, "%s", error.text);
    model_is_right(&p);
    train_parameters_free(&p);
}

/* ---- what is refused --------------------------------------------------------------------------- */

static void is_refused(const char *words) {
    struct train_parameters p;
    struct device_error error = {.text = ""};
    cr_expect(folder_read(folder, 32, &p, &error) == DEVICE_BROKEN, "%s: it was read", words);
    cr_expect(strstr(error.text, words) != NULL, "'%s' is not in: %s", words, error.text);
    cr_expect(strstr(error.text, folder) != NULL, "%s", error.text);
    cr_expect(p.data == NULL && p.classifier == NULL);
}

Test(folder, wrong_configs_are_refused, .init = folder_make, .fini = folder_remove) {
    static const struct {
        const char *more, *words;
    } wrong[] = {{",\"attention_bias\":true", "biases other than those of qwen2"},
        {",\"use_sliding_window\":true", "'use_sliding_window' is true"},
        {",\"rope_scaling\":{\"factor\":8}", "'rope_scaling'"}, {",\"head_dim\":16", "'head_dim'"},
        {",\"hidden_size\":9", "heads do not divide dim 9"},
        {",\"hidden_size\":-8", "'hidden_size' is not a whole number"},
        {",\"hidden_size\":9223372036854775808", "'hidden_size' is not a whole number"},
        {",\"vocab_size\":151936", "model.embed_tokens.weight' is not 151936 x 8"},
        {",\"model_type\":\"qwen2\"", "model.layers.0.self_attn.q_proj.bias"},
        {",\"rope_theta\":\"x\"", "'rope_theta' is not a number"},
        {",\"rms_norm_eps\":-1", "'rms_norm_eps' is not a number"},
        {",\"tie_word_embeddings\":1", "'tie_word_embeddings' is neither"},
        {",\"model_type\":\"gpt2\"", "'model_type' must be \"llama\" or \"qwen2\""},
        {",\"num_hidden_layers\":3", "model.layers.2.self_attn.q_proj.weight"},
        {",\"intermediate_size\":13", "model.layers.0.mlp.gate_proj.weight' is not 13 x 8"},
        {",\"vocab_size\":11", "model.embed_tokens.weight' is not 11 x 8"},
        {",\"vocab_size\":1", "model.embed_tokens.weight' is not 1 x 8"}};
    whole_put("F16", true);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        config_put(wrong[i].more);
        is_refused(wrong[i].words);
    }
    text_put("config.json", "{\"model_type\":\"llama\",\"hidden_act\":\"silu\"}");
    is_refused("'hidden_size' is missing");
    text_put("config.json", "[1]");
    is_refused("is not an object");
    text_put("config.json", "{\"model_type\":");
    is_refused("ends early");
    text_put("config.json", "");
    is_refused("config.json");
}

Test(folder, missing_files_are_named, .init = folder_make, .fini = folder_remove) {
    is_refused("config.json");
    config_put("");
    is_refused("model.safetensors");
    whole_put("F16", false);
    is_refused("'lm_head.weight'");
    shards_put("c.safetensors");
    is_refused("c.safetensors");
    shards_put("../b.safetensors");
    is_refused("is not a file of this folder");
    text_put("model.safetensors.index.json", "{\"weight_map\":[]}");
    is_refused("no object 'weight_map'");
}

/* Of fewer layers, of biases, of a classifier of its own config.json says nothing. */
Test(folder, tensors_that_no_config_asks_for, .init = folder_make, .fini = folder_remove) {
    static const struct {
        const char *name, *message;
    } cases[] = {
        {"model.layers.2.self_attn.q_proj.weight",
            "'model.layers.2.self_attn.q_proj.weight' is none"},
        {"model.layers.0.self_attn.q_proj.bias", "'model.layers.0.self_attn.q_proj.bias' is none"},
        {"model.layers.-1.input_layernorm.weight", "is none of the model"},
        {"x", "'x' is none of the model"},
        {"model.layers.1.self_attn.rotary_emb.inv_freq", NULL},
        {NULL, "'lm_head.weight' is not 'model.embed_tokens.weight'"},
    };
    static struct maker m;
    struct train_parameters p;
    struct device_error error;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        config_put(cases[i].name ? "" : ",\"tie_word_embeddings\":true");
        maker_begin(&m, "F16");
        layer_tensors_put(&m, 0);
        layer_tensors_put(&m, 1);
        outer_tensors_put(&m, true);
        if (cases[i].name)
            tensor_put(&m, cases[i].name, 1, DIM, 0);
        maker_put(&m, "model.safetensors");
        if (cases[i].message) {
            is_refused(cases[i].message);
            continue;
        }
        cr_assert(folder_read(folder, 32, &p, &error) == DEVICE_OK, "%s", error.text);
        train_parameters_free(&p);
    }
    /* the same tensor under both names */
    maker_begin(&m, "F16");
    layer_tensors_put(&m, 0);
    layer_tensors_put(&m, 1);
    outer_tensors_put(&m, false);
    tensor_put(&m, "lm_head.weight", VOCAB, DIM, 31);
    maker_put(&m, "model.safetensors");
    cr_assert(folder_read(folder, 32, &p, &error) == DEVICE_OK, "%s", error.text);
    cr_expect(p.classifier == NULL);
    train_parameters_free(&p);
}

/* One dimension is wrong, in tensors with one axis and with two. */
Test(folder, shapes_that_are_wrong, .init = folder_make, .fini = folder_remove) {
    static const struct {
        int norm, rows, columns;
        const char *message;
    } cases[] = {{DIM / 2, VOCAB, DIM, "'model.norm.weight' is not 1 x"},
        {DIM, VOCAB, DIM / 2, "'model.embed_tokens.weight' is not"},
        {DIM, VOCAB - 1, DIM, "'model.embed_tokens.weight' is not"}};
    config_put("");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static struct maker m;
        maker_begin(&m, "F16");
        layer_tensors_put(&m, 0);
        layer_tensors_put(&m, 1);
        tensor_put(&m, "model.norm.weight", 1, cases[i].norm, 30);
        tensor_put(&m, "model.embed_tokens.weight", cases[i].rows, cases[i].columns, 31);
        tensor_put(&m, "lm_head.weight", VOCAB, DIM, 32);
        maker_put(&m, "model.safetensors");
        is_refused(cases[i].message);
    }
}

/* A file with this header and this many bytes of data. */
static void header_put(const char *header, uint64_t said_bytes, size_t data_bytes) {
    unsigned char file[2048] = {0};
    const size_t n = strlen(header);
    for (int i = 0; i < 8; i++)
        file[i] = (unsigned char)(said_bytes >> (8 * i));
    memcpy(file + 8, header, n);
    file_put("model.safetensors", file, 8 + n + data_bytes);
}

Test(folder, wrong_headers_are_refused, .init = folder_make, .fini = folder_remove) {
#define ENTRY(dtype, shape, offsets)                                                               \
    "{\"t\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}}"
    static const struct {
        const char *header, *words;
    } wrong[] = {{ENTRY("F16", "[4]", "[0,9223372036854775808]"), "'t' lies outside"},
        {ENTRY("F16", "[4]", "[0,18446744073709551616]"), "'t' lies outside"},
        {ENTRY("F16", "[4]", "[-8,0]"), "'t' lies outside"},
        {ENTRY("F16", "[4]", "[9,17]"), "'t' lies outside"},
        {ENTRY("F16", "[4]", "[8,0]"), "'t' lies outside"},
        {ENTRY("F16", "[4]", "[0.0,8.0]"), "'t' lies outside"},
        {ENTRY("F16", "[4]", "[0]"), "'t' lacks"},
        {ENTRY("F16", "[3]", "[0,8]"), "'t' has another number of bytes"},
        {ENTRY("F32", "[4]", "[0,8]"), "'t' has another number of bytes"},
        {ENTRY("F16", "[4294967296,4294967296,4]", "[0,8]"), "'t' has a shape that does not fit"},
        {ENTRY("F16", "[-4]", "[0,8]"), "'t' has a shape that does not fit"},
        {ENTRY("F16", "4", "[0,8]"), "'t' has a shape that does not fit"},
        {ENTRY("F16", "[1,1,1,1,1,1,1,1,4]", "[0,8]"), "'t' has a shape that does not fit"},
        {"{\"t\":7}", "'t' lacks"}, {"[]", "is not an object"}, {"{\"t\":", "ends early"},
        {"{\"a\":{\"dtype\":\"F16\",\"shape\":[4],\"data_offsets\":[0,8]},"
         "\"b\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[6,10]}}",
            "'b' lies over another"}};
    config_put("");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        header_put(wrong[i].header, strlen(wrong[i].header), 16);
        is_refused(wrong[i].words);
    }
    header_put("{}", 3, 0);
    is_refused("it was cut off");
    header_put("{}", UINT64_C(1) << 63, 16);
    is_refused("it was cut off");
    header_put("{}", UINT64_MAX, 16);
    is_refused("it was cut off");
    file_put("model.safetensors", "abc", 3);
    is_refused("it was cut off");
    file_put("model.safetensors", "", 0);
    is_refused("it was cut off");
}

Test(folder, wrong_tensors_are_refused, .init = folder_make, .fini = folder_remove) {
    static struct maker m;
    const uint16_t infinity = 0x7c00;
    config_put("");
    whole_put("I16", true);
    is_refused("is neither F16, BF16 nor F32");
    maker_begin(&m, "F16");
    layer_tensors_put(&m, 0);
    layer_tensors_put(&m, 1);
    outer_tensors_put(&m, true);
    memcpy(m.data + 2 * 5, &infinity, 2);
    maker_put(&m, "model.safetensors");
    is_refused("is not a finite number");
}
