/* sqlite_log_verify.c - damage in the write-ahead log, and a log that is not of its database, are told.
 *
 * SQLite reads the log up to the first frame that does not check, and takes that for the end. So it
 * must, since that is how a power cut leaves a log; but a flipped bit in the middle looks the same,
 * and the commits behind it, acknowledged and synced, are gone without a word.
 *
 * How damage is told from a torn end. A frame has the log's two salts, which are new whenever the
 * log starts over from its beginning, and a checksum that continues that of the frame before it.
 * Behind a frame that does not check nothing can be verified as SQLite would; but whether a frame
 * continues the checksum that the frame before it has *stored* can. Two frames for which that holds
 * were written one after the other. Now let the first frame that does not check be i, and let there
 * be a frame j >= i with the salts of this log that ends a transaction, and a frame j + 1 that
 * continues it. Then j + 1 was written after the transaction of j. Every kith syncs the log at each
 * commit before it writes the next transaction. So all up to j was on disk then, i was whole, and
 * something has damaged it since. A power cut cannot leave this: it tears only what was not synced,
 * which is the last transaction, and nothing continues that.
 *
 * Frames with the salts of this log that lie behind its end and mean nothing: what a transaction
 * spilled that was rolled back, or wrote before it was killed. None of them ends a transaction. And
 * a transaction that a power cut tore, when readers kept the log from starting over, of which later
 * transactions have overwritten the beginning: its last frame does end a transaction, but what lies
 * behind it was written before it and does not continue it.
 *
 * Salts are outside of a frame's checksum. A frame that continues the checksum before it and has
 * other salts was written there, and its salts are damaged: a frame of an earlier log cannot
 * continue a checksum that begins with the salts of this one.
 *
 * What can only be noted: that the log ends in a transaction which is not whole (is_torn). Frames
 * that check lie behind the last one that ends a transaction, or a part of a frame, or a frame that
 * ends a transaction and does not check. A power cut, a kill and a rollback leave just that; damage
 * in the last transaction, or in the header of the frame before it, looks the same, and so does a
 * log that was cut off within a transaction. One that was cut off between two is whole. The log's
 * header has a checksum of its own, and is synced before a frame is written. When it does not check,
 * SQLite reads nothing at all; then the frames are judged by the salts of the first.
 *
 * How a log is told from that of another time. When kith.db alone is put back from a copy, SQLite
 * lays the pages of the newer log over it, a mixture of two states. So kith.db has a mark, 128
 * random bits, and the mark before it (catalog.log, .former_log). A new mark is made by the first
 * transaction after everything in the log was moved into the database, which is when a log can
 * start over. So the database, read without its log, has the mark that the log made, or the one
 * before it; else one of the two files was replaced.
 *
 * Proof. A mark is made only while nothing in the log is unmoved, so the database then has the
 * newest mark, M. Until everything is moved again no other is made, so among the unmoved pages
 * there is at most one mark, M', made from M. Hence the database has M, or M' once that page was
 * moved, and with the log it reads (M', M), or, before the transaction of M', (M, former of M).
 *
 * The format: https://www.sqlite.org/walformat.html; 32 bytes of header, big-endian:
 *   u32 magic 0x377f0682 or ..83, version, page size, checkpoint number, salt[2], checksum[2]
 * then frames: u32 page number, pages of the database after a commit or 0, salt[2], checksum[2];
 * page. Checksums are over words in the machine's order (magic ..82: little-endian). */
#include "store/sqlite_log_verify.h"

#include "base/size.h"
#include "os/file.h"
#include "os/random.h"
#include "store/sqlite_connection.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    HEADER_BYTES = 32,
    FRAME_HEADER_BYTES = 24,
    MAGIC_LITTLE = 0x377f0682,
    PAGE_BYTES_MIN = 512,
    PAGE_BYTES_MAX = 65536,
    MARK_BYTES = 16
};

typedef struct sums {
    uint32_t a, b;
} sums;

