/* outline.c - a stack of six titles. A heading ends those of its own level and below. Levels may be
 * left out: an h3 under an h1 has the path "h1 > h3". */
#include "extract/outline.h"

#include "base/utf8.h"

static const char SEPARATOR[] = " > ";

enum {
    SEPARATOR_BYTES = sizeof SEPARATOR - 1,
    TITLE_MAX_BYTES = 200 // a path of six is embedded with each chunk and must stay short beside it
};

void outline_init(outline *o, arena *memory)
{
    *o = (outline){.memory = memory};
    buffer_init(&o->headings, EXTRACT_MAX_HEADINGS * sizeof(heading));
}

void outline_done(outline *o)
{
    buffer_done(&o->headings);
}

/* The title with one space for each run of white space, cut at a code point. data is NULL when out
 * of memory. */
static view clean_title(arena *memory, view title)
{
    char clean[TITLE_MAX_BYTES + 4];
    size_t size = 0;
    title = view_trim(title);
    for (size_t i = 0; i < title.size && size < sizeof clean; i++) {
        char c = title.data[i];
        bool is_space = c == ' ' || (c >= '\t' && c <= '\r');
        if (is_space && size && clean[size - 1] == ' ') continue;
        clean[size++] = is_space ? ' ' : c;
    }
    if (size > TITLE_MAX_BYTES) size = utf8_floor((view){clean, size}, TITLE_MAX_BYTES);
    return arena_copy(memory, (view){clean, size});
}

static view join_path(const outline *o, uint32_t level)
{
    char path[OUTLINE_LEVELS * (TITLE_MAX_BYTES + SEPARATOR_BYTES)];
    size_t size = 0;
    for (uint32_t i = 0; i < level; i++) {
        if (o->open[i].size == 0) continue;
        if (size) {
            memcpy(path + size, SEPARATOR, SEPARATOR_BYTES);
            size += SEPARATOR_BYTES;
        }
        memcpy(path + size, o->open[i].data, o->open[i].size);
        size += o->open[i].size;
    }
    return arena_copy(o->memory, (view){path, size});
}

static kith_status append_heading(outline *o, heading h, kith_error *err)
{
    buffer_append(&o->headings, (view){(const char *)&h, sizeof h});
    if (o->headings.failed == KITH_ERR_LIMIT)
        return fail(err, KITH_ERR_LIMIT, "the document has more than %d headings",
                    EXTRACT_MAX_HEADINGS);
    return buffer_status(&o->headings, "the list of headings", err);
}

kith_status outline_add(outline *o, uint32_t level, view title, size_t offset, kith_error *err)
{
    CHECK(level >= 1 && level <= OUTLINE_LEVELS);
    view kept = clean_title(o->memory, title);
    if (!kept.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a heading");
    if (kept.size == 0) return KITH_OK;
    if (level == 1 && o->first.size == 0) o->first = kept;
    o->open[level - 1] = kept;
    for (uint32_t i = level; i < OUTLINE_LEVELS; i++)
        o->open[i] = (view){0};
    heading h = {offset, join_path(o, level)};
    if (!h.path.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a heading");
    return append_heading(o, h, err);
}

kith_status outline_end(outline *o, uint32_t level, size_t offset, kith_error *err)
{
    CHECK(level >= 1 && level <= OUTLINE_LEVELS);
    for (uint32_t i = level - 1; i < OUTLINE_LEVELS; i++)
        o->open[i] = (view){0};
    heading h = {offset, join_path(o, level - 1)};
    if (!h.path.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a heading");
    return append_heading(o, h, err);
}

kith_status outline_close(outline *o, size_t offset, kith_error *err)
{
    for (uint32_t i = 0; i < OUTLINE_LEVELS; i++)
        o->open[i] = (view){0};
    return o->headings.size ? append_heading(o, (heading){offset, VIEW("")}, err) : KITH_OK;
}

const char *outline_check(const outline *o)
{
    const heading *headings = (const heading *)o->headings.data;
    size_t count = o->headings.size / sizeof *headings;
    for (size_t i = 1; i < count; i++)
        if (headings[i].offset < headings[i - 1].offset) return "headings descend";
    view path = count ? headings[count - 1].path : VIEW("");
    size_t open_bytes = 0, open = 0;
    for (uint32_t i = 0; i < OUTLINE_LEVELS; i++) {
        if (o->open[i].size == 0) continue;
        open_bytes += o->open[i].size;
        open++;
        if (view_find(path, o->open[i]) == path.size)
            return "an open title is not in the last path";
    }
    if (open && path.size != open_bytes + (open - 1) * SEPARATOR_BYTES)
        return "the last path is not the open titles joined";
    return NULL;
}

kith_status outline_finish(const outline *o, document *d, kith_error *err)
{
    if (d->title.size == 0) d->title = o->first;
    if (o->headings.size == 0) return KITH_OK;
    heading *kept = arena_new(o->memory, o->headings.size);
    if (!kept) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the headings");
    memcpy(kept, o->headings.data, o->headings.size);
    d->headings = kept;
    d->heading_count = (uint32_t)(o->headings.size / sizeof(heading));
    return KITH_OK;
}
