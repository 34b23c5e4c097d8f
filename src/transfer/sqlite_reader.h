/* sqlite_reader.h - reading the SQLite file of another program, without writing to it.
 * All that is read is of one state, and while the reader is open the other program cannot commit.
 * What is in the file is not trusted: its functions and triggers do not run, and rows are read with
 * limits. One thread at a time. */
#ifndef KITH_TRANSFER_SQLITE_READER_H
#define KITH_TRANSFER_SQLITE_READER_H

#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct sqlite_reader sqlite_reader;
typedef struct sqlite_rows sqlite_rows;

/* Errors: KITH_ERR_NOT_FOUND, KITH_ERR_FORMAT (no SQLite file), KITH_ERR_UNSUPPORTED (it has a log,
 * which reading would write to), KITH_ERR_BUSY (it is being written), KITH_ERR_IO,
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status sqlite_reader_open(const char *path, sqlite_reader **out, kith_error *err);
/* No rows may be open. Accepts NULL. */
void sqlite_reader_close(sqlite_reader *r);
/* Is there such a column? With column NULL: such a table. Errors: as sqlite_rows_next. */
KITH_CHECKED kith_status sqlite_reader_has(sqlite_reader *r, const char *table, const char *column,
                                           bool *out, kith_error *err);

/* `sql` is a SELECT of the program's own. Errors: KITH_ERR_FORMAT (the file lacks what it names),
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status sqlite_rows_open(sqlite_reader *r, const char *sql, sqlite_rows **out,
                                          kith_error *err);
/* Accepts NULL. */
void sqlite_rows_close(sqlite_rows *rows);
/* Begins the walk anew, with other parameters, which are numbered from 1; those that are not bound
 * again keep their values. A text is borrowed until the next reset or the end. */
void sqlite_rows_reset(sqlite_rows *rows);
void sqlite_rows_bind_number(sqlite_rows *rows, int parameter, int64_t value);
void sqlite_rows_bind_text(sqlite_rows *rows, int parameter, const char *value);
void sqlite_rows_bind_bytes(sqlite_rows *rows, int parameter, view value); /* as a text */
/* Errors: KITH_ERR_CORRUPT (the file is damaged), KITH_ERR_LIMIT (a value is too long),
 * KITH_ERR_IO, KITH_ERR_BUSY, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status sqlite_rows_next(sqlite_rows *rows, bool *found, kith_error *err);

/* The columns of the current row, from 0; what is of another kind is converted, NULL is 0 or a view
 * with data NULL. Views live until the next step. */
bool sqlite_rows_is_null(sqlite_rows *rows, int column);
int64_t sqlite_rows_number(sqlite_rows *rows, int column);
double sqlite_rows_real(sqlite_rows *rows, int column);
view sqlite_rows_bytes(sqlite_rows *rows, int column); /* of a text or a blob */
/* A sequence number: an integer or, in old files, a blob of 8 bytes, big-endian. False for anything
 * else, and below 0. */
bool sqlite_rows_sequence(sqlite_rows *rows, int column, uint64_t *out);

#endif
