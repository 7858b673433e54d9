/* SPDX-License-Identifier: MIT */
#ifndef ANEPROBE_TESTS_STANDIN_DESCRIPTOR_H
#define ANEPROBE_TESTS_STANDIN_DESCRIPTOR_H

#import "object.h"

@interface _ANEInMemoryModelDescriptor : StandinObject {
    NSData *text, *options;
    NSDictionary *weights; /* path to data */
    NSString *hex;
}
+ (id)modelWithMILText:(id)text weights:(id)weights optionsPlist:(id)options;
- (NSData *)text;
- (NSDictionary *)weights;
/* The paths in the order that digests and compiled data have them. */
- (NSArray *)paths;
- (NSString *)hexStringIdentifier;
@end

/* Where every weight file is named to be. */
#define STANDIN_WEIGHTS_PREFIX @"@model_path/"

#endif
