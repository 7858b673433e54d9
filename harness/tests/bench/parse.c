/* SPDX-License-Identifier: MIT
 *
 * How fast 10 MB of MIL are parsed, beside scanning and copying the same bytes. The text is what a
 * trainer's kernels look like: convs, norms, consts inline and in blobs. In processor time, so that
 * a busy machine does not count; the best of several rounds. And the most memory that this process has while it
 * parses and checks a million operators, their text included.
 */
#include "mil/check/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { TEXT_BYTES = 10000000, LAYER_BYTES_MAX = 8192, ROUNDS = 7 };
enum { OPERATORS = 1000000, OPERATOR_BYTES_MAX = 128 };
static const double goal_mb_s = 60, goal_million_mb = 600;

static double cpu_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* One layer's statements, numbered `i`, reading layer i - 1. */
static int layer_write(char *out, int i) {
    return snprintf(out, LAYER_BYTES_MAX,
        "        tensor<fp16, [1,768,1,256]> sq%d = mul(x=x%d,y=x%d)[name=string(\"sq%d\")];\n"
        "        tensor<fp16, [1,1,1,256]> ss%d = "
        "reduce_sum(x=sq%d,axes=rax,keep_dims=kd)[name=string(\"ss%d\")];\n"
        "        fp16 inv%d = const()[name=string(\"inv%d\"), val=fp16(0.001302)];\n"
        "        tensor<fp16, [1,1,1,256]> mean%d = mul(x=ss%d,y=inv%d)[name=string(\"mean%d\")];\n"
        "        tensor<fp16, [1,1,1,256]> rms%d = pow(x=mean%d,y=nhalf)[name=string(\"rms%d\")];\n"
        "        tensor<fp16, [1,768,1,256]> xn%d = mul(x=x%d,y=rms%d)[name=string(\"xn%d\")];\n"
        "        tensor<fp16, [768,768,1,1]> W%d = const()[name=string(\"W%d\"), val=tensor<fp16, "
        "[768,768,1,1]>(BLOBFILE(path=string(\"@model_path/weights/w%d.bin\"), "
        "offset=uint64(64)))];\n"
        "        tensor<fp16, [1,768,1,256]> c%d = "
        "conv(dilations=dl,groups=gr,pad=pd,pad_type=pt,strides=st,weight=W%d,x=xn%d)"
        "[name=string(\"c%d\")];\n"
        "        tensor<fp16, [8]> t%d = const()[name=string(\"t%d\"), val=tensor<fp16, "
        "[8]>([0.125,-0x1.8p-3,1.5,0.001302,-65504,3,0.333333,1e-3])];\n"
        "        tensor<fp16, [1,768,1,256]> s%d = sigmoid(x=c%d)[name=string(\"s%d\")];\n"
        "        tensor<fp16, [1,768,1,256]> x%d = add(x=x%d,y=s%d)[name=string(\"x%d\")];\n",
        i, i - 1, i - 1, i, i, i, i, i, i, i, i, i, i, i, i, i, i, i - 1, i, i, i, i, i, i, i, i, i,
        i, i, i, i, i, i, i - 1, i, i);
}

static char *text_make(size_t *bytes) {
    static const char head[] =
        "program(1.3)\n{\n    func main<ios18>(tensor<fp16, [1,768,1,256]> x0) {\n"
        "        string pt = const()[name=string(\"pt\"), val=string(\"valid\")];\n"
        "        tensor<int32, [2]> st = const()[name=string(\"st\"), val=tensor<int32, "
        "[2]>([1,1])];\n"
        "        tensor<int32, [4]> pd = const()[name=string(\"pd\"), val=tensor<int32, "
        "[4]>([0,0,0,0])];\n"
        "        tensor<int32, [2]> dl = const()[name=string(\"dl\"), val=tensor<int32, "
        "[2]>([1,1])];\n"
        "        int32 gr = const()[name=string(\"gr\"), val=int32(1)];\n"
        "        tensor<int32, [1]> rax = const()[name=string(\"rax\"), val=tensor<int32, "
        "[1]>([1])];\n"
        "        bool kd = const()[name=string(\"kd\"), val=bool(true)];\n"
        "        fp16 nhalf = const()[name=string(\"nhalf\"), val=fp16(-0.5)];\n";
    char *text = malloc(TEXT_BYTES + 2 * LAYER_BYTES_MAX);
    size_t used = sizeof head - 1;
    int layer = 0;
    if (!text)
        return NULL;
    memcpy(text, head, used);
    while (used < TEXT_BYTES)
        used += (size_t)layer_write(text + used, ++layer);
    used += (size_t)snprintf(text + used, LAYER_BYTES_MAX, "    } -> (x%d);\n}\n", layer);
    *bytes = used;
    return text;
}

static size_t lines_count(const char *text, size_t bytes) {
    size_t n = 0;
    for (const char *p = text; (p = memchr(p, '\n', bytes - (size_t)(p - text))) != NULL; p++)
        n++;
    return n;
}

