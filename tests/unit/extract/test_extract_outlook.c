/* Outlook's messages: as files of their own (msg) and as the part winmail.dat of a mail (TNEF). */
#include "extracted.h"
#include "ole_writer.h"

#include "extract/rtf_compressed.h"

/* 2025-03-04 10:00 UTC in ticks of 100 ns since 1601. */
static const uint64_t MARCH_4 = 133855560000000000;

/* ASCII as UTF-16. */
static view wide(const char *text, buffer *out)
{
    size_t start = out->size;
    for (const char *c = text; *c; c++)
        ole_u16(out, (unsigned char)*c);
    return view_slice(buffer_view(out), start, out->size);
}

static void put_text(ole_writer *w, uint32_t storage, const char *name, const char *text)
{
    buffer bytes;
    buffer_init(&bytes, 1 << 20);
    ole_stream(w, storage, name, wide(text, &bytes));
    buffer_done(&bytes);
}

/* The stream of values of fixed size: their numbers and values. */
static void put_numbers(ole_writer *w, uint32_t storage, size_t header, uint32_t tag,
                        uint64_t value)
{
    buffer bytes;
    buffer_init(&bytes, 1 << 20);
    ole_zeros(&bytes, header);
    buffer_append_u32(&bytes, tag);
    buffer_append_u32(&bytes, 6);
    buffer_append_u64(&bytes, value);
    ole_stream(w, storage, "__properties_version1.0", buffer_view(&bytes));
    buffer_done(&bytes);
}

static void put_person(ole_writer *w, const char *storage, uint32_t kind, const char *name,
                       const char *address)
{
    uint32_t person = ole_storage(w, 0, storage);
    put_numbers(w, person, 8, 0x0C150003, kind);
    put_text(w, person, "__substg1.0_3001001F", name);
    put_text(w, person, "__substg1.0_39FE001F", address);
}

static void a_message_has_people_a_date_a_body_and_attachments(void **state)
{
    (void)state;
    extracted e;
    ole_writer w;
    ole_init(&w);
    put_numbers(&w, 0, 32, 0x00390040, MARCH_4);
    put_text(&w, 0, "__substg1.0_0037001F", "Bridge bearings");
    ole_stream(&w, 0, "__substg1.0_0042001E", VIEW("Zo\xEB")); // bytes, no code page told
    put_text(&w, 0, "__substg1.0_5D02001F", "zoe@example.org");
    put_text(&w, 0, "__substg1.0_1000001F", "They wear out.\r\nWe need new ones.");
    put_person(&w, "__recip_version1.0_#00000000", 1, "Ann", "ann@example.org");
    put_person(&w, "__recip_version1.0_#00000001", 2, "Ben", "ben@example.org");
    put_person(&w, "__recip_version1.0_#00000002", 3, "Secret", "secret@example.org");
    uint32_t file = ole_storage(&w, 0, "__attach_version1.0_#00000000");
    put_text(&w, file, "__substg1.0_3707001F", "C:\\work\\plan.txt");
    ole_stream(&w, file, "__substg1.0_37010102", VIEW("the plan"));
    uint32_t holder = ole_storage(&w, 0, "__attach_version1.0_#00000001");
    put_text(&w, holder, "__substg1.0_3001001F", "Old news");
    uint32_t inner = ole_storage(&w, holder, "__substg1.0_3701000D");
    put_numbers(&w, inner, 24, 0x00390040, MARCH_4);
    put_text(&w, inner, "__substg1.0_0037001F", "Old news");
    put_text(&w, inner, "__substg1.0_1000001F", "It was raining.");
    extracted_expect(&e, "letter.msg", ole_finish(&w), 2);
    const document *d = &e.found.documents[0];
    assert_view(d->id, "letter");
    assert_view(d->title, "Bridge bearings");
    assert_view(d->text, "Subject: Bridge bearings\nFrom: Zo\xC3\xAB <zoe@example.org>\n"
                         "To: Ann <ann@example.org>\nCc: Ben <ben@example.org>\n"
                         "Date: 2025-03-04T10:00:00Z\n\nThey wear out.\nWe need new ones.");
    assert_field(d, "dated", "2025-03-04T10:00:00Z");
    assert_view(e.found.documents[1].id, "letter/Old news.msg");
    assert_int_equal(e.found.attachment_count, 1);
    assert_view(e.found.attachments[0].owner, "letter");
    assert_view(e.found.attachments[0].name, "plan.txt");
    assert_view(e.found.attachments[0].bytes, "the plan");
    extracted_done(&e);
    ole_done(&w);
}

