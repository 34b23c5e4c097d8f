/* word.c - cuts a text into words and turns each into the term that it is found by.
 *
 * What a word is: a run of letters, digits and the marks on them. An apostrophe between two
 * letters, and a point or comma between two digits, belong to it ("don't", "3.14", "v1.2.3").
 * Chinese and Japanese are written without spaces, so each Han, Hiragana or Katakana character is a
 * word by itself. So are Thai, Lao, Khmer and Burmese, and a Korean noun is one run with its
 * particles: there each two neighboring characters are a word. A single one would be too common
 * (Hangul has some 2,000 in use, Thai 44 consonants), and a dictionary would have to be the same for
 * all time: docs/decisions/010 has what both find.
 *
 * The order of folding and stemming depends on the language. English stems need no accents: a run
 * is folded first, and stemmed when it is ASCII letters only. Other stemmers know endings by their
 * accents, so there a run is lowered, stemmed, and folded last. Runs with digits are not stemmed.
 *
 * Whatever the language, the same words stand at the same places: a query is split once for each
 * language (words/bm25_query.c). So articles are cut off in all of them, also in English: a row of
 * a few French words is taken for English, and there "L'assurance" has to be found by "assurance".
 *
 * Texts and queries go through the same code, so that a term is looked for in the form in which it
 * was stored. A change to what a word or a term is makes existing indexes stale: whoever makes one
 * raises GENERATION_FORMAT (db/generation.h). */
#include "text/word.h"

#include "base/buffer.h"
#include "text/fold.h"
#include "text/identifier.h"
#include "text/number.h"
#include "text/unicode.h"

#include <libstemmer.h>
#include <utf8proc.h>

enum {
    COMPOUND_MAX_BYTES = 64, /* longer ones (a slug, an encoded key) are only their parts */
    ELISION_MAX_BYTES = 6    /* l', qu', dell', jusqu' */
};

/* A number in groups that is being split, to be appended as a whole behind its last group. */
typedef struct pending_number {
    size_t start, end; /* bytes of the text; end is 0 when there is none */
    uint32_t position; /* of its first word */
    char digits[NUMBER_MAX_BYTES];
    size_t size;
} pending_number;

typedef struct splitter {
    view text;
    language language;
    known_words *known;         /* NULL: none */
    struct sb_stemmer *stemmer; /* NULL until it is needed */
    uint32_t position;          /* of the next word */
    bool has_apostrophe;        /* the run that word_end found last */
    pending_number number;
    buffer words; /* of word; term.data is set at the end */
    buffer terms;
    kith_error *err;
} splitter;

/* Exactly three digits are at `at`: the thousands of 1'234. */
static bool has_three_digits(view text, size_t at)
{
    size_t end = at;
    while (end < text.size && end - at < 4 && is_ascii_digit(text.data[end]))
        end++;
    return end - at == 3;
}

/* True when the sign at `at`, after a character of kind `before`, is inside a word: "don't",
 * "3.14". */
