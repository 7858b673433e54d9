/* SPDX-License-Identifier: MIT
 *
 * The ane device: the Neural Engine of this Mac, through Apple's private framework, from C. None of
 * it has been run on an engine yet: it rests on published facts, each with its source
 * (ane_selectors.h), and on runs against a stand-in (apple_entry.h).
 *
 * Options after the colon, separated by commas:
 *   mil=H        the header of MIL texts: ios16, ios17 or ios18 (default: by chip and system)
 *   stand-in     only with ANEPROBE_STANDIN, which sets it
 *
 * Once the device is open the process must not fork, only spawn. Calls that are known to raise
 * exceptions or to hang (chaining) may end the process, so give them a trial of their own.
 */
#ifndef ANEPROBE_DEVICE_ANE_ANE_H
#define ANEPROBE_DEVICE_ANE_ANE_H

#include "device/device.h"

enum device_status ane_device_open(
    const char *options, uint64_t seed, struct device **out, struct device_error *error);

/* The header that an engine's compiler takes. `architecture` is _ANEDeviceInfo's ("h13g" = M1),
 * `os` "macOS 15.3 (...)"; ios18 texts need macOS 15, and M1 is safest with ios16 (skyfallsin field
 * guide; failures of tools on M1 with 15.x in maderix/ANE#3). */
enum mil_header ane_mil_header(const char *architecture, const char *os);

#endif