/* The frames of a log, one after the other. */
typedef struct log_walk {
    int fd;
    unsigned char *frame; /* [FRAME_HEADER_BYTES + page_bytes] */
    size_t page_bytes;
    bool is_big;      /* the order of the words that checksums are over */
    uint32_t salt[2]; /* of the log */
    uint32_t number;  /* of the frame that was read last, from 1 */
    sums stored;      /* what the frame before it has stored, or the header */
    bool is_chained;  /* the frame continues the checksum before it, whatever its salts */
    size_t rest;      /* at the end of the file: bytes of a frame that is not whole */
} log_walk;

static uint32_t big(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t little(const unsigned char *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

/* Continues a checksum over `bytes`, a multiple of 8. */
static sums add(sums s, bool is_big, const unsigned char *data, size_t bytes)
{
    for (size_t i = 0; i < bytes; i += 8) {
        s.a += (is_big ? big(data + i) : little(data + i)) + s.b;
        s.b += (is_big ? big(data + i + 4) : little(data + i + 4)) + s.a;
    }
    return s;
}

static sums sums_at(const unsigned char *p)
{
    return (sums){big(p), big(p + 4)};
}

static bool is_equal(sums x, sums y)
{
    return x.a == y.a && x.b == y.b;
}

/* False at the end of the file, where a part of a frame may be left over. */
static kith_status read_all(log_walk *w, void *data, size_t bytes, bool *whole, kith_error *err)
{
    size_t done = 0;
    while (done < bytes) {
        int64_t n = file_ops_posix.read(w->fd, (char *)data + done, bytes - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail(err, KITH_ERR_IO, "cannot read kith.db-wal: %s", strerror(errno));
        if (n == 0) break;
        done += (size_t)n;
    }
    *whole = done == bytes;
    w->rest = *whole ? 0 : done;
    return KITH_OK;
}

static bool is_page_size(uint32_t n)
{
    return n >= PAGE_BYTES_MIN && n <= PAGE_BYTES_MAX && (n & (n - 1)) == 0;
}

static bool has_salts(const log_walk *w)
{
    return big(w->frame + 8) == w->salt[0] && big(w->frame + 12) == w->salt[1];
}

/* Reads the next frame. *continues: it has the salts of the log and continues the checksum of the
 * frame before it; false, too, at the end of the file, where *whole is false. */
static kith_status next_frame(log_walk *w, bool *whole, bool *continues, kith_error *err)
{
    const unsigned char *f = w->frame;
    *continues = false;
    kith_status status = read_all(w, w->frame, FRAME_HEADER_BYTES + w->page_bytes, whole, err);
    if (status != KITH_OK || !*whole) return status;
    w->number++;
    sums expected = add(w->stored, w->is_big, f, 8);
    expected = add(expected, w->is_big, f + FRAME_HEADER_BYTES, w->page_bytes);
    w->stored = sums_at(f + 16);
    w->is_chained = is_equal(expected, w->stored) && big(f) != 0;
    *continues = w->is_chained && has_salts(w);
    return KITH_OK;
}

static bool ends_transaction(const log_walk *w)
{
    return big(w->frame + 4) != 0;
}

/* From the first frame that does not check, which was read: looks for transactions that another
 * one follows. */
static kith_status search_behind(log_walk *w, store_log *out, kith_error *err)
{
    bool whole = true, continues = false;
    if (w->is_chained && !has_salts(w) && ends_transaction(w)) out->lost_commits++;
    for (;;) {
        bool is_commit = has_salts(w) && ends_transaction(w);
        out->is_torn = out->is_torn || is_commit;
        kith_status status = next_frame(w, &whole, &continues, err);
        if (status != KITH_OK) return status;
        if (!whole) break;
        if (is_commit && continues) out->lost_commits++;
    }
    out->is_damaged = out->lost_commits > 0;
    out->is_torn = out->is_torn && !out->is_damaged;
    return KITH_OK;
}

static kith_status walk(log_walk *w, store_log *out, kith_error *err)
{
    bool whole = true, continues = !out->is_header_damaged;
    store_log found = *out;
    uint32_t frames = 0;
    while (continues) {
        kith_status status = next_frame(w, &whole, &continues, err);
        if (status != KITH_OK) return status;
        if (!continues) break;
        frames++;
        if (!ends_transaction(w)) continue;
        found.frames = frames;
        found.commits++;
    }
    found.damaged_frame = w->number;
    found.is_torn = frames > found.frames || w->rest > 0;
    if (found.is_header_damaged) {
        kith_status status = next_frame(w, &whole, &continues, err);
        if (status != KITH_OK) return status;
        w->salt[0] = big(w->frame + 8);
        w->salt[1] = big(w->frame + 12);
    }
    kith_status status = whole ? search_behind(w, &found, err) : KITH_OK;
    if (status == KITH_OK) *out = found;
    return status;
}

static void read_header(log_walk *w, const unsigned char header[HEADER_BYTES], store_log *out)
{
    const bool is_big_machine = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
    uint32_t magic = big(header), page = big(header + 8);
    w->is_big = magic & 1;
    w->salt[0] = big(header + 16);
    w->salt[1] = big(header + 20);
    w->stored = sums_at(header + 24);
    w->page_bytes = page;
    out->is_header_damaged = (magic & ~UINT32_C(1)) != MAGIC_LITTLE || !is_page_size(page) ||
                             !is_equal(add((sums){0, 0}, w->is_big, header, 24), w->stored);
    if (!out->is_header_damaged) return;
    // What kith writes is of one page size, and in the order of the machine.
    w->page_bytes = CATALOG_PAGE_BYTES;
    w->is_big = is_big_machine;
}

static kith_status read_file(const char *path, store_log *out, kith_error *err)
{
    char name[PATH_MAX];
    unsigned char header[HEADER_BYTES];
    store_log found = {0};
    log_walk w = {0};
    bool whole = false;
    int length = snprintf(name, sizeof name, "%s-wal", path);
    if (length < 0 || (size_t)length >= sizeof name)
        return fail(err, KITH_ERR_IO, "the path of kith.db-wal is too long");
    w.fd = file_ops_posix.open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0);
    if (w.fd < 0 && errno != ENOENT)
        return fail(err, KITH_ERR_IO, "cannot open '%s': %s", name, strerror(errno));
    kith_status status = w.fd < 0 ? KITH_OK : read_all(&w, header, sizeof header, &whole, err);
    if (status == KITH_OK && whole) {
        read_header(&w, header, &found);
        w.frame = heap_new_array(FRAME_HEADER_BYTES + w.page_bytes, 1);
        status = w.frame ? walk(&w, &found, err)
                         : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a page");
        free(w.frame);
    }
    if (w.fd >= 0) (void)file_ops_posix.close(w.fd);
    if (status == KITH_OK) *out = found;
    return status;
}

/* ---- is it of this database? ---- */

typedef struct marks {
    bool is_known; /* the catalog has marks */
    char log[MARK_BYTES], former[MARK_BYTES];
} marks;

static bool take_mark(view bytes, char out[MARK_BYTES])
{
    if (bytes.size != MARK_BYTES) return false;
    memcpy(out, bytes.data, MARK_BYTES);
    return true;
}

/* A catalog that has no marks, or cannot be read, is not known: what is wrong with it is for others
 * to find. */
static kith_status read_marks(const char *path, connection_role role, marks *out, kith_error *err)
{
    enum { LOG, FORMER }; /* what CATALOG_LOG selects */
    connection *c = NULL;
    kith_status status = connection_open(path, role, &c, err);
    if (status == KITH_ERR_CORRUPT) return KITH_OK;
    if (status != KITH_OK) return status;
    query q = query_begin(c, CATALOG_LOG);
    out->is_known = query_next(&q) && take_mark(query_view(&q, LOG), out->log) &&
                    take_mark(query_view(&q, FORMER), out->former);
    status = query_end(&q, KITH_OK, NULL);
    (void)status; // not known
    connection_close(c, false);
    return KITH_OK;
}

static bool is_mark(const char x[MARK_BYTES], const char y[MARK_BYTES])
{
    return memcmp(x, y, MARK_BYTES) == 0;
}

static kith_status compare_marks(const char *path, connection_role role, bool *is_foreign,
                                 kith_error *err)
{
    marks alone = {0}, with_log = {0};
    kith_status status = read_marks(path, CONNECTION_BASE_READER, &alone, err);
    if (status == KITH_OK && alone.is_known) status = read_marks(path, role, &with_log, err);
    if (status != KITH_OK || !alone.is_known || !with_log.is_known) return status;
    *is_foreign = !is_mark(alone.log, with_log.log) && !is_mark(alone.log, with_log.former);
    return KITH_OK;
}

kith_status log_read(const char *path, connection_role role, store_log *out, kith_error *err)
{
    store_log found = {0};
    kith_status status = read_file(path, &found, err);
    if (status == KITH_OK && found.frames)
        status = compare_marks(path, role, &found.is_foreign, err);
    if (status == KITH_OK) *out = found;
    return status;
}

kith_status log_verify(const char *path, connection_role role, kith_error *err)
{
    store_log log = {0};
    kith_status status = log_read(path, role, &log, err);
    if (status != KITH_OK) return status;
    if (log.is_damaged && log.is_header_damaged)
        return fail(err, KITH_ERR_CORRUPT,
                    "kith.db-wal: the header is damaged, and at least %u commits behind it cannot "
                    "be read ('kith check' says what to do)",
                    log.lost_commits);
    if (log.is_damaged)
        return fail(
            err, KITH_ERR_CORRUPT,
            "kith.db-wal: frame %u is damaged, and at least %u commits from there on cannot "
            "be read ('kith check' says what to do)",
            log.damaged_frame, log.lost_commits);
    if (log.is_foreign)
        return fail(err, KITH_ERR_CORRUPT,
                    "kith.db and its log kith.db-wal are of different times: one of them was put "
                    "back from a copy ('kith check' says what to do)");
    return KITH_OK;
}

/* ---- marking ---- */

/* The fields of the wal-index, which is in the order of the machine. */
enum { INDEX_LAST_FRAME = 16, INDEX_MOVED_FRAME = 96, INDEX_REGION_BYTES = 32768 };

static uint32_t index_field(const volatile char *index, size_t at)
{
    return *(const volatile uint32_t *)(const volatile void *)(index + at);
}

/* Whether all of the log was moved into the database, so that it can start over. The numbers stand
 * still: nobody else has the turn to write or to checkpoint. They are read where SQLite has mapped
 * them, since to open and close kith.db-shm would release the locks that SQLite holds in it. */
static kith_status is_moved(connection *c, bool *out, kith_error *err)
{
    sqlite3_file *file = NULL;
    volatile void *index = NULL;
    int rc = sqlite3_file_control(c->db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    *out = true;
    if (rc != SQLITE_OK) return connection_fail(c, rc, err);
    if (!file->pMethods || file->pMethods->iVersion < 2) return KITH_OK;
    rc = file->pMethods->xShmMap(file, 0, INDEX_REGION_BYTES, 0, &index);
    if (rc != SQLITE_OK) return connection_fail(c, rc, err);
    if (index) *out = index_field(index, INDEX_LAST_FRAME) == index_field(index, INDEX_MOVED_FRAME);
    return KITH_OK;
}

kith_status log_mark(connection *c, kith_error *err)
{
    char mark[MARK_BYTES];
    bool may_start_over = false;
    kith_status status = is_moved(c, &may_start_over, err);
    if (status == KITH_OK && may_start_over) status = random_bytes(mark, sizeof mark, err);
    if (status != KITH_OK || !may_start_over) return status;
    query q = query_begin(c, CATALOG_MARK_LOG);
    query_bind_blob(&q, (view){mark, sizeof mark});
    return query_run_on_row(&q, err);
}
