/* catalog.h - tenants, their databases, and what a collection is called and described by.
 *
 * A collection is in a database, a database in a tenant. A name is unique among its siblings; a
 * uuid and a number are never given twice, and stay when a name is changed. Tenant
 * STORE_DEFAULT_TENANT with database STORE_DEFAULT_DATABASE is always there, and cannot be deleted:
 * whoever names no database means that one.
 *
 * What store.h says of promise, threads, memory and codes holds here too. */
#ifndef KITH_STORE_CATALOG_H
#define KITH_STORE_CATALOG_H

#include "store/store.h"

/* The names that Chroma's clients use where none is given. */
#define STORE_DEFAULT_TENANT        "default_tenant"
#define STORE_DEFAULT_DATABASE_NAME "default_database"

/* Of a list in order of name: all but the first `offset`, of these at most `limit`; 0: all. */
typedef struct store_page {
    uint64_t offset, limit;
} store_page;

/* ---- tenants ---- */

/* Errors: KITH_ERR_EXISTS (the name is taken), KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY; nothing is created. */
KITH_CHECKED kith_status store_tenant_create(store *s, view name, kith_error *err);
/* Deletes a tenant without databases.
 * Errors: KITH_ERR_NOT_FOUND, KITH_ERR_EXISTS (it has databases), KITH_ERR_INVALID (the default
 * one), KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_tenant_delete(store *s, view name, kith_error *err);
/* Does the tenant exist? Errors: KITH_ERR_NOT_FOUND, KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_tenant_find(store *s, view name, kith_error *err);
/* The names of the tenants, in order.
 * Errors: KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_tenant_list(store *s, const store_page *page, arena *a, view **out,
                                           uint32_t *out_count, kith_error *err);

/* ---- databases ---- */

typedef struct store_database {
    uint64_t id; /* counts from 1, never used again after a deletion */
    uuid uuid;
    view tenant, name;
} store_database;

/* Errors: KITH_ERR_EXISTS (the tenant has one of this name), KITH_ERR_NOT_FOUND (no such tenant),
 * KITH_ERR_IO (also: the system gives no random bytes), KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY; nothing is created. */
KITH_CHECKED kith_status store_database_create(store *s, view tenant, view name, kith_error *err);
/* Errors: KITH_ERR_NOT_FOUND (no such tenant or database), KITH_ERR_IO, KITH_ERR_FULL,
 * KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_database_get(store *s, view tenant, view name, arena *a,
                                            store_database *out, kith_error *err);
/* The databases of a tenant, in order of name.
 * Errors: KITH_ERR_NOT_FOUND (no such tenant), KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_database_list(store *s, view tenant, const store_page *page,
                                             arena *a, store_database **out, uint32_t *out_count,
                                             kith_error *err);
/* Deletes the database with all of its collections, in one transaction, each as by
 * store_collection_drop(). Its conversations go too.
 * ids  of the collections that it had, in `a`, for store_collection_purge()
 * Errors: KITH_ERR_INVALID (the default database), KITH_ERR_NOT_FOUND (no such database),
 * KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY; nothing is
 * deleted. */
KITH_CHECKED kith_status store_database_drop(store *s, uint64_t database, arena *a, uint64_t **ids,
                                             uint32_t *count, kith_error *err);

/* ---- collections ---- */

/* What the user says of a collection; kept as it is given. */
typedef struct store_settings {
    view metadata;      /* a flat JSON object; data NULL: none */
    view configuration; /* a JSON object; data NULL: none */
} store_settings;

typedef struct store_collection_spec {
    uint64_t database;
    view name;
    kith_metric metric;
    uint32_t dim; /* 0: store_collection_pin() sets it later */
    view model;   /* empty: as dim */
    int64_t now_ms;
    store_settings settings;
    uint64_t index_memory; /* as in store_collection */
    kith_memory memory;
} store_collection_spec;

/* Creates an empty collection at sequence 0, unless the database has one of this name, which is
 * then left as it is. *out describes the one that there is now, *created says whether it is new.
 * Errors: KITH_ERR_NOT_FOUND (no such database), KITH_ERR_LIMIT, KITH_ERR_IO (also: the system
 * gives no random bytes), KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY;
 * nothing is created. */
