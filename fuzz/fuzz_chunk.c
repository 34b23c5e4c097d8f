/* fuzz_chunk.c - chunks, sentences and words of any text keep their contracts.
 * Input: unit, size, overlap, token limit and counter in six bytes, then the text, repaired to
 * UTF-8. */
#include "base/utf8.h"
#include "text/chunk.h"
#include "text/sentence.h"
#include "text/word.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { OPTION_BYTES = 6, GRAPHEME_MAX = 128 };

/* Words of up to five bytes: not additive where a word is cut. */
static uint32_t count_pieces(void *context, view text)
{
    (void)context;
    uint32_t tokens = 0, length = 0;
    for (size_t i = 0; i < text.size; i++) {
        bool is_space = (unsigned char)text.data[i] <= ' ';
        if (!is_space && length++ % 5 == 0) tokens++;
        if (is_space) length = 0;
    }
    return tokens;
}

static uint32_t count_code_points(void *context, view text)
{
    (void)context;
    return (uint32_t)utf8_count(text);
}

/* Neither monotone nor anything else that a chunker might hope for. */
static uint32_t count_hash(void *context, view text)
{
    (void)context;
    uint32_t sum = 0;
    for (size_t i = 0; i < text.size; i++)
        sum = sum * 31 + (unsigned char)text.data[i];
    return 1 + sum % 7;
}

static chunk_options read_options(const uint8_t *b)
{
    static const chunk_token_count counters[] = {NULL, count_pieces, count_code_points, count_hash};
    chunk_options o = {.size = 1 + b[1] + 4 * (uint32_t)b[2], .count_tokens = counters[b[4] % 4]};
    o.overlap = b[3] % o.size;
    if (o.count_tokens) {
        o.unit = b[0] % 2 ? CHUNK_TOKENS : CHUNK_CHARACTERS;
        o.max_tokens = b[5];
    }
    o.find_leads = b[0] / 2 % 2;
    return o;
}

static bool is_printable(char c)
{
    return c > ' ' && c < 0x7F;
}

static void check_chunks(view text, const chunk_options *o, const chunk *chunks, uint32_t count)
{
    size_t covered = 0, characters = 0;
    uint32_t before = 0;
    for (uint32_t i = 0; i < count; i++) {
        const chunk *c = &chunks[i];
        CHECK(c->start < c->end && c->end <= text.size);
        CHECK(i == 0 || (c->start > chunks[i - 1].start && c->end > chunks[i - 1].end));
        characters += utf8_count(view_slice(text, before, c->start));
        before = c->start;
        CHECK(c->char_start == characters);
        CHECK(c->char_end - c->char_start == utf8_count(view_slice(text, c->start, c->end)));
        CHECK(o->unit == CHUNK_TOKENS || c->char_end - c->char_start <= o->size ||
              c->char_end - c->char_start <= GRAPHEME_MAX);
        if (o->max_tokens) CHECK(c->tokens <= o->max_tokens);
        if (o->unit == CHUNK_TOKENS) CHECK(c->tokens <= o->size);
        if (o->count_tokens)
            CHECK(c->tokens == o->count_tokens(NULL, view_slice(text, c->start, c->end)));
        CHECK(c->lead_start <= c->lead_end && c->lead_end <= c->start);
        for (; covered < c->start; covered++)
            CHECK(!is_printable(text.data[covered]));
        covered = c->end;
    }
    for (; covered < text.size; covered++)
        CHECK(!is_printable(text.data[covered]));
}

static void check_sentences_and_words(view text, arena *a)
{
    kith_error err = {0};
    sentence *sentences = NULL;
    word *words = NULL;
    uint32_t count = 0, at = 0, start = 0, positions = 0, foreign_count = 0;
    CHECK(sentence_split(text, a, &sentences, &count, &err) == KITH_OK);
    for (uint32_t i = 0; i < count; i++) {
        for (; at < sentences[i].start; at++)
            CHECK(!is_printable(text.data[at]));
        CHECK(sentences[i].start == at && sentences[i].end > at);
        at = sentences[i].end;
    }
    CHECK(word_split(text, a, &words, &count, &err) == KITH_OK);
    at = 0;
    for (uint32_t i = 0; i < count; i++) {
        CHECK(words[i].end > words[i].start && words[i].end <= text.size);
        CHECK(words[i].term.size > 0 && utf8_is_valid(words[i].term));
        if (words[i].is_extra) { // a part, or the whole, of words that are there
            CHECK(words[i].position < positions);
            continue;
        }
        // Pairs of characters overlap.
        CHECK(words[i].position == positions++ &&
              words[i].start >= (words[i].is_joined ? start : at));
        start = words[i].start;
        at = words[i].end;
    }
    // A query is split once for each language, and the words must stand at the same places.
    word *foreign = NULL;
    CHECK(word_split_in(text, LANGUAGE_FRENCH, a, &foreign, &foreign_count, &err) == KITH_OK);
    CHECK(foreign_count == count);
    for (uint32_t i = 0; i < count; i++)
        CHECK(foreign[i].start == words[i].start && foreign[i].is_extra == words[i].is_extra);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < OPTION_BYTES) return 0;
    chunk_options o = read_options(bytes);
    arena a;
    arena_init(&a, 0);
    buffer text;
    buffer_init(&text, 1 << 20);
    utf8_append_repaired(&text, (view){(const char *)bytes + OPTION_BYTES, size - OPTION_BYTES});
    kith_error err = {0};
    chunk *chunks = NULL;
    uint32_t count = 0;
    kith_status status = chunk_text(buffer_view(&text), &o, &a, &chunks, &count, &err);
    // The only failure left: a code point with more tokens than the limit.
    CHECK(status == KITH_OK || (status == KITH_ERR_LIMIT && o.count_tokens));
    if (status == KITH_OK) check_chunks(buffer_view(&text), &o, chunks, count);
    check_sentences_and_words(buffer_view(&text), &a);
    buffer_done(&text);
    arena_done(&a);
    return 0;
}
