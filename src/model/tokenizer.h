/* tokenizer.h - BERT's WordPiece, equal to the Hugging Face fast tokenizer on every code point.
 *
 * Truncation and padding in tokenizer.json are ignored on purpose: the limit is the caller's (the
 * file says 128 where the model was made for 256). The white space that sentence-transformers
 * strips from a text first (Python's str.strip) is not stripped here, because clean_text drops
 * those characters or makes them spaces: the tokens are the same.
 *
 * As in the reference, a special token's name within a text ("[SEP]") becomes that token. */
#ifndef KITH_MODEL_TOKENIZER_H
#define KITH_MODEL_TOKENIZER_H

#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

typedef struct tokenizer tokenizer;

/* [CLS] and [SEP] around a text. */
enum { TOKENIZER_SPECIAL_TOKENS = 2 };

/* From a Hugging Face directory: its tokenizer.json, else vocab.txt with tokenizer_config.json
 * (when that is absent: an uncased BERT).
 *
 * Errors: KITH_ERR_MODEL names the file and what is wrong or not supported: another kind of
 * tokenizer, ids negative, twice or out of range, special tokens missing. KITH_ERR_NOT_FOUND when
 * neither file is there. KITH_ERR_IO, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status tokenizer_open(const char *directory, tokenizer **out, kith_error *err);
void tokenizer_free(tokenizer *t);
/* The largest id, plus one: how many rows the model's table of embeddings needs. */
uint32_t tokenizer_vocabulary_size(const tokenizer *t);

/* Writes [CLS] text [SEP] and returns how many ids that is.
 * text         any bytes; invalid UTF-8 counts as U+FFFD
 * max_tokens   >= 2; the text's tokens are cut to this less 2
 * ids          [max_tokens]; what lies beyond the returned count is undefined
 * untruncated  the count without a limit; NULL: not wanted, and a long text is not read to its end
 * Linear in the text; allocates nothing. Any thread. */
uint32_t tokenizer_encode(const tokenizer *t, view text, uint32_t max_tokens, uint32_t *ids,
                          uint32_t *untruncated);
/* Tokens of `text` without [CLS] and [SEP]. Any thread. */
uint32_t tokenizer_count(const tokenizer *t, view text);
/* How rare a word is in the texts that the vocabulary was made from, by its ids[count]: BERT's
 * vocabularies list words from the commonest to the rarest, so it is the logarithm of the place
 * among the words of the rarest of its tokens, and 1 more for each further token. Above 0; "the"
 * has the least, of English, and what has no token the most of a single one. Any thread. */
float tokenizer_rarity(const tokenizer *t, const uint32_t *ids, uint32_t count);

#endif
