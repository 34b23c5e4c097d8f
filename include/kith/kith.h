/* kith.h - the public API of libkith: a vector database with retrieval and cited answers in one
 * data directory.
 *
 *   kith_options options = {0};
 *   kith *k = NULL;
 *   kith_error err;
 *   if (kith_open("data", &options, &k, &err) != KITH_OK) { fprintf(stderr, "%s\n", err.message);
 * return 1; }
 *
 * Conventions. Text is UTF-8, NUL-terminated unless a size stands beside it. Structures are
 * zero-initialised by the caller; a zero field means the documented default. `err` may be NULL.
 * Outputs are written only on success. Results are freed with the function that their declaration
 * names; freeing NULL is allowed. Every function may be called from any thread, and one `kith` may
 * be used by many threads at once; only kith_close and the *_free functions need the object to
 * themselves. The library never exits, prints, or reads the environment.
 *
 * Durability. A writing call that returns KITH_OK is on disk. A call is all or nothing: when it
 * fails nothing of it is stored.
 *
 * Ownership of a directory. One process at a time: kith_open gives KITH_ERR_BUSY, naming the owner,
 * while another holds it. */
#ifndef KITH_KITH_H
#define KITH_KITH_H

#include <kith/status.h>
#include <kith/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define KITH_API      __attribute__((visibility("default"), warn_unused_result))
#define KITH_API_VOID __attribute__((visibility("default")))
#else
#define KITH_API
#define KITH_API_VOID
#endif

/* "0.1.0" */
KITH_API_VOID const char *kith_version(void);

/* ---- kernels ---- */

/* Forces the instruction set of the numeric kernels: "avx512", "avx2", "scalar"; NULL is the best
 * that the CPU has (the default). For tests and measurements; call it before anything else.
 * KITH_ERR_INVALID: unknown name. KITH_ERR_UNSUPPORTED: not on this CPU. */
KITH_API kith_status kith_select_kernels(const char *name, kith_error *err);
KITH_API_VOID const char *kith_kernels(void);

/* ---- embedding ---- */

typedef struct kith_embedder kith_embedder;

typedef struct kith_embedder_options {
    /* A local model: a Hugging Face sentence-transformers directory (config.json, tokenizer.json,
     * model.safetensors, ...). */
    const char *directory;
    /* Or, when directory is NULL, an OpenAI-compatible endpoint. */
    const char *base_url; /* NULL: https://api.openai.com/v1 */
    const char *api_key;
    const char *model; /* as the endpoint names it */
    uint32_t threads;  /* 0: as many as the process may use */
} kith_embedder_options;

typedef struct kith_embedder_info {
    const char *name;        /* what a person calls the model */
    const char *fingerprint; /* what a collection is pinned to */
    uint32_t dimension;      /* 0 until a remote model has answered once */
    uint32_t max_tokens;     /* of one text with its special tokens; 0: unknown (remote) */
} kith_embedder_info;

/* KITH_ERR_NOT_FOUND (no such directory), KITH_ERR_MODEL (unusable: what and where), KITH_ERR_AUTH
 * (no key), KITH_ERR_NO_MEMORY. */
KITH_API kith_status kith_embedder_open(const kith_embedder_options *options, kith_embedder **out,
                                        kith_error *err);
KITH_API_VOID void kith_embedder_free(kith_embedder *e);
/* The strings live as long as the embedder. */
KITH_API_VOID kith_embedder_info kith_embedder_describe(const kith_embedder *e);

typedef struct kith_embeddings {
    size_t count;
    uint32_t dimension;
    const float *vectors; /* [count][dimension] */
    const uint32_t
        *tokens; /* [count] before truncation, special tokens included; 0: unknown (remote) */
    const bool *truncated; /* [count] the text was longer than the model reads */
} kith_embeddings;

/* Embeds texts; the vectors do not depend on batch, order or threads. sizes may be NULL when the
 * texts are NUL-terminated. Free with kith_embeddings_free. */
KITH_API kith_status kith_embed(kith_embedder *e, const char *const *texts, const size_t *sizes,
                                size_t count, kith_embeddings **out, kith_error *err);
KITH_API_VOID void kith_embeddings_free(kith_embeddings *embeddings);

/* ---- opening ---- */

typedef struct kith kith;

typedef struct kith_options {
    kith_embedder
        *embedder;   /* borrowed until kith_close; NULL: calls that take text give KITH_ERR_MODEL */
    bool must_exist; /* KITH_ERR_NOT_FOUND instead of creating the directory */
    uint64_t cache_bytes; /* of answers kept for the next time; 0: 64 MiB */
    uint32_t cache_days;  /* how long an answer is kept; 0: 30 */
    /* Told in a line what was rebuilt on the way, such as an index whose file was damaged or of
     * another format; in the thread of the call that did it, and not to call the library. NULL:
     * nobody. */
    void (*on_notice)(void *context, const char *notice);
    void *notice_context;
} kith_options;

