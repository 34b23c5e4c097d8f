/* word_draft.c - one thread, one put. */
#include "db/word_draft.h"

#include "db/segment.h"

#include <signal.h>

static kith_status append(bm25_segment *words, const store_point *p, kith_error *err)
{
    arena memory;
    arena_init(&memory, 0);
    metadata fields = {.memory = &memory};
    kith_status status = p->metadata.size ? metadata_parse(p->metadata, &fields, err) : KITH_OK;
    if (status == KITH_OK) status = segment_words_append(words, &fields, p->content, err);
    arena_done(&memory);
    return status;
}

static kith_status make_words(const word_draft *d, bm25_segment **out, kith_error *err)
{
    bm25_segment *words = bm25_segment_new(0);
    kith_status status =
        words ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for the word index");
    if (words) bm25_use_known_words(words, d->known);
    for (uint32_t i = 0; i < d->count && status == KITH_OK; i++)
        status = append(words, &d->points[i], err);
    if (words) bm25_use_known_words(words, NULL);
    if (status == KITH_OK)
        *out = words;
    else
        bm25_segment_free(words);
    return status;
}

/* What it fails with shows when the words are made again. */
static void *run(void *context)
{
    word_draft *d = context;
    kith_status status = make_words(d, &d->words, NULL);
    (void)status;
    return NULL;
}

/* Signals are for the threads of the program: none is handled in this one. */
void word_draft_begin(word_draft *d, const store_point *points, uint32_t count,
                      known_words_place *place)
{
    sigset_t all, before;
    *d = (word_draft){.points = points, .count = count, .place = place};
    if (place) d->known = atomic_exchange(place, NULL);
    if (place && !d->known) d->known = known_words_new(); // without memory it does without
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    d->has_thread = pthread_create(&d->thread, NULL, run, d) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void wait_for(word_draft *d)
{
    if (d->has_thread) (void)pthread_join(d->thread, NULL);
    d->has_thread = false;
}

kith_status word_draft_take(word_draft *d, bm25_segment **out, kith_error *err)
{
    wait_for(d);
    if (!d->words) return make_words(d, out, err);
    *out = d->words;
    d->words = NULL;
    return KITH_OK;
}

void word_draft_end(word_draft *d)
{
    wait_for(d);
    bm25_segment_free(d->words);
    d->words = NULL;
    if (d->place) known_words_free(atomic_exchange(d->place, d->known));
    d->place = NULL;
}
