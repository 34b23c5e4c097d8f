/* models.c - see models.h. `lock` guards the list, and is held while a model is opened, so that two
 * threads do not open it twice; nothing that waits for another lock happens meanwhile but a read of the
 * store. */
#include "lib/models.h"

#include "base/size.h"
#include "db/database.h"
#include "os/clock.h"
#include "store/reembed.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MODELS_MAX = 64,
    MISSING_MAX = 8,
    PLACE_BYTES = 4096 + 192,
    RETRY_MS = 5000 /* from one attempt at a model that cannot be opened to the next */
};

/* A model that could not be opened. Each search of its collection would try again, and read all of
 * whatever lies there. */
typedef struct missing_model {
    char place[PLACE_BYTES]; /* "FINGERPRINT\nDIRECTORY"; "": none */
    int64_t retry_ns;
    kith_status status;
    kith_error why;
} missing_model;

struct models {
    pthread_mutex_t lock;
    embedder *open[MODELS_MAX];
    uint32_t count;
    missing_model missing[MISSING_MAX];
    uint32_t next_missing; /* the place that is written next */
};

kith_status models_new(models **out, kith_error *err)
{
    models *m = calloc(1, sizeof *m);
    if (!m) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a handle");
    CHECK(pthread_mutex_init(&m->lock, NULL) == 0);
    *out = m;
    return KITH_OK;
}

void models_free(models *m)
{
    if (!m) return;
    for (uint32_t i = 0; i < m->count; i++)
        embedder_free(m->open[i]);
    (void)pthread_mutex_destroy(&m->lock);
    free(m);
}

static bool is_of(const embedder *e, view fingerprint)
{
    return view_equal(view_of(embedder_describe(e).fingerprint), fingerprint);
}

static const missing_model *find_missing(const models *m, const char *place)
{
    const int64_t now_ns = clock_monotonic_ns();
    for (uint32_t i = 0; i < MISSING_MAX; i++)
        if (strcmp(m->missing[i].place, place) == 0 && now_ns < m->missing[i].retry_ns)
            return &m->missing[i];
    return NULL;
}

static void note_missing(models *m, const char *place, kith_status status, const kith_error *why)
{
    missing_model *to = &m->missing[m->next_missing++ % MISSING_MAX];
    (void)snprintf(to->place, sizeof to->place, "%s", place);
    to->retry_ns = clock_monotonic_ns() + (int64_t)RETRY_MS * 1000 * 1000;
    to->status = status;
    to->why = *why;
}

static kith_status open_noted(models *m, const embedder *like, const char *directory,
                              view fingerprint, embedder **out, kith_error *err)
{
    embedder *e = NULL;
    if (m->count == MODELS_MAX)
        return fail(err, KITH_ERR_LIMIT, "more than %d models are in use", MODELS_MAX);
    kith_status status = embedder_open_like(like, directory, &e, err);
    if (status == KITH_OK && !is_of(e, fingerprint))
        status = fail(err, KITH_ERR_MODEL, "what lies there is another model");
    if (status != KITH_OK) {
        embedder_free(e);
        return status == KITH_ERR_NO_MEMORY
                   ? status
                   : fail_context(err, KITH_ERR_MODEL,
                                  "the collection's model, noted to be in '%s'", directory);
    }
    m->open[m->count++] = *out = e;
    return KITH_OK;
}

/* As open_noted; soon after it has failed it fails in the same way without an attempt. */
static kith_status open_or_remember(models *m, const embedder *like, const char *directory,
                                    view fingerprint, embedder **out, kith_error *err)
{
    char place[PLACE_BYTES];
    kith_error local = {0};
    const bool fits =
        snprintf(place, sizeof place, "%.*s\n%s", VIEW_ARG(fingerprint), directory) < PLACE_BYTES;
    const missing_model *missing = fits ? find_missing(m, place) : NULL;
    if (missing) {
        if (err) *err = missing->why;
        return missing->status;
    }
    kith_status status = open_noted(m, like, directory, fingerprint, out, &local);
    if (status != KITH_OK && fits && status != KITH_ERR_NO_MEMORY)
        note_missing(m, place, status, &local);
    if (status != KITH_OK && err) *err = local;
    return status;
}

/* *out is NULL when it is not known where the model is. */
static kith_status find_locked(models *m, store *s, const embedder *like, view fingerprint,
                               embedder **out, kith_error *err)
{
    arena memory;
    view directory = {NULL, 0};
    for (uint32_t i = 0; i < m->count; i++)
        if (is_of(m->open[i], fingerprint)) {
            *out = m->open[i];
            return KITH_OK;
        }
    arena_init(&memory, 0);
    kith_status status = store_find_model(s, fingerprint, &memory, &directory, err);
    if (status == KITH_OK && directory.data) // the arena ends it with a NUL
        status = open_or_remember(m, like, directory.data, fingerprint, out, err);
    arena_done(&memory);
    return status;
}

kith_status models_choose(models *m, embedder *given, collection *c, embedder **out,
                          kith_error *err)
{
    arena memory;
    uint32_t dim = 0;
    store_collection description = {0};
    embedder *found = NULL;
    if (given && collection_is_pinned(c, view_of(embedder_model(given)), &dim)) {
        *out = given;
        return KITH_OK;
    }
    arena_init(&memory, 0);
    kith_status status = collection_describe(c, &memory, &description, err);
    const view fingerprint = store_model_fingerprint(description.model);
    if (status == KITH_OK && fingerprint.size > 0 && !(given && is_of(given, fingerprint))) {
        CHECK(pthread_mutex_lock(&m->lock) == 0);
        status =
            find_locked(m, database_store(collection_database(c)), given, fingerprint, &found, err);
        CHECK(pthread_mutex_unlock(&m->lock) == 0);
    }
    arena_done(&memory);
    if (status != KITH_OK) return status;
    if (!found && !given)
        return fail(err, KITH_ERR_MODEL,
                    "text needs an embedder, and none was given when the directory was opened");
    *out = found ? found : given;
    return KITH_OK;
}
