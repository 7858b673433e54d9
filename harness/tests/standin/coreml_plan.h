/* SPDX-License-Identifier: MIT
 *
 * MLComputePlan: where the engine behind the stand-in says that a program is planned to run.
 */
#ifndef ANEPROBE_TESTS_STANDIN_COREML_PLAN_H
#define ANEPROBE_TESTS_STANDIN_COREML_PLAN_H

#import "object.h"

struct engine_program;

@interface MLComputePlan : StandinObject {
    struct engine_program *program;
    NSInteger units;
    NSMutableDictionary *functions; /* name to MLModelStructureProgramFunction */
}
+ (void)loadContentsOfURL:(id)url configuration:(id)configuration completionHandler:(id)handler;
+ (void)loadModelAsset:(id)asset configuration:(id)configuration completionHandler:(id)handler;
- (id)modelStructure;
- (id)computeDeviceUsageForMLProgramOperation:(id)operation;
- (id)estimatedCostOfMLProgramOperation:(id)operation;
@end

#endif
