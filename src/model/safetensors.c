/* safetensors.c - a safetensors file: its header, checked as untrusted input.
 *
 *   offset  size         content
 *   0       8            n, the size of the header, little-endian
 *   8       n            one JSON object, beginning with '{'; a member for each tensor:
 *                        "NAME": {"dtype": "F32", "shape": [rows, columns],
 *                                 "data_offsets": [begin, end]}
 *                        and at most one more, "__metadata__", an object of strings
 *   8 + n   to the end   data: the tensors' bytes; data_offsets count from here
 *
 * A model file comes from elsewhere, and every number in it is a claim. Each is checked before
 * anything that follows depends on it:
 *
 *   1. The header's size is at most the format's limit and at most what the file has left, before
 *      the header is looked at.
 *   2. The header is JSON, within the parser's limits of size and depth.
 *   3. For each tensor: dtype is one of the format's; the shape is a list of at most
 *      TENSOR_RANK_MAX whole numbers >= 0 whose product does not overflow; begin <= end <= size of
 *      the data; and end - begin is exactly the bytes of that many elements of that type.
 *   4. Sorted by position, the tensors cover the data once and whole: the first begins at 0, each
 *      begins where the one before ends, the last ends at the end of the file. The format demands
 *      this so that a file has no room for anything else.
 *
 * After parsing, therefore, every tensor's bytes lay in the file and are as many as its shape and
 * type ask for. What the elements are is not checked here: see tensor_scan.
 *
 * The file is read and never mapped: a file that somebody cuts short while it is used gives an error
 * where it is read, and no signal (docs/decisions/063).
 *
 * Source: https://github.com/huggingface/safetensors, README "Format" and tensor.rs. */
#include "model/safetensors.h"

#include "base/arena.h"
#include "base/buffer.h"
#include "base/json.h"
#include "base/size.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The format's own limit, MAX_HEADER_SIZE in tensor.rs. */
static const uint64_t header_max_bytes = 100000000;

/* What is read of a file at a time where all of it is read. */
enum { PART_BYTES = 1 << 16 };

struct safetensors {
    int fd;
    struct stat opened; /* its size and time of modification are compared later */
    arena memory;       /* the parsed header, with the tensors' names */
    tensor *tensors;    /* [count], in the order of their bytes */
    uint32_t count;
};

/* Where the tensors' bytes lie in the file. */
typedef struct extent {
    uint64_t begin, bytes;
} extent;

typedef struct type_row {
    const char *name;
    uint32_t bits; /* of an element; those of 4 and 6 bits are packed without gaps */
    tensor_type type;
} type_row;

static const type_row types[] = {
    {"F32", 32, TENSOR_F32},      {"F16", 16, TENSOR_F16},      {"BF16", 16, TENSOR_BF16},
    {"F64", 64, TENSOR_OTHER},    {"C64", 64, TENSOR_OTHER},    {"I64", 64, TENSOR_I64},
    {"U64", 64, TENSOR_OTHER},    {"I32", 32, TENSOR_I32},      {"U32", 32, TENSOR_OTHER},
    {"I16", 16, TENSOR_OTHER},    {"U16", 16, TENSOR_OTHER},    {"I8", 8, TENSOR_I8},
    {"U8", 8, TENSOR_OTHER},      {"BOOL", 8, TENSOR_OTHER},    {"F8_E5M2", 8, TENSOR_OTHER},
    {"F8_E4M3", 8, TENSOR_OTHER}, {"F8_E8M0", 8, TENSOR_OTHER}, {"F6_E2M3", 6, TENSOR_OTHER},
    {"F6_E3M2", 6, TENSOR_OTHER}, {"F4", 4, TENSOR_OTHER},
};

static const type_row *find_type(view name)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (view_equal(name, view_of(types[i].name))) return &types[i];
    return NULL;
}

