/* arena.h - memory that is freed together: what belongs to one request, document or result.
 *
 * Nothing in an arena is freed alone. It ends at arena_done; or at arena_reset, with everything
 * else; or at arena_rewind, with everything that was allocated after the mark. So a pointer into an
 * arena may be held by whatever ends before those three, and by nothing else. What this rules out:
 *
 * - An object that lives longer than a group of work must not lie in the group's arena. The
 *   compiler does not help, and a release build seldom shows it: the memory is still there after a
 *   reset, and is overwritten by the next allocation. (That was a real fault: a file's description
 *   lay in the arena of the group that its chunks filled, and was read after the group had been
 *   stored, whose arena was reset by then.)
 * - An array that grew in an arena has moved: a pointer to an element is good until it grows. The
 *   old copy stays allocated until the arena ends, and still holds the old values.
 * - After a rewind everything newer than the mark has ended, even what an older object points to.
 *
 * An arena that is handed to a function is, unless that function's contract says otherwise, only
 * allocated from: the caller alone resets, rewinds and ends it.
 *
 * Every allocation is zeroed. An arena has a maximum; past it, or when the heap is exhausted,
 * allocation returns NULL and sets `exhausted`, so that a parser may check once, at its end.
 *
 * What an object in an arena holds that is not memory of the arena (a compiled pattern, say) is given
 * back by a function that the arena calls when the object ends: arena_on_end.
 *
 * Builds with AddressSanitizer report each access to memory that a reset or a rewind gave up, as
 * they report one to freed memory. */
#ifndef KITH_BASE_ARENA_H
#define KITH_BASE_ARENA_H

#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct arena_block arena_block;
typedef struct arena_ending arena_ending;

/* One thread at a time. Its members are for arena.c, but `used` and `exhausted` may be read. */
typedef struct arena {
    arena_block *head;
    size_t used;           /* bytes handed out, each allocation rounded up to 16 */
    size_t max_bytes;      /* of `used` */
    bool exhausted;        /* an allocation failed since arena_init or the last reset */
    arena_ending *endings; /* newest first */
} arena;

/* Allocates nothing. max_bytes bounds `used`; 0 means 1 GiB. The heap memory behind it is more by
 * the unused ends of blocks. */
void arena_init(arena *a, size_t max_bytes);

/* Ends everything and gives the memory back; the arena is then as after arena_init. */
void arena_done(arena *a);

/* Ends everything and clears `exhausted`. One block is kept, so that an arena that is reset for
 * each document or group does not go to the heap each time. Marks set before are void. */
void arena_reset(arena *a);

/* How much was allocated at a moment. */
typedef struct arena_mark {
    arena_block *head;
    size_t head_used, used;
    arena_ending *endings;
} arena_mark;

arena_mark arena_set_mark(const arena *a);

/* Ends everything that was allocated since the mark was set, and voids the marks set since. The
 * mark itself stays good. It must be of this arena, and there must have been neither a reset nor a
 * rewind to an older mark in between; a CHECK catches the most of it. `exhausted` is left alone. */
void arena_rewind(arena *a, arena_mark mark);

/* `bytes` of zeroed memory at a multiple of 16; 0 bytes give a pointer too. NULL when the maximum
 * or the heap does not allow it: `exhausted` is then set, and a smaller allocation may still
 * succeed. */
void *arena_new(arena *a, size_t bytes);
/* The same for an array; NULL also when count * element_bytes overflows. */
void *arena_new_bytes_array(arena *a, size_t count, size_t element_bytes);
#define arena_new_array(a, type, count) ((type *)arena_new_bytes_array((a), (count), sizeof(type)))

/* Calls end(what) when what is allocated now ends, in the thread that ends it; the newest first.
 * `end` does not use the arena. False: exhausted, `end` will not be called. */
KITH_CHECKED bool arena_on_end(arena *a, void (*end)(void *what), void *what);

/* Copies, with a NUL behind them that view.size does not count. When exhausted, data is NULL and
 * size 0. */
view arena_copy(arena *a, view v);
/* The parts one after the other; otherwise as arena_copy. */
view arena_join(arena *a, const view *parts, size_t count);
/* NULL when exhausted. */
char *arena_copy_text(arena *a, const char *text);
/* NULL when exhausted, or when vsnprintf fails. */
char *arena_printf(arena *a, const char *format, ...) KITH_PRINTF(2, 3);

/* NULL, or which invariant of arena.c is broken. For tests; O(blocks). */
const char *arena_check(const arena *a);

#endif
