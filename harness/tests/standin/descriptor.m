/* SPDX-License-Identifier: MIT
 *
 * Text and weights of a program, and the identity that follows from them.
 */
#import "descriptor.h"

#include "measure/digest.h"
#include "record.h"

static const char place[] = "modelWithMILText:weights:optionsPlist:";

@interface _ANEInMemoryModelDescriptor (Parts)
- (void)takeText:(NSData *)text weights:(NSDictionary *)weights options:(NSData *)options;
@end

/* Path to data, out of path to {offset, data}. nil after a violation. */
static NSDictionary *weights_take(NSDictionary *given) {
    NSMutableDictionary *taken = [NSMutableDictionary dictionary];
    NSEnumerator *keys = [given keyEnumerator];
    for (NSString *key = [keys nextObject]; key; key = [keys nextObject]) {
        NSDictionary *entry = [given objectForKey:key];
        if (!standin_is(key, [NSString class], place, "a key of the weights") ||
            !standin_is(entry, [NSDictionary class], place, "an entry of the weights") ||
            !standin_is([entry objectForKey:@"offset"], [NSNumber class], place, "offset") ||
            !standin_is([entry objectForKey:@"data"], [NSData class], place, "data"))
            return nil;
        if (![key hasPrefix:STANDIN_WEIGHTS_PREFIX @"weights/"] ||
            [[entry objectForKey:@"offset"] longLongValue] != 0) {
            record_violation(
                "%s: %s is no @model_path/weights/NAME.bin with offset 0", place, [key UTF8String]);
            return nil;
        }
        [taken setObject:[entry objectForKey:@"data"] forKey:key];
    }
    return taken;
}

static NSString *hex_of(NSArray *parts) {
    struct digest sum;
    unsigned char bytes[DIGEST_BYTES];
    char text[DIGEST_HEX_BYTES];
    digest_start(&sum);
    for (NSUInteger i = 0; i < [parts count]; i++)
        digest_add(&sum, [[parts objectAtIndex:i] bytes], [[parts objectAtIndex:i] length]);
    if (digest_end(&sum, bytes) != 0)
        abort();
    digest_hex(bytes, text);
    return [NSString stringWithUTF8String:text];
}

@implementation _ANEInMemoryModelDescriptor
+ (id)modelWithMILText:(id)text weights:(id)weights optionsPlist:(id)options {
    if (!standin_is(text, [NSData class], place, "the text") ||
        !standin_is(weights, [NSDictionary class], place, "the weights") ||
        (options && !standin_is(options, [NSData class], place, "optionsPlist")))
        return nil;
    NSDictionary *taken = weights_take(weights);
    if (!taken)
        return nil;
    _ANEInMemoryModelDescriptor *made = [self make];
    [made takeText:text weights:taken options:options];
    return made;
}

- (void)takeText:(NSData *)given weights:(NSDictionary *)taken options:(NSData *)plist {
    text = [given copy];
    weights = [taken copy];
    options = [plist copy];
    NSMutableArray *files = [NSMutableArray array];
    NSArray *paths = [self paths];
    for (NSUInteger i = 0; i < [paths count]; i++) {
        NSString *path = [paths objectAtIndex:i];
        [files addObject:[path dataUsingEncoding:NSUTF8StringEncoding]];
        [files addObject:[weights objectForKey:path]];
    }
    NSArray *plists = options ? [NSArray arrayWithObject:options] : [NSArray array];
    hex = [[NSString alloc] initWithFormat:@"%@_%@_%@", hex_of([NSArray arrayWithObject:text]),
                            hex_of(plists), hex_of(files)];
}

- (NSData *)text {
    return text;
}
- (NSDictionary *)weights {
    return weights;
}
- (NSArray *)paths {
    return [[weights allKeys] sortedArrayUsingSelector:@selector(compare:)];
}
- (NSString *)hexStringIdentifier {
    return hex;
}
- (void)dealloc {
    [text release];
    [weights release];
    [options release];
    [hex release];
    [super dealloc];
}
@end
