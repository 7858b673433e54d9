/* SPDX-License-Identifier: MIT
 *
 * QoS classes as thread priorities. Linux: a thread's nice value. macOS: the thread's own QoS
 * class, which is what Apple's numbers are.
 */
#include "device/host/affinity.h"

#include "device/device.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>

int priority_nice_of(int qos) {
    switch (qos) {
    case DEVICE_QOS_BACKGROUND:
        return 10;
    case DEVICE_QOS_UTILITY:
        return 5;
    default:
        return 0;
    }
}

#ifdef __APPLE__
#include <pthread/qos.h>

int priority_apply(int nice) {
    qos_class_t class = nice >= 10  ? QOS_CLASS_BACKGROUND
                        : nice >= 5 ? QOS_CLASS_UTILITY
                                    : QOS_CLASS_DEFAULT;
    return pthread_set_qos_class_self_np(class, 0);
}
#else
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_once_t start_once = PTHREAD_ONCE_INIT;
static int start_nice;

static void start_read(void) {
    errno = 0;
    start_nice = getpriority(PRIO_PROCESS, 0);
    if (errno != 0)
        start_nice = 0;
}

int priority_apply(int nice) {
    pthread_once(&start_once, start_read);
#ifdef SYS_gettid
    /* On Linux a nice value belongs to a thread. */
    id_t thread = (id_t)syscall(SYS_gettid);
    return setpriority(PRIO_PROCESS, thread, start_nice + nice) == 0 ? 0 : errno;
#else
    return nice == 0 ? 0 : ENOTSUP;
#endif
}
#endif

static void *raise_try(void *result) {
    *(bool *)result = priority_apply(1) == 0 && priority_apply(0) == 0;
    return NULL;
}

bool priority_can_raise(void) {
    bool can = false;
    pthread_t thread;
    if (priority_apply(0) == 0 && pthread_create(&thread, NULL, raise_try, &can) == 0)
        pthread_join(thread, NULL);
    return can;
}