static void html_and_code_pages_are_read_where_there_is_no_plain_text(void **state)
{
    (void)state;
    extracted e;
    ole_writer w;
    ole_init(&w);
    put_numbers(&w, 0, 32, 0x3FDE0003, 1251);
    ole_stream(&w, 0, "__substg1.0_0037001E", VIEW("\xCC\xEE\xF1\xF2")); // in 1251
    ole_stream(&w, 0, "__substg1.0_10130102", VIEW("<p>\xCC\xEE\xF1\xEA\xE2\xE0</p>"));
    extracted_expect(&e, "a.msg", ole_finish(&w), 1);
    assert_view(e.found.documents[0].text, "Subject: \xD0\x9C\xD0\xBE\xD1\x81\xD1\x82\n\n"
                                           "\xD0\x9C\xD0\xBE\xD1\x81\xD0\xBA\xD0\xB2\xD0\xB0");
    extracted_done(&e);
    ole_done(&w);
}

static void a_shell_of_an_encrypted_message_is_refused(void **state)
{
    (void)state;
    ole_writer w;
    ole_init(&w);
    put_numbers(&w, 0, 32, 0x00390040, MARCH_4);
    put_text(&w, 0, "__substg1.0_001A001F", "IPM.Note.SMIME");
    extracted_expect_failure("a.msg", ole_finish(&w), KITH_ERR_AUTH, "encrypted");
    ole_done(&w);
    ole_init(&w);
    ole_stream(&w, 0, "Other", VIEW("x"));
    extracted_expect_failure("a.msg", ole_finish(&w), KITH_ERR_FORMAT, "no message");
    ole_done(&w);
}

/* Source: [MS-OXRTFCP] 4.1, the two examples of the specification. */
static void compressed_rtf_is_unpacked(void **state)
{
    (void)state;
    static const unsigned char SIMPLE[] = {
        0x2D, 0x00, 0x00, 0x00, 0x2B, 0x00, 0x00, 0x00, 0x4C, 0x5A, 0x46, 0x75, 0xF1,
        0xC5, 0xC7, 0xA7, 0x03, 0x00, 0x0A, 0x00, 0x72, 0x63, 0x70, 0x67, 0x31, 0x32,
        0x35, 0x42, 0x32, 0x0A, 0xF3, 0x20, 0x68, 0x65, 0x6C, 0x09, 0x00, 0x20, 0x62,
        0x77, 0x05, 0xB0, 0x6C, 0x64, 0x7D, 0x0A, 0x80, 0x0F, 0xA0};
    static const unsigned char REPEATING[] = {
        0x1A, 0x00, 0x00, 0x00, 0x1C, 0x00, 0x00, 0x00, 0x4C, 0x5A, 0x46, 0x75, 0xE2, 0xD4, 0x4B,
        0x51, 0x41, 0x00, 0x04, 0x20, 0x57, 0x58, 0x59, 0x5A, 0x0D, 0x6E, 0x7D, 0x01, 0x0E, 0xB0};
    kith_error err = {0};
    buffer out;
    buffer_init(&out, 1 << 20);
    assert_int_equal(rtf_compressed_append((view){(const char *)SIMPLE, sizeof SIMPLE}, &out, &err),
                     KITH_OK);
    assert_view(buffer_view(&out), "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
    buffer_reset(&out);
    assert_int_equal(
        rtf_compressed_append((view){(const char *)REPEATING, sizeof REPEATING}, &out, &err),
        KITH_OK);
    assert_view(buffer_view(&out), "{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}");
    assert_int_equal(rtf_compressed_append(VIEW("too short"), &out, &err), KITH_ERR_FORMAT);
    assert_int_equal(rtf_compressed_append(VIEW("0123456789abcdefg"), &out, &err), KITH_ERR_FORMAT);
    buffer_done(&out);
}

/* ---- TNEF ---- */

static void put_attribute(buffer *out, int level, uint32_t id, view bytes)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < bytes.size; i++)
        sum += (unsigned char)bytes.data[i];
    buffer_append_byte(out, (char)level);
    buffer_append_u32(out, id);
    buffer_append_u32(out, (uint32_t)bytes.size);
    buffer_append(out, bytes);
    ole_u16(out, sum & 0xFFFF);
}

static void put_value(buffer *out, uint32_t tag, view bytes)
{
    buffer_append_u32(out, tag);
    buffer_append_u32(out, 1);
    buffer_append_u32(out, (uint32_t)bytes.size);
    buffer_append(out, bytes);
    while (out->size % 4)
        buffer_append_byte(out, 0);
}

