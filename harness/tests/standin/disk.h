/* SPDX-License-Identifier: MIT
 *
 * A program's directory: what the client must have put there, what a compile leaves there, and what the client
 * has changed since.
 */
#ifndef ANEPROBE_TESTS_STANDIN_DISK_H
#define ANEPROBE_TESTS_STANDIN_DISK_H

#import "descriptor.h"

struct engine_program;

/* $TMPDIR/HEX, as NSTemporaryDirectory has it on a Mac. */
NSString *disk_directory(NSString *hex);

@interface StandinDisk : StandinObject {
    _ANEInMemoryModelDescriptor *descriptor;
    NSString *directory;
    NSMutableDictionary *source; /* path to the data last seen */
    NSData *compiled;            /* the weight files one after the other, last seen; nil before */
}
+ (id)diskOf:(_ANEInMemoryModelDescriptor *)descriptor;
- (NSString *)directory;
/* Whether everything is there that a compile reads. A missing file or another text is a violation. */
- (BOOL)isReadyForCompile;
/* Writes net.plist and, when there are weights, data. */
- (void)writeCompiled;
/* Tells the engine which blobs have changed since they were last seen. */
- (void)noticeChanges:(struct engine_program *)program;
@end

#endif
