/* kith.h - the manual of libkith: a vector database with retrieval and cited answers, in one data
 * directory that any number of processes may open.
 *
 * A program opens an embedder (which turns texts into vectors), then a data directory with it. In
 * the directory are collections. A collection holds points: a vector, an id, a text and metadata.
 * Points come from the program itself (kith_put), or from documents and files, which are cut into
 * chunks, each of them a point (kith_ingest, kith_ingest_paths, kith_watch). kith_search finds
 * points; kith_ask finds them and answers a question from them, with citations.
 *
 * The filters that select points: kith/filters.h. Collections in databases of tenants, lists of
 * them, renaming and copies: kith/catalog.h. Checking, backing up and restoring a data directory,
 * and metrics: kith/operation.h. Moving collections whole: kith/transfer.h. How good retrieval and
 * answers are, by questions whose answers are known: kith/evaluate.h.
 *
 * This is a whole program; a longer one is examples/quickstart.c. Compile with
 * `cc program.c $(pkg-config --cflags --libs kith)`.
 *
 *     #include <kith/kith.h>
 *     #include <stdio.h>
 *
 *     int main(int argc, char **argv)
 *     {
 *         if (argc != 5) return 2; // model directory, data directory, folder, question
 *         kith_error err = {0};
 *         kith_embedder *embedder = NULL;
 *         kith *k = NULL;
 *         kith_answer *answer = NULL;
 *         const char *folder = argv[3];
 *         kith_embedder_options model = {.directory = argv[1]};
 *         kith_status status = kith_embedder_open(&model, &embedder, &err);
 *         kith_options options = {.embedder = embedder};
 *         if (status == KITH_OK) status = kith_open(argv[2], &options, &k, &err);
 *         if (status == KITH_OK)
 *             status = kith_ingest_paths(k, "notes", &folder, 1, NULL, NULL, &err);
 *         if (status == KITH_OK) status = kith_ask(k, "notes", argv[4], NULL, &answer, &err);
 *         if (status == KITH_OK) puts(answer->text);
 *         if (status != KITH_OK) fprintf(stderr, "%s\n", err.message);
 *         kith_answer_free(answer);
 *         if (kith_close(k, &err) != KITH_OK) fprintf(stderr, "%s\n", err.message);
 *         kith_embedder_free(embedder);
 *         return status == KITH_OK ? 0 : 1;
 *     }
 *
 * CONVENTIONS
 * - Text is UTF-8 and ends with a NUL, unless a size stands beside it. Paths hold whatever bytes
 *   the file system allows.
 * - Zero-initialise every structure that you pass. A zero member means the default that is written
 *   beside it. An options pointer may be NULL where its function says so: all defaults.
 * - A structure that begins with `size` may get members at its end in later versions. `size` is its
 *   sizeof as the program was compiled; 0 is the size that it had in the first release, so that
 *   members added since are not read. A program that sets a newer member sets `size` too. Members
 *   that this library does not know must be zero (UNSUPPORTED); a size below that of the first
 *   release is INVALID.
 * - Text positions count code points from 0, and `end` is the position after the last one. Lines
 *   count from 1. Times end in their unit (_ms, _ns); points in time are UTC, since 1970.
 * - A distance is smaller for what is nearer; a score is larger for what is better.
 * - types.h has the limits of names, ids, documents, vectors and batches.
 *
 * MEMORY
 * - What you pass in is borrowed until the call returns; the embedder of a kith until kith_close.
 * - A result is one block: the function that its declaration names frees the structure and
 *   everything that it points to. Freeing NULL is allowed. A result depends on nothing else: it may
 *   outlive the kith and the embedder.
 * - Strings of a result are never NULL unless their comment says so.
 * - What a callback receives lives until the callback returns.
 *
 * ERRORS
 * - A call that can fail returns a kith_status and writes what happened, for a person, to *err; err
 *   may be NULL. Compare statuses, never messages. The lists of errors below leave out the prefix
 *   KITH_ERR_.
 * - Outputs are written on success only: after a failure *out is what it was before. (The reports
 *   of an ingestion are the exception, and say so.)
 * - These mean the same wherever they are listed:
 *     IO         the operating system failed or refused; the message names the file
 *     FULL       the disk is full, or a limit on the size of files is reached (RLIMIT_FSIZE)
 *     CORRUPT    stored data is damaged; the message says what and where
 *     BUSY       other processes left a writing call no turn, or another program locks kith.db
 *     NO_MEMORY  an allocation failed
 * - After an IO or FULL of a write it may be unknown what the disk holds. Further writes then fail;
 *   close the directory and open it again.
 *
 * THREADS
 * - Every function may be called from any thread, and any number of threads may use one kith and
 *   one embedder at a time. Only kith_close, kith_embedder_free and the other *_free functions need
 *   their object for themselves: no other call may be using it. kith_select_kernels comes before
 *   every other call.
 * - Callbacks run in the thread of the call that causes them, before it returns.
 * - Searches run together, and beside writes: a search works on one state of its collection, which
 *   has all that was reported as written before the search began, and each batch whole or not at
 *   all.
 * - A collection that is being changed has a thread of its own, at low priority, which brings what
 *   is new into the graph and saves the index; it ends when there is nothing to do.
 * - The library never exits, prints or reads the environment; no thread outlives kith or embedder.
 *
 * DURABILITY
 * - When a writing call returns KITH_OK, its write is on disk, and later searches see it.
 * - A writing call stores all that it was given, or nothing. An ingestion does so for each
 *   document, or for each file.
 * - After the write is on disk, the call brings the collection's index up to date. When that fails,
 *   the call still returns KITH_OK, since the write is stored: the collection is then "behind"
 *   (kith_collections says why), and the next call that needs the index tries again, or fails.
 * - A point whose row is damaged is left out of searches (a notice names it); reading it: CORRUPT.
 *   So is a result with fewer points, chunks or files than are counted, rather than a shorter one.
 *   kith_check verifies everything.
 * - On a full disk deletions still work: 1 MiB is held back for them, in the file `reserve`.
 *
 * LIMITS OF A CALL
 * - kith_call, wherever options have one: a deadline, a way to cancel, and a bound on the result.
 *   The work checks them between pieces of bounded size, so a call may end a piece later; and so
 *   does a put, ingestion, deletion or list that waits for others. A begun write is not ended.
 * - TIMEOUT, CANCELLED and LIMIT then mean: a reading call gives no result; a deletion deletes
 *   nothing; an ingestion has stored what it reported, and nothing else.
 *
 * PAGES
 * - A list that may be long is read in pages: `limit` records from `cursor` on, or from `offset`.
 *   A page's `next` is the cursor of the page that follows; NULL: there is none.
 * - A cursor names a place in a fixed order (of points: that in which they were first written; of
 *   documents: by id; of files: by path). So whatever is written or deleted between two pages, what
 *   exists all the time, and matches the filter all the time, is given exactly once.
 * - An offset counts what exists at the moment of each call: between two pages a deletion moves
 *   what follows to the front, and it is missed.
 * - A cursor is a text of printable ASCII for one collection and one kind of list, and is good for
 *   as long as the collection exists, in any process. What has been altered, or belongs elsewhere,
 *   is INVALID. It may be used with another limit or filter than those of its page.
 *
 * PROCESSES
 * - Any number may have a directory open. They read at any time what any of them has committed, and
 *   take turns to write: a writing call waits for its turn (wait_ms), then fails with BUSY.
 * - A process that is killed leaves no lock behind and loses nothing that was reported as written.
 * - With read_only nothing is written (INVALID), also on read-only media and a full disk. Where
 *   there is no place for kith.db-shm, others' writes wait while the directory is open.
 * - When kith.db is deleted, moved or replaced while the directory is open, writing calls fail with
 *   IO: what they would write could not be found again.
 * - The library leaves signals as the program set them. A program that may run under a limit on the
 *   size of files should ignore SIGXFSZ, and gets FULL instead of being ended; one that talks to an
 *   endpoint over TLS should ignore SIGPIPE, and gets NETWORK when the endpoint is gone.
 *
 * METADATA
 * A JSON object of at most 256 fields and 64 KiB; a name has 1 to 256 bytes. A field holds a
 * string, a number, true or false, a list of 1 to 256 values that are all strings, or all numbers,
 * or all true or false, or a sparse vector (kith/sparse.h). A field that is null or an empty list
 * is left out, as if it had not been given. What was given comes back with its fields in the same
 * order, without white space, and with numbers as they were: 1 as 1, 1.0 as 1.0. Anything else (an
 * object, or a list that holds a list, null or values of several kinds) is INVALID, a longer list
 * LIMIT, and the message names the field. The records of a JSON file that is ingested by its path
 * follow the same rules, except that an object or list which is refused costs no more than itself:
 * it is left out, and the file's event says how many were. */
