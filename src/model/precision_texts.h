/* precision_texts.h - the built-in texts by which a precision is judged: what a person would store
 * or ask, and what deviates most. Rounding shows most in texts of few tokens, since pooling averages
 * it over the tokens, and in characters that the vocabulary hardly knows; so many are short, and
 * every kind of text is there. Written for kith. */
#ifndef KITH_MODEL_PRECISION_TEXTS_H
#define KITH_MODEL_PRECISION_TEXTS_H

static const char *const precision_texts[] = {
    "",
    "a",
    ".",
    "?!",
    "7",
    "ok",
    "the",
    "rain",
    "Zurich",
    "not found",
    "password reset",
    "x = 1",
    "1969",
    "a b c d e",
    "no no no no no no no no",
    "naive caf\xc3\xa9 r\xc3\xa9sum\xc3\xa9",
    "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",
    "\xd0\xbf\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82",
    "\xed\x95\x9c\xea\xb5\xad\xec\x96\xb4",
    "\xce\xb1\xce\xb2\xce\xb3 \xe2\x89\xa5 0",
    "\xf0\x9f\x98\x80",
    "qzxv wkrjt",
    "[CLS]",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "3.14159265358979",
    "$ 1,299.00",
    "2026-11-29T19:05:00Z",
    "user@example.org",
    "https://example.org/path?query=1#part",
    "/usr/lib/x86_64/libm.so.6",
    "{\"key\": [1, 2, 3], \"open\": null}",
    "ERROR 42: disk full",
    "SELECT name FROM people WHERE age > 30;",
    "for (int i = 0; i < n; i++) sum += a[i] * b[i];",
    "def mean(values): return sum(values) / len(values)",
    "- [ ] buy bread\n- [x] water the plants",
    "| name | size |\n|---|---|\n| oak | 30 m |",
    "# Installation\n\nRun the script, then restart the service.",
    "Who wrote the letter?",
    "how do I change the oil of a tractor",
    "What is the difference between a frog and a toad?",
    "when does the museum open on Sundays",
    "Thanks, see you tomorrow!",
    "This is not what I ordered.",
    "The bridge was closed for repairs after the flood of last spring.",
    "Insulin lowers the level of glucose in the blood by letting cells take it up.",
    "The plaintiff may appeal within thirty days of the judgment.",
    "Der Zug nach Hamburg hat heute zwanzig Minuten Versp\xc3\xa4tung.",
    "La biblioth\xc3\xa8que ferme \xc3\xa0 dix-huit heures, sauf le samedi.",
    "Mara closed the shutters, lit the lamp and sat down to read the map once more.",
    "Add 200 g of flour, two eggs and a pinch of salt; stir until the dough is smooth.",
    "Let G be a finite group and H a subgroup; then the order of H divides the order of G.",
    ("The compiler reports an error when a variable of type int is assigned to a pointer without a "
     "cast, because the two have different sizes on most machines of today."),
    ("Water that evaporates over the sea is carried inland by the wind, rises at the slopes of the "
     "mountains, cools, and falls as rain or snow. Rivers bring it back. A drop spends about nine "
     "days in the air, weeks in a stream, and up to thousands of years in ice or deep ground."),
    ("To replace the filter, switch the pump off and close both valves. Loosen the ring by a "
     "quarter turn to the left; some water will run out. Take the old cartridge out, rinse the "
     "housing, wet the new seal, and put everything together in the opposite order. Open the inlet "
     "first, wait until no more bubbles rise, then the outlet, and look for drops after ten "
     "minutes."),
    ("Sales of the northern branch rose by 4.2 percent to 18.7 million in the third quarter, while "
     "costs fell slightly. The board expects the same for the rest of the year, if the price of "
     "copper stays below 9,000 a tonne and the new plant opens on time. Shareholders will vote on "
     "a dividend of 0.85 a share in May. Orders from abroad, which had doubled the year before, "
     "were flat; the company blames slow customs and a strong currency. It will hire forty "
     "engineers."),
};
enum { PRECISION_TEXTS = sizeof precision_texts / sizeof *precision_texts };

#endif
