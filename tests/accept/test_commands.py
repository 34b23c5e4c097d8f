"""Each command by itself: what it takes, what it gives, how it fails."""

import json
import os
import pathlib
import re
import struct
import subprocess
import time

import pytest
from patience import patience

COMMANDS = ["add", "search", "ask", "chat", "embed", "chunk", "get", "rm", "stats", "collections", "conversations", "eval", "demo"]


def document_of(kith, words: str) -> str:
    return kith("search", words, "-k", 1).lines[0]["document"]


# ---- the program ----


@pytest.mark.smoke
def test_help_names_every_command_and_exit_status(kith):
    text = kith("--help").out
    for name in COMMANDS:
        assert f"\n  {name} " in text
    for status in (0, 1, 2, 3, 4, 5, 6, 130, 141):
        assert f"\n  {status} " in text
    assert kith("help").out == text


@pytest.mark.smoke
@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_fits_a_hundred_columns_and_is_found_both_ways(kith, name):
    text = kith(name, "--help").out
    assert text.startswith(f"kith {name} - ")
    assert max(map(len, text.splitlines())) <= 100
    assert kith("help", name).out == text
    assert kith(name, "-h").out == text


@pytest.mark.smoke
def test_the_version_is_a_line_of_text_or_json(kith):
    version = kith("--version").out
    assert version.startswith("kith 0.") and "kernels" in version
    assert set(kith("--version", "--json").lines[0]) == {"version", "kernels"}


@pytest.mark.smoke
def test_without_a_command_the_help_comes_with_a_failure(kith):
    assert "Commands" in kith(status=2).out


@pytest.mark.alone
@pytest.mark.smoke
@pytest.mark.parametrize("arguments, hint", [
    (("serach", "x"), "did you mean 'search'?"),
    (("search", "x", "--jsno"), "did you mean --json?"),
    (("search", "x", "--sync"), "kith search does not take --sync"),
    (("search", "x", "-k"), "-k needs a value"),
    (("search", "x", "-k", "0"), "-k: '0' is not a number from 1 to 10000"),
    (("search", "x", "--threads", "1e3"), "--threads: '1e3' is not a number from 1 to 256"),
    (("search", "x", "--json", "--text"), "exclude each other"),
    (("search", "x", "--dir="), "--dir: the value is empty"),
    (("search", "x", "--embed-model", "m"), "--embedder openai"),
    (("collections", "create", "x", "--metric", "hamming"), "none of cosine, l2, ip"),
    (("collections", "frobnicate"), "create NAME"),
    (("collections", "list", "--metric", "l2"), "kith collections create"),
    (("stats", "extra"), "one argument too many: 'extra'"),
    (("get",), "needs ID"),
    (("rm",), "say what to remove"),
    (("rm", "x", "--where", "{}"), "exclude each other"),
    (("rm", "--all"), "--all needs --collection"),
    (("rm", "--all", "--collection", "default"), "--yes"),
    (("--json",), "no command given"),
])
def test_a_slip_of_the_hand_is_answered_with_what_was_meant(kith, arguments, hint):
    result = kith(*arguments, status=2)
    assert hint in result.err
    assert result.out == ""
    assert not kith.directory.exists()


@pytest.mark.smoke
def test_forced_kernels_are_used_and_unknown_ones_refused(kith):
    assert "scalar" in kith("--version", KITH_KERNELS="scalar").out
    assert "KITH_KERNELS" in kith("--version", KITH_KERNELS="mmx", status=2).err


def test_amx_is_used_or_refused_when_it_is_forced(kith):
    tried = kith("--version", KITH_KERNELS="amx", status=None)
    if tried.status == 0:
        assert "amx" in tried.out
        assert "amx" in kith("--version").out
    else:
        assert tried.err == "kith: KITH_KERNELS: this machine does not run the amx kernels\n"


def test_the_kernels_do_not_change_what_is_found(kith):
    vectors = [kith("embed", stdin="The same sentence, whatever computes it.\n", KITH_KERNELS=name).lines[0]["embedding"]
               for name in ("scalar", "avx2")]
    assert sum(a * b for a, b in zip(*vectors)) > 0.99999


def test_a_model_says_in_which_precision_it_runs(kith):
    chosen = kith("model").lines[0]
    assert chosen["dimension"] == 384 and chosen["cosine"] >= 0.999
    reference = kith("model", "--precision", "f32").lines[0]
    assert reference["precision"] == "f32" and reference["cosine"] == 1
    assert reference["fingerprint"] == chosen["fingerprint"]
    assert kith("model", KITH_PRECISION="f32").lines[0]["precision"] == "f32"
    assert kith("model", "--precision", "auto", KITH_PRECISION="f32").lines[0]["precision"] == chosen["precision"]
    assert "auto or f32" in kith("model", KITH_PRECISION="f8", status=2).err


