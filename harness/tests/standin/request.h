/* SPDX-License-Identifier: MIT */
#ifndef ANEPROBE_TESTS_STANDIN_REQUEST_H
#define ANEPROBE_TESTS_STANDIN_REQUEST_H

#include "flight.h"

#import "statistics.h"

struct engine_binding;
struct engine_program;

@interface _ANERequest : StandinObject {
    NSArray *surfaces[2], *indices[2]; /* inputs, outputs; as they were given */
    _ANEIOSurfaceObject *weights;
    int procedure;
    NSArray *stats_surfaces;        /* as they were given, or nil */
    _ANEPerformanceStats *stats;    /* of the last eval, or nil */
    struct engine_binding *binding; /* to the program last evaluated, or NULL */
    struct flight flight;
}
+ (id)requestWithInputs:(id)inputs
           inputIndices:(id)input_indices
                outputs:(id)outputs
          outputIndices:(id)output_indices
          weightsBuffer:(id)weights
              perfStats:(id)statistics
         procedureIndex:(id)procedure;
- (id)perfStats;
- (bool)evaluate:(struct engine_program *)program
             qos:(unsigned)qos
           error:(id *)error
           place:(const char *)place;
@end

/* The surface is large enough, and nobody holds a lock; else a violation. */
BOOL standin_surface_fits(struct memory *memory, const struct engine_program *program,
    int procedure, bool output, int slot, const char *place);

#endif