#ifndef KITH_KITH_H
#define KITH_KITH_H

#include <kith/filters.h>
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

/* The library's version, "0.1.0". Static storage. */
KITH_API_VOID const char *kith_version(void);

/* ---- the limits of a call ---- */

typedef struct kith_call {
    size_t size;         /* sizeof; 0: the first release's */
    uint32_t timeout_ms; /* from the beginning of the call, which then ends with TIMEOUT; 0: none */
    /* Asked between two pieces of work; other than 0 ends the call with CANCELLED. It may be asked
     * from a thread of the library, while the call waits for it, and must not call the library.
     * NULL: never. */
    int (*is_cancelled)(void *context);
    void *context;
    uint64_t max_bytes;  /* memory of the result, above which the call fails with LIMIT; 0: 4 GiB */
    uint64_t truncation; /* of every text that the call embeds: a kith_truncation (truncation.h) */
} kith_call;

/* ---- kernels ---- */

/* Forces the instruction set of the numeric kernels: "amx", "avx512", "avx2" or "scalar"; NULL is the best that
 * CPU and kernel allow, the default. A process that got AMX needs getauxval(AT_MINSIGSTKSZ) bytes for every alternate
 * signal stack; one that forces another set is not concerned. Call it before every other function.
 * Errors: INVALID (an unknown name), UNSUPPORTED (this CPU does not have it); the selection is then
 * as before. */
KITH_API kith_status kith_select_kernels(const char *name, kith_error *err);
/* The name of the selected instruction set. Static storage. */
KITH_API_VOID const char *kith_kernels(void);

/* ---- embedding ---- */

typedef struct kith_embedder kith_embedder;

typedef struct kith_embedder_options {
    size_t size; /* sizeof; 0: the first release's */
    /* A local model: a Hugging Face sentence-transformers directory (config.json, tokenizer.json,
     * model.safetensors, ...). Its files must not be written over while the embedder is open.
     * Replacing them by renaming is harmless once a text was embedded; before, the first text that
     * is embedded gets KITH_ERR_MODEL. */
    const char *directory;
    /* Or, when directory is NULL, an OpenAI-compatible endpoint: model, and one or both of these. */
    const char *base_url;          /* NULL: https://api.openai.com/v1 */
    const char *api_key;           /* NULL: none is sent */
    const char *model;             /* as the endpoint names it */
    uint32_t threads;              /* of a local model; 0: as many CPUs as the process may use */
    const char *precision, *cache; /* of a local model: see kith/model.h */
} kith_embedder_options;

typedef struct kith_embedder_info {
    const char *name;        /* for people: the directory's or the remote model's name */
    const char *fingerprint; /* identifies the model; a collection accepts only its first one. That
                              * of a remote model is its name; a collection also holds it to the
                              * vector of a certain text, so that another server's is refused */
    uint32_t dimension;      /* of its vectors; 0 until a remote model has answered once */
    uint32_t max_tokens;     /* of one text, special tokens included; 0: unknown (remote) */
} kith_embedder_info;

/* Opens an embedder. A local model is loaded and checked, unless a file .kith-model beside its
 * weights says that these very files were checked before: then it is loaded with the first text that
 * is embedded. That file is written here where the directory allows it. A remote model is not asked
 * for anything yet. `options` is required; its strings are copied. Free with kith_embedder_free,
 * after closing every kith that uses the embedder.
 * Errors:
 *   NOT_FOUND      the directory, or a file that it must have, does not exist
 *   MODEL          a file of the model is damaged or contradicts another; the message names it
 *   UNSUPPORTED    an architecture, an activation or a pooling that kith does not run
 *   LIMIT          a path is too long
 *   INVALID        an unknown precision; remote: no model, or its name is too long
 *   AUTH           remote: neither base_url nor api_key
 *   IO, NO_MEMORY */
KITH_API kith_status kith_embedder_open(const kith_embedder_options *options, kith_embedder **out,
                                        kith_error *err);
KITH_API_VOID void kith_embedder_free(kith_embedder *e);
/* Describes the embedder. The strings live as long as the embedder. */
KITH_API_VOID kith_embedder_info kith_embedder_describe(const kith_embedder *e);

typedef struct kith_embeddings {
    size_t count;
    uint32_t dimension;
    const float *vectors;   /* [count][dimension] in the order of the texts */
    const uint32_t *tokens; /* [count] before the cut, special ones included; 0: unknown (remote) */
    const bool *truncated;  /* [count] the text has more tokens than the model reads, and was cut */
} kith_embeddings;

typedef struct kith_embed_options {
    size_t size;           /* sizeof; 0: the first release's */
    const size_t *sizes;   /* [count] bytes of each text; NULL: every text ends with a NUL */
    const kith_call *call; /* NULL: no limits */
    uint64_t truncation;   /* a kith_truncation (truncation.h), of a local model */
} kith_embed_options;

/* Embeds 1 to 1,048,576 texts. A local model gives the same bits for a text whatever else is in the
 * call, and on any number of threads. options may be NULL. Free *out with kith_embeddings_free.
 * Errors:
 *   INVALID       no text or too many; remote: a text is empty, or base_url is malformed
 *   LIMIT         call->max_bytes; truncation; remote: a text is longer than the model takes
 *   CANCELLED, TIMEOUT  `call` ended it
 *   AUTH          remote: the key is missing or was refused
 *   NOT_FOUND     remote: the endpoint does not know the model or the path
 *   RATE_LIMITED  remote: still refused after the retries, or the quota is spent
 *   TIMEOUT       remote: no answer in time
 *   NETWORK       remote: the endpoint cannot be reached
 *   REMOTE        remote: another failure of the endpoint, or a malformed answer
 *   NO_MEMORY */
KITH_API kith_status kith_embed(kith_embedder *e, const char *const *texts, size_t count,
                                const kith_embed_options *options, kith_embeddings **out,
                                kith_error *err);
KITH_API_VOID void kith_embeddings_free(kith_embeddings *embeddings);

/* ---- opening ---- */

/* An open data directory. */
typedef struct kith kith;

typedef struct kith_options {
    size_t size;             /* sizeof; 0: the first release's */
    kith_embedder *embedder; /* borrowed until kith_close; NULL: calls that take text give MODEL */
    bool must_exist;         /* give NOT_FOUND rather than create the directory */
    bool read_only;          /* see PROCESSES */
    int32_t wait_ms;         /* for a turn to write; 0: a minute; negative: not at all */
    uint64_t cache_bytes;    /* room for answers that are kept for the same question; 0: 64 MiB */
    uint32_t cache_days;     /* how long an answer is kept; 0: 30 */
    /* Receives a line about an index that had to be rebuilt, and about a write that has waited for
     * a second. It must not call the library. NULL: notices are dropped. */
    void (*on_notice)(void *context, const char *notice);
    void *notice_context;
    /* Memory for the indexes of collections. Above it those that no call uses are saved and
     * unloaded, least recently used first, down to the last. 0: half of the machine's memory. */
    uint64_t memory_bytes;
    uint64_t sample_every; /* one search in so many is compared with an exact one: recall.h */
} kith_options;

/* Opens a data directory, and creates it when it does not exist. options may be NULL. Close *out
 * with kith_close.
 * Errors:
 *   NOT_FOUND    must_exist or read_only is set, and there is no data in the directory
 *   BUSY         it must be set up, and other processes write; or another program locks kith.db
 *   UNSUPPORTED  a newer kith wrote it, or with read_only an older one; nothing was touched
 *   INVALID      the path is too long
 *   CORRUPT      also when acknowledged commits lie behind damage in the log, or the log is of another
 *                time than kith.db, so that one was put back from a copy: see kith_check
 *   IO, FULL, NO_MEMORY */
