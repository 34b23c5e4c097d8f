/* unigram.c - see unigram.h.
 *
 * A text passes through in one go: grapheme by grapheme it is normalised (a grapheme of up to 5 bytes as a
 * whole where the map has it, else its characters one by one), and the characters that come out are gathered
 * to words. White space ends a word; U+2581 begins one, and stands before each that does not begin so.
 *
 * A word is cut by the best path over its bytes: best[i] is the best sum of scores of tokens that make up its
 * first i bytes. Where no token is one character long, an unknown one is, at a score below all others. Of
 * equal sums the one that was found first stays, as in the reference.
 *
 * Source: Kudo 2018; huggingface/tokenizers, models/unigram and normalizers/precompiled, as observed. */
#include "model/unigram.h"

#include "base/size.h"
#include "base/utf8.h"
#include "model/character_map.h"
#include "model/unicode_classes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

enum { REPLACEMENT = 0xFFFD, UTF8_BYTES = 4, GRAPHEME_BYTES = 5 /* that the map is asked for */ };

static const view space = {"\xE2\x96\x81", 3};
/* Of an unknown character, below the least score of all. */
static const double unknown_penalty = 10;

struct unigram {
    const token_trie *vocabulary;
    double *scores; /* [tokens] */
    uint32_t unknown;
    double unknown_score;
    character_map *map; /* NULL: none */
};

kith_status unigram_new(const char *path, const token_trie *vocabulary, const double *scores,
                        uint32_t tokens, uint32_t unknown, view charsmap, unigram **out,
                        kith_error *err)
{
    kith_status status = KITH_OK;
    unigram *u = calloc(1, sizeof *u);
    if (u) u->scores = heap_new_array(tokens, sizeof *u->scores);
    if (!u || !u->scores) {
        unigram_free(u);
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %s", path);
    }
    u->vocabulary = vocabulary;
    u->unknown = unknown;
    double least = 0;
    for (uint32_t i = 0; i < tokens; i++) {
        u->scores[i] = scores[i];
        if (i == 0 || scores[i] < least) least = scores[i];
        if (!isfinite(scores[i]))
            status = fail(err, KITH_ERR_MODEL, "%s: the score of token %u is no number", path, i);
    }
    u->unknown_score = least - unknown_penalty;
    if (status == KITH_OK && charsmap.size > 0) {
        status = character_map_new(charsmap, &u->map, err);
        if (status == KITH_ERR_MODEL) status = fail_context(err, status, "%s", path);
    }
    if (status == KITH_OK)
        *out = u;
    else
        unigram_free(u);
    return status;
}

void unigram_free(unigram *u)
{
    if (!u) return;
    character_map_free(u->map);
    free(u->scores);
    free(u);
}

/* ---- words ---- */

/* The best way to a place in a word. */
typedef struct step {
    double score;
    uint32_t token;
    int32_t from; /* where the token begins; -1: no way leads here */
} step;

typedef struct encoding {
    const unigram *unigram;
    token_list *tokens;
    size_t size; /* of the word */
    char word[UNIGRAM_WORD_BYTES + UTF8_BYTES];
    step best[UNIGRAM_WORD_BYTES + UTF8_BYTES + 1];
} encoding;

static void offer(encoding *e, size_t from, size_t to, double score, uint32_t token)
{
    step *s = &e->best[to];
    score += e->best[from].score;
    if (s->from >= 0 && !(score > s->score)) return;
    *s = (step){score, token, (int32_t)from};
}

/* Offers all tokens that begin at word[at]. */
static void look_from(encoding *e, size_t at)
{
    const unigram *u = e->unigram;
    uint32_t code_point = 0, token = 0;
    const size_t character = utf8_decode(e->word + at, e->size - at, &code_point);
    bool has_single = false;
    trie_node node = TRIE_ROOT;
    for (size_t end = at; end < e->size;) {
        if (!token_trie_step(u->vocabulary, &node, (unsigned char)e->word[end++], &token)) break;
        if (token == TRIE_NO_VALUE) continue;
        offer(e, at, end, u->scores[token], token);
        has_single = has_single || end - at == character;
    }
    if (!has_single) offer(e, at, at + character, u->unknown_score, u->unknown);
}

static bool is_unknown(const encoding *e, const step *s)
{
    return s->token == e->unigram->unknown;
}

