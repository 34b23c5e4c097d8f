/* forecast.c - see forecast.h.
 *
 * The guess of a format is worth GUESS_BYTES of real files: after the first few files of a format
 * their own share of chunks decides. The speed of embedding is a mean over all that was embedded,
 * weighted by exp(-age / SPEED_SECONDS), since other programs come and go on the machine. */
#include "ingest/forecast.h"

#include "base/hash.h"
#include "base/path.h"
#include "extract/format.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

enum { GUESS_BYTES = 16 << 10, SPEED_SECONDS = 120, EXTENSION_MAX_BYTES = 16 };

/* Chunks a byte. In a folder of manuals a chunk came from 601 to 720 bytes of text and Markdown,
 * 1,363 of HTML, 1,628 of PDF and 6,164 of a spreadsheet: foreign formats are markup, pictures and
 * compressed text besides. */
static const double text_guess = 1.0 / 700, foreign_guess = 1.0 / 3000;

static uint64_t hash_extension(const char *path)
{
    char lower[EXTENSION_MAX_BYTES];
    const char *extension = path_extension(path);
    size_t size = strnlen(extension, sizeof lower);
    for (size_t i = 0; i < size; i++)
        lower[i] = (char)tolower((unsigned char)extension[i]);
    return size ? hash64((view){lower, size}, 0) | 1 : 0;
}

static double guess_of(const char *path)
{
    file_kind kind = format_detect(view_of(path_base(path)), VIEW("")).kind;
    if (kind == FILE_UNSUPPORTED || kind == FILE_BINARY) return 0;
    return format_is_foreign(kind) ? foreign_guess : text_guess;
}

static forecast_kind *kind_of(forecast *f, const char *path)
{
    uint64_t extension = hash_extension(path);
    for (uint32_t i = 0; i < f->kind_count; i++)
        if (f->kinds[i].extension == extension) return &f->kinds[i];
    if (f->kind_count == FORECAST_KINDS) return &f->kinds[FORECAST_KINDS - 1];
    forecast_kind *k = &f->kinds[f->kind_count++];
    *k = (forecast_kind){.extension = extension, .guess = guess_of(path)};
    return k;
}

void forecast_expect(forecast *f, const char *path, uint64_t bytes)
{
    kind_of(f, path)->bytes_left += (double)bytes;
}

void forecast_meet(forecast *f, const char *path, uint64_t bytes, uint32_t chunks, double seconds)
{
    forecast_kind *k = kind_of(f, path);
    // A file may have grown since it was found, or be met a second time as a duplicate.
    k->bytes_left = fmax(0, k->bytes_left - (double)bytes);
    k->bytes += (double)bytes;
    k->chunks += chunks;
    k->seconds += fmax(0, seconds);
}

void forecast_spend(forecast *f, const char *path, double seconds)
{
    kind_of(f, path)->seconds += fmax(0, seconds);
}

void forecast_embedded(forecast *f, uint32_t chunks, double seconds)
{
    double kept = exp(-fmax(0, seconds) / SPEED_SECONDS);
    f->embed_seconds = f->embed_seconds * kept + fmax(0, seconds);
    f->embed_chunks = f->embed_chunks * kept + chunks;
}

double forecast_seconds_left(const forecast *f, uint32_t waiting)
{
    double chunks = waiting, seconds = 0, bytes_met = 0, chunks_met = waiting;
    for (uint32_t i = 0; i < f->kind_count; i++) {
        const forecast_kind *k = &f->kinds[i];
        double share = (k->chunks + k->guess * GUESS_BYTES) / (k->bytes + GUESS_BYTES);
        chunks += k->bytes_left * share;
        seconds += k->bytes > 0 ? k->bytes_left * k->seconds / k->bytes : 0;
        bytes_met += k->bytes;
        chunks_met += k->chunks;
    }
    if (f->embed_chunks > 0) return seconds + chunks * f->embed_seconds / f->embed_chunks;
    // Nothing was embedded: what was met so far was perhaps all unchanged, as the rest may be.
    return bytes_met > 0 && chunks_met == 0 ? seconds : -1;
}
