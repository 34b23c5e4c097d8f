/* extraction_wire: what goes in comes out, and nothing else is believed. */
#include "extracted.h"

#include "base/rng.h"
#include "extract/extraction_wire.h"

static void write_sample(arena *a, buffer *out)
{
    static const heading HEADINGS[] = {{0, {"One", 3}}, {6, {"One > Tw\xC3\xB6", 10}}};
    static const place_mark MARKS[] = {{0, PLACE_ROW, 3, {"Prices", 6}},
                                       {7, PLACE_PAGE, 9, {"", 0}}};
    static document documents[2];
    static extract_problem problems[] = {{4, KITH_ERR_AUTH, {"encrypted", 9}}};
    static attachment attachments[] = {{{"letter", 6}, {"a.bin", 5}, {"\xFF\0\xFE", 3}}};
    memset(documents, 0, sizeof documents);
    documents[0] = (document){
        .id = VIEW("id"),
        .title = VIEW("title"),
        .text = VIEW("line\n\n\xC3\xA4 end"),
        .title_is_prefix = true,
        .fields = {.memory = a},
        .headings = HEADINGS,
        .heading_count = 2,
        .marks = MARKS,
        .mark_count = 1, // the second would stand within a code point
        .line_offset = 8,
        .record = 5,
    };
    documents[1] = (document){.fields = {.memory = a}, .text_is_file = true};
    metadata *m = &documents[0].fields;
    kith_error err = {0};
    metadata_value truth = {METADATA_BOOL, .boolean = true};
    metadata_value half = {METADATA_DOUBLE, .number = -0.5};
    assert_ok(metadata_set_string(m, "type", VIEW("docx"), &err));
    assert_ok(metadata_set_integer(m, "size", -12, &err));
    assert_ok(metadata_set(m, VIEW("flag"), truth, &err));
    assert_ok(metadata_set(m, VIEW("share"), half, &err));
    static metadata_value two[2], words[1];
    two[0] = (metadata_value){METADATA_INTEGER, .integer = 5};
    two[1] = half;
    words[0] = (metadata_value){METADATA_STRING, .string = VIEW("\xC3\xA4")};
    assert_ok(
        metadata_set(m, VIEW("two"), (metadata_value){METADATA_LIST, .list = {two, 2}}, &err));
    assert_ok(
        metadata_set(m, VIEW("words"), (metadata_value){METADATA_LIST, .list = {words, 1}}, &err));
    extraction x = {
        .documents = documents,
        .document_count = 2,
        .problems = problems,
        .problem_count = 1,
        .attachments = attachments,
        .attachment_count = 1,
        .replaced = 6,
        .notices = {.texts = {VIEW("slide 3: a diagram is not read"), VIEW("\xC3\xA4")},
                    .count = 2},
    };
    buffer_init(out, 1 << 20);
    extraction_write(&x, NULL, out);
}

static void everything_that_is_written_is_read_back(void **state)
{
    (void)state;
    arena a;
    buffer bytes;
    extraction x;
    kith_error err = {0};
    arena_init(&a, 0);
    write_sample(&a, &bytes);
    assert_ok(extraction_read(buffer_view(&bytes), &a, &x, &err));
    assert_int_equal(x.document_count, 2);
    const document *d = &x.documents[0];
    assert_view(d->id, "id");
    assert_view(d->title, "title");
    assert_view(d->text, "line\n\n\xC3\xA4 end");
    assert_true(d->title_is_prefix && !d->text_is_file);
    assert_true(x.documents[1].text_is_file);
    assert_int_equal(d->line_offset, 8);
    assert_int_equal(d->record, 5);
    assert_field(d, "type", "docx");
    assert_int_equal(metadata_get(&d->fields, VIEW("size"))->integer, -12);
    assert_true(metadata_get(&d->fields, VIEW("flag"))->boolean);
    assert_true(metadata_get(&d->fields, VIEW("share"))->number == -0.5);
    const metadata_value *two = metadata_get(&d->fields, VIEW("two"));
    assert_int_equal(two->list.count, 2);
    assert_int_equal(two->list.elements[0].integer, 5);
    assert_true(two->list.elements[1].number == -0.5);
    assert_view(metadata_get(&d->fields, VIEW("words"))->list.elements[0].string, "\xC3\xA4");
    assert_heading(d, 1, "\xC3\xA4 end", "One > Tw\xC3\xB6");
    assert_int_equal(x.notices.count, 2);
    assert_view(x.notices.texts[0], "slide 3: a diagram is not read");
    assert_view(x.notices.texts[1], "\xC3\xA4");
    assert_int_equal(x.notices.omitted, 0);
    assert_int_equal(d->mark_count, 1);
    assert_int_equal(d->marks[0].kind, PLACE_ROW);
    assert_int_equal(d->marks[0].number, 3);
    assert_view(d->marks[0].name, "Prices");
    assert_int_equal(x.problem_count, 1);
    assert_int_equal(x.problems[0].record, 4);
    assert_int_equal(x.problems[0].status, KITH_ERR_AUTH);
    assert_view(x.problems[0].reason, "encrypted");
    assert_int_equal(x.attachment_count, 1);
    assert_true(view_equal(x.attachments[0].bytes, VIEW("\xFF\0\xFE")));
    assert_int_equal(x.replaced, 6);
    buffer_done(&bytes);
    arena_done(&a);
}

