/* byte_pairs.h - byte-pair encoding as SentencePiece's models have it in tokenizer.json (Llama 2's, which
 * wordllama uses): no word is cut out beforehand, a space is the character U+2581, and a character that
 * the vocabulary has not becomes its bytes. */
#ifndef KITH_MODEL_BYTE_PAIRS_H
#define KITH_MODEL_BYTE_PAIRS_H

#include "base/json.h"
#include "base/status.h"
#include "base/view.h"
#include "model/token_list.h"
#include "model/token_trie.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Immutable: any number of threads may use it at a time. */
typedef struct byte_pairs byte_pairs;

/* Characters of a word, the U+2581 before it included, that are merged with each other. A longer one
 * is cut after so many, where the reference would go on: no word of a language is as long, and the
 * time of a text stays linear in its size. */
enum { BYTE_PAIRS_WORD = 1024 };

/* Builds the table of merges.
 * path        begins every message
 * vocabulary  borrowed until byte_pairs_free
 * merges      the member "merges": ["a b", ...] or [["a", "b"], ...], the first merged first
 * out         the caller frees with byte_pairs_free; untouched on failure
 * Errors: KITH_ERR_MODEL (a merge is no pair of tokens, makes none, or reaches over a space; a byte has
 * no token), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status byte_pairs_new(const char *path, const token_trie *vocabulary,
                                        const json_value *merges, byte_pairs **out,
                                        kith_error *err);
/* NULL is allowed. */
void byte_pairs_free(byte_pairs *b);

/* Appends the tokens of a text between two added tokens, a space put before it; nothing of an empty one.
 * text       any bytes; each byte that is not UTF-8 counts as U+FFFD
 * count_all  false: may stop once the list is full
 * Allocates nothing. Any thread. */
void byte_pairs_encode(const byte_pairs *b, view text, bool count_all, token_list *out);

#endif
