/* uuid.c - see uuid.h. */
#include "base/uuid.h"

#include "base/hex.h"

#include <string.h>

uuid uuid_of_random(const unsigned char random[16])
{
    uuid id;
    memcpy(id.bytes, random, sizeof id.bytes);
    id.bytes[6] = (unsigned char)((id.bytes[6] & 0x0f) | 0x40); // version 4
    id.bytes[8] = (unsigned char)((id.bytes[8] & 0x3f) | 0x80); // the variant of RFC 9562
    return id;
}

/* A hyphen comes before these bytes. */
static bool begins_group(size_t byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

void uuid_format(const uuid *id, char out[UUID_TEXT_BYTES + 1])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < sizeof id->bytes; i++) {
        if (begins_group(i)) *out++ = '-';
        *out++ = digits[id->bytes[i] >> 4];
        *out++ = digits[id->bytes[i] & 15];
    }
    *out = '\0';
}

bool uuid_parse(view text, uuid *out)
{
    uuid id;
    if (text.size != UUID_TEXT_BYTES) return false;
    const char *p = text.data;
    for (size_t i = 0; i < sizeof id.bytes; i++) {
        if (begins_group(i) && *p++ != '-') return false;
        int high = hex_digit(*p++), low = hex_digit(*p++);
        if (high < 0 || low < 0) return false;
        id.bytes[i] = (unsigned char)(high << 4 | low);
    }
    *out = id;
    return true;
}

view uuid_view(const uuid *id)
{
    return (view){(const char *)id->bytes, sizeof id->bytes};
}