KITH_API kith_status kith_open(const char *directory, const kith_options *options, kith **out,
                               kith_error *err);
/* Writes what can be written to make the next opening quick, and closes the directory. `k` is freed
 * whatever the result. Accepts NULL. No other call may be running on `k`. Of a handle that
 * kith_use_database gave, only that is freed.
 * Errors:
 *   IO, FULL, CORRUPT, BUSY, NO_MEMORY  the store could not be closed in order; what was reported
 *     as written is on disk all the same */
KITH_API kith_status kith_close(kith *k, kith_error *err);

/* ---- collections ----
 * A collection has a name, which can be changed, and an id, a uuid that it keeps for ever. Wherever
 * a call takes the name of a collection that exists, it also takes "uuid:" followed by its id. */

typedef struct kith_collection_options {
    size_t size;        /* sizeof; 0: the first release's */
    kith_metric metric; /* of the distances; default: cosine */
    uint32_t dimension; /* of every vector, up to KITH_DIMENSION_MAX; 0: that of the first vector */
    const char *metadata;      /* a JSON object as points have; NULL: none */
    const char *configuration; /* a JSON object, of any shape, that is kept as it is; NULL: none */
    uint64_t index_memory;     /* bytes that its vectors may take (budget.h); 0: any number */
    kith_memory memory;        /* what of them is in memory (budget.h) */
} kith_collection_options;

/* Creates an empty collection. A name has 1 to KITH_NAME_MAX_BYTES of [A-Za-z0-9._-] and does not
 * begin with '.'. Every name that Chroma allows is one. options may be NULL.
 * Errors:
 *   EXISTS   the name is taken
 *   INVALID  the name, the metric, the dimension, metadata, configuration or memory is not allowed
 *   INVALID, UNSUPPORTED  the size of the options
 *   FORMAT   metadata or configuration is not JSON
 *   LIMIT    metadata has more than 64 KiB or 256 fields, configuration more than
 *            KITH_CONFIGURATION_MAX_BYTES
 *   NOT_FOUND  the database was deleted
 *   IO, FULL, CORRUPT, BUSY, NO_MEMORY */
KITH_API kith_status kith_collection_create(kith *k, const char *name,
                                            const kith_collection_options *options,
                                            kith_error *err);

/* Deletes a collection with all that is in it: at once for other calls, which give NOT_FOUND. The
 * rows then go in batches, between which others write; after a crash, at the next kith_open.
 * Errors:
 *   NOT_FOUND, INVALID  no such collection; the name is not allowed
 *   IO, FULL, CORRUPT, BUSY, NO_MEMORY  nothing was deleted */
KITH_API kith_status kith_collection_delete(kith *k, const char *name, kith_error *err);

typedef struct kith_collection_stats {
    const char *name;
    kith_metric metric;
    uint32_t dimension;     /* 0: there was no vector yet */
    const char *model;      /* fingerprint of its embedder; "" when vectors come from the caller */
    const char *model_name; /* what that model was called; "" when it is not known */
    uint64_t documents;
    uint64_t chunks;       /* points, whether they came from documents or from kith_put */
    uint64_t bytes_disk;   /* of the directory's whole store and of this collection's index */
    uint64_t bytes_memory; /* of this collection's index; 0: not loaded */
    const char *index;     /* "empty", "flat", "graph", "compact", "lists"; "not loaded" yet */
    /* "current"; "rebuilt": its file was missing, damaged or not this store's; "building": just
     * now; "incomplete": it lacks damaged records; "behind": it lacks what was written last, and
     * searches fail until that succeeds. Of one not loaded: "current": the next search reads it;
     * "missing": there is no file that can be used, it will be built. */
    const char *index_state;
    const char *index_reason;  /* why it is behind or incomplete, or could not be saved; or "" */
    const char *id;            /* its uuid */
    int64_t created_ms;        /* since 1970, UTC */
    const char *metadata;      /* JSON object; NULL: none */
    const char *configuration; /* as it was given; NULL: none */
} kith_collection_stats;

typedef struct kith_collection_list {
    size_t count;
    const kith_collection_stats *collections; /* in order of name */
} kith_collection_list;

/* Loads a collection's index into memory and brings it up to date, as the first search would, so
 * that this search need not wait for it.
 * Errors:
 *   NOT_FOUND, INVALID  no such collection; the name is not allowed
 *   LIMIT      the data directory's path is too long, or the index is full
 *   IO, CORRUPT, BUSY, NO_MEMORY  the collection is then "behind" */
KITH_API kith_status kith_collection_load(kith *k, const char *name, kith_error *err);

/* Describes one collection, or with name NULL all of them. No index is loaded or brought up to date
 * for it. Free with kith_collection_list_free.
 * Errors:
 *   NOT_FOUND  there is no collection of that name
 *   INVALID    the name is not allowed
 *   IO, CORRUPT, BUSY, NO_MEMORY */
KITH_API kith_status kith_collections(kith *k, const char *name, kith_collection_list **out,
                                      kith_error *err);
KITH_API_VOID void kith_collection_list_free(kith_collection_list *list);

/* ---- points ---- */

typedef struct kith_point {
    const char *id;       /* 1..KITH_KEY_MAX_BYTES without control characters; unique */
    const char *content;  /* the text; up to KITH_DOCUMENT_MAX_BYTES; may be NULL */
    const char *metadata; /* JSON object, see METADATA; may be NULL */
    const float *vector;  /* [dimension]; NULL: the content is embedded */
    uint32_t dimension;   /* of `vector` */
} kith_point;

typedef enum kith_write_mode {
    KITH_ADD = 0,    /* every id must be new */
    KITH_UPSERT = 1, /* replaces the points whose ids exist */
    /* Every id must exist. Members that are NULL stay as they are; metadata that is given replaces
     * the old as a whole, so that a field which is null or missing in it is gone afterwards. New
     * content is embedded, except in a collection whose vectors come from the caller: there the
     * vector stays. */
    KITH_UPDATE = 2
} kith_write_mode;

/* Writes 1 to KITH_BATCH_MAX_POINTS points, all or none; everything is checked before anything is
 * written, and the message names the first bad point by its position (from 0) and its id.
 * The first vector fixes the collection's dimension, and the first embedded text its embedder. A
 * collection that began with the caller's own vectors takes no text to embed.
 * Errors:
 *   NOT_FOUND  no such collection; KITH_UPDATE: an id is missing; or the embedder's NOT_FOUND
 *   EXISTS     KITH_ADD: an id is taken
 *   INVALID    the collection's name, an id, a content or metadata is not allowed; a point has
 *              neither vector nor content; an id comes twice; a vector holds NaN or infinity, is
 *              longer than 1e18, or has length zero under cosine; the mode is unknown
 *   FORMAT     metadata is not JSON
 *   LIMIT      no point or too many; content or metadata is too large
 *   DIMENSION  a vector does not have the collection's dimension
 *   MODEL      content is to be embedded without an embedder, or by another one than the
 *              collection's
 *   AUTH, RATE_LIMITED, TIMEOUT, NETWORK, REMOTE  a remote embedder failed
 *   IO, FULL, CORRUPT, BUSY, NO_MEMORY  see DURABILITY */
KITH_API kith_status kith_put(kith *k, const char *collection, kith_write_mode mode,
                              const kith_point *points, size_t count, kith_error *err);

typedef struct kith_put_options {
    size_t size; /* sizeof; 0: the first release's */
    kith_write_mode mode;
    const kith_call *call; /* max_bytes is not read; NULL: no limits */
    /* KITH_ADD: a point whose id is taken is passed over, and the stored one stays as it is; of
     * several points of one id the first is added. */
    bool keep_existing;
    bool pass_missing; /* KITH_UPDATE: a point whose id does not exist is passed over */
    /* KITH_UPSERT, KITH_UPDATE: an id may repeat; each point is applied to what is there by then. */
    bool allow_repeated;
    /* KITH_UPSERT, KITH_UPDATE: of a point that exists, members that are NULL stay as they are, in
     * an upsert too, and metadata is merged: a field that is given takes the place of the one of
     * its name, whatever kind of value that has; null, or an empty list, removes it; other fields
     * stay. New content is embedded as KITH_UPDATE says; null fields of a new point are left out. */
    bool merge;
    uint64_t truncation; /* of contents that are embedded: a kith_truncation (truncation.h) */
    uint64_t *truncated; /* receives how many of them were cut; NULL: nobody asks */
} kith_put_options;

