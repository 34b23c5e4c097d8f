/* backup.c - kith backup: one file with all that cannot be rebuilt. */
#include "cli/command.h"
#include "cli/verification.h"
#include "cli/workspace.h"
#include "os/clock.h"

#include <sys/stat.h>
#include <time.h>

/* A path that is a directory, or is written like one, gets a name of the moment in it. */
static const char *file_of(invocation *run, const char *path)
{
    struct stat st;
    struct tm utc;
    char name[64];
    size_t length = strlen(path);
    bool is_written_so = length > 0 && path[length - 1] == '/';
    bool is_directory = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
    if (!is_directory && !is_written_so) return path;
    time_t now = (time_t)(clock_wall_ms() / 1000);
    if (!gmtime_r(&now, &utc) || !strftime(name, sizeof name, "kith-%Y%m%d-%H%M%SZ.db", &utc))
        return path;
    return arena_printf(run->memory, "%s%s%s", path, is_written_so ? "" : "/", name);
}

static exit_status backup_run(invocation *run)
{
    console *c = run->console;
    workspace w = {0};
    kith_error err = {0};
    kith_backup_info info = {0};
    verification v;
    const char *path = file_of(run, run->settings->arguments[0]);
    if (!path) {
        console_notice(c, "out of memory");
        return EXIT_SYSTEM;
    }
    verification_start(&v, c);
    const kith_backup_options options = {.size = sizeof options,
                                         .overwrite = run->settings->force,
                                         .on_progress = verification_progress,
                                         .context = &v};
    kith_status status = workspace_open(run, WORKSPACE_READ, &w, &err);
    if (status == KITH_OK) status = kith_backup(w.database, path, &options, &info, &err);
    verification_done(&v);
    exit_status result = EXIT_DONE;
    if (status == KITH_ERR_EXISTS)
        (void)fail(&err, status, "'%s' exists: --force replaces it", path);
    if (status == KITH_OK)
        verification_report(c, "backed_up", path, &info);
    else
        result = console_fail(c, status, &err);
    return workspace_close(run, &w, result);
}

const command command_backup = {
    .name = "backup",
    .arguments = "FILE | DIRECTORY",
    .summary = "copy everything into one file, while others read and write",
    .description =
        "Copies all that cannot be rebuilt (collections, documents, chunks with their vectors, "
        "conversations) as it is at one moment into one file. Other processes may read and write "
        "meanwhile, and are not held up. The copy is verified row by row and synced before it gets "
        "its name; when that fails, or kith is ended, there is no new file.\n\n"
        "In a directory the file is called kith-DATE-TIMEZ.db. A file that exists is replaced with "
        "--force only. The file must not lie in the data directory itself. Indexes are not copied: "
        "a restored directory builds them anew.\n\n"
        "As JSON: {\"backed_up\": PATH, \"bytes\", \"collections\", \"documents\", "
        "\"chunks\"}.",
    .examples = "  kith backup /backups/\n"
                "  kith backup notes.db --force\n",
    .options = OPTION_BIT(OPTION_DIR) | OPTION_BIT(OPTION_FORCE),
    .arguments_min = 1,
    .arguments_max = 1,
    .run = backup_run,
};
