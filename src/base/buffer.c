/* buffer.c - growing by doubling up to the maximum, or passing the bytes on. */
#include "base/buffer.h"

#include "base/hash.h"
#include "base/size.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_CAPACITY = 256 };

void buffer_init(buffer *b, size_t max_bytes)
{
    *b = (buffer){.max_bytes = max_bytes};
}

void buffer_init_draining(buffer *b, buffer_drain drain, void *context)
{
    *b = (buffer){.max_bytes = SIZE_MAX, .drain = drain, .drain_context = context};
}

static void drop_checksum(buffer *b)
{
    hash_stream_free(b->sum);
    b->sum = NULL;
    b->has_checksum = false;
}

void buffer_done(buffer *b)
{
    free(b->data);
    drop_checksum(b);
    *b = (buffer){.max_bytes = b->max_bytes, .drain = b->drain, .drain_context = b->drain_context};
}

void buffer_reset(buffer *b)
{
    drop_checksum(b);
    b->size = 0;
    b->failed = KITH_OK;
}

/* Adds to the checksum what leaves the buffer, or never enters it. */
static void sum_up(buffer *b, view v)
{
    if (!b->has_checksum || v.size == 0) return;
    if (!b->sum) b->sum = hash_stream_new();
    if (b->sum)
        hash_stream_add(b->sum, v);
    else
        b->failed = KITH_ERR_NO_MEMORY;
}

static void pass_on(buffer *b, view v)
{
    if (b->failed == KITH_OK && v.size > 0) b->failed = b->drain(b->drain_context, v);
}

/* Empties a buffer with a drain. False in the failed state, and when this brings it about. */
static bool drain_all(buffer *b)
{
    view held = buffer_view(b);
    if (b->has_checksum) sum_up(b, view_slice(held, b->unsummed, b->size));
    b->unsummed = 0;
    pass_on(b, held);
    if (b->failed == KITH_OK) b->size = 0;
    return b->failed == KITH_OK;
}

kith_status buffer_drain_rest(buffer *b)
{
    DCHECK(b->drain);
    if (b->failed == KITH_OK) (void)drain_all(b);
    return b->failed;
}

void buffer_begin_checksum(buffer *b)
{
    DCHECK(!b->has_checksum);
    b->has_checksum = true;
    b->unsummed = b->size;
}

void buffer_end_checksum(buffer *b)
{
    if (b->failed == KITH_OK) {
        view rest = view_slice(buffer_view(b), b->unsummed, b->size);
        if (b->sum) hash_stream_add(b->sum, rest);
        uint64_t value = b->sum ? hash_stream_value(b->sum) : hash64(rest, 0);
        drop_checksum(b);
        buffer_append_u64(b, value);
    }
    drop_checksum(b);
}

bool buffer_reserve(buffer *b, size_t bytes)
{
    if (b->failed != KITH_OK) return false;
    bool is_over = b->drain && (bytes > BUFFER_DRAIN_BYTES || b->size > BUFFER_DRAIN_BYTES - bytes);
    if (is_over && !drain_all(b)) return false;
    DCHECK(b->size <= b->max_bytes); // else the difference below wraps round
    if (bytes > b->max_bytes - b->size) {
        b->failed = KITH_ERR_LIMIT;
        return false;
    }
    size_t needed = b->size + bytes;
    if (needed <= b->capacity) return true;
    size_t doubled = size_max(b->capacity, FIRST_CAPACITY / 2) * 2;
    if (b->drain) doubled = size_min(doubled, BUFFER_DRAIN_BYTES);
    size_t capacity = size_min(size_max(needed, doubled), b->max_bytes);
    char *grown = heap_grow_array(b->data, capacity, 1);
    if (!grown) {
        b->failed = KITH_ERR_NO_MEMORY;
        return false;
    }
    b->data = grown;
    b->capacity = capacity;
    return true;
}

void buffer_append_line(buffer *b, view text)
{
    if (!buffer_reserve(b, text.size)) return;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        b->data[b->size++] = c == '\n' || c == '\r' || c == '\t' || c == '\0' ? ' ' : c;
    }
}

void buffer_trim(buffer *b, size_t start)
{
    view kept = view_trim(view_slice(buffer_view(b), start, b->size));
    if (kept.size > 0) memmove(b->data + start, kept.data, kept.size);
    b->size = start + kept.size;
}

void buffer_append(buffer *b, view v)
{
    if (v.size == 0) return;
    if (b->drain && v.size > BUFFER_DRAIN_BYTES) {
        if (b->failed != KITH_OK || !drain_all(b)) return;
        sum_up(b, v);
        pass_on(b, v);
        return;
    }
    if (!buffer_reserve(b, v.size)) return;
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
    if (b->failed == KITH_ERR_NO_MEMORY)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %s", what);
    if (b->failed != KITH_OK) return fail(err, b->failed, "%s cannot be written", what);
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
    if (b->has_checksum && b->failed == KITH_OK && b->unsummed > b->size)
        return "a checksum that begins past the end";
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
