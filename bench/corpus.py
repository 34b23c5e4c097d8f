"""corpus.py - real files of all kinds into kith: which are read, which are not and why, and what each kind costs.

About 500 files of the documentation and test data of Debian packages, chosen by --seed with a quota for each kind, are added by `kith add`,
kind by kind, beside an endpoint in this process that embeds for nothing. Shown: files, added, skipped and failed with their reasons,
notices, and CPU for each MB (of the file as it lies there: a .gz counts packed). A file that fails ends the program with status 1, unless
it is only shorter than --min-chars of kith add. The packages come through apt-get in the versions of PACKAGES, or, where the package
manager has another by now, in that one, with a word about it; they are kept in --cache, nothing is installed. --look N also prints N of
the files as `kith chunk` shows them.
"""

import collections
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

from kithbench import process, report
from kithbench.endpoint import endpoint
from kithbench.library import ROOT, Library

PACKAGES = {
    "apache2-doc": "2.4.71-1~deb12u1", "bash-doc": "5.2.15-2", "dblatex": "0.3.12py3-2", "debian-faq": "11.1", "debian-policy": "4.6.2.0",
    "debian-reference-de": "2.100", "debian-reference-en": "2.100", "debian-reference-ja": "2.100", "debian-reference-zh-cn": "2.100",
    "developers-reference-de": "12.18", "developers-reference-ja": "12.18", "docbook-xsl-doc-html": "1.79.1-1", "exim4-doc-html": "4.96-1",
    "git-doc": "1:2.39.5-0+deb12u3", "glibc-doc": "2.36-9+deb12u14", "gnome-user-docs": "43.0-2", "gnuplot-doc": "5.4.4+dfsg1-2",
    "iso-codes": "4.15.0-1", "libemail-mime-perl": "1.953-1", "libjs-jquery-ui-docs": "1.13.2+dfsg-1", "libmail-box-perl": "3.009-1",
    "libreoffice-common": "4:7.4.7-1+deb12u14", "manpages": "6.03-2", "manpages-de": "4.18.1-1", "manpages-ja": "0.5.0.0.20221215+dfsg-1",
    "manpages-pl": "1:4.18.1-1", "manpages-ru": "4.18.1-1", "manpages-zh": "1.6.4.0-1", "nodejs-doc": "18.20.4+dfsg-1~deb12u3",
    "octave-doc": "7.3.0-2", "pandoc-data": "2.17.1.1-2~deb12u1", "publicsuffix": "20230209.2326-1",
    "python-django-doc": "3:3.2.25-0+deb12u7", "python-nbsphinx-doc": "0.8.11+ds-1", "python-odf-doc": "1.4.2-2", "python3-docx": "0.8.11+dfsg1-5",
    "python3-pandas": "1.5.3+dfsg-2", "python3.11-doc": "3.11.2-6+deb12u9", "r-cran-officer": "0.6.0+dfsg-1", "r-cran-openxlsx": "4.2.5.2-1",
    "r-cran-readr": "2.1.4-1", "r-cran-readxl": "1.4.2-1", "rust-doc": "1.63.0+dfsg1-2", "spamassassin": "4.0.1-1~deb12u1",
    "sqlite3-doc": "3.40.1-2+deb12u2", "zsh-doc": "5.9-4",
}
# Of each kind at most so many, chosen evenly over the packages that have it.
QUOTAS = {
    "html": 130, "man": 60, "pdf": 40, "text": 40, "xml": 40, "markdown": 35, "json": 25, "yaml": 15, "csv": 15, "notebook": 15,
    "opendocument": 25, "office": 35, "epub": 5, "mail": 10, "other text": 30,
}
# The first that the file's name, without .gz, matches.
KINDS = (
    ("man", r"/man\d/[^/]+\.\d\w*$"), ("html", r"\.x?html?$"), ("pdf", r"\.pdf$"), ("xml", r"\.(xml|page|svg)$"), ("markdown", r"\.(md|Rmd)$"),
    ("json", r"\.json$"), ("yaml", r"\.ya?ml$"), ("csv", r"\.[ct]sv$"), ("notebook", r"\.ipynb$"), ("opendocument", r"\.(od[tsp]|ot[tsp])$"),
    ("office", r"\.(docx|pptx|xlsx|xls|ppt|msg|doc|rtf)$"), ("epub", r"\.epub$"), ("mail", r"(\.(eml|mbox)|sample-(non)?spam\.txt)$"), ("text", r"\.txt$"),
    ("other text", r"\.(rst|tex|adoc|org|ini|conf|toml|info|py|properties|pod)$|/(README|NEWS|copyright|changelog)[^/]*$"),
)
LARGEST = 8 << 20
TOO_SHORT = re.compile(r"content has \d+ characters, at least")


def fetch(cache: pathlib.Path) -> None:
    """Brings the packages into the cache that are not in it; without apt-get the program ends."""
    if not shutil.which("apt-get"):
        sys.exit("kith: bench corpus reads Debian packages, and there is no apt-get")
    cache.mkdir(parents=True, exist_ok=True)
    for name, version in PACKAGES.items():
        if list(cache.glob(f"{name}_*.deb")):
            continue
        for wanted in (f"{name}={version}", name):
            if subprocess.run(["apt-get", "-qq", "download", wanted], cwd=cache, capture_output=True).returncode == 0:
                break
            print(f"kith: the package manager has no {wanted}", file=sys.stderr)


