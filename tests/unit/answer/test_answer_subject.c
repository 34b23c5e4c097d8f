/* Whose attribute a question asks for, and whose a text says. */
#include "test.h"

#include "answer/subject.h"
#include "answer/unit.h"
#include "base/buffer.h"

typedef struct asked {
    arena memory;
    subject of;
} asked;

static void ask(asked *out, const char *question)
{
    kith_error err;
    word *words = NULL;
    uint32_t count = 0;
    arena_init(&out->memory, 0);
    assert_ok(word_split(view_of(question), &out->memory, &words, &count, &err));
    out->of = subject_of(view_of(question), words, count);
}

/* heads: parted by blanks, as terms. */
static void check_heads(const char *question, const char *heads, bool is_name)
{
    asked a;
    buffer joined;
    buffer_init(&joined, 200);
    ask(&a, question);
    for (uint32_t i = 0; i < a.of.count; i++) {
        if (i > 0) buffer_append_byte(&joined, ' ');
        buffer_append(&joined, a.of.heads[i]);
    }
    if (!view_equal(buffer_view(&joined), view_of(heads)))
        fail_msg("'%s': '%.*s'", question, VIEW_ARG(buffer_view(&joined)));
    buffer_done(&joined);
    if (a.of.count > 0) assert_int_equal(a.of.is_name, is_name);
    arena_done(&a.memory);
}

static void the_thing_is_read_from_the_form_of_the_question(void **state)
{
    (void)state;
    check_heads("When did Peter Lund die?", "peter lund", true);
    check_heads("In what year was Ada Brook born?", "ada brook", true);
    check_heads("When was the company sold?", "compani", false);
    check_heads("When was the owner of the Osmond Works founded?", "owner", false);
    check_heads("How wide is the main hall of the Osmond Works?", "hall", false);
    check_heads("How old is Colin Marsh?", "colin marsh", true);
    check_heads("How high is St Aldhelm's tower?", "tower", false);
    check_heads("How long is the Halden Bridge?", "halden bridg", true);
    check_heads("How long does the tour take?", "", false);
    check_heads("How long is it open?", "", false);
    check_heads("How long is the shop open on Sunday?", "", false);
    check_heads("How long was he king?", "", false);
    check_heads("How heavy is it?", "", false);
    check_heads("How heavy is it? box crane", "", false); // a follow-up with what it carries
    check_heads("How many months was the work delayed? built Harbour Tower", "", false);
    check_heads("Who painted the harbour?", "", false);
    check_heads("How wide", "", false);
    check_heads("", "", false);
}

static void a_question_that_names_no_thing_asks_for_no_length(void **state)
{
    (void)state;
    asked a;
    ask(&a, "How long is the Halden Bridge?");
    assert_true(a.of.may_be_time);
    arena_done(&a.memory);
    ask(&a, "How long is that and when was the mill built?");
    assert_int_equal(a.of.count, 1);
    assert_true(view_equal(a.of.heads[0], VIEW("mill")));
    assert_false(a.of.may_be_time);
    arena_done(&a.memory);
}

/* What unit number `n` of a text says. */
static void check_said(const char *question, const char *text, uint32_t n, subject_saying want)
{
    asked a;
    kith_error err;
    unit *units = NULL;
    uint32_t count = 0;
    subject_saying said = SUBJECT_UNSAID;
    view content = view_of(text);
    passage_text passage = {content, 0, (uint32_t)content.size};
    ask(&a, question);
    assert_ok(units_find(&passage, view_of(""), view_of(""), &a.memory, &units, &count, &err));
    assert_true(n < count);
    assert_ok(subject_said_by(&a.of, units, n, &a.memory, &said, &err));
    if (said != want) fail_msg("'%s' of '%.*s': %d", question, VIEW_ARG(units[n].said), said);
    arena_done(&a.memory);
}

