/* buffer.h - a growing run of bytes on the heap, born with a maximum, or drained as it fills.
 *
 * Whoever fills a buffer from the outside (a file, a network answer, a program's output) states how
 * much is too much once, in buffer_init, and not at each append.
 *
 * An append that does not fit, or finds no memory, leaves the bytes as they were and puts the
 * buffer into the failed state, in which every further append is a no-op. So a writer appends
 * without looking and asks buffer_status() once at its end; it never ends up with a text that has a
 * hole in the middle. The failed state ends with buffer_reset or buffer_done.
 *
 * A buffer with a drain holds only the newest bytes: whenever more than BUFFER_DRAIN_BYTES would be
 * in it, what it holds is passed to the drain, in order, and leaves the buffer. So a writer that
 * only appends writes any number of bytes in the same memory; data, size and buffer_view() then
 * show what has not been passed on yet, and nobody may count on where in it something lies. A drain
 * that fails puts the buffer into the failed state.
 *
 * A checksum of what is appended can be kept on the way: buffer_begin_checksum(). It is the same
 * with and without a drain.
 *
 * data moves when the buffer grows: a pointer or a view into it is good until the next append.
 * A buffer is for one thread at a time. */
#ifndef KITH_BASE_BUFFER_H
#define KITH_BASE_BUFFER_H

#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BUFFER_DRAIN_BYTES = 256 << 10 };

/* Takes all of `bytes`, never 0, or fails with the status that the buffer fails with. */
typedef kith_status (*buffer_drain)(void *context, view bytes);

typedef struct buffer {
    char *data; /* [capacity], of which `size` are filled; NULL before the first append */
    size_t size, capacity;
    size_t max_bytes;
    kith_status failed; /* KITH_OK, KITH_ERR_LIMIT, KITH_ERR_NO_MEMORY, or the drain's */
    buffer_drain drain; /* NULL: keeps everything */
    void *drain_context;
    bool has_checksum;       /* one was begun and is not ended */
    size_t unsummed;         /* where in data the bytes begin that `sum` has not seen */
    struct hash_stream *sum; /* of what was drained since it was begun; NULL: nothing was */
} buffer;

/* Allocates nothing. max_bytes bounds size and capacity; 0 takes no byte. */
void buffer_init(buffer *b, size_t max_bytes);
/* A buffer without a maximum that passes its bytes on. A piece that is larger than
 * BUFFER_DRAIN_BYTES is passed on as it is, without a copy. Ends with buffer_drain_rest(). */
void buffer_init_draining(buffer *b, buffer_drain drain, void *context);
/* Passes on what is still held. Returns how all of it went: KITH_OK, KITH_ERR_NO_MEMORY, or what
 * the drain returned when it first failed; it was not called again after that. */
KITH_CHECKED kith_status buffer_drain_rest(buffer *b);
/* Frees the bytes, undrained; the buffer is then as after buffer_init or buffer_init_draining. */
void buffer_done(buffer *b);
/* Empties it, undrained, and ends the failed state and the checksum; keeps the memory. */
void buffer_reset(buffer *b);

/* Each appends all of it or, by failing, nothing. A view with size 0 may have NULL data. */
void buffer_append(buffer *b, view v);
void buffer_append_text(buffer *b, const char *text);
void buffer_append_byte(buffer *b, char byte);
void buffer_append_u32(buffer *b, uint32_t value); /* 4 bytes, little-endian */
/* 8 bytes, little-endian; the one append that can fail half way, after its lower four bytes. */
void buffer_append_u64(buffer *b, uint64_t value);
/* As printf; needs room for a terminator too, which is not counted in size. */
void buffer_printf(buffer *b, const char *format, ...) KITH_PRINTF(2, 3);

/* What is appended from here to buffer_end_checksum() is summed up; one checksum at a time. */
void buffer_begin_checksum(buffer *b);
/* Appends hash64() of the bytes since buffer_begin_checksum(), as a u64. */
void buffer_end_checksum(buffer *b);

/* Makes room for `bytes` more, which the caller may write to data + size and then count in size.
 * False in the failed state, and when this brings it about. */
bool buffer_reserve(buffer *b, size_t bytes);

/* Appends the text as one line: each \n, \r, \t and NUL becomes a blank. */
void buffer_append_line(buffer *b, view text);

/* Takes the white space (view_trim) off both ends of what stands from `start` on, start <= size. For a
 * buffer that keeps everything, whose bytes no checksum has seen. */
void buffer_trim(buffer *b, size_t start);

/* KITH_OK, or the failure, its message naming `what` ("the answer"): KITH_ERR_LIMIT "... is larger
 * than N bytes", KITH_ERR_NO_MEMORY; for the drain's, which knows more: "... cannot be written". */
KITH_CHECKED kith_status buffer_status(const buffer *b, const char *what, kith_error *err);

/* Borrowed until the next append. */
static inline view buffer_view(const buffer *b)
{
    return (view){b->data, b->size};
}

/* The bytes as a C string, borrowed until the next append; "" when empty. The terminator is not
 * counted in size, but must fit below the maximum: NULL when it does not, or after a failure. */
const char *buffer_text(buffer *b);

/* NULL, or what is broken: size <= capacity <= max_bytes, memory exactly when there is capacity,
 * and a checksum that begins within the bytes. */
const char *buffer_check(const buffer *b);

/* What buffer_append_u32 and buffer_append_u64 wrote, at any alignment. */
uint32_t load_u32(const void *p);
uint64_t load_u64(const void *p);

#endif
