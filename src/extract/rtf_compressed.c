/* rtf_compressed.c - a window of 4,096 bytes that begins with the words that RTF begins with; a byte
 * of flags says of each of the next eight tokens whether it is a byte or a place in the window. */
#include "extract/rtf_compressed.h"

#include <string.h>

enum { HEADER_BYTES = 16, WINDOW_BYTES = 4096, PACKED = 0x75465A4C, STORED = 0x414C454D };

static const char WORDS[] = "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman "
                            "\\fswiss \\fmodern \\fscript "
                            "\\fdecor MS Sans SerifSymbolArialTimes New "
                            "RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
                            "\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

typedef struct window {
    char bytes[WINDOW_BYTES];
    uint32_t at; /* of the next byte */
} window;

static void put(window *w, char byte, buffer *out)
{
    w->bytes[w->at] = byte;
    w->at = (w->at + 1) % WINDOW_BYTES;
    buffer_append_byte(out, byte);
}

/* Appends until the end that a place of the window's own end marks, or `most` bytes. */
static void unpack_tokens(view packed, size_t most, buffer *out)
{
    window w = {.at = sizeof WORDS - 1};
    memcpy(w.bytes, WORDS, sizeof WORDS - 1);
    size_t at = 0, start = out->size;
    while (at < packed.size && out->failed == KITH_OK) {
        unsigned flags = (unsigned char)packed.data[at++];
        for (int bit = 0; bit < 8 && at < packed.size; bit++, flags >>= 1) {
            if (out->size - start >= most) return;
            if (!(flags & 1)) {
                put(&w, packed.data[at++], out);
                continue;
            }
            if (at + 2 > packed.size) return;
            uint32_t token =
                (uint32_t)(unsigned char)packed.data[at] << 8 | (unsigned char)packed.data[at + 1];
            uint32_t from = token >> 4, count = (token & 15) + 2;
            at += 2;
            if (from == w.at) return;
            for (uint32_t i = 0; i < count && out->size - start < most; i++)
                put(&w, w.bytes[(from + i) % WINDOW_BYTES], out);
        }
    }
}

kith_status rtf_compressed_append(view packed, buffer *out, kith_error *err)
{
    if (packed.size < HEADER_BYTES)
        return fail(err, KITH_ERR_FORMAT, "its RTF is damaged: it is too short");
    size_t most = load_u32(packed.data + 4);
    uint32_t method = load_u32(packed.data + 8);
    view rest = view_slice(packed, HEADER_BYTES, packed.size);
    if (method == STORED)
        buffer_append(out, view_slice(rest, 0, most < rest.size ? most : rest.size));
    else if (method == PACKED)
        unpack_tokens(rest, most, out);
    else
        return fail(err, KITH_ERR_FORMAT, "its RTF is damaged: it is packed in no known way");
    return buffer_status(out, "its RTF", err);
}
