/* The objects of a PDF: syntax, the table in both of its forms, labels, and files that are built to
 * keep a reader busy. */
#include "extracted.h"

#include "extract/pdf_bookmarks.h"
#include "extract/pdf_file.h"
#include "extract/pdf_labels.h"
#include "extract/pdf_notes.h"

#include <zlib.h>

/* ---- syntax ---- */

static pdf_object parse(arena *a, view text)
{
    pdf_parser p;
    pdf_parser_init(&p, text, 0, a);
    pdf_object made = pdf_parse(&p);
    assert_int_equal(p.stack.failed, KITH_OK);
    pdf_parser_done(&p);
    return made;
}

static void objects_of_each_kind_are_read(void **state)
{
    (void)state;
    arena a;
    arena_init(&a, 0);
    pdf_object o = parse(
        &a,
        VIEW(
            "<</A(a\\(b\\051\\\r\nc(d))/B <4a4B5>/C[1 -2.5 true null 12 0 R]/D#20E 7 % x\n/F/G>>"));
    assert_int_equal(o.kind, PDF_DICTIONARY);
    assert_int_equal(o.count, 5);
    pdf_object v = pdf_entry(&o, "A");
    assert_view(v.text, "a(b)c(d)");
    v = pdf_entry(&o, "B");
    assert_view(v.text, "JKP");
    v = pdf_entry(&o, "C");
    assert_int_equal(v.count, 5);
    assert_true(v.elements[1].number == -2.5);
    assert_int_equal(v.elements[2].kind, PDF_BOOL);
    assert_int_equal(v.elements[3].kind, PDF_NULL);
    assert_int_equal(v.elements[4].kind, PDF_REFERENCE);
    assert_true(v.elements[4].number == 12);
    v = pdf_entry(&o, "D E");
    assert_true(v.number == 7);
    v = pdf_entry(&o, "F");
    assert_true(pdf_is_name(&v, "G"));
    arena_done(&a);
}

/* Found by fuzz_pdf: the parser stood one byte behind the end, and read on from there. */
static void a_comment_without_a_line_end_ends_with_the_file(void **state)
{
    (void)state;
    arena a;
    arena_init(&a, 0);
    static const char *const ENDS[] = {"%", " %%EOF", "\n% a\r%b"};
    for (size_t i = 0; i < sizeof ENDS / sizeof ENDS[0]; i++) {
        pdf_parser p;
        pdf_parser_init(&p, view_of(ENDS[i]), 0, &a);
        pdf_skip_space(&p);
        assert_int_equal(p.at, strlen(ENDS[i]));
        assert_false(pdf_accept(&p, VIEW("xref")));
        pdf_parser_done(&p);
    }
    arena_done(&a);
}

static void what_ends_too_early_or_nests_too_deep_ends(void **state)
{
    (void)state;
    static const char *const BROKEN[] = {"",     "<<",      "[", "(",   "(a\\",
                                         "<",    "<</A",    "/", "/A#", "-",
                                         "12 0", "<< ) >>", "]", "[[[", "<</A<</B"};
    arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < sizeof BROKEN / sizeof BROKEN[0]; i++)
        (void)parse(&a, view_of(BROKEN[i]));
    char deep[20000];
    memset(deep, '[', sizeof deep);
    pdf_object o = parse(&a, (view){deep, sizeof deep});
    uint32_t depth = 0;
    for (; o.count; o = o.elements[0])
        depth++;
    assert_true(depth <= PDF_MAX_DEPTH);
    arena_done(&a);
}

static void texts_are_in_one_of_three_encodings(void **state)
{
    (void)state;
    static const struct {
        view bytes;
        const char *text;
    } TEXTS[] = {{VIEW("\xfe\xff\0T\0\xfc\0r"), "T\xc3\xbcr"},
                 {VIEW("\xef\xbb\xbfT\xc3\xbcr"), "T\xc3\xbcr"},
                 {VIEW("T\xfcr \x8d"
                       "a\x8e \xa0"),
                  "T\xc3\xbcr \xe2\x80\x9c"
                  "a\xe2\x80\x9d \xe2\x82\xac"}};
    buffer out;
    buffer_init(&out, 100);
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        pdf_object string = {.kind = PDF_STRING, .text = TEXTS[i].bytes};
        buffer_reset(&out);
        pdf_append_text(&string, &out);
        assert_view(buffer_view(&out), TEXTS[i].text);
    }
    buffer_done(&out);
}

