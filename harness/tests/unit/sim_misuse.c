/* SPDX-License-Identifier: MIT
 *
 * Calls in the wrong order or with wrong arguments: a reason, never a crash.
 */
#include "sim_kit.h"

static void broken(
    enum device_status status, const struct device_error *error, const char *reason) {
    cr_assert_eq(status, DEVICE_BROKEN);
    cr_assert_eq(error->status, DEVICE_BROKEN);
    cr_assert(strstr(error->text, reason), "%s", error->text);
}

Test(sim_misuse, order_of_calls) {
    struct device *device = kit_open("");
    struct device_error e = {.text = ""};
    struct kit kit = kit_program(device, 1, 4, 4, 1);
    struct device_request_spec spec = {.program = kit.program};
    struct device_request *request;

    broken(device_load(device, kit.program, 21, &e), &e, "compile it first");
    broken(device_unload(device, kit.program, &e), &e, "load it first");
    broken(device_compile_wait(device, kit.program, &e), &e, "compile_start first");
    cr_assert(device_compile_poll(device, kit.program));
    broken(device_request_create(device, &spec, &request, &e), &e, "load it first");
    cr_assert_null(request);

    cr_assert_eq(device_compile_start(device, kit.program, 21, &e), DEVICE_OK);
    broken(device_compile_start(device, kit.program, 21, &e), &e, "compile_wait first");
    broken(device_compile(device, kit.program, 21, &e), &e, "compile_wait first");
    broken(device_load(device, kit.program, 21, &e), &e, "compile_wait first");
    uint16_t w[16] = {0};
    broken(device_source_rewrite(device, kit.program, KIT_PATH, 64, w, sizeof w, &e), &e,
        "compile_wait first");
    cr_assert_eq(device_compile_wait(device, kit.program, &e), DEVICE_OK);
    broken(device_compile_wait(device, kit.program, &e), &e, "compile_start first");

    cr_assert_eq(device_load(device, kit.program, 21, &e), DEVICE_OK);
    broken(device_load(device, kit.program, 21, &e), &e, "unload it first");
    broken(device_compile(device, kit.program, 21, &e), &e, "unload it first");
    kit_request(&kit);
    cr_assert_eq(device_unload(device, kit.program, &e), DEVICE_OK);
    broken(device_eval(device, kit.request, 21, &e), &e, "load it first");
    kit_free(&kit);
    device_close(device);
}

Test(sim_misuse, a_request_outlives_its_program) {
    struct device *device = kit_open("");
    struct device_error e;
    struct kit kit = kit_loaded(device, 1, 4, 4, 1);
    device_program_free(device, kit.program);
    kit.program = NULL;
    broken(device_eval(device, kit.request, 21, &e), &e, "load it first");
    kit_free(&kit);
    device_close(device);
}

Test(sim_misuse, a_request_keeps_its_surfaces) {
    struct device *device = kit_open("");
    struct device_error e;
    struct kit kit = kit_loaded(device, 1, 4, 4, 1);
    device_surface_free(device, kit.x);
    kit.x = NULL;
    cr_assert_eq(device_eval(device, kit.request, 21, &e), DEVICE_OK, "%s", e.text);
    cr_assert(kit_output_is(&kit, 1, 1));
    kit_free(&kit);
    device_close(device);
}

Test(sim_misuse, surfaces_that_do_not_fit) {
    struct device *device = kit_open("");
    struct device_error e;
    struct kit kit = kit_loaded(device, 1, 4, 8, 1);
    struct device_request *request;
    struct device_layout layout;
    struct device_surface *none = NULL;
    struct device_request_spec spec = {
        .program = kit.program, .inputs = &kit.x, .n_inputs = 1, .outputs = &kit.x, .n_outputs = 1};
    broken(device_request_create(device, &spec, &request, &e), &e, "output 0");
    spec.outputs = &none;
    broken(device_request_create(device, &spec, &request, &e), &e, "output 0");
    spec.outputs = &kit.y;
    spec.n_outputs = 2;
    broken(device_request_create(device, &spec, &request, &e), &e, "1 outputs");
    spec.n_outputs = 1;
    spec.procedure = 1;
    cr_assert_eq(device_request_create(device, &spec, &request, &e), DEVICE_FAILED);
    cr_assert(strstr(e.text, "no procedure 1"), "%s", e.text);
    cr_assert_eq(device_layout(device, kit.program, 0, true, 1, &layout, &e), DEVICE_FAILED);
    cr_assert(strstr(e.text, "no output 1"), "%s", e.text);
    cr_assert_eq(device_layout(device, kit.program, -1, true, 0, &layout, &e), DEVICE_FAILED);
    cr_assert(strstr(e.text, "no procedure -1"), "%s", e.text);
    device_layout(device, kit.program, 0, true, 0, &layout, &e);
    layout.bytes--;
    broken(device_surface_create(device, &layout, &none, &e), &e, "are too few");
    kit_free(&kit);
    device_close(device);
}

