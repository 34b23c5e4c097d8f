/* boundary.c - sentence ends by rule, in this order:
 *
 *   1. Before the place stand a terminator (. ! ? ...) and any closing quotes and brackets. If not,
 *      it is no end.
 *   2. At the end of the text, and before a blank line, it is an end.
 *   3. A full-width terminator is an end without white space, unless a closer or another terminator
 *      follows, behind which the end then is.
 *   4. Other terminators need white space behind them, and a next word that does not begin in lower
 *      case, not even behind a dash ("Stop! - he said"). A closing quote that stands apart, as in
 *      French, belongs to the sentence.
 *   5. A full stop must besides not belong to
 *        a list number ("1." at the beginning of a line: boundary_is_list_number),
 *        a number that is an ordinal or part of a date ("3. Mai", "im 19. Jahrhundert",
 *        "5. 6. 2024"),
 *        an abbreviation ("Mr.", "Fig. 3", "z. B."), or initials ("J. R. Smith").
 *   6. Some abbreviations and all initials may end a sentence or not: "in the U.S. The", "the U.S.
 *      Army". The next word decides: it is an end before a word that often begins sentences and
 *      seldom names (boundary_words.h).
 *
 * A missed end joins two sentences, a false one cuts a sentence in two. */
#include "text/boundary.h"

#include "base/utf8.h"
#include "text/boundary_words.h"
#include "text/unicode.h"

#include <utf8proc.h>

enum {
    TOKEN_MAX_BYTES = 24,
    CLOSERS_MAX = 8,
    ORDINAL_MAX_DIGITS = 3,
    LIST_LINES = 20 /* that are looked at each way for the number before or behind a list's */
};

static bool is_wide_terminator(uint32_t c)
{
    return c == 0x3002 || c == 0xFF01 || c == 0xFF1F || c == 0xFF61 || c == 0xFF0E;
}

static bool is_terminator(uint32_t c)
{
    if (c < 0x80) return c == '.' || c == '!' || c == '?';
    return is_wide_terminator(c) || c == 0x2026 || c == 0x203C || c == 0x203D ||
           (c >= 0x2047 && c <= 0x2049) || c == 0x0589 || c == 0x061F || c == 0x06D4 ||
           c == 0x0964 || c == 0x0965 || c == 0x104B || c == 0x1362 || c == 0x17D4 || c == 0x037E;
}

static bool is_guillemet(uint32_t c)
{
    return c == 0x00BB || c == 0x203A || c == 0x00AB || c == 0x2039;
}

/* Quotes, brackets and emphasis marks that may stand behind a terminator. What opens a quote in one
 * language closes it in another: English “x”, German „x“ and »x«, Swedish ”x”. */
static bool is_closer(uint32_t c)
{
    if (c < 0x80)
        return c == '"' || c == '\'' || c == ')' || c == ']' || c == '}' || c == '*' || c == '_';
    return is_guillemet(c) || (c >= 0x2018 && c <= 0x201D && c != 0x201A) || c == 0x300D ||
           c == 0x300F || c == 0x3011 || c == 0x3009 || c == 0x300B || c == 0xFF09 || c == 0xFF3D;
}

static bool is_opener(uint32_t c)
{
    if (c < 0x80)
        return c == '"' || c == '\'' || c == '(' || c == '[' || c == '{' || c == '*' || c == '_';
    return is_guillemet(c) || (c >= 0x2018 && c <= 0x201E) || c == 0x00BF || c == 0x00A1;
}

static bool is_dash(uint32_t c)
{
    return c == '-' || (c >= 0x2012 && c <= 0x2015);
}

static bool is_category(uint32_t c, utf8proc_category_t category)
{
    return utf8proc_category((utf8proc_int32_t)c) == category;
}

static bool is_lower(uint32_t c)
{
    if (c < 0x80) return c >= 'a' && c <= 'z';
    return is_category(c, UTF8PROC_CATEGORY_LL);
}

static bool is_upper(uint32_t c)
{
    if (c < 0x80) return c >= 'A' && c <= 'Z';
    return is_category(c, UTF8PROC_CATEGORY_LU);
}

static bool is_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(uint32_t c)
{
    if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)c);
    return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_MC;
}

/* ---- what follows ---- */

