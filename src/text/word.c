/* word.c - cuts a text into words and turns each into the term that it is found by.
 *
 * What a word is: a run of letters, digits and the marks on them. An apostrophe between two
 * letters, and a point or comma between two digits, belong to it ("don't", "3.14", "v1.2.3").
 * Chinese and Japanese are written without spaces, so each Han, Hiragana or Katakana character is a
 * word by itself.
 *
 * The order of folding and stemming depends on the language. English stems need no accents: a run
 * is folded first, and stemmed when it is ASCII letters only. Other stemmers know endings by their
 * accents, so there a run is lowered, stemmed, and folded last. Runs with digits are not stemmed.
 *
 * Texts and queries go through the same code, so that a term is looked for in the form in which it
 * was stored. A change to what a word or a term is makes existing indexes stale. */
#include "text/word.h"

#include "base/buffer.h"
#include "text/fold.h"
#include "text/identifier.h"
#include "text/unicode.h"

#include <libstemmer.h>

enum {
    COMPOUND_MAX_BYTES = 64, /* longer ones (a slug, an encoded key) are only their parts */
    ELISION_MAX_BYTES = 5    /* l', qu', dell' */
};

typedef struct splitter {
    view text;
    language language;
    struct sb_stemmer *stemmer;
    uint32_t position; /* of the next word */
    buffer words;      /* of word; term.data is set at the end */
    buffer terms;
    kith_error *err;
} splitter;

/* True when the sign at `at`, after a character of kind `before`, is inside a word: "don't",
 * "3.14". */
static bool joins(view text, size_t at, uint32_t c, size_t length, character_kind before)
{
    bool letters = is_apostrophe(c) && before == KIND_LETTER;
    bool digits = (c == '.' || c == ',') && before == KIND_DIGIT;
    if ((!letters && !digits) || at + length >= text.size) return false;
    uint32_t next;
    unicode_next(text.data + at + length, &next);
    return character_kind_of(next) == before;
}

static size_t skip_marks(view text, size_t at)
{
    while (at < text.size) {
        uint32_t c;
        size_t length = unicode_next(text.data + at, &c);
        if (character_kind_of(c) != KIND_MARK) break;
        at += length;
    }
    return at;
}

/* The end of the word that begins at `start` with a letter, a digit or an ideograph. */
static size_t word_end(view text, size_t start)
{
    uint32_t c;
    size_t at = start + unicode_next(text.data + start, &c);
    character_kind before = character_kind_of(c);
    if (before == KIND_IDEOGRAPH) return skip_marks(text, at);
    while (at < text.size) {
        size_t length = unicode_next(text.data + at, &c);
        character_kind kind = character_kind_of(c);
        if (kind == KIND_IDEOGRAPH) break;
        if (kind == KIND_OTHER && !joins(text, at, c, length, before)) break;
        if (kind != KIND_MARK) before = kind;
        at += length;
    }
    return at;
}

/* "eau" of "l'eau", "acqua" of "dell'acqua": without the article. */
static view skip_elision(view lowered)
{
    for (size_t i = 0; i < lowered.size && i <= ELISION_MAX_BYTES;) {
        uint32_t c;
        i += unicode_next(lowered.data + i, &c);
        if (is_apostrophe(c)) return view_slice(lowered, i, lowered.size);
    }
    return lowered;
}

static bool has_digit(view run)
{
    for (size_t i = 0; i < run.size; i++)
        if (run.data[i] >= '0' && run.data[i] <= '9') return true;
    return false;
}

static kith_status stem(const splitter *s, view run, view *out)
{
    const sb_symbol *stemmed =
        sb_stemmer_stem(s->stemmer, (const sb_symbol *)run.data, (int)run.size);
    if (!stemmed) return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for a stem");
    *out = (view){(const char *)stemmed, (size_t)sb_stemmer_length(s->stemmer)};
    return KITH_OK;
}

/* The term of a run, and whether the run is a stop word. The term points into `folded` or the
 * stemmer, so it is good until the next call. It is empty when folding leaves nothing. */
static kith_status english_term(const splitter *s, view run, char folded[FOLD_MAX_BYTES],
                                view *term, bool *is_stop)
{
    bool is_plain = false;
    *term = (view){folded, fold_word(run, folded, &is_plain)};
    *is_stop = is_plain && language_has_stop_word(s->language, *term);
    return is_plain && term->size ? stem(s, *term, term) : KITH_OK;
}

static kith_status foreign_term(const splitter *s, view run, char folded[FOLD_MAX_BYTES],
                                view *term, bool *is_stop)
{
    char lowered_bytes[FOLD_MAX_BYTES];
    view lowered = {lowered_bytes, lower_word(run, lowered_bytes)}, stemmed = lowered;
    bool elides = s->language == LANGUAGE_FRENCH || s->language == LANGUAGE_ITALIAN;
    if (elides) lowered = stemmed = skip_elision(lowered);
    *is_stop =
        language_has_stop_word(s->language, (view){folded, fold_word(lowered, folded, NULL)});
    kith_status status = lowered.size && !has_digit(lowered) ? stem(s, lowered, &stemmed) : KITH_OK;
    // A run that does not fit when lowered, or whose stem is empty, stays whole.
    *term = (view){folded, fold_word(stemmed.size ? stemmed : run, folded, NULL)};
    return status;
}