static void an_attribute_is_said_of_the_thing_or_of_another(void **state)
{
    (void)state;
    check_said("How wide is the gate?", "The gate is 6 metres wide.", 0, SUBJECT_ITS);
    check_said("How wide is the chimney?", "The gate is 6 metres wide.", 0, SUBJECT_ANOTHERS);
    check_said("How wide is the chimney?", "It is 6 metres wide.", 0, SUBJECT_UNKNOWN);
    check_said("How wide is the chimney?", "The chimney is old. It is 6 metres wide.", 1,
               SUBJECT_REFERRED);
    check_said("How wide is the chimney?", "The chimney is old. Its width is 6 metres.", 1,
               SUBJECT_REFERRED);
    check_said("How wide is the chimney?", "The gate is old.", 0, SUBJECT_UNSAID);
    check_said("How long is the mill?", "The millrace is 240 metres long.", 0, SUBJECT_ANOTHERS);
    check_said("How long is the Tista?",
               "The bridge crosses the Tista, which has a length of 36 km.", 0, SUBJECT_ITS);
    check_said("How long is the bridge?",
               "The bridge is old. It crosses the Tista river, which is 36 km long.", 1,
               SUBJECT_ANOTHERS);
    check_said("When did Peter Lund die?",
               "Peter Lund ran the mill. He married Ann Brook, who died in 1894.", 1,
               SUBJECT_ANOTHERS);
    check_said("When did Peter Lund die?",
               "Peter Lund ran the mill. He, who had no heirs, died in 1894.", 1, SUBJECT_REFERRED);
    check_said("When did Peter Lund die?",
               "Peter Lund ran the mill. He married Ann Brook, who painted, and died in 1894.", 1,
               SUBJECT_REFERRED);
    check_said("When did Peter Lund die?",
               "Peter Lund ran the mill. He married Ann Brook, who fell ill and died in 1894.", 1,
               SUBJECT_ANOTHERS);
    check_said("When did Ann Brook die?",
               "Peter Lund ran the mill. He married Ann Brook, who died in 1894.", 1, SUBJECT_ITS);
    check_said("How long is the ferry?", "The tower is 40 metres high.", 0, SUBJECT_UNSAID);
    check_said("How long is the film?", "The film runs for 90 minutes.", 0, SUBJECT_UNSAID);
    check_said("When did Ada Holm die?", "Arne Vik died in the storm of 1894.", 0,
               SUBJECT_ANOTHERS);
    check_said("When did Ada Holm die?", "Her husband, Arne Vik, died in 1894.", 0,
               SUBJECT_ANOTHERS);
    check_said("When did Ada Holm die?", "In March 1894 she died in Paris.", 0, SUBJECT_UNKNOWN);
    check_said("When did Ada Holm die?", "The painter died in Paris.", 0, SUBJECT_UNKNOWN);
    check_said("When did Ada Holm die?", "Holm's death was reported later.", 0, SUBJECT_ITS);
    check_said("When did Ada Holm die?", "Ada Holm went to Paris. She died there in 1894.", 1,
               SUBJECT_REFERRED);
    check_said("When did Ada Holm die?", "Peter Lund went to Paris. He died there in 1894.", 1,
               SUBJECT_ANOTHERS);
    check_said("When did Ada Holm die?", "# Ada Holm\n\nShe died in 1894.", 0, SUBJECT_REFERRED);
    check_said("When was the Osmond Works founded?",
               "The works employ ten. Its owner, the Calder Group, was founded in 1921.", 1,
               SUBJECT_ANOTHERS);
    check_said("When was the Osmond Works founded?", "The company was founded in 1921.", 0,
               SUBJECT_UNKNOWN);
}

/* "She sang." so many times between a name and what is said of her. */
static void check_far(uint32_t between, subject_saying want)
{
    buffer text;
    buffer_init(&text, 4096);
    buffer_append_text(&text, "Ada Holm went to Paris.");
    for (uint32_t i = 0; i < between; i++)
        buffer_append_text(&text, " She sang.");
    buffer_append_text(&text, " She died there in 1894.");
    buffer_append_byte(&text, '\0');
    check_said("When did Ada Holm die?", text.data, between + 1, want);
    buffer_done(&text);
}