static void a_failure_comes_back_as_itself(void **state)
{
    (void)state;
    arena a;
    buffer bytes;
    extraction x = {0};
    kith_error failure = {KITH_ERR_AUTH, "encrypted"}, err = {0};
    arena_init(&a, 0);
    buffer_init(&bytes, 1000);
    extraction_write(NULL, &failure, &bytes);
    assert_status(KITH_ERR_AUTH, extraction_read(buffer_view(&bytes), &a, &x, &err));
    assert_string_equal(err.message, "encrypted");
    assert_null(x.documents);
    buffer_done(&bytes);
    arena_done(&a);
}

static void every_cut_and_every_addition_is_refused(void **state)
{
    (void)state;
    arena a;
    buffer bytes;
    extraction x;
    kith_error err = {0};
    arena_init(&a, 0);
    write_sample(&a, &bytes);
    for (size_t size = 0; size < bytes.size; size++) {
        char *cut = malloc(size + 1);
        memcpy(cut, bytes.data, size);
        assert_status(KITH_ERR_FORMAT, extraction_read((view){cut, size}, &a, &x, &err));
        free(cut);
    }
    buffer_append_byte(&bytes, 0);
    assert_status(KITH_ERR_FORMAT, extraction_read(buffer_view(&bytes), &a, &x, &err));
    buffer_done(&bytes);
    arena_done(&a);
}

/* What is read, however it came to be, keeps the promises of extract.h. */
static void check_promises(const extraction *x)
{
    for (uint32_t i = 0; i < x->document_count; i++) {
        const document *d = &x->documents[i];
        assert_true(document_offsets_hold(d));
        for (uint32_t h = 0; h < d->heading_count; h++)
            assert_true(d->headings[h].offset <= d->text.size &&
                        (h == 0 || d->headings[h - 1].offset <= d->headings[h].offset));
        for (uint32_t m = 0; m < d->mark_count; m++)
            assert_true(d->marks[m].offset <= d->text.size && d->marks[m].kind < PLACE_KINDS);
    }
}

static void changed_bytes_are_refused_or_keep_the_promises(void **state)
{
    (void)state;
    buffer bytes;
    arena of_sample;
    arena_init(&of_sample, 0);
    write_sample(&of_sample, &bytes);
    char *changed = malloc(bytes.size);
    uint32_t read_anyway = 0;
    for (size_t i = 0; i < bytes.size; i++)
        for (uint32_t bit = 0; bit < 8; bit++) {
            arena a;
            extraction x = {0};
            arena_init(&a, 1 << 20);
            memcpy(changed, bytes.data, bytes.size);
            changed[i] = (char)(changed[i] ^ 1 << bit);
            if (extraction_read((view){changed, bytes.size}, &a, &x, NULL) == KITH_OK) {
                check_promises(&x);
                read_anyway++;
            }
            arena_done(&a);
        }
    assert_true(read_anyway > 0); // a letter of the text may be another
    free(changed);
    buffer_done(&bytes);
    arena_done(&of_sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_that_is_written_is_read_back),
        cmocka_unit_test(a_failure_comes_back_as_itself),
        cmocka_unit_test(every_cut_and_every_addition_is_refused),
        cmocka_unit_test(changed_bytes_are_refused_or_keep_the_promises),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
