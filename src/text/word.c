/* word.c - runs of letters, marks and digits; a Han, Hiragana or Katakana character is a word by
 * itself. An apostrophe between letters and a point or comma between digits belong to the word
 * ("don't", "3.14", "v1.2.3"). A term is the run in NFKD, case folded, without accents, and stemmed
 * when it is ASCII letters. Marks that are letters in their script (virama, nukta, kana voicing)
 * stay. ASCII, by far the most, needs no table. */
#include "text/word.h"

#include "base/buffer.h"
#include "base/utf8.h"
#include "text/unicode.h"

#include <libstemmer.h>
#include <utf8proc.h>

enum {
    TERM_MAX_BYTES = 128, /* of a longer run (base64, a gene) the beginning */
    STOP_MAX_BYTES = 10
};

/* In the order of strcmp. */
static const char *const STOP_WORDS[] = {
    "a",      "about",    "above", "after",   "again",   "all",    "also",    "am",
    "an",     "and",      "any",   "are",     "as",      "at",     "be",      "because",
    "been",   "before",   "being", "below",   "between", "both",   "but",     "by",
    "can",    "could",    "did",   "do",      "does",    "doing",  "during",  "each",
    "few",    "for",      "from",  "further", "had",     "has",    "have",    "having",
    "he",     "her",      "here",  "hers",    "herself", "him",    "himself", "his",
    "how",    "i",        "if",    "in",      "into",    "is",     "it",      "its",
    "itself", "just",     "may",   "me",      "might",   "more",   "most",    "must",
    "my",     "myself",   "no",    "nor",     "not",     "now",    "of",      "off",
    "on",     "once",     "only",  "or",      "other",   "our",    "ours",    "out",
    "over",   "own",      "same",  "shall",   "she",     "should", "so",      "some",
    "such",   "than",     "that",  "the",     "their",   "theirs", "them",    "themselves",
    "then",   "there",    "these", "they",    "this",    "those",  "through", "to",
    "too",    "under",    "until", "up",      "upon",    "us",     "very",    "was",
    "we",     "were",     "what",  "when",    "where",   "which",  "while",   "who",
    "whom",   "whose",    "why",   "will",    "with",    "would",  "you",     "your",
    "yours",  "yourself",
};

typedef struct splitter {
    view text;
    struct sb_stemmer *stemmer;
    buffer words; /* of word; term.data is an offset into `terms` until the end */
    buffer terms;
} splitter;

typedef enum character_kind {
    KIND_OTHER,
    KIND_LETTER,
    KIND_DIGIT,
    KIND_MARK,
    KIND_IDEOGRAPH
} character_kind;

