/* file_list.h - a growing list of files, each with what stat(2) said when it was found. */
#ifndef KITH_INGEST_FILE_LIST_H
#define KITH_INGEST_FILE_LIST_H

#include "base/status.h"
#include "os/file.h"

#include <stddef.h>

typedef struct found_file {
    const char *path; /* absolute; borrowed, see file_list_add */
    file_info info;
} found_file;

/* All zero is an empty list. Not thread safe. */
typedef struct file_list {
    found_file *files; /* [count] heap */
    size_t count, capacity;
} file_list;

/* Frees the array and leaves an empty list; the paths are not the list's. */
void file_list_done(file_list *list);
/* Appends a copy of `info` and the pointer `path`, which must outlive the list.
 * Errors: KITH_ERR_NO_MEMORY; the list is then as it was. */
KITH_CHECKED kith_status file_list_add(file_list *list, const char *path, const file_info *info,
                                       kith_error *err);

#endif
