/* chroma_metadata.c - see chroma_metadata.h. */
#include "transfer/chroma_metadata.h"

#include "base/json.h"

/* What both statements select. */
enum { KEY, STRING_VALUE, INT_VALUE, FLOAT_VALUE, BOOL_VALUE };

#define RECORDS      "embedding_metadata WHERE id = ?1 ORDER BY key"
#define RECORD_LISTS "embedding_metadata_array WHERE id = ?1 ORDER BY key, rowid"
#define COLLECTIONS  "collection_metadata WHERE collection_id = ?1 ORDER BY key"

kith_status chroma_metadata_of_records(sqlite_reader *r, chroma_metadata *out, kith_error *err)
{
    bool has_bool = false, has_lists = false;
    kith_status status = sqlite_reader_has(r, "embedding_metadata", "bool_value", &has_bool, err);
    if (status == KITH_OK)
        status = sqlite_reader_has(r, "embedding_metadata_array", NULL, &has_lists, err);
    if (status == KITH_OK)
        status = sqlite_rows_open(
            r,
            has_bool ? "SELECT key, string_value, int_value, float_value, bool_value FROM " RECORDS
                     : "SELECT key, string_value, int_value, float_value, NULL FROM " RECORDS,
            &out->scalars, err);
    if (status == KITH_OK && has_lists)
        status = sqlite_rows_open(
            r, "SELECT key, string_value, int_value, float_value, bool_value FROM " RECORD_LISTS,
            &out->lists, err);
    return status;
}

kith_status chroma_metadata_of_collections(sqlite_reader *r, chroma_metadata *out, kith_error *err)
{
    bool has_bool = false;
    kith_status status = sqlite_reader_has(r, "collection_metadata", "bool_value", &has_bool, err);
    if (status != KITH_OK) return status;
    return sqlite_rows_open(
        r,
        has_bool ? "SELECT key, str_value, int_value, float_value, bool_value FROM " COLLECTIONS
                 : "SELECT key, str_value, int_value, float_value, NULL FROM " COLLECTIONS,
        &out->scalars, err);
}

void chroma_metadata_close(chroma_metadata *m)
{
    sqlite_rows_close(m->scalars);
    sqlite_rows_close(m->lists);
    *m = (chroma_metadata){0};
}

static bool has_value(sqlite_rows *rows)
{
    for (int column = STRING_VALUE; column <= BOOL_VALUE; column++)
        if (!sqlite_rows_is_null(rows, column)) return true;
    return false;
}

static void write_value(json_writer *w, sqlite_rows *rows)
{
    if (!sqlite_rows_is_null(rows, BOOL_VALUE))
        json_bool(w, sqlite_rows_number(rows, BOOL_VALUE) != 0);
    else if (!sqlite_rows_is_null(rows, STRING_VALUE))
        json_string(w, sqlite_rows_bytes(rows, STRING_VALUE));
    else if (!sqlite_rows_is_null(rows, INT_VALUE))
        json_integer(w, sqlite_rows_number(rows, INT_VALUE));
    else
        json_real(w, sqlite_rows_real(rows, FLOAT_VALUE));
}

static kith_status write_scalars(sqlite_rows *rows, json_writer *w, buffer *document,
                                 bool *has_document, kith_error *err)
{
    for (;;) {
        bool found = false;
        kith_status status = sqlite_rows_next(rows, &found, err);
        if (status != KITH_OK || !found) return status;
        if (!has_value(rows)) continue;
        view key = sqlite_rows_bytes(rows, KEY);
        if (document && view_equal(key, VIEW("chroma:document"))) {
            buffer_append(document, sqlite_rows_bytes(rows, STRING_VALUE));
            *has_document = true;
            continue;
        }
        json_key_view(w, key);
        write_value(w, rows);
    }
}

static kith_status write_lists(sqlite_rows *rows, json_writer *w, kith_error *err)
{
    enum { KEY_BYTES = 64 << 10 };
    buffer key; // of the list that is open; a row's own views live until the next row
    bool is_open = false;
    kith_status status = KITH_OK;
    buffer_init(&key, KEY_BYTES);
    for (;;) {
        bool found = false;
        status = sqlite_rows_next(rows, &found, err);
        if (status != KITH_OK || !found) break;
        view own = sqlite_rows_bytes(rows, KEY);
        if (!is_open || !view_equal(own, buffer_view(&key))) {
            if (is_open) json_end_array(w);
            buffer_reset(&key);
            buffer_append(&key, own);
            json_key_view(w, own);
            json_begin_array(w);
            is_open = true;
        }
        if (has_value(rows)) write_value(w, rows);
    }
    if (is_open) json_end_array(w);
    if (status == KITH_OK) status = buffer_status(&key, "a key of metadata", err);
    buffer_done(&key);
    return status;
}

kith_status chroma_metadata_read(chroma_metadata *m, buffer *json, buffer *document,
                                 bool *has_document, kith_error *err)
{
    json_writer w = {.out = json};
    bool ignored = false;
    buffer_reset(json);
    if (document) buffer_reset(document);
    if (has_document) *has_document = false;
    json_begin_object(&w);
    kith_status status =
        write_scalars(m->scalars, &w, document, has_document ? has_document : &ignored, err);
    if (status == KITH_OK && m->lists) status = write_lists(m->lists, &w, err);
    json_end_object(&w);
    if (status == KITH_OK) status = buffer_status(json, "metadata", err);
    if (status == KITH_OK && document) status = buffer_status(document, "a document", err);
    return status;
}
