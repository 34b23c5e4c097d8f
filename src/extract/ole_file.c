/* ole_file.c - sectors of 512 or 4,096 bytes, whose chains stand in a table of their own (the FAT),
 * whose sectors stand in the header and in a chain of further lists (the DIFAT); streams of less than
 * 4,096 bytes lie in sectors of 64 bytes within the root's stream. The entries of a storage are a
 * binary tree.
 * Traps: every chain and tree may turn back on itself. A chain is followed for at most as many
 * sectors as there are, and a tree is walked with a mark on each entry, so that each is seen once.
 * Numbers of sectors above the file are damage where they are followed, not before. */
#include "extract/ole_file.h"

#include "base/buffer.h"
#include "base/size.h"
#include "extract/utf_wide.h"

#include <string.h>

enum {
    HEADER_BYTES = 512,
    ENTRY_BYTES = 128,
    SMALL_SECTOR_BYTES = 64,
    SMALL_STREAM_BYTES = 4096,
    NAME_MAX_BYTES = 64,
    HEADER_LISTED = 109 /* sectors of the FAT that the header lists */
};

static const uint32_t SECTOR_MAX = 0xFFFFFFFA; // larger ones mean: free, end, of the FAT itself

static uint32_t load_u16(const char *p)
{
    return (uint32_t)(unsigned char)p[0] | (uint32_t)(unsigned char)p[1] << 8;
}

bool ole_is_file(view bytes)
{
    return view_starts_with(bytes, VIEW("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"));
}

/* The bytes of a sector, fewer at the end of a file that was cut off. */
static view sector_at(const ole_file *f, uint32_t number)
{
    size_t start = ((size_t)number + 1) * f->sector_bytes;
    if (number >= f->sectors) return VIEW("");
    return view_slice(f->bytes, start, size_min(start + f->sector_bytes, f->bytes.size));
}

/* ---- chains ---- */

/* Takes one sector of the FAT: where the chains of the next sectors go on. */
static void take_fat(ole_file *f, uint32_t number, uint32_t *filled)
{
    view sector = sector_at(f, number);
    for (size_t i = 0; i + 4 <= sector.size && *filled < f->sectors; i += 4)
        f->next[(*filled)++] = load_u32(sector.data + i);
}

static void read_fat(ole_file *f)
{
    uint32_t filled = 0, list = load_u32(f->bytes.data + 68);
    for (uint32_t i = 0; i < HEADER_LISTED && filled < f->sectors; i++) {
        uint32_t number = load_u32(f->bytes.data + 76 + (size_t)i * 4);
        if (number < SECTOR_MAX) take_fat(f, number, &filled);
    }
    for (uint32_t lists = 0; lists < f->sectors && list < f->sectors && filled < f->sectors;
         lists++) {
        view sector = sector_at(f, list);
        if (sector.size < f->sector_bytes) break;
        size_t last = f->sector_bytes - 4;
        for (size_t i = 0; i < last && filled < f->sectors; i += 4) {
            uint32_t number = load_u32(sector.data + i);
            if (number < SECTOR_MAX) take_fat(f, number, &filled);
        }
        list = load_u32(sector.data + last);
    }
    while (filled < f->sectors)
        f->next[filled++] = OLE_NONE;
}

/* One chain, of large or of small sectors. */
typedef struct chain {
    const uint32_t *next;
    uint32_t sectors; /* how many there are in all */
    uint32_t sector_bytes;
    bool is_small;
} chain;

static view part_of(const ole_file *f, const chain *c, uint32_t number)
{
    size_t start = (size_t)number * SMALL_SECTOR_BYTES;
    if (!c->is_small) return sector_at(f, number);
    if (start >= f->small.size) return VIEW("");
    return view_slice(f->small, start, size_min(start + SMALL_SECTOR_BYTES, f->small.size));
}

