"""The remote choices: embeddings and answers from an OpenAI-compatible endpoint, and what its failures leave."""

import pytest
from fake_openai import FakeOpenAI

REMOTE = ("--embedder", "openai", "--embed-model", "embed-small")


@pytest.fixture
def endpoint():
    fake = FakeOpenAI()
    yield fake
    fake.close()


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


def test_a_collection_refuses_another_model_than_its_own(kith, notes, endpoint):
    kith("add", notes, *REMOTE, **endpoint.variables)
    result = kith("add", notes / "garden.txt", status=5)
    assert "model" in result.err
    assert "model" in kith("search", "tomato", status=5).err


def test_the_key_is_read_from_a_file_named_env(kith, notes, endpoint):
    (kith.home / ".env").write_text("".join(f"{name}='{value}'\n" for name, value in endpoint.variables.items()))
    kith("add", notes, *REMOTE)
    assert collections_of(kith) == ["default"]


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
