/* SPDX-License-Identifier: MIT
 *
 * MLModelAsset: a model in memory.
 */
#ifndef ANEPROBE_TESTS_STANDIN_COREML_ASSET_H
#define ANEPROBE_TESTS_STANDIN_COREML_ASSET_H

#import "object.h"

struct engine_program;

@interface MLModelAsset : StandinObject {
    NSData *model;
    NSDictionary *weights; /* NSURL to NSData; nil: none */
}
+ (id)modelAssetWithSpecificationData:(id)data error:(id *)error;
+ (id)modelAssetWithSpecificationData:(id)data blobMapping:(id)blobs error:(id *)error;
/* For the stand-in: as a program, or NULL and why. */
- (struct engine_program *)programOr:(char *)why size:(size_t)why_bytes;
@end

#endif
