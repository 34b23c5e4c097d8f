/* extract_file: who parses what, and what becomes of a file when its parser does not come back. */
#include "extracted.h"
#include "zip_writer.h"

#include "extract/extract_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static kith_status open_with(extracted *e, const char *name, view bytes,
                             const extract_options *options)
{
    *e = (extracted){0};
    arena_init(&e->memory, 0);
    return extract_file(view_of(name), bytes, options, &e->memory, &e->found, &e->err);
}

static void expect(extracted *e, const char *name, view bytes, uint32_t count)
{
    extract_options options = {.worker = KITH_TEST_WORKER};
    if (open_with(e, name, bytes, &options) != KITH_OK) fail_msg("%s: %s", name, e->err.message);
    assert_int_equal(e->found.document_count, count);
}

static void expect_failure(const char *name, view bytes, const char *worker, kith_status status,
                           const char *words)
{
    extracted e;
    extract_options options = {.worker = worker, .cpu_s = 2};
    kith_status got = open_with(&e, name, bytes, &options);
    if (got != status || !strstr(e.err.message, words))
        fail_msg("%s: %s: %s", name, kith_status_name(got), e.err.message);
    extracted_done(&e);
}

static view write_docx(zip_writer *z, const char *text)
{
    char body[200];
    (void)snprintf(body, sizeof body, "<d><p><t>%s</t></p></d>", text);
    zip_init(z);
    zip_add_text(z, "_rels/.rels",
                 "<Relationships><Relationship Id='r' Type='http://x/officeDocument' "
                 "Target='word/document.xml'/></Relationships>");
    zip_add_text(z, "word/document.xml", body);
    return zip_finish(z);
}

/* A stand-in for the worker: a line of shell. */
static const char *write_worker(const char *line)
{
    static char path[64];
    (void)snprintf(path, sizeof path, "/tmp/kith-test-worker-%d", (int)getpid());
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fprintf(f, "#!/bin/sh\n%s\n", line) > 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, 0700), 0);
    return path;
}

static void office_files_come_back_whole_from_the_worker(void **state)
{
    (void)state;
    extracted apart, here;
    zip_writer z;
    view file = write_docx(&z, "Gr\xC3\xBC\xC3\x9F"
                               "e");
    expect(&apart, "letter.docx", file, 1);
    extracted_expect(&here, "letter.docx", file, 1);
    const document *d = &apart.found.documents[0];
    assert_view(d->text, "Gr\xC3\xBC\xC3\x9F"
                         "e");
    assert_true(view_equal(d->id, here.found.documents[0].id));
    assert_field(d, "type", "docx");
    extracted_done(&apart);
    extracted_done(&here);
    expect_failure("a.docx", view_slice(file, 0, file.size - 9), KITH_TEST_WORKER, KITH_ERR_FORMAT,
                   "cut short");
    zip_done(&z);
}

static void a_page_is_parsed_by_the_worker_as_it_would_be_here(void **state)
{
    (void)state;
    extracted apart, here;
    view page = VIEW("<title>Gr&uuml;\xDF"
                     "e</title><h1>One</h1><p>a\r\nb</p><h2>Two</h2><table><tr><td>1<td>2");
    expect(&apart, "a page.html", page, 1);
    extracted_expect(&here, "a page.html", page, 1);
    const document *d = &apart.found.documents[0], *same = &here.found.documents[0];
    assert_true(view_equal(d->text, same->text) && view_equal(d->title, same->title));
    assert_view(d->id, "a page");
    assert_field(d, "encoding", "windows-1252");
    assert_heading(d, 1, "Two", "One > Two");
    extracted_done(&apart);
    extracted_done(&here);
    // A reader in this process would not notice that the worker is another program.
    expect_failure("a.html", page, write_worker("exit 5"), KITH_ERR_FORMAT,
                   "without an answer (exit status 5)");
    assert_int_equal(unlink(write_worker("")), 0);
}

static void without_a_worker_the_formats_that_need_one_are_not_read(void **state)
{
    (void)state;
    zip_writer z;
    view file = write_docx(&z, "x");
    expect_failure("a.docx", file, "/nowhere/kith-extract", KITH_ERR_UNSUPPORTED,
                   "kith-extract, which is not at '/nowhere");
    expect_failure("a.pdf", VIEW("%PDF-1.4"), "/nowhere/kith-extract", KITH_ERR_UNSUPPORTED,
                   "kith-extract");
    expect_failure("a.eml", VIEW("Subject: x\n\ny"), "/nowhere/kith-extract", KITH_ERR_UNSUPPORTED,
                   "kith-extract");
    expect_failure("a.html", VIEW("<p>x"), "/nowhere/kith-extract", KITH_ERR_UNSUPPORTED,
                   "kith-extract, which is not at '/nowhere");
    expect_failure("a.eml", VIEW("Subject: x\n\ny"), "/nowhere/kith-extract", KITH_ERR_UNSUPPORTED,
                   "kith-extract-mail, which is not at '/nowhere/kith-extract-mail'");
    extracted e;
    extract_options options = {.worker = "/nowhere/kith-extract"};
    assert_int_equal(open_with(&e, "a.md", VIEW("# Text"), &options), KITH_OK); // kith's own reader
    extracted_done(&e);
    zip_done(&z);
}

