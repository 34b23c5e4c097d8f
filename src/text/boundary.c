/* boundary.c - sentence ends by rule, in this order:
 *
 *   1. Before the place stand a terminator (. ! ? ...) and any closing quotes and brackets. If not,
 *      it is no end.
 *   2. At the end of the text, and before a blank line, it is an end.
 *   3. A full-width terminator is an end without white space, unless a closer or another terminator
 *      follows, behind which the end then is.
 *   4. Other terminators need white space behind them, and a next word that does not begin in lower
 *      case.
 *   5. A full stop must besides not belong to a list number ("1." at the beginning of a line), an
 *      abbreviation ("Mr.", "Fig. 3") or initials ("J. R. Smith").
 *   6. Some abbreviations and all initials may end a sentence or not: "in the U.S. The", "the U.S.
 *      Army". The next word decides: it is an end before a word that often begins sentences and
 *      seldom names (STARTERS).
 *
 * A missed end joins two sentences, a false one cuts a sentence in two. */
#include "text/boundary.h"

#include "text/unicode.h"

#include <utf8proc.h>

enum { TOKEN_MAX_BYTES = 24, CLOSERS_MAX = 8 };

typedef enum abbreviation_kind {
    NO_ABBREVIATION,
    NEVER_ENDS,      /* something always follows: "Mr.", "e.g." */
    ENDS_BUT_NUMBER, /* no end before a number ("No. 5", "Jan. 1"), else an end ("no.") */
    MAY_END          /* the next word decides: "Inc.", "etc.", "a.m." */
} abbreviation_kind;

typedef struct abbreviation {
    const char *text; /* without the last full stop, lower case */
    abbreviation_kind kind;
} abbreviation;

static const abbreviation ABBREVIATIONS[] = {
    {"mr", NEVER_ENDS},        {"mrs", NEVER_ENDS},      {"ms", NEVER_ENDS},
    {"mx", NEVER_ENDS},        {"dr", NEVER_ENDS},       {"prof", NEVER_ENDS},
    {"rev", NEVER_ENDS},       {"hon", NEVER_ENDS},      {"gen", NEVER_ENDS},
    {"col", NEVER_ENDS},       {"capt", NEVER_ENDS},     {"cmdr", NEVER_ENDS},
    {"lt", NEVER_ENDS},        {"sgt", NEVER_ENDS},      {"maj", NEVER_ENDS},
    {"pres", NEVER_ENDS},      {"gov", NEVER_ENDS},      {"sen", NEVER_ENDS},
    {"rep", NEVER_ENDS},       {"st", NEVER_ENDS},       {"mt", NEVER_ENDS},
    {"ft", NEVER_ENDS},        {"messrs", NEVER_ENDS},   {"mme", NEVER_ENDS},
    {"mlle", NEVER_ENDS},      {"fr", NEVER_ENDS},       {"e.g", NEVER_ENDS},
    {"i.e", NEVER_ENDS},       {"eg", NEVER_ENDS},       {"ie", NEVER_ENDS},
    {"cf", NEVER_ENDS},        {"viz", NEVER_ENDS},      {"vs", NEVER_ENDS},
    {"approx", NEVER_ENDS},    {"ca", NEVER_ENDS},       {"resp", NEVER_ENDS},
    {"incl", NEVER_ENDS},      {"no", ENDS_BUT_NUMBER},  {"nos", ENDS_BUT_NUMBER},
    {"vol", ENDS_BUT_NUMBER},  {"fig", ENDS_BUT_NUMBER}, {"figs", ENDS_BUT_NUMBER},
    {"eq", ENDS_BUT_NUMBER},   {"eqs", ENDS_BUT_NUMBER}, {"ch", ENDS_BUT_NUMBER},
    {"chap", ENDS_BUT_NUMBER}, {"sec", ENDS_BUT_NUMBER}, {"sect", ENDS_BUT_NUMBER},
    {"p", ENDS_BUT_NUMBER},    {"pp", ENDS_BUT_NUMBER},  {"pg", ENDS_BUT_NUMBER},
    {"art", ENDS_BUT_NUMBER},  {"op", ENDS_BUT_NUMBER},  {"para", ENDS_BUT_NUMBER},
    {"ver", ENDS_BUT_NUMBER},  {"tab", ENDS_BUT_NUMBER}, {"ref", ENDS_BUT_NUMBER},
    {"jan", ENDS_BUT_NUMBER},  {"feb", ENDS_BUT_NUMBER}, {"mar", ENDS_BUT_NUMBER},
    {"apr", ENDS_BUT_NUMBER},  {"jun", ENDS_BUT_NUMBER}, {"jul", ENDS_BUT_NUMBER},
    {"aug", ENDS_BUT_NUMBER},  {"sep", ENDS_BUT_NUMBER}, {"sept", ENDS_BUT_NUMBER},
    {"oct", ENDS_BUT_NUMBER},  {"nov", ENDS_BUT_NUMBER}, {"dec", ENDS_BUT_NUMBER},
    {"etc", MAY_END},          {"inc", MAY_END},         {"ltd", MAY_END},
    {"co", MAY_END},           {"corp", MAY_END},        {"bros", MAY_END},
    {"jr", MAY_END},           {"sr", MAY_END},          {"al", MAY_END},
    {"dept", MAY_END},         {"est", MAY_END},         {"univ", MAY_END},
    {"ave", MAY_END},          {"blvd", MAY_END},        {"rd", MAY_END},
    {"ph.d", MAY_END},         {"esq", MAY_END},
};

