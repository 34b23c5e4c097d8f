/* Chunks of seeded random texts against naive recounts, and the named bad inputs. */
#include "test.h"

#include "base/buffer.h"
#include "base/rng.h"
#include "text/chunk.h"

#include <time.h>
#include <utf8proc.h>

enum { CASES = 400, SEED = 20240607 };

static const char *const PIECES[] = {
    "word",
    "a",
    "Sentence ends here.",
    "Really?!",
    " ",
    " ",
    " ",
    "\n",
    "\n\n",
    "\r\n",
    "\t",
    "e\xCC\x81",
    "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7", // family
    "\xF0\x9F\x87\xAB\xF0\x9F\x87\xB7\xF0\x9F\x87\xA9",                         // flag and a half
    "\xE4\xB8\xAD\xE6\x96\x87\xE3\x80\x82",
    "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E",
    "\xE3\x80\x8C\xE3\x81\x84\xE3\x81\x84\xE3\x80\x82\xE3\x80\x8D", // a quotation in Japanese
    "\xE0\xA4\xB9\xE0\xA4\xBF\xE0\xA4\xA8\xE0\xA5\x8D\xE0\xA4\xA6\xE0\xA5\x80", // Hindi
    "\xE1\x84\x80\xE1\x85\xA1\xE1\x86\xA8",
    "\xED\x95\x9C\xEA\xB5\xAD", // Hangul
    "\xD8\xB3\xD9\x84\xD8\xA7\xD9\x85",
    "\xD8\x80\xD9\xA1",
    "\xC2\xA0",
    "\xE3\x80\x80",
    "\xE2\x80\xA8",
    "g\xCC\x88\xCC\xA3\xCC\x81",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "Mr. J. R. Smith",
    "3.14",
    "- entry\n",
    "# Heading\n",
    "\xEF\xBF\xBD",
    "\xF0\x9F\x98\x80",
};

static void append_random_text(buffer *out, rng *r)
{
    uint32_t count = rng_below(r, 300);
    for (uint32_t i = 0; i < count; i++) {
        const char *piece = PIECES[rng_below(r, sizeof PIECES / sizeof *PIECES)];
        uint32_t repeats = rng_below(r, 40) == 0 ? rng_below(r, 60) : 1;
        for (uint32_t k = 0; k < repeats; k++)
            buffer_append_text(out, piece);
        if (rng_below(r, 3)) buffer_append_byte(out, ' ');
    }
}

/* One token for each word, and one more for each eight bytes of it: not additive at cuts. */
static uint32_t count_words(void *context, view text)
{
    uint32_t tokens = 0, length = 0;
    uint64_t *calls = context;
    if (calls) *calls += text.size;
    for (size_t i = 0; i < text.size; i++) {
        bool is_space = (unsigned char)text.data[i] <= ' ';
        if (!is_space && length++ % 8 == 0) tokens++;
        if (is_space) length = 0;
    }
    return tokens;
}

static uint32_t count_code_points(void *context, view text)
{
    (void)context;
    uint32_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += ((unsigned char)text.data[i] & 0xC0) != 0x80;
    return count;
}

static uint32_t count_nothing(void *context, view text)
{
    (void)context, (void)text;
    return 0;
}

static bool is_white(int32_t c)
{
    utf8proc_category_t category = utf8proc_category(c);
    return (c >= 9 && c <= 13) || c == 0x85 || category == UTF8PROC_CATEGORY_ZS ||
           category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP;
}

/* For each byte of the text, found by a plain walk from its beginning. */
typedef struct facts {
    bool *is_break;       /* a grapheme boundary before it */
    bool *is_white;       /* part of a white space code point */
    uint32_t *characters; /* code points before it */
    uint32_t *lines;      /* newlines before it */
} facts;

