/* token_trie.h - the longest key that a text begins with, one step a byte: a double-array trie. */
#ifndef KITH_MODEL_TOKEN_TRIE_H
#define KITH_MODEL_TOKEN_TRIE_H

#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct token_trie token_trie;

typedef struct trie_entry {
    view key;       /* any bytes, at least one */
    uint32_t value; /* below TRIE_NO_VALUE */
} trie_entry;

#define TRIE_NO_VALUE UINT32_MAX

/* Sorts `entries` by key in place; neither they nor their keys are kept.
 * Errors: KITH_ERR_EXISTS for a key that is there twice (the message quotes it), KITH_ERR_LIMIT
 * when more than 2^23 cells (64 MB) would be needed, KITH_ERR_NO_MEMORY. Linear in the bytes of the
 * keys, but for the sort. */
KITH_CHECKED kith_status token_trie_new(trie_entry *entries, uint32_t count, token_trie **out,
                                        kith_error *err);
void token_trie_free(token_trie *trie);

/* A place in the trie: the keys that begin with one string. Any thread, as all below. */
typedef uint32_t trie_node;
enum { TRIE_ROOT = 0 };

/* Moves *node along `text`; false, and *node unchanged, when no key goes there. */
bool token_trie_descend(const token_trie *trie, trie_node *node, view text);
/* Bytes of the longest non-empty prefix of `text` that leads from `node` to a key, whose value is
 * stored; 0: there is none. */
size_t token_trie_match(const token_trie *trie, trie_node node, view text, uint32_t *value);
/* The value of exactly `key`. */
bool token_trie_find(const token_trie *trie, view key, uint32_t *value);
/* Every cell is reached from where it says; for tests. */
bool token_trie_check(const token_trie *trie);

#endif
