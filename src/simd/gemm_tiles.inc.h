/* gemm_tiles.inc.h - a tile of any height and width up to the register tile's, over the including
 * file's tile(): rows and vectors become constants here, for which the compiler makes one variant
 * each. TILE_VARIANTS_ARGUMENT is the type whose members rows and vectors say which. */
INLINE void tile_of_vectors(const TILE_VARIANTS_ARGUMENT *t, const int vectors)
{
    switch (t->rows) {
    case 1:
        tile(t, 1, vectors);
        break;
    case 2:
        tile(t, 2, vectors);
        break;
    case 3:
        tile(t, 3, vectors);
        break;
    case 4:
        tile(t, 4, vectors);
        break;
    case 5:
        tile(t, 5, vectors);
        break;
    case 6:
        tile(t, 6, vectors);
        break;
#if TILE_ROWS > 6
    case 7:
        tile(t, 7, vectors);
        break;
    case 8:
        tile(t, 8, vectors);
        break;
#endif
    }
}

static void tile_run(const TILE_VARIANTS_ARGUMENT *t)
{
    switch (t->vectors) {
    case 1:
        tile_of_vectors(t, 1);
        break;
    case 2:
        tile_of_vectors(t, 2);
        break;
#if TILE_VECTORS > 2
    case 3:
        tile_of_vectors(t, 3);
        break;
#endif
    }
}

/* While it is in the first cache. */
static void tile_gelu(float *out, size_t out_stride, size_t rows, size_t vectors)
{
    for (size_t r = 0; r < rows; r++, out += out_stride)
        for (size_t v = 0; v < vectors; v++)
            vec_store(out + v * LANES, vec_gelu(vec_load(out + v * LANES)));
}
