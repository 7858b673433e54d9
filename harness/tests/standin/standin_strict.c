/* SPDX-License-Identifier: MIT
 *
 * The stand-in's strictness: each violation is committed once, in a process of its own, and must be
 * recorded in the words that are expected; a client that does everything right records nothing.
 */
#include "honest.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct violation {
    const char *name;
    enum honest_step step; /* done by the time that it is committed */
    void (*commit)(struct honest *h);
    const char *words; /* in the record; NULL = nothing is recorded */
};

/* ---- nothing wrong */

static void whole_path(struct honest *h) {
    honest_write_input(h);
    honest_must(h, ane_model_evaluate(&h->call, h->model, 21, h->options, h->request), "evaluate");
    honest_must(h, honest_output_is_right(h), "the output is wrong");
    void *client = ane_client_shared(&h->call), *model = ane_model_model(&h->call, h->model);
    honest_must(h,
        ane_client_evaluate(&h->call, client, model, h->options, h->request, 21) &&
            ane_client_evaluate_direct(&h->call, client, model, h->options, h->request, 21) &&
            ane_client_evaluate_realtime(&h->call, client, model, h->options, h->request),
        "evaluate by client");
    honest_close(h);
    honest_must(h, h->aneprobe_standin_owned() == 0, "references are left");
    honest_must(h, h->aneprobe_standin_live(NULL) == 1, "other objects than the client are left");
    h->runtime.entry.objc_autoreleasePoolPush(); /* for the checks that follow */
}

/* ---- arguments */

