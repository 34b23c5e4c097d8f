/* word.h - words for lexical matching: Unicode letters and digits, case folded, accents stripped,
 * stems (Snowball). */
#ifndef KITH_TEXT_WORD_H
#define KITH_TEXT_WORD_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"
#include "text/language.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct word {
    uint32_t start, end; /* bytes of the surface form */
    uint32_t position;   /* among the words of the text, from 0 */
    view term;           /* normalised and stemmed */
    bool is_stop;        /* one of the commonest function words */
    bool is_extra;  /* a second name of what stands at the position: "user" of getUserName, all of
                       user_name */
    bool is_joined; /* with the word at the position before, by - or _ */
} word;

/* The words of valid UTF-8 text in order, each but the extra ones at the next position; an extra one
 * comes after the word whose position it has.
 * "don't", "3.14" and "v1.2.3" are one word each; Han and kana characters are words by themselves.
 * getUserName and HTTPServer are one word with their parts as extra words; user_name and
 * fine-tuning are two, and the whole without the joints is an extra word at the first, so that the
 * ways to write one identifier find one another. A term has at most FOLD_MAX_BYTES: of longer runs
 * the beginning. Errors: KITH_ERR_LIMIT (4 GiB), KITH_ERR_NO_MEMORY. Any thread. */
KITH_CHECKED kith_status word_split_in(view text, language l, arena *a, word **out,
                                       uint32_t *out_count, kith_error *err);
/* As English. */
KITH_CHECKED kith_status word_split(view text, arena *a, word **out, uint32_t *out_count,
                                    kith_error *err);

#endif
