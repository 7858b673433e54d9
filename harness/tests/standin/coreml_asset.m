/* SPDX-License-Identifier: MIT */
#import "coreml_asset.h"

#include "coreml.h"
#include "coreml_package.h"
#include "record.h"

#include <stdlib.h>
#include <unistd.h>

/* What GNUstep has not. Without a base it is relative to the working directory; here to the root. */
@interface NSURL (Standin)
+ (id)fileURLWithPath:(id)path relativeToURL:(id)base;
@end

@implementation NSURL (Standin)
+ (id)fileURLWithPath:(id)path relativeToURL:(id)base {
    const char *place = "fileURLWithPath:relativeToURL:";
    if (!standin_is(path, [NSString class], place, "the path"))
        return nil;
    return [NSURL URLWithString:path relativeToURL:base ? base : [NSURL fileURLWithPath:@"/"]];
}
@end

static BOOL is_blobs(id blobs, const char *place) {
    if (!standin_is(blobs, [NSDictionary class], place, "the blobs"))
        return NO;
    NSEnumerator *keys = [blobs keyEnumerator];
    for (id key; (key = [keys nextObject]) != nil;) {
        if (!standin_is(key, [NSURL class], place, "a key") ||
            !standin_is([blobs objectForKey:key], [NSData class], place, "a blob"))
            return NO;
        if (![key isFileURL] || ![[key relativePath] hasPrefix:@"weights/"]) {
            record_violation("%s: %s is no file URL that is relative to the model's folder", place,
                [[key description] UTF8String]);
            return NO;
        }
    }
    return YES;
}

@implementation MLModelAsset
+ (id)assetOf:(id)data blobs:(id)blobs error:(id *)error place:(const char *)place {
    if (!standin_is(data, [NSData class], place, "the specification") ||
        (blobs && !is_blobs(blobs, place)))
        return coreml_refuse(error, COREML_CODE_PARAMETERS, @"not a model");
    MLModelAsset *made = [self make];
    made->model = [data copy];
    made->weights = [blobs copy];
    return made;
}

+ (id)modelAssetWithSpecificationData:(id)data error:(id *)error {
    return [self assetOf:data blobs:nil error:error place:"modelAssetWithSpecificationData:error:"];
}

+ (id)modelAssetWithSpecificationData:(id)data blobMapping:(id)blobs error:(id *)error {
    const char *place = "modelAssetWithSpecificationData:blobMapping:error:";
    if (!standin_is(blobs, [NSDictionary class], place, "the blobs"))
        return coreml_refuse(error, COREML_CODE_PARAMETERS, @"no blobs");
    return [self assetOf:data blobs:blobs error:error place:place];
}

/* By files for the suite's own reader, which are gone when it has read them. */
- (struct engine_program *)programOr:(char *)why size:(size_t)why_bytes {
    NSFileManager *files = [NSFileManager defaultManager];
    const char *temporary = getenv("TMPDIR");
    NSString *folder =
        [NSString stringWithFormat:@"%s/asset_%d_%p", temporary && *temporary ? temporary : "/tmp",
                  (int)getpid(), (void *)self];
    NSString *inner = [folder stringByAppendingPathComponent:@"Data/com.apple.CoreML"];
    NSEnumerator *keys = [weights keyEnumerator];
    [files createDirectoryAtPath:[inner stringByAppendingPathComponent:@"weights"]
        withIntermediateDirectories:YES
                         attributes:nil
                              error:NULL];
    [model writeToFile:[inner stringByAppendingPathComponent:@"model.mlmodel"] atomically:NO];
    for (id key; (key = [keys nextObject]) != nil;)
        [[weights objectForKey:key]
            writeToFile:[inner stringByAppendingPathComponent:[key relativePath]]
             atomically:NO];
    struct engine_program *program = coreml_package_program(
        [[inner stringByAppendingPathComponent:@"model.mlmodel"] fileSystemRepresentation], why,
        why_bytes);
    [files removeItemAtPath:folder error:NULL];
    return program;
}

- (void)dealloc {
    [model release];
    [weights release];
    [super dealloc];
}
@end