/* kith_put with options, which may be NULL; what is passed over is checked. Errors: kith_put's, and
 *   CANCELLED, TIMEOUT  `call` ended it, while the contents were embedded or while it waited for
 *                       others that write: nothing is written
 *   LIMIT      merged metadata would have more than 256 fields or 64 KiB
 *   INVALID    an option that the mode does not have
 *   INVALID, UNSUPPORTED  the sizes of the structures */
KITH_API kith_status kith_put_with(kith *k, const char *collection, const kith_put_options *options,
                                   const kith_point *points, size_t count, kith_error *err);

typedef struct kith_selection {
    size_t size;            /* sizeof; 0: the first release's */
    const char *const *ids; /* [id_count] these points; NULL: all */
    size_t id_count;
    const char *where;         /* of them those that match this filter; NULL: all */
    size_t offset;             /* of them without the first so many */
    size_t limit;              /* and of the rest at most so many; 0: all */
    bool with_vectors;         /* kith_get: return the vectors too */
    bool allow_unknown_fields; /* see filters.h */
    /* `next` of the page before, see PAGES; neither with ids nor with an offset. NULL: from the
     * beginning. */
    const char *cursor;
    const kith_call *call; /* NULL: no limits */
    /* With ids too, records come in the order of their first writing, and each point once however
     * often its id is given; false: in the order of the ids. */
    bool in_stored_order;
    bool without_content, without_metadata; /* kith_get: leave them NULL */
    bool pass_waiting; /* kith_get: a vector that is still to come (meaning.h) is NULL, not BUSY */
} kith_selection;

typedef struct kith_record {
    const char *id;
    const char *document; /* id of the document that the chunk belongs to; NULL: it has none */
    const char *content;  /* NULL: it has none, or without_content */
    const char *metadata; /* JSON object, "{}" without fields; NULL: without_metadata */
    const float *vector;  /* [dimension] as it was written; NULL unless with_vectors */
} kith_record;

typedef struct kith_records {
    size_t count;
    uint32_t dimension;
    /* In the order of the ids, else, or in_stored_order, in that of their first writing. */
    const kith_record *records;
    const char *next; /* cursor of the page that follows; NULL: the last, or ids were given */
} kith_records;

/* Reads points. `selection` may be NULL: all points. Ids that do not exist are passed over and take
 * no place in a page; an offset beyond the end gives no record. Free with kith_records_free.
 * A page costs what its own records cost, wherever it lies. Beside that: with a filter, matching it
 * against the whole index; with an offset, after a point was deleted, once counting the points up
 * to it (docs/decisions/023 has figures).
 * Errors:
 *   NOT_FOUND        no such collection
 *   INVALID, FORMAT  the collection's name, the filter or the cursor; a cursor beside ids or an
 *                    offset
 *   LIMIT            more than 2^32 - 1 ids; call->max_bytes
 *   CANCELLED, TIMEOUT  `call` ended it
 *   IO, CORRUPT, BUSY, NO_MEMORY (also when the records would take more than 4 GiB) */
KITH_API kith_status kith_get(kith *k, const char *collection, const kith_selection *selection,
                              kith_records **out, kith_error *err);
KITH_API_VOID void kith_records_free(kith_records *records);
/* Counts the points that kith_get would read with the same selection, without reading them: all of
 * a collection's from its record, those that match a filter from the index, which reads the texts
 * that a condition on "#document" needs. `selection` may be NULL: all points; its offset, limit and
 * cursor must be unset.
 * Errors:
 *   NOT_FOUND        no such collection
 *   INVALID, FORMAT  the collection's name or the filter; an offset, a limit or a cursor
 *   LIMIT            more than 2^32 - 1 ids
 *   CANCELLED, TIMEOUT  `call` ended it
 *   IO, CORRUPT, BUSY, NO_MEMORY */
KITH_API kith_status kith_count(kith *k, const char *collection, const kith_selection *selection,
                                uint64_t *out, kith_error *err);
/* Deletes the points that kith_get would read with the same selection; it must have ids or a
 * filter. *deleted (may be NULL) counts them. The points are selected first; those of them that
 * match the filter still, when they are deleted, are deleted together.
 * Errors:
 *   NOT_FOUND        no such collection
 *   INVALID, FORMAT  neither ids nor a filter; the collection's name, the filter or the cursor; a
 *                    cursor beside ids or an offset
 *   LIMIT            more than 2^32 - 1 ids; call->max_bytes of the list of what to delete
 *   CANCELLED, TIMEOUT  `call` ended it; nothing is deleted
 *   IO, FULL, CORRUPT, BUSY, NO_MEMORY  see DURABILITY */
KITH_API kith_status kith_delete(kith *k, const char *collection, const kith_selection *selection,
                                 size_t *deleted, kith_error *err);

/* ---- documents and files ---- */

/* A chunk's metadata, by which it can be filtered, has the fields of its document's metadata and
 * title, processed_at, content_length; then chunk_index, total_chunks, char_count, char_start and
 * char_end; where they are known source (its path), dated, line_start, line_end, heading, place
 * and lead_in (the header of the table, or what leads into the list, that it begins within). */
typedef struct kith_document {
    const char *id;       /* 1..KITH_KEY_MAX_BYTES without control characters */
    const char *title;    /* may be NULL */
    const char *content;  /* up to KITH_DOCUMENT_MAX_BYTES */
    size_t content_bytes; /* of `content`; 0: it ends with a NUL */
    const char *metadata; /* JSON object, see METADATA; may be NULL */
} kith_document;

typedef enum kith_chunk_unit {
    KITH_CHARACTERS = 0, /* code points */
    KITH_TOKENS = 1      /* the embedder's; a local model is needed, which counts them */
} kith_chunk_unit;

/* How a text is cut. A chunk also never has more tokens than a local model reads at once. */
typedef struct kith_chunk_options {
    size_t size; /* sizeof; 0: the first release's */
    kith_chunk_unit unit;
    uint32_t chunk_size; /* at most; up to 1,000,000; 0: 1000 characters, or the model's tokens */
    /* At most; < chunk_size; 0: 200 of 1000 characters, else chunk_size / 5; negative: none. */
    int32_t overlap;
} kith_chunk_options;

typedef enum kith_ingest_outcome {
    KITH_ADDED = 0,
    KITH_UPDATED = 1,
    KITH_UNCHANGED = 2,
    KITH_REMOVED = 3,   /* with sync: the file no longer exists */
    KITH_SKIPPED = 4,   /* not a document that kith reads; `reason` says why */
    KITH_FAILED = 5,    /* `reason` and `status` say why */
    KITH_PROGRESS = 6,  /* nothing is finished, but more chunks are embedded */
    KITH_IGNORED = 7,   /* left out, with all below it, by a .gitignore or .kithignore file */
    KITH_DUPLICATE = 8, /* `other` has the same content, which is stored there, once */
    KITH_RENAMED = 9,   /* the file was `other`, which is gone; nothing was embedded again */
    KITH_WATCHING = 10, /* kith_watch: everything is in step; sent a few times a second */
    /* kith_watch, in place of WATCHING: the endpoint that embeds (`total` files or more, reported as
     * FAILED, wait for it) or, with FULL as `status`, the disk has failed `done` times in a row. */
    KITH_WAITING = 11
} kith_ingest_outcome;

/* What became of one document, record or file. */
typedef struct kith_ingest_event {
    kith_ingest_outcome outcome;
    /* The file's path, ":LINE" behind it for one of its records; of kith_ingest the document's id */
    const char *source;
    const char *other;    /* path, of DUPLICATE and RENAMED; else "" */
    const char *reason;   /* of SKIPPED, FAILED and WAITING; of others a note, else "" */
    kith_status status;   /* of FAILED and WAITING */
    uint64_t done, total; /* files or documents: finished so far, and in all */
    uint64_t bytes_done, bytes_total; /* done: embedded or finished; never falls */
    uint64_t chunks;                  /* embedded so far */
    double seconds_left; /* by the tokens expected of the files to come; negative: not known yet */
    const kith_notices *notices; /* of ADDED, UPDATED and RENAMED files */
    uint64_t chunks_waiting;     /* stored, to be embedded later (meaning.h) */
} kith_ingest_event;