def test_vectors_of_every_precision_go_together_in_a_collection(kith, notes):
    kith("add", notes / "garden.txt", KITH_PRECISION="f32")
    stored = [kith("search", "tomatoes", KITH_PRECISION=precision).lines[0] for precision in ("f32", "auto")]
    assert stored[0]["id"] == stored[1]["id"]
    assert abs(stored[0]["distance"] - stored[1]["distance"]) < 0.01


# ---- the data directory ----


@pytest.mark.alone
def test_the_data_directory_follows_option_variable_and_xdg(kith, notes):
    kith("add", notes / "garden.txt", "--dir", kith.home / "by-option")
    assert (kith.home / "by-option").is_dir() and not kith.directory.exists()
    kith("add", notes / "garden.txt")
    assert kith.directory.is_dir()
    kith("add", notes / "garden.txt", KITH_DIR="", XDG_DATA_HOME=str(kith.home / "xdg"))
    assert (kith.home / "xdg/kith").is_dir()
    kith("add", notes / "garden.txt", KITH_DIR="")
    assert (kith.home / ".local/share/kith").is_dir()


def test_without_any_home_the_ways_to_name_a_directory_are_told(kith):
    result = kith("stats", status=2, KITH_DIR="", HOME="")
    assert "--dir" in result.err and "KITH_DIR" in result.err


# ---- add ----


def test_adding_gives_a_line_for_each_file_and_a_summary(kith, notes):
    lines = kith("add", notes).lines
    assert {line["outcome"] for line in lines[:-1]} == {"added"}
    summary = lines[-1]["summary"]
    assert summary["files_added"] == 6 and summary["documents_processed"] == 8  # two records each in JSON and CSV
    assert summary["chunks_created"] >= 8 and summary["errors"] == 0


def test_a_skipped_file_is_told_and_is_no_failure(kith, notes):
    """Complaint 35: files are dropped silently."""
    (notes / "scan.mobi").write_bytes(b"{\\rtf1 and so on, more than ten characters")
    result = kith("add", notes, status=0)
    assert "scan.mobi" in result.err and "skipped" in result.err
    assert result.lines[-1]["summary"]["files_skipped"] == 1


@pytest.mark.alone
def test_a_missing_path_stops_before_anything_is_written(kith, notes):
    result = kith("add", notes, "missing.txt", status=4)
    assert "missing.txt" in result.err
    assert not kith.directory.exists()


def test_a_file_name_that_is_not_utf8_is_added_and_shown(kith, tmp_path):
    folder = os.fsencode(tmp_path / "odd")
    os.mkdir(folder)
    with open(folder + b"/caf\xe9 \x1b[31m.txt", "wb") as file:
        file.write(b"The menu offers coffee and cake all day long.\n")
    result = kith("add", os.fsdecode(folder))
    assert result.lines[-1]["summary"]["files_added"] == 1
    hit = kith("search", "coffee", "-k", 1).lines[0]
    assert "coffee" in hit["content"]
    assert "\x1b" not in kith("search", "coffee", "--text").out
    assert kith("add", os.fsdecode(folder)).lines[-1]["summary"]["files_unchanged"] == 1


def test_chunk_options_reach_the_chunker(kith, tmp_path):
    (tmp_path / "long.txt").write_text("Rivers carry water to the sea. " * 100)
    kith("add", tmp_path / "long.txt", "--chunk-size", 200, "--chunk-overlap", 0)
    sizes = [len(hit["content"]) for hit in kith("search", "rivers", "-k", 100).lines]
    assert len(sizes) >= 15 and max(sizes) <= 200
    kith("add", tmp_path / "long.txt", "--collection", "tokens", "--chunk-unit", "tokens", "--chunk-size", 50)
    assert len(kith("search", "rivers", "-k", 100, "--collection", "tokens").lines) > 10


def test_shorter_documents_pass_with_min_chars(kith, tmp_path):
    (tmp_path / "short.txt").write_text("Tiny.")
    assert "at least 10 are needed" in kith("add", tmp_path / "short.txt").err
    assert kith("add", tmp_path / "short.txt", "--min-chars", 3).lines[-1]["summary"]["documents_processed"] == 1


# ---- search ----


def test_search_words_need_no_quotes(added):
    assert added("search", "tomato", "plants").lines[0]["id"] == added("search", "tomato plants").lines[0]["id"]


def test_explain_tells_how_each_score_came_about(added):
    *hits, last = added("search", "tomato soup", "-k", 3, "--explain").lines
    assert 0 < last["explain"]["meaning_weight"] < 1
    for hit in hits:
        assert abs(hit["meaning_part"] + hit["words_part"] - hit["score"]) < 1e-4
        assert {match["word"] for match in hit["matched"]} <= {"tomato", "soup"}
        assert bool(hit["matched"]) == (hit["words"] > 0) == (hit["words_rank"] > 0)
    text = added("search", "tomato soup", "-k", 1, "--explain", "--text").out
    assert "by meaning (#" in text and "by words (#" in text and "tomato " in text


