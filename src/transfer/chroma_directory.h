/* chroma_directory.h - reads a data directory of Chroma. */
#ifndef KITH_TRANSFER_CHROMA_DIRECTORY_H
#define KITH_TRANSFER_CHROMA_DIRECTORY_H

#include "transfer/chroma_output.h"

/* Reads PATH/chroma.sqlite3 and the indexes beside it, without writing to them, and writes all
 * collections with their tenants and databases, as Chroma would have them after its next start. A
 * document is the content of its point, a uri its metadata field "chroma:uri". Each record that
 * cannot be taken is told, as far as their number allows, and each index that is damaged.
 * While it reads, Chroma cannot commit.
 * Errors: those of sqlite_reader_open and sqlite_rows_next, and of chroma_output.h;
 * KITH_ERR_CANCELLED (o->limit). */
KITH_CHECKED kith_status chroma_directory_write(const char *path, chroma_output *o,
                                                kith_error *err);

#endif
