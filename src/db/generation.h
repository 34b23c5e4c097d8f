/* generation.h - one saved state of a derived index: a directory of parts and their manifest.
 *
 * This file knows bytes, pages and checksums. What the parts hold: derived_parts.h. Which of several
 * generations is used, and whether it belongs to the store: derived_file.h. The format and the
 * argument for it: generation.c. All functions: any thread; they take no lock. */
#ifndef KITH_DB_GENERATION_H
#define KITH_DB_GENERATION_H

#include "base/buffer.h"
#include "base/status.h"
#include "os/file.h"
#include "store/store.h"
#include "vector/lazy_part.h"
#include "vector/paged_file.h"

#include <limits.h>
#include <stdint.h>

/* The format counts up whenever this or one of the parts changes, and whenever texts have other
 * words than before (text/word.c): the last byte of the manifest's magic, as a digit, from 10 on as a letter. */
enum { GENERATION_FORMAT = 11, GENERATION_PAGE_BYTES = 4096, GENERATION_PARTS_MAX = 1024 };

/* What a part holds. Stored: values are never used for anything else. */
typedef enum part_kind {
    PART_ROWS,
    PART_VECTORS,
    PART_GRAPH,
    PART_FIELDS,
    PART_WORDS,
    PART_DOCUMENTS,
    PART_IDS,
    PART_CODES,
    PART_RECALL,
    PART_LISTS,
    PART_LIST_CODES,
    PART_LIST_VECTORS,
    PART_KINDS
} part_kind;

/* "words". */
const char *part_kind_name(part_kind kind);

/* ---- writing ---- */

/* A part to be written. `write` appends the part's bytes to a buffer that drains (base/buffer.h);
 * it looks at none of them again, and reports no failure but out->failed. */
typedef struct part_source {
    part_kind kind;
    uint32_t index; /* among the parts of its kind, from 0 */
    void (*write)(const void *context, buffer *out);
    const void *context;
} part_source;

/* Makes the directory `path`, which must not be there yet, and writes a generation into it: when it
 * returns KITH_OK, all that is in the directory is on disk, though not yet its own name. Takes 256
 * KiB, and 8 bytes for each page of the largest part, beside what the sources take.
 * binding  written as it is
 * parts    [count] in ascending order of kind, then index, without a gap; 1 <= count <=
 *          GENERATION_PARTS_MAX; read and written one after the other
 * Errors: KITH_ERR_EXISTS (`path` is there), KITH_ERR_NOT_FOUND (its parent is not), KITH_ERR_FULL,
 * KITH_ERR_IO, KITH_ERR_NO_MEMORY, KITH_ERR_LIMIT (the path is too long). Except after
 * KITH_ERR_EXISTS, what was written is removed as far as that is possible. */
KITH_CHECKED kith_status generation_write(const file_ops *ops, const char *path,
                                          const store_binding *binding, const part_source *parts,
                                          uint32_t count, kith_error *err);

/* ---- reading; safe on any bytes ---- */

typedef struct generation_part {
    part_kind kind;
    uint32_t index;
    uint64_t bytes;    /* what was appended; the file has more, see generation.c */
    uint64_t checksum; /* of the checksums of its pages */
} generation_part;

typedef struct generation {
    const file_ops *ops;
    char path[PATH_MAX];
    store_binding binding;
    generation_part *parts; /* [part_count], sorted as generation_write's */
    uint32_t part_count;
} generation;

/* Reads the manifest in the directory `path`, and verifies it; the parts are not looked at. The
 * caller ends *out with generation_close(). *format is always written: the manifest's, 0 when there
 * is none.
 * Errors: KITH_ERR_UNSUPPORTED (another format), KITH_ERR_CORRUPT (no manifest, or one that does
 * not check, or that is no regular file), KITH_ERR_IO, KITH_ERR_NO_MEMORY, KITH_ERR_LIMIT (the path
 * is too long); *out is then untouched. */
KITH_CHECKED kith_status generation_open(const file_ops *ops, const char *path, generation *out,
                                         uint32_t *format, kith_error *err);
/* Accepts all zero. */
void generation_close(generation *g);
/* The format that the first bytes of a file name, of a manifest or of an index of before format 6;
 * 0: of neither. */
uint32_t generation_format_of(view head);
/* NULL when there is none. Good until generation_close(). */
const generation_part *generation_find(const generation *g, part_kind kind, uint32_t index);

/* A part that is read, from its start to its end or page by page. Zero-initialise. */
typedef struct part_reader {
    char path[PATH_MAX];
    char name[32]; /* "words.0", for messages */
    file_reader file;
    char *sums;     /* [pages] u64, verified against the manifest */
    char *page;     /* [GENERATION_PAGE_BYTES] the page of `at`, once it was read in part */
    uint64_t at;    /* offset of the next byte to be read */
    uint64_t bytes; /* of the part */
} part_reader;
/* `part` is one of g's. The generation may be closed while the part is read. *r is all zero before,
 * and to be closed after, also when this fails.
 * Errors: KITH_ERR_CORRUPT (missing, no regular file, of another size, or its checksums are not
 * those of the manifest), KITH_ERR_IO, KITH_ERR_NO_MEMORY, KITH_ERR_LIMIT (path too long). */
KITH_CHECKED kith_status part_open(const generation *g, const generation_part *part, part_reader *r,
                                   kith_error *err);
/* Reads the next `bytes` bytes, of pages whose checksum matched.
 * Errors: KITH_ERR_CORRUPT names part and page, or says that so many bytes are not left;
 * KITH_ERR_IO. What `to` holds is then undefined, and nothing more may be read. */
KITH_CHECKED kith_status part_read(part_reader *r, void *to, size_t bytes, kith_error *err);
/* Accepts all zero. */
void part_close(part_reader *r);
/* The first part of a kind as a source of pages, which keeps the file open until it is closed; *out is untouched where
 * there is no such part. The generation may be closed meanwhile. Errors: part_open's. */
KITH_CHECKED kith_status part_source_open(const generation *g, part_kind kind, lazy_source *out,
                                          kith_error *err);

/* A part that is read anywhere, page by page, for as long as *out is held (paged_file.h): also when its generation
 * was replaced meanwhile, and removed. The generation may be closed. Errors: part_open's. */
KITH_CHECKED kith_status part_open_pages(const generation *g, const generation_part *part,
                                         paged_file **out, kith_error *err);

/* All of a part, on the heap: the caller frees *out. Errors: part_open's and part_read's. */
KITH_CHECKED kith_status generation_read_part(const generation *g, const generation_part *part,
                                              char **out, kith_error *err);

#endif
