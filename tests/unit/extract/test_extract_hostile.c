/* Hostile files: two megabytes of each pattern through the reader of its format and all that
 * follows. What is asked is that it ends, soon (a reader whose time grows with the square of the
 * size would need minutes), and within the contract. */
#include "extracted.h"

#include "base/rng.h"
#include "base/utf8.h"
#include "text/chunk.h"
#include "text/sentence.h"
#include "text/word.h"

#include <kith/types.h>
#include <time.h>

enum {
    BYTES = 2 << 20,
    SECONDS_MAX = 20
}; // under the sanitizers on a busy machine; else below one

static double thread_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static view repeat(const char *pattern, size_t size)
{
    char *text = malloc(BYTES);
    size_t n = 0;
    for (; n + size <= BYTES; n += size)
        memcpy(text + n, pattern, size);
    return (view){text, n};
}

static void process(view text, arena *a)
{
    kith_error err = {0};
    chunk_options o = {.size = 1000, .overlap = 200};
    chunk *chunks = NULL;
    sentence *sentences = NULL;
    word *words = NULL;
    uint32_t count = 0;
    assert_true(utf8_is_valid(text));
    assert_ok(chunk_text(text, &o, a, &chunks, &count, &err));
    assert_ok(sentence_split(text, a, &sentences, &count, &err));
    assert_ok(word_split(text, a, &words, &count, &err));
}

static void expect_end(const char *name, const char *pattern, size_t size)
{
    view bytes = repeat(pattern, size);
    double start = thread_seconds();
    extracted e;
    kith_status status = extracted_open(&e, name, bytes);
    if (status == KITH_OK && e.found.document_count == 1)
        process(e.found.documents[0].text, &e.memory);
    double seconds = thread_seconds() - start;
    if (status != KITH_OK && status != KITH_ERR_LIMIT && status != KITH_ERR_FORMAT)
        fail_msg("%s of '%.20s': %s", name, pattern, e.err.message);
    if (seconds > SECONDS_MAX) fail_msg("%s of '%.20s' took %.1f s", name, pattern, seconds);
    extracted_done(&e);
    free((char *)bytes.data);
}

#define EXPECT_END(name, pattern) expect_end(name, pattern, sizeof(pattern) - 1)

static void html_ends(void **state)
{
    (void)state;
    EXPECT_END("a.html", "<div>");
    EXPECT_END("a.html", "<table><tr><td>");
    EXPECT_END("a.html", "<b><i>");
    EXPECT_END("a.html", "</p>");
    EXPECT_END("a.html", "<p");
    EXPECT_END("a.html", "<p a1 b2 c3=4 d5='");
    EXPECT_END("a.html", "<");
    EXPECT_END("a.html", "&");
    EXPECT_END("a.html", "&#1;&#x110000;&amp");
    EXPECT_END("a.html", "<!--");
    EXPECT_END("a.html", "<!-->");
    EXPECT_END("a.html", "<script>");
    EXPECT_END("a.html", "</script");
    EXPECT_END("a.html", "<title>x</title>");
    EXPECT_END("a.html", "<main><h1>a</h1></main>");
    EXPECT_END("a.html", "<td>x<td>");
    EXPECT_END("a.html", "<pre>\n</pre><br>");
    EXPECT_END("a.html", "<![CDATA[<?");
    EXPECT_END("a.html", "<b class=ln>1");
    EXPECT_END("a.html", "<style>@media print{.a,.b{text-decoration:line-through}/*x*/");
    EXPECT_END("a.html", "<style>.a{vertical-align:super;text-decoration:none}</style><b class=a>");
}

static void made_up_html_elements_end(void **state)
{
    (void)state;
    buffer html;
    buffer_init(&html, 8 << 20);
    for (uint32_t i = 0; html.size < BYTES; i++)
        buffer_printf(&html, "<x%u></x%u>", i, i);
    expect_end("a.html", html.data, html.size);
    buffer_reset(&html);
    buffer_append_text(&html, "<p ");
    for (uint32_t i = 0; html.size < BYTES; i++)
        buffer_printf(&html, "a%u=1 ", i);
    expect_end("a.html", html.data, html.size);
    buffer_done(&html);
}

static void at_rules_without_a_block_end(void **state)
{
    (void)state;
    buffer html;
    buffer_init(&html, 8 << 20);
    buffer_append_text(&html, "<style>.a{text-decoration:line-through}");
    while (html.size < 2 * BYTES)
        buffer_append_text(&html, "@media ");
    buffer_append_text(&html, "{.b{text-decoration:line-through}}</style><p>Text.");
    expect_end("a.html", html.data, html.size);
    buffer_done(&html);
}

static void choices_of_an_editor_end(void **state)
{
    (void)state;
    buffer xml;
    buffer_init(&xml, 8 << 20);
    buffer_append_text(&xml, "<TEI><p>Text <choice>");
    for (int i = 0; i < 240000; i++) // a tree has no more nodes
        buffer_append_text(&xml, "<sic/>");
    buffer_append_text(&xml, "</choice></p></TEI>");
    expect_end("a.xml", xml.data, xml.size);
    buffer_done(&xml);
}

static void markdown_ends(void **state)
{
    (void)state;
    EXPECT_END("a.md", "[a]: <b\n");
    EXPECT_END("a.md", "[ x\n]: \n");
    EXPECT_END("a.md", "](\n<![CDATA[");
    EXPECT_END("a.md", "> ");
    EXPECT_END("a.md", "- ");
    EXPECT_END("a.md", "* a\n ");
    EXPECT_END("a.md", "*_`~");
    EXPECT_END("a.md", "`a``b```");
    EXPECT_END("a.md", "# [x][y] ");
    EXPECT_END("a.md", "a\n===\n");
    EXPECT_END("a.md", "---\n");
    EXPECT_END("a.md", "<!--\n");
    EXPECT_END("a.md", "\\&\t");
}

