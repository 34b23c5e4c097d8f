/* Tests of the sentences of an answer, the passages that each cites, and what each may not change. */
#include "test.h"

#include "answer/claim.h"
#include "answer/claim_facts.h"
#include "base/buffer.h"

/* As one text: "span|text|numbers" of each claim, one a line. */
static const char *split(const char *answer, arena *a)
{
    kith_error err = {0};
    claim *claims = NULL;
    uint32_t count = 0;
    buffer out;
    buffer_init(&out, 10000);
    assert_ok(claim_split(view_of(answer), a, &claims, &count, &err));
    for (uint32_t i = 0; i < count; i++) {
        buffer_append(&out, view_slice(view_of(answer), claims[i].start, claims[i].end));
        buffer_append_byte(&out, '|');
        buffer_append(&out, claims[i].text);
        buffer_append_byte(&out, '|');
        for (uint32_t k = 0; k < claims[i].cited_count; k++)
            buffer_printf(&out, "%u ", claims[i].cited[k]);
        buffer_append_byte(&out, '\n');
    }
    const char *copy = arena_copy(a, buffer_view(&out)).data;
    buffer_done(&out);
    return copy ? copy : "";
}

static void a_citation_belongs_to_the_sentence_it_stands_in_or_right_behind(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"It is high [1]. It is old [2][1].",
         "It is high [1].|It is high.|1 \nIt is old [2][1].|It is old.|2 1 \n"},
        {"The tower is high. [1] The bridge is old.[2] Snow falls.",
         "The tower is high. [1]|The tower is high.|1 \nThe bridge is old.[2]|The bridge is old.|2 "
         "\n"
         "Snow falls.|Snow falls.|\n"},
        {"[3] The tower is high.", "[3] The tower is high.|The tower is high.|3 \n"},
        {"The tower [1] and the bridge [2] are old.",
         "The tower [1] and the bridge [2] are old.|The tower and the bridge are old.|1 2 \n"},
        {"Towers rise.\n\n[1]", "Towers rise.\n\n[1]|Towers rise.|1 \n"},
        {"Towers rise.\n[2] Bridges fall.",
         "Towers rise.|Towers rise.|\n[2] Bridges fall.|Bridges fall.|2 \n"},
        {"Twice [1] is once [1].", "Twice [1] is once [1].|Twice is once.|1 \n"},
        {"", ""},
        {"[1]", ""},
    };
    arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(split(cases[i][0], &a), cases[i][1]);
    arena_done(&a);
}

static void marks_of_lists_and_emphasis_are_no_part_of_a_claim(void **state)
{
    (void)state;
    arena a;
    arena_init(&a, 0);
    assert_string_equal(split("1. **Towers** rise [1].\n2. `Bridges` fall [2].", &a),
                        "1. **Towers** rise [1].|Towers rise.|1 \n"
                        "2. `Bridges` fall [2].|Bridges fall.|2 \n");
    assert_string_equal(split("- Towers rise [1]\n- Bridges fall [2]", &a),
                        "- Towers rise [1]|Towers rise|1 \n- Bridges fall [2]|Bridges fall|2 \n");
    arena_done(&a);
}

static void what_claims_nothing_is_left_out(void **state)
{
    (void)state;
    static const char *const nothing[] = {
        "# Towers and bridges",
        "Which tower do you mean?",
        "The tower has these parts:",
        "It is what it is.",
        "The passages do not say who paid for the tower.",
        "Nothing in the context mentions the price.",
        "The passages don\xe2\x80\x99t mention a price.",
    };
    arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++)
        assert_string_equal(split(nothing[i], &a), "");
    // With a citation it is a statement about that passage.
    assert_string_equal(split("The passages are not long [1].", &a),
                        "The passages are not long [1].|The passages are not long.|1 \n");
    arena_done(&a);
}

static void more_citations_than_are_looked_at_do_no_harm(void **state)
{
    (void)state;
    arena a;
    kith_error err = {0};
    claim *claims = NULL;
    uint32_t count = 0;
    buffer text;
    arena_init(&a, 0);
    buffer_init(&text, 10000);
    buffer_append_text(&text, "Towers rise ");
    for (uint32_t i = 1; i <= 200; i++)
        buffer_printf(&text, "[%u]", i);
    assert_ok(claim_split(buffer_view(&text), &a, &claims, &count, &err));
    assert_int_equal(count, 1);
    assert_int_equal(claims[0].cited_count, CLAIM_MAX_CITED);
    assert_int_equal(claims[0].end, text.size);
    buffer_done(&text);
    arena_done(&a);
}

