/* derived_files.c - which derived file belongs to this store. A derived file is one generation of a
 * collection's index, today a directory (db/generation.c).
 *
 * A derived file is worth having only if it was made from this kith.db, from a state that this
 * kith.db has been in. Its collection's number and sequence do not say that: numbers count from 1
 * in every store, and a kith.db that was restored from a backup, or begun anew, counts through the
 * same sequences with other contents. So each file carries a token, 128 random bits made for this
 * one file, and the store records which tokens it has handed out.
 *
 * Invariant: a file that can lie under the name of one has its token in the collection's row, on
 * disk, before the rename that puts it there. Until that rename the file before it lies there, and
 * after a crash either may, or both. So a row holds two tokens: that of the file about to be
 * written, and that of the file that it will replace. Whoever records names the latter, which is
 * more than "the token before": a recording whose file was never renamed must not push out the
 * token of the file that is still there.
 *
 * What follows. A store that was restored from a backup knows the tokens as of the backup, and none
 * of those handed out later, however far it has advanced since. A store that was begun anew knows
 * none. A file that was swapped with another, or that came from another directory, has a token that
 * its collection's row lacks. And a token that is known was recorded by a state which this store
 * was in, at the file's sequence or later: so what the file holds is this store's history.
 *
 * A row that is missing or damaged means that no file belongs; the index is then rebuilt, and the
 * next recording replaces the row. */
#include "os/random.h"
#include "store/checksum.h"
#include "store/store_internal.h"

static view token_view(const store_token *t)
{
    return (view){(const char *)t, sizeof *t};
}

static bool read_token(view bytes, store_token *out)
{
    if (bytes.size != sizeof *out) return false;
    memcpy(out, bytes.data, sizeof *out);
    return true;
}

static uint64_t checksum_of(uint64_t collection, const store_token *newest,
                            const store_token *former)
{
    view tokens[] = {token_view(newest), token_view(former)};
    return row_checksum(ROW_DERIVED_FILE, &collection, 1, tokens, 2);
}

static kith_status read_store_id(connection *c, store_token *out, kith_error *err)
{
    kith_status status = KITH_OK;
    query q = query_begin(c, CATALOG_ID);
    if (!query_next(&q) || !read_token(query_view(&q, 0), out))
        if (!query_failed(&q)) status = fail(err, KITH_ERR_CORRUPT, "kith.db has no valid id");
    return query_end(&q, status, err);
}

/* Everything but the token. */
static kith_status describe(connection *c, const store_collection *collection, store_binding *out,
                            kith_error *err)
{
    *out = (store_binding){.collection = collection->id,
                           .metric = (uint64_t)collection->metric,
                           .dim = collection->dim,
                           .model = hash64(store_model_fingerprint(collection->model), 0),
                           .sequence = collection->sequence};
    return read_store_id(c, &out->store, err);
}

static kith_status read_tokens(connection *c, uint64_t collection, store_token *newest,
                               store_token *former, kith_error *err)
{
    enum { NEWEST, FORMER, CHECKSUM }; /* what DERIVED_FILE_GET selects */
    store_token tokens[2] = {0};
    query q = query_begin(c, DERIVED_FILE_GET);
    query_bind_u64(&q, collection);
    if (query_next(&q)) {
        bool is_sound = read_token(query_view(&q, NEWEST), &tokens[0]) &&
                        read_token(query_view(&q, FORMER), &tokens[1]) &&
                        checksum_of(collection, &tokens[0], &tokens[1]) == query_u64(&q, CHECKSUM);
        if (!is_sound) memset(tokens, 0, sizeof tokens);
    }
    kith_status status = query_end(&q, KITH_OK, err);
    if (status != KITH_OK) return status;
    *newest = tokens[0];
    *former = tokens[1];
    return KITH_OK;
}

kith_status store_read_binding(store *s, uint64_t collection, store_binding *out,
                               store_token *former, kith_error *err)
{
    connection *c = NULL;
    store_collection row = {0};
    store_binding binding = {0};
    arena scratch;
    arena_init(&scratch, 0);
    kith_status status = reading_begin(s, collection, &scratch, &c, &row, err);
    if (status == KITH_OK) {
        status = describe(c, &row, &binding, err);
        if (status == KITH_OK) status = read_tokens(c, collection, &binding.token, former, err);
        readers_release(s->readers, c);
    }
    arena_done(&scratch);
    if (status == KITH_OK) *out = binding;
    return status;
}

typedef struct bind_job {
    uint64_t collection;
    store_token present;
    store_binding binding;
} bind_job;

/* No change of the collection: what a search finds is the same before and after. */
static kith_status bind_work(writing *w, void *context, kith_error *err)
{
    bind_job *job = context;
    store_collection c = {0};
    kith_status status = collection_read(w->connection, job->collection, &w->arena, &c, err);
    if (status == KITH_OK) status = describe(w->connection, &c, &job->binding, err);
    if (status != KITH_OK) return status;
    store_token *token = &job->binding.token;
    status = random_bytes(token, sizeof *token, err);
    if (status != KITH_OK) return status;
    query q = query_begin(w->connection, DERIVED_FILE_PUT);
    query_bind_u64(&q, c.id);
    query_bind_blob(&q, token_view(token));
    query_bind_blob(&q, token_view(&job->present));
    query_bind_u64(&q, checksum_of(c.id, token, &job->present));
    return query_run(&q, err);
}

kith_status store_bind_derived_file(store *s, uint64_t collection, const store_token *present,
                                    store_binding *out, kith_error *err)
{
    bind_job job = {.collection = collection, .present = *present};
    kith_status status = writer_run(s->writer, bind_work, &job, err);
    if (status == KITH_OK) *out = job.binding;
    return status;
}