/* Words that begin sentences far more often than they continue a name. */
static const char *const STARTERS[] = {
    "the",  "a",       "an",       "it",      "he",     "she",   "they", "we",  "you",
    "i",    "this",    "that",     "these",   "those",  "there", "in",   "on",  "at",
    "but",  "and",     "if",       "when",    "while",  "as",    "for",  "his", "her",
    "its",  "their",   "our",      "my",      "no",     "yes",   "what", "who", "why",
    "how",  "where",   "after",    "before",  "since",  "also",  "then", "so",  "to",
    "with", "by",      "from",     "some",    "many",   "most",  "all",  "one", "such",
    "both", "however", "although", "because", "during", "not",
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static bool is_wide_terminator(uint32_t c)
{
    return c == 0x3002 || c == 0xFF01 || c == 0xFF1F || c == 0xFF61 || c == 0xFF0E;
}

static bool is_terminator(uint32_t c)
{
    if (c < 0x80) return c == '.' || c == '!' || c == '?';
    return is_wide_terminator(c) || c == 0x2026 || c == 0x203C || c == 0x203D ||
           (c >= 0x2047 && c <= 0x2049) || c == 0x0589 || c == 0x061F || c == 0x06D4 ||
           c == 0x0964 || c == 0x0965 || c == 0x104B || c == 0x1362 || c == 0x17D4;
}

/* Quotes, brackets and emphasis marks that may stand behind a terminator. */
static bool is_closer(uint32_t c)
{
    if (c < 0x80)
        return c == '"' || c == '\'' || c == ')' || c == ']' || c == '}' || c == '*' || c == '_';
    return c == 0x2019 || c == 0x201D || c == 0x00BB || c == 0x203A || c == 0x300D || c == 0x300F ||
           c == 0x3011 || c == 0x3009 || c == 0x300B || c == 0xFF09 || c == 0xFF3D;
}

static bool is_opener(uint32_t c)
{
    if (c < 0x80)
        return c == '"' || c == '\'' || c == '(' || c == '[' || c == '{' || c == '*' || c == '_';
    return c == 0x2018 || c == 0x201C || c == 0x00AB || c == 0x2039 || c == 0x00BF || c == 0x00A1 ||
           c == 0x201E;
}

static bool is_lower(uint32_t c)
{
    if (c < 0x80) return c >= 'a' && c <= 'z';
    return utf8proc_category((utf8proc_int32_t)c) == UTF8PROC_CATEGORY_LL;
}

static bool is_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_ascii_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

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

static bool is_starter(view text, size_t word)
{
    size_t end = word;
    while (end < text.size && end - word <= 8 && is_ascii_letter(text.data[end]))
        end++;
    if (end < text.size && (text.data[end] == '.' || text.data[end] == '-'))
        return false; // an initial
    for (size_t i = 0; i < COUNT(STARTERS); i++)
        if (view_equal_nocase(view_slice(text, word, end), view_of(STARTERS[i]))) return true;
    return false;
}

/* The letters, digits and inner full stops before the full stop at `stop`; empty when too long for
 * an abbreviation. */
static view token_before(view text, size_t stop)
{
    size_t start = stop;
    while (start > 0 && stop - start <= TOKEN_MAX_BYTES) {
        unsigned char c = (unsigned char)text.data[start - 1];
        if (c < 0x80 && !is_ascii_letter((char)c) && !is_digit(c) && c != '.') break;
        start--;
    }
    return stop - start > TOKEN_MAX_BYTES ? (view){0} : view_slice(text, start, stop);
}

/* "U.S", "a.m", "J": single letters with full stops between. */
static bool is_initials(view token)
{
    for (size_t i = 0; i < token.size; i++)
        if (i % 2 == 0 ? !is_ascii_letter(token.data[i]) : token.data[i] != '.') return false;
    bool is_capital = token.size > 0 && token.data[0] < 'a';
    return token.size % 2 == 1 && (token.size > 1 || is_capital);
}

static abbreviation_kind find_abbreviation(view token)
{
    for (size_t i = 0; i < COUNT(ABBREVIATIONS); i++)
        if (view_equal_nocase(token, view_of(ABBREVIATIONS[i].text))) return ABBREVIATIONS[i].kind;
    return is_initials(token) ? MAY_END : NO_ABBREVIATION;
}

/* "1." or "12." at the beginning of a line numbers a list. */
static bool is_list_number(view text, view token)
{
    if (token.size == 0 || token.size > 3) return false;
    for (size_t i = 0; i < token.size; i++)
        if (!is_digit((unsigned char)token.data[i])) return false;
    size_t before = (size_t)(token.data - text.data);
    while (before > 0 && (text.data[before - 1] == ' ' || text.data[before - 1] == '\t'))
        before--;
    return before == 0 || text.data[before - 1] == '\n';
}

static bool full_stop_ends(view text, size_t stop, const ahead *next)
{
    view token = token_before(text, stop);
    if (is_list_number(text, token)) return false;
    switch (find_abbreviation(token)) {
    case NO_ABBREVIATION:
        return true;
    case NEVER_ENDS:
        return false;
    case ENDS_BUT_NUMBER:
        return !is_digit(next->first);
    case MAY_END:
        break;
    }
    return next->first >= 0x80 || is_starter(text, next->word);
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
        at -= length;
        length = unicode_previous(text.data, at, &c);
    }
    if (!is_terminator(c)) return false;
    ahead next = look_ahead(text, offset);
    if (next.first == 0 || next.blank_line) return true;
    if (is_wide_terminator(c) && !is_closer(next.first) && !is_terminator(next.first)) return true;
    if (!next.spaced || is_lower(next.first)) return false;
    return c != '.' || full_stop_ends(text, at - 1, &next);
}
