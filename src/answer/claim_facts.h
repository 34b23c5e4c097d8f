/* claim_facts.h - what may not change when a sentence is said in other words: its numbers, its
 * names, and whether it denies something. */
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
    view *numbers; /* as facts_number writes them; in the arena */
    uint32_t number_count;
    bool denies; /* "not", "never", "without" and the like, of the language */
} facts;

/* Of words [count] = word_split(text). KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status facts_read(view text, const word *words, uint32_t count, language l,
                                    arena *a, facts *out, kith_error *err);
bool facts_has_number(const facts *f, view number);

/* Is word i a name: capitalised though no sentence begins with it, or the first word of a name that
 * one begins with ("Thomas Edison invented")? Never in German, which capitalises all nouns. */
bool facts_is_name(view text, const word *words, uint32_t count, uint32_t i, language l);

#endif
