/* name.c - Chroma's rules for names. */
#include "chroma/name.h"

#include <stdio.h>

enum { NAME_MIN_BYTES = 3, NAME_MAX_BYTES = 512 };

static bool is_alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool has_allowed_characters(view name)
{
    if (name.size < NAME_MIN_BYTES || name.size > NAME_MAX_BYTES) return false;
    for (size_t i = 0; i < name.size; i++) {
        const char c = name.data[i];
        if (!is_alphanumeric(c) && c != '.' && c != '_' && c != '-') return false;
    }
    return is_alphanumeric(name.data[0]) && is_alphanumeric(name.data[name.size - 1]);
}

/* Four numbers of up to 255 with dots between them. */
static bool is_ipv4_address(view name)
{
    size_t at = 0;
    for (int part = 0; part < 4; part++) {
        unsigned value = 0;
        const size_t begin = at;
        while (at < name.size && is_ascii_digit(name.data[at]) && at - begin < 3)
            value = value * 10 + (unsigned)(name.data[at++] - '0');
        if (at == begin || value > 255) return false;
        if (part < 3 && (at >= name.size || name.data[at++] != '.')) return false;
    }
    return at == name.size;
}

bool name_is_allowed(const char *name, char *why, size_t capacity)
{
    const view v = view_of(name);
    if (!has_allowed_characters(v)) {
        (void)snprintf(why, capacity,
                       "Expected a name containing 3-512 characters from [a-zA-Z0-9._-], starting "
                       "and ending with a character in [a-zA-Z0-9]. Got: %.300s",
                       name);
        return false;
    }
    if (view_find(v, VIEW("..")) < v.size) {
        (void)snprintf(why, capacity,
                       "Expected a name that does not contains two consecutive periods (..). Got "
                       "%.300s",
                       name);
        return false;
    }
    if (is_ipv4_address(v)) {
        (void)snprintf(why, capacity, "Expected a name that is not a valid ip address. Got %.300s",
                       name);
        return false;
    }
    return true;
}
