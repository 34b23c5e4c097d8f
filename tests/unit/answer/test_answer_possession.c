/* Which thing a question asks another one to have. */
#include "test.h"

#include "answer/possession.h"

static void check(const char *question, const char *want)
{
    arena a;
    kith_error err;
    word *words = NULL;
    uint32_t count = 0;
    view text = view_of(question);
    arena_init(&a, 0);
    assert_ok(word_split(text, &a, &words, &count, &err));
    uint32_t at = possession_wanted(text, words, count);
    view got = at < count ? view_slice(text, words[at].start, words[at].end) : view_of("");
    if (!view_equal(got, view_of(want))) fail_msg("'%.*s' of '%s'", VIEW_ARG(got), question);
    arena_done(&a);
}

static void a_thing_is_asked_to_have_another(void **state)
{
    (void)state;
    check("Does it have a radio?", "radio");
    check("Does the cabin have any central heating?", "heating");
    check("Does the bicycle come with a lock?", "lock");
    check("Is there a sauna in the cabin?", "sauna");
    check("Are there any lockers?", "lockers");
    check("Which tyres does it have?", "tyres");
    check("Which tyres does it have? brakes Marlin", "tyres"); // a follow-up with what it carries
    check("Does it have a radio? brakes Marlin", "radio");
    check("What saddle does the bicycle come with?", "saddle");
    check("What is its serial number?", "serial");
    check("What is the licence number of the cabin?", "licence");
}

static void other_questions_ask_for_none(void **state)
{
    (void)state;
    check("What effect did it have on Europe?", "");
    check("What goal do many of these protests have?", "");
    check("Which file format does it have?", "");
    check("What engine power does the car have?", "");
    check("Is there a way to stop it?", "");
    check("Is there a difference?", "");
    check("Did he have to leave?", "");
    check("Does it have the old name?", "");
    check("What is the number of people?", "");
    check("What number of people live there?", "");
    check("Which option sets the number of workers?", "");
    check("Does it have a", "");
    check("Is there", "");
    check("", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thing_is_asked_to_have_another),
        cmocka_unit_test(other_questions_ask_for_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
