/* meaning.h - what replies to searches and questions say of chunks that wait for their vectors. */
#ifndef KITH_SERVE_MEANING_H
#define KITH_SERVE_MEANING_H

#include "serve/shape.h"

extern const shape meaning_shape; /* of the member "meaning" of a reply */

/* Writes the member "meaning". chunks: of the collection that was searched; waiting: of them,
 * found by their words alone. Any thread, one writer at a time. */
void meaning_write(json_writer *w, uint64_t chunks, uint64_t waiting);

#endif
