/* directory_check.c - what lies in a data directory, from the log upwards; see directory_check.h.
 *
 * The log is looked at first, before anything is opened, since SQLite would take the damage for the
 * log's end. What the database's opening refuses is a finding; then nothing else can be verified.
 * All is opened for reading only: a damaged index is set aside by the next process that writes, not
 * by this one. */
#include "db/directory_check.h"

#include "db/collection.h"
#include "db/database.h"
#include "os/clock.h"
#include "os/directory.h"
#include "os/directory_turn.h"
#include "store/catalog.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LOG_ATTEMPTS = 100, LOG_PAUSE_MS = 10 };

typedef struct verification {
    const char *directory;
    const store_check_visitor *visitor;
    directory_verified *out;
    const store_collection *collections; /* [count] */
    uint32_t count;
} verification;

__attribute__((format(printf, 4, 5))) static void
report(const store_check_visitor *v, bool is_damage, const char *advice, const char *format, ...)
{
    char what[KITH_ERROR_MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    const store_finding finding = {is_damage, what, advice};
    v->on_finding(v->context, &finding);
}

/* ---- the log ---- */

/* A process that writes without a pause has verified the log when it opened it. */
static kith_status verify_log(verification *v, kith_error *err)
{
    kith_status status = KITH_ERR_BUSY;
    for (int i = 0; i < LOG_ATTEMPTS && status == KITH_ERR_BUSY; i++) {
        status = store_read_log(v->directory, &v->out->log, err);
        if (status == KITH_ERR_BUSY) clock_sleep_ms(LOG_PAUSE_MS);
    }
    if (status == KITH_ERR_BUSY) return KITH_OK;
    if (status == KITH_OK && v->out->log.is_torn)
        report(v->visitor, false,
               "nothing, when the machine has lost power, a process was ended while it wrote, or "
               "the disk was full: that transaction was not acknowledged. Else the log was damaged "
               "or cut off there: restore a backup with 'kith restore', or go on without what is "
               "lost",
               "kith.db-wal: the log ends in a transaction that is not whole, behind %u commits",
               v->out->log.commits);
    return status;
}

/* ---- the indexes ---- */

static kith_status verify_index(database *d, const store_collection *c, verification *v,
                                kith_error *err)
{
    kith_status status = index_verify(d, c, v->visitor, &v->out->index_rows, err);
    // Deleted meanwhile by another process; or a row of the catalog is damaged, which was reported.
    return status == KITH_ERR_NOT_FOUND || status == KITH_ERR_CORRUPT ? KITH_OK : status;
}

static void note_notice(void *context, const char *notice)
{
    report(context, false, "nothing: the index is built anew from kith.db by itself", "%s", notice);
}

/* ---- what else lies there ---- */

static bool is_collection(const verification *v, const char *number, size_t digits)
{
    for (uint32_t i = 0; i < v->count; i++) {
        char id[24];
        int length = snprintf(id, sizeof id, "%llu", (unsigned long long)v->collections[i].id);
        if (length > 0 && (size_t)length == digits && memcmp(id, number, digits) == 0) return true;
    }
    return false;
}

static bool ends_in(const char *text, const char *end)
{
    size_t size = strlen(text), end_size = strlen(end);
    return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

/* A file, or a directory as a whole. */
static void report_needless(const verification *v, const char *name)
{
    if (strstr(name, ".damaged"))
        report(v->visitor, false, "remove it, unless somebody wants to examine it",
               "'%s' was set aside because it was damaged", name);
    else if (ends_in(name, ".tmp") || ends_in(name, ".restored") || strstr(name, ".replaced"))
        report(v->visitor, false, "remove it while no process has the directory open",
               "'%s' was left by a process that was ended while it wrote", name);
    else
        report(v->visitor, false, "remove it", "'%s' belongs to nothing that kith knows", name);
}

/* A file in derived/ or below it, in a directory that is_needed_directory let pass. `derived` itself
 * is visited when it is a link, which a user may have made. */
static bool is_needed_file(const verification *v, const char *name)
{
    static const char *const known[] = {"LOCK",    "kith.db", "kith.db-wal", "kith.db-shm",
                                        "reserve", "derived", "serve.sock",  "command.sock"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(name, known[i]) == 0) return true;
    if (strncmp(name, "derived/", 8) != 0 || strstr(name, ".damaged")) return false;
    return is_collection(v, name + 8, strspn(name + 8, "0123456789"));
}

/* A generation is written in its process's turn. So when no process has a turn, and it is there
 * still, nobody is writing it. */
static bool is_being_written(const verification *v, const char *path)
{
    int fd = -1;
    file_info info = {0};
    if (directory_freeze(v->directory, &fd, NULL) != KITH_OK) return true;
    bool is_there = file_stat(path, &info, NULL) == KITH_OK;
    if (fd >= 0) (void)close(fd);
    return !is_there;
}

/* derived, derived/COLLECTION, and below that a generation, also one under its temporary name. */
static bool is_needed_directory(const verification *v, const char *name)
{
    if (strcmp(name, "derived") == 0) return true;
    if (strncmp(name, "derived/", 8) != 0) return false;
    const char *number = name + 8;
    size_t digits = strspn(number, "0123456789");
    if (!is_collection(v, number, digits)) return false;
    const char *rest = number + digits;
    if (rest[0] == '\0') return true;
    if (rest[0] != '/') return false;
    digits = strspn(rest + 1, "0123456789");
    const char *suffix = rest + 1 + digits;
    return digits > 0 && (suffix[0] == '\0' || strcmp(suffix, ".tmp") == 0);
}

static const char *name_in(const verification *v, const char *path)
{
    const char *name = path + strlen(v->directory);
    while (*name == '/')
        name++;
    return name;
}

/* A directory that nobody needs is one finding, whatever lies in it. */
static kith_status enter_directory(void *context, const char *path, bool *enter)
{
    const verification *v = context;
    const char *name = name_in(v, path);
    *enter = name[0] == '\0' || is_needed_directory(v, name);
    if (!*enter)
        report_needless(v, name);
    else if (ends_in(name, ".tmp") && !is_being_written(v, path))
        report(v->visitor, false, "nothing: the next save of the index removes it",
               "'%s' was left by a process that was ended while it wrote", name);
    return KITH_OK;
}

static kith_status visit_file(void *context, const char *path, const file_info *info,
                              const kith_error *problem)
{
    const verification *v = context;
    (void)info;
    const char *name = name_in(v, path);
    v->out->files++;
    if (problem)
        report(v->visitor, true, "look at the disk and the rights of the file", "'%s': %s", name,
               problem->message);
    else if (!is_needed_file(v, name))
        report_needless(v, name);
    return KITH_OK;
}

/* ---- all of it ---- */

static kith_status verify_open(database *d, verification *v, kith_error *err)
{
    store_collection *collections = NULL;
    arena memory;
    arena_init(&memory, 0);
    v->out->store_was_read = true;
    kith_status status = store_verify(database_store(d), v->visitor, &v->out->store, err);
    if (status == KITH_OK)
        status =
            store_collection_list_all(database_store(d), &memory, &collections, &v->count, err);
    v->collections = collections;
    bool is_listed = status == KITH_OK;
    if (status == KITH_ERR_CORRUPT) status = KITH_OK; /* reported */
    for (uint32_t i = 0; is_listed && status == KITH_OK && i < v->count; i++)
        status = verify_index(d, &collections[i], v, err);
    const directory_visitor files = {.visit = visit_file, .enter = enter_directory, .context = v};
    if (is_listed && status == KITH_OK) status = directory_walk(v->directory, &files, err);
    arena_done(&memory);
    return status;
}

kith_status directory_verify(const char *directory, const store_check_visitor *visitor,
                             directory_verified *out, kith_error *err)
{
    database *d = NULL;
    directory_verified verified = {0};
    verification v = {.directory = directory, .visitor = visitor, .out = &verified};
    kith_error why = {0};
    const database_options options = {
        .read_only = true, .on_notice = note_notice, .context = (void *)(uintptr_t)visitor};
    kith_status status = database_open(directory, &options, &d, &why);
    if (status == KITH_OK || status == KITH_ERR_CORRUPT) {
        kith_status log = verify_log(&v, err);
        if (log != KITH_OK && status == KITH_OK) status = log;
    } else if (err) {
        *err = why;
    }
    if (status == KITH_ERR_CORRUPT && !d) {
        bool is_log = verified.log.is_damaged || verified.log.is_foreign;
        report(visitor, true,
               is_log
                   ? "restore a backup with 'kith restore'; or 'kith check --set-log-aside' goes "
                     "on without what is lost, and keeps the log as kith.db-wal.damaged"
                   : "restore a backup with 'kith restore'",
               "%s", why.message);
        status = KITH_OK;
    } else if (status == KITH_OK) {
        status = verify_open(d, &v, err);
    }
    kith_status closed = database_close(d, NULL);
    (void)closed; /* nothing was written */
    if (status == KITH_OK) *out = verified;
    return status;
}