def kind_of(path: pathlib.Path) -> str | None:
    name = str(path).removesuffix(".gz")
    return next((kind for kind, pattern in KINDS if re.search(pattern, name)), None)


def choose(cache: pathlib.Path, scratch: pathlib.Path, seed: int) -> dict[str, list[pathlib.Path]]:
    """Unpacks the packages and chooses: one file of each package in turn, until the kind's quota is full."""
    found = collections.defaultdict(dict)
    for name in PACKAGES:
        for package in list(cache.glob(f"{name}_*.deb"))[:1]:
            root = scratch / "packages" / name
            root.mkdir(parents=True)
            subprocess.run(["dpkg-deb", "--extract", package, root], check=True)
            for path in sorted(root.rglob("*")):
                kind = kind_of(path) if path.is_file() and not path.is_symlink() and 0 < path.stat().st_size <= LARGEST else None
                if kind:
                    found[kind].setdefault(name, []).append(path)
    dice = random.Random(seed)
    chosen = {}
    for kind, quota in QUOTAS.items():
        piles = [dice.sample(pile, len(pile)) for pile in found[kind].values()]
        turns = [path for turn in range(quota) for pile in piles for path in pile[turn:turn + 1]]
        chosen[kind] = turns[:quota]
    return chosen


def add(kind: str, paths: list[pathlib.Path], scratch: pathlib.Path, base_url: str) -> tuple[process.Usage, list[dict]]:
    """One `kith add` of these files; what it took, and its lines."""
    results = scratch / "results.json"
    command = [str(ROOT / "build/kith"), "add", "--json", "--dir", str(scratch / "data" / kind), "--embedder", "openai", "--embed-model", "digest"]
    script = '"$@" > "$RESULTS"; status=$?; [ $status -le 1 ] || exit $status'
    usage = process.run(["sh", "-c", script, "sh", *command, *map(str, paths)], OPENAI_BASE_URL=base_url, RESULTS=str(results))
    return usage, [line for line in map(json.loads, results.read_text().splitlines()) if "summary" not in line]


def show_reasons(title: str, lines: list[dict], scratch: pathlib.Path) -> None:
    for line in lines:
        source = line["source"].removeprefix(str(scratch / "packages") + "/")
        for reason in line.get("notices", []) if title == "notice" else [line.get("reason")]:
            print(f"    {title}: {source}: {reason}")


def measure(table: report.Report, system: str, chosen: dict[str, list[pathlib.Path]], scratch: pathlib.Path) -> int:
    """Adds kind by kind; returns how many files failed."""
    failed = 0
    with endpoint() as base_url:
        for kind, paths in chosen.items():
            if not paths:
                continue
            usage, lines = add(kind, paths, scratch, base_url)
            outcomes = collections.Counter(line["outcome"] for line in lines)
            with_notices = [line for line in lines if line.get("notices")]
            table.add(kind, system, "files", len(paths), "files")
            for outcome, count in sorted(outcomes.items()):
                table.add(kind, system, outcome, count, "documents")
            table.add(kind, system, "with notices", len(with_notices), "documents")
            table.add(kind, system, "CPU for a MB", usage.cpu_seconds / sum(path.stat().st_size for path in paths) * 1e6, "s")
            for outcome in ("skipped", "failed"):
                show_reasons(outcome, [line for line in lines if line["outcome"] == outcome], scratch)
            show_reasons("notice", with_notices, scratch)
            failed += sum(line["outcome"] == "failed" and not TOO_SHORT.match(line["reason"]) for line in lines)
    return failed


def look(paths: list[pathlib.Path]) -> None:
    for path in paths:
        print(f"\n===== {path}", flush=True)
        subprocess.run([ROOT / "build/kith", "chunk", "--text", path])


def main() -> int:
    options = report.parser("Real files of all kinds, from Debian packages.")
    options.add_argument("--cache", type=pathlib.Path, default=ROOT / "build/corpus", help="where the packages are kept (build/corpus)")
    options.add_argument("--seed", type=int, default=1, help="which files are chosen (1)")
    options.add_argument("--look", type=int, default=0, metavar="N", help="also show N of the files as kith chunk does")
    options.add_argument("--keep", type=pathlib.Path, metavar="DIRECTORY", help="copy the chosen files there, a folder for each kind")
    given = options.parse_args()
    os.environ.pop("OPENAI_API_KEY", None)
    fetch(given.cache.resolve())
    library = Library()
    table = report.Report("corpus", given.json)
    with tempfile.TemporaryDirectory(prefix="kith-bench-") as name:
        scratch = pathlib.Path(name)
        chosen = choose(given.cache.resolve(), scratch, given.seed)
        for kind, paths in chosen.items() if given.keep else ():
            (given.keep / kind).mkdir(parents=True, exist_ok=True)
            for number, path in enumerate(paths):
                shutil.copyfile(path, given.keep / kind / f"{number:03}-{path.name}")
        failed = measure(table, f"kith {library.version()} {library.kernels()}", chosen, scratch)
        every = [path for paths in chosen.values() for path in paths]
        look(random.Random(given.seed).sample(every, min(given.look, len(every))))
    if failed:
        print(f"kith: {failed} documents failed", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
