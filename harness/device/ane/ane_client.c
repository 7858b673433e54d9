/* SPDX-License-Identifier: MIT
 *
 * The connections to the system's daemon, each made on first use.
 */
#include "device/ane/ane_internal.h"

void *ane_client(struct ane_device *device, struct apple_call *call) {
    if (!device->client) {
        void *client = ane_client_shared(call);
        if (client)
            device->client = call->runtime->entry.objc_retain(client);
    }
    return device->client;
}

void *ane_chain_client(struct ane_device *device, struct apple_call *call) {
    if (!device->chain_client)
        device->chain_client = ane_client_create(call);
    return device->chain_client;
}
