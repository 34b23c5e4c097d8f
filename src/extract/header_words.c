/* header_words.c - lists of words, in the languages that sheets came in, and what a text looks like.
 * A word that is not in them is no evidence against a name. */
#include "extract/header_words.h"

#include "base/utf8.h"

#include <math.h>

view header_name(view text)
{
    text = view_trim(text);
    if (text.size > 1 && text.data[text.size - 1] == ':') text.size--;
    view wide = VIEW("\xEF\xBC\x9A"); // U+FF1A, the colon of East Asian texts
    if (text.size > wide.size &&
        view_equal(view_slice(text, text.size - wide.size, text.size), wide))
        text.size -= wide.size;
    return view_trim(text);
}

view header_short_name(view text, bool *is_cut)
{
    text = header_name(text);
    *is_cut = text.size > HEADER_NAME_MAX_BYTES;
    if (!*is_cut) return text;
    if (text.size > HEADER_LONGEST_BYTES) return (view){text.data, 0};
    size_t end = utf8_floor(text, HEADER_NAME_MAX_BYTES), word = end;
    while (word > HEADER_NAME_MAX_BYTES / 2 && text.data[word] != ' ')
        word--;
    return view_trim(view_slice(text, 0, text.data[word] == ' ' ? word : end));
}

/* Signs of U+2000 to U+2FFF (a check mark, a box, a dash) are none, but for those of letters (№). */
static bool has_letter(view text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        bool is_sign = c == 0xE2 && i + 2 < text.size && (unsigned char)text.data[i + 1] != 0x84;
        if (is_sign)
            i += 2;
        else if (c >= 0x80 || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))
            return true;
    }
    return false;
}

/* Bytes of a sign that goes before or after a number: a currency, a percent sign, a blank. */
static size_t sign_at(view text, size_t i)
{
    static const char *const SIGNS[] = {
        "\xE2\x82\xAC", "\xC2\xA3", "\xC2\xA5",     "\xC2\xB0",     "\xC2\xA0",
        "\xE2\x88\x92", "\xC2\xB1", "\xE2\x80\xAF", "\xE2\x80\x93", NULL};
    if (strchr(" .,:'/+-%$()~<>=", text.data[i]) && text.data[i]) return 1;
    for (const char *const *s = SIGNS; *s; s++) {
        view sign = view_of(*s);
        if (view_starts_with(view_slice(text, i, text.size), sign)) return sign.size;
    }
    return 0;
}

label_kind label_kind_of(view text, double *number)
{
    enum { UNIT_MAX_LETTERS = 4 };
    *number = NAN;
    text = view_trim(text);
    if (text.size == 0) return LABEL_EMPTY;
    size_t digits = 0, letters = 0, signs = 0;
    for (size_t i = 0; i < text.size;) {
        size_t sign = sign_at(text, i);
        if (is_ascii_digit(text.data[i]))
            digits++;
        else if (sign == 0 && digits == 0)
            return LABEL_TEXT; // "M55"
        else if (sign == 0)
            letters++;
        else
            signs++;
        i += sign ? sign : 1;
    }
    if (digits == 0 || letters > UNIT_MAX_LETTERS) return LABEL_TEXT;
    if (letters == 0 && signs == 0 && digits <= 9) {
        uint32_t value = 0;
        for (size_t i = 0; i < text.size; i++)
            value = value * 10 + (uint32_t)(text.data[i] - '0');
        *number = value;
    }
    return LABEL_NUMBER;
}

bool header_is_word(view text)
{
    text = header_name(text);
    return text.size <= HEADER_NAME_MAX_BYTES && has_letter(text);
}

bool header_is_name(view text)
{
    text = header_name(text);
    bool has_digit = false;
    for (size_t i = 0; i < text.size && !has_digit; i++)
        has_digit = is_ascii_digit(text.data[i]);
    return text.size <= HEADER_LONGEST_BYTES && (has_digit || has_letter(text));
}

bool header_ends_with_colon(view text)
{
    text = view_trim(text);
    return text.size > 1 && header_name(text).size < text.size;
}

