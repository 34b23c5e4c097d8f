/* catalog.h - tenants, their databases, and what the collections in them are.
 * For a program that serves several users from one data directory, or that lists what is there. A
 * program with collections of its own needs none of this: kith_open opens the default database of
 * the default tenant, and kith_collection_create (kith.h) creates a collection there.
 * What kith.h says of memory, errors and threads holds here too. */
#ifndef KITH_CATALOG_H
#define KITH_CATALOG_H

#include <kith/kith.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a list gives, in order of name. */
typedef struct kith_list_options {
    size_t size;     /* sizeof; 0: the first release's */
    uint64_t offset; /* without the first so many */
    uint64_t limit;  /* and of the rest at most so many; 0: all */
} kith_list_options;

/* ---- tenants and databases ----
 * A collection is in a database, and a database in a tenant. Their names are unique among siblings:
 * two databases may each have a collection "notes". A program that needs neither leaves them out:
 * kith_open opens the default database of the default tenant, which are always there. */

#define KITH_DEFAULT_TENANT   "default_tenant"
#define KITH_DEFAULT_DATABASE "default_database"

/* Creates a tenant, without a database. A name has 1 to KITH_NAME_MAX_BYTES of UTF-8 without
 * control characters and '/'.
 * Errors:
 *   EXISTS   the name is taken
 *   INVALID  the name is not allowed
 *   IO, FULL, CORRUPT, BUSY, NO_MEMORY */
KITH_API kith_status kith_tenant_create(kith *k, const char *name, kith_error *err);
/* Deletes a tenant that has no database.
 * Errors:
 *   NOT_FOUND  no such tenant
 *   EXISTS     it has databases: delete them first
 *   INVALID    it is the default tenant
 *   IO, FULL, CORRUPT, BUSY, NO_MEMORY  nothing was deleted */
KITH_API kith_status kith_tenant_delete(kith *k, const char *name, kith_error *err);
/* Whether the tenant exists: KITH_OK. Errors: NOT_FOUND, IO, CORRUPT, BUSY, NO_MEMORY. */
KITH_API kith_status kith_tenant_find(kith *k, const char *name, kith_error *err);

typedef struct kith_tenants {
    size_t count;
    const char *const *names; /* [count] */
} kith_tenants;

/* Lists the tenants. options may be NULL. Free with kith_tenants_free.
 * Errors: INVALID, UNSUPPORTED (the size of the options), IO, CORRUPT, BUSY, NO_MEMORY. */
KITH_API kith_status kith_tenants_list(kith *k, const kith_list_options *options,
                                       kith_tenants **out, kith_error *err);
KITH_API_VOID void kith_tenants_free(kith_tenants *tenants);

/* Creates a database. Its name is as a tenant's.
 * Errors:
 *   EXISTS     the tenant has one of this name
 *   NOT_FOUND  no such tenant
 *   INVALID    the name is not allowed
 *   IO, FULL, CORRUPT, BUSY, NO_MEMORY */
KITH_API kith_status kith_database_create(kith *k, const char *tenant, const char *name,
                                          kith_error *err);
/* Deletes a database with its conversations and all of its collections, all at once for other
 * calls; what kith_collection_delete says of rows holds here too.
 * Errors:
 *   NOT_FOUND  no such tenant or database
 *   INVALID    it is the default database of the default tenant
 *   IO, FULL, CORRUPT, BUSY, NO_MEMORY  nothing was deleted */
KITH_API kith_status kith_database_delete(kith *k, const char *tenant, const char *name,
                                          kith_error *err);

typedef struct kith_database {
    const char *id; /* its uuid, which it keeps for ever: "550e8400-e29b-41d4-a716-446655440000" */
    const char *name;
    const char *tenant; /* the name of its tenant */
} kith_database;

typedef struct kith_databases {
    size_t count;
    const kith_database *databases; /* [count] */
} kith_databases;

/* Describes one database of a tenant, or with name NULL all of them. options may be NULL, and are
 * for all. Free with kith_databases_free.
 * Errors:
 *   NOT_FOUND  no such tenant or database
 *   INVALID, UNSUPPORTED  the size of the options
 *   IO, CORRUPT, BUSY, NO_MEMORY */
KITH_API kith_status kith_databases_list(kith *k, const char *tenant, const char *name,
                                         const kith_list_options *options, kith_databases **out,
                                         kith_error *err);
KITH_API_VOID void kith_databases_free(kith_databases *databases);

/* Gives a handle of the same open directory for which collections and conversations are those of
 * this database. It costs as good as nothing, shares all else with `k` (embedder, indexes, metrics,
 * kept answers), and needs `k` as long as it lives. When the database is deleted it finds nothing
 * any longer. Close with kith_close, before `k`.
 * Errors:
 *   NOT_FOUND  no such tenant or database
 *   IO, CORRUPT, BUSY, NO_MEMORY */
KITH_API kith_status kith_use_database(kith *k, const char *tenant, const char *database,
                                       kith **out, kith_error *err);

/* Gives a handle like that of kith_use_database, of the database that `k` is for, whose texts are
 * embedded by `e` instead; NULL: calls that take text give MODEL. It borrows `e` until
 * it is closed.
 * Errors:
 *   NOT_FOUND  the database was deleted
 *   IO, CORRUPT, BUSY, NO_MEMORY */
