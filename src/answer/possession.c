/* possession.c - three forms of questions, told by the words around the noun. */
#include "answer/possession.h"

#include "answer/question.h"

#include <stdbool.h>

enum { NOUN_WORDS = 3 /* of "a washing machine" */ };

typedef struct asking {
    view text;
    const word *words; /* [count] */
    uint32_t count;
} asking;

static const char *const having[] = {"have",  "has",     "had",      "include", "includes",
                                     "offer", "contain", "contains", "feature", NULL};
static const char *const doing[] = {"do", "does", "did", NULL};

/* Nouns that a text which has the thing need not say; also "power" of "96 hp". */
static const char *const abstract[] = {
    "way",       "ways",          "reason",       "difference", "need",
    "problem",   "problems",      "point",        "chance",     "place",
    "kind",      "type",          "sort",         "name",       "names",
    "effect",    "impact",        "role",         "goal",       "goals",
    "topic",     "feature",       "features",     "meaning",    "anything",
    "something", "example",       "examples",     "evidence",   "idea",
    "influence", "benefit",       "benefits",     "advantage",  "advantages",
    "drawbacks", "disadvantages", "limit",        "limits",     "option",
    "options",   "alternative",   "alternatives", "properties", "characteristics",
    "powers",    "rights",        "power",        "format",     "formats",
    NULL};

/* Whether word i exists and is in the list. */
static bool is_one_of(const asking *q, uint32_t i, const char *const *list)
{
    return i < q->count &&
           view_is_one_of_nocase(view_slice(q->text, q->words[i].start, q->words[i].end), list);
}

static uint32_t next(const asking *q, uint32_t i)
{
    for (i++; i < q->count && q->words[i].is_extra;)
        i++;
    return i;
}

/* The last of the words without a function word among them that begin at i; UINT32_MAX: there is none,
 * or it is a name or says too little. */
static uint32_t noun_at(const asking *q, uint32_t i)
{
    uint32_t last = UINT32_MAX, count = 0;
    for (; i < q->count && !q->words[i].is_stop; i = next(q, i), count++)
        last = i;
    bool is_noun = count > 0 && count <= NOUN_WORDS && !is_one_of(q, last, abstract) &&
                   !is_ascii_capital(q->text.data[q->words[last].start]) &&
                   !is_ascii_digit(q->text.data[q->words[last].start]);
    return is_noun ? last : UINT32_MAX;
}

/* "Does it have a radio?", "Does the cabin come with a boat?", "Is there a sauna?" */
static uint32_t asked_whether(const asking *q)
{
    static const char *const be[] = {"is", "are", NULL};
    static const char *const there[] = {"there", NULL};
    static const char *const come[] = {"come", "comes", NULL};
    static const char *const with[] = {"with", NULL};
    static const char *const articles[] = {"a", "an", "any", NULL};
    uint32_t second = q->count ? next(q, 0) : 0, at = q->count;
    if (is_one_of(q, 0, be) && is_one_of(q, second, there)) at = next(q, second);
    for (uint32_t i = second; is_one_of(q, 0, doing) && i < q->count && at == q->count;
         i = next(q, i)) {
        if (is_one_of(q, i, having)) at = next(q, i);
        if (is_one_of(q, i, come) && is_one_of(q, next(q, i), with)) at = next(q, next(q, i));
    }
    return is_one_of(q, at, articles) ? noun_at(q, next(q, at)) : UINT32_MAX;
}

/* "Which tyres does it have?", "What saddle does it come with?" */
static uint32_t asked_which(const asking *q)
{
    static const char *const which[] = {"which", "what", NULL};
    static const char *const ends[] = {"with", "on", NULL};
    if (!is_one_of(q, 0, which)) return UINT32_MAX;
    uint32_t first = next(q, 0), behind = first, last = q->count;
    while (behind < q->count && !q->words[behind].is_stop)
        behind = next(q, behind);
    while (last > 0 && (q->words[last - 1].is_extra || is_one_of(q, last - 1, ends)))
        last--;
    static const char *const come[] = {"come", NULL};
    bool has = last > 0 && (is_one_of(q, last - 1, having) ||
                            (last < q->count && is_one_of(q, last - 1, come)));
    return has && is_one_of(q, behind, doing) ? noun_at(q, first) : UINT32_MAX;
}

/* "serial" of "What is the serial number of the saw?" */
static uint32_t asked_number(const asking *q)
{
    static const char *const what[] = {"what", "what's", NULL};
    static const char *const numbers[] = {"number", NULL};
    static const char *const of[] = {"of", "for", "on", NULL};
    if (!is_one_of(q, 0, what)) return UINT32_MAX;
    for (uint32_t i = 1; i + 1 < q->count; i++) {
        uint32_t behind = next(q, i), rest = next(q, behind);
        bool ends = rest == q->count || is_one_of(q, rest, of);
        if (is_one_of(q, behind, numbers) && ends && !q->words[i].is_stop && !q->words[i].is_extra)
            return noun_at(q, i) == behind ? i : UINT32_MAX;
    }
    return UINT32_MAX;
}

uint32_t possession_wanted(view text, const word *words, uint32_t count)
{
    const asking q = {text, words, question_own_words(text, words, count)};
    uint32_t noun = asked_whether(&q);
    if (noun == UINT32_MAX) noun = asked_which(&q);
    return noun == UINT32_MAX ? asked_number(&q) : noun;
}
