/* restore.c - kith restore: a data directory from a backup. */
#include "cli/command.h"
#include "cli/verification.h"
#include "cli/workspace.h"

static exit_status restore_run(invocation *run)
{
    console *c = run->console;
    const char *directory = NULL;
    kith_error err = {0};
    kith_backup_info info = {0};
    verification v;
    kith_status status = environment_data_directory(run->environment, run->settings->dir,
                                                    run->memory, &directory, &err);
    verification_start(&v, c);
    const kith_backup_options options = {.size = sizeof options,
                                         .overwrite = run->settings->force,
                                         .wait_ms = workspace_wait_ms(run),
                                         .on_progress = verification_progress,
                                         .context = &v};
    if (status == KITH_OK)
        status = kith_restore(run->settings->arguments[0], directory, &options, &info, &err);
    verification_done(&v);
    if (status == KITH_ERR_EXISTS)
        (void)fail(&err, status, "'%s' has data already: --force replaces it", directory);
    if (status != KITH_OK) return console_fail(c, status, &err);
    verification_report(c, "restored", directory, &info);
    return EXIT_DONE;
}

const command command_restore = {
    .name = "restore",
    .arguments = "BACKUP",
    .summary = "make a data directory of a backup",
    .description =
        "Makes a file that 'kith backup' wrote the data of the directory that --dir names, which "
        "is "
        "created when it is missing. The backup is copied, verified row by row and synced before "
        "it "
        "takes the place of what was there; when that fails, or kith is ended, the directory is "
        "what it was. The backup stays as it is.\n\n"
        "A directory that has data is replaced with --force only, and only while no process has it "
        "open. Indexes that lie in it do not belong to the restored data; they are built anew by "
        "the first command that needs them.\n\n"
        "As JSON: {\"restored\": DIRECTORY, \"bytes\", \"collections\", \"documents\", "
        "\"chunks\"}.",
    .examples = "  kith restore /backups/kith-20261129-080000Z.db --dir notes\n"
                "  kith restore notes.db --force\n",
    .options = OPTION_BIT(OPTION_DIR) | OPTION_BIT(OPTION_WAIT) | OPTION_BIT(OPTION_FORCE),
    .arguments_min = 1,
    .arguments_max = 1,
    .run = restore_run,
};
