/* SPDX-License-Identifier: MIT */
#include "coreml.h"

#include "record.h"

id coreml_refuse(id *error, int code, NSString *text) {
    if (error)
        *error =
            [NSError errorWithDomain:@"com.apple.CoreML"
                                code:code
                            userInfo:[NSDictionary dictionaryWithObject:text
                                                                 forKey:NSLocalizedDescriptionKey]];
    return nil;
}

id coreml_refuse_engine(id *error, const struct device_error *reason, const char *place) {
    if (reason->status == DEVICE_BROKEN)
        record_violation("%s: %s", place, reason->text);
    return coreml_refuse(error, COREML_CODE_GENERIC, [NSString stringWithUTF8String:reason->text]);
}
