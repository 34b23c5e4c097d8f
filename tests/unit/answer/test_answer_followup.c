/* Tests of follow-up questions: which depend on the one before, and what is carried over. */
#include "test.h"

#include "answer/followup.h"
#include "base/buffer.h"

static followup_sign sign_of(const char *question)
{
    kith_error err = {0};
    followup_sign out = FOLLOWUP_NAMED;
    arena a;
    arena_init(&a, 0);
    assert_ok(followup_detect(view_of(question), &a, &out, &err));
    arena_done(&a);
    return out;
}

static bool depends(const char *question)
{
    return sign_of(question) == FOLLOWUP_DEPENDENT;
}

static void questions_that_depend_on_the_one_before(void **state)
{
    static const char *const questions[] = {
        "And how much did it cost?",
        "and the population?",
        "But why?",
        "Or in winter?",
        "Also in Germany?",
        "Then what happened?",
        "What about a service?",
        "How about Rome?",
        "Why?",
        "How much?",
        "how many?",
        "Who?",
        "What else?",
        "Tell me more",
        "How tall is it?",
        "When was it built?",
        "Which countries border it?",
        "Who designed them?",
        "Where did he live?",
        "What was her name?",
        "What is their capital?",
        "Is this allowed?",
        "Who signs these?",
        "Why is that?",
        "What happened after that?",
        "How does that work?",
        "How do I get there?",
        "Is it the same in July?",
        "And the second one?",
        "Explain the second one",
        "What about the latter?",
        "In which year?",
        "What was the price?",
        "Which engines?",
        "Who wrote?",
        "How long is the guarantee?",
    };
    (void)state;
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++)
        if (!depends(questions[i])) fail_msg("taken to stand alone: %s", questions[i]);
}

static void questions_that_stand_alone(void **state)
{
    static const char *const questions[] = {
        "How long are backups kept?",
        "Who designed the Eiffel Tower?",
        "What is the Eiffel Tower and when was it built?",
        "When a user deletes a file, what happens to it?",
        "What did Tesla say when he left New York?",
        "What is recursion?",
        "What is a tomato?",
        "What are embeddings?",
        "Who is Tesla?",
        "What's HNSW?",
        "BM25?",
        "backups",
        "Define kith_open",
        "Which cities in France that lie on the Seine have a port?",
        "How many users are there in the group?",
        "Is there a limit on file size?",
        "Which one of the servers runs the nightly backup?",
        "Does the library that reads PDF files support encryption?",
        "When was the treaty of Versailles signed?",
        "tomato plants water",
        "What does error KITH_ERR_BUSY mean?",
        "Welche Stadt liegt an der Seine?",
    };
    (void)state;
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++)
        if (depends(questions[i])) fail_msg("taken to depend: %s", questions[i]);
}

static void a_name_is_told_from_other_words(void **state)
{
    (void)state;
    assert_int_equal(sign_of("Who designed the Eiffel Tower?"), FOLLOWUP_NAMED);
    assert_int_equal(sign_of("What does kith_open return?"), FOLLOWUP_NAMED);
    assert_int_equal(sign_of("How many copies were sold in the first week?"), FOLLOWUP_NAMELESS);
}

static void check_join(const char *question, const char *before, const char *expected)
{
    kith_error err = {0};
    view out = {NULL, 0};
    arena a;
    arena_init(&a, 0);
    assert_ok(followup_join(view_of(question), view_of(before), &a, &out, &err));
    assert_string_equal(out.data, expected);
    arena_done(&a);
}

static void the_words_of_the_question_before_are_carried_over(void **state)
{
    (void)state;
    check_join("And how much did it cost?", "Who designed the Eiffel Tower?",
               "And how much did it cost? designed Eiffel Tower");
    check_join("  Why? ", "How long are backups kept?", "Why? backups kept");
    check_join("Why?", "", "Why?");
    check_join("Why?", "And?", "Why?");
}

static void a_word_is_not_carried_twice_whatever_its_form(void **state)
{
    (void)state;
    check_join("And the other towers?", "Which tower is the tallest tower? Towers!",
               "And the other towers? tallest");
}

