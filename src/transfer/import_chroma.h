/* import_chroma.h - reads a data directory of Chroma, and stores what is in it. */
#ifndef KITH_TRANSFER_IMPORT_CHROMA_H
#define KITH_TRANSFER_IMPORT_CHROMA_H

#include "transfer/transfer.h"

/* Reads PATH/chroma.sqlite3 and the indexes beside it, without writing to them, and stores all
 * collections in the tenants, databases and collections of the same names, as import_lines() does:
 * what is there already stays, and is counted. A document is the content of its point, a uri its
 * metadata field "chroma:uri". The observer is told of each record that could not be taken, as far
 * as their number allows, and of each index that is damaged.
 * While it reads, Chroma cannot commit.
 * Errors, after which what was stored stays: those of sqlite_reader_open and sqlite_rows_next;
 * KITH_ERR_INVALID, KITH_ERR_DIMENSION, KITH_ERR_MODEL (a collection that is there does not fit);
 * KITH_ERR_CANCELLED (the observer); KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT,
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status import_chroma(kith *k, const char *path, const transfer_observer *observer,
                                       kith_error *err);

#endif