/* What follows the white space at `offset`. */
typedef struct ahead {
    size_t word;    /* offset of the next word, past opening quotes */
    uint32_t first; /* its first code point; 0 at the end of the text */
    bool spaced;    /* white space, or the end of the text, is at `offset` itself */
    bool blank_line;
} ahead;

static ahead look_ahead(view text, size_t offset)
{
    ahead a = {.word = offset, .spaced = offset == text.size};
    uint32_t newlines = 0;
    bool in_space = true;
    while (a.word < text.size) {
        uint32_t c;
        size_t length = unicode_next(text.data + a.word, &c);
        if (in_space && unicode_is_space(c)) {
            a.spaced = true;
            newlines += c == '\n';
        } else if (is_opener(c) && a.spaced) {
            in_space = false;
        } else {
            a.first = c;
            break;
        }
        a.word += length;
    }
    a.blank_line = newlines > 1;
    return a;
}

/* The code point behind `at`; 0 at the end of the text. */
static uint32_t next_of(view text, size_t at)
{
    uint32_t c = 0;
    if (at < text.size) unicode_next(text.data + at, &c);
    return c;
}

/* True for " »": a guillemet that stands apart and has white space or nothing behind it. */
static bool is_closer_apart(view text, size_t offset)
{
    uint32_t c = next_of(text, offset);
    size_t at = offset;
    if (!unicode_is_space(c) || c == '\n') return false;
    at += unicode_next(text.data + at, &c);
    c = next_of(text, at);
    if (c != 0x00BB && c != 0x203A) return false;
    at += unicode_next(text.data + at, &c);
    c = next_of(text, at);
    return c == 0 || unicode_is_space(c) || c == ',' || c == '.' || c == ')';
}

/* True for "- he said": a dash, white space and a word in lower case. */
static bool is_dash_and_lower(view text, const ahead *next)
{
    if (!is_dash(next->first)) return false;
    uint32_t c;
    size_t at = next->word + unicode_next(text.data + next->word, &c);
    while (is_dash(c = next_of(text, at)) || c == ' ' || c == 0xA0)
        at += unicode_next(text.data + at, &c);
    return is_lower(c);
}

/* The letters at `at`; empty when they are longer than any word that is looked up. */
static view word_at(view text, size_t at)
{
    size_t end = at;
    while (end < text.size && end - at <= BOUNDARY_WORD_MAX_BYTES) {
        uint32_t c;
        size_t length = unicode_next(text.data + end, &c);
        if (!is_letter(c)) break;
        end += length;
    }
    return view_slice(text, at, end - at > BOUNDARY_WORD_MAX_BYTES ? at : end);
}

static unsigned neighbor_kinds(view word)
{
    char lower[BOUNDARY_WORD_MAX_BYTES];
    return boundary_neighbor((view){lower, boundary_lower(word, lower)});
}

/* Two or more letters, all of them capitals. */
static bool is_capitals(view word)
{
    uint32_t count = 0, c;
    for (size_t i = 0; i < word.size; count++) {
        i += unicode_next(word.data + i, &c);
        if (!is_upper(c)) return false;
    }
    return count > 1;
}

/* is_name: a title or an initial is before it, so that "La" and "Van" begin no sentence. */
static bool is_starter(view text, size_t at, bool is_name)
{
    view word = word_at(text, at);
    uint32_t behind = next_of(text, at + word.size);
    // An initial, "Non-", or "Men's"; but the French and Italian elide "L'".
    bool elided = behind == '\'' || behind == 0x2019;
    if (behind == '.' || behind == '-' || (elided && word.size > 2)) return false;
    if (is_capitals(word)) return false; // "OG" is no "og"
    unsigned kinds = neighbor_kinds(word);
    return (kinds & NEIGHBOR_STARTER) != 0 && !(is_name && (kinds & NEIGHBOR_PARTICLE) != 0);
}

/* "XIX" of "pocz. XIX w.", "I" of "Cap. I."; not "I" elsewhere, nor the "C" of "C'est". */
static bool is_roman(view text, size_t at)
{
    view word = word_at(text, at);
    for (size_t i = 0; i < word.size; i++)
        if (!memchr("IVXLCDM", word.data[i], 7)) return false;
    uint32_t behind = next_of(text, at + word.size);
    bool elided = behind == '\'' || behind == 0x2019;
    bool is_pronoun = word.size == 1 && *word.data == 'I' && behind != '.' && behind != ')';
    return word.size > 1 || (word.size == 1 && !is_pronoun && !elided);
}