static facts facts_of(view text)
{
    facts f = {calloc(text.size + 2, 1), calloc(text.size + 2, 1),
               calloc(text.size + 2, sizeof(uint32_t)), calloc(text.size + 2, sizeof(uint32_t))};
    int32_t before = 0, state = 0;
    uint32_t characters = 0, lines = 0;
    size_t i = 0;
    while (i < text.size) {
        int32_t c;
        utf8proc_ssize_t length =
            utf8proc_iterate((const uint8_t *)text.data + i, (utf8proc_ssize_t)(text.size - i), &c);
        assert_true(length > 0);
        f.is_break[i] = i == 0 || utf8proc_grapheme_break_stateful(before, c, &state);
        for (utf8proc_ssize_t k = 0; k < length; k++) {
            f.is_white[i + (size_t)k] = is_white(c);
            f.characters[i + (size_t)k] = characters;
            f.lines[i + (size_t)k] = lines;
        }
        characters++;
        lines += c == '\n';
        before = c;
        i += (size_t)length;
    }
    f.is_break[i] = true;
    f.characters[i] = characters;
    f.lines[i] = lines;
    return f;
}

static void facts_done(facts *f)
{
    free(f->is_break);
    free(f->is_white);
    free(f->characters);
    free(f->lines);
}

static bool is_one_grapheme(const facts *f, const chunk *c)
{
    for (uint32_t i = c->start + 1; i < c->end; i++)
        if (f->is_break[i]) return false;
    return true;
}

static uint32_t token_limit(const chunk_options *o)
{
    uint32_t limit = o->max_tokens ? o->max_tokens : UINT32_MAX;
    return o->unit == CHUNK_TOKENS && o->size && o->size < limit ? o->size : limit;
}

/* Between graphemes, or inside one that alone has more tokens than allowed. */
static void check_cut(view text, const chunk_options *o, const facts *f, uint32_t offset)
{
    uint32_t start = offset, end = offset + 1;
    if (f->is_break[offset]) return;
    assert_true(((unsigned char)text.data[offset] & 0xC0) != 0x80);
    while (!f->is_break[start])
        start--;
    while (!f->is_break[end])
        end++;
    assert_true(o->count_tokens(NULL, view_slice(text, start, end)) > token_limit(o));
}

static void check_chunk(view text, const chunk_options *o, const facts *f, const chunk *c)
{
    assert_true(c->start < c->end && c->end <= text.size);
    assert_false(f->is_white[c->start] && f->is_break[c->start + 1]);
    assert_int_equal(c->char_start, f->characters[c->start]);
    assert_int_equal(c->char_end, f->characters[c->end]);
    assert_int_equal(c->line_start, f->lines[c->start] + 1);
    assert_int_equal(c->line_end, f->lines[c->end] + 1);
    check_cut(text, o, f, c->start);
    check_cut(text, o, f, c->end);
    if (o->unit == CHUNK_CHARACTERS && !is_one_grapheme(f, c))
        assert_true(c->char_end - c->char_start <= (o->size ? o->size : 1000));
    view content = view_slice(text, c->start, c->end);
    uint32_t tokens = o->count_tokens ? o->count_tokens(NULL, content) : 0;
    assert_int_equal(c->tokens, tokens);
    assert_true(tokens <= token_limit(o));
}

static void check_chunks(view text, const chunk_options *o, const chunk *chunks, uint32_t count)
{
    facts f = facts_of(text);
    size_t covered = 0;
    for (uint32_t i = 0; i < count; i++) {
        check_chunk(text, o, &f, &chunks[i]);
        if (i > 0) {
            assert_true(chunks[i].start > chunks[i - 1].start);
            assert_true(chunks[i].end > chunks[i - 1].end);
        }
        if (i > 0 && chunks[i].start < chunks[i - 1].end && o->unit == CHUNK_CHARACTERS)
            assert_true(chunks[i - 1].char_end - chunks[i].char_start <= o->overlap);
        for (; covered < chunks[i].start; covered++)
            assert_true(f.is_white[covered]);
        if (covered < chunks[i].end) covered = chunks[i].end;
    }
    for (; covered < text.size; covered++)
        assert_true(f.is_white[covered]);
    facts_done(&f);
}