KITH_API kith_status kith_open(const char *directory, const kith_options *options, kith **out,
                               kith_error *err);
/* Finishes derived indexes and closes. The handle is gone whatever the result. Accepts NULL. */
KITH_API kith_status kith_close(kith *k, kith_error *err);

/* ---- collections ---- */

typedef struct kith_collection_options {
    kith_metric metric; /* default cosine */
    uint32_t dimension; /* 0: that of the first vector */
} kith_collection_options;

/* Names: 1..128 of [A-Za-z0-9._-], not starting with '.'. options may be NULL. KITH_ERR_EXISTS,
 * KITH_ERR_INVALID. */
KITH_API kith_status kith_collection_create(kith *k, const char *name,
                                            const kith_collection_options *options,
                                            kith_error *err);
KITH_API kith_status kith_collection_delete(kith *k, const char *name, kith_error *err);

typedef struct kith_collection_stats {
    const char *name;
    kith_metric metric;
    uint32_t dimension;     /* 0: no vector yet */
    const char *model;      /* fingerprint, "" when vectors come from the caller */
    const char *model_name; /* what it was called when it was pinned, "" when that is not known */
    uint64_t documents, chunks; /* chunks: points of any origin */
    uint64_t bytes_disk;   /* of the whole directory's store and this collection's derived files */
    uint64_t bytes_memory; /* of this collection's index */
    const char *index;     /* "empty", "flat", "graph" */
    const char *index_state; /* "current", "rebuilt" (after damage, or from another format) */
} kith_collection_stats;

typedef struct kith_collection_list {
    size_t count;
    const kith_collection_stats *collections; /* by name */
} kith_collection_list;

/* Of one collection (name) or of all (name NULL). Free with kith_collection_list_free. */
KITH_API kith_status kith_collections(kith *k, const char *name, kith_collection_list **out,
                                      kith_error *err);
KITH_API_VOID void kith_collection_list_free(kith_collection_list *list);

/* ---- points: vectors with an id, a text and metadata ---- */

typedef struct kith_point {
    const char *id;       /* 1..1024 bytes */
    const char *content;  /* may be NULL */
    const char *metadata; /* flat JSON object: strings, numbers, booleans; may be NULL */
    const float *vector;  /* [dimension]; NULL: the content is embedded */
    uint32_t dimension;   /* of `vector` */
} kith_point;

typedef enum kith_write_mode {
    KITH_ADD = 0, /* KITH_ERR_EXISTS when an id is taken */
    KITH_UPSERT = 1,
    KITH_UPDATE = 2 /* KITH_ERR_NOT_FOUND when an id is missing; NULL fields stay as they are */
} kith_write_mode;

/* Writes 1..KITH_BATCH_MAX_POINTS points, all or none. The whole batch is checked first: ids,
 * sizes, JSON, dimension, NaN, infinity, zero length under cosine; the message names the first bad
 * point by position and id. */
KITH_API kith_status kith_put(kith *k, const char *collection, kith_write_mode mode,
                              const kith_point *points, size_t count, kith_error *err);

typedef struct kith_selection {
    const char *const *ids; /* these, or NULL */
    size_t id_count;
    const char *where;    /* and matching this filter, or NULL */
    size_t offset, limit; /* limit 0: all */
    bool with_vectors;
    bool allow_unknown_fields; /* as in kith_query */
} kith_selection;

typedef struct kith_record {
    const char *id, *document, *content,
        *metadata;       /* document: the id of the chunk's document, or NULL; content may be NULL;
                            metadata is JSON */
    const float *vector; /* [dimension], NULL unless asked for */
} kith_record;

typedef struct kith_records {
    size_t count;
    uint32_t dimension;
    const kith_record *records;
} kith_records;

KITH_API kith_status kith_get(kith *k, const char *collection, const kith_selection *selection,
                              kith_records **out, kith_error *err);
KITH_API_VOID void kith_records_free(kith_records *records);
/* Deletes what the selection names (ids, a filter, or both; one is required). *deleted may be NULL.
 */
KITH_API kith_status kith_delete(kith *k, const char *collection, const kith_selection *selection,
                                 size_t *deleted, kith_error *err);

/* ---- documents ---- */

typedef struct kith_document {
    const char *id;
    const char *title; /* may be NULL */
    const char *content;
    size_t content_bytes; /* 0: NUL-terminated */
    const char *metadata; /* flat JSON object or NULL */
} kith_document;

typedef enum kith_chunk_unit { KITH_CHARACTERS = 0, KITH_TOKENS = 1 } kith_chunk_unit;

typedef struct kith_chunk_options {
    kith_chunk_unit unit;
    uint32_t size;   /* 0: 1000 characters or the model's limit of tokens */
    int32_t overlap; /* 0: 200 characters or a fifth of the size; -1: none */
} kith_chunk_options;

