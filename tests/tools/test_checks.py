"""Each rule of the checkers is broken once, in a small tree, and must be named with its file and line."""

import pathlib

import check_banned
import check_layers
import check_sizes
import pytest
from c_source import functions


@pytest.fixture
def tree(tmp_path):
    def write(path: str, text: str) -> pathlib.Path:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
        return tmp_path

    return write


def found(checker, root) -> list[str]:
    return [str(finding) for finding in checker.breaches(root)]


OF_THE_DRIVER = "only the files of the driver (tools/check_layers.py) see that; the others use store/sql.h"


@pytest.mark.parametrize("path, text, expected", [
    ("src/text/a.c", '\n#include "words/bm25.h"\n',
     "src/text/a.c:2: includes words/bm25.h: upward, from text (rank 1) to words (rank 2)"),
    ("src/store/a.c", '#include "words/bm25.h"\n',
     "src/store/a.c:1: includes words/bm25.h: sideways, from store (rank 2) to words (rank 2)"),
    ("src/db/a.h", "#  include <sqlite3.h>\n", "src/db/a.h:1: includes sqlite3.h: that library is wrapped by store"),
    ("src/db/a.c", '#include "../store/store.h"\n',
     "src/db/a.c:1: includes ../store/store.h: paths start at src/, never with .."),
    ("src/db/a.c", '#include "a.h"\n', 'src/db/a.c:1: includes a.h: headers are named "room/name.h"'),
    ("include/kith/a.h", '#include "base/view.h"\n',
     "include/kith/a.h:1: includes base/view.h: a public header uses only <kith/...> and the C library"),
    ("include/kith/a.h", "#include <sqlite3.h>\n",
     "include/kith/a.h:1: includes sqlite3.h: a public header uses only <kith/...> and the C library"),
    ("examples/a.c", '#include "db/db.h"\n',
     "examples/a.c:1: includes db/db.h: an example uses only <kith/...> and the C library"),
    ("src/cli/a.c", '#include "answer/answer_json.h"\n',
     "src/cli/a.c:1: includes answer/answer_json.h: cli uses <kith/...> and, of the rooms, only base, chroma, cli, native, openai, os, serve, transfer"),
    ("src/cli/a.h", '#include "lib/handle.h"\n',
     "src/cli/a.h:1: includes lib/handle.h: cli uses <kith/...> and, of the rooms, only base, chroma, cli, native, openai, os, serve, transfer"),
    ("src/store/a.c", "#include <sqlite3.h>\n", f"src/store/a.c:1: includes sqlite3.h: {OF_THE_DRIVER}"),
    ("src/store/a.c", '#include "store/sqlite_connection.h"\n', f"src/store/a.c:1: includes store/sqlite_connection.h: {OF_THE_DRIVER}"),
    ("src/util/a.c", "", "src/util/a.c:1: 'util' is no room; the rooms and their ranks are in tools/check_layers.py"),
])
def test_an_include_against_the_layers_is_named_with_file_line_and_rule(tree, path, text, expected):
    assert found(check_layers, tree(path, text)) == [expected]


@pytest.mark.parametrize("path, text", [
    ("src/db/a.c", '#include "db/derived.h"\n#include "base/view.h"\n#include "store/store.h"\n#include <math.h>\n'),
    ("src/store/connection.c", "#include <sqlite3.h>\n"),
    ("src/base/base64_avx2.c", "#include <immintrin.h>\n"),
    ("include/kith/a.h", "#include <kith/status.h>\n#include <stdint.h>\n"),
    ("examples/a.c", "#include <kith/kith.h>\n#include <unistd.h>\n"),
    ("src/cli/a.c", '#include "base/json.h"\n#include "cli/b.h"\n#include "os/file.h"\n#include <histedit.h>\n#include <kith/kith.h>\n'),
    ("src/text/a.c", '/*\n#include "answer/prompt.h"\n*/\n'),
])
def test_an_include_that_follows_the_layers_is_not_named(tree, path, text):
    assert found(check_layers, tree(path, text)) == []


def write_callers(tree, **calls: str) -> pathlib.Path:
    """src/db/NAME.c with a function NAME_run that runs `calls[NAME]`; each knows all the others by src/db/run.h."""
    for name, called in calls.items():
        tree(f"src/db/{name}.c", f'#include "db/run.h"\nvoid {name}_run(void)\n{{\n    {called}\n}}\n')
    return tree("src/db/run.h", "".join(f"void {name}_run(void);\n" for name in calls))


def test_files_that_call_each_other_in_a_circle_are_named_with_the_calls_that_close_it(tree):
    root = write_callers(tree, a="b_run();", b="c_run();", c="a_run();", d="a_run();")
    assert found(check_layers, root) == [
        "src/db/a.c:1: in a circle with b.c, c.c: a.c calls b.c (b_run); b.c calls c.c (c_run); c.c calls a.c (a_run)"]


