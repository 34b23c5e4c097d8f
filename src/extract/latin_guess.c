/* latin_guess.c - the text is decoded in each candidate, and each reading gets points.
 *
 * A letter above ASCII that belongs to a language's alphabet is worth 1, one that does not -2, and
 * the language that suits a reading best counts: a Czech text in windows-1250 read as windows-1252
 * has letters that no single language of the West has. Letters that fit no case ("grOsse"), signs
 * within a word ("Gr·se") and bytes without a character cost more. A reading must beat
 * windows-1252 by a margin, because a false guess on a short text is worse than the usual one; what
 * the detector said lowers it. The numbers were fitted on Django's translations in 22 languages
 * (docs/decisions/039): windows-1252 is kept in 100 of 100 texts of 40 bytes in 11 of 14 languages,
 * Polish in windows-1250 is found in 97 of 100 of 120 bytes. */
#include "extract/latin_guess.h"

#include "base/utf8.h"

#include <utf8proc.h>

enum { HALF = 128, CANDIDATES = 8 };

typedef struct alphabet {
    const char *language;
    const char *letters; // lower case, without ASCII
} alphabet;

static const alphabet WEST[] = {
    {"en", "éèêïöç"},        {"fr", "àâæçéèêëîïôœùûüÿ"},
    {"de", "äöüßé"},         {"es", "áéíñóúü"},
    {"pt", "áâãàçéêíóôõúü"}, {"it", "àèéìîòù"},
    {"sv", "åäöéü"},         {"da", "æøåéü"},
    {"nl", "éëïöüèóáí"},     {"is", "áðéíóúýþæö"},
    {"ca", "àçèéíïòóúü"},    {"et", "äõöüšž"},
    {"ga", "áéíóú"},         {NULL, NULL},
};
static const alphabet CENTER[] = {
    {"pl", "ąćęłńóśźż"}, {"cs", "áčďéěíňóřšťúůýž"}, {"sk", "áäčďéíĺľňóôŕšťúýž"},
    {"hu", "áéíóöőúüű"}, {"hr", "čćđšž"},           {"ro", "ăâîşţșț"},
    {NULL, NULL},
};
static const alphabet TURKISH[] = {{"tr", "çğıöşüâîû"}, {NULL, NULL}};
static const alphabet BALTIC[] = {
    {"lt", "ąčęėįšųūž"},
    {"lv", "āčēģīķļņšūž"},
    {"et", "äõöüšž"},
    {NULL, NULL},
};

typedef struct candidate {
    const char *label;
    const alphabet *alphabets;
    bool is_rare; // of old systems: half a point less
} candidate;

/* The first is the one that the others have to beat. */
static const candidate CANDIDATES_OF_LATIN[CANDIDATES] = {
    {"windows-1252", WEST, false},   {"macintosh", WEST, true},
    {"ibm850", WEST, true},          {"windows-1250", CENTER, false},
    {"iso-8859-2", CENTER, false},   {"windows-1254", TURKISH, false},
    {"windows-1257", BALTIC, false}, {"ibm852", CENTER, true},
};

/* What uchardet says for the same letters: the nearest candidate's label. */
static const char *const SAME[][2] = {
    {"iso-8859-16", "windows-1250"},
    {"iso-8859-13", "windows-1257"},
    {NULL, NULL},
};

// ---- what a byte is in one reading ----

typedef enum byte_kind {
    BYTE_NONE, // no character, or a control character
    BYTE_LOWER,
    BYTE_UPPER,
    BYTE_OPENING, // “ „ « ‘ ¿ ¡
    BYTE_CLOSING, // ” » …
    BYTE_APOSTROPHE,
    BYTE_DOT,   // · and the soft hyphen, which stand within words
    BYTE_PLAIN, // – ° § and the no-break space
    BYTE_SIGN,  // € © ½ and so on
    BYTE_ODD    // box drawings, mathematical signs, and what else text seldom holds
} byte_kind;

static bool is_among(uint32_t c, const char *text)
{
    view v = view_of(text);
    for (size_t i = 0; i < v.size;) {
        uint32_t other;
        i += utf8_decode(v.data + i, v.size - i, &other);
        if (other == c) return true;
    }
    return false;
}

static byte_kind kind_of(uint32_t c)
{
    if (c < 0xA0) return BYTE_NONE;
    if (is_among(c, "ªº€£©•¼½¾²³®™±×‹›†‰‑")) return BYTE_SIGN;
    switch (utf8proc_category((utf8proc_int32_t)c)) {
    case UTF8PROC_CATEGORY_LL:
        return BYTE_LOWER;
    case UTF8PROC_CATEGORY_LU:
        return BYTE_UPPER;
    default:
        break;
    }
    if (is_among(c, "“„«‚‘¿¡")) return BYTE_OPENING;
    if (is_among(c, "”»…")) return BYTE_CLOSING;
    if (c == 0x2019) return BYTE_APOSTROPHE;
    if (c == 0xB7 || c == 0xAD) return BYTE_DOT;
    return is_among(c, "–—°§\u00A0") ? BYTE_PLAIN : BYTE_ODD;
}

typedef struct reading {
    uint32_t code_points[HALF];
    byte_kind kinds[HALF];
    uint32_t letters[HALF]; // how often it stands as a letter in a word
    double points;          // of all but those letters
} reading;

