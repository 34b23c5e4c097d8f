/* forecast.c - see forecast.h.
 *
 * The guess of a format counts like real files of GUESS_BYTES before any was met, of half as many
 * after GUESS_FILES files, of a third after twice as many. For files of one format differ by a
 * factor of two, and those that a walk meets first are neighbors, or a large one among small ones:
 * bytes alone say little, and files neither. The seconds beside embedding are held back by as many
 * bytes that cost nothing, since the first file of a format starts a process or fills a cache.
 * The speed of embedding is a mean over all that was embedded, weighted by exp(-age /
 * SPEED_SECONDS): a token costs the same all along, but other programs come and go on the machine. */
#include "ingest/forecast.h"

#include "base/hash.h"
#include "base/path.h"
#include "extract/format.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

enum {
    GUESS_BYTES = 512 << 10,
    GUESS_FILES = 2,
    SPEED_SECONDS = 30,
    EXTENSION_MAX_BYTES = 16,
    TEXT_TOKENS = 16 /* what a text costs beside its own tokens: its prefix, and being a text */
};

/* Where no model counts. */
static const double tokens_per_byte = 1 / 3.5;

/* Work a byte, with chunks of 1,000 characters that overlap by 200. In two folders of manuals it was
 * 0.29 to 0.63 of text, Markdown and code, 0.17 of HTML, 0.14 of PDF with few pictures, 0.04 of a
 * spreadsheet and 0.96 of CSV, of which each row is a text. The others are by analogy: what is
 * compressed, or carries pictures, has less text a byte. */
static const double guesses[] = {
    [FILE_TEXT] = 0.36,       [FILE_MARKDOWN] = 0.40, [FILE_HTML] = 0.17, [FILE_JSON] = 0.30,
    [FILE_JSON_LINES] = 0.30, [FILE_CSV] = 0.90,      [FILE_TSV] = 0.90,  [FILE_CODE] = 0.43,
    [FILE_NOTEBOOK] = 0.10,   [FILE_DOCX] = 0.10,     [FILE_PPTX] = 0.03, [FILE_XLSX] = 0.04,
    [FILE_EPUB] = 0.15,       [FILE_PDF] = 0.10,      [FILE_MAIL] = 0.15, [FILE_MAILBOX] = 0.15,
    [FILE_ODT] = 0.10,        [FILE_ODS] = 0.04,      [FILE_ODP] = 0.03,  [FILE_SUBTITLES] = 0.20,
    [FILE_CALENDAR] = 0.20,   [FILE_CONTACTS] = 0.30, [FILE_RTF] = 0.15,  [FILE_DOC] = 0.05,
    [FILE_MANUAL] = 0.30,     [FILE_ZIP] = 0.40,      [FILE_TAR] = 0.20,  [FILE_PACKED] = 1.00,
    [FILE_PROPERTIES] = 0.43, [FILE_XLS] = 0.04,      [FILE_PPT] = 0.03,  [FILE_MSG] = 0.05,
    [FILE_TNEF] = 0.05,
};

double forecast_work(uint32_t tokens, size_t bytes)
{
    return TEXT_TOKENS + (tokens ? tokens : (double)bytes * tokens_per_byte);
}

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
    return (size_t)kind < sizeof guesses / sizeof guesses[0] ? guesses[kind] : 0;
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

void forecast_meet(forecast *f, const char *path, uint64_t bytes, double work, double seconds)
{
    forecast_kind *k = kind_of(f, path);
    // A file may have grown since it was found, or be met a second time as a duplicate.
    k->bytes_left = fmax(0, k->bytes_left - (double)bytes);
    k->files++;
    k->bytes += (double)bytes;
    k->work += work;
    k->seconds += fmax(0, seconds);
}

void forecast_spend(forecast *f, const char *path, double seconds)
{
    kind_of(f, path)->seconds += fmax(0, seconds);
}

void forecast_embedded(forecast *f, double work, double seconds)
{
    double kept = exp(-fmax(0, seconds) / SPEED_SECONDS);
    f->embed_seconds = f->embed_seconds * kept + fmax(0, seconds);
    f->embed_work = f->embed_work * kept + work;
}

double forecast_seconds_left(const forecast *f, double waiting)
{
    double work = waiting, seconds = 0, bytes_met = 0, work_met = waiting;
    for (uint32_t i = 0; i < f->kind_count; i++) {
        const forecast_kind *k = &f->kinds[i];
        double guessed = GUESS_BYTES / (1 + k->files / GUESS_FILES);
        work += k->bytes_left * (k->work + k->guess * guessed) / (k->bytes + guessed);
        seconds += k->bytes_left * k->seconds / (k->bytes + guessed);
        bytes_met += k->bytes;
        work_met += k->work;
    }
    if (f->embed_work > 0) return seconds + work * f->embed_seconds / f->embed_work;
    // Nothing was embedded: what was met so far was perhaps all unchanged, as the rest may be.
    return bytes_met > 0 && work_met == 0 ? seconds : -1;
}
