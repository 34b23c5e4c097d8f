/* sql_driver.c - prints the SQL of the store, for test_sql.py to read with another engine's eyes.
 *   sql_driver statements   every statement, each ended by a NUL
 *   sql_driver schema DIR   the tables and indexes of a new store in DIR, each ended by a NUL
 */
#include "base/buffer.h"
#include "store/statements.h"
#include "store/store.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

static int print_statements(void)
{
    for (int id = 0; id < STATEMENT_COUNT; id++) {
        buffer text;
        buffer_init(&text, 64 << 10);
        statement_write((statement_id)id, &text);
        view whole = buffer_view(&text);
        (void)fwrite(whole.data, 1, whole.size, stdout);
        (void)putchar(0);
        buffer_done(&text);
    }
    return 0;
}

static int print_row(void *context, int columns, char **values, char **names)
{
    (void)context;
    (void)columns;
    (void)names;
    (void)fwrite(values[0], 1, strlen(values[0]) + 1, stdout);
    return 0;
}

static int print_schema(const char *directory)
{
    kith_error err = {0};
    store *s = NULL;
    sqlite3 *db = NULL;
    char path[4096];
    kith_status status = store_open(directory, &s, &err);
    if (status == KITH_OK) status = store_close(s, &err);
    (void)snprintf(path, sizeof path, "%s/kith.db", directory);
    if (status != KITH_OK || sqlite3_open(path, &db) != SQLITE_OK) {
        (void)fprintf(stderr, "%s: %s\n", directory, err.message);
        return 1;
    }
    int rc = sqlite3_exec(db,
                          "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL "
                          "AND name NOT LIKE 'sqlite_%' ORDER BY rowid",
                          print_row, NULL, NULL);
    return sqlite3_close(db) == SQLITE_OK && rc == SQLITE_OK ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "statements") == 0) return print_statements();
    if (argc == 3 && strcmp(argv[1], "schema") == 0) return print_schema(argv[2]);
    (void)fprintf(stderr, "use: sql_driver statements | schema DIR\n");
    return 2;
}
