/* scope.h - which database, and which collection in it, a path names. */
#ifndef KITH_CHROMA_SCOPE_H
#define KITH_CHROMA_SCOPE_H

#include "base/uuid.h"
#include "serve/call.h"

#include <kith/catalog.h>

enum { SCOPE_NAME_BYTES = 5 + UUID_TEXT_BYTES + 1 };

typedef struct scope {
    const char *tenant, *database; /* as the path has them */
    kith *k;                       /* a handle for the database: the server's */
    char id[UUID_TEXT_BYTES + 1];  /* of the collection; "" when the path names none */
    char name[SCOPE_NAME_BYTES];   /* "uuid:" and the id: kith takes it for the collection's name */
} scope;

/* Opens the database that the path's first two segments name. False: refused, 404 when there is
 * none. */
bool scope_database(serve_call *call, scope *out);
/* The same; *exists is false, and out->k NULL, when there is no such tenant or database. */
bool scope_database_if_any(serve_call *call, scope *out, bool *exists);
/* And the collection whose id is the third segment; whether it exists shows when it is used. */
bool scope_collection(serve_call *call, scope *out);

/* Refuses with what a call on the collection reported: NOT_FOUND is 404 in Chroma's words. Returns
 * false. */
bool scope_refuse(serve_call *call, const scope *s, const kith_error *err);

/* Refuses a failed search by a vector; a wrong dimension in Chroma's words. Returns false. */
bool scope_refuse_search(serve_call *call, const scope *s, uint32_t dimension,
                         const kith_error *err);

/* Does the collection exist? False: refused. */
bool scope_exists(serve_call *call, const scope *s);
/* Describes the collection. Free with kith_collection_infos_free. False: refused. */
bool scope_describe(serve_call *call, const scope *s, kith_collection_infos **out);

#endif
