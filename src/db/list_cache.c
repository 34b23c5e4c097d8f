/* list_cache.c - see list_cache.h.
 *
 * Invariant: places leads each text to its entry of lists[count]; bytes is the sum of what these take. */
#include "db/list_cache.h"

#include "base/hash.h"
#include "base/holders.h"
#include "base/size.h"
#include "base/status.h"

#include <stdlib.h>
#include <string.h>

/* What the map takes for a text, about. */
enum { PLACE_BYTES = 48 };

row_list *row_list_new(uint32_t *rows, uint32_t count)
{
    row_list *list = heap_new_array(1, sizeof *list);
    if (!list) {
        free(rows);
        return NULL;
    }
    atomic_init(&list->holders, 1);
    list->rows = rows;
    list->count = count;
    return list;
}

static row_list *hold(row_list *list)
{
    holders_add(&list->holders);
    return list;
}

void row_list_release(row_list *list)
{
    if (!list || !holders_leave(&list->holders)) return;
    free(list->rows);
    free(list->codes);
    free(list);
}

void list_cache_init(list_cache *c)
{
    *c = (list_cache){0};
    CHECK(pthread_mutex_init(&c->lock, NULL) == 0);
}

void list_cache_done(list_cache *c)
{
    for (uint32_t i = 0; i < c->count; i++) {
        row_list_release(c->lists[i].list);
        free(c->lists[i].text);
    }
    free(c->lists);
    free(c->seen);
    map_free(c->places);
    CHECK(pthread_mutex_destroy(&c->lock) == 0);
}

size_t list_cache_bytes(list_cache *c)
{
    (void)pthread_mutex_lock(&c->lock);
    size_t bytes = sizeof *c + c->room * sizeof *c->lists + c->bytes;
    if (c->seen) bytes += LIST_CACHE_SEEN * sizeof *c->seen;
    (void)pthread_mutex_unlock(&c->lock);
    return bytes;
}

static cached_list *find_locked(const list_cache *c, view text)
{
    uint64_t place = 0;
    return c->places && map_get(c->places, text, &place) ? &c->lists[place] : NULL;
}

/* What a list takes, with codes of so many bytes. */
static size_t bytes_of(const row_list *list, size_t text_size, size_t codes)
{
    return sizeof *list + PLACE_BYTES + text_size + list->count * sizeof *list->rows + codes;
}

static size_t own_bytes(const cached_list *entry)
{
    const listed_codes *codes = entry->list->codes;
    return bytes_of(entry->list, entry->text_size, codes ? codes->bytes : 0);
}

static size_t most_bytes(const vector_view *vectors)
{
    const size_t signs = listed_codes_signs_bytes(vectors->index);
    return size_max(LIST_CACHE_BYTES, vectors->rows * (sizeof(uint32_t) + 2 * signs));
}

static void remove_locked(list_cache *c, cached_list *entry)
{
    const cached_list removed = *entry, *last = &c->lists[--c->count];
    (void)map_remove(c->places, (view){removed.text, removed.text_size});
    c->bytes -= own_bytes(&removed);
    if (entry != last) {
        *entry = *last;
        // The text is in the map, so its value is replaced, which takes no memory.
        CHECK(map_put(c->places, (view){entry->text, entry->text_size},
                      (uint64_t)(entry - c->lists)) == KITH_OK);
    }
    row_list_release(removed.list);
    free(removed.text);
}

static bool is_full(const list_cache *c, size_t bytes, size_t most)
{
    return c->bytes + bytes > most || c->count == LIST_CACHE_LISTS;
}

/* Makes room for one list, of `bytes`, at most `most`: lists that were not asked for since they were looked at for this
 * the last time go. */
static void make_room_locked(list_cache *c, size_t bytes, size_t most)
{
    while (c->count > 0 && is_full(c, bytes, most)) {
        if (c->hand >= c->count) c->hand = 0;
        // The one that takes its place, the newest, is passed over: it has had no time to be asked for.
        cached_list *entry = &c->lists[c->hand++];
        if (entry->was_used)
            entry->was_used = false;
        else
            remove_locked(c, entry);
    }
}

row_list *list_cache_find(list_cache *c, view text, const vector_view *vectors)
{
    row_list *found = NULL;
    (void)pthread_mutex_lock(&c->lock);
    cached_list *entry = find_locked(c, text);
    if (entry && !entry->list->codes && listed_codes_are_whole(vectors)) {
        remove_locked(c, entry);
    } else if (entry) {
        found = hold(entry->list);
        entry->was_used = true;
    }
    (void)pthread_mutex_unlock(&c->lock);
    return found;
}

/* Is a list of `bytes` to be kept? Its text has come before, and there is room, or it is the newcomer's turn. Two texts that
 * share a hash may be taken for each other, which costs memory at most. */
static bool is_wanted(list_cache *c, view text, size_t bytes, size_t most)
{
    const uint64_t hash = hash64(text, 0);
    const uint32_t mark = (uint32_t)(hash >> 32) | 1;
    (void)pthread_mutex_lock(&c->lock);
    if (!c->seen) c->seen = heap_new_array(LIST_CACHE_SEEN, sizeof *c->seen);
    bool was_seen = false;
    if (c->seen) {
        uint32_t *place = &c->seen[hash % LIST_CACHE_SEEN];
        was_seen = *place == mark;
        *place = mark;
    }
    if (was_seen && is_full(c, bytes, most)) was_seen = c->newcomers++ % LIST_CACHE_NEWCOMERS == 0;
    (void)pthread_mutex_unlock(&c->lock);
    return was_seen;
}

/* Room for one more entry. */
static bool reserve_locked(list_cache *c)
{
    enum { FIRST = 16 };
    if (!c->places) c->places = map_new();
    if (!c->places) return false;
    if (c->count < c->room) return true;
    const uint32_t room = c->room ? 2 * c->room : FIRST;
    cached_list *wider = heap_grow_array(c->lists, room, sizeof *wider);
    if (!wider) return false;
    c->lists = wider;
    c->room = room;
    return true;
}

void list_cache_keep(list_cache *c, view text, row_list *list, const vector_view *vectors)
{
    const size_t codes =
        listed_codes_are_whole(vectors) ? listed_codes_bytes(vectors->index, list->count) : 0;
    const size_t bytes = bytes_of(list, text.size, codes), most = most_bytes(vectors);
    if (text.size == 0 || text.size > LIST_CACHE_TEXT_MAX || bytes > most) return;
    if (!is_wanted(c, text, bytes, most)) return;
    char *copy = malloc(text.size);
    if (codes > 0) list->codes = listed_codes_new(vectors, list->rows, list->count);
    if (!copy || (codes > 0 && !list->codes)) {
        free(copy);
        return;
    }
    memcpy(copy, text.data, text.size);
    (void)pthread_mutex_lock(&c->lock);
    if (!find_locked(c, text)) {
        make_room_locked(c, bytes, most);
        if (reserve_locked(c) && map_put(c->places, text, c->count) == KITH_OK) {
            c->lists[c->count++] = (cached_list){copy, text.size, hold(list), false};
            c->bytes += bytes;
            copy = NULL;
        }
    }
    (void)pthread_mutex_unlock(&c->lock);
    free(copy);
}
