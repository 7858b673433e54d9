/* SPDX-License-Identifier: MIT
 *
 * Core Video's pixel buffer over a surface, and Core ML's multi-array over one or in memory of its
 * own. Rows are padded to whole 64 bytes in both.
 */
#ifndef ANEPROBE_TESTS_STANDIN_COREML_ARRAY_H
#define ANEPROBE_TESTS_STANDIN_COREML_ARRAY_H

#import "surface.h"

#include "engine.h"

struct __CVBuffer; /* what a CVPixelBufferRef points to, for type encodings */

@interface CVPixelBuffer : StandinObject {
  @public
    IOSurface *surface;
}
@end

@interface MLMultiArray : StandinObject {
    NSArray *shape;
    CVPixelBuffer *pixels; /* nil: memory of its own */
    struct memory *own;
    NSInteger data_type;
    BOOL is_state; /* its memory is the client's to touch only while it is shown */
}
- (id)initWithPixelBuffer:(struct __CVBuffer *)pixels shape:(id)shape;
- (id)initWithShape:(id)shape dataType:(NSInteger)data_type error:(id *)error;
- (void *)dataPointer;
- (id)strides;

/* For the stand-in. */
+ (id)arrayLike:(const struct engine_tensor *)tensor;
+ (id)stateLike:(const struct engine_tensor *)tensor;
/* From the first to the second the client may touch the memory of a state. */
- (void)show;
- (void)hide;
/* Its memory, for an eval of the engine: what the client wrote before counts as new. NULL, and a
 * violation, when the array is not what the tensor is, or its surface is locked. */
- (struct memory *)memoryFor:(const struct engine_tensor *)tensor place:(const char *)place;
@end

#endif
