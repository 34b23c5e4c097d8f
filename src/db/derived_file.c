/* derived_file.c - a collection's index and its generations on disk. */
#include "db/derived_file.h"

#include "base/size.h"
#include "db/collection_private.h"
#include "db/derived_parts.h"
#include "db/generation_home.h"

#include <stdio.h>
#include <stdlib.h>

/* What takes no longer to be read than the program takes to start is read when it is opened: nothing is then
 * left to be found damaged later, and no file is kept open. */
enum { READ_AT_ONCE_BYTES = 16 << 20 };

static derived_home home_of(const collection *c)
{
    return (derived_home){.ops = &file_ops_posix,
                          .store = c->home.store,
                          .directory = c->home.directory,
                          .collection = c->id,
                          .read_at_once =
                              c->home.read_at_once ? c->home.read_at_once : READ_AT_ONCE_BYTES};
}

static void note_loading(collection *c, const derived_loading *l, char notice[NOTICE_BYTES])
{
    if (!l->reason[0]) return;
    (void)pthread_mutex_lock(&c->lock);
    c->rebuilt = !l->is_loaded;
    c->must_save = true;
    (void)pthread_mutex_unlock(&c->lock);
    (void)snprintf(notice, NOTICE_BYTES, "collection '%s': %s, %s", c->name, l->reason,
                   l->is_loaded ? "the one before it is used" : "rebuilt");
}

static kith_status new_empty(const collection *c, snapshot **out, kith_error *err)
{
    derived *rows = derived_new(c->metric);
    snapshot *s = rows ? snapshot_new_empty(rows) : NULL;
    if (s) text_cache_use(&rows->texts, c->home.texts, 0);
    derived_release(rows);
    if (!s) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an index");
    *out = s;
    return KITH_OK;
}

kith_status derived_file_load(const collection *c, snapshot **out, derived_loading *out_loading,
                              kith_error *err)
{
    derived_home home = home_of(c);
    if (!token_is_zero(&c->rejected)) home.rejected = &c->rejected;
    kith_status status = derived_load(&home, out, out_loading, err);
    if (status != KITH_OK) return status;
    if (!out_loading->is_loaded) return new_empty(c, out, err);
    text_cache_use(&(*out)->derived->texts, c->home.texts, (*out)->rows);
    return KITH_OK;
}

kith_status derived_file_load_applying(collection *c, char notice[NOTICE_BYTES], snapshot **out,
                                       kith_error *err)
{
    derived_loading l = {0};
    kith_status status = derived_file_load(c, out, &l, err);
    if (status == KITH_OK) note_loading(c, &l, notice);
    return status;
}

void derived_file_reject_applying(collection *c, const derived *d, derived_loading *out)
{
    kith_error what = {0};
    (void)vector_index_damage(d->index, &what);
    c->rejected = d->token;
    const derived_home home = home_of(c);
    derived_reject(&home, d->generation, &d->token, &what, out);
}

save_outcome derived_file_save(const collection *c, const snapshot *s)
{
    const derived_home home = home_of(c);
    part_source *parts = heap_new_array(part_capacity(s), sizeof *parts);
    if (!parts) return SAVE_FAILED;
    const derived_state state = {
        .sequence = s->sequence, .parts = parts, .part_count = derived_list_parts(s, parts)};
    // A failure only costs time at the next open, which then catches up from further back.
    kith_status status = derived_save(&home, &state, NULL);
    free(parts);
    if (status == KITH_ERR_EXISTS) return SAVE_NOT_NEEDED;
    return status == KITH_OK ? SAVE_DONE : SAVE_FAILED;
}

kith_status derived_file_examine(const collection *c, bool *is_missing, kith_error *err)
{
    const derived_home home = home_of(c);
    return derived_examine(&home, is_missing, err);
}

uint64_t derived_file_bytes(const collection *c)
{
    const derived_home home = home_of(c);
    return derived_disk_bytes(&home);
}

void derived_file_remove(const collection *c)
{
    const derived_home home = home_of(c);
    derived_remove(&home);
}
