/* test_transfer_sqlite.c - other programs' SQLite files: what cannot be read is told from what is
 * damaged. */
#include "test.h"

#include "store/faulty_vfs.h"
#include "transfer/sqlite_reader.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROWS = 2000 };

static void write_file(const char *path)
{
    sqlite3 *db = NULL;
    char insert[160];
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "CREATE TABLE t (a TEXT)", NULL, NULL, NULL), SQLITE_OK);
    (void)snprintf(insert, sizeof insert,
                   "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
                   "INSERT INTO t SELECT printf('row %%050d', i) FROM n",
                   ROWS);
    assert_int_equal(sqlite3_exec(db, insert, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Reads all rows; the status of the first call that failed. */
static kith_status read_all(const char *path, int fault_after, kith_error *err)
{
    sqlite_reader *reader = NULL;
    sqlite_rows *rows = NULL;
    bool found = true;
    uint32_t count = 0;
    if (fault_after >= 0) fault_arm(FAULT_READ, fault_after, true, SQLITE_IOERR_CORRUPTFS);
    kith_status status = sqlite_reader_open(path, &reader, err);
    if (status == KITH_OK) status = sqlite_rows_open(reader, "SELECT a FROM t", &rows, err);
    while (status == KITH_OK && found) {
        status = sqlite_rows_next(rows, &found, err);
        count += status == KITH_OK && found;
    }
    if (status == KITH_OK) assert_int_equal(count, ROWS);
    sqlite_rows_close(rows);
    sqlite_reader_close(reader);
    (void)fault_disarm();
    return status;
}

static void a_disk_that_gives_eio_is_no_damage(void **state)
{
    (void)state;
    char path[] = "/tmp/kith-sqlite-XXXXXX";
    kith_error err = {0};
    uint32_t met = 0;
    int file = mkstemp(path);
    assert_true(file >= 0);
    (void)close(file);
    write_file(path);
    assert_ok(read_all(path, -1, &err));
    assert_int_equal(faulty_vfs_register(), SQLITE_OK);
    for (int after = 0; after < 12; after++) {
        kith_status status = read_all(path, after, &err);
        if (status == KITH_OK) continue;
        assert_int_equal(status, KITH_ERR_IO);
        met++;
    }
    assert_true(met >= 6);
    (void)unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_disk_that_gives_eio_is_no_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