static kith_status append_word(splitter *s, word w, view run)
{
    char folded[FOLD_MAX_BYTES];
    view term;
    kith_status status = s->language == LANGUAGE_ENGLISH
                             ? english_term(s, run, folded, &term, &w.is_stop)
                             : foreign_term(s, run, folded, &term, &w.is_stop);
    if (status != KITH_OK || term.size == 0) return status;
    w.term.size = term.size;
    w.position = w.is_extra ? s->position - 1 : s->position++;
    buffer_append(&s->terms, term);
    buffer_append(&s->words, (view){(const char *)&w, sizeof w});
    return KITH_OK;
}

/* Appends a run as a word, and its parts when it is an identifier. */
static kith_status append_run(splitter *s, size_t start, size_t end, bool is_joined)
{
    view run = view_slice(s->text, start, end), part;
    uint32_t before = s->position;
    size_t at = 0;
    word w = {.start = (uint32_t)start, .end = (uint32_t)end, .is_joined = is_joined};
    kith_status status = append_word(s, w, run);
    if (s->position == before) return status;
    while (status == KITH_OK && identifier_next_part(run, &at, &part)) {
        size_t offset = (size_t)(part.data - s->text.data);
        w = (word){
            .start = (uint32_t)offset, .end = (uint32_t)(offset + part.size), .is_extra = true};
        status = append_word(s, w, part);
    }
    return status;
}

/* Appends user_name as "username", at the position of "user"; `first` is that of the compound. */
static kith_status append_whole(splitter *s, size_t start, size_t end, uint32_t first)
{
    char whole[COMPOUND_MAX_BYTES];
    view compound = view_slice(s->text, start, end);
    uint32_t after = s->position;
    if (compound.size > COMPOUND_MAX_BYTES || after == first) return KITH_OK;
    view run = {whole, identifier_without_joints(compound, whole)};
    word w = {.start = (uint32_t)start, .end = (uint32_t)end, .is_extra = true};
    s->position = first + 1;
    kith_status status = append_word(s, w, run);
    s->position = after;
    return status;
}

/* Appends the word at `start`, with those that - or _ join to it; *end is behind the last. */
static kith_status append_compound(splitter *s, size_t start, size_t *end)
{
    uint32_t first = s->position, parts = 1;
    size_t next = 0;
    bool has_letter = false;
    *end = word_end(s->text, start);
    kith_status status = append_run(s, start, *end, false);
    for (size_t from = start; status == KITH_OK; from = next, parts++) {
        has_letter |= !identifier_is_number(view_slice(s->text, from, *end));
        next = identifier_skip_joint(s->text, *end);
        if (next == *end) break;
        *end = word_end(s->text, next);
        status = append_run(s, next, *end, true);
    }
    // 2020-01-15 and 3-4 are numbers side by side, not one name.
    if (status == KITH_OK && parts > 1 && has_letter) status = append_whole(s, start, *end, first);
    return status;
}

static kith_status split(splitter *s)
{
    kith_status status = KITH_OK;
    for (size_t i = 0; i < s->text.size && status == KITH_OK;) {
        uint32_t c;
        size_t length = unicode_next(s->text.data + i, &c);
        character_kind kind = character_kind_of(c);
        if (kind == KIND_OTHER || kind == KIND_MARK)
            i += length;
        else
            status = append_compound(s, i, &i);
    }
    if (status == KITH_OK) status = buffer_status(&s->terms, "the terms of a text", s->err);
    return status == KITH_OK ? buffer_status(&s->words, "the words of a text", s->err) : status;
}

/* Moves the lists into the arena, where the terms lie one after the other. */
static kith_status keep(const splitter *s, arena *a, word **out, uint32_t *out_count)
{
    word *words = arena_new(a, s->words.size);
    view terms = arena_copy(a, buffer_view(&s->terms));
    if (!words || !terms.data) return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for words");
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

kith_status word_split_in(view text, language l, arena *a, word **out, uint32_t *out_count,
                          kith_error *err)
{
    if (text.size > UINT32_MAX)
        return fail(err, KITH_ERR_LIMIT, "text has %zu bytes, the limit is %u", text.size,
                    UINT32_MAX);
    splitter s = {.text = text, .language = l, .err = err};
    buffer_init(&s.words, 2 * (text.size + 1) * sizeof(word));
    buffer_init(&s.terms, 32 * (text.size + 1));
    kith_status status = KITH_OK;
    // Not thread safe, and a microsecond to make.
    s.stemmer = sb_stemmer_new(language_stemmer(l), NULL);
    if (!s.stemmer) {
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for a stemmer");
        goto done;
    }
    status = split(&s);
    if (status == KITH_OK) status = keep(&s, a, out, out_count);
done:
    sb_stemmer_delete(s.stemmer);
    buffer_done(&s.terms);
    buffer_done(&s.words);
    return status;
}

kith_status word_split(view text, arena *a, word **out, uint32_t *out_count, kith_error *err)
{
    return word_split_in(text, LANGUAGE_ENGLISH, a, out, out_count, err);
}
