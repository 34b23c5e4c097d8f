"""made_manuals.py - made-up manuals with questions whose answers are known.

There is no free set of questions on manuals that may train and report at once, so the reader (bench/reader.py) learns the forms of manuals from documents made here: man pages, Markdown, files of
settings, tables, FAQs and changelogs of programs that do not exist. Each fact comes with questions in other words than its own, and with the string that only the answering unit holds.
"""

import dataclasses
import pathlib
import random

from . import data
from .library import Database, Embedder, Library

TOOLS = ("packr", "lumen", "tidewatch", "gristmill", "fernway", "oxbow", "quillet", "sandpiper", "brontide", "kestrel", "marlin", "harrow")

# long name, argument, what it does, more about it, questions without the name
OPTIONS = (
    ("dry-run", "", "Print what would be changed and change nothing.", "Combine it with the report option to see sizes.", ("How can I see what {t} would do without doing it?", "show changes only, touch nothing")),
    ("verify", "", "Read every file back after it was written and compare its checksum.", "This doubles the time of a run.", ("How do I make {t} check that the copy is identical?", "Which flag of {t} compares checksums afterwards?")),
    ("exclude", "PATTERN", "Skip files whose names match PATTERN.", "It may be given more than once.", ("How do I leave some files out with {t}?", "Which option of {t} ignores files by name?")),
    ("keep-going", "", "Continue with the next file after an error.", "The exit code is 3 when a file failed.", ("How do I stop {t} from aborting at the first failure?", "go on although something failed")),
    ("jobs", "N", "Run N workers at a time.", "The default is the number of processors.", ("How many things does {t} do in parallel if I say nothing?", "Which option sets the number of parallel workers of {t}?")),
    ("timeout", "SECONDS", "Give up on a connection after SECONDS without data.", "The default is 45 seconds.", ("How long does {t} wait for a silent connection?", "default timeout of {t}")),
    ("retries", "N", "Try a failed transfer N more times.", "The default is 7, and 0 means never.", ("How often does {t} try again by default?", "Which flag sets how many times {t} retries a transfer?")),
    ("port", "PORT", "Listen on PORT.", "Unless it is given, the daemon uses port 7412.", ("Which TCP port does the {t} daemon use?", "What is the default port of {t}?")),
    ("compress", "LEVEL", "Compress with LEVEL, from 1 (fast) to 12 (small).", "Level 4 is used when nothing is said.", ("Which compression levels does {t} accept?", "default compression level of {t}")),
    ("no-color", "", "Write plain text without colors.", "It is implied when the output is not a terminal.", ("How do I turn off colored output in {t}?", "monochrome output {t}")),
    ("owner", "USER", "Give all created files to USER.", "Only the superuser may do that.", ("How do I set who owns the files that {t} creates?", "Which option of {t} changes the owner?")),
    ("limit-rate", "RATE", "Send at most RATE kilobytes a second.", "Without it the speed is not limited.", ("How can I keep {t} from using all my bandwidth?", "Which flag throttles {t}?")),
    ("follow", "", "Follow symbolic links instead of copying them as links.", "Loops are detected and reported.", ("Does {t} copy the target of a symlink, and how do I make it?", "dereference links with {t}")),
    ("delete", "", "Remove files at the destination that the source no longer has.", "It asks before it removes more than 100 files.", ("How do I make {t} erase what vanished from the source?", "Which option of {t} deletes extra files at the target?")),
    ("quiet", "", "Say nothing but errors.", "Given twice, not even those.", ("How do I silence {t}?", "suppress messages of {t}")),
    ("output", "FILE", "Write the report to FILE instead of the standard output.", "An existing file is overwritten.", ("How do I save the report of {t} to a file?", "Which option of {t} redirects its report?")),
    ("resume", "", "Go on where an interrupted run stopped.", "It needs the state directory of that run.", ("My run of {t} was interrupted. How do I continue it?", "Which flag picks up an aborted run of {t}?")),
    ("encrypt", "KEYFILE", "Encrypt the archive with the key in KEYFILE.", "A lost key cannot be restored by anyone.", ("How do I protect an archive of {t} with a key?", "Can a lost key of {t} be recovered?")),
    ("depth", "N", "Descend at most N directories.", "The default is 32.", ("How deep does {t} go into folders by default?", "How do I limit the recursion of {t}?")),
    ("interactive", "", "Ask before each change.", "Answers are y, n, a for all and q for none of the rest.", ("How do I confirm every step in {t}?", "Which option of {t} prompts me?")),
    ("machine", "", "Print one record a line with fields parted by tabs, for programs to read.", "The format stays the same across releases.", ("output of {t} for scripts", "How do I get parseable output from {t}?")),
    ("config", "FILE", "Read settings from FILE instead of ~/.toolrc.", "Settings of the command line win.", ("How do I use another configuration file with {t}?", "Where does {t} look for its settings by default?")),
    ("snapshot", "NAME", "Keep the state before the run under NAME.", "Snapshots older than 90 days are removed.", ("After how many days does {t} throw away snapshots?", "How do I save the old state before running {t}?")),
    ("update", "", "Skip files that are newer at the destination.", "Times are compared to the second.", ("How do I keep {t} from overwriting newer files?", "Which flag of {t} leaves newer files alone?")),
)

