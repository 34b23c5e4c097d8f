/* arena.h - memory that dies together: of a request, of a document, of a result.
 * Allocations are never freed one by one. An arena is born with a maximum; past it, or when the
 * heap is exhausted, allocation returns NULL and the arena remembers, so that a parser may check
 * once at its end. */
#ifndef KITH_BASE_ARENA_H
#define KITH_BASE_ARENA_H

#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct arena_block arena_block;

typedef struct arena {
    arena_block *head;
    size_t used;      /* bytes handed out */
    size_t max_bytes; /* of `used`; 0 means the default of 1 GiB */
    bool exhausted;   /* an allocation failed since init or reset */
} arena;

/* One thread at a time. */
void arena_init(arena *a, size_t max_bytes);
void arena_done(arena *a);
/* Frees all but one block and clears `exhausted`. */
void arena_reset(arena *a);

/* What was handed out since the mark is gone after the rewind, which allows no reset in between. */
typedef struct arena_mark {
    arena_block *head;
    size_t head_used, used;
} arena_mark;

arena_mark arena_set_mark(const arena *a);
void arena_rewind(arena *a, arena_mark mark);

/* 16-byte aligned, zeroed. NULL when exhausted. */
void *arena_new(arena *a, size_t bytes);
void *arena_new_bytes_array(arena *a, size_t count, size_t element_bytes);
#define arena_new_array(a, type, count) ((type *)arena_new_bytes_array((a), (count), sizeof(type)))

/* Copies; the copy is also NUL-terminated. data is NULL when exhausted. */
view arena_copy(arena *a, view v);
char *arena_copy_text(arena *a, const char *text);
char *arena_printf(arena *a, const char *format, ...) KITH_PRINTF(2, 3);

#endif