/* ---- what precedes ---- */

/* The letters, digits and inner full stops before the full stop at `stop`; empty when too long for
 * an abbreviation. A hyphen or an apostrophe ends it. */
static view token_before(view text, size_t stop)
{
    size_t start = stop;
    while (start > 0 && stop - start <= TOKEN_MAX_BYTES) {
        uint32_t c;
        size_t length = unicode_previous(text.data, start, &c);
        if (!is_letter(c) && !is_digit(c) && c != '.' && c != 0xBA && c != 0xAA && c != 0xB0) break;
        start -= length;
    }
    return stop - start > TOKEN_MAX_BYTES ? (view){0} : view_slice(text, start, stop);
}

/* "U.S", "a.m", "J": single letters with full stops between. */
static bool is_initials(view token)
{
    uint32_t c, count = 0;
    for (size_t i = 0; i < token.size; count++) {
        i += unicode_next(token.data + i, &c);
        if (count % 2 == 0 ? !is_letter(c) : c != '.') return false;
    }
    return count % 2 == 1;
}

/* "5 km." and "1998 r.": what stands behind a number is a unit, as often as not at the end of a
 * sentence. "John's." is no initial. */
static bool is_unit_or_ending(view text, view token)
{
    size_t start = (size_t)(token.data - text.data);
    uint32_t c = 0;
    if (start == 0) return false;
    size_t length = unicode_previous(text.data, start, &c);
    if (c == '\'' || c == 0x2019) return true;
    if (start == length || (c != ' ' && c != 0xA0 && c != 0x202F)) return false;
    return is_digit((unsigned char)text.data[start - length - 1]) &&
           !is_upper(next_of(text, start));
}

/* "z. B" before the full stop of "B": the token with the one or two short tokens before it, written
 * without spaces; empty when there is none. */
static view joined_token(view text, view token, char out[BOUNDARY_WORD_MAX_BYTES])
{
    size_t start = (size_t)(token.data - text.data), first = start;
    for (int i = 0; i < 2 && first > 2; i++) {
        uint32_t c;
        size_t space = unicode_previous(text.data, first, &c);
        if (!unicode_is_space(c) || c == '\n' || first - space == 0) break;
        size_t stop = first - space - 1;
        if (text.data[stop] != '.') break;
        view before = token_before(text, stop);
        if (before.size == 0 || utf8_count(before) > 3) break;
        first = stop - before.size;
    }
    size_t size = 0;
    for (size_t i = first; first < start && i < start + token.size;) {
        uint32_t c;
        size_t length = unicode_next(text.data + i, &c);
        if (size + length > BOUNDARY_WORD_MAX_BYTES) return (view){0};
        if (!unicode_is_space(c)) memcpy(out + size, text.data + i, length);
        size += unicode_is_space(c) ? 0 : length;
        i += length;
    }
    return (view){out, size};
}

/* The word before the one at `start`, one space or line end before it; or empty. */
static view word_before(view text, size_t start)
{
    if (start < 2 || (text.data[start - 1] != ' ' && text.data[start - 1] != '\n'))
        return (view){0};
    return token_before(text, start - 1);
}

/* "sig" is Italian for Mr., and "himself" at the end of a Swedish or Danish sentence: the word
 * before it is looked up with it, "il sig". */
static abbreviation_kind find_with_word_before(view text, view token)
{
    char both[BOUNDARY_WORD_MAX_BYTES + 1], lower[BOUNDARY_WORD_MAX_BYTES];
    view before = word_before(text, (size_t)(token.data - text.data));
    if (before.size == 0 || before.size + token.size >= BOUNDARY_WORD_MAX_BYTES)
        return ABBREVIATION_NONE;
    memcpy(both, before.data, before.size);
    both[before.size] = ' ';
    memcpy(both + before.size + 1, token.data, token.size);
    view words = {both, before.size + 1 + token.size};
    return boundary_abbreviation((view){lower, boundary_lower(words, lower)});
}