typedef enum kith_ingest_outcome {
    KITH_ADDED = 0,
    KITH_UPDATED = 1,
    KITH_UNCHANGED = 2,
    KITH_REMOVED = 3, /* vanished, with sync */
    KITH_SKIPPED = 4, /* not a document that kith reads: why is in `reason` */
    KITH_FAILED = 5,
    KITH_PROGRESS = 6,  /* nothing is finished, but more chunks are embedded */
    KITH_IGNORED = 7,   /* left out, with what is below it, by a .gitignore or .kithignore file */
    KITH_DUPLICATE = 8, /* `other` has the same content, which is stored once */
    KITH_RENAMED = 9,   /* with sync: it was `other`; nothing was embedded anew */
    KITH_WATCHING = 10, /* kith_watch: everything is in step; sent a few times a second */
    /* kith_watch, instead of WATCHING: `total` files or more, reported as FAILED, wait for the
     * endpoint that embeds, which failed `done` times in a row. */
    KITH_WAITING = 11
} kith_ingest_outcome;

/* One document, record or file has been dealt with. The strings live until the callback returns. */
typedef struct kith_ingest_event {
    kith_ingest_outcome outcome;
    const char *
        source; /* path, with ":LINE" for a record of a file; the id when documents are passed in */
    const char *other; /* path, of DUPLICATE and RENAMED; else "" */
    const char
        *reason; /* of SKIPPED, FAILED and WAITING, and notes such as replaced bytes; else "" */
    kith_status status;               /* of FAILED and WAITING */
    uint64_t done, total;             /* files or documents so far and in all */
    uint64_t bytes_done, bytes_total; /* done: embedded or dealt with; never falls */
    uint64_t chunks;                  /* embedded so far */
} kith_ingest_event;

typedef struct kith_ingest_options {
    kith_chunk_options chunk;
    uint32_t min_characters; /* shorter content fails; 0: 10 */
    bool
        sync; /* kith_ingest_paths: documents whose file is gone from below the paths are removed */
    const char *extract_worker; /* kith_ingest_paths: path of the program kith-extract, which parses
                                   HTML, PDF, Office and EPUB apart from this process, as
                                   kith-extract-mail beside it parses mail; NULL: where they are
                                   installed. Without them those files are skipped */
    bool dry_run; /* read, compare and validate, and report what would be done; nothing is embedded
                     or stored, and no collection is created */
    bool skip_validation; /* kith_ingest: take content of any length, also empty (gives no chunk) */
    int (*on_event)(void *context,
                    const kith_ingest_event
                        *event); /* not 0 stops after what is committed: KITH_ERR_CANCELLED */
    void *context;
} kith_ingest_options;

typedef struct kith_ingest_report {
    uint64_t processed; /* documents stored, added or updated */
    uint64_t chunks;    /* created; those of a renamed file are not */
    uint64_t errors;    /* documents or records that failed */
    uint64_t files_added, files_updated, files_unchanged, files_removed, files_skipped,
        files_failed;
    uint64_t files_duplicate, files_renamed;
    uint64_t files_ignored; /* by ignore files; a directory counts once */
    uint64_t bytes;         /* read */
    double seconds;
} kith_ingest_report;

/* Ingests documents: validates, chunks, embeds, stores; a bad document is reported and does not
 * stop the rest. The collection is created when it is missing. Each document replaces the one of
 * its id, all of it or nothing. KITH_OK also when some failed: see the report (filled as far as it
 * came also on failure). */
KITH_API kith_status kith_ingest(kith *k, const char *collection, const kith_document *documents,
                                 size_t count, const kith_ingest_options *options,
                                 kith_ingest_report *report, kith_error *err);
/* Ingests files and directories (recursive; symbolic links and hidden names are not followed, and
 * .gitignore and .kithignore files are obeyed, but what is named outright is taken). Touches only what changed since, by content hash. */
KITH_API kith_status kith_ingest_paths(kith *k, const char *collection, const char *const *paths,
                                       size_t count, const kith_ingest_options *options,
                                       kith_ingest_report *report, kith_error *err);

/* Keeps files and directories in step with a collection, as kith_ingest_paths with sync would again
 * and again: first everything, then what changes, by inotify, a moment after it came to rest. Ends
 * when on_event, which is required and asked a few times a second with KITH_WATCHING, says so
 * (KITH_ERR_CANCELLED, the way out in order), and with whatever ends an ingestion; what is reported
 * is stored. A remote embedder that fails does not end it: the files concerned are FAILED, and taken up
 * again when it answers; it is asked after a second, and each time after twice as long, up to a minute.
 * KITH_ERR_NOT_FOUND when a watched directory itself goes away: nothing is removed then.
 * KITH_ERR_LIMIT when the system allows no more watches. The report counts all rounds together. */