static void a_worker_that_crashes_or_hangs_costs_the_file_alone(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        kith_status status;
        const char *words;
    } CASES[] = {
        {"kill -SEGV $$", KITH_ERR_FORMAT, "crashed on it (signal 11)"},
        {"exit 2", KITH_ERR_FORMAT, "without an answer (exit status 2)"},
        {"exit 3", KITH_ERR_IO, "could not do its work (exit status 3)"},
        {"exit 127", KITH_ERR_IO, "could not do its work (exit status 127)"},
        {"while :; do :; done", KITH_ERR_TIMEOUT, "stopped after 2 seconds"},
        {"echo nonsense", KITH_ERR_FORMAT, "answer is damaged"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        expect_failure("a.epub", VIEW("PK"), write_worker(CASES[i].line), CASES[i].status,
                       CASES[i].words);
    assert_int_equal(unlink(write_worker("")), 0);
}

static void attachments_become_documents_of_their_own(void **state)
{
    (void)state;
    extracted e;
    expect(&e, "letter.eml",
           VIEW("Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\nFrom: Ann <ann@example.org>\n"
                "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; "
                "charset=iso-8859-2\nContent-Transfer-Encoding: quoted-printable\n\n=A3=F3d=BC\n"
                "--b\nContent-Type: extract/csv\nContent-Disposition: attachment; "
                "filename=\"../t.csv\"\n\na,b\n1,2\n--b\nContent-Type: message/rfc822\n\n"
                "Subject: Inner\n\nInner body.\n--b\nContent-Type: image/png; name=x.png\n"
                "Content-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--b\nContent-Type: "
                "application/pdf; name=broken.pdf\n\nno PDF\n--b--\n"),
           3);
    const document *d = e.found.documents;
    assert_view(d[0].id, "letter");
    assert_view(d[0].title, "Gr\xC3\xBC\xC3\x9F"
                            "e");
    assert_field(&d[0], "from", "Ann <ann@example.org>");
    assert_view(d[0].text, "Subject: Gr\xC3\xBC\xC3\x9F"
                           "e\nFrom: Ann <ann@example.org>\n\n"
                           "\xC5\x81\xC3\xB3"
                           "d\xC5\xBA");
    assert_view(d[1].id, "letter/t.csv");
    assert_view(d[1].text, "a: 1\nb: 2");
    assert_field(&d[1], "attachment", "t.csv");
    assert_view(d[2].id, "letter/Inner.eml");
    assert_view(d[2].text, "Subject: Inner\n\nInner body.");
    assert_int_equal(e.found.problem_count, 1); // the picture is left out silently
    assert_non_null(strstr(e.found.problems[0].reason.data, "attachment 'broken.pdf'"));
    extracted_done(&e);
}

static void mail_within_mail_ends_somewhere(void **state)
{
    (void)state;
    extracted e;
    buffer mail;
    buffer_init(&mail, 1 << 20);
    for (int i = 0; i < 10; i++)
        buffer_append_text(&mail, "Subject: s\nContent-Type: message/rfc822\n\n");
    buffer_append_text(&mail, "Subject: last\n\nbody\n");
    expect(&e, "a.eml", buffer_view(&mail), 1 + EXTRACT_MAX_NESTING);
    assert_non_null(strstr(e.found.problems[0].reason.data, "too deep"));
    extracted_done(&e);
    buffer_reset(&mail);
    buffer_append_text(&mail, "Subject: s\n");
    for (int i = 0; i < 5000; i++)
        buffer_printf(&mail, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i);
    extract_options options = {.worker = KITH_TEST_WORKER};
    kith_status status = open_with(&e, "a.eml", buffer_view(&mail), &options);
    assert_true(status == KITH_OK || status == KITH_ERR_LIMIT);
    extracted_done(&e);
    buffer_done(&mail);
}

static void a_mailbox_gives_a_document_for_each_message(void **state)
{
    (void)state;
    extracted e;
    expect(&e, "box.mbox",
           VIEW("From a@b Tue Mar  5 10:00:00 2024\nSubject: One\n\nFirst body.\n\n"
                "From a@b Tue Mar  5 11:00:00 2024\nSubject: Two\nContent-Type: text/html\n\n"
                "<p>Second <b>body</b>.</p><script>no()</script>\n"),
           2);
    const document *d = &e.found.documents[1];
    assert_view(d->id, "box-2");
    assert_view(d->text, "Subject: Two\n\nSecond body.");
    assert_int_equal(d->mark_count, 1);
    assert_int_equal(d->marks[0].kind, PLACE_MESSAGE);
    assert_int_equal(d->marks[0].number, 2);
    extracted_done(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(office_files_come_back_whole_from_the_worker),
        cmocka_unit_test(a_page_is_parsed_by_the_worker_as_it_would_be_here),
        cmocka_unit_test(without_a_worker_the_formats_that_need_one_are_not_read),
        cmocka_unit_test(a_worker_that_crashes_or_hangs_costs_the_file_alone),
        cmocka_unit_test(attachments_become_documents_of_their_own),
        cmocka_unit_test(mail_within_mail_ends_somewhere),
        cmocka_unit_test(a_mailbox_gives_a_document_for_each_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
