/* zip_writer.h - ZIP files for the tests, whole ones and wrong ones: each entry deflated by zlib,
 * its record in the directory as the test wants it. */
#ifndef KITH_TEST_ZIP_WRITER_H
#define KITH_TEST_ZIP_WRITER_H

#include "test.h"

#include "base/buffer.h"

#include <zlib.h>

typedef struct zip_writer {
    buffer file, directory;
    uint32_t count;
    uint16_t flags;         /* of the next entries */
    uint32_t claimed_bytes; /* instead of the size of the next entries; 0: the true one */
} zip_writer;

static inline void zip_init(zip_writer *z)
{
    *z = (zip_writer){0};
    buffer_init(&z->file, (size_t)1 << 30);
    buffer_init(&z->directory, (size_t)1 << 30);
}

static inline void zip_done(zip_writer *z)
{
    buffer_done(&z->file);
    buffer_done(&z->directory);
}

static inline void zip_u16(buffer *out, uint32_t value)
{
    buffer_append_byte(out, (char)(value & 0xFF));
    buffer_append_byte(out, (char)(value >> 8 & 0xFF));
}

/* The fields that the local header and the directory share. */
static inline void zip_fields(buffer *out, const zip_writer *z, uint32_t crc, uint32_t packed,
                              uint32_t bytes, size_t name_bytes)
{
    zip_u16(out, 20);
    zip_u16(out, z->flags);
    zip_u16(out, 8);
    buffer_append_u32(out, 0);
    buffer_append_u32(out, crc);
    buffer_append_u32(out, packed);
    buffer_append_u32(out, z->claimed_bytes ? z->claimed_bytes : bytes);
    zip_u16(out, (uint32_t)name_bytes);
    zip_u16(out, 0);
}

/* The record in the directory of an entry at `offset`. */
static inline void zip_list(zip_writer *z, const char *name, uint32_t crc, uint32_t packed,
                            uint32_t bytes, uint32_t offset)
{
    buffer_append_u32(&z->directory, 0x02014B50);
    zip_u16(&z->directory, 20);
    zip_fields(&z->directory, z, crc, packed, bytes, strlen(name));
    zip_u16(&z->directory, 0);
    zip_u16(&z->directory, 0);
    zip_u16(&z->directory, 0);
    buffer_append_u32(&z->directory, 0);
    buffer_append_u32(&z->directory, offset);
    buffer_append_text(&z->directory, name);
    z->count++;
}

static inline void zip_add(zip_writer *z, const char *name, view content)
{
    uLong room = compressBound((uLong)content.size) + 64;
    char *packed = malloc(room);
    z_stream s = {.next_in = (Bytef *)(uintptr_t)content.data,
                  .avail_in = (uInt)content.size,
                  .next_out = (Bytef *)packed,
                  .avail_out = (uInt)room};
    assert_int_equal(deflateInit2(&s, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&s, Z_FINISH), Z_STREAM_END);
    uint32_t crc = (uint32_t)crc32(crc32(0, NULL, 0), (const Bytef *)content.data,
                                   (uInt)content.size),
             size = (uint32_t)s.total_out, offset = (uint32_t)z->file.size;
    deflateEnd(&s);
    buffer_append_u32(&z->file, 0x04034B50);
    zip_fields(&z->file, z, crc, size, (uint32_t)content.size, strlen(name));
    buffer_append_text(&z->file, name);
    buffer_append(&z->file, (view){packed, size});
    free(packed);
    zip_list(z, name, crc, size, (uint32_t)content.size, offset);
}

static inline void zip_add_text(zip_writer *z, const char *name, const char *content)
{
    zip_add(z, name, view_of(content));
}

/* Writes the directory; the file is then complete. */
static inline view zip_finish(zip_writer *z)
{
    uint32_t start = (uint32_t)z->file.size;
    buffer_append(&z->file, buffer_view(&z->directory));
    buffer_append_u32(&z->file, 0x06054B50);
    buffer_append_u32(&z->file, 0);
    zip_u16(&z->file, z->count);
    zip_u16(&z->file, z->count);
    buffer_append_u32(&z->file, (uint32_t)z->directory.size);
    buffer_append_u32(&z->file, start);
    zip_u16(&z->file, 0);
    return buffer_view(&z->file);
}

#endif
