"""c_source.py - just enough C to check rules on it: code without its comments and literals, and where functions begin and end.

It is a scanner, not a parser: it relies on code that clang-format has laid out and that compiles. Line numbers stay true, because
whatever is blanked out keeps its line breaks.
"""

import dataclasses
import pathlib
import re
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parent.parent
SUFFIXES = (".c", ".h", ".cc")

_COMMENT_OR_LITERAL = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.DOTALL)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\\n|\\.)*", re.MULTILINE)
_TRAILER = re.compile(r"\b(?:const|noexcept|override)\b|__attribute__\s*\(\(.*?\)\)|->\s*[\w:<>*& ]+$", re.DOTALL)
_SCOPE = re.compile(r"\b(?:namespace|extern|class|struct)\b")


@dataclasses.dataclass(frozen=True)
class Function:
    """A function's definition; `lines` counts from its opening to its closing brace, as clang-tidy does.

    `is_static`: no other file can call it by its name (static, a method, or in a namespace)."""

    name: str
    line: int
    lines: int
    parameters: int
    nesting: int
    is_static: bool = False


@dataclasses.dataclass(frozen=True)
class Finding:
    """A rule broken at a place."""

    path: pathlib.Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


def files(root: pathlib.Path, *directories: str) -> Iterator[pathlib.Path]:
    """The C and C++ files below these directories, in order, as paths relative to the root."""
    for directory in directories:
        for path in sorted((root / directory).rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                yield path.relative_to(root)


def without_comments_and_literals(text: str) -> str:
    return _COMMENT_OR_LITERAL.sub(_blank, text)


def line_of(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def functions(text: str) -> Iterator[Function]:
    """The functions that the text defines."""
    code = _DIRECTIVE.sub(_blank, without_comments_and_literals(text))
    yield from _functions_between(code, 0, len(code), is_hidden=False)


def arguments_of(code: str, opening: int) -> str:
    """What stands between the parenthesis at `opening` and its partner."""
    return code[opening + 1:_partner(code, opening, "(", ")")]


def _blank(match: re.Match) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def _partner(code: str, opening: int, left: str, right: str) -> int:
    depth = 0
    for offset in range(opening, len(code)):
        depth += (code[offset] == left) - (code[offset] == right)
        if depth == 0:
            return offset
    raise ValueError(f"line {line_of(code, opening)}: '{left}' is never closed")


def _functions_between(code: str, start: int, end: int, is_hidden: bool) -> Iterator[Function]:
    statement = start  # where the declaration began that the next brace belongs to
    offset = start
    while offset < end:
        if code[offset] == ";":
            statement = offset + 1
        elif code[offset] == "{":
            closing = _partner(code, offset, "{", "}")
            head = code[statement:offset]
            signature = _TRAILER.sub("", head).rstrip()
            if signature.endswith(")") and "=" not in re.sub(r"\(.*\)", "", signature, flags=re.DOTALL):
                yield _describe(code, statement, signature, offset, closing, is_hidden)
            elif _SCOPE.search(head) and not re.search(r"[=(]", head):
                yield from _functions_between(code, offset + 1, closing, is_hidden or not re.search(r"\bextern\b", head))
            statement = closing + 1
            offset = closing
        offset += 1


def _describe(code: str, statement: int, signature: str, opening: int, closing: int, is_hidden: bool) -> Function:
    named = re.search(r"([\w:~]+)\s*\(", signature)
    body = code[opening:closing + 1]
    depth = deepest = 0
    for character in body:
        depth += (character == "{") - (character == "}")
        deepest = max(deepest, depth)
    parameters = arguments_of(signature, named.end() - 1).strip()
    return Function(
        name=named[1],
        line=line_of(code, statement + named.start()),
        lines=body.count("\n"),
        parameters=0 if parameters in ("", "void") else _top_level_commas(parameters) + 1,
        nesting=deepest - 1,
        is_static=is_hidden or bool(re.search(r"\bstatic\b", signature[:named.start()])),
    )


def _top_level_commas(text: str) -> int:
    depth = commas = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        commas += character == "," and depth == 0
    return commas