static void a_thing_is_replaced_by_the_thing_that_follows_up(void **state)
{
    (void)state;
    check_join("and of the mill?", "When is the next inspection of the lathe?",
               "and of the mill? next inspection");
    check_join("and the population?", "What is the capital of France?",
               "and the population? France");
    check_join("and the logs?", "How long are the backups kept?", "and the logs? kept");
    check_join("and in the centre?", "What does a ticket cost in the harbour?",
               "and in the centre? ticket cost");
    check_join("and when?", "Who built the tower?", "and when? built tower");
    check_join("and the sauce?", "How do I make apple crumble?",
               "and the sauce? make apple crumble");
    check_join("und der Trockner?", "Was kostet die Waschmaschine?", "und der Trockner? kostet");
    check_join("et la carte enfant ?", "Combien co\xC3\xBBte la carte adulte ?",
               "et la carte enfant ? co\xC3\xBBte");
    check_join("\xC2\xBFy la T30?",
               "\xC2\xBF"
               "Cu\xC3\xA1nto cuesta la T20?",
               "\xC2\xBFy la T30? cuesta");
}

static void questions_of_other_languages_depend_by_their_own_words(void **state)
{
    (void)state;
    assert_true(depends("und der Trockner?"));
    assert_true(depends("Und wie lange l\xC3\xA4uft er?"));
    assert_true(depends("et la carte enfant ?"));
    assert_true(depends("\xC2\xBFy la T30?"));
    assert_true(depends("Wie gro\xC3\x9F ist sie?"));
    assert_true(depends("Quand est-elle ferm\xC3\xA9"
                        "e ?"));
    assert_true(depends("\xC2\xBFPor qu\xC3\xA9?"));
    assert_false(depends("Was kostet der Trockner im Keller?"));
    assert_false(depends("Combien de livres peut-on emprunter ?"));
}

static void an_identifier_is_carried_whole(void **state)
{
    (void)state;
    check_join("When was that?", "Which video was popular on YouTube?",
               "When was that? video popular YouTube");
}

static void a_chain_of_follow_ups_keeps_its_subject(void **state)
{
    (void)state;
    check_join("Who designed it?", "And how much did it cost? Eiffel Tower",
               "Who designed it? cost Eiffel Tower");
}

static void a_name_is_replaced_by_the_name_that_follows_up(void **state)
{
    (void)state;
    check_join("and of Jefferson?", "What is the GPA of John Adams?", "and of Jefferson? GPA");
    check_join("What about Thomas Jefferson?", "What is the GPA of John Adams?",
               "What about Thomas Jefferson? GPA");
    check_join("and of Madison?", "and of Jefferson? GPA", "and of Madison? GPA");
    check_join("and in France?", "Who led the Alpha project in Germany?",
               "and in France? led Alpha project");
    check_join("and in 1990?", "How many cars were sold in 1980 in Japan?",
               "and in 1990? cars sold Japan");
}

static void a_code_is_replaced_whole(void **state)
{
    (void)state;
    check_join("And the VX-2?", "What is the range of the VX-1?", "And the VX-2? range");
    check_join("and VX-3?", "And the VX-2? range", "and VX-3? range");
    check_join("and the price?", "and VX-3? range", "and the price? VX-3 range");
    check_join("And 9?", "What does exit status 7 mean?", "And 9? exit status mean");
    check_join("and exit status 9?", "What does exit status 7 mean?", "and exit status 9? mean");
    check_join("and CVE-2021-2?", "Which release fixed CVE-2021-1?",
               "and CVE-2021-2? release fixed");
    check_join("and on port 80?", "What listens on port 25 since release 7?",
               "and on port 80? listens since release 7");
    check_join("And who wrote part 2?", "When did chapter 3 appear?",
               "And who wrote part 2? chapter 3 appear");
}

static void a_name_beside_other_words_replaces_nothing(void **state)
{
    (void)state;
    check_join("And did Jefferson write it?", "What is the GPA of John Adams?",
               "And did Jefferson write it? GPA John Adams");
    check_join("and in 1990?", "Who was the president of France?", "and in 1990? president France");
}

