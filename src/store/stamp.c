/* stamp.c - has anything been committed since?, told from memory that SQLite shares between processes.
 *
 * A statement that asks the catalog for one row costs some microseconds: locks of the file, a snapshot, a look into
 * the tree. Where the answer is known from before, all that is wanted is whether a commit came between. In WAL mode
 * every commit, of whatever process, ends by writing the head of the wal-index (kith.db-shm): the length of the log,
 * its checksum and salts, and a counter. Whoever begins to read compares the same bytes. So bytes that are equal to
 * those of before mean that a reader who began now would see what one saw then.
 *
 * The head is there twice; a commit writes the second copy, then the first, and returns after both. This reads the first
 * alone: while it is half written it differs from what it was, which counts as a change, and a commit that has not
 * returned yet need not be seen. Format: sqlite.org/walformat.html, 2.1; the number in front says which one it is, and where
 * it is another there are no stamps. There are none either where there is no shared memory.
 *
 * When a process is killed while it writes the head, the next one that reads makes the wal-index anew from the log. Of an
 * empty log it then has a head that is always the same, whatever was committed before and has left the log: its
 * salts are 0, and with these there is no stamp until the log has pages, which its checksum is of. Any log that SQLite
 * begins anew by itself has other salts, one of which is random.
 *
 * The memory is mapped as long as some connection of this process has the file open. So the store has one for this
 * alone, from the STAMPS_AFTER-th question on: a process that asks once or twice is quicker without. It has no
 * transaction, holds no snapshot, and is not used again until it is closed. */
#include "store/sqlite_log.h"
#include "store/store_internal.h"

#include <stdatomic.h>
#include <string.h>

enum { STAMPS_AFTER = 4, FORMAT_WORD = 0, FLAGS_WORD = 3, PAGES_WORD = 4, SALT_WORD = 8 };

static const uint32_t FORMAT = 3007000;

/* Opens the connection, and has it map the memory by reading something. */
static void begin_watching(store *s)
{
    connection *c = NULL;
    uint64_t any = 0;
    kith_status status = connection_open(s->path, CONNECTION_READER, &c, NULL);
    if (status == KITH_OK) status = connection_number(c, DATABASE_COUNT, &any, NULL);
    if (status == KITH_OK && connection_log_head(c))
        // Release: what it points to is mapped.
        atomic_store_explicit(&s->watching, c, memory_order_release);
    else
        connection_close(c, false); // then there are no stamps
}

bool store_read_stamp(store *s, store_stamp *out)
{
    const connection *c = atomic_load_explicit(&s->watching, memory_order_acquire);
    if (!c) {
        // Relaxed: a count. One thread comes to be the one whose question is the last without.
        if (s->writer &&
            atomic_fetch_add_explicit(&s->unstamped, 1, memory_order_relaxed) == STAMPS_AFTER)
            begin_watching(s);
        return false;
    }
    const volatile uint32_t *head = connection_log_head(c);
    for (uint32_t i = 0; i < STORE_STAMP_WORDS; i++)
        out->words[i] = __atomic_load_n(&head[i], __ATOMIC_RELAXED);
    // What is read after it is not older than it.
    atomic_thread_fence(memory_order_acquire);
    const uint8_t *is_begun = (const uint8_t *)&out->words[FLAGS_WORD];
    const bool is_one_of_many =
        out->words[PAGES_WORD] != 0 || out->words[SALT_WORD] != 0 || out->words[SALT_WORD + 1] != 0;
    return out->words[FORMAT_WORD] == FORMAT && *is_begun == 1 && is_one_of_many;
}

bool store_stamp_equal(const store_stamp *a, const store_stamp *b)
{
    return memcmp(a->words, b->words, sizeof a->words) == 0;
}

void stamp_done(store *s)
{
    connection_close(atomic_exchange_explicit(&s->watching, NULL, memory_order_acquire), false);
}
