/* SPDX-License-Identifier: MIT
 *
 * Declares what the library exports from the device's own tables, so that a prototype that differs
 * does not compile. The runtime's functions only where STANDIN_RUNTIME is defined: GNUstep's headers
 * have them with other types.
 */
#ifndef ANEPROBE_TESTS_STANDIN_ENTRY_H
#define ANEPROBE_TESTS_STANDIN_ENTRY_H

#include "device/apple/apple_entry.h"
#include "standin.h"

#define STANDIN_EXPORT __attribute__((visibility("default")))

#ifdef STANDIN_RUNTIME
#define STANDIN_DECLARE_OBJC(result, name, parameters) STANDIN_EXPORT result name parameters;
#else
#define STANDIN_DECLARE_OBJC(result, name, parameters)
#endif
#define STANDIN_DECLARE_SYSTEM(result, name, parameters) STANDIN_EXPORT result name parameters;
#define STANDIN_DECLARE_CF(result, name, parameters) STANDIN_EXPORT result name parameters;
#define STANDIN_DECLARE_IOSURFACE(result, name, parameters) STANDIN_EXPORT result name parameters;
#define STANDIN_DECLARE_COREVIDEO(result, name, parameters) STANDIN_EXPORT result name parameters;
#define STANDIN_DECLARE(library, result, name, parameters)                                         \
    STANDIN_DECLARE_##library(result, name, parameters)
APPLE_FUNCTIONS(STANDIN_DECLARE)
#undef STANDIN_DECLARE

#define STANDIN_DECLARE(result, name, parameters) STANDIN_EXPORT result name parameters;
APPLE_STANDIN_HOOKS(STANDIN_DECLARE)
STANDIN_QUERIES(STANDIN_DECLARE)
#undef STANDIN_DECLARE

#endif