static uint32_t chunk_and_check(view text, const chunk_options *o)
{
    arena a;
    arena_init(&a, 0);
    kith_error err = {0};
    chunk *chunks = NULL;
    uint32_t count = 0;
    assert_ok(chunk_text(text, o, &a, &chunks, &count, &err));
    check_chunks(text, o, chunks, count);
    arena_done(&a);
    return count;
}

static void random_texts_are_covered_in_order_within_the_size(void **state)
{
    (void)state;
    rng r = {SEED};
    print_message("seed %d\n", SEED);
    for (int i = 0; i < CASES; i++) {
        buffer text;
        buffer_init(&text, 1 << 20);
        append_random_text(&text, &r);
        chunk_options o = {.size = 1 + rng_below(&r, i % 2 ? 20 : 400)};
        o.overlap = rng_below(&r, 4) ? rng_below(&r, o.size) : o.size - 1;
        chunk_and_check(buffer_view(&text), &o);
        buffer_done(&text);
    }
}

static void random_texts_never_exceed_the_tokens(void **state)
{
    (void)state;
    rng r = {SEED + 1};
    print_message("seed %d\n", SEED + 1);
    const chunk_token_count counters[] = {count_words, count_code_points, count_nothing};
    for (int i = 0; i < CASES; i++) {
        buffer text;
        buffer_init(&text, 1 << 20);
        append_random_text(&text, &r);
        chunk_options o = {.count_tokens = counters[i % 3], .max_tokens = 1 + rng_below(&r, 60)};
        o.unit = i & 1 ? CHUNK_TOKENS : CHUNK_CHARACTERS;
        o.size = 1 + rng_below(&r, 300);
        o.overlap = rng_below(&r, o.size);
        chunk_and_check(buffer_view(&text), &o);
        buffer_done(&text);
    }
}

static void prose_breaks_after_a_sentence_and_overlaps(void **state)
{
    (void)state;
    arena a;
    arena_init(&a, 0);
    buffer text;
    buffer_init(&text, 1 << 20);
    for (int i = 0; i < 200; i++)
        buffer_printf(&text, "Sentence number %d tells us something about Mr. Smith. ", i);
    chunk_options o = {.size = 1000, .overlap = 200};
    kith_error err = {0};
    chunk *chunks = NULL;
    uint32_t count = 0;
    assert_ok(chunk_text(buffer_view(&text), &o, &a, &chunks, &count, &err));
    assert_true(count > 10);
    for (uint32_t i = 0; i < count; i++) {
        view chunk_view = view_slice(buffer_view(&text), chunks[i].start, chunks[i].end);
        assert_true(view_starts_with(chunk_view, VIEW("Sentence number")));
        assert_true(view_ends_with_nocase(chunk_view, VIEW("Smith.")));
        if (i > 0) assert_true(chunks[i].start < chunks[i - 1].end);
    }
    buffer_done(&text);
    arena_done(&a);
}

static void a_paragraph_end_is_preferred_to_a_later_sentence_end(void **state)
{
    (void)state;
    arena a;
    arena_init(&a, 0);
    view text =
        VIEW("One two three four five six seven eight nine.\n\nTen. Eleven. Twelve. Thirteen");
    chunk_options o = {.size = 60};
    kith_error err = {0};
    chunk *chunks = NULL;
    uint32_t count = 0;
    assert_ok(chunk_text(text, &o, &a, &chunks, &count, &err));
    assert_int_equal(count, 2);
    assert_int_equal(chunks[0].end, 45);
    assert_int_equal(chunks[1].start, 47);
    assert_int_equal(chunks[1].line_start, 3);
    arena_done(&a);
}

/* Of 90 characters the last third begins after the 60th: the best break after it is taken, and none
 * before it, however good. */
static void a_break_is_sought_in_the_last_third_and_nowhere_before(void **state)
{
    (void)state;
    arena a;
    arena_init(&a, 0);
    for (uint32_t paragraph = 20; paragraph <= 88; paragraph++) {
        char text[300];
        memset(text, 'x', sizeof text);
        memset(text + paragraph, '\n', 2);
        chunk_options o = {.size = 90};
        kith_error err = {0};
        chunk *chunks = NULL;
        uint32_t count = 0;
        assert_ok(chunk_text((view){text, sizeof text}, &o, &a, &chunks, &count, &err));
        bool is_in_last_third = paragraph + 2 > 60; // the text goes on two characters later
        assert_int_equal(chunks[0].end, is_in_last_third ? paragraph : 90);
    }
    arena_done(&a);
}

