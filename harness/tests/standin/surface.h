/* SPDX-License-Identifier: MIT
 *
 * IOSurface as an object, and its wrapper in the framework.
 */
#ifndef ANEPROBE_TESTS_STANDIN_SURFACE_H
#define ANEPROBE_TESTS_STANDIN_SURFACE_H

#import "object.h"

#include "memory.h"

@interface IOSurface : StandinObject {
    struct memory *memory;
  @public
    size_t width, height, row_bytes; /* of pixels of that format; 0 is bytes */
    uint32_t pixel_format;
}
- (struct memory *)memory;
@end

struct __IOSurface; /* what an IOSurfaceRef points to, for type encodings */

@interface _ANEIOSurfaceObject : StandinObject {
    IOSurface *surface;
}
+ (id)objectWithIOSurface:(struct __IOSurface *)surface;
- (struct memory *)memory;
@end

#endif
