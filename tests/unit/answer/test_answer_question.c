/* Which words of a question count: what it asks with is not what it asks for. */
#include "test.h"

#include "answer/attribute.h"
#include "answer/question.h"
#include "base/buffer.h"

/* The words that count, in order, with a blank before each. */
static void check_words(const char *text, const char *expected)
{
    arena a;
    kith_error err;
    question q = {0};
    view *terms = NULL;
    char kept[200] = "";
    language l = LANGUAGE_ENGLISH;
    arena_init(&a, 0);
    assert_ok(question_language(view_of(text), &a, &l, &err));
    assert_ok(question_parse(view_of(text), l, &a, &q, &terms, &err));
    for (uint32_t t = 0; t < q.count; t++) {
        size_t used = strlen(kept);
        (void)snprintf(kept + used, sizeof kept - used, " %.*s", VIEW_ARG(terms[t]));
    }
    assert_string_equal(kept, expected);
    question_done(&q);
    arena_done(&a);
}

static void a_word_that_asks_for_a_meaning_does_not_count(void **state)
{
    (void)state;
    check_words("What does -x mean?", " x");
    check_words("What does exit code 24 mean in rsync?", " exit code 24 rsync");
    check_words("What does it mean when grep returns 2?", " grep return 2");
    check_words("meaning of -x in tar", " x tar");
    check_words("What is the meaning of -x?", " x");
    check_words("What does the flag of tar mean?", " flag tar");
    check_words("exit code 24 means", " exit code 24");
    check_words("Tell me what the flags mean", " tell flag");
    check_words("What is meant by sparse?", " spars");
    check_words("What does the letter d stand for in flags?", " letter d flag");
    check_words("Was bedeutet Signal 5?", " signal 5");
}

static void the_same_words_count_where_they_ask_for_no_meaning(void **state)
{
    (void)state;
    check_words("What is the mean temperature of the sea?", " mean temperatur sea");
    check_words("Where can people stand for the parade?", " peopl stand parad");
    check_words("What is the mean?", " mean");
    check_words("What is the mean of the sample?", " mean sampl");
    check_words("Is a geometric mean by definition smaller?", " geometr mean definit smaller");
    check_words("What are the means of transport?", " mean transport");
}

static void what_a_question_asks_with_does_not_count_in_other_languages(void **state)
{
    (void)state;
    check_words("\xC2\xBF"
                "Cu\xC3\xA1nto pesa la caldera?",
                " pes calder");
    check_words("\xC2\xBF"
                "Cada cu\xC3\xA1nto hay que limpiar los filtros?",
                " limpi filtr");
    check_words("Wie lange l\xC3\xA4uft die Waschmaschine?", " lauft waschmaschin");
    check_words("Was kosten die Trockner?", " kost trockn");
    check_words("Combien de livres peut-on emprunter ?", " livr emprunt");
    check_words("Quanto dura l'abbonamento?", " dur abbon");
    check_words("Hoe groot is de hut?", " hut");
    check_words("Quem \xC3\xA9 o respons\xC3\xA1vel pela seguran\xC3\xA7"
                "a?",
                " respons seguranc");
    check_words("ruido caldera", " ruido caldera"); // of a language that nothing tells
    check_words("Die Hard release date", " die hard releas date");
}

/* The kind of answer that the text asks for. */
static question_kind kind_of(const char *text)
{
    arena a;
    kith_error err;
    question q = {0};
    language l = LANGUAGE_ENGLISH;
    arena_init(&a, 0);
    assert_ok(question_language(view_of(text), &a, &l, &err));
    assert_ok(question_parse(view_of(text), l, &a, &q, NULL, &err));
    question_kind kind = q.kind;
    question_done(&q);
    arena_done(&a);
    return kind;
}

static void a_kind_of_answer_is_asked_for_in_several_languages(void **state)
{
    (void)state;
    assert_int_equal(kind_of("When does it open?"), QUESTION_WHEN);
    assert_int_equal(kind_of("Bis wann gilt die Hausordnung?"), QUESTION_WHEN);
    assert_int_equal(kind_of("\xC2\xBFHasta cu\xC3\xA1ndo es v\xC3\xA1lido?"), QUESTION_WHEN);
    assert_int_equal(kind_of("Quand la biblioth\xC3\xA8que est-elle ferm\xC3\xA9"
                             "e ?"),
                     QUESTION_WHEN);
    assert_int_equal(kind_of("Wie lange l\xC3\xA4uft die Waschmaschine?"), QUESTION_COUNT);
    assert_int_equal(kind_of("Wie starte ich die Waschmaschine?"), QUESTION_OTHER);
    assert_int_equal(kind_of("Cu\xC3\xA1ntos libros puedo tomar en la biblioteca"), QUESTION_COUNT);
    assert_int_equal(kind_of("Hoeveel kost het?"), QUESTION_COUNT);
    assert_int_equal(kind_of("Qui est le directeur ?"), QUESTION_NAME);
    assert_int_equal(kind_of("Chi \xC3\xA8 il responsabile della piscina?"), QUESTION_NAME);
    assert_int_equal(kind_of("Welche Tiere sind hier erlaubt?"), QUESTION_OTHER);
}

