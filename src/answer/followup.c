/* followup.c - rules for what a question refers to, and the joining of two questions.
 * The rules read words only, not grammar. Those for English were each kept because they decide pairs
 * of bench/data/followups.jsonl rightly: docs/decisions/007. For other languages there are the words
 * that link, refer and stand before nouns. */
#include "answer/followup.h"

#include "answer/attribute.h"
#include "answer/interrogative.h"
#include "answer/question.h"
#include "base/buffer.h"
#include "base/utf8.h"
#include "text/fold.h"
#include "text/word.h"

enum {
    JOINED_MAX_BYTES = 128 << 10,
    /* With so many content words before it a pronoun refers to its own question: "when a user
     * deletes
       a file, what happens to it?" */
    OWN_WORDS = 3,
    PICKED_MAX_BYTES = 200 /* of an entry of the answer before */
};

/* A question, or what was searched for, as its words. */
typedef struct wording {
    view text;
    language language;
    word *words; /* [count] without extra words (word.h) */
    uint32_t count;
} wording;

/* Whether the word goes on with a code: "1" of "VX-1". */
static bool is_of_code(view text, const word *before, const word *w)
{
    return w->is_joined && (view_has_digit(view_slice(text, before->start, before->end)) ||
                            view_has_digit(view_slice(text, w->start, w->end)));
}

static kith_status split(view text, language l, arena *a, wording *out, kith_error *err)
{
    word *words = NULL;
    uint32_t count = 0, kept = 0;
    kith_status status = word_split_in(text, l, a, &words, &count, err);
    if (status != KITH_OK) return status;
    for (uint32_t i = 0; i < count; i++) {
        if (words[i].is_extra) continue;
        if (kept > 0 && is_of_code(text, &words[kept - 1], &words[i])) {
            words[kept - 1].end = words[i].end;
            words[kept - 1].term = view_slice(text, words[kept - 1].start, words[i].end);
        } else {
            words[kept++] = words[i];
        }
    }
    *out = (wording){.text = text, .language = l, .words = words, .count = kept};
    return KITH_OK;
}

static view surface(const wording *q, uint32_t i)
{
    return view_slice(q->text, q->words[i].start, q->words[i].end);
}

/* Whether word i exists and is in the list, which ends with NULL. */
static bool is_one_of(const wording *q, uint32_t i, const char *const *list)
{
    return i < q->count && view_is_one_of_nocase(surface(q, i), list);
}

static bool is_word(const wording *q, uint32_t i, const char *text)
{
    return is_one_of(q, i, (const char *const[]){text, NULL});
}

/* A word that says what the question is about. The word behind "how" only says what is measured. */
static bool is_content(const wording *q, uint32_t i)
{
    static const char *const empty[] = {
        "much",     "many",      "else",   "one",   "ones", "please", "tell",    "show",
        "anything", "something", "ok",     "okay",  "yes",  "thanks", "exactly", "there's",
        "that's",   "it's",      "what's", "who's", "i'm",  NULL};
    if (q->words[i].is_stop || is_one_of(q, i, empty)) return false;
    if (q->language == LANGUAGE_ENGLISH) return !(i > 0 && is_word(q, i - 1, "how"));
    return interrogative_of(surface(q, i), q->language) == INTERROGATIVE_NONE &&
           !(i > 0 && interrogative_measures(surface(q, i), q->language));
}

/* A name or an identifier: a capital where no sentence begins, or a capital or digit inside, or
 * words that _ joins. */
static bool is_name(const wording *q, uint32_t i)
{
    view w = surface(q, i);
    if (!is_content(q, i)) return false;
    if (i > 0 && (is_ascii_capital(w.data[0]) || is_ascii_digit(w.data[0]))) return true;
    for (size_t b = 1; b < w.size; b++)
        if (is_ascii_capital(w.data[b]) || is_ascii_digit(w.data[b])) return true;
    return q->words[i].end < q->text.size && q->text.data[q->words[i].end] == '_';
}

