/* byte_pairs.c - see byte_pairs.h.
 *
 * The reference merges over the whole text: as long as two neighbours are a pair of the table, the pair
 * that comes first in it is merged, of several the leftmost. No merge of these models makes a token
 * that has U+2581 behind another character (which is checked when the table is built), so nothing
 * crosses the place before the U+2581 of a word, and merging word by word gives the same tokens.
 *
 * A word is a list of symbols, each with the rank of the pair that it makes with the next one. A step
 * looks through the list for the least rank, merges there, and looks up the two pairs that changed:
 * quadratic in the length of a word, which is short, and bounded by BYTE_PAIRS_WORD.
 *
 * Source: Sennrich et al. 2016; huggingface/tokenizers, models/bpe/word.rs, as observed. */
#include "model/byte_pairs.h"

#include "base/size.h"
#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SPACE = 0x2581, UTF8_BYTES = 4, BYTES = 256, ASCII = 128, NONE = -1 };

#define NO_RANK UINT32_MAX

/* An entry of the table; `merged` is below the number of tokens, `rank` NO_RANK where it is empty. */
typedef struct merge {
    uint32_t left, right, rank, merged;
} merge;

struct byte_pairs {
    const token_trie *vocabulary;
    merge *merges; /* a hash table of [mask + 1], at most half full */
    uint32_t mask;
    uint32_t bytes[BYTES]; /* the tokens of bytes */
    uint32_t ascii[ASCII]; /* of the characters, or NO_RANK */
    uint32_t space;        /* of U+2581 */
};

/* ---- the table ---- */

static uint32_t place_of(uint32_t left, uint32_t right)
{
    uint64_t key = ((uint64_t)left << 32 | right) * 0x9E3779B97F4A7C15U;
    return (uint32_t)(key >> 32);
}

/* The entry of a pair, or the empty one where it belongs. */
static merge *find(const byte_pairs *b, uint32_t left, uint32_t right)
{
    uint32_t at = place_of(left, right) & b->mask;
    for (;; at = (at + 1) & b->mask) {
        merge *m = &b->merges[at];
        if (m->rank == NO_RANK || (m->left == left && m->right == right)) return m;
    }
}

/* The two sides of a merge; false when it is none. */
static bool read_merge(const json_value *value, view *left, view *right)
{
    if (value->kind == JSON_ARRAY && value->count == 2 && value->elements[0]->kind == JSON_STRING &&
        value->elements[1]->kind == JSON_STRING) {
        *left = value->elements[0]->string;
        *right = value->elements[1]->string;
        return true;
    }
    if (value->kind != JSON_STRING) return false;
    size_t at = view_find(value->string, VIEW(" "));
    if (at == value->string.size) return false;
    *left = view_slice(value->string, 0, at);
    *right = view_slice(value->string, at + 1, value->string.size);
    return view_find(*right, VIEW(" ")) == right->size;
}

/* Whether U+2581 stands behind another character. */
static bool reaches_over_space(view token)
{
    bool other = false;
    for (size_t at = 0, size; at < token.size; at += size) {
        uint32_t code_point = 0;
        size = size_max(utf8_decode(token.data + at, token.size - at, &code_point), 1);
        if (code_point == SPACE && other) return true;
        other = other || code_point != SPACE;
    }
    return false;
}

static kith_status add_merge(byte_pairs *b, const char *path, const json_value *value,
                             uint32_t rank, kith_error *err)
{
    enum { TOKEN_BYTES = 1024 };
    char joined[TOKEN_BYTES];
    view left = {0}, right = {0};
    uint32_t ids[3] = {0};
    if (!read_merge(value, &left, &right) || left.size + right.size > sizeof joined)
        return fail(err, KITH_ERR_MODEL, "%s: merge %u is no pair of tokens", path, rank);
    memcpy(joined, left.data, left.size);
    memcpy(joined + left.size, right.data, right.size);
    const view whole = {joined, left.size + right.size};
    if (!token_trie_find(b->vocabulary, left, &ids[0]) ||
        !token_trie_find(b->vocabulary, right, &ids[1]) ||
        !token_trie_find(b->vocabulary, whole, &ids[2]))
        return fail(err, KITH_ERR_MODEL,
                    "%s: merge %u, '%.*s' and '%.*s', has or makes what is no token", path, rank,
                    VIEW_ARG(left), VIEW_ARG(right));
    if (reaches_over_space(whole))
        return fail(err, KITH_ERR_UNSUPPORTED,
                    "%s: merge %u makes '%.*s', which reaches over a space: not supported", path,
                    rank, VIEW_ARG(whole));
    *find(b, ids[0], ids[1]) = (merge){ids[0], ids[1], rank, ids[2]};
    return KITH_OK;
}

static kith_status add_merges(byte_pairs *b, const char *path, const json_value *merges,
                              kith_error *err)
{
    size_t capacity = 16;
    if (!merges || merges->kind != JSON_ARRAY)
        return fail(err, KITH_ERR_MODEL, "%s: 'merges' is missing or no list", path);
    while (capacity < 2 * (size_t)merges->count)
        capacity *= 2;
    b->merges = heap_new_array(capacity, sizeof *b->merges);
    if (!b->merges) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %s", path);
    b->mask = (uint32_t)(capacity - 1);
    for (size_t i = 0; i < capacity; i++)
        b->merges[i].rank = NO_RANK;
    kith_status status = KITH_OK;
    for (uint32_t i = 0; status == KITH_OK && i < merges->count; i++)
        status = add_merge(b, path, merges->elements[i], i, err);
    return status;
}

