/* A PDF whose streams are inflated behind it: who reads it finds the same objects, and pdftotext the same words. */
#include "extracted.h"

#include "extract/pdf_unpack.h"

#include <zlib.h>

enum { MOST_BYTES = 4 << 20, TEXT_BYTES = 600 };

typedef struct written {
    buffer bytes;
    size_t offsets[64];
    uint32_t generations[64], count; /* objects, from 1 */
} written;

static void begin(written *w, const char *head)
{
    *w = (written){0};
    buffer_init(&w->bytes, MOST_BYTES);
    buffer_append_text(&w->bytes, head);
}

static void begin_object(written *w, uint32_t generation)
{
    w->offsets[++w->count] = w->bytes.size;
    w->generations[w->count] = generation;
    buffer_printf(&w->bytes, "%u %u obj ", w->count, generation);
}

static void add(written *w, const char *object)
{
    begin_object(w, 0);
    buffer_printf(&w->bytes, "%s endobj\n", object);
}

/* A text that Flate makes shorter. */
static view long_text(const char *sentence, char room[TEXT_BYTES])
{
    for (size_t i = 0; i < TEXT_BYTES; i++)
        room[i] = sentence[i % strlen(sentence)];
    return (view){room, TEXT_BYTES};
}

static void add_packed(written *w, const char *entries, uint32_t generation, view text)
{
    unsigned char packed[4096];
    uLongf size = sizeof packed;
    assert_int_equal(compress(packed, &size, (const Bytef *)text.data, text.size), Z_OK);
    begin_object(w, generation);
    buffer_printf(&w->bytes, "<< %s /Length %lu >> stream\r\n", entries, (unsigned long)size);
    buffer_append(&w->bytes, (view){(const char *)packed, size});
    buffer_append_text(&w->bytes, "\nendstream endobj\n");
}

static view end_file(written *w, const char *more)
{
    size_t start = w->bytes.size;
    buffer_printf(&w->bytes, "xref\n0 %u\n0000000000 65535 f \n", w->count + 1);
    for (uint32_t i = 1; i <= w->count; i++)
        buffer_printf(&w->bytes, "%010zu %05u n \n", w->offsets[i], w->generations[i]);
    buffer_printf(&w->bytes, "trailer << /Root 1 0 R %s >>\nstartxref\n%zu\n%%%%EOF\n", more,
                  start);
    return buffer_view(&w->bytes);
}

typedef struct both {
    arena memory;
    pdf_file packed, unpacked;
    buffer made;
} both;

static void both_open(both *b, view bytes, size_t most_bytes)
{
    kith_error err = {0};
    *b = (both){0};
    arena_init(&b->memory, 0);
    buffer_init(&b->made, most_bytes);
    assert_status(KITH_OK, pdf_file_open(&b->packed, bytes, &b->memory, &err));
    pdf_unpack(&b->packed, &b->made);
    assert_status(KITH_OK, pdf_file_open(&b->unpacked, buffer_view(&b->made), &b->memory, &err));
}

static void both_done(both *b)
{
    pdf_file_done(&b->packed);
    pdf_file_done(&b->unpacked);
    buffer_done(&b->made);
    arena_done(&b->memory);
}

static pdf_object object_of(pdf_file *f, uint32_t number)
{
    const pdf_object link = {.kind = PDF_REFERENCE, .number = number};
    return pdf_resolve(f, &link);
}

static bool is_packed(pdf_file *f, uint32_t number)
{
    pdf_object o = object_of(f, number);
    assert_true(o.is_stream);
    return pdf_entry(&o, "Filter").kind != PDF_NULL;
}

static void packed_streams_stand_again_behind_the_file_as_it_is(void **state)
{
    (void)state;
    char room[TEXT_BYTES];
    view text = long_text("(The rope is kept dry.) Tj ", room), read;
    written w;
    both b;
    begin(&w, "%PDF-1.4\n");
    add(&w, "<< /Pages 2 0 R /Said (yes) >>");
    add(&w, "<< /Kids [] >>");
    add_packed(&w, "/Filter /FlateDecode /Resources << /Font << /F 2 0 R >> >> /N#61me (a\\)b)", 0,
               text);
    add_packed(&w, "/Filter [/Fl] /DecodeParms [null] /Other 7 0 R", 3, text);
    add_packed(&w, "/DecodeParms << /Predictor 1 >> /Filter 6 0 R /Length1 9 /Length2 9", 0, text);
    add(&w, "[/FlateDecode]");
    view bytes = end_file(&w, "");
    both_open(&b, bytes, MOST_BYTES);
    assert_true(view_starts_with(buffer_view(&b.made), bytes));
    for (uint32_t number = 3; number <= 5; number++) {
        pdf_object o = object_of(&b.unpacked, number);
        assert_true(is_packed(&b.packed, number) && !is_packed(&b.unpacked, number));
        assert_true(pdf_stream_read(&b.unpacked, &o, &read) && view_equal(read, text));
    }
    pdf_place place;
    assert_true(pdf_object_place(&b.unpacked, 4, &place));
    assert_int_equal(place.generation, 3);
    pdf_object o = object_of(&b.unpacked, 3), name = pdf_entry(&o, "Name");
    assert_view(name.text, "a)b");
    pdf_object resources = pdf_entry(&o, "Resources"),
               said = pdf_get(&b.unpacked, &b.unpacked.catalog, "Said");
    assert_int_equal(pdf_entry(&resources, "Font").kind, PDF_DICTIONARY);
    assert_view(said.text, "yes");
    both_done(&b);
    buffer_done(&w.bytes);
}

