"""OpenAI's API, as its unmodified Python client sees it."""

import base64
import json
import struct

import openai
import pytest
from serving import serving

QUESTION, FOLLOWUP = "How long are backups kept?", "And where are they written?"
CHAT = {"KITH_LLM_MODEL": "chat-small"}
MODEL = "all-MiniLM-L6-v2"


def client_of(server, **settings) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{server.url}/v1", api_key="none is needed", max_retries=0, **settings)


@pytest.fixture
def server(standing):
    return standing


@pytest.fixture
def client(server):
    return client_of(server)


def user(*texts: str) -> list[dict]:
    """A conversation: the user's texts, with an answer between them."""
    messages = []
    for text in texts:
        messages += [{"role": "user", "content": text}, {"role": "assistant", "content": "So it is."}]
    return messages[:-1]


# ---- models and embeddings ----


def test_models_are_the_collections_and_the_embedder(client):
    ids = [model.id for model in client.models.list()]
    assert ids == ["kith", "kith/default", MODEL]
    for model in ids:
        assert client.models.retrieve(model).id == model
    with pytest.raises(openai.NotFoundError) as failure:
        client.models.retrieve("kith/nothing")
    assert failure.value.code == "model_not_found" and failure.value.param == "model"


def test_embeddings_are_those_of_the_command_line(client, added):
    texts = ["A red fox hunts mice.", "Grüße aus Köln"]
    expected = [line["embedding"] for line in added("embed", "--json", stdin="\n".join(texts)).lines]
    got = client.embeddings.create(model=MODEL, input=texts)
    assert [row.index for row in got.data] == [0, 1]
    for row, vector in zip(got.data, expected, strict=True):
        assert row.embedding == pytest.approx(vector, abs=1e-7)
    assert got.usage.prompt_tokens == got.usage.total_tokens > 4
    one = client.embeddings.create(model=MODEL, input=texts[0], encoding_format="float")
    assert one.data[0].embedding == pytest.approx(expected[0], abs=1e-7)


def test_base64_is_the_same_vector_bit_for_bit(server):
    bodies = [server("POST", "/v1/embeddings", {"model": MODEL, "input": "a text", "encoding_format": form}).json
              for form in ("float", "base64")]
    numbers, packed = (body["data"][0]["embedding"] for body in bodies)
    raw = base64.b64decode(packed, validate=True)
    assert raw == struct.pack(f"<{len(numbers)}f", *numbers) and len(numbers) == 384


def test_a_text_that_was_cut_is_marked(server):
    data = server("POST", "/v1/embeddings", {"model": MODEL, "input": ["word " * 1000, "short"]}).json["data"]
    assert data[0]["truncated"] is True and "truncated" not in data[1]


@pytest.mark.parametrize(("change", "param", "words"), [
    ({"input": [1, 2, 3]}, "input", "token numbers"),
    ({"input": [[1, 2], [3]]}, "input", "token numbers"),
    ({"input": []}, "input", "0 elements"),
    ({"input": ""}, "input", "is empty"),
    ({"input": ["a", ""]}, "input[1]", "is empty"),
    ({"input": {"text": "a"}}, "input", "a text or a list"),
    ({"input": ["a"] * 2049}, "input", "2049 elements; allowed are 1 to 2048"),
    ({"dimensions": 256}, "dimensions", "have 384 dimensions"),
    ({"dimensions": "384"}, "dimensions", "an integer"),
    ({"encoding_format": "hex"}, "encoding_format", "'float', 'base64'"),
    ({"model": 5}, "model", "a text"),
])
def test_wrong_embedding_requests_are_refused_by_name(server, change, param, words):
    error = server("POST", "/v1/embeddings", {"model": MODEL, "input": "a", **change}, status=400).error
    assert error["param"] == param and words in error["message"] and error["type"] == "invalid_request_error"


def test_what_openai_has_besides_is_ignored(server):
    server("POST", "/v1/embeddings", {"model": MODEL, "input": "a", "dimensions": 384, "user": "u", "something": {"new": 1}})


def test_another_model_is_not_found(client):
    with pytest.raises(openai.NotFoundError) as failure:
        client.embeddings.create(model="text-embedding-3-small", input="a")
    assert failure.value.code == "model_not_found"


# ---- chat completions ----


def test_a_chat_is_answered_from_the_collection_with_citations(client):
    answer = client.chat.completions.create(model="kith", messages=user(QUESTION))
    message = answer.choices[0].message
    assert "thirty days" in message.content and "[1]" in message.content
    assert answer.choices[0].finish_reason == "stop" and answer.object == "chat.completion"
    assert message.citations[0]["source"].endswith("backup.md") and "thirty days" in message.citations[0]["quote"]
    assert message.kith["refused"] is False and message.kith["engine"] == "extractive"
    assert answer.usage.total_tokens == 0


