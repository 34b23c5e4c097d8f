/* Which messages are read without converters: those of UTF-8 in whatever plain form, no others. */
#include "test.h"

#include "extract/mail_charset.h"

static void expect(bool needed, const char *message)
{
    if (mail_needs_converter(view_of(message)) != needed)
        fail_msg("%s: %s", needed ? "needs converters" : "needs none", message);
}

static void utf8_needs_none(void **state)
{
    (void)state;
    expect(false, "");
    expect(false, "Subject: a\n\nhello\n");
    expect(false,
           "Subject: gr\xC3\xBC\xC3\x9F\nContent-Type: text/plain; charset=gbk\n\n\xE4\xB8\xAD\n");
    expect(false, "Content-Transfer-Encoding: 8bit\r\n\r\nhello base64\r\n");
    expect(false, "content-transfer-encoding:Quoted-Printable\n\ngr=C3=\n=BC=c3=9f, a = b\n====\n");
    expect(false, "Subject: =?UTF-8?Q?gr=C3=BC=C3=9F?=\n\nhello\n");
}

static void other_bytes_need_them(void **state)
{
    (void)state;
    expect(true, "Subject: a\n\nCaf\xE9\n");
    expect(true, "Subject: a\n\n\x1B$B%F\x1B(B\n");
}

static void quoted_bytes_that_are_no_utf8_need_them(void **state)
{
    (void)state;
    expect(true, "Content-Transfer-Encoding: quoted-printable\n\nCaf=E9\n");
    expect(true, "Content-Transfer-Encoding: quoted-printable\n\n=1B$B%F=1B(B\n");
    expect(true, "Content-Transfer-Encoding: quoted-printable\n\n==C3=A9\n"); // decoders differ
}

static void other_transfer_encodings_need_them(void **state)
{
    (void)state;
    expect(true, "Content-Transfer-Encoding: base64\n\nQ2Fm6Q==\n");
    expect(true, "Content-Transfer-Encoding :\n BASE64\n\nQ2Fm6Q\n");
    expect(true, "Content-Transfer-Encoding: 8bitter\n\nhello\n");
    expect(true, "A: b\n\n--x\nContent-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n");
}

static void names_of_charsets_in_headers_need_them(void **state)
{
    (void)state;
    expect(true, "Subject: =?iso-8859-1?Q?Caf=E9?=\n\nhello\n");
    expect(true, "Subject: =?utf-8?Q?a?= =?koi8-r?B?4Q?=\n\nhello\n");
    expect(true, "Content-Disposition: attachment; filename*=iso-8859-1''Caf%E9\n\nhello\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_needs_none),
        cmocka_unit_test(other_bytes_need_them),
        cmocka_unit_test(quoted_bytes_that_are_no_utf8_need_them),
        cmocka_unit_test(other_transfer_encodings_need_them),
        cmocka_unit_test(names_of_charsets_in_headers_need_them),
    };
    return cmocka_run_group_tests_name("mail charset", tests, NULL, NULL);
}