/* As end_file(), of a file of less than 64 KiB. */
static view end_file_by_stream(written *w)
{
    begin_object(w, 0);
    uint32_t rows = w->count + 1;
    buffer_printf(&w->bytes,
                  "<< /Type /XRef /Root 1 0 R /Size %u /W [1 2 1] /Length %u >> stream\n", rows,
                  4 * rows);
    for (uint32_t i = 0; i < rows; i++) {
        char row[] = {i > 0, (char)(w->offsets[i] >> 8), (char)w->offsets[i],
                      (char)w->generations[i]};
        buffer_append(&w->bytes, (view){row, sizeof row});
    }
    buffer_printf(&w->bytes, "\nendstream endobj\nstartxref\n%zu\n%%%%EOF\n", w->offsets[w->count]);
    return buffer_view(&w->bytes);
}

/* What poppler does about an object that is missing depends on it. */
static void the_table_is_a_stream_where_the_file_has_one(void **state)
{
    (void)state;
    char room[TEXT_BYTES];
    view text = long_text("(The rope is kept dry.) Tj ", room), read;
    written w;
    both b;
    begin(&w, "%PDF-1.5\n");
    add(&w, "<< /Pages 2 0 R /Said (yes) >>");
    add_packed(&w, "/Filter /FlateDecode", 0, text);
    add(&w, "<< >>");
    add_packed(&w, "/Filter /FlateDecode", 7, text);
    add_packed(&w, "/Filter /FlateDecode", 0, text);
    both_open(&b, end_file_by_stream(&w), MOST_BYTES);
    assert_true(b.packed.trailer.is_stream && b.unpacked.trailer.is_stream);
    assert_true(b.unpacked.table > b.packed.table);
    for (uint32_t number = 2; number <= 5; number++) {
        pdf_object o = object_of(&b.unpacked, number);
        if (number == 3) continue;
        assert_true(is_packed(&b.packed, number) && !is_packed(&b.unpacked, number));
        assert_true(pdf_stream_read(&b.unpacked, &o, &read) && view_equal(read, text));
    }
    pdf_place place;
    assert_true(pdf_object_place(&b.unpacked, 4, &place));
    assert_int_equal(place.generation, 7);
    pdf_object said = pdf_get(&b.unpacked, &b.unpacked.catalog, "Said");
    assert_view(said.text, "yes");
    both_done(&b);
    buffer_done(&w.bytes);
}

static void what_holds_no_text_or_cannot_be_trusted_stays_packed(void **state)
{
    (void)state;
    static const char *const ENTRIES[] = {
        "/Filter /FlateDecode /Subtype /Image",
        "/Filter /FlateDecode /Type /EmbeddedFile",
        "/Filter /FlateDecode /Type /Metadata",
        "/Filter [/FlateDecode /FlateDecode]",
        "/Filter /FlateDecode /F (elsewhere)",
        "/Filter /LZWDecode",
        "/Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 5 >>"};
    enum { KINDS = sizeof ENTRIES / sizeof ENTRIES[0] };
    char room[TEXT_BYTES];
    written w;
    both b;
    begin(&w, "%PDF-1.4\n");
    add(&w, "<< >>");
    for (size_t i = 0; i < KINDS; i++)
        add_packed(&w, ENTRIES[i], 0, long_text("(The rope is kept dry.) Tj ", room));
    add_packed(&w, "/Filter /FlateDecode", 0, long_text("within:\n7 0 obj << >> endobj\n", room));
    add_packed(&w, "/Filter /FlateDecode", 0, long_text("trailer << /Root 7 0 R >>\n", room));
    uint32_t damaged = w.count + 1;
    add_packed(&w, "/Filter /FlateDecode", 0, long_text("(The rope is kept dry.) Tj ", room));
    memset(w.bytes.data + w.bytes.size - 40, 'x', 8);
    begin_object(&w, 0);
    buffer_append_text(&w.bytes, "<< /Filter /FlateDecode /Length 40 >> stream\n0123456789012345678"
                                 "9012345678901234567890123456789\nendstream endobj\n");
    add_packed(&w, "/Filter /FlateDecode", 0, long_text("(This one is not.) Tj ", room));
    view bytes = end_file(&w, "");
    both_open(&b, bytes, MOST_BYTES);
    for (uint32_t number = 2; number < w.count; number++)
        if (!is_packed(&b.unpacked, number)) fail_msg("object %u of %u", number, damaged);
    assert_false(is_packed(&b.unpacked, w.count));
    both_done(&b);
    buffer_done(&w.bytes);
}

