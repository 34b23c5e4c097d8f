/* PDF through pdftotext: pages, mended words, and the ways in which it fails. */
#include "extracted.h"

#include "extract/extract_file.h"
#include "extract/outside_program.h"

typedef struct pdf_writer {
    buffer file;
    size_t offsets[64];
    uint32_t count; // of objects, numbered from 1
} pdf_writer;

static void add_object(pdf_writer *w, const char *content)
{
    w->offsets[w->count++] = w->file.size;
    buffer_printf(&w->file, "%u 0 obj\n%s\nendobj\n", w->count, content);
}

static void add_stream(pdf_writer *w, const char *dictionary, const char *content)
{
    w->offsets[w->count++] = w->file.size;
    buffer_printf(&w->file, "%u 0 obj\n<< %s /Length %zu >>\nstream\n%s\nendstream\nendobj\n",
                  w->count, dictionary, strlen(content), content);
}

static view finish_pdf(pdf_writer *w, const char *trailer)
{
    size_t start = w->file.size;
    buffer_printf(&w->file, "xref\n0 %u\n0000000000 65535 f \n", w->count + 1);
    for (uint32_t i = 0; i < w->count; i++)
        buffer_printf(&w->file, "%010zu 00000 n \n", w->offsets[i]);
    buffer_printf(&w->file, "trailer\n<< /Size %u /Root 1 0 R %s >>\nstartxref\n%zu\n%%%%EOF\n",
                  w->count + 1, trailer, start);
    return buffer_view(&w->file);
}

/* Two pages of these lines, each shown by Tj with a new line after it. */
static view write_pdf(pdf_writer *w, const char *first, const char *second, const char *trailer)
{
    *w = (pdf_writer){0};
    buffer_init(&w->file, 1 << 20);
    buffer_append_text(&w->file, "%PDF-1.4\n");
    add_object(w, "<< /Type /Catalog /Pages 2 0 R >>");
    add_object(w, "<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 /MediaBox [0 0 400 400] "
                  "/Resources << /Font << /F 5 0 R >> /XObject << /X 8 0 R >> >> >>");
    add_object(w, "<< /Type /Page /Parent 2 0 R /Contents 6 0 R >>");
    add_object(w, "<< /Type /Page /Parent 2 0 R /Contents 7 0 R >>");
    add_object(w, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
    add_stream(w, "", first);
    add_stream(w, "", second);
    // Twenty forms, each drawing the next ten times: 10^20 drawings.
    for (int i = 0; i < 20; i++) {
        char dictionary[120];
        (void)snprintf(dictionary, sizeof dictionary,
                       "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X "
                       "%u 0 R >> >>",
                       i < 19 ? w->count + 2 : 5);
        add_stream(w, dictionary, "/X Do /X Do /X Do /X Do /X Do /X Do /X Do /X Do /X Do /X Do");
    }
    return finish_pdf(w, trailer);
}

static const char PAGE_ONE[] =
    "BT /F 12 Tf 14 TL 20 300 Td (The nominal out-) Tj T* (put of it is high.) Tj T* (Next.) Tj ET";
static const char PAGE_TWO[] = "BT /F 12 Tf 20 300 Td (Second page.) Tj ET";

static void expect(extracted *e, view bytes)
{
    extract_options options = {.worker = KITH_TEST_WORKER};
    *e = (extracted){0};
    arena_init(&e->memory, 0);
    kith_status status =
        extract_file(VIEW("report.pdf"), bytes, &options, &e->memory, &e->found, &e->err);
    if (status != KITH_OK) fail_msg("%s", e->err.message);
}

static void expect_failure(view bytes, kith_status status, const char *words)
{
    extracted e = {0};
    extract_options options = {.worker = KITH_TEST_WORKER, .cpu_s = 2};
    arena_init(&e.memory, 0);
    kith_status got =
        extract_file(VIEW("report.pdf"), bytes, &options, &e.memory, &e.found, &e.err);
    if (got != status || !strstr(e.err.message, words))
        fail_msg("%s: %s", kith_status_name(got), e.err.message);
    arena_done(&e.memory);
}

static void pages_are_counted_and_broken_words_mended(void **state)
{
    (void)state;
    extracted e;
    pdf_writer w;
    expect(&e, write_pdf(&w, PAGE_ONE, PAGE_TWO, ""));
    const document *d = &e.found.documents[0];
    assert_view(d->text, "The nominal output of it is high.\nNext.\n\nSecond page.");
    assert_int_equal(d->mark_count, 2);
    assert_int_equal(d->marks[1].kind, PLACE_PAGE);
    assert_int_equal(d->marks[1].number, 2);
    assert_int_equal(d->marks[1].offset, d->text.size - strlen("Second page."));
    assert_view(d->id, "report");
    assert_field(d, "type", "pdf");
    extracted_done(&e);
    buffer_done(&w.file);
}

static void an_empty_page_is_counted_too(void **state)
{
    (void)state;
    extracted e;
    pdf_writer w;
    expect(&e, write_pdf(&w, "", PAGE_TWO, ""));
    assert_view(e.found.documents[0].text, "Second page.");
    assert_int_equal(e.found.documents[0].mark_count, 1);
    assert_int_equal(e.found.documents[0].marks[0].number, 2);
    extracted_done(&e);
    buffer_done(&w.file);
}

static void damaged_encrypted_and_empty_files_are_told_apart(void **state)
{
    (void)state;
    pdf_writer w;
    expect_failure(VIEW("%PDF-1.7 and so on"), KITH_ERR_FORMAT, "damaged PDF");
    view locked = write_pdf(
        &w, PAGE_ONE, PAGE_TWO,
        "/ID [<00112233445566778899AABBCCDDEEFF> <00112233445566778899AABBCCDDEEFF>] /Encrypt << "
        "/Filter /Standard /V 1 /R 2 /P -4 /O "
        "<000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F> /U "
        "<000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F> >>");
    expect_failure(locked, KITH_ERR_AUTH, "encrypted");
    buffer_done(&w.file);
    expect_failure(write_pdf(&w, "", "", ""), KITH_ERR_UNSUPPORTED, "no text in");
    buffer_done(&w.file);
}

static void a_file_that_keeps_pdftotext_busy_is_given_up(void **state)
{
    (void)state;
    pdf_writer w;
    expect_failure(write_pdf(&w, "/X Do", PAGE_TWO, ""), KITH_ERR_TIMEOUT, "stopped after");
    buffer_done(&w.file);
}

static void without_pdftotext_the_message_says_what_to_install(void **state)
{
    (void)state;
    buffer out;
    kith_error err = {0};
    int exit_status = 0;
    outside_run run = {.kind = FILE_PDF, .bytes = VIEW("%PDF"), .wall_ms = 1000};
    buffer_init(&out, 100);
    assert_status(KITH_ERR_UNSUPPORTED, outside_program_run(&run, &out, &exit_status, &err));
    assert_non_null(strstr(err.message, "poppler-utils"));
    run.program = "/nowhere/x";
    assert_status(KITH_ERR_UNSUPPORTED, outside_program_run(&run, &out, &exit_status, &err));
    buffer_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_are_counted_and_broken_words_mended),
        cmocka_unit_test(an_empty_page_is_counted_too),
        cmocka_unit_test(damaged_encrypted_and_empty_files_are_told_apart),
        cmocka_unit_test(a_file_that_keeps_pdftotext_busy_is_given_up),
        cmocka_unit_test(without_pdftotext_the_message_says_what_to_install),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
