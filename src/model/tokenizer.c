/* tokenizer.c - text to token ids, in one pass and without allocation.
 *
 * The reference works in stages, each over the whole text: find the added tokens, normalise, split
 * into words, cut the words into tokens. Here one loop does all of it, character by character:
 *
 *   - Where the name of an added token begins, it ends the word before it and becomes one token.
 *   - Any other character goes through the normaliser, and each code point that comes out continues
 *     the word, ends it, or is a word of its own.
 *   - A word is gathered in a buffer of fixed size. When it ends, it is cut by greedy longest
 *     match: the longest token of the vocabulary that it begins with, then the longest "##" token
 *     that the rest begins with, and so on. If some rest begins with none, the whole word is one
 *     [UNK].
 *   - A word of more than max_word_chars characters is [UNK] whatever it holds. Hence the buffer
 *     can be fixed, MAX_WORD_BYTES: beyond the limit only the length is counted.
 *
 * ASCII letters and digits, most of any English text, take a shorter path: one table says that a
 * byte continues a word, and what its lower case is. The table leaves out every byte with which the
 * name of an added token begins, and every byte that the normaliser treats otherwise, so that both
 * paths give the same tokens.
 *
 * On English text (squad-docs, 15.6 MB) this reads 144 MB/s, 29.6 million tokens/s, on one Zen 4
 * core. That is why no cache of words stands in front of the trie: threads would have to share it.
 *
 * Source: Devlin et al. 2018; huggingface/tokenizers, models/wordpiece. */
#include "model/tokenizer.h"

#include "base/arena.h"
#include "base/bitset.h"
#include "base/size.h"
#include "base/utf8.h"
#include "model/byte_pairs.h"
#include "model/normalizer.h"
#include "model/token_trie.h"
#include "model/tokenizer_files.h"
#include "model/unigram.h"

#include <math.h>
#include <stdlib.h>

enum {
    REPLACEMENT = 0xFFFD,
    MAX_WORD_BYTES = TOKENIZER_MAX_WORD_CHARS * 4,
};

struct tokenizer {
    normalizer normalizer;
    token_trie *vocabulary;
    trie_node continuation; /* the node of "##" in `vocabulary` */
    bool has_continuation;  /* false: no token begins with "##", so that a word is one token or
                               unknown, and `continuation` is not used */
    token_trie *added;      /* names that are recognised in the raw text */
    bool begins_added[256]; /* whether the name of some added token begins with this byte */
    char word_byte[256];    /* what an ASCII byte that continues a word becomes, its lower case as a
                               rule; 0: the byte needs append_general */
    byte_pairs *pairs;      /* NULL: another kind */
    unigram *unigram;       /* NULL: another kind; of both WordPiece */
    bool is_bare;           /* no [CLS] and [SEP] */
    uint32_t unknown, begin, end; /* ids of [UNK], [CLS] and [SEP] */
    uint32_t first_word;          /* the least id of a word of several characters */
    uint32_t max_word_chars;
    uint32_t vocabulary_size; /* the largest id plus one */
    uint32_t variant;         /* see tokenizer_variant */
    hash128 digest;
};

/* The text's tokens so far, and the word that has not ended yet.
 * Invariant: word_bytes is the size of the word's first min(word_chars, max_word_chars) characters,
 * each of at most 4 bytes, so that word[] never overflows. */
typedef struct encoding {
    const tokenizer *tokenizer;
    token_list tokens;
    size_t word_chars; /* 0: between words */
    size_t word_bytes; /* used of `word` */
    char word[MAX_WORD_BYTES];
} encoding;

static void append_token(encoding *e, uint32_t id)
{
    token_list_append(&e->tokens, id);
}

/* Appends the tokens of `word` by greedy longest match. False when some rest begins with no token;
 * the tokens before it have been appended then. */
static bool append_pieces(encoding *e, view word)
{
    const tokenizer *t = e->tokenizer;
    trie_node node = TRIE_ROOT;
    while (word.size > 0) {
        uint32_t id = 0;
        size_t matched = token_trie_match(t->vocabulary, node, word, &id);
        if (matched == 0) return false;
        append_token(e, id);
        word = view_slice(word, matched, word.size);
        if (word.size > 0 && !t->has_continuation) return false;
        node = t->continuation;
    }
    return true;
}

/* Ends the word, if there is one, and appends its tokens. A word that is too long, or that the
 * vocabulary's tokens do not make up, is one unknown token. */
