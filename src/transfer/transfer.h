/* transfer.h - what export and import share: the lines of the format, how they are counted, and
 * what a command is told on the way. The format is in docs/formats.md ("Exports"); why it is as it
 * is, in docs/decisions/037. */
#ifndef KITH_TRANSFER_TRANSFER_H
#define KITH_TRANSFER_TRANSFER_H

#include "base/status.h"

#include <kith/catalog.h>
#include <kith/transfer.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    TRANSFER_VERSION = 1,
    /* A document's text of KITH_DOCUMENT_MAX_BYTES may be six times as long with its control
     * characters escaped; the rest of a line is less than the mebibytes beside it. */
    TRANSFER_LINE_MAX_BYTES = 6 * KITH_DOCUMENT_MAX_BYTES + (4 << 20),
    TRANSFER_CHUNKS_MAX = 1 << 24, /* of one document */
    TRANSFER_NAMED_MAX = 10 /* records of a collection that are named when they are left out */
};

/* "cosine", "l2" or "ip", as the command line calls a metric; NULL for a number that is none. */
const char *transfer_metric_name(kith_metric metric);
/* False, with *out untouched, for another name. */
bool transfer_metric_parse(const char *name, kith_metric *out);

/* What a notice says of a record that is left out; NULL: there is no notice. The first
 * TRANSFER_NAMED_MAX records of a collection are named, and then it is said once that there are
 * more.
 * told  notices about records of the collection so far, 0 at first; counted up
 * why   what is wrong with the record; where more are told, the notice's reason instead */
const char *transfer_left_out(uint32_t *told, const char **why);

/* What became of one collection. Points are those of documents too. */
typedef struct transfer_collection {
    const char *tenant, *database, *name;
    bool is_new; /* it was created */
    bool
        differs; /* it was there, and keeps its own metadata, configuration or memory, which are others */
    uint64_t documents, points;           /* written: exported, or added by an import */
    uint64_t documents_kept, points_kept; /* passed over by an import, since their ids were there */
    /* By an import from Chroma: records that were left out, since no vector of them was found, or
     * since kith does not take them; and changes that Chroma had not applied itself yet. */
    uint64_t vectors_missing, refused, unapplied;
} transfer_collection;

/* Who runs a transfer, told in its thread. No member is NULL. */
typedef struct transfer_observer {
    void *context;
    /* A collection is done; borrowed for the call. */
    void (*on_collection)(void *context, const transfer_collection *done);
    /* Something that the user should know, and that ends nothing. */
    void (*on_notice)(void *context, const char *notice);
    /* Called now and then; a result other than 0 ends the work with KITH_ERR_CANCELLED. */
    int (*on_progress)(void *context, const char *collection, uint64_t points);
} transfer_observer;

#endif