typedef struct kith_ingest_options {
    size_t size;                     /* sizeof; 0: the first release's */
    const kith_chunk_options *chunk; /* NULL: the defaults */
    uint32_t min_characters;         /* shorter content fails, a shorter file is skipped; 0: 10 */
    bool sync; /* kith_ingest_paths: files below the paths that no longer exist are removed */
    /* Path of the program kith-extract, with kith-extract-mail beside it, by which foreign formats
     * are parsed; NULL: where they are installed. Without them those files are skipped. */
    const char *extract_worker;
    bool dry_run; /* read, compare, validate and report; embed and store nothing, create nothing */
    bool skip_validation; /* kith_ingest: accept content of any length; empty content: no chunk */
    /* Called for each event; a result other than 0 ends the call with CANCELLED. May be NULL. */
    int (*on_event)(void *context, const kith_ingest_event *event);
    void *context;
    const kith_call *call; /* max_bytes is not read. NULL: no limits */
    /* kith_ingest_paths: a directory that all the paths lie below. Files are then known by their
     * path below it ("report.pdf", not "/tmp/upload-7/report.pdf"), as uploads are; with named_as,
     * the only one by that, such as a URL. One of such a name that was there is replaced; it is never
     * a duplicate, renamed, or missing. Neither with sync nor for kith_watch. NULL: absolute paths. */
    const char *named_below, *named_as;
    uint64_t meaning; /* a kith_meaning_order (meaning.h): when vectors come. Not for kith_watch */
    /* Of pages that are pictures: "deu+eng", at most 8 (INVALID: not installed). NULL: all that are. */
    const char *ocr_languages;
} kith_ingest_options;

typedef struct kith_ingest_report {
    uint64_t processed; /* documents added or updated */
    uint64_t chunks;    /* created; those of a renamed file are not */
    uint64_t errors;    /* documents and records that failed */
    uint64_t files_added, files_updated, files_unchanged, files_removed, files_skipped,
        files_failed, files_duplicate, files_renamed;
    uint64_t files_ignored; /* by ignore files; a directory counts as one */
    uint64_t bytes;         /* read */
    double seconds;         /* of the whole call */
} kith_ingest_report;

/* Validates, cuts, embeds and stores `count` documents. A document replaces the one of the same id.
 * One that is not acceptable is reported as FAILED and does not stop the others, so look at
 * report->errors after KITH_OK too. The collection is created (cosine) when it does not exist.
 * options may be NULL. report may be NULL; it is filled as far as the call came, also on failure.
 * Errors:
 *   INVALID    the collection's name or the chunk options
 *   MODEL, DIMENSION  no embedder, or not the one that the collection began with
 *   CANCELLED  on_event or `call` asked for it
 *   TIMEOUT    `call` ended it
 *   AUTH, NOT_FOUND, RATE_LIMITED, TIMEOUT, NETWORK, REMOTE  a remote embedder failed
 *   IO, FULL, CORRUPT, BUSY, NO_MEMORY  see DURABILITY
 * After an error each document is stored whole or not at all; those that were reported as added or
 * updated are stored. What was embedded of a long document that was interrupted, by CANCELLED or a
 * kill, is not embedded again when it comes within a week. */
KITH_API kith_status kith_ingest(kith *k, const char *collection, const kith_document *documents,
                                 size_t count, const kith_ingest_options *options,
                                 kith_ingest_report *report, kith_error *err);
/* Ingests files, and directories with all below them. There, symbolic links and hidden names are
 * passed over, and .gitignore and .kithignore files are obeyed; what `paths` names itself is always
 * taken. A file is cut and embedded again only when its content or the chunk options changed. A
 * file's documents are stored together; everything else is as in kith_ingest.
 * Errors:
 *   NOT_FOUND  a path does not exist; nothing was stored. Or: a remote embedder's NOT_FOUND
 *   IO         a path cannot be read; nothing was stored. Or see DURABILITY
 *   LIMIT      a path is too long, or its directories are nested too deep
 *   INVALID    the collection's name or the chunk options; a path is not below named_below
 *   MODEL, DIMENSION  no embedder, or not the one that the collection began with
 *   CANCELLED  on_event or `call` asked for it
 *   TIMEOUT    `call` ended it
 *   AUTH, RATE_LIMITED, TIMEOUT, NETWORK, REMOTE  a remote embedder failed
 *   FULL, CORRUPT, BUSY, NO_MEMORY  see DURABILITY
 * After an error each file is stored whole or not at all; those that were reported are stored. */
KITH_API kith_status kith_ingest_paths(kith *k, const char *collection, const char *const *paths,
                                       size_t count, const kith_ingest_options *options,
                                       kith_ingest_report *report, kith_error *err);

/* Keeps files and directories in step with a collection: ingests everything as kith_ingest_paths
 * with sync does, then whatever changes, a moment after it has come to rest, until on_event returns
 * something other than 0. on_event is required, and is called with WATCHING or WAITING a few times
 * a second. A remote embedder that fails does not end the watch: the files concerned are reported
 * as FAILED and ingested once it answers; it is tried after a second, then after twice as long each
 * time, up to a minute. So is all, after a full disk. `report` sums up all rounds.
 * Errors:
 *   CANCELLED  on_event or the caller of `call` asked for it: the regular end
 *   INVALID    no on_event, a dry run, named_below, the collection's name or the chunk options
 *   NOT_FOUND  a path does not exist; later: a watched directory itself was removed, and nothing
 *              of it is removed from the collection
 *   LIMIT      the system allows no more watches, a path is too long, or directories are too deep
 *   MODEL, DIMENSION  no embedder, or not the one that the collection began with
 *   AUTH, RATE_LIMITED, TIMEOUT, NETWORK, REMOTE  a remote embedder failed before the watch began
 *   FULL (before it began), IO, CORRUPT, BUSY, NO_MEMORY  see DURABILITY
 * After an error each file is stored whole or not at all; those that were reported are stored. */
KITH_API kith_status kith_watch(kith *k, const char *collection, const char *const *paths,
                                size_t count, const kith_ingest_options *options,
                                kith_ingest_report *report, kith_error *err);

/* Which part of a list to read; NULL or all zero: all of it. */
typedef struct kith_page {
    size_t size;           /* sizeof; 0: the first release's */
    size_t limit;          /* at most so many; 0: all that follow */
    const char *cursor;    /* `next` of the page before, see PAGES; NULL: from the beginning */
    const kith_call *call; /* NULL: no limits */
} kith_page;

typedef enum kith_file_state {
    KITH_FILE_INDEXED = 0,
    KITH_FILE_SKIPPED = 1,  /* not a document that kith reads */
    KITH_FILE_FAILED = 2,   /* `documents` counts those of its last good content, which remain */
    KITH_FILE_DUPLICATE = 3 /* `original` has the same content */
} kith_file_state;

typedef struct kith_file {
    const char *path;
    kith_file_state state;
    kith_status status;   /* of SKIPPED and FAILED: why */
    const char *reason;   /* of SKIPPED and FAILED: why, for a person; else "" */
    const char *original; /* of DUPLICATE; else "" */
    uint32_t documents;
    uint64_t bytes;      /* of the file when it was last read */
    int64_t modified_ns; /* and its time of modification */
} kith_file;

typedef struct kith_files {
    size_t count;
    const kith_file *files;      /* in order of their paths' bytes */
    const char *next;            /* cursor of the page that follows; NULL: this is the last */
    const kith_notices *notices; /* [count] of each file, and its event's note as the first */
} kith_files;

/* Lists the files that were ingested into the collection, or could not be. `page` may be NULL. Free
 * with kith_files_free.
 * Errors:
 *   NOT_FOUND           no such collection
 *   INVALID             the collection's name or the cursor
 *   LIMIT               call->max_bytes
 *   CANCELLED, TIMEOUT  `call` ended it
 *   IO, CORRUPT, BUSY, NO_MEMORY */
