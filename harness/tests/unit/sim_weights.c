/* SPDX-License-Identifier: MIT
 *
 * Which weights an eval of the simulated engine uses, and that its outputs are the evaluator's.
 */
#include "mil/eval/eval.h"
#include "sim_kit.h"

enum { K = 8 };

static enum device_status rewrite(struct kit *kit, bool compiled, float scale) {
    struct device_error error = {.text = ""};
    uint16_t w[K * K];
    kit_fill(w, K * K, scale);
    enum device_status status = (compiled ? device_compiled_rewrite : device_source_rewrite)(
        kit->device, kit->program, KIT_PATH, 64, w, sizeof w, &error);
    cr_assert(status == DEVICE_OK, "%s", error.text);
    return status;
}

static void reload(struct kit *kit) {
    struct device_error error;
    cr_assert_eq(device_unload(kit->device, kit->program, &error), DEVICE_OK);
    cr_assert_eq(device_load(kit->device, kit->program, 21, &error), DEVICE_OK);
}

/* Rewrites to scale 2 in one way; true when that takes effect, at the next load and not before. */
static bool takes_effect(const char *lines, bool compiled) {
    struct device *device = kit_open(lines);
    struct kit kit = kit_loaded(device, 1, K, K, 1);
    cr_assert(kit_gives(&kit, 1));
    rewrite(&kit, compiled, 2);
    cr_assert(kit_gives(&kit, 1), "loaded weights stay until the next load");
    reload(&kit);
    bool effect = kit_gives(&kit, 2);
    cr_assert(effect || kit_gives(&kit, 1));
    kit_free(&kit);
    device_close(device);
    return effect;
}

Test(sim_weights, each_way_of_rewriting_is_its_own_key) {
    cr_assert_not(takes_effect("", false));
    cr_assert_not(takes_effect("", true));
    cr_assert(takes_effect("reload_source,1\n", false));
    cr_assert_not(takes_effect("reload_source,1\n", true));
    cr_assert_not(takes_effect("reload_compiled,1\n", false));
    cr_assert(takes_effect("reload_compiled,1\n", true));
}

Test(sim_weights, the_later_rewrite_wins_where_both_work) {
    struct device *device = kit_open("reload_source,1\nreload_compiled,1\n");
    struct kit kit = kit_loaded(device, 1, K, K, 1);
    rewrite(&kit, false, 2);
    rewrite(&kit, true, 3);
    reload(&kit);
    cr_assert(kit_gives(&kit, 3));
    rewrite(&kit, false, 4);
    reload(&kit);
    cr_assert(kit_gives(&kit, 4));
    kit_free(&kit);
    device_close(device);
}

Test(sim_weights, rewrite_does_not_affect_other_programs) {
    struct device *device = kit_open("reload_source,1\n");
    struct kit a = kit_loaded(device, 1, K, K, 1), b = kit_loaded(device, 1, K, K, 1);
    rewrite(&a, false, 2);
    reload(&a);
    reload(&b);
    cr_assert(kit_gives(&a, 2) && kit_gives(&b, 1));
    kit_free(&a);
    kit_free(&b);
    device_close(device);
}

Test(sim_weights, recompiling_uses_the_current_source) {
    struct device *device = kit_open("");
    struct device_compile_info info;
    struct device_error error;
    struct kit kit = kit_loaded(device, 1, K, K, 1);
    rewrite(&kit, false, 2);
    device_unload(device, kit.program, &error);
    cr_assert_eq(device_compile(device, kit.program, 21, &error), DEVICE_OK);
    device_compile_info(device, kit.program, &info);
    cr_assert_not(info.cached);
    cr_assert_eq(device_load(device, kit.program, 21, &error), DEVICE_OK);
    cr_assert(kit_gives(&kit, 2));
    kit_free(&kit);
    device_close(device);
}