/* "v." of "300 v. Chr.", "av." of "52 av. J.-C.", "a." of "52 a. C.": an abbreviation goes on. */
static bool is_continued(view text, view token, const ahead *next)
{
    view rest = view_slice(text, next->word, text.size), word = word_at(text, next->word);
    if (view_starts_with(rest, VIEW("J.-C")) || view_equal(word, VIEW("Chr"))) return true;
    return utf8_count(token) == 1 && utf8_count(word) == 1 &&
           next_of(text, next->word + word.size) == '.';
}

/* "av." of "5 av. Foch", "pl." of "12 bis, pl. Bellecour": the short name of a street behind the number of
 * a house. Elsewhere these are words that end sentences in some language ("består av."). */
static bool is_street(view text, view token)
{
    static const char *const STREETS[] = {"av",  "pl",  "imp", "all", "ch",   "sq", "fg",
                                          "rte", "crs", "bld", "bd",  "chem", NULL};
    static const char *const MORE[] = {"bis", "ter", "quater", NULL};
    size_t start = (size_t)(token.data - text.data);
    if (!view_is_one_of_nocase(token, STREETS)) return false;
    bool has_comma = start > 1 && text.data[start - 1] == ' ' && text.data[start - 2] == ',';
    view before = has_comma ? token_before(text, start - 2) : word_before(text, start);
    if (view_is_one_of_nocase(before, MORE))
        before = word_before(text, (size_t)(before.data - text.data));
    return before.size > 0 && is_ascii_digit(before.data[0]) && before.size <= 5;
}

/* "W 2020 r.", "С 1 января 2020 г.": no sentence is over behind its first preposition and a year. */
static bool is_year_that_leads(view text, view token)
{
    static const char *const YEARS[] = {"r", "г", "р", NULL};
    static const char *const PREPOSITIONS[] = {
        "W",  "Od", "Do", "Po", "Z",  "Na", "Dnia", "В",     "С",     "К",    "До",   "По",
        "На", "От", "У",  "З",  "За", "Из", "Від",  "Після", "После", "През", "След", NULL};
    if (!view_is_one_of_nocase(token, YEARS)) return false;
    view year = word_before(text, (size_t)(token.data - text.data));
    if (year.size != 4 || !is_ascii_digit(*year.data)) return false;
    view word = word_before(text, (size_t)(year.data - text.data));
    if (word.size == 0) return false;
    if (is_lower(next_of(word, 0))) { // a month
        view day = word_before(text, (size_t)(word.data - text.data));
        if (day.size == 0 || !is_ascii_digit(*day.data)) return false;
        word = word_before(text, (size_t)(day.data - text.data));
    }
    return word.size > 0 && is_upper(next_of(word, 0)) && view_is_one_of_nocase(word, PREPOSITIONS);
}

/* Looks the token up alone, and with the one or two before it. */
static abbreviation_kind find_abbreviation(view text, view token, const ahead *next)
{
    char joined[BOUNDARY_WORD_MAX_BYTES], lower[BOUNDARY_WORD_MAX_BYTES];
    size_t letters = utf8_count(token);
    if (token.size == 0) return ABBREVIATION_NONE;
    view whole = letters <= 3 ? joined_token(text, token, joined) : (view){0};
    while (whole.size > token.size) { // "n. Chr" of "100 n. Chr", "i. d. R", "d. R"
        abbreviation_kind kind = boundary_abbreviation((view){lower, boundary_lower(whole, lower)});
        if (kind != ABBREVIATION_NONE) return kind;
        size_t dot = view_find(whole, VIEW("."));
        whole = view_slice(whole, dot + 1 < whole.size ? dot + 1 : whole.size, whole.size);
    }
    uint32_t first = next_of(token, 0);
    bool is_semitic = first >= 0x590 && first < 0x900; // without capitals, so no next word decides
    if (is_continued(text, token, next) || (letters == 1 && is_semitic))
        return ABBREVIATION_NEVER_ENDS;
    if (is_street(text, token)) return ABBREVIATION_BEFORE_NAME;
    if (is_year_that_leads(text, token)) return ABBREVIATION_NEVER_ENDS;
    if (letters == 1)
        return is_letter(first) && (is_digit(next->first) || !is_unit_or_ending(text, token))
                   ? ABBREVIATION_BEFORE_NAME
                   : ABBREVIATION_NONE;
    abbreviation_kind kind = boundary_abbreviation(token);
    if (kind != ABBREVIATION_NONE) return kind;
    kind = boundary_abbreviation((view){lower, boundary_lower(token, lower)});
    // In a text that is not all capitals, a word that is one stands for itself: "full ATP. The".
    bool decides = kind == ABBREVIATION_BEFORE_NAME || kind == ABBREVIATION_MAY_END;
    if (decides && is_capitals(token) && !is_capitals(word_at(text, next->word)))
        return ABBREVIATION_NONE;
    if (kind == ABBREVIATION_NONE && letters <= 4) kind = find_with_word_before(text, token);
    if (kind != ABBREVIATION_NONE) return kind;
    if (view_ends_with_nocase(token, VIEW("str"))) return ABBREVIATION_BEFORE_NUMBER; // a street
    size_t start = (size_t)(token.data - text.data);
    if (view_ends_with_nocase(view_slice(text, 0, start), VIEW(".-"))) // "Dipl.-Kfm."
        return ABBREVIATION_BEFORE_NAME;
    return is_initials(token) ? ABBREVIATION_MAY_END : ABBREVIATION_NONE;
}

