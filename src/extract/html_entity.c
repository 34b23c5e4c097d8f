/* html_entity.c - numbers by arithmetic, names by binary search in the table of the HTML Standard,
 * which is written when the build is configured (tools/html_entity_table.py). */
#include "extract/html_entity.h"

#include "base/hex.h"
#include "base/size.h"
#include "base/utf8.h"
#include "extract/html_entity_table.h"

#include <stdint.h>

enum { ENTITY_COUNT = sizeof ENTITIES / sizeof ENTITIES[0], NAME_MAX_BYTES = 32 };

/* 0x80 to 0x9F are meant as Windows-1252 has them; 0: it has none there, and HTML keeps the number. */
static const uint16_t WINDOWS_1252[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

static bool is_alphanumeric(char c)
{
    return is_ascii_digit(c) || ((unsigned char)((c | 0x20) - 'a') <= 'z' - 'a');
}

/* 0: no character, or one that no text has. */
static uint32_t character_of(uint32_t number)
{
    if (number >= 0x80 && number < 0xA0 && WINDOWS_1252[number - 0x80])
        return WINDOWS_1252[number - 0x80];
    bool is_control = (number < 0x20 && !is_ascii_space((char)number)) || number == 0x7F;
    bool is_none = number > 0x10FFFF || (number >= 0xD800 && number <= 0xDFFF);
    return is_control || is_none ? 0 : number;
}

/* "&#228;" and "&#xE4;" */
static bool read_number(view text, html_entity *out)
{
    bool is_hex = text.size > 2 && (text.data[2] | 0x20) == 'x';
    size_t start = is_hex ? 3 : 2, i = start;
    uint32_t value = 0;
    for (; i < text.size; i++) {
        int digit = hex_digit(text.data[i]);
        if (digit < 0 || (!is_hex && digit > 9)) break;
        if (value <= 0x10FFFF) value = value * (is_hex ? 16 : 10) + (uint32_t)digit;
    }
    if (i == start) return false;
    uint32_t c = character_of(value);
    out->text_size = c ? utf8_encode(c, out->text) : 0;
    out->size = i < text.size && text.data[i] == ';' ? i + 1 : i;
    return true;
}

/* ENTITY_COUNT when there is none of that name, letter case and all. */
static size_t find_named(view name)
{
    size_t low = 0, high = ENTITY_COUNT; // first entry not before name
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (view_compare(view_of(ENTITIES[middle].name), name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool is_known = low < ENTITY_COUNT && view_equal(view_of(ENTITIES[low].name), name);
    return is_known ? low : ENTITY_COUNT;
}

bool html_entity_read(view text, html_entity *out)
{
    if (text.size > 1 && text.data[1] == '#') return read_number(text, out);
    size_t end = 1, limit = size_min(text.size, NAME_MAX_BYTES + 1);
    while (end < limit && is_alphanumeric(text.data[end]))
        end++;
    if (end == 1 || end > text.size) return false;
    size_t found = find_named(view_slice(text, 1, end));
    if (found == ENTITY_COUNT) return false;
    bool is_closed = end < text.size && text.data[end] == ';';
    bool is_address = end < text.size && text.data[end] == '=';
    if (!is_closed && (!ENTITIES[found].stands_open || is_address)) return false;
    out->size = is_closed ? end + 1 : end;
    out->text_size = strlen(ENTITIES[found].text);
    memcpy(out->text, ENTITIES[found].text, out->text_size);
    return true;
}

void html_entity_append(buffer *out, view entity)
{
    html_entity e;
    bool is_known = entity.size > 0 && html_entity_read(entity, &e) && e.size == entity.size &&
                    entity.data[entity.size - 1] == ';' && e.text_size > 0;
    buffer_append(out, is_known ? (view){e.text, e.text_size} : entity);
}