static character_kind kind_of(uint32_t c)
{
    if (c < 0x80) {
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return KIND_LETTER;
        return c >= '0' && c <= '9' ? KIND_DIGIT : KIND_OTHER;
    }
    if (unicode_is_ideograph(c)) return KIND_IDEOGRAPH;
    switch (utf8proc_category((utf8proc_int32_t)c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
        return KIND_LETTER;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return KIND_DIGIT;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
        return KIND_MARK;
    default:
        return KIND_OTHER;
    }
}

static bool joins_letters(uint32_t c)
{
    return c == '\'' || c == 0x2019;
}

/* Is the character at `at`, after a character of kind `before`, inside a word: "don't", "3.14"? */
static bool joins(view text, size_t at, uint32_t c, size_t length, character_kind before)
{
    bool letters = joins_letters(c) && before == KIND_LETTER;
    bool digits = (c == '.' || c == ',') && before == KIND_DIGIT;
    if ((!letters && !digits) || at + length >= text.size) return false;
    uint32_t next;
    unicode_next(text.data + at + length, &next);
    return kind_of(next) == before;
}

static size_t skip_marks(view text, size_t at)
{
    while (at < text.size) {
        uint32_t c;
        size_t length = unicode_next(text.data + at, &c);
        if (kind_of(c) != KIND_MARK) break;
        at += length;
    }
    return at;
}

/* The end of the word that begins at `start` with a letter, a digit or an ideograph. */
static size_t word_end(view text, size_t start)
{
    uint32_t c;
    size_t at = start + unicode_next(text.data + start, &c);
    character_kind before = kind_of(c);
    if (before == KIND_IDEOGRAPH) return skip_marks(text, at);
    while (at < text.size) {
        size_t length = unicode_next(text.data + at, &c);
        character_kind kind = kind_of(c);
        if (kind == KIND_IDEOGRAPH) break;
        if (kind == KIND_OTHER && !joins(text, at, c, length, before)) break;
        if (kind != KIND_MARK) before = kind;
        at += length;
    }
    return at;
}

/* Accents, points and harakat by their combining class; 7, 8 and 9 are nukta, kana voicing and
 * virama, 0 are vowel signs. */
static bool is_accent(utf8proc_int32_t c)
{
    const utf8proc_property_t *p = utf8proc_get_property(c);
    return p->category == UTF8PROC_CATEGORY_MN &&
           (p->combining_class >= 200 || (p->combining_class >= 10 && p->combining_class <= 35));
}

/* Appends the normal form of one code point; returns the new size, or `size` when it does not fit.
 */
static size_t append_folded(char *term, size_t size, uint32_t c)
{
    utf8proc_int32_t parts[32];
    int last_class = 0;
    utf8proc_ssize_t count = utf8proc_decompose_char(
        (utf8proc_int32_t)c, parts, 32,
        UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE, &last_class);
    if (count < 0 || count > 32) return size;
    size_t at = size;
    for (utf8proc_ssize_t i = 0; i < count; i++) {
        if (is_accent(parts[i]) || kind_of((uint32_t)parts[i]) == KIND_OTHER) continue;
        if (at + 4 > TERM_MAX_BYTES) return size;
        at += utf8_encode((uint32_t)parts[i], term + at);
    }
    return at;
}

/* The folded term of the run; *is_plain when it is ASCII letters and apostrophes only. */
static size_t fold(view run, char term[TERM_MAX_BYTES], bool *is_plain)
{
    size_t size = 0;
    *is_plain = true;
    for (size_t i = 0; i < run.size && size + 4 <= TERM_MAX_BYTES;) {
        uint32_t c;
        i += unicode_next(run.data + i, &c);
        if (c < 0x80) {
            char lower = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
            if (lower < 'a' && lower != '\'') *is_plain = false;
            term[size++] = lower;
        } else if (joins_letters(c)) {
            term[size++] = '\'';
        } else {
            size_t from = size;
            size = append_folded(term, size, c);
            for (; from < size; from++)
                if (term[from] < 'a' || term[from] > 'z') *is_plain = false;
        }
    }
    return size;
}

static bool is_stop_word(view term)
{
    if (term.size > STOP_MAX_BYTES) return false;
    size_t low = 0, high = sizeof STOP_WORDS / sizeof *STOP_WORDS;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = view_compare(term, view_of(STOP_WORDS[middle]));
        if (order == 0) return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

static kith_status append_word(splitter *s, size_t start, size_t end, kith_error *err)
{
    char folded[TERM_MAX_BYTES];
    bool is_plain = false;
    view term = {folded, fold(view_slice(s->text, start, end), folded, &is_plain)};
    if (term.size == 0) return KITH_OK; // marks only
    bool is_stop = is_plain && is_stop_word(term);
    if (is_plain) {
        const sb_symbol *stem =
            sb_stemmer_stem(s->stemmer, (const sb_symbol *)term.data, (int)term.size);
        if (!stem) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a stem");
        term = (view){(const char *)stem, (size_t)sb_stemmer_length(s->stemmer)};
    }
    word w = {(uint32_t)start, (uint32_t)end, {NULL, term.size}, is_stop};
    buffer_append(&s->terms, term);
    buffer_append(&s->words, (view){(const char *)&w, sizeof w});
    return KITH_OK;
}

static kith_status split(splitter *s, kith_error *err)
{
    kith_status status = KITH_OK;
    for (size_t i = 0; i < s->text.size && status == KITH_OK;) {
        uint32_t c;
        size_t length = unicode_next(s->text.data + i, &c);
        character_kind kind = kind_of(c);
        if (kind == KIND_OTHER || kind == KIND_MARK) {
            i += length;
            continue;
        }
        size_t end = word_end(s->text, i);
        status = append_word(s, i, end, err);
        i = end;
    }
    if (status == KITH_OK) status = buffer_status(&s->terms, "the terms of a text", err);
    return status == KITH_OK ? buffer_status(&s->words, "the words of a text", err) : status;
}

/* Moves the lists into the arena, where the terms lie one after the other. */
static kith_status keep(const splitter *s, arena *a, word **out, uint32_t *out_count,
                        kith_error *err)
{
    word *words = arena_new(a, s->words.size);
    view terms = arena_copy(a, buffer_view(&s->terms));
    if (!words || !terms.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for words");
    if (s->words.size) memcpy(words, s->words.data, s->words.size);
    uint32_t count = (uint32_t)(s->words.size / sizeof *words);
    const char *term = terms.data;
    for (uint32_t i = 0; i < count; i++) {
        words[i].term.data = term;
        term += words[i].term.size;
    }
    *out = words;
    *out_count = count;
    return KITH_OK;
}

kith_status word_split(view text, arena *a, word **out, uint32_t *out_count, kith_error *err)
{
    if (text.size > UINT32_MAX)
        return fail(err, KITH_ERR_LIMIT, "text has %zu bytes, the limit is %u", text.size,
                    UINT32_MAX);
    splitter s = {.text = text};
    buffer_init(&s.words, (text.size + 1) * sizeof(word));
    buffer_init(&s.terms, 16 * (text.size + 1));
    kith_status status = KITH_OK;
    s.stemmer = sb_stemmer_new("english", NULL); // not thread safe, and a microsecond to make
    if (!s.stemmer) {
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for a stemmer");
        goto done;
    }
    status = split(&s, err);
    if (status == KITH_OK) status = keep(&s, a, out, out_count, err);
done:
    sb_stemmer_delete(s.stemmer);
    buffer_done(&s.terms);
    buffer_done(&s.words);
    return status;
}