/* ---- numbers ---- */

static bool is_number(view token)
{
    for (size_t i = 0; i < token.size; i++)
        if (!is_digit((unsigned char)token.data[i])) return false;
    return token.size > 0;
}

/* True for "6." at `at`: one or two digits, a full stop and no digit. */
static bool is_day_or_month(view text, size_t at)
{
    size_t end = at;
    while (end < text.size && end - at < 3 && is_digit((unsigned char)text.data[end]))
        end++;
    return end > at && end - at < 3 && end < text.size && text.data[end] == '.' &&
           !is_digit(next_of(text, end + 1));
}

/* True when "5. " is before the number at `start`, which is then the month or the year. */
static bool follows_number(view text, size_t start)
{
    if (start < 3 || text.data[start - 1] != ' ' || text.data[start - 2] != '.') return false;
    view before = token_before(text, start - 2);
    return is_number(before) && before.size <= 2;
}

/* "Godine 1990. Vlada je ...": in Croatian and its neighbours a year is an ordinal; one behind the word for year that
 * begins a sentence does not end it. */
static bool is_year_of_a_beginning(view text, size_t start)
{
    static const char *const YEARS[] = {"Godine", "Године", NULL};
    view before = word_before(text, start);
    for (size_t i = 0; YEARS[i]; i++)
        if (view_equal(before, view_of(YEARS[i]))) return true;
    return false;
}

/* The full stop behind the digits of `token` makes an ordinal or is part of a date. */
static bool is_ordinal(view text, view token, const ahead *next)
{
    size_t start = (size_t)(token.data - text.data);
    if (token.size > ORDINAL_MAX_DIGITS)
        return token.size == 4 && is_year_of_a_beginning(text, start);
    if (next->first == 0xA7) return true; // Hungarian "12. §"
    if (is_digit(next->first))
        return token.size <= 2 &&
               (is_day_or_month(text, next->word) || follows_number(text, start));
    if (is_starter(text, next->word, false)) return false;
    if ((neighbor_kinds(word_at(text, next->word)) & NEIGHBOR_FOLLOWS_ORDINAL) != 0) return true;
    return is_letter(next->first) &&
           (neighbor_kinds(word_before(text, start)) & NEIGHBOR_LEADS_ORDINAL) != 0;
}

/* ---- list numbers ---- */

static size_t line_end(view text, size_t at)
{
    const char *end = memchr(text.data + at, '\n', text.size - at);
    return end ? (size_t)(end - text.data) : text.size;
}

static size_t skip_blanks(view text, size_t at)
{
    while (at < text.size && (text.data[at] == ' ' || text.data[at] == '\t'))
        at++;
    return at;
}

view boundary_number_of_line(view text, size_t line)
{
    size_t start = skip_blanks(text, line), end = start;
    while (end < text.size && end - start < 4 && is_digit((unsigned char)text.data[end]))
        end++;
    bool marked = end > start && end - start < 4 && end + 1 < text.size &&
                  (text.data[end] == '.' || text.data[end] == ')') &&
                  (text.data[end + 1] == ' ' || text.data[end + 1] == '\t');
    return marked ? view_slice(text, start, end) : (view){0};
}