static void a_number_is_one_word_however_a_text_writes_it(void **state)
{
    (void)state;
    static const char *const texts[] = {"It costs 1,234.", "It costs 1.234.", "It costs 1234."};
    arena a;
    kith_error err;
    question q;
    arena_init(&a, 0);
    check_words("Who pays 1,234?", " pay 1.234");
    check_words("Who pays 1234 or 1,234?", " pay 1234 1.234");
    assert_ok(question_parse(VIEW("Who pays 1,234?"), LANGUAGE_ENGLISH, &a, &q, NULL, &err));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        bool present[2] = {false};
        word *words = NULL;
        uint32_t count = 0;
        assert_ok(word_split(view_of(texts[i]), &a, &words, &count, &err));
        question_mark(&q, words, count, present);
        assert_true(!present[0] && present[1]);
    }
    question_done(&q);
    arena_done(&a);
}

static void an_unknown_word_counts_with_a_typing_error(void **state)
{
    (void)state;
    arena a;
    kith_error err;
    question q;
    view text = VIEW("When was the musuem opened in Lisbn?");
    arena_init(&a, 0);
    assert_ok(question_parse(text, LANGUAGE_ENGLISH, &a, &q, NULL, &err));
    bool unknown[3] = {true, false, true}, present[3] = {false};
    assert_int_equal(q.count, 3);
    word *words = NULL;
    uint32_t count = 0;
    view said = VIEW("The museum of Lisbon was opaned, and the musing of a listing.");
    assert_ok(word_split(said, &a, &words, &count, &err));
    assert_ok(question_add_misspelled(&q, said, &a, &err)); // without q.unknown
    question_mark(&q, words, count, present);
    assert_false(present[0] || present[1] || present[2]);
    q.unknown = unknown;
    assert_ok(question_add_misspelled(&q, said, &a, &err));
    question_mark(&q, words, count, present);
    assert_true(present[0] && !present[1] && present[2]);
    question_done(&q);
    arena_done(&a);
}

/* The attribute that the question wants; *at: its word. */
static const attribute *wanted_by(view text, language l, arena *a, uint32_t *at)
{
    kith_error err;
    word *words = NULL;
    uint32_t count = 0;
    assert_ok(word_split_in(text, l, a, &words, &count, &err));
    return attribute_wanted(text, l, words, count, at);
}

static void a_question_of_thousands_of_events_is_read_once(void **state)
{
    (void)state;
    arena a;
    buffer text; // 64 KiB, the most that a question may have
    uint32_t at = UINT32_MAX, events = 0;
    arena_init(&a, 0);
    buffer_init(&text, 1 << 16);
    buffer_append_text(&text, "der die das ");
    for (; text.size + 16 < text.max_bytes; events++)
        buffer_append_text(&text, "tod ");
    assert_null(wanted_by(buffer_view(&text), LANGUAGE_GERMAN, &a, &at));
    assert_int_equal(at, UINT32_MAX);
    buffer_append_text(&text, "wann gestorben");
    assert_non_null(wanted_by(buffer_view(&text), LANGUAGE_GERMAN, &a, &at));
    assert_int_equal(at, 3 + events + 1); // the word behind "wann"
    buffer_done(&text);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_word_that_asks_for_a_meaning_does_not_count),
        cmocka_unit_test(the_same_words_count_where_they_ask_for_no_meaning),
        cmocka_unit_test(what_a_question_asks_with_does_not_count_in_other_languages),
        cmocka_unit_test(a_number_is_one_word_however_a_text_writes_it),
        cmocka_unit_test(an_unknown_word_counts_with_a_typing_error),
        cmocka_unit_test(a_question_of_thousands_of_events_is_read_once),
        cmocka_unit_test(a_kind_of_answer_is_asked_for_in_several_languages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
