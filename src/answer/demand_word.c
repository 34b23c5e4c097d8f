/* demand_word.c - see demand_word.h. */
#include "answer/demand_word.h"

#include "answer/misspelling.h"

#include <string.h>

/* "OAuth", "WAL", "getUser". */
static bool has_capital_inside(view v)
{
    for (size_t i = 1; i < v.size; i++)
        if (is_ascii_capital(v.data[i])) return true;
    return false;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || is_ascii_capital(c) || c == '_';
}

/* The sign before the word makes it an option, a suffix or a member: "--mda", ".webp", "s.run()". */
static bool begins_as_code(view text, const word *w)
{
    bool is_member = w->start > 1 && text.data[w->start - 1] == '.' &&
                     is_letter(text.data[w->start - 2]) && w->end > w->start + 1;
    if (is_member) return true;
    if (w->start == 0 || !strchr("-.@$%", text.data[w->start - 1])) return false;
    size_t at = w->start;
    while (at > 0 && strchr("-.@$%", text.data[at - 1]))
        at--;
    return at == 0 || is_ascii_space(text.data[at - 1]) || strchr("'\"`([", text.data[at - 1]);
}

bool demand_is_behind_dash(view text, const word *w)
{
    static const char *const signs[] = {"-", "‐", "‑", "–", "−", NULL};
    view before = view_slice(text, 0, w->start);
    for (size_t i = 0; signs[i]; i++)
        if (view_ends_with_nocase(before, view_of(signs[i]))) return true;
    return false;
}

bool demand_is_option(const demand_question *q, uint32_t i)
{
    return begins_as_code(q->text, &q->words[i]) && demand_is_behind_dash(q->text, &q->words[i]);
}

bool demand_is_year(view surface)
{
    if (surface.size != 4 || !view_is_digits(surface)) return false;
    return surface.data[0] == '1' || (surface.data[0] == '2' && surface.data[1] == '0');
}

bool demand_is_of_asking(view surface)
{
    static const char *const words[] = {
        "many",     "much",     "often",     "long",     "get",     "give",       "gives",
        "keep",     "make",     "use",       "using",    "say",     "says",       "tell",
        "tells",    "mean",     "means",     "kind",     "problem", "happen",     "happens",
        "happened", "really",   "still",     "since",    "once",    "inside",     "between",
        "without",  "need",     "want",      "enough",   "rather",  "again",      "next",
        "back",     "anything", "something", "called",   "name",    "named",      "according",
        "actually", "exactly",  "usually",   "possible", "way",     "difference", "different",
        "please",   "explain",  "describe",  "like",     "know",    "known",      "cannot",
        "don't",    "doesn't",  "can't",     "vs",       "per",     "become",     "became",
        "type",     "número",   "numéro",    "numero",   "nummer",  "nombre",     NULL};
    if (surface.size <= MISSPELLING_LEAST_BYTES) return view_is_one_of_nocase(surface, words);
    for (size_t i = 0; words[i]; i++)
        if (misspelling_of(surface, view_of(words[i]))) return true;
    return false;
}

static bool is_after(view text, const word *words, uint32_t i, const char *const *list)
{
    while (i > 0 && words[i - 1].is_extra)
        i--;
    return i > 0 && view_is_one_of_nocase(demand_surface(text, &words[i - 1]), list);
}

bool demand_is_circumstance(const demand_question *q, uint32_t i)
{
    static const char *const prepositions[] = {"in",   "on",  "at",   "from", "with",
                                               "into", "for", "near", NULL};
    while (i > 0 &&
           (q->words[i - 1].is_extra || is_ascii_capital(q->text.data[q->words[i - 1].start])))
        i--;
    return is_after(q->text, q->words, i, prepositions);
}

/* How a language asks for a count: the words before what is counted, and whether they stand behind
 * "how". */
typedef struct counting {
    const char *words[4];
    const char *behind; /* NULL: nothing */
} counting;

