/* interrogative.c - tables of question words, folded: English, German, French, Spanish, Italian,
 * Portuguese and Dutch. */
#include "answer/interrogative.h"

#include "text/fold.h"

enum {
    WORDS_MAX = 20,
    ASKING_COUNTS = 2, /* times a function word */
    FOREIGN_LEAST = 2  /* "die" of "Die Hard release date" makes no German question */
};

typedef struct asking_word {
    const char *word;
    interrogative asks;
} asking_word;

#define WHEN  INTERROGATIVE_WHEN
#define COUNT INTERROGATIVE_COUNT
#define NAME  INTERROGATIVE_NAME
#define HOW   INTERROGATIVE_HOW
#define OTHER INTERROGATIVE_OTHER

/* German writes every noun with a capital, so that "wer" tells no name by it. */
static const asking_word asking_words[LANGUAGE_COUNT][WORDS_MAX] = {
    [LANGUAGE_ENGLISH] = {{"what", OTHER},
                          {"which", OTHER},
                          {"who", OTHER},
                          {"when", OTHER},
                          {"where", OTHER},
                          {"why", OTHER},
                          {"how", OTHER}},
    [LANGUAGE_GERMAN] = {{"wann", WHEN},     {"wieviel", COUNT}, {"wieviele", COUNT},
                         {"wie", HOW},       {"wer", OTHER},     {"wen", OTHER},
                         {"wem", OTHER},     {"wo", OTHER},      {"wohin", OTHER},
                         {"woher", OTHER},   {"warum", OTHER},   {"weshalb", OTHER},
                         {"wieso", OTHER},   {"was", OTHER},     {"welche", OTHER},
                         {"welcher", OTHER}, {"welches", OTHER}, {"welchen", OTHER},
                         {"welchem", OTHER}, {"wofur", OTHER}},
    [LANGUAGE_FRENCH] = {{"quand", WHEN},
                         {"combien", COUNT},
                         {"qui", NAME},
                         {"ou", NAME},
                         {"comment", HOW},
                         {"quel", OTHER},
                         {"quelle", OTHER},
                         {"quels", OTHER},
                         {"quelles", OTHER},
                         {"pourquoi", OTHER},
                         {"quoi", OTHER},
                         {"qu'est", OTHER}},
    [LANGUAGE_SPANISH] = {{"cuando", WHEN},
                          {"cuanto", COUNT},
                          {"cuanta", COUNT},
                          {"cuantos", COUNT},
                          {"cuantas", COUNT},
                          {"quien", NAME},
                          {"quienes", NAME},
                          {"donde", NAME},
                          {"como", HOW},
                          {"que", OTHER},
                          {"cual", OTHER},
                          {"cuales", OTHER},
                          {"hay", OTHER}},
    [LANGUAGE_ITALIAN] = {{"quando", WHEN},
                          {"quanto", COUNT},
                          {"quanta", COUNT},
                          {"quanti", COUNT},
                          {"quante", COUNT},
                          {"chi", NAME},
                          {"dove", NAME},
                          {"come", HOW},
                          {"che", OTHER},
                          {"cosa", OTHER},
                          {"quale", OTHER},
                          {"quali", OTHER},
                          {"perche", OTHER}},
    [LANGUAGE_PORTUGUESE] = {{"quando", WHEN},
                             {"quanto", COUNT},
                             {"quanta", COUNT},
                             {"quantos", COUNT},
                             {"quantas", COUNT},
                             {"quem", NAME},
                             {"onde", NAME},
                             {"como", HOW},
                             {"que", OTHER},
                             {"qual", OTHER},
                             {"quais", OTHER},
                             {"porque", OTHER}},
    [LANGUAGE_DUTCH] = {{"wanneer", WHEN},
                        {"hoeveel", COUNT},
                        {"wie", NAME},
                        {"waar", NAME},
                        {"hoe", HOW},
                        {"wat", OTHER},
                        {"welke", OTHER},
                        {"welk", OTHER},
                        {"waarom", OTHER}},
};

