/* paging_driver.c - pages of points, and hits by document, over the public API of whichever libkith
 * it was compiled with; paging.py compiles it for each and reads what it prints.
 *
 * paging_driver fill DIRECTORY ENDPOINT
 *     Puts POINTS points of POINT_DIM dimensions into the collection "points", and into "few" and
 *     "many" a document of CHUNKS chunks with FEW or MANY small documents beside it, whose vectors
 *     come from ENDPOINT.
 * paging_driver pages DIRECTORY, paging_driver documents DIRECTORY
 *     Measures calls on what `fill` has made, and prints one JSON object: for each name the median
 *     of their times, by the clock and of the thread's CPU, in milliseconds.
 *
 * Vectors, texts and queries are random, with fixed seeds. The numbers are given when this is
 * compiled; so is HAS_CURSOR, where kith_selection has a cursor. */
#include "driver.h"

#include <kith/kith.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef POINTS
#define POINTS 60000
#define CHUNKS 10000
#define FEW    3
#define MANY   200
#endif

enum {
    POINT_DIM = 64,
    DIM = 384, /* of the endpoint's vectors */
    BATCH = 1000,
    LIMIT = 10,
    K = 10,
    QUERIES = 20,
    REPEATS = 400,     /* calls of a measurement ... */
    LONGEST_MS = 3000, /* ... unless they take longer than this together */
    CHUNK_BYTES = 780, /* with the overlap of the next one a chunk of 1,000 characters at most */
    VOCABULARY = 2000,
    SMALL_BYTES = 2000 /* of a small document */
};

/* Says what went wrong, if anything. */
static bool succeeded(kith_status status, const kith_error *err)
{
    if (status != KITH_OK) fprintf(stderr, "paging_driver: %s\n", err->message);
    return status == KITH_OK;
}

/* ---- filling ---- */

static bool put_points(kith *k)
{
    static char ids[BATCH][16], metadata[BATCH][48], content[201];
    static float vectors[BATCH][POINT_DIM];
    static kith_point points[BATCH];
    kith_error err = {0};
    uint64_t state = 1;
    memset(content, 'x', sizeof content - 1);
    if (!succeeded(kith_collection_create(k, "points", NULL, &err), &err)) return false;
    for (int first = 0; first < POINTS; first += BATCH) {
        for (int i = 0; i < BATCH; i++) {
            snprintf(ids[i], sizeof ids[i], "p%d", first + i);
            snprintf(metadata[i], sizeof metadata[i], "{\"n\":%d,\"even\":%s}", first + i,
                     i % 2 ? "false" : "true");
            random_vector(&state, vectors[i], POINT_DIM);
            points[i] = (kith_point){.id = ids[i],
                                     .content = content,
                                     .metadata = metadata[i],
                                     .vector = vectors[i],
                                     .dimension = POINT_DIM};
        }
        if (!succeeded(kith_put(k, "points", KITH_ADD, points, BATCH, &err), &err)) return false;
    }
    return true;
}

/* Word n of the vocabulary: pronounceable, and no English word. */
static void write_word(unsigned n, char out[8])
{
    static const char consonants[] = "bdfgklmnprtvz", vowels[] = "aiou";
    for (int i = 0; i < 6; i += 2) {
        out[i] = consonants[n % 13];
        out[i + 1] = vowels[n / 13 % 4];
        n /= 13;
    }
    memcpy(out + 6, "x", 2);
}

/* A text of `bytes` bytes; low numbers are frequent words, as in any language. */
static char *random_text(uint64_t *state, size_t bytes)
{
    char *text = malloc(bytes + 16), word[8];
    size_t used = 0;
    for (unsigned n = 1; text && used < bytes; n++) {
        double u = random_unit(state);
        write_word((unsigned)(u * u * u * VOCABULARY), word);
        used += (size_t)snprintf(text + used, sizeof word + 2, "%s%s", word, n % 12 ? " " : ". ");
    }
    return text;
}

static bool ingest(kith *k, const char *collection, const char *id, uint64_t *state, size_t bytes)
{
    kith_error err = {0};
    char *text = random_text(state, bytes);
    const kith_document d = {.id = id, .content = text};
    bool done = text && succeeded(kith_ingest(k, collection, &d, 1, NULL, NULL, &err), &err);
    free(text);
    return done;
}