static void row(const char *metric, double best_s, size_t bytes, const char *reference,
    double reference_s, bool has_goal) {
    double mb_s = (double)bytes / 1e6 / best_s;
    printf("parse,%s,%.1f,MB/s,%s,", metric, mb_s, reference);
    if (reference_s > 0)
        printf("%.4f", reference_s / best_s);
    if (has_goal)
        printf(",%.0f,%s\n", goal_mb_s, mb_s >= goal_mb_s ? "yes" : "no");
    else
        puts(",,");
}

/* A chain of a million operators. Each takes a number: of a const of its own, which is half of them; or written
 * where it is used, which makes two million values. */
static char *million_make(bool is_inline, size_t *bytes) {
    char *text = malloc((size_t)OPERATORS * OPERATOR_BYTES_MAX);
    const int n = is_inline ? OPERATORS : OPERATORS / 2;
    size_t used = 0;
    if (!text)
        return NULL;
    used += (size_t)sprintf(
        text, "program(1.3)\n{\n    func main<ios18>(tensor<fp16, [1,64,1,64]> v0) {\n");
    for (int i = 1; i <= n; i++) {
        char number[32];
        snprintf(number, sizeof number, is_inline ? "fp16(%d)" : "c%d", is_inline ? i % 2048 : i);
        if (!is_inline)
            used += (size_t)sprintf(text + used,
                "        fp16 c%d = const()[name = string(\"c%d\"), val = fp16(0.5)];\n", i, i);
        used += (size_t)sprintf(text + used,
            "        tensor<fp16, [1,64,1,64]> v%d = mul(x = v%d, y = %s)[name = "
            "string(\"v%d\")];\n",
            i, i - 1, number, i);
    }
    used += (size_t)sprintf(text + used, "    } -> (v%d);\n}\n", n);
    *bytes = used;
    return text;
}

/* The most memory that this process has had, in MB. */
static double memory_mb(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
#ifdef __APPLE__
    return 1e-6 * (double)usage.ru_maxrss;
#else
    return 1.024e-3 * (double)usage.ru_maxrss;
#endif
}

static int million_parse(bool is_inline) {
    const char *metric = is_inline ? "million_inline_literals" : "million_operators";
    size_t bytes = 0;
    char *text = million_make(is_inline, &bytes);
    struct mil_program *program = NULL;
    struct mil_error error = {.text = "out of memory"};
    const double start_s = cpu_s();
    int result = text ? mil_parse(text, bytes, &program, &error) : -1;
    const double elapsed_s = cpu_s() - start_s;
    int n_complaints = 0;
    if (result == 0)
        free(mil_check(program, &n_complaints));
    const double mb = memory_mb();
    if (result < 0 || program->functions[0].n_ops < OPERATORS || n_complaints < 0) {
        fprintf(stderr, "bench_parse: %s: %u: %s\n", metric, error.place.line, error.text);
        result = -1;
    } else {
        printf("parse,%s_memory,%.0f,MB,%.0f MB of text,%.2f,%.0f,%s\n", metric, mb,
            1e-6 * (double)bytes, 1e6 * mb / (double)bytes, goal_million_mb,
            mb < goal_million_mb ? "yes" : "no");
        row(metric, elapsed_s, bytes, "", 0, true);
    }
    mil_program_free(program);
    free(text);
    return result;
}

int main(void) {
    size_t bytes = 0, n_lines = 0;
    char *text = text_make(&bytes), *copy = malloc(bytes);
    double parse_s = 1e9, scan_s = 1e9, copy_s = 1e9;
    int status = 1;
    puts("benchmark,metric,value,unit,reference,ratio,goal,met");
    /* the smaller first, since the most is of the whole process */
    if (million_parse(false) < 0 || million_parse(true) < 0)
        goto done;
    if (!text || !copy) {
        fputs("bench_parse: out of memory\n", stderr);
        goto done;
    }
    for (int i = 0; i < ROUNDS; i++) {
        struct mil_program *program;
        struct mil_error error;
        double t0 = cpu_s(), t1, t2, t3;
        if (mil_parse(text, bytes, &program, &error) < 0) {
            fprintf(stderr, "bench_parse: %u:%u: %s\n", error.place.line, error.place.column,
                error.text);
            goto done;
        }
        mil_program_free(program);
        t1 = cpu_s();
        n_lines += lines_count(text, bytes);
        t2 = cpu_s();
        memcpy(copy, text, bytes);
        t3 = cpu_s();
        parse_s = t1 - t0 < parse_s ? t1 - t0 : parse_s;
        scan_s = t2 - t1 < scan_s ? t2 - t1 : scan_s;
        copy_s = t3 - t2 < copy_s ? t3 - t2 : copy_s;
    }
    if (n_lines < ROUNDS || memcmp(copy, text, bytes) != 0) {
        fputs("bench_parse: the reference loops did not do their work\n", stderr);
        goto done;
    }
    row("mil_parse", parse_s, bytes, "memchr_lines", scan_s, true);
    row("mil_parse", parse_s, bytes, "memcpy", copy_s, true);
    row("memchr_lines", scan_s, bytes, "", 0, false);
    row("memcpy", copy_s, bytes, "", 0, false);
    status = fflush(stdout) == 0 ? 0 : 1;
done:
    free(copy);
    free(text);
    return status;
}
