/* extraction_check and document_offsets_hold: each promise of extract.h, broken by hand. */
#include "test.h"

#include "extract/extraction_check.h"

#define TEXT "One\n\n\xC3\xA4 two" /* the letter of two bytes is at 5 */

typedef struct sample {
    arena memory;
    heading headings[2];
    place_mark marks[2];
    document d;
    extract_problem problem;
    attachment attached;
    extraction x;
} sample;

static void sample_init(sample *s)
{
    arena_init(&s->memory, 0);
    s->headings[0] = (heading){0, VIEW("One")};
    s->headings[1] = (heading){5, VIEW("One > Two")};
    s->marks[0] = (place_mark){0, PLACE_PAGE, 1, VIEW(""), false};
    s->marks[1] = (place_mark){5, PLACE_ROW, 7, VIEW("Prices"), false};
    s->d = (document){.id = VIEW("id"),
                      .title = VIEW("title"),
                      .text = VIEW(TEXT),
                      .fields = {.memory = &s->memory},
                      .headings = s->headings,
                      .heading_count = 2,
                      .marks = s->marks,
                      .mark_count = 2};
    s->problem = (extract_problem){1, KITH_ERR_FORMAT, VIEW("cut short")};
    s->attached = (attachment){VIEW("letter"), VIEW("a.pdf"), VIEW("\xFF")};
    s->x = (extraction){&s->d, 1, &s->problem, 1, &s->attached, 1, 0};
    kith_error err = {0};
    assert_ok(metadata_set_string(&s->d.fields, "type", VIEW("docx"), &err));
}

/* The sample with one change is said to break the promise in `words`. */
#define EXPECT_BROKEN(words, change)                                                               \
    do {                                                                                           \
        sample s;                                                                                  \
        sample_init(&s);                                                                           \
        change;                                                                                    \
        const char *broken = extraction_check(&s.x);                                               \
        if (!broken || !strstr(broken, words))                                                     \
            fail_msg("'%s' expected, got '%s'", words, broken ? broken : "nothing");               \
        arena_done(&s.memory);                                                                     \
    } while (0)

static void a_sound_extraction_breaks_nothing(void **state)
{
    (void)state;
    sample s;
    sample_init(&s);
    assert_null(extraction_check(&s.x));
    s.x = (extraction){0};
    assert_null(extraction_check(&s.x));
    arena_done(&s.memory);
}

static void each_broken_offset_is_found(void **state)
{
    (void)state;
    EXPECT_BROKEN("out of the text", s.headings[1].offset = sizeof TEXT);
    EXPECT_BROKEN("out of the text", s.headings[1].offset = 6); // within the letter
    EXPECT_BROKEN("out of the text", s.headings[0].offset = 7); // before the second
    EXPECT_BROKEN("out of the text", s.marks[1].offset = SIZE_MAX);
    EXPECT_BROKEN("out of the text", s.marks[1].offset = 6);
    EXPECT_BROKEN("out of the text", s.marks[0].offset = 7);
    EXPECT_BROKEN("heading has no text", s.headings[1].offset = sizeof TEXT - 1);
    EXPECT_BROKEN("place has no text", s.marks[1].offset = sizeof TEXT - 1);
    EXPECT_BROKEN("two places", s.marks[1].offset = 0);
}

static void offsets_at_the_end_and_equal_ones_hold_for_a_consumer(void **state)
{
    (void)state;
    sample s;
    sample_init(&s);
    s.headings[0].offset = s.headings[1].offset = sizeof TEXT - 1;
    s.marks[0].offset = s.marks[1].offset = sizeof TEXT - 1;
    assert_true(document_offsets_hold(&s.d));
    s.marks[1].offset++;
    assert_false(document_offsets_hold(&s.d));
    arena_done(&s.memory);
}

static void each_broken_string_is_found(void **state)
{
    (void)state;
    EXPECT_BROKEN("id is not UTF-8", s.d.id = VIEW("\xFF"));
    EXPECT_BROKEN("title is not UTF-8", s.d.title = VIEW("\xFF"));
    EXPECT_BROKEN("text is not clean", s.d.text = VIEW("One\r\n\xC3\xA4 two"));
    EXPECT_BROKEN("text is not clean", s.d.text = VIEW("One\0\n\xC3\xA4 two"));
    EXPECT_BROKEN("text is not clean", s.d.text = VIEW("One\n\n\xC3 two"));
    EXPECT_BROKEN("path is not clean", s.headings[1].path = VIEW("a\rb"));
    EXPECT_BROKEN("name is not UTF-8", s.marks[1].name = VIEW("\xFF"));
    EXPECT_BROKEN("metadata is not clean", s.d.fields.entries[0].value.string = VIEW("a\0"));
    EXPECT_BROKEN("key of metadata", s.d.fields.entries[0].key = VIEW(""));
    EXPECT_BROKEN("attachment's name", s.attached.name = VIEW("\xFF"));
    EXPECT_BROKEN("attachment's name", s.attached.owner = VIEW("\xFF"));
}

static void each_broken_place_and_problem_is_found(void **state)
{
    (void)state;
    EXPECT_BROKEN("number does not fit", s.marks[0].number = 0);
    EXPECT_BROKEN("number does not fit", s.marks[0].kind = PLACE_CHAPTER);
    EXPECT_BROKEN("number does not fit", s.marks[0].kind = PLACE_NONE);
    EXPECT_BROKEN("name that its kind has not", s.marks[1].kind = PLACE_SLIDE);
    EXPECT_BROKEN("number does not fit", s.marks[0].kind = PLACE_POINTER);
    EXPECT_BROKEN("number does not fit", s.marks[0].kind = PLACE_ANCHOR);
    EXPECT_BROKEN("of no kind", s.marks[0].kind = PLACE_KINDS);
    EXPECT_BROKEN("no failure's status", s.problem.status = KITH_OK);
    EXPECT_BROKEN("no reason", s.problem.reason = VIEW(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_extraction_breaks_nothing),
        cmocka_unit_test(each_broken_offset_is_found),
        cmocka_unit_test(offsets_at_the_end_and_equal_ones_hold_for_a_consumer),
        cmocka_unit_test(each_broken_string_is_found),
        cmocka_unit_test(each_broken_place_and_problem_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
