"""ingest.py - a folder of real files into kith: how fast, in how much memory, and is it whole after a kill?

`kith add` of the 490 articles of squad-docs: files, chunks and megabytes per second, peak memory of the process, then the time of a
second run over the unchanged folder; and the two phases by themselves: words first (`--no-wait`), and the meaning after it. Then, on the first files only, `kill -9` at several moments: after the last run the store must hold
the same chunks as one that was never disturbed. With --peer chunks as documents go into kith and into chromadb, embedded by its own function and by sentence-transformers, in turns; with
--beside the same files through another build of kith, in turns with this one.
"""

import contextlib
import json
import pathlib
import shutil
import statistics
import sys
import tarfile
import tempfile
import time

from kithbench import data, peers, process, report
from kithbench.library import ROOT, Database, KithError, Library

COLLECTION = "default"
KILL_FILES = 24
KILL_FRACTIONS = (0.1, 0.35, 0.6, 0.85)  # of the time that an undisturbed run takes
CHUNKS_A_FILE = 20  # at least, as a rule
ROUNDS = 2  # with --beside
REFERENCE = "chromadb + sentence-transformers"
REFERENCE_CASE = "recorded on 2 Zen 5 cores"


def add(directory: pathlib.Path, folder: pathlib.Path, threads: int, kill_after_s: float | None = None, *more: str,
        program: pathlib.Path = ROOT / "build/kith") -> process.Usage:
    command = [str(program), "add", "--dir", str(directory), str(folder), *more]
    if threads:
        command[2:2] = ["--threads", str(threads)]
    return process.run(command, kill_after_s)


def unpack(scratch: pathlib.Path, count: int | None) -> pathlib.Path:
    """The articles, or the first of them by name."""
    folder = scratch / "articles"
    with tarfile.open(data.folder("squad-docs") / "articles.tar.gz") as archive:
        members = sorted((member for member in archive.getmembers() if member.isfile()), key=lambda member: member.name)
        folder.mkdir()
        for member in members[:count]:
            with archive.extractfile(member) as source, (folder / pathlib.Path(member.name).name).open("wb") as target:
                shutil.copyfileobj(source, target)
    return folder


def measure(table: report.Report, library: Library, folder: pathlib.Path, directory: pathlib.Path, threads: int) -> None:
    """The undisturbed run and the second one."""
    system = f"kith {library.version()} {library.kernels()}"
    files = len(list(folder.iterdir()))
    megabytes = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    words = add(directory.with_name("words"), folder, threads, None, "--no-wait")
    meaning = add(directory.with_name("words"), folder, threads)
    usage = add(directory, folder, threads)
    with Database(library, directory, must_exist=True) as database:
        stats = database.stats(COLLECTION)
    case = f"squad-docs, {files} files"
    table.add(case, system, "files", files / usage.seconds, "files/s")
    table.add(case, system, "chunks", stats["chunks"] / usage.seconds, "chunks/s")
    table.add(case, system, "chunks per core", stats["chunks"] / usage.cpu_seconds, "chunks/CPU-s")
    table.add(case, system, "words first, per core", stats["chunks"] / words.cpu_seconds, "chunks/CPU-s")
    table.add(case, system, "meaning after it, per core", stats["chunks"] / meaning.cpu_seconds, "chunks/CPU-s")
    table.add(case, system, "peak memory, words first", words.peak_mib, "MiB")
    table.add(case, system, "peak memory, meaning after it", meaning.peak_mib, "MiB")
    table.add(case, system, "text", megabytes / usage.seconds, "MB/s")
    table.add(case, system, "peak memory", usage.peak_mib, "MiB")
    table.add(case, system, "store", stats["bytes_disk"] / 2**20, "MiB")
    table.add(case, system, "documents stored", stats["documents"], "documents")
    table.add(case, system, "chunks stored", stats["chunks"], "chunks")
    table.add(case, system, "second run, unchanged", add(directory, folder, threads).seconds, "s")


