/* tokenizer.h - BERT's WordPiece, equal to the Hugging Face fast tokenizer on every code point. */
#ifndef KITH_MODEL_TOKENIZER_H
#define KITH_MODEL_TOKENIZER_H

#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct tokenizer tokenizer;

/* From a Hugging Face directory's tokenizer.json, else vocab.txt with tokenizer_config.json. KITH_ERR_MODEL names the file and what is wrong. */
KITH_CHECKED kith_status tokenizer_open(const char *directory, tokenizer **out, kith_error *err);
void tokenizer_free(tokenizer *t);
uint32_t tokenizer_vocabulary_size(const tokenizer *t);

/* [CLS] text [SEP] into ids[0..max_tokens), cut to max_tokens (>= 2) before the specials are added. Returns the count written.
 * *untruncated (may be NULL) is what the count would have been. Any text: invalid UTF-8 counts as U+FFFD. Any thread. */
uint32_t tokenizer_encode(const tokenizer *t, view text, uint32_t max_tokens, uint32_t *ids, uint32_t *untruncated);
/* Tokens of `text` without [CLS] and [SEP]. Any thread. */
uint32_t tokenizer_count(const tokenizer *t, view text);

#endif
