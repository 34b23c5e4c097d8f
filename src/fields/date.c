/* date.c - a scanner for the forms that date.h lists, and the days of the Gregorian calendar. */
#include "fields/date.h"

enum { DATE_MAX_BYTES = 64, FRACTION_DIGITS = 6 };

static const int64_t SECOND = 1000000, MINUTE = 60 * SECOND, DAY = 1440 * MINUTE;

typedef struct scanner {
    view text;
    size_t at;
} scanner;

static bool is_at_end(const scanner *s)
{
    return s->at == s->text.size;
}

static bool skip(scanner *s, const char *one_of)
{
    if (is_at_end(s) || s->text.data[s->at] == '\0' || !strchr(one_of, s->text.data[s->at]))
        return false;
    s->at++;
    return true;
}

/* Exactly so many digits, low..high. */
static bool read_number(scanner *s, uint32_t digits, int low, int high, int *out)
{
    int value = 0;
    if (s->text.size - s->at < digits) return false;
    for (uint32_t i = 0; i < digits; i++) {
        char c = s->text.data[s->at + i];
        if (!is_ascii_digit(c)) return false;
        value = value * 10 + (c - '0');
    }
    s->at += digits;
    *out = value;
    return value >= low && value <= high;
}

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_of_month(int year, int month)
{
    static const int DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : DAYS[month - 1];
}

/* Of the month's first day, from 1970-01-01 on; month 1..13, the 13th being the next January. */
static int64_t days_before(int year, int month)
{
    int64_t days = (int64_t)(year - 1970) * 365;
    int last = year - 1; // the leap years up to here, less those up to 1969
    days += (last >= 0 ? last / 4 - last / 100 + last / 400 + 1 : 0) - 478;
    for (int m = 1; m < month; m++)
        days += days_of_month(year, m);
    return days;
}

/* Z, +02:00, +0200, +02 or nothing, in microseconds east of Greenwich. */
static bool read_zone(scanner *s, int64_t *out)
{
    int hours = 0, minutes = 0;
    *out = 0;
    if (is_at_end(s) || skip(s, "Zz")) return true;
    bool is_west = s->text.data[s->at] == '-';
    if (!skip(s, "+-") || !read_number(s, 2, 0, 23, &hours)) return false;
    if (!is_at_end(s)) {
        (void)skip(s, ":");
        if (!read_number(s, 2, 0, 59, &minutes)) return false;
    }
    *out = (hours * 60 + minutes) * (is_west ? -MINUTE : MINUTE);
    return true;
}

/* ".25": adds to the period's start, and narrows its length. */
static bool read_fraction(scanner *s, int64_t *start, int64_t *length)
{
    size_t digits = 0;
    for (; !is_at_end(s) && is_ascii_digit(s->text.data[s->at]); s->at++, digits++) {
        if (digits >= FRACTION_DIGITS) continue;
        *length /= 10;
        *start += (s->text.data[s->at] - '0') * *length;
    }
    return digits > 0;
}

/* What follows a day: its time. 24:00 is the end of the day, and second 60 a leap second, which
 * begins the next minute here. */
static bool read_time(scanner *s, date_period *out)
{
    int hour = 0, minute = 0, second = 0;
    int64_t zone = 0, length = MINUTE;
    if (!read_number(s, 2, 0, 24, &hour) || !skip(s, ":") || !read_number(s, 2, 0, 59, &minute))
        return false;
    int64_t start = out->start + (hour * 60 + minute) * MINUTE;
    if (skip(s, ":")) {
        length = SECOND;
        if (!read_number(s, 2, 0, 60, &second)) return false;
        start += second * SECOND;
        if (skip(s, ".,") && !read_fraction(s, &start, &length)) return false;
    }
    if (hour == 24 && start != out->end) return false;
    (void)skip(s, " ");
    if (!read_zone(s, &zone)) return false;
    *out = (date_period){start - zone, start - zone + length};
    return true;
}

bool date_parse(view text, date_period *out)
{
    scanner s = {.text = text};
    int year = 0, month = 1, day = 1;
    date_period found;
    if (text.size > DATE_MAX_BYTES || !read_number(&s, 4, 0, 9999, &year)) return false;
    found.start = days_before(year, 1) * DAY;
    found.end = days_before(year, 13) * DAY;
    if (!is_at_end(&s)) {
        if (!skip(&s, "-") || !read_number(&s, 2, 1, 12, &month)) return false;
        found.start = days_before(year, month) * DAY;
        found.end = days_before(year, month + 1) * DAY;
    }
    if (!is_at_end(&s)) {
        if (!skip(&s, "-") || !read_number(&s, 2, 1, days_of_month(year, month), &day))
            return false;
        found.start += (day - 1) * DAY;
        found.end = found.start + DAY;
        if (!is_at_end(&s) && !(skip(&s, "Tt ") && read_time(&s, &found))) return false;
    }
    if (!is_at_end(&s)) return false;
    *out = found;
    return true;
}
