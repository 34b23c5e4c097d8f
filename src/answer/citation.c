/* citation.c - a reader of the grammar in citation.h, over the bytes that are held: at most 96, so
 * they are read from the start again for each byte that comes. */
#include "answer/citation.h"

#include <string.h>

enum { RANGE_MAX_NUMBERS = 20, NUMBERS_MAX = 96 };

void citation_filter_init(citation_filter *f, uint32_t passages, buffer *out)
{
    CHECK(passages <= CITATION_MAX_PASSAGES);
    memset(f, 0, sizeof *f);
    f->passages = passages;
    f->out = out;
}

static void release_held(citation_filter *f)
{
    buffer_append(f->out, (view){f->held, f->held_size});
    f->held_size = 0;
}

/* Whether the text appended so far ends with an open bracket and only what may follow one, such as
 * "[" or "[1, ": what is appended next could complete a citation that nobody wrote. */
static bool is_open(const citation_filter *f)
{
    view text = buffer_view(f->out);
    size_t i = text.size, low = i > sizeof f->held ? i - sizeof f->held : 0;
    while (i > low && text.data[i - 1] != '\0' && strchr("0123456789,; ", text.data[i - 1]))
        i--;
    return i > low && text.data[i - 1] == '[';
}

/* A removed number must not join what is on its two sides to a new citation: in "[1[7]2]" a blank
 * takes its place. */
static void remove_number(citation_filter *f)
{
    f->removed++;
    if (is_open(f)) buffer_append_byte(f->out, ' ');
}

static void cite(citation_filter *f, uint32_t n)
{
    if (n == 0 || n > f->passages) {
        remove_number(f);
        return;
    }
    buffer_printf(f->out, "[%u]", n);
    for (uint32_t i = 0; i < f->cited_count; i++)
        if (f->cited[i] == n) return;
    CHECK(f->cited_count < f->passages);
    f->cited[f->cited_count++] = n;
}

/* ---- the grammar ---- */

/* Where the reading of `held` is. `is_cut` says that the text ends where a token was looked for, or
 * within one: what is held may still become a citation. */
typedef struct reading {
    view text;
    size_t at;
    bool is_cut;
    uint32_t numbers[NUMBERS_MAX]; /* [count] */
    bool ranges[NUMBERS_MAX];      /* [i] a dash stands between numbers i - 1 and i */
    uint32_t count;
} reading;

typedef enum reading_end { IS_NONE, IS_BEGINNING, IS_CITATION } reading_end;

/* Takes the token if it is next, case aside. */
static bool take(reading *r, const char *token)
{
    view rest = view_slice(r->text, r->at, r->text.size), wanted = view_of(token);
    size_t size = rest.size < wanted.size ? rest.size : wanted.size;
    if (!view_equal_nocase(view_slice(rest, 0, size), view_slice(wanted, 0, size))) return false;
    r->is_cut = size < wanted.size;
    if (r->is_cut) return false;
    r->at += wanted.size;
    return true;
}

/* The first of the tokens that is next. Looks no further at one that may still be coming: a longer
 * token stands before those that it begins with. */
static bool take_one(reading *r, const char *const *tokens)
{
    for (; *tokens && !r->is_cut; tokens++)
        if (take(r, *tokens)) return true;
    return false;
}

/* "Sources 1", "document:1", "passage #1", or no word at all. "doc" and "ref" are not among the
 * words: texts have them before numbers of their own. */
static void take_word(reading *r)
{
    static const char *const WORDS[] = {"source", "passage", "document", NULL};
    static const char *const BEHIND[] = {" ", ":", "#", NULL};
    if (!take_one(r, WORDS)) return;
    (void)take(r, "s");
    while (take_one(r, BEHIND))
        continue;
}

static bool is_number_next(const reading *r)
{
    return r->at < r->text.size &&
           (is_ascii_digit(r->text.data[r->at]) || r->text.data[r->at] == '^');
}

static bool take_number(reading *r, bool is_range)
{
    uint32_t n = 0;
    if (!is_number_next(r)) return false;
    (void)take(r, "^");
    size_t start = r->at;
    for (; r->at < r->text.size && is_ascii_digit(r->text.data[r->at]); r->at++)
        n = n > CITATION_MAX_PASSAGES ? n : n * 10 + (uint32_t)(r->text.data[r->at] - '0');
    r->is_cut = r->at == r->text.size;
    if (r->at == start || r->count == NUMBERS_MAX) return false;
    r->ranges[r->count] = is_range;
    r->numbers[r->count++] = n;
    return true;
}

/* Numbers and what stands between them, up to something else. False: that something stands where a
 * number must. */