def measure_beside(table: report.Report, library: Library, program: pathlib.Path, folder: pathlib.Path, scratch: pathlib.Path, threads: int) -> None:
    """Both phases of this build, and the other build's whole run, ROUNDS times in turns."""
    taken = {name: [] for name in ("words", "meaning", "other")}
    chunks = {}
    for number in range(ROUNDS):
        mine, other = scratch / f"mine-{number}", scratch / f"other-{number}"
        taken["words"].append(add(mine, folder, threads, None, "--no-wait"))
        taken["other"].append(add(other, folder, threads, program=program))
        taken["meaning"].append(add(mine, folder, threads))
        for directory, name in ((mine, "mine"), (other, "other")):
            with Database(library, directory, must_exist=True) as database:
                chunks[name] = database.stats(COLLECTION)["chunks"]
    case = f"squad-docs, {len(list(folder.iterdir()))} files, in turns"
    systems = {"words": ("kith, words first", "mine"), "meaning": ("kith, meaning after it", "mine"), "other": ("kith, the other build", "other")}
    rates = {}
    for name, (system, whose) in systems.items():
        rates[name] = ROUNDS * chunks[whose] / sum(usage.cpu_seconds for usage in taken[name])
        table.add(case, system, "chunks per core", rates[name], "chunks/CPU-s")
        table.add(case, system, "peak memory", max(usage.peak_mib for usage in taken[name]), "MiB")
    table.add(case, "kith, words first", "beside the other build", rates["words"] / rates["other"], "x")
    table.add(case, "kith, meaning after it", "beside the other build", rates["meaning"] / rates["other"], "x")


def kill_and_repeat(table: report.Report, library: Library, scratch: pathlib.Path, threads: int) -> bool:
    system = f"kith {library.version()} {library.kernels()}"
    (scratch / "kill").mkdir()
    folder = unpack(scratch / "kill", KILL_FILES)
    undisturbed = add(scratch / "kill/undisturbed", folder, threads)
    with Database(library, scratch / "kill/undisturbed", must_exist=True) as database:
        expected = sorted(database.contents(COLLECTION))
    case = f"kill -9, {KILL_FILES} files"
    for fraction in KILL_FRACTIONS:
        add(scratch / "kill/disturbed", folder, threads, kill_after_s=undisturbed.seconds * fraction)
        with contextlib.suppress(KithError), Database(library, scratch / "kill/disturbed") as database:
            table.add(case, system, f"chunks after kill at {fraction:.0%}", database.stats(COLLECTION)["chunks"], "chunks")
    add(scratch / "kill/disturbed", folder, threads)
    with Database(library, scratch / "kill/disturbed", must_exist=True) as database:
        found = sorted(database.contents(COLLECTION))
    table.add(case, system, "chunks expected", len(expected), "chunks")
    table.add(case, system, "lost", len(set(expected) - set(found)), "chunks")
    table.add(case, system, "twice or foreign", len(found) - len(set(found) & set(expected)), "chunks")
    return found == expected