/* ---- characters ---- */

static kith_status find_characters(byte_pairs *b, const char *path, kith_error *err)
{
    for (uint32_t byte = 0; byte < BYTES; byte++) {
        char name[8];
        (void)snprintf(name, sizeof name, "<0x%02X>", byte);
        if (!token_trie_find(b->vocabulary, view_of(name), &b->bytes[byte]))
            return fail(err, KITH_ERR_MODEL, "%s: byte '%s' has no token", path, name);
    }
    for (uint32_t c = 0; c < ASCII; c++) {
        const char character = (char)c;
        if (!token_trie_find(b->vocabulary, (view){&character, 1}, &b->ascii[c]))
            b->ascii[c] = NO_RANK;
    }
    if (token_trie_find(b->vocabulary, VIEW("\xE2\x96\x81"), &b->space)) return KITH_OK;
    return fail(err, KITH_ERR_MODEL, "%s: the space, U+2581, has no token", path);
}

kith_status byte_pairs_new(const char *path, const token_trie *vocabulary, const json_value *merges,
                           byte_pairs **out, kith_error *err)
{
    byte_pairs *b = calloc(1, sizeof *b);
    if (!b) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %s", path);
    b->vocabulary = vocabulary;
    kith_status status = find_characters(b, path, err);
    if (status == KITH_OK) status = add_merges(b, path, merges, err);
    if (status == KITH_OK)
        *out = b;
    else
        byte_pairs_free(b);
    return status;
}

void byte_pairs_free(byte_pairs *b)
{
    if (!b) return;
    free(b->merges);
    free(b);
}

/* ---- words ---- */

typedef struct symbol {
    uint32_t id;
    uint32_t rank, merged; /* of its pair with the next one; NO_RANK: none */
    int32_t next;          /* NONE: the last */
} symbol;

typedef struct word {
    symbol symbols[BYTE_PAIRS_WORD + UTF8_BYTES];
    int32_t count;
} word;

static void look_up(const byte_pairs *b, word *w, int32_t at)
{
    symbol *s = &w->symbols[at];
    s->rank = NO_RANK;
    if (s->next == NONE) return;
    const merge *m = find(b, s->id, w->symbols[s->next].id);
    s->rank = m->rank;
    s->merged = m->merged;
}

/* Merges at the least rank, of several at the leftmost; false when there is none. */
static bool merge_once(const byte_pairs *b, word *w)
{
    uint32_t least = NO_RANK;
    int32_t best = NONE, before = NONE;
    for (int32_t at = 0, previous = NONE; at != NONE; previous = at, at = w->symbols[at].next) {
        if (w->symbols[at].rank >= least) continue;
        least = w->symbols[at].rank;
        best = at;
        before = previous;
    }
    if (best == NONE) return false;
    symbol *s = &w->symbols[best];
    s->id = s->merged;
    s->next = w->symbols[s->next].next;
    look_up(b, w, best);
    if (before != NONE) look_up(b, w, before);
    return true;
}

/* Appends the tokens of the word, and empties it. */
static void end_word(const byte_pairs *b, word *w, token_list *out)
{
    if (w->count == 0) return;
    for (int32_t i = 0; i < w->count; i++)
        w->symbols[i].next = i + 1 < w->count ? i + 1 : NONE;
    for (int32_t i = 0; i < w->count; i++)
        look_up(b, w, i);
    while (merge_once(b, w))
        continue;
    for (int32_t at = 0; at != NONE; at = w->symbols[at].next)
        token_list_append(out, w->symbols[at].id);
    w->count = 0;
}

static void push(word *w, uint32_t id)
{
    w->symbols[w->count++].id = id;
}

/* The character at text.data, or its bytes; returns its size. */
static size_t push_character(const byte_pairs *b, view text, word *w)
{
    static const view replacement = {"\xEF\xBF\xBD", 3};
    unsigned char first = (unsigned char)text.data[0];
    if (first < ASCII && b->ascii[first] != NO_RANK) {
        push(w, b->ascii[first]);
        return 1;
    }
    uint32_t code_point = 0, id = 0;
    size_t size = utf8_decode(text.data, text.size, &code_point);
    view bytes = size ? (view){text.data, size} : replacement;
    if (token_trie_find(b->vocabulary, bytes, &id)) {
        push(w, id);
    } else {
        for (size_t i = 0; i < bytes.size; i++)
            push(w, b->bytes[(unsigned char)bytes.data[i]]);
    }
    return size_max(size, 1);
}

void byte_pairs_encode(const byte_pairs *b, view text, bool count_all, token_list *out)
{
    word w;
    if (text.size == 0) return;
    w.count = 0;
    push(&w, b->space);
    for (size_t at = 0; at < text.size && (count_all || out->count < out->room);) {
        const view rest = view_slice(text, at, text.size);
        const bool is_space = rest.data[0] == ' ' || view_starts_with(rest, VIEW("\xE2\x96\x81"));
        const bool begins = is_space && w.count > 0 && w.symbols[w.count - 1].id != b->space;
        if (begins || w.count >= BYTE_PAIRS_WORD) end_word(b, &w, out);
        if (is_space) push(&w, b->space);
        at += is_space ? (rest.data[0] == ' ' ? 1 : 3) : push_character(b, rest, &w);
    }
    end_word(b, &w, out);
}