static bool put_documents(kith *k, const char *collection, int small)
{
    uint64_t state = 2;
    bool done = ingest(k, collection, "large", &state, (size_t)CHUNKS * CHUNK_BYTES);
    for (int i = 0; done && i < small; i++) {
        char id[16];
        snprintf(id, sizeof id, "small%d", i);
        done = ingest(k, collection, id, &state, SMALL_BYTES);
    }
    return done;
}

static bool fill(const char *directory, const char *endpoint)
{
    kith_error err = {0};
    kith *k = NULL;
    kith_embedder *embedder = NULL;
    const kith_embedder_options remote = {
        .base_url = endpoint, .api_key = "none", .model = "random"};
    bool done = succeeded(kith_embedder_open(&remote, &embedder, &err), &err);
    const kith_options options = {.embedder = embedder};
    done = done && succeeded(kith_open(directory, &options, &k, &err), &err) && put_points(k) &&
           put_documents(k, "few", FEW) && put_documents(k, "many", MANY);
    done = k && succeeded(kith_close(k, &err), &err) && done;
    kith_embedder_free(embedder);
    return done;
}

/* ---- measuring ---- */

typedef struct record {
    double wall_ms[REPEATS], cpu_ms[REPEATS];
    int count;
} record;

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static void print_record(const char *name, record *r, size_t hits)
{
    qsort(r->wall_ms, (size_t)r->count, sizeof *r->wall_ms, compare);
    qsort(r->cpu_ms, (size_t)r->count, sizeof *r->cpu_ms, compare);
    printf("%s\"%s\": {\"wall\": %.5f, \"cpu\": %.5f, \"calls\": %d, \"hits\": %zu}",
           strcmp(name, "ready") == 0 ? "" : ", ", name, r->wall_ms[r->count / 2],
           r->cpu_ms[r->count / 2], r->count, hits);
}

/* One call; *count is what it found. */
typedef bool (*measured_call)(kith *k, const void *what, int repeat, size_t *count);

static bool measure(kith *k, const char *name, measured_call call, const void *what)
{
    static record r;
    size_t count = 0;
    double spent = 0;
    if (!call(k, what, 0, &count)) return false; // it may load what it needs
    for (r.count = 0; r.count < REPEATS && spent < LONGEST_MS; r.count++) {
        int64_t start = now_ns(CLOCK_MONOTONIC), cpu = now_ns(CLOCK_THREAD_CPUTIME_ID);
        if (!call(k, what, r.count, &count)) return false;
        r.cpu_ms[r.count] = (double)(now_ns(CLOCK_THREAD_CPUTIME_ID) - cpu) / 1e6;
        r.wall_ms[r.count] = (double)(now_ns(CLOCK_MONOTONIC) - start) / 1e6;
        spent += r.wall_ms[r.count];
    }
    print_record(name, &r, count);
    return true;
}

static bool get_page(kith *k, const void *what, int repeat, size_t *count)
{
    kith_error err = {0};
    kith_records *records = NULL;
    (void)repeat;
    if (!succeeded(kith_get(k, "points", what, &records, &err), &err)) return false;
    *count = records->count;
    kith_records_free(records);
    return true;
}

static bool measure_pages(kith *k)
{
    static const char even[] = "{\"even\":true}";
    const size_t last = POINTS - LIMIT, last_even = POINTS / 2 - LIMIT;
    bool done =
        measure(k, "ready", get_page, &(kith_selection){.limit = LIMIT}) &&
        measure(k, "first", get_page, &(kith_selection){.limit = LIMIT}) &&
        measure(k, "last", get_page, &(kith_selection){.limit = LIMIT, .offset = last}) &&
        measure(k, "first_of_filter", get_page, &(kith_selection){.limit = LIMIT, .where = even}) &&
        measure(k, "last_of_filter", get_page,
                &(kith_selection){.limit = LIMIT, .offset = last_even, .where = even});
#ifdef HAS_CURSOR
    // The page before the last, and the last, which finds no more: there the walk is verified.
    kith_error err = {0};
    kith_records *before = NULL, *before_last = NULL;
    kith_selection one = {.limit = 1, .offset = last - LIMIT - 1};
    if (!done || !succeeded(kith_get(k, "points", &one, &before, &err), &err)) return false;
    one.offset = last;
    done = succeeded(kith_get(k, "points", &one, &before_last, &err), &err);
    if (done) {
        const kith_selection page = {.limit = LIMIT, .cursor = before->next};
        const kith_selection filtered = {.limit = LIMIT / 2, .cursor = before->next, .where = even};
        const kith_selection end = {.limit = LIMIT, .cursor = before_last->next};
        done = measure(k, "last_by_cursor", get_page, &page) &&
               measure(k, "last_of_filter_by_cursor", get_page, &filtered) &&
               measure(k, "end_by_cursor", get_page, &end);
    }
    kith_records_free(before);
    kith_records_free(before_last);
#endif
    return done;
}