static void blank_text_gives_no_chunk(void **state)
{
    (void)state;
    chunk_options o = {0};
    assert_int_equal(chunk_and_check((view){0}, &o), 0);
    assert_int_equal(chunk_and_check(VIEW(" \n\t\r\n \xE3\x80\x80 "), &o), 0);
}

static void a_text_shorter_than_the_size_is_one_chunk(void **state)
{
    (void)state;
    chunk_options o = {.overlap = 200};
    assert_int_equal(chunk_and_check(VIEW("  short text \n"), &o), 1);
}

static void a_trailing_scrap_is_not_contained_in_the_chunk_before(void **state)
{
    (void)state;
    for (uint32_t extra = 1; extra < 30; extra++) {
        char text[200];
        memset(text, 'x', sizeof text);
        chunk_options o = {.size = 100, .overlap = 50};
        chunk_and_check((view){text, 100 + extra}, &o);
        for (size_t i = 7; i < sizeof text; i += 8)
            text[i] = ' ';
        chunk_and_check((view){text, 100 + extra}, &o);
    }
}

static void a_run_without_spaces_is_cut_and_makes_progress(void **state)
{
    (void)state;
    char text[5000];
    memset(text, 'x', sizeof text);
    chunk_options o = {.size = 100, .overlap = 99};
    assert_int_equal(chunk_and_check((view){text, sizeof text}, &o), 4901);
}

static void one_enormous_grapheme_is_cut_at_code_points(void **state)
{
    (void)state;
    buffer text;
    buffer_init(&text, 1 << 20);
    buffer_append_byte(&text, 'a');
    for (int i = 0; i < 1000; i++)
        buffer_append_text(&text, "\xCC\x81");
    chunk_options o = {.size = 10, .overlap = 9};
    arena a;
    arena_init(&a, 0);
    kith_error err = {0};
    chunk *chunks = NULL;
    uint32_t count = 0;
    assert_ok(chunk_text(buffer_view(&text), &o, &a, &chunks, &count, &err));
    assert_int_equal(count, 8); // of 128 code points
    assert_int_equal(chunks[count - 1].end, text.size);
    o = (chunk_options){.size = 50, .max_tokens = 7, .count_tokens = count_code_points};
    assert_ok(chunk_text(buffer_view(&text), &o, &a, &chunks, &count, &err));
    for (uint32_t i = 0; i < count; i++)
        assert_true(chunks[i].tokens <= 7);
    buffer_done(&text);
    arena_done(&a);
}

static uint32_t count_three_each(void *context, view text)
{
    return 3 * count_code_points(context, text);
}

static void a_character_with_more_tokens_than_the_limit_is_an_error(void **state)
{
    (void)state;
    arena a;
    arena_init(&a, 0);
    chunk_options o = {.max_tokens = 2, .count_tokens = count_three_each};
    kith_error err = {0};
    chunk *chunks = NULL;
    uint32_t count = 77;
    assert_status(KITH_ERR_LIMIT, chunk_text(VIEW("x"), &o, &a, &chunks, &count, &err));
    assert_int_equal(count, 77);
    arena_done(&a);
}

