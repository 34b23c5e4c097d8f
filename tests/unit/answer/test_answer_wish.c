/* What questions wish for, by their words. */
#include "test.h"

#include "answer/wish.h"

static void a_side_is_named_or_none(void **state)
{
    (void)state;
    assert_int_equal(side_of(VIEW("What are the Drawbacks of it?")), SIDE_AGAINST);
    assert_int_equal(side_of(VIEW("But there are also disadvantages:")), SIDE_AGAINST);
    assert_int_equal(side_of(VIEW("Advantages include:")), SIDE_FOR);
    assert_int_equal(side_of(VIEW("Welche Nachteile hat das?")), SIDE_AGAINST);
    assert_int_equal(side_of(VIEW("There are advantages and disadvantages.")), SIDE_NONE);
    assert_int_equal(side_of(VIEW("The constable again")), SIDE_NONE); // neither "cons" nor "gain"
    assert_int_equal(side_of(VIEW("")), SIDE_NONE);
}

static void what_is_asked_for_is_told_by_words(void **state)
{
    (void)state;
    assert_true(asks_how(VIEW("How do I stop it?")));
    assert_true(asks_how(VIEW("Wie starte ich es?")));
    assert_false(asks_how(VIEW("Wie viel kostet es?")));
    assert_false(asks_how(VIEW("How many are there?")));
    assert_true(asks_for_number(VIEW("Which release added it?")));
    assert_true(asks_for_number(VIEW("default port")));
    assert_true(asks_for_number(VIEW("Combien de temps ?")));
    assert_false(asks_for_number(VIEW("Who wrote it?")));
    assert_true(asks_about_two(VIEW("soft vs hard")));
    assert_false(asks_about_two(VIEW("What is soft?")));
    assert_true(asks_about_two(VIEW("How is a label different from a digest?")));
    assert_true(asks_about_two(VIEW("What distinguishes sealed from locked stores?")));
    assert_true(contrasts(VIEW("A hard limit stops the write, whereas a soft one warns.")));
    assert_false(contrasts(VIEW("Both are set with the same command.")));
    assert_true(asks_for_list(VIEW("What are the options?")));
    assert_true(asks_for_list(VIEW("List all options")));
    assert_false(asks_for_list(VIEW("git worktree list output")));
}

static void two_things_are_named_by_the_words_in_which_they_differ(void **state)
{
    static const struct {
        const char *question, *first, *second;
    } cases[] = {{"What is the difference between soft and hard links?", "soft", "hard"},
                 {"How does npm ci differ from npm install?", "ci", "install"},
                 {"How does a full run of lumen differ from a quick run?", "full", "quick"},
                 {"How is a label different from a digest?", "label", "digest"},
                 {"dpkg --remove vs --purge", "--remove", "--purge"},
                 {"Is a lock or a mutex better?", "lock", "mutex"},
                 {"Was unterscheidet ein Fagott von einer Oboe?", "Fagott", "Oboe"},
                 {"Unterschied zwischen einem Fagott und einer Oboe?", "Fagott", "Oboe"},
                 {"Unterschied zwischen der Pumpe A und der Pumpe B?", "A", "B"},
                 {"La diff\xC3\xA9rence entre l'hautbois et l'orgue ?", "hautbois", "orgue"},
                 {"\xC2\xBFQu\xC3\xA9 diferencia hay entre las flautas y las trompas?", "flautas",
                  "trompas"},
                 {"Does the Ridge 300 differ from the Ridge 700?", "300", "700"},
                 {"the difference between the soft limit and the hard limit", "soft", "hard"},
                 {"What is the difference between DES and AES?", "DES", "AES"},
                 {"What is soft?", NULL, NULL},
                 {"and", NULL, NULL}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        view first = VIEW(""), second = VIEW("");
        bool named = names_two(view_of(cases[i].question), &first, &second);
        assert_int_equal(named, cases[i].first != NULL);
        if (!named) continue;
        assert_true(view_equal(first, view_of(cases[i].first)));
        assert_true(view_equal(second, view_of(cases[i].second)));
    }
}

static void an_option_is_asked_for_and_a_sentence_refers_back(void **state)
{
    (void)state;
    assert_true(asks_for_option(VIEW("Which option of tar keeps files?")));
    assert_true(asks_for_option(VIEW("Welche Option sperrt das Konto?")));
    assert_false(asks_for_option(VIEW("What is it?")));
    assert_true(refers_back(VIEW("It was built in 1889.")));
    assert_true(refers_back(VIEW("They, too.")));
    assert_false(refers_back(VIEW("Italy was united.")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_side_is_named_or_none),
        cmocka_unit_test(what_is_asked_for_is_told_by_words),
        cmocka_unit_test(two_things_are_named_by_the_words_in_which_they_differ),
        cmocka_unit_test(an_option_is_asked_for_and_a_sentence_refers_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