static void text_nil(struct honest *h) {
    ane_descriptor_create(&h->call, NULL, h->weights);
}
static void text_string(struct honest *h) {
    ane_descriptor_create(&h->call, apple_string(h->e, "program(1.3)"), h->weights);
}
static void weights_nil(struct honest *h) {
    ane_descriptor_create(&h->call, h->text, NULL);
}
static void weights_bare(struct honest *h) {
    void *key = apple_string(h->e, "@model_path/weights/w.bin");
    ane_descriptor_create(&h->call, h->text, apple_dictionary(h->e, &key, &h->text, 1));
}
static void weights_elsewhere(struct honest *h) {
    void *keys[] = {apple_string(h->e, "offset"), apple_string(h->e, "data")};
    void *values[] = {apple_number(h->e, 0), h->text};
    void *path = apple_string(h->e, "weights/w.bin"),
         *entry = apple_dictionary(h->e, keys, values, 2);
    ane_descriptor_create(&h->call, h->text, apple_dictionary(h->e, &path, &entry, 1));
}
static void descriptor_wrong(struct honest *h) {
    ane_model_create(&h->call, h->options);
}
static void options_nil(struct honest *h) {
    ane_model_compile(&h->call, h->model, 21, NULL);
}
/* Options of one or two keys. */
static void *options_of(struct honest *h, const char *key, void *value, const char *other) {
    void *keys[] = {apple_string(h->e, key), other ? apple_string(h->e, other) : NULL};
    void *values[] = {value, apple_number(h->e, 1)};
    return apple_dictionary(h->e, keys, values, other ? 2 : 1);
}
static void option_unknown(struct honest *h) {
    void *options = options_of(h, "kANEFInstance", apple_number(h->e, 1), NULL);
    ane_model_compile(&h->call, h->model, 21, options);
}
static void hint_text(struct honest *h) {
    void *options =
        options_of(h, "kANEFAneInstanceHint", apple_string(h->e, "2"), "kANEFProcedureVariantHint");
    ane_model_compile(&h->call, h->model, 21, options);
}
static void hint_alone(struct honest *h) {
    void *options = options_of(h, "kANEFAneInstanceHint", apple_number(h->e, 2), NULL);
    ane_model_compile(&h->call, h->model, 21, options);
}
static void hint_late(struct honest *h) {
    void *options =
        options_of(h, "kANEFAneInstanceHint", apple_number(h->e, 2), "kANEFProcedureVariantHint");
    ane_model_evaluate(&h->call, h->model, 21, options, h->request);
}
static void mask_data(struct honest *h) {
    void *options = options_of(h, "kANEFPerformanceStatsMask", h->text, NULL);
    ane_model_load(&h->call, h->model, 21, options);
}
static void map_without_model(struct honest *h) {
    void *weights;
    uint64_t bytes;
    ane_client_weights_map(
        &h->call, ane_client_shared(&h->call), h->model, apple_number(h->e, 0), &weights, &bytes);
}
static void map_procedure_text(struct honest *h) {
    void *weights;
    uint64_t bytes;
    ane_client_weights_map(&h->call, ane_client_shared(&h->call),
        ane_model_model(&h->call, h->model), apple_string(h->e, "main"), &weights, &bytes);
}
static void sync_before_map(struct honest *h) {
    ane_client_weights_sync(&h->call, ane_client_shared(&h->call),
        ane_model_model(&h->call, h->model), apple_number(h->e, 0), 0, 8);
}
static void map_before_load(struct honest *h) {
    void *weights;
    uint64_t bytes;
    ane_client_weights_map(&h->call, ane_client_shared(&h->call),
        ane_model_model(&h->call, h->model), apple_number(h->e, 0), &weights, &bytes);
}
static void request_nil(struct honest *h) {
    ane_model_evaluate(&h->call, h->model, 21, h->options, NULL);
}
static void surface_bare(struct honest *h) {
    void *zero = apple_number(h->e, 0), *numbers = honest_array(h, zero);
    void *bare = honest_array(h, h->surfaces[0]);
    ane_request_create_object(&h->call, bare, numbers, bare, numbers, NULL, NULL, zero);
}
static void procedure_nil(struct honest *h) {
    void *numbers = honest_array(h, apple_number(h->e, 0));
    void *surfaces = honest_array(h, h->wrapped[0]);
    ane_request_create_object(&h->call, surfaces, numbers, surfaces, numbers, NULL, NULL, NULL);
}
static void indices_wrong(struct honest *h) {
    void *zero = apple_number(h->e, 0), *zeros = honest_array(h, zero);
    void *ones = honest_array(h, apple_number(h->e, 1));
    void *inputs = honest_array(h, h->wrapped[0]), *outputs = honest_array(h, h->wrapped[1]);
    void *request =
        ane_request_create_object(&h->call, inputs, ones, outputs, zeros, NULL, NULL, zero);
    ane_model_evaluate(&h->call, h->model, 21, h->options, request);
}
static void indices_missing(struct honest *h) {
    void *zero = apple_number(h->e, 0), *none = apple_array(h->e, NULL, 0);
    void *surfaces = honest_array(h, h->wrapped[0]);
    ane_request_create_object(&h->call, surfaces, none, surfaces, none, NULL, NULL, zero);
}
static void wrap_null(struct honest *h) {
    ane_surface_wrap(&h->call, NULL);
}
static void array_without_callbacks(struct honest *h) {
    const void *value = h->options;
    h->e->CFArrayCreate(NULL, &value, 1, NULL);
}

/* ---- programs and files */