static uint32_t count_content(const wording *q, uint32_t end)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < end; i++)
        count += is_content(q, i);
    return count;
}

static bool begins_as_followup(const wording *q)
{
    static const char *const links[] = {"and", "or", "but", "also", "then", NULL};
    static const char *const what[] = {"what", "how", NULL};
    static const char *const foreign[LANGUAGE_COUNT][5] = {
        [LANGUAGE_GERMAN] = {"und", "oder", "aber", "auch"},
        [LANGUAGE_FRENCH] = {"et", "ou", "mais"},
        [LANGUAGE_SPANISH] = {"y", "o", "pero", "e"},
        [LANGUAGE_ITALIAN] = {"e", "ed", "o", "ma"},
        [LANGUAGE_PORTUGUESE] = {"e", "ou", "mas"},
        [LANGUAGE_DUTCH] = {"en", "of", "maar"},
    };
    if (is_one_of(q, 0, foreign[q->language])) return true;
    return is_one_of(q, 0, links) || (is_one_of(q, 0, what) && is_word(q, 1, "about"));
}

/* Whether word i refers to something said before. */
static bool refers_back(const wording *q, uint32_t i)
{
    static const char *const pronouns[] = {
        "it",    "its",    "it's",   "itself",  "he",      "him",        "his",  "she",
        "her",   "hers",   "they",   "them",    "their",   "theirs",     "this", "these",
        "those", "former", "latter", "himself", "herself", "themselves", NULL};
    static const char *const foreign[LANGUAGE_COUNT][9] = {
        [LANGUAGE_GERMAN] = {"er", "sie", "ihn", "ihm", "dieser", "diese", "dieses", "davon"},
        [LANGUAGE_FRENCH] = {"elle", "ils", "elles", "lui", "celui", "celle", "cela"},
        [LANGUAGE_SPANISH] = {"él", "ella", "ellos", "ellas", "esto", "eso"},
        [LANGUAGE_ITALIAN] = {"lui", "lei", "loro", "questo", "questa"},
        [LANGUAGE_PORTUGUESE] = {"ele", "ela", "eles", "elas", "isso", "isto"},
        [LANGUAGE_DUTCH] = {"hij", "zij", "ze", "deze", "dit", "dat"},
    };
    static const char *const before_that[] = {
        "is",   "was",  "are", "were", "does",  "did",   "do",     "has",   "had",
        "can",  "will", "of",  "for",  "about", "to",    "with",   "in",    "on",
        "from", "at",   "by",  "than", "like",  "after", "before", "since", NULL};
    static const char *const be[] = {"is", "are", "was", "were", "be", "been", NULL};
    static const char *const choosers[] = {"first", "second",  "third", "last", "next",
                                           "other", "another", "that",  NULL};
    static const char *const chosen[] = {"one", "ones", NULL};
    bool is_last = i + 1 == q->count;
    if (is_one_of(q, i, pronouns) || is_one_of(q, i, foreign[q->language])) return true;
    if (is_word(q, i, "that")) return is_last || (i > 0 && is_one_of(q, i - 1, before_that));
    if (is_word(q, i, "there")) return is_last && i > 0 && !is_one_of(q, i - 1, be);
    if (is_word(q, i, "same")) return i > 0 && is_word(q, i - 1, "the");
    return is_one_of(q, i, chosen) && i > 0 && is_one_of(q, i - 1, choosers);
}

/* Whether a pronoun refers to something outside the question. */
static bool refers_outside(const wording *q)
{
    uint32_t own = 0;
    for (uint32_t i = 0; i < q->count && own < OWN_WORDS; i++) {
        if (refers_back(q, i)) return true;
        if (is_name(q, i)) return false;
        own += is_content(q, i);
    }
    return false;
}

/* For a question with exactly one content word. "What is recursion?" and "BM25?" are complete;
 * "which year?" and "what was the price?" are not. */
