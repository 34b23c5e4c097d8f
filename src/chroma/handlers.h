/* handlers.h - what answers each route of dialect.c: request in, reply out. */
#ifndef KITH_CHROMA_HANDLERS_H
#define KITH_CHROMA_HANDLERS_H

#include "serve/call.h"

/* system.c */
void chroma_heartbeat(serve_call *call);
void chroma_version(serve_call *call);
void chroma_healthcheck(serve_call *call);
void chroma_pre_flight(serve_call *call);
void chroma_identity(serve_call *call);
void chroma_reset(serve_call *call);

/* tenants.c */
void chroma_tenant_create(serve_call *call);
void chroma_tenant_get(serve_call *call);
void chroma_tenant_change(serve_call *call);
void chroma_database_create(serve_call *call);
void chroma_database_list(serve_call *call);
void chroma_database_get(serve_call *call);
void chroma_database_delete(serve_call *call);

/* collections.c */
void chroma_collection_list(serve_call *call);
void chroma_collections_count(serve_call *call);
void chroma_collection_get(serve_call *call);
void chroma_collection_by_id(serve_call *call);
void chroma_collection_by_crn(serve_call *call);
void chroma_collection_delete(serve_call *call);

/* collection_create.c, collection_change.c */
void chroma_collection_create(serve_call *call);
void chroma_collection_change(serve_call *call);

/* fork.c */
void chroma_fork(serve_call *call);
void chroma_fork_count(serve_call *call);
void chroma_indexing_status(serve_call *call);

/* records_write.c */
void chroma_add(serve_call *call);
void chroma_upsert(serve_call *call);
void chroma_update(serve_call *call);

/* records_read.c */
void chroma_get(serve_call *call);
void chroma_query(serve_call *call);
void chroma_count(serve_call *call);
void chroma_delete(serve_call *call);
void chroma_conditional_get(serve_call *call);

/* conditional.c */
void chroma_conditional_commit(serve_call *call);

/* search.c */
void chroma_search(serve_call *call);

/* functions.c: what kith does not have */
void chroma_function_attach(serve_call *call);
void chroma_function_get(serve_call *call);
void chroma_function_detach(serve_call *call);
/* Every route of version 1 of the API. */
void chroma_version_1(serve_call *call);

#endif
