/* sheet_value.c - serial dates and number formats of ECMA-376 part 1, 18.8.30 and 18.17.4. */
#include "extract/sheet_value.h"

#include <math.h>

enum { SECONDS_PER_DAY = 86400, HOURS_ONLY_MAX_DAYS = 366 };

// 9999-12-31, the last day that a spreadsheet knows.
static const double LAST_SERIAL = 2958465;

sheet_format sheet_format_builtin(uint32_t id)
{
    // Of 5 to 8 and 41 to 44 the currency is the country's; programs that leave the code out of the
    // file mean these.
    static const struct {
        uint32_t first, last;
        const char *code;
    } CODES[] = {
        {1, 1, "0"},
        {2, 2, "0.00"},
        {3, 3, "#,##0"},
        {4, 4, "#,##0.00"},
        {5, 6, "\"$\"#,##0;(\"$\"#,##0)"},
        {7, 8, "\"$\"#,##0.00;(\"$\"#,##0.00)"},
        {9, 9, "0%"},
        {10, 10, "0.00%"},
        {11, 11, "0.00E+00"},
        {12, 12, "# ?/?"},
        {13, 13, "# ?\?/??"},
        {14, 17, "yyyy-mm-dd"},
        {18, 21, "hh:mm"},
        {22, 22, "yyyy-mm-dd hh:mm"},
        {27, 31, "yyyy-mm-dd"},
        {32, 35, "hh:mm"},
        {36, 36, "yyyy-mm-dd"},
        {37, 38, "#,##0;(#,##0)"},
        {39, 40, "#,##0.00;(#,##0.00)"},
        {41, 41, "#,##0;(#,##0);\"-\"??"},
        {42, 42, "\"$\"#,##0;\"$\"(#,##0);\"$\"\"-\"??"},
        {43, 43, "#,##0.00;(#,##0.00);\"-\"??"},
        {44, 44, "\"$\"#,##0.00;\"$\"(#,##0.00);\"$\"\"-\"??"},
        {45, 45, "mm:ss"},
        {46, 46, "[h]:mm:ss"},
        {47, 47, "mm:ss.0"},
        {48, 48, "##0.0E+0"},
        {49, 49, "@"},
        {50, 54, "yyyy-mm-dd"},
        {55, 56, "hh:mm"},
        {57, 58, "yyyy-mm-dd"},
    };
    for (size_t i = 0; i < sizeof CODES / sizeof *CODES; i++)
        if (id >= CODES[i].first && id <= CODES[i].last)
            return sheet_format_of(view_of(CODES[i].code));
    return (sheet_format){0};
}

sheet_format sheet_format_of(view code)
{
    bool absolute = false;
    view section = format_section(code, 1, &absolute);
    section_kind kind = code.size ? format_section_kind(section) : SECTION_GENERAL;
    bool is_general = kind == SECTION_GENERAL && memchr(code.data, ';', code.size) == NULL;
    return is_general ? (sheet_format){0} : (sheet_format){code, kind};
}

/* ---- dates ---- */

/* Days since 1970 to a date. Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms",
 * civil_from_days; for days after 0000-03-01. */
static void append_date(buffer *out, int64_t days, section_kind kind)
{
    int64_t z = days + 719468, era = z / 146097, day_of_era = z % 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted_month = (5 * day_of_year + 2) / 153;
    int64_t day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    int64_t year = year_of_era + era * 400 + (month <= 2);
    buffer_printf(out, "%04lld", (long long)year);
    if (kind != SECTION_YEAR)
        buffer_printf(out, "-%02lld-%02lld", (long long)month, (long long)day);
}

/* Appends a time of day or a span; `digits` of its fraction of a second. */
static void append_clock(buffer *out, double seconds, uint32_t digits, bool has_seconds)
{
    double unit = pow(10, digits), rest = fmod(seconds, 60);
    uint64_t minutes = (uint64_t)(seconds / 60);
    buffer_printf(out, "%02llu:%02llu", (unsigned long long)(minutes / 60),
                  (unsigned long long)(minutes % 60));
    if (floor(rest * unit) <= 0 && !has_seconds) return;
    bool has_fraction = digits && fmod(rest * unit, unit) >= 1;
    buffer_printf(out, ":%0*.*f", has_fraction ? (int)digits + 3 : 2,
                  has_fraction ? (int)digits : 0, rest);
}

/* `seconds` rounded to what the format shows of them. */
static double rounded_seconds(double days, view section, uint32_t *digits)
{
    *digits = format_second_digits(section);
    double unit = pow(10, *digits);
    return floor(days * SECONDS_PER_DAY * unit + 0.5) / unit;
}

static bool shows_seconds(view section)
{
    for (size_t i = 0; i < section.size; i++)
        if (section.data[i] == 's' || section.data[i] == 'S') return true;
    return false;
}

static void append_duration(buffer *out, double days, view section)
{
    uint32_t digits;
    bool has_seconds = shows_seconds(section);
    double seconds = rounded_seconds(fabs(days), section, &digits);
    if (!has_seconds) seconds = floor(seconds / 60) * 60; // spreadsheets cut what they do not show
    if (days < 0 && seconds > 0) buffer_append_byte(out, '-');
    append_clock(out, seconds, digits, has_seconds);
}

