/* SPDX-License-Identifier: MIT
 *
 * Models by name, file or folder.
 */
#include "generate/model/model.h"
#include "train/model/llama2.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct device_error error;

static void is_refused(const char *what, int positions, const char *words) {
    struct train_parameters p;
    cr_expect(model_open(what, positions, 1, &p, &error) == DEVICE_BROKEN, "%s: it is there", what);
    cr_expect(strstr(error.text, words) != NULL, "'%s' is not in: %s", words, error.text);
    cr_expect(!p.data && !p.classifier && !p.biases);
}

/* Small models of the named kinds: the kind's own tensors are drawn, too, and depend only on the seed. */
Test(model, shapes_are_drawn) {
    static const struct {
        const char *text;
        bool classifier, biases;
    } kinds[] = {{"stories15m,layers=1,vocab=64", false, false},
        {"tinyllama-1.1b,layers=1,vocab=64,dim=64,hidden=64", true, false},
        {"qwen2.5-0.5b,layers=1,vocab=64,dim=56,hidden=64", false, true}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct train_parameters a, b, c;
        cr_assert(model_open(kinds[i].text, 32, 7, &a, &error) == DEVICE_OK, "%s", error.text);
        cr_assert(model_open(kinds[i].text, 32, 7, &b, &error) == DEVICE_OK);
        cr_assert(model_open(kinds[i].text, 32, 8, &c, &error) == DEVICE_OK);
        cr_expect(a.shape.seq == 32);
        cr_expect((a.classifier != NULL) == kinds[i].classifier, "%s", kinds[i].text);
        cr_expect((a.biases != NULL) == kinds[i].biases, "%s", kinds[i].text);
        cr_expect(memcmp(a.data, b.data, a.n * sizeof *a.data) == 0);
        cr_expect(memcmp(a.data, c.data, a.n * sizeof *a.data) != 0);
        if (a.classifier)
            cr_expect(a.classifier[5] != 0.0f && a.classifier[5] == b.classifier[5] &&
                      a.classifier[5] != train_tensor_at(&a, 0, TRAIN_EMBEDDING)[5]);
        if (a.biases)
            cr_expect(a.biases[5] != 0.0f && a.biases[5] == b.biases[5]);
        train_parameters_free(&a);
        train_parameters_free(&b);
        train_parameters_free(&c);
    }
}

Test(model, a_file_of_llama2_c_is_read) {
    char path[] = "/tmp/aneprobe-model-XXXXXX";
    struct train_parameters drawn, read;
    cr_assert(close(mkstemp(path)) == 0);
    cr_assert(model_open("tiny,seq=64", 64, 3, &drawn, &error) == DEVICE_OK);
    cr_assert(llama2_write(path, &drawn, &error) == DEVICE_OK);
    cr_assert(model_open(path, 48, 1, &read, &error) == DEVICE_OK, "%s", error.text);
    cr_expect(read.shape.seq == 48);
    cr_expect(memcmp(read.data, drawn.data, read.n * sizeof *read.data) == 0);
    train_parameters_free(&read);
    cr_assert(model_open(path, 65, 1, &read, &error) == DEVICE_OK);
    cr_expect(read.shape.seq == 64);
    cr_expect(model_positions_set(&read, path, 65, &error) == DEVICE_BROKEN);
    cr_expect(strstr(error.text, "has 64 positions, and 65 are needed"), "%s", error.text);
    cr_expect(model_positions_set(&read, path, 7, &error) == DEVICE_OK && read.shape.seq == 7);
    train_parameters_free(&read);
    train_parameters_free(&drawn);
    (void)unlink(path);
}

/* Nothing is drawn for it. */
Test(model, a_drawn_model_has_few_positions) {
    cr_expect(model_drawn_check("tinyllama-1.1b", 2048, &error) == DEVICE_OK);
    cr_expect(model_drawn_check("tinyllama-1.1b", 2049, &error) == DEVICE_BROKEN);
    cr_expect(strstr(error.text, "has 2048 positions, and 2049 are needed"), "%s", error.text);
    /* of these other functions speak */
    cr_expect(model_drawn_check("/tmp", 9999999, &error) == DEVICE_OK);
    cr_expect(model_drawn_check("stories16m", 9999999, &error) == DEVICE_OK);
}

Test(model, other_names_are_refused) {
    is_refused("stories16m", 8, "neither a known shape");
    is_refused("/tmp/there/is/none.bin", 8, "none.bin");
    is_refused("/tmp", 8, "/tmp/config.json: No such file");
    /* 2^38 parameters: refused, and the process survives */
    is_refused("layers=8192,dim=4096,hidden=4096,heads=32,kv_heads=32,seq=16,vocab=256", 16,
        "out of memory");
}