KITH_API kith_status kith_watch(kith *k, const char *collection, const char *const *paths,
                                size_t count, const kith_ingest_options *options,
                                kith_ingest_report *report, kith_error *err);

typedef enum kith_file_state {
    KITH_FILE_INDEXED = 0,
    KITH_FILE_SKIPPED = 1,  /* not a document that kith reads */
    KITH_FILE_FAILED = 2,   /* documents: those of what it held before, which are still there */
    KITH_FILE_DUPLICATE = 3 /* `original` has the same content */
} kith_file_state;

typedef struct kith_file {
    const char *path;
    kith_file_state state;
    kith_status status;   /* of SKIPPED and FAILED: why */
    const char *reason;   /* of SKIPPED and FAILED, else "" */
    const char *original; /* of DUPLICATE, else "" */
    uint32_t documents;
    uint64_t bytes;      /* of the file when it was last looked at */
    int64_t modified_ns; /* since 1970 */
} kith_file;

typedef struct kith_files {
    size_t count;
    const kith_file
        *files; /* by path, bytewise; a path holds whatever bytes the file system allows */
} kith_files;

/* What became of every file that was ingested into the collection. Free with kith_files_free.
 * KITH_ERR_NOT_FOUND. */
KITH_API kith_status kith_files_list(kith *k, const char *collection, kith_files **out,
                                     kith_error *err);
KITH_API_VOID void kith_files_free(kith_files *files);

typedef struct kith_stored_document {
    const char *id, *title, *source, *metadata, *text; /* source: path or "" */
    uint32_t chunks;
} kith_stored_document;

/* Free with kith_stored_document_free. KITH_ERR_NOT_FOUND. */
KITH_API kith_status kith_document_get(kith *k, const char *collection, const char *id,
                                       kith_stored_document **out, kith_error *err);
KITH_API_VOID void kith_stored_document_free(kith_stored_document *document);

typedef struct kith_documents {
    size_t count;
    const kith_stored_document *documents; /* by id; `text` is NULL */
} kith_documents;

/* All documents of a collection without their texts. Free with kith_documents_free.
 * KITH_ERR_NOT_FOUND. */
KITH_API kith_status kith_documents_list(kith *k, const char *collection, kith_documents **out,
                                         kith_error *err);
KITH_API_VOID void kith_documents_free(kith_documents *documents);
KITH_API kith_status kith_document_delete(kith *k, const char *collection, const char *id,
                                          kith_error *err);

typedef struct kith_chunk {
    const char *id; /* "{document}_{i}" */
    const char *content;
    const char *heading;           /* path of headings in force, "" when none */
    const char *place;             /* "pages 7-8", "sheet Prices, rows 3-9"; "" when none */
    uint64_t char_start, char_end; /* code points into the document's text */
    uint32_t line_start, line_end; /* 1-based; 0 when the text is not the file's own */
    uint32_t tokens; /* as embedded, special tokens included; 0 without an embedder that counts */
} kith_chunk;

typedef struct kith_chunks {
    size_t count;
    const kith_chunk *chunks;
    size_t problem_count;
    const char *const *problems; /* "record 3: ..." */
} kith_chunks;

/* What kith_ingest_paths would make of a file. embedder may be NULL: then the limit of tokens is
 * not known. Free with kith_chunks_free. */
KITH_API kith_status kith_chunk_file(kith_embedder *embedder, const char *path,
                                     const kith_chunk_options *options, kith_chunks **out,
                                     kith_error *err);
KITH_API_VOID void kith_chunks_free(kith_chunks *chunks);

/* ---- search ---- */

typedef enum kith_ranking {
    KITH_RANK_DEFAULT = 0, /* by both for a text, by meaning for a vector alone */
    KITH_RANK_MEANING = 1, /* distance of vectors */
    KITH_RANK_WORDS = 2, /* BM25; needs no embedder; points without any of the words are no hits */
    KITH_RANK_BOTH = 3   /* fused */
} kith_ranking;

typedef enum kith_fusion {
    KITH_FUSE_SCORES = 0, /* weighted sum of normalised scores */
    KITH_FUSE_RANKS = 1   /* weighted reciprocal ranks */
} kith_fusion;

/* The place for a second opinion on the best hits, such as a cross-encoder's. `score` is called in the
 * thread of kith_search with a few texts at a time, best first, and fills scores[count]: how well
 * each answers the query, larger is better. It is not interrupted: remaining_ms says what is left of
 * the budget, and no call is begun after it. Not 0, or a score that is no number, ends the asking.
 * Hits that were scored come first, by score; the others follow in the order that they had. */
