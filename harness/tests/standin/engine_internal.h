/* SPDX-License-Identifier: MIT
 *
 * What the engine's files share.
 */
#ifndef ANEPROBE_TESTS_STANDIN_ENGINE_INTERNAL_H
#define ANEPROBE_TESTS_STANDIN_ENGINE_INTERNAL_H

#include "engine.h"

struct device *engine_device(void);
/* Whether statistics come on that path, and if so, whether they are 0. */
bool engine_stats_come(bool direct, bool *zero);

/* A tensor's two places: the stand-in's padded memory and the sim device's dense surface. */
struct engine_place {
    struct engine_tensor tensor;
    struct memory *memory; /* the client's, borrowed */
    struct device_surface *surface;
    uint64_t version; /* of the memory, when last copied from */
    uint64_t program_serial;
};

enum device_status engine_place_open(struct engine_place *place,
    const struct engine_program *program, int procedure, bool output, int slot,
    struct memory *memory, struct device_error *error);
void engine_place_close(struct engine_place *place);
void engine_place_gather(struct engine_place *place);  /* memory to surface, where it changed */
void engine_place_scatter(struct engine_place *place); /* surface to memory */

#endif
