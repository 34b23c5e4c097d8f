/* quickstart.c - libkith in one sitting: points with metadata, a filtered search, a document, a
 * folder, an answer with citations.
 *
 *   cc quickstart.c -o quickstart $(pkg-config --cflags --libs kith)
 *   ./quickstart MODEL-DIRECTORY DATA-DIRECTORY FOLDER QUESTION
 *
 * Nothing but kith.h is used. Every call that can fail returns a status; the message says what and
 * where. */
#include <kith/kith.h>

#include <stdio.h>

static const char collection[] = "quickstart";

static kith_status add_points(kith *k, kith_error *err)
{
    const kith_point points[] = {
        {.id = "paris",
         .content = "Paris is the capital of France.",
         .metadata = "{\"country\": \"France\", \"year\": 2024}"},
        {.id = "lyon",
         .content = "Lyon lies where the Saône meets the Rhône.",
         .metadata = "{\"country\": \"France\", \"year\": 2019}"},
        {.id = "rome",
         .content = "Rome is the capital of Italy.",
         .metadata = "{\"country\": \"Italy\", \"year\": 2024}"},
    };
    kith_status status = kith_collection_create(k, collection, NULL, err);
    if (status != KITH_OK && status != KITH_ERR_EXISTS) return status;
    return kith_put(k, collection, KITH_UPSERT, points, sizeof points / sizeof points[0], err);
}

static kith_status search(kith *k, kith_error *err)
{
    kith_query query = {.text = "capital city", .k = 2, .where = "{\"country\": \"France\"}"};
    kith_hits *hits = NULL;
    kith_status status = kith_search(k, collection, &query, &hits, err);
    if (status != KITH_OK) return status;
    for (size_t i = 0; i < hits->count; i++)
        printf("%s  distance %.3f  %s\n", hits->hits[i].id, (double)hits->hits[i].distance,
               hits->hits[i].content);
    kith_hits_free(hits);
    return KITH_OK;
}

static kith_status ingest(kith *k, const char *folder, kith_error *err)
{
    const kith_document document = {
        .id = "rivers",
        .title = "Rivers of France",
        .content = "The Loire is the longest river of France. It rises in the Massif Central and "
                   "reaches the Atlantic near Nantes.",
    };
    const kith_chunk_options chunk = {.chunk_size = 500, .overlap = 100};
    const kith_ingest_options options = {.chunk = &chunk};
    kith_ingest_report report = {0};
    kith_status status = kith_ingest(k, collection, &document, 1, &options, &report, err);
    if (status != KITH_OK) return status;
    status = kith_ingest_paths(k, collection, &folder, 1, &options, &report, err);
    if (status == KITH_OK)
        printf("%llu files read, %llu chunks\n", (unsigned long long)report.files_added,
               (unsigned long long)report.chunks);
    return status;
}

static int print_piece(void *context, const kith_ask_event *event)
{
    (void)context;
    if (event->kind == KITH_ASK_TEXT) fputs(event->text, stdout);
    return 0;
}

static kith_status ask(kith *k, const char *question, kith_error *err)
{
    kith_ask_options options = {.on_event = print_piece};
    kith_answer *answer = NULL;
    printf("\n%s\n", question);
    kith_status status = kith_ask(k, collection, question, &options, &answer, err);
    if (status != KITH_OK) return status;
    printf("\n");
    for (size_t i = 0; i < answer->citation_count; i++) {
        const kith_citation *c = &answer->citations[i];
        printf("[%u] %s:%u \"%s\"\n", (unsigned)c->n, c->source[0] ? c->source : c->document,
               (unsigned)c->line, c->quote);
    }
    if (answer->refused) printf("The documents do not say.\n");
    kith_answer_free(answer);
    return KITH_OK;
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "use: quickstart MODEL-DIRECTORY DATA-DIRECTORY FOLDER QUESTION\n");
        return 2;
    }
    kith_error err = {0};
    kith_embedder *embedder = NULL;
    kith *k = NULL;
    kith_embedder_options model = {.directory = argv[1]};
    kith_status status = kith_embedder_open(&model, &embedder, &err);
    kith_options options = {.embedder = embedder};
    if (status == KITH_OK) status = kith_open(argv[2], &options, &k, &err);
    if (status == KITH_OK) status = add_points(k, &err);
    if (status == KITH_OK) status = search(k, &err);
    if (status == KITH_OK) status = ingest(k, argv[3], &err);
    if (status == KITH_OK) status = ask(k, argv[4], &err);
    if (status != KITH_OK) fprintf(stderr, "quickstart: %s\n", err.message);

    /* Closing may fail, but frees the handle in any case. */
    if (kith_close(k, &err) != KITH_OK && status == KITH_OK) {
        fprintf(stderr, "quickstart: %s\n", err.message);
        status = KITH_ERR_IO;
    }
    kith_embedder_free(embedder);
    return status == KITH_OK ? 0 : 1;
}
