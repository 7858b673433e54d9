/* SPDX-License-Identifier: MIT */
#include "coreml_package.h"

#include "engine.h"
#include "mil/package/package.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int file_write(const char *folder, const char *name, const void *data, size_t bytes) {
    char path[1400];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wbx");
    if (!file)
        return -1;
    const int result = fwrite(data, 1, bytes, file) == bytes ? 0 : -1;
    return fclose(file) == 0 ? result : -1;
}

static int contents_write(const char *folder, const struct mil_package *package) {
    static const char prefix[] = "@model_path/";
    char weights[1400];
    if (file_write(folder, "model.mil", package->text, package->text_bytes) != 0)
        return -1;
    snprintf(weights, sizeof weights, "%s/weights", folder);
    if (package->weights.n_files > 0 && mkdir(weights, 0700) != 0)
        return -1;
    for (int i = 0; i < package->weights.n_files; i++) {
        const struct mil_blob_file *file = &package->weights.files[i];
        if (strncmp(file->path, prefix, sizeof prefix - 1) != 0 ||
            file_write(folder, file->path + sizeof prefix - 1, file->data, file->bytes) != 0)
            return -1;
    }
    return 0;
}

int coreml_package_compile(
    const char *path, char *out, size_t out_bytes, char *why, size_t why_bytes) {
    static unsigned n_compiled;
    struct mil_package *package;
    struct mil_error error;
    const char *temporary = getenv("TMPDIR");
    if (mil_package_open(path, &package, &error) != 0) {
        snprintf(why, why_bytes, "%s", error.text);
        return -1;
    }
    int result = -1;
    /* of a process that has the same number as an earlier one: the next is taken */
    do
        snprintf(out, out_bytes, "%s/program_%u.mlmodelc",
            temporary && *temporary ? temporary : "/tmp", ++n_compiled);
    while ((result = mkdir(out, 0700)) != 0 && errno == EEXIST);
    if (result == 0)
        result = contents_write(out, package);
    if (result != 0)
        snprintf(why, why_bytes, "%s: %s", out, strerror(errno));
    mil_package_close(package);
    return result;
}

struct engine_program *coreml_package_program(const char *path, char *why, size_t why_bytes) {
    struct mil_package *package;
    struct mil_error error;
    if (mil_package_open(path, &package, &error) != 0) {
        snprintf(why, why_bytes, "%s", error.text);
        return NULL;
    }
    const struct device_source source = {
        .mil_text = package->text, .mil_bytes = package->text_bytes, .weights = package->weights};
    struct engine_program *program = engine_program_new(&source);
    mil_package_close(package);
    if (!program->program) {
        snprintf(why, why_bytes, "%s", program->refusal.text);
        engine_program_free(program);
        return NULL;
    }
    return program;
}
