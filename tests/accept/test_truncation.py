"""A text that is longer than the model reads: cut and told, refused, or split, at every door that embeds texts."""

import json
import math

import pytest
from serving import serving
from small_bert import SmallBert

LONG = " ".join(f"Sentence {number} tells of valve {number} and of the pump in hall {number % 7}." for number in range(60))
END = "The lighthouse keeper paints the railing in spring."


def norm(vector) -> float:
    return math.sqrt(sum(value * value for value in vector))


def cosine(a, b) -> float:
    return sum(x * y for x, y in zip(a, b)) / norm(a) / norm(b)


def embed(kith, *options, text: str, status: int | None = 0):
    return kith("embed", "--json", *options, stdin=json.dumps({"text": text}) + "\n", status=status)


def test_kith_embed_cuts_and_tells_by_default(kith):
    result = embed(kith, text=f"{LONG} {END}")
    assert result.lines[0]["truncated"] and result.lines[0]["tokens"] > 256 and "longer than the 256 tokens" in result.err
    assert result.lines[0]["embedding"] == embed(kith, "--truncate", "truncate", text=f"{LONG} something else").lines[0]["embedding"]


def test_kith_embed_refuses_when_asked(kith):
    result = embed(kith, "--truncate", "error", text=LONG, status=None)
    assert result.status != 0 and not result.out and "tokens, the model reads 256" in result.err
    assert embed(kith, "--truncate", "error", text=END).lines[0]["truncated"] is False


def test_kith_embed_splits_when_asked(kith):
    cut, whole = (embed(kith, "--truncate", how, text=f"{LONG} {END * 20}").lines[0] for how in ("truncate", "split"))
    end = embed(kith, text=END).lines[0]["embedding"]
    assert not whole["truncated"] and abs(norm(whole["embedding"]) - 1) < 1e-5
    assert cosine(whole["embedding"], end) > cosine(cut["embedding"], end) + 0.05
    short = [embed(kith, "--truncate", how, text=END).lines[0]["embedding"] for how in ("truncate", "split")]
    assert short[0] == short[1]


def test_openai_embeddings(kith):
    with serving(kith) as server:
        model = next(entry["id"] for entry in server("GET", "/v1/models").json["data"] if entry["id"] != "kith" and "/" not in entry["id"])
        request = {"model": model, "input": [END, LONG]}
        entries = server("POST", "/v1/embeddings", request).json["data"]
        assert [entry.get("truncated", False) for entry in entries] == [False, True]
        entries = server("POST", "/v1/embeddings", {**request, "truncation": "split"}).json["data"]
        assert not any("truncated" in entry for entry in entries)
        refused = server("POST", "/v1/embeddings", {**request, "truncation": "error"}, status=None)
        assert 400 <= refused.status < 500 and "text 1 has" in refused.body.decode()
        assert server("POST", "/v1/embeddings", {**request, "truncation": "maybe"}, status=None).status == 400


def test_chroma_texts_that_are_cut_are_counted_in_a_header(kith):
    base = "/api/v2/tenants/default_tenant/databases/default_database/collections"
    default = {"embedding_function": {"type": "known", "name": "default", "config": {}}}
    with serving(kith) as server:
        made = server("POST", base, {"name": "texts", "configuration": default}).json["id"]
        reply = server("POST", f"{base}/{made}/add", {"ids": ["a", "b"], "documents": [END, LONG]}, status=201)
        headers = {name.lower(): value for name, value in dict(reply.headers).items()}
        assert headers.get("x-kith-truncated") == "1"
        reply = server("POST", f"{base}/{made}/add", {"ids": ["c"], "documents": [END]}, status=201)
        assert "x-kith-truncated" not in {name.lower() for name in dict(reply.headers)}


def test_texts_that_are_cut_in_a_transaction_are_counted_in_one_header(kith):
    """Of all operations together, in a collection whose vectors came from clients that name Chroma's default."""
    base = "/api/v2/tenants/default_tenant/databases/default_database/collections"
    default = {"embedding_function": {"type": "known", "name": "default", "config": {}}}
    with serving(kith) as server:
        made = server("POST", base, {"name": "texts", "configuration": default}).json["id"]
        server("POST", f"{base}/{made}/add", {"ids": ["own"], "embeddings": [[0.05] * 384]}, status=201)
        operations = [{"operation": "add", "payload": {"ids": [f"long{n}", f"short{n}"], "documents": [LONG, END]}} for n in range(3)]
        reply = server("POST", f"{base}/{made}/conditional/commit", {"read_ids": [], "operations": operations})
        told = [value for name, value in reply.headers.items() if name.lower() == "x-kith-truncated"]
        assert told == ["3"]


