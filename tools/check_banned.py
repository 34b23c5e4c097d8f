"""check_banned.py - calls that kith does without, and those that have one home.

Each rule is a pattern over code without comments and literals, where it may stand all the same, and what to use instead. A line that
has a good reason says so in a comment there or above: `allow NAME: reason`. Prints each breach as file:line: rule, and fails when there
is one.
"""

import dataclasses
import pathlib
import re
import sys
from collections.abc import Iterator

from c_source import ROOT, Finding, arguments_of, files, line_of, without_comments_and_literals


@dataclasses.dataclass(frozen=True)
class Rule:
    """Calls of `names` are wrong outside the directories or files `homes`."""

    names: str
    instead: str
    homes: tuple[str, ...] = ()


RULES = (
    Rule("strcpy stpcpy strcat sprintf vsprintf gets strncpy strncat", "no bound, or a silent one: use base/buffer.h or snprintf"),
    Rule("alloca strtok strtok_r tmpnam mktemp rand srand random", "use an arena, a view, mkstemp, base/rng.h"),
    Rule("system popen", "kith starts no shell", ("tests",)),
    Rule("atoi atol atoll atof", "no error is reported: use the parsers of base"),
    Rule("strtol strtoll strtoul strtoull strtof strtod", "accepts blanks, signs and the locale: use the parsers of base", ("src/base", "tests")),
    Rule("getenv secure_getenv setenv putenv", "the library does not read the environment", ("src/cli", "tests")),
    Rule("exit _exit abort", "the library returns a status", ("src/base", "src/cli", "tests", "examples", "fuzz")),
    Rule("printf fprintf puts putchar perror vprintf vfprintf", "the library does not print", ("src/cli", "tests", "examples", "bench", "src/base/status.c")),
    Rule("time gettimeofday clock_gettime", "use os/clock.h", ("src/os", "tests", "bench")),
    Rule("pthread_cond_init", "its timed waits follow the wall clock, which is set back: use clock_condition_init", ("src/os/clock.c", "tests")),
    Rule("fopen open openat creat fsync fdatasync rename unlink remove mkdir rmdir opendir",
         "use os/file.h and os/directory.h, the seam where tests inject faults", ("src/os", "src/cli", "tests", "examples")),
)

_ALLOCATION = re.compile(r"\b(?:malloc|realloc)\s*\(")
_SIZEOF_TARGET = re.compile(r"\bsizeof\s*\(?\s*\*+|\(\s*\w+\s*\*+\s*\)")
_GUARDED_FREE = re.compile(r"\bif\s*\(\s*!?\s*([\w.>\[\]-]+)\s*(?:!=\s*NULL\s*)?\)\s*\{?\s*free\(\1\)")
_TEXT_COMPARED = re.compile(r"\bstr(?:n?cmp|str)\s*\([^;]*\bmessage\b")
_DUMPING_GROUND = re.compile(r"(?:^|_)(?:utils?|common|helpers?|misc|stuff)(?:_|$)")


def breaches(root: pathlib.Path) -> Iterator[Finding]:
    for path in files(root, "src", "include", "examples", "tests", "fuzz", "bench"):
        text = (root / path).read_text()
        lines = text.splitlines() or [""]
        for line, name, why in _found(path, without_comments_and_literals(text)):
            if not re.search(rf"\ballow {name}: \S", "\n".join(lines[max(line - 2, 0):line])):
                yield Finding(path, line, f"{name}: {why}")


def _found(path: pathlib.Path, code: str) -> Iterator[tuple[int, str, str]]:
    if _DUMPING_GROUND.search(path.stem):
        yield 1, path.name, "a dumping ground; name the file for the one thing that it owns"
    for rule in RULES:
        if not any(path.is_relative_to(home) for home in rule.homes):
            for call in re.finditer(rf"(?<![\w.>])({rule.names.replace(' ', '|')})\s*\(", code):
                yield line_of(code, call.start()), call[1], rule.instead
    for call in _ALLOCATION.finditer(code):
        if path.parts[0] != "tests" and "*" in _SIZEOF_TARGET.sub("", arguments_of(code, call.end() - 1)):
            yield line_of(code, call.start()), "malloc", "sizes are multiplied by base/size.h, or by calloc"
    for match in _GUARDED_FREE.finditer(code):
        yield line_of(code, match.start()), "free", "accepts NULL; no test is needed"
    if path.parts[0] != "tests":
        for match in _TEXT_COMPARED.finditer(code):
            yield line_of(code, match.start()), "message", "texts are for people; compare the status"


def main() -> int:
    found = list(breaches(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT))
    for finding in found:
        print(finding)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