static const char *const measures[LANGUAGE_COUNT][WORDS_MAX] = {
    [LANGUAGE_GERMAN] = {"viel", "viele", "lange", "lang", "hoch", "gross", "alt", "schwer", "weit",
                         "oft", "tief", "breit", "teuer", "schnell", "spat", "laut", "stark",
                         "dick"},
    [LANGUAGE_DUTCH] = {"lang", "groot", "oud", "hoog", "zwaar", "ver", "vaak", "diep", "breed",
                        "duur", "snel", "laat"},
};

interrogative interrogative_of(view surface, language l)
{
    char folded[FOLD_MAX_BYTES];
    view term = {folded, fold_word(surface, folded, NULL)};
    for (size_t i = 0; i < WORDS_MAX && asking_words[l][i].word; i++)
        if (view_equal(term, view_of(asking_words[l][i].word))) return asking_words[l][i].asks;
    return INTERROGATIVE_NONE;
}

bool interrogative_measures(view surface, language l)
{
    char folded[FOLD_MAX_BYTES];
    view term = {folded, fold_word(surface, folded, NULL)};
    for (size_t i = 0; i < WORDS_MAX && measures[l][i]; i++)
        if (view_equal(term, view_of(measures[l][i]))) return true;
    return false;
}

bool interrogative_noun(view text, const word *words, uint32_t i, language l)
{
    static const char *const before[LANGUAGE_COUNT][WORDS_MAX] = {
        [LANGUAGE_FRENCH] = {"le", "la", "les", "un", "une", "des", "du", "au", "aux", "avec",
                             "sans", "quel", "quelle", "quels", "quelles"},
        [LANGUAGE_SPANISH] = {"el", "la", "los", "las", "un", "una", "unos", "unas", "del", "al",
                              "con", "sin", "su", "hay", "tiene", "tienen"},
        [LANGUAGE_ITALIAN] = {"il", "lo", "la", "gli", "le", "un", "uno", "una", "del", "della",
                              "dei", "delle", "con", "senza", "quale", "quali"},
        [LANGUAGE_PORTUGUESE] = {"o", "os", "as", "um", "uma", "do", "da", "dos", "das", "com",
                                 "sem", "ao", "no", "na", "tem"},
        [LANGUAGE_DUTCH] = {"de", "het", "een", "met", "zonder", "welke", "welk"},
    };
    if (l == LANGUAGE_GERMAN)
        return words[i].position > 0 && is_ascii_capital(text.data[words[i].start]);
    uint32_t k = i;
    while (k > 0 && words[k - 1].is_extra)
        k--;
    char folded[FOLD_MAX_BYTES];
    if (k == 0) return false;
    view term = {folded,
                 fold_word(view_slice(text, words[k - 1].start, words[k - 1].end), folded, NULL)};
    for (size_t n = 0; n < WORDS_MAX && before[l][n]; n++)
        if (view_equal(term, view_of(before[l][n]))) return true;
    return false;
}

language interrogative_language(view text, const word *words, uint32_t count)
{
    language best = language_of(text);
    uint32_t most = FOREIGN_LEAST - 1;
    if (best != LANGUAGE_ENGLISH) return best;
    if (view_find(text, VIEW("¿")) < text.size) return LANGUAGE_SPANISH; // "¿"
    for (language l = 0; l < LANGUAGE_COUNT; l++) {
        uint32_t found = 0;
        for (uint32_t i = 0; i < count; i++) {
            char folded[FOLD_MAX_BYTES];
            view surface = view_slice(text, words[i].start, words[i].end);
            view term = {folded, fold_word(surface, folded, NULL)};
            if (words[i].is_extra) continue;
            if (interrogative_of(surface, l) != INTERROGATIVE_NONE)
                found += ASKING_COUNTS;
            else
                found += language_has_stop_word(l, language_stop_word(term));
        }
        if (found > most) best = l;
        most = found > most ? found : most;
    }
    return best;
}
