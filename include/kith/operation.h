/* operation.h - looking after a data directory: checking, backing up and restoring it, and counting
 * what is done with it.
 * What kith.h says of memory, errors, threads and structures that begin with `size` holds here
 * too. */
#ifndef KITH_OPERATION_H
#define KITH_OPERATION_H

#include <kith/kith.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- checking, backing up and restoring ---- */

typedef enum kith_check_severity {
    KITH_CHECK_NOTE = 0,  /* costs nothing, or kith mends it by itself */
    KITH_CHECK_DAMAGE = 1 /* stored data is damaged, or cannot be reached */
} kith_check_severity;

typedef struct kith_check_finding {
    kith_check_severity severity;
    const char *what;   /* file, table and row, and what is wrong */
    const char *advice; /* what to do */
} kith_check_finding;

typedef struct kith_check_report {
    size_t count;                       /* findings that are listed: the first so many */
    const kith_check_finding *findings; /* [count] in the order in which they were met */
    uint64_t damages, notes;            /* all there are, listed or not */
    bool catalog_read; /* false: kith.db could not be opened, and little was verified */
    uint64_t collections, documents, chunks;
    uint64_t
        rows; /* of collections, sources, documents, chunks, answers and notes, and traces of deletions */
    uint64_t log_commits; /* that were in the log, kith.db-wal */
    uint64_t index_rows;  /* compared with kith.db */
    uint64_t files;       /* in the directory */
} kith_check_report;

typedef struct kith_check_options {
    size_t size;           /* sizeof; 0: the first release's */
    uint32_t max_findings; /* to list, up to 100,000; 0: 100 */
    bool set_log_aside;    /* see kith_check */
    int32_t wait_ms;       /* for a turn, with set_log_aside; as in kith_options */
    /* Called now and then; a result other than 0 ends the check with CANCELLED. May be NULL.
     * step  what is verified: "structure", a table's name, "index"; done, total  rows, estimated */
    int (*on_progress)(void *context, const char *step, uint64_t done, uint64_t total);
    void *context;
} kith_check_options;

/* Verifies a data directory, which this or other processes may have open: the log; of kith.db
 * SQLite's structure, every row's checksum, the counts and the references; each collection's index
 * against kith.db; and that no file lies there that nobody needs. Nothing is written but
 * kith.db-shm, so that it works on read-only media. Damage is no error: see the report's findings.
 * With set_log_aside the check is preceded by giving up what cannot be had: commits behind damage
 * in the log, or a log that is not of its kith.db, for which kith_open fails with CORRUPT. The log
 * is kept as kith.db-wal.damaged; what is sound of a damaged one is moved into kith.db. Nothing is
 * given up when kith_open would not fail for it.
 * options may be NULL. Free *out with kith_check_report_free.
 * Errors:
 *   NOT_FOUND    no data directory
 *   INVALID      the path is too long; max_findings; the size of the options
 *   UNSUPPORTED  the size of the options; the directory was written by a newer kith, or by an
 *                older one, and must be opened to be written once
 *   CANCELLED    on_progress asked for it
 *   BUSY         with set_log_aside: a process leaves no turn, or has the directory open whose log
 *                is to be given up; else as everywhere
 *   IO, FULL, CORRUPT, NO_MEMORY */
KITH_API kith_status kith_check(const char *directory, const kith_check_options *options,
                                kith_check_report **out, kith_error *err);
KITH_API_VOID void kith_check_report_free(kith_check_report *report);

typedef struct kith_backup_options {
    size_t size;     /* sizeof; 0: the first release's */
    bool overwrite;  /* replace the file, or the data of the directory */
    int32_t wait_ms; /* kith_restore: for a turn, as in kith_options */
    /* Called now and then; a result other than 0 ends the call with CANCELLED. May be NULL.
     * step  "copying", then the steps of kith_check; done, total  pages, then rows, estimated */
    int (*on_progress)(void *context, const char *step, uint64_t done, uint64_t total);
    void *context;
} kith_backup_options;

typedef struct kith_backup_info {
    uint64_t bytes; /* of the backup; of kith.db when restoring */
    uint64_t collections, documents, chunks;
} kith_backup_info;

