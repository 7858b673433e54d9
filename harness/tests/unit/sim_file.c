/* SPDX-License-Identifier: MIT
 *
 * Sim files: keys, defaults, and errors with their place.
 */
#include "sim_kit.h"

static enum device_status read_bytes(
    const void *text, size_t bytes, struct sim_params *params, struct device_error *error) {
    char path[64];
    kit_file_write(path, text, bytes);
    enum device_status status = sim_file_read(path, params, error);
    unlink(path);
    return status;
}

static void refused(const char *text, const char *place, const char *reason) {
    struct sim_params params;
    struct device_error error = {.text = ""};
    cr_assert_eq(read_bytes(text, strlen(text), &params, &error), DEVICE_BROKEN, "%s", text);
    cr_assert(strstr(error.text, place), "%s: %s", place, error.text);
    cr_assert(strstr(error.text, reason), "%s: %s", reason, error.text);
    cr_assert_str_eq(error.stage, "open");
}

Test(sim_file, every_key_is_read) {
    static const char text[] =
        "# a comment\n\n"
        "chip,M9 Max, the big one\r\nos, macOS 99 \n"
        "compile_ms,1\ncompile_per_mb_ms,2\ncached_compile_ms,3\nload_ms,4\n"
        "unload_ms,5\nfirst_use_ms,6\ndispatch_us,7\ntflops,8\n"
        "bandwidth_gbs,9\nsram_mb,10\nspill_slowdown,11\nzeros_time_pct,55\n"
        "formats_expand,1\nengine_cores,27\nnotch_mb,28\nnotch_kb,29\nnotch_slowdown,30\n"
        "limit_kind,bytes\nlimit_value,12.5\nlimit_failure,silent\n"
        "reload_source,1\nreload_compiled,1\nweights_buffer,1\n"
        "mutable_weights,sync\nmutable_stays,1\nmutable_map_ms,31\n"
        "mutable_sync_per_mb_ms,32\n"
        "limit_back,purge\nfiles_limit,51\nfiles_failure,crash\nlayers_limit,52\n"
        "layers_failure,hang\naxis_limit,53\naxis_failure,silent\n"
        "surfaces_limit,54\nsurfaces_failure,crash\n"
        "in_flight,39\nlane_lag,41\nengines,40\nnap_after_ms,33\nnap_wake_ms,34\nsleep_after_ms,"
        "35\n"
        "sleep_wake_ms,36\nslow_after_us,37\nslow_pct,38\n"
        "qos_effect_pct,-13\nchain,accepted_only\nchain_step_us,14\n"
        "overlap,0.5\neval_slowdown_pct,15\ncompile_slowdown_pct,16\n"
        "eval_cv_pct,17\nprocess_cv_pct,18\ndrift_pct_per_min,-19\n"
        "busy_share_pct,21\nbusy_ms,22\nbusy_slowdown_pct,23\n"
        "busy_side,host\nlow_clock_share_pct,24\nlow_clock_ms,25\n"
        "low_clock_slowdown_pct,26\n"
        "outlier_pct,20"; /* no line end: still a line */
    struct sim_params p;
    struct device_error error = {.text = ""};
    cr_assert_eq(read_bytes(text, strlen(text), &p, &error), DEVICE_OK, "%s", error.text);
    cr_assert_str_eq(p.chip, "M9 Max, the big one");
    cr_assert_str_eq(p.os, "macOS 99");
    cr_assert(p.compile_ms == 1 && p.compile_per_mb_ms == 2 && p.cached_compile_ms == 3);
    cr_assert(p.load_ms == 4 && p.unload_ms == 5 && p.first_use_ms == 6 && p.dispatch_us == 7);
    cr_assert(p.tflops == 8 && p.bandwidth_gbs == 9 && p.sram_mb == 10 && p.spill_slowdown == 11);
    cr_assert(p.formats_expand && p.engine_cores == 27 && p.notch_mb == 28 && p.notch_kb == 29);
    cr_assert(p.notch_slowdown == 30 && p.zeros_time_pct == 55);
    cr_assert(p.limit_kind == SIM_LIMIT_BYTES && p.limit_value == 12.5);
    cr_assert_eq(p.limit_failure, SIM_FAILURE_SILENT);
    cr_assert(p.reload_source && p.reload_compiled && p.weights_buffer);
    cr_assert(p.mutable_weights == SIM_MUTABLE_SYNC && p.mutable_stays);
    cr_assert(p.limit_back == SIM_BACK_PURGE);
    cr_assert(p.files_limit == 51 && p.files_failure == SIM_PAST_CRASH);
    cr_assert(p.layers_limit == 52 && p.layers_failure == SIM_PAST_HANG);
    cr_assert(p.axis_limit == 53 && p.axis_failure == SIM_PAST_SILENT);
    cr_assert(p.surfaces_limit == 54 && p.surfaces_failure == SIM_PAST_CRASH);
    cr_assert(p.mutable_map_ms == 31 && p.mutable_sync_per_mb_ms == 32);
    cr_assert(p.in_flight == 39 && p.lane_lag == 41 && p.engines == 40);
    cr_assert(p.nap_after_ms == 33 && p.nap_wake_ms == 34 && p.sleep_after_ms == 35);
    cr_assert(p.sleep_wake_ms == 36 && p.slow_after_us == 37 && p.slow_pct == 38);
    cr_assert(p.qos_effect_pct == -13 && p.chain == SIM_CHAIN_ACCEPTED_ONLY);
    cr_assert(p.chain_step_us == 14 && p.overlap == 0.5);
    cr_assert(p.eval_slowdown_pct == 15 && p.compile_slowdown_pct == 16 && p.eval_cv_pct == 17);
    cr_assert(p.process_cv_pct == 18 && p.drift_pct_per_min == -19 && p.outlier_pct == 20);
    cr_assert(p.busy_share_pct == 21 && p.busy_ms == 22 && p.busy_slowdown_pct == 23);
    cr_assert(p.busy_side == SIM_SIDE_HOST && p.low_clock_share_pct == 24);
    cr_assert(p.low_clock_ms == 25 && p.low_clock_slowdown_pct == 26);
}

