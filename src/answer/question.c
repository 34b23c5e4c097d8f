/* question.c - parses a question. Its kind is recognised by the question words of seven languages. A
 * question in another one is QUESTION_OTHER, for which every sentence counts half for its kind: that
 * costs it a little precision in choosing sentences, and nothing else. */
#include "answer/question.h"

#include "answer/attribute.h"
#include "answer/interrogative.h"
#include "answer/misspelling.h"

#include <math.h>

/* The least weight of a word, in units of idf (ln). In a collection of a few documents the idf of
 * every word that they hold is near 0, and a question would be judged by the words that they
 * lack. */
static const float least_weight = 1.0F;

static question_kind kind_in_english(view text, const word *words, uint32_t count)
{
    static const char *const when[] = {"when", NULL};
    static const char *const name[] = {"who", "whom", "whose", "where", NULL};
    static const char *const what[] = {"what", "which", NULL};
    static const char *const how[] = {"how", NULL};
    static const char *const dates[] = {"year", "date", "century", "decade", NULL};
    static const char *const places[] = {"city", "country", "state", "place", NULL};
    static const char *const amounts[] = {"many",  "much", "long", "old", "far",
                                          "large", "high", "tall", NULL};
    static const char *const numbers[] = {"number", "percent", "percentage", NULL};
    for (uint32_t i = 0; i < count; i++) {
        view w = view_slice(text, words[i].start, words[i].end);
        view next =
            i + 1 < count ? view_slice(text, words[i + 1].start, words[i + 1].end) : (view){"", 0};
        bool asks_what = view_is_one_of_nocase(w, what);
        if (view_is_one_of_nocase(w, when) || (asks_what && view_is_one_of_nocase(next, dates)))
            return QUESTION_WHEN;
        if (view_is_one_of_nocase(w, numbers) ||
            (view_is_one_of_nocase(w, how) && view_is_one_of_nocase(next, amounts)))
            return QUESTION_COUNT;
        if (view_is_one_of_nocase(w, name) || (asks_what && view_is_one_of_nocase(next, places)))
            return QUESTION_NAME;
    }
    return QUESTION_OTHER;
}

/* By the first word that asks: "Bis wann", "Combien de temps", "¿Cada cuánto". */
static question_kind kind_of(view text, language l, const word *words, uint32_t count)
{
    if (l == LANGUAGE_ENGLISH) return kind_in_english(text, words, count);
    for (uint32_t i = 0; i < count; i++) {
        view next =
            i + 1 < count ? view_slice(text, words[i + 1].start, words[i + 1].end) : VIEW("");
        switch (interrogative_of(view_slice(text, words[i].start, words[i].end), l)) {
        case INTERROGATIVE_NONE:
        case INTERROGATIVE_OTHER:
            break;
        case INTERROGATIVE_WHEN:
            return QUESTION_WHEN;
        case INTERROGATIVE_COUNT:
            return QUESTION_COUNT;
        case INTERROGATIVE_NAME:
            return QUESTION_NAME;
        case INTERROGATIVE_HOW:
            return interrogative_measures(next, l) ? QUESTION_COUNT : QUESTION_OTHER;
        }
    }
    return QUESTION_OTHER;
}

static bool is_any(view text, const word *words, uint32_t first, uint32_t end,
                   const char *const *list)
{
    for (uint32_t i = first; i < end; i++)
        if (view_is_one_of_nocase(view_slice(text, words[i].start, words[i].end), list))
            return true;
    return false;
}

/* "mean" of "What is the mean of the sample?", not of "Tell me what the flags mean". */
static bool is_average(view text, const word *words, uint32_t i)
{
    static const char *const forms[] = {"mean", "means", NULL}, *const the[] = {"the", "a", NULL};
    static const char *const is[] = {"is", "are", "was", "were", NULL};
    return view_is_one_of_nocase(view_slice(text, words[i].start, words[i].end), forms) &&
           is_any(text, words, 0, i, the) && is_any(text, words, 0, i, is);
}

/* "mean" of "What does -x mean in tar?", "meaning" of "meaning of -x" and "-x meaning", "stand" of
 * "What does d stand for?": it says that a meaning is asked for, and "this means" in a text is
 * none. */
