/* What mail is made of: mailboxes apart into messages, calendars, flowed and signed text. */
#include "test.h"

#include "extract/calendar.h"
#include "extract/calendar_rule.h"
#include "extract/mail_text.h"
#include "extract/mbox.h"

static void messages_are_parted_by_separators_alone(void **state)
{
    (void)state;
    view box = VIEW("From a@b Tue Mar  4 09:15:00 2025\nSubject: 1\n\nHe writes:\n\nFrom now on at "
                    "9:00.\n\nFrom here 2025-01-01 10:00 on\nno header\n>From old\n\n"
                    "From c@d Wed Mar  5 09:15:00 2025\r\nSubject: 2\r\n\r\ntext\n"
                    "From x Wed Mar  5 09:15:00 2025\nSubject: not behind a blank line\n");
    size_t at = 0;
    view message;
    assert_true(mbox_next(box, &at, &message));
    assert_true(view_starts_with(message, VIEW("Subject: 1\n")));
    assert_true(view_find(message, VIEW("no header")) < message.size);
    assert_true(mbox_is_quoted(message));
    assert_true(mbox_next(box, &at, &message));
    assert_true(view_starts_with(message, VIEW("Subject: 2\r\n")));
    assert_true(view_find(message, VIEW("not behind")) < message.size);
    assert_false(mbox_is_quoted(message));
    assert_false(mbox_next(box, &at, &message));
    at = 0;
    assert_false(mbox_next(VIEW(""), &at, &message));
    assert_false(mbox_next(VIEW("\n\nno mailbox"), &at, &message));
}

static void quoted_lines_lose_one_mark(void **state)
{
    (void)state;
    buffer out;
    buffer_init(&out, 1 << 10);
    mbox_append_unquoted(VIEW("a\n>From b\n>>From c\n> From d\n>>\nFrom e"), &out);
    assert_string_equal(buffer_text(&out), "a\nFrom b\n>From c\n> From d\n>>\nFrom e");
    buffer_done(&out);
}

static const char *calendar(buffer *out, const char *text)
{
    buffer_reset(out);
    calendar_append(view_of(text), out);
    return buffer_text(out);
}

static void an_invitation_is_lines(void **state)
{
    (void)state;
    buffer out;
    buffer_init(&out, 1 << 16);
    assert_string_equal(
        calendar(&out, "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VTIMEZONE\nTZID:X\nEND:VTIMEZONE\n"
                       "BEGIN:VEVENT\nSUMMARY;LANGUAGE=en:Roof\\, insp\n ection\n"
                       "DTSTART;TZID=Europe/Berlin:20250703T140000\n"
                       "DTEND;TZID=Europe/Berlin:20250703T153000\nLOCATION:Hall 7\n"
                       "ORGANIZER;CN=\"Lee: Ann\":mailto:ann@example.org\n"
                       "ATTENDEE;PARTSTAT=ACCEPTED:MAILTO:bo@example.org\n"
                       "BEGIN:VALARM\nDESCRIPTION:beep\nEND:VALARM\n"
                       "DESCRIPTION:Bring\\nhelmets\nEND:VEVENT\nEND:VCALENDAR\n"),
        "Invitation: Roof, inspection\nWhen: 2025-07-03 14:00 to 15:30 (Europe/Berlin)\n"
        "Where: Hall 7\nOrganizer: Lee: Ann <ann@example.org>\n"
        "Attendees: bo@example.org (accepted)\nBring\nhelmets");
    assert_string_equal(calendar(&out, "BEGIN:VEVENT\nSUMMARY:A\nDTSTART;VALUE=DATE:20240229\n"
                                       "DTEND;VALUE=DATE:20240301\nSTATUS:CANCELLED\nEND:VEVENT\n"
                                       "BEGIN:VEVENT\nSUMMARY:B\nDTSTART:20250101T230000Z\n"
                                       "DURATION:PT1H30M\nRRULE:FREQ=WEEKLY\n"),
                        "Cancelled: A\nWhen: 2024-02-29\n\n"
                        "Event: B\nWhen: 2025-01-01 23:00 UTC, for 1 h 30 min\nRepeats: weekly");
    assert_string_equal(calendar(&out, "BEGIN:VTODO\nSUMMARY:C\nDUE:20250101\nEND:VTODO\n"),
                        "Task: C\nDue: 2025-01-01");
    assert_string_equal(
        calendar(&out, "BEGIN:VTODO\nSUMMARY:C\nDUE:20250501T120000Z\n"
                       "COMPLETED:20250430T081500Z\nSTATUS:COMPLETED\nEND:VTODO\n"
                       "BEGIN:VTODO\nSUMMARY:D\nSTATUS:IN-PROCESS\n"
                       "DUE;TZID=Europe/Berlin:20250501T120000\nEND:VTODO\n"
                       "BEGIN:VEVENT\nSUMMARY:E\nSTATUS:TENTATIVE\nEND:VEVENT\n"),
        "Task: C\nDue: 2025-05-01 12:00 UTC\nStatus: completed 2025-04-30 08:15 UTC\n\n"
        "Task: D\nDue: 2025-05-01 12:00 (Europe/Berlin)\nStatus: in process\n\n"
        "Event: E\nStatus: tentative");
    assert_string_equal(calendar(&out, "BEGIN:VCALENDAR\nEND:VCALENDAR"), "");
    assert_string_equal(calendar(&out, "END:VEVENT\n:\n;\nBEGIN:\nBEGIN:VEVENT\nDTSTART:2025x\n"),
                        "Event: without a title");
    buffer_done(&out);
}