static void a_file_that_is_encrypted_begins_late_or_has_no_table_is_left_alone(void **state)
{
    (void)state;
    static const char *const HEADS[] = {"%PDF-1.4\n", "junk\n%PDF-1.4\n", "%PDF-1.4\n"};
    static const char *const TRAILERS[] = {"/Encrypt 3 0 R", "", ""};
    char room[TEXT_BYTES];
    for (size_t i = 0; i < 3; i++) {
        written w;
        both b;
        begin(&w, HEADS[i]);
        add(&w, "<< >>");
        add_packed(&w, "/Filter /FlateDecode", 0, long_text("(The rope is kept dry.) Tj ", room));
        add(&w, "<< /Filter /Standard >>");
        view bytes = end_file(&w, TRAILERS[i]);
        if (i == 2) bytes.size -= 20; // without startxref
        both_open(&b, bytes, MOST_BYTES);
        assert_int_equal(b.made.size, 0);
        both_done(&b);
        buffer_done(&w.bytes);
    }
}

/* Twice: the room ends before the second stream, and before the sixth. */
static void streams_that_do_not_fit_stay_packed(void **state)
{
    (void)state;
    enum { STREAMS = 8, LARGE = 100000 };
    char *room = test_malloc(LARGE);
    memset(room, 'a', LARGE);
    written w;
    begin(&w, "%PDF-1.4\n");
    add(&w, "<< >>");
    for (int i = 0; i < STREAMS; i++)
        add_packed(&w, "/Filter /FlateDecode", 0, (view){room, LARGE});
    view bytes = end_file(&w, "");
    for (uint32_t fit = 1; fit <= 5; fit += 4) {
        both b;
        both_open(&b, bytes, fit * (LARGE + 100) + (LARGE * 9 / 10));
        uint32_t unpacked = 0;
        for (uint32_t number = 2; number <= w.count; number++)
            unpacked += !is_packed(&b.unpacked, number);
        assert_int_equal(unpacked, fit);
        assert_true(b.made.size <= b.made.max_bytes && b.made.failed == KITH_OK);
        both_done(&b);
    }
    test_free(room);
    buffer_done(&w.bytes);
}

/* Below the limit the streams behind those that stay packed are still tried, above it none is. */
static void streams_inflated_in_vain_have_a_limit(void **state)
{
    (void)state;
    enum { LARGE = 100000, ROOM = 1000000 };
    char *room = test_malloc(LARGE), text[TEXT_BYTES];
    memset(room, 'a', LARGE);
    memcpy(room + LARGE - 5, " obj ", 5);
    for (int streams = 5; streams <= 15; streams += 10) {
        written w;
        both b;
        begin(&w, "%PDF-1.4\n");
        add(&w, "<< >>");
        for (int i = 0; i < streams; i++)
            add_packed(&w, "/Filter /FlateDecode", 0, (view){room, LARGE});
        add_packed(&w, "/Filter /FlateDecode", 0, long_text("(This one is good.) Tj ", text));
        add_packed(&w, "/Filter /FlateDecode", 0, long_text("(And this one.) Tj ", text));
        both_open(&b, end_file(&w, ""), ROOM);
        bool is_left = b.made.size == 0;
        assert_int_equal(is_left, streams == 15);
        if (!is_left) assert_false(is_packed(&b.unpacked, w.count));
        both_done(&b);
        buffer_done(&w.bytes);
    }
    test_free(room);
}

/* Each object begins within the comment of the one before: to read all would take the square of the size. */
static void objects_that_overlap_are_not_read_again_and_again(void **state)
{
    (void)state;
    char room[TEXT_BYTES];
    written w;
    both b;
    begin(&w, "%PDF-1.4\n");
    add(&w, "<< /Pages 2 0 R >>");
    add(&w, "<< /Kids [] >>");
    for (int i = 0; i < 40; i++) {
        begin_object(&w, 0);
        buffer_append_text(&w.bytes, "% of a comment that goes on and on ");
    }
    buffer_append_text(&w.bytes, "\n<< >> endobj\n");
    add_packed(&w, "/Filter /FlateDecode", 0, long_text("(The rope is kept dry.) Tj ", room));
    both_open(&b, end_file(&w, ""), MOST_BYTES);
    assert_int_equal(b.made.size, 0);
    both_done(&b);
    buffer_done(&w.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_that_overlap_are_not_read_again_and_again),
        cmocka_unit_test(packed_streams_stand_again_behind_the_file_as_it_is),
        cmocka_unit_test(the_table_is_a_stream_where_the_file_has_one),
        cmocka_unit_test(what_holds_no_text_or_cannot_be_trusted_stays_packed),
        cmocka_unit_test(a_file_that_is_encrypted_begins_late_or_has_no_table_is_left_alone),
        cmocka_unit_test(streams_that_do_not_fit_stay_packed),
        cmocka_unit_test(streams_inflated_in_vain_have_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