static void compile(struct honest *h) {
    ane_model_compile(&h->call, h->model, 21, h->options);
}
static void without(struct honest *h, const char *name) {
    char path[sizeof h->directory + 32];
    snprintf(path, sizeof path, "%s/%s", h->directory, name);
    honest_must(h, remove(path) == 0, path);
    compile(h);
}
static void no_text_file(struct honest *h) {
    without(h, "model.mil");
}
static void no_weight_file(struct honest *h) {
    without(h, "weights/w.bin");
}
static void other_text_file(struct honest *h) {
    char path[sizeof h->directory + 32];
    snprintf(path, sizeof path, "%s/model.mil", h->directory);
    FILE *file = fopen(path, "a");
    honest_must(h, file && fputs("// more", file) >= 0 && fclose(file) == 0, path);
    compile(h);
}
static void offset_of_data(struct honest *h) {
    h->blob_offset = 128;
    honest_go(h, HONEST_FILES);
    compile(h);
}
static void header_version(struct honest *h) {
    h->corrupt_at = 4;
    h->corrupt_with = 1;
    honest_go(h, HONEST_FILES);
    compile(h);
}
static void header_size(struct honest *h) { /* as older tools wrote it */
    h->corrupt_at = 64 + 10;
    h->corrupt_with = 8;
    honest_go(h, HONEST_FILES);
    compile(h);
}
static void load_first(struct honest *h) {
    ane_model_load(&h->call, h->model, 21, h->options);
}
static void unload_first(struct honest *h) {
    ane_model_unload(&h->call, h->model, 21);
}
static void eval_unloaded(struct honest *h) {
    ane_model_unload(&h->call, h->model, 21);
    ane_model_evaluate(&h->call, h->model, 21, h->options, h->request);
}
static void freed_loaded(struct honest *h) {
    apple_call_end(&h->call);
    h->call = apple_call_begin(&h->runtime, "test", &h->error);
}
static void memory_model_to_client(struct honest *h) {
    ane_client_evaluate(
        &h->call, ane_client_shared(&h->call), h->model, h->options, h->request, 21);
}

/* ---- surfaces */

static void evaluate_with(struct honest *h, void *surface) {
    void *zero = apple_number(h->e, 0), *numbers = honest_array(h, zero);
    void *inputs = honest_array(h, ane_surface_wrap(&h->call, surface));
    void *outputs = honest_array(h, h->wrapped[1]);
    void *request =
        ane_request_create_object(&h->call, inputs, numbers, outputs, numbers, NULL, NULL, zero);
    ane_model_evaluate(&h->call, h->model, 21, h->options, request);
}
static void surface_too_small(struct honest *h) {
    evaluate_with(h, honest_surface(h, 256));
}
static void surface_below_minimum(struct honest *h) {
    evaluate_with(h, honest_surface(h, 16384));
}
static void surface_locked(struct honest *h) {
    h->e->IOSurfaceLock(h->surfaces[0], 0, NULL);
    ane_model_evaluate(&h->call, h->model, 21, h->options, h->request);
}
static void touch_unlocked(struct honest *h) {
    *(volatile char *)h->e->IOSurfaceGetBaseAddress(h->surfaces[0]) = 1;
}
static void write_read_only(struct honest *h) {
    h->e->IOSurfaceLock(h->surfaces[0], APPLE_LOCK_READ_ONLY, NULL);
    *(volatile char *)h->e->IOSurfaceGetBaseAddress(h->surfaces[0]) = 1;
}
static void unlock_first(struct honest *h) {
    h->e->IOSurfaceUnlock(h->surfaces[0], 0, NULL);
}
static void procedure_unknown(struct honest *h) {
    void *one = apple_number(h->e, 1), *numbers = honest_array(h, apple_number(h->e, 0));
    void *inputs = honest_array(h, h->wrapped[0]), *outputs = honest_array(h, h->wrapped[1]);
    void *request =
        ane_request_create_object(&h->call, inputs, numbers, outputs, numbers, NULL, NULL, one);
    ane_model_evaluate(&h->call, h->model, 21, h->options, request);
}

/* ---- memory */