/* Copies a chain of `bytes`, or all of it when that is UINT64_MAX. */
static kith_status read_chain(ole_file *f, const chain *c, uint32_t start, uint64_t bytes,
                              view *out, kith_error *err)
{
    uint64_t most = (uint64_t)c->sectors * c->sector_bytes;
    bool is_whole = bytes == UINT64_MAX;
    if (!is_whole && bytes > most)
        return fail(err, KITH_ERR_FORMAT, "damaged: a stream is larger than the file");
    size_t sectors = 0;
    uint32_t end = start;
    for (; is_whole && end < c->sectors && sectors <= c->sectors; end = c->next[end])
        sectors++;
    if (is_whole && sectors > c->sectors)
        return fail(err, KITH_ERR_FORMAT, "damaged: a chain of sectors turns back");
    if (is_whole && end == OLE_NONE)
        return fail(err, KITH_ERR_FORMAT, "damaged, or cut short: a chain of sectors breaks off");
    size_t size = is_whole ? sectors * c->sector_bytes : (size_t)bytes, have = 0;
    if (size > OLE_MAX_READ_BYTES - f->read_bytes)
        return fail(err, KITH_ERR_LIMIT, "its streams have more than %d bytes", OLE_MAX_READ_BYTES);
    f->read_bytes += size;
    char *copy = arena_new(f->memory, size);
    if (!copy) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a stream");
    for (uint32_t at = start; have < size; at = c->next[at]) {
        view part = at < c->sectors ? part_of(f, c, at) : VIEW("");
        if (part.size == 0)
            return fail(err, KITH_ERR_FORMAT, "damaged, or cut short: a stream breaks off");
        size_t take = size_min(part.size, size - have);
        memcpy(copy + have, part.data, take);
        have += take;
        if (is_whole && part.size < c->sector_bytes) break; // the file's last, not filled up
    }
    *out = (view){copy, have};
    return KITH_OK;
}

static chain large_chain(const ole_file *f)
{
    return (chain){f->next, f->sectors, f->sector_bytes, false};
}

/* ---- the directory ---- */

static kith_status read_entry(ole_file *f, view raw, ole_entry *out, kith_error *err)
{
    uint32_t size = load_u16(raw.data + 64);
    char type = raw.data[66];
    buffer name;
    *out = (ole_entry){.parent = OLE_NONE, .start = load_u32(raw.data + 116)};
    if ((type != 1 && type != 2 && type != 5) || size < 2 || size > NAME_MAX_BYTES) return KITH_OK;
    out->is_storage = type != 2;
    out->bytes = load_u32(raw.data + 120);
    if (f->sector_bytes > HEADER_BYTES) out->bytes |= (uint64_t)load_u32(raw.data + 124) << 32;
    buffer_init(&name, 4 * NAME_MAX_BYTES);
    (void)utf_wide_append(&name, view_slice(raw, 0, size - 2), UTF_16LE);
    out->name = name.failed == KITH_OK ? arena_copy(f->memory, buffer_view(&name)) : (view){0};
    buffer_done(&name);
    return out->name.data ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a name");
}

/* Gives every entry of every storage its parent: the trees are walked from the root, each entry
 * once. */
static kith_status find_parents(ole_file *f, view directory, kith_error *err)
{
    typedef struct step {
        uint32_t entry, parent;
    } step;
    size_t depth = 0;
    step *open = arena_new_array(f->memory, step, (size_t)f->count * 3 + 1);
    bool *seen = arena_new_array(f->memory, bool, f->count);
    if (!open || !seen) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a directory");
    memset(seen, 0, f->count);
    seen[OLE_ROOT] = true;
    open[depth++] = (step){load_u32(directory.data + 76), OLE_ROOT};
    while (depth > 0) {
        step s = open[--depth];
        if (s.entry >= f->count || seen[s.entry]) continue;
        const char *raw = directory.data + (size_t)s.entry * ENTRY_BYTES;
        seen[s.entry] = true;
        f->entries[s.entry].parent = s.parent;
        open[depth++] = (step){load_u32(raw + 68), s.parent};
        open[depth++] = (step){load_u32(raw + 72), s.parent};
        if (f->entries[s.entry].is_storage) open[depth++] = (step){load_u32(raw + 76), s.entry};
    }
    return KITH_OK;
}

