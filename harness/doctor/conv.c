/* SPDX-License-Identifier: MIT */
#include "doctor/doctor.h"

#include "experiment/experiment.h"

#include <stdio.h>

/* Which form of text, that is what may have to be changed. */
static const char *header_of(const struct device *device) {
    return mil_header_name(device->mil_header);
}

static int put_error(const struct device *device, const struct device_error *error) {
    doctor_row("conv", header_of(device),
        error->status == DEVICE_UNSUPPORTED ? "unsupported" : "failed", "%s: %s%s%s%s",
        error->stage, error->text, error->domain[0] != '\0' ? " (" : "", error->domain,
        error->domain[0] != '\0' ? ")" : "");
    return 0;
}

static double us(uint64_t ns) {
    return (double)ns / 1e3;
}

int doctor_conv(const char *name) {
    struct trial t = {.seed = 64};
    struct subject *subject = NULL;
    struct device_error error;
    if (device_open(name, 0, &t.device, &error) != DEVICE_OK) {
        doctor_row("conv", name, "failed", "%s", error.text);
        return 0;
    }
    const struct subject_spec spec = {
        .kind = SUBJECT_CONV, .channels = 64, .spatial = 64, .depth = 1, .weight_seed = 64};
    struct device_compile_info info;
    bool right;
    double worst;
    enum device_status status = subject_create(&t, &spec, &subject, &error);
    if (status == DEVICE_OK)
        status = subject_compile(subject, DEVICE_QOS_DEFAULT, &error);
    uint64_t start_ns = device_clock_ns(t.device);
    if (status == DEVICE_OK)
        status = subject_load(subject, DEVICE_QOS_DEFAULT, &error);
    uint64_t loaded_ns = device_clock_ns(t.device);
    if (status == DEVICE_OK)
        status = subject_verify(subject, DEVICE_QOS_DEFAULT, &right, &worst, &error);
    uint64_t end_ns = device_clock_ns(t.device);
    if (status == DEVICE_OK) {
        device_compile_info(t.device, subject_program(subject), &info);
        doctor_row("conv", header_of(t.device), right ? "ok" : "differs",
            "%s; largest difference %.2g of the largest element", right ? "right" : "wrong output",
            worst);
        doctor_row("time", "compile", "ok", "%.0f us%s", us(info.elapsed_ns),
            info.cached ? ", cached" : "");
        doctor_row("time", "load", "ok", "%.0f us", us(loaded_ns - start_ns));
        doctor_row("time", "first eval", "ok", "%.0f us", us(end_ns - loaded_ns));
        status = subject_unload(subject, &error);
    }
    if (status != DEVICE_OK)
        put_error(t.device, &error);
    subject_free(subject);
    device_close(t.device);
    return 0;
}
