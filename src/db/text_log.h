/* text_log.h - texts and metadata of points, one behind the other in a file without a name, from where conditions
 * on texts, and hits, read them (text_cache.h). One log is for all collections of a data directory.
 *
 * It lies on the disk of the data directory, so that what nobody asks for takes no memory for long:
 * the system keeps the pages in memory while it has room. Where no such file can be made, or none may,
 * the log is in memory, and shorter. Nothing of it outlives the process, and anything of it may be lost
 * at any time: a text that cannot be read, or whose checksum does not hold, is read from the store.
 *
 * When the log is full and half of it is of rows that are dead, all of it is given up, and it begins
 * anew; the rows that live come back as they are asked for. Else no more is taken. Nor is any when
 * the disk has little room, or does not write: then all is given up at once, and for good. */
#ifndef KITH_DB_TEXT_LOG_H
#define KITH_DB_TEXT_LOG_H

#include "base/view.h"
#include "os/file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TEXT_LOG_MAX_BYTES = 1 << 30,
    TEXT_LOG_MEMORY_MAX_BYTES = 64 << 20, /* where it is in memory */
    TEXT_LOG_STEP_BYTES = 16 << 20        /* written between two looks at the room on the disk */
};
#define TEXT_LOG_ROOM_BYTES (UINT64_C(2) << 30)

typedef struct text_log_options {
    const file_ops *ops;   /* NULL: file_ops_posix */
    const char *directory; /* borrowed; NULL: in memory */
    uint64_t max_bytes;    /* 0: TEXT_LOG_MAX_BYTES, or TEXT_LOG_MEMORY_MAX_BYTES in memory */
    uint64_t room_bytes;   /* that the disk must have left; 0: TEXT_LOG_ROOM_BYTES */
} text_log_options;

/* Its functions may be called by any thread. */
typedef struct text_log text_log;

/* No file is made before the first text. NULL: out of memory. */
text_log *text_log_new(const text_log_options *options);
/* Nobody uses it any more. Accepts NULL. */
void text_log_free(text_log *l);

/* Writes `bytes` to the end. False: they are not kept.
 * place  where they begin; never used twice */
bool text_log_append(text_log *l, view bytes, uint64_t *place);
/* Reads what was written from `place` on. False: it is not there any more, or cannot be read; what
 * `to` holds is then undefined. */
bool text_log_read(text_log *l, uint64_t place, void *to, size_t bytes);
/* Nobody will ask for these bytes from `place` on again: they are overwritten, and read as zeros. Where that fails, all is
 * given up, for good. */
void text_log_forget(text_log *l, uint64_t place, size_t bytes);

#endif
