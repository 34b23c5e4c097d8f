/* derived_load.c - which generation of a collection's derived index is used.
 *
 * Nothing in a generation is needed: one that is of no use is as good as none; the index then starts
 * empty, at sequence 0, and the next catch-up fills it.
 *
 * Loading looks at the generations from the newest on, EXAMINED_MAX at most, and takes the first that
 * is sound and belongs. What is wrong with the newest one decides what is reported:
 *
 *   newest generation       | what is loaded       | must be saved | then
 *   ------------------------|----------------------|---------------|------------------------------
 *   sound, and belongs      | its state            | no            | stays
 *   sound, does not belong  | an older, or nothing | yes           | removed by the next save
 *   of another format       | an older, or nothing | yes           | removed by the next save
 *   not readable            | an older, or nothing | yes           | removed by the next save
 *   larger than the memory  | nothing              | yes           | removed by the next save
 *   that it may take        |                      |               |
 *   damaged, no directory   | an older, or nothing | yes           | renamed to <n>.damaged in this
 *                           |                      |               | process's turn, else removed by
 *                           |                      |               | the next save
 *   missing                 | nothing              | yes           | -
 *   none, and never was one | nothing              | no            | written once there is enough
 *
 * "Must be saved": a new one is written at once even when the collection is small, or each open
 * would rebuild the index and report so again. "Missing" is one that the store has recorded a token
 * for. An older generation can only be there after a crash between two steps of saving
 * (derived_save.c).
 *
 * Other processes save, too, and remove what this one is reading. So a manifest is read before the
 * tokens: the token of whatever lay there was recorded before. It can only be unknown when two more
 * were recorded in between, and a part can only be missing when its generation was replaced; so what
 * is of no use is looked at again, in this process's turn if it can have one, before it is rejected.
 * A process that only reads rebuilds in memory, and leaves what lies there as it is.
 *
 * A generation that was loaded can turn out to be damaged later, since pages of a large one are read when they are
 * wanted. Then it is set aside like one that is damaged when it is looked at (derived_reject). Where that cannot be, its
 * manifest still checks: so who has rejected it names its token, and it counts as damaged.
 *
 * Nothing is followed: what is not a directory of kith's own making is renamed, never entered. */
#include "db/derived_parts.h"
#include "db/generation_home.h"
#include "os/directory.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { EXAMINED_MAX = 4 };

typedef enum verdict {
    NEVER_WRITTEN, /* there is none, and never was one */
    BELONGS,
    /* of no use */
    MISSING,
    UNREADABLE,
    NO_DIRECTORY,
    OTHER_FORMAT,
    DAMAGED,
    OF_OTHERS,
    TOO_LARGE
} verdict;

/* Of the newest generation. */
typedef struct finding {
    verdict verdict;
    uint64_t number;      /* 0: derived/COLLECTION itself, or none */
    uint32_t format;      /* OTHER_FORMAT */
    const char *mismatch; /* OF_OTHERS */
    bool is_first;        /* MISSING: none before it was recorded either */
    kith_error detail;    /* DAMAGED: what does not check */
} finding;

static verdict judge_failure(kith_status status)
{
    if (status == KITH_ERR_UNSUPPORTED) return OTHER_FORMAT;
    return status == KITH_ERR_CORRUPT ? DAMAGED : UNREADABLE;
}

static bool is_token(const store_token *a, const store_token *b)
{
    return a->part[0] == b->part[0] && a->part[1] == b->part[1];
}

/* A limit of the system or of this process, not of the file: mostly of open files, which `why` says then. */
static kith_status fail_limit(kith_error *err, const kith_error *why)
{
    return fail(err, KITH_ERR_IO, "an index cannot be opened, which is none the worse: %s",
                why->message);
}

