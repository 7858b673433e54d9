/* SPDX-License-Identifier: MIT
 *
 * Every symbol that the devices of Apple's frameworks take from outside, looked up at run time: the
 * Objective-C runtime, CoreFoundation, IOSurface, CoreVideo and libdispatch. No SDK is
 * needed to build, and nothing of a framework is linked. The prototypes are those of Apple's public
 * headers, written out in plain C: objects of all kinds are `void *`, CFIndex is `long`, CFTypeID
 * `unsigned long`, Boolean `unsigned char`, CFStringEncoding `uint32_t`, kern_return_t `int`,
 * dispatch_time_t `uint64_t`.
 *
 * The stand-in. With ANEPROBE_STANDIN=/path/to/lib.so all symbols below come from that library
 * instead; the device's name then has `stand-in`, and all its results are about the stand-in.
 * Such a library defines all of APPLE_FUNCTIONS, APPLE_ADDRESSES and APPLE_CONSTANTS, and may define
 * APPLE_STANDIN_HOOKS. It may rely on this:
 *   - aneprobe_standin_open is called first, once per device opened; it starts a new process of the
 *   imitated engine. It may be called again in one process, after the earlier device is closed. The
 *   library is never closed. - Background compiles: one serial queue per device, from
 *   dispatch_queue_create(label, NULL). Each is one dispatch_async_f, whose work function sends
 *   compileWithQoS:options:error: and finally dispatch_semaphore_signal on a semaphore of its own,
 *   created with value 0. Polling calls dispatch_semaphore_wait(semaphore, 0), waiting the same
 *   with APPLE_TIME_FOREVER, both from the thread that uses the device. A foreground compile is sent
 *   from the caller's own thread. - A chained request goes validate, prepareChaining, then
 *   buffersReady (the input is new) and one enqueueSets per step; the next round starts with
 *   buffersReady again. - These modelAttributes are read, if present: ANEFModelDescription with
 *     ANEFModelProcedures (ANEFModelProcedureID, ANEFModelInputSymbolIndexArray,
 *     ANEFModelOutputSymbolIndexArray), kANEFModelInputSymbolsArrayKey,
 *     kANEFModelOutputSymbolsArrayKey and kANEFModelProcedureNameToIDMapKey; and NetworkStatusList
 *     with LiveInputList and LiveOutputList (Name, RowStride, PlaneStride, BatchStride, in bytes,
 *     and Interleave). Outputs are called NAME@output there.
 *   - If it has a clock (aneprobe_standin_clock_ns, _pause), time is virtual and no other clock is read.
 */
#ifndef ANEPROBE_DEVICE_APPLE_APPLE_ENTRY_H
#define ANEPROBE_DEVICE_APPLE_APPLE_ENTRY_H

#include "device/device.h"

#include <stdint.h>

#define APPLE_STANDIN_VARIABLE "ANEPROBE_STANDIN"

/* Each library: name, and Apple's path. The files are only in the shared cache, so only dlopen can
 * tell whether they exist. */
#define APPLE_LIBRARIES(X)                                                                         \
    X(OBJC, "/usr/lib/libobjc.A.dylib")                                                            \
    X(SYSTEM, "/usr/lib/libSystem.B.dylib")                                                        \
    X(CF, "/System/Library/Frameworks/CoreFoundation.framework/CoreFoundation")                    \
    X(IOSURFACE, "/System/Library/Frameworks/IOSurface.framework/IOSurface")                       \
    X(COREVIDEO, "/System/Library/Frameworks/CoreVideo.framework/CoreVideo")