/* Words that name an attribute of things. */
static const char ATTRIBUTES[] =
    "|name|born|date|pieces|item|price|cost|count|sum|quantity|qty|amount|total|value|unit|units|"
    "number|no|no.|nr|nr.|id|code|type|kind|category|status|state|city|town|country|"
    "region|address|street|phone|telephone|fax|email|e-mail|mail|website|url|company|"
    "customer|client|supplier|vendor|owner|author|manager|contact|person|employee|"
    "department|team|role|position|title|subject|description|comment|comments|note|"
    "notes|remark|remarks|version|year|month|day|week|time|hours|period|quarter|start|"
    "end|from|to|due|deadline|currency|rate|share|percent|product|part|article|sku|"
    "stock|size|weight|height|width|length|age|colour|color|model|brand|serial|report|"
    "project|invoice|order|term|meaning|definition|question|answer|key|field|language|"
    "created|prepared by|approved by|founded|capital|population|area|artikel|preis|"
    "menge|anzahl|betrag|summe|wert|einheit|nummer|stadt|ort|land|adresse|telefon|"
    "firma|kunde|lieferant|datum|jahr|monat|tag|abteilung|bezeichnung|beschreibung|"
    "bemerkung|stand|bestand|lager|nom|prix|ville|pays|fournisseur|quantit\xC3\xA9|"
    "montant|d\xC3\xA9signation|nombre|precio|fecha|ciudad|cliente|cantidad|importe|"
    "nome|prezzo|naam|prijs|room|location|place|building|floor|group|class|level|"
    "score|result|reason|task|priority|budget|income|balance|tax|discount|rating|"
    "points|grade|job|salary|material|barcode|isbn|ean|batch|zip|postcode|plz|province|"
    "surname|vorname|nachname|stra\xC3\x9F"
    "e|raum|zeit|uhrzeit|monat|woche|gruppe|"
    "ergebnis|prozent|gesamt|date de naissance|num\xC3\xA9ro|quantit\xC3\xA0|"
    "data|valor|valore|waarde|aantal|hoeveelheid|cena|ilo\xC5\x9B\xC4\x87|"
    "nazwa|miasto|pris|antal|namn|navn|stad|by|";

/* The same in scripts without spaces, where the word is the end of the name. */
static const char *const ATTRIBUTE_ENDINGS[] = {"名称", "日期", "价格", "数量", "金额", "编号",
                                                "姓名", "电话", "地址", "名前", "氏名", "日付",
                                                "金額", "単価", "番号", "住所", "電話", NULL};

/* What the second row of many headers holds, and the parts of "mg/dl" and "kW·h". */
static const char UNITS[] =
    "|mm|cm|dm|m|km|µm|μm|nm|in|inch|ft|yd|mi|mg|µg|g|kg|t|lb|lbs|oz|ml|cl|dl|l|hl|"
    "gal|s|sec|ms|min|h|hr|hrs|d|days|a|%|‰|eur|usd|gbp|chf|jpy|€|$|£|¥|°|°c|°f|"
    "c|k|v|mv|kv|a|ma|ah|mah|va|kva|w|kw|wh|kwh|mw|mwh|gwh|pa|hpa|kpa|mpa|bar|mbar|psi|n|"
    "nm|kn|hz|khz|mhz|ghz|rpm|db|dba|m2|m3|km2|cm2|cm3|mm2|m²|m³|km²|cm²|cm³|mm²|"
    "ha|pcs|pc|pce|stk|stück|st|ppm|ppb|mol|mmol|µmol|nmol|u|iu|mmhg|j|kj|mj|cal|kcal|"
    "lx|lm|ohm|kb|mb|gb|tb|mbit|gbit|-|";
/* What stands below the line of a unit alone ("kWh/year"): by itself it names a column. */
static const char PERIODS[] = "|day|week|wk|month|yr|year|person|head|unit|piece|100 km|";

/* True when `list`, "|a|b|", has the word; ASCII letters compare without case. */
static bool is_listed(view word, const char *list)
{
    enum { WORD_MAX_BYTES = 24 };
    char marked[WORD_MAX_BYTES + 3] = "|";
    if (word.size == 0 || word.size > WORD_MAX_BYTES || memchr(word.data, '|', word.size))
        return false;
    for (size_t i = 0; i < word.size; i++)
        marked[i + 1] = is_ascii_capital(word.data[i]) ? (char)(word.data[i] | 0x20) : word.data[i];
    marked[word.size + 1] = '|';
    return strstr(list, marked) != NULL;
}

bool header_names_attribute(view text)
{
    text = header_name(text);
    if (is_listed(text, ATTRIBUTES)) return true;
    for (const char *const *e = ATTRIBUTE_ENDINGS; *e; e++)
        if (view_ends_with_nocase(text, view_of(*e))) return true;
    size_t start = text.size, end = 0;
    while (start > 0 && text.data[start - 1] != ' ')
        start--;
    while (end < text.size && text.data[end] != ' ')
        end++;
    return start > 0 && (is_listed(view_slice(text, start, text.size), ATTRIBUTES) ||
                         is_listed(view_slice(text, 0, end), ATTRIBUTES));
}

