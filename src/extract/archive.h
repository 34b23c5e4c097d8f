/* archive.h - the parts of a ZIP file that lies in memory, with every limit that a hostile one
 * needs. Entries are stored or deflated (what Office and EPUB writers use), found by name, and
 * inflated whole. Nothing is written anywhere, and an archive within it is just bytes. */
#ifndef KITH_EXTRACT_ARCHIVE_H
#define KITH_EXTRACT_ARCHIVE_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

enum {
    ARCHIVE_MAX_ENTRIES = 10000,
    ARCHIVE_MAX_ENTRY_BYTES = 64 << 20,
    ARCHIVE_MAX_TOTAL_BYTES = 256 << 20, /* inflated by one reader, all entries together */
    ARCHIVE_MAX_RATIO = 200,             /* inflated to compressed */
    ARCHIVE_RATIO_FREE_BYTES = 1 << 20   /* below this the ratio does no harm */
};

typedef struct archive_entry {
    view name;
    uint64_t start, end; /* of its bytes in the file, local header included */
    uint32_t compressed_bytes, bytes, crc32;
    uint16_t method, flags;
} archive_entry;

typedef struct archive {
    view bytes;
    arena *memory;
    archive_entry *entries; /* by name; where one comes twice, the first of the directory */
    uint32_t count;
    size_t inflated; /* so far */
} archive;

/* Reads the directory; all of it lives in `a` and in `bytes`, which are borrowed.
 * Errors: KITH_ERR_FORMAT (no ZIP file, damaged, entries that overlap), KITH_ERR_LIMIT (too many
 * entries), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status archive_open(view bytes, arena *a, archive *out, kith_error *err);
bool archive_has(const archive *z, view name);
/* Inflates the entry into the arena. Errors: KITH_ERR_NOT_FOUND, KITH_ERR_AUTH (encrypted),
 * KITH_ERR_FORMAT (damaged), KITH_ERR_UNSUPPORTED (method), KITH_ERR_LIMIT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status archive_read(archive *z, view name, view *out, kith_error *err);

#endif