static bool joins(view text, size_t at, uint32_t c, size_t length, character_kind before)
{
    bool letters = is_apostrophe(c) && before == KIND_LETTER;
    bool digits = (c == '.' || c == ',') && before == KIND_DIGIT;
    if (is_apostrophe(c) && before == KIND_DIGIT) return has_three_digits(text, at + length);
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
static size_t word_end(splitter *s, size_t start)
{
    view text = s->text;
    uint32_t c;
    s->has_apostrophe = false;
    size_t at = start + unicode_next(text.data + start, &c);
    character_kind before = character_kind_of(c);
    if (before == KIND_IDEOGRAPH) return skip_marks(text, at);
    while (at < text.size) {
        size_t length = unicode_next(text.data + at, &c);
        character_kind kind = character_kind_of(c);
        if (kind == KIND_IDEOGRAPH || kind == KIND_GRAM) break;
        if (kind == KIND_OTHER) {
            if (!joins(text, at, c, length, before)) break;
            s->has_apostrophe |= is_apostrophe(c);
        }
        if (kind != KIND_MARK) before = kind;
        at += length;
    }
    return at;
}

/* The article, pronoun or preposition that French, Italian, Catalan and Portuguese elide. */
static bool is_elided(view run)
{
    static const char *const elided[] = {
        "l",      "d",     "j",    "m",    "t",    "s",    "n",    "c",    "v",     "qu",
        "jusqu",  "un",    "all",  "dall", "dell", "nell", "sull", "coll", "quell", "lorsqu",
        "puisqu", "quest", "bell", "sant", "gl",   "degl", "agl",  "negl", "entr",  NULL};
    return view_is_one_of_nocase(run, elided);
}

/* Only a vowel or h elides: "d'accord", "l'hôtel", not "s'more". */
static bool begins_with_vowel(view rest)
{
    utf8proc_int32_t parts[4];
    int last_class = 0;
    uint32_t c = 0;
    if (rest.size == 0) return false;
    unicode_next(rest.data, &c);
    if (c == 0x153 || c == 0x152 || c == 0xE6 || c == 0xC6) return true;
    if (c >= 0x80 &&
        utf8proc_decompose_char((utf8proc_int32_t)c, parts, 4, UTF8PROC_DECOMPOSE, &last_class) > 0)
        c = (uint32_t)parts[0];
    return c < 0x80 && strchr("aeiouyhAEIOUYH", (int)c) != NULL && c != 0;
}

/* "eau" of "l'eau", "acqua" of "dell'acqua": without what is elided before the apostrophe. */
static view skip_elision(view run)
{
    for (size_t i = 0; i < run.size && i <= ELISION_MAX_BYTES; i++) {
        if (run.data[i] != '\'' && (unsigned char)run.data[i] != 0xE2) continue;
        uint32_t c;
        size_t end = i + unicode_next(run.data + i, &c);
        view rest = view_slice(run, end, run.size);
        bool cut = is_apostrophe(c) && is_elided(view_slice(run, 0, i)) && begins_with_vowel(rest);
        return cut ? rest : run;
    }
    return run;
}

static kith_status stem(splitter *s, view run, view *out)
{
    // Not thread safe, and a microsecond to make.
    if (!s->stemmer) s->stemmer = sb_stemmer_new(language_stemmer(s->language), NULL);
    if (!s->stemmer) return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for a stemmer");
    const sb_symbol *stemmed =
        sb_stemmer_stem(s->stemmer, (const sb_symbol *)run.data, (int)run.size);
    if (!stemmed) return fail(s->err, KITH_ERR_NO_MEMORY, "out of memory for a stem");
    *out = (view){(const char *)stemmed, (size_t)sb_stemmer_length(s->stemmer)};
    return KITH_OK;
}

/* The term of a run, and which stop word the run is. The term points into `folded` or the stemmer,
 * so it is good until the next call. It is empty when folding leaves nothing. */
static kith_status english_term(splitter *s, view run, char folded[FOLD_MAX_BYTES], known_word *out)
{
    bool is_plain = false;
    out->term = (view){folded, fold_word(run, folded, &is_plain)};
    out->stop_word = is_plain ? language_stop_word(out->term) : 0;
    return is_plain && out->term.size ? stem(s, out->term, &out->term) : KITH_OK;
}

static kith_status foreign_term(splitter *s, view run, char folded[FOLD_MAX_BYTES], known_word *out)
{
    char lowered_bytes[FOLD_MAX_BYTES];
    view lowered = {lowered_bytes, lower_word(run, lowered_bytes)}, stemmed = lowered;
    out->stop_word = language_stop_word((view){folded, fold_word(lowered, folded, NULL)});
    kith_status status =
        lowered.size && !view_has_digit(lowered) ? stem(s, lowered, &stemmed) : KITH_OK;
    // A run that does not fit when lowered, or whose stem is empty, stays whole.
    out->term = (view){folded, fold_word(stemmed.size ? stemmed : run, folded, NULL)};
    return status;
}

/* As the former two, by what is known. */
static kith_status term_of(splitter *s, view run, char folded[FOLD_MAX_BYTES], known_word *out)
{
    if (s->known && known_words_find(s->known, s->language, run, out)) return KITH_OK;
    kith_status status = s->language == LANGUAGE_ENGLISH ? english_term(s, run, folded, out)
                                                         : foreign_term(s, run, folded, out);
    out->place = 0;
    if (status == KITH_OK && s->known)
        out->place = known_words_put(s->known, s->language, run, out);
    return status;
}

static kith_status append_word(splitter *s, word w, view run)
{
    char folded[FOLD_MAX_BYTES];
    known_word found;
    if (s->has_apostrophe) run = skip_elision(run);
    kith_status status = term_of(s, run, folded, &found);
    if (status != KITH_OK || found.term.size == 0) return status;
    w.term.size = found.term.size;
    w.is_stop = language_has_stop_word(s->language, found.stop_word);
    w.known = found.place;
    w.position = w.is_extra ? s->position - 1 : s->position++;
    buffer_append(&s->terms, found.term);
    buffer_append(&s->words, (view){(const char *)&w, sizeof w});
    return KITH_OK;
}

/* Appends `form` as the extra word w at `position`, whose word is in the list. */
static kith_status append_extra(splitter *s, word w, uint32_t position, view form)
{
    uint32_t after = s->position;
    w.is_extra = true;
    if (after == position) return KITH_OK; // folding left nothing of the word
    s->position = position + 1;
    kith_status status = append_word(s, w, form);
    s->position = after;
    return status;
}

/* Appends a number in its forms. */
static kith_status append_number(splitter *s, word w, const number_forms *forms, view run)
{
    uint32_t position = s->position;
    view first = forms->main_size ? (view){forms->main, forms->main_size} : run;
    kith_status status = append_word(s, w, first);
    w.is_spelling = true;
    w.is_joined = false;
    if (status == KITH_OK && forms->other_size)
        status = append_extra(s, w, position, (view){forms->other, forms->other_size});
    if (status == KITH_OK && forms->is_comma_read) status = append_extra(s, w, position, run);
    return status;
}

/* Appends a run as a word, and its parts when it is an identifier. */
static kith_status append_run(splitter *s, size_t start, size_t end, bool is_joined)
{
    view run = view_slice(s->text, start, end), part;
    uint32_t before = s->position;
    size_t at = 0;
    word w = {.start = (uint32_t)start, .end = (uint32_t)end, .is_joined = is_joined};
    if (is_ascii_digit(run.data[0])) {
        number_forms forms = number_read(run);
        if (forms.main_size || forms.other_size) return append_number(s, w, &forms, run);
    }
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
    if (compound.size > COMPOUND_MAX_BYTES) return KITH_OK;
    view run = {whole, identifier_without_joints(compound, whole)};
    word w = {.start = (uint32_t)start, .end = (uint32_t)end};
    return append_extra(s, w, first, run);
}

/* Appends the word at `start`, with those that - or _ join to it; *end is behind the last. */
static kith_status append_compound(splitter *s, size_t start, size_t *end)
{
    enum { WHOLE_DIGITS = 7 }; // 2020-01-15 and 978-3-16-148410-0; 3-4 are numbers side by side
    uint32_t first = s->position, parts = 1;
    size_t next = 0;
    bool has_letter = false;
    *end = word_end(s, start);
    kith_status status = append_run(s, start, *end, false);
    for (size_t from = start; status == KITH_OK; from = next, parts++) {
        has_letter |= !identifier_is_number(view_slice(s->text, from, *end));
        next = identifier_skip_joint(s->text, *end);
        if (next == *end) break;
        *end = word_end(s, next);
        status = append_run(s, next, *end, true);
    }
    bool in_groups = s->number.end > 0 && s->number.start == start; // has its own whole
    bool is_one = has_letter || (*end - start >= WHOLE_DIGITS + parts - 1 && !in_groups);
    if (status == KITH_OK && parts > 1 && is_one) status = append_whole(s, start, *end, first);
    return status;
}

/* ---- scripts whose words are not what stands between spaces ---- */

/* The end of the character at `start` with the marks on it. */
static size_t cluster_end(view text, size_t start)
{
    uint32_t c, next;
    utf8proc_int32_t state = 0;
    size_t at = start + unicode_next(text.data + start, &c);
    while (at < text.size) {
        size_t length = unicode_next(text.data + at, &next);
        if (utf8proc_grapheme_break_stateful((utf8proc_int32_t)c, (utf8proc_int32_t)next, &state) &&
            character_kind_of(next) != KIND_MARK)
            break;
        c = next;
        at += length;
    }
    return at;
}

static bool begins_with_gram(view text, size_t at)
{
    uint32_t c = 0;
    if (at < text.size) unicode_next(text.data + at, &c);
    return character_kind_of(c) == KIND_GRAM;
}

/* The usual particles behind a Korean noun. */
static bool is_particle(view run)
{
    static const char *const particles[] = {"은",   "는",   "이",   "가",   "을",   "를",   "의",
                                            "에",   "와",   "과",   "도",   "로",   "만",   "나",
                                            "야",   "께",   "에서", "으로", "에게", "까지", "부터",
                                            "처럼", "보다", "하고", "이나", NULL};
    return view_is_one_of_nocase(run, particles);
}

/* Appends the run of such characters at `start` by twos; *end is behind it. */
static kith_status append_grams(splitter *s, size_t start, size_t *end)
{
    size_t from = start, middle = cluster_end(s->text, start), first_end = middle;
    uint32_t first = s->position;
    kith_status status = KITH_OK;
    s->has_apostrophe = false;
    bool alone = !begins_with_gram(s->text, middle);
    if (alone)
        status = append_word(s, (word){.start = (uint32_t)start, .end = (uint32_t)middle},
                             view_slice(s->text, start, middle));
    while (status == KITH_OK && begins_with_gram(s->text, middle)) {
        size_t to = cluster_end(s->text, middle);
        word w = {.start = (uint32_t)from, .end = (uint32_t)to, .is_joined = from > start};
        status = append_word(s, w, view_slice(s->text, from, to));
        from = middle;
        middle = to;
    }
    *end = middle;
    if (status == KITH_OK && !alone && is_particle(view_slice(s->text, first_end, middle)))
        status = append_extra(s, (word){.start = (uint32_t)start, .end = (uint32_t)first_end},
                              first, view_slice(s->text, start, first_end));
    return status;
}

/* ---- all of it ---- */

/* A number in groups may begin with a digit, and an IBAN with two capitals and a digit. */
static bool may_begin_number(view text, size_t at)
{
    const char *c = text.data + at;
    if (is_ascii_digit(*c)) return true;
    return text.size - at > 4 && is_ascii_capital(c[0]) && is_ascii_capital(c[1]) &&
           is_ascii_digit(c[2]);
}

/* Before the word at `start`: notes a number in groups that begins with it. */
static void begin_number(splitter *s, size_t start)
{
    pending_number *n = &s->number;
    if (n->end > 0 || !may_begin_number(s->text, start)) return;
    size_t end = number_in_groups(s->text, start, n->digits, &n->size);
    if (end == start || word_end(s, start) >= end) return; // it is one run: append_number
    n->start = start;
    n->end = end;
    n->position = s->position;
}

/* Behind the word that ends at `end`: appends the number as a whole when that was its last. */
static kith_status end_number(splitter *s, size_t end)
{
    pending_number *n = &s->number;
    if (n->end == 0 || end < n->end) return KITH_OK;
    word w = {.start = (uint32_t)n->start, .end = (uint32_t)n->end};
    n->end = 0;
    return append_extra(s, w, n->position, (view){n->digits, n->size});
}

static kith_status split(splitter *s)
{
    kith_status status = KITH_OK;
    for (size_t i = 0; i < s->text.size && status == KITH_OK;) {
        uint32_t c;
        size_t length = unicode_next(s->text.data + i, &c);
        character_kind kind = character_kind_of(c);
        if (kind == KIND_OTHER || kind == KIND_MARK) {
            i += length;
        } else if (kind == KIND_GRAM) {
            status = append_grams(s, i, &i);
        } else {
            begin_number(s, i);
            status = append_compound(s, i, &i);
            if (status == KITH_OK) status = end_number(s, i);
        }
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

/* Room for the words of an ordinary text, one for each five bytes, so that the lists need not grow
 * step by step. A reservation that fails leaves the buffer failed, as an append would. */
static void reserve_lists(splitter *s)
{
    enum { ORDINARY_MAX_BYTES = 4096, WORD_BYTES = 5 };
    if (s->text.size > ORDINARY_MAX_BYTES) return;
    (void)buffer_reserve(&s->words, (s->text.size / WORD_BYTES + 1) * sizeof(word));
    (void)buffer_reserve(&s->terms, s->text.size + 1);
}

kith_status word_split_with(view text, const word_splitting *how, arena *a, word **out,
                            uint32_t *out_count, kith_error *err)
{
    if (text.size > UINT32_MAX)
        return fail(err, KITH_ERR_LIMIT, "text has %zu bytes, the limit is %u", text.size,
                    UINT32_MAX);
    splitter s = {.text = text, .language = how->language, .known = how->known, .err = err};
    buffer_init(&s.words, 2 * (text.size + 1) * sizeof(word));
    buffer_init(&s.terms, 32 * (text.size + 1));
    reserve_lists(&s);
    kith_status status = split(&s);
    if (status == KITH_OK) status = keep(&s, a, out, out_count);
    sb_stemmer_delete(s.stemmer);
    buffer_done(&s.terms);
    buffer_done(&s.words);
    return status;
}

kith_status word_split_in(view text, language l, arena *a, word **out, uint32_t *out_count,
                          kith_error *err)
{
    return word_split_with(text, &(word_splitting){.language = l}, a, out, out_count, err);
}

kith_status word_split(view text, arena *a, word **out, uint32_t *out_count, kith_error *err)
{
    return word_split_in(text, LANGUAGE_ENGLISH, a, out, out_count, err);
}
