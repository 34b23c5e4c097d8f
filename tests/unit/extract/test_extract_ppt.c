/* PowerPoint of before 2007: a show by hand, whose title stands in the outline and whose boxes are not
 * in the order in which they are seen. */
#include "extracted.h"
#include "ole_writer.h"

#include "extract/ppt_style.h"

/* A record; containers have the version 15. */
static void put(buffer *out, uint32_t type, uint32_t instance, bool is_container, view body)
{
    ole_u16(out, instance << 4 | (is_container ? 15 : 0));
    ole_u16(out, type);
    buffer_append_u32(out, (uint32_t)body.size);
    buffer_append(out, body);
}

/* Wraps what stands in `inner` from `start` on into a container. */
static void wrap(buffer *inner, size_t start, uint32_t type, uint32_t instance)
{
    buffer body;
    buffer_init(&body, 1 << 20);
    buffer_append(&body, view_slice(buffer_view(inner), start, inner->size));
    inner->size = start;
    put(inner, type, instance, true, buffer_view(&body));
    buffer_done(&body);
}

static void put_numbers(buffer *out, uint32_t type, const uint32_t *numbers, size_t count)
{
    buffer body;
    buffer_init(&body, 1 << 16);
    for (size_t i = 0; i < count; i++)
        buffer_append_u32(&body, numbers[i]);
    put(out, type, 0, false, buffer_view(&body));
    buffer_done(&body);
}

/* A shape with a text at (top, left); text NULL: the one of the outline with this number. */
static void put_shape(buffer *out, const char *place, const char *text, uint32_t kind)
{
    size_t shape = out->size;
    put(out, 0xF010, 0, false, (view){place, 8});
    size_t box = out->size;
    if (text) put_numbers(out, 0x0F9F, &kind, 1);
    if (text) put(out, 0x0FA8, 0, false, view_of(text));
    if (!text) put_numbers(out, 0x0F9E, &kind, 1);
    wrap(out, box, 0xF00D, 0);
    wrap(out, shape, 0xF004, 0);
}

/* "It is 10" on the line, "6" raised by 30 %, " m" on the line. */
static const char RAISED_STYLE[] =
    "\x0C\0\0\0\0\0\x01\x78\x2A\0\0\0\0\0\x64\0\xFF\xFF\xFF\xFF\x05\0\0\0"
    "\x08\0\0\0\0\0\x07\0\x01\0\x12\0\0\0\0\xFE"
    "\x01\0\0\0\0\0\x0F\0\x01\0\x12\0\0\0\0\xFE\x1E\0"
    "\x03\0\0\0\0\0\0\0";

/* is_hidden  of the only slide */
static void write_show(buffer *out, buffer *user, bool is_hidden)
{
    const uint32_t slide_of_list[] = {2, 0, 0, 256, 0}, kind = 0, slide_atom[6] = {0};
    size_t list = out->size;
    put_numbers(out, 0x03F3, slide_of_list, 5);
    put_numbers(out, 0x0F9F, &kind, 1);
    put(out, 0x0FA8, 0, false, VIEW("The\vbridge"));
    wrap(out, list, 0x0FF0, 0);
    wrap(out, list, 0x03E8, 0);
    size_t slide = out->size;
    put_numbers(out, 0x03EF, slide_atom, 6);
    put(out, 0x03F9, 0, false, is_hidden ? VIEW("0123456789\4\0") : VIEW("0123456789\0\0"));
    size_t drawing = out->size;
    put(out, 0xF004, 0, true, VIEW("")); // the group itself
    put_shape(out, "\x00\x04\x00\x01\x00\x02\x00\x05", "lower", 4);
    put_shape(out, "\x00\x01\x00\x01\x00\x02\x00\x02", "upper\rcaf\xE9", 4);
    put_shape(out, "\x00\x08\x00\x01\x00\x02\x00\x09", NULL, 0);
    put_shape(out, "\x00\x0A\x00\x01\x00\x02\x00\x0B", "*", 4); // a number that is filled in
    const uint32_t other = 4;
    size_t shape = out->size;
    put(out, 0xF010, 0, false, VIEW("\x00\x06\x00\x01\x00\x02\x00\x07"));
    size_t box = out->size;
    put_numbers(out, 0x0F9F, &other, 1);
    put(out, 0x0FA8, 0, false, VIEW("It is 106 m"));
    put(out, 0x0FA1, 0, false, (view){RAISED_STYLE, sizeof RAISED_STYLE - 1});
    wrap(out, box, 0xF00D, 0);
    wrap(out, shape, 0xF004, 0);
    wrap(out, drawing, 0xF003, 0);
    wrap(out, drawing, 0xF002, 0);
    wrap(out, drawing, 0x040C, 0);
    wrap(out, slide, 0x03EE, 0);
    size_t directory = out->size;
    const uint32_t parts[] = {1 | 2U << 20, 0, (uint32_t)slide};
    put_numbers(out, 0x1772, parts, 3);
    size_t edit = out->size;
    const uint32_t edit_numbers[] = {256, 3, 0, (uint32_t)directory, 1, 3, 1};
    put_numbers(out, 0x0FF5, edit_numbers, 7);
    const uint32_t user_numbers[] = {20, 0xE391C05F, (uint32_t)edit};
    put_numbers(user, 0x0FF6, user_numbers, 3);
}

