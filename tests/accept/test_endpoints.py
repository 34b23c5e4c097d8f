"""The remote choices: embeddings and answers from an OpenAI-compatible endpoint, and what its failures leave."""

import time

import pytest
from fake_openai import FakeOpenAI
from patience import patience

REMOTE = ("--embedder", "openai", "--embed-model", "embed-small")


def collections_of(kith) -> list[str]:
    return [line["name"] for line in kith("collections", "--json", status=None).lines]


# ---- embeddings ----


def test_a_folder_is_embedded_and_searched_remotely(kith, notes, endpoint):
    kith("add", notes, *REMOTE, **endpoint.variables)
    hits = kith("search", "tomato plants need water", *REMOTE, "--k", 1, "--json", **endpoint.variables).lines
    assert "tomato" in hits[0]["content"]


def test_line_breaks_reach_the_endpoint_as_spaces(kith, notes, endpoint):
    kith("add", notes, *REMOTE, **endpoint.variables)
    texts = [text for path, body in endpoint.requests if path == "/v1/embeddings" for text in body["input"]]
    assert texts and not any("\n" in text for text in texts)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_overloaded_endpoint_is_asked_again(kith, notes, endpoint, status):
    endpoint.statuses = [status, status]
    kith("add", notes, *REMOTE, **endpoint.variables)
    assert endpoint.statuses == []


def test_a_missing_key_is_an_error_before_anything_is_written(kith, notes):
    result = kith("add", notes, *REMOTE, status=5)
    assert "OPENAI_API_KEY" in result.err
    assert collections_of(kith) == []


def test_a_refused_key_is_an_error_before_anything_is_written(kith, notes, endpoint):
    result = kith("add", notes, *REMOTE, status=5, **{**endpoint.variables, "OPENAI_API_KEY": "not-the-key"})
    assert "the key is wrong" in result.err and "not-the-key" not in result.err
    assert collections_of(kith) == []


def test_an_unknown_model_is_an_error_before_anything_is_written(kith, notes, endpoint):
    result = kith("add", notes, "--embedder", "openai", "--embed-model", "nobody", status=None, **endpoint.variables)
    assert result.status in (4, 5)
    assert "nobody" in result.err
    assert collections_of(kith) == []


def test_another_model_of_the_same_name_is_refused(kith, notes, endpoint):
    kith("add", notes, *REMOTE, **endpoint.variables)
    endpoint.noise = 0.02
    assert kith("search", "tomato plants need water", *REMOTE, "--json", **endpoint.variables).lines
    endpoint.salt = "another"
    for command in (("search", "tomato plants", *REMOTE), ("ask", "who needs water?", *REMOTE), ("add", notes / "garden.txt", *REMOTE)):
        (notes / "garden.txt").write_text(f"Changed before {command[0]}, so that it must be embedded.\n")
        result = kith(*command, status=5, **endpoint.variables)
        assert "was made with another model" in result.err and "embed-small" in result.err
    endpoint.salt = ""
    kith("add", notes, *REMOTE, **endpoint.variables)


def test_a_search_asks_the_endpoint_once(kith, notes, endpoint):
    kith("add", notes, *REMOTE, **endpoint.variables)
    before = len(endpoint.requests)
    kith("search", "tomato plants need water", *REMOTE, **endpoint.variables)
    assert len(endpoint.requests) == before + 1


def test_a_collection_refuses_another_model_than_its_own(kith, notes, endpoint):
    """Complaint 16: another model gives a dimension error or silently drops vectors."""
    kith("add", notes, *REMOTE, **endpoint.variables)
    result = kith("add", notes / "garden.txt", status=5)
    assert "model" in result.err and "delete this one and add its documents again" in result.err
    assert "model" in kith("search", "tomato", status=5).err
    assert kith("search", "tomato", *REMOTE, "--json", **endpoint.variables).lines  # nothing was lost


def write_env(kith, name: str, variables: dict[str, str]) -> None:
    (kith.home / name).write_text("".join(f"{name}='{value}'\n" for name, value in variables.items()))


def test_the_key_is_read_from_a_file_named_env(kith, notes, endpoint):
    write_env(kith, ".env", {"OPENAI_API_KEY": endpoint.variables["OPENAI_API_KEY"]})
    kith("add", notes, *REMOTE, OPENAI_BASE_URL=endpoint.base_url)
    assert collections_of(kith) == ["default"]


def test_a_file_named_by_an_option_gives_key_and_address(kith, notes, endpoint):
    write_env(kith, "work.env", endpoint.variables)
    kith("add", notes, *REMOTE, "--env", "work.env", OPENAI_API_KEY="another", OPENAI_BASE_URL="http://127.0.0.1:9/v1")
    assert collections_of(kith) == ["default"]
    assert "none.env" in kith("add", notes, *REMOTE, "--env", "none.env", status=4).err


