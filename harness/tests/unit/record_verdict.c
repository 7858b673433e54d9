/* SPDX-License-Identifier: MIT
 *
 * The output of a judge, which is accepted completely or not at all, and TAP.
 */
#include "record/heads.h"
#include "record/verdict.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define SUMMARY HEAD_SUMMARY "\np,a,x,ns,1,processes,1,,,1,1,0,,\n"
#define VERDICT "p.f,reproduced,1,,,,1,processes,,,\"two\nlines\"\n"

Test(judged, both_tables) {
    static const char answer[] = SUMMARY HEAD_VERDICTS "\n" VERDICT;
    struct judged judged;
    struct error error;
    cr_assert_eq(judged_split(answer, strlen(answer), false, &judged, &error), 0, "%s", error.text);
    cr_assert_eq(judged.verdicts_bytes, strlen(VERDICT));
    cr_assert_eq(memcmp(judged.verdicts, VERDICT, strlen(VERDICT)), 0);
    cr_assert_eq(judged.summary_bytes, strlen(SUMMARY) - strlen(HEAD_SUMMARY "\n"));
    cr_assert_eq(memcmp(judged.summary, "p,a,x,", 6), 0);
}

Test(judged, cut_anywhere_is_refused) {
    static const char answer[] = SUMMARY HEAD_VERDICTS "\n" VERDICT;
    struct judged judged;
    struct error error;
    for (size_t n = 0; n < strlen(answer); n++) {
        const bool whole = n == strlen(SUMMARY HEAD_VERDICTS "\n");
        cr_assert_eq(
            judged_split(answer, n, false, &judged, &error), whole ? 0 : -1, "cut at %zu", n);
        cr_assert(whole || error.text[0]);
    }
}

Test(judged, damaged_rows_are_refused) {
    static const char *const answers[] = {HEAD_SUMMARY "\np,a\n" HEAD_VERDICTS "\n",
        SUMMARY HEAD_VERDICTS "\np.f,reproduced\n", SUMMARY VERDICT, HEAD_VERDICTS "\n" SUMMARY};
    struct judged judged;
    struct error error;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        cr_assert_eq(judged_split(answers[i], strlen(answers[i]), false, &judged, &error), -1);
}

/* What a look came to is one row of four counts and shares. */
Test(judged, looks) {
    static const struct {
        const char *rows;
        bool is_one;
    } cases[] = {{"4,3,1,0.99\n", true}, {"0,0,0,0\n", true}, {"4294967295,0,0,0\n", true},
        {"4294967296,0,0,0\n", false}, {"-1,0,0,0\n", false}, {"4,3,-1,0.99\n", false},
        {"4,,1,0.99\n", false}, {"4,3,1,x\n", false}, {"", false},
        {"4,3,1,0.99\n4,3,1,0.99\n", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char answer[1024];
        struct judged judged;
        struct error error;
        snprintf(answer, sizeof answer, "%s%s%s%s", SUMMARY HEAD_VERDICTS "\n", VERDICT,
            HEAD_LOOK "\n", cases[i].rows);
        const int failed = judged_split(answer, strlen(answer), true, &judged, &error);
        cr_expect_eq(failed, cases[i].is_one ? 0 : -1, "%s", cases[i].rows);
    }
    struct judged judged;
    struct error error;
    static const char answer[] = SUMMARY HEAD_VERDICTS "\n" VERDICT HEAD_LOOK "\n4,3,1,0.99\n";
    cr_assert_eq(judged_split(answer, strlen(answer), true, &judged, &error), 0, "%s", error.text);
    cr_expect(judged.look.claims == 4 && judged.look.decided == 3 && judged.look.undecidable == 1);
    cr_expect_float_eq(judged.look.level, 0.99, 1e-12);
    cr_expect_eq(judged.verdicts_bytes, strlen(VERDICT));
}

Test(tap, a_line_a_verdict) {
    static const struct {
        const char *verdict, *line;
    } cases[] = {{"reproduced", "ok 3 - f: reproduced: a b c\n"},
        {"contradicted", "not ok 3 - f # TODO contradicted: a b c\n"},
        {"inconclusive", "ok 3 - f # SKIP inconclusive: a b c\n"},
        {"unsupported", "ok 3 - f # SKIP unsupported: a b c\n"},
        {"untrusted", "not ok 3 - f - untrusted: a b c\n"}, {"odd", "not ok 3 - f - odd: a b c\n"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = NULL;
        size_t n;
        FILE *out = open_memstream(&text, &n);
        tap_verdict(out, 3, "f", cases[i].verdict, "a\nb#c");
        fclose(out);
        cr_assert_str_eq(text, cases[i].line);
        free(text);
    }
}

Test(verdict, names_are_found_again) {
    for (int v = 0; v < VERDICTS; v++)
        cr_assert_eq((int)verdict_find(verdict_name((enum verdict)v)), v);
    cr_assert_eq(verdict_find("ok"), VERDICTS);
}
