/* SPDX-License-Identifier: MIT
 *
 * llama2.c's model files, byte for byte: each tensor is where run.c looks for it (karpathy/llama2.c, run.c,
 * memory_map_weights).
 */
#include "train/model/llama2.h"

#include "file_kit.h"

#include <math.h>
#include <signal.h>
#include <sys/resource.h>

TestSuite(train_llama2, .init = kit_open, .fini = kit_close);

enum { LAYERS = 3, DIM = 12, HIDDEN = 10, HEADS = 3, KV_HEADS = 1, SEQ = 5, VOCAB = 7 };
enum { HEAD_DIM = DIM / HEADS, KV_DIM = HEAD_DIM * KV_HEADS, HEADER_BYTES = 28 };
static const struct train_shape shape = {.layers = LAYERS,
    .dim = DIM,
    .hidden = HIDDEN,
    .heads = HEADS,
    .kv_heads = KV_HEADS,
    .seq = SEQ,
    .vocab = VOCAB};

static struct device_error error;

/* Every element's value is its position. */
static float mark(int layer, enum train_tensor tensor, size_t element) {
    return (float)(100000 * (layer + 1) + 1000 * (int)tensor) + (float)element / 8;
}

static int layers_of(enum train_tensor tensor) {
    return (int)tensor < (int)TRAIN_LAYER_TENSORS ? LAYERS : 1;
}

static struct train_parameters marked(void) {
    struct train_parameters p;
    cr_assert_eq(train_parameters_create(&shape, &p), 0);
    for (int t = 0; t < TRAIN_N_TENSORS; t++)
        for (int layer = 0; layer < layers_of((enum train_tensor)t); layer++)
            for (size_t i = 0; i < train_tensor_elements(&shape, (enum train_tensor)t); i++)
                train_tensor_at(&p, layer, (enum train_tensor)t)[i] =
                    mark(layer, (enum train_tensor)t, i);
    return p;
}

static const char *written(void) {
    const char *path = kit_path("model.bin");
    struct train_parameters p = marked();
    cr_assert_eq(llama2_write(path, &p, &error), DEVICE_OK, "%s", error.text);
    train_parameters_free(&p);
    return path;
}

static const float *expect_tensor(
    const float *at, const char *what, enum train_tensor tensor, size_t elements) {
    for (int layer = 0; layer < layers_of(tensor); layer++)
        for (size_t i = 0; i < elements; i++, at++)
            cr_assert_eq(*at, mark(layer, tensor, i), "%s, layer %d, element %zu", what, layer, i);
    return at;
}

Test(train_llama2, tensors_are_where_run_c_reads_them) {
    size_t bytes;
    char *file = kit_read(written(), &bytes);
    const int32_t header[] = {DIM, HIDDEN, LAYERS, HEADS, KV_HEADS, VOCAB, SEQ};
    cr_assert_eq(memcmp(file, header, sizeof header), 0);
    const float *at = (const void *)(file + HEADER_BYTES);
    at = expect_tensor(at, "token_embedding_table", TRAIN_EMBEDDING, VOCAB * DIM);
    at = expect_tensor(at, "rms_att_weight", TRAIN_RMS_ATT, DIM);
    at = expect_tensor(at, "wq", TRAIN_WQ, DIM * DIM);
    at = expect_tensor(at, "wk", TRAIN_WK, KV_DIM * DIM);
    at = expect_tensor(at, "wv", TRAIN_WV, KV_DIM * DIM);
    at = expect_tensor(at, "wo", TRAIN_WO, DIM * DIM);
    at = expect_tensor(at, "rms_ffn_weight", TRAIN_RMS_FFN, DIM);
    at = expect_tensor(at, "w1", TRAIN_W1, HIDDEN * DIM);
    at = expect_tensor(at, "w2", TRAIN_W2, DIM * HIDDEN);
    at = expect_tensor(at, "w3", TRAIN_W3, HIDDEN * DIM);
    at = expect_tensor(at, "rms_final_weight", TRAIN_RMS_FINAL, DIM);
    /* freq_cis_real, then freq_cis_imag: position p, pair i turns by p / 10000^(2i / head dim) */
    for (int p = 0; p < SEQ; p++)
        for (int i = 0; i < HEAD_DIM / 2; i++, at++)
            cr_assert_float_eq(*at, cos(p / pow(10000, 2.0 * i / HEAD_DIM)), 1e-6);
    for (int p = 0; p < SEQ; p++)
        for (int i = 0; i < HEAD_DIM / 2; i++, at++)
            cr_assert_float_eq(*at, sin(p / pow(10000, 2.0 * i / HEAD_DIM)), 1e-6);
    cr_assert_eq((const char *)at, file + bytes, "the file is longer or shorter");
    free(file);
    cr_assert_eq(kit_count(), 1);
}

