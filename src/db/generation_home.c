/* generation_home.c - the directory of a collection's generations: its names, and what belongs.
 *
 * Whether a generation belongs is what its binding says: the token decides (store/derived_files.c).
 * The other fields only tell why it does not belong, and catch one whose manifest was forged. */
#include "db/generation_home.h"

#include "os/directory.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const suffixes[ENTRY_FORMS] = {"", ".tmp", ".damaged"};

kith_status home_path(const derived_home *h, const char *suffix, char out[PATH_MAX],
                      kith_error *err)
{
    int length = snprintf(out, PATH_MAX, "%s/derived/%llu%s", h->directory,
                          (unsigned long long)h->collection, suffix);
    if (length > 0 && length < PATH_MAX) return KITH_OK;
    return fail(err, KITH_ERR_LIMIT, "data directory's path is too long");
}

kith_status entry_path(const derived_home *h, const entry *e, char out[PATH_MAX], kith_error *err)
{
    char suffix[64];
    (void)snprintf(suffix, sizeof suffix, "/%llu%s", (unsigned long long)e->number,
                   suffixes[e->form]);
    return home_path(h, suffix, out, err);
}

static bool parse_name(const char *name, entry *out)
{
    size_t digits = strspn(name, "0123456789");
    if (digits == 0 || digits > NUMBER_DIGITS_MAX || name[0] == '0') return false;
    for (entry_form form = 0; form < ENTRY_FORMS; form++) {
        if (strcmp(name + digits, suffixes[form]) != 0) continue;
        *out = (entry){.form = form};
        for (size_t i = 0; i < digits; i++)
            out->number = out->number * 10 + (uint64_t)(name[i] - '0');
        return true;
    }
    return false;
}

static void add_entry(listing *l, const entry *e)
{
    uint32_t at = l->count;
    if (e->number > l->highest) l->highest = e->number;
    while (at > 0 && l->entries[at - 1].number < e->number)
        at--;
    if (at == ENTRIES_MAX) return;
    if (l->count < ENTRIES_MAX) l->count++;
    memmove(&l->entries[at + 1], &l->entries[at], (l->count - 1 - at) * sizeof *l->entries);
    l->entries[at] = *e;
}

typedef struct walk {
    listing *found;
    bool top_passed; /* derived/COLLECTION itself was entered */
} walk;

static kith_status note_entry(void *context, const char *path, const file_info *info,
                              const kith_error *problem)
{
    entry e;
    const walk *w = context;
    (void)info, (void)problem; // whatever it is, it has the name
    if (w->top_passed && parse_name(strrchr(path, '/') + 1, &e)) add_entry(w->found, &e);
    return KITH_OK;
}

/* Enters derived/COLLECTION, which comes first, and nothing in it. */
static kith_status enter_home(void *context, const char *path, bool *enter)
{
    walk *w = context;
    *enter = !w->top_passed;
    if (!*enter) return note_entry(w, path, NULL, NULL);
    w->top_passed = true;
    return KITH_OK;
}

kith_status list_home(const derived_home *h, listing *out, kith_error *err)
{
    char path[PATH_MAX];
    file_info info = {0};
    *out = (listing){0};
    kith_status status = home_path(h, "", path, err);
    if (status == KITH_OK) status = file_stat(path, &info, err);
    if (status == KITH_ERR_NOT_FOUND) return KITH_OK;
    if (status != KITH_OK) return status;
    out->is_there = true;
    out->is_directory = info.kind == FILE_DIRECTORY;
    if (!out->is_directory) return KITH_OK;
    walk w = {.found = out};
    const directory_visitor visitor = {.visit = note_entry, .enter = enter_home, .context = &w};
    errno = 0;
    status = directory_walk(path, &visitor, err);
    if (status != KITH_ERR_IO || !is_out_of_descriptors(errno)) return status;
    return fail(err, KITH_ERR_LIMIT, "'%s': too many open files (ulimit -n)", path);
}

/* ---- what belongs ---- */

static bool is_equal(const store_token *a, const store_token *b)
{
    return a->part[0] == b->part[0] && a->part[1] == b->part[1];
}

bool token_is_zero(const store_token *t)
{
    return t->part[0] == 0 && t->part[1] == 0;
}

bool token_is_known(const store_token *token, const known *k)
{
    return !token_is_zero(token) &&
           (is_equal(token, &k->expected.token) || is_equal(token, &k->former));
}

kith_status read_known(const derived_home *h, known *out, kith_error *err)
{
    return store_read_binding(h->store, h->collection, &out->expected, &out->former, err);
}

/* One without vectors may be from before the collection was pinned to a dimension and a model. */
const char *find_mismatch(const generation *g, const known *k)
{
    const store_binding *found = &g->binding, *expected = &k->expected;
    if (!is_equal(&found->store, &expected->store)) return "of another store";
    if (found->collection != expected->collection) return "of another collection";
    if (found->sequence > expected->sequence) return "newer than its store";
    if (!token_is_known(&found->token, k)) return "not the last that was written";
    if (!generation_find(g, PART_VECTORS, 0)) return NULL;
    if (found->metric != expected->metric || found->dim != expected->dim)
        return "of another dimension or metric";
    if (found->model != expected->model) return "of another model";
    return NULL;
}
