/* buffer.h - a growing run of bytes, born with a maximum.
 * Appending past the maximum or out of memory sets `failed`, leaves the bytes as they were and
 * makes every later append a no-op, so that a writer checks once at its end with buffer_status().
 */
#ifndef KITH_BASE_BUFFER_H
#define KITH_BASE_BUFFER_H

#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct buffer {
    char *data;
    size_t size, capacity;
    size_t max_bytes;
    kith_status failed; /* KITH_OK, KITH_ERR_LIMIT or KITH_ERR_NO_MEMORY */
} buffer;

void buffer_init(buffer *b, size_t max_bytes);
void buffer_done(buffer *b);
/* Empties; keeps the memory; clears `failed`. */
void buffer_reset(buffer *b);

void buffer_append(buffer *b, view v);
void buffer_append_text(buffer *b, const char *text);
void buffer_append_byte(buffer *b, char byte);
void buffer_append_u32(buffer *b, uint32_t value); /* little-endian */
void buffer_append_u64(buffer *b, uint64_t value); /* little-endian */
void buffer_printf(buffer *b, const char *format, ...) KITH_PRINTF(2, 3);
/* Room for `bytes` more at data + size; false when it cannot be had (and `failed` is set). */
bool buffer_reserve(buffer *b, size_t bytes);

/* KITH_OK, or the failure with `what` in its message. */
KITH_CHECKED kith_status buffer_status(const buffer *b, const char *what, kith_error *err);

static inline view buffer_view(const buffer *b)
{
    return (view){b->data, b->size};
}

/* NUL-terminates (not counted in size); "" when empty; NULL when the terminator does not fit. */
const char *buffer_text(buffer *b);

/* Little-endian loads for what buffer_append_u32/u64 wrote. */
uint32_t load_u32(const void *p);
uint64_t load_u64(const void *p);

#endif
