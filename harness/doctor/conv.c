/* SPDX-License-Identifier: MIT */
#include "doctor/doctor.h"

#include "experiment/experiment.h"

#include <stdio.h>
#include <string.h>

/* The form of text, which is what may have to be changed, or the device. */
static const char *item_of(const char *check, const struct device *device) {
    return strcmp(check, "conv") == 0 ? mil_header_name(device->mil_header) : device->name;
}

static const char *remedy_of(const char *check, const struct device_error *error) {
    if (error->status == DEVICE_UNSUPPORTED)
        return "";
    return strcmp(check, "conv") == 0
               ? "send this account; the suite's other devices work without it"
               : "do what the message says; until then nothing runs on this device";
}

static void put_error(const char *check, const char *item, const struct device_error *error) {
    const bool has_domain = error->domain[0] != '\0';
    doctor_row(check, item, error->status == DEVICE_UNSUPPORTED ? "unsupported" : "failed",
        remedy_of(check, error), "%s: %s%s%s%s", error->stage, error->text, has_domain ? " (" : "",
        error->domain, has_domain ? ")" : "");
}

static double us(uint64_t ns) {
    return (double)ns / 1e3;
}

static void put_result(const char *check, const struct device *device, bool right, double worst) {
    doctor_row(check, item_of(check, device), right ? "ok" : "differs",
        right ? "" : "do not trust this device here; send this account",
        "%s; largest difference %.2g of the largest element", right ? "right" : "wrong output",
        worst);
}

/* Only for the ane device: a first run's times on others mean nothing. */
static void put_times(const struct device_compile_info *info, uint64_t load_ns, uint64_t eval_ns) {
    doctor_row("time", "compile", "ok", "", "%.0f us%s", us(info->elapsed_ns),
        info->cached ? ", cached" : "");
    doctor_row("time", "load", "ok", "", "%.0f us", us(load_ns));
    doctor_row("time", "first eval", "ok", "", "%.0f us", us(eval_ns));
}

/* The compiler of the cpu device's programs. */
static void put_compiler(void *context, const char *key, const char *value) {
    (void)context;
    if (strcmp(key, "compiler") == 0)
        doctor_row("tool", "C compiler", "ok", "", "%s", value);
}

int doctor_conv(const char *check, const char *name) {
    struct trial t = {.seed = 64};
    struct subject *subject = NULL;
    struct device_error error;
    if (device_open(name, 0, &t.device, &error) != DEVICE_OK) {
        put_error(check, name, &error);
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
        put_result(check, t.device, right, worst);
        if (strcmp(check, "conv") == 0)
            put_times(&info, loaded_ns - start_ns, end_ns - loaded_ns);
        else
            device_properties(t.device, put_compiler, NULL);
        status = subject_unload(subject, &error);
    }
    if (status != DEVICE_OK)
        put_error(check, item_of(check, t.device), &error);
    subject_free(subject);
    device_close(t.device);
    return 0;
}