static int value_of(view digits)
{
    int value = 0;
    for (size_t i = 0; i < digits.size; i++)
        value = value * 10 + (digits.data[i] - '0');
    return value;
}

/* True when a line of the paragraph before `line` or behind it has the list number `value`. */
static bool has_numbered_line(view text, size_t line, int value, bool before)
{
    size_t least = line > BOUNDARY_LIST_BYTES ? line - BOUNDARY_LIST_BYTES : 0, at = line;
    for (int lines = 0; lines < LIST_LINES; lines++) {
        if (before ? at <= least : at >= text.size || at - line >= BOUNDARY_LIST_BYTES) break;
        if (before) {
            at--;
            while (at > least && text.data[at - 1] != '\n')
                at--;
        } else {
            at = line_end(text, at);
            if (at == text.size) return false;
            at++;
        }
        if (skip_blanks(text, at) == line_end(text, at)) return false; // the paragraph's end
        view number = boundary_number_of_line(text, at);
        if (number.size > 0 && value_of(number) == value) return true;
    }
    return false;
}

/* A list may begin at `line`: nothing is before it, or a blank line, a heading, the end of a
 * sentence, a colon or a semicolon. */
static bool begins_paragraph(view text, size_t line)
{
    size_t at = line;
    uint32_t newlines = 0, c = 0;
    while (at > 0) {
        size_t length = unicode_previous(text.data, at, &c);
        if (!unicode_is_space(c)) break;
        newlines += c == '\n';
        at -= length;
    }
    if (at == 0 || newlines > 1 || is_terminator(c) || is_closer(c) || c == ':' || c == ';')
        return true;
    size_t before = at;
    while (before > 0 && text.data[before - 1] != '\n')
        before--;
    return text.data[before] == '#';
}

static bool begins_line(view text, size_t at, size_t *line)
{
    while (at > 0 && (text.data[at - 1] == ' ' || text.data[at - 1] == '\t'))
        at--;
    *line = at;
    return at == 0 || text.data[at - 1] == '\n';
}

bool boundary_is_list_number(view text, size_t line)
{
    view number = boundary_number_of_line(text, line);
    if (number.size == 0) return false;
    int value = value_of(number);
    return begins_paragraph(text, line) || has_numbered_line(text, line, value - 1, true) ||
           has_numbered_line(text, line, value + 1, false);
}

/* "1.", "2.1." or "a." at the beginning of a line, where a list or a numbered heading may begin. */
static bool is_list_mark(view text, view token)
{
    size_t start = (size_t)(token.data - text.data), line = 0;
    if (token.size == 0 || !begins_line(text, start, &line)) return false;
    if (is_number(token)) return boundary_is_list_number(text, line);
    bool numbered = is_digit((unsigned char)*token.data);
    for (size_t i = 0; i < token.size && numbered; i++)
        numbered = is_digit((unsigned char)token.data[i]) || token.data[i] == '.';
    return (numbered || utf8_count(token) == 1 || is_roman(token, 0)) &&
           begins_paragraph(text, line);
}

/* ---- all of it ---- */

/* Thai has no full stop; one behind its letters marks an abbreviation. */
static bool is_thai_before(view text, size_t at)
{
    uint32_t c = 0;
    if (at > 0) unicode_previous(text.data, at, &c);
    return c >= 0xE01 && c <= 0xE4E;
}

/* True for " :" behind "Tél.": what goes on after the abbreviation. */
static bool is_colon_apart(view text, const ahead *next)
{
    uint32_t behind = next->first == ':' ? next_of(text, next->word + 1) : 0;
    return behind != 0 && unicode_is_space(behind);
}

static bool full_stop_ends(view text, size_t stop, const ahead *next);

/* "2." of "Do this: 1. Open it. 2. Close it.": the number that stands where a sentence begins, or the
 * first one behind a colon, is that of a list. */