static bool is_of_asking(view text, const word *words, uint32_t count, uint32_t i)
{
    static const char *const meaning[] = {"mean", "means", "meaning", "meant", NULL};
    static const char *const stand[] = {"stand", "stands", NULL}, *const by[] = {"for", NULL};
    static const char *const of[] = {"of", "by", NULL}, *const does[] = {"do", "does", "did", NULL};
    static const char *const foreign[] = {"bedeutet", "bedeuten", "signifie", "significa", NULL};
    static const char *const what[] = {"was", "que", "qu\xC3\xA9", NULL};
    view surface = view_slice(text, words[i].start, words[i].end);
    uint32_t next = i + 1;
    while (next < count && words[next].position == words[i].position)
        next++;
    bool is_verb = is_any(text, words, 0, i, does);
    uint32_t behind = next < count ? next + 1 : next;
    if (view_is_one_of_nocase(surface, meaning))
        return is_verb || (!is_average(text, words, i) &&
                           (next == count || is_any(text, words, next, behind, of)));
    if (view_is_one_of_nocase(surface, stand))
        return is_verb && is_any(text, words, next, behind, by);
    return view_is_one_of_nocase(surface, foreign) && is_any(text, words, 0, 1, what);
}

/* Counts the words by which a text says the attribute that word t asks for as that word: "Preis" as
 * "kostet". An encoder of English tells of other languages neither. */
static kith_status add_attribute(view surface, uint64_t t, arena *a, question *q, kith_error *err)
{
    const attribute *asked = attribute_asked(surface, q->language);
    word *words = NULL;
    uint32_t count = 0;
    if (!asked || q->language == LANGUAGE_ENGLISH) return KITH_OK;
    view said = view_of(attribute_words(asked, q->language));
    kith_status status = word_split_in(said, q->language, a, &words, &count, err);
    for (uint32_t i = 0; i < count && status == KITH_OK; i++) {
        uint64_t known;
        if (map_get(q->terms, words[i].term, &known)) continue;
        if (map_put(q->terms, words[i].term, t) != KITH_OK)
            status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for the question");
    }
    return status;
}

/* Counts another spelling of a number as that number, if it is one of the question's words. */
static kith_status add_spelling(view number, view spelling, question *q, kith_error *err)
{
    uint64_t t, known;
    if (!map_get(q->terms, number, &t) || map_get(q->terms, spelling, &known)) return KITH_OK;
    if (map_put(q->terms, spelling, t) == KITH_OK) return KITH_OK;
    return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the question");
}

/* Of its words a question keeps so many, more than an encoder reads: what looks at a text does so
 * once for each of them. */
enum { WORDS_MAX = 256 };

kith_status question_language(view text, arena *a, language *out, kith_error *err)
{
    word *words = NULL;
    uint32_t count = 0;
    kith_status status = word_split(text, a, &words, &count, err);
    if (status == KITH_OK) *out = interrogative_language(text, words, count);
    return status;
}

/* A word that any question of another language may have: "cuánto", "lange" of "wie lange". */
static bool only_asks(view text, language l, const word *words, uint32_t i)
{
    view surface = view_slice(text, words[i].start, words[i].end);
    if (l == LANGUAGE_ENGLISH) return false; // its question words are stop words
    if (interrogative_of(surface, l) != INTERROGATIVE_NONE) return true;
    if (words[i].is_extra && i > 0) return words[i - 1].is_stop; // "peuton" of "peut-on"
    return i > 0 && interrogative_measures(surface, l) &&
           interrogative_of(view_slice(text, words[i - 1].start, words[i - 1].end), l) ==
               INTERROGATIVE_HOW;
}

kith_status question_parse(view text, language l, arena *a, question *out, view **terms,
                           kith_error *err)
{
    word *words = NULL;
    uint32_t count = 0;
    kith_status status = word_split_in(text, l, a, &words, &count, err);
    if (status != KITH_OK) return status;
    *out = (question){.terms = map_new(), .kind = kind_of(text, l, words, count), .language = l};
    view *list = arena_new_array(a, view, count);
    out->weights = arena_new_array(a, float, count);
    if (!out->terms || !out->weights || !list)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the question");
    uint32_t wanted = count; // "schwer" of "wie schwer"
    (void)attribute_wanted(text, l, words, count, &wanted);
    for (uint32_t i = 0, number = 0; i < count && out->count < WORDS_MAX; i++) {
        uint64_t known;
        if (!words[i].is_spelling) {
            number = i;
        } else {
            status = add_spelling(words[number].term, words[i].term, out, err);
            if (status != KITH_OK) return status;
            continue;
        }
        bool says_nothing = is_of_asking(text, words, count, i) || only_asks(text, l, words, i);
        if (says_nothing && i != wanted) continue;
        if (words[i].is_stop || map_get(out->terms, words[i].term, &known)) continue;
        if (map_put(out->terms, words[i].term, out->count) != KITH_OK)
            return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the question");
        list[out->count] = words[i].term;
        view surface = view_slice(text, words[i].start, words[i].end);
        status = add_attribute(surface, out->count++, a, out, err);
        if (status != KITH_OK) return status;
    }
    if (terms) *terms = list;
    return KITH_OK;
}

