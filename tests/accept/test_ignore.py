"""What .gitignore and .kithignore files leave out; git itself is the oracle."""

import random
import shutil
import subprocess

import pytest

TEXT = "A document that is long enough to be kept, about {}.\n"

TREE = [
    "keep.txt", "note.log", "debug.log", "build/out.txt", "build/deep/out.txt", "src/build/out.txt", "src/main.txt", "src/a/b/c.txt",
    "docs/secret.txt", "docs/open.txt", "docs/api/secret.txt", "docs/api/open.txt", "a b.txt", "a b ", "#hash.txt", "!bang.txt",
    "x/foo/bar.txt", "x/y/foo/bar.txt", "foo/bar.txt", "foo.txt", "foobar.txt", "data/1.txt", "data/2.txt", "data/keep/3.txt",
    "star*.txt", "back\\slash.txt", "b[1].txt", "b1.txt", "b2.txt", "bx.txt", "bX.txt", "b-.txt", "temp/cache/a.txt", "temp/keep.txt",
    "very/deep/ly/nested/tree/file.txt", "very/shallow.txt", "Grüße.txt", "CAPS.TXT",
]

CASES = {
    "names at any depth": {".gitignore": "*.log\nbuild\n"},
    "anchored at the top": {".gitignore": "/build\n/foo.txt\n"},
    "anchored by a slash within": {".gitignore": "src/build\nfoo/bar.txt\n"},
    "any directories, then one character": {".gitignore": "**/?\n/**/[!b]\n"},
    "directories only": {".gitignore": "build/\nfoo.txt/\nkeep.txt/\n"},
    "negation": {".gitignore": "*.txt\n!keep.txt\n!/b1.txt\n"},
    "nothing below an excluded directory comes back": {".gitignore": "docs/\n!docs/open.txt\n"},
    "but below excluded names it does": {".gitignore": "docs/*\n!docs/open.txt\n!docs/api/\ndocs/api/*\n!docs/api/open.txt\n"},
    "the later rule wins": {".gitignore": "!foo.txt\nfoo.txt\n*.log\n!*.log\n"},
    "the deeper file wins": {".gitignore": "*.txt\n", "docs/.gitignore": "!*.txt\n", "docs/api/.gitignore": "secret.txt\n"},
    "a nested file counts from its own directory": {"x/.gitignore": "/foo\n", "x/y/.gitignore": "foo/bar.txt\n"},
    "two stars before": {".gitignore": "**/foo\n**/api/secret.txt\n"},
    "two stars behind": {".gitignore": "src/**\ntemp/**\n!temp/keep.txt\n"},
    "two stars between": {".gitignore": "very/**/file.txt\nx/**/bar.txt\n"},
    "two stars that are not between slashes": {".gitignore": "very/**ly/nested\nfoo**/bar.txt\nb**.txt\n"},
    "one star stays within a name": {".gitignore": "very/*/file.txt\ndata/*.txt\n/*/b/c.txt\n"},
    "question marks": {".gitignore": "b?.txt\n/?oo.txt\ndata?1.txt\n"},
    "classes": {".gitignore": "b[0-9].txt\nb[!a-z].txt\n[[:upper:]]*.TXT\n"},
    "odd classes": {".gitignore": "b[]-x].txt\nb[x\nb[a-]].txt\nb[[:nothing:]].txt\nb[\\-].txt\nb[[:]1].txt\n"},
    "escapes": {".gitignore": "\\#hash.txt\n\\!bang.txt\nstar\\*.txt\nback\\\\slash.txt\nb\\[1\\].txt\n"},
    "comments and blank lines": {".gitignore": "# keep.txt\n\n   \n#hash.txt\nfoo.txt # no comment\n"},
    "spaces at the end": {".gitignore": "foo.txt   \na\\ b.txt\na b\\ \nkeep.txt \\\n"},
    "line ends of other systems": {".gitignore": "foo.txt\r\nbuild/\r\nkeep.txt\r"},
    "a byte order mark": {".gitignore": "\ufefffoo.txt\n"},
    "slashes alone": {".gitignore": "/\n//\n!\n!/\n\\\nfoo//\n"},
    "letters beyond ASCII": {".gitignore": "Grüß*\n"},
    "everything but one": {".gitignore": "/*\n!/src\n/src/*\n!/src/a\n"},
}


def write(folder, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, newline="")


