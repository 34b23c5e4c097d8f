"""A server that is killed while all kinds of clients write: what any of them was told is stored is there afterwards."""

import concurrent.futures
import http.client
import itertools
import json
import signal

from patience import patience
from serving import LIMIT_S, Server, form, serving

RECORDS = "/api/v2/tenants/default_tenant/databases/default_database/collections"
DOCUMENTS = "/v1/collections/uploads/documents"
ROUNDS, ACKNOWLEDGED = 2, 12  # kills; what each kind of client has stored before one
TEXT = "Document {} tells of the lighthouse that stood in the north."


class Writers:
    """Each kind of client, and what it was told is stored. Ends when the server does not answer any more."""

    def __init__(self, kith, server: Server, number: int):
        self.kith, self.server, self.number = kith, server, number
        self.collection = server("POST", RECORDS, {"name": "records", "get_or_create": True}).json["id"]
        self.stored: dict[str, set[str]] = {"records": set(), "documents": set(), "files": set(), "commands": set()}

    def names(self):
        return (f"{self.number}-{i}" for i in itertools.count())

    def records(self) -> None:
        for name in self.names():
            self.server("POST", f"{RECORDS}/{self.collection}/add", {"ids": [name], "embeddings": [[1, 2, len(name)]]}, status=201)
            self.stored["records"].add(name)

    def documents(self) -> None:
        for name in self.names():
            reply = self.server("POST", DOCUMENTS, {"documents": [{"id": f"json-{name}", "content": TEXT.format(name)}]})
            assert reply.json["results"][0]["outcome"] == "added"
            self.stored["documents"].add(f"json-{name}")

    def files(self) -> None:
        for name in self.names():
            body, kind = form(("file", f"file-{name}.txt", TEXT.format(f"of file {name}").encode()))
            reply = self.server("POST", DOCUMENTS, body, Content_Type=kind, Accept="text/event-stream")
            # A stream that broke off has no result.
            self.stored["files"] |= {f"file-{name}" for event, data in reply.events if event == "result" and json.loads(data)["outcome"] == "added"}

    def commands(self) -> None:
        for name in self.names():
            file = self.kith.home / f"command-{name}.txt"
            file.write_text(TEXT.format(f"of command {name}"))
            added = self.kith("add", file, "--collection", "commands", "--json", status=None)
            if added.status != 0 or self.server.process.poll() is not None:
                return  # without a server the command would work by itself
            self.stored["commands"].add(file.stem)

    def run(self, write) -> None:
        try:
            write()
        except (OSError, http.client.HTTPException):
            pass  # the server was killed

    def until_killed(self) -> dict[str, set[str]]:
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            running = [pool.submit(self.run, write) for write in (self.records, self.documents, self.files, self.commands)]
            while not all(len(stored) >= ACKNOWLEDGED for stored in self.stored.values()):
                finished, _ = concurrent.futures.wait(running, timeout=0.01, return_when=concurrent.futures.FIRST_COMPLETED)
                if finished:
                    break
            self.server.process.kill()
            for each in running:
                each.result(timeout=patience(LIMIT_S))
        return self.stored


def ids_of(server: Server, collection: str) -> set[str]:
    ids, cursor = set(), ""
    while cursor is not None:
        page = server("GET", f"/v1/collections/{collection}/documents?limit=1000{cursor and f'&cursor={cursor}'}").json
        ids |= {document["id"].rsplit("/", 1)[-1] for document in page["documents"]}
        cursor = page["next"]
    return ids


def test_what_any_client_was_told_is_stored_outlives_a_kill(kith):
    stored: dict[str, set[str]] = {}
    for number in range(ROUNDS):
        process = kith.start("serve", "--port", "0", "--json", "--log-level", "error")
        server = Server(process, json.loads(process.stdout.readline())["listening"])
        for kind, names in Writers(kith, server, number).until_killed().items():
            assert len(names) >= ACKNOWLEDGED, (kind, "".join(server.log))
            stored[kind] = stored.get(kind, set()) | names
        assert server.wait() == -signal.SIGKILL
    with serving(kith) as server:
        collection = server("GET", f"{RECORDS}/records").json["id"]
        assert stored["records"] <= set(server("POST", f"{RECORDS}/{collection}/get", {"include": []}).json["ids"])
        assert stored["documents"] | stored["files"] <= ids_of(server, "uploads")
        assert stored["commands"] <= {name.removesuffix(".txt") for name in ids_of(server, "commands")}
    assert kith("check", status=None).lines[-1]["summary"]["damages"] == 0