CODES = (
    (0, "Success"), (1, "Error in the syntax of the command line"), (2, "The protocol of the peer is incompatible"), (3, "Some files could not be read"), (4, "The disk is full"),
    (5, "The connection was lost"), (6, "The key was refused"), (9, "Stopped by a signal"), (11, "Another run holds the lock"), (12, "The index is damaged"), (14, "The server asked to wait"),
    (20, "Nothing to do"), (21, "The checksum of a file differs"), (23, "A file vanished during the run"), (30, "No answer in time"), (35, "The licence has expired"), (127, "The helper program is missing"),
)

SETTINGS = (
    ("MaxSessions", "{n}", "The most sessions that one client may open.", ("How many sessions may a client have in {t}?",)),
    ("CacheSize", "{n}M", "Memory for the cache of blocks.", ("How much memory does the block cache of {t} take?",)),
    ("LogFile", "/var/log/{t}.log", "Where events are written.", ("Where does {t} write its log?", "log file of {t}")),
    ("ListenAddress", "127.0.0.1", "The address that the server binds to.", ("On which address does {t} listen?",)),
    ("IdleTimeout", "{n}s", "A client that says nothing for so long is disconnected.", ("When does {t} disconnect silent clients?",)),
    ("WrapLines", "off", "Break long lines when they are shown.", ("setting to wrap long lines in {t}",)),
    ("PasswordTries", "{n}", "Wrong passwords before the connection is closed.", ("How many wrong passwords does {t} allow?",)),
    ("TabsToBlanks", "on", "Turn each tab that is typed into blanks.", ("How do I make {t} insert spaces for tabs?",)),
    ("BackupDir", "/srv/{t}/old", "The directory for replaced files.", ("In which directory does {t} keep replaced files?",)),
    ("UpdateInterval", "{n}h", "How often the catalog is fetched.", ("How often does {t} fetch its catalog?",)),
)

FAQ = (
    ("Why does {t} say that its directory is busy?", "Another process is at work in it. Wait until it has ended, or remove the file LOCK when you are sure that none is.", "{t} tells me the directory is busy, what now?", "Another process is at work"),
    ("Can I use {t} in a commercial product?", "Yes. The licence permits any use, as long as the notice is kept.", "May I sell something that contains {t}?", "The licence permits any use"),
    ("Does {t} run on Windows?", "No, it needs a POSIX system. Many people run it in a virtual machine.", "Is {t} available for Windows?", "needs a POSIX system"),
    ("How do I shrink the data file?", "Run {t} compact while nothing else has it open.", "The data file of {t} stays big after I deleted rows, how do I make it smaller?", "{t} compact"),
    ("How is {t} pronounced?", "Like the bird, with the stress on the first syllable.", "pronunciation of {t}", "stress on the first syllable"),
    ("Who wrote {t}?", "It was begun by Ada Lindqvist in 2004 and is maintained by a group of volunteers since 2011.", "Who started the {t} project and when?", "Ada Lindqvist in 2004"),
    ("What happens to a file that changes while it is copied?", "It is copied again, three times at most, and reported when it still changes.", "What does {t} do when a file is modified during the copy?", "copied again, three times"),
    ("Is it safe to open an archive from a stranger?", "It is not. Archives may hold scripts that run when they are opened.", "Can I open an archive of {t} that an unknown person sent?", "Archives may hold scripts"),
)