def test_a_filter_on_an_unknown_field_is_an_error(added):
    """Complaint 30: a filter is accepted and ignored."""
    for command in (("search", "tomato"), ("ask", "Which tomato?"), ("rm",)):
        result = added(*command, "--where", '{"typo": {"$ne": 1}}', status=2)
        assert "'typo'" in result.err
    assert "did you mean 'country'" in added("search", "tomato", "--where", '{"contry": "Italy"}', status=2).err


def test_words_that_must_be_there_bind(added):
    hits = added("search", "vegetables +tomato", "-k", 50).lines
    assert hits and all("tomato" in hit["content"].lower() for hit in hits)
    assert "must be there" in added("search", "+nosuchword tomato", status=1).err


def test_hits_may_be_limited_per_document_and_diversified(added):
    documents = [hit["document"] for hit in added("search", "tomato", "-k", 3, "--per-document", 1).lines]
    assert len(documents) == len(set(documents)) > 1
    assert len(added("search", "tomato", "-k", 3, "--diversity", 50).lines) == 3


def test_explain_tells_the_plan_after_the_hits(added):
    *hits, last = added("search", "tomato", "-k", 2, "--explain").lines
    assert len(hits) == 2
    assert set(last["explain"]) == {"plan", "distances", "words_scored", "matching", "meaning_weight", "embed_ms", "search_ms", "fetch_ms", "hops", "admitted",
                                    "estimates", "candidates", "rounds", "expected_us", "ef", "ef_source", "target_recall", "filter_us",
                                    "vectors_us", "words_us", "lists", "lists_of", "reads", "bytes_read"}
    expected = last["explain"]["expected_us"]
    assert set(expected) == {"scan", "scan of codes", "walk", "two hops", "lists"}
    assert expected["scan"] > 0 and expected["walk"] is None  # of a few chunks there is no graph
    assert {"score", "meaning_rank", "words_rank", "words"} <= set(hits[0])
    text = added("search", "tomato", "--explain", "--text").out
    assert "found by" in text and "scan: expected to take" in text and "ef by default" in text


def test_a_search_may_be_asked_for_candidates_or_for_a_recall(added):
    plain = [hit["id"] for hit in added("search", "tomato").lines]
    for more, told in ((("--ef", 50), (50, "ef", None)), (("--target-recall", "0.95"), (0, "exact", 0.95)), ((), (0, "default", None))):
        *hits, last = added("search", "tomato", "--explain", *more).lines
        assert [hit["id"] for hit in hits] == plain
        assert (last["explain"]["ef"], last["explain"]["ef_source"], last["explain"]["target_recall"]) == told


@pytest.mark.parametrize(("words", "said"), [
    (("--ef", 0), "1 to 10000"), (("--ef", 10001), "1 to 10000"), (("--target-recall", "0.4"), "0.5 to 0.999"), (("--target-recall", "1.0"), "0.5 to 0.999"),
    (("--target-recall", "95"), "0.5 to 0.999"), (("--target-recall", "0.9x"), "0.5 to 0.999"), (("--target-recall", "nan"), "0.5 to 0.999"),
    (("--ef", 9, "--target-recall", "0.9"), "exclude"), (("--exact", "--target-recall", "0.9"), "exclude"),
])
def test_a_wrong_recall_is_refused(kith, words, said):
    assert said in kith("search", "tomato", *words, status=2).err


def test_words_alone_find_only_what_holds_them_and_have_no_distance(added):
    hits = added("search", "tomato", "--rank", "words").lines
    assert hits and all("tomato" in hit["content"].lower() for hit in hits)
    assert {hit["distance"] for hit in hits} == {None}
    assert added("search", "+tomato", "zyzzyva", "--rank", "words").lines == hits
    added("search", "zyzzyva", "--rank", "words", status=1)


def test_meaning_alone_is_in_order_of_distance(added):
    distances = [hit["distance"] for hit in added("search", "vegetables", "--rank", "meaning").lines]
    assert len(distances) > 1 and distances == sorted(distances)


def test_exact_search_finds_the_same_as_a_small_index(added):
    assert added("search", "tomato", "--exact").out == added("search", "tomato").out


def test_a_filter_that_nothing_passes_finds_nothing(added):
    result = added("search", "tomato", "--where", '{"country": "Spain"}', status=1)
    assert result.out == "" and "filter" in result.err


# ---- ask ----


def test_an_answer_is_one_object_with_stable_keys(added):
    (answer,) = added("ask", "How", "long", "are", "backups", "kept?").lines
    assert set(answer) == {"question", "searched", "question_cut", "answer", "refused", "support", "engine", "cached", "truncated", "citations", "citations_removed", "claims", "passages",
                           "passages_sent", "llm_error", "usage", "timings", "meaning"}
    assert answer["question"] == "How long are backups kept?"
    assert answer["engine"] == "extractive" and answer["llm_error"] is None
    assert set(answer["citations"][0]) == {"n", "document", "source", "start", "end", "line", "place", "quote", "emphasis"}
    assert {"id", "document", "source", "heading", "content", "metadata", "distance", "relevance", "start", "end", "line_start",
            "line_end", "place"} == set(answer["passages"][0])