static void a_name_is_looked_for_in_32_sentences_before(void **state)
{
    (void)state;
    check_far(31, SUBJECT_REFERRED);
    check_far(32, SUBJECT_UNKNOWN);
}

static void an_amount_of_something_is_no_weight(void **state)
{
    (void)state;
    const char *question = "How heavy is the Brio W40?";
    check_said(question, "The Brio W40 holds 8 kg of laundry.", 0, SUBJECT_UNSAID);
    check_said(question, "The Brio W40 comes to 68 kg.", 0, SUBJECT_ITS);
    check_said(question, "The Brio W40 holds 8 kg of laundry and weighs 68 kg.", 0, SUBJECT_ITS);
    check_said("How old is Colin Marsh?", "Colin Marsh is 58 years of age.", 0, SUBJECT_ITS);
}

static void what_a_part_measures_is_not_the_thing_s(void **state)
{
    (void)state;
    const char *question = "How wide is the Velox?";
    check_said(question, "The Velox has tyres that are 47 mm wide.", 0, SUBJECT_PARTS);
    check_said(question, "The Velox has a bar, which is 60 cm wide, of steel.", 0, SUBJECT_PARTS);
    check_said(question, "The Velox comes with bags whose width is 30 cm.", 0, SUBJECT_PARTS);
    check_said("How wide is the bicycle?", "The bicycle has tyres that are 47 mm wide.", 0,
               SUBJECT_PARTS);
    check_said(question, "The Velox has a width of 60 cm.", 0, SUBJECT_ITS);
    check_said(question, "The Velox has tyres that grip and is 60 cm wide.", 0, SUBJECT_ITS);
    check_said(question, "The Velox is a bicycle that is 60 cm wide.", 0, SUBJECT_ITS);
    check_said(question, "The Velox, with a bar that folds, is 60 cm wide.", 0, SUBJECT_ITS);
    check_said(question, "The Velox has hand-made low-cost tyres that are 47 mm wide.", 0,
               SUBJECT_PARTS);
    check_said(question, "The Velox has a bar that folds but is 60 cm wide.", 0, SUBJECT_ITS);
    check_said("When was Osmond Works founded?",
               "Osmond Works, with a mill that burnt in 1880, was founded in 1821.", 0,
               SUBJECT_ITS);
    check_said("How wide are the tyres?", "The Velox has tyres that are 47 mm wide.", 0,
               SUBJECT_ITS);
    check_said("How wide are the tyres?", "The tyres have a tread and are 47 mm wide.", 0,
               SUBJECT_ITS);
}

static void a_namesake_is_another(void **state)
{
    (void)state;
    const char *question = "When did Peter Lund die?";
    check_said(question, "Walter Lund died in 1949.", 0, SUBJECT_ANOTHERS);
    check_said(question, "Walter Lund's death came in 1949.", 0, SUBJECT_ANOTHERS);
    check_said(question, "Walter Lund ran the mill. He died in 1949.", 1, SUBJECT_ANOTHERS);
    check_said(question, "# Walter Lund\n\nHe died in 1949.", 0, SUBJECT_ANOTHERS);
    check_said(question, "Lund died in 1949.", 0, SUBJECT_ITS);
    check_said(question, "In Leeds, Lund died in 1949.", 0, SUBJECT_ITS);
    check_said(question, "P. Lund died in 1949.", 0, SUBJECT_ITS);
    check_said(question, "P. A. Lund died in 1949.", 0, SUBJECT_ITS);
    check_said(question, "Peter Andreas Lund died in 1949.", 0, SUBJECT_ITS);
    check_said(question, "Dr. Lund died in 1949.", 0, SUBJECT_ITS);
    check_said(question, "Professor Lund died in 1949.", 0, SUBJECT_ITS);
    check_said(question, "Later Lund died in poverty.", 0, SUBJECT_ITS);
    check_said(question, "Baron Lund died in 1949.", 0, SUBJECT_ITS);
    check_said(question, "Madame Lund died in 1949.", 0, SUBJECT_ITS);
    check_said(question, "Although Lund died in 1949, the mill was kept.", 0, SUBJECT_ITS);
    check_said(question, "Though Lund died in 1949, the mill was kept.", 0, SUBJECT_ITS);
    check_said(question, "Before Lund died in 1949, the mill was sold.", 0, SUBJECT_ITS);
    check_said(question, "Once Lund died, the mill was sold.", 0, SUBJECT_ITS);
    check_said(question, "Because Lund died, the mill was sold.", 0, SUBJECT_ITS);
    check_said(question, "Since Lund died, the mill has stood.", 0, SUBJECT_ITS);
    check_said(question, "While Lund died, the mill burnt.", 0, SUBJECT_ITS);
    check_said(question, "Until Lund died, the mill worked.", 0, SUBJECT_ITS);
    check_said(question, "Poor Lund died in 1949.", 0, SUBJECT_ITS);
    check_said(question, "When Lund died, Walter Lund sold the mill.", 0, SUBJECT_ITS);
    check_said("When did Lund die?", "Walter Lund died in 1949.", 0, SUBJECT_ITS);
    check_said("When did President Lund die?", "Walter Lund died in 1949.", 0, SUBJECT_ITS);
}

