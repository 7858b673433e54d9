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
static const char model_path[] = "@model_path/";

/* State while a package is being read. */
struct opening {
    struct mil_package *package;
    struct mil_error *error;
};

static int suffix_is(const char *path, const char *suffix) {
    size_t bytes = strlen(path), tail = strlen(suffix);
    while (bytes > 0 && path[bytes - 1] == '/')
        bytes--;
    return bytes >= tail && strncmp(path + bytes - tail, suffix, tail) == 0;
}

/* Stores the text in the package, which takes it over, without the mark that some editors put before it. */
static int text_take(struct opening *o, char *text, size_t bytes) {
    static const char mark[] = "\xef\xbb\xbf";
    if (text && bytes >= 3 && memcmp(text, mark, 3) == 0) {
        bytes -= 3;
        memmove(text, text + 3, bytes + 1);
    }
    o->package->text = text;
    o->package->text_bytes = bytes;
    return text ? 0 : -1;
}

static int text_read(struct opening *o, const char *name) {
    struct package_file file;
    if (package_file_map(o->package->folder, name, MIL_TEXT_MAX_BYTES, &file, o->error) < 0)
        return -1;
    char *copy = malloc(file.bytes + 1);
    if (copy && file.bytes)
        memcpy(copy, file.data, file.bytes);
    if (copy)
        copy[file.bytes] = '\0';
    else
        mil_fail(o->error, nowhere, "out of memory");
    int result = text_take(o, copy, file.bytes);
    package_file_unmap(&file);
    return result;
}

static int model_read(struct opening *o, const char *name) {
    struct package_file file;
    struct mil_arena arena = {0};
    size_t bytes = 0;
    if (package_file_map(o->package->folder, name, SPEC_MAX_BYTES, &file, o->error) < 0)
        return -1;
    const Coreml__Model *model =
        spec_unpack(&arena, file.data, file.bytes, &o->package->n_left_out, o->error);
    int result = model ? text_take(o, spec_text(model, &bytes, o->error), bytes) : -1;
    o->package->text_bytes = bytes;
    mil_arena_free(arena.chunks);
    package_file_unmap(&file);
    return result;
}

