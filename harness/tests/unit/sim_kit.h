/* SPDX-License-Identifier: MIT
 *
 * What the sim device's unit tests share: devices from a few lines of sim file, and one kind
 * of program: y[M,N] = x[M,K] w[K,N] in fp16, w in a weight file.
 */
#ifndef ANEPROBE_TESTS_SIM_KIT_H
#define ANEPROBE_TESTS_SIM_KIT_H

#include "device/sim/sim.h"
#include "mil/blob.h"
#include "mil/fp16.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KIT_PATH "@model_path/weights/w.bin"

/* Writes a sim file, to be removed by the caller. */
static inline void kit_file_write(char path[64], const void *text, size_t bytes) {
    strcpy(path, "/tmp/aneprobe-sim-XXXXXX");
    int fd = mkstemp(path);
    cr_assert(fd >= 0);
    cr_assert(write(fd, text, bytes) == (ssize_t)bytes);
    cr_assert_eq(close(fd), 0);
}

/* Times that are easy to add up: a compile takes 1 ms, a load 2, an unload 3, an eval 100 us, and first use
 * nothing more. `lines` are further keys, or replace these. */
static inline struct device *kit_open_options(
    const char *lines, const char *options, uint64_t seed) {
    static const char *const plain[][2] = {{"compile_ms", "1"}, {"compile_per_mb_ms", "0"},
        {"cached_compile_ms", "0.25"}, {"load_ms", "2"}, {"unload_ms", "3"}, {"first_use_ms", "0"},
        {"dispatch_us", "100"}, {"tflops", "1e6"}, {"bandwidth_gbs", "1e6"}};
    char path[64], name[128], text[2048];
    struct device *device = NULL;
    struct device_error error = {.text = ""};

    int used = snprintf(text, sizeof text, "%s\n", lines);
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        char key[64];
        snprintf(key, sizeof key, "\n%s,", plain[i][0]);
        if (!strstr(text, key) && strncmp(text, key + 1, strlen(key) - 1) != 0)
            used += snprintf(
                text + used, sizeof text - (size_t)used, "%s,%s\n", plain[i][0], plain[i][1]);
    }
    kit_file_write(path, text, (size_t)used);
    snprintf(name, sizeof name, "%s%s", path, options);
    enum device_status status = sim_device_open(name, seed, &device, &error);
    unlink(path);
    cr_assert(status == DEVICE_OK, "%s", error.text);
    return device;
}

static inline struct device *kit_open(const char *lines) {
    return kit_open_options(lines, "", 1);
}

struct kit {
    struct device *device;
    int m, k, n;
    float scale; /* of the weights */
    struct device_program *program;
    struct device_surface *x, *y;
    struct device_request *request;
};

/* w[i] and x[i] are small multiples of 1/8, so that every product and sum is exact in fp16. */
static inline void kit_fill(uint16_t *out, size_t n, float scale) {
    for (size_t i = 0; i < n; i++)
        out[i] = fp16_from_float(scale * (float)(1 + i % 3) / 8);
}

static inline int kit_text(char *text, size_t room, int m, int k, int n) {
    return snprintf(text, room,
        "program(1.3)\n[buildInfo = dict<string, string>({{\"coremlc-version\", "
        "\"3505.4.1\"}})]\n{\n"
        "    func main<ios18>(tensor<fp16, [1, 1, %d, %d]> x) {\n"
        "        tensor<fp16, [1, 1, %d, %d]> w = const()[name = string(\"w\"), val = "
        "tensor<fp16, [1, 1, %d, %d]>(BLOBFILE(path = string(\"" KIT_PATH
        "\"), offset = uint64(64)))];\n"
        "        bool f = const()[name = string(\"f\"), val = bool(false)];\n"
        "        tensor<fp16, [1, 1, %d, %d]> y = matmul(transpose_x = f, transpose_y = f, x = x, "
        "y = w)[name = string(\"y\")];\n"
        "    } -> (y);\n}\n",
        m, k, k, n, k, n, m, n);
}

/* Only makes the program. */
static inline struct kit kit_program(struct device *device, int m, int k, int n, float scale) {
    struct kit kit = {.device = device, .m = m, .k = k, .n = n, .scale = scale};
    struct device_error error = {.text = ""};
    char text[2048];
    size_t blob_bytes, count = (size_t)k * (size_t)n;
    uint16_t *w = malloc(count * sizeof *w);
    struct mil_blob_writer *writer = mil_blob_writer_new();

    kit_fill(w, count, scale);
    cr_assert_eq(mil_blob_writer_add(writer, MIL_FP16, w, count * sizeof *w), 64);
    void *blob = mil_blob_writer_finish(writer, &blob_bytes);
    struct mil_blob_file file = {.path = KIT_PATH, .data = blob, .bytes = blob_bytes};
    struct device_source source = {.mil_text = text,
        .mil_bytes = (size_t)kit_text(text, sizeof text, m, k, n),
        .weights = {.files = &file, .n_files = 1}};
    cr_assert(device_program_create(device, &source, &kit.program, &error) == DEVICE_OK, "%s",
        error.text);
    free(blob);
    free(w);
    return kit;
}

