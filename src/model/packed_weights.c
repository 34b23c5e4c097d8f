/* packed_weights.c - see packed_weights.h.
 *
 * The file is called .kith-packed-KERNELS beside the weights, KERNELS being the instruction set and
 * the formats that this CPU has of it ("avx512-int8-bf16-int16"), so that machines which share a
 * directory do not replace each other's. In the cache its name begins with a digest of the
 * fingerprint. Format, all numbers as the machine stores them, since KERNELS names the machine:
 *
 *     0     8  "kithpack"
 *     8     4  u32 version, PACKED_VERSION
 *     12    4  u32 products
 *     16    8  u64 bytes of the block
 *     24    8  f64 smallest cosine of a built-in text to float32
 *     32   16  XXH3-128 of the block
 *     48  256  fingerprint, a line feed, KERNELS; zeros to the end
 *     304   1  u8 precision of attention
 *     305   n  u8 precision of each product; zeros up to a multiple of 64
 *     ...      the block
 *     end  16  XXH3-128 of everything before the block
 *
 * A file that is not exactly so is none. The digests find damage, not malice: who can write to these
 * directories can replace the model too. PACKED_VERSION must change with whatever changes the block:
 * the layout of a network (bert_weights.c, linear.c), the packing of a format (gemm_codes.c), panels, and
 * the choice of precisions (precision.c, its texts and its target). */
#include "model/packed_weights.h"

#include "base/hash.h"
#include "base/size.h"
#include "os/file.h"
#include "os/file_leftovers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    PACKED_VERSION = 1,
    KEY_BYTES = 256,
    HEAD_BYTES = 305,
    DIGEST_BYTES = 16,
    PATH_BYTES = 4096 + 128,
    LEFTOVER_MS = 10 * 60 * 1000 /* packing takes a second */
};

static void name_kernels(simd_level level, char *out, size_t size)
{
    static const gemm_precision all[] = {GEMM_INT8, GEMM_BF16, GEMM_INT16};
    int used = snprintf(out, size, "%s", simd_level_name(level));
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (gemm_fast_format_of(level, all[i]))
            used += snprintf(out + used, size - (size_t)used, "-%s", gemm_precision_name(all[i]));
}

/* False when it is too long. */
static bool make_path(const packed_key *key, bool in_cache, char *out)
{
    char kernels[64], digest[33];
    name_kernels(key->level, kernels, sizeof kernels);
    hash128_hex(hash128_of(view_of(key->fingerprint), 0), digest);
    int length = in_cache
                     ? snprintf(out, PATH_BYTES, "%s/%s-%s", key->cache, digest, kernels)
                     : snprintf(out, PATH_BYTES, "%s/.kith-packed-%s", key->directory, kernels);
    return length > 0 && length < PATH_BYTES;
}

static size_t head_bytes(uint32_t products)
{
    size_t bytes = HEAD_BYTES + (size_t)products;
    return (bytes + GEMM_ALIGNMENT_BYTES - 1) / GEMM_ALIGNMENT_BYTES * GEMM_ALIGNMENT_BYTES;
}

/* Fills head[head_bytes(key->products)], zeroed before. False when the key is too long. */
static bool write_head(const packed_key *key, const precision_choice *choice, view block,
                       char *head)
{
    char text[KEY_BYTES + 1], kernels[64];
    uint32_t numbers[] = {PACKED_VERSION, key->products};
    uint64_t bytes = block.size;
    hash128 digest = hash128_of(block, 0);
    name_kernels(key->level, kernels, sizeof kernels);
    int length = snprintf(text, sizeof text, "%s\n%s", key->fingerprint, kernels);
    if (length < 0 || length > KEY_BYTES) return false;
    memcpy(head, "kithpack", 8);
    memcpy(head + 8, numbers, sizeof numbers);
    memcpy(head + 16, &bytes, sizeof bytes);
    memcpy(head + 24, &choice->cosine, sizeof choice->cosine);
    memcpy(head + 32, &digest, sizeof digest);
    memcpy(head + 48, text, (size_t)length);
    head[304] = (char)choice->attention;
    for (uint32_t i = 0; i < key->products; i++)
        head[HEAD_BYTES + i] = (char)choice->precisions[i];
    return true;
}

/* The choice that a head of a sound size holds; false when it holds none for this CPU. */
static bool read_choice(const packed_key *key, const char *head, precision_choice *out)
{
    precision_choice c = {.attention = (gemm_precision)head[304]};
    c.precisions = heap_new_array(key->products, sizeof *c.precisions);
    if (!c.precisions) return false;
    memcpy(&c.cosine, head + 24, sizeof c.cosine);
    bool sound = head[304] == GEMM_FLOAT32 || head[304] == GEMM_BF16;
    for (uint32_t i = 0; i < key->products; i++) {
        unsigned char precision = (unsigned char)head[HEAD_BYTES + i];
        sound = sound && precision <= GEMM_FLOAT32;
        c.precisions[i] = (gemm_precision)precision;
    }
    if (!sound) {
        precision_choice_done(&c);
        return false;
    }
    *out = c;
    return true;
}

