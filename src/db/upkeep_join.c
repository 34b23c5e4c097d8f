/* upkeep_join.c - segments joined, so that a query has few to ask.
 *
 * Which ones. Joining costs the size of the result, so it must not be done for every new row. The
 * rule: the longest run of segments up to the newest is joined, of four or more, in which no one has
 * more than half of the rows. So whenever a row is moved, the segment that it is in at least doubles:
 * it is moved at most log2(rows) times. And of the segments that are left, in any run up to the
 * newest that has four or more, one has more rows than all the others together: so there are
 * O(log rows) of them. Changes can come faster than that is done: above SEGMENTS_MAX the thread that
 * has made one too many joins the newest by itself.
 *
 * Beside searches and changes. The segments of a snapshot are joined without a lock; to put the
 * result in their place takes collection.applier. The newest snapshot must then still have just those
 * segments, next to one another. Rows that have died meanwhile are removed from the joined one
 * (segment_repeat_removals); their live bits are the newest snapshot's. */
#include "base/size.h"
#include "db/collection_private.h"

#include <stdlib.h>
#include <string.h>

enum {
    JOIN_AT_LEAST = 4, /* segments */
    JOIN_DUE = 16,     /* segments that are worth a thread */
    SEGMENTS_MAX = 64
};

/* The first segment of the run to be joined, up to the newest; the number of segments: none. */
static uint32_t find_run(const snapshot *s)
{
    uint64_t rows = 0, most = 0;
    uint32_t found = s->segment_count;
    for (uint32_t i = s->segment_count; i-- > 0;) {
        uint64_t own = s->segments[i]->end_row - s->segments[i]->first_row;
        rows += own;
        if (own > most) most = own;
        if (s->segment_count - i >= JOIN_AT_LEAST && most <= rows / 2) found = i;
    }
    return found;
}

/* While writes come the segments are joined when there are many, so that fewer are joined twice. */
bool upkeep_is_join_due(const snapshot *s, bool quiet)
{
    return (quiet || s->segment_count >= JOIN_DUE) && find_run(s) < s->segment_count;
}

bool upkeep_is_crowded(const snapshot *s)
{
    return s->segment_count > SEGMENTS_MAX;
}

/* `s` with segments [first, first + count) replaced by `joined`. NULL: out of memory. */
static snapshot *replace_segments(const snapshot *s, uint32_t first, uint32_t count,
                                  segment *joined)
{
    snapshot *made = NULL;
    size_t words = ((size_t)s->rows + 63) / 64;
    segment **segments = heap_new_array(s->segment_count, sizeof(segment *));
    snapshot_parts parts = {.derived = s->derived,
                            .rows = s->rows,
                            .live_words = heap_new_array(words, sizeof(uint64_t)),
                            .vector_words =
                                s->waiting_count ? heap_new_array(words, sizeof(uint64_t)) : NULL,
                            .damaged = heap_new_array(s->damaged_count, sizeof(uint64_t)),
                            .damaged_count = s->damaged_count,
                            .segments = segments,
                            .sequence = s->sequence};
    if (segments && parts.live_words && parts.damaged &&
        (parts.vector_words || !s->waiting_count)) {
        memcpy(parts.live_words, s->live.words, words * sizeof(uint64_t));
        if (parts.vector_words)
            memcpy(parts.vector_words, s->with_vector.words, words * sizeof(uint64_t));
        for (uint32_t i = 0; i < s->damaged_count; i++) // s->damaged may be NULL
            parts.damaged[i] = s->damaged[i];
        for (uint32_t i = 0; i < s->segment_count; i++)
            if (i <= first || i >= first + count)
                segments[parts.segment_count++] = i == first ? joined : s->segments[i];
        made = snapshot_new(&parts);
    }
    free(segments);
    if (!made) {
        free(parts.live_words);
        free(parts.vector_words);
        free(parts.damaged);
    }
    return made;
}

static bool has_run(const snapshot *s, uint32_t first, segment *const *run, uint32_t count)
{
    if (s->segment_count < first + count) return false;
    for (uint32_t i = 0; i < count; i++)
        if (s->segments[first + i] != run[i]) return false;
    return true;
}

/* Publishes a snapshot with `joined` in the place of the segments of `s` that it was made of. */
static bool publish_joined_applying(collection *c, const snapshot *s, uint32_t first,
                                    segment *joined)
{
    bool is_behind = false;
    uint32_t count = s->segment_count - first;
    segment *const *run = s->segments + first;
    snapshot *now = collection_hold_current(c, &is_behind), *next = NULL;
    if (has_run(now, first, run, count)) {
        segment_repeat_removals(joined, run, count);
        next = replace_segments(now, first, count, joined);
    }
    if (next) {
        collection_publish_applying(c, next, 0);
        for (uint32_t i = 0; i < count; i++)
            upkeep_retire_applying(c, segment_hold(run[i]), NULL);
    }
    snapshot_release(now);
    return next != NULL;
}

bool upkeep_join(collection *c, const snapshot *s)
{
    segment *joined = NULL;
    const uint32_t first = find_run(s);
    kith_status status =
        segment_concat(s->segments + first, s->segment_count - first, &s->live, &joined, NULL);
    if (status != KITH_OK) return false;
    (void)pthread_mutex_lock(&c->applier);
    bool done = publish_joined_applying(c, s, first, joined);
    (void)pthread_mutex_unlock(&c->applier);
    segment_release(joined);
    return done;
}

void upkeep_join_newest(collection *c)
{
    bool is_behind = false;
    segment *joined = NULL;
    (void)pthread_mutex_lock(&c->applier);
    snapshot *s = collection_hold_current(c, &is_behind);
    if (upkeep_is_crowded(s)) {
        uint32_t first = s->segment_count - SEGMENTS_MAX / 2;
        kith_status status =
            segment_concat(s->segments + first, s->segment_count - first, &s->live, &joined, NULL);
        if (status == KITH_OK) (void)publish_joined_applying(c, s, first, joined);
        segment_release(joined);
    }
    snapshot_release(s);
    (void)pthread_mutex_unlock(&c->applier);
    // The upkeep may be saving for a minute, and each of these is as large as what it was joined to.
    (void)upkeep_release_retired(c, false);
}