/* Reads a whole number >= 0; false when it is anything else. */
static bool read_size(const json_value *value, uint64_t *out)
{
    if (value->kind != JSON_INTEGER || value->integer < 0) return false;
    *out = (uint64_t)value->integer;
    return true;
}

static kith_status parse_shape(const json_value *shape, tensor *t, kith_error *err)
{
    if (!shape || shape->kind != JSON_ARRAY)
        return fail(err, KITH_ERR_MODEL, "tensor '%.*s' has no shape", VIEW_ARG(t->name));
    if (shape->count > TENSOR_RANK_MAX)
        return fail(err, KITH_ERR_MODEL, "tensor '%.*s' has %u dimensions, at most %d are read",
                    VIEW_ARG(t->name), shape->count, TENSOR_RANK_MAX);
    size_t count = 1;
    for (uint32_t i = 0; i < shape->count; i++) {
        if (!read_size(shape->elements[i], &t->shape[i]))
            return fail(err, KITH_ERR_MODEL, "tensor '%.*s' has a shape that is not of sizes",
                        VIEW_ARG(t->name));
        if (!size_mul(count, t->shape[i], &count))
            return fail(err, KITH_ERR_MODEL, "the shape of tensor '%.*s' overflows",
                        VIEW_ARG(t->name));
    }
    t->rank = shape->count;
    t->count = count;
    return KITH_OK;
}

/* Reads data_offsets and holds them against the data that follows the header, and against the
 * count of elements, of `bits` each. */
static kith_status parse_extent(const json_value *offsets, uint32_t bits, extent data, tensor *t,
                                kith_error *err)
{
    uint64_t begin = 0, end = 0;
    if (!offsets || offsets->kind != JSON_ARRAY || offsets->count != 2 ||
        !read_size(offsets->elements[0], &begin) || !read_size(offsets->elements[1], &end))
        return fail(err, KITH_ERR_MODEL, "tensor '%.*s' has no pair of data_offsets",
                    VIEW_ARG(t->name));
    if (begin > end || end > data.bytes)
        return fail(err, KITH_ERR_MODEL, "tensor '%.*s' lies at [%llu, %llu) of %llu bytes of data",
                    VIEW_ARG(t->name), (unsigned long long)begin, (unsigned long long)end,
                    (unsigned long long)data.bytes);
    size_t total_bits = 0;
    if (!size_mul(t->count, bits, &total_bits) || total_bits % 8 != 0 ||
        total_bits / 8 != end - begin)
        return fail(err, KITH_ERR_MODEL,
                    "tensor '%.*s' has %llu bytes, its shape asks for another"
                    " number",
                    VIEW_ARG(t->name), (unsigned long long)(end - begin));
    t->offset = data.begin + begin;
    t->bytes = end - begin;
    return KITH_OK;
}

static kith_status parse_tensor(const json_member *member, extent data, tensor *t, kith_error *err)
{
    t->name = member->key;
    view name = {0};
    if (!json_get_string(member->value, "dtype", &name))
        return fail(err, KITH_ERR_MODEL, "tensor '%.*s' has no dtype", VIEW_ARG(t->name));
    const type_row *type = find_type(name);
    if (!type)
        return fail(err, KITH_ERR_MODEL, "tensor '%.*s' has the unknown dtype '%.*s'",
                    VIEW_ARG(t->name), VIEW_ARG(name));
    t->type = type->type;
    kith_status status = parse_shape(json_get(member->value, "shape"), t, err);
    if (status != KITH_OK) return status;
    return parse_extent(json_get(member->value, "data_offsets"), type->bits, data, t, err);
}

static int by_position(const void *a, const void *b)
{
    const tensor *x = a, *y = b;
    if (x->offset != y->offset) return x->offset < y->offset ? -1 : 1;
    return (x->bytes > y->bytes) - (x->bytes < y->bytes);
}

/* Sorts the tensors by position and checks that they cover the data once and whole. Empty tensors
 * come before the one that begins at the same place, so that they neither overlap nor leave a
 * hole. */
