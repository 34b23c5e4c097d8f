"""evalset.py - a shared set as kith eval takes it: DIRECTORY/documents for kith add, DIRECTORY/questions.jsonl for kith eval.

    python3 bench/evalset.py squad-docs build/squad
    kith add build/squad/documents --dir build/squad/data
    kith eval build/squad/questions.jsonl --dir build/squad/data

docs/choosing.md says what was measured so. Questions of another set come along as ones that should be refused.
"""

import argparse
import csv
import json
import pathlib
import tarfile

from kithbench import collections, data

# Of the larger sets a part, so that several ways of cutting can be compared within minutes.
SQUAD_ARTICLES = 30     # of the 48 that have questions
SQUAD_EVERY = 3         # of their questions
CHUNKING_EVERY = 3      # of 472 questions, on all five documents
FOREIGN = 60


def write_lines(path: pathlib.Path, entries: list[dict]) -> None:
    path.write_text("".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries), encoding="utf-8")


def squad_questions() -> list[dict]:
    return data.json_lines(data.folder("squad-docs") / "questions.jsonl")


def docs_questions() -> list[dict]:
    return json.loads((data.folder("docs-qa") / "docs_evaluation_dataset.json").read_text())


def refusals(questions: list[str]) -> list[dict]:
    return [{"question": question, "refuse": True} for question in questions[:FOREIGN]]


def chunking_eval(documents: pathlib.Path) -> list[dict]:
    """Expected is one of the passages of the text that the question was written from, whole."""
    folder = data.folder("chunking-eval")
    for path in sorted((folder / "corpora").iterdir()):
        (documents / path.name).write_bytes(path.read_bytes())
    with (folder / "questions_df.csv").open(newline="", encoding="utf-8") as file:
        questions = [{"question": row["question"], "text": [reference["content"] for reference in json.loads(row["references"])]}
                     for row in csv.DictReader(file)]
    return questions[::CHUNKING_EVERY] + refusals([question["text"] for question in squad_questions()[::19]])


def docs_qa(documents: pathlib.Path) -> list[dict]:
    """Expected are the sections that answer."""
    sections = json.loads((data.folder("docs-qa") / "anthropic_docs.json").read_text())
    write_lines(documents / "sections.jsonl", [{"id": section["chunk_link"], "title": section["chunk_heading"], "content": section["text"]}
                                               for section in sections])
    questions = [{"id": question["id"], "question": question["question"], "document": question["correct_chunks"]} for question in docs_questions()]
    return questions + refusals([question["text"] for question in squad_questions()[::19]])


def squad_docs(documents: pathlib.Path) -> list[dict]:
    """Expected is the answer's text, in the passages and in the answer."""
    questions = squad_questions()
    wanted = set(list(dict.fromkeys(question["doc"] for question in questions))[:SQUAD_ARTICLES])
    with tarfile.open(data.folder("squad-docs") / "articles.tar.gz") as archive:
        for member in archive:
            name = pathlib.PurePath(member.name).name
            if member.isfile() and name in wanted:
                (documents / name).write_bytes(archive.extractfile(member).read())
    questions = [question for question in questions if question["doc"] in wanted]
    own = [{"id": question["_id"], "question": question["text"], "text": question["answers"]} for question in questions[::SQUAD_EVERY]]
    return own + refusals([question["question"] for question in docs_questions()])


def judged(name: str):
    """A judged collection: each text a document, expected are those called relevant."""
    def write(documents: pathlib.Path) -> list[dict]:
        collection = collections.COLLECTIONS[name]()
        write_lines(documents / f"{name}.jsonl", [{"id": identifier, "content": text} for identifier, text in zip(collection.ids, collection.texts)])
        known = set(collection.ids)
        questions = []
        for query, text in collection.queries.items():
            relevant = [identifier for identifier, grade in collection.grades[query].items() if grade > 0 and identifier in known]
            if relevant:
                questions.append({"id": query, "question": text, "document": relevant[:100]})
        return questions
    return write


SETS = {
    "chunking-eval": chunking_eval, "docs-qa": docs_qa, "squad-docs": squad_docs,
    "scifact": judged("scifact"), "cranfield": judged("cranfield"), "codebase-chunks": judged("codebase-chunks"),
}


def main() -> None:
    options = argparse.ArgumentParser(description="Writes a shared set as documents and questions for kith eval.")
    options.add_argument("set", choices=SETS)
    options.add_argument("directory", type=pathlib.Path)
    chosen = options.parse_args()
    documents = chosen.directory / "documents"
    documents.mkdir(parents=True, exist_ok=True)
    questions = SETS[chosen.set](documents)
    write_lines(chosen.directory / "questions.jsonl", questions)
    print(f"{len(list(documents.iterdir()))} files, {len(questions)} questions")


if __name__ == "__main__":
    main()