KITH_API kith_status kith_files_list(kith *k, const char *collection, const kith_page *page,
                                     kith_files **out, kith_error *err);
KITH_API_VOID void kith_files_free(kith_files *files);

typedef struct kith_stored_document {
    const char *id, *title;
    const char *source;   /* path of its file; "" when it came by kith_ingest */
    const char *metadata; /* JSON object */
    const char *text;     /* its whole text, which citations count in; NULL in a list */
    uint32_t chunks;
} kith_stored_document;

/* Reads a document. Free with kith_stored_document_free.
 * Errors:
 *   NOT_FOUND, INVALID  no such collection or document; the collection's name is not allowed
 *   IO, CORRUPT, BUSY, NO_MEMORY */
KITH_API kith_status kith_document_get(kith *k, const char *collection, const char *id,
                                       kith_stored_document **out, kith_error *err);
KITH_API_VOID void kith_stored_document_free(kith_stored_document *document);

typedef struct kith_documents {
    size_t count;
    const kith_stored_document *documents; /* in order of id, without their texts */
    const char *next; /* cursor of the page that follows; NULL: this is the last */
} kith_documents;

/* Lists documents of a collection. `page` may be NULL. Free with kith_documents_free.
 * Errors:
 *   NOT_FOUND           no such collection
 *   INVALID             the collection's name or the cursor
 *   LIMIT               call->max_bytes
 *   CANCELLED, TIMEOUT  `call` ended it
 *   IO, CORRUPT, BUSY, NO_MEMORY */
KITH_API kith_status kith_documents_list(kith *k, const char *collection, const kith_page *page,
                                         kith_documents **out, kith_error *err);
KITH_API_VOID void kith_documents_free(kith_documents *documents);
/* Deletes a document with its chunks. Its file, should it come from one, counts as changed: the
 * next ingestion of the file brings the document back.
 * Errors:
 *   NOT_FOUND, INVALID  no such collection or document; the collection's name is not allowed
 *   IO, FULL, CORRUPT, BUSY, NO_MEMORY  see DURABILITY */
KITH_API kith_status kith_document_delete(kith *k, const char *collection, const char *id,
                                          kith_error *err);

typedef struct kith_chunk {
    const char *id; /* "{document}_{i}", i from 0 */
    const char *content;
    const char *heading, *place;   /* "A > B" above it; "pages 7-8", "sheet S, rows 3-9"; or "" */
    uint64_t char_start, char_end; /* code points of the document's text */
    uint32_t line_start, line_end; /* of the file; 0 when the text is not the file's own */
    uint32_t tokens; /* as embedded, special tokens included; 0 without an embedder that counts */
    const char *lead_in; /* as in metadata; "" when there is none */
} kith_chunk;

typedef struct kith_chunks {
    size_t count;
    const kith_chunk *chunks;
    size_t problem_count;
    const char *const *problems; /* [problem_count] records that gave nothing: "record 3: ..." */
    const kith_notices *notices; /* of the file */
} kith_chunks;

/* Shows the chunks that kith_ingest_paths would make of one file; nothing is stored. With embedder
 * NULL a model's limit of tokens is not known and not observed. options may be NULL. Free with
 * kith_chunks_free.
 * Errors:
 *   NOT_FOUND    no such file
 *   UNSUPPORTED  not a document that kith reads, or kith-extract is not installed
 *   AUTH         the file is encrypted
 *   FORMAT       the file is damaged
 *   INVALID      the chunk options
 *   LIMIT        the file or its text is too large
 *   TIMEOUT      kith-extract took too long
 *   IO, NO_MEMORY */
KITH_API kith_status kith_chunk_file(kith_embedder *embedder, const char *path,
                                     const kith_chunk_options *options, kith_chunks **out,
                                     kith_error *err);
KITH_API_VOID void kith_chunks_free(kith_chunks *chunks);

/* ---- search ---- */

typedef enum kith_ranking {
    KITH_RANK_DEFAULT = 0, /* BOTH for a text, MEANING for a vector alone */
    KITH_RANK_MEANING = 1, /* by the distance of vectors */
    /* By BM25 over the words. It needs no embedder; points without any of the words are no hits. */
    KITH_RANK_WORDS = 2,
    KITH_RANK_BOTH = 3 /* by both, fused */
} kith_ranking;

typedef enum kith_fusion {
    KITH_FUSE_SCORES = 0, /* weighted sum of the normalised scores */
    KITH_FUSE_RANKS = 1   /* weighted sum of reciprocal ranks */
} kith_fusion;

/* A second, slower judgement of the best hits, such as a cross-encoder's. */
typedef struct kith_reranker {
    size_t size; /* sizeof; 0: the first release's */
    /* Fills scores[count]: how well each text answers the query, larger is better. It is called in
     * the thread of kith_search with a few texts at a time, best first, and is never interrupted;
     * remaining_ms is what is left of the budget, after which it is not called again. A result
     * other than 0, or a score that is NaN, ends the reranking. Hits that have a score come first,
     * in order of score, the others behind them in the order that they had. */
    int (*score)(void *context, const char *query, const char *const *texts, size_t count,
                 uint32_t remaining_ms, float *scores);
    void *context;
    uint32_t depth;     /* hits to score, of which k are returned; 0: 50, or k when that is more */
    uint32_t budget_ms; /* 0: 500 */
} kith_reranker;

/* In a text, words in "double quotes" must stand in a point one after the other, and a +word must
 * stand in it; points without them are no hits, however near in meaning. Ranking by meaning alone
 * reads neither quotes nor plus signs. */
typedef struct kith_query {
    size_t size;         /* sizeof; 0: the first release's */
    const char *text;    /* embedded, and its words are looked for; NULL: by the vector alone */
    const float *vector; /* [dimension] in place of the embedded text; NULL: the text is embedded */
    uint32_t dimension;
    uint32_t k;        /* hits wanted, up to KITH_K_MAX; 0: 10 */
    const char *where; /* see filters.h; NULL: every point */
    bool exact;        /* compare with every vector rather than by the graph */
    uint32_t ef; /* candidates that the graph keeps, up to 10,000; more find more; 0: as needed */
    kith_ranking ranking;
    kith_fusion fusion;
    float meaning_weight; /* of meaning against words, 0..1; 0: the default (docs/decisions/005) */
    bool allow_unknown_fields; /* see filters.h */
    /* Prefers hits unlike each other (maximal marginal relevance, lambda = 1 - diversity): each is
     * the one with the largest (1 - diversity) * score - diversity * similarity to the most similar
     * hit before it, with scores scaled to 0..1. From 0, which is by score alone, to 1. */
    float diversity;
    /* At most so many hits of one document, 0: any number. What the same search without it shows
     * keeps its score and its order; what follows is measured on the same scale. */
    uint32_t per_document;
    const kith_reranker *rerank; /* NULL: none; needs a text */
    bool explain;                /* fill kith_hit's `matched`, kith_hits' `explained` */
    const kith_call *call;       /* NULL: no limits */
    bool with_vectors;           /* fill kith_hits' `vectors` */
    bool without_content;        /* leave kith_hit's `content` NULL */
    bool without_metadata;       /* leave kith_hit's `metadata` NULL */
    double target_recall;        /* in place of ef: recall.h; 0: none */
} kith_query;

typedef struct kith_matched_word {
    const char *word; /* as the query has it */
    float score;      /* its share of kith_hit's `words` */
} kith_matched_word;

typedef struct kith_hit {
    const char *id;
    const char *document; /* id of the document that the chunk belongs to; NULL: it has none */
    const char *content;  /* NULL: it has none, or without_content */
    const char *metadata; /* JSON object, "{}" without fields; NULL: without_metadata */
    float distance;       /* NaN when ranked by words alone */
    float words;          /* BM25 score; 0 when words were not ranked, or it has none of them */
    float score;          /* by which hits are ordered; fused: meaning_part + words_part */
    uint32_t meaning_rank, words_rank; /* by one side alone, from 1; 0: not found that way */
    /* Fused: each side's weight, times its normalised score or, by ranks, over 60 + its rank. */
    float meaning_part, words_part;
    float rerank; /* the reranker's score; NaN: it gave none in time */
    size_t matched_count;
    const kith_matched_word *matched; /* [matched_count] with `explain`: words of the query in it */
} kith_hit;