/* "threads" of "how many threads", "wie viele Threads", "combien de threads", "cuántos hilos". */
static bool is_counted(const demand_question *q, uint32_t i)
{
    static const counting ways[LANGUAGE_COUNT] = {
        [LANGUAGE_ENGLISH] = {{"many"}, "how"},
        [LANGUAGE_GERMAN] = {{"viele"}, "wie"},
        [LANGUAGE_FRENCH] = {{"de", "d'"}, "combien"},
        [LANGUAGE_SPANISH] = {{"cuántos", "cuántas", "cuantos"}, NULL},
        [LANGUAGE_ITALIAN] = {{"quanti", "quante"}, NULL},
        [LANGUAGE_PORTUGUESE] = {{"quantos", "quantas"}, NULL},
        [LANGUAGE_DUTCH] = {{"hoeveel"}, NULL},
    };
    const counting *way = &ways[q->language];
    const char *const behind[] = {way->behind, NULL};
    return way->words[0] && is_after(q->text, q->words, i, way->words) &&
           (!way->behind || is_after(q->text, q->words, i - 1, behind));
}

/* What is counted, "hour" of "per hour", "born", "coûte", an attribute that is asked for. */
static bool tells_kind(const demand_question *q, uint32_t i)
{
    static const char *const of_life[LANGUAGE_COUNT][9] = {
        [LANGUAGE_ENGLISH] = {"born", "married", "divorced", "cost", "costs"},
        [LANGUAGE_GERMAN] = {"geboren", "verheiratet", "geschieden", "kostet", "kosten"},
        [LANGUAGE_FRENCH] = {"né", "née", "marié", "mariée", "coûte", "coûtent"},
        [LANGUAGE_SPANISH] = {"nació", "casado", "casada", "cuesta", "cuestan"},
        [LANGUAGE_ITALIAN] = {"nato", "nata", "sposato", "sposata", "costa", "costano"},
        [LANGUAGE_PORTUGUESE] = {"nasceu", "casado", "casada", "custa", "custam"},
        [LANGUAGE_DUTCH] = {"geboren", "getrouwd", "kost", "kosten"},
    };
    static const char *const per[] = {"per", NULL};
    view surface = demand_surface(q->text, &q->words[i]);
    if (view_is_one_of_nocase(surface, of_life[q->language]) || i == q->attribute) return true;
    if (q->language == LANGUAGE_ENGLISH && is_after(q->text, q->words, i, per)) return true;
    // Of "how many wrong attempts" another word may stand for the first.
    static const char *const unsaid[] = {"times", "things", "others", "kinds", "types", "ways",
                                         "fois",  "temps",  "veces",  "arten", NULL};
    if (view_is_one_of_nocase(surface, unsaid)) return false;
    const language l = q->language;
    bool is_plural = q->text.data[q->words[i].end - 1] == 's' || l == LANGUAGE_GERMAN ||
                     l == LANGUAGE_ITALIAN || l == LANGUAGE_DUTCH;
    return is_plural && is_counted(q, i);
}

uint32_t demand_end_of_joined(const demand_question *q, uint32_t i)
{
    uint32_t last = i;
    for (uint32_t k = i + 1; k < q->count; k++) {
        if (q->words[k].is_extra) continue;
        if (!q->words[k].is_joined || q->words[k].position != q->words[last].position + 1) break;
        last = k;
    }
    return last + 1;
}

demand_kind demand_kind_of(const demand_question *q, uint32_t i, uint32_t end, bool *is_code)
{
    const word *w = &q->words[i];
    bool digit = false, capital = false;
    for (uint32_t k = i; k < end; k++) {
        view surface = demand_surface(q->text, &q->words[k]);
        digit |= view_has_digit(surface);
        capital |= has_capital_inside(surface);
    }
    bool is_joined = q->words[end - 1].position > w->position;
    *is_code = digit || begins_as_code(q->text, w) || (capital && is_joined);
    view surface = demand_surface(q->text, w);
    if (*is_code) return end == i + 1 && demand_is_year(surface) ? DEMAND_NAME : DEMAND_CODE;
    // German writes every noun with a capital.
    bool capitalised =
        is_ascii_capital(surface.data[0]) && w->position > 0 && q->language != LANGUAGE_GERMAN;
    if (capital || capitalised) return DEMAND_NAME;
    return tells_kind(q, i) ? DEMAND_KIND : DEMAND_WORD;
}

bool demand_is_value(const demand_question *q, uint32_t i)
{
    size_t start = q->words[i].start;
    bool is_assigned = start > 0 && q->text.data[start - 1] == '=';
    while (start > 0 && !is_ascii_space(q->text.data[start - 1]))
        start--;
    return is_assigned && q->text.data[start] == '-';
}
