/* arena.c - blocks in a list, the newest first; each block is filled from its front. */
#include "base/arena.h"

#include "base/size.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_BLOCK_BYTES = 4096, LARGEST_BLOCK_BYTES = 1 << 20, ALIGNMENT = 16 };
static const size_t default_max_bytes = (size_t)1 << 30;

struct arena_block {
    arena_block *next;
    size_t capacity, used;
    _Alignas(ALIGNMENT) char bytes[];
};

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
    free_blocks(a->head);
    *a = (arena){.max_bytes = a->max_bytes};
}

void arena_reset(arena *a)
{
    if (a->head) {
        free_blocks(a->head->next);
        a->head->next = NULL;
        a->head->used = 0;
    }
    a->used = 0;
    a->exhausted = false;
}

arena_mark arena_set_mark(const arena *a)
{
    return (arena_mark){a->head, a->head ? a->head->used : 0, a->used};
}

/* One block more than there was is kept: whoever rewinds often would else allocate it each time. */
void arena_rewind(arena *a, arena_mark mark)
{
    while (a->head != mark.head && a->head->next != mark.head) {
        arena_block *next = a->head->next;
        free(a->head);
        a->head = next;
    }
    if (a->head) a->head->used = a->head == mark.head ? mark.head_used : 0;
    a->used = mark.used;
}

static arena_block *block_new(const arena *a, size_t bytes)
{
    size_t doubled = a->head ? a->head->capacity * 2 : FIRST_BLOCK_BYTES;
    size_t capacity = size_max(bytes, size_min(doubled, LARGEST_BLOCK_BYTES));
    size_t total = 0;
    if (!size_add(sizeof(arena_block), capacity, &total)) return NULL;
    arena_block *block = malloc(total);
    if (block) *block = (arena_block){.next = a->head, .capacity = capacity};
    return block;
}

void *arena_new(arena *a, size_t bytes)
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
    return memset(result, 0, rounded);
exhausted:
    a->exhausted = true;
    return NULL;
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
    char *copy = v.size < SIZE_MAX ? arena_new(a, v.size + 1) : NULL;
    if (!copy) return (view){NULL, 0};
    if (v.size) memcpy(copy, v.data, v.size);
    return (view){copy, v.size};
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