static kith_status check_cover(safetensors *s, extent data, kith_error *err)
{
    if (s->count) qsort(s->tensors, s->count, sizeof *s->tensors, by_position);
    uint64_t covered = data.begin, end = data.begin + data.bytes;
    for (uint32_t i = 0; i < s->count; i++) {
        const tensor *t = &s->tensors[i];
        if (t->offset != covered)
            return fail(err, KITH_ERR_MODEL, "tensor '%.*s' %s", VIEW_ARG(t->name),
                        t->offset < covered ? "overlaps another" : "follows a hole");
        covered += t->bytes;
    }
    if (covered != end)
        return fail(err, KITH_ERR_MODEL, "%llu bytes follow the last tensor",
                    (unsigned long long)(end - covered));
    return KITH_OK;
}

static kith_status parse_metadata(const json_value *metadata, kith_error *err)
{
    bool valid = metadata->kind == JSON_OBJECT;
    for (uint32_t i = 0; valid && i < metadata->count; i++)
        valid = metadata->members[i].value->kind == JSON_STRING;
    if (!valid) return fail(err, KITH_ERR_MODEL, "__metadata__ is not a map of strings");
    return KITH_OK;
}

static kith_status parse_tensors(const json_value *header, extent data, safetensors *s,
                                 kith_error *err)
{
    if (header->kind != JSON_OBJECT)
        return fail(err, KITH_ERR_MODEL, "the header is not an object");
    s->tensors = heap_new_array(size_max(header->count, 1), sizeof *s->tensors);
    if (!s->tensors)
        return fail(err, KITH_ERR_NO_MEMORY, "no memory for %u tensors", header->count);
    for (uint32_t i = 0; i < header->count; i++) {
        const json_member *member = &header->members[i];
        kith_status status = KITH_OK;
        if (view_equal(member->key, VIEW("__metadata__")))
            status = parse_metadata(member->value, err);
        else {
            s->tensors[s->count].fd = s->fd;
            status = parse_tensor(member, data, &s->tensors[s->count++], err);
        }
        if (status != KITH_OK) return status;
    }
    return check_cover(s, data, err);
}