static bool is_ascii_letter(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_letter(const reading *r, unsigned char c)
{
    if (c < HALF) return is_ascii_letter(c);
    return r->kinds[c - HALF] == BYTE_LOWER || r->kinds[c - HALF] == BYTE_UPPER;
}

static bool is_capital(const reading *r, unsigned char c)
{
    return c < HALF ? is_ascii_capital((char)c) : r->kinds[c - HALF] == BYTE_UPPER;
}

static uint32_t lower(uint32_t c)
{
    return (uint32_t)utf8proc_tolower((utf8proc_int32_t)c);
}

/* p and q are the bytes before and behind it, blanks at the ends of the text. */
static void read_letter(reading *r, unsigned char p, unsigned char c, unsigned char q)
{
    bool after = is_letter(r, p), before = is_letter(r, q);
    if (!after && !before) { // a word of its own: à, é, ó, å ...; quotation marks read as letters
        if (!is_among(lower(r->code_points[c - HALF]), "àèéòíáåöæó")) r->points -= 1;
        return;
    }
    r->letters[c - HALF]++;
    bool is_upper = is_capital(r, c);
    if (is_upper && after && !is_capital(r, p)) r->points -= 4;
    if (!is_upper && after && before && is_capital(r, p) && is_capital(r, q)) r->points -= 3;
}

static double points_of_mark(byte_kind kind, bool after, bool before, unsigned char p,
                             unsigned char q)
{
    if (after && before) return kind == BYTE_APOSTROPHE ? 1 : kind == BYTE_DOT ? 0 : -4;
    switch (kind) {
    case BYTE_OPENING:
        return after ? -1 : q == ' ' ? 0 : 1;
    case BYTE_CLOSING:
    case BYTE_APOSTROPHE:
        return p == ' ' ? 0 : 1;
    case BYTE_PLAIN:
        return 0.3;
    case BYTE_ODD:
        return -2;
    default:
        return 0;
    }
}

static void read_text(reading *r, view text)
{
    const unsigned char *bytes = (const unsigned char *)text.data;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = bytes[i];
        if (c < HALF) continue;
        unsigned char p = i > 0 ? bytes[i - 1] : ' ', q = i + 1 < text.size ? bytes[i + 1] : ' ';
        byte_kind kind = r->kinds[c - HALF];
        if (kind == BYTE_NONE)
            r->points -= 6;
        else if (kind == BYTE_LOWER || kind == BYTE_UPPER)
            read_letter(r, p, c, q);
        else
            r->points += points_of_mark(kind, is_letter(r, p), is_letter(r, q), p, q);
    }
}

/* The points of the alphabet that suits the letters best. */
static double points_of_letters(const reading *r, const alphabet *alphabets)
{
    double best = -1e9;
    for (const alphabet *a = alphabets; a->letters; a++) {
        double sum = 0;
        for (uint32_t b = 0; b < HALF; b++)
            if (r->letters[b] > 0)
                sum += is_among(lower(r->code_points[b]), a->letters) ? r->letters[b]
                                                                      : -2.0 * r->letters[b];
        if (sum > best) best = sum;
    }
    return best;
}

static double points_of(const candidate *c, const charset *set, view text)
{
    reading r = {.points = 0};
    charset_upper_half(set, r.code_points);
    for (uint32_t b = 0; b < HALF; b++)
        r.kinds[b] = kind_of(r.code_points[b]);
    read_text(&r, text);
    return r.points + points_of_letters(&r, c->alphabets) - (c->is_rare ? 0.5 : 0);
}

// ---- the choice ----

bool latin_is_likely(view text)
{
    static const char MARKS[] =
        "\x80\x84\x85\x91\x92\x93\x94\x95\x96\x97\xA0\xA7\xA9\xAB\xB0\xB7\xBB";
    const unsigned char *bytes = (const unsigned char *)text.data;
    size_t high = 0, among_letters = 0;
    for (size_t i = 0, end; i < text.size; i = end) {
        end = i + 1;
        if (bytes[i] < HALF) continue;
        bool is_mark = strchr(MARKS, (char)bytes[i]);
        for (; end < text.size && bytes[end] >= HALF; end++)
            is_mark = is_mark && strchr(MARKS, (char)bytes[end]);
        bool touches = (i > 0 && is_ascii_letter(bytes[i - 1])) ||
                       (end < text.size && is_ascii_letter(bytes[end]));
        if (is_mark || (end - i == 1 && !touches)) continue;
        high += end - i;
        if (end - i <= 2 && touches) among_letters += end - i;
    }
    return among_letters * 2 >= high;
}

/* The candidate's label that the detector's word speaks for; "" when it speaks for none. */
static view preferred(const charset *said)
{
    if (!said) return VIEW("");
    for (size_t i = 0; SAME[i][0]; i++)
        if (view_equal(view_of(said->name), view_of(SAME[i][0]))) return view_of(SAME[i][1]);
    return view_of(said->name);
}

const charset *latin_guess(view text, const charset *said, bool *sure)
{
    size_t high = 0;
    for (size_t i = 0; i < text.size; i++)
        high += (unsigned char)text.data[i] >= HALF;
    const charset *taken = charset_find(view_of(CANDIDATES_OF_LATIN[0].label));
    double usual = points_of(&CANDIDATES_OF_LATIN[0], taken, text), best = usual;
    bool is_usual = true;
    double margin = 0.03 * (double)high, to_beat = usual + (margin > 1.2 ? margin : 1.2);
    for (size_t i = 1; i < CANDIDATES; i++) {
        const candidate *c = &CANDIDATES_OF_LATIN[i];
        const charset *set = charset_find(view_of(c->label));
        double points = points_of(c, set, text);
        if (points <= 0) continue;
        if (view_equal(view_of(c->label), preferred(said))) points += high < 6 ? 1.1 : 1.5;
        if (points <= to_beat) continue;
        taken = set;
        is_usual = false;
        best = to_beat = points;
    }
    // Of the usual one a person is told when it makes no good words, of another when it is close.
    *sure = is_usual ? usual >= 0.4 * (double)high : best - usual >= 6;
    return taken;
}
