/* amx_tiles.h - the instructions of AMX: eight tiles of up to 16 rows of 64 bytes, and products of two
 * of them that are added to a third.
 *
 *   sums [rows][16] of 32 bits += a [rows][64 bytes] * b [16][64 bytes]
 *
 * Row r of b has, for each of the 16 columns, the 4 bytes that meet bytes 4r to 4r+3 of a row of a: 4 codes
 * of 8 bits or 2 of 16, the order in which panels are packed (gemm_codes.h).
 *
 * Written as assembly: the intrinsics of GCC 12 do not tell the compiler that a tile is loaded from
 * memory, so stores before it may be moved behind it, and its loadconfig names 8 of the 64 bytes that are
 * read. A tile's number is a literal here.
 *
 * A thread's tiles are empty but between tiles_configure and tiles_release, so that no switch of threads
 * saves them. Both are needed in one call, and nothing may be called in between that does them too. */
#ifndef KITH_SIMD_AMX_TILES_H
#define KITH_SIMD_AMX_TILES_H

#include <stddef.h>
#include <stdint.h>

enum { TILE_HEIGHT = 16, TILE_BYTES = 64 };

/* The operand of ldtilecfg. */
typedef struct tile_shapes {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
} tile_shapes;
_Static_assert(sizeof(tile_shapes) == 64, "as the instruction reads it");

/* Tiles 0 to 3 sum, 4 and 5 hold rows and 6 and 7 columns; `rows` of 1..16 is the height of the first
 * six. */
static inline void tiles_configure(size_t rows)
{
    tile_shapes shapes = {.palette = 1};
    for (int i = 0; i < 8; i++) {
        shapes.row_bytes[i] = TILE_BYTES;
        shapes.rows[i] = i < 6 ? (uint8_t)rows : TILE_HEIGHT;
    }
    __asm__ volatile("ldtilecfg %0" : : "m"(shapes) : "memory");
}

static inline void tiles_release(void)
{
    __asm__ volatile("tilerelease" : : : "memory");
}

#define TILE_ZERO(tile) __asm__ volatile("tilezero %%tmm" #tile : : : "memory")
/* Rows `stride` bytes apart from `from` on. */
#define TILE_LOAD(tile, from, stride)                                                              \
    __asm__ volatile("tileloadd (%0,%1,1), %%tmm" #tile : : "r"(from), "r"(stride) : "memory")
#define TILE_STORE(tile, to, stride)                                                               \
    __asm__ volatile("tilestored %%tmm" #tile ", (%0,%1,1)" : : "r"(to), "r"(stride) : "memory")
/* Unsigned bytes of a times signed bytes of b. */
#define TILE_DOT_INT8(sums, a, b)                                                                  \
    __asm__ volatile("tdpbusd %%tmm" #b ", %%tmm" #a ", %%tmm" #sums : : : "memory")
#define TILE_DOT_BF16(sums, a, b)                                                                  \
    __asm__ volatile("tdpbf16ps %%tmm" #b ", %%tmm" #a ", %%tmm" #sums : : : "memory")

#endif