/* Appends the tokens of the word, and empties it. */
static void end_word(encoding *e)
{
    if (e->size == 0) return;
    e->best[0] = (step){0, 0, 0};
    for (size_t i = 1; i <= e->size; i++)
        e->best[i].from = -1;
    for (size_t at = 0; at < e->size; at++)
        if (e->best[at].from >= 0) look_from(e, at);
    // Backwards, to the end of `best`: a token is a byte at least, so what is overwritten was read.
    size_t count = 0;
    for (size_t at = e->size; at > 0; at = (size_t)e->best[at].from)
        e->best[e->size - count++] = e->best[at];
    const step *steps = &e->best[e->size + 1 - count]; // [count], in the order of the word
    for (size_t i = 0; i < count;) {
        size_t end = i + 1;
        while (is_unknown(e, &steps[i]) && end < count && is_unknown(e, &steps[end]))
            end++;
        const size_t from = (size_t)steps[i].from,
                     to = end < count ? (size_t)steps[end].from : e->size;
        uint32_t token = steps[i].token;
        // Unknown neighbours are one token, and that one may be known after all.
        if (end - i > 1 &&
            !token_trie_find(e->unigram->vocabulary, (view){e->word + from, to - from}, &token))
            token = e->unigram->unknown;
        token_list_append(e->tokens, token);
        i = end;
    }
    e->size = 0;
}

static void append(encoding *e, view character)
{
    memcpy(e->word + e->size, character.data, character.size);
    e->size += character.size;
}

/* Takes a character of the normalised text. */
static void take(encoding *e, view character, uint32_t code_point)
{
    const unicode_class kind = unicode_classify(code_point) & UNICODE_CLASS_MASK;
    const bool is_space = kind == UNICODE_SPACE || kind == UNICODE_CONTROL_SPACE;
    const bool begins = view_equal(character, space);
    if (is_space || begins || e->size >= UNIGRAM_WORD_BYTES) end_word(e);
    if (is_space) return;
    if (e->size == 0 && !begins) append(e, space);
    append(e, character);
}

static void take_all(encoding *e, view text)
{
    for (size_t at = 0, size; at < text.size; at += size) {
        uint32_t code_point = REPLACEMENT;
        size = utf8_decode(text.data + at, text.size - at, &code_point);
        if (size == 0)
            take(e, (view){"\xEF\xBF\xBD", 3}, REPLACEMENT);
        else
            take(e, view_slice(text, at, at + size), code_point);
        size = size_max(size, 1);
    }
}

/* ---- normalising ---- */

/* Takes text[from, to), a grapheme. */
static void take_grapheme(encoding *e, view grapheme)
{
    const character_map *map = e->unigram->map;
    view replaced = {0};
    if (!map) {
        take_all(e, grapheme);
    } else if (grapheme.size <= GRAPHEME_BYTES && character_map_find(map, grapheme, &replaced)) {
        take_all(e, replaced);
    } else {
        for (size_t at = 0, size; at < grapheme.size; at += size) {
            uint32_t code_point = 0;
            size = size_max(utf8_decode(grapheme.data + at, grapheme.size - at, &code_point), 1);
            view one = view_slice(grapheme, at, at + size);
            take_all(e, character_map_find(map, one, &replaced) ? replaced : one);
        }
    }
}

void unigram_encode(const unigram *u, view text, bool count_all, token_list *out)
{
    encoding e;
    e.unigram = u;
    e.tokens = out;
    e.size = 0;
    uint32_t before = 0;
    utf8proc_int32_t state = 0;
    size_t start = 0;
    for (size_t at = 0, size; at < text.size && (count_all || out->count < out->room); at += size) {
        uint32_t code_point = REPLACEMENT;
        size = utf8_decode(text.data + at, text.size - at, &code_point);
        if (size == 0) code_point = REPLACEMENT;
        size = size_max(size, 1);
        if (at > 0 && utf8proc_grapheme_break_stateful((utf8proc_int32_t)before,
                                                       (utf8proc_int32_t)code_point, &state)) {
            take_grapheme(&e, view_slice(text, start, at));
            start = at;
        }
        before = code_point;
    }
    if (count_all || out->count < out->room) {
        take_grapheme(&e, view_slice(text, start, text.size));
        end_word(&e);
    }
}