static void append_serial(buffer *out, double serial, view section, section_kind kind,
                          bool epoch_1904)
{
    uint32_t digits;
    double day = floor(serial), seconds = rounded_seconds(serial - day, section, &digits);
    if (seconds >= SECONDS_PER_DAY) {
        seconds = 0;
        day++;
    }
    // A small number under a format of hours is a sum of hours, not a day of the year 1900.
    bool is_clock = kind == SECTION_TIME;
    bool has_date = is_clock ? day >= HOURS_ONLY_MAX_DAYS : true;
    if (has_date) {
        // 1900 has a 29th of February in spreadsheets: the days before it are one off.
        int64_t epoch = epoch_1904 ? -24107 : day < 60 ? -25568 : -25569;
        append_date(out, epoch + (int64_t)day, kind);
    }
    if (has_date && (seconds <= 0 || kind == SECTION_YEAR)) return;
    if (has_date) buffer_append_byte(out, ' ');
    append_clock(out, seconds, digits, false);
}

/* ---- values ---- */

static void append_general(buffer *out, view raw, double number)
{
    if (fabs(number) < 1e15 && memchr(raw.data, '.', raw.size))
        buffer_printf(out, "%.15g", number); // 0.1 is written as 0.10000000000000001
    else
        buffer_append(out, raw);
}

void sheet_value_append(buffer *out, view raw, double number, const sheet_format *format,
                        bool epoch_1904)
{
    bool absolute = false;
    if (format->code.size == 0) {
        append_general(out, raw, number);
        return;
    }
    view section = format_section(format->code, number, &absolute);
    bool is_serial = number >= 0 && number <= LAST_SERIAL;
    section_kind kind = section.size ? format_section_kind(section) : SECTION_NUMBER;
    switch (kind) {
    case SECTION_DURATION:
        if (fabs(number) <= LAST_SERIAL)
            append_duration(out, number, section);
        else
            append_general(out, raw, number);
        return;
    case SECTION_DATE:
    case SECTION_YEAR:
    case SECTION_TIME:
        if (is_serial)
            append_serial(out, number, section, kind, epoch_1904);
        else
            append_general(out, raw, number);
        return;
    case SECTION_NUMBER:
    case SECTION_PERCENT:
        if (format_number(out, section, number, absolute)) return;
        break;
    case SECTION_GENERAL:
    case SECTION_TEXT:
        break;
    }
    append_general(out, raw, number);
}

void sheet_text_append(buffer *out, view text, const sheet_format *format)
{
    bool hides = false;
    view section = format->code.size ? format_text_section(format->code, &hides) : (view){0};
    if (hides) return;
    if (section.size > 1)
        format_text(out, section, text);
    else
        buffer_append(out, text);
}

static bool is_iso_date(view iso)
{
    static const char SHAPE[] = "0000-00-00";
    for (size_t i = 0; i < sizeof SHAPE - 1; i++) {
        if (i >= iso.size) return false;
        if (SHAPE[i] == '0' ? !is_ascii_digit(iso.data[i]) : iso.data[i] != SHAPE[i]) return false;
    }
    return iso.size == 10 || (iso.size >= 16 && (iso.data[10] == 'T' || iso.data[10] == ' '));
}

void sheet_iso_append(buffer *out, view iso)
{
    if (!is_iso_date(iso)) {
        buffer_append(out, iso);
        return;
    }
    buffer_append(out, view_slice(iso, 0, 10));
    if (iso.size < 16) return;
    view minutes = view_slice(iso, 11, 16), seconds = VIEW("");
    if (iso.size >= 19) seconds = view_slice(iso, 16, 19);
    bool has_seconds = seconds.size && !view_equal(seconds, VIEW(":00"));
    if (!has_seconds && view_equal(minutes, VIEW("00:00"))) return;
    buffer_append_byte(out, ' ');
    buffer_append(out, minutes);
    if (has_seconds) buffer_append(out, seconds);
}

/* The digits of the text from *i on as a number; *i moves behind what follows them. */
static double take_digits(view text, size_t *i)
{
    double value = 0;
    while (*i < text.size && is_ascii_digit(text.data[*i]))
        value = value * 10 + (text.data[(*i)++] - '0');
    ++*i;
    return value;
}

void sheet_duration_append(buffer *out, view iso)
{
    static const char UNITS[] = "HMS";
    view parts[3] = {VIEW("00"), VIEW("00"), VIEW("00")};
    size_t unit = 0, i = 2;
    bool is_one = view_starts_with(iso, VIEW("PT")) && iso.size > 2;
    while (is_one && i < iso.size) {
        size_t start = i;
        while (i < iso.size && is_ascii_digit(iso.data[i]))
            i++;
        view digits = view_slice(iso, start, i);
        if (i < iso.size && (iso.data[i] == '.' || iso.data[i] == ',')) // a fraction of a second
            for (i++; i < iso.size && is_ascii_digit(iso.data[i]);)
                i++;
        while (unit < 3 && i < iso.size && UNITS[unit] != iso.data[i])
            unit++;
        is_one = digits.size > 0 && i < iso.size && unit < 3;
        if (is_one) parts[unit++] = digits;
        i++;
    }
    if (!is_one) {
        buffer_append(out, iso);
        return;
    }
    bool has_seconds = !view_equal(parts[2], VIEW("00")) && !view_equal(parts[2], VIEW("0"));
    for (size_t part = 0; part < (has_seconds ? 3U : 2U); part++)
        buffer_printf(out, "%s%s%.*s", part ? ":" : "", parts[part].size < 2 ? "0" : "",
                      VIEW_ARG(parts[part]));
}

double sheet_iso_order(view iso)
{
    static const double BASES[] = {12, 31, 24, 60, 60}; // more than there are, where they differ
    bool is_duration = view_starts_with(iso, VIEW("PT"));
    size_t i = is_duration ? 2 : 0;
    double value = take_digits(iso, &i); // years, or hours of a duration
    for (size_t part = is_duration ? 3 : 0; part < sizeof BASES / sizeof *BASES; part++)
        value = value * BASES[part] + (i < iso.size ? take_digits(iso, &i) : 0);
    return value;
}
