/* sequence.c - the sequence number of a collection: what it counts, who advances it, and what may
 * be concluded from it.
 *
 * A collection's sequence counts its committed changes. It starts at 0, and each change of what a
 * search can find or an answer can quote advances it by one: points put or deleted, documents and
 * sources put or deleted. One call is one change, except store_put_sources(), where each source is
 * a change of its own and all are committed together. What no search can see leaves the sequence
 * alone: pinning the dimension or the model, notes about unindexed files, cached answers and the
 * note of their last use, dropping tombstones, and recording derived files. Counters and
 * conversations belong to no collection.
 *
 * Invariants:
 * (1) Every point, tombstone, document and source carries the sequence of the change that last
 *     wrote it, so none is newer than its collection. change_begin() advances a copy in memory,
 *     rows are written with that number, and change_end() stores it, all in one savepoint: either
 *     the rows and the number are committed, or neither. The asserts on writing.in_change hold
 *     every writer of such a row to this.
 * (2) Within a collection, sequences follow the order of commit. There is one writer, and
 *     change_begin reads the row in the transaction that will replace it; jobs of one group see
 *     each other's changes, in the order of the queue.
 * (3) A number is committed once. A change that is rolled back, alone or with its group, leaves the
 *     stored number as it was, so that the next change takes the same one. No reader can have seen
 *     it, since readers see committed states only. (Row numbers of points are different: a rollback
 *     leaves a gap.)
 *
 * What a reader may assume. reading_begin() reads the collection's row first, so that its snapshot
 * is the state after change S = out_collection->sequence: all changes up to S, whole, and nothing
 * of S + 1. So an index that was at A and applied the change feed from A is at S.
 * Between two sequences there is nothing to see: a row holds its newest change only. A point put by
 * change 5 and again by change 7 is found under 7, and nothing under 5; one that was put by 5 and
 * deleted by 7 is only a tombstone under 7, of a row number that the reader never met and must
 * ignore. A state of the past, such as "the collection at 6", cannot be read.
 *
 * Answers are cached for exactly one state. So change_end() deletes those of its collection, and
 * cached_answers.c refuses one whose sequence is no longer the collection's.
 *
 * Whose a change was. Each store that is open to write has a random number (writing.id). The
 * collection's row names the store that made its newest change, and the first change of that
 * store's uninterrupted run. So whoever reads the row through the same store knows which changes
 * others have made: all before the run, and none since (store_foreign_sequence). Of those before
 * the run some may be its own; they count as foreign, which costs its index a look, no more.
 *
 * A key that comes twice in one call is found by the same number: the row that it meets already
 * carries the sequence of the change that is being written, which no earlier change can have
 * left. */
#include "store/store_internal.h"

kith_status reading_begin(store *s, uint64_t collection, arena *a, connection **out,
                          store_collection *out_collection, kith_error *err)
{
    return reading_begin_within(s, &(reading){collection, a, NULL}, out, out_collection, err);
}

kith_status reading_begin_within(store *s, const reading *r, connection **out,
                                 store_collection *out_collection, kith_error *err)
{
    connection *c = NULL;
    kith_status status = readers_acquire_within(s->readers, r->limit, &c, err);
    if (status != KITH_OK) return status;
    status = collection_read(c, r->collection, r->memory, out_collection, err);
    if (status != KITH_OK) {
        readers_release(s->readers, c);
        return status;
    }
    *out = c;
    return KITH_OK;
}

kith_status change_begin(writing *w, uint64_t collection, store_collection *out, kith_error *err)
{
    CHECK(!w->in_change);
    kith_status status = collection_read(w->connection, collection, &w->arena, out, err);
    if (status == KITH_OK) status = collection_require_current(out, err);
    if (status != KITH_OK) return status;
    out->sequence++;
    if (out->writer != w->id) {
        out->writer = w->id;
        out->writer_since = out->sequence;
    }
    w->in_change = true;
    w->change_sequence = out->sequence;
    return KITH_OK;
}

void change_begin_unseen(writing *w, const store_collection *c)
{
    CHECK(!w->in_change);
    w->in_change = true;
    w->change_sequence = c->sequence;
}

kith_status change_end(writing *w, const store_collection *changed, kith_error *err)
{
    check_in_change(w, changed->sequence);
    w->in_change = false;
    kith_status status = collection_replace(w, changed, err);
    return status == KITH_OK ? answers_delete_of_collection(w, changed->id, err) : status;
}

uint64_t store_foreign_sequence(const store *s, const store_collection *c)
{
    bool is_own = s->writer && c->writer == writer_id(s->writer);
    return is_own ? c->writer_since - 1 : c->sequence;
}

void change_cancel(writing *w)
{
    CHECK(w->in_change);
    w->in_change = false;
}