typedef struct question {
    const char *collection;
    kith_ranking ranking;
    uint32_t per_document;
    float diversity;
} question;

static bool search(kith *k, const void *what, int repeat, size_t *count)
{
    const question *asked = what;
    uint64_t state = 1000 + (uint64_t)(repeat % QUERIES);
    float vector[DIM];
    char words[3][8], text[32];
    kith_error err = {0};
    kith_hits *hits = NULL;
    random_vector(&state, vector, DIM);
    write_word(10 + (unsigned)(random_unit(&state) * 40), words[0]);
    write_word(50 + (unsigned)(random_unit(&state) * 350), words[1]);
    write_word(50 + (unsigned)(random_unit(&state) * 350), words[2]);
    snprintf(text, sizeof text, "%s %s %s", words[0], words[1], words[2]);
    const kith_query q = {.text = asked->ranking == KITH_RANK_MEANING ? NULL : text,
                          .vector = asked->ranking == KITH_RANK_WORDS ? NULL : vector,
                          .dimension = asked->ranking == KITH_RANK_WORDS ? 0 : DIM,
                          .k = K,
                          .ranking = asked->ranking,
                          .per_document = asked->per_document,
                          .diversity = asked->diversity};
    if (!succeeded(kith_search(k, asked->collection, &q, &hits, &err), &err)) return false;
    *count = hits->count;
    kith_hits_free(hits);
    return true;
}

static bool measure_documents(kith *k)
{
    static const char *const names[] = {"meaning", "words", "both"};
    static const kith_ranking rankings[] = {KITH_RANK_MEANING, KITH_RANK_WORDS, KITH_RANK_BOTH};
    static const char *const collections[] = {"few", "many"};
    bool done =
        measure(k, "ready", search, &(question){.collection = "few", .ranking = KITH_RANK_BOTH});
    for (int c = 0; c < 2; c++)
        for (int r = 0; r < 3; r++) {
            char name[4][64];
            question q = {.collection = collections[c], .ranking = rankings[r]};
            snprintf(name[0], sizeof name[0], "%s_%s_plain", collections[c], names[r]);
            snprintf(name[1], sizeof name[1], "%s_%s_per_document", collections[c], names[r]);
            snprintf(name[2], sizeof name[2], "%s_%s_diversity", collections[c], names[r]);
            snprintf(name[3], sizeof name[3], "%s_%s_both_options", collections[c], names[r]);
            done = done && measure(k, name[0], search, &q);
            q.per_document = 1;
            done = done && measure(k, name[1], search, &q);
            q.diversity = 0.3F;
            done = done && measure(k, name[3], search, &q);
            q.per_document = 0;
            done = done && measure(k, name[2], search, &q);
        }
    return done;
}

int main(int argc, char **argv)
{
    kith_error err = {0};
    kith *k = NULL;
    if (argc == 4 && strcmp(argv[1], "fill") == 0) return fill(argv[2], argv[3]) ? 0 : 1;
    bool is_pages = argc == 3 && strcmp(argv[1], "pages") == 0;
    if (!is_pages && !(argc == 3 && strcmp(argv[1], "documents") == 0)) return 2;
    if (!succeeded(kith_open(argv[2], NULL, &k, &err), &err)) return 1;
    printf("{");
    bool done = is_pages ? measure_pages(k) : measure_documents(k);
    printf("}\n");
    return succeeded(kith_close(k, &err), &err) && done ? 0 : 1;
}
