/* character_map.c - see character_map.h. The trie is darts-clone's: a unit has the label of the byte that
 * leads to it in its lowest 8 bits, the offset of its children in the upper 22 bits (times 256 when bit 9
 * is set), and bit 8 when a key ends there, whose value is then the unit at the offset.
 *
 * The map comes from elsewhere: each step of a search is checked against the end of the trie, and a value
 * against the end of the replacements.
 *
 * Source: Yata, darts-clone; huggingface/tokenizers, spm_precompiled, as observed. */
#include "model/character_map.h"

#include "base/base64.h"
#include "base/size.h"

#include <stdlib.h>
#include <string.h>

struct character_map {
    uint32_t *units;
    size_t unit_count;
    const char *replacements; /* [size], the last byte a NUL */
    size_t size;
    unsigned char *bytes;
};

kith_status character_map_new(view text, character_map **out, kith_error *err)
{
    character_map *m = calloc(1, sizeof *m);
    size_t bytes = 0;
    if (m) m->bytes = malloc(base64_decoded_max(text.size) + 1);
    if (!m || !m->bytes) {
        character_map_free(m);
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a map of characters");
    }
    uint32_t trie = 0;
    bool sound = base64_decode(text, m->bytes, &bytes) && bytes > sizeof trie;
    if (sound) memcpy(&trie, m->bytes, sizeof trie);
    sound = sound && trie >= sizeof trie && trie % sizeof trie == 0 && trie < bytes - sizeof trie &&
            m->bytes[bytes - 1] == 0;
    if (!sound) {
        character_map_free(m);
        return fail(err, KITH_ERR_MODEL, "the map of characters is damaged");
    }
    m->unit_count = trie / sizeof *m->units;
    m->units = heap_new_array(m->unit_count, sizeof *m->units);
    m->replacements = (const char *)m->bytes + sizeof trie + trie;
    m->size = bytes - sizeof trie - trie;
    if (!m->units) {
        character_map_free(m);
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a map of characters");
    }
    memcpy(m->units, m->bytes + sizeof trie, trie);
    *out = m;
    return KITH_OK;
}

void character_map_free(character_map *m)
{
    if (!m) return;
    free(m->units);
    free(m->bytes);
    free(m);
}

static size_t offset_of(uint32_t unit)
{
    return (size_t)(unit >> 10) << ((unit & 0x200) >> 6);
}

bool character_map_find(const character_map *m, view text, view *out)
{
    size_t at = offset_of(m->units[0]);
    for (size_t i = 0; i < text.size && text.data[i] != '\0'; i++) {
        const unsigned char byte = (unsigned char)text.data[i];
        at ^= byte;
        if (at >= m->unit_count) return false;
        const uint32_t unit = m->units[at];
        if ((unit & 0x800000ff) != byte) return false;
        at ^= offset_of(unit);
        if (at >= m->unit_count) return false;
        if (!(unit & 0x100)) continue;
        const uint32_t value = m->units[at] & 0x7fffffff;
        if (value >= m->size) return false;
        *out = view_of(m->replacements + value);
        return true;
    }
    return false;
}
