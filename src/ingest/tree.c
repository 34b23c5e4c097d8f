/* tree.c - a walk with a stack of ignore rules, one level for each directory on the way down.
 *
 * levels[0 .. depth) are the directories from the outermost whose rules count to the one being
 * read; entering a directory pushes a level, leaving it pops it. A path is judged by its own
 * directory's rules first, then by those of the directories above, and the first verdict holds
 * (is_ignored). Rules further in thereby override those further out, as in git. A directory that is
 * left out is not entered, so no rule can bring back what lies below it. */
#include "ingest/tree.h"

#include "ingest/ignore.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Twice what directory_walk descends: as many levels may lie above the start of the walk. */
enum { LEVELS_MAX = 128 };

typedef struct level {
    size_t prefix; /* bytes to drop from an absolute path to make it relative to the directory */
    arena memory;
    ignore_rules rules;
} level;

typedef struct tree {
    const tree_visitor *visitor;
    const char *top; /* the root of the walk: asked for by name, so no rule applies to it */
    level levels[LEVELS_MAX];
    size_t depth;
    buffer text; /* of the ignore file being parsed */
    kith_error *err;
} tree;

static bool is_ignored(const tree *t, const char *path, bool is_directory)
{
    size_t length = strlen(path);
    for (size_t i = t->depth; i-- > 0;) {
        const level *l = &t->levels[i];
        if (l->prefix >= length) continue; // the directory itself
        ignore_verdict verdict = ignore_match(&l->rules, view_of(path + l->prefix), is_directory);
        if (verdict != IGNORE_SAYS_NOTHING) return verdict == IGNORE_EXCLUDES;
    }
    return false;
}

/* "DIRECTORY/NAME"; false when it is too long for a path. */
static bool join(char out[PATH_MAX], view directory, const char *name)
{
    const char *separator = directory.size == 1 ? "" : "/";
    int length = snprintf(out, PATH_MAX, "%.*s%s%s", VIEW_ARG(directory), separator, name);
    return length > 0 && length < PATH_MAX;
}

/* Appends the rules of DIRECTORY/NAME, if there is such a file. problem->code stays KITH_OK unless
 * there is one that cannot be read. */
static kith_status read_rules(tree *t, level *l, view directory, const char *name,
                              kith_error *problem, kith_error *err)
{
    char path[PATH_MAX];
    file_info info;
    kith_error why;
    if (problem->code != KITH_OK || !join(path, directory, name) ||
        file_stat(path, &info, NULL) != KITH_OK || info.kind != FILE_REGULAR)
        return KITH_OK;
    kith_status status = file_read(&file_ops_posix, path, IGNORE_FILE_MAX_BYTES, &t->text, &why);
    if (status == KITH_ERR_NOT_FOUND) return KITH_OK; // deleted a moment ago
    if (status != KITH_OK) {
        (void)fail(problem, status, "%.400s; what it leaves out is unknown", why.message);
        return KITH_OK;
    }
    return ignore_parse(buffer_view(&t->text), &l->memory, &l->rules, err);
}

/* Pushes a level with the directory's rules. When they cannot be read, *problem says why, and
 * nothing below may be visited: a file that they leave out (a key, a private note) would be indexed.
 * KITH_ERR_LIMIT: none was pushed. After any other failure it is there all the same, to be popped at
 * the end of tree_walk. */
static kith_status push(tree *t, view directory, kith_error *problem, kith_error *err)
{
    if (t->depth == LEVELS_MAX)
        return fail(err, KITH_ERR_LIMIT, "'%.*s' is deeper than %d directories",
                    VIEW_ARG(directory), LEVELS_MAX);
    CHECK(directory.size > 0);
    level *l = &t->levels[t->depth++];
    *l = (level){.prefix = directory.size == 1 ? 1 : directory.size + 1};
    arena_init(&l->memory, (size_t)IGNORE_FILE_MAX_BYTES * 256);
    kith_status status = read_rules(t, l, directory, ".gitignore", problem, err);
    return status == KITH_OK ? read_rules(t, l, directory, ".kithignore", problem, err) : status;
}

static void pop(tree *t)
{
    CHECK(t->depth > 0);
    arena_done(&t->levels[--t->depth].memory);
}

/* ---- the walk ---- */

/* Whether it is a data directory of kith: its files are no documents, whosever it is. */
static bool is_data_directory(const char *path)
{
    static const char *const names[] = {"kith.db", "LOCK"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char file[PATH_MAX];
        file_info info;
        if (!join(file, view_of(path), names[i]) || file_stat(file, &info, NULL) != KITH_OK ||
            info.kind != FILE_REGULAR)
            return false;
    }
    return true;
}

