/* paged_file.h - a file that is read anywhere, in pages whose checksums are in memory.
 *
 * What an index keeps on a disk is never mapped (docs/decisions/019): each read is a pread() of whole pages, each
 * of which is compared with its checksum before anybody looks at it. So a page that the disk has lost is an error
 * of the one who reads it, at the place that can handle it.
 *
 * Threads: one thread at a time writes; any number read what was written and published to them. */
#ifndef KITH_VECTOR_PAGED_FILE_H
#define KITH_VECTOR_PAGED_FILE_H

#include "base/status.h"
#include "base/view.h"
#include "os/file.h"
#include "vector/region.h"

#include <stdatomic.h>
#include <stdint.h>

enum { PAGED_FILE_PAGE = 4096 /* bytes; as in parts of generations */ };

typedef struct paged_file {
    atomic_uint holders; /* closed and freed with the last */
    const file_ops *ops;
    int fd;
    char name[48];  /* for messages */
    uint64_t pages; /* the writer's */
    region sums;    /* u64 XXH3-64 of each page */
} paged_file;

/* Held once; takes over `fd`, also when it fails. An empty one to be written, which is open for reading and
 * writing. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status paged_file_new(const file_ops *ops, int fd, const char *name,
                                        paged_file **out, kith_error *err);
/* The same over `pages` pages that the file begins with; sums: [pages] little-endian u64.
 * Errors: KITH_ERR_LIMIT (more pages than a region has elements), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status paged_file_over(const file_ops *ops, int fd, const char *name,
                                         const char *sums, uint64_t pages, paged_file **out,
                                         kith_error *err);
paged_file *paged_file_hold(paged_file *f);
/* Accepts NULL. */
void paged_file_release(paged_file *f);
/* Memory of the checksums. */
size_t paged_file_bytes(const paged_file *f);

/* Bytes that paged_file_read wants of `pages` for `bytes` bytes from anywhere. */
static inline size_t paged_file_room(size_t bytes)
{
    return (bytes / PAGED_FILE_PAGE + 2) * PAGED_FILE_PAGE;
}

/* Reads the pages first .. first + count, which were written, to `to` [count][PAGED_FILE_PAGE]. Any thread.
 * Errors: as paged_file_read; what `to` holds is then undefined. */
KITH_CHECKED kith_status paged_file_read_pages(const paged_file *f, uint64_t first, uint32_t count,
                                               char *to, kith_error *err);
/* Reads bytes [offset, offset + bytes) of what was written to `to`, which nobody has compared with anything. Any thread.
 * Errors: KITH_ERR_IO. */
KITH_CHECKED kith_status paged_file_read_unverified(const paged_file *f, uint64_t offset,
                                                    size_t bytes, void *to, kith_error *err);
/* Reads bytes [offset, offset + bytes) of pages that were written. *out points into `pages`, at the place that
 * `offset` has in its page. Any thread.
 * pages  [paged_file_room(bytes)]
 * Errors: KITH_ERR_CORRUPT names file and page; KITH_ERR_IO, also when the file was cut short. */
KITH_CHECKED kith_status paged_file_read(const paged_file *f, uint64_t offset, size_t bytes,
                                         char *pages, const char **out, kith_error *err);

/* Appends bytes that come piece by piece, from a new page on. */
typedef struct paged_writer {
    paged_file *file;
    uint64_t start; /* offset of the first byte */
    char *buffer;
    size_t used;
} paged_writer;
/* Errors: KITH_ERR_NO_MEMORY; *w is then good for paged_writer_done. */
KITH_CHECKED kith_status paged_writer_begin(paged_writer *w, paged_file *f, kith_error *err);
/* Errors: KITH_ERR_FULL, KITH_ERR_IO, KITH_ERR_NO_MEMORY. What was written is never read then. */
KITH_CHECKED kith_status paged_writer_put(paged_writer *w, view bytes, kith_error *err);
/* Fills up the last page with zeros, and writes it. Errors: as above. */
KITH_CHECKED kith_status paged_writer_end(paged_writer *w, kith_error *err);
/* Accepts all zero. */
void paged_writer_done(paged_writer *w);

#endif
