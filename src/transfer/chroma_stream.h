/* chroma_stream.h - what is in Chroma, as a stream of the lines of chroma_output.h.
 *
 * Files that another program wrote, and what another server replies, are parsed here in a thread,
 * whose lines come through a pipe: so the process that reads Chroma and the one that stores what
 * comes may be two (docs/decisions/036). */
#ifndef KITH_TRANSFER_CHROMA_STREAM_H
#define KITH_TRANSFER_CHROMA_STREAM_H

#include "transfer/chroma_server.h"

typedef struct chroma_stream chroma_stream;

/* Begins to read the data directory `path` or, where that is NULL, the server. What goes wrong is
 * told in the stream. Both are borrowed until the end.
 * Errors: KITH_ERR_NO_MEMORY (also without a thread or a pipe). */
KITH_CHECKED kith_status chroma_stream_open(const char *path, const chroma_server *server,
                                            chroma_stream **out, kith_error *err);
/* Where the lines are read; close-on-exec, the stream's to close. */
int chroma_stream_descriptor(const chroma_stream *s);
/* Ends it, at its end or before. Accepts NULL. */
void chroma_stream_close(chroma_stream *s);

#endif