static void json_ends(void **state)
{
    (void)state;
    static const char *const names[] = {"a.json", "a.jsonl"};
    for (size_t i = 0; i < 2; i++) {
        EXPECT_END(names[i], "[");
        EXPECT_END(names[i], "{\"a\":");
        EXPECT_END(names[i], "[\n");
        EXPECT_END(names[i], "\"");
        EXPECT_END(names[i], "{}\n");
        EXPECT_END(names[i], "\\u0000");
        EXPECT_END(names[i], "{\"content\":\"a\"}\n");
        EXPECT_END(names[i], "12345678901234567890");
        EXPECT_END(names[i], "[9223372036854775808,\n");
    }
}

static void csv_ends(void **state)
{
    (void)state;
    static const char *const names[] = {"a.csv", "a.tsv"};
    for (size_t i = 0; i < 2; i++) {
        EXPECT_END(names[i], "\"");
        EXPECT_END(names[i], "a,\"\n");
        EXPECT_END(names[i], "\"a\"b\n");
        EXPECT_END(names[i], ",");
        EXPECT_END(names[i], "a\tb,c\n");
        EXPECT_END(names[i], "x");
        EXPECT_END(names[i], "Item,Price,Left\nLamp,1,2\nBed,3,4\n\n");
        EXPECT_END(names[i], "Sun, and rain.\n");
    }
}

static void text_ends(void **state)
{
    (void)state;
    EXPECT_END("a.txt", "x");
    EXPECT_END("a.txt", " ");
    EXPECT_END("a.txt", "\n");
    EXPECT_END("a.txt", "\r");
    EXPECT_END("a.txt", ". (");
    EXPECT_END("a.txt", ". ");
    EXPECT_END("a.txt", "Mr. ");
    EXPECT_END("a.txt", "1. \n");
    EXPECT_END("a.txt", "\xCC\x81");
    EXPECT_END("a.txt", "\xF0\x9F\x91\xA9\xE2\x80\x8D");
    EXPECT_END("a.txt", "\xF0\x9F\x87\xAB");
    EXPECT_END("a.txt", "\xE3\x80\x82\xE3\x80\x8D");
    EXPECT_END("a.txt", "caf\xE9 ");
}

/* Short names over long rows, long names over short rows: the text may not grow without bound. */
static void short_rows_under_long_names_are_bounded(void **state)
{
    (void)state;
    buffer csv;
    buffer_init(&csv, 64 << 20);
    for (int column = 0; column < 1000; column++) {
        for (int i = 0; i < 250; i++)
            buffer_append_byte(&csv, 'n');
        buffer_append_byte(&csv, column < 999 ? ',' : '\n');
    }
    for (int row = 0; row < 4000; row++)
        for (int column = 0; column < 1000; column++)
            buffer_append_text(&csv, column < 999 ? "1," : "1\n");
    extracted_expect_failure("a.csv", buffer_view(&csv), KITH_ERR_LIMIT, "bytes of text");
    buffer_done(&csv);
}

static void random_soup_keeps_the_contract(void **state)
{
    (void)state;
    static const char *const names[] = {"a.html", "a.md",  "a.json", "a.jsonl",
                                        "a.csv",  "a.txt", "a"};
    static const char *const pieces[] = {"<",        ">",    "/",       "div",
                                         "h1",       "td",   "main",    "pre",
                                         "script",   "!--",  "-->",     "\"",
                                         "'",        "=",    "&",       ";",
                                         "#",        "\n",   " ",       "[",
                                         "]",        "(",    ")",       "{",
                                         "}",        ":",    ",",       "content",
                                         "title",    "id",   "\\u0000", "`",
                                         "```",      "---",  "- ",      "1.",
                                         "\xC3\xA9", "\xFF", "\0",      "a",
                                         "\t",       "\r",   "&amp;",   "\xF0\x9F\x98\x80"};
    rng r = {13};
    for (int i = 0; i < 7000; i++) {
        buffer soup;
        buffer_init(&soup, 1 << 16);
        for (uint32_t k = rng_below(&r, 80); k > 0; k--)
            buffer_append_text(&soup, pieces[rng_below(&r, sizeof pieces / sizeof *pieces)]);
        extracted e;
        kith_status status = extracted_open(&e, names[i % 7], buffer_view(&soup));
        for (uint32_t d = 0; status == KITH_OK && d < e.found.document_count; d++) {
            const document *found = &e.found.documents[d];
            process(found->text, &e.memory);
            assert_true(!found->text.size || !memchr(found->text.data, '\r', found->text.size));
            for (uint32_t h = 0; h < found->heading_count; h++) {
                assert_true(found->headings[h].offset < found->text.size);
                assert_true(h == 0 || found->headings[h].offset > found->headings[h - 1].offset);
                assert_true(utf8_is_valid(found->headings[h].path));
            }
        }
        extracted_done(&e);
        buffer_done(&soup);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(html_ends),
        cmocka_unit_test(made_up_html_elements_end),
        cmocka_unit_test(at_rules_without_a_block_end),
        cmocka_unit_test(choices_of_an_editor_end),
        cmocka_unit_test(markdown_ends),
        cmocka_unit_test(json_ends),
        cmocka_unit_test(csv_ends),
        cmocka_unit_test(text_ends),
        cmocka_unit_test(short_rows_under_long_names_are_bounded),
        cmocka_unit_test(random_soup_keeps_the_contract),
    };
    return cmocka_run_group_tests_name("hostile", tests, NULL, NULL);
}
