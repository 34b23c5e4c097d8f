/* tokenizer.h - BERT's WordPiece, equal to the Hugging Face fast tokenizer on every code point.
 * Two differences from that library, both on purpose. Truncation and padding in tokenizer.json are
 * ignored: the limit is the caller's (the file says 128 where the model was made for 256). The
 * white space that sentence-transformers strips from a text first (Python's str.strip) is not
 * stripped here: clean_text drops those characters or makes them spaces, so the tokens are the
 * same. Like the library, a special token's name within a text ("[SEP]") becomes that token. */
#ifndef KITH_MODEL_TOKENIZER_H
#define KITH_MODEL_TOKENIZER_H

#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

typedef struct tokenizer tokenizer;

/* From a Hugging Face directory's tokenizer.json, else vocab.txt with tokenizer_config.json
 * (absent: an uncased BERT). Errors: KITH_ERR_MODEL names the file and what is wrong or not
 * supported: another kind of tokenizer, ids negative, twice or out of range, special tokens
 * missing. KITH_ERR_NOT_FOUND when neither file is there; KITH_ERR_IO, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status tokenizer_open(const char *directory, tokenizer **out, kith_error *err);
void tokenizer_free(tokenizer *t);
/* The largest id, plus one: how many rows the model's table of embeddings needs. */
uint32_t tokenizer_vocabulary_size(const tokenizer *t);

/* [CLS] text [SEP] into ids[0..max_tokens), cut to max_tokens (>= 2) before the specials are added.
 * Returns the count written. *untruncated is what the count would have been; with NULL the rest of
 * a long text is not looked at. Any text: invalid UTF-8 counts as U+FFFD. Linear in the text;
 * allocates nothing. Any thread. */
uint32_t tokenizer_encode(const tokenizer *t, view text, uint32_t max_tokens, uint32_t *ids,
                          uint32_t *untruncated);
/* Tokens of `text` without [CLS] and [SEP]. Any thread. */
uint32_t tokenizer_count(const tokenizer *t, view text);

#endif
