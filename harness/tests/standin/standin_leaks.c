/* SPDX-License-Identifier: MIT
 *
 * The ane device over long lives: 10,000 programs compiled, loaded, unloaded and freed one after the
 * other, and a million evals, leave no object, no reference and no memory behind.
 */
#include "device/apple/apple_entry.h"
#include "standin.h"

#include <dlfcn.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CYCLES = 10000, EVALS = 1000000, GROWTH_BYTES_MAX = 65536 };

static const char text[] =
    "program(1.3)[buildInfo = dict<string, string>({{\"coremlc-version\", \"3505.4.1\"}})]\n"
    "{\n"
    "  func main<ios18>(tensor<fp16, [1, 64, 1, 64]> x) {\n"
    "    fp16 two = const()[name = string(\"two\"), val = fp16(2.0)];\n"
    "    tensor<fp16, [1, 64, 1, 64]> y = mul(x = x, y = two)[name = string(\"y\")];\n"
    "  } -> (y);\n"
    "}\n";

static long (*standin_live)(const char *class_name);
static long (*standin_owned)(void);
static unsigned (*standin_violations)(void);

static void must(enum device_status status, const struct device_error *error) {
    if (status == DEVICE_OK)
        return;
    fprintf(stderr, "leaks: %s: %s\n", error->stage, error->text);
    exit(99);
}

struct client {
    struct device *device;
    struct device_program *program;
    struct device_surface *surfaces[2];
    struct device_request *request;
};

static void client_load(struct client *c) {
    const struct device_source source = {.mil_text = text, .mil_bytes = strlen(text)};
    struct device_error error;
    must(device_program_create(c->device, &source, &c->program, &error), &error);
    must(device_compile(c->device, c->program, DEVICE_QOS_DEFAULT, &error), &error);
    must(device_load(c->device, c->program, DEVICE_QOS_DEFAULT, &error), &error);
}

static void client_request(struct client *c) {
    struct device_error error;
    for (int i = 0; i < 2; i++) {
        struct device_layout layout;
        must(device_layout(c->device, c->program, 0, i == 1, 0, &layout, &error), &error);
        must(device_surface_create(c->device, &layout, &c->surfaces[i], &error), &error);
    }
    const struct device_request_spec spec = {.program = c->program,
        .inputs = &c->surfaces[0],
        .n_inputs = 1,
        .outputs = &c->surfaces[1],
        .n_outputs = 1};
    must(device_request_create(c->device, &spec, &c->request, &error), &error);
}

static void client_free(struct client *c) {
    struct device_error error;
    if (c->request)
        device_request_free(c->device, c->request);
    for (int i = 0; i < 2; i++)
        device_surface_free(c->device, c->surfaces[i]);
    must(device_unload(c->device, c->program, &error), &error);
    device_program_free(c->device, c->program);
    *c = (struct client){.device = c->device};
}

static void cycles(struct client *c, int n) {
    for (int i = 0; i < n; i++) {
        client_load(c);
        if (i % 10 == 0)
            client_request(c);
        client_free(c);
    }
}

static void evals(struct client *c, int n) {
    struct device_error error;
    for (int i = 0; i < n; i++)
        must(device_eval(c->device, c->request, DEVICE_QOS_DEFAULT, &error), &error);
}

static int n_checks, n_failed;

static void check(bool right, const char *what, long long found) {
    printf("%sok %d - %s\n", right ? "" : "not ", ++n_checks, what);
    if (!right)
        printf("# found %lld\n", found);
    n_failed += !right;
}

struct state {
    long live, owned;
    size_t bytes;
};

static struct state state_now(void) {
    return (struct state){standin_live(NULL), standin_owned(), mallinfo2().uordblks};
}

static void unchanged(const struct state *before, const char *after) {
    struct state now = state_now();
    char what[128];
    snprintf(what, sizeof what, "after %s: no object is left", after);
    check(now.live == before->live, what, now.live - before->live);
    snprintf(what, sizeof what, "after %s: no reference is left", after);
    check(now.owned == before->owned, what, now.owned - before->owned);
    snprintf(what, sizeof what, "after %s: no memory is left", after);
    check(now.bytes <= before->bytes + GROWTH_BYTES_MAX, what,
        (long long)now.bytes - (long long)before->bytes);
}

static void queries_find(void) {
    void *library = dlopen(getenv(APPLE_STANDIN_VARIABLE), RTLD_NOW | RTLD_NOLOAD);
    *(void **)(void *)&standin_live = dlsym(library, "aneprobe_standin_live");
    *(void **)(void *)&standin_owned = dlsym(library, "aneprobe_standin_owned");
    *(void **)(void *)&standin_violations = dlsym(library, "aneprobe_standin_violations");
}

int main(void) {
    struct client c = {0};
    struct device_error error;
    must(device_open("ane", 1, &c.device, &error), &error);
    queries_find();

    cycles(&c, 4200); /* what was freed last is kept, and fills up */
    struct state before = state_now();
    cycles(&c, CYCLES);
    unchanged(&before, "10,000 cycles");

    client_load(&c);
    client_request(&c);
    evals(&c, 1000);
    before = state_now();
    evals(&c, EVALS);
    unchanged(&before, "a million evals");
    client_free(&c);

    device_close(c.device);
    check(standin_owned() == 0, "closed: no reference is left", standin_owned());
    check(standin_live(NULL) == 0, "closed: no object is left", standin_live(NULL));
    check(standin_violations() == 0, "nothing that the framework does not forgive",
        standin_violations());
    printf("1..%d\n", n_checks);
    return n_failed > 0;
}