def test_texts_that_are_searched_for_without_their_ends_are_counted_in_one_header(kith):
    base = "/api/v2/tenants/default_tenant/databases/default_database/collections"
    default = {"embedding_function": {"type": "known", "name": "default", "config": {}}}

    def told(server, collection: str, *queries: str) -> list[str]:
        searches = [{"rank": {"$sum": [{"$knn": {"query": query, "default": 1.0}}, {"$knn": {"query": END, "default": 1.0}}]}} for query in queries]
        reply = server("POST", f"{base}/{collection}/search", {"searches": searches})
        return [value for name, value in reply.headers.items() if name.lower() == "x-kith-truncated"]

    with serving(kith) as server:
        made = server("POST", base, {"name": "texts", "configuration": default}).json["id"]
        server("POST", f"{base}/{made}/add", {"ids": ["a"], "documents": [END]}, status=201)
        assert told(server, made, END) == [] and told(server, made, LONG, END, LONG) == ["2"]


def test_a_question_that_is_cut_is_told(kith, notes):
    kith("add", notes)
    with serving(kith) as server:
        for query, cut in ((END, False), (LONG, True)):
            assert server("POST", "/v1/collections/default/search", {"query": query}).json["text_cut"] is cut


def test_chunks_of_another_model_that_are_cut_are_counted(kith, tmp_path, pytestconfig):
    """A model that reads less than the one that the chunks were cut for."""
    from test_reembed import shorter_model

    folder = tmp_path / "long"
    folder.mkdir()
    (folder / "a.txt").write_text(LONG)
    (folder / "b.txt").write_text(END)
    kith("add", folder)
    short = shorter_model(tmp_path / "short", 3)
    (short / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 64, "do_lower_case": False}))
    result = kith("reembed", "--model", short, "--json")
    assert result.lines[0]["truncated"] >= 1 and "longer than the 64 tokens" in result.err


@pytest.mark.parametrize("meaning", [None, "after", "later"])
def test_documents_of_a_server_are_stored_before_they_are_embedded(kith, meaning):
    from patience import until

    documents = [{"id": f"d{number}", "content": f"Note {number}: valve {number} is checked on day {number}."} for number in range(50)]
    body = {"documents": documents, **({"meaning": meaning} if meaning else {})}
    with serving(kith) as server:
        reply = server("POST", "/v1/collections/default/documents", body).json
        assert reply["summary"]["processed"] == 50
        found = server("POST", "/v1/collections/default/search", {"query": "valve 7"}).json
        assert found["hits"] and (meaning == "later" or found["meaning"]["waiting"] == 0)
        until(lambda: server("POST", "/v1/collections/default/search", {"query": "valve 7"}).json["meaning"]["waiting"] == 0)
    kith("check")


def test_a_search_and_a_question_have_all_three_policies(kith, notes):
    kith("add", notes)
    question = f"{LONG} {END}"
    for command in ("search", "ask"):
        cut = kith(command, question, "--json", status=None)
        assert "longer than the model reads" in cut.err
        split = kith(command, question, "--truncate", "split", "--json", status=None)
        assert "longer than the model reads" not in split.err and split.lines
        refused = kith(command, question, "--truncate", "error", status=None)
        assert refused.status not in (0, 1) and not refused.out and "tokens, the model reads 256" in refused.err and "text 0" not in refused.err
        assert kith(command, END, "--truncate", "error", "--json", status=None).status in (0, 1)


def test_an_answer_that_was_kept_for_the_beginning_of_a_question_is_not_given_for_all_of_it(kith, notes):
    kith("add", notes)
    question = f"{LONG} {END}"
    assert [kith("ask", question, "--json", status=None).lines[0]["cached"] for _ in range(2)] == [False, True]
    split = kith("ask", question, "--truncate", "split", "--json", status=None).lines[0]
    assert split["cached"] is False and split["question_cut"] is False
    assert kith("ask", question, "--truncate", "error", status=None).status not in (0, 1)
    assert kith("ask", question, "--json", status=None).lines[0]["question_cut"] is True