static void release_twice(struct honest *h) {
    apple_release(h->e, h->surfaces[0]);
    apple_release(h->e, h->surfaces[0]);
}
static void release_borrowed(struct honest *h) {
    apple_release(h->e, h->model);
}
static void release_null(struct honest *h) {
    h->e->CFRelease(NULL);
}
static void use_freed(struct honest *h) {
    apple_call_end(&h->call);
    h->call = apple_call_begin(&h->runtime, "test", &h->error);
    ane_model_hash(&h->call, h->model);
}
static void argument_freed(struct honest *h) {
    apple_call_end(&h->call);
    h->call = apple_call_begin(&h->runtime, "test", &h->error);
    ane_model_create(&h->call, h->descriptor);
}
static void no_pool(struct honest *h) {
    apple_call_end(&h->call);
    ane_client_shared(&h->call);
}
static void pool_twice(struct honest *h) {
    apple_call_end(&h->call);
    apple_call_end(&h->call);
}
static void selector_unknown(struct honest *h) {
    void *(*send)(void *, void *) = (void *(*)(void *, void *))h->e->objc_msgSend;
    send(h->model, h->e->sel_registerName("purgeTheCompiledModel"));
}
static void wait_for_nothing(struct honest *h) {
    h->e->dispatch_semaphore_wait(h->e->dispatch_semaphore_create(0), APPLE_TIME_FOREVER);
}

/* ---- chaining */

static void *buffer(struct honest *h, bool output) {
    return ane_buffer_create(&h->call, h->wrapped[output], apple_number(h->e, 0), output);
}
static struct ane_chaining chaining(struct honest *h) {
    void *numbers = honest_array(h, apple_number(h->e, 0));
    void *sets = ane_output_sets_create(&h->call, h->surfaces[1], honest_array(h, buffer(h, true)));
    return (struct ane_chaining){.inputs = honest_array(h, buffer(h, false)),
        .output_sets = honest_array(h, sets),
        .loopback_inputs = numbers,
        .loopback_outputs = numbers,
        .procedure = apple_number(h->e, 0),
        .signal_events = apple_array(h->e, NULL, 0),
        .zero = apple_number(h->e, 0)};
}
static bool prepare(struct honest *h, const struct ane_chaining *parts) {
    void *request = ane_chain_create(&h->call, parts);
    return request && ane_client_chain_prepare(&h->call, ane_client_shared(&h->call),
                          ane_model_model(&h->call, h->model), h->options, request, 21);
}
static void stats_null(struct honest *h) {
    ane_output_sets_create(&h->call, NULL, honest_array(h, buffer(h, true)));
}
static void procedure_array(struct honest *h) {
    struct ane_chaining parts = chaining(h);
    parts.procedure = parts.loopback_inputs;
    ane_chain_create(&h->call, &parts);
}
static void loopback_number(struct honest *h) {
    struct ane_chaining parts = chaining(h);
    parts.loopback_inputs = parts.procedure;
    ane_chain_create(&h->call, &parts);
}
static void events_nil(struct honest *h) {
    struct ane_chaining parts = chaining(h);
    parts.signal_events = NULL;
    ane_chain_create(&h->call, &parts);
}
static void inputs_unwrapped(struct honest *h) {
    struct ane_chaining parts = chaining(h);
    parts.inputs = honest_array(h, h->wrapped[0]);
    ane_chain_create(&h->call, &parts);
}
static void loopbacks_unequal(struct honest *h) {
    struct ane_chaining parts = chaining(h);
    parts.loopback_inputs = parts.signal_events;
    prepare(h, &parts);
}
static void enqueue(struct honest *h, unsigned set) {
    ane_client_chain_enqueue(&h->call, ane_client_shared(&h->call),
        ane_model_model(&h->call, h->model),
        ane_output_set_enqueue_create(&h->call, 0, set, 0, true, false), h->options, 21);
}
static bool ready(struct honest *h) {
    void *numbers = honest_array(h, apple_number(h->e, 0));
    return ane_client_chain_ready(&h->call, ane_client_shared(&h->call),
        ane_model_model(&h->call, h->model),
        ane_input_ready_create(&h->call, 0, numbers, numbers, 0), h->options, 21);
}
static void ready_first(struct honest *h) {
    ready(h);
}
static void enqueue_first(struct honest *h) {
    struct ane_chaining parts = chaining(h);
    honest_must(h, prepare(h, &parts), "prepare");
    enqueue(h, 0);
}
static void set_unknown(struct honest *h) {
    struct ane_chaining parts = chaining(h);
    honest_must(h, prepare(h, &parts) && ready(h), "ready");
    enqueue(h, 1);
}

