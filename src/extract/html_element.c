/* html_element.c - a sorted table of the elements that do something, searched among those of one
 * first letter: of most letters there are few, and each tag of a page is looked up twice. */
#include "extract/html_element.h"

#include <endian.h>
#include <stdint.h>

enum { NAME_BYTES = 16 };

typedef struct element {
    char name[NAME_BYTES]; // filled up with NUL
    element_kind kind;
} element;

/* The bytes of a name as two numbers, which stand in the same order as the names. */
typedef struct name_key {
    uint64_t first, rest;
} name_key;

/* Sorted by bytes, for the binary search. */
static const element ELEMENTS[] = {
    {"a", ELEMENT_CONTROL},
    {"abbr", ELEMENT_CONTROL},
    {"acronym", ELEMENT_CONTROL},
    {"address", ELEMENT_PARAGRAPH},
    {"annotation", ELEMENT_SKIPPED},
    {"annotation-xml", ELEMENT_SKIPPED},
    {"area", ELEMENT_ANCHOR},
    {"article", ELEMENT_PARAGRAPH},
    {"aside", ELEMENT_PARAGRAPH},
    {"audio", ELEMENT_SKIPPED},
    {"blockquote", ELEMENT_PARAGRAPH},
    {"body", ELEMENT_PARAGRAPH},
    {"br", ELEMENT_BREAK},
    {"button", ELEMENT_CONTROL},
    {"canvas", ELEMENT_SKIPPED},
    {"caption", ELEMENT_LINE},
    {"center", ELEMENT_PARAGRAPH},
    {"datalist", ELEMENT_SKIPPED},
    {"dd", ELEMENT_DEFINITION},
    {"del", ELEMENT_STRUCK},
    {"details", ELEMENT_PARAGRAPH},
    {"dialog", ELEMENT_PARAGRAPH},
    {"div", ELEMENT_PARAGRAPH},
    {"dl", ELEMENT_PARAGRAPH},
    {"dt", ELEMENT_TERM},
    {"embed", ELEMENT_CONTROL},
    {"fieldset", ELEMENT_PARAGRAPH},
    {"figcaption", ELEMENT_PARAGRAPH},
    {"figure", ELEMENT_PARAGRAPH},
    {"footer", ELEMENT_PARAGRAPH},
    {"form", ELEMENT_PARAGRAPH},
    {"frame", ELEMENT_CONTROL},
    {"h1", ELEMENT_HEADING},
    {"h2", ELEMENT_HEADING},
    {"h3", ELEMENT_HEADING},
    {"h4", ELEMENT_HEADING},
    {"h5", ELEMENT_HEADING},
    {"h6", ELEMENT_HEADING},
    {"header", ELEMENT_PARAGRAPH},
    {"hgroup", ELEMENT_PARAGRAPH},
    {"hr", ELEMENT_PARAGRAPH},
    {"iframe", ELEMENT_CONTROL},
    {"img", ELEMENT_CONTROL},
    {"input", ELEMENT_CONTROL},
    {"legend", ELEMENT_LINE},
    {"li", ELEMENT_ENTRY},
    {"maction", ELEMENT_MATH},
    {"main", ELEMENT_MAIN},
    {"math", ELEMENT_MATH},
    {"menclose", ELEMENT_MATH},
    {"menu", ELEMENT_LIST},
    {"merror", ELEMENT_MATH},
    {"mfenced", ELEMENT_MATH},
    {"mfrac", ELEMENT_MATH},
    {"mi", ELEMENT_MATH},
    {"mlabeledtr", ELEMENT_MATH},
    {"mmultiscripts", ELEMENT_MATH},
    {"mn", ELEMENT_MATH},
    {"mo", ELEMENT_MATH},
    {"mover", ELEMENT_MATH},
    {"mpadded", ELEMENT_MATH},
    {"mphantom", ELEMENT_SKIPPED},
    {"mroot", ELEMENT_MATH},
    {"mrow", ELEMENT_MATH},
    {"ms", ELEMENT_MATH},
    {"msqrt", ELEMENT_MATH},
    {"mstyle", ELEMENT_MATH},
    {"msub", ELEMENT_MATH},
    {"msubsup", ELEMENT_MATH},
    {"msup", ELEMENT_MATH},
    {"mtable", ELEMENT_MATH},
    {"mtd", ELEMENT_MATH},
    {"mtext", ELEMENT_MATH},
    {"mtr", ELEMENT_MATH},
    {"munder", ELEMENT_MATH},
    {"munderover", ELEMENT_MATH},
    {"nav", ELEMENT_SKIPPED},
    {"noembed", ELEMENT_OPAQUE},
    {"noframes", ELEMENT_PARAGRAPH},
    {"none", ELEMENT_MATH},
    {"noscript", ELEMENT_CONTROL},
    {"object", ELEMENT_SKIPPED},
    {"ol", ELEMENT_LIST},
    {"option", ELEMENT_ENTRY},
    {"p", ELEMENT_PARAGRAPH},
    {"plaintext", ELEMENT_PREFORMATTED},
    {"pre", ELEMENT_PREFORMATTED},
    {"rp", ELEMENT_READING},
    {"rt", ELEMENT_READING},
    {"rtc", ELEMENT_READING},
    {"s", ELEMENT_STRUCK},
    {"script", ELEMENT_OPAQUE},
    {"search", ELEMENT_PARAGRAPH},
    {"section", ELEMENT_PARAGRAPH},
    {"select", ELEMENT_LIST},
    {"semantics", ELEMENT_MATH},
    {"strike", ELEMENT_STRUCK},
    {"style", ELEMENT_OPAQUE},
    {"sub", ELEMENT_LOWERED},
    {"summary", ELEMENT_QUESTION},
    {"sup", ELEMENT_RAISED},
    {"svg", ELEMENT_CONTROL},
    {"table", ELEMENT_TABLE},
    {"tbody", ELEMENT_ROWS},
    {"td", ELEMENT_CELL},
    {"template", ELEMENT_SKIPPED},
    {"textarea", ELEMENT_PARAGRAPH},
    {"tfoot", ELEMENT_ROWS},
    {"th", ELEMENT_CELL},
    {"thead", ELEMENT_HEAD},
    {"title", ELEMENT_TITLE},
    {"tr", ELEMENT_ROW},
    {"ul", ELEMENT_LIST},
    {"video", ELEMENT_SKIPPED},
    {"xmp", ELEMENT_PREFORMATTED},
};

