/* Tests of the citation filter. */
#include "test.h"

#include "answer/citation.h"

/* Feeds the text in pieces of `step` bytes. */
static void filter_text(const char *text, uint32_t passages, size_t step, citation_filter *f,
                        buffer *out)
{
    citation_filter_init(f, passages, out);
    for (size_t i = 0; i < strlen(text); i += step) {
        size_t end = i + step < strlen(text) ? i + step : strlen(text);
        citation_filter_feed(f, (view){text + i, end - i});
        assert_null(citation_filter_check(f));
    }
    citation_filter_finish(f);
}

static void any_split_of_the_stream_gives_the_same_text(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
        uint32_t removed, cited;
    } cases[] = {
        {"Plain text.", "Plain text.", 0, 0},
        {"Yes [1]. And [3][2].", "Yes [1]. And [3][2].", 0, 3},
        {"Twice [2] and [2].", "Twice [2] and [2].", 0, 1},
        {"List [1, 2; 3].", "List [1][2][3].", 0, 3},
        {"Gone [4] and [0] and [99999999999].", "Gone  and  and .", 3, 0},
        {"Half [1, 9].", "Half [1].", 1, 1},
        {"Not one: [a] [] [1a] array[ 1] [", "Not one: [a] [] [1a] array[ 1] [", 0, 0},
        {"Open [12", "Open [12", 0, 0},
        {"Nested [[1]].", "Nested [[1]].", 0, 1},
        {"Made of halves [[9]2] [1[7]2].", "Made of halves [ 2] [1 2].", 2, 0},
        {"Lenticular 【1】, 【2†source】.", "Lenticular [1], [2].", 0, 2},
        {"Wide ［3］, note [2†L3-L9].", "Wide [3], note [2].", 0, 2},
        {"Range [1-3], [1–2], [^1], [^2, ^3].", "Range [1][2][3], [1][2], [1], [2][3].", 0, 3},
        {"Years [2019-2020], class [0-9], [1-9], [3-1], [1-], [-1], [1-2-3].",
         "Years [2019-2020], class [0-9], [1-9], [3-1], [1-], [-1], [1-2-3].", 0, 0},
        {"[Source 1] [sources: 2, 3] [doc1] [Documents #2] [docu] [sou",
         "[1] [2][3] [doc1] [2] [docu] [sou", 0, 3},
        {"CJK 【注】 あ 、 [see 1] (1) [^a] [1†[2]", "CJK 【注】 あ 、 [see 1] (1) [^a] [1†[2]", 0,
         1},
        {"Listed [1、2] and 【1，3】 and [1, ].", "Listed [1][2] and [1][3] and [1].", 0, 3},
        {"Gone 【9】.", "Gone .", 1, 0},
        {"Long [1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 x",
         "Long [1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 x", 0, 0},
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        for (size_t step = 1; step <= strlen(cases[c].in); step++) {
            citation_filter f;
            buffer out;
            buffer_init(&out, 1000);
            filter_text(cases[c].in, 3, step, &f, &out);
            assert_string_equal(buffer_text(&out), cases[c].out);
            assert_int_equal(f.removed, cases[c].removed);
            assert_int_equal(f.cited_count, cases[c].cited);
            buffer_done(&out);
        }
    }
}

static void numbers_are_kept_in_order_of_first_use(void **state)
{
    (void)state;
    citation_filter f;
    buffer out;
    buffer_init(&out, 1000);
    filter_text("[3] [1] [3] [2]", 3, 1, &f, &out);
    assert_int_equal(f.cited_count, 3);
    assert_int_equal(f.cited[0], 3);
    assert_int_equal(f.cited[1], 1);
    assert_int_equal(f.cited[2], 2);
    buffer_done(&out);
}

static void what_is_handed_on_is_never_taken_back(void **state)
{
    (void)state;
    static const char text[] = "A [1] b [7] c [2, 8] d [x] e [";
    citation_filter f;
    buffer out;
    char before[64] = "";
    buffer_init(&out, 1000);
    citation_filter_init(&f, 3, &out);
    for (size_t i = 0; i < sizeof text - 1; i++) {
        citation_filter_feed(&f, (view){text + i, 1});
        assert_int_equal(strncmp(buffer_text(&out), before, strlen(before)), 0);
        (void)snprintf(before, sizeof before, "%s", buffer_text(&out));
    }
    buffer_done(&out);
}

static void the_check_finds_what_is_broken(void **state)
{
    (void)state;
    citation_filter f;
    buffer out;
    buffer_init(&out, 1000);
    filter_text("[1] and [2", 2, 1, &f, &out);
    assert_null(citation_filter_check(&f));
    static const char *const held[] = {"1", "[,", "[1x", "[]"};
    for (size_t i = 0; i < sizeof held / sizeof held[0]; i++) {
        f.held_size = (uint32_t)strlen(held[i]);
        memcpy(f.held, held[i], f.held_size);
        assert_non_null(citation_filter_check(&f));
    }
    f.held_size = 0;
    f.cited[f.cited_count++] = 3;
    assert_non_null(citation_filter_check(&f)); // no such passage
    f.cited[1] = 1;
    assert_non_null(citation_filter_check(&f)); // twice
    f.cited[1] = 2;
    assert_null(citation_filter_check(&f));
    buffer_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_split_of_the_stream_gives_the_same_text),
        cmocka_unit_test(numbers_are_kept_in_order_of_first_use),
        cmocka_unit_test(what_is_handed_on_is_never_taken_back),
        cmocka_unit_test(the_check_finds_what_is_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