@pytest.mark.parametrize("called", ['/* a_run(); */', 'say("a_run");', "it->a_run = 1;", "(void)it.a_run;"])
def test_a_name_that_is_no_call_closes_no_circle(tree, called):
    assert found(check_layers, write_callers(tree, a="b_run();", b=called)) == []


def test_a_static_function_of_the_same_name_closes_no_circle(tree):
    root = write_callers(tree, a="b_run();")
    tree("src/db/b.h", "void b_run(void);\n")
    tree("src/db/b.c", '#include "db/b.h"\nstatic void a_run(void)\n{\n}\nvoid b_run(void)\n{\n    a_run();\n}\n')
    assert found(check_layers, root) == []


def test_a_function_of_71_lines_is_too_long_and_one_of_70_is_not(tree):
    tree("src/base/a.c", "int a(void)\n{\n" + "\n" * 69 + "}\n")
    root = tree("src/base/b.c", "int a(void);\n\nint b(int x,\n      int y)\n{\n" + "\n" * 70 + "}\n")
    assert found(check_sizes, root) == ["src/base/b.c:3: b() has 71 lines, 70 are allowed"]


def test_a_file_of_1201_lines_is_too_long_unless_it_is_a_table(tree):
    tree("src/base/a.c", "\n" * 1200)
    tree("src/base/table.c", "/* size-check: table */\n" + "\n" * 1300)
    root = tree("src/base/b.c", "\n" * 1201)
    assert found(check_sizes, root) == ["src/base/b.c:1200: the file has 1201 lines, 1200 are allowed"]


def test_functions_are_found_with_their_parameters_and_nesting():
    source = """
    #define LOOP(x) for (;;) { x
    struct s { int a; };
    static const int table[] = { 1, 2 };
    /* void comment(void) { */
    static int first(void) { char c = '{'; return c; }
    namespace { class scanner { int method(int a) const { return a; } }; }
    extern "C" int second(int (*callback)(int, int), const char *text)
    {
        if (text) { while (1) { { } } }
        return callback(1, '"');
    }
    """
    described = [(function.name, function.parameters, function.nesting) for function in functions(source)]
    assert described == [("first", 0, 0), ("method", 1, 0), ("second", 2, 3)]


@pytest.mark.parametrize("path, text, expected", [
    ("src/db/a.c", "void f(char *a) { sprintf(a, x); }", "src/db/a.c:1: sprintf: "),
    ("src/db/a.c", "\nint f(char *a) { return atoi(a); }", "src/db/a.c:2: atoi: "),
    ("src/net/a.c", "long f(char *a) { return strtol(a, 0, 10); }", "src/net/a.c:1: strtol: "),
    ("src/answer/a.c", 'char *f(void) { return getenv("A"); }', "src/answer/a.c:1: getenv: "),
    ("src/db/a.c", 'int f(void) { return printf("a"); }', "src/db/a.c:1: printf: "),
    ("src/db/a.c", "void f(void) { exit(1); }", "src/db/a.c:1: exit: "),
    ("src/store/a.c", "void f(char *a) { unlink(a); }", "src/store/a.c:1: unlink: "),
    ("src/store/a.c", "void f(pthread_cond_t *c) { pthread_cond_init(c, NULL); }", "src/store/a.c:1: pthread_cond_init: "),
    ("src/db/a.c", "void *f(size_t n) { return malloc(n * sizeof(int)); }", "src/db/a.c:1: malloc: "),
    ("src/db/a.c", "void f(int *p) { if (p != NULL) free(p); }", "src/db/a.c:1: free: "),
    ("src/db/a.c", "int f(kith_error *err) { return strcmp(err->message, x); }", "src/db/a.c:1: message: "),
    ("src/db/db_util.c", "", "src/db/db_util.c:1: db_util.c: "),
])
def test_a_banned_call_is_named_with_file_and_line(tree, path, text, expected):
    (finding,) = found(check_banned, tree(path, text))
    assert finding.startswith(expected)


@pytest.mark.parametrize("path, text", [
    ("src/db/a.c", '/* sprintf(a) */ const char *a = "atoi(";'),
    ("src/db/a.c", "void f(struct s *s) { s->remove(s); my_rename(s); }"),
    ("src/db/a.c", "void *f(void) { int *p = malloc(sizeof(*p)); return p; }"),
    ("src/cli/a.c", 'char *f(void) { return getenv("KITH_DIR"); }'),
    ("src/os/a.c", "int f(int d) { return fsync(d); }"),
    ("src/db/a.c", "int f(char *a) { return unlink(a); } // allow unlink: the lock file is no data"),
])
def test_what_is_allowed_is_not_named(tree, path, text):
    assert found(check_banned, tree(path, text)) == []
