/* vector_index_lists.h - the parts of a generation that an index has whose rows are in lists (ivf_file.h). */
#ifndef KITH_VECTOR_VECTOR_INDEX_LISTS_H
#define KITH_VECTOR_VECTOR_INDEX_LISTS_H

#include "vector/ivf_file.h"
#include "vector/vector_index.h"

/* ivf_writing_new over the view's index, which has lists. The linker's. */
KITH_CHECKED kith_status vector_index_plan_lists(const vector_view *seen, ivf_writing **out,
                                                 kith_error *err);
/* An index over the run that was written; it grows like any other. Errors: those of vector_index_new and of
 * ivf_read_run. */
KITH_CHECKED kith_status vector_index_open_lists(const vector_index_options *options,
                                                 const ivf_parts *parts, vector_index **out,
                                                 kith_error *err);
/* The run that was written of this index, which has lists; for vector_index_adopt_lists, or ivf_run_release. Any thread.
 * Errors: those of ivf_read_run. */
KITH_CHECKED kith_status vector_index_read_lists(const vector_index *ix, const ivf_parts *parts,
                                                 ivf_run **out, kith_error *err);
/* Has searches read the run in the place of what the index has of its rows, and takes over the hold of it. A row that was
 * not live when it was written is live in no view that is used now or will be. The linker's. Errors:
 * KITH_ERR_NO_MEMORY; nothing has changed then. */
KITH_CHECKED kith_status vector_index_adopt_lists(vector_index *ix, ivf_run *run, kith_error *err);

#endif