static void end_word(encoding *e)
{
    if (e->word_chars == 0) return;
    const tokenizer *t = e->tokenizer;
    size_t before = e->tokens.count;
    view word = {e->word, e->word_bytes};
    if (e->word_chars > t->max_word_chars || !append_pieces(e, word)) {
        e->tokens.count = before; // without the tokens of the beginning that was known
        append_token(e, t->unknown);
    }
    e->word_chars = 0;
    e->word_bytes = 0;
}

static void append_character(encoding *e, uint32_t code_point)
{
    DCHECK(e->word_bytes <= 4 * size_min(e->word_chars, e->tokenizer->max_word_chars));
    if (e->word_chars++ < e->tokenizer->max_word_chars)
        e->word_bytes += utf8_encode(code_point, e->word + e->word_bytes);
}

/* Takes the bytes from text[at] on that continue a word by the table alone, however many; returns
 * where they end. */
static size_t append_ascii(encoding *e, view text, size_t at)
{
    const tokenizer *t = e->tokenizer;
    size_t start = at;
    size_t room = t->max_word_chars - size_min(t->max_word_chars, e->word_chars);
    size_t limit = at + size_min(text.size - at, room);
    char *word = e->word + e->word_bytes;
    char byte = 0;
    while (at < limit && (byte = t->word_byte[(unsigned char)text.data[at]]) != 0)
        word[at++ - start] = byte;
    e->word_bytes += at - start;
    if (at == limit) { // the word may be too long now: then only its length matters
        while (at < text.size && t->word_byte[(unsigned char)text.data[at]] != 0)
            at++;
    }
    e->word_chars += at - start;
    return at;
}

static void append_normalized(encoding *e, uint32_t code_point)
{
    normalized n;
    normalizer_apply(&e->tokenizer->normalizer, code_point, &n);
    for (uint32_t i = 0; i < n.count; i++) {
        if (n.roles[i] != ROLE_WORD) end_word(e);
        if (n.roles[i] != ROLE_SPACE) append_character(e, n.code_points[i]);
        if (n.roles[i] == ROLE_ALONE) end_word(e);
    }
}

/* Takes one character, or one added token, at text[at]; returns where it ends. */
static size_t append_general(encoding *e, view text, size_t at)
{
    const tokenizer *t = e->tokenizer;
    view rest = view_slice(text, at, text.size);
    unsigned char first = (unsigned char)text.data[at];
    if (t->begins_added[first]) {
        uint32_t id = 0;
        size_t matched = token_trie_match(t->added, TRIE_ROOT, rest, &id);
        if (matched > 0) {
            end_word(e);
            append_token(e, id);
            return at + matched;
        }
    }
    if (first == ' ') { // the commonest byte: what follows would do the same, more slowly
        end_word(e);
        return at + 1;
    }
    uint32_t code_point = REPLACEMENT;
    size_t length = utf8_decode(rest.data, rest.size, &code_point);
    append_normalized(e, length > 0 ? code_point : REPLACEMENT);
    return at + size_max(length, 1);
}

/* Appends the tokens of a section, which has no name of an added token. */
static void append_section(encoding *e, view section, bool count_all)
{
    if (e->tokenizer->pairs)
        byte_pairs_encode(e->tokenizer->pairs, section, count_all, &e->tokens);
    else
        unigram_encode(e->tokenizer->unigram, section, count_all, &e->tokens);
}

/* Byte pairs and Unigram, between the names of added tokens. */
static void encode_sections(encoding *e, view text, bool count_all)
{
    const tokenizer *t = e->tokenizer;
    size_t start = 0, at = 0;
    while (at < text.size && (count_all || e->tokens.count < e->tokens.room)) {
        uint32_t id = 0;
        size_t matched = 0;
        if (t->begins_added[(unsigned char)text.data[at]])
            matched = token_trie_match(t->added, TRIE_ROOT, view_slice(text, at, text.size), &id);
        if (matched > 0) {
            append_section(e, view_slice(text, start, at), count_all);
            append_token(e, id);
            start = at + matched;
        }
        at += size_max(matched, 1);
    }
    if (at == text.size) append_section(e, view_slice(text, start, at), count_all);
}

