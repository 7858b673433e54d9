/* SPDX-License-Identifier: MIT
 *
 * Shared by the engine's files.
 */
#ifndef ANEPROBE_TRAIN_ENGINE_INTERNAL_H
#define ANEPROBE_TRAIN_ENGINE_INTERNAL_H

#include "train/engine/engine.h"
#include "train/host/host_classifier.h"
#include "train/host/pool.h"
#include "train/engine/surface_io.h"

/* A program's weights as mapped memory, and where each of them stands, in bytes from its start. */
struct train_mapped {
    void *memory;
    size_t bytes, first, end; /* first, end: of what is written */
    struct {
        size_t offset;
        bool is_wide; /* fp32 */
    } places[TRAIN_WEIGHTS_MAX];
};

/* A program and its requests: one, or one per layer if surfaces differ by layer. */
struct train_program {
    enum train_kind kind;
    int layer; /* -1: of all layers */
    struct device_program *handle;
    struct device_request **requests;
    int n_requests;
    bool loaded;
    struct train_mapped mapped; /* after train_set_map, until unload */
    char name[48];
};

/* Operands of the jobs for one layer's weight gradients, in fp32; [channels][seq]. */
struct train_operands {
    float *memory;
    float *dy, *dh1, *dh3, *gate, *xn2, *d_o, *dq, *dk, *dv, *att, *xn;
    float ffn_scale, attention_scale; /* dh1, dh3 and dq, dk, dv are to be multiplied by */
    const struct train_engine *engine;
    struct train_parameters *gradients;
    int layer, unfinished; /* jobs posted; see train_pool_wait */
};

struct train_engine {
    struct device *device;
    struct train_shape shape;
    struct train_engine_options options;
    struct train_kinds kinds;
    struct train_pool *pool;
    int programs_alive, compiles, n_sets;

    struct train_layout layouts[TRAIN_N_KINDS];
    char *texts[TRAIN_N_KINDS]; /* MIL: the same for every layer and version of the weights */
    size_t text_bytes[TRAIN_N_KINDS];
    struct train_program shared[TRAIN_N_KINDS]; /* by kind; handle NULL = none */
    /* [layer] for each kind: the same one for all layers unless it keeps data between them */
    struct train_surface *inputs[TRAIN_N_KINDS], *outputs[TRAIN_N_KINDS];

    struct train_view *views;                 /* [layer]: locked while weights are written */
    uint16_t *staging;                        /* all layers' parameters in fp16, in their order */
    const struct train_set *staged, *written; /* whose weights are staged, and in the surfaces */

    /* Activations of a step, fp32. */
    float *memory;
    size_t memory_bytes;
    float **x, **x2; /* [layer]: into the layer, between its halves; x[layers]: out of the last */
    float **scale_att, **scale_ffn; /* [layer]: host_norm_scales of x and x2 */
    float *xf, *scale_final, *dx, *dxn, *dots, *row;
    struct host_classifier classifier;
    struct train_operands *operands; /* a ring: that many layers' jobs may be unfinished */
};
enum { TRAIN_OPERANDS = 3 };

struct train_set {
    struct train_engine *engine;
    uint64_t version;
    bool taken;
    struct train_program *programs;
    int n_programs;
    float *host; /* norms of all layers, rms_final, embedding */
};
/* The set's copy of a norm or of the embedding. */
const float *train_set_host(const struct train_set *set, int layer, enum train_tensor tensor);
size_t train_set_host_elements(const struct train_shape *shape);
/* A layer's weights in the staging area, and whether they are the set's. */
struct train_layer_weights train_staged_layer(const struct train_engine *engine, int layer);
enum device_status train_staged_check(const struct train_set *set, struct device_error *error);

/* ---- programs -------------------------------------------------------------------------------- */

enum device_status train_program_build(struct train_engine *engine, struct train_program *program,
    const struct train_layer_weights *weights, struct device_error *error);
/* Loads the program; creates missing surfaces, and requests. */
enum device_status train_program_load(
    struct train_engine *engine, struct train_program *program, struct device_error *error);
enum device_status train_program_unload(
    struct train_engine *engine, struct train_program *program, struct device_error *error);
void train_program_drop(struct train_engine *engine, struct train_program *program);
/* Whether a surface keeps data from one layer to another. */
bool train_surface_per_layer(const struct train_engine *engine, enum train_kind kind, bool output);

int train_activations_create(struct train_engine *engine);
void train_activations_free(struct train_engine *engine);

/* Posts the jobs that add a layer's weight gradients; see struct train_operands. */
void train_ffn_gradients_post(struct train_operands *operands);
void train_attention_gradients_post(struct train_operands *operands);

#endif
