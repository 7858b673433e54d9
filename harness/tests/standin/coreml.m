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

BOOL coreml_is_folder(id url, NSString *suffix, const char *place) {
    if (!standin_is(url, [NSURL class], place, "the URL"))
        return NO;
    if ([url isFileURL] && [[[url path] pathExtension] isEqualToString:suffix])
        return YES;
    record_violation("%s: %s is no file URL of a .%s", place, [[url description] UTF8String],
        [suffix UTF8String]);
    return NO;
}

extern const void *const _NSConcreteGlobalBlock[32]; /* runtime.c */

/* What clang's block ABI says of a global block. */
struct block {
    const void *isa;
    int flags, reserved;
    void (*invoke)(void *block, id result, id error);
    const struct { unsigned long reserved, size; } * descriptor;
};

/* NULL, and a violation, when it is none. */
static const struct block *block_of(id handler, const char *place) {
    enum { BLOCK_IS_GLOBAL = 1 << 28 };
    const struct block *block = (const void *)handler;
    if (block && block->isa == _NSConcreteGlobalBlock && block->flags == BLOCK_IS_GLOBAL &&
        block->descriptor && block->descriptor->reserved == 0 &&
        block->descriptor->size >= sizeof *block)
        return block;
    record_violation("%s: the handler is not laid out as a block", place);
    return NULL;
}

void coreml_complete(id handler, id result, id error, const char *place) {
    const struct block *block = block_of(handler, place);
    if (block)
        block->invoke(handler, result, error);
}

/* What the second register has is nothing of the handler's. */
void coreml_visit(id handler, id object, const char *place) {
    const struct block *block = block_of(handler, place);
    if (block)
        block->invoke(handler, object, (id)(uintptr_t)1);
}
