/* Leads: headers of tables and what leads into lists; and what a chunk gets of them. */
#include "test.h"

#include "base/rng.h"
#include "text/chunk.h"
#include "text/lead.h"

/* Each lead found, as "LEAD>first byte of what it leads to..last", joined by " ; ". */
static void expect(const char *text, const char *leads)
{
    buffer found, got;
    buffer_init(&found, 1 << 20);
    buffer_init(&got, 1 << 20);
    lead_find(view_of(text), &found);
    assert_int_equal(found.failed, KITH_OK);
    const lead *list = (const lead *)(const void *)found.data;
    for (size_t i = 0; i < found.size / sizeof(lead); i++) {
        view shown = lead_text(view_slice(view_of(text), list[i].lead_start, list[i].lead_end));
        view led = view_trim(view_slice(view_of(text), list[i].start, list[i].end));
        buffer_printf(&got, "%s%.*s>%.3s..%.3s", i ? " ; " : "", VIEW_ARG(shown), led.data,
                      led.data + led.size - 3);
    }
    assert_string_equal(buffer_text(&got), leads);
    buffer_done(&found);
    buffer_done(&got);
}

static void a_markdown_table_has_its_header(void **state)
{
    (void)state;
    expect("text\n\n| A | B |\n|---|:-:|\n| 1 | 2 |\n| 3 | 4 |\n\nmore", "A | B>| 1..4 |");
    expect("A | B\n--|--\nx1 | y1\nx2 | y2\nwrapped", "A | B>x1 .. y2");
    expect("| A | B |\n|---|\n| 1 | 2 |\n", "");               // as many dashes as names
    expect("```\n| A | B |\n|---|---|\n| 1 | 2 |\n```\n", ""); // code
    expect("|A|B|\n|-|-|\n|1|2|\n\n|C|D|\n|-|-|\n|3|4|\n", "A|B>|1|..|2| ; C|D>|3|..|4|");
}

static void a_grid_has_its_header(void **state)
{
    (void)state;
    expect("+---+---+\n| A | B |\n+===+===+\n| 1 | 2 |\n+---+---+\n| 3 | 4 |\n+---+---+\n\nmore",
           "A | B>| 1..--+");
    expect("+---+---+\n| A | B |\n+---+---+\n| C | D |\n+---+---+\n", ""); // no header
    expect("text\n+===+===+\n| 1 | 2 |\n", "");
}

static void rows_without_dashes_have_a_header_only_beyond_doubt(void **state)
{
    (void)state;
    expect("Item | Price\nLamp | 20\nChair | 50\n", "Item | Price>Lam.. 50");
    expect("Lamp 1 | 20\nChair 2 | 50\nBed 3 | 70\n", "");
    expect("Item: Lamp | Price: low\nItem: Chair | Price: 5\nItem: Bed | Price: 7\n", "");
    expect("Home | About | Contact\n\nText | with a bar\n", "");
    expect("Item | Price\nLamp | 20\n", "");
    expect("Item | Price\nLamp | 20\nChair | 50 | 3\n", "");
    expect("Item | Price\nItem: Lamp | Price: 20\nItem: Chair | Price: 50\n", ""); // named already
}

static void a_list_has_what_leads_into_it(void **state)
{
    (void)state;
    expect("Read on. To restart the pump:\n\n1. Open it.\n2. Close it.\n\nThen go.\n",
           "To restart the pump:>1. ..it.");
    expect("You need:\n- oil\n  and rags\n- water\n# Next\n", "You need:>- o..ter");
    expect("Nothing leads here.\n\n- oil\n- water\n", "");
    expect("\xE6\x9D\x90\xE6\x96\x99\xEF\xBC\x9A\n- a1\n- b2\n",
           "\xE6\x9D\x90\xE6\x96\x99\xEF\xBC\x9A>- a.. b2");
    expect("A: \n\ntext\n- x\n", "");
}

static void a_long_header_is_cut_between_cells(void **state)
{
    (void)state;
    buffer text, found;
    buffer_init(&text, 1 << 16);
    buffer_init(&found, 1 << 16);
    for (int row = 0; row < 3; row++) {
        for (int i = 0; i < 100; i++)
            buffer_append_text(&text, row == 0 ? "| name of it " : row == 1 ? "|-" : "| 1 ");
        buffer_append_text(&text, "|\n");
    }
    lead_find(buffer_view(&text), &found);
    assert_int_equal(found.size, sizeof(lead));
    const lead *l = (const lead *)(const void *)found.data;
    view shown = lead_text(view_slice(buffer_view(&text), l->lead_start, l->lead_end));
    assert_true(shown.size > LEAD_MAX_BYTES / 2 && shown.size <= LEAD_MAX_BYTES);
    assert_true(view_ends_with_nocase(shown, VIEW("name of it")));
    buffer_done(&text);
    buffer_done(&found);
}

