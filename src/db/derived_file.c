/* derived_file.c - a collection's index and its generations on disk. */
#include "db/derived_file.h"

#include "db/collection_private.h"
#include "db/derived_parts.h"

#include <stdio.h>

static derived_home home_of(const collection *c)
{
    return (derived_home){.ops = &file_ops_posix,
                          .store = c->home.store,
                          .directory = c->home.directory,
                          .collection = c->id};
}

kith_status derived_file_load_locked(collection *c, char notice[NOTICE_BYTES], kith_error *err)
{
    CHECK(!c->loaded && !c->derived.columns);
    const derived_home home = home_of(c);
    derived_loading l = {0};
    kith_status status = derived_load(&home, &c->derived, &l, err);
    if (status != KITH_OK) return status;
    if (l.is_loaded) c->rebuilt = false;
    if (l.reason[0]) {
        c->rebuilt = !l.is_loaded;
        c->must_save = true;
        (void)snprintf(notice, NOTICE_BYTES, "collection '%s': %s, %s", c->name, l.reason,
                       l.is_loaded ? "the one before it is used" : "rebuilt");
    }
    status = l.is_loaded ? KITH_OK : derived_init(&c->derived, err);
    c->loaded = status == KITH_OK;
    return status;
}

uint64_t derived_file_save_locked(collection *c)
{
    CHECK(c->loaded);
    part_source parts[DERIVED_PARTS_MAX];
    const derived_home home = home_of(c);
    const derived_state state = {.sequence = c->derived.sequence,
                                 .parts = parts,
                                 .part_count = derived_list_parts(&c->derived, parts)};
    // A failure only costs time at the next open, which then catches up from further back.
    kith_status status = derived_save(&home, &state, NULL);
    if (status == KITH_OK || status == KITH_ERR_EXISTS) {
        c->unsaved = 0;
        c->must_save = false;
    }
    return status == KITH_OK ? c->derived.sequence : 0;
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