/* Copies all that cannot be rebuilt, kith.db as it is at one moment, into one file, while others
 * read and write; verifies the copy as kith_check would, syncs it, and only then gives it its name.
 * Until then it is called PATH.tmp, and two calls must not write to one path at a time.
 * path     of the file; its directory exists, and is not in the data directory
 * options  may be NULL
 * out      may be NULL
 * Errors, after which there is no new file, and one that was there is what it was:
 *   EXISTS     without overwrite: there is something of this name
 *   INVALID    the file would lie in the data directory; the path is too long
 *   NOT_FOUND  the directory of the file does not exist
 *   CORRUPT    the data is damaged; the message says where, kith_check says what to do
 *   CANCELLED  on_progress asked for it
 *   IO, FULL, BUSY, NO_MEMORY */
KITH_API kith_status kith_backup(kith *k, const char *path, const kith_backup_options *options,
                                 kith_backup_info *out, kith_error *err);

/* Makes a backup the data of a directory, which is created when it is missing. The copy is verified
 * and synced before it takes the place of what was there. The restored directory is a store of its
 * own from then on: indexes that lie in it are not taken for its own, and are built anew.
 * backup   the file; it stays as it is
 * options  may be NULL
 * out      may be NULL
 * Errors, after which the directory's data is what it was:
 *   NOT_FOUND    there is no such backup
 *   EXISTS       without overwrite: the directory has data
 *   BUSY         a process has the directory open, or left no turn
 *   INVALID      the backup is a directory, a file that kith_backup never wrote, the directory's own
 *                file, or has a log beside it, so that it is only a part of what was stored; a path is
 *                too long
 *   UNSUPPORTED  the size of the options; the backup was written by a newer kith
 *   CORRUPT      the backup is damaged; the message says where
 *   CANCELLED    on_progress asked for it
 *   IO, FULL, NO_MEMORY  when this happened as the copy took its place, kith_open may fail with
 *                CORRUPT until the directory was restored again */
KITH_API kith_status kith_restore(const char *backup, const char *directory,
                                  const kith_backup_options *options, kith_backup_info *out,
                                  kith_error *err);

/* ---- metrics ---- */

typedef struct kith_stage_metrics {
    const char *name; /* "embed", "search", "answer"; "total" is a whole question */
    uint64_t count;
    double average_ms;
    double p50_ms, p95_ms, p99_ms; /* within 3.2 % */
} kith_stage_metrics;

typedef struct kith_error_count {
    kith_status status;
    uint64_t count;
} kith_error_count;

/* Counts since the data directory was created. They are kept in it, and written at most once a
 * minute, by kith_metrics_save and by kith_close: a crash costs the counts of the last minute. What
 * other processes have counted since this one opened the directory is kept too, but not seen here. */
typedef struct kith_metrics {
    int64_t since_ms; /* since 1970, UTC */
    uint64_t questions, searches;
    size_t stage_count;
    const kith_stage_metrics *stages; /* [stage_count] */
    uint64_t cache_hits, cache_misses;
    double cache_ratio;                  /* hits / (hits + misses) */
    uint64_t cache_answers, cache_bytes; /* in the cache now */
    uint64_t documents, chunks;          /* stored, added and updated */
    size_t error_count;
    const kith_error_count *errors; /* [error_count] calls, LLM answers and documents that failed */
    uint64_t prompt_tokens, completion_tokens;
    const char *json;       /* all of this as one JSON object */
    const char *prometheus; /* and in the text format of Prometheus, version 0.0.4 */
} kith_metrics;

/* Reads the metrics. Free with kith_metrics_free.
 * Errors: IO, CORRUPT, BUSY, NO_MEMORY. */
KITH_API kith_status kith_metrics_get(kith *k, kith_metrics **out, kith_error *err);
KITH_API_VOID void kith_metrics_free(kith_metrics *metrics);
/* Writes what was counted now, for other processes to see. Errors: IO, FULL, CORRUPT, NO_MEMORY,
 * BUSY (another process writes at the moment, or the directory is open for reading): it is written
 * later then. */
KITH_API kith_status kith_metrics_save(kith *k, kith_error *err);

/* ---- the endpoint of a remote embedder ---- */

/* How its last request ended, whoever made it: KITH_OK also before the first one, and for a local
 * model. A request that its caller ended is not counted. Any thread. */
KITH_API kith_status kith_embedder_last(const kith_embedder *e);

#ifdef __cplusplus
}
#endif

#endif
