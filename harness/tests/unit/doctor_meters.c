/* SPDX-License-Identifier: MIT
 *
 * What doctor says of a meter in each state: against fakes of IOReport and of the controller, and simulated counters.
 */
#include "doctor/doctor.h"
#include "ioreport_kit.h"
#include "meter/meter_smc.h"

#include <unistd.h>

/* What is not ok has a remedy, in the last cell. */
static void remedies_are_there(const char *text) {
    for (const char *line = text; *line;) {
        const char *end = strchr(line, '\n');
        cr_assert(end && end > line);
        const char *ok = strstr(line, ",ok,");
        cr_assert((ok && ok < end) || end[-1] != ',', "no remedy: %s", line);
        line = end + 1;
    }
}

/* The rows, as doctor prints them. */
static const char *rows_of(const struct meters *meters) {
    static char text[8192];
    FILE *file = tmpfile();
    const int saved = dup(STDOUT_FILENO);
    cr_assert(file && saved >= 0);
    fflush(stdout);
    cr_assert(dup2(fileno(file), STDOUT_FILENO) >= 0);
    doctor_meters_rows(meters);
    fflush(stdout);
    cr_assert(dup2(saved, STDOUT_FILENO) >= 0);
    close(saved);
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    remedies_are_there(text);
    return text;
}

#define SAYS(text, words) cr_assert(strstr(text, words), "no '%s' in: %s", words, text)

static int64_t constant(const struct row *row, int sample) {
    (void)row, (void)sample;
    return 10945781;
}

static const char *ioreport_rows(struct machine *m, bool works) {
    cr_assert_eq(meters_prove(&m->meters, works ? &m->work : NULL, UINT64_C(10000000000)), 0);
    return rows_of(&m->meters);
}

Test(doctor_meters, live_and_not_asked_yet) {
    struct machine m;
    MACHINE(&m, control_rows);
    (void)machine_meter(&m);
    const char *rows = ioreport_rows(&m, false);
    SAYS(rows, "energy,ioreport cpu,ok,\"CPU Energy, in mJ: updated every ");
    SAYS(rows, "energy,ioreport engine,unproven,ANE: nothing was asked of the engine meanwhile,run "
               "'aneprobe run energy'");
    SAYS(rows, "energy,control,ok,\"AMC Stats, Perf Counters; Interrupt Statistics: said to move");
    machine_close(&m);
}

Test(doctor_meters, frozen) {
    struct machine m;
    MACHINE(&m, control_rows);
    s.value = constant;
    (void)machine_meter(&m);
    const char *rows = ioreport_rows(&m, true);
    SAYS(rows, "energy,ioreport engine,frozen,\"ANE: stood still for ");
    SAYS(rows, "energy,ioreport cpu,frozen,CPU Energy: stood still for ");
    SAYS(rows, "while a core was busy,\"start Activity Monitor or 'sudo powermetrics', then try "
               "again\"");
    machine_close(&m);
}

Test(doctor_meters, absent) {
    static const struct row others[] = {{"CPU Stats", "", "ANE", "mJ", SIMPLE, SIM_RAIL_ENGINE, 1}};
    static const struct row unit[] = {{MODEL, "ANE", "J/s", SIMPLE, SIM_RAIL_ENGINE, 1}};
    struct machine m;
    MACHINE(&m, others);
    (void)machine_meter(&m);
    SAYS(ioreport_rows(&m, true), "energy,ioreport,absent,IOReport has no group Energy Model");
    machine_close(&m);
    MACHINE(&m, unit);
    (void)machine_meter(&m);
    SAYS(ioreport_rows(&m, true),
        "energy,ioreport engine,absent,\"ANE: the channel ANE has the unit 'J/s'");
    machine_close(&m);
}

/* A controller that has one sensor, which follows the simulated machine or says the same always. */
static struct sensor {
    struct device *device;
    const char *key;
    double watts;
} sensor;

static int answer(void *context, const struct smc_message *in, struct smc_message *out) {
    const char *key = sensor.key;
    const float watts =
        (float)(sensor.watts > 0 ? sensor.watts
                                 : 1 + 3 * (double)device_clock_ns(sensor.device) / 1e12);
    const bool there = key && in->key == ((uint32_t)key[0] << 24 | (uint32_t)key[1] << 16 |
                                             (uint32_t)key[2] << 8 | (uint32_t)key[3]);
    (void)context;
    *out = (struct smc_message){.result = there ? 0 : 132};
    out->info.size = 4;
    out->info.type = SMC_TYPE_FLOAT;
    memcpy(out->bytes, &watts, sizeof watts);
    return 0;
}

static const char *controller_rows(const char *key, double watts, bool can_be_opened) {
    static const struct smc_entry entry = {answer, NULL, NULL}, closed = {NULL, NULL, NULL};
    struct device *device = kit_open("");
    struct meters meters = {.device = device, .n = 1};
    sensor = (struct sensor){device, key, watts};
    meters.list[0] = smc_open_with(device, can_be_opened ? &entry : &closed, "Apple M6");
    cr_assert(meters.list[0]);
    meters.list[0]->table = &meter_smc;
    meters.list[0]->device = device;
    cr_assert_eq(meters_prove(&meters, NULL, UINT64_C(10000000000)), 0);
    const char *rows = rows_of(&meters);
    meter_smc.close(meters.list[0]);
    device_close(device);
    return rows;
}

Test(doctor_meters, controller) {
    SAYS(controller_rows("PSTR", 5, true), "energy,smc system,frozen,PSTR: stood still for ");
    SAYS(controller_rows("PSTR", 0, true), "energy,smc system,unproven,\"PSTR: says ");
    SAYS(controller_rows("PSTR", 0, true), "close other programs, then try again");
    SAYS(controller_rows(NULL, 1, true), "energy,smc,absent,no sensor of power that is known here");
    SAYS(controller_rows(NULL, 1, false), "energy,smc,absent,the controller AppleSMC cannot be");
}

static const char *simulated_rows(const char *lines) {
    struct device *device = kit_open(lines);
    struct meters *meters = meters_open(device);
    cr_assert(meters);
    cr_assert_eq(meters_prove(meters, NULL, UINT64_C(3000000000)), 0);
    const char *rows = rows_of(meters);
    meters_close(meters);
    device_close(device);
    return rows;
}

Test(doctor_meters, forbidden) {
    SAYS(simulated_rows("meter,forbidden\n"),
        "energy,sim package,forbidden,package: this simulated machine keeps its counters from "
        "users,set the key meter to works");
    SAYS(simulated_rows("meter,none\n"), "energy,sim,absent,");
}

/* Work that runs nowhere near the engine leaves its counter unproven. */
Test(doctor_meters, elsewhere) {
    struct machine m;
    MACHINE(&m, control_rows);
    s.value = constant;
    s.runs_elsewhere = true;
    (void)machine_meter(&m);
    SAYS(ioreport_rows(&m, true), "run 'aneprobe run placement'");
    machine_close(&m);
}
