/* SPDX-License-Identifier: MIT */
#include "mil/package/manifest.h"
#include "mil/package/package.h"
#include "mil/package/package_files.h"
#include "mil/package/spec.h"
#include "mil/type.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct mil_place nowhere;
static const char weights_path[] = "@model_path/weights/";

/* What has been created so far, to remove it if the rest fails. */
enum { STEPS_MAX = 64 };
struct writing {
    int folder; /* the folder of weights/ */
    bool made_weights;
    bool made_file[STEPS_MAX]; /* we created weight file i */
    const struct mil_weights *weights;
    struct mil_error *error;
};

static const char *file_name(const struct mil_blob_file *file) {
    return file->path + sizeof weights_path - 1;
}

static int weights_names_check(const struct mil_weights *weights, struct mil_error *error) {
    if (weights->n_files > STEPS_MAX)
        return mil_fail(error, nowhere, "%d weight files; at most %d can be written",
            weights->n_files, STEPS_MAX);
    for (int i = 0; i < weights->n_files; i++) {
        const char *path = weights->files[i].path;
        if (strncmp(path, weights_path, sizeof weights_path - 1) != 0 ||
            strchr(path + sizeof weights_path - 1, '/') || !path[sizeof weights_path - 1] ||
            path[sizeof weights_path - 1] == '.')
            return mil_fail(error, nowhere,
                "the weight file '%.100s' is not @model_path/weights/NAME, as in other models",
                path);
    }
    return 0;
}

/* Whether the file exists already, with exactly these bytes. */
static bool weights_same(int folder, const struct mil_blob_file *file) {
    struct package_file there;
    struct mil_error ignored;
    if (package_file_map(folder, file_name(file), SIZE_MAX, &there, &ignored) < 0)
        return false;
    bool same = there.bytes == file->bytes &&
                (there.bytes == 0 || memcmp(there.data, file->data, there.bytes) == 0);
    package_file_unmap(&there);
    return same;
}

static int weights_write(struct writing *w) {
    if (w->weights->n_files == 0)
        return 0;
    w->made_weights = mkdirat(w->folder, "weights", 0777) == 0;
    int folder = openat(w->folder, "weights", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
        result = 0;
    if (folder < 0)
        return mil_fail(w->error, nowhere, "its folder weights: %s", strerror(errno));
    for (int i = 0; i < w->weights->n_files && result == 0; i++) {
        const struct mil_blob_file *file = &w->weights->files[i];
        w->made_file[i] = package_file_write(folder, file_name(file), file->data, file->bytes) == 0;
        if (w->made_file[i])
            continue;
        int code = errno;
        if (code == EEXIST && weights_same(folder, file))
            continue;
        result = mil_fail(w->error, nowhere, "weights/%.100s: %s", file_name(file),
            code == EEXIST ? "this file exists with other content; write into another folder"
                           : strerror(code));
    }
    close(folder);
    return result;
}

static void weights_remove(struct writing *w) {
    char path[512];
    for (int i = 0; i < w->weights->n_files; i++)
        if (w->made_file[i] && (size_t)snprintf(path, sizeof path, "weights/%s",
                                   file_name(&w->weights->files[i])) < sizeof path)
            unlinkat(w->folder, path, 0);
    if (w->made_weights)
        unlinkat(w->folder, "weights", AT_REMOVEDIR);
}

/* The folder of `path`, open, and the name in it. */
static int parent_open(const char *path, const char **name, struct mil_error *error) {
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd < 0)
        mil_fail(error, nowhere, "its folder: %s", strerror(folder ? errno : ENOMEM));
    *name = slash ? slash + 1 : path;
    free(folder);
    return fd;
}

static int write_fail(struct mil_error *error, const char *name, int code) {
    return mil_fail(error, nowhere, "'%.100s': %s", name,
        code == EEXIST ? "it already exists; choose another name or remove it" : strerror(code));
}