static bool single_word_depends(const wording *q)
{
    static const char *const asks[] = {"what", "who", NULL};
    static const char *const asks_what_is[] = {"what's", "who's", NULL};
    static const char *const be[] = {"is", "are", "was", "were", NULL};
    uint32_t i = 0;
    while (!is_content(q, i))
        i++;
    if (q->count == 1 || is_name(q, i)) return false;
    bool is_what_is =
        is_one_of(q, 0, asks_what_is) || (is_one_of(q, 0, asks) && is_one_of(q, 1, be));
    return !is_what_is || is_word(q, i - 1, "the");
}

static bool has_name(const wording *q)
{
    for (uint32_t i = 0; i < q->count; i++)
        if (is_name(q, i)) return true;
    return false;
}

kith_status followup_detect(view text, arena *a, followup_sign *out, kith_error *err)
{
    wording q;
    language l = LANGUAGE_ENGLISH;
    kith_status status = question_language(text, a, &l, err);
    if (status == KITH_OK) status = split(text, l, a, &q, err);
    if (status != KITH_OK) return status;
    uint32_t content = count_content(&q, q.count);
    bool depends = begins_as_followup(&q) || content == 0 ||
                   (content == 1 && single_word_depends(&q)) || refers_outside(&q);
    *out = depends ? FOLLOWUP_DEPENDENT : has_name(&q) ? FOLLOWUP_NAMED : FOLLOWUP_NAMELESS;
    return KITH_OK;
}

static bool has_term(const wording *q, view term, uint32_t end)
{
    for (uint32_t i = 0; i < end; i++)
        if (view_equal(q->words[i].term, term)) return true;
    return false;
}

/* ---- joining ---- */

/* Names that stand together, [from, to); to == 0: there are none. */
typedef struct name_run {
    uint32_t from, to;
} name_run;

/* The first run of names at or behind word i. Only a space stands between two of its words. */
static name_run next_run(const wording *q, uint32_t i)
{
    while (i < q->count && !is_name(q, i))
        i++;
    if (i == q->count) return (name_run){0};
    name_run run = {i, i + 1};
    while (run.to < q->count && is_name(q, run.to) &&
           q->words[run.to].start == q->words[run.to - 1].end + 1)
        run.to++;
    return run;
}

/* The preposition before the run; q->count without one. */
static uint32_t preposition_of(const wording *q, name_run run)
{
    static const char *const prepositions[] = {"of",    "in",     "for",     "on",     "at",
                                               "by",    "to",     "from",    "with",   "under",
                                               "after", "before", "against", "during", NULL};
    uint32_t i = run.from;
    if (i > 0 && is_word(q, i - 1, "the")) i--;
    return i > 0 && is_one_of(q, i - 1, prepositions) ? i - 1 : q->count;
}

/* Whether two runs look alike: numbers, words in capitals ("GPA"), other names. */
static bool look_alike(const wording *a, name_run x, const wording *b, name_run y)
{
    view one = surface(a, x.from), other = surface(b, y.from);
    bool digits = is_ascii_digit(one.data[0]), others = is_ascii_digit(other.data[0]);
    bool capitals = one.size > 1 && is_ascii_capital(one.data[1]);
    bool other_capitals = other.size > 1 && is_ascii_capital(other.data[1]);
    return digits == others && capitals == other_capitals;
}

/* "the" of "of the lathe". */
static bool is_article(const wording *q, uint32_t i)
{
    static const char *const articles[] = {
        "the", "a",   "an", "der", "die", "das", "den", "dem", "ein", "eine", "le", "la",  "les",
        "un",  "une", "el", "los", "las", "una", "il",  "lo",  "gli", "het",  "de", "een", NULL};
    return is_one_of(q, i, articles);
}

/* As replaced_run, for a thing without a capital: "and of the mill?" puts the mill in the place of "the
 * lathe", "and the population?" the population in that of "the capital" of France. The thing before
 * stands behind an article too, and is as many words long. */