/* On a loaded program: surfaces, the input filled, and the request. */
static inline void kit_request(struct kit *kit) {
    struct device_error error = {.text = ""};
    struct device_layout layout;

    cr_assert(device_layout(kit->device, kit->program, 0, false, 0, &layout, &error) == DEVICE_OK);
    cr_assert(device_surface_create(kit->device, &layout, &kit->x, &error) == DEVICE_OK);
    cr_assert(device_layout(kit->device, kit->program, 0, true, 0, &layout, &error) == DEVICE_OK);
    cr_assert(device_surface_create(kit->device, &layout, &kit->y, &error) == DEVICE_OK);
    kit_fill(device_surface_lock(kit->device, kit->x, true), (size_t)(kit->m * kit->k), 1);
    device_surface_unlock(kit->device, kit->x, true);
    struct device_request_spec spec = {.program = kit->program,
        .inputs = &kit->x,
        .n_inputs = 1,
        .outputs = &kit->y,
        .n_outputs = 1};
    cr_assert(device_request_create(kit->device, &spec, &kit->request, &error) == DEVICE_OK, "%s",
        error.text);
}

/* Makes, compiles, loads. */
static inline struct kit kit_loaded(struct device *device, int m, int k, int n, float scale) {
    struct kit kit = kit_program(device, m, k, n, scale);
    struct device_error error = {.text = ""};
    cr_assert(device_compile(device, kit.program, 21, &error) == DEVICE_OK, "%s", error.text);
    cr_assert(device_load(device, kit.program, 21, &error) == DEVICE_OK, "%s", error.text);
    kit_request(&kit);
    return kit;
}

static inline void kit_free(struct kit *kit) {
    device_request_free(kit->device, kit->request);
    device_surface_free(kit->device, kit->x);
    device_surface_free(kit->device, kit->y);
    device_program_free(kit->device, kit->program);
}

static inline void kit_poison(struct kit *kit) {
    void *y = device_surface_lock(kit->device, kit->y, true);
    memset(y, 0x5A, (size_t)(kit->m * kit->n) * 2);
    device_surface_unlock(kit->device, kit->y, true);
}

/* One eval at a QoS; how long it took. */
static inline uint64_t kit_eval_qos(struct kit *kit, int qos) {
    struct device_error error = {.text = ""};
    uint64_t start_ns = device_clock_ns(kit->device);
    cr_assert(device_eval(kit->device, kit->request, qos, &error) == DEVICE_OK, "%s", error.text);
    return device_clock_ns(kit->device) - start_ns;
}

static inline uint64_t kit_eval(struct kit *kit) {
    return kit_eval_qos(kit, DEVICE_QOS_DEFAULT);
}

/* Is the output what these weights give, `steps` times over (m = 1 or k = n)? */
static inline bool kit_output_is(struct kit *kit, float scale, int steps) {
    int m = kit->m, k = kit->k, n = kit->n;
    uint16_t *w = malloc((size_t)(k * n) * 2), *x = malloc((size_t)(m * k) * 2);
    uint16_t *y = malloc((size_t)(m * n) * 2);

    kit_fill(w, (size_t)(k * n), scale);
    kit_fill(x, (size_t)(m * k), 1);
    for (int step = 0; step < steps; step++) {
        if (step > 0)
            memcpy(x, y, (size_t)(m * k) * 2);
        for (int i = 0; i < m; i++)
            for (int j = 0; j < n; j++) {
                float sum = 0;
                for (int l = 0; l < k; l++)
                    sum += fp16_to_float(x[i * k + l]) * fp16_to_float(w[l * n + j]);
                y[i * n + j] = fp16_from_float(sum);
            }
    }
    const void *got = device_surface_lock(kit->device, kit->y, false);
    bool same = memcmp(got, y, (size_t)(m * n) * 2) == 0;
    device_surface_unlock(kit->device, kit->y, false);
    free(w);
    free(x);
    free(y);
    return same;
}

/* Poisons, evaluates, compares with the weights of this scale. */
static inline bool kit_gives(struct kit *kit, float scale) {
    kit_poison(kit);
    kit_eval(kit);
    return kit_output_is(kit, scale, 1);
}

#endif