static void a_recurrence_is_said_in_words(void **state)
{
    (void)state;
    static const char *const RULES[][2] = {
        {"FREQ=DAILY", "daily"},
        {"FREQ=DAILY;INTERVAL=1;COUNT=1", "daily, 1 time"},
        {"freq=weekly;wkst=SU;byday=mo", "weekly on Monday"},
        {"UNTIL=20241231T000000Z;FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,FR",
         "every 2 weeks on Monday, Wednesday and Friday, until 2024-12-31"},
        {"FREQ=MONTHLY;BYDAY=-1FR;COUNT=12", "monthly on the last Friday, 12 times"},
        {"FREQ=MONTHLY;BYDAY=+2TU,-2TH", "monthly on the 2nd Tuesday and the 2nd to last Thursday"},
        {"FREQ=MONTHLY;BYMONTHDAY=1,15,-1", "monthly on the 1st, the 15th and the last day"},
        {"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
         "monthly on the last of Monday, Tuesday, Wednesday, Thursday and Friday"},
        {"FREQ=YEARLY;BYMONTH=3,10;BYDAY=-1SU", "yearly in March and October on the last Sunday"},
        {"FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYMONTHDAY=11",
         "every 4 years in November on the 11th day"},
        // What would leave something out, and what is no rule, is shown as it stands there.
        {"FREQ=YEARLY;BYYEARDAY=100", "FREQ=YEARLY;BYYEARDAY=100"},
        {"FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13"},
        {"FREQ=WEEKLY;BYDAY=XX", "FREQ=WEEKLY;BYDAY=XX"},
        {"FREQ=WEEKLY;INTERVAL=99999999999", "FREQ=WEEKLY;INTERVAL=99999999999"},
        {"FREQ=WEEKLY;UNTIL=soon", "FREQ=WEEKLY;UNTIL=soon"},
        {"FREQ=DAILY;BYSETPOS=1", "FREQ=DAILY;BYSETPOS=1"},
        {"now and then", "now and then"},
    };
    buffer out;
    buffer_init(&out, 1 << 10);
    for (size_t i = 0; i < sizeof RULES / sizeof *RULES; i++) {
        buffer_reset(&out);
        calendar_rule_append(&out, view_of(RULES[i][0]));
        assert_string_equal(buffer_text(&out), RULES[i][1]);
    }
    assert_string_equal(
        calendar(&out,
                 "BEGIN:VEVENT\nSUMMARY:A\nDTSTART;VALUE=DATE:20240515\nRRULE:FREQ=DAILY\n"
                 "EXDATE;VALUE=DATE:20240516,20240520\nEXDATE:20240601\nRDATE:20240701T090000\n"
                 "CATEGORIES:Work\\, paid,Kiel\nEND:VEVENT\n"
                 "BEGIN:VEVENT\nSUMMARY:B\nDTSTART:20240517T100000\n"
                 "RECURRENCE-ID:20240517T090000\nEND:VEVENT\n"),
        "Event: A\nWhen: 2024-05-15\nRepeats: daily\nAlso on: 2024-07-01 09:00\n"
        "Not on: 2024-05-16, 2024-05-20, 2024-06-01\nCategories: Work, paid,Kiel\n\n"
        "Event: B\nWhen: 2024-05-17 10:00\nIn place of: 2024-05-17 09:00");
    buffer_done(&out);
}

static void flowed_lines_are_joined(void **state)
{
    (void)state;
    buffer out;
    buffer_init(&out, 1 << 10);
    mail_text_append_flowed(VIEW("one \ntwo\n> a \n> b\n>> c\n From d\n-- \nme"), false, &out);
    assert_string_equal(buffer_text(&out), "one two\n> a b\n>> c\nFrom d\n-- \nme");
    buffer_reset(&out);
    mail_text_append_flowed(VIEW("ab \ncd"), true, &out);
    assert_string_equal(buffer_text(&out), "abcd");
    buffer_done(&out);
}

static void armour_is_taken_off(void **state)
{
    (void)state;
    view text = mail_text_unsigned(VIEW("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nThe "
                                        "text.\n-----BEGIN PGP SIGNATURE-----\nabc\n"));
    assert_true(view_equal(text, VIEW("The text.")));
    assert_true(view_equal(mail_text_unsigned(VIEW("plain")), VIEW("plain")));
    assert_true(mail_text_is_encrypted(VIEW("\n-----BEGIN PGP MESSAGE-----\n\nx")));
    assert_false(mail_text_is_encrypted(VIEW("see -----BEGIN PGP MESSAGE-----")));
}

static void a_stub_lacks_what_the_html_says(void **state)
{
    (void)state;
    assert_true(mail_text_is_stub(VIEW("This message needs HTML."),
                                  VIEW("Dear customer, the amount of 312.40 euro is due")));
    assert_false(mail_text_is_stub(VIEW("Dear customer,\nthe amount of 312.40 euro is due\n> old"),
                                   VIEW("Dear customer, the amount of 312.40 euro is due")));
    assert_false(mail_text_is_stub(VIEW("A long plain text that says a lot more than the other."),
                                   VIEW("Logo")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_parted_by_separators_alone),
        cmocka_unit_test(quoted_lines_lose_one_mark),
        cmocka_unit_test(an_invitation_is_lines),
        cmocka_unit_test(a_recurrence_is_said_in_words),
        cmocka_unit_test(flowed_lines_are_joined),
        cmocka_unit_test(armour_is_taken_off),
        cmocka_unit_test(a_stub_lacks_what_the_html_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