/* Appends all tokens of the text; with !count_all it may stop once the room is full. */
static void encode_text(encoding *e, view text, bool count_all)
{
    size_t at = 0;
    if (e->tokenizer->pairs || e->tokenizer->unigram) {
        encode_sections(e, text, count_all);
        return;
    }
    while (at < text.size && (count_all || e->tokens.count < e->tokens.room)) {
        at = append_ascii(e, text, at);
        if (at < text.size) at = append_general(e, text, at);
    }
    end_word(e);
}

static uint32_t clamp_count(size_t count)
{
    return count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
}

uint32_t tokenizer_encode(const tokenizer *t, view text, uint32_t max_tokens, uint32_t *ids,
                          uint32_t *untruncated)
{
    const uint32_t special = tokenizer_special_tokens(t);
    CHECK(max_tokens >= special);
    uint32_t room = max_tokens - special;
    encoding e = {.tokenizer = t, .tokens = {.ids = ids + special / 2, .room = room}};
    encode_text(&e, text, untruncated != NULL);
    uint32_t kept = (uint32_t)size_min(e.tokens.count, room);
    if (special) {
        ids[0] = t->begin;
        ids[kept + 1] = t->end;
    }
    if (untruncated != NULL) *untruncated = clamp_count(e.tokens.count + special);
    return kept + special;
}

uint32_t tokenizer_count(const tokenizer *t, view text)
{
    encoding e = {.tokenizer = t};
    encode_text(&e, text, true);
    return clamp_count(e.tokens.count);
}

uint32_t tokenizer_special_tokens(const tokenizer *t)
{
    return t->is_bare ? 0 : TOKENIZER_SPECIAL_TOKENS;
}

uint32_t tokenizer_variant(const tokenizer *t)
{
    return t->variant;
}

hash128 tokenizer_digest(const tokenizer *t)
{
    return t->digest;
}

uint32_t tokenizer_unknown(const tokenizer *t)
{
    return t->unknown;
}

uint32_t tokenizer_vocabulary_size(const tokenizer *t)
{
    return t->vocabulary_size;
}

/* Checks that no id belongs to two tokens, and that an added token that the vocabulary has too has
 * the same id in both; sets t->vocabulary_size. Errors: KITH_ERR_MODEL, KITH_ERR_NO_MEMORY. */
static kith_status check_ids(const tokenizer_description *d, tokenizer *t, kith_error *err)
{
    kith_status status = KITH_OK;
    bitset *used = bitset_new(TOKENIZER_MAX_TOKENS);
    if (used == NULL) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %s", d->path);
    for (uint32_t i = 0; i < d->vocabulary_count + d->added_count; i++) {
        bool is_added = i >= d->vocabulary_count;
        trie_entry entry = is_added ? d->added[i - d->vocabulary_count] : d->vocabulary[i];
        uint32_t known = 0;
        if (is_added && token_trie_find(t->vocabulary, entry.key, &known)) {
            if (known == entry.value) continue;
            status = fail(err, KITH_ERR_MODEL,
                          "%s: added token '%.*s' has the id %u, in the vocabulary %u", d->path,
                          VIEW_ARG(entry.key), entry.value, known);
            goto done;
        }
        if (bitset_has(used, entry.value)) {
            status = fail(err, KITH_ERR_MODEL, "%s: id %u, of token '%.*s', is there twice",
                          d->path, entry.value, VIEW_ARG(entry.key));
            goto done;
        }
        bitset_set(used, entry.value);
        if (entry.value >= t->vocabulary_size) t->vocabulary_size = entry.value + 1;
    }
done:
    bitset_free(used);
    return status;
}

/* Errors: KITH_ERR_MODEL when a token is there twice or the trie would be too large,
 * KITH_ERR_NO_MEMORY. */
static kith_status build_trie(const tokenizer_description *d, trie_entry *entries, uint32_t count,
                              token_trie **out, kith_error *err)
{
    kith_error why = {0};
    kith_status status = token_trie_new(entries, count, out, &why);
    if (status == KITH_OK) return KITH_OK;
    status = status == KITH_ERR_NO_MEMORY ? status : KITH_ERR_MODEL;
    return fail(err, status, "%s: %s", d->path, why.message);
}

/* Fills the tables by byte, from the added tokens and from what the normaliser makes of ASCII. */
static void fill_byte_tables(const tokenizer_description *d, tokenizer *t)
{
    for (uint32_t i = 0; i < d->added_count; i++)
        t->begins_added[(unsigned char)d->added[i].key.data[0]] = true;
    for (uint32_t byte = 0; byte < 0x80; byte++) {
        normalized n;
        normalizer_apply(&t->normalizer, byte, &n);
        if (n.count == 1 && n.roles[0] == ROLE_WORD && !t->begins_added[byte])
            t->word_byte[byte] = (char)n.code_points[0];
    }
}