def test_no_passage_goes_where_an_env_file_of_the_folder_points(kith, notes, endpoint):
    kith("add", notes)
    write_env(kith, ".env", endpoint.variables)
    result = kith("ask", "How long are backups kept?", "--json")
    assert endpoint.requests == []
    assert result.err.count("OPENAI_BASE_URL") == 1 and "./.env" in result.err and "--env .env" in result.err
    assert "thirty days" in result.lines[0]["answer"]  # quoted, as without that file
    result = kith("add", notes, "--collection", "other", *REMOTE, status=5)
    assert endpoint.requests == [] and "--env .env" in result.err
    kith("ask", "How long are backups kept?", "--llm", "chat-small", "--env", ".env")
    assert [path for path, _ in endpoint.requests] == ["/v1/chat/completions"]


def test_no_passage_follows_a_redirect_to_another_origin(kith, notes, endpoint):
    kith("add", notes)
    thief = FakeOpenAI()
    endpoint.refuses_all_with, endpoint.headers = 307, {"Location": f"{thief.base_url}/chat/completions"}
    result = kith("ask", "How long are backups kept?", "--llm", "chat-small", "--json", status=5, **endpoint.variables)
    thief.close()
    assert thief.requests == [] and len(endpoint.requests) == 1
    assert endpoint.base_url.removesuffix("/v1") in result.err and thief.base_url.removesuffix("/v1") in result.err


def test_a_text_too_long_for_the_endpoint_is_found_by_words_alone(kith, notes, endpoint):
    (notes / "long.txt").write_text("xylophone " * 90 + "\n")
    endpoint.too_long = 800
    result = kith("add", notes, *REMOTE, status=1, **endpoint.variables)
    assert "found by words alone" in result.err and "1 chunks" in result.err
    assert {line["state"] for line in kith("files", "--json").lines} == {"indexed"}
    assert kith("stats", "--json").lines[0]["chunks_waiting"] == 1
    hits = kith("search", "xylophone", *REMOTE, "--json", **endpoint.variables)
    assert "xylophone" in hits.lines[0]["content"] and "have their meaning yet" in hits.err
    endpoint.too_long = None
    kith("add", notes, *REMOTE, **endpoint.variables)
    assert kith("stats", "--json").lines[0]["chunks_waiting"] == 0


# ---- answers ----


def ask(kith, *arguments, status=0, **variables) -> dict:
    (answer,) = kith("ask", "How long are backups kept?", "--llm", "chat-small", "--json", *arguments, status=status, **variables).lines
    return answer


def test_an_answer_is_streamed_with_citations_checked_against_the_passages(kith, notes, endpoint):
    kith("add", notes)
    answer = ask(kith, **endpoint.variables)
    assert answer["answer"].startswith("Backups are kept for thirty days [1].")
    assert "[42]" not in answer["answer"] and answer["citations_removed"] == 1
    assert [citation["n"] for citation in answer["citations"]] == [1]
    assert answer["citations"][0]["source"].endswith("backup.md")


def test_the_model_is_told_to_use_only_the_context_to_cite_and_to_admit_what_is_missing(kith, notes, endpoint):
    kith("add", notes)
    ask(kith, **endpoint.variables)
    ((_, body),) = endpoint.requests
    system, user = (message["content"] for message in body["messages"])
    assert "nothing else" in system and "cite" in system and "missing" in system
    assert "thirty days" in user and "How long are backups kept?" in user
    assert body["stream"] is True


@pytest.mark.parametrize("failure", ["refused", "unreachable", "cut"])
def test_a_failing_llm_keeps_the_sources_and_says_what_failed(kith, notes, endpoint, failure):
    kith("add", notes)
    variables = dict(endpoint.variables)
    if failure == "refused":
        variables["OPENAI_API_KEY"] = "wrong"
    if failure == "unreachable":
        variables["OPENAI_BASE_URL"] = "http://127.0.0.1:9/v1"
    if failure == "cut":
        endpoint.cut_after = 1
    answer = ask(kith, status=5, **variables)
    assert answer["llm_error"]["message"]
    assert any("thirty days" in passage["content"] for passage in answer["passages"])


def test_quotes_of_an_llm_that_cannot_be_reached_are_of_all_passages(kith, tmp_path):
    folder = tmp_path / "long"
    folder.mkdir()
    for name in "abcdefgh":
        (folder / f"{name}.txt").write_text(f"Backup {name} is kept for thirty days. " + f"Nothing else is said of shelf {name} here. " * 20)
    kith("add", folder)
    (answer,) = kith("ask", "How long are the backups kept?", "--llm", "some", "--json", "-k", "8", status=None, OPENAI_API_KEY="x", OPENAI_BASE_URL="http://127.0.0.1:9/v1").lines
    assert answer["llm_error"] and len(answer["passages"]) == 8
    assert answer["passages_sent"] == 8


