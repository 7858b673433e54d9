/* SPDX-License-Identifier: MIT */
#import "attributes.h"

#include "engine.h"

static NSNumber *number(size_t value) {
    return [NSNumber numberWithLongLong:(long long)value];
}

/* Outputs are called NAME@output. */
static NSString *name_of(
    const struct engine_program *program, int procedure, bool output, int slot) {
    return [NSString stringWithFormat:@"%s%s", engine_tensor(program, procedure, output, slot).name,
                     output ? "@output" : ""];
}

static NSArray *list(const struct engine_program *program, int procedure, bool output) {
    NSMutableArray *tensors = [NSMutableArray array];
    for (int slot = 0; slot < engine_tensors(program, procedure, output); slot++) {
        const struct engine_tensor t = engine_tensor(program, procedure, output, slot);
        NSString *name = name_of(program, procedure, output, slot);
        [tensors
            addObject:[NSDictionary
                          dictionaryWithObjectsAndKeys:name, @"Name", name, @"Symbol",
                          t.type.dtype == MIL_FP16 ? @"Float16" : @"Float32", @"Type",
                          number((size_t)t.type.dim[0]), @"Batches", number((size_t)t.type.dim[1]),
                          @"Channels", number((size_t)t.type.dim[2]), @"Height",
                          number((size_t)t.type.dim[3]), @"Width", number(1), @"Depth", number(1),
                          @"Interleave", number(t.batch_stride), @"BatchStride",
                          number(t.plane_stride), @"PlaneStride", number(t.row_stride),
                          @"RowStride", number(t.batch_stride), @"DepthStride", nil]];
    }
    return tensors;
}

/* The symbols of all procedures, one after the other, and which of them each procedure uses. */
static NSMutableArray *symbols(
    const struct engine_program *program, bool output, NSMutableArray *procedures) {
    NSMutableArray *all = [NSMutableArray array];
    for (int i = 0; i < program->mil->n_functions; i++) {
        NSMutableArray *own = [NSMutableArray array];
        for (int slot = 0; slot < engine_tensors(program, i, output); slot++) {
            [own addObject:number([all count])];
            [all addObject:name_of(program, i, output, slot)];
        }
        [[procedures objectAtIndex:(NSUInteger)i]
            setObject:own
               forKey:output ? @"ANEFModelOutputSymbolIndexArray"
                             : @"ANEFModelInputSymbolIndexArray"];
    }
    return all;
}

static NSDictionary *description(const struct engine_program *program) {
    NSMutableArray *procedures = [NSMutableArray array];
    NSMutableDictionary *ids = [NSMutableDictionary dictionary];
    for (int i = 0; i < program->mil->n_functions; i++) {
        [procedures addObject:[NSMutableDictionary dictionaryWithObject:number((size_t)i)
                                                                 forKey:@"ANEFModelProcedureID"]];
        [ids setObject:number((size_t)i)
                forKey:[NSString stringWithUTF8String:program->mil->functions[i].name]];
    }
    NSArray *inputs = symbols(program, false, procedures);
    NSArray *outputs = symbols(program, true, procedures);
    return [NSDictionary dictionaryWithObjectsAndKeys:procedures, @"ANEFModelProcedures", inputs,
                         @"kANEFModelInputSymbolsArrayKey", outputs,
                         @"kANEFModelOutputSymbolsArrayKey", ids,
                         @"kANEFModelProcedureNameToIDMapKey", nil];
}

NSDictionary *attributes_of(const struct engine_program *program) {
    NSMutableArray *status = [NSMutableArray array];
    for (int i = 0; i < program->mil->n_functions; i++)
        [status
            addObject:[NSDictionary
                          dictionaryWithObjectsAndKeys:[NSString
                                                           stringWithUTF8String:program->mil
                                                                                    ->functions[i]
                                                                                    .name],
                          @"Name", list(program, i, false), @"LiveInputList",
                          list(program, i, true), @"LiveOutputList", nil]];
    return [NSDictionary dictionaryWithObjectsAndKeys:status, @"NetworkStatusList",
                         description(program), @"ANEFModelDescription", nil];
}