/* ---- files ---- */

typedef struct written {
    buffer bytes;
    size_t offsets[32];
    uint32_t count; /* objects, from 1 */
} written;

static void begin(written *w)
{
    *w = (written){0};
    buffer_init(&w->bytes, 1 << 20);
    buffer_append_text(&w->bytes, "%PDF-1.5\n");
}

static void add(written *w, const char *object)
{
    w->offsets[++w->count] = w->bytes.size;
    buffer_printf(&w->bytes, "%u 0 obj %s endobj\n", w->count, object);
}

static view end_with_table(written *w)
{
    size_t start = w->bytes.size;
    buffer_printf(&w->bytes, "xref\n0 %u\n0000000000 65535 f \n", w->count + 1);
    for (uint32_t i = 1; i <= w->count; i++)
        buffer_printf(&w->bytes, "%010zu 00000 n \n", w->offsets[i]);
    buffer_printf(&w->bytes, "trailer << /Root 1 0 R >>\nstartxref\n%zu\n%%%%EOF\n", start);
    return buffer_view(&w->bytes);
}

static void open_file(pdf_file *f, view bytes, arena *a)
{
    kith_error err = {0};
    arena_init(a, 0);
    if (pdf_file_open(f, bytes, a, &err) != KITH_OK) fail_msg("%s", err.message);
}

static void close_file(pdf_file *f, written *w, arena *a)
{
    pdf_file_done(f);
    buffer_done(&w->bytes);
    arena_done(a);
}

static void labels_follow_their_prefix_style_and_start(void **state)
{
    (void)state;
    static const char *const WANTED[] = {"i", "ii", "A-9", "A-10", "z", "aa", "", "Cover"};
    written w;
    pdf_file f;
    arena a;
    kith_error err = {0};
    const view *labels = NULL;
    begin(&w);
    add(&w, "<< /PageLabels << /Kids [2 0 R] >> >>");
    add(&w, "<< /Nums [0 <</S/r>> 2 <</S/D/P(A-)/St 9>> 4 <</S/a/St 26>> 6 <<>> 7 3 0 R] >>");
    add(&w, "<< /P (Cover) >>");
    open_file(&f, end_with_table(&w), &a);
    assert_status(KITH_OK, pdf_labels_read(&f, 8, &labels, &err));
    for (size_t i = 0; i < 8; i++)
        assert_view(labels[i], WANTED[i]);
    close_file(&f, &w, &a);
}

/* An object stream, and a table that is a stream whose rows PNG's "up" predicts. */
static view end_with_stream(written *w)
{
    unsigned char rows[5 * 6] = {0}, packed[200];
    const unsigned char table[5][5] = {
        {0, 0, 0, 0, 0}, {2, 0, 2, 0, 0}, {1, 0, 0, 0, 0}, {1, 0, 0, 0, 0}, {2, 0, 2, 0, 1}};
    unsigned char plain[5][5];
    memcpy(plain, table, sizeof plain);
    for (int i = 2; i < 4; i++) {
        size_t where = i == 2 ? w->offsets[1] : w->bytes.size;
        plain[i][1] = (unsigned char)(where >> 8);
        plain[i][2] = (unsigned char)where;
    }
    for (int i = 0; i < 5; i++) {
        rows[6 * i] = 2;
        for (int k = 0; k < 5; k++)
            rows[6 * i + 1 + k] = (unsigned char)(plain[i][k] - (i ? plain[i - 1][k] : 0));
    }
    uLongf size = sizeof packed;
    assert_int_equal(compress(packed, &size, rows, sizeof rows), Z_OK);
    size_t start = w->bytes.size;
    buffer_printf(&w->bytes,
                  "3 0 obj << /Type /XRef /W [1 2 2] /Size 5 /Root 1 0 R /Filter /FlateDecode "
                  "/Length %lu /DecodeParms << /Predictor 12 /Columns 5 >> >> stream\n",
                  (unsigned long)size);
    buffer_append(&w->bytes, (view){(const char *)packed, size});
    buffer_printf(&w->bytes, "\nendstream endobj\nstartxref\n%zu\n%%%%EOF", start);
    return buffer_view(&w->bytes);
}

