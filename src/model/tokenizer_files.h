/* tokenizer_files.h - what a tokenizer's files say, field by field. Private to the tokenizer. */
#ifndef KITH_MODEL_TOKENIZER_FILES_H
#define KITH_MODEL_TOKENIZER_FILES_H

#include "base/arena.h"
#include "base/json.h"
#include "base/status.h"
#include "base/view.h"
#include "model/normalizer.h"
#include "model/token_trie.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    TOKENIZER_MAX_FILE_BYTES =
        64 << 20,                   /* tokenizer.json of the largest multilingual BERT has 10 MB */
    TOKENIZER_MAX_TOKENS = 1 << 20, /* ids are below */
    TOKENIZER_MAX_WORD_CHARS = 512, /* published models say 100 or 200 */
};

/* All memory is in the arena that was passed for reading. Ids are in range, but two tokens may
 * still have one id. */
typedef struct tokenizer_description {
    const char *path; /* of the vocabulary, for messages */
    normalizer normalizer;
    trie_entry *vocabulary; /* in the order of the file, no empty key */
    uint32_t vocabulary_count;
    trie_entry *added; /* recognised in the raw text; in the vocabulary as well, or not */
    uint32_t added_count;
    uint32_t unknown, begin, end; /* ids of [UNK], [CLS], [SEP] */
    view continuation;            /* "##" */
    uint32_t max_word_chars;
} tokenizer_description;

/* tokenizer.json, else vocab.txt. Errors as tokenizer_open. */
KITH_CHECKED kith_status tokenizer_files_read(const char *directory, arena *a,
                                              tokenizer_description *out, kith_error *err);

/* tokenizer.json. */
KITH_CHECKED kith_status tokenizer_json_parse(const json_value *root, arena *a,
                                              tokenizer_description *d, kith_error *err);
/* vocab.txt, with tokenizer_config.json's object or NULL when there is none. */
KITH_CHECKED kith_status vocabulary_text_parse(view text, const json_value *config, arena *a,
                                               tokenizer_description *d, kith_error *err);

/* For the two parsers. Each error is KITH_ERR_MODEL and begins with d->path. */

/* A boolean member; `absent` when it is missing or null. */
KITH_CHECKED kith_status tokenizer_read_flag(const tokenizer_description *d,
                                             const json_value *object, const char *key, bool absent,
                                             bool *out, kith_error *err);
/* An added token as both formats describe it, with its id from elsewhere. */
KITH_CHECKED kith_status tokenizer_read_added(const tokenizer_description *d,
                                              const json_value *object, int64_t id, trie_entry *out,
                                              kith_error *err);
/* The id of a token of the vocabulary, or of an added one. */
bool tokenizer_find(const tokenizer_description *d, view token, uint32_t *id);
/* As tokenizer_find; the message says that the `role` token ("unk_token") is missing. */
KITH_CHECKED kith_status tokenizer_find_special(const tokenizer_description *d, const char *role,
                                                view token, uint32_t *id, kith_error *err);

#endif