static bool take_numbers(reading *r)
{
    static const char *const SEPARATORS[] = {" ", ",", ";", "\xE3\x80\x81", "\xEF\xBC\x8C", NULL};
    static const char *const DASHES[] = {"-", "\xE2\x80\x93", NULL};
    bool is_range = false;
    do {
        if (!take_number(r, is_range)) return false;
        while (take_one(r, SEPARATORS))
            continue;
        is_range = take_one(r, DASHES);
        while (is_range && take(r, " "))
            continue;
    } while (!r->is_cut && (is_range || is_number_next(r)));
    return true;
}

/* "†source", up to the bracket that closes it, or nothing. False: something that cannot stand
 * there. */
static bool take_note(reading *r, const char *close)
{
    if (!take(r, "\xE2\x80\xA0")) return true;
    for (; r->at < r->text.size; r->at++) {
        if (view_starts_with(view_slice(r->text, r->at, r->text.size), view_of(close))) return true;
        if (memchr("[]\n", r->text.data[r->at], 3)) return false;
    }
    r->is_cut = true;
    return true;
}

/* held  1 byte or more */
static reading_end read_held(view held, reading *r)
{
    static const char *const BRACKETS[][2] = {
        {"[", "]"},
        {"\xE3\x80\x90", "\xE3\x80\x91"},
        {"\xEF\xBC\xBB", "\xEF\xBC\xBD"},
    };
    const char *close = NULL;
    *r = (reading){.text = held};
    for (size_t i = 0; i < sizeof BRACKETS / sizeof *BRACKETS && !close && !r->is_cut; i++)
        if (take(r, BRACKETS[i][0])) close = BRACKETS[i][1];
    if (close) take_word(r);
    if (r->is_cut) return IS_BEGINNING;
    if (!close) return IS_NONE;
    if (!take_numbers(r)) return r->is_cut ? IS_BEGINNING : IS_NONE;
    if (!r->is_cut && !take_note(r, close)) return IS_NONE;
    if (r->is_cut) return IS_BEGINNING;
    if (take(r, close)) return r->at == held.size ? IS_CITATION : IS_NONE;
    return r->is_cut ? IS_BEGINNING : IS_NONE;
}

/* Every range must be one of passages: "[2019-2020]" and "[0-9]" are text. */
static bool has_true_ranges(const citation_filter *f, const reading *r)
{
    for (uint32_t i = 1; i < r->count; i++) {
        uint32_t first = r->numbers[i - 1], last = r->numbers[i];
        if (!r->ranges[i]) continue;
        if (first == 0 || last <= first || last > f->passages || last - first > RANGE_MAX_NUMBERS ||
            r->ranges[i - 1])
            return false;
    }
    return true;
}

static void cite_all(citation_filter *f, const reading *r)
{
    for (uint32_t i = 0; i < r->count; i++) {
        for (uint32_t n = r->ranges[i] ? r->numbers[i - 1] + 1 : r->numbers[i]; n < r->numbers[i];
             n++)
            cite(f, n);
        cite(f, r->numbers[i]);
    }
}

/* ---- the filter ---- */

static void take_byte(citation_filter *f, char c)
{
    reading r;
    if (f->held_size == sizeof f->held) release_held(f);
    f->held[f->held_size++] = c;
    reading_end end = read_held((view){f->held, f->held_size}, &r);
    if (end == IS_CITATION && has_true_ranges(f, &r)) {
        f->held_size = 0;
        cite_all(f, &r);
    } else if (end == IS_CITATION) {
        release_held(f);
    } else if (end == IS_NONE) {
        f->held_size--;
        bool is_alone = f->held_size == 0;
        release_held(f);
        if (is_alone)
            buffer_append_byte(f->out, c);
        else
            take_byte(f, c);
    }
}

void citation_filter_feed(citation_filter *f, view piece)
{
    for (size_t i = 0; i < piece.size; i++)
        take_byte(f, piece.data[i]);
}

void citation_filter_finish(citation_filter *f)
{
    release_held(f);
}

const char *citation_filter_check(const citation_filter *f)
{
    reading r;
    if (f->held_size > sizeof f->held) return "more is held than fits";
    if (f->held_size > 0 && read_held((view){f->held, f->held_size}, &r) != IS_BEGINNING)
        return "what is held cannot become a citation";
    if (f->cited_count > f->passages) return "more passages are cited than were sent";
    for (uint32_t i = 0; i < f->cited_count; i++) {
        if (f->cited[i] == 0 || f->cited[i] > f->passages) return "a passage is cited that is none";
        for (uint32_t j = 0; j < i; j++)
            if (f->cited[j] == f->cited[i]) return "a passage is listed twice";
    }
    return NULL;
}
