/* SPDX-License-Identifier: MIT */
#import "disk.h"

#include "engine.h"
#include "mil/blob.h"
#include "record.h"

NSString *disk_directory(NSString *hex) {
    const char *temporary = getenv("TMPDIR");
    return [NSString stringWithFormat:@"%s/%@", temporary && *temporary ? temporary : "/tmp", hex];
}

/* Without a copy; nil when there is no such file. What is kept has to be copied. */
static NSData *contents(NSString *file) {
    return [[NSFileManager defaultManager] isReadableFileAtPath:file]
               ? [NSData dataWithContentsOfMappedFile:file]
               : nil;
}

@implementation StandinDisk
+ (id)diskOf:(_ANEInMemoryModelDescriptor *)given {
    StandinDisk *made = [self make];
    made->descriptor = [given retain];
    made->directory = [disk_directory([given hexStringIdentifier]) copy];
    made->source = [[given weights] mutableCopy];
    return made;
}

- (NSString *)directory {
    return directory;
}

- (NSString *)fileOf:(NSString *)path {
    return [directory
        stringByAppendingPathComponent:[path substringFromIndex:[STANDIN_WEIGHTS_PREFIX length]]];
}

- (BOOL)isReadyForCompile {
    NSString *text_file = [directory stringByAppendingPathComponent:@"model.mil"];
    NSData *text = contents(text_file);
    BOOL ready = [text isEqual:[descriptor text]];
    if (!ready)
        record_violation(
            "compile: model.mil in the model's directory is %s", text ? "another text" : "missing");
    NSArray *paths = [descriptor paths];
    for (NSUInteger i = 0; i < [paths count]; i++) {
        NSString *path = [paths objectAtIndex:i];
        if ([[NSFileManager defaultManager] isReadableFileAtPath:[self fileOf:path]])
            continue;
        record_violation("compile: %s is missing in the model's directory", [path UTF8String]);
        ready = NO;
    }
    return ready;
}

- (NSData *)sourceJoined {
    NSArray *paths = [descriptor paths];
    if ([paths count] == 1)
        return [source objectForKey:[paths objectAtIndex:0]];
    NSMutableData *all = [NSMutableData data];
    for (NSUInteger i = 0; i < [paths count]; i++)
        [all appendData:[source objectForKey:[paths objectAtIndex:i]]];
    return all;
}

- (void)writeCompiled {
    NSDictionary *plist = [NSDictionary dictionaryWithObject:@"stand-in" forKey:@"Compiler"];
    [plist writeToFile:[directory stringByAppendingPathComponent:@"net.plist"] atomically:NO];
    if ([source count] == 0)
        return;
    [compiled release];
    compiled = [[self sourceJoined] copy];
    [compiled writeToFile:[directory stringByAppendingPathComponent:@"data"] atomically:NO];
}

/* Blobs of `path` that differ between two versions of its file. */
- (void)compare:(const unsigned char *)now
           with:(const unsigned char *)last
           size:(size_t)bytes
             of:(NSString *)path
         source:(BOOL)is_source
             in:(struct engine_program *)program {
    const struct mil_blob_file file = {.path = [path UTF8String], .data = last, .bytes = bytes};
    for (int f = 0; f < program->mil->n_functions; f++)
        for (int i = 0; i < program->mil->functions[f].n_ops; i++)
            for (int a = 0; a < program->mil->functions[f].ops[i].n_attrs; a++) {
                const struct mil_literal *literal =
                    &program->mil->functions[f].ops[i].attrs[a].literal;
                struct mil_blob blob;
                struct mil_error error;
                if (!literal->blob_path || strcmp(literal->blob_path, file.path) != 0 ||
                    mil_blob_read(&file, literal->blob_offset, &blob, &error) != 0)
                    continue;
                const unsigned char *data = now + ((const unsigned char *)blob.data - last);
                if (memcmp(data, blob.data, blob.bytes) != 0)
                    engine_rewrite(
                        program, is_source, file.path, literal->blob_offset, data, blob.bytes);
            }
}

- (void)noticeChanges:(struct engine_program *)program {
    NSArray *paths = [descriptor paths];
    size_t at = 0;
    NSData *data = contents([directory stringByAppendingPathComponent:@"data"]);
    if (data && compiled && [data length] != [compiled length])
        record_violation("load: the compiled data have another length than the compile gave them");
    BOOL comparable = data && compiled && [data length] == [compiled length];
    for (NSUInteger i = 0; i < [paths count]; i++) {
        NSString *path = [paths objectAtIndex:i];
        NSData *last = [source objectForKey:path];
        NSData *now = contents([self fileOf:path]);
        size_t bytes = [[[descriptor weights] objectForKey:path] length];
        if (now && [now length] != bytes) {
            record_violation(
                "load: %s has another length than the model was made with", [path UTF8String]);
            now = nil;
        }
        if (now && ![now isEqual:last]) {
            [self compare:[now bytes] with:[last bytes] size:bytes of:path source:YES in:program];
            [source setObject:[NSData dataWithData:now] forKey:path];
        }
        if (comparable)
            [self compare:(const unsigned char *)[data bytes] + at
                     with:(const unsigned char *)[compiled bytes] + at
                     size:bytes
                       of:path
                   source:NO
                       in:program];
        at += bytes;
    }
    if (comparable && ![data isEqual:compiled]) {
        [compiled release];
        compiled = [[NSData alloc] initWithBytes:[data bytes] length:[data length]];
    }
}

- (void)dealloc {
    [descriptor release];
    [directory release];
    [source release];
    [compiled release];
    [super dealloc];
}
@end
