#include "test.h"

#include "cli/exit_status.h"
#include "cli/help.h"

static buffer out;

static int set_up(void **state)
{
    (void)state;
    buffer_init(&out, 1 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    buffer_done(&out);
    return 0;
}

static const char *page(const command *c, uint32_t width)
{
    terminal t = {.width = width};
    buffer_reset(&out);
    if (c)
        help_command(&t, &out, c);
    else
        help_program(&t, &out);
    return buffer_text(&out);
}

static size_t longest_line(const char *text)
{
    size_t longest = 0;
    for (const char *line = text; *line;) {
        const char *end = strchr(line, '\n');
        size_t columns = terminal_columns((view){line, (size_t)(end - line)});
        if (columns > longest) longest = columns;
        line = end + 1;
    }
    return longest;
}

static void every_page_fits_a_hundred_columns(void **state)
{
    (void)state;
    assert_true(longest_line(page(NULL, 300)) <= 100);
    assert_true(longest_line(page(NULL, 80)) <= 80);
    for (const command *const *c = command_table; *c; c++) {
        assert_true(longest_line(page(*c, 300)) <= 100);
        assert_true(longest_line(page(*c, 80)) <= 100); // examples are not wrapped
    }
}

/* Is there an entry of this label, and not only one that begins with it, as --allow-host does with
 * --all? */
static bool has_entry(const char *text, const char *label)
{
    const char *at = strstr(text, label);
    while (at && at[strlen(label)] != ' ' && at[strlen(label)] != '\n')
        at = strstr(at + 1, label);
    return at != NULL;
}

static void every_page_names_what_the_command_takes(void **state)
{
    (void)state;
    for (const command *const *c = command_table; *c; c++) {
        const char *text = page(*c, 80);
        for (option_id i = 0; i < OPTION_COUNT; i++) {
            char name[64];
            const option_row *row = &option_table[i];
            char both[8] = "";
            if (!row->name[1]) (void)snprintf(both, sizeof both, "-%s, ", row->name);
            (void)snprintf(name, sizeof name, "\n  %s--%s%s%s", both, row->name,
                           row->argument ? " " : "", row->argument ? row->argument : "");
            bool takes = ((*c)->options & OPTION_BIT(i)) != 0;
            if (i == OPTION_HELP || i == OPTION_JSON || i == OPTION_TEXT) continue;
            assert_int_equal(has_entry(text, name), takes);
        }
        assert_non_null(strstr(text, "\n  -h, --help"));
        assert_non_null(strstr(text, "\n  --json"));
        assert_non_null(strstr(text, "Exit status"));
    }
}

static void the_first_page_lists_every_command_and_status(void **state)
{
    (void)state;
    const char *text = page(NULL, 80);
    for (const command *const *c = command_table; *c; c++)
        assert_non_null(strstr(text, (*c)->summary));
    for (const exit_status_meaning *m = exit_status_table; m->meaning; m++) {
        char number[16];
        (void)snprintf(number, sizeof number, "\n  %d ", (int)m->status);
        assert_non_null(strstr(text, number));
    }
}

static void every_command_is_found_by_its_name(void **state)
{
    (void)state;
    for (const command *const *c = command_table; *c; c++)
        assert_ptr_equal(command_find((*c)->name), *c);
    assert_null(command_find("nothing"));
}

static void every_failure_has_an_exit_status_in_the_table(void **state)
{
    (void)state;
    assert_int_equal(exit_status_of(KITH_OK), EXIT_DONE);
    for (int status = KITH_ERR_INVALID; status <= KITH_ERR_INTERNAL; status++) {
        exit_status got = exit_status_of((kith_status)status);
        assert_true(got != EXIT_DONE);
        bool found = false;
        for (const exit_status_meaning *m = exit_status_table; m->meaning; m++)
            found = found || m->status == got;
        assert_true(found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_page_fits_a_hundred_columns),
        cmocka_unit_test(every_page_names_what_the_command_takes),
        cmocka_unit_test(the_first_page_lists_every_command_and_status),
        cmocka_unit_test(every_command_is_found_by_its_name),
        cmocka_unit_test(every_failure_has_an_exit_status_in_the_table),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