Test(sim_file, defaults_are_the_documented_ones) {
    struct sim_params p;
    struct device_error error = {.text = ""};
    cr_assert_eq(read_bytes("", 0, &p, &error), DEVICE_OK, "%s", error.text);
    cr_assert_str_eq(p.chip, "sim");
    cr_assert_str_eq(p.os, "none");
    cr_assert(p.compile_ms == 20 && p.compile_per_mb_ms == 2 && p.cached_compile_ms == 1);
    cr_assert(p.load_ms == 2 && p.unload_ms == 0.5 && p.first_use_ms == 10);
    cr_assert(p.dispatch_us == 150 && p.tflops == 10 && p.bandwidth_gbs == 100);
    cr_assert(p.sram_mb == 32 && p.spill_slowdown == 2 && p.limit_kind == SIM_LIMIT_NONE);
    cr_assert_eq(p.zeros_time_pct, 100);
    cr_assert(!p.formats_expand && p.engine_cores == 1 && p.notch_mb == 0 && p.notch_kb == 16 &&
              p.notch_slowdown == 2);
    cr_assert(p.limit_failure == SIM_FAILURE_ERROR && !p.reload_source && !p.reload_compiled);
    cr_assert(p.mutable_weights == SIM_MUTABLE_NONE && !p.mutable_stays);
    cr_assert(p.limit_back == SIM_BACK_NOTHING);
    cr_assert(p.files_limit == 0 && p.layers_limit == 0 && p.axis_limit == 0);
    cr_assert(p.surfaces_limit == 0 && p.files_failure == SIM_PAST_ERROR);
    cr_assert(p.mutable_map_ms == 0.5 && p.mutable_sync_per_mb_ms == 0.5);
    cr_assert(p.in_flight == 1 && p.lane_lag == 1 && p.engines == 1);
    cr_assert(p.nap_after_ms == 0 && p.nap_wake_ms == 4 && p.sleep_after_ms == 0);
    cr_assert(p.sleep_wake_ms == 50 && p.slow_after_us == 0 && p.slow_pct == 150);
    cr_assert(!p.weights_buffer && p.qos_effect_pct == 0 && p.chain == SIM_CHAIN_NONE);
    cr_assert(p.chain_step_us == 50 && p.overlap == 1 && p.eval_slowdown_pct == 0);
    cr_assert(p.compile_slowdown_pct == 0 && p.eval_cv_pct == 0 && p.process_cv_pct == 0);
    cr_assert(p.drift_pct_per_min == 0 && p.outlier_pct == 0);
    cr_assert(p.busy_share_pct == 0 && p.busy_ms == 2000 && p.busy_slowdown_pct == 100);
    cr_assert(p.busy_side == SIM_SIDE_BOTH && p.low_clock_share_pct == 0);
    cr_assert(p.low_clock_ms == 20000 && p.low_clock_slowdown_pct == 30);
}

