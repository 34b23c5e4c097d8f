/* html_entity.c - numbers by arithmetic, names by binary search in a table of HTML 4's.
 * The table is written when the build is configured (tools/html_entity_table.py). Names that only
 * HTML 5 has stay as they are written: the HTML reader's libxml2 2.9 does not know them either, so
 * a heading reads the same in both formats. */
#include "extract/html_entity.h"

#include "base/hex.h"
#include "base/utf8.h"
#include "extract/html_entity_table.h"

#include <stddef.h>

enum { ENTITY_COUNT = sizeof ENTITIES / sizeof ENTITIES[0] };

/* The number whose digits stand between "&#" or "&#x" and ";"; 0 when they are not digits of `base`
 * or not the number of a character. */
static uint32_t parse_number(view digits, uint32_t base)
{
    uint32_t value = 0;
    for (size_t i = 0; i < digits.size; i++) {
        int digit = hex_digit(digits.data[i]);
        if (digit < 0 || (uint32_t)digit >= base) return 0;
        value = value * base + (uint32_t)digit;
        if (value > 0x10FFFF) return 0;
    }
    return value >= 0xD800 && value <= 0xDFFF ? 0 : value;
}

/* The character of that name, letter case and all; 0 when there is none. */
static uint32_t find_named(view name)
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
    return is_known ? ENTITIES[low].codepoint : 0;
}

void html_entity_append(buffer *out, view entity)
{
    view body = entity.size > 2 ? view_slice(entity, 1, entity.size - 1) : (view){0};
    uint32_t c = 0;
    if (view_starts_with(body, VIEW("#x")) || view_starts_with(body, VIEW("#X")))
        c = parse_number(view_slice(body, 2, body.size), 16);
    else if (view_starts_with(body, VIEW("#")))
        c = parse_number(view_slice(body, 1, body.size), 10);
    else if (body.size > 0)
        c = find_named(body);
    char encoded[4];
    buffer_append(out, c ? (view){encoded, utf8_encode(c, encoded)} : entity);
}