/* ---- evals side by side */

enum { FLIGHTS = 2 };
struct flights {
    struct honest *h;
    void *requests[FLIGHTS];
    pthread_barrier_t met; /* both have evaluated before either ends */
};
struct flight_of {
    struct flights *flights;
    int index;
};

static void *flight_run(void *argument) {
    const struct flight_of *flight = argument;
    struct honest *h = flight->flights->h;
    struct device_error error = {.text = ""};
    struct apple_call call = apple_call_begin(&h->runtime, "flight", &error);
    ane_model_evaluate(&call, h->model, 21, h->options, flight->flights->requests[flight->index]);
    apple_call_end(&call);
    pthread_barrier_wait(&flight->flights->met);
    return NULL;
}

/* Two threads with these requests. The client's own pool would keep them waiting: what is needed is kept, and the pool
 * replaced. */
static void fly(struct honest *h, void *first, void *second) {
    struct flights flights = {.h = h, .requests = {first, second}};
    struct flight_of of[FLIGHTS];
    pthread_t threads[FLIGHTS];
    void *const kept[] = {h->model, first, second};
    for (int i = 0; i < 3; i++)
        h->e->objc_retain(kept[i]);
    pthread_barrier_init(&flights.met, NULL, FLIGHTS);
    apple_call_end(&h->call);
    for (int i = 0; i < FLIGHTS; i++) {
        of[i] = (struct flight_of){&flights, i};
        if (pthread_create(&threads[i], NULL, flight_run, &of[i]) != 0)
            exit(99);
    }
    for (int i = 0; i < FLIGHTS; i++)
        pthread_join(threads[i], NULL);
    h->call = apple_call_begin(&h->runtime, "test", &h->error);
    pthread_barrier_destroy(&flights.met);
    ane_model_unload(&h->call, h->model, 21);
    for (int i = 0; i < 3; i++)
        apple_release(h->e, kept[i]);
}

/* A further request of the program: with the same input, and this output. */
static void *request_with(struct honest *h, void *output) {
    void *inputs = honest_array(h, h->wrapped[0]), *outputs = honest_array(h, output);
    void *zero = apple_number(h->e, 0), *indices = honest_array(h, zero);
    void *request =
        ane_request_create_object(&h->call, inputs, indices, outputs, indices, NULL, NULL, zero);
    void *const parts[] = {inputs, outputs, zero, indices};
    for (int i = 0; i < 4; i++)
        apple_release(h->e, parts[i]);
    return request;
}

static void flights_apart(struct honest *h) {
    void *surface = honest_surface(h, HONEST_SURFACE_BYTES);
    honest_write_input(h);
    fly(h, h->request, request_with(h, ane_surface_wrap(&h->call, surface)));
    apple_release(h->e, surface);
}
static void flights_one_request(struct honest *h) {
    honest_write_input(h);
    fly(h, h->request, h->request);
}
static void flights_one_output(struct honest *h) {
    honest_write_input(h);
    fly(h, h->request, request_with(h, h->wrapped[1]));
}