/* Line ends as editors of all systems write them. */
Test(sim_file, any_line_end_and_a_byte_order_mark) {
    static const char *const texts[] = {"load_ms,7\nunload_ms,8\n", "load_ms,7\r\nunload_ms,8\r\n",
        "load_ms,7\runload_ms,8\r", "\xef\xbb\xbfload_ms,7\nunload_ms,8",
        "\xef\xbb\xbf# comment\r\nload_ms,7\r\nunload_ms,8"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct sim_params p;
        struct device_error error = {.text = ""};
        cr_assert_eq(read_bytes(texts[i], strlen(texts[i]), &p, &error), DEVICE_OK, "%zu: %s", i,
            error.text);
        cr_assert(p.load_ms == 7 && p.unload_ms == 8, "text %zu was read as defaults", i);
    }
    refused("load_ms,1\r\rspeed,2\r", ":3: ", "unknown key");
}

Test(sim_file, errors_name_the_line) {
    refused("load_ms,1\nspeed,2\n", ":2: ", "unknown key \"speed\"");
    refused("load_ms,1\n\n# x\nload_ms,1\n", ":4: ", "already given in line 1");
    refused("load_ms\n", ":1: ", "not key,value");
    refused("load_ms,\n", ":1: ", "has no value");
    refused("load_ms,fast\n", ":1: ", "a number from 0");
    refused("load_ms,1e400\n", ":1: ", "a number from 0");
    refused("load_ms,-1\n", ":1: ", "a number from 0");
    refused("load_ms,nan\n", ":1: ", "a number from 0");
    refused("load_ms,0x10\n", ":1: ", "a number from 0");
    refused("load_ms,1 2\n", ":1: ", "a number from 0");
    refused("tflops,0\n", ":1: ", "a number from 1e-06");
    refused("overlap,1.01\n", ":1: ", "a number from 0 to 1");
    refused("reload_source,yes\n", ":1: ", "0 or 1");
    refused("chain,maybe\n", ":1: ", "one of none, prepare_fails, accepted_only, works");
    refused("limit_kind,programs\n", ":1: ", "one of none, compiles, loaded, bytes");
    refused("\nlimit_kind,loaded\n", ":2: ", "needs a limit_value");
    refused("limit_kind,loaded\nlimit_value,0\n", ":2: ", "limit_value cannot be \"0\"");
    refused("limit_kind,loaded\nlimit_value,1.5\n", ":2: ", "a whole number");
    refused("\nlimit_value,7\n", ":2: ", "without a limit");
    refused(
        "limit_kind,loaded\nlimit_value,7\nlimit2_kind,bytes\n", ":3: ", "needs a limit2_value");
    refused("limit2_kind,bytes\nlimit2_value,7\n", ":1: ", "is a second limit");
    refused("limit_kind,loaded\nlimit_value,7\nlimit2_kind,loaded\nlimit2_value,9\n",
        ":3: ", "a kind other than loaded");
    refused("limit_kind,bytes\nlimit_value,7\nlimit2_kind,compiles\nlimit2_value,9.5\n",
        ":4: ", "counts compiles");
    refused("\nlimit2_value,7\n", ":2: ", "give limit2_kind");
    refused("qos_refused,64\n", ":1: ", "from 0 to 63");
    refused("\nqos_refused,8.5\n", ":2: ", "a whole number");
    refused("qos_failure,loud\n", ":1: ", "one of error, silent");
    refused("chip,tab\there\n", ":1: ", "printable");
    refused("chip,0123456789012345678901234567890123456789012345678901234567890123\n",
        ":1: ", "up to 63");
}

