/* SPDX-License-Identifier: MIT
 *
 * The built-in stories: who, what and where are drawn, and the name and the thing recur, so that a
 * reader has to remember them. Names begin with letters that no sentence begins with, and things
 * with rare ones, so that a small model can learn to look back for them.
 */
#include "train/data/grammar.h"

const struct grammar_rule story_rules[] = {
    {"story", "{opening} {middle} {ending}"},
    {"opening", "3*One {time} {NAME} the {animal} found a {look} {THING} {place}."
                "|2*{NAME} the {animal} had a {look} {THING}. It lived {place}."
                "|Far away, {place}, {NAME} the {animal} made a {look} {THING}."},
    {"middle", "3*{event}|5*{event} {more}"},
    {"more", "3*{event}|2*{event} {event}"},
    {"event", "\"Is it {mood}?\" asked the {friend}."
              "|\"It is {mood},\" said {NAME}."
              "|The {friend} wanted to swap it for a {look} {treat}."
              "|{NAME} {used} it {place}."
              "|All {time} the {THING} {sang}."},
    {"ending", "So {NAME} gave the {THING} to the {friend}, and they {rested}."
               "|Then {NAME} hid the {THING} {place} and {rested}."
               "|Now the {THING} is {mood}, and so is {NAME}."},

    {"NAME", "Pip|Dora|Wren|Juno|Moss|Kit|Bram|Lena"},
    {"THING", "kite|quilt|violin|jar"},
    {"animal", "fox|mole|owl|hare|toad|newt|crow|bear|goat|duck|mouse|snail"},
    {"look", "red|blue|tiny|grey|golden|broken|shiny|wooden|round|soft|green|crooked"},
    {"time", "morning|evening|winter|summer|autumn|spring|night|day|week|month|year|hour"},
    {"place", "under the stairs|by the pond|in the snow|on the roof|behind the mill|near the sea"
              "|inside a hat|up a tree|at the fair|below the bridge|among the reeds"
              "|over the hill"},
    {"friend", "moon|wind|river|baker|queen|postman|oak|king|cat|sailor|cook|giant"},
    {"mood", "warm|magic|heavy|quiet|clever|sleepy|brave|lucky|lonely|proud|hungry|real"},
    {"treat", "pear|plum|cake|song|shoe|coin|pie|hat|bun|leaf|story|spoon"},
    {"used", "hid|lost|kept|washed|painted|mended|dropped|polished|hung|buried|wrapped|tried"},
    {"sang", "sang|hummed|glowed|giggled|ticked|slept|danced|sighed|whistled|waited|dreamed|shook"},
    {"rested", "danced|laughed|slept|ran home|had tea|waved|grew old|told stories|sang|smiled"
               "|baked bread|watched the rain"},
};
const int n_story_rules = sizeof story_rules / sizeof *story_rules;