typedef struct kith_hits {
    size_t count;
    const kith_hit *hits; /* best first; with diversity in the order of choice */
    /* How vectors were compared: "flat", "graph", ...; "none" by words alone, "empty" no point. */
    const char *plan;
    uint64_t distances;    /* how many were computed */
    uint64_t matching;     /* points that pass the filter and hold the words that must be there */
    uint64_t words_scored; /* points whose words were scored */
    float meaning_weight;  /* that was used: 1 by meaning alone, 0 by words alone */
    uint32_t reranked;     /* hits that the reranker scored in time */
    bool text_cut; /* the text is longer than the model reads: only its beginning was embedded */
    double embed_ms, search_ms, fetch_ms, rerank_ms;
    uint32_t dimension;          /* of the vectors; 0 unless with_vectors */
    const float *const *vectors; /* [count] each [dimension] as it was written, or NULL */
    uint64_t chunks, waiting;    /* of the collection; of them, without their vector: meaning.h */
    const struct kith_search_plan *explained; /* search.h; NULL: no `explain`, or by words alone */
} kith_hits;

/* Finds the best points for a text, a vector, or both. There are k hits whenever k points match the
 * filter, hold the required words (by words alone: at least one word), and are not too many of one
 * document. Free with kith_hits_free.
 * Errors:
 *   NOT_FOUND  no such collection; or a remote embedder's NOT_FOUND
 *   INVALID    the query is empty; the collection's name, k, ef, recall, weight, diversity, ranking,
 *              reranker, vector or filter is not acceptable; words are to be ranked, or hits
 *              reranked, without a text
 *   FORMAT     the filter is not JSON
 *   LIMIT      the text has more than 1,024 different words; a text too long for a remote
 *              embedder; call->max_bytes
 *   CANCELLED, TIMEOUT  `call` ended it
 *   DIMENSION  the vector does not have the collection's dimension
 *   MODEL      a text is to be embedded without an embedder, or by another one than the
 *              collection's
 *   AUTH, RATE_LIMITED, TIMEOUT, NETWORK, REMOTE  a remote embedder failed
 *   IO, CORRUPT, BUSY, NO_MEMORY */
KITH_API kith_status kith_search(kith *k, const char *collection, const kith_query *query,
                                 kith_hits **out, kith_error *err);
KITH_API_VOID void kith_hits_free(kith_hits *hits);

/* ---- answers ---- */

/* An OpenAI-compatible endpoint that writes answers. */
typedef struct kith_llm {
    size_t size;          /* sizeof; 0: the first release's */
    const char *base_url; /* NULL: https://api.openai.com/v1, which needs a key */
    const char *api_key;  /* NULL: none is sent */
    const char *model;    /* required */
    double temperature;   /* 0..2; 0 is the most predictable; negative: 0.7 */
    uint32_t max_tokens;  /* of the answer; 0: 500 */
    uint32_t timeout_ms;  /* without a byte from the endpoint; 0: 60,000 */
} kith_llm;

/* Code points of a quote. */
typedef struct kith_span {
    uint32_t start, end;
} kith_span;

typedef struct kith_citation {
    uint32_t n;           /* the [n] of the answer: it cites passages[n - 1] */
    const char *document; /* its id */
    const char *source;   /* path of its file; "" when it has none */
    /* Code points of the document's text: the quoted unit; of an LLM's answer the passage. */
    uint64_t start, end;
    uint32_t line;     /* of the file, where the quote begins; 0 when the document has no lines */
    const char *place; /* "page 7", "sheet Prices, row 3"; "" when the format has none */
    const char *quote; /* the text from `start` to `end` */
    size_t emphasis_count;
    /* [emphasis_count] ascending. Words of the quote that carry the answer: names and numbers of
     * the kind that the question asks for and does not have itself. Of an LLM's answer: the
     * sentences that support its claims. */
    const kith_span *emphasis;
} kith_citation;

typedef struct kith_passage {
    const char *id;                /* of the chunk */
    const char *document;          /* id of its document; "" when it has none */
    const char *source;            /* path of its file; "" when it has none */
    const char *content;           /* the chunk's text */
    const char *metadata;          /* JSON object, "{}" without fields */
    const char *heading, *place;   /* headings above it; "pages 7-8"; "" when there are none */
    float distance;                /* from the question */
    float relevance;               /* nearness in meaning, 0..1 */
    uint64_t start, end;           /* code points of the document's text */
    uint32_t line_start, line_end; /* of the file; 0 when the document has no lines */
    const char *lead_in;           /* as in metadata; "" when there is none */
} kith_passage;

typedef enum kith_verdict {
    KITH_SUPPORTED = 0,
    KITH_UNSUPPORTED = 1, /* the passages that it cites do not support it */
    KITH_UNCITED = 2,     /* it cites no passage, and none that was sent supports it */
    KITH_UNCHECKED = 3    /* behind the first 24 claims, cut off, or the embedder failed */
} kith_verdict;

/* One sentence of an LLM's answer that claims something, judged by meaning, words, numbers, names
 * and negations against the passages that it cites, or against all that were sent when it cites
 * none. A verdict says where to look: the judgement can miss a contradiction in other words, and
 * support in very different ones. */
typedef struct kith_claim {
    const char *text;    /* with its [n] */
    uint32_t start, end; /* code points of the answer's text */
    bool cited;          /* it cites at least one passage */
    kith_verdict verdict;
    double support; /* 0..1, unsupported below 0.5; NaN: unchecked */
    uint32_t n;     /* passages[n - 1] has the sentence that is nearest to it; 0: unchecked */
    uint64_t evidence_start, evidence_end; /* that sentence: code points of its document's text */
    const char *evidence;                  /* and its text; "" when unchecked */
} kith_claim;

typedef struct kith_answer {
    const char *text;   /* with [n] for each citation */
    bool refused;       /* no passage supports an answer; the passages are the nearest that exist */
    double support;     /* 0..1: how likely a quoted answer is right; if refused, would be */
    bool question_cut;  /* longer than the model reads: only its beginning was embedded */
    const char *engine; /* "extractive", or the LLM's model */
    bool cached, truncated; /* kept: no model was run; cut: the LLM stopped at max_tokens */
    const char *searched;   /* a follow-up question as it was completed and searched for; else "" */
    size_t citation_count;
    const kith_citation *citations; /* [citation_count] */
    size_t passage_count;
    const kith_passage *passages; /* [passage_count] best first */
    uint32_t passages_sent;       /* the first so many went to the LLM, within context_characters */
    uint32_t citations_removed;   /* [n] of the LLM that named no passage, removed from the text */
    size_t claim_count;       /* 0 for quoted answers and for answers that an LLM left unfinished */
    const kith_claim *claims; /* [claim_count] in the order of the text */
    kith_status llm_status;   /* KITH_OK, or why the LLM gave no answer, or no whole one */
    const char *llm_error;    /* the message of llm_status; "" */
    uint64_t prompt_tokens, completion_tokens; /* 0 when the endpoint does not say */
    double retrieve_ms, answer_ms;             /* until the passages were found; from then on */
    double check_ms;                           /* of answer_ms: judging the claims */
    uint64_t chunks, waiting;                  /* as in kith_hits, when the answer was made */
} kith_answer;

typedef enum kith_ask_event_kind {
    KITH_ASK_PASSAGES = 0,  /* the passages are found */
    KITH_ASK_TEXT = 1,      /* `text` is the next piece of the answer */
    KITH_ASK_CITATIONS = 2, /* the answer is written, and its citations are known */
    KITH_ASK_USAGE = 3,     /* of an LLM: `answer` has the tokens */
    KITH_ASK_DONE = 4,      /* the last event of a whole answer */
    KITH_ASK_ERROR = 5,     /* the last event when the LLM gave no whole answer: see llm_status */
    KITH_ASK_REWRITTEN = 6, /* before PASSAGES: `text` is the follow-up question as searched for */
    KITH_ASK_CLAIMS = 7     /* after CITATIONS: the claims of an LLM's whole answer are judged */
} kith_ask_event_kind;

