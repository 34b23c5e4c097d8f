/* cursor.c - see cursor.h. */
#include "lib/cursor.h"

#include "base/hash.h"
#include "db/database.h"

#include <inttypes.h>
#include <string.h>

enum {
    KIND_AT = 2,       /* behind "k1" */
    COLLECTION_AT = 4, /* behind the '-' */
    NUMBER_DIGITS = 16,
    PLACE_AT = COLLECTION_AT + NUMBER_DIGITS + 1,
    AROUND_PLACE = PLACE_AT + 1 + NUMBER_DIGITS, /* everything but the place's digits */
    TEXT_MAX_BYTES = AROUND_PLACE + 2 * CURSOR_PLACE_MAX_BYTES
};

kith_status cursor_list_of(collection *c, cursor_kind kind, cursor_list *out, kith_error *err)
{
    store_binding binding = {0};
    store_token former;
    kith_status status = store_read_binding(database_store(collection_database(c)),
                                            collection_id(c), &binding, &former, err);
    if (status == KITH_OK)
        *out = (cursor_list){
            .kind = kind, .collection = binding.collection, .seed = binding.store.part[0]};
    return status;
}

static const char digits[] = "0123456789abcdef";

static void write_hex(view bytes, char *out)
{
    for (size_t i = 0; i < bytes.size; i++) {
        unsigned char byte = (unsigned char)bytes.data[i];
        out[2 * i] = digits[byte >> 4];
        out[2 * i + 1] = digits[byte & 15];
    }
}

/* Most significant digit first, as it is read. */
static void write_number(uint64_t number, char out[NUMBER_DIGITS])
{
    for (int i = NUMBER_DIGITS; i-- > 0; number >>= 4)
        out[i] = digits[number & 15];
}

/* -1: not one of the digits that write_hex uses. */
static int digit_value(char c)
{
    const char *found = c ? strchr(digits, c) : NULL;
    return found ? (int)(found - digits) : -1;
}

static bool read_number(view text, uint64_t *out)
{
    uint64_t number = 0;
    for (size_t i = 0; i < text.size; i++) {
        int value = digit_value(text.data[i]);
        if (value < 0) return false;
        number = number << 4 | (unsigned)value;
    }
    *out = number;
    return true;
}

static bool read_hex(view text, char *out)
{
    for (size_t i = 0; i < text.size; i += 2) {
        int high = digit_value(text.data[i]), low = digit_value(text.data[i + 1]);
        if (high < 0 || low < 0) return false;
        out[i / 2] = (char)(high << 4 | low);
    }
    return true;
}

const char *cursor_write(const cursor_list *list, view place, arena *a)
{
    CHECK(place.size >= 1 && place.size <= CURSOR_PLACE_MAX_BYTES);
    char *text = arena_new(a, AROUND_PLACE + 2 * place.size + 1);
    if (!text) return NULL;
    size_t checksum_at = PLACE_AT + 2 * place.size + 1;
    memcpy(text, "k1", 2);
    text[KIND_AT] = (char)list->kind;
    text[KIND_AT + 1] = '-';
    write_number(list->collection, text + COLLECTION_AT);
    text[PLACE_AT - 1] = '-';
    write_hex(place, text + PLACE_AT);
    text[checksum_at - 1] = '-';
    write_number(hash64((view){text, checksum_at}, list->seed), text + checksum_at);
    return text;
}

static kith_status fail_malformed(kith_error *err)
{
    return fail(err, KITH_ERR_INVALID,
                "the cursor is not one that a page of this store ended with");
}

kith_status cursor_read(const cursor_list *list, const char *text, arena *a, view *place,
                        kith_error *err)
{
    view all = {text, strnlen(text, TEXT_MAX_BYTES + 1)};
    uint64_t number = 0, checksum = 0;
    if (all.size > TEXT_MAX_BYTES || all.size < AROUND_PLACE + 2 || (all.size - AROUND_PLACE) % 2)
        return fail_malformed(err);
    size_t checksum_at = all.size - NUMBER_DIGITS;
    view hex = view_slice(all, PLACE_AT, checksum_at - 1);
    if (!view_starts_with(all, VIEW("k1")) ||
        !read_number(view_slice(all, COLLECTION_AT, PLACE_AT - 1), &number) ||
        !read_number(view_slice(all, checksum_at, all.size), &checksum) ||
        checksum != hash64(view_slice(all, 0, checksum_at), list->seed))
        return fail_malformed(err);
    // From here on the text is as cursor_write wrote it, of some list of this store.
    if (number != list->collection)
        return fail(err, KITH_ERR_INVALID, "the cursor is of another collection");
    if (text[KIND_AT] != (char)list->kind)
        return fail(err, KITH_ERR_INVALID, "the cursor is of another list of the collection");
    char *bytes = arena_new(a, hex.size / 2 + 1);
    if (!bytes) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a cursor");
    if (!read_hex(hex, bytes)) return fail_malformed(err);
    *place = (view){bytes, hex.size / 2};
    return KITH_OK;
}

const char *cursor_write_number(const cursor_list *list, uint64_t number, arena *a)
{
    char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (char)(number >> (56 - 8 * i));
    return cursor_write(list, (view){bytes, sizeof bytes}, a);
}

kith_status cursor_read_number(const cursor_list *list, const char *text, arena *a,
                               uint64_t *number, kith_error *err)
{
    view place = {NULL, 0};
    kith_status status = cursor_read(list, text, a, &place, err);
    if (status != KITH_OK) return status;
    if (place.size != 8) return fail_malformed(err);
    *number = 0;
    for (int i = 0; i < 8; i++)
        *number = *number << 8 | (unsigned char)place.data[i];
    return KITH_OK;
}