Test(sim_file, what_is_not_a_sim_file_is_refused_early) {
    struct sim_params params;
    struct device_error error = {.text = ""};
    size_t bytes = 1 << 20;
    char *text = malloc(bytes);

    memset(text, 'x', bytes);
    cr_assert_eq(read_bytes(text, bytes, &params, &error), DEVICE_BROKEN);
    cr_assert(strstr(error.text, ":1: more than 256 bytes in a line"), "%s", error.text);
    for (size_t i = 0; i < bytes; i++)
        text[i] = i % 2 ? '\n' : '#';
    cr_assert_eq(read_bytes(text, bytes, &params, &error), DEVICE_BROKEN);
    cr_assert(strstr(error.text, ":32769: more than 65536 bytes"), "%s", error.text);
    free(text);
    cr_assert_eq(read_bytes("os,a\n\0", 6, &params, &error), DEVICE_BROKEN);
    cr_assert(strstr(error.text, ":2: a zero byte"), "%s", error.text);
}

Test(sim_file, a_path_that_cannot_be_read_is_bad_usage) {
    struct device *device;
    struct device_error error = {.text = ""};
    static const char *const names[] = {"/nonexistent/x", "m9", "/tmp", "/dev/null", "",
        ",numerics=off", "x,speed=1", "x,way=tpu", "x,way=gp,numerics=off"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        cr_assert_eq(sim_device_open(names[i], 1, &device, &error), DEVICE_BROKEN);
        cr_assert_null(device);
        cr_assert_str_eq(error.domain, DEVICE_USAGE_DOMAIN, "%s", names[i]);
        cr_assert(strstr(error.text, "sim"), "%s", error.text);
    }
}

/* The listing is a sim file again: read back, it lists the same. */
static void property_append(void *context, const char *key, const char *value) {
    char *text = context;
    if (strncmp(key, "sim_", 4) == 0 && value[0])
        sprintf(text + strlen(text), "%s,%s\n", key + 4, value);
}

Test(sim_file, listing_says_what_the_file_said) {
    struct sim_params p, q;
    struct device_error error = {.text = ""};
    char first[4096] = "", second[4096] = "";
    static const char text[] =
        "limit_kind,compiles\nlimit_value,119\nload_ms,0.1\nreload_source,1\n";
    cr_assert_eq(read_bytes(text, strlen(text), &p, &error), DEVICE_OK);
    sim_params_list(&p, property_append, first);
    cr_assert(strstr(first, "limit_value,119\n") && strstr(first, "load_ms,0.1\n"), "%s", first);
    cr_assert_eq(read_bytes(first, strlen(first), &q, &error), DEVICE_OK, "%s", error.text);
    sim_params_list(&q, property_append, second);
    cr_assert_str_eq(first, second);
    /* a plain one lists no limit_value, which it must not have */
    first[0] = '\0';
    sim_params_default(&p);
    sim_params_list(&p, property_append, first);
    cr_assert_eq(read_bytes(first, strlen(first), &q, &error), DEVICE_OK, "%s", error.text);
}