def test_a_citation_resolves_to_characters_and_line(added, notes):
    (answer,) = added("ask", "How long are backups kept?").lines
    citation = answer["citations"][0]
    text = (notes / "backup.md").read_text()
    assert text[citation["start"]:citation["end"]] == citation["quote"]
    assert text[:citation["start"]].count("\n") + 1 == citation["line"]


def test_a_document_without_lines_is_cited_without_a_line(added):
    (answer,) = added("ask", "What does a red fox hunt at dusk?").lines
    assert answer["citations"][0]["document"] == "fox"
    assert answer["citations"][0]["line"] is None


def test_a_refusal_has_the_status_of_nothing_found(added):
    (answer,) = added("ask", "What is the melting point of tungsten?", status=1).lines
    assert answer["refused"] is True


def test_a_broken_env_file_is_named_and_can_be_done_without(added):
    (added.home / ".env").write_text("OPENAI_API_KEY=sk-secret-value\nthis is no assignment\n")
    result = added("ask", "How long are backups kept?", status=2)
    assert ".env" in result.err and "line 2" in result.err and "--no-llm" in result.err
    assert "sk-secret-value" not in result.err + result.out
    added("ask", "How long are backups kept?", "--no-llm")


def test_a_key_of_the_environment_is_not_sent_to_an_address_of_an_env_file(added):
    (added.home / "file.env").write_text("OPENAI_BASE_URL=http://127.0.0.1:9/v1\n")
    result = added("ask", "How long are backups kept?", "--env", "file.env", status=2, OPENAI_API_KEY="sk-secret-value")
    assert "does not send" in result.err and "sk-secret-value" not in result.err


def test_naming_an_llm_without_an_endpoint_is_an_error(added):
    assert "OPENAI_BASE_URL" in added("ask", "Why?", "--llm", "some-model", status=5).err


# ---- embed ----


def test_every_line_gets_a_vector(kith):
    rows = kith("embed", stdin="hello world\n\nhello world\n", KITH_PRECISION="f32").lines
    assert [set(row) for row in rows] == [{"embedding", "tokens", "truncated"}] * 3
    assert rows[0]["embedding"] == rows[2]["embedding"] != rows[1]["embedding"]
    # The first values that other implementations of the model document for this text.
    assert rows[0]["embedding"][:5] == pytest.approx([-0.034478, 0.03102, 0.00673, 0.02611, -0.039362], abs=2e-5)
    assert rows[0]["tokens"] == 4 and rows[0]["truncated"] is False
    assert sum(x * x for x in rows[0]["embedding"]) == pytest.approx(1, abs=1e-5)


@pytest.mark.alone
def test_embedding_needs_no_data_directory(kith):
    kith("embed", stdin="text\n")
    assert not kith.directory.exists()


def test_json_lines_and_plain_lines_give_the_same_vectors(kith):
    plain = kith("embed", stdin="one text\nanother\n").out
    assert kith("embed", stdin='"one text"\n{"id": 7, "text": "another"}\n').out == plain
    assert kith("embed", "--input", "jsonl", stdin='"one text"\n\n"another"\n').out == plain


def test_lines_that_look_like_json_can_be_taken_literally(kith):
    assert kith("embed", "--input", "lines", stdin='"x"\n').lines[0]["tokens"] == 5
    assert kith("embed", stdin='"x"\n').lines[0]["tokens"] == 3


def test_files_are_read_in_their_order(kith, tmp_path):
    (tmp_path / "a.txt").write_text("first\n")
    (tmp_path / "b.jsonl").write_text('{"text": "second"}\n')
    rows = kith("embed", tmp_path / "a.txt", tmp_path / "b.jsonl", "-", stdin="third\n").lines
    assert [row["embedding"] for row in rows] == [row["embedding"] for row in kith("embed", stdin="first\nsecond\nthird\n").lines]


def test_raw_floats_are_the_same_numbers(kith):
    process = kith.start("embed", "--format", "f32")
    process.stdin.write("hello world\nanother text\n")
    process.stdin.close()
    raw = process.stdout.buffer.read()
    process.stderr.close()
    assert process.wait() == 0
    assert len(raw) == 2 * 384 * 4
    rows = kith("embed", stdin="hello world\nanother text\n").lines
    numbers = struct.unpack("<768f", raw)
    assert [x for row in rows for x in row["embedding"]] == pytest.approx(numbers, rel=1e-6, abs=1e-9)


def test_a_text_longer_than_the_model_reads_is_marked(kith):
    result = kith("embed", stdin="word " * 1000 + "\n")
    assert result.lines[0]["truncated"] is True and result.lines[0]["tokens"] == 1002
    assert "longer than the 256 tokens" in result.err