/* X(library, result, name, parameters) */
#define APPLE_FUNCTIONS(X)                                                                         \
    X(OBJC, void, objc_msgSend, (void)) /* cast by APPLE_SEND only */                              \
    X(OBJC, void *, objc_getClass, (const char *name))                                             \
    X(OBJC, void *, object_getClass, (void *object))                                               \
    X(OBJC, const char *, object_getClassName, (void *object))                                     \
    X(OBJC, void *, sel_registerName, (const char *name))                                          \
    X(OBJC, void *, class_getClassMethod, (void *class, void *selector))                           \
    X(OBJC, void *, class_getInstanceMethod, (void *class, void *selector))                        \
    X(OBJC, const char *, method_getTypeEncoding, (void *method))                                  \
    X(OBJC, void *, objc_retain, (void *object))                                                   \
    X(OBJC, void, objc_release, (void *object))                                                    \
    X(OBJC, void *, objc_autoreleasePoolPush, (void))                                              \
    X(OBJC, void, objc_autoreleasePoolPop, (void *pool))                                           \
    X(SYSTEM, void *, dispatch_queue_create, (const char *label, void *attributes))                \
    X(SYSTEM, void, dispatch_async_f, (void *queue, void *context, void (*work)(void *context)))   \
    X(SYSTEM, void *, dispatch_semaphore_create, (long value))                                     \
    X(SYSTEM, long, dispatch_semaphore_signal, (void *semaphore))                                  \
    X(SYSTEM, long, dispatch_semaphore_wait, (void *semaphore, uint64_t time)) /* 0 = signalled */ \
    X(SYSTEM, void, dispatch_release, (void *object))                                              \
    X(CF, const void *, CFRetain, (const void *object))                                            \
    X(CF, void, CFRelease, (const void *object))                                                   \
    X(CF, unsigned long, CFGetTypeID, (const void *object))                                        \
    X(CF, unsigned long, CFArrayGetTypeID, (void))                                                 \
    X(CF, unsigned long, CFDictionaryGetTypeID, (void))                                            \
    X(CF, unsigned long, CFNumberGetTypeID, (void))                                                \
    X(CF, unsigned long, CFStringGetTypeID, (void))                                                \
    X(CF, void *, CFStringCreateWithCString,                                                       \
        (const void *allocator, const char *text, uint32_t encoding))                              \
    X(CF, unsigned char, CFStringGetCString,                                                       \
        (const void *string, char *text, long bytes, uint32_t encoding))                           \
    X(CF, void *, CFDataCreate, (const void *allocator, const unsigned char *bytes, long length))  \
    X(CF, void *, CFNumberCreate, (const void *allocator, long type, const void *value))           \
    X(CF, unsigned char, CFNumberGetValue, (const void *number, long type, void *value))           \
    X(CF, void *, CFArrayCreate,                                                                   \
        (const void *allocator, const void **values, long count, const void *callbacks))           \
    X(CF, long, CFArrayGetCount, (const void *array))                                              \
    X(CF, const void *, CFArrayGetValueAtIndex, (const void *array, long index))                   \
    X(CF, void *, CFDictionaryCreate,                                                              \
        (const void *allocator, const void **keys, const void **values, long count,                \
            const void *key_callbacks, const void *value_callbacks))                               \
    X(CF, const void *, CFDictionaryGetValue, (const void *dictionary, const void *key))           \
    X(CF, long, CFErrorGetCode, (const void *error))                                               \
    X(CF, const void *, CFErrorGetDomain, (const void *error))                                     \
    X(CF, void *, CFErrorCopyDescription, (const void *error))                                     \
    X(CF, void *, CFErrorCopyUserInfo, (const void *error))                                        \
    X(IOSURFACE, void *, IOSurfaceCreate, (const void *properties))                                \
    X(IOSURFACE, int, IOSurfaceLock, (void *surface, uint32_t options, uint32_t *seed))            \
    X(IOSURFACE, int, IOSurfaceUnlock, (void *surface, uint32_t options, uint32_t *seed))          \
    X(IOSURFACE, void *, IOSurfaceGetBaseAddress, (void *surface))                                 \
    X(IOSURFACE, size_t, IOSurfaceGetAllocSize, (void *surface))                                   \
    X(COREVIDEO, int, CVPixelBufferCreateWithIOSurface,                                            \
        (const void *allocator, void *surface, const void *attributes, void **buffer))             \
    X(COREVIDEO, size_t, CVPixelBufferGetBytesPerRow, (void *buffer))

/* Variables whose address is the argument: X(library, name). */
#define APPLE_ADDRESSES(X)                                                                         \
    X(SYSTEM, _NSConcreteGlobalBlock) /* apple_block.h */                                          \
    X(CF, kCFTypeArrayCallBacks)                                                                   \
    X(CF, kCFTypeDictionaryKeyCallBacks)                                                           \
    X(CF, kCFTypeDictionaryValueCallBacks)

/* Variables that hold an object, a CFString each: X(library, name). Read when the device opens. */
#define APPLE_CONSTANTS(X)                                                                         \
    X(IOSURFACE, kIOSurfaceWidth)                                                                  \
    X(IOSURFACE, kIOSurfaceHeight)                                                                 \
    X(IOSURFACE, kIOSurfaceBytesPerElement)                                                        \
    X(IOSURFACE, kIOSurfaceBytesPerRow)                                                            \
    X(IOSURFACE, kIOSurfaceAllocSize)                                                              \
    X(IOSURFACE, kIOSurfacePixelFormat)

/* What a stand-in may also define: X(result, name, parameters). */
#define APPLE_STANDIN_HOOKS(X)                                                                     \
    X(void, aneprobe_standin_open, (uint64_t seed)) /* the trial's seed */                         \
    X(uint64_t, aneprobe_standin_clock_ns, (void))                                                 \
    X(void, aneprobe_standin_pause, (uint64_t pause_ns)) /* where there is a clock */

/* Values of Apple's public headers. */
#define APPLE_TIME_FOREVER UINT64_MAX
enum {
    APPLE_STRING_UTF8 = 0x08000100, /* kCFStringEncodingUTF8 */
    APPLE_NUMBER_INT32 = 3,         /* kCFNumberSInt32Type */
    APPLE_NUMBER_INT64 = 4,         /* kCFNumberSInt64Type */
    APPLE_LOCK_READ_ONLY = 1,       /* kIOSurfaceLockReadOnly */
    APPLE_PIXEL_HALF = 0x4c303068   /* kCVPixelFormatType_OneComponent16Half, 'L00h' */
};

struct apple_entry {
#define APPLE_FIELD(library, result, name, parameters) result(*name) parameters;
    APPLE_FUNCTIONS(APPLE_FIELD)
#undef APPLE_FIELD
#define APPLE_FIELD(library, name) const void *name;
    APPLE_ADDRESSES(APPLE_FIELD)
    APPLE_CONSTANTS(APPLE_FIELD)
#undef APPLE_FIELD
    uint64_t (*clock_ns)(void);       /* the stand-in's own, or this machine's */
    void (*pause)(uint64_t pause_ns); /* by that clock */
    bool standin;
    bool virtual_time;
};

/* Opens the framework at that path for its classes and fills the table from Apple's libraries, or
 * all from the stand-in. If anything is missing, DEVICE_UNSUPPORTED with the name of the library or
 * symbol; where there are no frameworks, with `needs`, a sentence. After success the framework stays
 * open for the life of the process, which must no longer fork, only exec. */
enum device_status apple_entry_open(const char *framework, const char *needs, uint64_t seed,
    struct apple_entry *out, struct device_error *error);

#endif
