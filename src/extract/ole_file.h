/* ole_file.h - the streams of an OLE2 compound file in memory ("structured storage"): what Office
 * wrote until 2007 and Outlook's messages still are, a file system of storages (folders) and
 * streams. A reader of our own, because the libraries there are open files themselves, after which a
 * process could no longer be confined, or bring GLib's start-up to every file.
 * Limits: OLE_MAX_ENTRIES storages and streams, OLE_MAX_READ_BYTES read of one file.
 * Source: [MS-CFB]. */
#ifndef KITH_EXTRACT_OLE_FILE_H
#define KITH_EXTRACT_OLE_FILE_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum { OLE_MAX_ENTRIES = 50000, OLE_MAX_READ_BYTES = 256 << 20 };
#define OLE_NONE UINT32_MAX
#define OLE_ROOT 0U /* the number of the outermost storage */

typedef struct ole_entry {
    view name; /* valid UTF-8; empty: not in use */
    uint32_t parent;
    uint32_t start; /* its first sector */
    uint64_t bytes;
    bool is_storage;
} ole_entry;

typedef struct ole_file {
    view bytes;
    arena *memory;
    ole_entry *entries; /* [count]; those of no storage have the parent OLE_NONE */
    uint32_t count;
    uint32_t *next; /* [sectors]: the sector behind each; OLE_NONE ends a chain */
    uint32_t sectors, sector_bytes;
    uint32_t *next_small; /* the same of the small sectors, in the root's stream */
    uint32_t small_sectors;
    view small; /* the root's stream */
    size_t read_bytes;
} ole_file;

/* True when the bytes begin as such a file does. */
bool ole_is_file(view bytes);
/* Reads the directory. *out points into `bytes` and `a`, which must outlive it; there is nothing to
 * close. One thread a file.
 * Errors: KITH_ERR_FORMAT (no such file, damaged), KITH_ERR_LIMIT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status ole_open(view bytes, arena *a, ole_file *out, kith_error *err);
/* The number of the stream or storage `name` in `storage`, letter case aside; OLE_NONE: there is
 * none. O(entries). */
uint32_t ole_find(const ole_file *f, uint32_t storage, const char *name);
/* Copies a stream into the arena.
 * entry  of a stream; OLE_NONE and a storage give an empty *out
 * Errors: KITH_ERR_FORMAT (its chain breaks off or turns back), KITH_ERR_LIMIT,
 * KITH_ERR_NO_MEMORY; *out is untouched. */
KITH_CHECKED kith_status ole_read(ole_file *f, uint32_t entry, view *out, kith_error *err);

#endif