static void bad_sizes_are_errors_with_their_numbers(void **state)
{
    (void)state;
    arena a;
    arena_init(&a, 0);
    kith_error err = {0};
    chunk *chunks = NULL;
    uint32_t count = 0;
    chunk_options o = {.size = 100, .overlap = 100};
    assert_status(KITH_ERR_INVALID, chunk_text(VIEW("x"), &o, &a, &chunks, &count, &err));
    assert_non_null(strstr(err.message, "100"));
    o = (chunk_options){.overlap = 1000};
    assert_status(KITH_ERR_INVALID, chunk_text(VIEW("x"), &o, &a, &chunks, &count, &err));
    o = (chunk_options){.size = CHUNK_MAX_SIZE + 1};
    assert_status(KITH_ERR_INVALID, chunk_text(VIEW("x"), &o, &a, &chunks, &count, &err));
    assert_non_null(strstr(err.message, "1000001"));
    o = (chunk_options){.unit = CHUNK_TOKENS, .count_tokens = count_words};
    assert_status(KITH_ERR_INVALID, chunk_text(VIEW("x"), &o, &a, &chunks, &count, &err));
    arena_done(&a);
}

static void too_many_chunks_are_an_error(void **state)
{
    (void)state;
    arena a;
    arena_init(&a, 0);
    kith_error err = {0};
    chunk *chunks = NULL;
    uint32_t count = 0;
    size_t size = CHUNK_MAX_COUNT + 1;
    char *text = malloc(size);
    memset(text, 'x', size);
    chunk_options o = {.size = 1};
    assert_status(KITH_ERR_LIMIT, chunk_text((view){text, size}, &o, &a, &chunks, &count, &err));
    free(text);
    arena_done(&a);
}

static void an_exhausted_arena_is_an_error(void **state)
{
    (void)state;
    arena a;
    arena_init(&a, 16);
    kith_error err = {0};
    chunk *chunks = NULL;
    uint32_t count = 0;
    chunk_options o = {.size = 1};
    assert_status(KITH_ERR_NO_MEMORY, chunk_text(VIEW("a b c"), &o, &a, &chunks, &count, &err));
    assert_null(chunks);
    arena_done(&a);
}

static void tokens_are_counted_over_a_few_times_the_text(void **state)
{
    (void)state;
    buffer text;
    buffer_init(&text, 64 << 20);
    rng r = {SEED + 2};
    while (text.size < 2000000)
        append_random_text(&text, &r);
    uint64_t counted = 0;
    chunk_options o = {.unit = CHUNK_TOKENS,
                       .size = 254,
                       .overlap = 50,
                       .count_tokens = count_words,
                       .count_context = &counted};
    arena a;
    arena_init(&a, 0);
    kith_error err = {0};
    chunk *chunks = NULL;
    uint32_t count = 0;
    assert_ok(chunk_text(buffer_view(&text), &o, &a, &chunks, &count, &err));
    print_message("%u chunks, tokens counted over %.2f times the text\n", count,
                  (double)counted / (double)text.size);
    assert_true(counted < 8 * (uint64_t)text.size);
    uint64_t tokens = 0;
    for (uint32_t i = 0; i < count; i++)
        tokens += chunks[i].tokens;
    assert_true(tokens / count > 150); // well filled
    buffer_done(&text);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_texts_are_covered_in_order_within_the_size),
        cmocka_unit_test(random_texts_never_exceed_the_tokens),
        cmocka_unit_test(prose_breaks_after_a_sentence_and_overlaps),
        cmocka_unit_test(a_paragraph_end_is_preferred_to_a_later_sentence_end),
        cmocka_unit_test(a_break_is_sought_in_the_last_third_and_nowhere_before),
        cmocka_unit_test(blank_text_gives_no_chunk),
        cmocka_unit_test(a_text_shorter_than_the_size_is_one_chunk),
        cmocka_unit_test(a_trailing_scrap_is_not_contained_in_the_chunk_before),
        cmocka_unit_test(a_run_without_spaces_is_cut_and_makes_progress),
        cmocka_unit_test(one_enormous_grapheme_is_cut_at_code_points),
        cmocka_unit_test(a_character_with_more_tokens_than_the_limit_is_an_error),
        cmocka_unit_test(bad_sizes_are_errors_with_their_numbers),
        cmocka_unit_test(too_many_chunks_are_an_error),
        cmocka_unit_test(an_exhausted_arena_is_an_error),
        cmocka_unit_test(tokens_are_counted_over_a_few_times_the_text),
    };
    return cmocka_run_group_tests_name("chunk", tests, NULL, NULL);
}