def test_a_malformed_json_line_ends_the_run_after_the_good_ones(kith):
    result = kith("embed", stdin='"one"\n"two"\n{"text": 5}\n"four"\n', status=2)
    assert len(result.lines) == 2
    assert "standard input:3" in result.err


def test_a_conversation_gets_its_vector_at_once(kith):
    process = kith.start("embed")
    for text in ("first", "second"):
        process.stdin.write(text + "\n")
        process.stdin.flush()
        assert len(json.loads(process.stdout.readline())["embedding"]) == 384
    out, _ = process.communicate("", timeout=patience(60))
    assert out == "" and process.returncode == 0


def test_vectors_do_not_depend_on_batch_or_threads(kith):
    texts = [f"Sentence number {number} about " + "many " * (number % 40) + "things." for number in range(300)]
    whole = kith("embed", "--threads", 2, stdin="\n".join(texts)).out.splitlines()
    one_thread = kith("embed", "--threads", 1, stdin="\n".join(texts)).out.splitlines()
    assert whole == one_thread
    assert kith("embed", stdin=texts[137] + "\n").out.strip() == whole[137]


def test_invalid_bytes_in_a_text_are_replaced_and_counted(kith):
    result = kith("embed", stdin="caf\udce9\nfine\n")
    assert len(result.lines) == 2 and "1 lines had invalid UTF-8" in result.err


def test_an_input_file_that_is_not_there_is_named(kith):
    assert "nowhere.txt" in kith("embed", "nowhere.txt", status=4).err


# ---- chunk ----


@pytest.mark.alone
def test_chunks_are_shown_with_offsets_lines_and_tokens(kith, notes):
    text = (notes / "backup.md").read_text()
    for chunk in kith("chunk", notes / "backup.md").lines:
        assert set(chunk) == {"id", "content", "heading", "place", "start", "end", "line_start", "line_end", "tokens", "byte_start", "byte_end"}
        assert text[chunk["start"]:chunk["end"]] == chunk["content"]
        assert chunk["tokens"] > 2
    assert not kith.directory.exists()
    shown = kith("chunk", notes / "backup.md", "--text").out
    assert "backup_0" in shown and "tokens" in shown and "characters" in shown


def test_chunks_shown_are_the_chunks_added(added, notes):
    shown = {chunk["id"]: chunk["content"] for chunk in added("chunk", notes / "garden.txt").lines}
    stored = {hit["id"]: hit["content"] for hit in added("search", "tomato", "-k", 100).lines}
    assert shown and shown.items() <= stored.items()


@pytest.mark.parametrize("arguments, status, reason", [
    (("missing.txt",), 4, "missing.txt"),
    (("notes/garden.txt", "--chunk-size", "100", "--chunk-overlap", "100"), 2, "overlap"),
    (("scan.mobi",), 2, "Kindle books are not read"),
])
def test_a_file_that_cannot_be_chunked_says_why(kith, notes, arguments, status, reason):
    (kith.home / "scan.mobi").write_bytes(b"{\\rtf1 and so on, more than ten characters")
    assert reason in kith("chunk", *arguments, status=status).err


# ---- get and rm ----


def test_a_document_is_shown_with_its_text_and_metadata(added, notes):
    document = document_of(added, "tomato plants")
    (shown,) = added("get", document).lines
    assert shown["kind"] == "document" and shown["text"] == (notes / "garden.txt").read_text()
    assert shown["source"].endswith("garden.txt") and shown["chunks"] >= 1
    assert {"source", "type"} <= set(shown["metadata"])
    assert "tomato" in added("get", document, "--text").out


def test_a_chunk_is_shown_by_the_id_of_its_hit(added):
    hit = added("search", "tomato", "-k", 1).lines[0]
    (shown,) = added("get", hit["id"], "--kind", "chunk").lines
    assert shown["kind"] == "chunk" and shown["document"] == hit["document"] and shown["content"] == hit["content"]
    assert shown["metadata"] == hit["metadata"]


def test_a_missing_id_suggests_a_similar_one_and_keeps_back_no_other(added):
    document = document_of(added, "tomato plants")
    result = added("get", document[:-1] + "x", document, status=4)
    assert len(result.lines) == 1
    assert f"did you mean '{document}" in result.err


def test_removing_a_document_removes_it_from_every_answer(added):
    """Complaint 12: deleted documents still answer, since their vectors are left behind."""
    document = document_of(added, "tomato plants")
    (receipt,) = added("rm", document).lines
    assert receipt["removed"] == "document" and receipt["id"] == document and receipt["chunks"] >= 1
    assert not any("tomato" in hit["content"] for hit in added("search", "tomato", "-k", 100).lines)


