/* SPDX-License-Identifier: MIT
 *
 * Programs of the modelled engine: made, loaded, freed, and their weights changed on disk.
 */
#include "device/model/model_internal.h"
#include "device/model/model_work.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct model_device *model_of(struct device *device) {
    return (struct model_device *)device;
}

/* ---- making and freeing */

static double function_eval_ns(
    const struct model_params *p, const struct mil_program *mil, int function, double all_bytes) {
    double weight_bytes = model_work_weight_bytes(mil, function, 1);
    if (weight_bytes < 0)
        return -1;
    double flop_ns = model_work_flop(&mil->functions[function]) / (p->tflops * 1e3);
    double bytes_ns =
        (weight_bytes + model_work_io_bytes(&mil->functions[function])) / p->bandwidth_gbs;
    double spill = all_bytes > p->sram_mb * MODEL_MB ? p->spill_slowdown : 1;
    return p->dispatch_us * MODEL_NS_PER_US + fmax(flop_ns, bytes_ns) * spill;
}

static void program_destroy(struct device_program *program) {
    if (!program)
        return;
    mil_program_free(program->mil);
    free(program->functions);
    free(program->text);
    model_answers_clear(&program->answers);
    model_image_free(program->source);
    model_image_free(program->on_load);
    model_image_free(program->loaded);
    free(program);
}

enum device_status model_program_create(struct device *device, const struct device_source *source,
    struct device_program **out, struct device_error *error) {
    struct model_device *model = model_of(device);
    struct mil_error mil_error = {.place = {0, 0}};
    struct device_program *program = calloc(1, sizeof *program);

    *out = NULL;
    if (!program)
        goto no_memory;
    program->device = model;
    program->serial = ++model->n_programs;
    if (mil_parse(source->mil_text, source->mil_bytes, &program->mil, &mil_error) != 0 ||
        ((model->numerics || source->weights.n_files > 0) &&
            mil_weights_check(program->mil, &source->weights, &mil_error) != 0)) {
        device_error_set(error, DEVICE_FAILED, "parse", "line %u, column %u: %s",
            (unsigned)mil_error.place.line, (unsigned)mil_error.place.column, mil_error.text);
        goto fail;
    }
    program->text = malloc(source->mil_bytes ? source->mil_bytes : 1);
    program->functions = calloc((size_t)program->mil->n_functions + 1, sizeof *program->functions);
    program->source = model_image_new(&source->weights);
    program->weight_bytes = model_work_weight_bytes(program->mil, 0, program->mil->n_functions);
    if (!program->text || !program->functions || !program->source || program->weight_bytes < 0)
        goto no_memory;
    memcpy(program->text, source->mil_text, source->mil_bytes);
    program->text_bytes = source->mil_bytes;
    for (int i = 0; i < program->mil->n_functions; i++) {
        program->functions[i].eval_ns =
            function_eval_ns(&model->params, program->mil, i, program->weight_bytes);
        if (program->functions[i].eval_ns < 0)
            goto no_memory;
    }
    program->source_hash = model_image_hash(program->source, program->text, program->text_bytes);
    snprintf(program->hash_hex, sizeof program->hash_hex, "%016" PRIx64 "%016" PRIx64,
        program->source_hash.a, program->source_hash.b);
    *out = program;
    return DEVICE_OK;

no_memory:
    device_error_set(error, DEVICE_BROKEN, "parse", "memory is out; free programs or make less");
fail:
    program_destroy(program);
    return error->status;
}

void model_program_release(struct device_program *program) {
    if (--program->users == 0 && program->freed)
        program_destroy(program);
}

void model_program_free(struct device *device, struct device_program *program) {
    struct device_error ignored; /* unloading a loaded program of the model cannot fail */

    if (!program)
        return;
    if (program->job != MODEL_JOB_NONE)
        model_pass_until_over(model_of(device), program);
    program->job = MODEL_JOB_NONE;
    if (program->loaded)
        model_unload(device, program, &ignored);
    program->freed = true;
    if (program->users == 0)
        program_destroy(program);
}

const char *model_program_hash(struct device *device, struct device_program *program) {
    (void)device;
    return program->hash_hex;
}

/* ---- loading */

/* What runs out when one more program of these weights is loaded; nothing is MODEL_LIMIT_NONE. */
static enum model_limit_kind load_limit(const struct model_device *model, double bytes) {
    const struct model_params *p = &model->params;
    if ((double)(model->n_loaded + 1) > model_limit(p, MODEL_LIMIT_LOADED))
        return MODEL_LIMIT_LOADED;
    if (model->loaded_bytes + bytes > model_limit(p, MODEL_LIMIT_BYTES) * MODEL_MB)
        return MODEL_LIMIT_BYTES;
    return MODEL_LIMIT_NONE;
}

