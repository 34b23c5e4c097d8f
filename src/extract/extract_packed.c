/* extract_packed.c - files that hold files: ZIP and tar archives, whose members become attachments
 * for extract_file.h to extract, each by itself, and packed files, whose content takes the place of
 * the file. Nothing is written to disk, and names are only names. Limits: archive.h's for ZIP;
 * 64 MiB for what a packed file unpacks to; 256 MiB and PACKED_MAX_MEMBERS for all members of a tar.
 * Hidden files and what macOS adds (names that begin with '.', __MACOSX) are left out.
 * Source: POSIX pax (ustar). */
#include "extract/archive.h"
#include "extract/extract_job.h"
#include "extract/unpack.h"

#include "base/size.h"
#include "base/utf8.h"

#include <kith/types.h>

enum {
    PACKED_MAX_MEMBERS = 1000,      /* that are files */
    UNPACK_SPARE_BYTES = 128 << 10, /* to see that there is more than allowed */
    TAR_BLOCK_BYTES = 512,
    TAR_NAME_BYTES = 100,
    TAR_PREFIX_BYTES = 155,
    NAME_MAX_BYTES = 4096
};

/* ---- members ---- */

/* True for directories, and where a part of the path begins with '.' or is macOS's own. */
static bool is_left_out(view name)
{
    if (name.size == 0 || name.data[name.size - 1] == '/') return true;
    for (size_t at = 0; at < name.size;) {
        view rest = view_slice(name, at, name.size);
        view part = view_slice(rest, 0, view_find(rest, VIEW("/")));
        bool is_dot = view_equal(part, VIEW(".")) && at == 0; // "./docs/a.txt" of tar
        if ((part.size && part.data[0] == '.' && !is_dot) || view_equal(part, VIEW("__MACOSX")))
            return true;
        at += part.size + 1;
    }
    return false;
}

/* The name as valid UTF-8 without control characters. NULL data: out of memory. */
static view clean_name(extract_job *job, view name)
{
    buffer text;
    buffer_init(&text, 3 * NAME_MAX_BYTES);
    if (view_starts_with(name, VIEW("./"))) name = view_slice(name, 2, name.size);
    (void)utf8_append_repaired(&text, view_slice(name, 0, size_min(name.size, NAME_MAX_BYTES)));
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.data[i] < ' ') text.data[i] = '_';
    view kept = text.failed == KITH_OK ? arena_copy(job->memory, buffer_view(&text)) : (view){0};
    buffer_done(&text);
    return kept;
}

static kith_status tell(extract_job *job, view name, const char *why, kith_error *err)
{
    const char *what = arena_printf(job->memory, "'%.*s' in it: %s", VIEW_ARG(name), why);
    if (!what) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a notice");
    return extract_job_notice(job, what, err);
}

static kith_status add_member(extract_job *job, view name, view bytes, kith_error *err)
{
    attachment a = {.owner = job->stem, .name = name, .bytes = bytes};
    buffer_append(&job->attachments, (view){(const char *)&a, sizeof a});
    return buffer_status(&job->attachments, "the list of members", err);
}

static bool is_full(const extract_job *job)
{
    return job->attachments.size / sizeof(attachment) >= PACKED_MAX_MEMBERS;
}

static kith_status tell_full(extract_job *job, kith_error *err)
{
    return extract_job_notice(job, "the archive has more than 1,000 files; the rest is not read",
                              err);
}

/* ---- ZIP ---- */

