/* ppt_style.c - a record that is cut off, or has a property that is not known, says nothing more. */
#include "extract/ppt_style.h"

#include "extract/ppt_stream.h"

enum { TAB_STOPS = 1 << 20, POSITION = 1 << 19 };

typedef struct field {
    uint32_t mask; // one of these bits is set
    uint32_t bytes;
} field;

/* In the order of the file. */
static const field PARAGRAPH[] = {{0x0F, 2},      {0x80, 2},    {0x10, 2},    {0x40, 2},
                                  {0x20, 4},      {0x800, 2},   {0x1000, 2},  {0x2000, 2},
                                  {0x4000, 2},    {0x100, 2},   {0x400, 2},   {0x8000, 2},
                                  {TAB_STOPS, 0}, {0x10000, 2}, {0xE0000, 2}, {0x200000, 2}};
static const field CHARACTERS[] = {{0xFFFF, 2},   {0x10000, 2}, {0x200000, 2}, {0x400000, 2},
                                   {0x800000, 2}, {0x20000, 2}, {0x40000, 4},  {POSITION, 2}};

/* Passes over the properties that the mask names. *last is where the last of them stands. False when they are cut off. */
static bool pass(ppt_style *s, const field *fields, size_t count, uint32_t mask, size_t *last)
{
    for (size_t i = 0; i < count; i++) {
        if (!(mask & fields[i].mask)) continue;
        *last = s->at;
        if (s->at + 2 > s->body.size) return false;
        bool is_list = fields[i].mask == TAB_STOPS; // a number of stops, four bytes each
        s->at += is_list ? 2 + 4 * (size_t)ppt_u16(s->body, s->at) : fields[i].bytes;
    }
    return s->at <= s->body.size;
}

void ppt_style_open(ppt_style *s, view body, uint32_t units)
{
    enum { HEAD = 10 }; // units, level, mask
    *s = (ppt_style){.body = body};
    for (uint64_t passed = 0; passed <= units;) { // the end of the text is one unit more
        size_t ignored;
        if (s->at + HEAD > body.size) break;
        uint32_t own = ppt_u32(body, s->at), mask = ppt_u32(body, s->at + 6);
        s->at += HEAD;
        if (own == 0 || !pass(s, PARAGRAPH, sizeof PARAGRAPH / sizeof *PARAGRAPH, mask, &ignored))
            s->at = body.size;
        passed += own;
    }
}

uint32_t ppt_style_next(ppt_style *s, int *align)
{
    enum { HEAD = 8 };
    *align = 0;
    if (s->at + HEAD > s->body.size) return UINT32_MAX;
    uint32_t own = ppt_u32(s->body, s->at), mask = ppt_u32(s->body, s->at + 4);
    size_t last = 0;
    s->at += HEAD;
    if (own == 0 || !pass(s, CHARACTERS, sizeof CHARACTERS / sizeof *CHARACTERS, mask, &last)) {
        s->at = s->body.size;
        return UINT32_MAX;
    }
    int position = mask & POSITION ? (int16_t)ppt_u16(s->body, last) : 0;
    *align = (position > 0) - (position < 0);
    return own;
}
