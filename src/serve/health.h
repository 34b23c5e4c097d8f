/* health.h - whether a server can do what it is for, and what of it it cannot do just now.
 * Whoever reaches the server may ask, so the reasons name no collection, and nothing that an
 * endpoint said; all databases are looked at, but not for each request. */
#ifndef KITH_SERVE_HEALTH_H
#define KITH_SERVE_HEALTH_H

#include "base/status.h"

#include <kith/kith.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    HEALTH_REASONS_MAX = 8,
    HEALTH_REASON_BYTES = 200,
    HEALTH_FREE_MIN_BYTES = 16 << 20, /* on the disk: below it the server is degraded */
    HEALTH_KEPT_MS = 1000 /* how long what was found is told; longer where looking takes long */
};

typedef struct health health; /* any thread */

typedef struct health_options {
    kith *k;                       /* borrowed */
    const kith_embedder *embedder; /* borrowed; may be NULL */
    const char *directory;         /* borrowed: the data directory */
} health_options;

typedef struct health_report {
    bool is_ready; /* kith.db can be read */
    uint32_t reason_count;
    char reasons[HEALTH_REASONS_MAX][HEALTH_REASON_BYTES];
} health_report;

/* NULL: out of memory. */
health *health_new(const health_options *options);
/* Accepts NULL. */
void health_free(health *h);
/* Notes how a writing request ended: with 507 the disk is full, until one ends with success. */
void health_note_write(health *h, int http_status);
/* What was found the last time, or is now. One caller at a time looks; others get what was found
 * before, and wait only where nothing was. */
void health_check(health *h, health_report *out);

#endif