def test_removing_a_chunk_leaves_its_document(added):
    hit = added("search", "tomato", "-k", 1).lines[0]
    assert added("rm", hit["id"], "--kind", "chunk").lines == [{"removed": "chunk", "id": hit["id"], "chunks": 1}]
    assert added("get", hit["document"], "--kind", "document").lines
    assert hit["id"] not in {other["id"] for other in added("search", "tomato", "-k", 100).lines}


def test_removing_by_filter_counts_what_went(added):
    (receipt,) = added("rm", "--where", '{"country": "Italy"}').lines
    assert receipt == {"removed": "matching", "id": '{"country": "Italy"}', "chunks": 1}
    assert "filter" in added("rm", "--where", '{"country": "Italy"}', status=4).err


def test_a_missing_id_to_remove_keeps_back_no_other(added):
    document = document_of(added, "tomato plants")
    result = added("rm", "nothing-like-that", document, status=4)
    assert "nothing-like-that" in result.err
    assert [line["id"] for line in result.lines] == [document]


def test_a_collection_is_dropped_with_yes(added):
    (receipt,) = added("rm", "--collection", "default", "--all", "--yes").lines
    assert receipt["removed"] == "collection" and receipt["chunks"] >= 8
    assert added("collections").lines == []


# ---- stats and collections ----


def test_statistics_have_stable_keys(added):
    stats, _ = added("stats").lines
    assert set(stats) == {"name", "documents", "chunks", "chunks_waiting", "model", "model_name", "precision", "reembedding", "metric", "dimension", "bytes_disk", "bytes_memory", "index", "recall",
                          "index_state", "index_reason", "id", "created", "metadata", "configuration", "index_memory", "memory"}
    assert (stats["name"], stats["documents"], stats["dimension"], stats["metric"]) == ("default", 8, 384, "cosine")
    assert stats["chunks"] >= 8 and stats["bytes_disk"] > 0
    assert "documents" in added("stats", "--text").out


def test_statistics_name_the_model_and_shorten_its_hash(added, endpoint):
    named = pathlib.Path(added.environment.get("KITH_MODEL") or "all-MiniLM-L6-v2").name
    stats, _ = added("stats").lines
    assert stats["model_name"] == named and re.match("xxh3:[0-9a-f]{32} ", stats["model"])
    assert f"{named} ({stats['model'][:13]}..., mean norm 256 f32)" in added("stats", "--text").out
    added("add", "notes", "--collection", "far", "--embedder", "openai", "--embed-model", "embed-small", **endpoint.variables)
    far, = added("stats", "--collection", "far").lines
    assert (far["model"], far["model_name"]) == ("remote embed-small", "embed-small")
    assert "embed-small (remote)" in added("stats", "--collection", "far", "--text").out


def test_collections_are_created_listed_and_deleted(kith):
    assert kith("collections", "create", "images", "--metric", "l2", "--dimension", 512).lines == [{"created": "collection", "id": "images"}]
    kith("collections", "create", "words")
    listed = kith("collections").lines
    assert [(row["name"], row["metric"], row["dimension"]) for row in listed] == [("images", "l2", 512), ("words", "cosine", 0)]
    assert "words" in kith("collections", "create", "words", status=2).err
    kith("collections", "delete", "words", "--yes")
    assert [row["name"] for row in kith("collections", "list").lines] == ["images"]
    kith("collections", "delete", "words", "--yes", status=4)
    kith("collections", "create", "../escape", status=2)


def test_a_renamed_collection_keeps_its_points_and_its_id(kith, tmp_path):
    (tmp_path / "a.md").write_text("Backups are kept for thirty days.\n")
    kith("add", tmp_path / "a.md", "--collection", "images")
    (before,) = kith("collections").lines
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", before["id"])
    assert (before["metadata"], before["configuration"]) == (None, None)
    assert kith("collections", "rename", "images", "pictures").lines == [{"renamed": "collection", "from": "images", "id": "pictures"}]
    assert "renamed collection pictures to photos" in kith("collections", "rename", "pictures", "photos", "--text").out
    (after,) = kith("collections").lines
    assert (after["name"], after["id"], after["chunks"]) == ("photos", before["id"], 1)
    assert kith("search", "backups", "--collection", "photos").lines
    assert kith("search", "backups", "--collection", "uuid:" + before["id"]).lines
    kith("search", "backups", "--collection", "images", status=4)
    kith("collections", "create", "other")
    assert "other" in kith("collections", "rename", "photos", "other", status=2).err
    assert "'.'" in kith("collections", "rename", "photos", ".hidden", status=2).err
    kith("collections", "rename", "nowhere", "somewhere", status=4)
    assert "rename NAME NEW" in kith("collections", "rename", "photos", status=2).err


def test_an_empty_collection_finds_nothing(kith):
    kith("collections", "create", "words")
    result = kith("search", "anything", "--collection", "words", status=1)
    assert result.out == "" and "empty" in result.err


# ---- demo ----


DEMO_QUESTIONS = ["What is machine learning?", "How does a vector database find similar texts?",
                  "Why does retrieval-augmented generation reduce hallucination?"]
