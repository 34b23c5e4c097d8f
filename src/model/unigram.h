/* unigram.h - the Unigram tokenizer of SentencePiece as tokenizer.json has it (XLM-R's and its
 * descendants'): normalised by a map of characters, cut at white space, each word the sequence of tokens
 * with the best sum of scores. */
#ifndef KITH_MODEL_UNIGRAM_H
#define KITH_MODEL_UNIGRAM_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"
#include "model/token_list.h"
#include "model/token_trie.h"

#include <stdbool.h>
#include <stdint.h>

/* Bytes of a word, with its U+2581, that are looked at together. A longer one is cut after so many, where
 * the reference would go on. */
enum { UNIGRAM_WORD_BYTES = 2048 };

/* Immutable: any number of threads may use it at a time. */
typedef struct unigram unigram;

/* path        begins every message
 * vocabulary  borrowed until unigram_free; its values are ids below `tokens`
 * scores      [tokens] by id; copied
 * unknown     the id of what no token makes up, below `tokens`
 * charsmap    the map of characters, in SentencePiece's form and base64; empty: texts stay as they are
 * out         the caller frees with unigram_free; untouched on failure
 * Errors: KITH_ERR_MODEL (a score is not finite, the map is damaged), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status unigram_new(const char *path, const token_trie *vocabulary,
                                     const double *scores, uint32_t tokens, uint32_t unknown,
                                     view charsmap, unigram **out, kith_error *err);
/* NULL is allowed. */
void unigram_free(unigram *u);

/* Appends the tokens of a text between two added tokens; neighbours that are unknown are one token.
 * text       any bytes; each byte that is not UTF-8 counts as U+FFFD
 * count_all  false: may stop once the list is full
 * Allocates nothing. Any thread. */
void unigram_encode(const unigram *u, view text, bool count_all, token_list *out);

#endif
