/* language.c - detects a language by script and function words.
 * Function words (the, und, que) make up half of prose in every language and are few, so a short
 * table decides. A word that several languages share counts for each. Different words are counted,
 * not occurrences, because one word that happens to look foreign may be repeated all over a text.
 * Another language than English needs three of them, two more than English has, and one word in
 * five to be one: a text of few or no sentences (code, a table, a name) is taken as English, whose
 * stemmer does it the least harm. A wrong guess costs little: a query is stemmed in every language
 * that the index holds, so its words meet the text's in the text's own language. */
#include "text/language.h"

#include "text/fold.h"
#include "text/known_words.h"
#include "text/stop_words_table.h"
#include "text/unicode.h"

enum {
    SAMPLE_BYTES = 1500, /* of the text; more decides no better */
    SEEN_SLOTS = 128,    /* of a set of words; a sample has about 40 different function words */
    LEAST_WORDS = 3,     /* different function words that a language needs */
    LEAST_SHARE = 5      /* one word in so many must be one of them; in prose every second is */
};

/* As view_compare, but without calls: most words differ in a byte or two. */
static int compare_to_word(view term, const char *word)
{
    size_t i = 0;
    while (i < term.size && term.data[i] == word[i] && word[i])
        i++;
    if (i == term.size || !word[i]) return (i < term.size) - (word[i] != 0);
    return (unsigned char)term.data[i] - (unsigned char)word[i];
}

static const stop_word *find_stop_word(view term)
{
    if (term.size == 0 || term.size > STOP_WORD_MAX_BYTES) return NULL;
    const uint16_t *of_letter = STOP_WORDS_OF_LETTER;
    size_t letter = (unsigned char)term.data[0] - (size_t)'a', letters = 'z' - 'a' + 1;
    size_t low = of_letter[letter < letters ? letter : letters];
    size_t high = sizeof STOP_WORDS / sizeof *STOP_WORDS;
    if (letter < letters) high = of_letter[letter + 1];
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = compare_to_word(term, STOP_WORDS[middle].word);
        if (order == 0) return &STOP_WORDS[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

uint32_t language_stop_word(view term)
{
    const stop_word *found = find_stop_word(term);
    return found ? (uint32_t)(found - STOP_WORDS) + 1 : 0;
}

bool language_has_stop_word(language l, uint32_t number)
{
    return number > 0 && (STOP_WORDS[number - 1].languages >> l & 1) != 0;
}

const char *language_stemmer(language l)
{
    static const char *const names[LANGUAGE_COUNT] = {
        [LANGUAGE_ENGLISH] = "english",     [LANGUAGE_GERMAN] = "german",
        [LANGUAGE_FRENCH] = "french",       [LANGUAGE_SPANISH] = "spanish",
        [LANGUAGE_ITALIAN] = "italian",     [LANGUAGE_PORTUGUESE] = "portuguese",
        [LANGUAGE_DUTCH] = "dutch",         [LANGUAGE_SWEDISH] = "swedish",
        [LANGUAGE_NORWEGIAN] = "norwegian", [LANGUAGE_DANISH] = "danish",
        [LANGUAGE_FINNISH] = "finnish",     [LANGUAGE_RUSSIAN] = "russian",
        [LANGUAGE_GREEK] = "greek",         [LANGUAGE_ARABIC] = "arabic",
    };
    return names[l];
}

typedef struct evidence {
    uint32_t words;
    uint32_t function_words[LANGUAGE_COUNT], different[LANGUAGE_COUNT];
    uint32_t latin, cyrillic, greek, arabic; /* letters */
    const stop_word *seen[SEEN_SLOTS];
    const known_words *known; /* NULL: none */
} evidence;

static void count_letter(evidence *e, uint32_t c)
{
    e->latin += (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= 0xC0 && c < 0x250);
    e->greek += c >= 0x370 && c < 0x400;
    e->cyrillic += c >= 0x400 && c < 0x530;
    e->arabic += c >= 0x620 && c < 0x700;
}

/* True the first time for a word. When its four slots are taken by others it counts as seen. */
static bool is_new(evidence *e, const stop_word *found)
{
    for (size_t i = 0; i < 4; i++) {
        const stop_word **slot = &e->seen[((size_t)(found - STOP_WORDS) + i) % SEEN_SLOTS];
        if (*slot == found) return false;
        if (!*slot) {
            *slot = found;
            return true;
        }
    }
    return false;
}

static const stop_word *stop_word_of(const evidence *e, view run)
{
    char folded[FOLD_MAX_BYTES];
    known_word known;
    if (e->known && known_words_find(e->known, known_words_language(e->known), run, &known))
        return known.stop_word ? &STOP_WORDS[known.stop_word - 1] : NULL;
    size_t size = fold_word(run, folded, NULL);
    return find_stop_word((view){folded, size});
}

static void count_word(evidence *e, view run)
{
    if (run.size == 0) return;
    e->words++;
    // Single letters are names in code and formulas.
    if (run.size == 1 || run.size > (size_t)2 * STOP_WORD_MAX_BYTES) return;
    const stop_word *found = stop_word_of(e, run);
    if (!found) return;
    bool fresh = is_new(e, found);
    for (language l = 0; l < LANGUAGE_COUNT; l++) {
        bool has = (found->languages >> l & 1) != 0;
        e->function_words[l] += has;
        e->different[l] += has && fresh;
    }
}

static evidence collect(view text, const known_words *known)
{
    evidence e = {.known = known};
    size_t start = 0, end = text.size < SAMPLE_BYTES ? text.size : SAMPLE_BYTES;
    for (size_t i = 0; i < end;) {
        uint32_t c;
        size_t length = unicode_next(text.data + i, &c);
        count_letter(&e, c);
        // All letters of the languages here are in these ranges, and hardly any punctuation.
        bool is_letter =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= 0xC0 && c < 0x2000);
        i += length;
        if (is_letter) continue;
        count_word(&e, view_slice(text, start, i - length));
        start = i;
    }
    if (start < end) count_word(&e, view_slice(text, start, end));
    return e;
}

language language_of(view text)
{
    return language_of_with(text, NULL);
}

language language_of_with(view text, const known_words *known)
{
    evidence e = collect(text, known);
    if (e.cyrillic > e.latin) return LANGUAGE_RUSSIAN;
    if (e.greek > e.latin) return LANGUAGE_GREEK;
    if (e.arabic > e.latin) return LANGUAGE_ARABIC;
    language best = LANGUAGE_ENGLISH;
    for (language l = 0; l < LANGUAGE_COUNT; l++)
        if (e.different[l] > e.different[best]) best = l;
    bool is_clear = e.different[best] >= LEAST_WORDS &&
                    e.different[best] > e.different[LANGUAGE_ENGLISH] + 1 &&
                    e.function_words[best] >= e.words / LEAST_SHARE;
    return is_clear ? best : LANGUAGE_ENGLISH;
}