/* Fills data[bytes] from the file. Errors: KITH_ERR_MODEL when it ends before, KITH_ERR_IO. */
static kith_status read_bytes(int fd, uint64_t offset, void *data, size_t bytes, kith_error *err)
{
    for (size_t done = 0; done < bytes;) {
        int64_t got = file_ops_posix.pread(fd, (char *)data + done, bytes - done, offset + done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail(err, KITH_ERR_IO, "cannot read a model file: %s", strerror(errno));
        if (got == 0)
            return fail(err, KITH_ERR_MODEL, "the file was shortened while it was in use");
        done += (size_t)got;
    }
    return KITH_OK;
}

/* Reads the header, into s->memory, and finds the data, by the size that the first 8 bytes claim. */
static kith_status split_file(safetensors *s, view *header, extent *data, kith_error *err)
{
    char start[8];
    uint64_t size = (uint64_t)s->opened.st_size;
    if (size < sizeof start)
        return fail(err, KITH_ERR_MODEL, "%llu bytes are no safetensors file",
                    (unsigned long long)size);
    kith_status status = read_bytes(s->fd, 0, start, sizeof start, err);
    if (status != KITH_OK) return status;
    uint64_t bytes = load_u64(start);
    if (bytes > header_max_bytes)
        return fail(err, KITH_ERR_MODEL, "the header claims %llu bytes, the format allows %llu",
                    (unsigned long long)bytes, (unsigned long long)header_max_bytes);
    if (bytes > size - sizeof start)
        return fail(err, KITH_ERR_MODEL, "the header claims %llu bytes, the file has %llu",
                    (unsigned long long)bytes, (unsigned long long)size);
    char *text = arena_new(&s->memory, bytes + 1);
    if (!text) return fail(err, KITH_ERR_NO_MEMORY, "no memory for a model file");
    status = read_bytes(s->fd, sizeof start, text, bytes, err);
    if (status != KITH_OK) return status;
    *header = (view){text, bytes};
    *data = (extent){sizeof start + bytes, size - sizeof start - bytes};
    if (!view_starts_with(*header, VIEW("{")))
        return fail(err, KITH_ERR_MODEL, "the header does not start with '{'");
    return KITH_OK;
}

static kith_status open_file(const char *path, safetensors *s, kith_error *err)
{
    // O_NONBLOCK: opening a pipe must not hang; it means nothing for regular files.
    s->fd = file_ops_posix.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
    if (s->fd < 0 || fstat(s->fd, &s->opened) != 0)
        return fail(err, status_of_errno(errno), "cannot open '%s': %s", path, strerror(errno));
    if (!S_ISREG(s->opened.st_mode))
        return fail(err, KITH_ERR_IO, "'%s' is not a regular file", path);
    return KITH_OK;
}

kith_status safetensors_open(const char *path, safetensors **out, kith_error *err)
{
    view text = {0};
    extent data = {0};
    const json_value *header = NULL;
    safetensors *s = calloc(1, sizeof *s);
    if (!s) return fail(err, KITH_ERR_NO_MEMORY, "no memory for a model file");
    arena_init(&s->memory, 0);
    kith_status status = open_file(path, s, err);
    if (status == KITH_OK) status = split_file(s, &text, &data, err);
    if (status != KITH_OK) goto done;
    status = json_parse(text, header_max_bytes, &s->memory, &header, err);
    if (status == KITH_ERR_FORMAT || status == KITH_ERR_LIMIT)
        status = fail_context(err, KITH_ERR_MODEL, "the header");
    if (status != KITH_OK) goto done;
    status = parse_tensors(header, data, s, err);
    if (status != KITH_OK) goto done;
    *out = s;
    s = NULL;
done:
    safetensors_free(s);
    return status;
}

void safetensors_free(safetensors *s)
{
    if (!s) return;
    if (s->fd >= 0) (void)file_ops_posix.close(s->fd);
    arena_done(&s->memory);
    free(s->tensors);
    free(s);
}

bool safetensors_is_unchanged(const safetensors *s)
{
    struct stat now;
    return fstat(s->fd, &now) == 0 && now.st_size == s->opened.st_size &&
           now.st_mtim.tv_sec == s->opened.st_mtim.tv_sec &&
           now.st_mtim.tv_nsec == s->opened.st_mtim.tv_nsec;
}

kith_status safetensors_digest(const safetensors *s, hash128 *out, kith_error *err)
{
    kith_status status = KITH_OK;
    uint64_t size = (uint64_t)s->opened.st_size;
    hash_stream *stream = hash_stream_new();
    char *part = malloc(PART_BYTES);
    if (!stream || !part) status = fail(err, KITH_ERR_NO_MEMORY, "no memory to digest a file");
    for (uint64_t at = 0; status == KITH_OK && at < size; at += PART_BYTES) {
        size_t bytes = (size_t)(size - at < PART_BYTES ? size - at : PART_BYTES);
        status = read_bytes(s->fd, at, part, bytes, err);
        if (status == KITH_OK) hash_stream_add(stream, (view){part, bytes});
    }
    if (status == KITH_OK) *out = hash_stream_value128(stream);
    free(part);
    hash_stream_free(stream);
    return status;
}

const tensor *safetensors_find(const safetensors *s, const char *name)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (view_equal(s->tensors[i].name, view_of(name))) return &s->tensors[i];
    return NULL;
}