PIPELINE_QUESTIONS = ["Why should answers be cached?", "Which figures tell how a service is doing?", "What is checked before a document is stored?"]


@pytest.mark.alone
def test_the_demo_shows_what_really_happens_and_leaves_nothing_behind(kith):
    scratch = kith.home / "scratch"
    scratch.mkdir()
    started = time.monotonic()
    result = kith("demo", TMPDIR=str(scratch))
    assert time.monotonic() - started < patience(30)
    first, second = result.out.split("2. A pipeline")
    assert "files: 3 added" in first and "documents: 3 processed" in first
    assert all(first.count(question) == 1 for question in DEMO_QUESTIONS) and first.count("Sources") == 3
    assert first.count("  distance 0.") == 3 and "in memory" in first and "  documents   3\n" in first
    assert "documents: 4 processed, 4 chunks created, 1 errors" in second
    assert "failed: draft: content has 4 characters, at least 10 are needed" in result.err
    assert [second.count(question) for question in PIPELINE_QUESTIONS] == [2, 1, 1]
    assert second.count("passages found") == 4 and second.count("relevance: [1] ") == 4
    assert second.count("answered in") == 3 and second.count("served from the cache in") == 1
    assert "7 questions, 1 searches" in second and "1 hits of 7 (14 %)" in second and "7 documents" in second and "1 invalid" in second
    assert list(scratch.iterdir()) == []
    assert not kith.directory.exists()


def test_the_demo_as_json_has_the_lines_of_its_parts(kith):
    lines = kith("demo", "--json").lines
    answers = [line for line in lines if "answer" in line]
    assert [answer["question"] for answer in answers] == [*DEMO_QUESTIONS, *PIPELINE_QUESTIONS, PIPELINE_QUESTIONS[0]]
    assert [answer["cached"] for answer in answers] == [False] * 6 + [True] and not any(answer["refused"] for answer in answers)
    assert answers[6]["answer"] == answers[3]["answer"]
    for answer in answers:
        quoted = {citation["quote"] for citation in answer["citations"]}
        passages = " ".join(passage["content"] for passage in answer["passages"])
        assert quoted and all(" ".join(quote.split()) in " ".join(passages.split()) for quote in quoted)
    failed = [line for line in lines if line.get("outcome") == "failed"]
    assert [(line["source"], line["status"]) for line in failed] == [("draft", "invalid")]
    summaries = [line["summary"] for line in lines if "summary" in line]
    assert [(summary["documents_processed"], summary["errors"]) for summary in summaries] == [(3, 0), (4, 1)]
    assert [line["documents"] for line in lines if "index_state" in line] == [3]
    metrics = lines[-1]["metrics"]
    assert (metrics["questions"], metrics["searches"], metrics["cache"]["hits"], metrics["cache"]["misses"]) == (7, 1, 1, 6)