static void figures_are_of_a_text_that_names_the_thing(void **state)
{
    (void)state;
    asked a;
    kith_error err;
    subject_figures f;
    ask(&a, "When was Henry Wace born?");
    assert_ok(subject_figures_of(&a.of, view_of("Henry Wace (1823-1901) built it."), &a.memory, &f,
                                 &err));
    assert_true(f.has_life && f.has_year);
    assert_ok(subject_figures_of(&a.of, view_of("Henry Wace (organ builder) built it in 1868."),
                                 &a.memory, &f, &err));
    assert_true(!f.has_life && f.has_year);
    assert_ok(subject_figures_of(&a.of, view_of("John Wace (1823-1901)"), &a.memory, &f, &err));
    assert_true(!f.has_life && !f.has_year);
    assert_ok(subject_figures_of(&a.of, view_of("John Pells (1823-1901)"), &a.memory, &f, &err));
    assert_true(!f.has_life && !f.has_year);
    arena_done(&a.memory);
}

static void a_duration_is_a_number_and_a_unit_of_time(void **state)
{
    (void)state;
    static const char *const durations[] = {"It takes 90 minutes.", "A 90-minute walk.",
                                            "The film runs for two hours.", "Half a day.", "2 h"};
    static const char *const none[] = {"", "minutes", "Every day it is 90 metres.",
                                       "The minutes of 3 March.", "It is 36 km long."};
    asked a;
    kith_error err;
    subject_figures f;
    ask(&a, "How long is the mill?");
    for (size_t i = 0; i < sizeof durations / sizeof *durations; i++) {
        assert_ok(subject_figures_of(&a.of, view_of(durations[i]), &a.memory, &f, &err));
        if (!f.has_duration) fail_msg("no duration: '%s'", durations[i]);
    }
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        assert_ok(subject_figures_of(&a.of, view_of(none[i]), &a.memory, &f, &err));
        if (f.has_duration) fail_msg("a duration: '%s'", none[i]);
    }
    arena_done(&a.memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_thing_is_read_from_the_form_of_the_question),
        cmocka_unit_test(a_question_that_names_no_thing_asks_for_no_length),
        cmocka_unit_test(an_attribute_is_said_of_the_thing_or_of_another),
        cmocka_unit_test(a_name_is_looked_for_in_32_sentences_before),
        cmocka_unit_test(an_amount_of_something_is_no_weight),
        cmocka_unit_test(what_a_part_measures_is_not_the_thing_s),
        cmocka_unit_test(a_namesake_is_another),
        cmocka_unit_test(figures_are_of_a_text_that_names_the_thing),
        cmocka_unit_test(a_duration_is_a_number_and_a_unit_of_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