static int manifest_read(struct opening *o) {
    struct package_file file;
    if (package_file_map(o->package->folder, "Manifest.json", MANIFEST_MAX_BYTES, &file, o->error) <
        0)
        return -1;
    char *model = manifest_model_path(file.data, file.bytes, o->error);
    package_file_unmap(&file);
    int within = -1, data = -1, result = -1;
    if (model)
        data = openat(o->package->folder, "Data", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (model && data < 0)
        mil_fail(o->error, nowhere, "cannot open its folder Data: %s", strerror(errno));
    else if (model)
        within = package_folder_of(data, model, o->error);
    if (within >= 0) {
        close(o->package->folder);
        o->package->folder = within;
        const char *slash = strrchr(model, '/');
        result = model_read(o, slash ? slash + 1 : model);
    }
    if (data >= 0)
        close(data);
    free(model);
    return result;
}

static int is_there(int folder, const char *name) {
    struct stat status;
    return fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

/* A compiled pipeline has its models in folders model0, model1, ...: the one that is an ML Program becomes the package's
 * folder. *n_programs gets how many are. */
static int pipeline_enter(struct opening *o, int *n_programs) {
    int chosen = -1, n_models = 0;
    char name[24];
    *n_programs = 0;
    for (;; n_models++) {
        snprintf(name, sizeof name, "model%d", n_models);
        if (!is_there(o->package->folder, name))
            break;
        int folder =
            openat(o->package->folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (folder < 0) {
            if (chosen >= 0)
                close(chosen);
            return mil_fail(
                o->error, nowhere, "cannot open its folder %s: %s", name, strerror(errno));
        }
        const int is_program = is_there(folder, "model.mil");
        *n_programs += is_program;
        if (is_program && chosen < 0)
            chosen = folder;
        else
            close(folder);
    }
    if (chosen < 0)
        return 0;
    close(o->package->folder);
    o->package->folder = chosen;
    o->package->n_left_out = n_models - 1;
    return 0;
}

static int folder_read(struct opening *o) {
    int n_programs;
    if (is_there(o->package->folder, "Manifest.json")) {
        o->package->kind = MIL_PACKAGE_MODEL;
        return manifest_read(o);
    }
    if (is_there(o->package->folder, "model.mil")) {
        o->package->kind = MIL_PACKAGE_COMPILED;
        return text_read(o, "model.mil");
    }
    if (pipeline_enter(o, &n_programs) < 0)
        return -1;
    if (n_programs == 1) {
        o->package->kind = MIL_PACKAGE_COMPILED;
        return text_read(o, "model.mil");
    }
    if (n_programs > 1)
        return mil_fail(o->error, nowhere,
            "a compiled pipeline of %d ML Programs: name the folder of one of them, such as model0",
            n_programs);
    return mil_fail(o->error, nowhere,
        "a folder without Manifest.json (a .mlpackage) or model.mil (a .mlmodelc)");
}

/* A file: its folder is opened, following links, since the user named it. */
static int file_read_in(struct opening *o, const char *path) {
    char *real = realpath(path, NULL);
    if (!real)
        return mil_fail(o->error, nowhere, "%s", strerror(errno));
    const char *slash = strrchr(real, '/'), *name = slash + 1;
    char *folder = strndup(real, (size_t)(slash - real) + 1);
    o->package->folder = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    int result = o->package->folder < 0 ? mil_fail(o->error, nowhere, "%s", strerror(errno)) : 0;
    if (result == 0 && suffix_is(path, ".mlmodel")) {
        o->package->kind = MIL_PACKAGE_MODEL;
        result = model_read(o, name);
    } else if (result == 0) {
        o->package->kind = MIL_PACKAGE_TEXT;
        result = text_read(o, name);
    }
    free(folder);
    free(real);
    return result;
}

static int source_read(struct opening *o, const char *path) {
    struct stat status;
    if (stat(path, &status) != 0)
        return mil_fail(o->error, nowhere, "%s", strerror(errno));
    if (!S_ISDIR(status.st_mode) && !S_ISREG(status.st_mode))
        return mil_fail(
            o->error, nowhere, "neither a regular file nor a folder; save it as a file");
    if (!S_ISDIR(status.st_mode))
        return file_read_in(o, path);
    o->package->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return o->package->folder < 0 ? mil_fail(o->error, nowhere, "%s", strerror(errno))
                                  : folder_read(o);
}

/* All that comes, with a byte more than the limit to tell that it is passed. */
static int stream_read(struct opening *o, int fd) {
    size_t bytes = 0, room = 1 << 16;
    char *text = malloc(room + 1);
    ssize_t n = 1;
    o->package->kind = MIL_PACKAGE_TEXT;
    while (text && n > 0 && bytes <= MIL_TEXT_MAX_BYTES) {
        if (bytes == room) {
            room *= 2;
            char *grown = realloc(text, room + 1);
            if (!grown)
                break;
            text = grown;
        }
        n = read(fd, text + bytes, room - bytes);
        if (n < 0 && errno == EINTR)
            n = 1;
        else if (n > 0)
            bytes += (size_t)n;
    }
    const int code = errno;
    if (text && n == 0) {
        text[bytes] = '\0';
        o->package->folder = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (o->package->folder >= 0)
            return text_take(o, text, bytes);
        n = -1;
    }
    free(text);
    if (n < 0)
        return mil_fail(o->error, nowhere, "%s", strerror(code));
    return bytes > MIL_TEXT_MAX_BYTES
               ? mil_fail(o->error, nowhere, "more than %d bytes, the limit", MIL_TEXT_MAX_BYTES)
               : mil_fail(o->error, nowhere, "out of memory");
}

/* The name of the operation in line `line` of our generated text, which users do not see. */
static void operation_name(const char *text, uint32_t line, char *out, size_t bytes) {
    while (line > 1 && (text = strchr(text, '\n')) != NULL) {
        text++;
        line--;
    }
    const char *end = text ? strchr(text, '\n') : NULL;
    const char *name = text && end ? strstr(text, "[name = ") : NULL;
    const char *quote = name && name < end ? strchr(name, '"') : NULL;
    out[0] = '\0';
    if (quote && quote < end)
        snprintf(out, bytes, "operation '%.*s': ", (int)strcspn(quote + 1, "\"\n") % 80, quote + 1);
}

static int program_parse(struct opening *o) {
    struct mil_package *package = o->package;
    struct mil_error error;
    char where[112];
    if (mil_parse(package->text, package->text_bytes, &package->program, &error) == 0)
        return 0;
    if (package->kind != MIL_PACKAGE_MODEL) {
        *o->error = error;
        return -1;
    }
    operation_name(package->text, error.place.line, where, sizeof where);
    return mil_fail(o->error, nowhere, "%s%.140s", where, error.text);
}

/* Maps the weight file with that name, unless it is already mapped. */
static int weights_add(struct opening *o, const char *path, int *room) {
    struct mil_weights *weights = &o->package->weights;
    struct mil_blob_file *files = (struct mil_blob_file *)weights->files;
    struct package_file file;
    for (int i = 0; i < weights->n_files; i++)
        if (strcmp(files[i].path, path) == 0)
            return 0;
    if (strncmp(path, model_path, sizeof model_path - 1) != 0)
        return mil_fail(o->error, nowhere,
            "the weight file '%.100s' does not start with @model_path/, the model's folder", path);
    files = mil_grow(files, weights->n_files, room, sizeof *files);
    if (!files)
        return mil_fail(o->error, nowhere, "out of memory");
    weights->files = files;
    if (package_file_map(
            o->package->folder, path + sizeof model_path - 1, SIZE_MAX, &file, o->error) < 0)
        return -1;
    files[weights->n_files++] =
        (struct mil_blob_file){.path = path, .data = file.data, .bytes = file.bytes};
    return 0;
}

static int attributes_map(struct opening *o, const struct mil_attr *attrs, int n_attrs, int *room) {
    for (int i = 0; i < n_attrs; i++)
        if (attrs[i].literal.blob_path && weights_add(o, attrs[i].literal.blob_path, room) < 0)
            return -1;
    return 0;
}

static int ops_map(struct opening *o, const struct mil_op *ops, int n_ops, int *room) {
    for (int i = 0; i < n_ops; i++) {
        if (attributes_map(o, ops[i].attrs, ops[i].n_attrs, room) < 0)
            return -1;
        for (int j = 0; j < ops[i].n_blocks; j++)
            if (ops_map(o, ops[i].blocks[j].ops, ops[i].blocks[j].n_ops, room) < 0)
                return -1;
    }
    return 0;
}

int mil_package_map(
    struct mil_package *package, const struct mil_program *program, struct mil_error *error) {
    struct opening o = {.package = package, .error = error};
    int room = 0;
    for (int i = 0; i < program->n_functions; i++)
        if (ops_map(&o, program->functions[i].ops, program->functions[i].n_ops, &room) < 0)
            return -1;
    return mil_weights_check(program, &package->weights, error);
}

/* From the path, or where that is NULL from the descriptor. */
static int package_read(
    const char *path, int fd, struct mil_package **out, struct mil_error *error) {
    struct opening o = {.package = calloc(1, sizeof *o.package), .error = error};
    *out = o.package;
    if (!o.package)
        return mil_fail(error, nowhere, "out of memory");
    o.package->folder = -1;
    if ((path ? source_read(&o, path) : stream_read(&o, fd)) == 0)
        return 0;
    mil_package_close(o.package);
    *out = NULL;
    return -1;
}

int mil_package_read(const char *path, struct mil_package **out, struct mil_error *error) {
    return package_read(path, -1, out, error);
}

int mil_package_read_stream(int fd, struct mil_package **out, struct mil_error *error) {
    return package_read(NULL, fd, out, error);
}

int mil_package_open(const char *path, struct mil_package **out, struct mil_error *error) {
    if (mil_package_read(path, out, error) < 0)
        return -1;
    struct opening o = {.package = *out, .error = error};
    if (program_parse(&o) == 0 && mil_package_map(*out, (*out)->program, error) == 0)
        return 0;
    mil_package_close(*out);
    *out = NULL;
    return -1;
}

void mil_package_close(struct mil_package *package) {
    if (!package)
        return;
    if (package->folder >= 0)
        close(package->folder);
    for (int i = 0; i < package->weights.n_files; i++) {
        struct package_file file = {
            package->weights.files[i].data, package->weights.files[i].bytes};
        package_file_unmap(&file);
    }
    free((void *)package->weights.files);
    mil_program_free(package->program);
    free(package->text);
    free(package);
}
