/* kith_check.c - kith_check. */
#include "db/directory_check.h"
#include "lib/handle.h"
#include "lib/options.h"

enum { DEFAULT_FINDINGS = 100, FINDINGS_MAX = 100000 };

typedef struct collector {
    const kith_check_options *options;
    arena *memory;
    kith_check_finding *findings; /* [capacity] */
    size_t capacity;
    kith_check_report *report;
} collector;

static void collect(void *context, const store_finding *finding)
{
    collector *c = context;
    kith_check_report *r = c->report;
    if (finding->is_damage)
        r->damages++;
    else
        r->notes++;
    if (r->count == c->capacity) return;
    c->findings[r->count++] = (kith_check_finding){
        .severity = finding->is_damage ? KITH_CHECK_DAMAGE : KITH_CHECK_NOTE,
        .what = arena_copy(c->memory, view_of(finding->what)).data,
        .advice = arena_copy(c->memory, view_of(finding->advice)).data,
    };
}

static bool show_progress(void *context, const char *step, uint64_t done, uint64_t total)
{
    const collector *c = context;
    const kith_check_options *o = c->options;
    return !o->on_progress || o->on_progress(o->context, step, done, total) == 0;
}

static kith_status check(const char *directory, const kith_check_options *o, arena *a,
                         kith_check_report *out, kith_error *err)
{
    collector c = {.options = o, .memory = a, .report = out};
    directory_verified verified = {0};
    c.capacity = o->max_findings ? o->max_findings : DEFAULT_FINDINGS;
    if (c.capacity > FINDINGS_MAX)
        return fail(err, KITH_ERR_INVALID, "max_findings is %zu, allowed are up to %d", c.capacity,
                    FINDINGS_MAX);
    c.findings = arena_new_array(a, kith_check_finding, c.capacity);
    if (!c.findings) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for findings");
    const store_check_visitor visitor = {
        .on_finding = collect, .on_progress = show_progress, .context = &c};
    kith_status status = directory_verify(directory, &visitor, &verified, err);
    if (status == KITH_OK && a->exhausted)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for findings");
    if (status != KITH_OK) return status;
    out->findings = c.findings;
    out->catalog_read = verified.store_was_read;
    out->collections = verified.store.collections;
    out->documents = verified.store.documents;
    out->chunks = verified.store.points;
    out->rows = verified.store.rows;
    out->log_commits = verified.log.commits;
    out->index_rows = verified.index_rows;
    out->files = verified.files;
    return KITH_OK;
}

kith_status kith_check(const char *directory, const kith_check_options *options,
                       kith_check_report **out, kith_error *err)
{
    kith_check_options o;
    kith_status status = options_adopt(&OPTIONS_SHAPE(kith_check_options), options, &o, err);
    if (status != KITH_OK) return status;
    arena *memory = NULL;
    kith_check_report *result = result_new(sizeof *result, &memory, err);
    if (!result) return KITH_ERR_NO_MEMORY;
    if (o.set_log_aside) status = store_set_log_aside(directory, wait_of(o.wait_ms), err);
    if (status == KITH_OK) status = check(directory, &o, memory, result, err);
    return RESULT_END(status, result, out);
}

void kith_check_report_free(kith_check_report *report)
{
    result_free(report);
}
