/* Thoughts of reasoning models, however the stream is cut. */
#include "test.h"

#include "llm/thoughts.h"

/* What is left of the text, fed in pieces of `step` bytes. */
static void assert_left(const char *text, const char *expected, bool discards)
{
    for (size_t step = 1; step <= strlen(text) + 1; step++) {
        thought_filter f = {0};
        buffer piece, all;
        bool discarded = false;
        buffer_init(&piece, 1000);
        buffer_init(&all, 1000);
        for (size_t i = 0; i < strlen(text); i += step) {
            size_t end = i + step < strlen(text) ? i + step : strlen(text);
            buffer_reset(&piece);
            thought_filter_feed(&f, (view){text + i, end - i}, &piece);
            if (f.discarded) buffer_reset(&all);
            discarded = discarded || f.discarded;
            f.discarded = false;
            buffer_append(&all, buffer_view(&piece));
        }
        buffer_reset(&piece);
        thought_filter_finish(&f, &piece);
        buffer_append(&all, buffer_view(&piece));
        assert_string_equal(buffer_text(&all), expected);
        assert_int_equal(discarded, discards);
        buffer_done(&piece);
        buffer_done(&all);
    }
}

static void what_stands_between_tags_is_no_answer(void **state)
{
    (void)state;
    assert_left("<think>The passage says seven.</think>\n\nAt seven [1].", "At seven [1].", false);
    assert_left("\n<THINK>\nHm < 5, </thin\n</Think>At seven [1].", "At seven [1].", false);
    assert_left("<think></think>\n\nYes.\n\nNo.", "Yes.\n\nNo.", false);
    assert_left("First.\n<think>again</think>Second.", "First.\nSecond.", false);
    assert_left("<think>a</think><think>b</think> c", "c", false);
    assert_left("◁think▷so◁/think▷It is ◀ so.", "It is ◀ so.", false);
    assert_left("[THINK]x[/THINK]Yes [1].", "Yes [1].", false);
    assert_left("<seed:think>x</seed:think>y", "y", false);
    assert_left("<|channel|>analysis<|message|>We need.<|end|>"
                "<|start|>assistant<|channel|>final<|message|>Seven.",
                "Seven.", false);
    assert_left("<think>x</think>\n<answer>\nSeven [1].</answer>", "Seven [1].", false);
}

static void a_thought_that_does_not_end_leaves_nothing(void **state)
{
    (void)state;
    assert_left("<think>The passage says", "", false);
    assert_left("<think>The passage says </thi", "", false);
    assert_left("<thinking>a</think>", "", false);
}

static void a_tag_within_a_line_or_half_of_one_is_text(void **state)
{
    (void)state;
    assert_left("Models write <think> first.", "Models write <think> first.", false);
    assert_left("<thin", "<thin", false);
    assert_left("<<think>", "<<think>", false);
    assert_left("a < b, [1] and <b>c</b> \n [2]", "a < b, [1] and <b>c</b> \n [2]", false);
    assert_left("<answer>5</answer>", "<answer>5</answer>", false);
    assert_left("\n x \n", "x \n", false);
}

static void a_closing_tag_alone_makes_all_before_it_a_thought(void **state)
{
    (void)state;
    assert_left("The passage says seven.\n</think>\n\nAt seven [1].", "At seven [1].", true);
    assert_left("<think>x</think>a</think>b", "a</think>b", false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_stands_between_tags_is_no_answer),
        cmocka_unit_test(a_thought_that_does_not_end_leaves_nothing),
        cmocka_unit_test(a_tag_within_a_line_or_half_of_one_is_text),
        cmocka_unit_test(a_closing_tag_alone_makes_all_before_it_a_thought),
    };
    return cmocka_run_group_tests_name("thoughts", tests, NULL, NULL);
}
