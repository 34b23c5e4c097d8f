/* ppt_stream.c - each save appends what changed and a list of where it stands (a directory), and points
 * to the save before it. The newest place of a part is the first that is found from the newest save
 * on. A save must lie before the one that points to it, so that the walk ends. */
#include "extract/ppt_stream.h"

#include "base/buffer.h"
#include "base/size.h"

enum {
    HEADER_BYTES = 8,
    USER_EDIT = 0x0FF5,
    DIRECTORY = 0x1772,
    CONTAINER = 15 /* the version of a record of records */
};

static const uint32_t TOKEN_ENCRYPTED = 0xF3D1C4DF;

uint32_t ppt_u16(view body, size_t offset)
{
    if (offset + 2 > body.size) return 0;
    return (uint32_t)(unsigned char)body.data[offset] |
           (uint32_t)(unsigned char)body.data[offset + 1] << 8;
}

uint32_t ppt_u32(view body, size_t offset)
{
    return offset + 4 <= body.size ? load_u32(body.data + offset) : 0;
}

bool ppt_next(view records, size_t *at, ppt_record *out)
{
    if (*at >= records.size || records.size - *at < HEADER_BYTES) return false;
    view header = view_slice(records, *at, *at + HEADER_BYTES);
    size_t start = *at + HEADER_BYTES, size = ppt_u32(header, 4);
    uint32_t first = ppt_u16(header, 0);
    if (size > records.size - start) return false;
    *out = (ppt_record){
        .type = ppt_u16(header, 2),
        .instance = first >> 4,
        .has_records = (first & 15) == CONTAINER,
        .body = view_slice(records, start, start + size),
    };
    *at = start + size;
    return true;
}

bool ppt_find(view records, uint32_t type, ppt_record *out)
{
    for (size_t at = 0; ppt_next(records, &at, out);)
        if (out->type == type) return true;
    return false;
}

static bool record_at(const ppt_stream *p, size_t offset, uint32_t type, ppt_record *out)
{
    return ppt_next(p->bytes, &offset, out) && (type == 0 || out->type == type);
}

/* A run of parts: 20 bits for the first's number, 12 for how many there are, then their offsets. */
static void take_directory(ppt_stream *p, view body)
{
    for (size_t at = 0; at + 4 <= body.size;) {
        uint32_t run = ppt_u32(body, at), first = run & 0xFFFFF, count = run >> 20;
        at += 4;
        for (uint32_t i = 0; i < count && at + 4 <= body.size; i++, at += 4) {
            uint32_t number = first + i;
            if (number <= PPT_MAX_PARTS && p->offsets[number] == UINT32_MAX)
                p->offsets[number] = ppt_u32(body, at);
        }
    }
}

kith_status ppt_open(view bytes, view user, arena *a, ppt_stream *out, kith_error *err)
{
    ppt_stream p = {.bytes = bytes};
    ppt_record edit, directory;
    if (ppt_u32(user, 12) == TOKEN_ENCRYPTED) return fail(err, KITH_ERR_AUTH, "encrypted");
    p.offsets = arena_new_array(a, uint32_t, PPT_MAX_PARTS + 1);
    if (!p.offsets) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a presentation");
    for (uint32_t i = 0; i <= PPT_MAX_PARTS; i++)
        p.offsets[i] = UINT32_MAX;
    uint32_t offset = ppt_u32(user, 16), before = UINT32_MAX, edits = 0;
    while (edits < PPT_MAX_EDITS && offset < before && record_at(&p, offset, USER_EDIT, &edit)) {
        if (edits++ == 0) p.document = ppt_u32(edit.body, 16);
        if (record_at(&p, ppt_u32(edit.body, 12), DIRECTORY, &directory))
            take_directory(&p, directory.body);
        before = offset;
        offset = ppt_u32(edit.body, 8);
        if (offset == 0) break;
    }
    if (edits == 0) return fail(err, KITH_ERR_FORMAT, "damaged: it has no directory of its slides");
    *out = p;
    return KITH_OK;
}

bool ppt_part(const ppt_stream *p, uint32_t number, ppt_record *out)
{
    if (number > PPT_MAX_PARTS || p->offsets[number] == UINT32_MAX) return false;
    return record_at(p, p->offsets[number], 0, out);
}