STREAM_ERROR = b'data: {"error": {"message": "the model fell over"}}\n\n'
FAULTS = {
    "server error": dict(statuses=[500] * 9),
    "too many requests": dict(statuses=[429] * 9, headers={"Retry-After": "3600"}),
    "context too long": dict(statuses=[400], message="This model's maximum context length is 4096 tokens"),
    "malformed events": dict(raw=b"data: {not json\n\n"),
    "error within the stream": dict(raw=STREAM_ERROR),
    "empty stream": dict(raw=b""),
    "page instead of a stream": dict(raw=b"<html>Sign in</html>", content_type="text/html"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_of_an_llm_is_a_typed_error_in_bounded_time_and_the_sources_stand(kith, notes, endpoint, fault):
    kith("add", notes)
    for name, value in FAULTS[fault].items():
        setattr(endpoint, name, value)
    started = time.monotonic()
    answer = ask(kith, status=2 if fault == "context too long" else 5, **endpoint.variables)
    assert time.monotonic() - started < patience(60)
    assert answer["llm_error"]["status"] and answer["llm_error"]["message"]
    assert any("thirty days" in passage["content"] for passage in answer["passages"])


def test_a_wait_that_the_endpoint_asks_for_is_kept(kith, notes, endpoint):
    kith("add", notes)
    endpoint.statuses, endpoint.headers = [429], {"Retry-After": "2"}
    started = time.monotonic()
    assert ask(kith, **endpoint.variables)["llm_error"] is None
    assert time.monotonic() - started >= 2


def test_neither_an_empty_nor_a_missing_collection_calls_the_llm(kith, notes, endpoint):
    """Complaint 23: an empty context must be an error, not an invitation to hallucinate."""
    kith("add", notes)
    kith("ask", "How long are backups kept?", "--llm", "chat-small", "--collection", "nowhere", status=4, **endpoint.variables)
    kith("rm", "--all", "--yes", "--collection", "default")
    kith("ask", "How long are backups kept?", "--llm", "chat-small", status=None, **endpoint.variables)
    assert endpoint.requests == []


def test_model_temperature_length_and_passages_are_settable(kith, notes, endpoint):
    kith("add", notes)
    ask(kith, **endpoint.variables)
    ask(kith, "--temperature", 20, "--max-tokens", 77, "--k", 1, **endpoint.variables)
    (_, default), (_, chosen) = endpoint.requests
    assert (default["temperature"], default["max_tokens"]) == (0.7, 500)
    assert (chosen["temperature"], chosen["max_tokens"], chosen["model"]) == (0.2, 77, "chat-small")
    assert chosen["messages"][1]["content"].count("</passage-") == 1


# ---- events ----


def events(kith, *arguments, status=0, **variables) -> list[dict]:
    return kith("ask", "How long are backups kept?", "--events", *arguments, status=status, **variables).lines


def test_the_events_of_an_llm_answer_come_in_order_and_end_with_done(kith, notes, endpoint):
    kith("add", notes)
    stream = events(kith, "--llm", "chat-small", **endpoint.variables)
    kinds = [event["event"] for event in stream]
    texts = kinds.count("text")
    assert texts > 1 and kinds == ["passages"] + ["text"] * texts + ["citations", "claims", "usage", "done"]
    assert all(0 <= passage["relevance"] <= 1 and passage["source"] for passage in stream[0]["passages"])
    assert stream[0]["count"] == len(stream[0]["passages"])
    assert "".join(event["text"] for event in stream if event["event"] == "text").startswith("Backups are kept for thirty days [1].")


def test_the_events_of_an_answer_that_is_cut_off_end_with_the_error(kith, notes, endpoint):
    kith("add", notes)
    endpoint.cut_after = 1
    stream = events(kith, "--llm", "chat-small", status=5, **endpoint.variables)
    assert stream[0]["event"] == "passages" and stream[0]["passages"]
    assert stream[-1]["event"] == "error" and stream[-1]["status"] and stream[-1]["message"]


def test_the_events_of_a_kept_answer_are_those_of_a_new_one(kith, notes):
    kith("add", notes)
    first, second = events(kith, "--no-llm"), events(kith, "--no-llm")
    assert [event["event"] for event in first] == [event["event"] for event in second] == ["passages", "text", "citations", "done"]
    assert not first[-1]["cached"] and second[-1]["cached"]
    assert first[2] == second[2]


def test_the_words_that_carry_the_answer_are_told_by_place(kith, tmp_path):
    (tmp_path / "tower.md").write_text("The caf\u00e9 tower was opened to visitors in 1889 by Gustave Eiffel.")
    kith("add", tmp_path / "tower.md")
    (answer,) = kith("ask", "When was the tower opened to visitors?", "--no-llm", "--json").lines
    (citation,) = answer["citations"]
    assert [citation["quote"][start:end] for start, end in citation["emphasis"]] == ["1889"]