typedef struct kith_reranker {
    int (*score)(void *context, const char *query, const char *const *texts, size_t count,
                 uint32_t remaining_ms, float *scores);
    void *context;
    uint32_t depth;     /* hits to score, of which k are returned; 0: 50, or k when that is more */
    uint32_t budget_ms; /* 0: 500 */
} kith_reranker;

/* In a text, "words in quotes" must stand there one after the other, and a +word must be there: no
 * point without them is a hit, however near its meaning (unless meaning ranks alone).
 *
 * A filter on a field that no point of the collection has is a mistake: KITH_ERR_INVALID, naming the
 * field and the nearest that there is; kith_ask, kith_get and kith_delete likewise. With
 * allow_unknown_fields such a field is one that every point lacks, which fails $eq and passes $ne.
 * In a collection without points every field is known. */
typedef struct kith_query {
    const char *text;    /* is embedded, and its words are looked for; and/or */
    const float *vector; /* [dimension], instead of embedding the text */
    uint32_t dimension;
    uint32_t k;        /* 0: 10; at most KITH_K_MAX */
    const char *where; /* filter as JSON, or NULL */
    bool exact;        /* compare with every vector */
    uint32_t ef;       /* candidates of the graph; 0: its default */
    kith_ranking ranking;
    kith_fusion fusion;
    float meaning_weight; /* of meaning against words, 0..1; 0: the default of docs/decisions/005 */
    bool allow_unknown_fields; /* see above */
    /* Hits that differ: each is the one with the most (1 - diversity) * score - diversity * likeness
     * to the most similar hit before it, scores brought to 0..1 (maximal marginal relevance with
     * lambda = 1 - diversity). 0..1; 0: by score alone. */
    float diversity;
    uint32_t per_document;       /* at most so many hits of one document; 0: any number */
    const kith_reranker *rerank; /* NULL: none */
    bool explain;                /* fill kith_hit's `matched` */
} kith_query;

typedef struct kith_matched_word {
    const char *word; /* as the query has it */
    float score;      /* what it adds to kith_hit's `words` */
} kith_matched_word;

typedef struct kith_hit {
    const char *id, *document, *content, *metadata;
    float distance;        /* NaN when ranked by words alone */
    float words;           /* BM25; 0 when words took no part, or it has none of them */
    float score;           /* larger is better; fused: meaning_part + words_part */
    uint32_t meaning_rank; /* 1-based place on each side; 0: not on that side */
    uint32_t words_rank;
    float meaning_part, words_part; /* each side's weight times its normalised score, or divided by
                                       60 + its rank */
    float rerank;                   /* the reranker's score; NaN: none, or not in time */
    size_t matched_count;
    const kith_matched_word *matched; /* with `explain`: the query's words that it holds */
} kith_hit;

typedef struct kith_hits {
    size_t count;
    const kith_hit *hits; /* best first; with diversity in order of choice */
    const char *plan;     /* how vectors were compared: "flat", "graph", ...; "none" by words alone;
                         "empty" without points */
    uint64_t distances;   /* computed */
    uint64_t matching;    /* points that pass the filter and hold the words that must be there */
    uint64_t words_scored; /* rows whose words were scored */
    float meaning_weight;  /* in effect: 1 by meaning alone, 0 by words alone */
    uint32_t reranked;     /* hits that the reranker scored within its budget */
    bool text_cut;         /* longer than the model reads: its meaning is that of its beginning */
    double embed_ms, search_ms, fetch_ms, rerank_ms;
} kith_hits;

/* k hits come back whenever k points match and are not too many of one document. Free with kith_hits_free. */
KITH_API kith_status kith_search(kith *k, const char *collection, const kith_query *query,
                                 kith_hits **out, kith_error *err);
KITH_API_VOID void kith_hits_free(kith_hits *hits);

/* ---- answers ---- */

typedef struct kith_llm {
    const char *base_url; /* NULL: https://api.openai.com/v1 */
    const char *api_key;
    const char *model;
    double temperature;  /* negative: 0.7 */
    uint32_t max_tokens; /* 0: 500 */
    uint32_t timeout_ms; /* without a byte; 0: 60,000 */
} kith_llm;

/* Code points of a quote, from `start` up to `end`. */
typedef struct kith_span {
    uint32_t start, end;
} kith_span;

typedef struct kith_citation {
    uint32_t n; /* the [n] of the answer: passages[n - 1] */
    const char *document;
    const char *source;  /* path, "" when unknown */
    uint64_t start, end; /* code points into the document's text: the cited sentence, or the passage
                            when an LLM cites it */
    uint32_t line;       /* 1-based; 0 when the document has no lines of its own */
    const char *place;   /* "page 7", "slide 2", "sheet Prices, row 3", "chapter The Storm"; "" when
                            the format counts nothing of the kind */
    const char *quote;   /* that text */
    size_t emphasis_count;
    const kith_span *emphasis; /* words of the quote that carry the answer, in order: the names and
                                  numbers that the question lacks, of the kind it asks for; when
                                  an LLM cites, the sentences that bear its claims out */
} kith_citation;