typedef struct kith_ask_event {
    kith_ask_event_kind kind;
    const char *text; /* of TEXT and REWRITTEN */
    size_t passages;  /* how many were found */
    /* NULL for TEXT and REWRITTEN. For PASSAGES it has the passages, from CITATIONS on all but
     * `searched`. */
    const kith_answer *answer;
} kith_ask_event;

/* What was said before the question at hand. */
typedef struct kith_exchange {
    const char *question, *answer; /* answer NULL: there was none */
} kith_exchange;

typedef struct kith_ask_options {
    size_t size;                 /* sizeof; 0: the first release's */
    uint32_t k;                  /* passages, up to 1,000; 0: 5 */
    const char *where;           /* see filters.h; NULL: every point */
    const kith_llm *llm;         /* NULL: the answer is quoted from the passages (extractive) */
    uint32_t context_characters; /* of passages that are sent to the LLM; 0: 4000 */
    bool no_cache;               /* neither use a kept answer nor keep this one */
    kith_ranking ranking;        /* of the passages; WORDS needs an embedder here too */
    kith_fusion fusion;
    float meaning_weight; /* as in kith_query */
    /* Called for each event; a result other than 0 ends the call with CANCELLED. May be NULL. */
    int (*on_event)(void *context, const kith_ask_event *event);
    void *context;
    const kith_call *call;     /* ends the LLM's answer too; NULL: no limits */
    bool allow_unknown_fields; /* see filters.h */
    /* [before_count] what was said before, oldest first, of which the last 16 are looked at. A
     * question that depends on it is completed as kith_conversation_ask does, for a program that
     * keeps the record itself. Not for kith_conversation_ask (INVALID), whose record says it. */
    const kith_exchange *before;
    size_t before_count;
} kith_ask_options;

/* Answers a question from the collection. An LLM that fails does not fail the call: llm_status says
 * what happened, and the passages are there. A whole answer is kept, and returned for the same
 * question (differences in white space aside) with the same filter, models and settings until the
 * collection changes. options may be NULL. Free with kith_answer_free.
 * Errors:
 *   NOT_FOUND  no such collection; or a remote embedder's NOT_FOUND
 *   INVALID    the question is empty; a question of `before` is NULL or not UTF-8; the collection's
 *              name, k, ranking, weight, filter or LLM (without a model) is not acceptable
 *   FORMAT     the filter is not JSON
 *   LIMIT      the question has more than 64 KiB, or more than 1,024 different words;
 *              call->max_bytes
 *   MODEL, DIMENSION  no embedder, or not the one that the collection began with
 *   CANCELLED  on_event or `call` asked for it; nothing is kept
 *   TIMEOUT    `call` ended it; nothing is kept
 *   AUTH, RATE_LIMITED, TIMEOUT, NETWORK, REMOTE  a remote embedder failed
 *   IO, CORRUPT, BUSY, NO_MEMORY */
KITH_API kith_status kith_ask(kith *k, const char *collection, const char *question,
                              const kith_ask_options *options, kith_answer **out, kith_error *err);
KITH_API_VOID void kith_answer_free(kith_answer *answer);

/* Writes an answer as one JSON object. With a question it is the object that `kith ask --json`
 * prints, beginning with "question" and "searched" (null when the question was searched for as it
 * is). With question NULL these two are left out. Numbers that are not known (a line, a distance)
 * are null. Free *out with kith_text_free.
 * answer  any that the library gave: of kith_ask, of an event from CITATIONS on, of a recorded turn
 * Errors: LIMIT (the text would be longer than 1 GiB), NO_MEMORY. */
KITH_API kith_status kith_answer_to_json(const kith_answer *answer, const char *question,
                                         char **out, kith_error *err);
/* Writes an event as one JSON object, as `kith ask --events` prints it: {"event": "passages", ...}.
 * Call it within on_event. Free *out with kith_text_free.
 *   passages         count, passages
 *   text, rewritten  text
 *   citations        refused, support, citations, citations_removed
 *   claims           claims
 *   usage            usage
 *   done             engine, cached, truncated, timings
 *   error            status, message
 * Errors: LIMIT (the text would be longer than 1 GiB), NO_MEMORY. */
KITH_API kith_status kith_ask_event_to_json(const kith_ask_event *event, char **out,
                                            kith_error *err);
/* Frees a text that the library has written. Accepts NULL. */
KITH_API_VOID void kith_text_free(char *text);

/* ---- conversations: recorded questions that build on each other ---- */

/* Begins a conversation with a collection, which it names: the record outlives the collection.
 * Errors:
 *   NOT_FOUND, INVALID  no such collection; the collection's name is not allowed
 *   IO, FULL, CORRUPT, BUSY, NO_MEMORY  nothing was recorded */
KITH_API kith_status kith_conversation_create(kith *k, const char *collection, uint64_t *id,
                                              kith_error *err);
/* Answers the next question of a conversation as kith_ask does, and records question and answer. A
 * question that depends on the one before ("and how much did it cost?") is completed before it is
 * searched for: by the LLM when there is one and it can, else with the words of the question
 * before; kith_answer's `searched` has the result. Free *out with kith_answer_free.
 * Errors, after which nothing is recorded:
 *   NOT_FOUND  no such conversation, or its collection was deleted; or a remote embedder's
 *   INVALID    the question is empty; k, a ranking, a weight, the filter or the LLM is not
 *              acceptable; options->before is set
 *   FORMAT     the filter is not JSON, or a recorded answer cannot be read
 *   LIMIT      the question has more than 64 KiB, or more than 1,024 different words;
 *              call->max_bytes
 *   MODEL, DIMENSION  no embedder, or not the one that the collection began with
 *   CANCELLED  on_event or `call` asked for it
 *   TIMEOUT    `call` ended it
 *   AUTH, RATE_LIMITED, TIMEOUT, NETWORK, REMOTE  a remote embedder failed
 *   IO, FULL, CORRUPT, BUSY, NO_MEMORY */
KITH_API kith_status kith_conversation_ask(kith *k, uint64_t id, const char *question,
                                           const kith_ask_options *options, kith_answer **out,
                                           kith_error *err);

typedef struct kith_turn {
    uint32_t n;       /* from 1 */
    int64_t asked_ms; /* since 1970, UTC */
    const char *question;
    const char *searched; /* the question as it was searched for; "": as it is */
    kith_answer answer;   /* as it was returned, with its passages and citations */
} kith_turn;

typedef struct kith_conversation {
    uint64_t id;
    const char *collection; /* its name */
    const char *title;      /* the beginning of the first question; "" before there is one */
    int64_t created_ms, updated_ms; /* since 1970, UTC */
    size_t turn_count;
    const kith_turn *turns; /* [turn_count]; NULL in a list, as are the two that follow */
    const char *json;       /* the whole conversation as one JSON object */
    const char *markdown;   /* and as Markdown, for people */
} kith_conversation;

typedef struct kith_conversation_list {
    size_t count;
    const kith_conversation *conversations; /* the most recently used first, without their turns */
} kith_conversation_list;

/* Reads a conversation with all its turns. Free with kith_conversation_free.
 * Errors:
 *   NOT_FOUND  no such conversation
 *   FORMAT     a recorded answer cannot be read
 *   LIMIT      the conversation's JSON or Markdown would be too long
 *   IO, CORRUPT, BUSY, NO_MEMORY */
KITH_API kith_status kith_conversation_get(kith *k, uint64_t id, kith_conversation **out,
                                           kith_error *err);
KITH_API_VOID void kith_conversation_free(kith_conversation *conversation);
/* Deletes a conversation with all its turns.
 * Errors:
 *   NOT_FOUND  no such conversation
 *   IO, FULL, CORRUPT, BUSY, NO_MEMORY  nothing was deleted */
KITH_API kith_status kith_conversation_delete(kith *k, uint64_t id, kith_error *err);
/* Lists the conversations of the handle's database. Free with kith_conversation_list_free.
 * Errors: IO, CORRUPT, BUSY, NO_MEMORY. */
KITH_API kith_status kith_conversations(kith *k, kith_conversation_list **out, kith_error *err);
KITH_API_VOID void kith_conversation_list_free(kith_conversation_list *list);

#ifdef __cplusplus
}
#endif
#endif
