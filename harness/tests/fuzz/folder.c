/* SPDX-License-Identifier: MIT
 *
 * A model in a safetensors folder: its config, its weights, or its index of shards, beside sound ones. The
 * first byte says which, the rest is the file.
 */
#include "fuzz.h"
#include "generate/model/folder.h"

#include <math.h>
#include <string.h>

enum { POSITIONS = 4 };

/* One layer of two channels, one head and two tokens: 52 elements in a row. */
static const char config[] =
    "{\"model_type\":\"llama\",\"hidden_act\":\"silu\",\"hidden_size\":2,\"intermediate_size\":2,"
    "\"num_hidden_layers\":1,\"num_attention_heads\":1,\"vocab_size\":2,\"max_position_"
    "embeddings\":8,"
    "\"tie_word_embeddings\":true}";

static void weights_put(void) {
    static const struct {
        const char *name;
        int rows;
    } tensors[] = {{"model.layers.0.self_attn.q_proj", 2}, {"model.layers.0.self_attn.k_proj", 2},
        {"model.layers.0.self_attn.v_proj", 2}, {"model.layers.0.self_attn.o_proj", 2},
        {"model.layers.0.mlp.gate_proj", 2}, {"model.layers.0.mlp.down_proj", 2},
        {"model.layers.0.mlp.up_proj", 2}, {"model.layers.0.input_layernorm", 0},
        {"model.layers.0.post_attention_layernorm", 0}, {"model.norm", 0},
        {"model.embed_tokens", 2}};
    unsigned char file[4096] = {0};
    char *header = (char *)file + 8;
    size_t n = 0, at = 0;
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++) {
        const size_t bytes = tensors[i].rows > 0 ? 8 : 4;
        n += (size_t)snprintf(header + n, sizeof file - 8 - n,
            "%c\"%s.weight\":{\"dtype\":\"F16\",\"shape\":%s,\"data_offsets\":[%zu,%zu]}",
            i > 0 ? ',' : '{', tensors[i].name, tensors[i].rows > 0 ? "[2,2]" : "[2]", at,
            at + bytes);
        at += bytes;
    }
    header[n++] = '}';
    file[0] = (unsigned char)n;
    file[1] = (unsigned char)(n >> 8);
    header[n] = 0; /* the byte that snprintf or the data would put there */
    fuzz_file("model.safetensors", file, 8 + n + at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const names[] = {
        "config.json", "model.safetensors", "model.safetensors.index.json"};
    struct device_error error = {.text = ""};
    struct train_parameters model;
    char path[4096];
    if (size == 0)
        return 0;
    const size_t kind = data[0] % (sizeof names / sizeof *names);
    fuzz_file("config.json", (const uint8_t *)config, strlen(config));
    weights_put();
    snprintf(path, sizeof path, "%s", fuzz_file(names[kind], data + 1, size - 1));
    if (folder_read(fuzz_folder(), POSITIONS, &model, &error) == DEVICE_OK) {
        FUZZ_CHECK(model.shape.seq <= POSITIONS);
        for (size_t i = 0; i < model.n; i++)
            FUZZ_CHECK(isfinite(model.data[i]));
        train_parameters_free(&model);
    } else {
        FUZZ_CHECK(error.status == DEVICE_BROKEN && error.text[0] != '\0' && !model.data);
    }
    if (kind == 2)
        (void)remove(path);
    return 0;
}