static const struct violation violations[] = {
    {"nothing wrong", HONEST_REQUEST, whole_path, NULL},
    {"side by side: requests of their own", HONEST_REQUEST, flights_apart, NULL},
    {"side by side: one request", HONEST_REQUEST, flights_one_request,
        "the request is in an eval of another thread"},
    {"side by side: one output", HONEST_REQUEST, flights_one_output,
        "output 0 is written by an eval of another thread"},

    {"text: nil", HONEST_MODEL, text_nil, "the text is nil, not NSData"},
    {"text: a string", HONEST_MODEL, text_string, "String, not NSData"},
    {"weights: nil", HONEST_MODEL, weights_nil, "the weights is nil, not NSDictionary"},
    {"weights: bare data", HONEST_MODEL, weights_bare, "an entry of the weights is"},
    {"weights: not in @model_path", HONEST_MODEL, weights_elsewhere, "w.bin is no @model_path"},
    {"descriptor: another class", HONEST_MODEL, descriptor_wrong, "the descriptor is"},
    {"options: nil", HONEST_FILES, options_nil, "options is nil"},
    {"options: unknown key", HONEST_FILES, option_unknown, "nobody knows the option kANEFInstance"},
    {"options: an engine in words", HONEST_FILES, hint_text, "kANEFAneInstanceHint is"},
    {"options: an engine alone", HONEST_FILES, hint_alone, "without the variant hint is ignored"},
    {"options: an engine at the eval", HONEST_REQUEST, hint_late, "compiled for engine 0, now 2"},
    {"options: mask as data", HONEST_COMPILED, mask_data, "kANEFPerformanceStatsMask is"},
    {"weights: map an in-memory model", HONEST_LOADED, map_without_model, "not _ANEModel"},
    {"weights: map by name", HONEST_LOADED, map_procedure_text, "the procedure is"},
    {"weights: map before load", HONEST_COMPILED, map_before_load, "the program is not loaded"},
    {"weights: sync before map", HONEST_LOADED, sync_before_map, "are not mapped"},
    {"request: nil", HONEST_LOADED, request_nil, "the request is nil"},
    {"request: a bare surface", HONEST_REQUEST, surface_bare, "IOSurface, not _ANEIOSurfaceObject"},
    {"request: procedure nil", HONEST_REQUEST, procedure_nil, "procedureIndex is nil"},
    {"request: indices", HONEST_REQUEST, indices_wrong, "input indices are not procedure 0's"},
    {"request: no indices", HONEST_REQUEST, indices_missing, "not as many indices"},
    {"surface: NULL", HONEST_OPEN, wrap_null, "the surface is nil"},
    {"array without callbacks", HONEST_OPEN, array_without_callbacks, "callbacks"},

    {"no model.mil", HONEST_FILES, no_text_file, "model.mil in the model's directory is missing"},
    {"no weight file", HONEST_FILES, no_weight_file, "w.bin is missing"},
    {"no directory", HONEST_MODEL, compile, "model.mil in the model's directory is missing"},
    {"another model.mil", HONEST_FILES, other_text_file, "is another text"},
    {"offset of the data", HONEST_OPEN, offset_of_data, "its first word is not 0xDEADBEEF"},
    {"blob header: version", HONEST_OPEN, header_version, "not a version 2 blob file"},
    {"blob header: size", HONEST_OPEN, header_size, "w.bin: "},
    {"load before compile", HONEST_FILES, load_first, "the program is not compiled"},
    {"load twice", HONEST_LOADED, load_first, "the program is loaded already"},
    {"compile while loaded", HONEST_LOADED, compile, "the program is loaded"},
    {"unload before load", HONEST_COMPILED, unload_first, "the program is not loaded"},
    {"eval after unload", HONEST_REQUEST, eval_unloaded, "the program is not loaded"},
    {"freed while loaded", HONEST_LOADED, freed_loaded, "freed while it is loaded"},
    {"in-memory model for a model", HONEST_REQUEST, memory_model_to_client,
        "_ANEInMemoryModel, not _ANEModel"},

    {"surface: too small", HONEST_REQUEST, surface_too_small, "256 bytes, and needs 512"},
    {"surface: below a minimum", HONEST_REQUEST, surface_below_minimum, "some chips need 49152"},
    {"surface: locked in an eval", HONEST_REQUEST, surface_locked, "input 0 is locked"},
    {"surface: no lock", HONEST_REQUEST, touch_unlocked, "touched without a lock"},
    {"surface: read-only lock", HONEST_REQUEST, write_read_only, "under a read-only lock"},
    {"surface: unlocked first", HONEST_REQUEST, unlock_first, "without such a lock"},
    {"procedure: unknown", HONEST_REQUEST, procedure_unknown, "of procedure 1"},

    {"released twice", HONEST_REQUEST, release_twice, "IOSurface is released that the client does"},
    {"released, not owned", HONEST_MODEL, release_borrowed, "_ANEInMemoryModel is released that"},
    {"released: NULL", HONEST_OPEN, release_null, "CFRelease of NULL"},
    {"freed, then used", HONEST_MODEL, use_freed, "is sent to a freed _ANEInMemoryModel"},
    {"freed, then given", HONEST_MODEL, argument_freed, "is a freed _ANEInMemoryModelDescriptor"},
    {"no pool", HONEST_OPEN, no_pool, "no autorelease pool in place"},
    {"pool popped twice", HONEST_OPEN, pool_twice, "popped that was not pushed"},
    {"unknown selector", HONEST_MODEL, selector_unknown, "which has no such method"},
    {"waiting for ever", HONEST_OPEN, wait_for_nothing, "nobody will ever signal"},

    {"statistics surface: NULL", HONEST_REQUEST, stats_null, "the statistics surface is nil"},
    {"chain: procedure an array", HONEST_REQUEST, procedure_array, "Array, not NSNumber"},
    {"chain: loopbacks a number", HONEST_REQUEST, loopback_number, "lbInputSymbolId is"},
    {"chain: events nil", HONEST_REQUEST, events_nil, "signalEvents is nil"},
    {"chain: inputs are wrappers", HONEST_REQUEST, inputs_unwrapped, "not _ANEBuffer"},
    {"chain: unequal loopbacks", HONEST_REQUEST, loopbacks_unequal, "does not validate"},
    {"chain: ready before prepare", HONEST_REQUEST, ready_first, "nothing was prepared"},
    {"chain: enqueue before ready", HONEST_REQUEST, enqueue_first, "buffers are not ready"},
    {"chain: unknown set", HONEST_REQUEST, set_unknown, "no set 1 of procedure 0"},
};