static void a_table_and_objects_in_streams_are_read(void **state)
{
    (void)state;
    written w;
    pdf_file f;
    arena a;
    begin(&w);
    w.offsets[1] = w.bytes.size;
    buffer_append_text(&w.bytes,
                       "2 0 obj << /Type /ObjStm /N 2 /First 9 /Length 47 >> stream\n1 0 4 20 << "
                       "/Next 4 0 R >>   << /Said (yes) >>    \nendstream endobj\n");
    open_file(&f, end_with_stream(&w), &a);
    pdf_object next = pdf_get(&f, &f.catalog, "Next"), said = pdf_get(&f, &next, "Said");
    assert_view(said.text, "yes");
    close_file(&f, &w, &a);
}

static void a_file_that_leads_in_circles_ends(void **state)
{
    (void)state;
    written w;
    pdf_file f;
    arena a;
    kith_error err = {0};
    pdf_leaves leaves = {0};
    buffer bookmarks;
    view bytes;
    const view *labels = NULL;
    buffer_init(&bookmarks, 1 << 20);
    begin(&w);
    add(&w, "<< /Pages 2 0 R /Outlines 3 0 R /PageLabels 4 0 R /Names 4 0 R /Self 5 0 R /Dests 4 0 "
            "R >>");
    add(&w, "<< /Kids [2 0 R 2 0 R 6 0 R] >>");
    add(&w, "<< /First 3 0 R /Next 3 0 R /Title (Round) /Dest (there) >>");
    add(&w, "<< /Kids [4 0 R 4 0 R] /EmbeddedFiles 4 0 R /Dests 4 0 R >>");
    add(&w, "5 0 R");
    add(&w, "<< /Length 6 0 R /Filter 6 0 R >> stream\nabc\nendstream");
    open_file(&f, end_with_table(&w), &a);
    pdf_object self = pdf_get(&f, &f.catalog, "Self");
    assert_int_equal(self.kind, PDF_NULL);
    assert_status(KITH_OK, pdf_leaves_read(&f, 100, &leaves, &err));
    assert_status(KITH_OK, pdf_bookmarks_read(&f, &leaves, &bookmarks, &err));
    assert_status(KITH_OK, pdf_labels_read(&f, 10, &labels, &err));
    const pdf_object link = {.kind = PDF_REFERENCE, .number = 6};
    pdf_object stream = pdf_resolve(&f, &link);
    assert_false(pdf_stream_read(&f, &stream, &bytes));
    pdf_leaves_done(&leaves);
    buffer_done(&bookmarks);
    close_file(&f, &w, &a);
}

static void a_table_that_leads_back_to_itself_is_read_once(void **state)
{
    (void)state;
    written w;
    pdf_file f;
    arena a;
    begin(&w);
    add(&w, "<< /Said (yes) >>");
    size_t start = w.bytes.size;
    buffer_printf(&w.bytes, "xref\n0 2\n0000000000 65535 f \n%010zu 00000 n \n", w.offsets[1]);
    buffer_append_text(&w.bytes, "trailer << /Root 1 0 R /Wide [");
    for (int i = 0; i < 2000; i++)
        buffer_append_text(&w.bytes, " 0");
    buffer_printf(&w.bytes, " ] /Prev %zu >>\nstartxref\n%zu\n%%%%EOF\n", start, start);
    open_file(&f, buffer_view(&w.bytes), &a);
    pdf_object said = pdf_get(&f, &f.catalog, "Said");
    assert_view(said.text, "yes");
    assert_in_range(a.used, 1, 2 * 2000 * sizeof(pdf_object));
    close_file(&f, &w, &a);
}

