/* kith_backup.c - kith_backup and kith_restore. */
#include "db/directory_copy.h"
#include "lib/handle.h"
#include "lib/options.h"

static bool show_progress(void *context, const char *step, uint64_t done, uint64_t total)
{
    const kith_backup_options *o = context;
    return !o->on_progress || o->on_progress(o->context, step, done, total) == 0;
}

static copy_options copy_options_of(const kith_backup_options *o)
{
    return (copy_options){
        .replace = o->overwrite,
        .wait_ms = wait_of(o->wait_ms),
        .visitor = {.on_progress = show_progress, .context = (void *)(uintptr_t)o}};
}

static void describe(const copy_result *result, kith_backup_info *out)
{
    if (!out) return;
    *out = (kith_backup_info){result->bytes, result->verified.collections,
                              result->verified.documents, result->verified.points};
}

kith_status kith_backup(kith *k, const char *path, const kith_backup_options *options,
                        kith_backup_info *out, kith_error *err)
{
    kith_backup_options o;
    kith_status status = options_adopt(&OPTIONS_SHAPE(kith_backup_options), options, &o, err);
    if (status != KITH_OK) return status;
    copy_options how = copy_options_of(&o);
    copy_result result = {0};
    status = database_backup(k->database, path, &how, &result, err);
    if (status == KITH_OK) describe(&result, out);
    return status;
}

kith_status kith_restore(const char *backup, const char *directory,
                         const kith_backup_options *options, kith_backup_info *out, kith_error *err)
{
    kith_backup_options o;
    kith_status status = options_adopt(&OPTIONS_SHAPE(kith_backup_options), options, &o, err);
    if (status != KITH_OK) return status;
    copy_options how = copy_options_of(&o);
    copy_result result = {0};
    status = directory_restore(backup, directory, &how, &result, err);
    if (status == KITH_OK) describe(&result, out);
    return status;
}
