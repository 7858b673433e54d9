/* SPDX-License-Identifier: MIT */
#import "coreml_array.h"

#include "coreml.h"
#include "entry.h"
#include "ledger.h"
#include "record.h"

enum { ROW_ALIGN = 64, WIDTH_MAX = 16384 };

@implementation CVPixelBuffer
- (void)dealloc {
    [surface release];
    [super dealloc];
}
@end

int CVPixelBufferCreateWithIOSurface(
    const void *allocator, void *given, const void *attributes, void **buffer) {
    enum { INVALID_ARGUMENT = -6661, INVALID_SIZE = -6681 }; /* kCVReturn... */
    const char *place = "CVPixelBufferCreateWithIOSurface";
    (void)allocator;
    *buffer = NULL;
    if (attributes)
        record_violation("%s: attributes are not known here", place);
    if (!standin_is((id)given, [IOSurface class], place, "the surface"))
        return INVALID_ARGUMENT;
    IOSurface *surface = (id)given;
    if (surface->pixel_format != APPLE_PIXEL_HALF || surface->row_bytes % ROW_ALIGN != 0) {
        record_violation("%s: a surface of format 0x%x in rows of %zu bytes is no buffer of halves",
            place, surface->pixel_format, surface->row_bytes);
        return INVALID_ARGUMENT;
    }
    if (surface->width > WIDTH_MAX)
        return INVALID_SIZE;
    CVPixelBuffer *made = [CVPixelBuffer allocWithZone:NULL];
    made->surface = [surface retain];
    ledger_add(made);
    *buffer = made;
    return 0;
}

size_t CVPixelBufferGetBytesPerRow(void *buffer) {
    return standin_is(
               (id)buffer, [CVPixelBuffer class], "CVPixelBufferGetBytesPerRow", "the buffer")
               ? ((CVPixelBuffer *)buffer)->surface->row_bytes
               : 0;
}

/* ---- multi-arrays */

static size_t type_bytes(NSInteger data_type) {
    return data_type == COREML_TYPE_FP16 ? 2 : data_type == COREML_TYPE_FP32 ? 4 : 0;
}

static size_t axis(NSArray *shape, NSUInteger i) {
    return (size_t)[[shape objectAtIndex:i] longLongValue];
}

/* Positions on all axes but the last. */
static size_t rows_of(NSArray *shape) {
    size_t rows = 1;
    for (NSUInteger i = 0; i + 1 < [shape count]; i++)
        rows *= axis(shape, i);
    return rows;
}

static size_t width_of(NSArray *shape) {
    return axis(shape, [shape count] - 1);
}

static BOOL is_shape(id shape, const char *place) {
    if (!standin_is_array(shape, [NSNumber class], place, "shape"))
        return NO;
    BOOL well = [shape count] > 0;
    for (NSUInteger i = 0; i < [shape count]; i++)
        well &= [[shape objectAtIndex:i] longLongValue] > 0;
    if (!well)
        record_violation("%s: a shape without axes, or with one that is empty", place);
    return well;
}

@implementation MLMultiArray
- (size_t)rowBytes {
    return pixels
               ? pixels->surface->row_bytes
               : (width_of(shape) * type_bytes(data_type) + ROW_ALIGN - 1) / ROW_ALIGN * ROW_ALIGN;
}

- (id)initWithPixelBuffer:(struct __CVBuffer *)given shape:(id)given_shape {
    const char *place = "initWithPixelBuffer:shape:";
    if (!standin_is((id)given, [CVPixelBuffer class], place, "the buffer") ||
        !is_shape(given_shape, place))
        return standin_init_fail(self);
    IOSurface *surface = ((CVPixelBuffer *)given)->surface;
    if (width_of(given_shape) != surface->width || rows_of(given_shape) != surface->height) {
        record_violation(
            "%s: a buffer of %zu x %zu is not the shape's last axis, %zu, x all others, "
            "%zu",
            place, surface->width, surface->height, width_of(given_shape), rows_of(given_shape));
        return standin_init_fail(self);
    }
    pixels = [(CVPixelBuffer *)given retain];
    shape = [given_shape copy];
    data_type = COREML_TYPE_FP16;
    return self;
}

- (void)takeShape:(NSArray *)given type:(NSInteger)type {
    shape = [given copy];
    data_type = type;
    own = memory_new(rows_of(shape) * [self rowBytes]);
    if (!own)
        abort();
}

- (id)initWithShape:(id)given_shape dataType:(NSInteger)type error:(id *)error {
    const char *place = "initWithShape:dataType:error:";
    if (!is_shape(given_shape, place) || type_bytes(type) == 0) {
        record_violation("%s: type %ld", place, (long)type);
        (void)coreml_refuse(error, COREML_CODE_PARAMETERS, @"no such array");
        return standin_init_fail(self);
    }
    [self takeShape:given_shape type:type];
    [self show];
    return self;
}

+ (id)stateLike:(const struct engine_tensor *)tensor {
    NSMutableArray *axes = [NSMutableArray array];
    for (int i = 0; i < tensor->declared.rank; i++)
        [axes addObject:[NSNumber numberWithLongLong:tensor->declared.dim[i]]];
    MLMultiArray *made = [self make];
    [made takeShape:axes type:tensor->type.dtype == MIL_FP16 ? COREML_TYPE_FP16 : COREML_TYPE_FP32];
    made->is_state = YES;
    return made;
}

+ (id)arrayLike:(const struct engine_tensor *)tensor {
    MLMultiArray *made = [self stateLike:tensor];
    made->is_state = NO;
    [made show];
    return made;
}

- (void)show {
    memory_lock(own, true);
}

- (void)hide {
    memory_unlock(own, true);
}

- (void *)dataPointer {
    if (pixels)
        record_violation("dataPointer: the array is over a pixel buffer; lock its surface instead");
    return own ? own->client : NULL;
}

- (id)strides {
    NSMutableArray *strides = [NSMutableArray array];
    size_t stride = [self rowBytes] / type_bytes(data_type);
    [strides addObject:[NSNumber numberWithLongLong:1]];
    for (NSUInteger i = [shape count] - 1; i > 0; i--) {
        [strides insertObject:[NSNumber numberWithLongLong:(long long)stride] atIndex:0];
        stride *= axis(shape, i - 1);
    }
    return strides;
}

- (struct memory *)memoryFor:(const struct engine_tensor *)tensor place:(const char *)place {
    BOOL same = [shape count] == (NSUInteger)tensor->declared.rank &&
                type_bytes(data_type) == mil_dtype_bytes(tensor->type.dtype);
    for (NSUInteger i = 0; same && i < [shape count]; i++)
        same = axis(shape, i) == (size_t)tensor->declared.dim[i];
    if (!same || [self rowBytes] != tensor->row_stride) {
        record_violation(
            "%s: the array of `%s` has another shape, type or rows", place, tensor->name);
        return NULL;
    }
    struct memory *memory = pixels ? [pixels->surface memory] : own;
    if (pixels && (memory->write_locks > 0 || memory->read_locks > 0)) {
        record_violation("%s: the surface of `%s` is locked", place, tensor->name);
        return NULL;
    }
    if (is_state && own->write_locks > 0) {
        record_violation("%s: the state `%s` is being shown to the client", place, tensor->name);
        return NULL;
    }
    if (own && !is_state) {
        [self hide];
        [self show];
    }
    return memory;
}

- (void)dealloc {
    if (own && !is_state)
        [self hide];
    memory_free(own);
    [pixels release];
    [shape release];
    [super dealloc];
}
@end
