/* arena.c - blocks in a list, the newest first; each block is filled from its front.
 *
 * Only the newest block, the head, is allocated from. When it has no room its rest is left unused
 * and a new head is made, twice as large up to LARGEST_BLOCK_BYTES, or as large as a single large
 * allocation needs. So an older block never changes, and a mark is three numbers: the head, how far
 * the head was filled, and the bytes handed out in all. Rewinding frees the blocks newer than the
 * mark's head and empties the head down to the mark.
 *
 * One newer block is kept, empty, as the head. Otherwise a loop that sets a mark near the end of a
 * block, allocates and rewinds would free and allocate a block each time round. The price is that
 * the rest of the mark's own block stays unused; `used` is right all the same, as it is restored
 * from the mark and not added up from the blocks.
 *
 * Invariants, which arena_check() verifies:
 *   1. used <= max_bytes.
 *   2. A block is filled at most to its capacity, in steps of ALIGNMENT.
 *   3. The blocks are filled with at least `used` bytes: with more after a rewind that kept a
 *      block.
 */
#include "base/arena.h"

#include "base/size.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ADDRESS_SANITIZER 1
#endif
#endif
#ifdef HAS_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#define FORBID(bytes, size) ASAN_POISON_MEMORY_REGION(bytes, size)
#define ALLOW(bytes, size)  ASAN_UNPOISON_MEMORY_REGION(bytes, size)
#else
#define FORBID(bytes, size) ((void)(bytes), (void)(size))
#define ALLOW(bytes, size)  ((void)(bytes), (void)(size))
#endif

enum { FIRST_BLOCK_BYTES = 4096, LARGEST_BLOCK_BYTES = 1 << 20, ALIGNMENT = 16 };
static const size_t default_max_bytes = (size_t)1 << 30;

struct arena_block {
    arena_block *next;
    size_t capacity, used;
    _Alignas(ALIGNMENT) char bytes[];
};

/* What is to be called. It lies in the arena, and is called before its memory goes. */
struct arena_ending {
    arena_ending *older;
    void (*end)(void *what);
    void *what;
};

/* Calls those that are newer than `last`. */
static void run_endings(arena *a, const arena_ending *last)
{
    while (a->endings != last) {
        const arena_ending *newest = a->endings;
        a->endings = newest->older;
        newest->end(newest->what);
    }
}

bool arena_on_end(arena *a, void (*end)(void *what), void *what)
{
    arena_ending *e = arena_new_array(a, arena_ending, 1);
    if (!e) return false;
    *e = (arena_ending){a->endings, end, what};
    a->endings = e;
    return true;
}

void arena_init(arena *a, size_t max_bytes)
{
    *a = (arena){.max_bytes = max_bytes ? max_bytes : default_max_bytes};
}

static void free_blocks(arena_block *block)
{
    while (block) {
        arena_block *next = block->next;
        free(block);
        block = next;
    }
}

void arena_done(arena *a)
{
    run_endings(a, NULL);
    free_blocks(a->head);
    *a = (arena){.max_bytes = a->max_bytes};
}

/* Empties the block down to its first `used` bytes. */
static void empty_block(arena_block *block, size_t used)
{
    CHECK(used <= block->used);
    block->used = used;
    FORBID(block->bytes + used, block->capacity - used);
}

void arena_reset(arena *a)
{
    run_endings(a, NULL);
    if (a->head) {
        free_blocks(a->head->next);
        a->head->next = NULL;
        empty_block(a->head, 0);
    }
    a->used = 0;
    a->exhausted = false;
}

arena_mark arena_set_mark(const arena *a)
{
    return (arena_mark){a->head, a->head ? a->head->used : 0, a->used, a->endings};
}

void arena_rewind(arena *a, arena_mark mark)
{
    CHECK(mark.used <= a->used);
    run_endings(a, mark.endings);
    while (a->head != mark.head && a->head->next != mark.head) {
        arena_block *next = a->head->next;
        CHECK(next); // else the mark's block is none of this arena's
        free(a->head);
        a->head = next;
    }
    if (a->head) empty_block(a->head, a->head == mark.head ? mark.head_used : 0);
    a->used = mark.used;
}

static arena_block *block_new(const arena *a, size_t bytes)
{
    size_t doubled = a->head ? a->head->capacity * 2 : FIRST_BLOCK_BYTES;
    size_t capacity = size_max(bytes, size_min(doubled, LARGEST_BLOCK_BYTES));
    size_t total = 0;
    if (!size_add(sizeof(arena_block), capacity, &total)) return NULL;
    arena_block *block = malloc(total);
    if (!block) return NULL;
    *block = (arena_block){.next = a->head, .capacity = capacity};
    FORBID(block->bytes, capacity);
    return block;
}

/* Room for so many bytes, not set to zero; *size is what it takes up. */
static char *take(arena *a, size_t bytes, size_t *size)
{
    size_t rounded = 0;
    if (!size_add(size_max(bytes, 1), ALIGNMENT - 1, &rounded)) goto exhausted;
    rounded &= ~(size_t)(ALIGNMENT - 1);
    if (rounded > a->max_bytes - size_min(a->used, a->max_bytes)) goto exhausted;
    if (!a->head || a->head->capacity - a->head->used < rounded) {
        arena_block *block = block_new(a, rounded);
        if (!block) goto exhausted;
        a->head = block;
    }
    char *result = a->head->bytes + a->head->used;
    a->head->used += rounded;
    a->used += rounded;
    ALLOW(result, rounded);
    *size = rounded;
    return result;
exhausted:
    a->exhausted = true;
    return NULL;
}

void *arena_new(arena *a, size_t bytes)
{
    size_t size = 0;
    char *room = take(a, bytes, &size);
    return room ? memset(room, 0, size) : NULL;
}

void *arena_new_bytes_array(arena *a, size_t count, size_t element_bytes)
{
    size_t bytes = 0;
    if (!size_mul(count, element_bytes, &bytes)) {
        a->exhausted = true;
        return NULL;
    }
    return arena_new(a, bytes);
}

view arena_copy(arena *a, view v)
{
    return arena_join(a, &v, 1);
}

view arena_join(arena *a, const view *parts, size_t count)
{
    size_t bytes = 1, size = 0, at = 0;
    for (size_t i = 0; i < count; i++)
        if (!size_add(bytes, parts[i].size, &bytes)) bytes = SIZE_MAX; // which no arena has
    char *copy = take(a, bytes, &size);
    if (!copy) return (view){NULL, 0};
    for (size_t i = 0; i < count; i++) {
        if (parts[i].size) memcpy(copy + at, parts[i].data, parts[i].size);
        at += parts[i].size;
    }
    memset(copy + at, 0, size - at);
    return (view){copy, at};
}

char *arena_copy_text(arena *a, const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *copy = arena_new(a, bytes);
    return copy ? memcpy(copy, text, bytes) : NULL;
}

char *arena_printf(arena *a, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    char *text = length >= 0 ? arena_new(a, (size_t)length + 1) : NULL;
    if (text) (void)vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    va_end(arguments);
    return text;
}

const char *arena_check(const arena *a)
{
    size_t filled = 0;
    if (a->used > a->max_bytes) return "more is used than the maximum";
    for (const arena_block *b = a->head; b; b = b->next) {
        if (b->used > b->capacity) return "a block is filled past its capacity";
        if (b->used % ALIGNMENT != 0) return "a block is filled up to an unaligned place";
        filled += b->used;
    }
    return filled < a->used ? "the blocks hold less than is used" : NULL;
}
