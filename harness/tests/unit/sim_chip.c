/* SPDX-License-Identifier: MIT
 *
 * Chips by name, from this test's own table.
 */
#include "sim_kit.h"

#include <sys/stat.h>

#define HEAD "chip,key,value,unit,basis,rows,sources,note\n"

static char root[64], table[128];

static void chips_write(const char *rows) {
    FILE *file = fopen(table, "w");
    cr_assert(file);
    cr_assert(fputs(HEAD, file) >= 0 && fputs(rows, file) >= 0);
    cr_assert_eq(fclose(file), 0);
}

static void set_up(void) {
    char directory[96];
    strcpy(root, "/tmp/aneprobe-chips-XXXXXX");
    cr_assert(mkdtemp(root));
    snprintf(directory, sizeof directory, "%s/results", root);
    cr_assert_eq(mkdir(directory, 0700), 0);
    snprintf(table, sizeof table, "%s/chips.csv", directory);
    cr_assert_eq(setenv("ANEPROBE_SOURCE", root, 1), 0);
    chips_write("M4,dispatch_us,80,us,fitted,2,x,\n"
                "M4,load_ms,,ms,unknown,,,\n"
                "M4,limit_kind,compiles,,published,3,x,\n"
                "M4,limit_value,119,,published,3,x,\n"
                "M4,host_static_step_ms,107,ms,fitted,4,x,\n"
                "M4 Max,tflops,12,TFLOPS,published,5,x,\n");
}

static void tear_down(void) {
    char directory[96];
    snprintf(directory, sizeof directory, "%s/results", root);
    unlink(table);
    rmdir(directory);
    rmdir(root);
}

TestSuite(sim_chip, .init = set_up, .fini = tear_down);

Test(sim_chip, known_keys_are_taken_and_others_stay) {
    struct sim_chip chip;
    struct device_error error = {.text = ""};
    cr_assert_eq(sim_chip_read("M4", &chip, &error), DEVICE_OK, "%s", error.text);
    cr_assert_str_eq(chip.name, "m4");
    cr_assert_str_eq(chip.params.chip, "M4");
    cr_assert(chip.params.dispatch_us == 80 && chip.params.load_ms == 2);
    cr_assert(chip.params.limit_kind == SIM_LIMIT_COMPILES && chip.params.limit_value == 119);
    cr_assert_str_eq(chip.basis[sim_params_key("dispatch_us")], "fitted");
    cr_assert_str_eq(chip.basis[sim_params_key("limit_kind")], "published");
    cr_assert_str_eq(chip.basis[sim_params_key("load_ms")], "default");
    cr_assert_eq(sim_chip_read("m4-MAX", &chip, &error), DEVICE_OK, "%s", error.text);
    cr_assert(chip.params.tflops == 12 && chip.params.dispatch_us == 150);
    cr_assert_eq(sim_chip_read("M4 Max", &chip, &error), DEVICE_OK, "%s", error.text);
}

static void basis_find(void *context, const char *key, const char *value) {
    char *found = context;
    if (strcmp(key, "sim_dispatch_us_basis") == 0)
        strcpy(found, value);
}

Test(sim_chip, a_device_says_where_its_parameters_are_from) {
    struct device *device;
    struct device_error error = {.text = ""};
    char found[32] = "";
    cr_assert_eq(device_open("sim:M4", 1, &device, &error), DEVICE_OK, "%s", error.text);
    cr_assert_str_eq(device->name, "sim:m4");
    device_properties(device, basis_find, found);
    cr_assert_str_eq(found, "fitted");
    device_close(device);
}

static void refused(const char *name, const char *reason) {
    struct device *device;
    struct device_error error = {.text = ""};
    cr_assert_eq(device_open(name, 1, &device, &error), DEVICE_BROKEN, "%s", name);
    cr_assert(strstr(error.text, reason), "%s: %s", name, error.text);
}

Test(sim_chip, unknown_chip_lists_the_known_ones) {
    refused("sim:m9", "the chips are m4, m4-max");
    refused("sim:m4-pro", "m4, m4-max");
    refused("sim:m4m4m4m4m4m4m4m4m4m4m4m4m4m4m4m4m4m4m4m4m4m4", "m4, m4-max");
}

Test(sim_chip, a_wrong_table_is_named_by_line) {
    chips_write("M4,dispatch_us,fast,us,fitted,2,x,\n");
    refused("sim:m4", "results/chips.csv:2: dispatch_us cannot be \"fast\"");
    chips_write("M4,dispatch_us,1e400,us,fitted,2,x,\n");
    refused("sim:m4", ":2: dispatch_us");
    chips_write("M4,load_ms,1,ms,fitted,2,x,\nM4,speed,1,us,fitted,2,x,\n");
    refused("sim:m4", ":3: unknown key \"speed\"");
    chips_write("M4,limit_kind,loaded,,published,2,x,\n");
    refused("sim:m4", "no limit_value");
    chips_write("M4,dispatch_us\n");
    refused("sim:m4", "chips.csv:2");
    cr_assert_eq(unlink(table), 0);
    refused("sim:m4", "chips.csv");
}