kith_status question_read(collection *c, view text, language l, arena *a, question *out,
                          kith_error *err)
{
    view *terms = NULL;
    const view none = {"", 0}; // is in no row: no term is empty
    float most = 0;
    kith_status status = question_parse(text, l, a, out, &terms, err);
    if (status == KITH_OK) status = collection_idf(c, &none, 1, &most, err);
    if (status == KITH_OK) status = collection_idf(c, terms, out->count, out->weights, err);
    if (status != KITH_OK) return status;
    out->unknown = arena_new_array(a, bool, out->count);
    if (!out->unknown) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the question");
    for (uint32_t t = 0; t < out->count; t++) {
        out->unknown[t] = out->weights[t] >= most;
        out->weights[t] = fmaxf(out->weights[t], least_weight);
        out->total += out->weights[t];
    }
    return KITH_OK;
}

/* Counts `had` as word t when it is that with a typing error. */
static kith_status add_misspelled(question *q, view term, uint64_t t, const word *had,
                                  kith_error *err)
{
    uint64_t known;
    if (had->is_stop || map_get(q->terms, had->term, &known) || !misspelling_of(term, had->term))
        return KITH_OK;
    if (map_put(q->terms, had->term, t) == KITH_OK) return KITH_OK;
    return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the question");
}

kith_status question_add_misspelled(question *q, view text, arena *a, kith_error *err)
{
    view *terms = arena_new_array(a, view, q->count);
    uint32_t unknown = 0, count = 0;
    word *words = NULL;
    view key;
    uint64_t t;
    if (!terms) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the question");
    for (size_t cursor = 0; q->unknown && map_next(q->terms, &cursor, &key, &t);) {
        if (!q->unknown[t] || key.size < MISSPELLING_LEAST_BYTES || terms[t].size > 0) continue;
        terms[t] = arena_copy(a, key); // the map changes below
        unknown++;
    }
    if (unknown == 0) return KITH_OK;
    kith_status status = word_split_in(text, q->language, a, &words, &count, err);
    for (uint32_t i = 0; i < q->count && status == KITH_OK; i++)
        for (uint32_t k = 0; k < count && status == KITH_OK && terms[i].size > 0; k++)
            status = add_misspelled(q, terms[i], i, &words[k], err);
    return status;
}

void question_done(question *q)
{
    map_free(q->terms);
    q->terms = NULL;
}

void question_mark(const question *q, const word *words, uint32_t word_count, bool *present)
{
    for (uint32_t i = 0; i < word_count; i++) {
        uint64_t term;
        if (map_get(q->terms, words[i].term, &term)) present[term] = true;
    }
}

float question_share(const question *q, const bool *present)
{
    float held = 0;
    for (uint32_t t = 0; t < q->count; t++)
        held += present[t] ? q->weights[t] : 0;
    return q->total > 0 ? held / q->total : 0;
}

bool question_asks_for(const question *q, view text, const word *w, uint32_t n)
{
    uint64_t term;
    if (w->is_stop || map_get(q->terms, w->term, &term)) return false;
    char first = text.data[w->start];
    // The first word of a sentence is capitalised whether it is a name or not.
    bool name = is_ascii_capital(first) && n > 0;
    if (q->kind == QUESTION_NAME) return name;
    if (q->kind == QUESTION_OTHER) return name || is_ascii_digit(first);
    return is_ascii_digit(first);
}

uint32_t question_own_words(view text, const word *words, uint32_t count)
{
    size_t mark = view_find(text, VIEW("?"));
    uint32_t own = 0;
    while (own < count && words[own].start < mark)
        own++;
    return own;
}