KITH_CHECKED kith_status store_collection_ensure(store *s, const store_collection_spec *spec,
                                                 arena *a, store_collection *out, bool *created,
                                                 kith_error *err);

/* Where a collection is found: by its name in the database, or by its uuid there. */
typedef struct store_address {
    uint64_t database;
    view name;        /* when uuid is NULL */
    const uuid *uuid; /* NULL: by name */
} store_address;

/* Errors: KITH_ERR_NOT_FOUND (the database has no such collection), KITH_ERR_IO, KITH_ERR_FULL,
 * KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_collection_find(store *s, const store_address *address, arena *a,
                                               store_collection *out, kith_error *err);
/* By its number. Errors: KITH_ERR_NOT_FOUND, KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_collection_read(store *s, uint64_t collection, arena *a,
                                               store_collection *out, kith_error *err);
/* Errors: KITH_ERR_NOT_FOUND (no such collection), KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_collection_settings(store *s, uint64_t collection, arena *a,
                                                   store_settings *out, kith_error *err);
/* 0 when there is no such database. Errors: KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_collection_count(store *s, uint64_t database, uint64_t *out,
                                                kith_error *err);

/* What is copied where. */
typedef struct store_copy_request {
    uint64_t from; /* number of the collection */
    uint64_t database;
    view name; /* of the copy */
    int64_t now_ms;
    const call_limit *limit; /* checked between batches; NULL: none */
    view model; /* not empty: the copy is an image (reembed.h), whose points wait for vectors of */
    uint32_t dim; /* this model and this length; its name begins with a dot */
} store_copy_request;
/* Copies a collection with its settings, sources, documents, points and notes of files, as they are
 * now, in batches between which others write. The copy exists when the call returns, not before;
 * *out describes it, its texts in `a`.
 * Errors, after which there is no copy: KITH_ERR_NOT_FOUND (no such collection or database),
 * KITH_ERR_EXISTS (the database has a collection of that name by the end), KITH_ERR_CANCELLED,
 * KITH_ERR_TIMEOUT (limit), KITH_ERR_BUSY (also: another process deletes leftovers for longer than a
 * minute), KITH_ERR_CORRUPT (also: fewer rows are found than are counted), KITH_ERR_INVALID (read
 * only), KITH_ERR_LIMIT, KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_NO_MEMORY. What is left of it is
 * deleted, or by the next opening. */
KITH_CHECKED kith_status store_collection_copy(store *s, const store_copy_request *request,
                                               arena *a, store_collection *out, kith_error *err);

typedef struct store_collections {
    store_collection *collections; /* [count] in order of name */
    store_settings *settings;      /* [count] of each */
    uint32_t count;
} store_collections;
/* The collections of a database, read in one snapshot; none when there is no such database.
 * Errors: KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_collection_list(store *s, uint64_t database, const store_page *page,
                                               arena *a, store_collections *out, kith_error *err);

/* Those of all databases, in order of number, without their settings. *out [*out_count] in `a`.
 * Errors: KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_collection_list_all(store *s, arena *a, store_collection **out,
                                                   uint32_t *out_count, kith_error *err);

/* What is to be different; a view whose data is NULL leaves its part alone. */
typedef struct store_modification {
    view name;
    view metadata;                /* "": none any longer */
    view configuration;           /* "": none any longer */
    const uint64_t *index_memory; /* NULL: as it is */
    const kith_memory *memory;    /* NULL: as it is */
} store_modification;

/* Changes a collection's name, metadata, configuration and memory. Conversations that name it follow the
 * name. No search finds anything else than before: the sequence does not advance.
 * Errors: KITH_ERR_EXISTS (the database has another collection of that name), KITH_ERR_NOT_FOUND
 * (no such collection), KITH_ERR_LIMIT, KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY; nothing is changed. */
KITH_CHECKED kith_status store_collection_modify(store *s, uint64_t collection,
                                                 const store_modification *to, kith_error *err);

#endif
