/* check.c - kith check: is everything there, and as it was stored? */
#include "base/json.h"
#include "cli/command.h"
#include "cli/verification.h"
#include "cli/workspace.h"

static const char *severity_name(kith_check_severity severity)
{
    return severity == KITH_CHECK_DAMAGE ? "damage" : "note";
}

static void finding_json(console *c, const kith_check_finding *f)
{
    json_writer w = console_begin_json(c);
    json_begin_object(&w);
    json_member_text(&w, "finding", severity_name(f->severity));
    json_member_text(&w, "what", f->what);
    json_member_text(&w, "do", f->advice);
    json_end_object(&w);
    console_end_json(c);
}

static void summary_json(console *c, const kith_check_report *r)
{
    json_writer w = console_begin_json(c);
    json_begin_object(&w);
    json_key(&w, "summary");
    json_begin_object(&w);
    json_member_unsigned(&w, "damages", r->damages);
    json_member_unsigned(&w, "notes", r->notes);
    json_member_bool(&w, "catalog_read", r->catalog_read);
    json_member_unsigned(&w, "collections", r->collections);
    json_member_unsigned(&w, "documents", r->documents);
    json_member_unsigned(&w, "chunks", r->chunks);
    json_member_unsigned(&w, "rows", r->rows);
    json_member_unsigned(&w, "log_commits", r->log_commits);
    json_member_unsigned(&w, "index_rows", r->index_rows);
    json_member_unsigned(&w, "files", r->files);
    json_end_object(&w);
    json_end_object(&w);
    console_end_json(c);
}

static void show_verified(console *c, const kith_check_report *r)
{
    if (!r->catalog_read) {
        console_printf(c, "kith.db could not be opened: nothing in it was verified\n");
        return;
    }
    console_printf(c,
                   "verified: %llu collections, %llu documents, %llu chunks; %llu rows of kith.db, "
                   "%llu of indexes, %llu commits in the log, %llu files\n",
                   (unsigned long long)r->collections, (unsigned long long)r->documents,
                   (unsigned long long)r->chunks, (unsigned long long)r->rows,
                   (unsigned long long)r->index_rows, (unsigned long long)r->log_commits,
                   (unsigned long long)r->files);
}

static void report_text(console *c, const char *directory, const kith_check_report *r)
{
    for (size_t i = 0; i < r->count; i++)
        console_printf(c, "%s: %s\n  to do: %s\n", severity_name(r->findings[i].severity),
                       r->findings[i].what, r->findings[i].advice);
    uint64_t left = r->damages + r->notes - r->count;
    if (left) console_printf(c, "and %llu more\n", (unsigned long long)left);
    show_verified(c, r);
    if (r->damages)
        console_printf(c, "damaged: %llu findings in '%s'\n", (unsigned long long)r->damages,
                       directory);
    else if (r->notes)
        console_printf(c, "no damage; %llu notes\n", (unsigned long long)r->notes);
    else
        console_printf(c, "all is well\n");
}

static void report_json(console *c, const kith_check_report *r)
{
    for (size_t i = 0; i < r->count; i++)
        finding_json(c, &r->findings[i]);
    summary_json(c, r);
}

static exit_status check_run(invocation *run)
{
    console *c = run->console;
    const settings *s = run->settings;
    const char *directory = NULL;
    kith_check_report *report = NULL;
    kith_error err = {0};
    verification v;
    kith_status status =
        environment_data_directory(run->environment, s->dir, run->memory, &directory, &err);
    verification_start(&v, c);
    const kith_check_options options = {.size = sizeof options,
                                        .set_log_aside = s->set_log_aside,
                                        .wait_ms = workspace_wait_ms(run),
                                        .on_progress = verification_progress,
                                        .context = &v};
    if (status == KITH_OK) status = kith_check(directory, &options, &report, &err);
    verification_done(&v);
    if (status != KITH_OK) return console_fail(c, status, &err);
    if (c->json)
        report_json(c, report);
    else
        report_text(c, directory, report);
    exit_status result = report->damages ? EXIT_SYSTEM : report->notes ? EXIT_PARTLY : EXIT_DONE;
    kith_check_report_free(report);
    return result;
}

const command command_check = {
    .name = "check",
    .arguments = "",
    .summary = "verify everything that is stored",
    .description =
        "Verifies the log, every row of kith.db with its checksum, SQLite's own structure, counts "
        "and references, each collection's index against kith.db, and that no file lies in the "
        "data directory that nobody needs. It changes nothing, works on read-only media, and other "
        "processes may read and write meanwhile.\n\n"
        "Each finding is damage, or a note: something that costs nothing or that kith mends by "
        "itself. With each stands what to do. The exit status is 0 when all is well, 1 when there "
        "are only notes, 6 when something is damaged. At most 100 findings are listed; all are "
        "counted.\n\n"
        "--set-log-aside is for a directory that does not open because its log, kith.db-wal, is "
        "damaged or of another time than kith.db: it goes on without what cannot be had, keeps the "
        "log as kith.db-wal.damaged, and then verifies what is left. No other process may have the "
        "directory open.\n\n"
        "As JSON: a line with finding (damage or note), what and do for each; then a line "
        "{\"summary\": ...} with damages, notes, catalog_read, collections, documents, chunks, "
        "rows, log_commits, index_rows and files.",
    .examples = "  kith check\n"
                "  kith check --dir /mnt/copy --json\n"
                "  kith check --set-log-aside\n",
    .options = OPTION_BIT(OPTION_DIR) | OPTION_BIT(OPTION_WAIT) | OPTION_BIT(OPTION_SET_LOG_ASIDE),
    .arguments_min = 0,
    .arguments_max = 0,
    .run = check_run,
};
