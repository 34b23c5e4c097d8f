/* tokenizer_description.h - a tokenizer as its files describe it: what both file formats
 * are parsed into, what the tokenizer is built from, and the fields that both formats share.
 * Private to the tokenizer.
 *
 * Model files come from elsewhere and are not trusted. Every field that is used is checked for kind
 * and range. What the tokenizer cannot do, such as another kind of model or a token that is matched
 * in normalised text, is refused. What cannot change a token is not read. */
#ifndef KITH_MODEL_TOKENIZER_DESCRIPTION_H
#define KITH_MODEL_TOKENIZER_DESCRIPTION_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/status.h"
#include "base/view.h"
#include "model/normalizer.h"
#include "model/token_trie.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    /* tokenizer.json of the largest multilingual BERT has 10 MB */
    TOKENIZER_MAX_FILE_BYTES = 64 << 20,
    TOKENIZER_MAX_TOKENS = 1 << 20, /* every id is below */
    TOKENIZER_MAX_WORD_CHARS = 512, /* published models have 100 or 200 */
};

/* All memory is in the arena that was passed for parsing. Every id is below TOKENIZER_MAX_TOKENS,
 * but it is not yet known that no two tokens have the same id, or the same name. */
typedef struct tokenizer_description {
    const char *path; /* of the file with the vocabulary; begins every message */
    hash128 digest;   /* of that file's bytes */
    bool
        is_bare; /* set before parsing: nothing stands before and behind a text, so `begin` and `end`
                         are not looked for */
    bool is_vocabulary_text;  /* read from vocab.txt, which says nothing of the normaliser */
    const json_value *merges; /* of byte pairs; NULL: another kind */
    const double *scores;     /* of Unigram, [vocabulary_count] by id, which is the place in the
                                 vocabulary; NULL: another kind */
    view charsmap;            /* of Unigram (unigram.h); empty: none */
    normalizer normalizer;
    trie_entry *vocabulary; /* [vocabulary_count] names and ids as in the file, no empty name */
    uint32_t vocabulary_count;
    trie_entry *added; /* [added_count] tokens whose name is recognised in the raw text; each may
                          be in the vocabulary as well */
    uint32_t added_count;
    uint32_t unknown, begin, end; /* ids of [UNK], [CLS] and [SEP] */
    view continuation;            /* before a token that continues a word: "##" */
    uint32_t max_word_chars;      /* a longer word is unknown; 1..TOKENIZER_MAX_WORD_CHARS */
} tokenizer_description;

/* Reads the member `key` of `object`, true or false; `absent` when it is missing or null.
 * `object` may be NULL: every member is then missing.
 * Error: KITH_ERR_MODEL when it is neither true nor false; *out is untouched. */
KITH_CHECKED kith_status tokenizer_read_flag(const tokenizer_description *d,
                                             const json_value *object, const char *key, bool absent,
                                             bool *out, kith_error *err);

/* Reads an added token, {content, special, single_word, normalized}, whose id the two formats keep
 * in different places; out->key is borrowed from `object`.
 * Error: KITH_ERR_MODEL when content is missing or empty, id is not in 0..TOKENIZER_MAX_TOKENS - 1,
 * a flag is neither true nor false, or the token is to be matched as a single word or in normalised
 * text, which is not supported; *out is untouched. */
KITH_CHECKED kith_status tokenizer_read_added(const tokenizer_description *d,
                                              const json_value *object, int64_t id, trie_entry *out,
                                              kith_error *err);

/* Finds a token of the vocabulary, or else an added one, by its name; false, and *id untouched,
 * when there is none. O(tokens). */
bool tokenizer_find(const tokenizer_description *d, view token, uint32_t *id);

/* As tokenizer_find, for a token without which the tokenizer cannot work.
 * role  names it in the message: "unk_token"
 * Error: KITH_ERR_MODEL when there is no such token; *id is untouched. */
KITH_CHECKED kith_status tokenizer_find_special(const tokenizer_description *d, const char *role,
                                                view token, uint32_t *id, kith_error *err);

#endif
