/* SPDX-License-Identifier: MIT
 *
 * The engine behind the classes: programs, evals and chains of a sim device, whose surfaces are dense, on the
 * padded surfaces of the stand-in. Plain C.
 */
#ifndef ANEPROBE_TESTS_STANDIN_ENGINE_H
#define ANEPROBE_TESTS_STANDIN_ENGINE_H

#include "device/device.h"
#include "memory.h"
#include "mil/mil.h"

/* Starts anew with the sim file of ANEPROBE_STANDIN_SIM; ends the process with a message when there is none. */
void engine_open(uint64_t seed);
uint64_t engine_clock_ns(void);
void engine_pause(uint64_t pause_ns);
void engine_pass_poll(void); /* the little time that asking for a result takes */
bool engine_has_chaining(void);
bool engine_has_stats(void);
bool engine_has_mutable_weights(void);
/* What counts the bytes that the engine moves, if anything does. */
bool engine_has_traffic(void);
uint64_t engine_traffic_bytes(void);

/* ---- programs */

struct engine_program {
    struct mil_program *mil; /* NULL when the text does not parse */
    struct device_program *program;
    struct device_error refusal; /* why there is no program */
    uint64_t serial;             /* of all programs, from 1: memory may be used again */
    bool compiled, loaded;
    bool stats_asked, stats_kept;     /* the mask is set; it was when the program was loaded */
    bool counters_kept, counters_now; /* asked for by the options of its load; of this eval */
    int engine;                       /* that its compile named; 0: none */
    bool finished;                    /* a compile under way has had its time and its result: */
    enum device_status result;
    struct device_error result_error;
};

/* Always makes one; its compile refuses a text or weights that do not fit. */
struct engine_program *engine_program_new(const struct device_source *source);
void engine_program_free(struct engine_program *program); /* NULL is fine */
enum device_status engine_load(struct engine_program *program, int qos, struct device_error *error);
/* Forgets what it was compiled to. */
enum device_status engine_purge(struct engine_program *program, struct device_error *error);
enum device_status engine_unload(struct engine_program *program, struct device_error *error);

/* A compile is a start and a wait; between them other threads may run. */
enum device_status engine_compile_start(
    struct engine_program *program, int qos, struct device_error *error);
enum device_status engine_compile_wait(struct engine_program *program, struct device_error *error);
bool engine_compile_is_over(const struct engine_program *program); /* no time passes */
void engine_compile_finish(struct engine_program *program);        /* all of its time passes */
uint64_t engine_compile_elapsed_ns(struct engine_program *program);

/* The blob's new bytes are on disk: in the source, or in the compiled data. */
void engine_rewrite(struct engine_program *program, bool source, const char *path, uint64_t offset,
    const void *data, size_t bytes);

/* A loaded program's weights as memory, of one procedure at a time. */
enum device_status engine_weights_map(struct engine_program *program, int procedure, void **weights,
    size_t *bytes, struct device_error *error);
enum device_status engine_weights_sync(
    struct engine_program *program, size_t offset, size_t bytes, struct device_error *error);
enum device_status engine_weights_unmap(struct engine_program *program, struct device_error *error);

/* By which way it is evaluated from now on, with copied inputs and outputs or not. */
void engine_way(struct engine_program *program, enum device_way way, bool copies);
/* Where a program, compiled or not, is planned to run. */
bool engine_has_plans(void);
enum device_status engine_placement(struct engine_program *program, int procedure,
    device_placement_fn *put, void *context, struct device_error *error);

/* ---- inputs and outputs */

/* One input or output in slot `slot`, as the compiler laid it out: rows of whole 64 bytes
 * (fg field guide, maderix/ANE), nothing else padded. */
struct engine_tensor {
    const char *name;
    struct mil_type type, declared; /* the first with four axes */
    int index;                      /* in declared order */
    size_t row_stride, plane_stride, batch_stride, bytes;
};
/* The number of inputs or outputs; -1 when there is no such procedure. */
int engine_tensors(const struct engine_program *program, int procedure, bool output);
/* Symbols count through all procedures: that of the procedure's slot 0. */
int engine_first_symbol(const struct engine_program *program, int procedure, bool output);
struct engine_tensor engine_tensor(
    const struct engine_program *program, int procedure, bool output, int slot);

/* ---- evals and chains */

struct engine_binding; /* a procedure of a loaded program with its surfaces */

/* All of the right number and size. `weights` may be NULL. NULL and *error when it was refused. */
struct engine_binding *engine_bind(struct engine_program *program, int procedure,
    struct memory *const *inputs, struct memory *const *outputs, struct memory *weights,
    struct device_error *error);
bool engine_binding_is_of(
    const struct engine_binding *binding, const struct engine_program *program);
void engine_binding_free(struct engine_binding *binding); /* NULL is fine */
enum device_status engine_eval(struct engine_binding *binding, int qos, struct device_error *error);

/* The engine's statistics of the binding's last eval, by the client's direct call or another path. False when
 * there are none. */
bool engine_stats(const struct engine_binding *binding, bool direct, uint64_t *hardware_ns);

/* What its hardware counters are then. */
struct device_counters engine_counters(const struct engine_binding *binding);
/* The program's evals are for that engine, from 1 on. */
enum device_status engine_program_pin(
    struct engine_program *program, int engine, struct device_error *error);

struct engine_chain;
enum device_status engine_chain_prepare(struct engine_program *program, int procedure,
    struct memory *input, struct memory *output, int qos, struct engine_chain **out,
    struct device_error *error);
/* The input is fresh. */
enum device_status engine_chain_ready(
    struct engine_chain *chain, int qos, struct device_error *error);
/* One step, from the input or from the output of the step before. */
enum device_status engine_chain_enqueue(
    struct engine_chain *chain, int qos, struct device_error *error);
void engine_chain_free(struct engine_chain *chain); /* NULL is fine */

#endif
