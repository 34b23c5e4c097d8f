/* entity.c - numbers by arithmetic, names from libxml2's table of HTML 4. */
#include "extract/entity.h"

#include "base/utf8.h"

#include <libxml/HTMLparser.h>

enum { NAME_MAX_BYTES = 32 };

/* The digits between "&#" or "&#x" and ";"; 0 when they are none or no character. */
static uint32_t parse_number(view digits, uint32_t base)
{
    uint32_t value = 0;
    for (size_t i = 0; i < digits.size; i++) {
        unsigned char c = (unsigned char)digits.data[i];
        uint32_t digit = c >= '0' && c <= '9'   ? c - (uint32_t)'0'
                         : c >= 'a' && c <= 'f' ? c - (uint32_t)'a' + 10
                         : c >= 'A' && c <= 'F' ? c - (uint32_t)'A' + 10
                                                : 16;
        if (digit >= base) return 0;
        value = value * base + digit;
        if (value > 0x10FFFF) return 0;
    }
    return value >= 0xD800 && value <= 0xDFFF ? 0 : value;
}

static uint32_t find_named(view name)
{
    xmlChar terminated[NAME_MAX_BYTES + 1] = {0};
    if (name.size > NAME_MAX_BYTES) return 0;
    memcpy(terminated, name.data, name.size);
    const htmlEntityDesc *found = htmlEntityLookup(terminated);
    return found ? found->value : 0;
}

void entity_append(buffer *out, view entity)
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