static void a_long_question_does_not_drown_the_next(void **state)
{
    (void)state;
    check_join("Why?",
               "alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike",
               "Why? alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima");
}

static void where_or_when_replaces_no_thing(void **state)
{
    (void)state;
    check_join("and in German?", "How heavy is the Ridgeback 500?",
               "and in German? heavy Ridgeback 500");
    check_join("and in German?", "What is the word for gateway in French?",
               "and in German? word gateway");
}

static void check_pick(const char *question, const char *answer, const char *wanted)
{
    kith_error err = {0};
    view out = {NULL, 0};
    arena a;
    arena_init(&a, 0);
    assert_ok(followup_pick(view_of(question), view_of(answer), &a, &out, &err));
    if (!view_equal(out, view_of(wanted))) fail_msg("'%s' picks '%.*s'", question, VIEW_ARG(out));
    arena_done(&a);
}

static void an_entry_of_the_answer_before_is_picked(void **state)
{
    (void)state;
    const char *list = "Drawbacks:\n- It needs room.\n- Its log grows.\n- It is slow. [1]";
    const char *steps = "1. Unpack it.\n2. Copy the settings.\n3. Start it. [2]";
    const char *quotes = "The Alba costs 119 euros. [1] The Borea costs 229 euros. [2]";
    check_pick("the second one?", list, "Its log grows.");
    check_pick("And the last?", list, "It is slow.");
    check_pick("and the third one", steps, "Start it.");
    check_pick("what is the third step?", steps, "Start it.");
    check_pick("How heavy is the second one?", quotes, "How heavy is The Borea costs 229 euros.?");
    check_pick("und die zweite?", list, "Its log grows.");
    check_pick("et la dernière ?", list, "It is slow.");
    check_pick("¿y la segunda?", list, "Its log grows.");
}

static void what_counts_to_nothing_picks_nothing(void **state)
{
    (void)state;
    const char *list = "- It needs room.\n- Its log grows. [1]";
    check_pick("the third one?", list, "");
    check_pick("the second one?", "It needs room. [1]", "");
    check_pick("the second one?", "", "");
    check_pick("Who won the second world war?", list, "");
    check_pick("and the price?", list, "");
    check_pick("what is the third step?", "It is old. [1] It is new. [2]", "");
}

static void a_question_of_thousands_of_ordinals_is_read_once(void **state)
{
    (void)state;
    buffer question; // 64 KiB, the most that a question may have
    buffer_init(&question, 1 << 16);
    buffer_append_text(&question, "der die das ");
    while (question.size + 6 < question.max_bytes)
        buffer_append_text(&question, "erste ");
    buffer_append_byte(&question, '\0');
    check_pick(question.data, "- It needs room.\n- Its log grows.", "");
    buffer_done(&question);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(questions_that_depend_on_the_one_before),
        cmocka_unit_test(questions_that_stand_alone),
        cmocka_unit_test(a_name_is_told_from_other_words),
        cmocka_unit_test(the_words_of_the_question_before_are_carried_over),
        cmocka_unit_test(a_word_is_not_carried_twice_whatever_its_form),
        cmocka_unit_test(a_thing_is_replaced_by_the_thing_that_follows_up),
        cmocka_unit_test(questions_of_other_languages_depend_by_their_own_words),
        cmocka_unit_test(an_identifier_is_carried_whole),
        cmocka_unit_test(a_chain_of_follow_ups_keeps_its_subject),
        cmocka_unit_test(a_name_is_replaced_by_the_name_that_follows_up),
        cmocka_unit_test(a_code_is_replaced_whole),
        cmocka_unit_test(a_name_beside_other_words_replaces_nothing),
        cmocka_unit_test(where_or_when_replaces_no_thing),
        cmocka_unit_test(an_entry_of_the_answer_before_is_picked),
        cmocka_unit_test(what_counts_to_nothing_picks_nothing),
        cmocka_unit_test(a_question_of_thousands_of_ordinals_is_read_once),
        cmocka_unit_test(a_long_question_does_not_drown_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
