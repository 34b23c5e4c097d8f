/* models.c - see models.h. `lock` guards the list, and is held while a model is opened, so that two
 * threads do not open it twice; nothing that waits for another lock happens meanwhile but a read of the
 * store. */
#include "lib/models.h"

#include "base/size.h"
#include "db/database.h"
#include "store/reembed.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { MODELS_MAX = 64 };

struct models {
    pthread_mutex_t lock;
    embedder *open[MODELS_MAX];
    uint32_t count;
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
        status = open_noted(m, like, directory.data, fingerprint, out, err);
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