/* The least id of a word. The ids before it are those of special tokens, "[unused1]" and the like,
 * and single characters, which are not in the order of how common they are. */
static uint32_t first_word(const tokenizer_description *d)
{
    const bool is_pieces = !d->merges && !d->scores;
    uint32_t first = UINT32_MAX;
    for (uint32_t i = 0; i < d->vocabulary_count; i++) {
        const trie_entry *entry = &d->vocabulary[i];
        bool is_special = entry->key.data[0] == (is_pieces ? '[' : '<') ||
                          (is_pieces && view_starts_with(entry->key, d->continuation));
        bool is_word = utf8_count(entry->key) > 1 && !is_special;
        if (is_word && entry->value < first) first = entry->value;
    }
    return first;
}

/* Which flags differ from those of an uncased BERT. */
static uint32_t variant_of(const tokenizer_description *d)
{
    const normalizer *n = &d->normalizer;
    if (!d->is_vocabulary_text) return 0;
    return (n->clean_text ? 0U : 1U) | (n->handle_chinese_chars ? 0U : 2U) |
           (n->lowercase ? 0U : 4U) | (n->strip_accents ? 0U : 8U);
}

static kith_status build(const tokenizer_description *d, tokenizer **out, kith_error *err)
{
    tokenizer *t = calloc(1, sizeof *t);
    if (t == NULL) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %s", d->path);
    t->normalizer = d->normalizer;
    t->is_bare = d->is_bare;
    t->unknown = d->unknown;
    t->begin = d->begin;
    t->end = d->end;
    t->max_word_chars = d->max_word_chars;
    t->first_word = first_word(d);
    t->variant = variant_of(d);
    t->digest = d->digest;
    kith_status status = build_trie(d, d->vocabulary, d->vocabulary_count, &t->vocabulary, err);
    if (status == KITH_OK) status = build_trie(d, d->added, d->added_count, &t->added, err);
    if (status == KITH_OK) status = check_ids(d, t, err);
    if (status == KITH_OK && d->merges)
        status = byte_pairs_new(d->path, t->vocabulary, d->merges, &t->pairs, err);
    if (status == KITH_OK && d->scores)
        status = unigram_new(d->path, t->vocabulary, d->scores, d->vocabulary_count, d->unknown,
                             d->charsmap, &t->unigram, err);
    if (status != KITH_OK) {
        tokenizer_free(t);
        return status;
    }
    if (!d->merges && !d->scores)
        t->has_continuation = token_trie_descend(t->vocabulary, &t->continuation, d->continuation);
    fill_byte_tables(d, t);
    *out = t;
    return KITH_OK;
}

kith_status tokenizer_open(const char *directory, tokenizer **out, kith_error *err)
{
    arena files;
    arena_init(&files, 0);
    tokenizer_description d;
    kith_status status = tokenizer_files_read(directory, &files, &d, err);
    if (status == KITH_OK) status = build(&d, out, err);
    arena_done(&files);
    return status;
}

kith_status tokenizer_open_bare(const char *path, tokenizer **out, kith_error *err)
{
    arena files;
    arena_init(&files, 0);
    tokenizer_description d;
    kith_status status = tokenizer_file_read_bare(path, &files, &d, err);
    if (status == KITH_OK) status = build(&d, out, err);
    arena_done(&files);
    return status;
}

void tokenizer_free(tokenizer *t)
{
    if (t == NULL) return;
    byte_pairs_free(t->pairs);
    unigram_free(t->unigram);
    token_trie_free(t->vocabulary);
    token_trie_free(t->added);
    free(t);
}

float tokenizer_rarity(const tokenizer *t, const uint32_t *ids, uint32_t count)
{
    uint32_t rarest = 2; // of which the logarithm is above 0
    for (uint32_t i = 0; i < count; i++) {
        uint32_t id = ids[i] == t->unknown ? t->vocabulary_size : ids[i];
        uint32_t place = id < t->first_word ? 0 : id - t->first_word + 1;
        if (place > rarest) rarest = place;
    }
    return logf((float)rarest) + (float)(count > 1 ? count - 1 : 0);
}
