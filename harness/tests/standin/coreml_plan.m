/* SPDX-License-Identifier: MIT */
#import "coreml_plan.h"

#import "coreml_asset.h"
#import "coreml_features.h"
#import "coreml_units.h"

#include "coreml.h"
#include "coreml_package.h"
#include "engine.h"
#include "record.h"
#include "trouble.h"

#include <string.h>

/* The structure of a program. Each class has what one method returns. */
@interface MLModelStructureProgramNamedValueType : StandinObject {
  @public
    NSString *name;
}
- (id)name;
@end

@implementation MLModelStructureProgramNamedValueType
- (id)name {
    return name;
}
- (void)dealloc {
    [name release];
    [super dealloc];
}
@end

@interface MLComputePlanDeviceUsage : StandinObject {
  @public
    id preferred;
    NSArray *supported;
}
- (id)preferredComputeDevice;
- (id)supportedComputeDevices;
@end

@implementation MLComputePlanDeviceUsage
- (id)preferredComputeDevice {
    return preferred;
}
- (id)supportedComputeDevices {
    return supported;
}
- (void)dealloc {
    [preferred release];
    [supported release];
    [super dealloc];
}
@end

@interface MLComputePlanCost : StandinObject {
  @public
    double weight;
}
- (double)weight;
@end

@implementation MLComputePlanCost
- (double)weight {
    return weight;
}
@end

@interface MLModelStructureProgramOperation : StandinObject {
  @public
    NSString *operator_name;
    NSArray *outputs;
    MLComputePlanDeviceUsage *usage; /* nil: a constant */
    MLComputePlanCost *cost;
}
- (id)operatorName;
- (id)outputs;
@end

@implementation MLModelStructureProgramOperation
- (id)operatorName {
    return operator_name;
}
- (id)outputs {
    return outputs;
}
- (void)dealloc {
    [operator_name release];
    [outputs release];
    [usage release];
    [cost release];
    [super dealloc];
}
@end

@interface MLModelStructureProgramBlock : StandinObject {
  @public
    NSMutableArray *operations;
}
- (id)operations;
@end

@implementation MLModelStructureProgramBlock
- (id)operations {
    return operations;
}
- (void)dealloc {
    [operations release];
    [super dealloc];
}
@end

@interface MLModelStructureProgramFunction : StandinObject {
  @public
    MLModelStructureProgramBlock *block;
}
- (id)block;
@end

@implementation MLModelStructureProgramFunction
- (id)block {
    return block;
}
- (void)dealloc {
    [block release];
    [super dealloc];
}
@end

@interface MLModelStructureProgram : StandinObject {
  @public
    NSDictionary *functions;
}
- (id)functions;
@end

@implementation MLModelStructureProgram
- (id)functions {
    return functions;
}
- (void)dealloc {
    [functions release];
    [super dealloc];
}
@end

@interface MLModelStructure : StandinObject {
  @public
    MLModelStructureProgram *program;
}
- (id)program;
@end

@implementation MLModelStructure
- (id)program {
    return program;
}
- (void)dealloc {
    [program release];
    [super dealloc];
}
@end

/* ---- a plan from what the engine says */

struct planning {
    NSMutableArray *operations;
    NSInteger units;
    const char *target;
};

/* Whether the units of the configuration have it. */
static BOOL is_allowed(NSInteger units, int unit) {
    return unit == DEVICE_UNIT_CPU ||
           (unit == DEVICE_UNIT_GPU ? units == COREML_CPU_AND_GPU || units == COREML_ALL
                                    : units == COREML_CPU_AND_NE || units == COREML_ALL);
}

/* The engine's word, by a machine that has a GPU too: without the engine what could run there goes to
 * the GPU, and without both to the processor. */
static int unit_for(NSInteger units, int planned) {
    if (planned == DEVICE_UNIT_CPU || is_allowed(units, planned))
        return planned;
    return is_allowed(units, DEVICE_UNIT_GPU) ? DEVICE_UNIT_GPU : DEVICE_UNIT_CPU;
}

static MLModelStructureProgramOperation *operation_of(
    const char *target, const char *name, const char *output) {
    MLModelStructureProgramOperation *made = [MLModelStructureProgramOperation make];
    MLModelStructureProgramNamedValueType *named = [MLModelStructureProgramNamedValueType make];
    made->operator_name = [[NSString alloc] initWithFormat:@"%s.%s", target, name];
    named->name = [[NSString alloc] initWithUTF8String:output];
    made->outputs = [[NSArray alloc] initWithObjects:named, nil];
    return made;
}

