/* ingest_fixture.h - a folder, a collection and an embedder of one test's own, and a log of events.
 * The embedder is the local model, or a scripted endpoint that answers every request with the same
 * vectors: then ingest_limits.embed_slice must be the number of vectors, and the number of texts
 * embedded is a multiple of the number of requests. */
#ifndef KITH_INGEST_FIXTURE_H
#define KITH_INGEST_FIXTURE_H

#include "test.h"

#include "fake_endpoint.h"
#include "model_for_test.h"
#include "scratch.h"

#include "base/path.h"
#include "db/collection.h"
#include "db/database.h"
#include "ingest/ingest.h"
#include "ingest/sync.h"

#include <sys/stat.h>

enum { FIXTURE_DIM = 3 };

typedef struct ingest_fixture {
    void *scratch;
    char folder[600];
    fake_endpoint *endpoint; /* NULL: the local model */
    embedder *embedder;
    database *database;
    collection *collection;
    kith_ingest_options options;
    ingest_limits limits; /* a member that is 0 keeps its default */
    bool words_first;     /* chunks are stored without their vectors */
    uint32_t stop_after;  /* events; 0: never */
    /* Called instead of fixture_note_event, which it ends with; NULL: none. */
    int (*event_hook)(void *context, const kith_ingest_event *event);

    /* Of the last run. */
    char log[8192]; /* "added a.txt\nduplicate b.txt of a.txt\n": each event but KITH_PROGRESS */
    uint32_t events, progress, groups;
    bool in_progress;
    uint32_t most_units, most_chunks; /* in the group at any event */
    size_t most_memory;
    kith_ingest_report report;
    const ingest_run *run;
} ingest_fixture;

/* The script's next answer has `count` vectors. */
static inline void fixture_reply_vectors(ingest_fixture *f, uint32_t count)
{
    char body[4096];
    size_t used = (size_t)snprintf(body, sizeof body, "{\"object\":\"list\",\"data\":[");
    for (uint32_t i = 0; i < count; i++)
        used += (size_t)snprintf(body + used, sizeof body - used,
                                 "%s{\"object\":\"embedding\",\"index\":%u,\"embedding\":[1,%u,2]}",
                                 i ? "," : "", i, i + 1);
    (void)snprintf(body + used, sizeof body - used, "]}");
    fake_endpoint_reply(f->endpoint, 200, "Content-Type: application/json\r\n", body);
}

/* After the script of f->endpoint was written. */
static inline void fixture_start_endpoint(ingest_fixture *f)
{
    kith_error err = {0};
    fake_endpoint_start(f->endpoint);
    const kith_embedder_options options = {
        .base_url = fake_endpoint_url(f->endpoint), .api_key = "k", .model = "m"};
    assert_ok(embedder_open(&options, &f->embedder, &err));
}

/* Answers every request with `count` vectors, so that each must ask for as many. */
static inline void fixture_open_endpoint(ingest_fixture *f, uint32_t count)
{
    f->endpoint = fake_endpoint_new("127.0.0.1");
    fixture_reply_vectors(f, count);
    f->limits.embed_slice = count;
    fixture_start_endpoint(f);
}

static inline ingest_fixture *fixture_new(void)
{
    char data[600];
    kith_error err = {0};
    ingest_fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    assert_int_equal(scratch_setup(&f->scratch), 0);
    char *real = realpath(f->scratch, NULL);
    assert_non_null(real);
    (void)snprintf(f->folder, sizeof f->folder, "%s/folder", real);
    (void)snprintf(data, sizeof data, "%s/data", real);
    free(real);
    assert_int_equal(mkdir(f->folder, 0700), 0);
    assert_ok(database_open(data, NULL, &f->database, &err));
    assert_ok(database_ensure_collection(f->database, VIEW("c"), &f->collection, &err));
    return f;
}

