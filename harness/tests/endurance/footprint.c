/* SPDX-License-Identifier: MIT */
#include "footprint.h"

#include "../bench/bench.h"
#include "measure/stats.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SAMPLES_MOST = 4096 };

static const char *const part_names[FOOTPRINT_PARTS] = {"memory", "handles", "threads", "files"};

bool footprint_can(void) {
    return access("/proc/self/statm", R_OK) == 0;
}

static double resident_kib(void) {
    FILE *file = fopen("/proc/self/statm", "re");
    unsigned long all, resident;
    if (!file)
        return -1;
    int found = fscanf(file, "%lu %lu", &all, &resident);
    fclose(file);
    return found == 2 ? (double)resident * (double)sysconf(_SC_PAGESIZE) / 1024 : -1;
}

/* Without the handle that reads the directory, which is only in the list of handles. */
static double entries(const char *path, int besides) {
    DIR *directory = opendir(path);
    if (!directory)
        return -1;
    int n = -besides;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        n += entry->d_name[0] != '.';
    closedir(directory);
    return n;
}

static int files_found;

static int file_count(const char *path, const struct stat *st, int kind, struct FTW *at) {
    (void)path, (void)st, (void)kind, (void)at;
    files_found++;
    return 0;
}

static double files_below(const char *path) {
    files_found = 0;
    return nftw(path, file_count, 16, FTW_PHYS) == 0 ? files_found : -1;
}

/* Allocated and touched now: otherwise the samples themselves would grow. */
static int room_make(struct footprint *f) {
    double **columns[FOOTPRINT_PARTS + 1] = {&f->cycle};
    for (int i = 0; i < FOOTPRINT_PARTS; i++)
        columns[i + 1] = &f->part[i];
    for (int i = 0; i <= FOOTPRINT_PARTS; i++) {
        *columns[i] = malloc(SAMPLES_MOST * sizeof(double));
        if (!*columns[i])
            return -1;
        memset(*columns[i], 0xff, SAMPLES_MOST * sizeof(double));
    }
    f->stride = 1;
    return 0;
}

/* Every second sample is removed, and from now on half as many are taken. */
static void thin(struct footprint *f) {
    f->n /= 2;
    for (size_t k = 0; k < f->n; k++) {
        f->cycle[k] = f->cycle[2 * k];
        for (int i = 0; i < FOOTPRINT_PARTS; i++)
            f->part[i][k] = f->part[i][2 * k];
    }
    f->stride *= 2;
}

int footprint_add(struct footprint *f, double cycle) {
    if (!f->cycle && room_make(f) != 0)
        return -1;
    if (fmod(cycle, (double)f->stride) != 0)
        return 0;
    if (f->n == SAMPLES_MOST)
        thin(f);
    const double parts[FOOTPRINT_PARTS] = {[FOOTPRINT_MEMORY] = resident_kib(),
        [FOOTPRINT_HANDLES] = entries("/proc/self/fd", 1),
        [FOOTPRINT_THREADS] = entries("/proc/self/task", 0),
        [FOOTPRINT_FILES] = files_below(f->temporary)};
    for (int i = 0; i < FOOTPRINT_PARTS; i++) {
        if (parts[i] < 0)
            return -1;
        f->part[i][f->n] = parts[i];
    }
    f->cycle[f->n++] = cycle;
    return 0;
}

void footprint_free(struct footprint *f) {
    free(f->cycle);
    for (int i = 0; i < FOOTPRINT_PARTS; i++)
        free(f->part[i]);
    *f = (struct footprint){0};
}

static void row_print(const char *benchmark, const char *metric, double value, const char *unit,
    const char *reference, double ratio, double goal, bool met) {
    printf("%s,%s,%.4g,%s,%s,%.4g,%g,%s\n", benchmark, metric, value, unit, reference, ratio, goal,
        met ? "yes" : "no");
}

static bool memory_judge(
    const struct footprint *f, size_t first, const char *benchmark, double leak_bytes) {
    enum { STRETCHES = 20 };
    const size_t n = f->n - first;
    double cycle[STRETCHES], memory[STRETCHES];
    for (size_t i = 0; i < STRETCHES; i++) {
        size_t begin = first + i * n / STRETCHES, end = first + (i + 1) * n / STRETCHES;
        cycle[i] = stats_median(f->cycle + begin, end - begin);
        memory[i] = 1024 * stats_median(f->part[FOOTPRINT_MEMORY] + begin, end - begin);
    }
    const struct stats_interval slope = stats_theil_sen(cycle, memory, STRETCHES, 0.95);
    const bool met = slope.high < leak_bytes; /* false without enough samples */
    char between[80];
    snprintf(between, sizeof between, "%.3g to %.3g; %.0f KiB held", slope.low, slope.high,
        memory[STRETCHES - 1] / 1024);
    row_print(benchmark, "memory_slope", slope.estimate, "bytes a cycle", between,
        slope.high / leak_bytes, leak_bytes, met);
    return met;
}

static double most(const double *x, size_t begin, size_t end) {
    double largest = 0;
    for (size_t k = begin; k < end; k++)
        largest = fmax(largest, x[k]);
    return largest;
}

bool footprint_judge(const struct footprint *f, const char *benchmark, double leak_bytes) {
    const size_t first = f->n / 10;
    if (f->n - first < 2) {
        fprintf(stderr, "%s: %zu samples say nothing; give it more seconds\n", benchmark, f->n);
        return false;
    }
    bool flat = memory_judge(f, first, benchmark, leak_bytes);
    const size_t middle = first + (f->n - first) / 2;
    for (int i = FOOTPRINT_HANDLES; i < FOOTPRINT_PARTS; i++) {
        const double before = most(f->part[i], first, middle);
        const double after = most(f->part[i], middle, f->n);
        char held[40];
        snprintf(held, sizeof held, "%.0f at most", before);
        row_print(benchmark, part_names[i], after - before, "more at most later", held,
            before > 0 ? after / before : NAN, 0, after <= before);
        flat = flat && after <= before;
    }
    return flat;
}
