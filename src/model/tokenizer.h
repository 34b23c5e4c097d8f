/* tokenizer.h - BERT's WordPiece, equal to the Hugging Face fast tokenizer on every code point; and, for
 * models of word vectors, Llama's byte pairs (byte_pairs.h) and Unigram (unigram.h).
 *
 * Truncation and padding in tokenizer.json are not read: the limit is the caller's
 * (all-MiniLM-L6-v2 has 128 there, but was made for 256). sentence-transformers first strips white
 * space from both ends of a text (Python's str.strip). That is not done here because it changes no
 * token: clean_text drops those characters or makes them spaces.
 *
 * As in the reference, the name of a special token within a text, such as "[SEP]", becomes that
 * token. */
#ifndef KITH_MODEL_TOKENIZER_H
#define KITH_MODEL_TOKENIZER_H

#include "base/hash.h"
#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

/* Immutable: any number of threads may use it at a time. */
typedef struct tokenizer tokenizer;

/* [CLS] before a text and [SEP] after it, of a tokenizer that is not bare. */
enum { TOKENIZER_SPECIAL_TOKENS = 2 };

/* Opens the tokenizer in a Hugging Face directory: tokenizer.json or, when there is none, vocab.txt
 * with the flags of tokenizer_config.json (when that is missing too, an uncased BERT's).
 * out  the caller frees with tokenizer_free; untouched on failure
 * Any thread.
 * Errors, each naming the file:
 *   KITH_ERR_NOT_FOUND  neither tokenizer.json nor vocab.txt is there
 *   KITH_ERR_MODEL      a file is damaged or describes another kind of tokenizer; an id is
 *                       negative, too large or used twice; a token is there twice; a special token
 *                       is missing
 *   KITH_ERR_IO         a file cannot be read
 *   KITH_ERR_NO_MEMORY */
KITH_CHECKED kith_status tokenizer_open(const char *directory, tokenizer **out, kith_error *err);
/* Opens the tokenizer.json at `path` for a model that takes the tokens of a text alone: WordPiece,
 * byte pairs or Unigram. It is bare: nothing stands before or behind a text.
 * Any thread. Errors: as above, and KITH_ERR_UNSUPPORTED for a kind of tokenizer, or a setting, that is
 * not supported; KITH_ERR_NOT_FOUND: there is no such file. */
KITH_CHECKED kith_status tokenizer_open_bare(const char *path, tokenizer **out, kith_error *err);
/* NULL is allowed. */
void tokenizer_free(tokenizer *t);
/* The largest id plus one: the rows that the model's table of embeddings must have. Any thread. */
uint32_t tokenizer_vocabulary_size(const tokenizer *t);

/* The special tokens beside a text's own: TOKENIZER_SPECIAL_TOKENS, or 0 of a bare one. Any thread. */
uint32_t tokenizer_special_tokens(const tokenizer *t);
/* The id of what the vocabulary does not make up. Any thread. */
uint32_t tokenizer_unknown(const tokenizer *t);

/* The flags that tokenizer_config.json sets beside a vocab.txt, 0 where they are an uncased BERT's: two
 * tokenizers of the same vocab.txt cut alike when they have the same. 0 of a tokenizer.json, which says
 * all of it itself. Any thread. */
uint32_t tokenizer_variant(const tokenizer *t);
/* The digest of the bytes that it was made of: of tokenizer.json, or of vocab.txt. Any thread. */
hash128 tokenizer_digest(const tokenizer *t);

/* Writes the ids of [CLS] text [SEP], of a bare one those of the text, and returns their number, at most
 * max_tokens.
 * text         any bytes; each byte that is not UTF-8 counts as U+FFFD
 * max_tokens   >= tokenizer_special_tokens; more tokens of the text than fit beside the special
 *              ones are cut off
 * ids          [max_tokens]; what lies beyond the returned number is undefined
 * untruncated  receives the number without the limit, UINT32_MAX at most; NULL: it is not wanted,
 *              and a long text is not read to its end
 * Linear in the text; allocates nothing. Any thread. */
uint32_t tokenizer_encode(const tokenizer *t, view text, uint32_t max_tokens, uint32_t *ids,
                          uint32_t *untruncated);
/* The number of tokens of `text` without special ones, UINT32_MAX at most. `text` is any bytes.
 * Linear in the text; allocates nothing. Any thread. */
uint32_t tokenizer_count(const tokenizer *t, view text);
/* Estimates how rare a word is in the texts that the vocabulary was made from, by the ids of its
 * tokens without [CLS] and [SEP], ids[count]. BERT's vocabularies list their words from the
 * commonest to the rarest, so the estimate is ln(r) + count - 1, where r >= 2 is the rank, among
 * the words, of the rarest of the tokens. Always above 0; "the" has the least, of English words,
 * and an unknown word the most of all words of one token. Any thread. */
float tokenizer_rarity(const tokenizer *t, const uint32_t *ids, uint32_t count);

#endif