static void open_show(ole_writer *w, buffer *out, buffer *user, bool is_hidden)
{
    buffer_init(out, 1 << 20);
    buffer_init(user, 1 << 16);
    write_show(out, user, is_hidden);
    ole_init(w);
    ole_stream(w, 0, "PowerPoint Document", buffer_view(out));
    ole_stream(w, 0, "Current User", buffer_view(user));
}

static void close_show(ole_writer *w, buffer *out, buffer *user)
{
    ole_done(w);
    buffer_done(out);
    buffer_done(user);
}

static void the_title_comes_first_and_boxes_as_they_are_seen(void **state)
{
    (void)state;
    extracted e;
    ole_writer w;
    buffer out, user;
    open_show(&w, &out, &user, false);
    extracted_expect(&e, "a.ppt", ole_finish(&w), 1);
    assert_view(e.found.documents[0].text,
                "The bridge\n\nupper\ncaf\xC3\xA9\n\nlower\n\nIt is 10^6 m");
    assert_heading(&e.found.documents[0], 0, "The bridge", "The bridge");
    assert_int_equal(e.found.notices.count, 0);
    extracted_done(&e);
    close_show(&w, &out, &user);
}

static void a_hidden_slide_is_told(void **state)
{
    (void)state;
    extracted e;
    ole_writer w;
    buffer out, user;
    open_show(&w, &out, &user, true);
    extracted_expect(&e, "a.ppt", ole_finish(&w), 1);
    assert_int_equal(e.found.notices.count, 1);
    extracted_done(&e);
    close_show(&w, &out, &user);
}

static void what_is_encrypted_or_has_no_directory_is_refused(void **state)
{
    (void)state;
    ole_writer w;
    ole_init(&w);
    ole_stream(&w, 0, "PowerPoint Document", VIEW("0123456789"));
    ole_stream(&w, 0, "Current User", VIEW("01234567\0\0\0\0\xDF\xC4\xD1\xF3\0\0\0\0"));
    extracted_expect_failure("a.ppt", ole_finish(&w), KITH_ERR_AUTH, "encrypted");
    ole_done(&w);
    ole_init(&w);
    ole_stream(&w, 0, "PowerPoint Document", VIEW("0123456789"));
    extracted_expect_failure("a.ppt", ole_finish(&w), KITH_ERR_FORMAT, "directory");
    ole_done(&w);
}

static void a_style_that_is_cut_off_says_nothing_more(void **state)
{
    (void)state;
    for (size_t size = 0; size < sizeof RAISED_STYLE - 1; size++) {
        ppt_style style;
        int align = 0;
        char *copy = malloc(size + 1);
        assert_non_null(copy);
        memcpy(copy, RAISED_STYLE, size);
        ppt_style_open(&style, (view){copy, size}, 11);
        uint32_t runs = 0;
        while (runs < 10 && ppt_style_next(&style, &align) != UINT32_MAX)
            runs++;
        assert_true(runs <= 2);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_style_that_is_cut_off_says_nothing_more),
        cmocka_unit_test(the_title_comes_first_and_boxes_as_they_are_seen),
        cmocka_unit_test(a_hidden_slide_is_told),
        cmocka_unit_test(what_is_encrypted_or_has_no_directory_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