def read_chunks(library: Library, scratch: pathlib.Path, count: int) -> list[str]:
    """The first chunks of the articles, as kith cuts them."""
    (scratch / "first").mkdir()
    folder = unpack(scratch / "first", count // CHUNKS_A_FILE + 1)
    add(scratch / "first/data", folder, 1, None, "--no-wait")
    with Database(library, scratch / "first/data", must_exist=True) as database:
        contents = [content for _, content in database.contents(COLLECTION)][:count]
    if len(contents) < count:
        sys.exit(f"kith: the articles have {len(contents)} chunks, not {count}")
    return contents


def find_peers(table: report.Report, case: str) -> dict[str, list[str]]:
    """By the names of the systems: what chroma_ingest.py is given beside chunks and directory."""
    model, graph = str(data.model_directory()), str(data.folder("minilm-vectors") / "minilm.onnx")
    peer_of = {"chromadb, its own ONNX function": (("chromadb", "onnxruntime"), [model, graph]),
               "chromadb + sentence-transformers": (("chromadb", "sentence-transformers"), [model])}
    found = {}
    for system, (packages, arguments) in peer_of.items():
        try:
            for package in packages:
                peers.need(package, package.replace("-", "_"))
            found[system] = arguments
        except peers.Missing as why:
            table.missing(case, system, str(why))
    return found


def measure_peers(table: report.Report, library: Library, count: int, scratch: pathlib.Path) -> None:
    """The same chunks into kith and into chromadb, each in a process of its own with one thread, in turns: a chunk a document, CPU time and
    peak memory of the whole process, its start included."""
    contents = read_chunks(library, scratch, count)
    chunks, folder = scratch / "chunks.json", scratch / "chunk-files"
    chunks.write_text(json.dumps(contents))
    folder.mkdir()
    for i, content in enumerate(contents):
        (folder / f"{i:05}.txt").write_text(content)
    ours = f"kith {library.version()} {library.kernels()}"
    case = f"squad-docs, {count} chunks as documents"
    found = find_peers(table, case)
    taken = {system: [] for system in (ours, *found)}
    for turn in range(ROUNDS):
        taken[ours].append(add(scratch / f"kith-{turn}", folder, 1))
        with Database(library, scratch / f"kith-{turn}", must_exist=True) as database:
            stored = {content for _, content in database.contents(COLLECTION)}
        if stored != {content.strip() for content in contents}:
            sys.exit(f"kith: {len(stored)} of {len(set(contents))} different chunks were stored")
        for system, arguments in found.items():
            home = scratch / f"peer-{turn}-{len(taken[system])}-{len(arguments)}"
            home.mkdir()
            taken[system].append(process.run([sys.executable, str(ROOT / "bench/chroma_ingest.py"), str(chunks), str(home), *arguments],
                                             OMP_NUM_THREADS="1"))
    rates = {system: count / statistics.median(usage.cpu_seconds for usage in usages) for system, usages in taken.items()}
    memory = {system: statistics.median(usage.peak_mib for usage in usages) for system, usages in taken.items()}
    for system in taken:
        table.add(case, system, "chunks per core", rates[system], "chunks/CPU-s")
        table.add(case, system, "peak memory", memory[system], "MiB")
    for system in found:
        table.add(case, ours, f"chunks per core, beside {system}", rates[ours] / rates[system], "x")
        table.add(case, ours, f"peak memory, beside {system}", memory[ours] / memory[system], "x")


def main() -> None:
    options = report.parser("Ingestion of a folder, end to end.")
    options.add_argument("--files", type=int, help="only the first N files (for a quick look)")
    options.add_argument("--threads", type=int, default=0, help="0: all")
    options.add_argument("--peer", type=int, nargs="?", const=2000, metavar="CHUNKS",
                         help="the first CHUNKS chunks (2000) beside chromadb, with its own embedding function and with sentence-transformers, in turns; "
                              "nothing else is measured then")
    options.add_argument("--beside", type=pathlib.Path, metavar="PROGRAM", help="also another build's kith, in turns; nothing else is measured then")
    chosen = options.parse_args()
    library = Library()
    table = report.Report("ingest", chosen.json)
    with tempfile.TemporaryDirectory(prefix="kith-bench-") as name:
        scratch = pathlib.Path(name)
        if chosen.beside:
            measure_beside(table, library, chosen.beside.resolve(), unpack(scratch, chosen.files), scratch, chosen.threads)
            return
        if chosen.peer:
            measure_peers(table, library, chosen.peer, scratch)
            return
        measure(table, library, unpack(scratch, chosen.files), scratch / "data", chosen.threads)
        whole = kill_and_repeat(table, library, scratch, chosen.threads)
        table.add(REFERENCE_CASE, REFERENCE, "chunks", 27, "chunks/s")
        table.add(REFERENCE_CASE, REFERENCE, "peak memory", 1400, "MB")
    if not whole:
        sys.exit("kith: the store differs after kill -9")


if __name__ == "__main__":
    main()