/* A message with a property that has a name, HTML and one file under two names. */
static void write_tnef(buffer *out)
{
    buffer properties, name;
    buffer_init(&properties, 1 << 20);
    buffer_init(&name, 1 << 20);
    buffer_append(out, VIEW("\x78\x9F\x3E\x22\x01\x00"));
    put_attribute(out, 1, 0x00018004, VIEW("Old subject\0"));
    buffer_append_u32(&properties, 4);
    buffer_append_u32(&properties, 0x80010003); // its name: 16 bytes, a kind, a number
    ole_zeros(&properties, 16);
    buffer_append_u32(&properties, 0);
    buffer_append_u32(&properties, 0x8208);
    buffer_append_u32(&properties, 1);
    buffer_append_u32(&properties, 0x0E06000B);
    buffer_append_u32(&properties, 1);
    put_value(&properties, 0x0037001F, wide("New subject", &name));
    put_value(&properties, 0x10130102, VIEW("<p>The bearings wear out.</p>"));
    put_attribute(out, 1, 0x00069003, buffer_view(&properties));
    put_attribute(out, 2, 0x00069002, VIEW("0123456789abcd"));
    put_attribute(out, 2, 0x00018010, VIEW("PLAN~1.TXT\0"));
    put_attribute(out, 2, 0x0006800F, VIEW("the plan"));
    buffer_reset(&properties);
    buffer_append_u32(&properties, 1);
    put_value(&properties, 0x3707001E, VIEW("plan of work.txt\0"));
    put_attribute(out, 2, 0x00069005, buffer_view(&properties));
    buffer_done(&properties);
    buffer_done(&name);
}

static void tnef_is_read_as_a_message(void **state)
{
    (void)state;
    extracted e;
    buffer out;
    buffer_init(&out, 1 << 20);
    write_tnef(&out);
    extracted_expect(&e, "winmail.dat", buffer_view(&out), 1);
    assert_view(e.found.documents[0].text, "Subject: New subject\n\nThe bearings wear out.");
    assert_int_equal(e.found.attachment_count, 1);
    assert_view(e.found.attachments[0].name, "plan of work.txt");
    assert_view(e.found.attachments[0].bytes, "the plan");
    extracted_done(&e);
    for (size_t size = 0; size < out.size; size++) { // cut off anywhere
        kith_status status = extracted_open(&e, "a.tnef", view_slice(buffer_view(&out), 0, size));
        assert_true(status == KITH_OK || status == KITH_ERR_FORMAT);
        extracted_done(&e);
    }
    buffer_done(&out);
}

/* A text under the name 0x8208 of a set: of appointments the place. */
static void expect_place(view set, const char *text)
{
    extracted e;
    buffer out, properties, name;
    buffer_init(&out, 1 << 20);
    buffer_init(&properties, 1 << 20);
    buffer_init(&name, 1 << 20);
    buffer_append(&out, VIEW("\x78\x9F\x3E\x22\x01\x00"));
    buffer_append_u32(&properties, 3);
    put_value(&properties, 0x001A001E, VIEW("IPM.Appointment\0"));
    buffer_append_u32(&properties, 0x8005001F);
    buffer_append(&properties, set);
    buffer_append_u32(&properties, 0);
    buffer_append_u32(&properties, 0x8208);
    view place = wide("Hall 7", &name);
    buffer_append_u32(&properties, 1);
    buffer_append_u32(&properties, (uint32_t)place.size);
    buffer_append(&properties, place);
    put_value(&properties, 0x1000001E, VIEW("Bring a rope.\0"));
    put_attribute(&out, 1, 0x00069003, buffer_view(&properties));
    extracted_expect(&e, "winmail.dat", buffer_view(&out), 1);
    assert_view(e.found.documents[0].text, text);
    extracted_done(&e);
    buffer_done(&name);
    buffer_done(&properties);
    buffer_done(&out);
}

static void tnef_has_the_place_of_an_appointment(void **state)
{
    (void)state;
    expect_place(VIEW("\x02\x20\x06\0\0\0\0\0\xC0\0\0\0\0\0\0\x46"),
                 "Where: Hall 7\n\nBring a rope.");
    expect_place(VIEW("\x03\x20\x06\0\0\0\0\0\xC0\0\0\0\0\0\0\x46"), "Bring a rope.");
    expect_place(VIEW("\x02\x20\x06\0\0\0\0\0\xC0\0\0\0\0\0\0\x47"), "Bring a rope.");
}

