/* day.c - reads a day wherever a number or a month's name begins. */
#include "answer/day.h"

#include "answer/letter.h"
#include "base/size.h"
#include "text/fold.h"

#include <stdint.h>

enum { MONTHS = 12, DAYS = 31, YEAR_DIGITS = 4 };

/* Folded, as fold_word does. */
static const char *const months[MONTHS][12] = {
    {"january", "januar", "janvier", "enero", "gennaio", "janeiro", "januari", "jan", NULL},
    {"february", "februar", "fevrier", "febrero", "febbraio", "fevereiro", "februari", "feb", NULL},
    {"march", "marz", "mars", "marzo", "marco", "maart", "mar", NULL},
    {"april", "avril", "abril", "aprile", "apr", NULL},
    {"may", "mai", "mayo", "maggio", "maio", "mei", NULL},
    {"june", "juni", "juin", "junio", "giugno", "junho", "jun", NULL},
    {"july", "juli", "juillet", "julio", "luglio", "julho", "jul", NULL},
    {"august", "aout", "agosto", "augustus", "aug", NULL},
    {"september", "septembre", "septiembre", "settembre", "setembro", "sept", "sep", NULL},
    {"october", "oktober", "octobre", "octubre", "ottobre", "outubro", "oct", "okt", NULL},
    {"november", "novembre", "noviembre", "novembro", "nov", NULL},
    {"december", "dezember", "decembre", "diciembre", "dicembre", "dezembro", "dec", "dez", NULL},
};

typedef struct day {
    uint32_t year; /* 0: it is not told */
    uint32_t month, day;
} day;

static char at(view v, size_t i)
{
    return i < v.size ? v.data[i] : ' ';
}

/* The end of the number of `least` to `most` digits that begins at i; i: there is none. */
static size_t read_number(view text, size_t i, size_t least, size_t most, uint32_t *out)
{
    size_t end = i;
    uint32_t number = 0;
    for (; is_ascii_digit(at(text, end)) && end - i <= most; end++)
        number = number * 10 + (uint32_t)(text.data[end] - '0');
    if (end - i < least || end - i > most) return i;
    *out = number;
    return end;
}

static size_t end_of_word(view text, size_t i)
{
    while (i < text.size && is_letter_byte(text.data[i]))
        i++;
    return i;
}

/* The end of the month's name that begins at i; i: none does. */
static size_t read_month(view text, size_t i, uint32_t *out)
{
    char bytes[FOLD_MAX_BYTES];
    size_t end = end_of_word(text, i);
    if (end == i || end - i > FOLD_MAX_BYTES) return i;
    view folded = {bytes, fold_word(view_slice(text, i, end), bytes, NULL)};
    for (uint32_t m = 0; m < MONTHS; m++)
        if (view_is_one_of_nocase(folded, months[m])) {
            *out = m + 1;
            return end;
        }
    return i;
}

/* Behind one of the words, if there is one, and behind blanks and `marks`. */
static size_t skip(view text, size_t i, const char *marks, const char *const *words)
{
    size_t end = end_of_word(text, i);
    if (end > i && view_is_one_of_nocase(view_slice(text, i, end), words)) i = end;
    while (i < text.size && (text.data[i] == ' ' || memchr(marks, text.data[i], strlen(marks))))
        i++;
    return i;
}

static const char *const endings[] = {"st", "nd", "rd", "th", "er", "º", NULL};
static const char *const of[] = {"of", "de", NULL};
static const char *const nothing[] = {NULL};

/* The end of the year that may stand at or behind i; i: none does. */
static size_t read_year(view text, size_t i, const char *marks, uint32_t *out)
{
    size_t start = skip(text, skip(text, i, marks, nothing), "", of);
    size_t end = read_number(text, start, YEAR_DIGITS, YEAR_DIGITS, out);
    return end > start ? end : i;
}

/* "2025-06-09" */
static size_t read_iso(view text, size_t i, day *out)
{
    size_t year = read_number(text, i, YEAR_DIGITS, YEAR_DIGITS, &out->year);
    if (year == i || at(text, year) != '-') return i;
    size_t month = read_number(text, year + 1, 2, 2, &out->month);
    if (month == year + 1 || at(text, month) != '-') return i;
    size_t end = read_number(text, month + 1, 2, 2, &out->day);
    return end > month + 1 ? end : i;
}

/* "09.06.2025", "9.6." */
static size_t read_figures(view text, size_t i, day *out)
{
    size_t first = read_number(text, i, 1, 2, &out->day);
    if (first == i || at(text, first) != '.') return i;
    size_t month = read_number(text, first + 1, 1, 2, &out->month);
    if (month == first + 1 || at(text, month) != '.') return i;
    size_t end = read_number(text, month + 1, YEAR_DIGITS, YEAR_DIGITS, &out->year);
    return end > month + 1 ? end : month + 1;
}

/* "9 June 2025", "9th of June", "9. Juni" */
static size_t read_day_first(view text, size_t i, day *out)
{
    size_t number = read_number(text, i, 1, 2, &out->day);
    if (number == i) return i;
    size_t name = skip(text, skip(text, number, ".", endings), "", of);
    size_t end = read_month(text, name, &out->month);
    return end > name ? read_year(text, end, ".,", &out->year) : i;
}

/* "June 9", "Jun. 9th, 2025" */
static size_t read_month_first(view text, size_t i, day *out)
{
    size_t name = read_month(text, i, &out->month);
    if (name == i) return i;
    size_t start = skip(text, name, ".", nothing);
    size_t number = read_number(text, start, 1, 2, &out->day);
    if (number == start) return i;
    size_t end = skip(text, number, "", endings);
    return read_year(text, end, ",", &out->year);
}

/* The end of the day that begins at i; i: none does. */
static size_t read_day(view text, size_t i, day *out)
{
    static size_t (*const forms[])(view, size_t, day *) = {read_iso, read_figures, read_day_first,
                                                           read_month_first};
    char before = i > 0 ? text.data[i - 1] : ' ';
    bool is_inside = is_letter_byte(before) || is_ascii_digit(before) ||
                     (memchr(".,-/", before, 4) && i > 1 && is_ascii_digit(text.data[i - 2]));
    for (size_t f = 0; f < sizeof forms / sizeof *forms && !is_inside; f++) {
        *out = (day){0};
        size_t end = forms[f](text, i, out);
        bool is_day = out->month > 0 && out->month <= MONTHS && out->day > 0 && out->day <= DAYS;
        if (end > i && is_day && !is_ascii_digit(at(text, end))) return end;
    }
    return i;
}

/* The day of which `name` is a part. */
static bool find_named(view question, view name, day *out)
{
    size_t start = (size_t)(name.data - question.data);
    for (size_t i = 0; i <= start && i < question.size; i++)
        if (read_day(question, i, out) >= size_max(start + name.size, i + 1)) return true;
    return false;
}

static bool is_same(const day *a, const day *b)
{
    bool same_year = a->year == 0 || b->year == 0 || a->year == b->year;
    return same_year && a->month == b->month && a->day == b->day;
}

bool day_holds(view text, view question, view name)
{
    day wanted, other;
    if (!find_named(question, name, &wanted)) return false;
    for (size_t i = 0; i < text.size; i++)
        if (read_day(text, i, &other) > i && is_same(&other, &wanted)) return true;
    return false;
}