def git(folder, *arguments, stdin: bytes = b"") -> bytes:
    # With no settings of the person or the machine.
    environment = {"HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1", "PATH": "/usr/bin:/bin:/usr/local/bin"}
    process = subprocess.run(["git", *arguments], cwd=folder, env=environment, input=stdin, capture_output=True)
    assert process.returncode in (0, 1), process.stderr
    return process.stdout


def kept_by_git(folder) -> set[str]:
    names = [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    names = [name for name in names if not any(part.startswith(".") for part in name.split("/"))]
    ignored = git(folder, "check-ignore", "-z", "--stdin", "--no-index", stdin="\0".join(names).encode())
    return set(names) - set(filter(None, ignored.decode().split("\0")))


@pytest.fixture
def tree(tmp_path):
    if not shutil.which("git"):
        pytest.skip("git, the oracle, is not installed")
    folder = tmp_path / "tree"
    write(folder, {name: TEXT.format(name) for name in TREE})
    git(folder, "init", "-q")
    return folder


def events(kith, folder, *arguments) -> dict[str, str]:
    lines = kith("add", "--dry-run", folder, "--json", status=None, *arguments).lines
    return {line["source"].removeprefix(str(folder) + "/"): line["outcome"] for line in lines if "outcome" in line}


def kept(kith, folder) -> set[str]:
    return {name for name, outcome in events(kith, folder).items() if outcome != "ignored"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.replace(" ", "-"))
def test_what_git_ignores_is_left_out(kith, tree, case):
    write(tree, CASES[case])
    assert kept(kith, tree) == kept_by_git(tree)


def test_patterns_made_at_random_are_read_as_git_reads_them(kith, tree):
    chance = random.Random(20261125)
    pieces = ["*", "**", "?", "/", "/", "b", "foo", "bar", ".txt", "src", "docs", "[a-z]", "[!b]", "[0-9-]", "\\", "!", " ", "a", "very", "**/", "/**"]
    for _ in range(60):
        lines = ["".join(chance.choices(pieces, k=chance.randint(1, 6))) for _ in range(chance.randint(1, 6))]
        write(tree, {".gitignore": "\n".join(lines) + "\n"})
        assert kept(kith, tree) == kept_by_git(tree), str(lines)


def test_kithignore_has_the_last_word_in_its_directory(kith, tree):
    write(tree, {".gitignore": "foo.txt\n", ".kithignore": "!foo.txt\nkeep.txt\n"})
    found = kept(kith, tree)
    assert "foo.txt" in found and "keep.txt" not in found
    write(tree, {".gitignore": "foo.txt\n!foo.txt\nkeep.txt\n"})
    assert found == kept_by_git(tree)


def test_rules_above_the_folder_count_within_a_working_tree(kith, tree):
    write(tree, {".gitignore": "/docs/api/secret.txt\n"})
    assert kept(kith, tree / "docs") == {"api/open.txt", "open.txt", "secret.txt"}


def test_rules_above_the_folder_do_not_count_outside_of_one(kith, tree):
    shutil.rmtree(tree / ".git")
    write(tree, {".gitignore": "/docs/api/secret.txt\n"})
    assert "api/secret.txt" in kept(kith, tree / "docs")


def test_what_is_named_outright_is_taken(kith, tree):
    write(tree, {".gitignore": "foo.txt\nbuild/\n"})
    result = kith("add", tree / "foo.txt", tree / "build", "--json")
    assert result.lines[-1]["summary"]["files_added"] == 3


def test_an_ignored_directory_is_said_once_and_counted(kith, tree):
    write(tree, {".gitignore": "build/\n*.log\n"})
    result = kith("add", tree, "--json", "--dry-run", status=None)
    ignored = [line["source"] for line in result.lines if line.get("outcome") == "ignored"]
    assert sorted(ignored) == sorted(str(tree / name) for name in ("build", "debug.log", "note.log", "src/build"))
    assert result.lines[-1]["summary"]["files_ignored"] == 4


def test_a_file_that_becomes_ignored_leaves_with_sync(kith, tree):
    kith("add", "--sync", tree / "docs")
    write(tree, {".gitignore": "secret.txt\n"})
    lines = kith("add", "--sync", tree / "docs", "--json").lines
    removed = {line["source"] for line in lines if line.get("outcome") == "removed"}
    assert removed == {str(tree / "docs/secret.txt"), str(tree / "docs/api/secret.txt")}


def test_a_file_of_rules_that_is_too_large_is_reported(kith, tree):
    write(tree, {".gitignore": "# too many words\n" * 70_000})
    result = kith("add", tree, "--json", "--dry-run", status=1)
    assert ".gitignore" in result.err
