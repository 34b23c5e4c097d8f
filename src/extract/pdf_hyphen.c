/* pdf_hyphen.c - hyphens at line ends; the words of the document itself are the dictionary. */
#include "extract/pdf_hyphen.h"

#include "base/utf8.h"

enum { WORD_MAX = 120 };

static const char SOFT[] = "\xc2\xad", HYPHEN[] = "\xe2\x80\x90";

/* A letter, or a byte of one that is not ASCII; of other signs only dashes and quotation marks
 * (U+2010 to U+203F) are common at words. */
static bool is_letter(view v, size_t at)
{
    unsigned char c = (unsigned char)v.data[at];
    if (c < 0x80) return (unsigned char)((c | 0x20) - 'a') < 26;
    for (size_t i = at; i + 3 > at && i < v.size; i--) {
        unsigned char lead = (unsigned char)v.data[i];
        if (lead == 0xe2 && i + 1 < v.size) return (unsigned char)v.data[i + 1] != 0x80;
        if (lead >= 0xc0 || i == 0) break;
    }
    return true;
}

static view letters_before(view v)
{
    size_t start = v.size;
    while (start > 0 && is_letter(v, start - 1))
        start--;
    return view_slice(v, start, v.size);
}

static view letters_of(view v)
{
    size_t end = 0;
    while (end < v.size && is_letter(v, end))
        end++;
    return view_slice(v, 0, end);
}

static size_t lower(view v, char *out, size_t at)
{
    for (size_t i = 0; i < v.size && at < WORD_MAX; i++, at++)
        out[at] = is_ascii_capital(v.data[i]) ? (char)(v.data[i] | 0x20) : v.data[i];
    return at;
}

static bool is_known(const map *known, view a, const char *between, view b)
{
    char word[WORD_MAX];
    size_t size = lower(b, word, lower(view_of(between), word, lower(a, word, 0)));
    uint64_t ignored;
    return map_get(known, (view){word, size}, &ignored);
}

size_t hyphen_at_end(view tail)
{
    if (view_ends_with_nocase(tail, VIEW(SOFT))) return sizeof SOFT - 1;
    if (view_ends_with_nocase(tail, VIEW(HYPHEN))) return sizeof HYPHEN - 1;
    return view_ends_with_nocase(tail, VIEW("-"));
}

kith_status hyphen_learn(const pdf_layout *l, map *known, kith_error *err)
{
    const pdf_line *lines = pdf_lines(l);
    const pdf_word *words = pdf_words(l);
    size_t count = l->lines.size / sizeof *lines;
    bool is_needed = false;
    for (size_t i = 0; i < count && !is_needed; i++)
        is_needed =
            hyphen_at_end(pdf_word_text(l, &words[lines[i].first + lines[i].count - 1])) > 0;
    for (size_t i = 0; i < l->words.size / sizeof *words && is_needed; i++) {
        view word = pdf_word_text(l, &words[i]);
        while (word.size && !is_letter(word, 0))
            word = view_slice(word, 1, word.size);
        while (word.size && !is_letter(word, word.size - 1) && !hyphen_at_end(word))
            word.size--;
        if (word.size == 0 || word.size > WORD_MAX || hyphen_at_end(word)) continue;
        char text[WORD_MAX] = "";
        const view lowered = {text, lower(word, text, 0)};
        if (map_put(known, lowered, 1) != KITH_OK)
            return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the words of the PDF");
    }
    return KITH_OK;
}

static bool has_capital(view v, bool all)
{
    for (size_t i = 0; i < v.size; i++)
        if (is_ascii_capital(v.data[i]) != all) return !all;
    return all;
}

/* True for two-letter UTF-8 capitals of Latin, Greek and Cyrillic as well. */
static bool begins_with_capital(view v)
{
    if (v.size < 2 || (unsigned char)v.data[0] < 0x80) return v.size && is_ascii_capital(v.data[0]);
    unsigned char lead = (unsigned char)v.data[0], next = (unsigned char)v.data[1];
    return (lead == 0xc3 && next < 0x9f) || (lead == 0xce && next >= 0x86 && next < 0xac) ||
           (lead == 0xd0 && next < 0xb0);
}

static hyphen_end judge_plain(const map *known, view before, view a, view b)
{
    static const char *const COMPOUNDS[] = {"all",  "cross", "ex",   "half", "high", "long",  "low",
                                            "self", "short", "well", "full", "so",   "quasi", NULL};
    if (is_known(known, a, "", b)) return HYPHEN_CUT;
    if (is_known(known, a, "-", b) || utf8_count(a) == 1) return HYPHEN_STAYS;
    size_t word = before.size;
    while (word > 0 && before.data[word - 1] != ' ' && before.data[word - 1] != '\n')
        word--;
    bool has_other = memchr(before.data + word, '-', before.size - word) != NULL;
    return has_other || view_is_one_of_nocase(a, COMPOUNDS) ? HYPHEN_STAYS : HYPHEN_CUT;
}

hyphen_end hyphen_judge(const map *known, view tail, view head, size_t *bytes)
{
    // "Ein- und Ausgang", "pre- and postwar": what the hyphen stands for comes later.
    static const char *const JOINING[] = {"und", "oder", "bzw", "sowie", "and", "or",
                                          "to",  "en",   "of",  "et",    "ou",  "y",
                                          "e",   "o",    "och", "eller", "og",  NULL};
    *bytes = hyphen_at_end(tail);
    if (*bytes == 0 || tail.size == *bytes || head.size == 0) return HYPHEN_NONE;
    bool is_plain = *bytes == 1;
    view before = view_slice(tail, 0, tail.size - *bytes);
    view a = letters_before(before), b = letters_of(head);
    bool a_digit = is_ascii_digit(before.data[before.size - 1]);
    if (view_ends_with_nocase(tail, VIEW(SOFT))) return b.size && a.size ? HYPHEN_CUT : HYPHEN_NONE;
    if (a.size == 0)
        return a_digit && (b.size || is_ascii_digit(head.data[0])) ? HYPHEN_STAYS : HYPHEN_NONE;
    if (b.size == 0) return is_ascii_digit(head.data[0]) ? HYPHEN_STAYS : HYPHEN_NONE;
    bool is_capital = begins_with_capital(b);
    bool is_all_capital = a.size > 1 && b.size > 1 && has_capital(a, true) && has_capital(b, true);
    if (is_capital && !is_all_capital) return HYPHEN_STAYS;
    bool goes_on = b.size < head.size && head.data[b.size] == '-'; // "of-the-art"
    if (goes_on && is_plain) return is_known(known, a, "", b) ? HYPHEN_CUT : HYPHEN_STAYS;
    if (is_plain && view_is_one_of_nocase(b, JOINING)) return HYPHEN_NONE;
    if (!is_plain) {
        bool stays = !is_known(known, a, "", b) &&
                     (is_known(known, a, "-", b) || is_known(known, a, HYPHEN, b));
        return stays ? HYPHEN_STAYS : HYPHEN_CUT;
    }
    return judge_plain(known, before, a, b);
}
