/* SPDX-License-Identifier: MIT
 *
 * What the classes of Core ML share.
 */
#ifndef ANEPROBE_TESTS_STANDIN_COREML_H
#define ANEPROBE_TESTS_STANDIN_COREML_H

#import "object.h"

/* MLModelError */
enum {
    COREML_CODE_GENERIC = 0,
    COREML_CODE_FEATURE_TYPE = 1,
    COREML_CODE_IO = 3,
    COREML_CODE_PARAMETERS = 7,
    COREML_CODE_CANCELLED = 11
};
/* MLMultiArrayDataType */
enum { COREML_TYPE_FP16 = 65552, COREML_TYPE_FP32 = 65568 };
/* MLComputeUnits */
enum { COREML_CPU_ONLY, COREML_CPU_AND_GPU, COREML_ALL, COREML_CPU_AND_NE };

/* Whether it is a file URL of a folder with that suffix; if not, that is a violation. */
BOOL coreml_is_folder(id url, NSString *suffix, const char *place);
/* Calls a completion handler, void (^)(id result, NSError *error). */
void coreml_complete(id handler, id result, id error, const char *place);
/* Calls a handler, void (^)(id object). */
void coreml_visit(id handler, id object, const char *place);
/* An error of Core ML's domain, for a method that is to return nil. Returns nil. */
id coreml_refuse(id *error, int code, NSString *text);
/* The same, with the engine's reason. Its status BROKEN is a violation. */
id coreml_refuse_engine(id *error, const struct device_error *reason, const char *place);

#endif