CHANGES = (
    ("support for zoned disks", "Which release of {t} added support for zoned disks?"), ("a fix for a crash on empty files", "In which version did {t} stop crashing on empty files?"),
    ("a new option for parallel uploads", "Since which version can {t} upload in parallel?"), ("removal of the old network protocol", "When did {t} drop the old network protocol?"),
    ("translations to Finnish and Basque", "Which version of {t} speaks Basque?"), ("faster start with large catalogs", "Which {t} release made the start faster?"),
    ("a fix for a memory leak in the watcher", "Which version of {t} fixed the leak in the watcher?"), ("a warning about weak keys", "Since when does {t} warn of weak keys?"),
)

SIDES = (
    ("the journal mode", ("Readers never wait for writers.", "It is considerably faster in most cases.", "Fewer system calls reach the disk."),
     ("It does not work on network drives.", "An extra file stands beside the data.", "Very large transactions are slower.", "Old releases cannot open the file.")),
    ("the memory mode", ("Answers come at once.", "No file is ever locked."), ("All is lost when the program ends.", "It needs as much memory as there is data.")),
    ("lazy loading", ("The program starts in no time.", "Unused parts cost nothing."), ("The first question of each kind is slow.", "Errors show late.")),
)

# What a table is about: its first column, the names of its rows, its other columns with what values they have. A tool has tables of its own, so that a question names one row of one table.
TABLES = (
    ("metal", ("copper", "aluminium", "tin", "zinc", "silver", "lead", "nickel", "titanium"), (("density", "{d}.{d}"), ("melting point", "{n}"), ("hardness", "{d}.{d}"))),
    ("format", ("tarball", "snapshot image", "delta stream", "flat file", "ring log", "sparse image"), (("extension", ".{w}"), ("random access", "{yn}"), ("compression ratio", "{d}.{d}"))),
    ("signal", ("hangup", "interrupt", "terminate", "user one", "user two", "pipe"), (("number", "{d}"), ("default action", "{act}"), ("can be caught", "{yn}"))),
    ("release", ("Amber", "Birch", "Cedar", "Dogwood", "Elder", "Fir"), (("published", "20{e}-0{d}-1{d}"), ("supported until", "20{e}-0{d}-2{d}"), ("kernel", "{d}.{e}"))),
    ("region", ("north ridge", "south quay", "east moor", "west harbor", "old town"), (("stations", "{e}"), ("mean depth", "{n} m"), ("surveyor", "{name}"))),
    ("plan", ("free", "team", "business", "campus", "reseller"), (("seats", "{n}"), ("storage", "{e} GB"), ("support hours", "{e} h"))),
    ("variable", ("CACHE_DIR", "SPOOL_DIR", "LOG_LEVEL", "PROXY_HOST", "MAX_OPEN"), (("default", "{w}{e}"), ("type", "{type}"), ("since", "{d}.{d}"))),
    ("port", ("control", "metrics", "replication", "discovery", "web console"), (("number", "7{n}"), ("protocol", "{proto}"), ("encrypted", "{yn}"))),
)
FILLS = {"act": ("ignore", "stop", "end", "dump core", "continue"), "yn": ("yes", "no", "only root"), "name": ("Ines Duarte", "Olaf Brandt", "Mei Tanaka", "Paul Okoro", "Rhea Lund"),
         "type": ("path", "integer", "host name", "size", "duration"), "proto": ("TCP", "UDP", "SCTP", "QUIC"), "w": ("alder", "basalt", "cinder", "drift", "ember", "flint")}
ROW_QUESTIONS = ("What is the {c} of {r} in {t}?", "{t} {r} {c}", "Which {c} does the {k} {r} of {t} have?", "{c} of the {r} {k}, {t}", "In the table of {t}: {r}, {c}?")
TABLE_STYLES = ("md", "grid.rst", "simple.rst", "csv", "man.txt", "plain.txt", "html", "tsv")

# a thing of each side, what the sides are called, and how it is asked
PAIRS = (
    (("soft", "A soft limit only warns when it is exceeded."), ("hard", "A hard limit stops the write that would exceed it."), "What is the difference between a soft and a hard limit in {t}?"),
    (("push", "With push the server sends changes as they come."), ("pull", "With pull the client asks for changes every minute."), "{t} push vs pull"),
    (("full", "A full run reads every file again."), ("quick", "A quick run looks only at times and sizes."), "How does a full run of {t} differ from a quick run?"),
    (("mirror", "A mirror has no history and takes the space of one copy."), ("archive", "An archive keeps each version that there ever was."), "Should I use a mirror or an archive with {t}, what differs?"),
)

