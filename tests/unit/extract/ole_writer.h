/* ole_writer.h - OLE2 files for the tests, of 512-byte sectors: streams and storages, of which the
 * entries of a storage are a tree without left branches. */
#ifndef KITH_TEST_OLE_WRITER_H
#define KITH_TEST_OLE_WRITER_H

#include "test.h"

#include "base/buffer.h"

enum { OLE_ENTRIES_MAX = 64, OLE_FAT = 0xFFFFFFFD, OLE_END = 0xFFFFFFFE, OLE_FREE = 0xFFFFFFFF };

typedef struct ole_writer {
    struct {
        const char *name; /* ASCII */
        uint32_t parent, start, size;
        uint32_t sibling, child; /* of the tree */
        bool is_storage;
    } entries[OLE_ENTRIES_MAX];
    uint32_t count;
    buffer sectors, small; /* contents of streams */
    buffer fat, small_fat; /* elements: u32 */
    buffer file;
} ole_writer;

static inline void ole_init(ole_writer *w)
{
    *w = (ole_writer){.count = 1};
    w->entries[0].name = "Root Entry";
    w->entries[0].sibling = w->entries[0].child = OLE_FREE;
    buffer *all[] = {&w->sectors, &w->small, &w->fat, &w->small_fat, &w->file};
    for (size_t i = 0; i < 5; i++)
        buffer_init(all[i], (size_t)1 << 28);
}

static inline void ole_done(ole_writer *w)
{
    buffer *all[] = {&w->sectors, &w->small, &w->fat, &w->small_fat, &w->file};
    for (size_t i = 0; i < 5; i++)
        buffer_done(all[i]);
}

static inline uint32_t ole_add(ole_writer *w, uint32_t parent, const char *name, bool is_storage)
{
    assert_true(w->count < OLE_ENTRIES_MAX);
    uint32_t number = w->count++;
    w->entries[number].name = name;
    w->entries[number].parent = parent;
    w->entries[number].is_storage = is_storage;
    w->entries[number].sibling = w->entries[parent].child;
    w->entries[number].child = OLE_FREE;
    w->entries[number].start = OLE_END;
    w->entries[parent].child = number;
    return number;
}

/* Appends a chain of sectors with these bytes; returns its first. */
static inline uint32_t ole_put(buffer *sectors, buffer *fat, size_t sector_bytes, view bytes)
{
    uint32_t first = (uint32_t)(fat->size / 4),
             count = (uint32_t)((bytes.size + sector_bytes - 1) / sector_bytes);
    buffer_append(sectors, bytes);
    while (sectors->size % sector_bytes)
        buffer_append_byte(sectors, 0);
    for (uint32_t i = 1; i <= count; i++)
        buffer_append_u32(fat, i == count ? OLE_END : first + i);
    return count ? first : OLE_END;
}

static inline uint32_t ole_storage(ole_writer *w, uint32_t parent, const char *name)
{
    return ole_add(w, parent, name, true);
}

static inline void ole_stream(ole_writer *w, uint32_t parent, const char *name, view bytes)
{
    uint32_t number = ole_add(w, parent, name, false);
    w->entries[number].size = (uint32_t)bytes.size;
    w->entries[number].start = bytes.size < 4096 ? ole_put(&w->small, &w->small_fat, 64, bytes)
                                                 : ole_put(&w->sectors, &w->fat, 512, bytes);
}

static inline void ole_u16(buffer *out, uint32_t value)
{
    buffer_append_byte(out, (char)(value & 0xFF));
    buffer_append_byte(out, (char)(value >> 8 & 0xFF));
}

static inline void ole_zeros(buffer *out, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buffer_append_byte(out, 0);
}

static inline void ole_directory(ole_writer *w, buffer *out)
{
    for (uint32_t i = 0; i < w->count; i++) {
        size_t length = strlen(w->entries[i].name), start = out->size;
        for (size_t c = 0; c < length; c++)
            ole_u16(out, (unsigned char)w->entries[i].name[c]);
        ole_zeros(out, 64 - 2 * length);
        ole_u16(out, (uint32_t)(2 * length + 2));
        buffer_append_byte(out, (char)(i == 0 ? 5 : w->entries[i].is_storage ? 1 : 2));
        buffer_append_byte(out, 1);
        buffer_append_u32(out, OLE_FREE);
        buffer_append_u32(out, w->entries[i].sibling);
        buffer_append_u32(out, w->entries[i].child);
        ole_zeros(out, 36);
        buffer_append_u32(out, w->entries[i].start);
        buffer_append_u32(out, w->entries[i].size);
        ole_zeros(out, 4);
        assert_int_equal(out->size - start, 128);
    }
}

/* The file; valid until ole_done. At most 109 sectors of FAT. */
static inline view ole_finish(ole_writer *w)
{
    buffer directory;
    buffer_init(&directory, 1 << 20);
    w->entries[0].size = (uint32_t)w->small.size;
    w->entries[0].start = ole_put(&w->sectors, &w->fat, 512, buffer_view(&w->small));
    ole_directory(w, &directory);
    uint32_t at_directory = ole_put(&w->sectors, &w->fat, 512, buffer_view(&directory));
    uint32_t at_small = ole_put(&w->sectors, &w->fat, 512, buffer_view(&w->small_fat));
    uint32_t sectors = (uint32_t)(w->fat.size / 4), tables = 0;
    while (tables * 128 < sectors + tables)
        tables++;
    assert_true(tables <= 109);
    for (uint32_t i = 0; i < tables; i++)
        buffer_append_u32(&w->fat, OLE_FAT);
    while (w->fat.size < (size_t)tables * 512)
        buffer_append_u32(&w->fat, OLE_FREE);
    buffer *f = &w->file;
    buffer_append(f, VIEW("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"));
    ole_zeros(f, 16);
    ole_u16(f, 0x3E);
    ole_u16(f, 3);
    ole_u16(f, 0xFFFE);
    ole_u16(f, 9);
    ole_u16(f, 6);
    ole_zeros(f, 10);
    buffer_append_u32(f, tables);
    buffer_append_u32(f, at_directory);
    buffer_append_u32(f, 0);
    buffer_append_u32(f, 4096);
    buffer_append_u32(f, at_small);
    buffer_append_u32(f, (uint32_t)((w->small_fat.size + 511) / 512));
    buffer_append_u32(f, OLE_END);
    buffer_append_u32(f, 0);
    for (uint32_t i = 0; i < 109; i++)
        buffer_append_u32(f, i < tables ? sectors + i : OLE_FREE);
    assert_int_equal(f->size, 512);
    buffer_append(f, buffer_view(&w->sectors));
    buffer_append(f, buffer_view(&w->fat));
    buffer_done(&directory);
    return buffer_view(f);
}

#endif