static bool is_mark_within_line(view text, view token, const ahead *next)
{
    size_t start = (size_t)(token.data - text.data);
    if (token.size > 2 || start < 2 || text.data[start - 1] != ' ' || !is_letter(next->first))
        return false;
    size_t before = start - 2;
    char c = text.data[before];
    if (c == ':') return view_equal(token, VIEW("1"));
    if (c == ';' || c == '!' || c == '?') return true;
    if (c != '.' || is_number(token_before(text, before))) return false; // it asks itself but once
    ahead here = look_ahead(text, start - 1);
    return full_stop_ends(text, before, &here);
}

static bool full_stop_ends(view text, size_t stop, const ahead *next)
{
    view token = token_before(text, stop);
    if (is_thai_before(text, stop) || is_colon_apart(text, next)) return false;
    if (is_list_mark(text, token)) return false;
    if (is_number(token))
        return !is_ordinal(text, token, next) && !is_mark_within_line(text, token, next);
    bool is_name = false;
    switch (find_abbreviation(text, token, next)) {
    case ABBREVIATION_NONE:
        return true;
    case ABBREVIATION_NEVER_ENDS:
        return false;
    case ABBREVIATION_BEFORE_NUMBER:
        return !is_digit(next->first) && !is_roman(text, next->word);
    case ABBREVIATION_BEFORE_NAME:
        is_name = true;
        break;
    case ABBREVIATION_MAY_END:
        break;
    }
    bool has_case = next->first < 0x80 || is_upper(next->first);
    return has_case ? is_starter(text, next->word, is_name) : is_letter(next->first);
}

/* "(...)" is a gap in a quotation: the dots before `at` stand alone in brackets. */
static bool is_gap(view text, size_t at)
{
    while (at > 0 && text.data[at - 1] == '.')
        at--;
    return at > 0 && (text.data[at - 1] == '(' || text.data[at - 1] == '[');
}

/* ";" asks in Greek. */
static bool is_greek_question(view text, size_t at)
{
    uint32_t c = 0;
    if (at > 0) unicode_previous(text.data, at, &c);
    return (c >= 0x370 && c < 0x400) || (c >= 0x1F00 && c < 0x2000);
}

/* 「はい。」と言った: what is quoted is part of the sentence that goes on with "to" or "tte". */
static bool is_quoted_in_japanese(view text, const ahead *next)
{
    static const char *const CONJUNCTIONS[] = {"とて", "とこ", "とき", "とに", "とも", NULL};
    if (next->spaced) return false;
    view rest = view_slice(text, next->word, text.size);
    if (view_starts_with(rest, VIEW("って"))) return true;
    for (size_t i = 0; CONJUNCTIONS[i]; i++) // "tokoro ga" and its like begin sentences
        if (view_starts_with(rest, view_of(CONJUNCTIONS[i]))) return false;
    return view_starts_with(rest, VIEW("と"));
}

bool boundary_may_end_unspaced(uint32_t c)
{
    return c >= 0x2000 && (is_wide_terminator(c) || is_closer(c));
}

bool boundary_ends_sentence(view text, size_t offset)
{
    size_t at = offset;
    uint32_t c = 0;
    size_t length = unicode_previous(text.data, at, &c);
    for (int i = 0; i < CLOSERS_MAX && is_closer(c) && at > length; i++) {
        bool may_stand_apart = c == 0x00BB || c == 0x203A;
        at -= length;
        length = unicode_previous(text.data, at, &c);
        if (may_stand_apart && unicode_is_space(c) && c != '\n' && at > length) {
            at -= length;
            length = unicode_previous(text.data, at, &c);
        }
    }
    bool asks_in_greek = c == ';' && is_greek_question(text, at - length);
    if (!is_terminator(c) && !asks_in_greek) return false;
    ahead next = look_ahead(text, offset);
    if (next.first == 0 || next.blank_line) return true;
    if (at < offset && is_quoted_in_japanese(text, &next)) return false;
    if (is_wide_terminator(c) && !is_closer(next.first) && !is_terminator(next.first)) return true;
    if (!next.spaced || is_lower(next.first)) return false;
    if (c != '.' && is_dash_and_lower(text, &next)) return false;
    if (is_closer_apart(text, offset)) return false;
    if (asks_in_greek) return next.first >= 0x370 && next.first < 0x2000;
    if (at < offset && is_gap(text, at)) return false;
    return c != '.' || full_stop_ends(text, at - 1, &next);
}
