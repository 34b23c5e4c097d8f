/* sheet_value.c - serial dates and number formats of ECMA-376 part 1, 18.8.30 and 18.17.4. */
#include "extract/sheet_value.h"

#include <math.h>

enum { SECONDS_PER_DAY = 86400 };

// 9999-12-31, the last day that a spreadsheet knows.
static const double LAST_SERIAL = 2958465;

sheet_format sheet_format_builtin(uint32_t id)
{
    if (id == 9 || id == 10) return SHEET_PERCENT;
    if (id >= 14 && id <= 17) return SHEET_DATE;
    return (id >= 18 && id <= 22) || (id >= 45 && id <= 47) ? SHEET_TIME : SHEET_GENERAL;
}

sheet_format sheet_format_of(view code)
{
    bool has_day = false, has_month = false, has_clock = false, has_percent = false;
    for (size_t i = 0; i < code.size && code.data[i] != ';'; i++) {
        char c = code.data[i], closes = c == '"' ? '"' : c == '[' ? ']' : 0;
        if (closes) {
            bool is_span = i + 1 < code.size && strchr("hHmMsS", code.data[i + 1]);
            has_clock |= c == '[' && is_span;
            for (i++; i < code.size && code.data[i] != closes; i++)
                continue;
            continue;
        }
        if (c == '\\' || c == '_' || c == '*') {
            i++;
            continue;
        }
        has_day |= c == 'd' || c == 'D' || c == 'y' || c == 'Y';
        has_month |= c == 'm' || c == 'M';
        has_clock |= c == 'h' || c == 'H' || c == 's' || c == 'S';
        has_percent |= c == '%';
    }
    if (has_clock) return SHEET_TIME;
    if (has_day || has_month) return SHEET_DATE;
    return has_percent ? SHEET_PERCENT : SHEET_GENERAL;
}

/* Days since 1970 to a date. Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms",
 * civil_from_days; for days after 0000-03-01. */
static void append_date(buffer *out, int64_t days)
{
    int64_t z = days + 719468, era = z / 146097, day_of_era = z % 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted_month = (5 * day_of_year + 2) / 153;
    int64_t day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    int64_t year = year_of_era + era * 400 + (month <= 2);
    buffer_printf(out, "%04lld-%02lld-%02lld", (long long)year, (long long)month, (long long)day);
}

static void append_serial(buffer *out, double serial, sheet_format format, bool epoch_1904)
{
    int64_t day = (int64_t)serial;
    int64_t seconds = (int64_t)floor((serial - (double)day) * SECONDS_PER_DAY + 0.5);
    if (seconds == SECONDS_PER_DAY) {
        seconds = 0;
        day++;
    }
    bool has_date = day > 0 || format == SHEET_DATE;
    if (has_date) {
        // 1900 has a 29th of February in spreadsheets: the days before it are one off.
        int64_t epoch = epoch_1904 ? -24107 : day < 60 ? -25568 : -25569;
        append_date(out, epoch + day);
    }
    if (format == SHEET_DATE && seconds == 0) return;
    if (has_date && seconds == 0) return;
    if (has_date) buffer_append_byte(out, ' ');
    buffer_printf(out, "%02d:%02d", (int)(seconds / 3600), (int)(seconds / 60 % 60));
    if (seconds % 60) buffer_printf(out, ":%02d", (int)(seconds % 60));
}

void sheet_value_append(buffer *out, view raw, double number, sheet_format format, bool epoch_1904)
{
    bool is_serial = number >= 0 && number <= LAST_SERIAL;
    if ((format == SHEET_DATE || format == SHEET_TIME) && is_serial)
        append_serial(out, number, format, epoch_1904);
    else if (format == SHEET_PERCENT && fabs(number) < 1e12)
        buffer_printf(out, "%.10g%%", number * 100);
    else if (fabs(number) < 1e15 && memchr(raw.data, '.', raw.size))
        buffer_printf(out, "%.15g", number); // 0.1 is written as 0.10000000000000001
    else
        buffer_append(out, raw);
}