static void memory_that_runs_out_is_told(void **state)
{
    (void)state;
    arena a;
    kith_error err = {0};
    claim *claims = NULL;
    uint32_t count = 0;
    arena_init(&a, 64);
    assert_status(KITH_ERR_NO_MEMORY, claim_split(VIEW("Towers rise [1]. Bridges fall [2]."), &a,
                                                  &claims, &count, &err));
    arena_done(&a);
}

/* ---- facts ---- */

static facts facts_of(const char *text, language l, arena *a)
{
    kith_error err = {0};
    word *words = NULL;
    uint32_t count = 0;
    facts f = {0};
    assert_ok(word_split(view_of(text), a, &words, &count, &err));
    assert_ok(facts_read(view_of(text), words, count, l, a, &f, &err));
    return f;
}

static void a_number_is_the_same_however_it_is_written(void **state)
{
    (void)state;
    static const struct {
        const char *text, *numbers;
    } cases[] = {
        {"It costs $1,000 or 1000 EUR.", "1000 1000 "},
        {"The 44th of 3.14 in 1990s, 5km.", "44 3.14 1990 5 "},
        {"Thirty days, twelve hours.", "30 12 "},
        {"Thirty-five of forty two.", "35 40 2 "},
        {"One of them, A4 and v1.2.", ""},
        {"", ""},
    };
    arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char found[100] = "";
        facts f = facts_of(cases[i].text, LANGUAGE_ENGLISH, &a);
        for (uint32_t n = 0; n < f.number_count; n++)
            (void)snprintf(found + strlen(found), sizeof found - strlen(found), "%.*s ",
                           VIEW_ARG(f.numbers[n]));
        assert_string_equal(found, cases[i].numbers);
    }
    facts f = facts_of("kept for thirty days", LANGUAGE_ENGLISH, &a);
    assert_true(facts_has_number(&f, VIEW("30")));
    assert_false(facts_has_number(&f, VIEW("3")));
    arena_done(&a);
}

static void a_denial_is_told_by_the_words_of_its_language(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        language language;
        bool denies;
    } cases[] = {
        {"It is not high.", LANGUAGE_ENGLISH, true},
        {"It isn't high.", LANGUAGE_ENGLISH, true},
        {"It isn\xe2\x80\x99t high.", LANGUAGE_ENGLISH, true},
        {"Never was it high.", LANGUAGE_ENGLISH, true},
        {"The note is high.", LANGUAGE_ENGLISH, false},
        {"Er ist nicht hoch.", LANGUAGE_GERMAN, true},
        {"\xd0\x9d\xd0\xb5 \xd0\xb2\xd1\x8b\xd1\x81\xd0\xbe\xd0\xba\xd0\xbe.", LANGUAGE_RUSSIAN,
         true},
        {"Χωρίς νερό.", LANGUAGE_GREEK, true},
        {"Il n'est pas haut.", LANGUAGE_FRENCH, true},
        {"Le pas est haut.", LANGUAGE_ENGLISH, false},
    };
    arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(facts_of(cases[i].text, cases[i].language, &a).denies, cases[i].denies);
    arena_done(&a);
}

static void names_are_told_by_their_capitals(void **state)
{
    (void)state;
    static const struct {
        const char *text, *names;
        language language;
    } cases[] = {
        {"The tower of Gustave Eiffel.", "Gustave Eiffel ", LANGUAGE_ENGLISH},
        {"Thomas Edison invented it.", "Thomas Edison ", LANGUAGE_ENGLISH},
        {"Invented in Paris.", "Paris ", LANGUAGE_ENGLISH},
        {"Der Turm steht in Paris.", "", LANGUAGE_GERMAN},
        {"Он живёт в Москве.", "Москве ", LANGUAGE_RUSSIAN},
    };
    arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kith_error err = {0};
        word *words = NULL;
        uint32_t count = 0;
        char found[100] = "";
        view text = view_of(cases[i].text);
        assert_ok(word_split(text, &a, &words, &count, &err));
        for (uint32_t w = 0; w < count; w++)
            if (facts_is_name(text, words, count, w, cases[i].language))
                (void)snprintf(found + strlen(found), sizeof found - strlen(found), "%.*s ",
                               VIEW_ARG(view_slice(text, words[w].start, words[w].end)));
        assert_string_equal(found, cases[i].names);
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_citation_belongs_to_the_sentence_it_stands_in_or_right_behind),
        cmocka_unit_test(marks_of_lists_and_emphasis_are_no_part_of_a_claim),
        cmocka_unit_test(what_claims_nothing_is_left_out),
        cmocka_unit_test(more_citations_than_are_looked_at_do_no_harm),
        cmocka_unit_test(memory_that_runs_out_is_told),
        cmocka_unit_test(a_number_is_the_same_however_it_is_written),
        cmocka_unit_test(a_denial_is_told_by_the_words_of_its_language),
        cmocka_unit_test(names_are_told_by_their_capitals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