static name_run replaced_thing(const wording *q, const wording *before)
{
    enum { THING_WORDS = 2 };
    const name_run none = {0};
    uint32_t from = 0, to = q->count;
    while (from < q->count && !is_content(q, from))
        from++;
    uint32_t size = to - from;
    if (!begins_as_followup(q) || from == 0 || size == 0 || size > THING_WORDS ||
        !is_article(q, from - 1))
        return none;
    for (uint32_t i = from; i < to; i++)
        if (!is_content(q, i) || is_name(q, i)) return none;
    uint32_t link = preposition_of(q, (name_run){from, to});
    name_run found = none;
    bool is_same = false; /* found stands behind the same preposition */
    for (uint32_t i = 1; i + size <= before->count; i++) {
        bool is_thing = is_article(before, i - 1);
        for (uint32_t k = 0; k < size; k++)
            is_thing = is_thing && is_content(before, i + k) && !is_name(before, i + k);
        if (!is_thing) continue;
        name_run run = {i, i + size};
        uint32_t other = preposition_of(before, run);
        bool same = link < q->count && other < before->count &&
                    view_equal_nocase(surface(q, link), surface(before, other));
        if (is_same && !same) continue;
        found = run;
        is_same = same;
    }
    return found;
}

/* "in", "after": what stands behind it is no thing that is asked about, but where or when. */
static bool is_circumstance(const wording *q, uint32_t i)
{
    static const char *const prepositions[] = {"in",    "on",     "at",     "under",
                                               "after", "before", "during", NULL};
    return is_one_of(q, i, prepositions);
}

/* A follow-up that is nothing but a link and a name asks the same of something else: "and of
 * Jefferson?" What it puts in the place of the name: the last run of the question before that looks
 * alike, behind the same preposition where there is one. "and in German?" replaces only what stands
 * behind "in", too. */
static name_run replaced_run(const wording *q, const wording *before)
{
    name_run own = next_run(q, 0), found = {0};
    if (!begins_as_followup(q) || own.to == 0 || count_content(q, q->count) != own.to - own.from)
        return found;
    uint32_t link = preposition_of(q, own);
    bool is_same = false; /* found stands behind the same preposition */
    for (name_run run = next_run(before, 0); run.to; run = next_run(before, run.to)) {
        uint32_t other = preposition_of(before, run);
        bool same = link < q->count && other < before->count &&
                    view_equal_nocase(surface(q, link), surface(before, other));
        bool fits = same || !is_circumstance(q, link);
        if (!look_alike(q, own, before, run) || !fits || (is_same && !same)) continue;
        found = run;
        is_same = same;
    }
    return found;
}

/* Whether word i of the question before is a number behind a noun that the next one has another number
 * behind: "7" of "exit status 7" before "and exit status 9?". */
static bool has_other_number(const wording *q, const wording *before, uint32_t i)
{
    if (i == 0 || !view_has_digit(surface(before, i)) || before->words[i - 1].is_stop) return false;
    for (uint32_t k = 1; k < q->count; k++)
        if (view_has_digit(surface(q, k)) &&
            view_equal(q->words[k - 1].term, before->words[i - 1].term))
            return true;
    return false;
}

/* A word that the next question may lack: also what "how" measures, "heavy". */
static bool is_carried(const wording *q, uint32_t i)
{
    if (is_content(q, i)) return true;
    return i > 0 && is_word(q, i - 1, "how") && attribute_asked(surface(q, i), LANGUAGE_ENGLISH);
}