/* Fills *out when the generation belongs. */
static kith_status examine_generation(const derived_home *h, uint64_t number, snapshot **out,
                                      finding *f, kith_error *err)
{
    char path[PATH_MAX];
    generation g = {0};
    file_info info = {0};
    known k = {0};
    kith_error why = {0};
    *f = (finding){.number = number};
    kith_status status = entry_path(h, &(entry){number, ENTRY_GENERATION}, path, err);
    if (status != KITH_OK) return status;
    if (file_stat(path, &info, NULL) == KITH_OK && info.kind != FILE_DIRECTORY) {
        f->verdict = NO_DIRECTORY;
        return KITH_OK;
    }
    kith_status read = generation_open(h->ops, path, &g, &f->format, &why);
    status = read_known(h, &k, err); // after the manifest was read
    if (status == KITH_OK && read == KITH_OK) {
        f->mismatch = find_mismatch(&g, &k);
        f->verdict = f->mismatch ? OF_OTHERS : BELONGS;
        const bool is_rejected = h->rejected && is_token(h->rejected, &g.binding.token);
        if (!f->mismatch && derived_exceeds(&g, &h->budget)) f->verdict = TOO_LARGE;
        if (is_rejected)
            read = fail(&why, KITH_ERR_CORRUPT, "it was found damaged while it was used");
        else if (f->verdict == BELONGS)
            read = derived_read(&g, h->read_at_once, &h->budget, out, &why);
        if (f->verdict == BELONGS && read == KITH_OK) {
            (*out)->derived->generation = number;
            (*out)->derived->token = g.binding.token;
        }
    }
    generation_close(&g);
    // No fault of the file's: it must not be set aside, and rebuilding would take more memory, or descriptors.
    if (status == KITH_OK && read == KITH_ERR_NO_MEMORY)
        status = fail(err, read, "out of memory for an index: %s", why.message);
    if (status == KITH_OK && read == KITH_ERR_LIMIT) status = fail_limit(err, &why);
    if (status != KITH_OK || read == KITH_OK) return status;
    f->verdict = judge_failure(read);
    f->detail = why;
    return KITH_OK;
}

/* The format of an index of before there were generations; 0: there is none. */
static uint32_t read_old_format(const derived_home *h)
{
    enum { HEAD_BYTES = 8 };
    char path[PATH_MAX], head[HEAD_BYTES];
    file_reader file = {0};
    uint32_t format = 0;
    if (home_path(h, ".index", path, NULL) != KITH_OK ||
        file_reader_open(h->ops, path, &file, NULL) != KITH_OK)
        return 0;
    if (file.bytes >= HEAD_BYTES && file_reader_read(&file, 0, head, HEAD_BYTES, NULL) == KITH_OK)
        format = generation_format_of((view){head, HEAD_BYTES});
    file_reader_close(&file);
    return format;
}

/* When there is no generation. `listed` is how that was found out. */
static kith_status examine_absence(const derived_home *h, kith_status listed, finding *f,
                                   kith_error *err)
{
    known k = {0};
    *f = (finding){.format = read_old_format(h)};
    kith_status status = read_known(h, &k, err);
    if (status != KITH_OK) return status;
    f->is_first = token_is_zero(&k.former);
    if (f->format)
        f->verdict = OTHER_FORMAT;
    else if (!token_is_zero(&k.expected.token))
        f->verdict = listed == KITH_OK ? MISSING : UNREADABLE;
    return KITH_OK;
}

/* Fills *out, and sets *is_loaded, with the newest generation that belongs; *f is of the newest. */
static kith_status examine(const derived_home *h, snapshot **out, bool *is_loaded, finding *f,
                           kith_error *err)
{
    listing l;
    uint32_t examined = 0;
    kith_error why = {0};
    *is_loaded = false;
    kith_status listed = list_home(h, &l, &why);
    if (listed == KITH_ERR_LIMIT && l.is_there) return fail_limit(err, &why);
    if (listed == KITH_ERR_NO_MEMORY || listed == KITH_ERR_LIMIT)
        return fail(err, listed, "%s", why.message);
    if (l.is_there && !l.is_directory) {
        *f = (finding){.verdict = NO_DIRECTORY};
        return KITH_OK;
    }
    for (uint32_t i = 0; i < l.count && examined < EXAMINED_MAX && !*is_loaded; i++) {
        finding found;
        if (l.entries[i].form != ENTRY_GENERATION) continue;
        kith_status status = examine_generation(h, l.entries[i].number, out, &found, err);
        if (status != KITH_OK) return status;
        *is_loaded = found.verdict == BELONGS;
        if (examined++ == 0) *f = found;
    }
    return examined ? KITH_OK : examine_absence(h, listed, f, err);
}