/* Takes a mapped file apart; false when it is not what the key asks for. */
static bool read_file(const packed_key *key, view file, precision_choice *choice, view *block)
{
    size_t head = head_bytes(key->products);
    if (file.size < head + DIGEST_BYTES) return false;
    hash128 digest = hash128_of(view_slice(file, 0, head), 0);
    if (memcmp(&digest, file.data + file.size - DIGEST_BYTES, DIGEST_BYTES) != 0) return false;
    view weights = view_slice(file, head, file.size - DIGEST_BYTES);
    precision_choice found = {0};
    if (!read_choice(key, file.data, &found)) return false;
    char *expected = calloc(1, head);
    bool same = expected && write_head(key, &found, weights, expected) &&
                memcmp(expected, file.data, head) == 0;
    free(expected);
    if (!same) {
        precision_choice_done(&found);
        return false;
    }
    *choice = found;
    *block = weights;
    return true;
}

static bool open_at(const packed_key *key, bool in_cache, packed_weights *out)
{
    char path[PATH_BYTES];
    file_map map = {0};
    if (in_cache && !key->cache) return false;
    if (!make_path(key, in_cache, path) || file_map_open(path, &map, NULL) != KITH_OK) return false;
    packed_weights found = {.map = map};
    if (!read_file(key, map.bytes, &found.choice, &found.block)) {
        file_map_close(&map);
        return false;
    }
    memcpy(&found.digest, map.bytes.data + 32, sizeof found.digest);
    *out = found;
    return true;
}

bool packed_weights_open(const packed_key *key, packed_weights *out)
{
    return open_at(key, false, out) || open_at(key, true, out);
}

/* Whether the block in `file` is the one that was compared with its digest. */
static bool has_block(const void *context, view file)
{
    const packed_weights *p = context;
    size_t begin = (size_t)(p->block.data - p->map.bytes.data);
    hash128 digest = hash128_of(view_slice(file, begin, begin + p->block.size), 0);
    return memcmp(&digest, &p->digest, sizeof digest) == 0;
}

bool packed_weights_keep(packed_weights *p)
{
    return file_map_is_whole(&p->map) || file_map_detach(&p->map, has_block, p, NULL) == KITH_OK;
}

void packed_weights_close(packed_weights *p)
{
    file_map_close(&p->map);
    precision_choice_done(&p->choice);
    *p = (packed_weights){0};
}

/* ---- writing ---- */

static kith_status write_parts(const char *path, const view *parts, size_t count)
{
    file_writer w = {0};
    kith_status status = file_writer_open(&file_ops_posix, path, &w, NULL);
    if (status != KITH_OK) return status;
    for (size_t i = 0; status == KITH_OK && i < count; i++)
        status = file_writer_write(&w, parts[i], NULL);
    if (status == KITH_OK) return file_writer_finish(&w, NULL);
    file_writer_abandon(&w);
    return status;
}

static bool write_at(const packed_key *key, bool in_cache, const view *parts, size_t count)
{
    char path[PATH_BYTES], temporary[PATH_BYTES + 32];
    if (in_cache && (!key->cache || directory_create(&file_ops_posix, key->cache, NULL) != KITH_OK))
        return false;
    if (!make_path(key, in_cache, path)) return false;
    file_leftovers_remove(path, LEFTOVER_MS);
    (void)snprintf(temporary, sizeof temporary, "%s.%ld", path, (long)gettid());
    kith_status status = write_parts(temporary, parts, count);
    if (status == KITH_OK) status = file_move(&file_ops_posix, temporary, path, NULL);
    if (status != KITH_OK) (void)file_ops_posix.unlink(temporary);
    return status == KITH_OK;
}

bool packed_weights_write(const packed_key *key, const precision_choice *choice, view block)
{
    size_t bytes = head_bytes(key->products);
    char *head = calloc(1, bytes);
    bool written = false;
    if (!head) return false;
    if (write_head(key, choice, block, head)) {
        hash128 digest = hash128_of((view){head, bytes}, 0);
        view parts[] = {{head, bytes}, block, {(const char *)&digest, sizeof digest}};
        size_t count = sizeof parts / sizeof *parts;
        written = write_at(key, false, parts, count) || write_at(key, true, parts, count);
    }
    free(head);
    return written;
}