static kith_status add_entry(extract_job *job, archive *z, const archive_entry *e, kith_error *err)
{
    view bytes;
    kith_error why = {0};
    view name = clean_name(job, e->name);
    if (!name.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a name");
    kith_status status = archive_read(z, e->name, &bytes, &why);
    if (status == KITH_ERR_NO_MEMORY) return fail(err, status, "%s", why.message);
    if (status != KITH_OK)
        return tell(job, name, status == KITH_ERR_AUTH ? "encrypted" : why.message, err);
    return add_member(job, name, bytes, err);
}

kith_status extract_zip(extract_job *job, kith_error *err)
{
    archive z;
    kith_status status = archive_open(job->bytes, job->memory, &z, err);
    for (uint32_t i = 0; status == KITH_OK && i < z.count; i++) {
        const archive_entry *e = &z.entries[i];
        bool is_double = i > 0 && view_equal(e->name, z.entries[i - 1].name);
        if (is_double || is_left_out(e->name)) continue;
        if (is_full(job)) return tell_full(job, err);
        status = add_entry(job, &z, e, err);
    }
    return status;
}

/* ---- tar ---- */

static view field_of(view block, size_t offset, size_t size)
{
    const char *field = block.data + offset;
    return (view){field, strnlen(field, size)};
}

static bool read_octal(view field, uint64_t *out)
{
    uint64_t value = 0;
    field = view_trim(field);
    for (size_t i = 0; i < field.size; i++) {
        if (field.data[i] < '0' || field.data[i] > '7' || value >> 40) return false;
        value = value * 8 + (uint64_t)(field.data[i] - '0');
    }
    *out = value;
    return true;
}

static bool checksum_holds(view block)
{
    uint64_t said = 0, sum = 0;
    for (size_t i = 0; i < TAR_BLOCK_BYTES; i++)
        sum += i >= 148 && i < 156 ? ' ' : (unsigned char)block.data[i];
    return read_octal(field_of(block, 148, 8), &said) && said == sum;
}

/* The value of "path" in a pax header ("27 path=docs/a.txt\n"); empty when it has none. */
static view pax_path(view records)
{
    for (size_t at = 0; at < records.size;) {
        view rest = view_slice(records, at, records.size);
        view line = view_slice(rest, 0, view_find(rest, VIEW("\n")));
        size_t key = view_find(line, VIEW(" path="));
        if (key < line.size) return view_slice(line, key + 6, line.size);
        at += line.size + 1;
    }
    return VIEW("");
}

static kith_status tar_name(extract_job *job, view block, view longer, view *out, kith_error *err)
{
    view name = field_of(block, 0, TAR_NAME_BYTES), prefix = field_of(block, 345, TAR_PREFIX_BYTES);
    bool has_prefix = memcmp(block.data + 257, "ustar", 6) == 0 && prefix.size;
    const char *text =
        longer.size  ? arena_printf(job->memory, "%.*s", VIEW_ARG(longer))
        : has_prefix ? arena_printf(job->memory, "%.*s/%.*s", VIEW_ARG(prefix), VIEW_ARG(name))
                     : arena_printf(job->memory, "%.*s", VIEW_ARG(name));
    if (!text) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a name");
    *out = view_of(text);
    return KITH_OK;
}

static kith_status add_file(extract_job *job, view raw, view bytes, kith_error *err)
{
    if (is_left_out(raw)) return KITH_OK;
    view name = clean_name(job, raw);
    if (!name.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a name");
    return add_member(job, name, bytes, err);
}

kith_status extract_tar(extract_job *job, kith_error *err)
{
    view all = job->bytes, longer = VIEW(""), name;
    for (size_t at = 0; at + TAR_BLOCK_BYTES <= all.size;) {
        uint64_t size = 0;
        view block = view_slice(all, at, at + TAR_BLOCK_BYTES);
        if (block.data[0] == '\0') return KITH_OK; // the blocks that end it
        at += TAR_BLOCK_BYTES;
        if (!checksum_holds(block) || !read_octal(field_of(block, 124, 12), &size) ||
            size > all.size - at)
            return fail(err, KITH_ERR_FORMAT, "damaged tar file at byte %zu", at - TAR_BLOCK_BYTES);
        view bytes = view_slice(all, at, at + (size_t)size);
        char type = block.data[156];
        at += ((size_t)size + TAR_BLOCK_BYTES - 1) / TAR_BLOCK_BYTES * TAR_BLOCK_BYTES;
        if (type == 'L') {
            longer = (view){bytes.data, strnlen(bytes.data, bytes.size)};
        } else if (type == 'x') {
            longer = pax_path(bytes);
        } else {
            kith_status status = tar_name(job, block, longer, &name, err);
            bool is_file = type == '0' || type == '\0' || type == '7';
            if (status == KITH_OK && is_file && is_full(job)) return tell_full(job, err);
            if (status == KITH_OK && is_file) status = add_file(job, name, bytes, err);
            if (status != KITH_OK) return status;
            longer = VIEW("");
        }
    }
    return KITH_OK;
}

/* ---- one packed file ---- */

kith_status extract_unpacked(extract_job *job, kith_error *err)
{
    buffer out;
    buffer_init(&out, KITH_DOCUMENT_MAX_BYTES + UNPACK_SPARE_BYTES);
    kith_status status = unpack(job->bytes, &out, err);
    if (out.failed == KITH_ERR_LIMIT || (status == KITH_OK && out.size > KITH_DOCUMENT_MAX_BYTES))
        status = fail(err, KITH_ERR_LIMIT, "unpacked the file has more than %d bytes",
                      KITH_DOCUMENT_MAX_BYTES);
    view bytes = status == KITH_OK ? arena_copy(job->memory, buffer_view(&out)) : (view){0};
    if (status == KITH_OK && !bytes.data)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for the unpacked file");
    buffer_done(&out);
    if (status != KITH_OK) return status;
    view name = job->stem;
    job->stem = VIEW("");
    const char *tar = arena_printf(job->memory, "%.*s.tar", VIEW_ARG(name));
    if (!tar) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a name");
    bool is_tar = bytes.size > TAR_BLOCK_BYTES && checksum_holds(bytes);
    if (is_tar && !view_ends_with_nocase(name, VIEW(".tar"))) name = view_of(tar);
    return add_member(job, name, bytes, err);
}
