/* unpack.c - four methods behind one loop: each is opened once a member, and stepped until it says
 * that the member ends. A step that neither takes nor gives a byte means that the rest is missing.
 * Memory: xz and zstd need a window that the file asks for; 256 MiB for the first and 128 MiB for the
 * second are allowed, which is more than their strongest settings take (65 MiB of `xz -9`, 128 of
 * `zstd --ultra -22`).
 * Sources: RFC 1952 (gzip), RFC 8878 (zstd), the formats of bzip2 and xz by their libraries. */
#include "extract/unpack.h"

#include "base/size.h"
#include "os/late_library.h"

#include <bzlib.h>
#include <lzma.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

enum { PIECE_BYTES = 64 << 10, XZ_MEMORY_BYTES = 256 << 20 };

typedef enum step_result {
    STEP_MORE,
    STEP_END,
    STEP_DAMAGED,
    STEP_TOO_LARGE,
    STEP_NO_MEMORY
} step_result;

/* One member being unpacked. */
typedef struct unpacking {
    view in;     /* not taken yet */
    char *out;   /* where to write */
    size_t room; /* bytes there */
    union {
        z_stream gzip;
        bz_stream bzip2;
        lzma_stream xz;
        ZSTD_DStream *zstd;
    } with;
} unpacking;

typedef struct method {
    const char *name, *package;
    view magic;
    bool (*load)(void);         /* false: the library is not there */
    bool (*open)(unpacking *u); /* false: out of memory; nothing is held */
    step_result (*step)(unpacking *u);
    void (*close)(unpacking *u);
} method;

static void take(unpacking *u, size_t in_left, size_t room_left)
{
    u->in = view_slice(u->in, u->in.size - in_left, u->in.size);
    u->out += u->room - room_left;
    u->room = room_left;
}

/* ---- gzip ---- */

static bool gzip_load(void)
{
    return true;
}

static bool gzip_open(unpacking *u)
{
    u->with.gzip = (z_stream){0};
    return inflateInit2(&u->with.gzip, 15 + 16) == Z_OK;
}

static step_result gzip_step(unpacking *u)
{
    z_stream *z = &u->with.gzip;
    z->next_in = (Bytef *)(uintptr_t)u->in.data;
    z->avail_in = (uInt)u->in.size;
    z->next_out = (Bytef *)u->out;
    z->avail_out = (uInt)u->room;
    int result = inflate(z, Z_NO_FLUSH);
    take(u, z->avail_in, z->avail_out);
    if (result == Z_STREAM_END) return STEP_END;
    if (result == Z_MEM_ERROR) return STEP_NO_MEMORY;
    return result == Z_OK || result == Z_BUF_ERROR ? STEP_MORE : STEP_DAMAGED;
}

static void gzip_close(unpacking *u)
{
    (void)inflateEnd(&u->with.gzip);
}

/* ---- the libraries that are loaded late ---- */