static void cells_are_named(void **state)
{
    (void)state;
    arena a;
    arena_init(&a, 0);
    kith_error err = {0};
    view row;
    assert_ok(lead_name_cells(VIEW("| Bolt | Torque |"), VIEW("| M55 | 65 |"), &a, &row, &err));
    assert_true(view_equal(row, VIEW("Bolt: M55 | Torque: 65")));
    assert_ok(lead_name_cells(VIEW("Bolt | | Note"), VIEW("M55 | 65 | "), &a, &row, &err));
    assert_true(view_equal(row, VIEW("Bolt: M55 | 65")));
    assert_ok(lead_name_cells(VIEW("Bolt | Torque"), VIEW("M55 | 65 | 3"), &a, &row, &err));
    assert_true(view_equal(row, VIEW("M55 | 65 | 3")));
    arena_done(&a);
}

static uint32_t count_words(void *context, view text)
{
    uint32_t count = 0;
    (void)context;
    for (size_t i = 0; i < text.size; i++)
        count += text.data[i] != ' ' && text.data[i] != '\n' &&
                 (i == 0 || text.data[i - 1] == ' ' || text.data[i - 1] == '\n');
    return count;
}

/* Fault 13: every chunk that holds rows knows the header; with it, it keeps to the limit. */
static void chunks_of_a_table_have_its_header(void **state)
{
    (void)state;
    buffer text;
    arena a;
    arena_init(&a, 0);
    buffer_init(&text, 1 << 20);
    buffer_append_text(&text, "# Bolts\n\n| Bolt | Oiled torque |\n|---|---|\n");
    for (int i = 0; i < 300; i++)
        buffer_printf(&text, "| M%d | %d |\n", i, i + 10);
    buffer_append_text(&text, "\nThe end of the text.");
    for (int in_tokens = 0; in_tokens < 2; in_tokens++) {
        const chunk_options options = {.unit = in_tokens ? CHUNK_TOKENS : CHUNK_CHARACTERS,
                                       .size = in_tokens ? 60 : 400,
                                       .overlap = 10,
                                       .max_tokens = 80,
                                       .find_leads = true,
                                       .count_tokens = count_words};
        chunk *chunks = NULL;
        uint32_t count = 0;
        kith_error err = {0};
        assert_ok(chunk_text(buffer_view(&text), &options, &a, &chunks, &count, &err));
        assert_true(count > 5);
        for (uint32_t i = 0; i < count; i++) {
            view content = view_slice(buffer_view(&text), chunks[i].start, chunks[i].end);
            view lead_in = view_slice(buffer_view(&text), chunks[i].lead_start, chunks[i].lead_end);
            bool holds = view_find(content, VIEW("Oiled torque")) < content.size;
            if (view_starts_with(content, VIEW("| M")))
                assert_true(view_equal(lead_in, VIEW("| Bolt | Oiled torque |")));
            assert_true(holds || lead_in.size > 0 || view_starts_with(content, VIEW("The end")));
            assert_true(chunks[i].tokens + count_words(NULL, lead_in) <= (in_tokens ? 60 : 80));
        }
    }
    arena_done(&a);
    buffer_done(&text);
}

static void leads_of_random_text_are_in_order(void **state)
{
    (void)state;
    static const char *const pieces[] = {"| a | b |\n", "|---|---|\n", "a | 1\n",  "a | b\n",
                                         "- x\n",       "1. y\n",      "to do:\n", "\n",
                                         "text\n",      "```\n",       "  in\n",   "# h\n",
                                         "|",           ":",           " ",        "\xE6\x96\x87"};
    rng r = {11};
    for (int i = 0; i < 3000; i++) {
        buffer text, found;
        buffer_init(&text, 1 << 16);
        buffer_init(&found, 1 << 20);
        for (uint32_t k = rng_below(&r, 40); k > 0; k--)
            buffer_append_text(&text, pieces[rng_below(&r, sizeof pieces / sizeof *pieces)]);
        lead_find(buffer_view(&text), &found);
        const lead *l = (const lead *)(const void *)found.data;
        uint32_t count = (uint32_t)(found.size / sizeof(lead)), at = 0;
        for (uint32_t k = 0; k < count; k++) {
            assert_true(l[k].lead_start < l[k].lead_end && l[k].lead_end <= l[k].start);
            assert_true(l[k].start >= at && l[k].start < l[k].end && l[k].end <= text.size);
            assert_true(l[k].lead_end - l[k].lead_start <= LEAD_MAX_BYTES);
            assert_ptr_equal(lead_at(l, count, l[k].start), &l[k]);
            assert_ptr_equal(lead_at(l, count, l[k].end - 1), &l[k]);
            at = l[k].end;
        }
        buffer_done(&text);
        buffer_done(&found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_markdown_table_has_its_header),
        cmocka_unit_test(a_grid_has_its_header),
        cmocka_unit_test(rows_without_dashes_have_a_header_only_beyond_doubt),
        cmocka_unit_test(a_list_has_what_leads_into_it),
        cmocka_unit_test(a_long_header_is_cut_between_cells),
        cmocka_unit_test(cells_are_named),
        cmocka_unit_test(chunks_of_a_table_have_its_header),
        cmocka_unit_test(leads_of_random_text_are_in_order),
    };
    return cmocka_run_group_tests_name("lead", tests, NULL, NULL);
}