static kith_status read_directory(ole_file *f, kith_error *err)
{
    view directory;
    chain c = large_chain(f);
    kith_status status =
        read_chain(f, &c, load_u32(f->bytes.data + 48), UINT64_MAX, &directory, err);
    if (status != KITH_OK) return status;
    size_t count = directory.size / ENTRY_BYTES;
    if (count == 0) return fail(err, KITH_ERR_FORMAT, "damaged: it has no directory");
    if (count > OLE_MAX_ENTRIES)
        return fail(err, KITH_ERR_LIMIT, "it has more than %d streams", OLE_MAX_ENTRIES);
    f->count = (uint32_t)count;
    f->entries = arena_new_array(f->memory, ole_entry, count);
    if (!f->entries) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a directory");
    for (uint32_t i = 0; i < f->count && status == KITH_OK; i++)
        status = read_entry(
            f, view_slice(directory, (size_t)i * ENTRY_BYTES, ((size_t)i + 1) * ENTRY_BYTES),
            &f->entries[i], err);
    return status == KITH_OK ? find_parents(f, directory, err) : status;
}

static kith_status read_small_chains(ole_file *f, kith_error *err)
{
    view table;
    chain c = large_chain(f);
    const ole_entry *root = &f->entries[OLE_ROOT];
    if (root->start >= f->sectors) return KITH_OK; // it has no small stream
    kith_status status = read_chain(f, &c, root->start, root->bytes, &f->small, err);
    if (status == KITH_OK)
        status = read_chain(f, &c, load_u32(f->bytes.data + 60), UINT64_MAX, &table, err);
    if (status != KITH_OK) return status;
    f->small_sectors = (uint32_t)(table.size / 4);
    f->next_small = arena_new_array(f->memory, uint32_t, (size_t)f->small_sectors + 1);
    if (!f->next_small) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a directory");
    for (uint32_t i = 0; i < f->small_sectors; i++)
        f->next_small[i] = load_u32(table.data + (size_t)i * 4);
    return KITH_OK;
}

kith_status ole_open(view bytes, arena *a, ole_file *out, kith_error *err)
{
    ole_file f = {.bytes = bytes, .memory = a};
    if (!ole_is_file(bytes) || bytes.size < HEADER_BYTES)
        return fail(err, KITH_ERR_FORMAT, "no file of Office or Outlook (OLE2), or cut short");
    uint32_t shift = load_u16(bytes.data + 30);
    if (shift != 9 && shift != 12)
        return fail(err, KITH_ERR_FORMAT, "damaged: sectors of 2^%u bytes", shift);
    f.sector_bytes = 1U << shift;
    size_t sectors = (bytes.size + f.sector_bytes - 1) / f.sector_bytes - 1; // without the header
    if (sectors >= SECTOR_MAX) return fail(err, KITH_ERR_LIMIT, "the file is too large");
    f.sectors = (uint32_t)sectors;
    f.next = arena_new_array(a, uint32_t, sectors + 1);
    if (!f.next) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a directory");
    read_fat(&f);
    kith_status status = read_directory(&f, err);
    if (status == KITH_OK) status = read_small_chains(&f, err);
    if (status == KITH_OK) *out = f;
    return status;
}

uint32_t ole_find(const ole_file *f, uint32_t storage, const char *name)
{
    for (uint32_t i = 1; i < f->count; i++)
        if (f->entries[i].parent == storage && view_equal_nocase(f->entries[i].name, view_of(name)))
            return i;
    return OLE_NONE;
}

kith_status ole_read(ole_file *f, uint32_t entry, view *out, kith_error *err)
{
    if (entry >= f->count || f->entries[entry].is_storage || f->entries[entry].bytes == 0) {
        *out = VIEW("");
        return KITH_OK;
    }
    const ole_entry *e = &f->entries[entry];
    chain c = large_chain(f);
    if (e->bytes < SMALL_STREAM_BYTES)
        c = (chain){f->next_small, f->small_sectors, SMALL_SECTOR_BYTES, true};
    return read_chain(f, &c, e->start, e->bytes, out, err);
}