Test(sim_misuse, a_surface_locked_for_writing) {
    struct device *device = kit_open("");
    struct device_error e;
    struct kit kit = kit_loaded(device, 1, 4, 4, 1);
    device_surface_lock(device, kit.x, true);
    broken(device_eval(device, kit.request, 21, &e), &e, "unlock it first");
    device_surface_unlock(device, kit.x, true);
    device_surface_lock(device, kit.y, false);
    cr_assert_eq(device_eval(device, kit.request, 21, &e), DEVICE_OK);
    device_surface_unlock(device, kit.y, false);
    kit_free(&kit);
    device_close(device);
}

Test(sim_misuse, quality_of_service_outside_its_range_is_refused) {
    struct device *device = kit_open("");
    struct device_error e;
    struct kit kit = kit_program(device, 1, 4, 4, 1);
    cr_assert_eq(device_compile(device, kit.program, 64, &e), DEVICE_FAILED);
    cr_assert_eq(device_compile_start(device, kit.program, -1, &e), DEVICE_FAILED);
    device_compile(device, kit.program, 63, &e);
    cr_assert_eq(device_load(device, kit.program, 64, &e), DEVICE_FAILED);
    device_load(device, kit.program, 0, &e);
    kit_request(&kit);
    cr_assert_eq(device_eval(device, kit.request, -1, &e), DEVICE_FAILED);
    cr_assert_eq(device_eval(device, kit.request, 64, &e), DEVICE_FAILED);
    cr_assert(strstr(e.text, "no quality of service 64"), "%s", e.text);
    cr_assert_eq(device_eval(device, kit.request, 0, &e), DEVICE_OK);
    kit_free(&kit);
    device_close(device);
}

Test(sim_misuse, programs_that_are_none) {
    struct device *device = kit_open("");
    struct device_error e;
    struct device_program *program;
    char text[2048];
    struct device_source source = {.mil_text = "program(", .mil_bytes = 8};
    cr_assert_eq(device_program_create(device, &source, &program, &e), DEVICE_FAILED);
    cr_assert_null(program);
    cr_assert_str_eq(e.stage, "parse");
    cr_assert(strstr(e.text, "line 1"), "%s", e.text);
    /* whole, but its weights are not there */
    source = (struct device_source){
        .mil_text = text, .mil_bytes = (size_t)kit_text(text, sizeof text, 1, 4, 4)};
    cr_assert_eq(device_program_create(device, &source, &program, &e), DEVICE_FAILED);
    device_program_free(device, NULL);
    device_request_free(device, NULL);
    device_surface_free(device, NULL);
    device_chain_free(device, NULL);
    device_close(device);
}

static void property_count(void *context, const char *key, const char *value) {
    int *seen = context;
    seen[0]++;
    seen[1] += strcmp(key, "clock") == 0 && strcmp(value, "virtual") == 0;
    seen[2] += strcmp(key, "chip") == 0 && strcmp(value, "Test chip") == 0;
    seen[3] += strcmp(key, "sim_overlap") == 0 && strcmp(value, "0.25") == 0;
    seen[4] += strncmp(key, "device", 6) == 0 && strncmp(value, "sim:/tmp/", 9) == 0;
}

Test(sim_misuse, properties_tell_that_it_is_a_sim) {
    struct device *device = kit_open("chip,Test chip\noverlap,0.25\n");
    int seen[5] = {0};
    device_properties(device, property_count, seen);
    cr_assert(
        seen[0] == SIM_KEYS + 6 && seen[1] == 1 && seen[2] == 1 && seen[3] == 1 && seen[4] == 1,
        "%d", seen[0]);
    cr_assert_str_eq(device_kind(device), "sim");
    cr_assert_str_eq(device_clock(device), "virtual");
    device_close(device);
}

Test(sim_misuse, mapped_weights) {
    struct device *device = kit_open("mutable_weights,sync\n");
    struct device_error e = {.text = ""};
    struct kit kit = kit_loaded(device, 1, 4, 4, 1);
    void *weights;
    size_t bytes;
    broken(device_weights_sync(device, kit.program, 0, 1, &e), &e, "map them first");
    broken(device_weights_unmap(device, kit.program, &e), &e, "map them first");
    cr_assert_eq(device_weights_map(device, kit.program, 1, &weights, &bytes, &e), DEVICE_FAILED);
    cr_assert_eq(device_weights_map(device, kit.program, 0, &weights, &bytes, &e), DEVICE_OK);
    broken(
        device_weights_map(device, kit.program, 0, &weights, &bytes, &e), &e, "unmap them first");
    cr_assert_eq(device_weights_map(device, kit.program, 0, &weights, &bytes, &e), DEVICE_BROKEN);
    broken(device_weights_sync(device, kit.program, 32, 1, &e), &e, "not within the 32");
    broken(device_weights_sync(device, kit.program, 1, (size_t)-1, &e), &e, "not within the 32");
    cr_assert_eq(device_unload(device, kit.program, &e), DEVICE_OK);
    broken(device_weights_sync(device, kit.program, 0, 1, &e), &e, "load it first");
    cr_assert_eq(device_load(device, kit.program, 21, &e), DEVICE_OK);
    broken(device_weights_unmap(device, kit.program, &e), &e, "map them first");
    cr_assert_eq(device_weights_map(device, kit.program, 0, &weights, &bytes, &e), DEVICE_OK);
    kit_free(&kit); /* still mapped */
    device_close(device);
}
