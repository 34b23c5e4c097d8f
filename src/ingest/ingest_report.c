/* ingest_report.c - what a run tells of its files and documents: events, and the counts of its report. */
#include "ingest/ingest.h"

#include "base/size.h"

kith_status ingest_send_event(ingest_run *in, kith_ingest_event *event, kith_error *err)
{
    event->done = in->done;
    event->total = in->total;
    in->bytes_reported = size_max(in->bytes_reported, in->bytes_done + in->bytes_embedded);
    event->bytes_done = in->bytes_reported;
    event->bytes_total = in->bytes_total;
    event->chunks = in->report.chunks + in->chunks_embedded;
    event->chunks -= size_min(event->chunks, in->chunks_waiting);
    event->chunks_waiting = in->chunks_waiting;
    event->seconds_left = forecast_seconds_left(&in->forecast, in->work_waiting);
    if (!in->options->on_event || in->options->on_event(in->options->context, event) == 0)
        return KITH_OK;
    in->cancelled = true;
    return fail(err, KITH_ERR_CANCELLED, "stopped by the caller after %llu of %llu",
                (unsigned long long)in->done, (unsigned long long)in->total);
}

kith_status ingest_report_waiting(ingest_run *in, const later_report *so_far, const char *reason,
                                  kith_error *err)
{
    static const kith_notices none = {0};
    uint64_t stored = in->report.chunks - size_min(in->report.chunks, in->chunks_waiting);
    kith_ingest_event event = {.outcome = KITH_PROGRESS,
                               .source = "",
                               .other = "",
                               .reason = reason,
                               .notices = &none,
                               .done = in->done,
                               .total = in->total,
                               .bytes_done = in->bytes_reported,
                               .bytes_total = in->bytes_total,
                               .chunks = stored + so_far->embedded,
                               .chunks_waiting = so_far->waiting,
                               .seconds_left = so_far->seconds_left};
    if (!in->options->on_event || in->options->on_event(in->options->context, &event) == 0)
        return KITH_OK;
    in->cancelled = true;
    return fail(err, KITH_ERR_CANCELLED, "stopped by the caller, %llu chunks are waiting",
                (unsigned long long)so_far->waiting);
}

/* The report's counter of an outcome; NULL for the outcomes that no file or document ends with. */
static uint64_t *outcome_counter(kith_ingest_report *r, kith_ingest_outcome outcome)
{
    switch (outcome) {
    case KITH_ADDED:
        return &r->files_added;
    case KITH_UPDATED:
        return &r->files_updated;
    case KITH_UNCHANGED:
        return &r->files_unchanged;
    case KITH_REMOVED:
        return &r->files_removed;
    case KITH_SKIPPED:
        return &r->files_skipped;
    case KITH_FAILED:
        return &r->files_failed;
    case KITH_IGNORED:
        return &r->files_ignored;
    case KITH_DUPLICATE:
        return &r->files_duplicate;
    case KITH_RENAMED:
        return &r->files_renamed;
    case KITH_PROGRESS:
    case KITH_WATCHING:
    case KITH_WAITING:
        break;
    }
    return NULL;
}

kith_status ingest_report(ingest_run *in, const ingest_result *result, kith_error *err)
{
    static const kith_notices none = {0};
    const kith_error *problem = result->problem;
    if (result->outcome == KITH_FAILED) {
        CHECK(problem && (int)problem->code < INGEST_STATUS_COUNT);
        in->report.errors++;
        in->failures[problem->code]++;
    }
    if (!result->is_record) {
        uint64_t *counter = outcome_counter(&in->report, result->outcome);
        CHECK(counter);
        ++*counter;
        in->done++;
    }
    in->bytes_done += result->bytes;
    kith_ingest_event event = {
        .outcome = result->outcome,
        .source = result->label,
        .other = result->other ? result->other : "",
        .reason = problem ? problem->message : "",
        .status = problem ? problem->code : KITH_OK,
        .notices = result->notices ? result->notices : &none,
    };
    return ingest_send_event(in, &event, err);
}