typedef struct kith_passage {
    const char *id, *document, *source, *content, *metadata, *heading;
    const char *place; /* as in kith_citation: "pages 7-8" */
    float distance;
    float relevance; /* 0..1 */
    uint64_t start, end;
    uint32_t line_start, line_end;
} kith_passage;

typedef enum kith_verdict {
    KITH_SUPPORTED = 0,
    KITH_UNSUPPORTED = 1, /* the passages that it cites do not bear it out */
    KITH_UNCITED = 2,     /* it cites nothing, and no passage sent bears it out */
    KITH_UNCHECKED = 3    /* not one of the first 24, or the embedder failed */
} kith_verdict;

/* A sentence of an LLM's answer that claims something, judged by meaning, words, numbers, names and
 * denials against the passages that it cites, and against all that were sent when it cites none.
 * It tells what to look at; what says the opposite in other words, or the same in very different
 * ones, it can miss. */
typedef struct kith_claim {
    const char *text;    /* with its [n] */
    uint32_t start, end; /* code points of the answer's text */
    bool cited;
    kith_verdict verdict;
    double support; /* 0..1, below 0.5 not borne out; NaN: unchecked */
    uint32_t n;     /* passages[n - 1] has the sentence that is nearest to it; 0: unchecked */
    uint64_t evidence_start, evidence_end; /* that sentence: code points into its document's text */
    const char *evidence;                  /* and its text; "" */
} kith_claim;

typedef struct kith_answer {
    const char *text;   /* with [n] */
    bool refused;       /* nothing in the collection supports an answer; passages are the nearest */
    double support;     /* 0..1: how likely the passages hold an answer; refused below 0.5 */
    bool question_cut;  /* longer than the model reads: its meaning is that of its beginning */
    const char *engine; /* "extractive", or the LLM's model */
    bool cached;        /* the same was asked before: no model was run, no token used */
    const char *searched; /* what a follow-up question of a conversation was made into; else "" */
    size_t citation_count;
    const kith_citation *citations;
    size_t passage_count;
    const kith_passage *passages; /* best first */
    uint32_t passages_sent;       /* of them, within the context budget */
    uint32_t citations_removed;   /* numbers in the answer that named no passage */
    size_t claim_count;           /* of a whole answer of an LLM; a quoted one has none */
    const kith_claim *claims;     /* in the order of the text */
    kith_status llm_status; /* KITH_OK, or why the LLM gave no (whole) answer; the passages stand */
    const char *llm_error;  /* "" or the reason */
    uint64_t prompt_tokens, completion_tokens;
    double retrieve_ms, answer_ms; /* until the passages were there, and from then on */
    double check_ms;               /* of answer_ms: judging the claims */
} kith_answer;

typedef enum kith_ask_event_kind {
    KITH_ASK_PASSAGES = 0,  /* `passages` found */
    KITH_ASK_TEXT = 1,      /* a piece of the answer */
    KITH_ASK_CITATIONS = 2, /* the answer is written and its citations are known */
    KITH_ASK_USAGE = 3,     /* of an LLM: `answer` has the tokens */
    KITH_ASK_DONE = 4,      /* the last one of a whole answer */
    KITH_ASK_ERROR = 5,     /* the last one of an answer that the LLM left unfinished: llm_status */
    KITH_ASK_REWRITTEN = 6, /* `text` is what a follow-up question was made into */
    KITH_ASK_CLAIMS = 7     /* after CITATIONS: the claims of an LLM's whole answer are judged */
} kith_ask_event_kind;

typedef struct kith_ask_event {
    kith_ask_event_kind kind;
    const char *text; /* of TEXT and REWRITTEN */
    size_t passages;
    const kith_answer *answer; /* what is known of it so far: its passages, from CITATIONS on all */
} kith_ask_event;

typedef struct kith_ask_options {
    uint32_t k; /* passages; 0: 5 */
    const char *where;
    const kith_llm *llm;         /* NULL: an extractive answer */
    uint32_t context_characters; /* of passages sent; 0: 4000 */
    bool no_cache;               /* neither take a kept answer nor keep this one */
    kith_ranking ranking;        /* of the passages: of their order, which the answer rests on */
    kith_fusion fusion;
    float meaning_weight;                                        /* as in kith_query */
    int (*on_event)(void *context, const kith_ask_event *event); /* not 0: KITH_ERR_CANCELLED */
    void *context;
} kith_ask_options;

/* Answers from the collection. An LLM that fails is no failure of the call: see llm_status. A whole
 * answer is kept, and given again to the same question (white space aside) with the same filter,
 * model and settings, until the collection changes. Free with kith_answer_free. KITH_ERR_INVALID
 * (empty question), KITH_ERR_NOT_FOUND (collection), KITH_ERR_MODEL. */