static void reads_back(const char *path) {
    struct train_parameters is, should = marked();
    cr_assert_eq(llama2_read(path, LLAMA2_TRAIN, &is, &error), DEVICE_OK, "%s", error.text);
    cr_assert(train_shape_equal(&is.shape, &shape));
    cr_assert_eq(memcmp(is.data, should.data, is.n * sizeof *is.data), 0);
    train_parameters_free(&is);
    train_parameters_free(&should);
}

Test(train_llama2, reads_what_it_writes) {
    reads_back(written());
}

static void refused(const char *path, const char *because) {
    struct train_parameters p;
    cr_assert_eq(llama2_read(path, LLAMA2_TRAIN, &p, &error), DEVICE_BROKEN, "it is taken");
    cr_assert_null(p.data);
    cr_assert(strstr(error.text, because), "'%s' does not say '%s'", error.text, because);
    cr_assert(strstr(error.text, path), "'%s' does not name the file", error.text);
}

/* A negative vocabulary means that a classifier follows the tables. */
Test(train_llama2, a_classifier_of_its_own) {
    size_t bytes, embedding = VOCAB * DIM * sizeof(float);
    char *file = kit_read(written(), &bytes);
    int32_t vocab = -VOCAB;
    file = realloc(file, bytes + embedding);
    memcpy(file + 20, &vocab, sizeof vocab);
    memcpy(file + bytes, file + HEADER_BYTES, embedding);
    reads_back(kit_file("tied.bin", file, bytes + embedding));
    refused(kit_file("short.bin", file, bytes), "was cut off");
    file[bytes + 100] ^= 1;
    refused(kit_file("untied.bin", file, bytes + embedding), "has a separate classifier");
    /* to generate with, it is read, and written as it was */
    struct train_parameters p;
    size_t again_bytes;
    cr_assert_eq(llama2_read(kit_path("untied.bin"), LLAMA2_GENERATE, &p, &error), DEVICE_OK, "%s",
        error.text);
    cr_assert(p.classifier && memcmp(p.classifier, file + bytes, embedding) == 0);
    cr_assert_eq(llama2_write(kit_path("again.bin"), &p, &error), DEVICE_OK);
    train_parameters_free(&p);
    char *again = kit_read(kit_path("again.bin"), &again_bytes);
    cr_assert(again_bytes == bytes + embedding && memcmp(again, file, again_bytes) == 0);
    free(again);
    const float infinite = INFINITY;
    memcpy(file + bytes + 8, &infinite, sizeof infinite);
    cr_assert_eq(
        llama2_read(kit_file("untied.bin", file, bytes + embedding), LLAMA2_GENERATE, &p, &error),
        DEVICE_BROKEN);
    cr_assert(strstr(error.text, "element 2 of the classifier"), "%s", error.text);
    cr_assert(!p.data && !p.classifier);
    free(file);
}

