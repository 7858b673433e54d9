/* SPDX-License-Identifier: MIT */
#ifndef ANEPROBE_TESTS_STANDIN_ATTRIBUTES_H
#define ANEPROBE_TESTS_STANDIN_ATTRIBUTES_H

#import <Foundation/Foundation.h>

struct engine_program;

/* modelAttributes of a loaded program: NetworkStatusList with, for each procedure, the inputs and
 * outputs by slot, their shapes and strides (slavko-at-klincov-it/ANE-Training). */
NSDictionary *attributes_of(const struct engine_program *program);

#endif
