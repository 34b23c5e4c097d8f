/* schema_functions.c - see schema_functions.h.
 * A step that adds a column to a table must write the checksum of each of its rows anew, which SQL
 * alone cannot. With these functions a step stays what it is, one piece of SQL. */
#include "store/schema_functions.h"

#include "base/uuid.h"
#include "os/random.h"
#include "store/checksum.h"
#include "store/sqlite_connection.h"

enum { VALUES_MAX = 16 };

static void checksum_function(sqlite3_context *context, int count, sqlite3_value **values)
{
    uint64_t numbers[VALUES_MAX];
    view texts[VALUES_MAX];
    size_t number_count = 0, text_count = 0;
    if (count < 1 || count > VALUES_MAX) {
        sqlite3_result_error(context, "row_checksum takes 1 to 16 values", -1);
        return;
    }
    for (int i = 1; i < count; i++) {
        if (sqlite3_value_type(values[i]) == SQLITE_INTEGER) {
            numbers[number_count++] = (uint64_t)sqlite3_value_int64(values[i]);
            continue;
        }
        bool is_null = sqlite3_value_type(values[i]) == SQLITE_NULL;
        const void *data = sqlite3_value_blob(values[i]);
        int size = sqlite3_value_bytes(values[i]);
        if (is_null)
            texts[text_count++] = (view){NULL, 0};
        else
            texts[text_count++] = data && size > 0 ? (view){data, (size_t)size} : VIEW("");
    }
    row_table table = (row_table)sqlite3_value_int64(values[0]);
    sqlite3_result_int64(context,
                         (int64_t)row_checksum(table, numbers, number_count, texts, text_count));
}

static void uuid_function(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    (void)values;
    unsigned char random[16];
    kith_error err = {0};
    if (random_bytes(random, sizeof random, &err) != KITH_OK) {
        sqlite3_result_error(context, err.message, -1);
        return;
    }
    uuid id = uuid_of_random(random);
    sqlite3_result_blob(context, id.bytes, sizeof id.bytes, SQLITE_TRANSIENT);
}

kith_status schema_functions_add(connection *c, kith_error *err)
{
    int rc = sqlite3_create_function_v2(c->db, "row_checksum", -1,
                                        SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY,
                                        NULL, checksum_function, NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_create_function_v2(c->db, "random_uuid", 0, SQLITE_UTF8 | SQLITE_DIRECTONLY,
                                        NULL, uuid_function, NULL, NULL, NULL);
    return rc == SQLITE_OK ? KITH_OK : connection_fail(c, rc, err);
}