static kith_status enter_directory(void *context, const char *path, bool *enter)
{
    tree *t = context;
    const tree_visitor *v = t->visitor;
    *enter = false;
    if (v->except && strcmp(path, v->except) == 0) return KITH_OK;
    if (strcmp(path, t->top) != 0 && (is_ignored(t, path, true) || is_data_directory(path)))
        return v->ignored(v->context, path);
    kith_error problem = {0};
    kith_status status = v->entered ? v->entered(v->context, path) : KITH_OK;
    if (status == KITH_OK) status = push(t, view_of(path), &problem, t->err);
    if (status != KITH_OK) return status;
    *enter = problem.code == KITH_OK;
    if (*enter) return KITH_OK;
    pop(t);
    return v->visit(v->context, path, &(file_info){.kind = FILE_DIRECTORY}, &problem);
}

static void leave_directory(void *context)
{
    pop(context);
}

static kith_status visit_file(void *context, const char *path, const file_info *info,
                              const kith_error *problem)
{
    tree *t = context;
    if (strcmp(path, t->top) != 0 && is_ignored(t, path, info->kind == FILE_DIRECTORY))
        return t->visitor->ignored(t->visitor->context, path);
    return t->visitor->visit(t->visitor->context, path, info, problem);
}

/* ---- the directories above the start ---- */

/* "/a" of "/a/b"; "/" of "/a" and of "/". */
static view parent_of(view path)
{
    const char *slash = memrchr(path.data, '/', path.size);
    size_t size = slash ? (size_t)(slash - path.data) : 0;
    return (view){path.data, size ? size : 1};
}

/* The top of the git working tree that contains `directory`, which may be it; empty: none. */
static view find_top(view directory)
{
    char path[PATH_MAX];
    file_info info;
    for (;;) {
        if (join(path, directory, ".git") && file_stat(path, &info, NULL) == KITH_OK)
            return directory;
        if (directory.size <= 1) return (view){NULL, 0};
        directory = parent_of(directory);
    }
}

/* Rules of the directories from `from` down to the last one above `to`. */
static kith_status push_between(tree *t, view from, view to, kith_error *problem, kith_error *err)
{
    kith_status status = push(t, from, problem, err);
    for (size_t i = from.size == 1 ? 1 : from.size + 1; status == KITH_OK && i < to.size; i++)
        if (to.data[i] == '/') status = push(t, view_slice(to, 0, i), problem, err);
    return status;
}

/* Pushes the levels from the root down to the directory that contains `start`. Sets *excluded when
 * a hidden name, a rule or visitor->except leaves out one of them, or a hidden name `start` itself;
 * the rules are applied to `start` by the walk. */
static kith_status descend(tree *t, view root, const char *start, bool *excluded,
                           kith_error *problem, kith_error *err)
{
    char path[PATH_MAX];
    size_t length = strlen(start), from = root.size == 1 ? 1 : root.size + 1;
    if (length >= sizeof path) return fail(err, KITH_ERR_LIMIT, "path is too long: '%s'", start);
    memcpy(path, start, length + 1);
    kith_status status = push(t, root, problem, err);
    if (start[from] == '.') *excluded = true;
    for (size_t i = from; status == KITH_OK && !*excluded && i < length; i++) {
        if (path[i] != '/') continue;
        path[i] = '\0';
        *excluded = start[i + 1] == '.' || is_ignored(t, path, true) ||
                    (t->visitor->except && strcmp(path, t->visitor->except) == 0);
        if (!*excluded) status = push(t, view_of(path), problem, err);
        path[i] = '/';
    }
    return status;
}

kith_status tree_walk(const char *root, const char *start, const tree_visitor *visitor,
                      kith_error *err)
{
    bool excluded = false, is_root = strcmp(root, start) == 0;
    view directory = parent_of(view_of(root)), top = find_top(view_of(root));
    tree *t = calloc(1, sizeof *t);
    if (!t) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a walk");
    *t = (tree){.visitor = visitor, .top = root, .err = err};
    buffer_init(&t->text, IGNORE_FILE_MAX_BYTES + 1);
    kith_status status = KITH_OK;
    kith_error problem = {0}; // with the rules above `start`
    if (top.size && top.size <= directory.size)
        status = push_between(t, top, view_of(root), &problem, err);
    if (status == KITH_OK && !is_root)
        status = descend(t, view_of(root), start, &excluded, &problem, err);
    const directory_visitor walk = {visit_file, enter_directory, leave_directory, t};
    if (status == KITH_OK && !excluded && problem.code != KITH_OK)
        status =
            visitor->visit(visitor->context, start, &(file_info){.kind = FILE_DIRECTORY}, &problem);
    else if (status == KITH_OK && !excluded)
        status = directory_walk(start, &walk, err);
    while (t->depth)
        pop(t);
    buffer_done(&t->text);
    free(t);
    return status;
}
