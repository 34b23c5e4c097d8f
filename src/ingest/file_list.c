/* file_list.c - see file_list.h. */
#include "ingest/file_list.h"

#include "base/size.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 256 };

void file_list_done(file_list *list)
{
    free(list->files);
    *list = (file_list){0};
}

kith_status file_list_add(file_list *list, const char *path, const file_info *info, kith_error *err)
{
    CHECK(list->count <= list->capacity);
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : FIRST_CAPACITY;
        found_file *grown = heap_grow_array(list->files, capacity, sizeof *grown);
        if (!grown) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the list of files");
        list->files = grown;
        list->capacity = capacity;
    }
    list->files[list->count++] = (found_file){path, *info};
    return KITH_OK;
}
