/* token_trie.h - a double-array trie: finds the longest key that a text begins with, in one step a
 * byte whatever the number of keys. */
#ifndef KITH_MODEL_TOKEN_TRIE_H
#define KITH_MODEL_TOKEN_TRIE_H

#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Immutable: any thread may search it. */
typedef struct token_trie token_trie;

typedef struct trie_entry {
    view key;       /* any bytes, at least one */
    uint32_t value; /* below TRIE_NO_VALUE */
} trie_entry;

/* The value of no key. */
#define TRIE_NO_VALUE UINT32_MAX

/* Builds the trie of entries[count]; count may be 0. Linear in the bytes of the keys, but for the
 * sort.
 * entries  sorted by key in place; neither they nor their keys are kept
 * out      the caller frees with token_trie_free; untouched on failure
 * Errors: KITH_ERR_EXISTS when two entries have the same key (the message quotes it),
 * KITH_ERR_LIMIT when more than 2^23 cells (64 MB) would be needed, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status token_trie_new(trie_entry *entries, uint32_t count, token_trie **out,
                                        kith_error *err);
/* NULL is allowed. */
void token_trie_free(token_trie *trie);

/* A node of the trie stands for a string that at least one key begins with; the root, for the empty
 * one. Good as long as the trie. */
typedef uint32_t trie_node;
enum { TRIE_ROOT = 0 };

/* Moves *node on by `text`: from the node of a string to that of the string followed by `text`.
 * False, and *node unchanged, when no key begins with that. Any thread. */
bool token_trie_descend(const token_trie *trie, trie_node *node, view text);
/* Finds the longest non-empty prefix of `text` that, put after the string of `node`, is a key.
 * Returns its size in bytes and stores the key's value; 0, and *value unchanged, when there is
 * none. Reads at most one byte more than the longest key has. Any thread. */
size_t token_trie_match(const token_trie *trie, trie_node node, view text, uint32_t *value);
/* As token_trie_descend by one byte; *value receives the value of the key that the new node stands for,
 * TRIE_NO_VALUE where it stands for none. False, with both unchanged, when no key begins so. Any thread. */
bool token_trie_step(const token_trie *trie, trie_node *node, unsigned char byte, uint32_t *value);
/* Finds the value of exactly `key`; false, and *value unchanged, when it is no key. Any thread. */
bool token_trie_find(const token_trie *trie, view key, uint32_t *value);
/* Whether the invariants at the head of token_trie.c hold: every base lies in the array and is that
 * of one node only, every child's cell lies at the base of some node, and free cells are empty.
 * False also when there is no memory to check with. For tests; O(cells). */
bool token_trie_check(const token_trie *trie);

#endif
