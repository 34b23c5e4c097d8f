/* Which words of a question count: what it asks with is not what it asks for. */
#include "test.h"

#include "answer/question.h"

/* The words that count, in order, with a blank before each. */
static void check_words(const char *text, const char *expected)
{
    arena a;
    kith_error err;
    question q = {0};
    view *terms = NULL;
    char kept[200] = "";
    arena_init(&a, 0);
    assert_ok(question_parse(view_of(text), &a, &q, &terms, &err));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_word_that_asks_for_a_meaning_does_not_count),
        cmocka_unit_test(the_same_words_count_where_they_ask_for_no_meaning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
