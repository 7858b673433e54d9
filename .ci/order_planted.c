/* SPDX-License-Identifier: MIT
 *
 * What order.sh has to find here: the lines that say so. Never compiled.
 */
struct builder {
    int n;
};
struct program {
    struct builder *b;
};
struct pair {
    int first, second;
};

int build_next(struct builder *b);
int build_two(struct builder *b, int x, int y);
int build_look(const struct builder *b);
int judgement_cell(struct builder *b, int row);
void arguments(struct builder *b, struct program *p);
void others(struct builder *b);

void arguments(struct builder *b, struct program *p) {
    build_two(b, build_next(b), build_next(b));                                  /* planted */
    build_two(p->b, 0, build_two(p->b, build_next(p->b), build_next(p->b) + 1)); /* planted */
    const int list[] = {build_next(b), build_next(b)};                           /* planted */
    struct pair pair = {.second = build_next(b), .first = build_next(b)};        /* planted */
    build_two(b, list[0] - pair.first, 1 + build_next(b) * build_next(b));       /* planted */
    build_two(b, build_next(b), build_next(p->b)); /* planted: it may be the same */
}

void others(struct builder *b) {
    int first = build_next(b), second = build_next(b);
    build_two(b, first, second);
    build_two(b, build_next(b), build_look(b));
    build_two(b, judgement_cell(b, 0), judgement_cell(b, 1));
    if (build_next(b) && build_next(b))
        build_next(b), build_next(b);
    build_two(b, build_next(b), 0);
}