def test_the_recording_in_the_readme_is_what_the_demo_prints(kith):
    """Times, sizes and measured numbers aside, and the names of the temporary directory and of the model's."""
    def lasting(text: str) -> list[str]:
        text = re.sub(r"/tmp/kith-demo-\w+|\d{4}-\d\d-\d\dT[\d:]+Z|\d+\.\d+|\S+(?= \(xxh3:)", "N", text)
        return text.split()

    readme = (pathlib.Path(__file__).resolve().parent.parent.parent / "README.md").read_text()
    recorded = readme.split("```console\n$ kith demo\n")[1].split("```")[0]
    shown = subprocess.run([kith.binary, "demo"], env=kith.environment | {"TMPDIR": "/tmp"}, check=True, text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout
    assert lasting(shown) == lasting(recorded), "python3 tools/record_demo.py records it anew"


def test_the_demo_without_a_model_says_how_to_get_one(kith):
    result = kith("demo", status=5, KITH_MODEL=str(pathlib.Path("/nowhere/model")))
    assert "huggingface.co/" in result.err and result.out == ""


# ---- metrics ----


def metrics_of(kith) -> dict:
    return kith("stats").lines[-1]["metrics"]


def test_the_metrics_count_what_was_done_over_all_runs(added):
    for _ in range(2):
        added("ask", "How long are backups kept?")
    added("search", "tomato")
    added("ask", " ", status=2)
    found = metrics_of(added)
    assert (found["questions"], found["searches"], found["documents"]) == (3, 1, 8)
    assert found["chunks"] == added("stats").lines[0]["chunks"]
    assert (found["cache"]["hits"], found["cache"]["misses"], found["cache"]["ratio"], found["cache"]["answers"]) == (1, 1, 0.5, 1)
    assert found["errors"] == {"invalid": 1}
    assert {name: stage["count"] for name, stage in found["stages"].items()} == {"embed": 2, "search": 2, "answer": 1, "total": 2}
    for stage in found["stages"].values():
        assert 0 < stage["p50_ms"] <= stage["p95_ms"] <= stage["p99_ms"] and stage["average_ms"] > 0


def test_documents_that_fail_are_counted_by_kind(kith, notes):
    (notes / "records.jsonl").write_text('{"content": "This record is long enough."}\n{"content": "short"}\n')
    kith("add", notes, status=None)
    assert metrics_of(kith)["errors"] == {"invalid": 1}


def test_the_metrics_as_text_are_of_the_whole_directory(added):
    added("ask", "How long are backups kept?")
    assert "1 questions, 0 searches" in added("stats", "--text").out
    assert "questions" not in added("stats", "--text", "--collection", "default").out


def test_the_metrics_for_a_scraper_are_well_formed(added):
    added("ask", "How long are backups kept?")
    text = added("stats", "--format", "prometheus").out
    assert text.endswith("\n")
    described = set()
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            described.add(line.split()[2])
        elif not line.startswith("#"):
            name, value = line.rsplit(" ", 1)
            float(value)
            family = name.split("{")[0]
            assert family in described or family.rsplit("_", 1)[0] in described, line
    assert "kith_questions_total 1\n" in text
    assert 'kith_stage_seconds_count{stage="total"} 1\n' in text


@pytest.mark.smoke
@pytest.mark.parametrize("arguments, hint", [
    (("stats", "--format", "f32"), "prometheus"),
    (("stats", "--format", "prometheus", "--collection", "x"), "all collections"),
    (("embed", "--format", "prometheus"), "kith embed"),
    (("stats", "--format", "markdown"), "prometheus"),
    (("conversations", "--format", "json"), "export"),
    (("conversations", "show"), "show ID"),
    (("conversations", "show", "x"), "show ID"),
    (("conversations", "forget", "3"), "delete ID"),
])
def test_a_format_of_another_command_is_refused(kith, arguments, hint):
    assert hint in kith(*arguments, status=2).err


# ---- an index of another format ----


def names_in(folder: pathlib.Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def saved(added) -> pathlib.Path:
    """The one saved generation of the collection's index: as small as it is, only an index of no use makes one be written."""
    (added.directory / "derived/1.index").write_bytes(b"KITHDRV5 and whatever that format had")
    assert "index format 5 is older than 11, rebuilt" in added("search", "tomato plants", "-k", 1).err
    (newest,) = (added.directory / "derived/1").iterdir()
    return newest


@pytest.mark.parametrize("number, word", [(2, "older"), (9, "older"), (10, "older"), (12, "newer")])
def test_an_index_of_another_format_is_rebuilt_with_a_notice_and_nothing_set_aside(added, saved, number, word):
    (saved / "manifest").write_bytes(b"KITHDRV%c and whatever that format has" % (ord("0") + number if number < 10 else ord("A") + number - 10))
    found = added("search", "tomato plants", "-k", 1)
    assert f"index format {number} is {word} than 11, rebuilt" in found.err and len(found.lines) == 1
    (new,) = names_in(saved.parent)
    assert (saved.parent / new / "manifest").read_bytes().startswith(b"KITHDRVB")
    assert added("search", "tomato plants", "-k", 1).err == ""


def test_an_index_that_is_one_file_as_before_is_rebuilt_once_and_removed(added, saved):
    assert names_in(added.directory / "derived") == ["1"]
    assert added("search", "tomato plants", "-k", 1).err == ""


def test_a_damaged_index_is_set_aside_with_a_notice_that_names_the_page(added, saved):
    content = bytearray((saved / "vectors.0").read_bytes())
    content[4096 + 100] ^= 1
    (saved / "vectors.0").write_bytes(content)
    assert "damaged index (part vectors.0: page 1 fails its checksum) set aside as derived/1/" in added("search", "tomato plants", "-k", 1).err
    assert f"{saved.name}.damaged" in names_in(saved.parent) and len(names_in(saved.parent)) == 2
    assert added("search", "tomato plants", "-k", 1).err == ""


def test_a_collection_that_is_removed_takes_all_of_its_index_along(added, saved):
    (saved / "manifest").write_bytes(b"KITHDRVB and then nothing of use")
    assert "damaged" in added("search", "tomato plants", "-k", 1).err
    (name,) = [line["name"] for line in added("collections", "--json").lines]
    added("collections", "delete", name, "--yes")
    assert names_in(added.directory / "derived") == []


def test_an_empty_catalog_beside_its_index_is_refused(added, saved):
    (added.directory / "kith.db").write_bytes(b"")
    error = added("search", "tomato plants", status=6).err
    assert "kith.db has only 0 bytes" in error and f"{saved}/manifest' is there" in error


def test_a_bad_option_names_the_help_of_its_command(kith):
    """kith --help has no options of a command."""
    assert "(see kith search --help)" in kith("search", "tax", "--k", "0", status=2).err
    assert "(see kith files --help)" in kith("--dir", "d", "files", "--color", status=2).err
    assert "(see kith --help)" in kith("--color", status=2).err