/* In its own process, since the framework must not be open at a fork. */
static void commit(const struct violation *violation, const char *directory) {
    struct honest h;
    char own[64]; /* files that other tests left must not help */
    snprintf(own, sizeof own, "%s/%d", directory, (int)getpid());
    if (mkdir(own, 0700) != 0 || setenv("TMPDIR", own, 1) != 0)
        exit(99);
    honest_open(&h);
    honest_go(&h, violation->step);
    violation->commit(&h);
    exit(0);
}

/* The first line of the file, "" when there is none. */
static void line_read(const char *path, char *line, int bytes) {
    FILE *file = fopen(path, "r");
    line[0] = '\0';
    if (file && fgets(line, bytes, file))
        line[strcspn(line, "\n")] = '\0';
    if (file)
        fclose(file);
    remove(path);
}

int main(void) {
    char directory[] = "/tmp/aneprobe-strict.XXXXXX", path[64], line[512];
    const size_t n = sizeof violations / sizeof *violations;
    int n_failed = 0, status;
    if (!mkdtemp(directory))
        return 99;
    snprintf(path, sizeof path, "%s/violations", directory);
    setenv("ANEPROBE_STANDIN_VIOLATIONS", path, 1);
    printf("1..%zu\n", n);
    for (size_t i = 0; i < n; i++) {
        const struct violation *v = &violations[i];
        fflush(stdout);
        pid_t child = fork();
        if (child == 0)
            commit(v, directory);
        if (child < 0 || waitpid(child, &status, 0) != child)
            return 99;
        line_read(path, line, sizeof line);
        bool right = v->words ? strstr(line, v->words) != NULL : line[0] == '\0' && status == 0;
        printf("%sok %zu - %s\n", right ? "" : "not ", i + 1, v->name);
        if (!right)
            printf("# recorded: %s\n# ended with status %#x\n", line, (unsigned)status);
        n_failed += !right;
    }
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", directory);
    return system(command) != 0 || n_failed > 0;
}
