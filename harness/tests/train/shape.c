/* SPDX-License-Identifier: MIT */
#include "train/model/shape.h"

#include <criterion/criterion.h>
#include <string.h>

static struct train_shape parse(const char *text) {
    struct train_shape shape;
    char why[256] = "";
    cr_assert_eq(train_shape_parse(text, &shape, why, sizeof why), 0, "%s: %s", text, why);
    return shape;
}

static void refused(const char *text, const char *because) {
    struct train_shape shape;
    char why[256] = "";
    cr_assert_eq(train_shape_parse(text, &shape, why, sizeof why), -1, "%s is taken", text);
    cr_assert(strstr(why, because), "%s: '%s' does not say '%s'", text, why, because);
}

Test(train_shape, names_and_numbers) {
    struct train_shape s = parse("stories110m");
    cr_assert(s.layers == 12 && s.dim == 768 && s.hidden == 2048 && s.heads == 12);
    cr_assert(s.kv_heads == 12 && s.seq == 256 && s.vocab == 32000);
    cr_assert(train_head_dim(&s) == 64 && train_kv_dim(&s) == 768);
    s = parse("stories15m,kv_heads=3,seq=64");
    cr_assert(s.dim == 288 && s.seq == 64 && train_kv_dim(&s) == 144);
    struct train_shape tiny = parse("tiny"), same = parse("layers=2");
    cr_assert(train_shape_equal(&tiny, &same));
    same = parse("layers=3");
    cr_assert(!train_shape_equal(&tiny, &same));
}

Test(train_shape, every_named_shape_passes) {
    char why[256];
    int n = 0;
    for (const struct train_named_shape *s = train_named_shapes; s->name; s++, n++)
        cr_assert_eq(train_shape_check(&s->shape, why, sizeof why), 0, "%s: %s", s->name, why);
    cr_assert_geq(n, 3);
}

Test(train_shape, refusals_name_what_is_wrong) {
    refused("stories42m", "neither a known shape");
    refused("", "neither a known shape");
    refused("tiny,", "neither a known shape");
    refused("tiny,width=3", "no such size");
    refused("tiny,layers=0", "from 1 to");
    refused("tiny,layers=-1", "from 1 to");
    refused("tiny,layers=2x", "from 1 to");
    refused("tiny,layers=", "from 1 to");
    refused("tiny,layers=99999999999999999999", "from 1 to");
    refused("tiny,heads=3", "do not divide dim");
    refused("dim=12,heads=4,kv_heads=4", "even number");
    refused("tiny,kv_heads=3", "kv_heads");
    refused("tiny,kv_heads=8", "kv_heads");
    /* 64 query heads may share one, 65 not */
    (void)parse("dim=256,hidden=64,heads=64,kv_heads=1,layers=1,seq=16,vocab=128");
    refused("dim=260,hidden=64,heads=65,kv_heads=1,layers=1,seq=16,vocab=128", "kv_heads");
    char why[256];
    const struct train_shape most = parse("tiny,vocab=65536"), more = parse("tiny,vocab=65537");
    cr_assert_eq(train_shape_trains(&most, why, sizeof why), 0, "%s", why);
    cr_assert_eq(train_shape_trains(&more, why, sizeof why), -1);
    cr_assert(strstr(why, "at most 65536 can be trained"), "%s", why);
}

Test(train_shape, sizes_that_overflow_are_refused) {
    refused("dim=65536,heads=4,kv_heads=4", "a weight matrix");
    refused("tiny,hidden=2147483647", "a weight matrix");
    refused("tiny,seq=2147483647", "elements");
    refused("tiny,vocab=65536,seq=65536", "the logits");
    refused("tiny,seq=32768", "attention's surface");
    refused("dim=16384,hidden=16384,heads=64,kv_heads=64,layers=2147483647,seq=16", "parameters");
}

/* maderix/ANE's count for Stories110M: 174248 MFLOP, 93013 of them on the engine, whose attention
 * backward leaves out that the scores are computed again: 5 of 7 products. */
Test(train_shape, flops_of_stories110m) {
    struct train_shape s = parse("stories110m");
    struct train_flops flops = train_shape_flops(&s);
    double square = 12 * 2.0 * 768 * 256 * 256;
    cr_assert_float_eq((flops.device - 2 * square) * 1e-6, 93013, 1);
    cr_assert_float_eq((flops.device - 2 * square + flops.host) * 1e-6, 174248, 1);
}
