/* packed_weights.h - a network's packed weights, kept in a file that the next process maps: it then
 * neither packs nor chooses a precision, and all processes share one copy. */
#ifndef KITH_MODEL_PACKED_WEIGHTS_H
#define KITH_MODEL_PACKED_WEIGHTS_H

#include "base/hash.h"
#include "base/status.h"
#include "model/bert.h"
#include "model/precision.h"
#include "os/file_map.h"

#include <stdbool.h>

/* What a file of packed weights is for; borrowed. */
typedef struct packed_key {
    const char *directory;   /* of the weights, where the file is looked for first and written */
    const char *cache;       /* a directory for when that cannot be written; NULL: none. It is made
                                when it is missing */
    const char *fingerprint; /* of the model */
    simd_level level;
    uint32_t products; /* layers * BERT_PRODUCTS */
} packed_key;

/* A file that was found. Zero-initialise. */
typedef struct packed_weights {
    file_map map;
    precision_choice choice;
    view block;     /* as of bert_block, in the map */
    hash128 digest; /* of the block */
} packed_weights;

/* Maps the file of this key, and compares its digest with all that it holds. False, with *out
 * untouched, when there is none or it is for another model, CPU or version, or is damaged. What is
 * mapped is shared by all processes where the file can be held against writing (file_map.h). Any
 * thread. */
bool packed_weights_open(const packed_key *key, packed_weights *out);
/* Makes sure that the block can be read for the seconds of a lease (file_map.h), although somebody may
 * be writing to the file. False: it is not what it was, and must not be read any more. One thread at a
 * time; others may be reading. Cheap as long as nobody writes. */
bool packed_weights_keep(packed_weights *p);
/* The block's memory ends. Closing twice does nothing. */
void packed_weights_close(packed_weights *p);

/* Writes the file, beside the weights or, when that fails, in the cache. Any number of processes may
 * do it at a time: each thread writes a file of its own and renames it. Returns false when neither place
 * can be written; it is then done again next time. Any thread. */
bool packed_weights_write(const packed_key *key, const precision_choice *choice, view block);

#endif
