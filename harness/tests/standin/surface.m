/* SPDX-License-Identifier: MIT */
#import "surface.h"

#include "entry.h"
#include "ledger.h"
#include "record.h"

NSString *const kIOSurfaceWidth STANDIN_EXPORT = @"IOSurfaceWidth";
NSString *const kIOSurfaceHeight STANDIN_EXPORT = @"IOSurfaceHeight";
NSString *const kIOSurfaceBytesPerElement STANDIN_EXPORT = @"IOSurfaceBytesPerElement";
NSString *const kIOSurfaceBytesPerRow STANDIN_EXPORT = @"IOSurfaceBytesPerRow";
NSString *const kIOSurfaceAllocSize STANDIN_EXPORT = @"IOSurfaceAllocSize";
NSString *const kIOSurfacePixelFormat STANDIN_EXPORT = @"IOSurfacePixelFormat";

@implementation IOSurface
- (id)takeMemory:(struct memory *)taken {
    memory = taken;
    return self;
}
- (struct memory *)memory {
    return memory;
}
- (void)dealloc {
    if (memory->write_locks > 0 || memory->read_locks > 0)
        record_violation("a surface is freed while it is locked");
    memory_free(memory);
    [super dealloc];
}
@end

@implementation _ANEIOSurfaceObject
+ (id)objectWithIOSurface:(struct __IOSurface *)given {
    if (!standin_is((id)given, [IOSurface class], "objectWithIOSurface:", "the surface"))
        return nil;
    _ANEIOSurfaceObject *made = [self make];
    made->surface = [(IOSurface *)given retain];
    return made;
}
- (struct memory *)memory {
    return [surface memory];
}
- (void)dealloc {
    [surface release];
    [super dealloc];
}
@end

/* The number of that key; -1, a violation, when there is none. */
static long long property(NSDictionary *properties, NSString *key) {
    id value = [properties objectForKey:key];
    return standin_is(value, [NSNumber class], "IOSurfaceCreate", [key UTF8String])
               ? [value longLongValue]
               : -1;
}

void *IOSurfaceCreate(const void *given) {
    NSAutoreleasePool *pool = [[NSAutoreleasePool alloc] init];
    NSDictionary *properties = (id)given;
    IOSurface *surface = nil;
    if (!standin_is(properties, [NSDictionary class], "IOSurfaceCreate", "the properties"))
        goto done;
    long long width = property(properties, kIOSurfaceWidth);
    long long height = property(properties, kIOSurfaceHeight);
    long long element = property(properties, kIOSurfaceBytesPerElement);
    long long row = property(properties, kIOSurfaceBytesPerRow);
    long long bytes = property(properties, kIOSurfaceAllocSize);
    long long format = property(properties, kIOSurfacePixelFormat);
    if (width <= 0 || height <= 0 || element <= 0 || row < width * element ||
        bytes < row * height || !(format == 0 || (format == APPLE_PIXEL_HALF && element == 2))) {
        record_violation("IOSurfaceCreate: %lld x %lld elements of %lld bytes in rows of %lld do "
                         "not make %lld bytes of format 0x%llx",
            width, height, element, row, bytes, format);
        goto done;
    }
    struct memory *memory = memory_new((size_t)bytes);
    if (memory) {
        surface = [[IOSurface allocWithZone:NULL] takeMemory:memory];
        surface->width = (size_t)width;
        surface->height = (size_t)height;
        surface->row_bytes = (size_t)row;
        surface->pixel_format = (uint32_t)format;
        ledger_add(surface);
    }
done:
    [pool release];
    return surface;
}

static struct memory *memory_of(void *surface, const char *place) {
    return standin_is((id)surface, [IOSurface class], place, "the surface")
               ? [(IOSurface *)surface memory]
               : NULL;
}

int IOSurfaceLock(void *surface, uint32_t options, uint32_t *seed) {
    struct memory *memory = memory_of(surface, "IOSurfaceLock");
    (void)seed;
    if (!memory)
        return -1;
    memory_lock(memory, !(options & APPLE_LOCK_READ_ONLY));
    return 0;
}

int IOSurfaceUnlock(void *surface, uint32_t options, uint32_t *seed) {
    struct memory *memory = memory_of(surface, "IOSurfaceUnlock");
    (void)seed;
    if (!memory)
        return -1;
    memory_unlock(memory, !(options & APPLE_LOCK_READ_ONLY));
    return 0;
}

void *IOSurfaceGetBaseAddress(void *surface) {
    struct memory *memory = memory_of(surface, "IOSurfaceGetBaseAddress");
    return memory ? memory->client : NULL;
}

size_t IOSurfaceGetAllocSize(void *surface) {
    struct memory *memory = memory_of(surface, "IOSurfaceGetAllocSize");
    return memory ? memory->bytes : 0;
}