static float float_of_bits(uint32_t bits)
{
    float value = 0;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint16_t load_u16(const char *p)
{
    uint16_t value = 0;
    memcpy(&value, p, sizeof value);
    return value;
}

/* IEEE 754 half precision: 1 sign, 5 exponent (bias 15), 10 fraction. Every half, subnormals too,
 * is exact in a float: 112 is the difference of the two biases. */
static float float_of_half(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = half >> 10 & 31;
    uint32_t fraction = half & 0x3ff;
    if (exponent == 0) {
        float value = (float)fraction * 0x1p-24f;
        return sign ? -value : value;
    }
    uint32_t wide = exponent == 31 ? 255 : exponent + 112;
    return float_of_bits(sign | wide << 23 | fraction << 13);
}

/* out[count] holds its own 8-bit numbers in its last quarter; as below. */
static void widen_bytes(size_t count, float *out)
{
    const int8_t *codes = (const int8_t *)out + count * 3;
    for (size_t i = 0; i < count; i++) {
        const int8_t code = codes[i]; // out[i] may be where it lies
        out[i] = (float)code;
    }
}

/* out[count] holds its own 16-bit codes in its second half, and they become floats from the first
 * one on: what is written never reaches what is still to be read. */
static void widen(tensor_type type, size_t count, float *out)
{
    const char *codes = (const char *)out + count * 2;
    for (size_t i = 0; i < count; i++) {
        uint16_t code = load_u16(codes + i * 2);
        out[i] = type == TENSOR_F16 ? float_of_half(code) : float_of_bits((uint32_t)code << 16);
    }
}

kith_status tensor_read(const tensor *t, uint64_t first, size_t count, float *out, kith_error *err)
{
    CHECK(t->type <= TENSOR_I8);
    DCHECK(first <= t->count && count <= t->count - first);
    if (t->type == TENSOR_I8) {
        kith_status got = read_bytes(t->fd, t->offset + first, (char *)out + count * 3, count, err);
        if (got == KITH_OK) widen_bytes(count, out);
        return got;
    }
    if (t->type == TENSOR_F32) return read_bytes(t->fd, t->offset + first * 4, out, count * 4, err);
    kith_status status =
        read_bytes(t->fd, t->offset + first * 2, (char *)out + count * 2, count * 2, err);
    if (status == KITH_OK) widen(t->type, count, out);
    return status;
}

kith_status tensor_read_integers(const tensor *t, uint64_t first, size_t count, int64_t *out,
                                 kith_error *err)
{
    CHECK(t->type == TENSOR_I32 || t->type == TENSOR_I64);
    DCHECK(first <= t->count && count <= t->count - first);
    if (t->type == TENSOR_I64) return read_bytes(t->fd, t->offset + first * 8, out, count * 8, err);
    const char *codes = (const char *)out + count * 4; // the second half, as in widen
    kith_status status =
        read_bytes(t->fd, t->offset + first * 4, (char *)out + count * 4, count * 4, err);
    for (size_t i = 0; status == KITH_OK && i < count; i++) {
        int32_t code = 0;
        memcpy(&code, codes + i * 4, sizeof code);
        out[i] = code;
    }
    return status;
}

kith_status tensor_scan(const tensor *t, bool *finite, kith_error *err)
{
    enum { PART = PART_BYTES / sizeof(float) };
    float *part = malloc(PART_BYTES);
    if (!part) return fail(err, KITH_ERR_NO_MEMORY, "no memory to read a tensor");
    bool sound = true;
    kith_status status = KITH_OK;
    for (uint64_t at = 0; status == KITH_OK && at < t->count; at += PART) {
        size_t count = (size_t)(t->count - at < PART ? t->count - at : PART);
        status = tensor_read(t, at, count, part, err);
        if (status == KITH_OK) sound = sound && floats_are_finite(part, count);
    }
    if (status == KITH_OK) *finite = sound;
    free(part);
    return status;
}

/* An exponent of all ones is an infinity or a NaN. The loop has no early exit, so that the compiler
 * can vectorise it. */
bool floats_are_finite(const float *values, size_t count)
{
    uint32_t bad = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t bits = 0;
        memcpy(&bits, &values[i], sizeof bits);
        bad |= (bits & 0x7f800000) == 0x7f800000;
    }
    return !bad;
}