enum device_status model_load(
    struct device *device, struct device_program *program, int qos, struct device_error *error) {
    struct model_device *model = model_of(device);
    const struct model_params *p = &model->params;

    if (!model_qos_check(model, qos, "load", error))
        return error->status;
    if (program->job != MODEL_JOB_NONE)
        return device_error_set(error, DEVICE_BROKEN, "load",
            "a background compile was not waited for; call compile_wait first");
    if (!program->on_load)
        return device_error_set(
            error, DEVICE_BROKEN, "load", "the program is not compiled; compile it first");
    if (program->loaded)
        return device_error_set(
            error, DEVICE_BROKEN, "load", "the program is loaded already; unload it first");
    model_pass_call(
        model, (p->load_ms + (model->first_load_over ? 0 : p->first_use_ms)) * MODEL_NS_PER_MS);
    model->first_load_over = true;
    enum model_limit_kind limit = load_limit(model, program->weight_bytes);
    program->load_wrong = limit != MODEL_LIMIT_NONE;
    if (program->load_wrong && p->limit_failure == MODEL_FAILURE_ERROR)
        return limit == MODEL_LIMIT_BYTES
                   ? model_error_refuse(error, MODEL_CODE_LOAD_MEMORY, "load",
                         "program load failure: no memory; unload other programs first")
                   : model_error_refuse(error, MODEL_CODE_LOAD, "load",
                         "program load failure (0x50004); unload other programs first");
    if (!program->load_wrong) {
        model->n_loaded++;
        model->loaded_bytes += program->weight_bytes;
    }
    program->loaded = model_image_share(program->on_load);
    program->load_serial++;
    return DEVICE_OK;
}

enum device_status model_unload(
    struct device *device, struct device_program *program, struct device_error *error) {
    struct model_device *model = model_of(device);

    if (!program->loaded)
        return device_error_set(
            error, DEVICE_BROKEN, "unload", "the program is not loaded; load it first");
    model_pass_call(model, model->params.unload_ms * MODEL_NS_PER_MS);
    model_image_free(program->loaded);
    program->loaded = NULL;
    if (!program->load_wrong) {
        model->n_loaded--;
        model->loaded_bytes -= program->weight_bytes;
    }
    return DEVICE_OK;
}

/* ---- changing weights on disk */

static enum device_status image_rewrite(struct model_image **image, const char *path,
    uint64_t offset, const void *data, size_t bytes, struct device_error *error) {
    struct mil_error reason;
    if (model_image_write(image, path, offset, data, bytes, &reason) != 0)
        return device_error_set(error, DEVICE_BROKEN, "rewrite", "%s", reason.text);
    return DEVICE_OK;
}

static bool program_is_compiling(const struct device_program *program, struct device_error *error) {
    if (program->job != MODEL_JOB_QUEUED && program->job != MODEL_JOB_RUNNING)
        return false;
    device_error_set(
        error, DEVICE_BROKEN, "rewrite", "the program is being compiled; call compile_wait first");
    return true;
}

enum device_status model_source_rewrite(struct device *device, struct device_program *program,
    const char *blob_path, uint64_t blob_offset, const void *data, size_t bytes,
    struct device_error *error) {
    enum device_status status;

    if (program_is_compiling(program, error))
        return error->status;
    status = image_rewrite(&program->source, blob_path, blob_offset, data, bytes, error);
    program->source_hash = model_image_hash(program->source, program->text, program->text_bytes);
    if (status == DEVICE_OK && model_of(device)->params.reload_source && program->on_load)
        status = image_rewrite(&program->on_load, blob_path, blob_offset, data, bytes, error);
    return status;
}

enum device_status model_compiled_rewrite(struct device *device, struct device_program *program,
    const char *blob_path, uint64_t blob_offset, const void *data, size_t bytes,
    struct device_error *error) {
    struct model_image *written;
    enum device_status status;

    if (program_is_compiling(program, error))
        return error->status;
    if (!program->on_load)
        return device_error_set(error, DEVICE_BROKEN, "rewrite",
            "the program is not compiled, so there is no compiled data; compile it first");
    /* Without effect the write is still checked, and thrown away. */
    written = model_image_share(program->on_load);
    status = image_rewrite(&written, blob_path, blob_offset, data, bytes, error);
    if (status == DEVICE_OK && model_of(device)->params.reload_compiled) {
        model_image_free(program->on_load);
        program->on_load = model_image_share(written);
    }
    model_image_free(written);
    return status;
}