KITH_API kith_status kith_ask(kith *k, const char *collection, const char *question,
                              const kith_ask_options *options, kith_answer **out, kith_error *err);
KITH_API_VOID void kith_answer_free(kith_answer *answer);

/* ---- conversations: questions that build on each other, recorded ---- */

/* Begins one with a collection, by name; the record outlives the collection. KITH_ERR_NOT_FOUND. */
KITH_API kith_status kith_conversation_create(kith *k, const char *collection, uint64_t *id,
                                              kith_error *err);
/* kith_ask within a conversation. A question that leans on the one before ("and how much did it
 * cost?") is made whole before it is searched for: by the LLM when there is one and it can, else by
 * the words of the question before; see `searched`. When the call fails nothing is recorded. */
KITH_API kith_status kith_conversation_ask(kith *k, uint64_t id, const char *question,
                                           const kith_ask_options *options, kith_answer **out,
                                           kith_error *err);

typedef struct kith_turn {
    uint32_t n;       /* from 1 */
    int64_t asked_ms; /* since 1970, UTC */
    const char *question;
    const char *searched; /* "": the question as it is */
    kith_answer answer;   /* as it was given, with passages and citations */
} kith_turn;

typedef struct kith_conversation {
    uint64_t id;
    const char *collection;
    const char *title; /* the first question, cut; "" before it */
    int64_t created_ms, updated_ms;
    size_t turn_count;
    const kith_turn *turns; /* NULL in a list, and so are the two that follow */
    const char *json;       /* the whole conversation as one JSON object */
    const char *markdown;   /* and for people */
} kith_conversation;

typedef struct kith_conversation_list {
    size_t count;
    const kith_conversation *conversations; /* last talked in first */
} kith_conversation_list;

/* Free with kith_conversation_free. KITH_ERR_NOT_FOUND. */
KITH_API kith_status kith_conversation_get(kith *k, uint64_t id, kith_conversation **out,
                                           kith_error *err);
KITH_API_VOID void kith_conversation_free(kith_conversation *conversation);
KITH_API kith_status kith_conversation_delete(kith *k, uint64_t id, kith_error *err);
/* Free with kith_conversation_list_free. */
KITH_API kith_status kith_conversations(kith *k, kith_conversation_list **out, kith_error *err);
KITH_API_VOID void kith_conversation_list_free(kith_conversation_list *list);

/* ---- evaluation: how good retrieval and answers are, by questions whose answers are known ---- */

/* What is expected; a question that expects nothing tells times and citations only. */
typedef struct kith_eval_question {
    const char *question;
    /* Each is expected among the passages: a document's id, its path, or the end of its path from a
     * '/' on (and of a point without a document its id). */
    const char *const *documents;
    size_t document_count;
    /* One of them is expected in the answer; case, white space and compatibility forms aside. */
    const char *const *texts;
    size_t text_count;
    bool refuse; /* a refusal; then no documents and no texts */
} kith_eval_question;

/* Of one question. Passages are found when they are of an expected document, or, when only texts
 * are expected, hold one of them. Shares and yes (1) or no (0), but for the time. */
typedef enum kith_eval_measure {
    KITH_EVAL_HIT_1 = 0,       /* the first passage is expected */
    KITH_EVAL_HIT_K = 1,       /* one of the k passages is */
    KITH_EVAL_RECALL = 2,      /* share of what is expected that the k passages have */
    KITH_EVAL_MRR = 3,         /* 1 over the place of the first passage that is expected */
    KITH_EVAL_NDCG = 4,        /* of the k passages; a document counts at its first passage */
    KITH_EVAL_TEXT_FOUND = 5,  /* a passage holds an expected text */
    KITH_EVAL_TEXT_ANSWER = 6, /* the answer holds one */
    KITH_EVAL_CITATIONS = 7,   /* share of the citations whose quote stands where they say */
    KITH_EVAL_REFUSED = 8,     /* refused though an answer is expected: smaller is better */
    KITH_EVAL_REFUSED_RIGHTLY = 9,
    KITH_EVAL_MS = 10, /* time of the question: smaller is better */
    KITH_EVAL_MEASURES /* how many there are */
} kith_eval_measure;

enum { KITH_EVAL_MAX_QUESTIONS = 20000, KITH_EVAL_MAX_EXPECTED = 100 };

/* "hit_1", "hit_k", "recall_k", "mrr_k", "ndcg_k", "text_found", "text_answer", "citations_valid",
 * "refused", "refused_rightly", "ms"; NULL for no measure. */
KITH_API_VOID const char *kith_eval_measure_name(kith_eval_measure measure);

