/* generation.c - a derived index on disk: a directory with one file for each part, and a manifest.
 *
 * The manifest, little-endian:
 *
 *   offset  bytes        what
 *        0  8            "KITHDRVB"; the digit is the format, A is 10
 *        8  16           u64 token[2]      of this one generation, random; kith.db has it too
 *       24  16           u64 store[2]      catalog.id
 *       40  8            u64 collection
 *       48  8            u64 metric        kith_metric
 *       56  8            u64 dim
 *       64  8            u64 model         XXH3-64 of the model's fingerprint
 *       72  8            u64 sequence      of the store, up to which the generation is good
 *       80  8            u64 parts         1 .. GENERATION_PARTS_MAX
 *       88  32 * parts   each part, ascending by kind, then index, which counts from 0:
 *                          u64 kind        part_kind
 *                          u64 index
 *                          u64 bytes
 *                          u64 checksum    XXH3-64 of the part's table of checksums
 *        -  8            u64 XXH3-64 of all bytes before
 *
 * A part is the file KIND.INDEX ("words.0"):
 *
 *        0  4096 * n     its bytes, in pages; the last page is filled up with zeros; n may be 0
 *        -  8 * n        table: u64 XXH3-64 of each page
 *
 * So every byte of a part is under the checksum of its page, every page's checksum under that of the
 * table, and every table's under the manifest's own. A part that comes from another generation is
 * found by its table, whole pages that changed places are, too, and a flipped bit is named by part
 * and page. The pages come first and are aligned, so that a part can be mapped.
 *
 * Nothing is mapped here, though. A mapped page that the disk cannot give, or that lies past the end
 * of a file that somebody cut short, raises SIGBUS when it is touched, which may be long after it
 * was verified: the kernel drops clean pages and reads them again. pread() reports the same as an
 * error, once, at the place that can handle it (docs/decisions/019).
 *
 * A checksum finds damage and not malice: anyone can compute it. So every size is held against the
 * file before memory is taken for it, and whoever parses a part believes none of its bytes.
 *
 * Writing is in the order that a crash demands: each part is synced, then the manifest is written
 * and synced, then the directory, which makes the names durable. All that happens in a directory
 * of which nobody knows; renaming it to its place is the caller's, and makes it a generation. */
#include "db/generation.h"

#include "base/hash.h"
#include "base/size.h"
#include "os/directory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    PAGE = GENERATION_PAGE_BYTES,
    RUN = 64, /* pages that are read at a time */
    MAGIC_BYTES = 8,
    BINDING_WORDS = 9,
    HEAD_BYTES = MAGIC_BYTES + BINDING_WORDS * 8 + 8,
    ENTRY_BYTES = 4 * 8,
    SUM_BYTES = 8,
    MANIFEST_BYTES_MAX = HEAD_BYTES + GENERATION_PARTS_MAX * ENTRY_BYTES + SUM_BYTES
};
static const view magic = {"KITHDRVB", MAGIC_BYTES};
_Static_assert(GENERATION_FORMAT == 11, "the magic's last byte is the format as a digit or letter");
/* No file system has room for more; keeps sums of sizes within 64 bits. */
static const uint64_t PART_BYTES_MAX = UINT64_C(1) << 56;

static const char *const kind_names[PART_KINDS] = {
    [PART_ROWS] = "rows",
    [PART_VECTORS] = "vectors",
    [PART_GRAPH] = "graph",
    [PART_FIELDS] = "fields",
    [PART_WORDS] = "words",
    [PART_DOCUMENTS] = "documents",
    [PART_IDS] = "ids",
    [PART_CODES] = "codes",
    [PART_RECALL] = "recall",
    [PART_LISTS] = "lists",
    [PART_LIST_CODES] = "list-codes",
    [PART_LIST_VECTORS] = "list-vectors",
};

const char *part_kind_name(part_kind kind)
{
    return kind_names[kind];
}

static void name_part(part_kind kind, uint32_t index, char out[32])
{
    (void)snprintf(out, 32, "%s.%u", kind_names[kind], index);
}

static kith_status join_path(const char *directory, const char *name, char out[PATH_MAX],
                             kith_error *err)
{
    int length = snprintf(out, PATH_MAX, "%s/%s", directory, name);
    if (length > 0 && length < PATH_MAX) return KITH_OK;
    return fail(err, KITH_ERR_LIMIT, "path is too long: '%.64s...'", directory);
}