Test(train_llama2, missing_or_cut_off_at_any_length) {
    refused(kit_path("none.bin"), "No such file");
    size_t bytes;
    char *file = kit_read(written(), &bytes);
    for (size_t n = 0; n < bytes; n += n < 64 ? 1 : 97)
        refused(kit_file("cut.bin", file, n),
            n < HEADER_BYTES ? "less than a model's header" : "was cut off");
    file = realloc(file, bytes + 4);
    refused(kit_file("long.bin", file, bytes + 4), "but its header");
    free(file);
}

static void header_refused(const int32_t header[7], const char *because) {
    refused(kit_file("model.bin", header, HEADER_BYTES), because);
}

/* Sizes that are not positive or overflow, and files of other kinds. */
Test(train_llama2, wrong_headers_are_refused) {
    header_refused((int32_t[7]){0x616b3432, 1, 288, 768, 6, 6, 6}, "newer llama2.c format");
    header_refused((int32_t[7]){0, HIDDEN, LAYERS, HEADS, KV_HEADS, VOCAB, SEQ}, "dim is 0");
    header_refused((int32_t[7]){DIM, -1, LAYERS, HEADS, KV_HEADS, VOCAB, SEQ}, "hidden is -1");
    header_refused((int32_t[7]){DIM, HIDDEN, LAYERS, 5, 5, VOCAB, SEQ}, "not a llama2.c model");
    header_refused(
        (int32_t[7]){DIM, HIDDEN, LAYERS, HEADS, KV_HEADS, INT32_MIN, SEQ}, "not a llama2.c model");
    header_refused((int32_t[7]){INT32_MAX - 1, INT32_MAX, INT32_MAX, 1, 1, INT32_MAX, INT32_MAX},
        "not a llama2.c model");
    header_refused(
        (int32_t[7]){20000, 20000, 50000000, 2, 2, 60000, 9}, "has 28 bytes but its header");
    static const char gguf[64] = "GGUF\3\0\0\0";
    refused(kit_file("model.gguf", gguf, sizeof gguf), "not a llama2.c model");
    char text[300];
    memset(text, 'x', sizeof text);
    refused(kit_file("model.txt", text, sizeof text), "not a llama2.c model");
}

Test(train_llama2, rejects_a_weight_that_is_not_finite) {
    size_t bytes;
    char *file = kit_read(written(), &bytes);
    float nan = NAN;
    /* wq begins after the embedding and three layers' norms */
    size_t wq = HEADER_BYTES + (VOCAB * DIM + LAYERS * DIM) * sizeof(float);
    memcpy(file + wq + (DIM * DIM + 17) * sizeof(float), &nan, sizeof nan);
    refused(kit_file("nan.bin", file, bytes), "element 17 of wq in layer 1 is not a finite number");
    free(file);
}

Test(train_llama2, no_room_leaves_the_old_model) {
    struct rlimit all, little;
    const char *path = written();
    const char *pipe_path = kit_path("pipe");
    struct train_parameters p = marked();
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &all), 0);
    little = (struct rlimit){.rlim_cur = 1000, .rlim_max = all.rlim_max};
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &little), 0);
    p.data[0] = 5;
    cr_assert_eq(llama2_write(path, &p, &error), DEVICE_BROKEN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &all), 0);
    cr_assert(strstr(error.text, "make room"), "%s", error.text);
    reads_back(path);
    cr_assert_eq(kit_count(), 1);
    cr_assert_eq(mkfifo(pipe_path, 0600), 0);
    cr_assert_eq(llama2_write(kit_directory, &p, &error), DEVICE_BROKEN);
    cr_assert(strstr(error.text, "is not replaced"), "%s", error.text);
    cr_assert_eq(llama2_write(pipe_path, &p, &error), DEVICE_BROKEN);
    cr_assert(strstr(error.text, "is not replaced"), "%s", error.text);
    cr_assert_eq(llama2_write("/nonexistent/model.bin", &p, &error), DEVICE_BROKEN);
    train_parameters_free(&p);
}