Test(sim_weights, rewrites_that_do_not_fit_are_refused) {
    struct device *device = kit_open("reload_source,1\nreload_compiled,1\n");
    struct device_error error = {.text = ""};
    struct kit kit = kit_program(device, 1, K, K, 1);
    uint16_t w[K * K] = {0};
    cr_assert_eq(device_compiled_rewrite(device, kit.program, KIT_PATH, 64, w, sizeof w, &error),
        DEVICE_BROKEN);
    cr_assert(strstr(error.text, "not compiled"), "%s", error.text);
    device_compile(device, kit.program, 21, &error);
    static const struct {
        const char *path;
        uint64_t offset;
        size_t bytes;
    } cases[] = {{"@model_path/weights/v.bin", 64, sizeof w}, {KIT_PATH, 128, sizeof w},
        {KIT_PATH, UINT64_MAX, sizeof w}, {KIT_PATH, 64, sizeof w - 2}, {KIT_PATH, 64, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cr_assert_eq(device_source_rewrite(device, kit.program, cases[i].path, cases[i].offset, w,
                         cases[i].bytes, &error),
            DEVICE_BROKEN, "case %zu", i);
        cr_assert_str_eq(error.stage, "rewrite");
        cr_assert(error.text[0]);
        cr_assert_eq(device_compiled_rewrite(device, kit.program, cases[i].path, cases[i].offset, w,
                         cases[i].bytes, &error),
            DEVICE_BROKEN, "case %zu", i);
    }
    device_load(device, kit.program, 21, &error);
    kit_request(&kit);
    cr_assert(kit_gives(&kit, 1));
    kit_free(&kit);
    device_close(device);
}

/* A request with a buffer that holds the weights of scale 2. */
static struct device_surface *buffer_request(struct kit *kit) {
    struct device_error error = {.text = ""};
    struct device_surface *buffer;
    struct device_layout layout = {
        .type = {.dtype = MIL_FP16, .rank = 4, .dim = {1, 1, K, K}}, .bytes = K * K * 2};
    cr_assert_eq(device_surface_create(kit->device, &layout, &buffer, &error), DEVICE_OK);
    kit_fill(device_surface_lock(kit->device, buffer, true), K * K, 2);
    device_surface_unlock(kit->device, buffer, true);
    device_request_free(kit->device, kit->request);
    struct device_request_spec spec = {.program = kit->program,
        .inputs = &kit->x,
        .n_inputs = 1,
        .outputs = &kit->y,
        .n_outputs = 1,
        .weights_buffer = buffer};
    cr_assert_eq(device_request_create(kit->device, &spec, &kit->request, &error), DEVICE_OK);
    return buffer;
}

Test(sim_weights, weights_buffer_follows_its_key) {
    for (int effective = 0; effective < 2; effective++) {
        struct device *device = kit_open(effective ? "weights_buffer,1\n" : "weights_buffer,0\n");
        struct kit kit = kit_loaded(device, 1, K, K, 1);
        struct device_surface *buffer = buffer_request(&kit);
        cr_assert(kit_gives(&kit, effective ? 2 : 1));
        kit_fill(device_surface_lock(device, buffer, true), K * K, 3);
        device_surface_unlock(device, buffer, true);
        cr_assert(kit_gives(&kit, effective ? 3 : 1), "a buffer that changes is seen");
        device_surface_free(device, buffer);
        kit_free(&kit);
        device_close(device);
    }
}

Test(sim_weights, outputs_follow_inputs_and_poison) {
    struct device *device = kit_open("");
    struct kit kit = kit_loaded(device, 1, K, K, 1);
    uint16_t ones[K], first[K];
    cr_assert(kit_gives(&kit, 1) && kit_gives(&kit, 1));
    memcpy(first, device_surface_lock(device, kit.y, false), sizeof first);
    device_surface_unlock(device, kit.y, false);
    for (int i = 0; i < K; i++)
        ones[i] = 0x3C00;
    memcpy(device_surface_lock(device, kit.x, true), ones, sizeof ones);
    device_surface_unlock(device, kit.x, true);
    kit_eval(&kit);
    cr_assert_not(kit_output_is(&kit, 1, 1), "another input, another output");
    kit_fill(device_surface_lock(device, kit.x, true), K, 1);
    device_surface_unlock(device, kit.x, true);
    kit_eval(&kit);
    cr_assert(kit_output_is(&kit, 1, 1));
    kit_free(&kit);
    device_close(device);
}

Test(sim_weights, one_surface_may_be_input_and_output) {
    struct device *device = kit_open("");
    struct device_error error;
    struct kit kit = kit_loaded(device, 1, K, K, 1);
    device_request_free(device, kit.request);
    struct device_request_spec spec = {
        .program = kit.program, .inputs = &kit.y, .n_inputs = 1, .outputs = &kit.y, .n_outputs = 1};
    cr_assert_eq(device_request_create(device, &spec, &kit.request, &error), DEVICE_OK);
    kit_fill(device_surface_lock(device, kit.y, true), K, 1);
    device_surface_unlock(device, kit.y, true);
    for (int steps = 1; steps < 4; steps++) {
        kit_eval(&kit);
        cr_assert(kit_output_is(&kit, 1, steps));
    }
    kit_free(&kit);
    device_close(device);
}

/* Softmax of x w: nothing exact in it, so only the same evaluator gives the same bits. */
Test(sim_weights, outputs_are_the_evaluators_to_the_bit) {
    static const char text[] =
        "program(1.3)[buildInfo = dict<string, string>({{\"a\", \"b\"}})]{\n"
        "func main<ios18>(tensor<fp16, [1, 1, 3, 5]> x) {\n"
        "int32 axis = const()[name = string(\"axis\"), val = int32(-1)];\n"
        "tensor<fp16, [1, 1, 3, 5]> y = softmax(axis = axis, x = x)[name = string(\"y\")];\n"
        "tensor<fp16, [1, 1, 3, 5]> z = sigmoid(x = y)[name = string(\"z\")];\n"
        "} -> (z, y);}";
    struct device *device = kit_open("");
    struct device_error error = {.text = ""};
    struct device_source source = {.mil_text = text, .mil_bytes = sizeof text - 1};
    struct device_program *program;
    struct device_surface *x, *y[2];
    struct device_request *request;
    struct device_layout layout;
    uint16_t in[15], out[2][15];

    cr_assert_eq(
        device_program_create(device, &source, &program, &error), DEVICE_OK, "%s", error.text);
    device_compile(device, program, 21, &error);
    device_load(device, program, 21, &error);
    device_layout(device, program, 0, false, 0, &layout, &error);
    cr_assert(layout.bytes == 30 && layout.row_stride_bytes == 10);
    cr_assert_eq(layout.channel_stride_bytes, 30);
    device_surface_create(device, &layout, &x, &error);
    for (int i = 0; i < 2; i++) {
        device_layout(device, program, 0, true, i, &layout, &error);
        device_surface_create(device, &layout, &y[i], &error);
    }
    for (int i = 0; i < 15; i++)
        in[i] = fp16_from_float((float)(i * i % 7) * 0.3f - 1);
    memcpy(device_surface_lock(device, x, true), in, sizeof in);
    device_surface_unlock(device, x, true);
    struct device_request_spec spec = {
        .program = program, .inputs = &x, .n_inputs = 1, .outputs = y, .n_outputs = 2};
    cr_assert_eq(
        device_request_create(device, &spec, &request, &error), DEVICE_OK, "%s", error.text);
    cr_assert_eq(device_eval(device, request, 21, &error), DEVICE_OK, "%s", error.text);

    struct mil_program *mil;
    struct mil_error mil_error;
    const void *inputs[] = {in};
    void *outputs[] = {out[0], out[1]};
    cr_assert_eq(mil_parse(text, sizeof text - 1, &mil, &mil_error), 0);
    cr_assert_eq(mil_eval(mil, 0, &source.weights, inputs, outputs, &mil_error), 0);
    for (int i = 0; i < 2; i++) {
        cr_assert_arr_eq(device_surface_lock(device, y[i], false), out[i], sizeof out[i]);
        device_surface_unlock(device, y[i], false);
        device_surface_free(device, y[i]);
    }
    mil_program_free(mil);
    device_surface_free(device, x);
    device_request_free(device, request);
    device_program_free(device, program);
    device_close(device);
}

/* The mapped weights are written to scale 2, and synchronised one half after the other. */
static int scaled_after(const char *lines, bool reload_too, size_t first_half) {
    struct device *device = kit_open(lines);
    struct kit kit = kit_loaded(device, 1, K, K, 1);
    struct device_error error = {.text = ""};
    void *weights;
    size_t bytes;
    cr_assert_eq(device_weights_map(device, kit.program, 0, &weights, &bytes, &error), DEVICE_OK);
    cr_assert_eq(bytes, K * K * sizeof(uint16_t));
    kit_fill(weights, K * K, 2);
    int scaled = kit_gives(&kit, 2) ? 2 : 0; /* at once */
    /* either half first: what is not synchronised stays */
    for (size_t half = first_half; half < first_half + 2; half++) {
        cr_assert(scaled == 2 || !kit_gives(&kit, 2), "half of it was synchronised");
        cr_assert_eq(
            device_weights_sync(device, kit.program, half % 2 * bytes / 2, bytes / 2, &error),
            DEVICE_OK);
    }
    scaled = kit_gives(&kit, 2) ? scaled + 1 : scaled;
    cr_assert_eq(device_weights_unmap(device, kit.program, &error), DEVICE_OK);
    if (reload_too) {
        reload(&kit);
        scaled = kit_gives(&kit, 2);
    }
    kit_free(&kit);
    device_close(device);
    return scaled;
}

Test(sim_weights, mapped_weights) {
    for (size_t half = 0; half < 2; half++) {
        cr_assert_eq(scaled_after("mutable_weights,inert\n", false, half), 0);
        cr_assert_eq(scaled_after("mutable_weights,sync\n", false, half), 1);
        cr_assert_eq(scaled_after("mutable_weights,direct\n", false, half), 3);
        cr_assert_eq(scaled_after("mutable_weights,sync\n", true, half), 0);
        cr_assert_eq(scaled_after("mutable_weights,sync\nmutable_stays,1\n", true, half), 1);
    }
}

Test(sim_weights, mapping_is_refused_with_the_engines_codes) {
    static const struct {
        const char *lines;
        enum device_status status;
        int code;
    } refusals[] = {{"", DEVICE_UNSUPPORTED, 0},
        {"mutable_weights,unentitled\n", DEVICE_UNSUPPORTED, 1},
        {"mutable_weights,refused\n", DEVICE_FAILED, 26}};
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        struct device *device = kit_open(refusals[i].lines);
        struct kit kit = kit_loaded(device, 1, K, K, 1);
        struct device_error error = {.text = ""};
        void *weights;
        size_t bytes;
        cr_assert_eq(device_weights_map(device, kit.program, 0, &weights, &bytes, &error),
            refusals[i].status);
        cr_assert_eq(error.code, refusals[i].code, "%s", error.text);
        cr_assert(!weights && bytes == 0 && kit_gives(&kit, 1));
        kit_free(&kit);
        device_close(device);
    }
}