/* `shared` is an embedder that outlives the fixture; NULL: its own is freed. */
static inline void fixture_free(ingest_fixture *f, const embedder *shared)
{
    kith_error err = {0};
    database_release_collection(f->collection);
    assert_ok(database_close(f->database, &err));
    if (f->embedder != shared) embedder_free(f->embedder);
    if (f->endpoint) fake_endpoint_free(f->endpoint);
    assert_int_equal(scratch_teardown(&f->scratch), 0);
    free(f);
}

static inline const char *fixture_path(const ingest_fixture *f, const char *name)
{
    static char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s", f->folder, name);
    return path;
}

static inline void fixture_write(const ingest_fixture *f, const char *name, const char *text)
{
    FILE *out = fopen(fixture_path(f, name), "w");
    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
}

static inline void fixture_remove(const ingest_fixture *f, const char *name)
{
    assert_int_equal(remove(fixture_path(f, name)), 0);
}

static inline const char *fixture_word(kith_ingest_outcome outcome)
{
    static const char *const words[] = {
        [KITH_ADDED] = "added",     [KITH_UPDATED] = "updated", [KITH_UNCHANGED] = "unchanged",
        [KITH_REMOVED] = "removed", [KITH_SKIPPED] = "skipped", [KITH_FAILED] = "failed",
        [KITH_IGNORED] = "ignored", [KITH_RENAMED] = "renamed", [KITH_DUPLICATE] = "duplicate",
    };
    return words[outcome];
}

/* on_event. */
static inline int fixture_note_event(void *context, const kith_ingest_event *event)
{
    ingest_fixture *f = context;
    const ingest_run *in = f->run;
    f->events++;
    if (in->unit_count > f->most_units) f->most_units = in->unit_count;
    if (in->chunk_count > f->most_chunks) f->most_chunks = in->chunk_count;
    if (in->memory.used > f->most_memory) f->most_memory = in->memory.used;
    assert_true(event->done <= event->total);
    if (event->outcome == KITH_PROGRESS) {
        f->progress++;
        f->groups += !f->in_progress;
        f->in_progress = true;
        return 0;
    }
    f->in_progress = false;
    size_t used = strlen(f->log);
    (void)snprintf(f->log + used, sizeof f->log - used, "%s %s%s%s\n", fixture_word(event->outcome),
                   path_base(event->source), event->other[0] ? " of " : "",
                   path_base(event->other));
    return f->stop_after && f->events >= f->stop_after;
}

static inline void fixture_begin(ingest_fixture *f, ingest_run *in)
{
    kith_error err = {0};
    f->log[0] = '\0';
    f->events = f->progress = f->groups = f->most_units = f->most_chunks = 0;
    f->most_memory = 0;
    f->in_progress = false;
    f->run = in;
    f->options.on_event = f->event_hook ? f->event_hook : fixture_note_event;
    f->options.context = f;
    assert_ok(ingest_init(in, f->collection, f->embedder, &f->options, &err));
    in->words_first = f->words_first;
    if (f->limits.chunks) in->limits.chunks = f->limits.chunks;
    if (f->limits.units) in->limits.units = f->limits.units;
    if (f->limits.text_bytes) in->limits.text_bytes = f->limits.text_bytes;
    if (f->limits.memory_bytes) in->limits.memory_bytes = f->limits.memory_bytes;
    if (f->limits.embed_slice) in->limits.embed_slice = f->limits.embed_slice;
    if (f->limits.file_notes) in->limits.file_notes = f->limits.file_notes;
}

static inline void fixture_end(ingest_fixture *f, ingest_run *in)
{
    const char *broken = ingest_check(in);
    if (broken) fail_msg("%s", broken);
    f->report = in->report;
    ingest_done(in);
}

/* Syncs the folder. */
static inline kith_status fixture_sync(ingest_fixture *f, kith_error *err)
{
    ingest_run in = {0};
    const char *const paths[] = {f->folder};
    fixture_begin(f, &in);
    kith_status status = sync_paths(&in, paths, 1, err);
    fixture_end(f, &in);
    return status;
}

static inline void fixture_assert_sync(ingest_fixture *f, const char *log)
{
    kith_error err = {0};
    assert_ok(fixture_sync(f, &err));
    assert_string_equal(f->log, log);
}

#endif
