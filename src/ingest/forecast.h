/* forecast.h - how long an ingestion will still take, from what it has met so far.
 *
 * Time goes into two things: embedding, which costs so much a token whatever it was cut from, and
 * everything else (reading, extracting, storing), which costs so much a byte and differs by format.
 * How many tokens the files to come will give is estimated by format too: a megabyte of text gives
 * 400,000 with the overlaps of its chunks, a megabyte of scanned pages perhaps a thousand. A format
 * that was not met yet counts by a guess, which the first files of it correct. The extension stands
 * for the format.
 *
 * Reads no clock. A forecast belongs to one thread. */
#ifndef KITH_INGEST_FORECAST_H
#define KITH_INGEST_FORECAST_H

#include <stddef.h>
#include <stdint.h>

enum { FORECAST_KINDS = 32 /* formats told apart; further ones share the last */ };

typedef struct forecast_kind {
    uint64_t extension;                 /* hash of the lower-case extension; 0: none */
    double guess;                       /* work a byte, before any file was met */
    double bytes_left;                  /* of files that were expected and have not been met */
    double files, bytes, work, seconds; /* of those that were; seconds without embedding */
} forecast_kind;

/* Zero-initialise. */
typedef struct forecast {
    forecast_kind kinds[FORECAST_KINDS];
    uint32_t kind_count;
    double embed_seconds, embed_work; /* weighted to the last half minute */
} forecast;

/* What embedding a text costs: about its number of tokens.
 * tokens  as the model counts them; 0: unknown, they are guessed
 * bytes   of the text */
double forecast_work(uint32_t tokens, size_t bytes);

/* A file, or a document by its id, that is to come. */
void forecast_expect(forecast *f, const char *path, uint64_t bytes);
/* It came: it gave so much work to embed, and took `seconds` beside the embedding. */
void forecast_meet(forecast *f, const char *path, uint64_t bytes, double work, double seconds);
/* It took `seconds` more. */
void forecast_spend(forecast *f, const char *path, double seconds);
/* So much work was embedded in so many seconds. */
void forecast_embedded(forecast *f, double work, double seconds);
/* Seconds to come, with `waiting` work that is prepared and not embedded yet; negative while there
 * is nothing to go by. */
double forecast_seconds_left(const forecast *f, double waiting);

#endif
