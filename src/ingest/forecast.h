/* forecast.h - how long an ingestion will still take, from what it has met so far.
 *
 * Time goes into two things: embedding, which costs so much a chunk whatever it was cut from, and
 * everything else (reading, extracting, storing), which costs so much a byte and differs by format.
 * How many chunks the files to come will give is estimated by format too: a megabyte of text gives
 * a thousand chunks, a megabyte of scanned pages perhaps ten. A format that was not met yet counts
 * by a guess, which the first files of it correct. The extension stands for the format.
 *
 * Reads no clock. A forecast belongs to one thread. */
#ifndef KITH_INGEST_FORECAST_H
#define KITH_INGEST_FORECAST_H

#include <stdint.h>

enum { FORECAST_KINDS = 32 /* formats told apart; further ones share the last */ };

typedef struct forecast_kind {
    uint64_t extension;            /* hash of the lower-case extension; 0: none */
    double guess;                  /* chunks a byte, before any file was met */
    double bytes_left;             /* of files that were expected and have not been met */
    double bytes, chunks, seconds; /* of those that were; seconds without embedding */
} forecast_kind;

/* Zero-initialise. */
typedef struct forecast {
    forecast_kind kinds[FORECAST_KINDS];
    uint32_t kind_count;
    double embed_seconds, embed_chunks; /* weighted to the last minutes */
} forecast;

/* A file, or a document by its id, that is to come. */
void forecast_expect(forecast *f, const char *path, uint64_t bytes);
/* It came: it gave so many chunks to embed, and took `seconds` beside the embedding. */
void forecast_meet(forecast *f, const char *path, uint64_t bytes, uint32_t chunks, double seconds);
/* It took `seconds` more. */
void forecast_spend(forecast *f, const char *path, double seconds);
/* So many chunks were embedded in so many seconds. */
void forecast_embedded(forecast *f, uint32_t chunks, double seconds);
/* Seconds to come, with `waiting` chunks that are prepared and not embedded yet; negative while
 * there is nothing to go by. */
double forecast_seconds_left(const forecast *f, uint32_t waiting);

#endif
