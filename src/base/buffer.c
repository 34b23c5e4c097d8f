/* buffer.c - growing by doubling up to the maximum. */
#include "base/buffer.h"

#include "base/size.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_CAPACITY = 256 };

void buffer_init(buffer *b, size_t max_bytes)
{
    *b = (buffer){.max_bytes = max_bytes};
}

void buffer_done(buffer *b)
{
    free(b->data);
    *b = (buffer){.max_bytes = b->max_bytes};
}

void buffer_reset(buffer *b)
{
    b->size = 0;
    b->failed = KITH_OK;
}

bool buffer_reserve(buffer *b, size_t bytes)
{
    if (b->failed != KITH_OK) return false;
    DCHECK(b->size <= b->max_bytes); // else the difference below wraps round
    if (bytes > b->max_bytes - b->size) {
        b->failed = KITH_ERR_LIMIT;
        return false;
    }
    size_t needed = b->size + bytes;
    if (needed <= b->capacity) return true;
    size_t doubled = size_max(b->capacity, FIRST_CAPACITY / 2) * 2;
    size_t capacity = size_min(size_max(needed, doubled), b->max_bytes);
    char *grown = realloc(b->data, capacity);
    if (!grown) {
        b->failed = KITH_ERR_NO_MEMORY;
        return false;
    }
    b->data = grown;
    b->capacity = capacity;
    return true;
}

void buffer_append(buffer *b, view v)
{
    if (v.size == 0 || !buffer_reserve(b, v.size)) return;
    memcpy(b->data + b->size, v.data, v.size);
    b->size += v.size;
}

void buffer_append_text(buffer *b, const char *text)
{
    buffer_append(b, view_of(text));
}

void buffer_append_byte(buffer *b, char byte)
{
    if (!buffer_reserve(b, 1)) return;
    b->data[b->size++] = byte;
}

void buffer_append_u32(buffer *b, uint32_t value)
{
    unsigned char bytes[4];
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(value >> (8 * i));
    buffer_append(b, (view){(const char *)bytes, sizeof bytes});
}

void buffer_append_u64(buffer *b, uint64_t value)
{
    buffer_append_u32(b, (uint32_t)value);
    buffer_append_u32(b, (uint32_t)(value >> 32));
}

void buffer_printf(buffer *b, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    // vsnprintf wants room for its terminator, which is not counted in size.
    if (length > 0 && buffer_reserve(b, (size_t)length + 1)) {
        (void)vsnprintf(b->data + b->size, (size_t)length + 1, format, again);
        b->size += (size_t)length;
    }
    va_end(again);
    va_end(arguments);
}

kith_status buffer_status(const buffer *b, const char *what, kith_error *err)
{
    if (b->failed == KITH_ERR_LIMIT)
        return fail(err, KITH_ERR_LIMIT, "%s is larger than %zu bytes", what, b->max_bytes);
    if (b->failed != KITH_OK) return fail(err, b->failed, "out of memory for %s", what);
    return KITH_OK;
}

const char *buffer_text(buffer *b)
{
    if (!buffer_reserve(b, 1)) return NULL;
    b->data[b->size] = '\0';
    return b->data;
}

const char *buffer_check(const buffer *b)
{
    if (b->size > b->capacity) return "more bytes than capacity";
    if (b->capacity > b->max_bytes) return "more capacity than the maximum";
    if (!b->data != (b->capacity == 0)) return "memory without capacity, or the reverse";
    return NULL;
}

uint32_t load_u32(const void *p)
{
    const unsigned char *bytes = p;
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

uint64_t load_u64(const void *p)
{
    const unsigned char *bytes = p;
    return load_u32(bytes) | (uint64_t)load_u32(bytes + 4) << 32;
}
