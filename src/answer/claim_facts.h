/* claim_facts.h - what must stay the same when a sentence is worded differently: its numbers, its
 * names, and whether it negates something. */
#ifndef KITH_ANSWER_CLAIM_FACTS_H
#define KITH_ANSWER_CLAIM_FACTS_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"
#include "text/language.h"
#include "text/word.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct facts {
    view *numbers; /* [number_count] normalised: "1,000th" is "1000"; in the arena */
    uint32_t number_count;
    bool denies; /* it has "not", "never", "without" or the like, of the language */
} facts;

/* Reads the numbers and negations of a text.
 * text   valid UTF-8
 * words  [count] = word_split(text)
 * l      of the text: which words negate
 * out    in `a`; untouched on failure
 * Any thread. Error: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status facts_read(view text, const word *words, uint32_t count, language l,
                                    arena *a, facts *out, kith_error *err);
/* `number` is normalised as facts.numbers are. Pure, any thread. */
bool facts_has_number(const facts *f, view number);

/* Whether word i of words[count] is a name: capitalised and not the first word, or the first word
 * and followed by a capitalised one ("Thomas Edison invented"). Never in German, which capitalises
 * all nouns. Pure, any thread. */
bool facts_is_name(view text, const word *words, uint32_t count, uint32_t i, language l);

#endif
