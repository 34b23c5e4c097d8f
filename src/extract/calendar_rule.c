/* calendar_rule.c - a rule's parts are gathered first, since they may stand in any order, and written
 * in the order in which one says them. What cannot be said (days by their number in the year, hours,
 * weeks by their number) leaves the rule as it is. */
#include "extract/calendar_rule.h"

#include <stdint.h>

typedef struct rule_parts {
    view frequency, interval, count, until, days, month_days, months, positions;
} rule_parts;

/* Takes the next element of a list that commas part. */
static bool next_element(view *list, view *out)
{
    if (list->size == 0) return false;
    size_t end = view_find(*list, VIEW(","));
    *out = view_trim(view_slice(*list, 0, end));
    *list = view_slice(*list, end < list->size ? end + 1 : end, list->size);
    return true;
}

/* False when there is no number, or one that no rule has. */
static bool read_number(view text, int *out)
{
    enum { NUMBER_MAX = 9999 };
    bool is_negative = text.size > 0 && text.data[0] == '-';
    size_t i = text.size > 0 && (text.data[0] == '-' || text.data[0] == '+');
    int number = 0;
    if (i == text.size) return false;
    for (; i < text.size; i++) {
        if (!is_ascii_digit(text.data[i]) || number > NUMBER_MAX) return false;
        number = number * 10 + text.data[i] - '0';
    }
    *out = is_negative ? -number : number;
    return number > 0;
}

static bool read_parts(view rule, rule_parts *p)
{
    const struct {
        const char *name;
        view *value;
    } PARTS[] = {{"FREQ", &p->frequency}, {"INTERVAL", &p->interval},
                 {"COUNT", &p->count},    {"UNTIL", &p->until},
                 {"BYDAY", &p->days},     {"BYMONTHDAY", &p->month_days},
                 {"BYMONTH", &p->months}, {"BYSETPOS", &p->positions}};
    while (rule.size > 0) {
        size_t end = view_find(rule, VIEW(";"));
        view part = view_slice(rule, 0, end);
        rule = view_slice(rule, end < rule.size ? end + 1 : end, rule.size);
        size_t equals = view_find(part, VIEW("="));
        view name = view_trim(view_slice(part, 0, equals)), *value = NULL;
        for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++)
            if (view_equal_nocase(name, view_of(PARTS[i].name))) value = PARTS[i].value;
        if (value && equals < part.size)
            *value = view_trim(view_slice(part, equals + 1, part.size));
        else if (part.size > 0 && !view_equal_nocase(name, VIEW("WKST"))) // first day of a week
            return false;
    }
    return true;
}

/* "weekly", "every 2 weeks". */
static bool append_frequency(buffer *out, const rule_parts *p)
{
    static const char *const NAMES[][3] = {{"HOURLY", "hourly", "hours"},
                                           {"DAILY", "daily", "days"},
                                           {"WEEKLY", "weekly", "weeks"},
                                           {"MONTHLY", "monthly", "months"},
                                           {"YEARLY", "yearly", "years"}};
    int interval = 1;
    if (p->interval.size && !read_number(p->interval, &interval)) return false;
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        if (!view_equal_nocase(p->frequency, view_of(NAMES[i][0]))) continue;
        if (interval == 1)
            buffer_append_text(out, NAMES[i][1]);
        else
            buffer_printf(out, "every %d %s", interval, NAMES[i][2]);
        return interval > 0;
    }
    return false;
}

/* "the last", "the 2nd", "the 2nd to last". */
static void append_ordinal(buffer *out, int number)
{
    int n = number < 0 ? -number : number;
    const char *ending = n % 100 / 10 == 1 ? "th"
                         : n % 10 == 1     ? "st"
                         : n % 10 == 2     ? "nd"
                         : n % 10 == 3     ? "rd"
                                           : "th";
    if (number == -1)
        buffer_append_text(out, "the last");
    else
        buffer_printf(out, "the %d%s%s", n, ending, number < 0 ? " to last" : "");
}

/* What stands before the element `i`: "", ", " or " and ". */
static void append_gap(buffer *out, size_t i, bool is_last)
{
    if (i > 0) buffer_append_text(out, is_last ? " and " : ", ");
}

/* "Monday and the last Friday". */
static bool append_days(buffer *out, view days)
{
    static const char *const NAMES[][2] = {
        {"MO", "Monday"}, {"TU", "Tuesday"},  {"WE", "Wednesday"}, {"TH", "Thursday"},
        {"FR", "Friday"}, {"SA", "Saturday"}, {"SU", "Sunday"}};
    view one;
    for (size_t i = 0; next_element(&days, &one); i++) {
        const char *name = NULL;
        int number = 0;
        if (one.size < 2) return false;
        view letters = view_slice(one, one.size - 2, one.size);
        for (size_t d = 0; d < sizeof NAMES / sizeof *NAMES; d++)
            if (view_equal_nocase(letters, view_of(NAMES[d][0]))) name = NAMES[d][1];
        if (!name || (one.size > 2 && !read_number(view_slice(one, 0, one.size - 2), &number)))
            return false;
        append_gap(out, i, days.size == 0);
        if (number) append_ordinal(out, number);
        if (number) buffer_append_byte(out, ' ');
        buffer_append_text(out, name);
    }
    return true;
}

/* "the 1st and the last day". */
static bool append_ordinals(buffer *out, view numbers, const char *of)
{
    view one;
    for (size_t i = 0; next_element(&numbers, &one); i++) {
        int number;
        if (!read_number(one, &number)) return false;
        append_gap(out, i, numbers.size == 0);
        append_ordinal(out, number);
    }
    buffer_append_text(out, of);
    return true;
}

static bool append_months(buffer *out, view months)
{
    static const char *const NAMES[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
    view one;
    for (size_t i = 0; next_element(&months, &one); i++) {
        int number;
        if (!read_number(one, &number) || number < 1 || number > 12) return false;
        append_gap(out, i, months.size == 0);
        buffer_append_text(out, NAMES[number - 1]);
    }
    return true;
}

static bool append_end(buffer *out, const rule_parts *p)
{
    int count = 0;
    if (p->count.size) {
        if (!read_number(p->count, &count)) return false;
        buffer_printf(out, ", %d time%s", count, count == 1 ? "" : "s");
    }
    if (p->until.size == 0) return true;
    if (p->until.size < 8 || !view_is_digits(view_slice(p->until, 0, 8))) return false;
    const char *u = p->until.data;
    buffer_printf(out, ", until %.4s-%.2s-%.2s", u, u + 4, u + 6);
    return true;
}

static bool append_words(buffer *out, const rule_parts *p)
{
    if (!append_frequency(out, p)) return false;
    if (p->months.size) buffer_append_text(out, " in ");
    if (p->months.size && !append_months(out, p->months)) return false;
    if (p->month_days.size && p->days.size) return false; // Friday the 13th
    if (p->month_days.size || p->days.size) buffer_append_text(out, " on ");
    if (p->positions.size && !append_ordinals(out, p->positions, " of ")) return false;
    if (p->month_days.size && !append_ordinals(out, p->month_days, " day")) return false;
    if (p->days.size && !append_days(out, p->days)) return false;
    return (p->positions.size == 0 || p->days.size > 0) && append_end(out, p);
}

void calendar_rule_append(buffer *out, view rule)
{
    rule_parts p = {0};
    size_t start = out->size;
    rule = view_trim(rule);
    if (read_parts(rule, &p) && append_words(out, &p)) return;
    out->size = start;
    buffer_append(out, rule);
}