enum { LETTERS = 26 };

/* Where the names of each letter begin in ELEMENTS; the last is behind them all. html_element_check. */
static const uint8_t BEGINS[LETTERS + 1] = {
    0,  10, 14, 17, 25, 26,  32,  32,  41,  44,  44,  44,  46,  76,
    81, 84, 87, 87, 90, 102, 112, 113, 114, 114, 115, 115, 115,
};

static name_key key_of_known(const char *name)
{
    name_key key;
    memcpy(&key, name, sizeof key);
    return (name_key){be64toh(key.first), be64toh(key.rest)};
}

static name_key key_of(view name)
{
    name_key key = {0, 0};
    for (size_t i = 0; i < name.size; i++) {
        uint64_t byte = (unsigned char)name.data[i];
        *(i < 8 ? &key.first : &key.rest) |= byte << (56 - 8 * (i & 7));
    }
    return key;
}

element_kind html_element_kind(view name)
{
    if (name.size == 0 || name.size >= NAME_BYTES) return ELEMENT_INLINE;
    unsigned letter = (unsigned char)name.data[0] - (unsigned)'a';
    if (letter >= LETTERS) return ELEMENT_INLINE;
    size_t low = BEGINS[letter], high = BEGINS[letter + 1];
    name_key key = key_of(name);
    while (low < high) {
        size_t middle = (low + high) / 2;
        name_key known = key_of_known(ELEMENTS[middle].name);
        if (known.first == key.first && known.rest == key.rest) return ELEMENTS[middle].kind;
        if (known.first > key.first || (known.first == key.first && known.rest > key.rest))
            high = middle;
        else
            low = middle + 1;
    }
    return ELEMENT_INLINE;
}

const char *html_element_check(void)
{
    size_t count = sizeof ELEMENTS / sizeof *ELEMENTS;
    if (BEGINS[0] != 0 || BEGINS[LETTERS] != count) return "the index does not cover the table";
    for (size_t i = 0; i < count; i++) {
        view name = view_of(ELEMENTS[i].name);
        if (i > 0 && view_compare(view_of(ELEMENTS[i - 1].name), name) >= 0)
            return "the table is not sorted";
        if (html_element_kind(name) != ELEMENTS[i].kind) return ELEMENTS[i].name;
    }
    return NULL;
}