def test_what_was_said_before_completes_the_question(client):
    message = client.chat.completions.create(model="kith", messages=user(QUESTION, FOLLOWUP)).choices[0].message
    assert message.kith["searched"] == "And where are they written? backups kept"
    assert "second building" in message.content


def test_a_question_that_nothing_answers_is_refused_with_a_flag(client):
    message = client.chat.completions.create(model="kith", messages=user("Who won the chess championship of 1972?")).choices[0].message
    assert message.kith["refused"] is True and message.content and message.citations == []


def test_settings_that_openai_does_not_have(client):
    only = {"kith": {"k": 1, "where": {"country": "Italy"}}}
    message = client.chat.completions.create(model="kith/default", messages=user("Which city lies on a river?"),
                                             extra_body=only).choices[0].message
    assert {citation["document"] for citation in message.citations} <= {"rome"}


def test_content_comes_in_parts_and_other_roles_are_passed_over(client):
    messages = [{"role": "system", "content": "Answer like a pirate."},
                {"role": "user", "content": [{"type": "text", "text": "How long are"}, {"type": "text", "text": "backups kept?"}]}]
    assert "thirty days" in client.chat.completions.create(model="kith", messages=messages).choices[0].message.content


def test_a_stream_has_the_same_text_and_the_citations_in_one_chunk(client):
    whole = client.chat.completions.create(model="kith", messages=user(QUESTION)).choices[0].message
    chunks = list(client.chat.completions.create(model="kith", messages=user(QUESTION), stream=True,
                                                 stream_options={"include_usage": True}))
    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    assert deltas[0].role == "assistant"
    assert "".join(delta.content or "" for delta in deltas) == whole.content
    assert [delta.citations for delta in deltas if hasattr(delta, "citations")] == [whole.citations]
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert chunks[-1].choices == [] and chunks[-1].usage.total_tokens == 0


def test_the_helper_that_gathers_a_stream_keeps_the_citations(client):
    with client.chat.completions.stream(model="kith", messages=user(QUESTION)) as stream:
        final = stream.get_final_completion()
    message = final.choices[0].message
    assert "thirty days" in message.content
    assert message.citations[0]["source"].endswith("backup.md") and message.kith["refused"] is False


@pytest.mark.parametrize(("change", "param", "words"), [
    ({"messages": "a text"}, "messages", "a list"),
    ({"messages": []}, "messages", "0 elements"),
    ({"messages": [{"content": "no role"}]}, "messages[0].role", "missing"),
    ({"messages": [{"role": "pirate", "content": "x"}]}, "messages[0].role", "'pirate'"),
    ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content", "a text or a list"),
    ({"messages": [{"role": "user", "content": "  "}]}, "messages", "no text"),
    ({"messages": user("a question")[:1] + [{"role": "assistant", "content": "x"}]}, "messages", "user's message"),
    ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]},
     "messages[0].content[0].type", "'image_url'"),
    ({"n": 2}, "n", "from 1 to 1"),
    ({"stream": "yes"}, "stream", "true or false"),
    ({"temperature": 3}, "temperature", "from 0 to 2"),
    ({"response_format": {"type": "json_object"}}, "response_format.type", "'text'"),
    ({"kith": {"k": 0}}, "kith.k", "from 1 to 1000"),
    ({"kith": {"kay": 1}}, "kith.kay", "not known"),
    ({"kith": {"where": {"a": {"$near": 1}}}}, None, "$near"),
])
def test_wrong_chat_requests_are_refused_by_name(server, change, param, words):
    error = server("POST", "/v1/chat/completions", {"model": "kith", "messages": user(QUESTION), **change}, status=400).error
    assert error["param"] == param and words in error["message"]


def test_a_collection_that_is_not_there_is_a_model_that_is_not_there(client):
    for stream in (False, True):
        with pytest.raises(openai.NotFoundError) as failure:
            client.chat.completions.create(model="kith/nothing", messages=user(QUESTION), stream=stream)
        assert failure.value.code == "model_not_found"


# ---- with an LLM ----


def test_an_llm_streams_its_pieces_and_its_tokens_are_counted(added, endpoint):
    with serving(added, **endpoint.variables, **CHAT) as server:
        client = client_of(server)
        chunks = list(client.chat.completions.create(model="kith", messages=user(QUESTION), stream=True, temperature=0.25,
                                                     max_tokens=77))
        texts = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices and chunk.choices[0].delta.content]
        assert len(texts) > 1 and "".join(texts) == "Backups are kept for thirty days [1]. More is said nowhere ."  # without [42]
        sent = endpoint.requests[-1][1]
        assert sent["temperature"] == 0.25 and 77 in sent.values()
        server("POST", "/v1/chat/completions", {"model": "kith", "messages": user(FOLLOWUP), "max_tokens": 78, "max_completion_tokens": None})
        assert 78 in endpoint.requests[-1][1].values()