static void annotations_are_given_up_one_by_one(void **state)
{
    (void)state;
    enum { LINKS = 20000 };
    written w;
    pdf_file f;
    arena a;
    kith_error err = {0};
    pdf_leaves leaves = {0};
    pdf_layout layout;
    buffer notes;
    begin(&w);
    add(&w, "<< /Pages 2 0 R >>");
    add(&w, "<< /Kids [3 0 R] >>");
    add(&w, "<< /Type /Page /MediaBox [0 0 600 800] /Annots 5 0 R >>");
    add(&w, "<< /Subtype /Link /Rect [1 2 3 4] /Border [0 0 0] /A << /S /URI /URI (x\\051) >> >>");
    w.offsets[++w.count] = w.bytes.size;
    buffer_append_text(&w.bytes, "5 0 obj [");
    for (int i = 0; i < LINKS; i++)
        buffer_append_text(&w.bytes, " 4 0 R");
    buffer_append_text(&w.bytes, " 6 0 R ] endobj\n");
    add(&w, "<< /Subtype /Text /Contents (the last one) >>");
    pdf_layout_init(&layout);
    assert_status(KITH_OK,
                  pdf_layout_read(&layout,
                                  VIEW("level\tpage_num\tpar_num\tblock_num\tline_num\t"
                                       "word_num\tleft\ttop\twidth\theight\tconf\ttext\n"
                                       "1\t1\t0\t0\t0\t0\t0\t0\t600\t800\t-1\t###PAGE###\n"),
                                  10, &err));
    assert_int_equal(pdf_page_count(&layout), 1);
    open_file(&f, end_with_table(&w), &a);
    assert_status(KITH_OK, pdf_leaves_read(&f, 10, &leaves, &err));
    buffer_init(&notes, 1 << 20);
    size_t before = a.used;
    assert_status(KITH_OK, pdf_notes_read(&f, &leaves, &layout, &notes, &err));
    assert_int_equal(notes.size, sizeof(pdf_note));
    assert_view(((pdf_note *)(void *)notes.data)->text, "the last one");
    assert_in_range(a.used - before, 1, 1000);
    pdf_layout_done(&layout);
    pdf_leaves_done(&leaves);
    buffer_done(&notes);
    close_file(&f, &w, &a);
}

static void a_table_that_leads_nowhere_gives_no_objects(void **state)
{
    (void)state;
    static const char *const ENDS[] = {
        "", "startxref\n999999999999\n", "startxref\n0\n", "startxref\n9\n",
        "xref\n0 1\n0000000000 65535 f \ntrailer << /Root 1 0 R /Prev 9 >>\nstartxref\n9\n"};
    for (size_t i = 0; i < sizeof ENDS / sizeof ENDS[0]; i++) {
        written w;
        pdf_file f;
        arena a;
        begin(&w);
        buffer_append_text(&w.bytes, ENDS[i]);
        open_file(&f, buffer_view(&w.bytes), &a);
        assert_int_equal(f.catalog.kind, PDF_NULL);
        close_file(&f, &w, &a);
    }
}

static void streams_have_a_limit_of_their_own_and_one_together(void **state)
{
    (void)state;
    enum { LARGE = 50 << 20 };
    written w;
    pdf_file f;
    arena a;
    uLongf size = compressBound(LARGE);
    unsigned char *plain = calloc(LARGE, 1), *packed = malloc(size);
    assert_non_null(plain);
    assert_int_equal(compress2(packed, &size, plain, LARGE, 1), Z_OK);
    begin(&w);
    add(&w, "<< >>");
    open_file(&f, end_with_table(&w), &a);
    const pdf_object pair[] = {{.kind = PDF_NAME, .text = VIEW("Filter")},
                               {.kind = PDF_NAME, .text = VIEW("FlateDecode")}};
    const pdf_object stream = {.kind = PDF_DICTIONARY,
                               .is_stream = true,
                               .count = 1,
                               .elements = pair,
                               .text = {(const char *)packed, size}};
    view bytes;
    int read = 0;
    for (; read < 9 && pdf_stream_read(&f, &stream, &bytes); read++)
        assert_int_equal(bytes.size, LARGE);
    assert_int_equal(read, PDF_MAX_INFLATED_BYTES / LARGE);
    free(plain);
    free(packed);
    close_file(&f, &w, &a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_of_each_kind_are_read),
        cmocka_unit_test(a_comment_without_a_line_end_ends_with_the_file),
        cmocka_unit_test(what_ends_too_early_or_nests_too_deep_ends),
        cmocka_unit_test(texts_are_in_one_of_three_encodings),
        cmocka_unit_test(labels_follow_their_prefix_style_and_start),
        cmocka_unit_test(a_table_and_objects_in_streams_are_read),
        cmocka_unit_test(a_file_that_leads_in_circles_ends),
        cmocka_unit_test(a_table_that_leads_back_to_itself_is_read_once),
        cmocka_unit_test(annotations_are_given_up_one_by_one),
        cmocka_unit_test(a_table_that_leads_nowhere_gives_no_objects),
        cmocka_unit_test(streams_have_a_limit_of_their_own_and_one_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
