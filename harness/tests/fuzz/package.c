/* SPDX-License-Identifier: MIT
 *
 * Packages: a model's protobuf becomes a program or one error, and a program that was read is written
 * as a model that reads the same. What starts with '{' is a manifest.
 */
#include "fuzz.h"
#include "mil/package/manifest.h"
#include "mil/package/spec.h"

#include <string.h>

static void manifest_check(const char *json, size_t size) {
    struct mil_error error = {.text = ""};
    char *path = manifest_model_path(json, size, &error);
    FUZZ_CHECK(path ? path[0] != '\0' : error.text[0] != '\0');
    free(path);
}

/* NULL and an error if it is not a program. */
static struct mil_program *program_read(const void *data, size_t size) {
    struct mil_arena arena = {0};
    struct mil_error error = {.text = ""};
    struct mil_program *program = NULL;
    size_t bytes;
    int n_left_out;
    const Coreml__Model *model = spec_unpack(&arena, data, size, &n_left_out, &error);
    char *text = model ? spec_text(model, &bytes, &error) : NULL;
    FUZZ_CHECK(text || error.text[0] != '\0');
    if (text && mil_parse(text, bytes, &program, &error) < 0)
        FUZZ_CHECK(error.text[0] != '\0');
    free(text);
    mil_arena_free(arena.chunks);
    return program;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > 0 && data[0] == '{') {
        manifest_check((const char *)data, size);
        return 0;
    }
    struct mil_program *program = program_read(data, size);
    struct mil_error error = {.text = ""};
    size_t bytes;
    void *packed = program ? spec_pack(program, &bytes, &error) : NULL;
    FUZZ_CHECK(!program || packed || error.text[0] != '\0');
    if (packed) {
        struct mil_program *again = program_read(packed, bytes);
        FUZZ_CHECK(again != NULL && mil_program_equal(program, again));
        mil_program_free(again);
    }
    free(packed);
    mil_program_free(program);
    return 0;
}