/* ---- writing ---- */

/* Takes a part's bytes as they are drained, and sums up its pages on the way. */
typedef struct part_writer {
    file_writer file;
    buffer sums;
    char page[PAGE]; /* the page that is not full yet */
    size_t filled;
    uint64_t bytes;
    kith_error *err; /* what file_writer_write said, since a drain only returns a status */
} part_writer;

static kith_status take_bytes(void *context, view bytes)
{
    part_writer *w = context;
    w->bytes += bytes.size;
    for (view rest = bytes; rest.size > 0;) {
        size_t step = size_min(PAGE - w->filled, rest.size);
        if (step < PAGE) memcpy(w->page + w->filled, rest.data, step);
        w->filled += step;
        if (w->filled == PAGE) {
            const char *page = step < PAGE ? w->page : rest.data;
            buffer_append_u64(&w->sums, hash64((view){page, PAGE}, 0));
            w->filled = 0;
        }
        rest = view_slice(rest, step, rest.size);
    }
    if (w->sums.failed != KITH_OK) return buffer_status(&w->sums, "checksums of pages", w->err);
    return file_writer_write(&w->file, bytes, w->err);
}

static kith_status end_last_page(part_writer *w)
{
    static const char zeros[PAGE];
    if (w->filled == 0) return KITH_OK;
    uint64_t bytes = w->bytes;
    kith_status status = take_bytes(w, (view){zeros, PAGE - w->filled});
    w->bytes = bytes; // padding is none of the part
    return status;
}

static kith_status run_source(part_writer *w, const part_source *source, kith_error *err)
{
    buffer out;
    buffer_init_draining(&out, take_bytes, w);
    source->write(source->context, &out);
    kith_status status = buffer_drain_rest(&out);
    if (status == KITH_ERR_NO_MEMORY) status = buffer_status(&out, "a part of an index", err);
    buffer_done(&out);
    if (status == KITH_OK) status = end_last_page(w);
    if (status == KITH_OK) status = file_writer_write(&w->file, buffer_view(&w->sums), err);
    return status == KITH_OK ? file_writer_finish(&w->file, err) : status;
}

static kith_status write_part(const file_ops *ops, const char *directory, const part_source *source,
                              generation_part *out, kith_error *err)
{
    char name[32], path[PATH_MAX];
    part_writer w = {.err = err};
    buffer_init(&w.sums, SIZE_MAX);
    name_part(source->kind, source->index, name);
    kith_status status = join_path(directory, name, path, err);
    if (status == KITH_OK) status = file_writer_open(ops, path, &w.file, err);
    if (status == KITH_OK) status = run_source(&w, source, err);
    if (status == KITH_OK)
        *out = (generation_part){.kind = source->kind,
                                 .index = source->index,
                                 .bytes = w.bytes,
                                 .checksum = hash64(buffer_view(&w.sums), 0)};
    file_writer_abandon(&w.file);
    buffer_done(&w.sums);
    return status;
}

static void format_manifest(const store_binding *b, const generation_part *parts, uint32_t count,
                            buffer *out)
{
    const uint64_t words[] = {b->token.part[0], b->token.part[1], b->store.part[0],
                              b->store.part[1], b->collection,    b->metric,
                              b->dim,           b->model,         b->sequence};
    _Static_assert(sizeof words == BINDING_WORDS * 8, "as parse_binding reads it");
    buffer_begin_checksum(out);
    buffer_append(out, magic);
    for (size_t i = 0; i < BINDING_WORDS; i++)
        buffer_append_u64(out, words[i]);
    buffer_append_u64(out, count);
    for (uint32_t i = 0; i < count; i++) {
        buffer_append_u64(out, parts[i].kind);
        buffer_append_u64(out, parts[i].index);
        buffer_append_u64(out, parts[i].bytes);
        buffer_append_u64(out, parts[i].checksum);
    }
    buffer_end_checksum(out);
}

static kith_status write_manifest(const file_ops *ops, const char *directory, const buffer *content,
                                  kith_error *err)
{
    char path[PATH_MAX];
    file_writer w = {0};
    kith_status status = buffer_status(content, "the manifest of an index", err);
    if (status == KITH_OK) status = join_path(directory, "manifest", path, err);
    if (status == KITH_OK) status = file_writer_open(ops, path, &w, err);
    if (status == KITH_OK) status = file_writer_write(&w, buffer_view(content), err);
    if (status == KITH_OK) status = file_writer_finish(&w, err);
    file_writer_abandon(&w);
    return status;
}

