/* archive.h - the entries of a ZIP file in memory, with a limit on all that a hostile one can
 * multiply. Entries are stored or deflated (Office and EPUB writers use nothing else), found by
 * name, and inflated whole into an arena. Nothing is written to disk, and an archive within the
 * archive is just bytes. */
#ifndef KITH_EXTRACT_ARCHIVE_H
#define KITH_EXTRACT_ARCHIVE_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

enum {
    ARCHIVE_MAX_ENTRIES = 10000,
    ARCHIVE_MAX_ENTRY_BYTES = 64 << 20,
    ARCHIVE_MAX_TOTAL_BYTES = 256 << 20, /* inflated by one archive, all entries together */
    ARCHIVE_MAX_RATIO = 200,             /* inflated to compressed */
    ARCHIVE_RATIO_FREE_BYTES = 1 << 20   /* entries up to this size may have any ratio */
};

typedef struct archive_entry {
    view name;
    uint64_t start, end; /* offsets of its bytes in the file, local header included */
    uint32_t compressed_bytes, bytes, crc32;
    uint16_t method, flags;
} archive_entry;

typedef struct archive {
    view bytes;
    arena *memory;
    archive_entry *entries; /* [count] by name; of one name the first in the file */
    uint32_t count;
    size_t inflated; /* bytes so far, of at most ARCHIVE_MAX_TOTAL_BYTES */
} archive;

/* Reads the directory. *out points into `bytes` and `a`, which must outlive it; there is nothing to
 * close. One thread an archive.
 * Errors: KITH_ERR_FORMAT (not a ZIP file, damaged, entries that overlap), KITH_ERR_LIMIT (more
 * than ARCHIVE_MAX_ENTRIES), KITH_ERR_NO_MEMORY; *out is untouched. */
KITH_CHECKED kith_status archive_open(view bytes, arena *a, archive *out, kith_error *err);
bool archive_has(const archive *z, view name);
/* Inflates the entry into the arena; *out lives there. Read twice it counts twice.
 * Errors: KITH_ERR_NOT_FOUND (no entry of that name), KITH_ERR_AUTH (encrypted), KITH_ERR_FORMAT
 * (damaged: size or CRC-32 do not fit), KITH_ERR_UNSUPPORTED (neither stored nor deflated),
 * KITH_ERR_LIMIT (entry, total or ratio), KITH_ERR_NO_MEMORY; *out is untouched. */
KITH_CHECKED kith_status archive_read(archive *z, view name, view *out, kith_error *err);

#endif