def test_a_conversation_and_an_evaluation(kith, notes, tmp_path):
    kith("add", notes)
    question = f"{LONG} {END}"
    told = kith("chat", "--json", stdin=question + "\n")
    assert told.lines[0]["question_cut"] is True
    assert kith("chat", "--json", "--truncate", "split", stdin=question + "\n").lines[0]["question_cut"] is False
    refused = kith("chat", "--truncate", "error", stdin=question + "\n", status=None)
    assert "tokens, the model reads 256" in refused.err
    questions = tmp_path / "questions.jsonl"
    questions.write_text("".join(json.dumps({"question": text}) + "\n" for text in (question, END)))
    told = kith("eval", questions, "--json", status=None)
    assert "1 questions are longer" in told.err or '"questions_cut":1' in told.out
    assert '"questions_cut":0' in kith("eval", questions, "--truncate", "split", "--json", status=None).out


def test_a_question_that_is_refused_in_an_evaluation_leaves_the_others_asked(kith, notes, tmp_path):
    kith("add", notes)
    questions = tmp_path / "questions.jsonl"
    questions.write_text("".join(json.dumps({"question": text}) + "\n" for text in (f"{LONG} {END}", END, f"{END} {LONG}")))
    asked = kith("eval", questions, "--json", "--truncate", "error", status=1)
    refused = [line for line in asked.lines if line.get("problem") == "not_asked"]
    assert sorted(line["line"] for line in refused) == [1, 3]
    assert all("tokens, the model reads 256" in line["why"] and line["ms"] is None for line in refused)
    summary = next(line["summary"] for line in asked.lines if "summary" in line)
    assert summary["questions"] == 3 and summary["ms"]["questions"] == 1 and summary["p50_ms"] > 0
    assert "2 questions were not asked" in asked.err
    assert "the model reads 256" in kith("eval", questions, "--truncate", "error", status=1).out


def test_a_question_whose_first_word_joins_its_prompt_is_as_long_as_both_together(kith, notes, tmp_path):
    """A prompt without a blank at its end makes one word with the question's first: here of six tokens, where each has one by itself. The
    model reads 24 tokens, of which [CLS], [SEP] and the prompt's own are three."""
    model = SmallBert(pieces=("##w", "##a", "##t", "##e", "##r"))
    common = ("--model-dir", model.write_sentence_encoder(tmp_path / "model", "mean", True, {"query": "river"}))
    assert kith("model", *common, "--json").lines[0]["max_tokens"] == 23
    kith("add", notes, *common)
    questions = tmp_path / "questions.jsonl"
    longer, fits = "water " * 21, ": " + "water " * 20
    questions.write_text("".join(json.dumps({"question": text}) + "\n" for text in (longer, fits)))
    asked = kith("eval", questions, "--json", "--truncate", "error", *common, status=1)
    assert [line["line"] for line in asked.lines if line.get("problem") == "not_asked"] == [1], asked
    assert "27 tokens, the model reads 23" in next(line["why"] for line in asked.lines if line.get("line") == 1)
    assert '"questions_cut":1' in kith("eval", questions, "--json", *common, status=None).out
    for text, is_cut in ((longer, True), (fits, False)):
        assert kith("ask", text, "--json", *common, status=None).lines[0]["question_cut"] is is_cut
        assert ("longer than the model reads" in kith("search", text, *common).err) is is_cut
    cut, whole = (kith("embed", "--as", "question", "--truncate", how, "--json", *common, stdin=longer + "\n").lines[0] for how in ("truncate", "split"))
    assert cut["truncated"] and not whole["truncated"] and cosine(cut["embedding"], whole["embedding"]) < 0.9999


