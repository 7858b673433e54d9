/* SPDX-License-Identifier: MIT
 *
 * The coreml device: Core ML, Apple's public way to the engine, the GPU and the processor, from C.
 * Nothing of it has been run on a Mac yet: it rests on documentation (coreml_selectors.h) and on runs
 * against a stand-in (device/apple/apple_entry.h).
 *
 * Options after the colon, separated by commas:
 *   ne | gpu | cpu | all   what Core ML may use beside the processor: the engine (the default), the
 *                          GPU, nothing, or everything. It may always use the processor, and says
 *                          where it plans to run an operation (device_placement), not where it ran
 *   io=copy      inputs and outputs are copied, as a plain MLMultiArray is; without it Core ML gets
 *                them as IOSurfaces, and writes outputs where they are wanted
 *   model=memory  programs are given to Core ML as an asset in memory (macOS 13, with weights 15);
 *                without it as a package in a directory, which Core ML compiles to another
 *   mil=H        the target of programs: ios16, ios17 or ios18 (default: by system)
 *   stand-in     only with ANEPROBE_STANDIN, which sets it
 *
 * A compile translates the program's package (compileModelAtURL:), or makes the asset, and loads it
 * once, which makes the code of the unit; then it lets go of it. A load may take minutes or end the process: give it a
 * process with a limit, as a trial has. Once the device is open the process must not fork, only spawn.
 */
#ifndef ANEPROBE_DEVICE_COREML_COREML_H
#define ANEPROBE_DEVICE_COREML_COREML_H

#include "device/device.h"

enum device_status coreml_device_open(
    const char *options, uint64_t seed, struct device **out, struct device_error *error);

#endif
