/* SPDX-License-Identifier: MIT
 */
#include "device/apple/apple_lanes.h"

#include "device/device_table.h"

#include <pthread.h>

/* They begin together, once all threads are there. */
struct lane_gate {
    pthread_mutex_t lock;
    pthread_cond_t opened;
    bool is_open;
};

struct lane {
    pthread_t thread;
    struct lane_gate *gate;
    struct device *device;
    const struct device_lane *spec;
    int n_evals, qos;
    enum device_status status;
    struct device_error error;
};

static void *lane_run(void *argument) {
    struct lane *lane = argument;
    const struct device_table *table = lane->device->table;
    pthread_mutex_lock(&lane->gate->lock);
    while (!lane->gate->is_open)
        pthread_cond_wait(&lane->gate->opened, &lane->gate->lock);
    pthread_mutex_unlock(&lane->gate->lock);
    for (int i = 0; i < lane->n_evals && lane->status == DEVICE_OK; i++) {
        lane->status = table->eval(lane->device, lane->spec->request, lane->qos, &lane->error);
        lane->spec->end_ns[i] = table->clock_ns(lane->device);
    }
    return NULL;
}

enum device_status apple_eval_lanes(struct device *device, const struct device_lane *lanes,
    int n_lanes, int n_evals, int qos, struct device_error *error) {
    struct lane running[DEVICE_LANES_MAX];
    struct lane_gate gate = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false};
    enum device_status status = DEVICE_OK;
    int n = 0;
    for (; n < n_lanes && status == DEVICE_OK; n++) {
        running[n] = (struct lane){.gate = &gate,
            .device = device,
            .spec = &lanes[n],
            .n_evals = n_evals,
            .qos = qos,
            .status = DEVICE_OK};
        if (pthread_create(&running[n].thread, NULL, lane_run, &running[n]) != 0) {
            status = device_error_set(
                error, DEVICE_BROKEN, "eval", "no thread for lane %d of %d", n + 1, n_lanes);
            break;
        }
    }
    pthread_mutex_lock(&gate.lock);
    gate.is_open = true;
    pthread_cond_broadcast(&gate.opened);
    pthread_mutex_unlock(&gate.lock);
    for (int i = 0; i < n; i++) {
        (void)pthread_join(running[i].thread, NULL);
        if (status == DEVICE_OK && running[i].status != DEVICE_OK) {
            status = running[i].status;
            *error = running[i].error;
        }
    }
    pthread_cond_destroy(&gate.opened);
    pthread_mutex_destroy(&gate.lock);
    return status;
}
