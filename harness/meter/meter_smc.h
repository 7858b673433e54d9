/* SPDX-License-Identifier: MIT
 *
 * The system management controller's power sensors, for chips without a channel of energy. What is called of
 * IOKit is looked up at run time.
 */
#ifndef ANEPROBE_METER_METER_SMC_H
#define ANEPROBE_METER_METER_SMC_H

#include "meter/meter_table.h"

/* One exchange with the controller (metaspartan/mactop, smc.c). `key` has its four letters from the most significant
 * byte on; data8 says what: 9 asks for type and size, 5 for the bytes. */
struct smc_message {
    uint32_t key;
    struct {
        uint8_t major, minor, build, reserved;
        uint16_t release;
    } version;
    struct {
        uint16_t version, length;
        uint32_t cpu, gpu, memory;
    } limit;
    struct {
        uint32_t size, type;
        uint8_t attributes;
    } info;
    uint8_t result, status, data8;
    uint32_t data32;
    uint8_t bytes[32];
};
_Static_assert(sizeof(struct smc_message) == 80, "the controller takes 80 bytes");
enum { SMC_ASK_INFO = 9, SMC_ASK_BYTES = 5 };
#define SMC_TYPE_FLOAT UINT32_C(0x666c7420) /* "flt " */

struct smc_entry {
    /* 0, or IOKit's code. */
    int (*call)(void *context, const struct smc_message *in, struct smc_message *out);
    void (*close)(void *context);
    void *context;
};

/* `chip` as the device names it: what a sensor means depends on it. Closes the entry at the end. */
struct meter *smc_open_with(struct device *device, const struct smc_entry *entry, const char *chip);
extern const struct meter_table meter_smc;

#endif