/* Each follows the one before it: the same kind and the next index, or a later kind from 0. */
static bool is_in_order(const generation_part *before, part_kind kind, uint64_t index)
{
    if (before && before->kind == kind) return index == (uint64_t)before->index + 1;
    return index == 0 && (!before || before->kind < kind);
}

kith_status generation_write(const file_ops *ops, const char *path, const store_binding *binding,
                             const part_source *parts, uint32_t count, kith_error *err)
{
    CHECK(count >= 1 && count <= GENERATION_PARTS_MAX);
    buffer manifest;
    buffer_init(&manifest, MANIFEST_BYTES_MAX);
    generation_part *written = heap_new_array(count, sizeof *written);
    if (!written) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an index's parts");
    kith_status status = directory_make(ops, path, err);
    bool is_ours = status == KITH_OK;
    for (uint32_t i = 0; i < count && status == KITH_OK; i++) {
        CHECK(is_in_order(i ? &written[i - 1] : NULL, parts[i].kind, parts[i].index));
        status = write_part(ops, path, &parts[i], &written[i], err);
    }
    if (status == KITH_OK) {
        format_manifest(binding, written, count, &manifest);
        status = write_manifest(ops, path, &manifest, err);
    }
    if (status == KITH_OK) status = directory_sync(ops, path, err);
    if (status != KITH_OK && is_ours) {
        kith_status removed = directory_remove(ops, path, NULL);
        (void)removed; // the next save tries again
    }
    buffer_done(&manifest);
    free(written);
    return status;
}

/* ---- reading ---- */

static kith_status fail_manifest(kith_error *err, const char *what)
{
    return fail(err, KITH_ERR_CORRUPT, "manifest: %s", what);
}

uint32_t generation_format_of(view head)
{
    size_t last = MAGIC_BYTES - 1;
    if (head.size < MAGIC_BYTES || !view_starts_with(head, view_slice(magic, 0, last))) return 0;
    char digit = head.data[last];
    if (digit >= 'A' && digit <= 'Z') return (uint32_t)(digit - 'A') + 10;
    return digit >= '1' && digit <= '9' ? (uint32_t)(digit - '0') : 0;
}

static store_binding parse_binding(const char *bytes)
{
    uint64_t words[BINDING_WORDS];
    for (size_t i = 0; i < BINDING_WORDS; i++)
        words[i] = load_u64(bytes + i * 8);
    return (store_binding){.token = {{words[0], words[1]}},
                           .store = {{words[2], words[3]}},
                           .collection = words[4],
                           .metric = words[5],
                           .dim = words[6],
                           .model = words[7],
                           .sequence = words[8]};
}

/* parts  [count] */
static kith_status parse_parts(const char *bytes, uint32_t count, generation_part *parts,
                               kith_error *err)
{
    for (uint32_t i = 0; i < count; i++) {
        const char *entry = bytes + (size_t)i * ENTRY_BYTES;
        uint64_t kind = load_u64(entry), index = load_u64(entry + 8), size = load_u64(entry + 16);
        if (kind >= PART_KINDS || size > PART_BYTES_MAX)
            return fail_manifest(err, "a part is out of range");
        if (!is_in_order(i ? &parts[i - 1] : NULL, (part_kind)kind, index))
            return fail_manifest(err, "parts are out of order");
        parts[i] = (generation_part){.kind = (part_kind)kind,
                                     .index = (uint32_t)index,
                                     .bytes = size,
                                     .checksum = load_u64(entry + 24)};
    }
    return KITH_OK;
}