/* What went wrong, worst first. */
typedef enum kith_eval_problem {
    KITH_EVAL_FINE = 0,
    KITH_EVAL_FAILED = 1,       /* the LLM gave no whole answer */
    KITH_EVAL_ANSWERED = 2,     /* although it should refuse */
    KITH_EVAL_NOT_FOUND = 3,    /* nothing expected is among the passages */
    KITH_EVAL_REFUSES = 4,      /* although it should answer, and what is expected was found */
    KITH_EVAL_TEXT_MISSING = 5, /* the answer has no expected text */
    KITH_EVAL_CITATION = 6,     /* a citation does not hold */
    KITH_EVAL_RANKED_LOW = 7    /* the first passage that is expected is not the first */
} kith_eval_problem;

typedef struct kith_eval_result {
    double values[KITH_EVAL_MEASURES]; /* NaN: the question, or its answer, has none */
    uint32_t rank;                     /* place of the first expected passage; 0: none */
    bool refused;
    double support;
    kith_eval_problem problem;
    const char *why; /* of the problem, for people; "" */
    const char *answer;
} kith_eval_result;

typedef struct kith_evaluation {
    uint32_t k; /* passages a question */
    size_t count;
    const kith_eval_result *results; /* of each question, in their order */
    size_t worst_count;
    const uint32_t *worst; /* numbers (from 0) of the questions with a problem, worst first */
    double means[KITH_EVAL_MEASURES]; /* over the questions that have a value; NaN: none has */
    uint32_t counts[KITH_EVAL_MEASURES];
    double p50_ms, p95_ms;
} kith_evaluation;

typedef struct kith_eval_options {
    kith_ask_options ask; /* how the questions are asked; no_cache and its callback are not read */
    /* After each question; not 0 stops: KITH_ERR_CANCELLED. */
    int (*on_question)(void *context, size_t done, size_t total);
    void *context;
} kith_eval_options;

/* Asks 1..KITH_EVAL_MAX_QUESTIONS questions, without the cache and without counting them in the
 * metrics, and compares with what is expected. Everything is checked before the first is asked; the
 * message names the question by its number from 1. KITH_ERR_INVALID (nothing to ask, an empty text,
 * a refusal together with what is expected), KITH_ERR_LIMIT, and kith_ask's. Free with
 * kith_evaluation_free. */
KITH_API kith_status kith_evaluate(kith *k, const char *collection,
                                   const kith_eval_question *questions, size_t count,
                                   const kith_eval_options *options, kith_evaluation **out,
                                   kith_error *err);
KITH_API_VOID void kith_evaluation_free(kith_evaluation *evaluation);

/* `with` less `without`, over the questions in which both have a value. */
typedef struct kith_eval_difference {
    size_t questions;
    double difference; /* NaN without a question */
    double low, high;  /* the 95 % interval */
    double p;          /* two-sided, against no difference */
    bool clear;        /* more than noise: zero is outside the interval and p below 0.05; never of
                          times, which the machine's other work shifts */
} kith_eval_difference;

/* Compares two evaluations of the same questions by a paired bootstrap (10,000 samples, the same
 * for the same seed); below 10 questions nothing is clear. KITH_ERR_INVALID (other questions, no
 * such measure), KITH_ERR_NO_MEMORY. */
KITH_API kith_status kith_eval_compare(const kith_evaluation *without, const kith_evaluation *with,
                                       kith_eval_measure measure, uint64_t seed,
                                       kith_eval_difference *out, kith_error *err);

/* ---- metrics ---- */

typedef struct kith_stage_metrics {
    const char *name; /* "embed", "search", "answer", "total" (of a question) */
    uint64_t count;
    double average_ms;
    double p50_ms, p95_ms, p99_ms; /* within 3.2 % */
} kith_stage_metrics;

typedef struct kith_error_count {
    kith_status status;
    uint64_t count;
} kith_error_count;

/* Of all there was since the data directory came to be; kept in it. */
typedef struct kith_metrics {
    int64_t since_ms; /* since 1970, UTC */
    uint64_t questions, searches;
    size_t stage_count;
    const kith_stage_metrics *stages;
    uint64_t cache_hits, cache_misses;
    double cache_ratio;                  /* hits among questions that the cache was asked */
    uint64_t cache_answers, cache_bytes; /* in it now */
    uint64_t documents, chunks;          /* stored */
    size_t error_count;
    const kith_error_count *errors; /* calls, LLM answers and documents that failed, by kind */
    uint64_t prompt_tokens, completion_tokens;
    const char *json;       /* the same as one JSON object */
    const char *prometheus; /* and in Prometheus's text format, version 0.0.4 */
} kith_metrics;

/* Free with kith_metrics_free. */
KITH_API kith_status kith_metrics_get(kith *k, kith_metrics **out, kith_error *err);
KITH_API_VOID void kith_metrics_free(kith_metrics *metrics);

#ifdef __cplusplus
}
#endif
#endif