KITH_API kith_status kith_use_embedder(kith *k, kith_embedder *e, kith **out, kith_error *err);

/* ---- collections ---- */

/* What the catalog knows of a collection. */
typedef struct kith_collection_info {
    const char *id; /* a uuid: "550e8400-e29b-41d4-a716-446655440000" */
    const char *name;
    const char *tenant, *database; /* names */
    kith_metric metric;
    uint32_t dimension; /* 0: there was no vector yet */
    const char *model;  /* fingerprint of its embedder; "" when vectors come from the caller */
    uint64_t documents;
    uint64_t chunks;           /* points, whether they came from documents or from kith_put */
    int64_t created_ms;        /* since 1970, UTC */
    const char *metadata;      /* JSON object; NULL: none */
    const char *configuration; /* as it was given; NULL: none */
    /* Of the points, those that the graph of the index in memory does not have yet, so that
     * searches compare each of them; they become fewer by themselves. 0 without a graph, and as
     * long as the index is not loaded. For a moment after it was loaded those that have no codes
     * yet: searches are slower then. */
    uint64_t unlinked;
    uint64_t changes;      /* the number of its last change: it grows with every write of points */
    uint64_t waiting;      /* of the points, those that wait for their vector (meaning.h) */
    uint64_t index_memory; /* bytes that the vectors may take (budget.h); 0: any number */
    kith_memory memory;    /* what of the vectors is in memory (budget.h) */
} kith_collection_info;

/* Creates a collection unless there is one of this name, which then stays as it is. *out describes
 * the one that there is; free it with kith_collection_info_free. *created (may be NULL) says
 * whether it is new. options may be NULL.
 * Errors: those of kith_collection_create, but EXISTS. */
KITH_API kith_status kith_collection_ensure(kith *k, const char *name,
                                            const kith_collection_options *options, bool *created,
                                            kith_collection_info **out, kith_error *err);
KITH_API_VOID void kith_collection_info_free(kith_collection_info *info);

/* What is to be different; NULL leaves it as it is. */
typedef struct kith_collection_changes {
    size_t size; /* sizeof; 0: the first release's */
    const char *name;
    const char *metadata;         /* all of it, in place of what there was; "{}": none */
    const char *configuration;    /* all of it, in place of what there was; "": none */
    const uint64_t *index_memory; /* bytes, as for kith_collection_limit_memory (budget.h) */
    const kith_memory *memory;    /* as there */
} kith_collection_changes;

/* Changes the name, metadata, configuration, limit of memory or what is in memory of a collection, all or nothing. Its conversations
 * follow it to its new name; searches, kept answers and indexes are not touched. `changes` is
 * required.
 * Errors:
 *   NOT_FOUND  there is no collection of that name
 *   EXISTS     another one has the new name
 *   INVALID    a name, metadata, configuration, limit or memory is not allowed
 *   INVALID, UNSUPPORTED  the size of the changes
 *   FORMAT     metadata or configuration is not JSON
 *   LIMIT      as for kith_collection_create
 *   IO, FULL, CORRUPT, BUSY, NO_MEMORY */
KITH_API kith_status kith_collection_modify(kith *k, const char *name,
                                            const kith_collection_changes *changes,
                                            kith_error *err);

typedef struct kith_collection_infos {
    size_t count;
    const kith_collection_info *collections; /* [count] in order of name */
} kith_collection_infos;

/* Describes one collection, or with name NULL all of them, without loading anything. options may be
 * NULL, and are for all. Free with kith_collection_infos_free.
 * Errors:
 *   NOT_FOUND  there is no collection of that name
 *   INVALID    the name is not allowed
 *   INVALID, UNSUPPORTED  the size of the options
 *   IO, CORRUPT, BUSY, NO_MEMORY */
KITH_API kith_status kith_collection_describe(kith *k, const char *name,
                                              const kith_list_options *options,
                                              kith_collection_infos **out, kith_error *err);
KITH_API_VOID void kith_collection_infos_free(kith_collection_infos *infos);
/* Copies a collection under a new name in the same database: its points with their vectors in the
 * order of their first writing, documents, files, metadata and configuration, as they are when the
 * call begins. Conversations are not copied. From then on the two share nothing but the ids. Others
 * write between the batches of the copy, also to the collection that is copied. The new collection
 * exists once it is whole; what a crash, an error or `call` leaves of it is removed, after a crash
 * by the next kith_open that finds the disk free of other copies.
 * call  max_bytes is not read; NULL: no limits
 * Errors, after which there is no new collection:
 *   NOT_FOUND  no collection `name`
 *   EXISTS     `new_name` is taken, or was taken meanwhile
 *   INVALID    a name is not allowed
 *   CANCELLED, TIMEOUT  `call` ended it
 *   IO, FULL, CORRUPT, BUSY, NO_MEMORY */
KITH_API kith_status kith_collection_copy(kith *k, const char *name, const char *new_name,
                                          const kith_call *call, kith_error *err);
/* How many collections there are. Errors: IO, CORRUPT, BUSY, NO_MEMORY. */
KITH_API kith_status kith_collection_count(kith *k, uint64_t *out, kith_error *err);

#ifdef __cplusplus
}
#endif
#endif