def waiting_for_a_shorter_model(kith, tmp_path) -> tuple:
    """Imports an export of chunks that wait, told to be of a model that reads less than they have, as the collection "second"."""
    from test_reembed import shorter_model

    folder = tmp_path / "long"
    folder.mkdir()
    (folder / "a.txt").write_text(LONG)
    (folder / "b.txt").write_text(END)
    kith("add", folder, "--no-wait", "--collection", "first")
    short = shorter_model(tmp_path / "short", 3)
    (short / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 64, "do_lower_case": False}))
    about = kith("model", "--model-dir", short, "--json").lines[0]
    lines = [json.loads(line) for line in kith("export").out.splitlines()]
    for line in lines:
        if "collection" in line:
            line["collection"] |= {"name": "second", "model": f"{about['fingerprint']}\n{about['name']}"}
    (tmp_path / "export.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    kith("rm", "--collection", "first", "--path", folder)
    kith("import", tmp_path / "export.jsonl")
    return short


@pytest.mark.parametrize("how", ["truncate", "error", "split"])
@pytest.mark.parametrize("door", ["add", "watch"])
def test_what_an_import_left_waiting_has_all_three_policies(kith, tmp_path, door, how):
    """kith import embeds nothing itself: what waits is embedded by the next command, by its policy."""
    from test_watch import Watch

    short = waiting_for_a_shorter_model(kith, tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    (other / "c.txt").write_text("The harbour has two cranes.")
    options = ("--collection", "second", "--model-dir", short, "--truncate", how)
    if door == "add":
        told = kith("add", other, *options, status=None)
        assert told.status == (1 if how == "error" else 0), told
        said = told.err
    else:
        watching = Watch(kith, other, *options)
        watching.until_in_step()
        watching.stop()
        said = json.dumps(watching.seen)
    assert ("longer than the 64 tokens that the model reads" in said) is (how == "truncate"), said
    assert ("the model reads 64" in said and "found by words alone" in said) is (how == "error"), said
    without_meaning = "of the chunks have their meaning yet"
    waiting = kith("search", "valve", "--collection", "second", "--model-dir", short, "--json").err
    assert (without_meaning in waiting) is (how == "error"), waiting
    # What was refused waits on: another policy takes it.
    kith("add", other, "--collection", "second", "--model-dir", short, "--truncate", "split")
    assert without_meaning not in kith("search", "valve", "--collection", "second", "--model-dir", short, "--json").err
    kith("check")


def policies(server, method, path, body, told) -> None:
    """`told` of a reply: whether something was cut. By the request's header, in whatever dialect."""
    for header, expected in (({}, True), ({"X_Kith_Truncation": "truncate"}, True), ({"X_Kith_Truncation": "split"}, False)):
        reply = server(method, path, body() if callable(body) else body, status=None, **header)
        assert 200 <= reply.status < 300 and told(reply) is expected, (header, reply)
    refused = server(method, path, body() if callable(body) else body, status=None, X_Kith_Truncation="error")
    assert 400 <= refused.status < 500 and "the model reads 256" in refused.body.decode(), refused
    refused = server(method, path, body() if callable(body) else body, status=None, X_Kith_Truncation="perhaps")
    assert 400 <= refused.status < 500 and "X-Kith-Truncation" in refused.body.decode()


def cut_header(reply) -> bool:
    return "x-kith-truncated" in {name.lower() for name in dict(reply.headers)}


def question_cut(reply) -> bool:
    return b'"question_cut":true' in reply.body


def test_every_dialect_of_a_server_has_all_three_policies(kith, notes):
    kith("add", notes)
    base = "/api/v2/tenants/default_tenant/databases/default_database/collections"
    default = {"embedding_function": {"type": "known", "name": "default", "config": {}}}
    question = f"{LONG} {END}"
    numbers = iter(range(1000))
    with serving(kith) as server:
        policies(server, "POST", "/v1/collections/default/search", {"query": question}, lambda reply: reply.json["text_cut"])
        policies(server, "POST", "/v1/collections/default/ask", {"question": question, "no_cache": True}, lambda reply: reply.json["question_cut"])
        model = next(entry["id"] for entry in server("GET", "/v1/models").json["data"] if entry["id"] != "kith" and "/" not in entry["id"])
        policies(server, "POST", "/v1/embeddings", {"model": model, "input": question}, lambda reply: "truncated" in reply.json["data"][0])
        chat = {"model": "kith", "messages": [{"role": "user", "content": question}]}
        policies(server, "POST", "/v1/chat/completions", chat, question_cut)
        policies(server, "POST", "/v1/responses", {"model": "kith", "input": question}, question_cut)
        made = server("POST", base, {"name": "texts", "configuration": default}).json["id"]
        policies(server, "POST", f"{base}/{made}/add", lambda: {"ids": [f"a{next(numbers)}"], "documents": [question]}, cut_header)
        policies(server, "POST", f"{base}/{made}/upsert", {"ids": ["u"], "documents": [question]}, cut_header)
        policies(server, "POST", f"{base}/{made}/update", {"ids": ["u"], "documents": [question]}, cut_header)
        policies(server, "POST", f"{base}/{made}/search", {"searches": [{"rank": {"$knn": {"query": question}}}]}, cut_header)
        commit = {"read_ids": [], "operations": [{"operation": "upsert", "payload": {"ids": ["c"], "documents": [question]}}]}
        policies(server, "POST", f"{base}/{made}/conditional/commit", commit, cut_header)
        stored = server("POST", f"{base}/{made}/get", {"ids": ["u", "c"]}).json["ids"]
        assert sorted(stored) == ["c", "u"]


def test_a_server_has_a_policy_for_requests_that_name_none(kith, notes):
    kith("add", notes)
    with serving(kith, "--truncate", "error") as server:
        refused = server("POST", "/v1/collections/default/search", {"query": LONG}, status=None)
        assert 400 <= refused.status < 500 and "the model reads 256" in refused.body.decode()
        assert server("POST", "/v1/collections/default/search", {"query": LONG}, X_Kith_Truncation="truncate").json["text_cut"] is True
        assert server("POST", "/v1/collections/default/search", {"query": END}).json["text_cut"] is False


@pytest.mark.parametrize("how", ["truncate", "error", "split"])
def test_chunks_of_another_model_have_all_three_policies(kith, tmp_path, how):
    from test_reembed import shorter_model

    folder = tmp_path / "long"
    folder.mkdir()
    (folder / "a.txt").write_text(LONG)
    (folder / "b.txt").write_text(END)
    kith("add", folder)
    short = shorter_model(tmp_path / "short", 3)
    (short / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 64, "do_lower_case": False}))
    result = kith("reembed", "--model", short, "--json", "--truncate", how, status=None)
    if how == "error":
        assert result.status not in (0, 1) and "the model reads 64" in result.err
        result = kith("reembed", "--model", short, "--json", "--truncate", "split")  # what is begun goes on
    if how == "truncate":
        assert result.lines[0]["truncated"] >= 1 and "longer than the 64 tokens" in result.err
    else:
        assert result.lines[0]["truncated"] == 0 and "longer than" not in result.err
    assert kith("check").status == 0