bool header_is_sum(view text)
{
    static const char *const STEMS[] = {"total",  "totals", "subtotal", "sub-total", "sum",
                                        "grand",  "gesamt", "totaal",   "suma",      "somme",
                                        "totale", "vat",    "mwst",     "mwst.",     "ust.",
                                        "tva",    "iva",    "average",  NULL};
    static const char *const ALONE[] = {"net", "gross", "tax", "netto", "brutto", "mean", NULL};
    static const char *const ENDINGS[] = {"summe",      "gesamtbetrag", "rechnungsbetrag",
                                          "mittelwert", "durchschnitt", NULL};
    size_t first = 0, last = 0;
    text = header_name(text);
    if (view_is_one_of_nocase(text, ALONE)) return true;
    while (first < text.size && text.data[first] != ' ')
        first++;
    last = text.size;
    while (last > 0 && text.data[last - 1] != ' ')
        last--;
    view begin = view_slice(text, 0, first);
    for (const char *const *e = ENDINGS; *e; e++)
        if (view_ends_with_nocase(begin, view_of(*e))) return true;
    return view_is_one_of_nocase(begin, STEMS) ||
           view_is_one_of_nocase(view_slice(text, last, text.size), STEMS);
}

bool header_is_aggregate(view text)
{
    static const char *const WORDS[] = {
        "sum",        "count",      "average",  "max",       "min",     "product", "summe",
        "anzahl",     "mittelwert", "somme",    "nombre",    "moyenne", "suma",    "cuenta",
        "recuento",   "promedio",   "somma",    "conteggio", "media",   "som",     "aantal",
        "gemiddelde", "soma",       "contagem", NULL};
    static const char *const LINKS[] = {"of ", "- ", "von ", "de ", "di ", "van ", NULL};
    text = header_name(text);
    size_t end = view_find(text, VIEW(" "));
    if (end == text.size || !view_is_one_of_nocase(view_slice(text, 0, end), WORDS)) return false;
    view rest = view_slice(text, end + 1, text.size);
    for (const char *const *l = LINKS; *l; l++)
        if (view_starts_with(rest, view_of(*l))) return true;
    return false;
}

/* "10^9" of "10^9/l". */
static bool is_power_of_ten(view text)
{
    if (!view_starts_with(text, VIEW("10")) || text.size > 6) return false;
    for (size_t i = 2; i < text.size; i++)
        if (!is_ascii_digit(text.data[i]) && text.data[i] != '^') return false;
    return true;
}

bool header_is_bare_unit(view text)
{
    text = view_trim(text);
    view point = VIEW("·");
    if (text.size == 0) return false;
    for (size_t start = 0; start <= text.size;) {
        size_t end = start, sign = 0;
        for (; end < text.size && sign == 0; end += sign == 0) {
            if (text.data[end] == '/') sign = 1;
            if (view_starts_with(view_slice(text, end, text.size), point)) sign = point.size;
        }
        view part = view_trim(view_slice(text, start, end));
        bool is_unit = is_listed(part, UNITS) || (start > 0 && is_listed(part, PERIODS)) ||
                       (start == 0 && sign && is_power_of_ten(part));
        if (!is_unit) return false;
        start = end + (sign ? sign : 1);
    }
    return true;
}

bool header_is_unit(view text)
{
    text = view_trim(text);
    if (text.size < 2) return header_is_bare_unit(text);
    char first = text.data[0], last = text.data[text.size - 1];
    bool in_brackets = (first == '(' && last == ')') || (first == '[' && last == ']');
    return in_brackets || header_is_bare_unit(text);
}

bool header_is_caption(view word, view next)
{
    static const char *const WORDS[] = {"table",     "tab.",    "figure",  "fig.",   "tabelle",
                                        "abbildung", "abb.",    "tableau", "tabla",  "tabella",
                                        "tabel",     "tabela",  "tabell",  "figura", "figur",
                                        "figuur",    "rysunek", NULL};
    view space = VIEW("\xC2\xA0"); // which does not break
    size_t end = view_find(word, space);
    view number = end < word.size ? view_slice(word, end + space.size, word.size) : next;
    return number.size && is_ascii_digit(number.data[0]) &&
           view_is_one_of_nocase(view_slice(word, 0, end), WORDS);
}
