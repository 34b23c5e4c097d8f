/* derived_save.c - saving a generation of a collection's derived index, and removing them.
 *
 * The steps, and what a crash after each leaves. T is the token of the new generation, P that of the
 * one that belonged before:
 *
 *   1. Remove what is left of writing earlier ones      P is there, and known
 *   2. Record T in the store, beside P                  P is there, and known
 *   3. Write all of it to <n>.tmp, each file synced     P is there, and known; <n>.tmp, in part
 *   4. Rename <n>.tmp to <n>; sync the directory        either is there, or both; both are known
 *   5. Remove the other generations and 1.index         T is there, and known; of P, a part
 *
 * So at any moment one that is whole is there and known (store/derived_files.c), and a failure of
 * any step leaves P in use. What a crash leaves, the next save removes, in steps 1 and 5; whatever
 * the store knows when a save begins is removed in step 5 only, when T has replaced it.
 *
 * The number of the new generation is one more than the highest that is there in any form, so its
 * name is free, and the newest has the highest.
 *
 * Nothing is followed: what is not a directory of kith's own making is removed, never entered, and
 * files are only ever created where nothing was. */
#include "db/generation_home.h"
#include "os/directory.h"

#include <stdio.h>

/* Makes derived/COLLECTION a directory: whatever else has the name is removed. */
static kith_status make_home(const derived_home *h, kith_error *err)
{
    char path[PATH_MAX];
    file_info info = {0};
    kith_status status = home_path(h, "", path, err);
    if (status != KITH_OK) return status;
    if (file_stat(path, &info, NULL) == KITH_OK) {
        if (info.kind == FILE_DIRECTORY) return KITH_OK;
        status = directory_remove(h->ops, path, err);
        if (status != KITH_OK) return status;
    }
    status = directory_make(h->ops, path, err);
    if (status != KITH_ERR_NOT_FOUND) return status;
    // derived/ was removed, too; but the data directory, if that was, is not made again.
    char parent[PATH_MAX];
    (void)snprintf(parent, sizeof parent, "%s/derived", h->directory);
    status = directory_make(h->ops, parent, err);
    if (status == KITH_ERR_EXISTS)
        return fail(err, KITH_ERR_IO, "'%.200s' is no directory", parent);
    return status == KITH_OK ? directory_make(h->ops, path, err) : status;
}

static void remove_entries(const derived_home *h, const listing *l, entry_form form)
{
    char path[PATH_MAX];
    for (uint32_t i = 0; i < l->count; i++) {
        if (l->entries[i].form != form || entry_path(h, &l->entries[i], path, NULL) != KITH_OK)
            continue;
        kith_status removed = directory_remove(h->ops, path, NULL);
        (void)removed; // the next save tries again
    }
}

/* The binding of the newest generation that belongs, which another process may have written; all
 * zero when the store knows none of those that are there. */
static kith_status read_present(const derived_home *h, const listing *l, store_binding *out,
                                kith_error *err)
{
    known k = {0};
    *out = (store_binding){0};
    kith_status status = read_known(h, &k, err);
    for (uint32_t i = 0; i < l->count && status == KITH_OK; i++) {
        char path[PATH_MAX];
        generation g = {0};
        uint32_t format = 0;
        if (l->entries[i].form != ENTRY_GENERATION) continue;
        status = entry_path(h, &l->entries[i], path, err);
        if (status != KITH_OK) continue;
        kith_error why = {0};
        kith_status opened = generation_open(h->ops, path, &g, &format, &why);
        // Passing over one that is sound would lose its token: it would belong no more.
        if (opened == KITH_ERR_NO_MEMORY || opened == KITH_ERR_LIMIT)
            status = fail(err, opened, "the manifest of an index cannot be read: %s", why.message);
        if (opened != KITH_OK) continue;
        bool is_present = token_is_known(&g.binding.token, &k) &&
                          g.binding.sequence <= k.expected.sequence &&
                          g.binding.sequence >= out->sequence;
        if (is_present) *out = g.binding;
        generation_close(&g);
    }
    return status;
}

/* The index of before there were generations, and the temporary name that it was written to. */
static void remove_old(const derived_home *h)
{
    static const char *const names[] = {".index", ".index.tmp"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[PATH_MAX];
        kith_status status = home_path(h, names[i], path, NULL);
        if (status == KITH_OK) status = directory_remove(h->ops, path, NULL);
        (void)status; // the next save tries again
    }
}

/* Steps 2 to 4. */
static kith_status write_generation(const derived_home *h, const derived_state *state,
                                    const store_binding *present, uint64_t number, kith_error *err)
{
    char temporary[PATH_MAX], path[PATH_MAX];
    char digits[32];
    store_binding binding = {0};
    int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    if (length > NUMBER_DIGITS_MAX)
        return fail(err, KITH_ERR_LIMIT, "derived/%llu has no number left for a generation",
                    (unsigned long long)h->collection);
    kith_status status = entry_path(h, &(entry){number, ENTRY_TEMPORARY}, temporary, err);
    if (status == KITH_OK) status = entry_path(h, &(entry){number, ENTRY_GENERATION}, path, err);
    if (status == KITH_OK)
        status = store_bind_derived_file(h->store, h->collection, &present->token, &binding, err);
    binding.sequence = state->sequence;
    if (status == KITH_OK)
        status =
            generation_write(h->ops, temporary, &binding, state->parts, state->part_count, err);
    if (status != KITH_OK) return status;
    status = file_move(h->ops, temporary, path, err);
    if (status != KITH_OK) {
        kith_status removed = directory_remove(h->ops, temporary, NULL);
        (void)removed; // the next save tries again
    }
    return status;
}

kith_status derived_save(const derived_home *h, const derived_state *state, kith_error *err)
{
    listing l;
    store_binding present = {0};
    kith_status status = make_home(h, err);
    if (status == KITH_OK) status = list_home(h, &l, err);
    if (status != KITH_OK) return status;
    remove_entries(h, &l, ENTRY_TEMPORARY);
    status = read_present(h, &l, &present, err);
    if (status == KITH_OK && present.sequence > state->sequence)
        return fail(err, KITH_ERR_EXISTS, "a newer index is there: sequence %llu, not %llu",
                    (unsigned long long)present.sequence, (unsigned long long)state->sequence);
    if (status == KITH_OK) status = write_generation(h, state, &present, l.highest + 1, err);
    if (status != KITH_OK) return status;
    remove_entries(h, &l, ENTRY_GENERATION);
    remove_old(h);
    return KITH_OK;
}

static kith_status add_bytes(void *context, const char *path, const file_info *info,
                             const kith_error *problem)
{
    uint64_t *bytes = context;
    (void)path;
    if (!problem && info->kind == FILE_REGULAR) *bytes += info->bytes;
    return KITH_OK;
}

uint64_t derived_disk_bytes(const derived_home *h)
{
    static const char *const names[] = {"", ".index"};
    uint64_t bytes = 0;
    const directory_visitor visitor = {.visit = add_bytes, .context = &bytes};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[PATH_MAX];
        kith_status status = home_path(h, names[i], path, NULL);
        if (status == KITH_OK) status = directory_walk(path, &visitor, NULL);
        (void)status; // what is not there has no bytes
    }
    return bytes;
}

void derived_remove(const derived_home *h)
{
    static const char *const names[] = {"", ".damaged", ".index.damaged"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[PATH_MAX];
        kith_status status = home_path(h, names[i], path, NULL);
        if (status == KITH_OK) status = directory_remove(h->ops, path, NULL);
        (void)status; // see the header
    }
    remove_old(h);
}