static kith_status parse_manifest(view bytes, generation *out, uint32_t *format, kith_error *err)
{
    *format = generation_format_of(bytes);
    if (*format != 0 && *format != GENERATION_FORMAT)
        return fail(err, KITH_ERR_UNSUPPORTED, "manifest: format %u, not %d", *format,
                    GENERATION_FORMAT);
    if (*format == 0 || bytes.size < HEAD_BYTES + SUM_BYTES)
        return fail_manifest(err, "not a manifest, or cut short");
    view body = view_slice(bytes, 0, bytes.size - SUM_BYTES);
    if (hash64(body, 0) != load_u64(bytes.data + body.size))
        return fail_manifest(err, "fails its checksum");
    uint64_t count = load_u64(bytes.data + HEAD_BYTES - 8);
    if (count < 1 || count > GENERATION_PARTS_MAX ||
        body.size != HEAD_BYTES + (size_t)count * ENTRY_BYTES)
        return fail_manifest(err, "the number of parts is out of range");
    generation_part *parts = heap_new_array((size_t)count, sizeof *parts);
    if (!parts) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an index's parts");
    kith_status status = parse_parts(bytes.data + HEAD_BYTES, (uint32_t)count, parts, err);
    if (status != KITH_OK) {
        free(parts);
        return status;
    }
    out->binding = parse_binding(bytes.data + MAGIC_BYTES);
    out->parts = parts;
    out->part_count = (uint32_t)count;
    return KITH_OK;
}

/* What cannot be there is damage: a generation is renamed to its place whole. KITH_ERR_LIMIT: no descriptor is left. */
static kith_status open_file(const file_ops *ops, const char *path, const char *name,
                             file_reader *out, kith_error *err)
{
    errno = 0;
    kith_status status = file_reader_open(ops, path, out, err);
    if (status == KITH_ERR_IO && is_out_of_descriptors(errno))
        return fail(err, KITH_ERR_LIMIT, "%s: too many open files (ulimit -n)", name);
    if (status == KITH_ERR_NOT_FOUND) return fail(err, KITH_ERR_CORRUPT, "%s is missing", name);
    if (status == KITH_ERR_UNSUPPORTED)
        return fail(err, KITH_ERR_CORRUPT, "%s is no regular file", name);
    return status;
}

kith_status generation_open(const file_ops *ops, const char *path, generation *out,
                            uint32_t *format, kith_error *err)
{
    char manifest[PATH_MAX];
    file_reader file = {0};
    char *bytes = NULL;
    *format = 0;
    kith_status status = join_path(path, "manifest", manifest, err);
    if (status == KITH_OK) status = open_file(ops, manifest, "manifest", &file, err);
    if (status == KITH_OK) {
        // One that is too long is of another format, or damaged: its head says which.
        size_t size = (size_t)size_min(file.bytes, MANIFEST_BYTES_MAX + 1);
        bytes = heap_new_array(size, 1);
        status = bytes ? file_reader_read(&file, 0, bytes, size, err)
                       : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a manifest");
        generation g = {.ops = ops};
        if (status == KITH_OK) status = parse_manifest((view){bytes, size}, &g, format, err);
        if (status == KITH_OK) {
            *out = g;
            (void)snprintf(out->path, sizeof out->path, "%s", path);
        }
    }
    file_reader_close(&file);
    free(bytes);
    return status;
}

void generation_close(generation *g)
{
    free(g->parts);
    *g = (generation){0};
}

const generation_part *generation_find(const generation *g, part_kind kind, uint32_t index)
{
    for (uint32_t i = 0; i < g->part_count; i++)
        if (g->parts[i].kind == kind && g->parts[i].index == index) return &g->parts[i];
    return NULL;
}

static kith_status fail_part(kith_error *err, const char *name, const char *what)
{
    return fail(err, KITH_ERR_CORRUPT, "part %s: %s", name, what);
}

/* Reads and verifies the table of checksums. */
static kith_status read_sums(part_reader *r, const generation_part *part, kith_error *err)
{
    uint64_t pages = (part->bytes + PAGE - 1) / PAGE;
    if (r->file.bytes != pages * (PAGE + SUM_BYTES))
        return fail_part(err, r->name, "has another size than its manifest says");
    r->sums = heap_new_array((size_t)pages, SUM_BYTES);
    r->page = heap_new_array(PAGE, 1);
    if (!r->sums || !r->page) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a part");
    size_t size = (size_t)pages * SUM_BYTES;
    kith_status status = file_reader_read(&r->file, pages * PAGE, r->sums, size, err);
    if (status == KITH_OK && hash64((view){r->sums, size}, 0) != part->checksum)
        status = fail_part(err, r->name, "its checksums are not those of the manifest");
    return status;
}

kith_status part_open(const generation *g, const generation_part *part, part_reader *r,
                      kith_error *err)
{
    char label[48];
    name_part(part->kind, part->index, r->name);
    (void)snprintf(label, sizeof label, "part %s", r->name);
    r->bytes = part->bytes;
    kith_status status = join_path(g->path, r->name, r->path, err);
    if (status == KITH_OK) status = open_file(g->ops, r->path, label, &r->file, err);
    return status == KITH_OK ? read_sums(r, part, err) : status;
}

