/* chroma_server.h - reads a running server of Chroma, or one that speaks like it, over its API of
 * version 2. */
#ifndef KITH_TRANSFER_CHROMA_SERVER_H
#define KITH_TRANSFER_CHROMA_SERVER_H

#include "transfer/chroma_output.h"

enum { CHROMA_TOKEN_MAX_BYTES = 512 };

typedef struct chroma_server {
    const char *url;   /* http(s)://host:port, with or without a path before /api/v2 */
    const char *token; /* sent as X-Chroma-Token and as Authorization: Bearer; NULL: none */
    const char *authorities_file; /* see http.h */
    /* What is read; NULL: the tenant that the server says is the caller's, all its databases. */
    const char *tenant, *database;
} chroma_server;

/* Writes the collections with their tenant and databases, each a page of records at a time in the
 * order of their insertion. Where a collection was written to meanwhile, so that records may have
 * been passed over, that is told.
 * Errors: those of http_send and of chroma_output.h; KITH_ERR_AUTH, KITH_ERR_NOT_FOUND (the tenant
 * or the database; or nothing there speaks version 2 of the API), KITH_ERR_REMOTE (another status),
 * KITH_ERR_FORMAT (a reply is not as Chroma replies). */
KITH_CHECKED kith_status chroma_server_write(const chroma_server *server, chroma_output *o,
                                             kith_error *err);

#endif
