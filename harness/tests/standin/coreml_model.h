/* SPDX-License-Identifier: MIT
 *
 * MLModel: a package translated, a compiled model loaded, predictions.
 */
#ifndef ANEPROBE_TESTS_STANDIN_COREML_MODEL_H
#define ANEPROBE_TESTS_STANDIN_COREML_MODEL_H

#import "coreml_features.h"

struct engine_binding;

@interface MLModel : StandinObject {
    struct engine_program *program;
    int procedure;
    /* the memories of the last prediction, inputs then outputs, and what is bound to them */
    struct memory **memories, **bound;
    struct engine_binding *binding;
    int way; /* enum device_way */
}
+ (id)compileModelAtURL:(id)url error:(id *)error;
+ (id)modelWithContentsOfURL:(id)url configuration:(id)configuration error:(id *)error;
+ (void)loadModelAsset:(id)asset configuration:(id)configuration completionHandler:(id)handler;
+ (id)availableComputeDevices;
- (id)predictionFromFeatures:(id)features options:(id)options error:(id *)error;
- (id)newState;
- (id)predictionFromFeatures:(id)features
                  usingState:(id)state
                     options:(id)options
                       error:(id *)error;
@end

#endif