static int text_write(const char *path, const struct mil_program *program, struct writing *w) {
    const char *name;
    size_t bytes;
    char *text = mil_print(program, &bytes);
    if (!text)
        return mil_fail(w->error, nowhere, "out of memory");
    int result = -1;
    w->folder = parent_open(path, &name, w->error);
    if (w->folder >= 0 && (result = weights_write(w)) == 0 &&
        package_file_write(w->folder, name, text, bytes) != 0)
        result = write_fail(w->error, name, errno);
    if (result < 0 && w->folder >= 0)
        weights_remove(w);
    if (w->folder >= 0)
        close(w->folder);
    free(text);
    return result;
}

static int folder_make(int at, const char *name) {
    if (mkdirat(at, name, 0777) != 0)
        return -1;
    return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* The package's files below the open folders; `data` is Data/com.apple.CoreML. */
static int package_fill(
    int package, int inner, const struct mil_program *program, struct writing *w) {
    size_t bytes;
    void *model = spec_pack(program, &bytes, w->error);
    if (!model)
        return -1;
    struct mil_hash hash = mil_hash_start();
    mil_hash_add(&hash, model, bytes);
    char *manifest = manifest_write(w->weights->n_files > 0, hash);
    int result = manifest ? 0 : mil_fail(w->error, nowhere, "out of memory");
    if (result == 0 && package_file_write(inner, "model.mlmodel", model, bytes) != 0)
        result = write_fail(w->error, "model.mlmodel", errno);
    w->folder = inner;
    if (result == 0)
        result = weights_write(w);
    if (result == 0 &&
        package_file_write(package, "Manifest.json", manifest, strlen(manifest)) != 0)
        result = write_fail(w->error, "Manifest.json", errno);
    free(manifest);
    free(model);
    return result;
}

static int package_write(const char *path, const struct mil_program *program, struct writing *w) {
    const char *name;
    int parent = parent_open(path, &name, w->error), package = -1, data = -1, inner = -1, result;
    if (parent < 0)
        return -1;
    package = folder_make(parent, name);
    if (package < 0) {
        result = write_fail(w->error, name, errno);
        close(parent);
        return result;
    }
    if ((data = folder_make(package, "Data")) < 0 ||
        (inner = folder_make(data, "com.apple.CoreML")) < 0)
        result = write_fail(w->error, name, errno);
    else
        result = package_fill(package, inner, program, w);
    if (result < 0) {
        if (inner >= 0) {
            weights_remove(w);
            unlinkat(inner, "model.mlmodel", 0);
            unlinkat(data, "com.apple.CoreML", AT_REMOVEDIR);
        }
        unlinkat(package, "Manifest.json", 0);
        unlinkat(package, "Data", AT_REMOVEDIR);
        unlinkat(parent, name, AT_REMOVEDIR);
    }
    if (inner >= 0)
        close(inner);
    if (data >= 0)
        close(data);
    close(package);
    close(parent);
    return result;
}

static bool ends_in(const char *path, const char *suffix) {
    const char *dot = strrchr(path, '.');
    return dot && strcmp(dot, suffix) == 0;
}

int mil_package_name_check(const char *path, struct mil_error *error) {
    return ends_in(path, ".mil") || ends_in(path, ".mlpackage")
               ? 0
               : mil_fail(error, nowhere, "the output's name must end in .mil or .mlpackage");
}

int mil_package_write(const char *path, const struct mil_program *program,
    const struct mil_weights *weights, struct mil_error *error) {
    static const struct mil_weights none;
    struct writing w = {.folder = -1, .weights = weights ? weights : &none, .error = error};
    if (mil_package_name_check(path, error) < 0 || weights_names_check(w.weights, error) < 0)
        return -1;
    return ends_in(path, ".mil") ? text_write(path, program, &w) : package_write(path, program, &w);
}

void *mil_package_model(const struct mil_program *program, const struct mil_weights *weights,
    size_t *bytes, struct mil_error *error) {
    return weights_names_check(weights, error) == 0 ? spec_pack(program, bytes, error) : NULL;
}