static bool is_broken(const finding *f)
{
    return f->verdict == DAMAGED || f->verdict == NO_DIRECTORY;
}

/* Keeps what is damaged for whoever wants to examine it, in place of the one before. False when it
 * could not be renamed: in a directory that is read-only it stays where it is. */
static bool set_aside(const derived_home *h, const finding *f)
{
    char from[PATH_MAX], to[PATH_MAX];
    listing l;
    if (f->number == 0)
        return home_path(h, "", from, NULL) == KITH_OK &&
               home_path(h, ".damaged", to, NULL) == KITH_OK &&
               file_move(h->ops, from, to, NULL) == KITH_OK;
    if (list_home(h, &l, NULL) != KITH_OK) return false;
    for (uint32_t i = 0; i < l.count; i++) {
        bool is_old =
            l.entries[i].form == ENTRY_DAMAGED && entry_path(h, &l.entries[i], to, NULL) == KITH_OK;
        kith_status removed = is_old ? directory_remove(h->ops, to, NULL) : KITH_OK;
        (void)removed; // only room on the disk
    }
    return entry_path(h, &(entry){f->number, ENTRY_GENERATION}, from, NULL) == KITH_OK &&
           entry_path(h, &(entry){f->number, ENTRY_DAMAGED}, to, NULL) == KITH_OK &&
           file_move(h->ops, from, to, NULL) == KITH_OK;
}

__attribute__((format(printf, 2, 3))) static void explain(derived_loading *l, const char *format,
                                                          ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(l->reason, sizeof l->reason, format, arguments);
    va_end(arguments);
}

/* Why the newest generation is of no use. In turn, what is damaged is set aside. */
static void reject(const derived_home *h, const finding *f, bool is_in_turn, derived_loading *l)
{
    char place[64], number[32] = "";
    l->is_damage = is_broken(f) || f->verdict == UNREADABLE;
    if (f->number) (void)snprintf(number, sizeof number, "/%llu", (unsigned long long)f->number);
    (void)snprintf(place, sizeof place, "%llu%s", (unsigned long long)h->collection, number);
    if (is_broken(f) && is_in_turn && set_aside(h, f)) {
        if (f->verdict == DAMAGED)
            explain(l, "damaged index (%.120s) set aside as derived/%s.damaged", f->detail.message,
                    place);
        else
            explain(l, "what is no directory set aside as derived/%s.damaged", place);
    } else if (is_broken(f) && is_in_turn) {
        explain(l, "index derived/%s is damaged and cannot be set aside", place);
    } else if (f->verdict == DAMAGED) {
        explain(l, "index derived/%s is damaged (%.120s)", place, f->detail.message);
    } else if (f->verdict == NO_DIRECTORY) {
        explain(l, "derived/%s is no directory", place);
    } else if (f->verdict == OTHER_FORMAT) {
        explain(l, "index format %u is %s than %d", f->format,
                f->format < GENERATION_FORMAT ? "older" : "newer", GENERATION_FORMAT);
    } else if (f->verdict == OF_OTHERS) {
        explain(l, "index file is %s", f->mismatch);
    } else if (f->verdict == TOO_LARGE) {
        explain(l, "index takes more memory than index_memory");
    } else {
        explain(l, "index file %s", f->verdict == MISSING ? "is missing" : "cannot be read");
    }
}

