/* character_map.h - SentencePiece's precompiled map of characters: what a sequence of characters is
 * replaced by before a text is cut into tokens (NFKC, as a rule, and some habits of its own). */
#ifndef KITH_MODEL_CHARACTER_MAP_H
#define KITH_MODEL_CHARACTER_MAP_H

#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>

/* Immutable; any thread. */
typedef struct character_map character_map;

/* text  base64 of: u32 size of the trie in bytes, the trie (a double array of u32 units), and the
 *       replacements, each ended by a NUL; little-endian
 * out   the caller frees with character_map_free
 * Errors: KITH_ERR_MODEL (not base64, or the sizes do not fit), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status character_map_new(view text, character_map **out, kith_error *err);
/* NULL is allowed. */
void character_map_free(character_map *m);
/* Finds what `text` is replaced by, all of it, by the shortest key that it begins with; false, with *out
 * untouched, when it begins with none. *out is borrowed from the map. */
bool character_map_find(const character_map *m, view text, view *out);

#endif