# A thing and another, what each does, and how one asks for the difference. Said in five ways: below headings of their own, as options, against each other in one sentence, as a list, below the question.
CONTRASTS = (
    ("checkpoint", "writes all that changed since the last one to the disk", "commit", "marks a set of changes as done", "What is the difference between a checkpoint and a commit in {t}?"),
    ("worker", "runs one job and ends with it", "daemon", "stays in memory and waits for jobs", "{t} worker vs daemon"),
    ("prune", "deletes the copies that no rule keeps", "forget", "takes copies out of the catalog and leaves their files", "How does prune differ from forget in {t}?"),
    ("label", "is a word that a person gives to a copy", "digest", "is computed from the contents of a copy", "How is a label different from a digest in {t}?"),
    ("tunnel", "carries all traffic over one encrypted connection", "relay", "passes each message on as it comes", "{t}: tunnel or relay, what is the difference?"),
    ("sealed", "stores cannot be changed by anyone", "locked", "stores can be changed by who has the key", "What distinguishes sealed from locked stores in {t}?"),
    ("import", "takes records into the catalog and renames them", "attach", "shows records that stay where they are", "difference between import and attach in {t}"),
    ("strict", "stops at the first line that it cannot read", "lenient", "skips lines that it cannot read and counts them", "Which mode of {t} is strict versus lenient, what differs?"),
)


# What the documents of every tool leave open, with what the question names or demands: a name, a person's dates, a price, a count, a version, an error, a row. {v}, {c} and {n} are never there.
OPEN = (
    "Does {t} work with Kerberos?", "How do I send the report of {t} to Slack?", "Which option of {t} uploads to Dropbox?", "Can {t} store its copies in PostgreSQL?", "Is there a plugin of {t} for Eclipse?",
    "Which setting of {t} holds the password of the Redis cache?", "When was Ada Lindqvist born?", "Where did the author of {t} go to school?", "How much does a licence of {t} cost per year?",
    "How many employees work on {t}?", "How many threads per processor does {t} start?", "How many downloads per day does {t} have?", "What changed in {t} {v}?", "Which bug was fixed in {t} {v}?",
    "What does exit code {c} of {t} mean?", "{t} error code {c}", "What does error E{n} of {t} mean?", "How do I fix CVE-2019-{n} in {t}?", "Which release of {t} supports IPv6?", "Does {t} support OAuth2?",
    "How do I make an ED25519 key with {t}?", "Who translated {t} to Japanese?", "In which year did {t} win an award?", "What is the telephone number of the {t} support?", "How do I run {t} on MacOS?",
)


@dataclasses.dataclass
class Question:
    text: str
    document: str
    answers: list[str]  # the unit that says one of them is right; empty: no document answers it
    also: str = ""  # when it says this, too


def option_head(chosen: random.Random, name: str, argument: str, style: str) -> str:
    short = chosen.choice((f"-{name[0]}, ", ""))
    if style == "man":
        return f"{short}--{name}" + (f"={argument}" if argument else "")
    return f"`{short}--{name}" + (f" {argument}`" if argument else "`")