/* Declares a library of these functions and its loader, which runs once a process. */
#define LIBRARY(name, file, FUNCTIONS)                                                             \
    static struct {                                                                                \
        FUNCTIONS(MEMBER)                                                                          \
    } name;                                                                                        \
    static bool name##_is_loaded;                                                                  \
    static void name##_load_once(void)                                                             \
    {                                                                                              \
        static const char *const symbols[] = {FUNCTIONS(SYMBOL) NULL};                             \
        static const late_library wanted = {"packed files need " file, symbols};                   \
        void *addresses[sizeof symbols / sizeof symbols[0] - 1];                                   \
        _Static_assert(sizeof addresses == sizeof(name), "a function for each symbol");            \
        if (late_library_open(&wanted, file, addresses, NULL) != KITH_OK) return;                  \
        memcpy(&(name), addresses, sizeof addresses);                                              \
        name##_is_loaded = true;                                                                   \
    }                                                                                              \
    static bool name##_load(void)                                                                  \
    {                                                                                              \
        static pthread_once_t once = PTHREAD_ONCE_INIT;                                            \
        (void)pthread_once(&once, name##_load_once);                                               \
        return name##_is_loaded;                                                                   \
    }
#define MEMBER(function) __typeof__(function) *function;
#define SYMBOL(function) #function,

#define BZIP2_FUNCTIONS(USE)                                                                       \
    USE(BZ2_bzDecompressInit) USE(BZ2_bzDecompress) USE(BZ2_bzDecompressEnd)
#define XZ_FUNCTIONS(USE) USE(lzma_stream_decoder) USE(lzma_code) USE(lzma_end)
#define ZSTD_FUNCTIONS(USE)                                                                        \
    USE(ZSTD_createDStream) USE(ZSTD_decompressStream) USE(ZSTD_freeDStream) USE(ZSTD_isError)

LIBRARY(bzip2, "libbz2.so.1.0", BZIP2_FUNCTIONS)
LIBRARY(xz, "liblzma.so.5", XZ_FUNCTIONS)
LIBRARY(zstd, "libzstd.so.1", ZSTD_FUNCTIONS)

static bool bzip2_open(unpacking *u)
{
    u->with.bzip2 = (bz_stream){0};
    return bzip2.BZ2_bzDecompressInit(&u->with.bzip2, 0, 0) == BZ_OK;
}

static step_result bzip2_step(unpacking *u)
{
    bz_stream *b = &u->with.bzip2;
    b->next_in = (char *)(uintptr_t)u->in.data;
    b->avail_in = (unsigned)u->in.size;
    b->next_out = u->out;
    b->avail_out = (unsigned)u->room;
    int result = bzip2.BZ2_bzDecompress(b);
    take(u, b->avail_in, b->avail_out);
    if (result == BZ_STREAM_END) return STEP_END;
    if (result == BZ_MEM_ERROR) return STEP_NO_MEMORY;
    return result == BZ_OK ? STEP_MORE : STEP_DAMAGED;
}

static void bzip2_close(unpacking *u)
{
    (void)bzip2.BZ2_bzDecompressEnd(&u->with.bzip2);
}

static bool xz_open(unpacking *u)
{
    u->with.xz = (lzma_stream)LZMA_STREAM_INIT;
    return xz.lzma_stream_decoder(&u->with.xz, XZ_MEMORY_BYTES, 0) == LZMA_OK;
}

static step_result xz_step(unpacking *u)
{
    lzma_stream *l = &u->with.xz;
    l->next_in = (const uint8_t *)u->in.data;
    l->avail_in = u->in.size;
    l->next_out = (uint8_t *)u->out;
    l->avail_out = u->room;
    lzma_ret result = xz.lzma_code(l, LZMA_RUN);
    take(u, l->avail_in, l->avail_out);
    switch (result) {
    case LZMA_STREAM_END:
        return STEP_END;
    case LZMA_OK:
    case LZMA_BUF_ERROR:
        return STEP_MORE;
    case LZMA_MEM_ERROR:
        return STEP_NO_MEMORY;
    case LZMA_MEMLIMIT_ERROR:
        return STEP_TOO_LARGE;
    default:
        return STEP_DAMAGED;
    }
}

static void xz_close(unpacking *u)
{
    xz.lzma_end(&u->with.xz);
}

static bool zstd_open(unpacking *u)
{
    u->with.zstd = zstd.ZSTD_createDStream();
    return u->with.zstd != NULL;
}

static step_result zstd_step(unpacking *u)
{
    ZSTD_inBuffer in = {u->in.data, u->in.size, 0};
    ZSTD_outBuffer out = {u->out, u->room, 0};
    size_t result = zstd.ZSTD_decompressStream(u->with.zstd, &out, &in);
    if (zstd.ZSTD_isError(result)) return STEP_DAMAGED; // or a window above the 128 MiB
    take(u, in.size - in.pos, out.size - out.pos);
    return result == 0 ? STEP_END : STEP_MORE;
}

static void zstd_close(unpacking *u)
{
    (void)zstd.ZSTD_freeDStream(u->with.zstd);
}

/* ---- any of them ---- */

#define MAGIC(literal)                                                                             \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }

static const method METHODS[] = {
    {"gzip", "zlib1g", MAGIC("\x1F\x8B"), gzip_load, gzip_open, gzip_step, gzip_close},
    {"bzip2", "libbz2-1.0", MAGIC("BZh"), bzip2_load, bzip2_open, bzip2_step, bzip2_close},
    {"xz", "liblzma5",
     MAGIC("\xFD"
           "7zXZ\0"),
     xz_load, xz_open, xz_step, xz_close},
    {"zstd", "libzstd1", MAGIC("\x28\xB5\x2F\xFD"), zstd_load, zstd_open, zstd_step, zstd_close},
};

static const method *method_of(view bytes)
{
    for (size_t i = 0; i < sizeof METHODS / sizeof METHODS[0]; i++)
        if (view_starts_with(bytes, METHODS[i].magic)) return &METHODS[i];
    return NULL;
}

void unpack_preload(view bytes)
{
    const method *m = method_of(bytes);
    if (m) (void)m->load();
}

static kith_status refuse(const method *m, step_result why, kith_error *err)
{
    if (why == STEP_NO_MEMORY)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %s", m->name);
    if (why == STEP_TOO_LARGE)
        return fail(err, KITH_ERR_LIMIT, "unpacking the %s file takes more than %d MiB of memory",
                    m->name, XZ_MEMORY_BYTES >> 20);
    return fail(err, KITH_ERR_FORMAT, "damaged %s file, or cut short", m->name);
}

/* Unpacks the member at *in and moves *in behind it. */
static kith_status unpack_member(const method *m, view *in, buffer *out, kith_error *err)
{
    unpacking u = {.in = *in};
    step_result result = STEP_MORE;
    if (!m->open(&u)) return refuse(m, STEP_NO_MEMORY, err);
    while (result == STEP_MORE) {
        if (!buffer_reserve(out, PIECE_BYTES)) break;
        size_t had = u.in.size;
        u.out = out->data + out->size;
        u.room = PIECE_BYTES;
        result = m->step(&u);
        out->size += PIECE_BYTES - u.room;
        if (result == STEP_MORE && u.room == PIECE_BYTES && u.in.size == had) result = STEP_DAMAGED;
    }
    m->close(&u);
    *in = u.in;
    kith_status status = buffer_status(out, "the unpacked file", err);
    return status != KITH_OK || result == STEP_END ? status : refuse(m, result, err);
}

kith_status unpack(view bytes, buffer *out, kith_error *err)
{
    const method *m = method_of(bytes);
    kith_status status = KITH_OK;
    if (!m) return fail(err, KITH_ERR_FORMAT, "damaged: it begins as no packed file does");
    if (!m->load())
        return fail(err, KITH_ERR_UNSUPPORTED,
                    "%s files are unpacked by a library that is not installed (package %s)",
                    m->name, m->package);
    do
        status = unpack_member(m, &bytes, out, err);
    while (status == KITH_OK && view_starts_with(bytes, m->magic));
    return status;
}