def test_an_llm_that_fails_fails_the_request(added, endpoint):
    endpoint.refuses_all_with = 400
    with serving(added, **endpoint.variables, **CHAT) as server:
        client = client_of(server)
        with pytest.raises(openai.APIStatusError) as failure:
            client.chat.completions.create(model="kith", messages=user(QUESTION))
        assert "LLM" in failure.value.message
        with pytest.raises(openai.APIError):
            list(client.chat.completions.create(model="kith", messages=user(QUESTION), stream=True))
        # In a stream it is an error chunk, or a failed response: there was a status already.
        events = [event.type for event in client.responses.create(model="kith", input=QUESTION, stream=True)]
        assert events[-1] == "response.failed"


# ---- responses ----


def test_a_response_is_answered_from_the_collection(client):
    response = client.responses.create(model="kith", input=QUESTION)
    assert "thirty days" in response.output_text and response.status == "completed"
    annotation = response.output[0].content[0].annotations[0]
    assert annotation.type == "file_citation" and annotation.filename.endswith("backup.md")
    assert response.citations[0]["line"] == 5 and response.kith["refused"] is False
    said = [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": "Thirty days."},
            {"role": "user", "content": [{"type": "input_text", "text": FOLLOWUP}]}]
    assert "second building" in client.responses.create(model="kith/default", input=said).output_text


def test_a_response_stream_has_its_events_in_the_order_that_clients_need(client):
    events = list(client.responses.create(model="kith", input=QUESTION, stream=True))
    kinds = [event.type for event in events]
    assert kinds[:4] == ["response.created", "response.in_progress", "response.output_item.added", "response.content_part.added"]
    assert kinds[-4:] == ["response.output_text.done", "response.content_part.done", "response.output_item.done",
                          "response.completed"]
    assert set(kinds[4:-4]) == {"response.output_text.delta"}
    assert [event.sequence_number for event in events] == list(range(len(events)))
    with client.responses.stream(model="kith", input=QUESTION) as stream:
        for _ in stream:
            pass
        assert "thirty days" in stream.get_final_response().output_text


@pytest.mark.parametrize(("change", "param"), [
    ({"input": 5}, "input"), ({"input": []}, "input"), ({"input": ["a"]}, "input[0]"), ({"input": ""}, "input"),
    ({"input": [{"role": "assistant", "content": "x"}]}, "input"),
    ({"input": [{"role": "user", "content": [{"type": "input_image", "image_url": "x"}]}]}, "input"), ({"max_output_tokens": 0}, "max_output_tokens"),
    ({"previous_response_id": "resp_1"}, "previous_response_id"),
])
def test_wrong_response_requests_are_refused_by_name(server, change, param):
    assert server("POST", "/v1/responses", {"model": "kith", "input": QUESTION, **change}, status=400).error["param"] == param


# ---- errors that no handler sees ----


def test_every_failure_below_v1_has_openais_form(server):
    for method, path, body, status in [("GET", "/v1/nothing", None, 404), ("PUT", "/v1/models", None, 405),
                                       ("POST", "/v1/embeddings", b"{not json", 400), ("POST", "/v1/embeddings", b"", 400)]:
        error = server(method, path, body, status=status, Content_Type="application/json").error
        assert set(error) == {"message", "type", "param", "code"} and error["message"]


def test_a_client_that_leaves_ends_the_answer(added, endpoint):
    endpoint.pieces = [f"piece {i} " for i in range(200_000)]
    with serving(added, **endpoint.variables, **CHAT) as server:
        connection = server.connect()
        body = json.dumps({"model": "kith", "messages": user(QUESTION), "stream": True})
        connection.request("POST", "/v1/chat/completions", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        assert response.status == 200 and response.read(100)
        response.close()
        connection.close()
        # The stop at the end waits for what is under way, and is in order.
        assert server("GET", "/healthz").json["ready"]


def test_the_key_is_read_from_the_bearer(added):
    key = added("key", "create", "--name", "reader", "--scope", "read", "--json").lines[0]["key"]
    with serving(added) as server:
        with pytest.raises(openai.AuthenticationError) as failure:
            list(client_of(server).models.list())
        assert failure.value.code == "invalid_api_key"
        client = openai.OpenAI(base_url=f"{server.url}/v1", api_key=key, max_retries=0)
        assert "kith" in [model.id for model in client.models.list()]
        assert "thirty days" in client.chat.completions.create(model="kith", messages=user(QUESTION)).choices[0].message.content