static void tnef_has_the_categories_of_a_message(void **state)
{
    (void)state;
    extracted e;
    buffer out, properties, name;
    buffer_init(&out, 1 << 20);
    buffer_init(&properties, 1 << 20);
    buffer_init(&name, 1 << 20);
    buffer_append(&out, VIEW("\x78\x9F\x3E\x22\x01\x00"));
    buffer_append_u32(&properties, 2);
    buffer_append_u32(&properties, 0x8003101F); // several texts, under a name that is a text
    buffer_append(&properties, VIEW("\x29\x03\x02\0\0\0\0\0\xC0\0\0\0\0\0\0\x46"));
    buffer_append_u32(&properties, 1);
    buffer_append_u32(&properties, 18);
    buffer_append(&properties, VIEW("K\0e\0y\0w\0o\0r\0d\0s\0\0\0\0\0")); // filled up to four
    buffer_append_u32(&properties, 2);
    buffer_append_u32(&properties, 8);
    buffer_append(&properties, VIEW("R\0e\0d\0\0\0"));
    buffer_append_u32(&properties, 6);
    buffer_append(&properties, VIEW("U\0p\0\0\0\0\0"));
    put_value(&properties, 0x1000001E, VIEW("Bring a rope.\0"));
    put_attribute(&out, 1, 0x00069003, buffer_view(&properties));
    extracted_expect(&e, "winmail.dat", buffer_view(&out), 1);
    assert_view(e.found.documents[0].text, "Categories: Red, Up\n\nBring a rope.");
    extracted_done(&e);
    buffer_done(&name);
    buffer_done(&properties);
    buffer_done(&out);
}

static void tnef_that_holds_nothing_is_no_failure(void **state)
{
    (void)state;
    extracted e;
    view nothing = VIEW("\x78\x9F\x3E\x22\x01\x00");
    assert_int_equal(extracted_open(&e, "winmail.dat", nothing), KITH_OK);
    for (uint32_t i = 0; i < e.found.document_count; i++)
        assert_int_equal(e.found.documents[i].text.size, 0);
    extracted_done(&e);
    view cut = VIEW("\x78\x9F\x3E\x22\x01\x00\x01");
    assert_int_equal(extracted_open(&e, "winmail.dat", cut), KITH_ERR_FORMAT);
    extracted_done(&e);
}

static void expect_mail(const char *body, view tnef, const char *text)
{
    extracted e;
    buffer mail;
    buffer_init(&mail, 1 << 20);
    buffer_append_text(
        &mail,
        "Subject: Plans\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n");
    buffer_append_text(&mail, "Content-Type: text/plain\n\n");
    buffer_append_text(&mail, body);
    buffer_append_text(&mail, "\n--b\nContent-Type: application/ms-tnef; name=winmail.dat\n"
                              "Content-Transfer-Encoding: binary\n\n");
    buffer_append(&mail, tnef);
    buffer_append_text(&mail, "\n--b--\n");
    extracted_expect(&e, "a.eml", buffer_view(&mail), 1);
    assert_view(e.found.documents[0].text, text);
    assert_int_equal(e.found.attachment_count, 1);
    assert_view(e.found.attachments[0].owner, "a");
    assert_view(e.found.attachments[0].name, "plan of work.txt");
    extracted_done(&e);
    buffer_done(&mail);
}

static void winmail_gives_a_mail_its_files_and_a_text_where_it_has_none(void **state)
{
    (void)state;
    buffer out;
    buffer_init(&out, 1 << 20);
    write_tnef(&out);
    expect_mail("See the plan.", buffer_view(&out), "Subject: Plans\n\nSee the plan.");
    expect_mail("", buffer_view(&out), "Subject: Plans\n\nThe bearings wear out.");
    buffer_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_has_people_a_date_a_body_and_attachments),
        cmocka_unit_test(html_and_code_pages_are_read_where_there_is_no_plain_text),
        cmocka_unit_test(a_shell_of_an_encrypted_message_is_refused),
        cmocka_unit_test(compressed_rtf_is_unpacked),
        cmocka_unit_test(tnef_is_read_as_a_message),
        cmocka_unit_test(tnef_has_the_place_of_an_appointment),
        cmocka_unit_test(tnef_has_the_categories_of_a_message),
        cmocka_unit_test(tnef_that_holds_nothing_is_no_failure),
        cmocka_unit_test(winmail_gives_a_mail_its_files_and_a_text_where_it_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