def test_vectors_of_split_chunks_are_not_taken_for_those_of_cut_ones(kith, tmp_path):
    """Nothing is embedded twice, but a text has one vector when it is cut and another one when it is split."""
    from test_reembed import shorter_model

    folder = tmp_path / "long"
    folder.mkdir()
    (folder / "a.txt").write_text(LONG)
    short = shorter_model(tmp_path / "short", 3)
    (short / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 64, "do_lower_case": False}))
    vectors = {}
    for how in ("split", "truncate"):
        kith("add", folder, "--collection", how)
        kith("reembed", "--model", short, "--collection", how, "--truncate", how)
        found = kith("search", "valve", "--k", "50", "--collection", how, "--model-dir", short, "--rank", "meaning", "--json").lines
        vectors[how] = [hit["distance"] for hit in sorted(found, key=lambda hit: hit["id"])]
    assert len(vectors["split"]) == len(vectors["truncate"]) > 3
    assert [a == b for a, b in zip(vectors["split"], vectors["truncate"])].count(True) <= 1, vectors  # the last chunk may be short


@pytest.mark.parametrize("options", [("--chunk-size", "6000"), ("--chunk-size", "2000", "--chunk-unit", "characters")])
def test_chunks_are_never_longer_than_the_model_reads(kith, tmp_path, options):
    folder = tmp_path / "long"
    folder.mkdir()
    (folder / "a.txt").write_text(f"{LONG} {END} " * 5)
    added = kith("add", folder, *options, "--truncate", "error", status=None)
    if added.status == 2 and "chunk" in added.err:
        pytest.skip(added.err)
    assert added.status == 0 and "words alone" not in added.err and "longer than" not in added.err, added


def test_a_server_that_embeds_chunks_of_an_import_logs_what_is_cut(kith, tmp_path):
    """An export of chunks that wait, told to be of a model that reads less than they have."""
    from patience import until

    short = waiting_for_a_shorter_model(kith, tmp_path)
    with serving(kith, "--model-dir", short) as server:
        until(lambda: server("POST", "/v1/collections/second/search", {"query": "valve"}).json["meaning"]["waiting"] == 0)
        until(lambda: any("longer than the 64 tokens that the model reads" in line for line in list(server.log)))