/* Verified, to `to` [count][PAGE]. */
static kith_status read_pages(const part_reader *r, uint64_t first, uint32_t count, void *to,
                              kith_error *err)
{
    const char *pages = to;
    CHECK(first + count <= (r->bytes + PAGE - 1) / PAGE);
    kith_status status = file_reader_read(&r->file, first * PAGE, to, (size_t)count * PAGE, err);
    for (uint32_t i = 0; i < count && status == KITH_OK; i++)
        if (hash64((view){pages + (size_t)i * PAGE, PAGE}, 0) !=
            load_u64(r->sums + (first + i) * SUM_BYTES))
            status = fail(err, KITH_ERR_CORRUPT, "part %s: page %llu fails its checksum", r->name,
                          (unsigned long long)(first + i));
    return status;
}

kith_status part_read(part_reader *r, void *to, size_t bytes, kith_error *err)
{
    char *next = to;
    if (bytes > r->bytes - r->at) return fail_part(err, r->name, "ends too early");
    while (bytes > 0) {
        size_t offset = (size_t)(r->at % PAGE), whole = offset ? 0 : size_min(bytes / PAGE, RUN);
        size_t step = whole ? whole * PAGE : size_min(PAGE - offset, bytes);
        kith_status status = KITH_OK;
        // Whole pages go to their place without a copy; of another, the rest may be asked for next.
        if (whole) status = read_pages(r, r->at / PAGE, (uint32_t)whole, next, err);
        if (!whole && offset == 0) status = read_pages(r, r->at / PAGE, 1, r->page, err);
        if (status != KITH_OK) return status;
        if (!whole) memcpy(next, r->page + offset, step);
        next += step;
        bytes -= step;
        r->at += step;
    }
    return KITH_OK;
}

void part_close(part_reader *r)
{
    file_reader_close(&r->file);
    free(r->sums);
    free(r->page);
    *r = (part_reader){0};
}

kith_status part_open_pages(const generation *g, const generation_part *part, paged_file **out,
                            kith_error *err)
{
    part_reader r = {0};
    char name[sizeof r.name + sizeof "part "];
    kith_status status = part_open(g, part, &r, err);
    if (status == KITH_OK) {
        const int fd = r.file.fd;
        (void)snprintf(name, sizeof name, "part %s", r.name);
        r.file = (file_reader){0}; // the paged file's now, also when that fails
        status =
            paged_file_over(g->ops, fd, name, r.sums, (part->bytes + PAGE - 1) / PAGE, out, err);
    }
    part_close(&r);
    return status;
}

static kith_status read_source(void *context, uint64_t first, uint32_t count, void *to,
                               kith_error *err)
{
    const paged_file *file = context;
    CHECK(first + count <= file->pages);
    return paged_file_read_pages(file, first, count, to, err);
}

static void close_source(void *context)
{
    paged_file_release(context);
}

_Static_assert((int)LAZY_PAGE_BYTES == (int)PAGED_FILE_PAGE, "pages are read as they lie");

kith_status part_source_open(const generation *g, part_kind kind, lazy_source *out, kith_error *err)
{
    const generation_part *part = generation_find(g, kind, 0);
    paged_file *file = NULL;
    if (!part) return KITH_OK;
    kith_status status = part_open_pages(g, part, &file, err);
    if (status != KITH_OK) return status;
    *out = (lazy_source){
        .read = read_source, .close = close_source, .context = file, .bytes = part->bytes};
    return KITH_OK;
}

kith_status generation_read_part(const generation *g, const generation_part *part, char **out,
                                 kith_error *err)
{
    part_reader r = {0};
    char *bytes = NULL;
    kith_status status = part_open(g, part, &r, err);
    if (status != KITH_OK) goto done;
    bytes = heap_new_array((size_t)part->bytes, 1);
    status = bytes ? part_read(&r, bytes, (size_t)part->bytes, err)
                   : fail(err, KITH_ERR_NO_MEMORY, "out of memory for part %s", r.name);
    if (status != KITH_OK) goto done;
    *out = bytes;
    bytes = NULL; // the caller owns it now
done:
    part_close(&r);
    free(bytes);
    return status;
}