static bool is_of_no_use(const finding *f)
{
    return f->verdict > BELONGS;
}

/* Up to three looks, of which the one in this process's turn is the last. */
static kith_status look(const derived_home *h, snapshot **out, derived_loading *l, bool *is_in_turn,
                        kith_error *err)
{
    enum { LOOKS = 3 };
    finding f = {0};
    kith_status status = KITH_OK;
    *is_in_turn = false;
    for (int i = 0; i < LOOKS; i++) {
        if (l->is_loaded) snapshot_release(*out);
        status = examine(h, out, &l->is_loaded, &f, err);
        if (status != KITH_OK || !is_of_no_use(&f) || *is_in_turn) break;
        *is_in_turn = i + 1 < LOOKS && store_turn_begin(h->store);
    }
    // Out of turn, another process may be writing the first one, with its token recorded.
    bool is_coming = f.verdict == MISSING && f.is_first && !*is_in_turn;
    if (status == KITH_OK && is_of_no_use(&f) && !is_coming) reject(h, &f, *is_in_turn, l);
    return status;
}

static bool has_token(const derived_home *h, uint64_t number, const store_token *token)
{
    char path[PATH_MAX];
    generation g = {0};
    uint32_t format = 0;
    if (entry_path(h, &(entry){number, ENTRY_GENERATION}, path, NULL) != KITH_OK ||
        generation_open(h->ops, path, &g, &format, NULL) != KITH_OK)
        return false;
    const bool result = is_token(&g.binding.token, token);
    generation_close(&g);
    return result;
}

void derived_reject(const derived_home *h, uint64_t number, const store_token *token,
                    const kith_error *what, derived_loading *out)
{
    const finding f = {.verdict = DAMAGED, .number = number, .detail = *what};
    const bool is_in_turn = store_turn_begin(h->store);
    *out = (derived_loading){0};
    reject(h, &f, is_in_turn && has_token(h, number, token), out);
    if (is_in_turn) store_turn_end(h->store);
}

kith_status derived_examine(const derived_home *h, bool *is_missing, kith_error *err)
{
    listing l;
    known k = {0};
    bool is_good = false;
    uint32_t examined = 0;
    kith_error why = {0};
    kith_status listed = list_home(h, &l, &why);
    if (listed == KITH_ERR_LIMIT && l.is_there) return fail_limit(err, &why);
    if (listed == KITH_ERR_NO_MEMORY || listed == KITH_ERR_LIMIT)
        return fail(err, listed, "%s", why.message);
    kith_status status = read_known(h, &k, err);
    for (uint32_t i = 0; i < l.count && examined < EXAMINED_MAX && status == KITH_OK && !is_good;
         i++) {
        char path[PATH_MAX];
        generation g = {0};
        uint32_t format = 0;
        if (l.entries[i].form != ENTRY_GENERATION) continue;
        examined++;
        status = entry_path(h, &l.entries[i], path, err);
        if (status != KITH_OK) continue;
        const kith_status opened = generation_open(h->ops, path, &g, &format, &why);
        if (opened == KITH_ERR_LIMIT) return fail_limit(err, &why);
        if (opened != KITH_OK) continue;
        status = read_known(h, &k, err); // after the manifest was read
        is_good = status == KITH_OK && !find_mismatch(&g, &k);
        generation_close(&g);
    }
    if (status == KITH_OK) *is_missing = !is_good && !token_is_zero(&k.expected.token);
    return status;
}

kith_status derived_load(const derived_home *h, snapshot **out, derived_loading *out_loading,
                         kith_error *err)
{
    snapshot *loaded = NULL;
    derived_loading l = {0};
    bool is_in_turn = false;
    kith_status status = look(h, &loaded, &l, &is_in_turn, err);
    if (is_in_turn) store_turn_end(h->store);
    if (status != KITH_OK) return status;
    if (l.is_loaded) *out = loaded;
    *out_loading = l;
    return KITH_OK;
}