static void operation_put(void *context, const struct device_placement *placement) {
    struct planning *p = context;
    NSArray *all = coreml_units();
    MLModelStructureProgramOperation *made =
        operation_of(p->target, placement->operation, placement->output);
    const BOOL moved = trouble_plan_is_cpu(placement->output);
    const int unit = moved ? DEVICE_UNIT_CPU : unit_for(p->units, placement->planned);
    NSMutableArray *supported = [NSMutableArray array];
    for (int i = 0; i < DEVICE_UNITS && i < (int)[all count]; i++)
        if ((placement->possible >> i & 1) && is_allowed(p->units, i))
            [supported addObject:[all objectAtIndex:(NSUInteger)i]];
    made->usage = [[MLComputePlanDeviceUsage make] retain];
    made->usage->preferred = [[all objectAtIndex:(NSUInteger)unit] retain];
    made->usage->supported = [supported copy];
    made->cost = [[MLComputePlanCost make] retain];
    made->cost->weight = placement->cost;
    [p->operations addObject:made];
}

@implementation MLComputePlan
- (BOOL)planFunction:(int)procedure reason:(struct device_error *)reason {
    const struct mil_function *f = &program->mil->functions[procedure];
    MLModelStructureProgramFunction *function = [MLModelStructureProgramFunction make];
    MLModelStructureProgramBlock *block = [MLModelStructureProgramBlock make];
    struct planning p = {[NSMutableArray array], units, f -> target};
    [p.operations addObject:operation_of(f->target, "const", "a_constant")];
    if (engine_placement(program, procedure, operation_put, &p, reason) != DEVICE_OK)
        return NO;
    block->operations = [p.operations retain];
    function->block = [block retain];
    [functions setObject:function forKey:[NSString stringWithUTF8String:f->name]];
    return YES;
}

/* Of a program that it takes; NULL: why it could not be read. */
+ (MLComputePlan *)planOf:(struct engine_program *)program
                      why:(const char *)why
                    units:(NSInteger)units
                    error:(id *)error {
    struct device_error reason;
    if (!program)
        return coreml_refuse(error, COREML_CODE_IO, [NSString stringWithUTF8String:why]);
    MLComputePlan *made = [self make];
    made->program = program;
    made->units = units;
    made->functions = [[NSMutableDictionary alloc] init];
    for (int i = 0; i < made->program->mil->n_functions; i++)
        if (![made planFunction:i reason:&reason])
            return coreml_refuse_engine(error, &reason, "MLComputePlan");
    return made;
}

+ (void)loadContentsOfURL:(id)url configuration:(id)given completionHandler:(id)handler {
    const char *place = "loadContentsOfURL:configuration:completionHandler:";
    char why[400];
    id error = nil;
    MLComputePlan *plan = nil;
    if (!coreml_is_folder(url, @"mlmodelc", place)) {
        record_violation("%s: of anything but a compiled model it raises a C++ exception", place);
        (void)coreml_refuse(&error, COREML_CODE_IO, @"not a compiled model");
    } else if (standin_is(given, [MLModelConfiguration class], place, "the configuration")) {
        plan = [self
            planOf:coreml_package_program([[url path] fileSystemRepresentation], why, sizeof why)
               why:why
             units:((MLModelConfiguration *)given)->units
             error:&error];
    }
    coreml_complete(handler, plan, error, place);
}

+ (void)loadModelAsset:(id)asset configuration:(id)given completionHandler:(id)handler {
    const char *place = "MLComputePlan loadModelAsset:configuration:completionHandler:";
    char why[400];
    id error = nil;
    MLComputePlan *plan = nil;
    if (standin_is(asset, [MLModelAsset class], place, "the asset") &&
        standin_is(given, [MLModelConfiguration class], place, "the configuration"))
        plan = [self planOf:[asset programOr:why size:sizeof why]
                        why:why
                      units:((MLModelConfiguration *)given)->units
                      error:&error];
    coreml_complete(handler, plan, error, place);
}

- (id)modelStructure {
    MLModelStructure *structure = [MLModelStructure make];
    structure->program = [[MLModelStructureProgram make] retain];
    structure->program->functions = [functions copy];
    return structure;
}

- (id)computeDeviceUsageForMLProgramOperation:(id)operation {
    return standin_is(operation, [MLModelStructureProgramOperation class],
               "computeDeviceUsageForMLProgramOperation:", "the operation")
               ? ((MLModelStructureProgramOperation *)operation)->usage
               : nil;
}

- (id)estimatedCostOfMLProgramOperation:(id)operation {
    return standin_is(operation, [MLModelStructureProgramOperation class],
               "estimatedCostOfMLProgramOperation:", "the operation")
               ? ((MLModelStructureProgramOperation *)operation)->cost
               : nil;
}

- (void)dealloc {
    engine_program_free(program);
    [functions release];
    [super dealloc];
}
@end