kith_status followup_join(view text, view searched_before, arena *a, view *out, kith_error *err)
{
    wording q, before;
    language l = LANGUAGE_ENGLISH;
    kith_status status = question_language(text, a, &l, err);
    if (status == KITH_OK && l == LANGUAGE_ENGLISH)
        status = question_language(searched_before, a, &l, err);
    if (status == KITH_OK) status = split(view_trim(text), l, a, &q, err);
    if (status == KITH_OK) status = split(searched_before, l, a, &before, err);
    if (status != KITH_OK) return status;
    buffer joined;
    buffer_init(&joined, JOINED_MAX_BYTES);
    buffer_append(&joined, q.text);
    uint32_t carried = 0;
    name_run replaced = replaced_run(&q, &before);
    if (replaced.to == 0) replaced = replaced_thing(&q, &before);
    for (uint32_t i = 0; i < before.count && carried < FOLLOWUP_CARRIED; i++) {
        view term = before.words[i].term;
        bool is_known = has_term(&q, term, q.count) || has_term(&before, term, i);
        bool is_replaced = i >= replaced.from && i < replaced.to;
        if (!is_carried(&before, i) || is_known || is_replaced || has_other_number(&q, &before, i))
            continue;
        buffer_append_byte(&joined, ' ');
        buffer_append(&joined, surface(&before, i));
        carried++;
    }
    status = buffer_status(&joined, "question", err);
    view copy = status == KITH_OK ? arena_copy(a, buffer_view(&joined)) : (view){NULL, 0};
    buffer_done(&joined);
    if (status != KITH_OK) return status;
    if (!copy.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a question");
    *out = copy;
    return KITH_OK;
}

/* ---- picking ---- */

enum { ORDINALS = 6, LAST = ORDINALS - 1 /* the others are first, second, ... */ };

/* Which entry the word counts to; ORDINALS: it is no such word. */
static uint32_t ordinal_of(view surface)
{
    static const char *const words[ORDINALS][16] = {
        {"first", "erste", "ersten", "erster", "erstes", "premier", "premiere", "primero",
         "primera", "primo", "prima", "primeiro", "primeira", "eerste"},
        {"second", "zweite", "zweiten", "zweiter", "zweites", "deuxieme", "seconde", "segundo",
         "segunda", "secondo", "seconda", "tweede"},
        {"third", "dritte", "dritten", "dritter", "drittes", "troisieme", "tercero", "tercera",
         "terzo", "terza", "terceiro", "terceira", "derde"},
        {"fourth", "vierte", "vierten", "vierter", "viertes", "quatrieme", "cuarto", "cuarta",
         "quarto", "quarta", "vierde"},
        {"fifth", "funfte", "funften", "funfter", "funftes", "cinquieme", "quinto", "quinta",
         "vijfde"},
        {"last", "letzte", "letzten", "letzter", "letztes", "dernier", "derniere", "ultimo",
         "ultima", "laatste"},
    };
    char bytes[FOLD_MAX_BYTES];
    view folded = {bytes, fold_word(surface, bytes, NULL)};
    for (uint32_t n = 0; n < ORDINALS; n++)
        for (size_t i = 0; words[n][i]; i++)
            if (view_equal(folded, view_of(words[n][i]))) return n;
    return ORDINALS;
}

/* The text of an entry behind "- " or "2. "; empty: the line is none. */
static view entry_of(view line)
{
    size_t i = 0;
    while (i < line.size && is_ascii_digit(line.data[i]))
        i++;
    view rest = view_slice(line, i, line.size);
    bool is_step = i > 0 && view_starts_with(rest, VIEW(". "));
    bool is_entry = i == 0 && view_starts_with(rest, VIEW("- "));
    return is_step || is_entry ? view_trim(view_slice(rest, is_step ? 2 : 1, rest.size))
                               : (view){"", 0};
}

/* Without its citations at the end: "Read it. [1]". */
static view without_marks(view text)
{
    while (text.size > 2 && text.data[text.size - 1] == ']') {
        size_t i = text.size - 1;
        while (i > 0 && is_ascii_digit(text.data[i - 1]))
            i--;
        if (i == 0 || i + 1 == text.size || text.data[i - 1] != '[') break;
        text = view_trim(view_slice(text, 0, i - 1));
    }
    return text;
}

/* Entry number `wanted` of the answer's list, or the last one; empty: it has fewer than two, or not so
 * many. */
static view pick_entry(view answer, uint32_t wanted)
{
    view picked = {"", 0}, last = {"", 0};
    uint32_t count = 0;
    for (size_t at = 0; at < answer.size;) {
        view rest = view_slice(answer, at, answer.size);
        view line = view_slice(rest, 0, view_find(rest, VIEW("\n")));
        view entry = entry_of(line);
        if (entry.size > 0) {
            if (count++ == wanted) picked = entry;
            last = entry;
        }
        at += line.size + 1;
    }
    if (count < 2) return (view){"", 0};
    return without_marks(wanted == LAST ? last : picked);
}

/* The same of its quotes, each of which ends with " [n]". */
static view pick_quote(view answer, uint32_t wanted)
{
    view picked = {"", 0}, last = {"", 0};
    uint32_t count = 0;
    for (size_t at = 0, start = 0; at + 1 < answer.size; at++) {
        size_t end = at + 1;
        if (answer.data[at] != '[') continue;
        while (end < answer.size && is_ascii_digit(answer.data[end]))
            end++;
        if (end == at + 1 || end == answer.size || answer.data[end] != ']') continue;
        last = view_trim(view_slice(answer, start, at));
        if (count++ == wanted) picked = last;
        start = end + 1;
    }
    if (count < 2) return (view){"", 0};
    return wanted == LAST ? last : picked;
}

/* The words of the question that count: "the second one", "das zweite", "the third step". */
typedef struct counted {
    uint32_t from, to; /* words; to == 0: there are none */
    uint32_t ordinal;
    bool is_alone; /* nothing else in the question has content */
} counted;

static counted read_counted(const wording *q)
{
    static const char *const ones[] = {"one", "ones", NULL};
    uint32_t carried = 0; // once: a question may be nothing but thousands of such words
    for (uint32_t i = 0; i < q->count; i++)
        carried += is_carried(q, i);
    for (uint32_t i = 0; i < q->count; i++) {
        counted c = {.from = i, .to = i + 1, .ordinal = ordinal_of(surface(q, i))};
        if (c.ordinal == ORDINALS) continue;
        bool is_one = is_one_of(q, i + 1, ones);
        if (i > 0 && is_article(q, i - 1)) c.from--;
        if (is_one) c.to++;
        uint32_t others = carried;
        for (uint32_t k = c.from; k < c.to; k++)
            others -= is_carried(q, k);
        // "step" of "the third step".
        bool has_noun = !is_one && c.to < q->count && is_content(q, c.to);
        if (has_noun && others == 1) c.to++;
        c.is_alone = others == has_noun;
        bool ends = c.to == q->count || q->words[c.to].is_stop;
        bool is_article_before = c.from < i;
        if (is_one || c.is_alone || (q->language != LANGUAGE_ENGLISH && is_article_before && ends))
            return c;
    }
    return (counted){0};
}

kith_status followup_pick(view text, view answer, arena *a, view *out, kith_error *err)
{
    wording q;
    language l = LANGUAGE_ENGLISH;
    *out = (view){"", 0};
    kith_status status = question_language(text, a, &l, err);
    if (status == KITH_OK) status = split(view_trim(text), l, a, &q, err);
    if (status != KITH_OK) return status;
    const counted c = read_counted(&q);
    if (c.to == 0) return KITH_OK;
    view entry = pick_entry(answer, c.ordinal);
    bool is_step = c.to > c.from && !is_word(&q, c.to - 1, "one") && is_content(&q, c.to - 1) &&
                   ordinal_of(surface(&q, c.to - 1)) == ORDINALS;
    if (entry.size == 0 && !is_step) entry = pick_quote(answer, c.ordinal);
    if (entry.size == 0) return KITH_OK;
    entry = view_slice(entry, 0, utf8_floor(entry, PICKED_MAX_BYTES));
    view before = view_slice(q.text, 0, q.words[c.from].start);
    view behind = view_slice(q.text, q.words[c.to - 1].end, q.text.size);
    const char *copy = c.is_alone ? arena_printf(a, "%.*s", VIEW_ARG(entry))
                                  : arena_printf(a, "%.*s%.*s%.*s", VIEW_ARG(before),
                                                 VIEW_ARG(entry), VIEW_ARG(behind));
    if (!copy) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a question");
    *out = view_of(copy);
    return KITH_OK;
}
