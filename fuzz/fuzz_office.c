/* fuzz_office.c - Office files and EPUB books whose parts are anything; and any bytes as an
 * archive. Input: one byte that chooses the format, or the archive as it is; then the parts one
 * after the other, apart by a byte 0. They are stored, not deflated, so that a change of the input
 * is a change of the part, and their checksums are right. */
#include "base/buffer.h"
#include "extract/archive.h"
#include "extract/extract_foreign.h"
#include "extract/extraction_check.h"

#include <stdint.h>
#include <string.h>
#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

typedef struct file_plan {
    const char *name;
    const char *parts[8]; // names; the last of all is followed by NULL
    const char *root;     // the fixed part that leads to the first
    const char *root_xml;
} file_plan;

#define OFFICE(target)                                                                             \
    "<Relationships><Relationship Id='r' Type='x/officeDocument' Target='" target "'/>"            \
    "</Relationships>"

static const file_plan PLANS[] = {
    {"a.docx",
     {"w/d", "w/_rels/d.rels", "w/styles", "w/numbering", "w/notes", "w/a.html",
      "docProps/core.xml", NULL},
     "_rels/.rels",
     OFFICE("w/d")},
    {"a.pptx",
     {"p/p", "p/_rels/p.rels", "p/s", "p/_rels/s.rels", "p/l", "p/diagram", "p/chart", NULL},
     "_rels/.rels",
     OFFICE("p/p")},
    {"a.xlsx",
     {"x/w", "x/_rels/w.rels", "x/s", "x/_rels/s.rels", "x/t", NULL},
     "_rels/.rels",
     OFFICE("x/w")},
    {"a.epub",
     {"b.opf", "c1", "c2", "META-INF/encryption.xml", NULL},
     "META-INF/container.xml",
     "<c><rootfile full-path='b.opf'/></c>"},
    {"a.odt", {"content.xml", "styles.xml", NULL}, "meta.xml", "<m/>"},
    {"a.ods", {"content.xml", "styles.xml", NULL}, "meta.xml", "<m/>"},
    {"a.odp", {"content.xml", "styles.xml", NULL}, "meta.xml", "<m/>"},
};

static void put_u16(buffer *out, size_t value)
{
    buffer_append_byte(out, (char)(value & 0xFF));
    buffer_append_byte(out, (char)(value >> 8 & 0xFF));
}

typedef struct zip {
    buffer file, directory;
    size_t count;
} zip;

static void store(zip *z, const char *name, view part)
{
    uint32_t crc = (uint32_t)crc32(0, (const Bytef *)part.data, (uInt)part.size);
    size_t offset = z->file.size;
    buffer *both[] = {&z->file, &z->directory};
    buffer_append_u32(&z->file, 0x04034B50);
    buffer_append_u32(&z->directory, 0x02014B50);
    put_u16(&z->directory, 20);
    for (size_t i = 0; i < 2; i++) {
        put_u16(both[i], 20);
        buffer_append_u32(both[i], 0); // flags, stored
        buffer_append_u32(both[i], 0); // time
        buffer_append_u32(both[i], crc);
        buffer_append_u32(both[i], (uint32_t)part.size);
        buffer_append_u32(both[i], (uint32_t)part.size);
        put_u16(both[i], strlen(name));
        put_u16(both[i], 0);
    }
    put_u16(&z->directory, 0);
    buffer_append_u64(&z->directory, 0); // disk, attributes; and the upper half of what follows
    buffer_append_u32(&z->directory, (uint32_t)offset);
    buffer_append_text(&z->directory, name);
    buffer_append_text(&z->file, name);
    buffer_append(&z->file, part);
    z->count++;
}

static view finish(zip *z)
{
    size_t start = z->file.size;
    buffer_append(&z->file, buffer_view(&z->directory));
    buffer_append_u32(&z->file, 0x06054B50);
    buffer_append_u32(&z->file, 0);
    put_u16(&z->file, z->count);
    put_u16(&z->file, z->count);
    buffer_append_u32(&z->file, (uint32_t)z->directory.size);
    buffer_append_u32(&z->file, (uint32_t)start);
    put_u16(&z->file, 0);
    return buffer_view(&z->file);
}

static void store_parts(zip *z, const file_plan *plan, view rest)
{
    store(z, plan->root, view_of(plan->root_xml));
    for (size_t i = 0; plan->parts[i]; i++) {
        const char *end = rest.size ? memchr(rest.data, 0, rest.size) : NULL;
        size_t size = end ? (size_t)(end - rest.data) : rest.size;
        store(z, plan->parts[i], view_slice(rest, 0, size));
        rest = view_slice(rest, end ? size + 1 : size, rest.size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    enum { PLAN_COUNT = sizeof PLANS / sizeof PLANS[0] };
    if (size < 1) return 0;
    arena a;
    zip z = {0};
    extraction found = {0};
    kith_error err = {0};
    arena_init(&a, 0);
    buffer_init(&z.file, 1 << 24);
    buffer_init(&z.directory, 1 << 16);
    size_t choice = bytes[0] % (PLAN_COUNT + 1);
    view rest = {(const char *)bytes + 1, size - 1};
    const char *name = choice < PLAN_COUNT ? PLANS[choice].name : "a.docx";
    if (choice < PLAN_COUNT) store_parts(&z, &PLANS[choice], rest);
    view file = choice < PLAN_COUNT ? finish(&z) : rest;
    kith_status status =
        extract_foreign(&(extract_input){.name = view_of(name), .bytes = file}, &a, &found, &err);
    CHECK(status == KITH_OK || err.message[0]);
    CHECK(!extraction_check(&found));
    buffer_done(&z.file);
    buffer_done(&z.directory);
    arena_done(&a);
    return 0;
}