def wrapped(text: str, indent: int, width: int = 78) -> str:
    lines, line = [], ""
    for word in text.split():
        if len(line) + len(word) + 1 + indent > width:
            lines.append(" " * indent + line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return "\n".join([*lines, " " * indent + line])


def write_options(chosen: random.Random, tool: str, style: str) -> tuple[str, list[Question], str]:
    document = f"{tool}.1.txt" if style == "man" else f"{tool}-options.{ 'md' if style == 'md' else 'txt'}"
    options = chosen.sample(OPTIONS, 16)
    parts, questions = [], []
    synopsis = " ".join(f"[--{name}]" for name, *_ in options[:8])
    if style == "man":
        parts += [f"{tool.upper()}(1)                 User Commands                 {tool.upper()}(1)", "NAME\n       " + f"{tool} - keep copies of directories",
                  f"SYNOPSIS\n       {tool} {synopsis} SOURCE DESTINATION", "DESCRIPTION\n" + wrapped(f"{tool} copies directories to other disks and machines and keeps what was there before. It compares files by size and time.", 7), "OPTIONS"]
    elif style == "md":
        parts += [f"# {tool}", f"`{tool} {synopsis}`", "## Options"]
    else:
        parts += [f"{tool} manual", f"Usage: {tool} {synopsis}", "Options"]
    for name, argument, what, more, asked in options:
        head = option_head(chosen, name, argument, style)
        if style == "man":
            parts.append(f"       {head}\n" + wrapped(f"{what} {more}", 14))
        elif style == "md":
            parts.append(f"- {head}: {what} {more}" if chosen.random() < 0.5 else f"* {head} - {what} {more}")
        else:
            parts.append(f"{head.strip('`')}: {what} {more}")
        for text in asked:
            answer = more if any(word in text.lower() for word in ("default", "how many", "how long", "how often", "which tcp", "how deep", "after how", "say nothing", "lost", "where does")) else what
            questions.append(Question(text.format(t=tool), document, [answer]))
        if argument or chosen.random() < 0.4:
            questions.append(Question(chosen.choice((f"What does --{name} of {tool} do?", f"meaning of --{name} in {tool}", f"{tool} --{name}")), document, [what]))
    questions += [Question(text.format(t=tool), document, []) for option in OPTIONS if option not in options for text in option[-1]]
    questions += [Question(f"What does --{option[0]} of {tool} do?", document, []) for option in OPTIONS if option not in options]
    codes = chosen.sample(CODES, 12)
    codes.sort()
    questions += [Question(f"What does exit code {code} of {tool} mean?", document, []) for code, _ in CODES if code not in dict(codes)]
    mark = {"man": chosen.choice(("       o      {c} - {w}", "       {c:<6} {w}.")), "md": "- `{c}`: {w}", "txt": "{c}  {w}"}[style]
    parts.append({"man": "EXIT VALUES", "md": "## Exit codes", "txt": "Exit codes"}[style])
    parts.append(("\n\n" if style == "man" else "\n").join(mark.format(c=code, w=what) for code, what in codes))
    for code, what in chosen.sample(codes, 5):
        form = chosen.choice((f"What does exit code {code} of {tool} mean?", f"{tool} error code {code}", f"{tool} returned {code}, why?"))
        questions.append(Question(form, document, [what]))
    return "\n\n".join(parts) + "\n", questions, document


def write_settings(chosen: random.Random, tool: str) -> tuple[str, list[Question], str]:
    document, parts, questions = f"{tool}.conf", [f"# Settings of {tool}. Those that are commented out show their defaults."], []
    grouped = chosen.random() < 0.4
    for name, value, comment, asked in chosen.sample(SETTINGS, 9):
        value = value.format(n=chosen.randrange(2, 90), t=tool)
        setting = f"#{name} {value}" if chosen.random() < 0.7 else f"{name.lower()}={value}"
        parts.append(setting if grouped else f"# {comment}\n{setting}")
        questions += [Question(text.format(t=tool), document, [setting.lstrip("#")]) for text in asked]
    return ("\n" if grouped else "\n\n").join(parts) + "\n", questions, document


def write_faq(chosen: random.Random, tool: str) -> tuple[str, list[Question], str]:
    document, questions, parts = f"{tool}-faq.md", [], [f"# Questions about {tool}"]
    style = chosen.choice(("## {q}\n\n{a}", "## {q}\n\n> {a}", "Q: {q}\n\nA: {a}", "**{q}**\n\n{a}"))
    for asked, answer, other, text in chosen.sample(FAQ, 7):
        parts.append(style.format(q=asked.format(t=tool), a=answer.format(t=tool)))
        questions.append(Question(other.format(t=tool), document, [text.format(t=tool)]))
        if chosen.random() < 0.5:
            questions.append(Question(asked.format(t=tool), document, [text.format(t=tool)]))
    return "\n\n".join(parts) + "\n", questions, document


def write_changes(chosen: random.Random, tool: str) -> tuple[str, list[Question], str]:
    document, questions, parts = f"{tool}-CHANGES.md", [], [f"# Changes of {tool}"]
    style = chosen.choice(("## {v} (20{y}-0{m}-14)", "{v} (20{y}-0{m}-14)\n-------------------", "version {v} - A. Lindqvist, 20{y}-0{m}-14"))
    changes = chosen.sample(CHANGES, 8)
    for i in range(4):
        version = f"{5 - i}.{chosen.randrange(30)}.{chosen.randrange(10)}"
        entries = changes[2 * i:2 * i + 2]
        parts.append(style.format(v=version, y=24 - i, m=chosen.randrange(1, 9)) + "\n\n" + "\n".join(f"- There is {what}." for what, _ in entries))
        for what, asked in entries:
            questions.append(Question(asked.format(t=tool), document, [f"There is {what}"]))
        what = chosen.choice(entries)[0]
        questions.append(Question(f"What changed in {tool} {version}?", document, [f"There is {entry[0]}" for entry in entries]))
    return "\n\n".join(parts) + "\n", questions, document


def write_sides(chosen: random.Random, tool: str) -> tuple[str, list[Question], str]:
    document, questions, parts = f"{tool}-modes.md", [], [f"# Modes of {tool}"]
    for what, good, bad in SIDES:
        parts += [f"## {what[0].upper()}{what[1:]}", f"There are advantages and disadvantages to {what} of {tool}. Advantages include:", "\n".join(f"{i + 1}. {text}" for i, text in enumerate(good)),
                  "But there are also disadvantages:", "\n".join(f"{i + 1}. {text}" for i, text in enumerate(bad))]
        questions.append(Question(chosen.choice((f"What are the drawbacks of {what} in {tool}?", f"disadvantages of {what} of {tool}", f"What speaks against {what}? Downsides in {tool}?")), document, list(bad)))
        questions.append(Question(chosen.choice((f"What do I gain by {what} of {tool}?", f"benefits of {what} in {tool}", f"What are the advantages of {what}?")), document, list(good)))
    return "\n\n".join(parts) + "\n", questions, document


def value_of(chosen: random.Random, form: str) -> str:
    parts = {name: chosen.choice(words) for name, words in FILLS.items()}
    return form.format(d=chosen.randrange(1, 10), e=chosen.randrange(10, 99), n=chosen.randrange(100, 999), **parts)


def ruled(rows: list[list[str]], edge: str, fill: str, header: str, bar: str) -> list[str]:
    """A grid or a simple table of reStructuredText."""
    widths = [max(len(row[i]) for row in rows) + 1 for i in range(len(rows[0]))]
    rule, below = (edge + edge.join(mark * (width + (edge != " ")) for width in widths) + edge for mark in (fill, header))
    lines = [f"{bar}{bar.join((' ' if bar != ' ' else '') + cell.ljust(width) for cell, width in zip(row, widths))}{bar}".rstrip() for row in rows]
    if edge == "+":
        return [rule, lines[0], below, *(line for pair in zip(lines[1:], [rule] * len(lines)) for line in pair)]
    return [rule, lines[0], rule, *lines[1:], rule]


def table_lines(style: str, rows: list[list[str]], tool: str, kind: str) -> list[str]:
    title = f"Table of {kind}s of {tool}"
    widths = [max(len(row[i]) for row in rows) + 3 for i in range(len(rows[0]))]
    aligned = ["".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
    if style == "md":
        lines = [f"| {' | '.join(row)} |" for row in rows]
        return [f"# {title}", "", lines[0], "|---" * len(rows[0]) + "|", *lines[1:]]
    if style == "grid.rst":
        return [title, "-" * len(title), "", *ruled(rows, "+", "-", "=", "|")]
    if style == "simple.rst":
        return [title, "-" * len(title), "", *(line.strip() for line in ruled(rows, " ", "=", "=", " "))]
    if style == "html":
        cells = ["".join(f"<{'th' if i == 0 else 'td'}>{cell}</{'th' if i == 0 else 'td'}>" for cell in row) for i, row in enumerate(rows)]
        return [f"<html><head><title>{title}</title></head><body><h1>{title}</h1><table>", *(f"<tr>{row}</tr>" for row in cells), "</table></body></html>"]
    if style in ("csv", "tsv"):
        return [("," if style == "csv" else "\t").join(row) for row in rows]
    indent = " " * 7 if style == "man.txt" else ""
    rule = [indent + "─" * len(aligned[0])] if style == "man.txt" else []
    return [f"{tool.upper()}(7)             Tables             {tool.upper()}(7)" if rule else title, "", f"{kind.upper()}S" if rule else f"These are the {kind}s that {tool} knows.", "", indent + aligned[0], *rule, *(indent + line for line in aligned[1:])]


def write_table(chosen: random.Random, tool: str, half: int) -> tuple[str, list[Question], str]:
    kind, names, columns = chosen.choice(TABLES[half::2])
    style = chosen.choice(TABLE_STYLES)
    document, questions = f"{tool}-{kind}s.{style}", []
    rows = [[name, *(value_of(chosen, form) for _, form in columns)] for name in names]
    for row in rows:
        column = chosen.randrange(len(columns))
        text = chosen.choice(ROW_QUESTIONS).format(c=columns[column][0], r=row[0], t=tool, k=kind)
        questions.append(Question(text, document, [f"{columns[column][0]}: {row[column + 1]}"], row[0]))
    return "\n".join(table_lines(style, [[kind, *(column for column, _ in columns)], *rows], tool, kind)) + "\n", questions, document


def write_pairs(chosen: random.Random, tool: str) -> tuple[str, list[Question], str]:
    document, questions = f"{tool}-choices.md", []
    parts = [f"# Choices of {tool}"]
    for (one, first), (other, second), asked in chosen.sample(PAIRS, 3):
        parts += [f"## {one.capitalize()} and {other}", f"{tool} has both. {first} It is what most people take. {second} Nobody needs to decide at once."]
        questions.append(Question(asked.format(t=tool), document, [first, second]))
    return "\n\n".join(parts) + "\n", questions, document


def write_contrasts(chosen: random.Random, tool: str) -> tuple[str, list[Question], str]:
    document, questions, parts = f"{tool}-terms.md", [], [f"# Terms of {tool}"]
    for way, (one, first, other, second, asked) in enumerate(chosen.sample(CONTRASTS, 5)):
        if way == 0:
            parts += [f"## {one}", f"What is called {one} {first}. It takes no arguments.", f"## {other}", f"What is called {other} {second}. Most people use it every day."]
        elif way == 1:
            parts += ["## Options", f"- `--{one}`: {first}. See also `--{other}`.", "- `--summary`: prints a line for each store at the end.", f"- `--{other}`: {second}. It was added later than `--{one}`."]
        elif way == 2:
            parts += ["## Choosing", f"{tool} knows {one} and {other}, and both are in use. A {one} {first}, whereas a {other} {second}. Either can be set for a single store."]
        elif way == 3:
            parts += [f"## On {one} and {other}", f"{one.capitalize()} and {other} are not the same:", f"- {one} {first}\n- {other} {second}"]
        else:
            parts += [f"## {asked.format(t=tool).rstrip('?')}?", f"They look alike at first. The {one} {first}. The {other} {second}."]
        questions.append(Question(asked.format(t=tool), document, [first, second]))
    return "\n\n".join(parts) + "\n", questions, document


def open_questions(seed: int) -> list[Question]:
    """What no document answers, by numbers of its own, so that the documents do not depend on it."""
    chosen = random.Random(seed + 1)
    return [Question(form.format(t=tool, v=f"{chosen.randrange(7, 10)}.{chosen.randrange(30)}.{chosen.randrange(10)}", c=chosen.randrange(40, 99), n=chosen.randrange(1000, 7000)), f"{tool}.open", [])
            for tool in TOOLS for form in chosen.sample(OPEN, 16)]


def make(seed: int) -> tuple[dict[str, str], list[Question]]:
    """Documents by their names, and questions on them."""
    chosen = random.Random(seed)
    documents, questions = {}, []
    for number, tool in enumerate(TOOLS):
        made = [write_options(chosen, tool, ("man", "md", "txt")[number % 3])]
        made += [write(chosen, tool) for write in (write_settings, write_faq, write_changes, write_sides, write_pairs)]
        made += [write_table(chosen, tool, half) for half in range(2)]
        for text, asked, name in made:
            documents[name] = text
            questions += asked
    contrasts = random.Random(seed + 2)  # of their own: the other documents do not depend on them
    for tool in TOOLS:
        text, asked, name = write_contrasts(contrasts, tool)
        documents[name] = text
        questions += asked
    return documents, questions + open_questions(seed)


def database(directory: pathlib.Path, seed: int) -> pathlib.Path:
    """A data directory with the documents in `directory`, made unless it is there."""
    if not (directory / "db").exists():
        (directory / "files").mkdir(parents=True, exist_ok=True)
        for name, text in make(seed)[0].items():
            (directory / "files" / name).write_text(text)
        library = Library()
        with Database(library, directory / "db", embedder=Embedder(library, str(data.model_directory()))) as database:
            database.ingest("default", [str(directory / "files")])
    return directory / "db"
